"""How the rows of one table come into the target: what to run, in order."""

from collections.abc import Iterator

from migrate.database.schema import Facts
from migrate.database.sqlite import literal
from migrate.phases import Phase
from migrate.steps import layout, meeting
from migrate.steps.arrivals import Arrival, Way
from migrate.steps.target import Records, Target
from plan.stored import quoted

Statement = tuple[str, str, str, int]
"""The kind of step, what it does in words, the SQL, and how many rows it is expected to write."""


def copies(
    target: Target, fact: Facts, arrival: Arrival, records: Records | None
) -> Iterator[Statement]:
    """The statements that bring a table's rows; `records` copies these as they lie."""
    planned = arrival.planned
    what = f"rows of {planned.old!r} of {planned.database} to {planned.new!r}"
    if arrival.way is Way.JOINED:
        for sql, does in meeting.statements(arrival, target.plan.target):
            rows = arrival.rows if sql.startswith('INSERT INTO main."') else 0
            yield "copy", f"{what}: {does}", sql, rows
    elif arrival.shadows:
        for shadow, name in arrival.stores_after(Phase.MERGE):
            here = f"main.{quoted(name)}"
            there = f"{quoted(arrival.source)}.{quoted(shadow.name)}"
            yield "copy", f"empty {name!r}", f"DELETE FROM {here}", 0
            yield "copy", what, f"INSERT INTO {here} SELECT * FROM {there}", fact.count(shadow.name)
    elif records and records.meanwhile is None:
        yield "copy", what, records.sql, arrival.rows
    elif arrival.table.kind == "table":
        yield from _redefined(target, arrival, what, records)
    if arrival.table.autoincrement and (arrival.into or arrival.table).autoincrement:
        yield from _sequence(arrival)


def _redefined(
    target: Target, arrival: Arrival, what: str, records: Records | None
) -> Iterator[Statement]:
    """Records go into a table without rules, or without types too, which then gets these back."""
    table, new = target.table(arrival.at), arrival.planned.new
    here = f"main.{quoted(arrival.at)}"
    there = f"{quoted(arrival.source)}.{quoted(arrival.table.name)}"
    taken, sql = "types and rules", layout.insert_records(table, here, there)
    meanwhile = layout.bare(table, arrival.at)
    if records and records.meanwhile:
        taken, sql, meanwhile = "CHECKs", records.sql, records.meanwhile
    off = layout.redefined(arrival.at, meanwhile)
    on = layout.redefined(arrival.at, target.definition(arrival.at))
    yield "create", f"take the {taken} off {new!r}", off, 0
    yield "copy", what, sql, arrival.rows
    yield "create", f"give {new!r} its {taken} back", on, 0


def _sequence(arrival: Arrival) -> Iterator[Statement]:
    """Ids that were given out once are not given out again."""
    name, old = literal(arrival.at), literal(arrival.table.name)
    there = f"{quoted(arrival.source)}.sqlite_sequence"
    what = f"the last id of {arrival.planned.new!r}"
    update = (
        f"UPDATE main.sqlite_sequence SET seq = max(seq, (SELECT max(seq) FROM {there}"
        f" WHERE name = {old})) WHERE name = {name}"
        f" AND EXISTS (SELECT 1 FROM {there} WHERE name = {old})"
    )
    insert = (
        f"INSERT INTO main.sqlite_sequence (name, seq) SELECT {name}, seq FROM {there}"
        f" WHERE name = {old} AND NOT EXISTS"
        f" (SELECT 1 FROM main.sqlite_sequence WHERE name = {name})"
    )
    yield "copy", what, update, 0
    yield "copy", what, insert, 0
