"""Locks that SQLite respects, on files that SQLite does not open.

SQLite marks who reads and writes a database with locks on 512 bytes from 1 GiB on. Holding
all of them shuts out every connection, in rollback-journal mode and in WAL mode alike, and
changes nothing on disk: https://sqlite.org/fileformat2.html#the_lock_byte_page

The locks belong to the open file, not to the process (Linux: F_OFD_SETLK), so that closing
another handle on the same file does not drop them. Where a system lacks these, ordinary
locks stand in, and the fingerprint of each file tells whether somebody wrote to it.
"""

import contextlib
import fcntl
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

from migrate.errors import DatabaseError

_PENDING = 0x40000000
_LENGTH = 512
PATIENCE = 1.0
"""Seconds to wait for a program that is only just reading."""

_FLOCK = "hhqqi4x"
_MEND = "stop the program that uses it, then run again"


class Locks:
    """The files that nobody else may use now."""

    def __init__(self) -> None:
        self._handles: dict[Path, int] = {}

    def hold(self, path: Path, name: str) -> None:
        """Shut out every other connection.

        Raises:
            DatabaseError: somebody uses the file, or we may not write to it.
        """
        if path in self._handles:
            return
        try:
            handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise DatabaseError(
                name, f"cannot be opened for writing: {error.strerror}", "allow writing to it"
            ) from error
        until = time.monotonic() + PATIENCE
        while not _locked(handle):
            if time.monotonic() > until:
                who = _holder(handle)
                os.close(handle)
                raise DatabaseError(name, f"is in use by {who}", _MEND)
            time.sleep(0.02)
        self._handles[path] = handle

    def renamed(self, old: Path, new: Path) -> None:
        """A file that is held took the place of another one; that one is held no more."""
        handle = self._handles.pop(old)
        self.release(new)
        self._handles[new] = handle

    def release(self, path: Path) -> None:
        """Let others in again."""
        handle = self._handles.pop(path, None)
        if handle is not None:
            os.close(handle)

    def release_all(self) -> None:
        """Let others in everywhere."""
        for path in tuple(self._handles):
            self.release(path)


@contextlib.contextmanager
def locks() -> Iterator[Locks]:
    """Locks that end with the block."""
    held = Locks()
    try:
        yield held
    finally:
        held.release_all()


def _locked(handle: int) -> bool:
    try:
        if hasattr(fcntl, "F_OFD_SETLK"):
            fcntl.fcntl(handle, fcntl.F_OFD_SETLK, _flock())
        else:  # pragma: no cover
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, _LENGTH, _PENDING)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _flock() -> bytes:
    return struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, _PENDING, _LENGTH, 0)


def _holder(handle: int) -> str:
    if not hasattr(fcntl, "F_OFD_GETLK"):  # pragma: no cover
        return "another process"
    answer = struct.unpack(_FLOCK, fcntl.fcntl(handle, fcntl.F_OFD_GETLK, _flock()))
    kind = "that reads or keeps it open" if answer[0] == fcntl.F_RDLCK else "that writes to it"
    return f"process {answer[4]}, {kind}" if answer[4] > 0 else "another program"
