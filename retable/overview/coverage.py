"""Whether all that the files hold is accounted for, with sums that add up; pure."""

from collections import Counter
from dataclasses import dataclass

from migrate.contents import Contents
from retable.overview.fates import CARRIED, Fate, Fates, TableFate


@dataclass(frozen=True, slots=True)
class Share:
    """The tables of one fate."""

    what: str
    tables: int
    rows: int
    uncounted: int
    """Tables whose rows were not counted."""
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the tables of all files divide, and what is left over."""

    files: int
    """Those that were looked into."""
    tables: int
    shares: tuple[Share, ...]
    """Their numbers add up to all tables."""
    objects: tuple[tuple[str, Fate, int], ...]
    """Kind, fate, number: of indexes, views, triggers, and SQLite's own tables."""
    unaccounted: tuple[str, ...]
    """In words: whatever is there and the plan says nothing of."""
    unseen: tuple[tuple[str, str], ...]
    """Files that could not be looked into, and why."""


_SHARES = (
    ("carried", CARRIED),
    ("joined to another", (Fate.JOINED,)),
    ("skipped as empty", (Fate.SKIPPED,)),
    ("skipped as unwanted", (Fate.SKIPPED,)),
    ("kept with their file", (Fate.KEPT,)),
    ("deleted with their file", (Fate.DELETED,)),
    ("NOT IN THE PLAN", (Fate.UNPLANNED,)),
)


def coverage_of(fates: Fates, contents: tuple[Contents, ...]) -> Coverage:
    """Add up what becomes of everything."""
    seen = {it.path for it in contents if it.schema is not None}
    there = [it for it in fates.tables if it.database in seen and it.fate is not Fate.ABSENT]
    groups: dict[str, list[TableFate]] = {what: [] for what, _ in _SHARES}
    for table in there:
        groups[_share_of(table)].append(table)
    left = [it for it in fates.objects if it.fate is Fate.UNPLANNED]
    return Coverage(
        files=len(seen),
        tables=len(there),
        shares=tuple(_share(what, group) for what, group in groups.items() if group),
        objects=tuple(
            (kind, fate, number)
            for (kind, fate), number in sorted(
                Counter((it.kind, it.fate) for it in fates.objects).items()
            )
        ),
        unaccounted=(
            *(f"table {it.name} of {it.database}" for it in groups["NOT IN THE PLAN"]),
            *(f"{it.kind} {it.name} of {it.database}" for it in left),
        ),
        unseen=tuple((it.path, it.why_not) for it in contents if it.schema is None),
    )


def _share_of(table: TableFate) -> str:
    if table.skip and table.fate is Fate.SKIPPED:
        return f"skipped as {table.skip.claim.value}"
    return next(what for what, fates in _SHARES if table.fate in fates)


def _share(what: str, tables: list[TableFate]) -> Share:
    return Share(
        what=what,
        tables=len(tables),
        rows=sum(table.rows or 0 for table in tables),
        uncounted=sum(1 for table in tables if table.rows is None),
        files=tuple(dict.fromkeys(table.database for table in tables)),
    )
