"""Which tables refer to which: the foreign keys of a schema, as SQLite reads them."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from migrate.database.schema import own
from migrate.database.sqlite import Database, Row, open_scratch
from migrate.database.stored import in_schema
from migrate.errors import DatabaseError
from plan.model import folded
from plan.schema import DatabaseSchema
from plan.virtual import shadow_names


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One table's columns that hold keys of another, or of itself."""

    table: str
    columns: tuple[str, ...]
    parent: str
    to: tuple[str, ...]
    """Empty where the parent's primary key is meant."""
    on_update: str = "NO ACTION"
    on_delete: str = "NO ACTION"


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
            yield from foreign_keys_of(scratch, item.name)


def foreign_keys_of(database: Database, table: str) -> Iterator[ForeignKey]:
    """The foreign keys of one table, in the order in which it declares them."""
    keys: dict[int, list[Row]] = {}
    # SQLite lists them from the last to the first.
    for key, *part in database.rows(
        'SELECT id, "table", "from", "to", on_update, on_delete'
        " FROM pragma_foreign_key_list(?, 'main') ORDER BY id DESC, seq",
        table,
    ):
        keys.setdefault(key, []).append(tuple(part))
    for parts in keys.values():
        parent, _, _, on_update, on_delete = parts[0]
        columns = tuple(part[1] for part in parts)
        to = tuple(part[2] for part in parts if part[2] is not None)
        yield ForeignKey(table, columns, parent, to, on_update, on_delete)
