"""Rows that the table which they join would refuse or change: only the rows can tell."""

from collections.abc import Iterator, Sequence

from migrate.database.breaches import rows_against
from migrate.database.reading import reading
from migrate.database.schema import Column, Facts, Table
from migrate.database.sqlite import Database
from migrate.steps.arrivals import Arrival, Way
from migrate.steps.work import Work
from plan.errors import Problem, counted_that
from plan.model import Plan, folded
from plan.stored import quoted

_LAST = (1 << 63) - 1
"""The highest rowid: https://sqlite.org/autoinc.html"""


def misfits(plan: Plan, facts: Sequence[Facts], work: Work) -> Iterator[Problem]:
    """What must be mended before rows can join a table and stay as they are."""
    for arrival in work.arrivals:
        if arrival.way is Way.JOINED and arrival.into and arrival.rows:
            with reading(
                plan.root / arrival.planned.database, arrival.planned.database
            ) as database:
                for rows, rule, mend in _misfits(database, arrival, arrival.into, facts, work):
                    those = counted_that(rows, "row", "does", "do")
                    what = f"{those} not fit {arrival.planned.new!r} unchanged: {rule}"
                    where = f"{arrival.planned.key}: {arrival.planned.database}"
                    yield Problem(where, what, mend)


def _misfits(
    database: Database, arrival: Arrival, into: Table, facts: Sequence[Facts], work: Work
) -> Iterator[tuple[int, str, str]]:
    table = quoted(arrival.table.name)
    if arrival.last > _LAST:
        rule = "rowids would go behind those that are there, and beyond the last"
        yield arrival.rows, rule, "VACUUM that file, which gives out new ones"
    for column in into.columns:
        name = quoted(column.name)
        for test, rule, mend in _tests(column, into, name):
            rows = database.value(f"SELECT count(*) FROM main.{table} WHERE {test}")
            if rows:
                yield rows, rule, mend.format(table=table, name=name)
    definition = _definition(arrival, facts, work)
    for rule, rows in rows_against(database, arrival.table.name, into.name, definition):
        yield rows, f"CHECK ({rule})", "change these rows, or give the table a name of its own"


def _tests(column: Column, into: Table, name: str) -> Iterator[tuple[str, str, str]]:
    """What to ask of a column's values, the rule behind it, and how to mend it."""
    if column.generated:
        return
    if column.not_null and column.name != into.alias:
        yield f"{name} IS NULL", f"column {column.name!r} is NOT NULL", "fill these in"
    changed = _changed(column, into, name)
    if changed:
        rule = f"column {column.name!r} would make them {column.type}"
        yield changed, rule, "UPDATE {table} SET {name} = {name} does so, if it is meant"


def _changed(column: Column, into: Table, name: str) -> str:
    """Whether a column's type would change a value: https://sqlite.org/datatype3.html, part 3."""
    kind = folded(column.type)
    if into.strict:
        kinds = {"int": "integer", "any": ""}.get(kind, kind)
        return f"typeof({name}) NOT IN ('null', '{kinds}')" if kinds else ""
    if "int" not in kind:
        if any(word in kind for word in ("char", "clob", "text")):
            return f"typeof({name}) IN ('integer', 'real')"
        if not kind or "blob" in kind:
            return ""
    number = f"typeof({name}) = 'text' AND +{name} <= CAST(9e999 AS REAL)"
    if "int" not in kind and any(word in kind for word in ("real", "floa", "doub")):
        return number
    whole = f"typeof({name}) = 'real' AND {name} = CAST({name} AS INTEGER)"
    return f"({number}) OR ({whole} AND {name} > -9223372036854775808.0)"


def _definition(arrival: Arrival, facts: Sequence[Facts], work: Work) -> str:
    """The SQL of the table that is joined: of the first that comes to that name."""
    new = folded(arrival.planned.new)
    first = next(other for other in work.arrivals if folded(other.planned.new) == new)
    schemas = (fact.schema for fact in facts if fact.path == first.planned.database)
    return next(
        item.sql or ""
        for schema in schemas
        for item in schema.objects
        if item.kind == "table" and item.name == first.table.name
    )
