"""What a plan says of the databases: its digest, and in words how two plans differ in it.

What it says of the code, and every remark for people, may change after a migration: retable
itself tells its users to add bindings then.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace

from migrate.files.manifest import Backup
from plan.errors import UserError
from plan.load import load_plan
from plan.model import Action, ObjectKind, Plan

Said = dict[str, dict[str, str]]
"""What each entry of the plan is about, and what it says there, key by key."""


def digest_of_plan(plan: Plan) -> str:
    """SHA-256 of all that decides what becomes of the databases; order means nothing."""
    text = json.dumps(_without_kept(_said(plan)), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def differences(before: Plan, now: Plan) -> tuple[str, ...]:
    """What two plans say differently of the databases, one line for each entry."""
    return tuple(_differences(_said(before), _said(now)))


def carried_out(plan: Plan, backup: Backup) -> Plan | None:
    """The plan as it was when its backup was made, or None if its copy cannot be read."""
    try:
        copy = load_plan(backup.folder / backup.manifest.plan_file)
    except UserError:
        return None
    return replace(copy, file=plan.file)


def in_words_of(then: Plan, now: Plan) -> Plan:
    """A plan with all that another one says for people: descriptions may follow a migration."""
    domains = {domain.name: domain.about for domain in now.domains}
    tables = {(table.database, table.old): table.about for table in now.tables}
    return replace(
        then,
        descriptions=now.descriptions,
        described=now.described,
        domains=tuple(replace(it, about=domains.get(it.name, it.about)) for it in then.domains),
        tables=tuple(
            replace(it, about=tables.get((it.database, it.old), it.about)) for it in then.tables
        ),
    )


def _said(plan: Plan) -> Said:
    head = {
        "target": plan.target,
        "backup": plan.backup,
        "archive": plan.archive,
        "metadata": plan.metadata,
        "schema_version": str(plan.schema_version),
        "taken_names": plan.taken_names.value,
        "broken": plan.broken.value,
    }
    said: Said = {"plan": head}
    for database in plan.databases:
        said[f"database {database.path}"] = {"action": database.action.value}
    for table in plan.tables:
        said[f"table {table.old!r} of {table.database}"] = {
            "to": table.new,
            "domain": table.domain,
            "merge": table.merge.value,
            "compat": table.compat.value,
        }
    for skip in plan.skips:
        said[f"skip of {skip.table!r} of {skip.database}"] = {"claim": skip.claim.value}
    for names in plan.names:
        said[f"names in {names.table!r} of {names.database}"] = {
            "column": ", ".join(map(repr, sorted(names.columns)))
        }
    for item in plan.objects:
        kind = item.kind.value if item.kind is not ObjectKind.ANY else "object"
        said[f"{kind} {item.old!r} of {item.database}"] = {"to": item.new}
    return said


def _without_kept(said: Said) -> Said:
    """A database that is kept is not touched, so naming it changes nothing."""
    return {entry: values for entry, values in said.items() if values != _KEPT}


_KEPT = {"action": Action.KEEP.value}


def _differences(before: Said, now: Said) -> Iterator[str]:
    for entry in dict.fromkeys((*before, *now)):
        old, new = before.get(entry), now.get(entry)
        if old == new or (old in (None, _KEPT) and new in (None, _KEPT)):
            continue
        if new is None:
            yield f"{entry}: was in the plan and is not any more"
        elif old is None:
            yield f"{entry}: is new in the plan"
        else:
            yield from (
                f"{entry}: {key} was {old[key]!r} and is {new[key]!r} now"
                for key in old
                if old[key] != new[key]
            )
