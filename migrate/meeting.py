"""The SQL by which rows of one table join another that has rows, and what happens to doubles.

A row that a rule drops is kept in the rejects table, one line for each of its values: there a
value keeps its type and its bytes, whatever they are.
"""

from collections.abc import Iterator

from migrate.arrivals import Arrival
from migrate.schema import Table, column_list
from migrate.sqlite import literal, quoted
from plan.model import MergeRule
from plan.rules import REJECTS

CREATE_REJECTS = (
    f"CREATE TABLE main.{REJECTS}(\n"
    "  source TEXT NOT NULL,\n"
    "  name TEXT NOT NULL,\n"
    "  met TEXT NOT NULL,\n"
    '  "row" INTEGER NOT NULL,\n'
    "  reason TEXT NOT NULL,\n"
    '  "column" TEXT NOT NULL,\n'
    "  value,\n"
    '  PRIMARY KEY (source, name, met, "row", "column")\n'
    ") WITHOUT ROWID"
)
_AT_ONCE = 100
IDENTICAL = "identical"
KEPT_TARGET = "the target's row was kept"
KEPT_SOURCE = "the source's row took its place"


def exact(a: str, b: str) -> str:
    """Whether two values are the same to the last bit, as SQL.

    The plus signs take the column's affinity away, so that 1 and '1' differ. Text and blobs
    need no more than that; for numbers `typeof` tells 1 from 1.0, and `atan2` 0.0 from -0.0.
    """
    return (
        f"+{a} IS +{b} COLLATE BINARY AND (+{a} >= '' OR (typeof({a}) = typeof({b})"
        f" AND (+{a} IS NOT 0 OR atan2({a}, -1) IS atan2({b}, -1))))"
    )


def same_rows(table: Table, a: str, b: str, leave_out: tuple[str, ...] = ()) -> str:
    """Whether all columns of two rows are the same to the last bit, as SQL."""
    tests = [
        exact(f"{a}.{quoted(c.name)}", f"{b}.{quoted(c.name)}")
        for c in table.columns
        if c.name not in leave_out
    ]
    return all_of(tests)


def all_of(tests: list[str]) -> str:
    """All of them, as a tree: an expression is 1000 deep at most, a table may be wider."""
    while len(tests) > _AT_ONCE:
        groups = (tests[n : n + _AT_ONCE] for n in range(0, len(tests), _AT_ONCE))
        tests = [f"({' AND '.join(group)})" for group in groups]
    return " AND ".join(tests) or "1"


def conflicts(a: str, b: str, into: Table) -> str:
    """Whether row `a` has a key that row `b` of the joined table holds, as SQL."""
    return " OR ".join(
        "("
        + " AND ".join(
            f"{b}.{quoted(column)} = {a}.{quoted(column)} COLLATE {quoted(collation)}"
            for column, collation in key
        )
        + ")"
        for key in keys_of(into)
    )


def keys_of(table: Table) -> tuple[tuple[tuple[str, str], ...], ...]:
    """All that makes a row of this table the only one of its kind."""
    alias = (((table.alias, "BINARY"),),) if table.alias else ()
    return alias + tuple(key.columns for key in table.keys if key.plain)


def row_number(table: Table, row: str) -> str:
    """What a row is called in the rejects table, as SQL; rows without a rowid are counted."""
    if table.rowid:
        return f"{row}.{quoted(table.rowid)}"
    return f"row_number() OVER (ORDER BY {column_list(table.primary_key, row + '.')})"


def statements(arrival: Arrival, target: str) -> Iterator[tuple[str, str]]:
    """What to run, in order, each with what it does in words."""
    into = arrival.into
    if into is None:
        return
    here = f"main.{quoted(arrival.at)}"
    there = f"{quoted(arrival.source)}.{quoted(arrival.table.name)}"
    if arrival.rule is MergeRule.KEEP_TARGET:
        yield from _set_aside(arrival, target, gone=there, kept=here)
        meets = f"EXISTS (SELECT 1 FROM {here} AS b WHERE {conflicts('a', 'b', into)})"
        yield _insert(arrival, there, here, f" WHERE NOT {meets}"), "add the rows that meet none"
        return
    if arrival.rule is MergeRule.KEEP_SOURCE:
        yield from _set_aside(arrival, target, gone=here, kept=there)
        meets = f"EXISTS (SELECT 1 FROM {there} AS a WHERE {conflicts('a', 'b', into)})"
        yield f"DELETE FROM {here} AS b WHERE {meets}", "take away the rows that give way"
    yield _insert(arrival, there, here, ""), "add all rows"


def _set_aside(arrival: Arrival, target: str, *, gone: str, kept: str) -> Iterator[tuple[str, str]]:
    """Write the rows of `gone` that meet one of `kept` into the rejects table."""
    table, into = arrival.table, arrival.into
    if into is None:
        return
    if arrival.rule is MergeRule.KEEP_SOURCE:
        table, meets, reason = into, conflicts("kept", "gone", into), KEPT_SOURCE
    else:
        meets, reason = conflicts("gone", "kept", into), KEPT_TARGET
    start = ", ".join(map(literal, rejects_of(arrival, target)))
    same = f"EXISTS (SELECT 1 FROM {kept} AS kept WHERE ({meets}) AND {_alike(arrival.table)})"
    for column in table.stored:
        sql = (
            f"INSERT INTO main.{REJECTS} SELECT {start}, number,"
            f" CASE WHEN same THEN {literal(IDENTICAL)} ELSE {literal(reason)} END,"
            f" {literal(column)}, value FROM (SELECT {row_number(table, 'gone')} AS number,"
            f" {same} AS same, gone.{quoted(column)} AS value,"
            f" EXISTS (SELECT 1 FROM {kept} AS kept WHERE {meets}) AS meets"
            f" FROM {gone} AS gone) WHERE meets"
        )
        yield sql, f"set aside {column!r} of the rows that give way"


def rejects_of(arrival: Arrival, target: str) -> tuple[str, str, str]:
    """How the rejects table names the rows that gave way: their file, their table, who they met."""
    came_from = arrival.planned.database
    if arrival.rule is MergeRule.KEEP_SOURCE:
        return target, arrival.planned.new, came_from
    return came_from, arrival.planned.old, target


def _alike(table: Table) -> str:
    return same_rows(table, "gone", "kept")


def _insert(arrival: Arrival, there: str, here: str, where: str) -> str:
    table, into = arrival.table, arrival.into
    columns, values = column_list(table.stored), column_list(table.stored, "a.")
    if into is not None and not into.alias and not into.without_rowid and into.rowid:
        rowid = quoted(into.rowid)
        old = quoted(table.rowid or "rowid")
        columns, values = f"{rowid}, {columns}", f"a.{old} + {arrival.offset}, {values}"
    return f"INSERT INTO {here} ({columns}) SELECT {values} FROM {there} AS a{where}"
