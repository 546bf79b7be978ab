"""A database is up to four files: the main one and its -wal, -shm and -journal beside it."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = ("", "-wal", "-journal", "-shm")
_CHUNK = 1 << 20

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a database as it was: `suffix` is empty for the main one."""

    suffix: str
    size: int
    mode: int
    mtime_ns: int
    digest: str
    """SHA-256 of its bytes, in hexadecimal."""


Fingerprint = tuple[tuple[str, int, int, int], ...]


def beside(path: Path, suffix: str) -> Path:
    """The part of a database with that suffix."""
    return path.with_name(path.name + suffix)


def present(path: Path) -> tuple[str, ...]:
    """The suffixes of the parts that exist."""
    return tuple(suffix for suffix in SUFFIXES if beside(path, suffix).exists())


def fingerprint(path: Path) -> Fingerprint:
    """What changes when somebody writes to a database: without reading its bytes."""
    return tuple(
        (suffix, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        for suffix in present(path)
        if suffix != "-shm"
        for stat in (beside(path, suffix).stat(),)
    )


def size_of(path: Path) -> int:
    """Bytes of all parts together."""
    return sum(beside(path, suffix).stat().st_size for suffix in present(path))


def has_hot_journal(path: Path) -> bool:
    """Whether a writer died in the middle, and its journal must be rolled back to read on.

    A journal that begins with a zero byte is one that SQLite keeps for its next use.
    """
    journal = beside(path, "-journal")
    if not journal.exists() or journal.stat().st_size == 0:
        return False
    with journal.open("rb") as file:
        return file.read(1) != b"\0"


def digest_of(path: Path, tick: Tick | None = None) -> str:
    """SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            if tick:
                tick(len(chunk))
    return digest.hexdigest()


def copy(source: Path, copied: Path, tick: Tick | None = None) -> str:
    """Copy a file's bytes, mode and time to a new file, down to the disk; their digest.

    Raises:
        FileExistsError: there is such a file already; it is left alone.
    """
    digest = hashlib.sha256()
    with source.open("rb") as read, copied.open("xb") as written:
        while chunk := read.read(_CHUNK):
            digest.update(chunk)
            written.write(chunk)
            if tick:
                tick(len(chunk))
        written.flush()
        os.fsync(written.fileno())
    shutil.copystat(source, copied)
    return digest.hexdigest()


def described(path: Path, suffix: str, digest: str) -> Part:
    """What to remember of one part."""
    stat = beside(path, suffix).stat()
    return Part(suffix, stat.st_size, stat.st_mode & 0o7777, stat.st_mtime_ns, digest)


def settle(folder: Path) -> None:
    """Bring a folder's names down to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_settled(path: Path, data: bytes) -> None:
    """Put a small file in its place at once, or not at all."""
    draft = path.with_name(path.name + ".partial")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    settle(path.parent)
