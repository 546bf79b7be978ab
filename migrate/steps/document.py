"""The table that tells what every table of the target is, where it came from and when, as SQL."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from migrate.database.sqlite import literal
from migrate.steps.catalog import CatalogColumn, Entry, ForeignKey, Origin
from plan.stored import quoted

COLUMNS = (
    ("name", "TEXT PRIMARY KEY NOT NULL", "The table's or view's name"),
    ("kind", "TEXT NOT NULL", "table or view"),
    ("domain", "TEXT NOT NULL", "The group of tables that it belongs to"),
    ("domain_about", "TEXT NOT NULL", "What that group is"),
    ("about", "TEXT NOT NULL", "What it is"),
    ("old_name", "TEXT", "Its name before the migration; NULL for what is retable's own"),
    ("old_database", "TEXT", "The file that held it before the migration"),
    ("sources", "TEXT NOT NULL", "All tables that became this one, with their files, as JSON"),
    ("rows_at_migration", "INTEGER", "How many rows it had when it was migrated"),
    ("columns", "TEXT NOT NULL", "Its columns with types, keys and descriptions, as JSON"),
    ("foreign_keys", "TEXT NOT NULL", "What it refers to, as JSON"),
    ("schema_version", "INTEGER NOT NULL", "The version of the schema"),
    ("migrated_at", "TEXT NOT NULL", "When it was migrated, in UTC"),
    ("plan_digest", "TEXT NOT NULL", "SHA-256 of what the plan says of the databases"),
)
"""The columns of the table: name, type and what it is."""


def create(catalog: str) -> str:
    """The statement that makes it."""
    columns = ",\n".join(f"  {name} {kind}" for name, kind, _ in COLUMNS)
    return f"CREATE TABLE main.{quoted(catalog)}(\n{columns}\n) WITHOUT ROWID"


def record(catalog: str, entry: Entry, version: int, digest: str) -> str:
    """The statement that writes down what is said of one table or view."""
    values = ", ".join(_values(entry, version, digest))
    return f"INSERT INTO main.{quoted(catalog)} VALUES ({values})"


def forget(catalog: str, name: str) -> str:
    """The statement that takes back what is said of one, which is there no longer."""
    return f"DELETE FROM main.{quoted(catalog)} WHERE name = {literal(name)}"


def _values(entry: Entry, version: int, digest: str) -> Iterator[str]:
    yield from map(literal, (entry.name, entry.kind, entry.domain, entry.domain_about, entry.about))
    first = next(iter(entry.sources), None)
    yield from map(literal, (first.name, first.database)) if first else ("NULL", "NULL")
    yield literal(as_json(entry.sources))
    counted = entry.counted
    yield f"(SELECT count(*) FROM main.{quoted(counted)})" if counted else "NULL"
    yield literal(as_json(entry.columns))
    yield literal(as_json(entry.foreign_keys))
    yield str(version)
    yield "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"
    yield literal(digest)


def as_json(facts: Iterable[Origin | CatalogColumn | ForeignKey]) -> str:
    """Facts as the table has them."""
    return json.dumps([asdict(it) for it in facts], ensure_ascii=False)
