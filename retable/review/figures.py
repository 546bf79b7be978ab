"""The figures above the edits: what was searched, found, withheld, and not looked at."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from msgspec.structs import asdict

from plan.model import Plan, folded
from refactor.found import Search
from refactor.hits import Account
from refactor.livehistory import LiveHistory
from refactor.notes import Notes
from refactor.patches.changes import Changes
from refactor.patches.series import PATHS
from refactor.references import Kind
from refactor.remarks import TITLES, Remark
from refactor.text.globs import as_glob
from retable.review.verdicts import verdicts

Items = Sequence[dict[str, Any]]


def figures(
    plan: Plan, search: Search, changes: Changes, notes: Notes, items: Items
) -> dict[str, Any]:
    """All of them, as plain values."""
    return {
        "looked_at": search.looked_at,
        "hits": {
            "table names": _account(search.accounts.tables),
            "database files": _account(search.accounts.paths),
        },
        "statements": verdicts(changes.proofs),
        "domains": [{"name": it.name, "about": it.about} for it in plan.domains]
        + [{"name": PATHS, "about": "Paths of databases that moved into the target"}],
        "tables": list(_tables(plan, items)),
        "withheld": list(_withheld(changes)),
        "unproved": [{"path": str(it.path), "why": it.why} for it in changes.unproved],
        "remarks": [
            {"title": TITLES[about], "places": [_remark(it) for it in of_kind]}
            for about, of_kind in groupby(notes.remarks, key=lambda it: it.about)
        ],
        "live": [_live(it) for it in notes.live],
        "unseen": _unseen(search),
    }


def _account(found: Account) -> dict[str, int]:
    return {**asdict(found), "all": found.all}


def _tables(plan: Plan, items: Items) -> Iterator[dict[str, Any]]:
    """What came of each table and each database file of the plan, for those that get new names."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for item in items:
        for database in item["databases"]:
            counts[item["kind"], database, folded(item["table"]), item["certainty"]] += 1
    for table in plan.tables:
        found = _counts(counts, Kind.TABLE, table.database, folded(table.old))
        if table.renamed or any(found.values()):
            facts = {"old": table.old, "new": table.new, "database": table.database}
            yield {"kind": Kind.TABLE.value, "domain": table.domain, **facts, "counts": found}
    for database in plan.databases:
        found = _counts(counts, Kind.PATH, database.path, folded(database.path))
        if any(found.values()):
            new = plan.target if database.action.value == "merge" else ""
            facts = {"old": database.path, "new": new, "database": database.path}
            yield {"kind": Kind.PATH.value, "domain": PATHS, **facts, "counts": found}


def _counts(
    counts: Counter[tuple[str, str, str, str]], kind: Kind, database: str, name: str
) -> dict[str, int]:
    return {
        certainty: number
        for (of_kind, where, called, certainty), number in sorted(counts.items())
        if (of_kind, where, called) == (kind.value, database, name)
    }


def _withheld(changes: Changes) -> Iterator[dict[str, Any]]:
    """Which names are left alone, how often, and what they wait for."""
    asked = {(it.kind, it.name): len(it.questions) for it in changes.groups if not it.complete}
    held = Counter((it.kind, it.group) for it in changes.withheld)
    for kind, name in dict.fromkeys((*asked, *held)):
        questions = asked.get((kind, name), 0)
        yield {"kind": kind.value, "name": name, "questions": questions, "held": held[kind, name]}


def _remark(it: Remark) -> dict[str, Any]:
    return {
        "path": str(it.path),
        "line": it.line,
        "what": it.what,
        "why": it.why,
        "look": it.look,
    }


def _live(file: LiveHistory) -> dict[str, Any]:
    glob = f'"{as_glob(file.path)}"'
    return {
        "path": str(file.path),
        "question": file.question,
        "used": [str(use) for use in file.used],
        "through": [str(path) for path in file.through],
        "names": sorted({it.group for it in file.references}),
        "glob": glob,
    }


def _unseen(search: Search) -> dict[str, Any]:
    """What was not looked at, or is no reference, and why."""
    ignored: Counter[str] = Counter()
    for file in search.files:
        for why, hits in file.ignored:
            ignored[why] += hits
    return {
        "unreadable": [{"path": str(it.path), "why": it.why} for it in search.unreadable],
        "ignored": [[why, hits] for why, hits in ignored.most_common()],
        "history": _hits(search.history),
        "migrations": _hits([(path, hits) for path, hits, _ in search.migrations]),
        "others": [
            {"path": str(it.path), "hits": it.hits, "why": it.why}
            for it in sorted(search.others, key=lambda it: (-it.hits, it.path))
        ],
        "skipped": [{"path": str(path), "why": why} for path, why in search.skipped],
        "derived": sorted(search.derived),
    }


def _hits(files: Sequence[tuple[PurePosixPath, int]]) -> list[dict[str, Any]]:
    return [{"path": str(path), "hits": hits} for path, hits in files]
