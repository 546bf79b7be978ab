"""Rows that were written since a migration, as tables in a file of their own.

There is a table under the name of each table of the target that was written to. Its columns have
no type, so that values stay what they are; two columns come first, `was_written` (added or
changed) and `was_rowid`. `retable_since` says how many rows of each table were added, changed and
deleted, `retable_since_rows` which were changed or deleted, by rowid or by key, and
`retable_since_schema` which objects are new, altered or gone.
"""

from collections.abc import Sequence

from migrate.database.schema import Table, column_list
from migrate.database.sqlite import Database, literal
from migrate.since.comparison import NOW, Comparison, Home, Since, lost, taken, unmigrated
from migrate.steps.meeting import same_rows
from plan.model import folded
from plan.stored import quoted

KEPT = "kept"
"""The alias of that file when it is read back."""

_SUMMARY = (
    "CREATE TABLE main.retable_since(name, what, added, changed, deleted);"
    'CREATE TABLE main.retable_since_rows(name, what, was_in, number, "column", value);'
    "CREATE TABLE main.retable_since_schema(what, type, name, tbl_name, sql)"
)


def export(database: Database, found: Comparison, tables: Sequence[Since]) -> None:
    """Write it into the main file of a connection."""
    database.run(_SUMMARY)
    for since in tables:
        _export_table(database, found, since)
    for what, item in found.objects:
        row = (what, item.kind, item.name, item.table, item.sql)
        database.run("INSERT INTO main.retable_since_schema VALUES (?, ?, ?, ?, ?)", *row)


def _export_table(database: Database, found: Comparison, since: Since) -> None:
    row = (since.name, since.what, since.added, since.changed, since.deleted)
    database.run("INSERT INTO main.retable_since VALUES (?, ?, ?, ?, ?)", *row)
    if since.what != "gone":
        table = found.table(since.name)
        kept = column_list(_kept_columns(table))
        database.run(f"CREATE TABLE main.{quoted(since.name)}({kept})")
        how, rows = "'added'", f"{NOW}.{quoted(since.name)} AS b"
        if not since.what:
            home = found.home(since.name)
            how = f"CASE WHEN {taken(home)} THEN 'changed' ELSE 'added' END"
            rows = unmigrated(home)
        values = ", ".join([how, _rowid(table), *(f"b.{quoted(c)}" for c in table.stored)])
        database.run(f"INSERT INTO main.{quoted(since.name)} SELECT {values} FROM {rows}")
    for home in found.homes:
        if since.name in (home.name, home.virtual) and since.what in ("", "gone"):
            _note_rows(database, home, since)


def _kept_columns(table: Table) -> tuple[str, ...]:
    """Two columns of ours, then the table's own."""
    taken_names = set(map(folded, table.stored))
    ours = []
    for name in ("was_written", "was_rowid"):
        while name in taken_names:
            name += "_"  # noqa: PLW2901 (until it is free)
        ours.append(name)
    return (*ours, *table.stored)


def _rowid(table: Table) -> str:
    """The rowid of a row `b`, as SQL; NULL where it has none."""
    if table.kind == "virtual":
        return "b.rowid"
    return f"b.{quoted(table.rowid)}" if table.rowid else "NULL"


def _note_rows(database: Database, home: Home, since: Since) -> None:
    """Which migrated rows were deleted or changed: by rowid, or by each column of the key."""
    start = f"INSERT INTO main.retable_since_rows SELECT {literal(home.name)}, "
    for origin in home.origins if since.deleted else ():
        rows, key = lost(home, origin), origin.table.primary_key
        said = f"'deleted', {literal(origin.database)}, "
        if origin.table.rowid:
            number = f"a.{quoted(origin.table.rowid)} + {origin.offset}"
            database.run(f"{start}{said}{number}, 'rowid', {number} FROM {rows}")
            continue
        number = f"row_number() OVER (ORDER BY {column_list(key, 'a.')})"
        for column in key:
            value = f"{literal(column)}, a.{quoted(column)}"
            database.run(f"{start}{said}{number}, {value} FROM {rows}")
    if since.changed and home.table:
        key = home.table.primary_key
        written, rowid, *_ = map(quoted, _kept_columns(home.table))
        rows = f"main.{quoted(home.name)} WHERE {written} = 'changed'"
        if home.table.rowid:
            database.run(f"{start}'changed', NULL, {rowid}, 'rowid', {rowid} FROM {rows}")
            return
        number = f"row_number() OVER (ORDER BY {column_list(key)})"
        for column in key:
            value = f"{literal(column)}, {quoted(column)}"
            database.run(f"{start}'changed', NULL, {number}, {value} FROM {rows}")


def reads_back(database: Database, found: Comparison, tables: Sequence[Since]) -> bool:
    """Whether the attached file has each row as it is in the target, to the last bit."""
    if database.rows(f"PRAGMA {KEPT}.integrity_check") != [("ok",)]:
        return False
    return all(_reads_back(database, found, since) for since in tables if since.what != "gone")


def _reads_back(database: Database, found: Comparison, since: Since) -> bool:
    table = found.table(since.name)
    kept, now = f"{KEPT}.{quoted(since.name)}", f"{NOW}.{quoted(since.name)}"
    computed = tuple(column.name for column in table.columns if column.generated)
    same = f"{_place(table)} AND {same_rows(table, 'k', 'b', computed)}"
    equal = database.value(f"SELECT count(*) FROM {kept} AS k CROSS JOIN {now} AS b ON {same}")
    rows = database.value(f"SELECT count(*) FROM {kept}")
    return bool(rows == equal == since.added + since.changed)


def _place(table: Table) -> str:
    """How SQL finds the row `b` of the target that was kept as row `k`."""
    if table.kind == "virtual" or table.rowid:
        return f"{_rowid(table)} = k.{quoted(_kept_columns(table)[1])}"
    return " AND ".join(f"b.{quoted(c)} = k.{quoted(c)}" for c in table.primary_key)
