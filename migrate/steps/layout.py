"""A table by how its records lie on disk: its definition without types and rules.

Written to under its own definition, a table changes values: a text in an INTEGER column becomes a
number, and a row that breaks a CHECK is refused. Under a definition that has the same columns, keys
and nothing else, records are written as they are, and mean the same under the real one again.
"""

from collections.abc import Iterator

from migrate.database.schema import Key, Table, column_list
from migrate.database.sqlite import literal
from plan.stored import Words, quoted

_BEHIND_TABLE = "sqlite_autoindex_"


def physical(table: Table) -> tuple[str, ...]:
    """The columns that records hold, in their order: https://sqlite.org/gencol.html, part 2.3."""
    return tuple(column.name for column in table.columns if not column.virtual)


def bare(table: Table, name: str) -> str:
    """A definition under which records lie as they do now, and nothing is converted or checked."""
    parts = [_column(table, column) for column in physical(table)]
    parts += [_constraint(table, key) for key in _behind(table)]
    tail = " WITHOUT ROWID" if table.without_rowid else ""
    return f"CREATE TABLE {quoted(name)}({', '.join(parts)}){tail}"


def _column(table: Table, column: str) -> str:
    if column != table.alias:
        return quoted(column)
    more = " AUTOINCREMENT" if table.autoincrement else ""
    return f"{quoted(column)} INTEGER PRIMARY KEY{more}"


def _behind(table: Table) -> Iterator[Key]:
    """The keys behind PRIMARY KEY and UNIQUE, in the order of the numbers in their names."""
    keys = [key for key in table.keys if key.name.startswith(_BEHIND_TABLE)]
    yield from sorted(keys, key=lambda key: int(key.name.rpartition("_")[2]))


def _constraint(table: Table, key: Key) -> str:
    columns = ", ".join(
        f"{quoted(column)} COLLATE {quoted(collation)}{' DESC' if down else ''}"
        for (column, collation), down in zip(key.columns, key.descending, strict=True)
    )
    primary = table.without_rowid and key.origin == "pk"
    return f"{'PRIMARY KEY' if primary else 'UNIQUE'} ({columns})"


def unchecked(sql: str) -> str | None:
    """A stored definition without its CHECKs and otherwise as it is; None if it has none.

    CHECK is a reserved word, so where it stands alone it begins a constraint:
    https://sqlite.org/lang_createtable.html
    """
    words = Words(sql)
    gone: set[int] = set()
    for place in range(len(words)):
        if words.key(place) == "check" and place not in gone:
            gone.update(_constraint_around(words, place))
    for place in gone:
        words.put(place, "")
    return words.sql if gone else None


def _constraint_around(words: Words, check: int) -> range:
    """The places of a CHECK with its name and its conflict clause, and of a comma before it."""
    start, end = check, words.closing(check + 1) + 1
    if (words.key(end), words.key(end + 1)) == ("on", "conflict"):
        end += 3
    if words.key(start - 2) == "constraint":
        start -= 2
    if words[start - 1] == "," and words[end] in (",", ")"):
        start -= 1
    return range(start, end)


def redefined(name: str, sql: str) -> str:
    """The statements that change a table's stored definition and nothing else."""
    return (
        "PRAGMA writable_schema = ON;\n"
        f"UPDATE main.sqlite_schema SET sql = {literal(sql)}"
        f" WHERE type = 'table' AND name = {literal(name)};\n"
        "PRAGMA writable_schema = RESET"
    )


def insert_records(table: Table, here: str, there: str) -> str:
    """Copy rows into a table that has its bare definition, with their rowids."""
    columns = column_list(physical(table))
    if table.rowid and table.alias is None:
        columns = f"{quoted(table.rowid)}, {columns}"
    return f"INSERT INTO {here} ({columns}) SELECT {columns} FROM {there}"
