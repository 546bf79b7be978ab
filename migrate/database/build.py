"""The objects of a database made again without rows, by SQLite itself, which judges each."""

from migrate.database.schema import own
from migrate.database.sqlite import Database
from migrate.database.stored import in_schema
from migrate.errors import DatabaseError
from plan.model import folded
from plan.schema import DatabaseSchema, SchemaObject
from plan.virtual import shadow_names


def build(database: Database, schema: DatabaseSchema) -> None:
    """Make the same objects again, without rows.

    Raises:
        DatabaseError: SQLite no longer accepts a statement that the file holds.
    """
    shadows = shadow_names(schema)
    for kind in ("table", "index", "view", "trigger"):
        for item in schema.objects:
            made = item.kind == kind and item.sql is not None and not own(item.name)
            if made and folded(item.name) not in shadows:
                _create(database, item)


def _create(database: Database, item: SchemaObject) -> None:
    try:
        database.run(in_schema(item.sql or "", "main"))
    except DatabaseError as error:
        raise DatabaseError(
            f"{database.name}: {item.kind} {item.name}",
            f"SQLite does not accept its definition: {error.problem.what}",
            "retable knows SQLite's own functions, collations and modules only: drop or change it",
        ) from error
