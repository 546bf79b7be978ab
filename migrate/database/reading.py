"""Opening any database file to read it, whatever state it was left in, and changing nothing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.database.sqlite import Database, open_frozen, open_scratch, open_target
from migrate.files.parts import copy_of, has_hot_journal, present


@contextmanager
def reading(path: Path, name: str) -> Iterator[Database]:
    """A connection to read from; an empty file is an empty database."""
    if path.stat().st_size == 0 and "-wal" not in present(path):
        with open_scratch(name) as database:
            yield database
        return
    with readable(path) as file, open_frozen(file, name) as database:
        yield database


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """The file itself, or a recovered copy of it if its last writer died in the middle.

    Only such a file must be written to (its journal rolled back) before it can be read.
    """
    if not has_hot_journal(path):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="retable-") as folder:
        copied = copy_of(path, Path(folder))
        recover(copied)
        yield copied


def recover(path: Path) -> None:
    """Let SQLite roll back the journal of a copy."""
    with open_target(path, path.name) as database:
        database.rows("SELECT count(*) FROM main.sqlite_schema")
