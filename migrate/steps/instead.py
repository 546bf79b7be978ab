"""What INSTEAD OF triggers do so that a view takes writes as its table would, as SQL.

A trigger cannot tell a column that a statement leaves out from one that it sets to NULL: where
the table has a DEFAULT, an INSERT of NULL gives the DEFAULT. All else is as on the table itself:
the conflict clause of the outer statement (OR IGNORE, OR REPLACE) also holds for what is done in
its triggers (https://sqlite.org/lang_createtrigger.html).
"""

import re
from collections.abc import Iterator, Mapping

from migrate.database.schema import Key, Table, column_list
from migrate.database.sqlite import literal
from migrate.steps.meeting import all_of
from plan.model import PlannedTable
from plan.stored import quoted

CHANGES = ("INSERT", "UPDATE", "DELETE")
_WORD = re.compile(r"[^\W\d][\w$]*")
_QUOTED = re.compile(r'"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]')
_MEANS_ITSELF = frozenset(
    {"null", "true", "false", "current_time", "current_date", "current_timestamp"}
)


def read_only(planned: PlannedTable) -> Iterator[tuple[str, str]]:
    """For each kind of change: refuse it, and say what to do.

    Without that, SQLite up to 3.40 at least takes a change of a view with a RETURNING clause,
    returns rows as if it were done, and does nothing.
    """
    says = f"{planned.old} is a read-only view of {planned.new} since the migration"
    for change in CHANGES:
        yield change, f"SELECT RAISE(ABORT, {literal(says)})"


def writing(table: Table, defaults: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """For each kind of change: the statements that make it in the table itself."""
    computed = [column.name for column in table.columns if column.generated]
    values = ", ".join(_value(column, defaults.get(column)) for column in table.stored)
    name, row = quoted(table.name), _row(table)
    yield (
        "INSERT",
        ";\n  ".join(
            (
                *(_refused(table, c, f"NEW.{quoted(c)} IS NOT NULL") for c in computed),
                f"INSERT INTO {name}({column_list(table.stored)})\n    VALUES ({values})",
            )
        ),
    )
    given = ", ".join(f"{quoted(c)} = NEW.{quoted(c)}" for c in table.stored)
    yield (
        "UPDATE",
        ";\n  ".join(
            (
                *(_refused(table, c, f"NEW.{quoted(c)} IS NOT OLD.{quoted(c)}") for c in computed),
                f"UPDATE {name} SET {given}\n    WHERE {row}",
            )
        ),
    )
    yield "DELETE", f"DELETE FROM {name}\n    WHERE {row}"


def _value(column: str, default: str | None) -> str:
    new = f"NEW.{quoted(column)}"
    return f"coalesce({new}, {_expression(default)})" if default is not None else new


def _expression(default: str) -> str:
    """A DEFAULT as its column's definition spells it, as an expression.

    A bare word is a text there, and so is one in double quotes; elsewhere they name columns.
    """
    if _WORD.fullmatch(default) and default.lower() not in _MEANS_ITSELF:
        return literal(default)
    if _QUOTED.fullmatch(default):
        inner, quote = default[1:-1], default[0]
        return literal(inner if quote == "[" else inner.replace(quote * 2, quote))
    # The line end is for a definition with a comment in it.
    return f"({default}\n)" if "--" in default else f"({default})"


def _refused(table: Table, column: str, wrong: str) -> str:
    says = f"{column} of {table.name} is computed, so it cannot be written"
    return f"SELECT RAISE(ABORT, {literal(says)}) WHERE {wrong}"


def _row(table: Table) -> str:
    """The one row of the table that a row of the view is, as SQL."""
    if table.alias:
        alias = quoted(table.alias)
        return f"{alias} = OLD.{alias}"
    key = _best_key(table)
    if table.without_rowid and key:
        return _same_key(key)
    # Rows that are equal in all columns are changed one at a time: for each of them the trigger
    # fires once. So the rows come out right, whichever of them is taken.
    rowid, found = quoted(table.rowid or "rowid"), _same_row(table)
    if key:
        found = f"{_same_key(key)}"
        if not _never_null(table, key):
            nowhere_null = " AND ".join(f"OLD.{quoted(c)} IS NOT NULL" for c, _ in key.columns)
            found += f"\n      AND (({nowhere_null}) OR ({_same_row(table)}))"
    return f"{rowid} = (SELECT {rowid} FROM {quoted(table.name)}\n      WHERE {found} LIMIT 1)"


def _best_key(table: Table) -> Key | None:
    """The PRIMARY KEY if it is none of SQLite's rowids, else a key without NULLs, else any."""
    plain = [key for key in table.keys if key.plain]

    def rank(key: Key) -> tuple[bool, bool]:
        columns = {column for column, _ in key.columns}
        return columns != set(table.primary_key), not _never_null(table, key)

    return min(plain, key=rank, default=None)


def _never_null(table: Table, key: Key) -> bool:
    full = {column.name for column in table.columns if column.not_null}
    return all(column in full for column, _ in key.columns)


def _same_key(key: Key) -> str:
    # With the key's own collation, so that SQLite looks it up in the key's index.
    return " AND ".join(
        f"{quoted(column)} IS OLD.{quoted(column)} COLLATE {quoted(collation)}"
        for column, collation in key.columns
    )


def _same_row(table: Table) -> str:
    """Whether all columns are the same; the plus signs let types be compared as they are."""
    return all_of(
        [
            f"+{column} IS +OLD.{column} COLLATE BINARY AND typeof({column}) = typeof(OLD.{column})"
            for column in map(quoted, table.stored)
        ]
    )
