"""SARIF 2.1.0, which code scanning and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import json
import os
from pathlib import PurePosixPath
from typing import Any

from refactor.leftovers import Finding, Silenced
from refactor.rules import RULES, Level, Rule
from retable import __version__
from retable.formats.report import Report

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_ROOT = "%SRCROOT%"
_LEVELS = {Level.ERROR: "error", Level.NOTE: "note"}
_KINDS = {Silenced.IGNORED: "inSource", Silenced.BASELINE: "external"}
_UNREADABLE = 2


def render(report: Report) -> str:
    """One log with one run."""
    driver = {
        "name": "retable",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in RULES],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [
            {"executionSuccessful": report.status < _UNREADABLE, "exitCode": report.status}
        ],
        "originalUriBaseIds": {
            _ROOT: {"description": {"text": "The top folder of the repository."}}
        },
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(report, finding, fingerprint)
            for finding, fingerprint in zip(report.findings, report.fingerprints, strict=True)
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.means} {rule.why}"},
        "help": {"text": rule.mend, "markdown": rule.mend},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
        "properties": {"tags": [rule.slug]},
    }


def _result(report: Report, finding: Finding, fingerprint: str) -> dict[str, Any]:
    location = {
        "artifactLocation": _artifact(report.in_repository(finding)),
        "region": _region(finding),
    }
    result = {
        "ruleId": finding.rule.code,
        "ruleIndex": RULES.index(finding.rule),
        "level": _LEVELS[finding.rule.level],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"retable/v1": fingerprint},
        # Once one result says it, all must: an empty list is "nobody has silenced it".
        "suppressions": _suppressions(finding),
    }
    if finding.new is not None:
        result["fixes"] = [_fix(report, finding, finding.new)]
    return result


def _artifact(path: PurePosixPath) -> dict[str, str]:
    from urllib.parse import quote  # noqa: PLC0415 - for this format only

    return {"uri": quote(os.fsencode(str(path))), "uriBaseId": _ROOT}


def _region(finding: Finding) -> dict[str, int]:
    if not finding.old:  # about a line, or the whole file
        return {"startLine": finding.line}
    return {
        "startLine": finding.line,
        "startColumn": finding.column,
        "endLine": finding.end_line,
        "endColumn": finding.end_column,
    }


def _fix(report: Report, finding: Finding, new: str) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(finding), "insertedContent": {"text": new}}
    change = {
        "artifactLocation": _artifact(report.in_repository(finding)),
        "replacements": [replacement],
    }
    text = f"Replace {finding.old} by {new}; `retable apply` edits all that belongs together."
    return {"description": {"text": text}, "artifactChanges": [change]}


def _suppressions(finding: Finding) -> list[dict[str, str]]:
    if finding.silenced is None:
        return []
    said = {"kind": _KINDS[finding.silenced], "status": "accepted"}
    reason = finding.reason or ("in the baseline" if finding.silenced is Silenced.BASELINE else "")
    return [{**said, "justification": reason} if reason else said]
