"""What a database says of its own tables and columns, in a table that its team keeps for that."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrate.database.schema import Described, Table
from migrate.database.sqlite import Database, literal
from plan.model import folded
from plan.own import JOURNAL, OWN_VIEWS
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import quoted

LARGEST = 100_000
"""Rows of a table that is looked into without the plan's word that it describes others."""
_TELLING = ("metadata", "schema", "catalog", "dictionary", "descri", "documentation", "docs")
"""What the name of such a table has in it: an audit has the same columns."""
_KIND = ("entity_type", "object_type", "item_type", "entity_kind", "object_kind", "kind", "type")
_NAME = ("entity_name", "object_name", "item_name", "name", "entity", "object")
_PARENT = ("parent_name", "parent_table", "parent_entity", "parent", "table_name", "tbl_name")
_TABLE = ("table_name", "tbl_name", "tablename", "table", "entity_name", "object_name")
_COLUMN = ("column_name", "col_name", "field_name", "column", "field")
_ABOUT = ("about", "description", "comment", "summary", "documentation", "purpose")
PROSE = frozenset({*_ABOUT, "usage_notes", "notes", "note", "examples", "content"})
"""Columns with descriptions in them, and no names."""
COLUMNS = ("column", "field", "attribute")
"""What rows about columns are called."""
_TABLES = ("table", "view")


@dataclass(frozen=True, slots=True)
class Roles:
    """Which columns of such a table say what."""

    name: str
    about: str
    kind: str | None = None
    """Where it says whether a row is about a table or a column; else `column` does."""
    parent: str | None = None
    """The table of a column, where `kind` tells them apart."""
    column: str | None = None


def roles_of(table: Table) -> Roles | None:
    """How a table describes others, if its columns are such that it could."""
    held = {folded(column.name): column.name for column in table.columns}

    def first(names: Sequence[str]) -> str | None:
        return next((held[name] for name in names if name in held), None)

    about = first(_ABOUT)
    kind, name, parent = first(_KIND), first(_NAME), first(_PARENT)
    if about is None or table.kind != "table":
        return None
    if kind is not None and name is not None:
        return Roles(name, about, kind, parent)
    name = first(_TABLE)
    return None if name is None else Roles(name, about, column=first(_COLUMN))


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the plan says of a database's tables, by their folded names."""

    of: frozenset[str] = frozenset()
    """Those that it carries or skips."""
    describing: frozenset[str] = frozenset()
    """Those that it says describe others."""


NOTHING_SPOKEN = Spoken()


def earlier_in(
    schema: DatabaseSchema, tables: Sequence[Table], spoken: Spoken
) -> tuple[SchemaObject, ...]:
    """What retable documented there in an earlier consolidation, and the plan does not speak of.

    Rows that were set aside then are data: the plan must say what becomes of them.
    """
    catalogs = {folded(table.name) for table in tables if is_catalog(table)} - spoken.of
    if not catalogs:
        return ()
    ours = {*catalogs, JOURNAL, *OWN_VIEWS} - spoken.of
    return tuple(item for item in schema.objects if folded(item.table) in ours)


def described_in(
    database: Database,
    tables: Sequence[Table],
    counts: Mapping[str, int],
    known: Container[str],
) -> tuple[Described, ...]:
    """Each description of a table or column that is in the database.

    Args:
        database: the one to look in.
        tables: its tables.
        counts: how many rows each has.
        known: the folded names of tables of which the plan says that they describe others.
    """
    found: list[Described] = []
    for table in tables:
        name = folded(table.name)
        telling = is_catalog(table) or any(word in name for word in _TELLING)
        if not (telling and counts.get(table.name, 0) <= LARGEST) and name not in known:
            continue
        try:
            if is_catalog(table):
                found += _from_catalog(database, table)
            elif (roles := roles_of(table)) is not None:
                found += _from_rows(database, table, roles)
        except UnicodeDecodeError:
            continue  # some of it is not text at all
    return tuple(found)


def is_catalog(table: Table) -> bool:
    """Whether it is what retable itself has written in an earlier consolidation."""
    held = {folded(column.name) for column in table.columns}
    return {"name", "domain", "about", "old_name", "columns", "schema_version"} <= held


def _from_catalog(database: Database, table: Table) -> Iterator[Described]:
    here = f"main.{quoted(table.name)}"
    whole = f"SELECT name, about FROM {here} WHERE typeof(about) = 'text' AND about <> ''"
    for name, about in database.each(whole):
        yield Described(str(name), "", about.replace("\0", ""))
    said = (
        "SELECT entry.name, json_extract(item.value, '$.name'), json_extract(item.value, '$.about')"
        f" FROM {here} AS entry,"
        " json_each(CASE WHEN json_valid(entry.columns) THEN entry.columns ELSE '[]' END) AS item"
        " WHERE item.type = 'object'"
    )
    for name, column, about in database.each(said):
        if column and about:
            yield Described(str(name), str(column), str(about).replace("\0", ""))


def _from_rows(database: Database, table: Table, roles: Roles) -> Iterator[Described]:
    """Rows about tables that are there; where two say different things, neither counts."""
    here, about = f"main.{quoted(table.name)}", quoted(roles.about)
    name = quoted(roles.name)
    if roles.kind is None:
        column = f"coalesce({quoted(roles.column)}, '')" if roles.column else "''"
        yield from _told(database, f"SELECT {name}, {column}, {about} FROM {here}")
        return
    kind = f"lower({quoted(roles.kind)})"
    tables, columns = (", ".join(map(literal, words)) for words in (_TABLES, COLUMNS))
    about_tables = f"SELECT {name}, '', {about} FROM {here} WHERE {kind} IN ({tables})"
    yield from _told(database, about_tables)
    parent = quoted(roles.parent) if roles.parent else "NULL"
    dot = f"instr({name}, '.')"
    about_columns = (
        f"SELECT coalesce({parent}, substr({name}, 1, {dot} - 1)),"
        f" CASE WHEN {parent} IS NULL THEN substr({name}, {dot} + 1) ELSE {name} END, {about}"
        f" FROM {here} WHERE {kind} IN ({columns})"
    )
    yield from _told(database, about_columns)


def _told(database: Database, rows: str) -> Iterator[Described]:
    query = (
        f"WITH said(name, part, about) AS ({rows})"
        " SELECT min(name), min(part), min(about) FROM said"
        " WHERE typeof(name) = 'text' AND typeof(about) = 'text' AND trim(about) <> ''"
        " AND lower(name) IN"
        " (SELECT lower(name) FROM main.sqlite_schema WHERE type IN ('table', 'view'))"
        " GROUP BY lower(name), lower(part) HAVING count(DISTINCT about) = 1"
    )
    for name, part, about in database.each(query):
        yield Described(name, str(part), about.replace("\0", "").strip())
