"""A table by how its records lie on disk: its definition without types and rules.

Written to under its own definition, a table changes values: a text in an INTEGER column becomes a
number, and a row that breaks a CHECK is refused. Under a definition that has the same columns, keys
and nothing else, records are written as they are, and mean the same under the real one again.
"""

import re
from collections.abc import Iterator

from migrate.database.schema import Key, Table, column_list
from migrate.database.sqlite import literal, quoted

_BEHIND_TABLE = "sqlite_autoindex_"
_TOKEN = re.compile(
    r"\s+|--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\]"
    r"|[^\W\d][\w$]*|.",
    re.DOTALL,
)


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
    tokens = _TOKEN.findall(sql)
    told = [n for n, token in enumerate(tokens) if not _is_space(token)]
    words = [tokens[n].lower() for n in told]
    gone: set[int] = set()
    for place, word in enumerate(words):
        if word == "check" and place not in gone:
            gone.update(_constraint_around(words, place))
    kept = {n for place, n in enumerate(told) if place not in gone}
    left = (t for n, t in enumerate(tokens) if n in kept or _is_space(t))
    return "".join(left) if gone else None


def _constraint_around(words: list[str], check: int) -> range:
    """The places of a CHECK with its name and its conflict clause, and of a comma before it."""
    start, end, depth = check, check + 1, 0
    while end < len(words):
        depth += {"(": 1, ")": -1}.get(words[end], 0)
        end += 1
        if depth == 0:
            break
    if words[end : end + 2] == ["on", "conflict"]:
        end += 3
    if words[start - 2 : start - 1] == ["constraint"]:
        start -= 2
    if words[start - 1] == "," and words[end] in (",", ")"):
        start -= 1
    return range(start, end)


def _is_space(token: str) -> bool:
    return token.isspace() or token.startswith(("--", "/*"))


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
