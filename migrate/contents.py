"""What any database file holds, looked at from outside: also one that no migration reads."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from migrate.database.examine import not_a_database, outside
from migrate.database.reading import reading
from migrate.database.schema import Table, objects_of, tables_of
from migrate.database.sqlite import Database
from migrate.errors import DatabaseError
from migrate.files.parts import size_of
from plan.model import Action, folded
from plan.model import Database as PlannedDatabase
from plan.schema import DatabaseSchema
from plan.stored import quoted
from plan.virtual import CARRIED_MODULES, ONE_FOR_EACH_ROW, module_of, shadows_of


@dataclass(frozen=True, slots=True)
class Contents:
    """One file: its tables and rows, or why they are not known."""

    path: str
    bytes: int
    schema: DatabaseSchema | None = None
    tables: tuple[Table, ...] = ()
    odd: tuple[str, ...] = ()
    """Virtual tables whose module retable does not carry; they are not among the tables."""
    rows: tuple[tuple[str, int], ...] = ()
    """Of each table that was counted; those that virtual tables keep their rows in left out."""
    why_not: str = ""
    """Why it could not be read, in words."""


def contents_of(root: Path, path: str, *, largest_counted: int | None = None) -> Contents:
    """Look into a file, and change nothing.

    Args:
        root: the folder that paths are relative to.
        path: the file.
        largest_counted: rows of a file of more bytes are not counted.
    """
    file = root / path
    wrong = chain(
        outside(PlannedDatabase(path, Action.KEEP), file),
        not_a_database(path, file) if file.is_file() else (),
    )
    for problem in wrong:
        return Contents(path, 0, why_not=problem.what)
    found = Contents(path, size_of(file))
    counted = largest_counted is None or found.bytes <= largest_counted
    try:
        with reading(file, path) as database:
            schema = objects_of(database, path)
            odd = tuple(_of_other_modules(schema))
            known = (it for it in schema.objects if it.kind != "table" or it.name not in odd)
            tables = tables_of(database, DatabaseSchema(path, tuple(known)))
            rows = tuple(_rows(database, schema, tables)) if counted else ()
            return replace(found, schema=schema, tables=tables, rows=rows, odd=odd)
    except DatabaseError as error:
        return replace(found, why_not=error.problem.what)
    except (OSError, UnicodeDecodeError) as error:
        return replace(found, why_not=f"cannot be read: {error}")


def _of_other_modules(schema: DatabaseSchema) -> Iterator[str]:
    for item in schema.objects:
        module = module_of(item.sql or "") if item.kind == "table" else None
        if module is not None and module not in CARRIED_MODULES:
            yield item.name


def _rows(
    database: Database, schema: DatabaseSchema, tables: tuple[Table, ...]
) -> Iterator[tuple[str, int]]:
    there = {folded(table.name) for table in tables}
    for table in tables:
        if table.kind == "table":
            yield table.name, _count(database, table.name)
        elif table.kind == "virtual":
            # Its module may be one that nobody has here, so its own tables are asked.
            item = next(it for it in schema.objects if it.kind == "table" and it.name == table.name)
            made = set(shadows_of(item)) & there
            stores = (folded(table.name) + tail for tail in ONE_FOR_EACH_ROW)
            yield from ((table.name, _count(database, name)) for name in stores if name in made)


def _count(database: Database, table: str) -> int:
    return int(database.value(f"SELECT count(*) FROM main.{quoted(table)}"))


def digest_of_rows(root: Path, path: str, table: str) -> str:
    """The same for two tables that hold the same rows, whatever order they stand in."""
    with reading(root / path, path) as database:
        rows = database.each(f"SELECT * FROM main.{quoted(table)}")
        digests = sorted(hashlib.sha256(repr(row).encode()).digest() for row in rows)
    return hashlib.sha256(b"".join(digests)).hexdigest()
