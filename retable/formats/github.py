"""Workflow commands, which GitHub Actions shows beside the lines of a pull request.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Mapping

from refactor.leftovers import Finding
from refactor.rules import Level
from retable.formats.report import Report

_COMMANDS = {Level.ERROR: "error", Level.NOTE: "notice"}


def render(report: Report) -> str:
    """One command per finding that counts."""
    return "".join(f"{_command(report, it)}\n" for it in report.counting)


def _command(report: Report, finding: Finding) -> str:
    properties = {
        "file": str(report.in_repository(finding)),
        "line": str(finding.line),
        "col": str(finding.column),
        "endLine": str(finding.end_line),
        "endColumn": str(finding.end_column),
        "title": f"retable {finding.rule}",
    }
    return command(_COMMANDS[finding.rule.level], properties, finding.message)


def command(kind: str, properties: Mapping[str, str], message: str) -> str:
    """One command, with everything in it escaped."""
    said = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {said}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
