"""What a folder holds that a draft of a plan must know: databases, and code that is history."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from migrate.database.examine import outside
from migrate.database.reading import reading
from migrate.database.schema import objects_of, tables_of
from migrate.database.sqlite import Database
from migrate.errors import DatabaseError
from plan.draft.document.tokens import DATABASE_ENDINGS
from plan.draft.found import Files, FoundDatabase, FoundTable, Overlap
from plan.model import Action, folded
from plan.model import Database as Planned
from plan.stored import quoted

_HEADER = b"SQLite format 3\0"
_NOT_LOOKED_AT = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".tox"})
_TELLS_OF_THE_PAST = ("migrat", "seed", "backfill", "build_database", "create_database", "init_db")
_CODE = (".py", ".sql", ".sh")
_LARGEST_COMPARED = 200_000
_LARGEST_CODE = 1_000_000


def database_files(root: Path) -> tuple[str, ...]:
    """Every file below a folder that is called like a SQLite file, as the plan writes its path."""
    return tuple(path for path in _files(root) if path.lower().endswith(DATABASE_ENDINGS))


def files_found(root: Path, paths: Sequence[str], on_disk: Sequence[str]) -> Files:
    """Look into these databases, as far as they are there."""
    found = tuple(_database(root, path) for path in paths if (root / path).exists())
    folders = {PurePosixPath(database.path).parent for database in found}
    unnamed = tuple(
        path
        for path in on_disk
        if path not in paths and PurePosixPath(path).parent in folders and _is_sqlite(root / path)
    )
    found += tuple(_database(root, path) for path in unnamed)
    names = {folded(table.name) for database in found for table in database.tables}
    history = tuple(_history(root, names)) if names else ()

    def meet(one: str, table: str, other: str, joining: str) -> Overlap | None:
        return _overlap(root, (one, table), (other, joining))

    return Files(found, unnamed, history, meet)


def _files(root: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(it for it in folders if it not in _NOT_LOOKED_AT)
        for name in sorted(files):
            yield Path(folder, name).relative_to(root).as_posix()


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_HEADER)) == _HEADER
    except OSError:
        return False


def _database(root: Path, path: str) -> FoundDatabase:
    file = root / path
    for problem in outside(Planned(path, Action.KEEP), file):
        return FoundDatabase(path, why_not=problem.what)
    try:
        with reading(file, path) as database:
            tables = tables_of(database, objects_of(database, path))
            return FoundDatabase(
                path,
                tuple(
                    FoundTable(
                        table.name,
                        tuple(column.name for column in table.columns),
                        _count(database, table.name) if table.kind == "table" else None,
                    )
                    for table in tables
                    if table.kind != "shadow"
                ),
            )
    except DatabaseError as error:
        return FoundDatabase(path, why_not=error.problem.what)
    except (OSError, UnicodeDecodeError) as error:
        return FoundDatabase(path, why_not=f"cannot be read: {error}")


def _count(database: Database, table: str) -> int:
    return int(database.value(f"SELECT count(*) FROM main.{quoted(table)}"))


def _overlap(root: Path, one: tuple[str, str], other: tuple[str, str]) -> Overlap | None:
    """How the rows of two tables meet; None where they have no key, or are too many."""
    rows = [_keyed(root, path, table) for path, table in (one, other)]
    if rows[0] is None or rows[1] is None:
        return None
    both = rows[0].keys() & rows[1].keys()
    same = sum(rows[0][key] == rows[1][key] for key in both)
    return Overlap(same, len(both) - same)


def _keyed(root: Path, path: str, table: str) -> dict[object, object] | None:
    """All rows of a table by its primary key."""
    try:
        with reading(root / path, path) as database:
            facts = next(
                it
                for it in tables_of(database, objects_of(database, path))
                if folded(it.name) == folded(table)
            )
            if not facts.primary_key or _count(database, table) > _LARGEST_COMPARED:
                return None
            keys = ", ".join(map(quoted, facts.primary_key))
            columns = ", ".join(map(quoted, facts.stored))
            rows = database.rows(f"SELECT {keys}, {columns} FROM main.{quoted(table)}")
    except (DatabaseError, OSError, StopIteration, UnicodeDecodeError):
        return None
    width = len(facts.primary_key)
    return {tuple(row[:width]): tuple(row[width:]) for row in rows}


def _history(root: Path, names: set[str]) -> Iterator[str]:
    """Files of the code whose path says that they tell of the past, and that name a table."""
    for path in _files(root):
        low = path.lower()
        if low.endswith(_CODE) and any(word in low for word in _TELLS_OF_THE_PAST):
            file = root / path
            if file.stat().st_size <= _LARGEST_CODE:
                text = folded(file.read_text(encoding="utf-8", errors="replace"))
                if any(name in text for name in names):
                    yield path
