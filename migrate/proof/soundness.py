"""The proof of structure: every object is there, pages and indexes are whole, keys still hold."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migrate.database.breaches import check
from migrate.database.examine import THOROUGH, uneven_indexes, violations
from migrate.database.schema import Facts, objects_of, own, tables_of
from migrate.database.sqlite import Database
from migrate.phases import Phase
from migrate.steps.work import Work
from plan.errors import counted_that
from plan.model import folded
from plan.schema import SchemaObject


def added_objects(database: Database, expected: Iterable[SchemaObject]) -> tuple[str, ...]:
    """Objects that nobody foresaw, in words."""
    wanted = {(item.kind, folded(item.name)) for item in expected}
    return tuple(
        f"{item.kind} {item.name} is new"
        for item in objects_of(database, "").objects
        if not own(item.name) and (item.kind, folded(item.name)) not in wanted
    )


def missing_objects(database: Database, expected: Iterable[SchemaObject]) -> tuple[str, ...]:
    """Objects that are gone or are not as they were foreseen, in words."""
    there = {
        (item.kind, folded(item.name)): item
        for item in objects_of(database, "").objects
        if not own(item.name)
    }
    wanted = {(item.kind, folded(item.name)): item for item in expected}
    lost = [f"{kind} {wanted[kind, name].name} is missing" for kind, name in wanted.keys() - there]
    other = [
        f"{kind} {wanted[kind, name].name} is defined differently"
        for kind, name in wanted.keys() & there
        if (wanted[kind, name].sql or "").strip() != (there[kind, name].sql or "").strip()
    ]
    return tuple(sorted([*lost, *other]))


@dataclass(frozen=True, slots=True)
class Structure:
    """What was looked at beyond rows and objects, and what came of it."""

    check: str
    """integrity_check, or quick_check with a count of each index."""
    foreign_keys: tuple[tuple[str, int], ...]
    """Rows that break a foreign key, by table; -1 where the key itself refers to nothing."""
    problems: tuple[str, ...]


def structure_of(
    database: Database,
    facts: Sequence[Facts],
    work: Work,
    phase: Phase,
    *,
    thorough: bool = False,
) -> Structure:
    """What is wrong with the structure after a phase: pages, indexes, foreign keys, sequences."""
    pages, size = database.value("PRAGMA main.page_count"), database.value("PRAGMA main.page_size")
    pragma = "integrity_check" if thorough or pages * size <= THOROUGH else "quick_check"
    tables = tables_of(database, objects_of(database, ""))
    # Rows that break rules of their table are the same rows, under the same rules, as before.
    problems = [*check(database, pragma, tables)[0][:3]]
    for table in tables:
        problems += [
            f"index {index} does not have one entry for each row of {table.name}"
            for index in uneven_indexes(database, "main", table)
        ]
    broken = violations(database, tables)
    problems += _new_violations(broken, facts, work, phase)
    problems += _forgotten_ids(database, facts, work, phase)
    return Structure(pragma, broken, tuple(problems))


def _new_violations(
    now: Iterable[tuple[str, int]], facts: Sequence[Facts], work: Work, phase: Phase
) -> list[str]:
    """Foreign keys that were whole before and are broken now."""
    before: dict[str, int] = defaultdict(int)
    wrong: set[str] = set()
    by_path = {fact.path: dict(fact.violations) for fact in facts}
    for arrival in work.arrivals:
        broken = by_path.get(arrival.planned.database, {}).get(arrival.table.name, 0)
        name = folded(arrival.name_after(phase))
        before[name] += max(0, broken)
        if broken < 0:
            wrong.add(name)
    return [
        f"{table}: {counted_that(max(broken, 1), 'row', 'breaks', 'break')} a foreign key that was"
        " whole before"
        for table, broken in now
        if broken > before[folded(table)] or (broken < 0 and folded(table) not in wrong)
    ]


def _forgotten_ids(
    database: Database, facts: Sequence[Facts], work: Work, phase: Phase
) -> Iterable[str]:
    """AUTOINCREMENT tables that would give out an id again."""
    sequences = {fact.path: dict(fact.sequences) for fact in facts}
    for arrival in work.arrivals:
        last = sequences.get(arrival.planned.database, {}).get(arrival.table.name)
        if last is None or not (arrival.into or arrival.table).autoincrement:
            continue
        name = arrival.name_after(phase)
        now = database.value("SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?", name)
        if now is None or now < last:
            yield f"{name} would give out the ids up to {last} again"
