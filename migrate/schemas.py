"""The schemas that today's code speaks to: what the code half must know of the databases."""

from pathlib import Path

from migrate.database.reading import reading
from migrate.database.schema import objects_of
from migrate.errors import DatabaseError
from migrate.files.manifest import file_in
from migrate.files.places import archive_places
from migrate.journal import MOVED_ON, State, status
from plan.model import Action, Database, Plan
from plan.schema import DatabaseSchema


def schemas(plan: Plan) -> tuple[DatabaseSchema, ...]:
    """The schemas that today's code speaks to: of before the migration, if it has run.

    A file that is not there, or that cannot be read, is left out.
    """
    try:
        state = status(plan)
    except DatabaseError:
        state = None
    moved = state is not None and state.state in (*MOVED_ON, State.LOST)
    backup = state.backup if moved and state else None
    found = []
    for database in plan.databases:
        for path in _as_it_was(plan, database, backup):
            try:
                with reading(path, database.path) as opened:
                    found.append(objects_of(opened, database.path))
                break
            except (DatabaseError, OSError, UnicodeDecodeError):
                continue
    return tuple(found)


def _as_it_was(plan: Plan, database: Database, backup: Path | None) -> tuple[Path, ...]:
    """Where a database is as it was before the migration: its file, or its copies."""
    if backup is None or database.action is Action.KEEP:
        return (plan.root / database.path,)
    archived = archive_places(plan).get(database.path)
    return (file_in(backup, database.path), *([archived] if archived else []))
