"""The view for programs; docs/overview.md says what each key means."""

import json
from collections.abc import Sequence
from typing import Any

from refactor.found import Search
from refactor.references import Kind
from retable.compatibility import Compatibility, compatibility_as_json
from retable.databases import as_json as facts_as_json
from retable.nextsteps import Step, next_as_json
from retable.overview.view import View


def as_json(view: View, search: Search, views: Compatibility, steps: Sequence[Step]) -> str:
    """One object, with its keys in a fixed order."""
    surveyed = view.surveyed
    work = surveyed.work if surveyed else None
    whole = {
        "plan": json.loads(facts_as_json(view.plan)),
        "state": view.state.value,
        "problems": [str(it) for it in surveyed.problems] if surveyed else [],
        "rows": [list(it) for it in surveyed.counts] if surveyed else [],
        "new_names": [str(it) for it in work.new_names] if work else [],
        "references": len(search.references),
        "to_review": sum(1 for it in search.references if not it.certain),
        "databases": _databases(view),
        "tables": _tables(view, search),
        "objects": _objects(view),
        "names_that_meet": [
            {"kind": it.kind, "names": list(it.names), "said": it.said} for it in view.meetings
        ],
        "coverage": _coverage(view),
        "order": _order(view),
        "estimate": _estimate(view),
        "unlisted": list(view.unlisted),
        "compatibility": compatibility_as_json(view.plan, views),
        "unreadable": [{"path": str(it.path), "why": it.why} for it in search.unreadable],
        "next": next_as_json(steps),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)


def _databases(view: View) -> list[dict[str, Any]]:
    contents = {it.path: it for it in view.contents}
    said = []
    for database in view.plan.databases:
        held = contents[database.path]
        tables = view.fates.tables_in(database.path)
        known = [it.rows for it in tables if it.rows is not None]
        said.append(
            {
                "path": database.path,
                "action": database.action.value,
                "bytes": held.bytes,
                "tables": len(tables) if held.schema else None,
                "rows": sum(known) if held.schema and len(known) == len(tables) else None,
                "why_not_read": held.why_not or None,
            }
        )
    return said


def _tables(view: View, search: Search) -> list[dict[str, Any]]:
    named: dict[tuple[str | None, str], int] = {}
    for reference in search.references:
        if reference.kind is Kind.TABLE:
            key = reference.database, reference.group
            named[key] = named.get(key, 0) + 1
    return [
        {
            "database": it.database,
            "name": it.name,
            "kind": "virtual" if it.virtual else "table",
            "fate": it.fate.value,
            "new": it.new,
            "domain": it.planned.domain if it.planned and it.new else None,
            "rows": it.rows,
            "merge": it.planned.merge.value if it.planned and it.new else None,
            "compat": it.planned.compat.value if it.planned and it.new else None,
            "claim": it.skip.claim.value if it.skip else None,
            "named_in_code": named.get((it.database, it.name), 0),
        }
        for it in view.fates.tables
    ]


def _objects(view: View) -> list[dict[str, Any]]:
    return [
        {
            "database": it.database,
            "kind": it.kind,
            "name": it.name,
            "table": it.table,
            "fate": it.fate.value,
            "new": it.new,
            "why": it.why or None,
        }
        for it in view.fates.objects
    ]


def _coverage(view: View) -> dict[str, Any]:
    found = view.coverage
    return {
        "files": found.files,
        "tables": found.tables,
        "shares": [
            {
                "what": it.what,
                "tables": it.tables,
                "rows": it.rows,
                "uncounted": it.uncounted,
                "files": list(it.files),
            }
            for it in found.shares
        ],
        "objects": [
            {"kind": kind, "fate": fate.value, "number": number}
            for kind, fate, number in found.objects
        ],
        "unaccounted": list(found.unaccounted),
        "not_read": [{"path": path, "why": why} for path, why in found.unseen],
    }


def _order(view: View) -> dict[str, Any]:
    return {
        "tables": list(view.order.tables),
        "references": [
            {
                "table": it.table,
                "columns": list(it.columns),
                "to": it.to,
                "was": it.was,
                "database": it.database,
            }
            for it in view.order.references
        ],
        "rings": [list(ring) for ring in view.order.cycles],
    }


def _estimate(view: View) -> dict[str, Any] | None:
    found = view.estimate
    if found is None:
        return None
    return {
        "backup_bytes": found.backup,
        "growth_bytes_at_most": found.growth,
        "rooms": [
            {"what": it.what, "folder": it.folder, "bytes_at_most": it.bytes, "free": it.free}
            for it in found.rooms
        ],
        "seconds": {
            "checked": round(found.checked, 3),
            "least": round(found.least, 1),
            "most": round(found.most, 1),
        },
    }
