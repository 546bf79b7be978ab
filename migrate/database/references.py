"""Which tables refer to which: the foreign keys of a schema, as SQLite reads them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from migrate.database.modules import shadow_names
from migrate.database.schema import own
from migrate.database.sqlite import Database, open_scratch
from migrate.database.stored import in_schema
from migrate.errors import DatabaseError
from plan.model import folded
from plan.schema import DatabaseSchema


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One table's columns that hold keys of another, or of itself."""

    table: str
    columns: tuple[str, ...]
    parent: str
    to: tuple[str, ...]
    """Empty where the parent's primary key is meant."""


def foreign_keys(schema: DatabaseSchema) -> tuple[ForeignKey, ...]:
    """All foreign keys of a database; of a table that SQLite does not accept, none."""
    with open_scratch(schema.path) as scratch:
        return tuple(_read(scratch, schema))


def _read(scratch: Database, schema: DatabaseSchema) -> Iterator[ForeignKey]:
    shadows = shadow_names(schema)
    for item in schema.objects:
        if item.kind != "table" or own(item.name) or folded(item.name) in shadows:
            continue
        with suppress(DatabaseError):
            scratch.run(in_schema(item.sql or "", "main"))
            yield from _of_table(scratch, item.name)


def _of_table(scratch: Database, table: str) -> Iterator[ForeignKey]:
    keys: dict[int, list[tuple[str, str, str | None]]] = {}
    # SQLite lists them from the last to the first.
    for key, parent, column, to in scratch.rows(
        'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq',
        table,
    ):
        keys.setdefault(key, []).append((parent, column, to))
    for parts in keys.values():
        yield ForeignKey(
            table=table,
            columns=tuple(column for _, column, _ in parts),
            parent=parts[0][0],
            to=tuple(to for _, _, to in parts if to is not None),
        )
