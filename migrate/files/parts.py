"""A database is up to four files: the main one and its -wal, -shm and -journal beside it."""

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

from migrate.files.parallel import side_by_side, stopped

SUFFIXES = ("", "-wal", "-journal", "-shm")
_CHUNK = 1 << 18
_DISK_FAILS = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT})

Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a database as it was: `suffix` is empty for the main one."""

    suffix: str
    size: int
    mode: int
    owner: int
    group: int
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
    if not journal.is_file() or journal.stat().st_size == 0:
        return False
    with journal.open("rb") as file:
        return file.read(1) != b"\0"


def copy_of(path: Path, folder: Path) -> Path:
    """Copy a database with all that its content depends on to another folder."""
    copied = folder / path.name
    for suffix in present(path):
        if suffix != "-shm":
            shutil.copyfile(beside(path, suffix), beside(copied, suffix))
    return copied


def digest_of(path: Path, tick: Tick | None = None, first: int | None = None) -> str:
    """SHA-256 of a file's bytes, or of the first of them."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        for chunk in _chunks(file):
            wanted = chunk if first is None else chunk[:first]
            digest.update(wanted)
            if first is not None:
                first -= len(wanted)
            if tick:
                tick(len(chunk))
    return digest.hexdigest()


def digest_by_halves(handle: int) -> str:
    """SHA-256 of the SHA-256 of an open file's halves, which are read side by side."""
    half = -(-os.fstat(handle).st_size // 2)
    digests = side_by_side(lambda at: _digest_from(handle, at, half), (0, half), lambda _: None)
    return hashlib.sha256(b"".join(digests)).hexdigest()


def _digest_from(handle: int, start: int, length: int) -> bytes:
    digest, end = hashlib.sha256(), start + length
    while start < end and (chunk := os.pread(handle, min(_CHUNK, end - start), start)):
        digest.update(chunk)
        start += len(chunk)
        if stopped():
            break
    return digest.digest()


def copy(source: Path, copied: Path, tick: Tick | None = None) -> None:
    """Copy a file's bytes, mode and time to a new file, down to the disk.

    Raises:
        FileExistsError: there is such a file already; it is left alone.
    """
    with (
        source.open("rb", buffering=0) as read,
        copied.open("xb", buffering=0) as written,
        or_removed(copied),
    ):
        for chunk in _chunks(read):
            _write(written, chunk)
            if tick:
                tick(len(chunk))
        os.fsync(written.fileno())
    shutil.copystat(source, copied)


def read_back(source: Path, copied: Path, tick: Tick | None = None) -> str | None:
    """SHA-256 of a file and of its copy, or None if these differ."""
    digest = hashlib.sha256()
    one, other = bytearray(_CHUNK), bytearray(_CHUNK)
    with source.open("rb", buffering=0) as read, copied.open("rb", buffering=0) as again:
        while count := read.readinto(one):
            # Whole buffers are compared by memcmp, views of them byte by byte.
            if again.readinto(other) != count or one[:count] != other[:count]:
                return None
            digest.update(memoryview(one)[:count])
            if tick:
                tick(count)
        return None if again.readinto(other) else digest.hexdigest()


def _chunks(file: FileIO) -> Iterator[memoryview]:
    """A file's bytes, piece by piece, in one buffer: making new ones costs more than reading."""
    buffer = memoryview(bytearray(_CHUNK))
    while count := file.readinto(buffer):
        yield buffer[:count]


def _write(file: FileIO, chunk: memoryview) -> None:
    """A full disk may take a part of it first, and says so only at the next write."""
    done = 0
    while done < len(chunk):
        done += file.write(chunk[done:]) or 0


def described(path: Path, suffix: str, digest: str) -> Part:
    """What to remember of one part."""
    stat = beside(path, suffix).stat()
    return Part(
        suffix=suffix,
        size=stat.st_size,
        mode=stat.st_mode & 0o7777,
        owner=stat.st_uid,
        group=stat.st_gid,
        mtime_ns=stat.st_mtime_ns,
        digest=digest,
    )


def now() -> str:
    """The moment, in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def settle(path: Path) -> None:
    """Bring a folder's names, or a file's bytes and size, down to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with named(path):
            os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> tuple[Path, ...]:
    """Make a folder and all that is missing above it, down to the disk.

    Returns the folders that were not there, the innermost first.
    """
    missing = tuple(one for one in (folder, *folder.parents) if not one.exists())
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        settle(made.parent)
    return missing


def remove_empty(folders: Iterable[Path], *, surely: bool = False) -> None:
    """Remove those folders that nothing is in, in the order given: the innermost first.

    Raises:
        OSError: the disk fails, and it was to be done `surely`.
    """
    for folder in folders:
        try:
            folder.rmdir()
        except OSError as error:
            if surely and error.errno in _DISK_FAILS:
                raise


def write_settled(path: Path, data: bytes) -> None:
    """Put a small file in its place at once, or not at all."""
    draft = path.with_name(path.name + ".partial")
    with or_removed(draft):
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    settle(path.parent)


@contextlib.contextmanager
def or_removed(draft: Path) -> Iterator[None]:
    """A file that cannot be written to its end goes; the error names it.

    Raises:
        OSError: what went wrong, with the file's name.
    """
    try:
        with named(draft):
            yield
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


@contextlib.contextmanager
def named(path: Path) -> Iterator[None]:
    """Whatever the system says of an open file names that file, as Python's errors do not.

    Raises:
        OSError: what went wrong, with the file's name.
    """
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
