"""What `retable schema --check` has found, for people, programs and GitHub Actions."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from migrate.documentation.differences import Finding
from migrate.documentation.facts import Documentation
from plan.errors import in_one_line
from plan.model import Plan
from refactor.code.changed import prefix_in_repository
from retable.formats.github import command

_VERSION = 1


def _text(_plan: Plan, said: Documentation, found: Sequence[Finding]) -> str:
    return "".join(in_one_line(f"{said.target}: {it}") + "\n" for it in found)


def _json(_plan: Plan, said: Documentation, found: Sequence[Finding]) -> str:
    whole = {
        "retable": "schema-check",
        "version": _VERSION,
        "target": said.target,
        "metadata": said.metadata,
        "status": 1 if found else 0,
        "findings": [{**asdict(it), "column": it.column or None} for it in found],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _github(plan: Plan, said: Documentation, found: Sequence[Finding]) -> str:
    """Beside the plan's file: what is missing is said there."""
    file = prefix_in_repository(plan.root) / plan.file.name
    return "".join(
        command(
            "error",
            {"file": str(file), "title": f"retable schema {it.rule}"},
            f"{said.target}: {it}",
        )
        + "\n"
        for it in found
    )


FINDINGS: Mapping[str, Callable[[Plan, Documentation, Sequence[Finding]], str]] = {
    "text": _text,
    "json": _json,
    "github": _github,
}
