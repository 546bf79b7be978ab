"""What the documentation of a target says of each of its tables and views, as facts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrate.database.references import ForeignKey as Declared
from migrate.database.references import foreign_keys_of
from migrate.database.schema import Table, objects_of, own, tables_of
from migrate.database.scratch import described_columns
from migrate.database.sqlite import Database
from plan.model import folded
from plan.schema import SchemaObject


@dataclass(frozen=True, slots=True)
class ColumnReference:
    """The column of another table that a column refers to."""

    table: str
    column: str | None
    """None where that table, or its key, is not there."""


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    """One column, as SQLite sees it and as people describe it."""

    name: str
    type: str
    about: str
    not_null: bool
    default: str | None
    """As SQL text."""
    primary_key: int
    """Its place in the primary key, from 1; 0 if it is no part of it."""
    hidden: int
    """As pragma_table_xinfo: 2 for a virtual generated column, 3 for a stored one, else 0."""
    references: ColumnReference | None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns that refer to another table's."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]
    """The columns meant; none where that table, or its key, is not there."""
    on_update: str
    on_delete: str


@dataclass(frozen=True, slots=True)
class Origin:
    """A table or view that became one of the target, or a part of it."""

    name: str
    database: str
    rows: int | None
    """How many it had; None for a view."""


@dataclass(frozen=True, slots=True)
class Entry:
    """All that is said of one table or view of the target."""

    name: str
    kind: str
    """table or view."""
    domain: str
    domain_about: str
    about: str
    sources: tuple[Origin, ...]
    columns: tuple[CatalogColumn, ...]
    foreign_keys: tuple[ForeignKey, ...]
    counted: str | None = None
    """The table whose rows are as many as its own; None where rows are not counted."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What SQLite says of a table or view: its columns and foreign keys, without a word on them."""

    name: str
    kind: str
    sql: str
    columns: tuple[CatalogColumn, ...]
    foreign_keys: tuple[ForeignKey, ...]


def shapes_of(database: Database) -> tuple[Shape, ...]:
    """Every table and view of a database; not SQLite's own, nor where virtual tables keep rows."""
    schema = objects_of(database, "")
    tables = {folded(table.name): table for table in tables_of(database, schema)}
    seen = (item for item in schema.objects if item.kind in ("table", "view"))
    return tuple(
        _shape(database, item, tables)
        for item in seen
        if not own(item.name)
        and (item.kind == "view" or tables[folded(item.name)].kind != "shadow")
    )


def _shape(database: Database, item: SchemaObject, tables: Mapping[str, Table]) -> Shape:
    keys = tuple(_foreign_keys(database, item.name, tables)) if item.kind == "table" else ()
    columns = tuple(
        CatalogColumn(name, kind, "", bool(not_null), default, pk, hidden, _reference(name, keys))
        for name, kind, not_null, default, pk, hidden in described_columns(database, item.name)
    )
    return Shape(item.name, item.kind, item.sql or "", columns, keys)


def _foreign_keys(
    database: Database, name: str, tables: Mapping[str, Table]
) -> Iterator[ForeignKey]:
    """Those of a table, with the columns that each means."""
    for key in foreign_keys_of(database, name):
        table = tables.get(folded(key.parent))
        yield ForeignKey(
            columns=key.columns,
            table=table.name if table else key.parent,
            to=_meant(key, table),
            on_update=key.on_update,
            on_delete=key.on_delete,
        )


def _meant(key: Declared, table: Table | None) -> tuple[str, ...]:
    """The columns that a foreign key means: those that it names, else the primary key."""
    if table is None:
        return key.to
    if not key.to:
        return table.primary_key if len(table.primary_key) == len(key.columns) else ()
    spelt = {folded(column.name): column.name for column in table.columns}
    return tuple(spelt.get(folded(name), name) for name in key.to)


def _reference(column: str, keys: Sequence[ForeignKey]) -> ColumnReference | None:
    """What a column refers to; by a key of its own rather than as a part of one."""
    for key in sorted(keys, key=lambda key: len(key.columns)):
        if column in key.columns:
            place = key.columns.index(column)
            return ColumnReference(key.table, key.to[place] if key.to else None)
    return None
