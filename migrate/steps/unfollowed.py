"""Names in data that cannot follow the renames as the plan wants: what to mend first."""

from collections.abc import Iterator, Sequence

from migrate.database.reading import reading
from migrate.database.schema import Facts, Table
from migrate.database.sqlite import Database
from migrate.steps.arrivals import Arrival
from migrate.steps.naming import Following, columns_named, listing, meanings
from migrate.steps.work import Work
from plan.errors import Problem, counted, counted_that, nearest, shown
from plan.model import NamesWithin, Plan, folded
from plan.names import names_for
from plan.stored import quoted
from plan.virtual import content_of

_OWN, _ALL = 1, 2
"""What names mean in their own database, and in the table that rows of several join."""


def unfollowed(plan: Plan, facts: Sequence[Facts]) -> Iterator[Problem]:
    """What the plan says of columns with names that the databases contradict."""
    by_path = {fact.path: fact for fact in facts}
    for item in plan.names:
        fact = by_path.get(item.database)
        table = fact.table(item.table) if fact else None
        if fact is None or table is None:
            continue  # that is a problem of its own
        where = f"{item.key}.table"
        if table.kind != "table":
            what = f"{shown(item.table)} is a virtual table, whose rows retable does not change"
            yield Problem(where, what, "leave this entry out")
            continue
        for search in fact.schema.objects:
            if folded(content_of(search) or "") == folded(item.table):
                what = f"full-text table {search.name!r} would not know that its text has changed"
                yield Problem(where, what, "leave this entry out, and change that data yourself")
        yield from _columns(item, table)


def _columns(item: NamesWithin, table: Table) -> Iterator[Problem]:
    held = {folded(column.name): column for column in table.columns}
    for name in item.columns:
        column = held.get(folded(name))
        if column is None:
            names = [it.name for it in table.columns]
            what = f"{shown(item.table)} of {item.database} has no column {shown(name)}"
            mend = nearest(name, names, f"it has {', '.join(names)}")
            yield Problem(f"{item.key}.column", what, mend)
        elif column.generated:
            what = f"{shown(name)} is computed, so it follows by itself"
            yield Problem(f"{item.key}.column", what, "name the column that it is computed of")


def uncertain(plan: Plan, facts: Sequence[Facts], work: Work) -> Iterator[Problem]:
    """Rows whose names mean one thing in their own table and another where they join, or meet."""
    names = names_for(plan, [fact.schema for fact in facts])
    for following in work.naming.tables:
        arrivals = [it for it in work.arrivals if folded(it.planned.new) == folded(following.table)]
        for arrival in arrivals:
            planned = arrival.planned
            known = meanings(plan, facts, names, planned.database)
            own = tuple(it for it in known if it.changes)
            parts = [(_OWN, own), (_ALL, following.meanings)]
            with reading(plan.root / planned.database, planned.database) as database:
                for sql in listing(parts):
                    database.run(sql)
                yield from _left_alone(database, work, arrival, following)
                if len(arrivals) > 1:
                    yield from _other_meaning(plan, database, arrival, following)
                yield from _meeting(database, arrival, following)


def _left_alone(
    database: Database, work: Work, arrival: Arrival, following: Following
) -> Iterator[Problem]:
    """Foreign keys of which one side would follow and the other would not."""
    for mine, other, theirs in _referring(work, folded(following.table)):
        beside = work.naming.of(other)
        if not _has(following, mine) or (beside is not None and _has(beside, theirs)):
            continue
        value, new = f"a.{quoted(mine)}", following.said("a", mine, _ALL)
        changes = database.value(
            f"SELECT count(*) FROM main.{quoted(arrival.planned.old)} AS a"
            f" WHERE {new} IS NOT {value} COLLATE BINARY"
        )
        if changes:
            what = (
                f"names in {shown(mine)} would follow, and {shown(theirs)} of {shown(other)} at"
                " the other end of a foreign key would not"
            )
            mend = "name both columns under [[names]], or neither"
            yield Problem(f"{arrival.planned.key}: {arrival.planned.database}", what, mend)


def _has(following: Following, column: str) -> bool:
    return folded(column) in map(folded, following.columns)


def _referring(work: Work, table: str) -> Iterator[tuple[str, str, str]]:
    """Each column of a table that refers to another's or is referred to: it, and the other end."""
    for entry in work.entries:
        for key in entry.foreign_keys:
            for column, to in zip(key.columns, key.to, strict=False):
                if folded(entry.name) == table:
                    yield column, key.table, to
                if folded(key.table) == table:
                    yield to, entry.name, column


def _other_meaning(
    plan: Plan, database: Database, arrival: Arrival, following: Following
) -> Iterator[Problem]:
    planned, said = arrival.planned, columns_named(plan, arrival)
    for column in following.columns:
        value = f"a.{quoted(column)}"
        alone = following.said("a", column, _OWN) if column in said else value
        joined = following.said("a", column, _ALL)
        other = database.value(
            f"SELECT count(*) FROM main.{quoted(planned.old)} AS a"
            f" WHERE {alone} IS NOT {joined} COLLATE BINARY"
        )
        if other:
            those = counted_that(other, "row", "has a name", "have names")
            what = (
                f"{those} in {shown(column)} that would mean another table where"
                f" {shown(following.table)} has the rows of several"
            )
            mend = "give it a name of its own, or change these rows first"
            if column not in said:
                there = f"{shown(planned.old)} in {shown(planned.database)}"
                mend = f"add [[names]] for {there}, {mend}"
            yield Problem(f"{planned.key}: {planned.database}", what, mend)


def _meeting(database: Database, arrival: Arrival, following: Following) -> Iterator[Problem]:
    """Keys that two rows would share."""
    planned, columns = arrival.planned, set(map(folded, following.columns))
    for key in arrival.table.keys:
        if not key.plain or not columns & {folded(column) for column, _ in key.columns}:
            continue
        parts = [
            (
                following.said("a", column, _ALL)
                if folded(column) in columns
                else f"a.{quoted(column)}",
                collation,
            )
            for column, collation in key.columns
        ]
        grouped = ", ".join(f"({value}) COLLATE {quoted(collation)}" for value, collation in parts)
        filled = " AND ".join(f"a.{quoted(column)} IS NOT NULL" for column, _ in key.columns)
        twice = database.value(
            f"SELECT count(*) FROM (SELECT 1 FROM main.{quoted(planned.old)} AS a"
            f" WHERE {filled} GROUP BY {grouped} HAVING count(*) > 1)"
        )
        if twice:
            names = ", ".join(column for column, _ in key.columns)
            what = (
                f"names that follow would give {counted(twice, 'key')} ({names}) to two rows each"
            )
            mend = "take away the rows that have a new name already"
            yield Problem(f"{planned.key}: {planned.database}", what, mend)
