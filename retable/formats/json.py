"""JSON for programs: each finding, and all that was searched; docs/check.md has the fields."""

import json
from typing import Any

from refactor.leftovers import Finding
from retable.formats.report import Report

_VERSION = 1


def render(report: Report) -> str:
    """One object, with its keys in a fixed order."""
    findings = zip(report.findings, report.fingerprints, strict=True)
    whole = {
        # So that it is known again, and not searched, where it is written among the code.
        "retable": "check",
        "version": _VERSION,
        "status": report.status,
        "findings": [_as_json(finding, print_) for finding, print_ in findings],
        **report.besides(),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _as_json(finding: Finding, fingerprint: str) -> dict[str, Any]:
    return {
        "rule": finding.rule.code,
        "slug": finding.rule.slug,
        "level": finding.rule.level.value,
        "path": str(finding.path),
        "line": finding.line,
        "column": finding.column,
        "end_line": finding.end_line,
        "end_column": finding.end_column,
        "message": finding.message,
        "old": finding.old or None,
        "new": finding.new,
        "mend": finding.mend or None,
        "fingerprint": fingerprint,
        "silenced": finding.silenced.value if finding.silenced else None,
        "reason": finding.reason or None,
    }
