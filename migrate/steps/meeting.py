"""The SQL by which rows of one table join another that has rows, and what happens to doubles.

A row that a rule drops is kept in the rejects table, one line for each of its values: there a
value keeps its type and its bytes, whatever they are.
"""

from collections.abc import Iterator, Mapping

from migrate.database.schema import Table, column_list
from migrate.database.sqlite import literal
from migrate.steps.arrivals import Arrival
from plan.model import MergeRule
from plan.own import REJECTS
from plan.stored import quoted

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


def exact_real(a: str, b: str) -> str:
    """The same for two columns of REAL affinity, in half the time.

    SQLite gives no integer out of such a column: what it stores as one it reads as a double
    (https://sqlite.org/datatype3.html#storage_classes_and_datatypes, section 3), so of two
    numbers there `typeof` says nothing that IS has not said.
    """
    return f"+{a} IS +{b} COLLATE BINARY AND (+{a} IS NOT 0 OR atan2({a}, -1) IS atan2({b}, -1))"


def same_rows(
    table: Table,
    a: str,
    b: str,
    leave_out: tuple[str, ...] = (),
    *,
    alike: bool = False,
    became: Mapping[str, str] | None = None,
) -> str:
    """Whether all columns of two rows are the same to the last bit, as SQL.

    Of columns that are declared `alike` in both tables less is asked. Where texts of `a` became
    others in `b`, `became` says what, as SQL; what is computed of them is left out then.
    """
    tests = []
    for column in table.columns:
        here, there = f"{a}.{quoted(column.name)}", f"{b}.{quoted(column.name)}"
        if column.name in leave_out or (became and column.generated):
            continue
        if became and column.name in became:
            tests.append(
                f"CASE WHEN typeof({here}) = 'text' THEN typeof({there}) = 'text'"
                f" AND +{there} IS ({became[column.name]}) COLLATE BINARY"
                f" ELSE {exact(here, there)} END"
            )
        elif alike and column.is_real and table.kind != "virtual":
            tests.append(exact_real(here, there))
        else:
            tests.append(exact(here, there))
    return all_of(tests)


def all_of(tests: list[str]) -> str:
    """All of them, as a tree: an expression is 1000 deep at most, a table may be wider."""
    while len(tests) > _AT_ONCE:
        groups = (tests[n : n + _AT_ONCE] for n in range(0, len(tests), _AT_ONCE))
        tests = [f"({' AND '.join(group)})" for group in groups]
    return " AND ".join(tests) or "1"


def meets(row: str, others: str, into: Table, besides: str = "1") -> str:
    """Whether a row has a key that a row of another table, called `other`, holds too, as SQL.

    `into` is the table whose keys count. Each key is a question of its own, which its index
    answers: of one question with OR in it SQLite makes a walk over the whole table.
    """
    return " OR ".join(
        f"EXISTS (SELECT 1 FROM {others} AS other WHERE {_same_key(row, key)} AND {besides})"
        for key in keys_of(into)
    )


def _same_key(row: str, key: tuple[tuple[str, str], ...]) -> str:
    return " AND ".join(
        f"other.{quoted(column)} = {row}.{quoted(column)} COLLATE {quoted(collation)}"
        for column, collation in key
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
    aside = "set aside the rows that give way"
    if arrival.rule is MergeRule.KEEP_TARGET:
        yield _set_aside(arrival, target, arrival.table, gone=there, kept=here), aside
        where = f" WHERE NOT ({meets('a', here, into)})"
        yield _insert(arrival, there, here, where), "add the rows that meet none"
        return
    if arrival.rule is MergeRule.KEEP_SOURCE:
        yield _set_aside(arrival, target, into, gone=here, kept=there), aside
        sql = f"DELETE FROM {here} AS b WHERE {meets('b', there, into)}"
        yield sql, "take away the rows that give way"
    yield _insert(arrival, there, here, ""), "add all rows"


def _set_aside(arrival: Arrival, target: str, table: Table, *, gone: str, kept: str) -> str:
    """Write the rows of `gone` that meet one of `kept` into the rejects table, value by value."""
    into = arrival.into or table
    reason = KEPT_SOURCE if arrival.rule is MergeRule.KEEP_SOURCE else KEPT_TARGET
    start = ", ".join(map(literal, rejects_of(arrival, target)))
    rows, number = numbered(table, gone, "gone")
    same = meets("gone", kept, into, same_rows(arrival.table, "gone", "other"))
    columns = ", ".join(f"({n}, {literal(name)})" for n, name in enumerate(table.stored))
    values = " ".join(f"WHEN {n} THEN gone.{quoted(name)}" for n, name in enumerate(table.stored))
    return (
        f"INSERT INTO main.{REJECTS} SELECT {start}, {number},"
        f" CASE WHEN {same} THEN {literal(IDENTICAL)} ELSE {literal(reason)} END,"
        f" written.column2, CASE written.column1 {values} END"
        f" FROM {rows} CROSS JOIN (VALUES {columns}) AS written"
        f" WHERE {meets('gone', kept, into)}"
    )


def numbered(table: Table, place: str, row: str) -> tuple[str, str]:
    """A table with a number for each of its rows: what stands behind FROM, and the number."""
    if table.rowid:
        return f"{place} AS {row}", row_number(table, row)
    whole = f"SELECT *, {row_number(table, row)} AS retable_number FROM {place} AS {row}"
    return f"({whole}) AS {row}", f"{row}.retable_number"


def rejects_of(arrival: Arrival, target: str) -> tuple[str, str, str]:
    """How the rejects table names the rows that gave way: their file, their table, who they met."""
    came_from = arrival.planned.database
    if arrival.rule is MergeRule.KEEP_SOURCE:
        return target, arrival.planned.new, came_from
    return came_from, arrival.planned.old, target


def _insert(arrival: Arrival, there: str, here: str, where: str) -> str:
    table, into = arrival.table, arrival.into
    columns, values = column_list(table.stored), column_list(table.stored, "a.")
    if into is not None and not into.alias and not into.without_rowid and into.rowid:
        rowid = quoted(into.rowid)
        old = quoted(table.rowid or "rowid")
        columns, values = f"{rowid}, {columns}", f"a.{old} + {arrival.offset}, {values}"
    return f"INSERT INTO {here} ({columns}) SELECT {values} FROM {there} AS a{where}"
