"""Names that meet: one name in several files, new names that are old ones; pure."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from plan.model import Plan, PlannedTable, folded
from retable.overview.fates import Fate, Fates, ObjectFate, TableFate


@dataclass(frozen=True, slots=True)
class Meeting:
    """Something that people should know of a name."""

    kind: str
    """same-name, joined, swap, chain, or object."""
    names: tuple[str, ...]
    said: str
    """In words, one line."""


def meetings_of(plan: Plan, fates: Fates) -> tuple[Meeting, ...]:
    """All of them, tables first."""
    return (*_same_names(fates), *_joined(fates), *_taken_over(plan), *_objects(fates))


def _same_names(fates: Fates) -> Iterator[Meeting]:
    """One name for several tables of several files: code cannot tell them apart by name."""
    groups: dict[str, list[TableFate]] = defaultdict(list)
    for table in fates.tables:
        if table.fate is not Fate.ABSENT:
            groups[folded(table.name)].append(table)
    for first, *others in groups.values():
        ends = {folded(it.new) if it.new else it.fate.value for it in (first, *others)}
        if others and len(ends) > 1:
            said = "; ".join(f"that of {it.database} {_becomes(it)}" for it in (first, *others))
            yield Meeting("same-name", (first.name,), f"{first.name}: {said}")


def _becomes(table: TableFate) -> str:
    match table.fate:
        case Fate.STAYS | Fate.MOVED:
            return "keeps its name"
        case Fate.JOINED:
            return f"joins {table.new}"
        case Fate.RENAMED | Fate.MOVED_RENAMED:
            return f"becomes {table.new}"
        case _:
            return f"is {table.fate.value}"


def _joined(fates: Fates) -> Iterator[Meeting]:
    """Several tables become one."""
    groups: dict[str, list[TableFate]] = defaultdict(list)
    for table in fates.tables:
        if table.new is not None and table.fate is not Fate.ABSENT:
            groups[folded(table.new)].append(table)
    for tables in groups.values():
        first, *others = sorted(tables, key=lambda it: it.fate is Fate.JOINED)
        for other in others:
            rule = other.planned.merge.value if other.planned else ""
            said = (
                f"{other.name} of {other.database} joins {first.new}, which is {first.name}"
                f" of {first.database}: merge = {rule}"
            )
            yield Meeting("joined", (other.name, first.new or ""), said)


def _taken_over(plan: Plan) -> Iterator[Meeting]:
    """A new name that is the old one of another table, which gives it up: swaps and chains."""
    olds: dict[str, list[PlannedTable]] = defaultdict(list)
    for table in plan.tables:
        olds[folded(table.old)].append(table)
    told: set[frozenset[str]] = set()
    for table in plan.tables:
        for other in olds.get(folded(table.new), ()):
            if folded(other.new) == folded(table.new):
                continue
            if folded(other.new) == folded(table.old):
                pair = frozenset((table.key, other.key))
                if pair not in told:
                    told.add(pair)
                    said = f"{_named(table)} and {_named(other)} swap their names"
                    yield Meeting("swap", (table.old, other.old), said)
            else:
                said = f"{_named(table)} takes the name of {_named(other)}, now {other.new}"
                yield Meeting("chain", (table.old, other.old, other.new), said)


def _named(table: PlannedTable) -> str:
    return f"{table.old} of {table.database}"


def _objects(fates: Fates) -> Iterator[Meeting]:
    for item in fates.objects:
        if item.why:
            yield Meeting("object", (item.name,), _said_of(item))


def _said_of(item: ObjectFate) -> str:
    what = f"{item.kind} {item.name} of {item.database}"
    if item.fate is Fate.LEFT:
        return f"{what} stays behind: {item.why}"
    return f"{what} becomes {item.new}: {item.why}"
