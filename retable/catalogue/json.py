"""The catalogue as JSON for programs; docs/schema.md has the fields."""

import json
from dataclasses import asdict
from typing import Any

from retable.catalogue.links import Links
from retable.catalogue.model import Catalogue, Table, Use

_VERSION = 1


def render(catalogue: Catalogue, _links: Links) -> str:
    """One object, with its keys in a fixed order."""
    code = catalogue.code
    whole = {
        # So that it is known again, and not searched, where it is written among the code.
        "retable": "schema",
        "version": _VERSION,
        "target": catalogue.target,
        "metadata": catalogue.metadata,
        "schema_version": catalogue.schema_version,
        "migrated_at": catalogue.migrated,
        "plan_digest": catalogue.plan_digest,
        "coverage": asdict(catalogue.coverage),
        "findings": list(catalogue.findings),
        "domains": [
            {"name": it.name, "about": it.about, "tables": [_table(table) for table in it.tables]}
            for it in catalogue.domains
        ],
        "code": {
            "unread": [{"path": path, "why": why} for path, why in code.unread],
            "why_not": code.why_not or None,
        },
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _table(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "kind": table.kind,
        "about": table.about,
        "documented": table.documented,
        "sources": [asdict(it) for it in table.origins],
        "kept_as": list(table.old_names),
        "rows_at_migration": table.rows_before,
        "rows": table.rows,
        "columns": [asdict(it) for it in table.columns],
        "foreign_keys": [asdict(it) for it in table.refers],
        "referred_by": [{"from": it.table, **asdict(it.key)} for it in table.referred],
        "indexes": [asdict(it) for it in table.indexes],
        "used_in": [_use(it) for it in table.uses],
    }


def _use(use: Use) -> dict[str, Any]:
    facts = {"path": use.path, "line": use.line, "name": use.by}
    return {**facts, "old": use.old, "certain": use.certain}
