"""What a folder holds that a draft of a plan must know: databases, and code that is history."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from migrate.contents import contents_of
from migrate.database.reading import reading
from migrate.database.schema import objects_of, tables_of
from migrate.database.sqlite import Database
from migrate.errors import DatabaseError
from plan.comments import comments_in
from plan.draft.found import Files, FoundDatabase, FoundTable, Overlap
from plan.model import DATABASE_ENDINGS, folded
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
    history, in_use = _history(root, names) if names else ((), ())

    def meet(one: str, table: str, other: str, joining: str) -> Overlap | None:
        return _overlap(root, (one, table), (other, joining))

    return Files(found, unnamed, history, in_use, meet)


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
    contents = contents_of(root, path)
    rows = dict(contents.rows)
    objects = contents.schema.objects if contents.schema else ()
    sql = {it.name: it.sql or "" for it in objects if it.kind == "table"}
    return FoundDatabase(
        path,
        tuple(
            FoundTable(
                table.name,
                tuple(column.name for column in table.columns),
                rows.get(table.name),
                described=bool(comments_in(sql.get(table.name, "")).about),
            )
            for table in contents.tables
            if table.kind != "shadow"
        ),
        contents.why_not,
    )


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


def _history(root: Path, names: set[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Patterns for code that tells of the past, and which of its files other code names.

    A file does if its path says so, and it names a table.
    """
    code = [path for path in _files(root) if path.lower().endswith(_CODE)]
    past = [
        path
        for path in code
        if any(word in path.lower() for word in _TELLS_OF_THE_PAST)
        and any(name in _text(root / path) for name in names)
    ]
    live = [path for path in code if path not in set(past)]
    stems = {path: PurePosixPath(path).stem for path in past if path.endswith(".py")}
    used: dict[str, str] = {}
    for user in live if stems else ():
        text = _text(root / user)
        used |= {p: user for p, it in stems.items() if p not in used and _names(text, folded(it))}
    return tuple(dict.fromkeys(_pattern(path, past, code) for path in past)), tuple(used.items())


def _names(text: str, stem: str) -> bool:
    """Whether code imports a module, or speaks of its file."""
    name = re.escape(stem)
    return stem in text and bool(
        re.search(rf"\b{name}\.py\b|\b(?:import|from)\s+(?:[\w.]+\.)?{name}\b", text)
    )


def _pattern(path: str, past: Sequence[str], code: Iterable[str]) -> str:
    """The folder, where all its code is of that kind; all migrations; or just the file."""
    pure = PurePosixPath(path)
    beside = [it for it in code if PurePosixPath(it).parent == pure.parent]
    if str(pure.parent) != "." and len(beside) > 1 and all(it in past for it in beside):
        return f"{pure.parent}/**"
    return f"**/migrate_*{pure.suffix}" if pure.name.startswith("migrate_") else path


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST_CODE:
            return ""
        return folded(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
