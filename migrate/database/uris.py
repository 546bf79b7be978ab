"""How SQLite is told which file to open, and in which way."""

from pathlib import Path
from urllib.parse import quote


def quoted_path(path: Path) -> str:
    """A path as a URI writes it."""
    return quote(bytes(path.absolute()))


def frozen_uri(path: Path) -> str:
    """How to open a file so that nothing beside it is made or changed.

    Of a database in WAL mode whose -wal is gone or empty SQLite would make a new one, so such
    a file is declared immutable. Declared so with a -wal, its last commits would not be seen.
    """
    log = path.with_name(path.name + "-wal")
    logged = log.exists() and log.stat().st_size > 0
    way = "vfs=unix-none" if logged else "immutable=1"
    return f"file:{quoted_path(path)}?mode=ro&{way}"
