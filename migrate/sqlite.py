"""The only door to SQLite: connections that touch no more than they must, errors in words."""

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import apsw
from apsw import sqlite_extra

from migrate.errors import DatabaseError
from migrate.parallel import stopped

VERSION = apsw.sqlite_lib_version()
TICK = 50_000
"""SQLite's virtual machine steps between two ticks: about 20 ms of a running copy."""

DIGEST = "lower(hex(sha3_query(?1, 256)))"
"""How SQL asks for the digest of what a query gives."""

Value = None | int | float | str | bytes
Row = tuple[Any, ...]

_SAID: tuple[tuple[type[apsw.Error], str, str], ...] = (
    (apsw.BusyError, "is in use by another process", "stop the program that uses it"),
    (apsw.LockedError, "is in use by another process", "stop the program that uses it"),
    (apsw.FullError, "the disk is full", "free some space, then run again"),
    (apsw.IOError, "the disk failed to read or write", "look at the disk, then run again"),
    (apsw.ReadOnlyError, "is read-only", "allow writing to the file and to its folder"),
    (apsw.PermissionsError, "may not be read", "allow reading it"),
    (apsw.CantOpenError, "cannot be opened", "look at the permissions of its folder"),
    (apsw.CorruptError, "is damaged", "restore it from a backup, or recover it with sqlite3"),
    (apsw.NotADBError, "is not a SQLite database", "name the right file"),
    (apsw.NoMemError, "memory ran out", "free some memory, then run again"),
)


class Database:
    """One open connection; `name` is what its user calls it in messages."""

    def __init__(self, connection: apsw.Connection, name: str) -> None:
        self._connection = connection
        self.name = name
        # Python sees Ctrl-C only where Python runs: in a handler, also within one statement.
        # It tells the first thread only; others are told through `stopped`.
        connection.set_progress_handler(_is_over, TICK)

    def __enter__(self) -> Self:
        """Use it in a `with` block, which closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; an open transaction is rolled back."""
        self.close()

    def close(self) -> None:
        """Close it; an open transaction is rolled back."""
        with said(self.name):
            self._connection.close()

    def each(self, sql: str, *values: Value) -> Iterator[Row]:
        """Rows one at a time, so that memory stays flat."""
        with said(self.name):
            yield from self._connection.execute(sql, values)

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """All rows of a small answer."""
        return list(self.each(sql, *values))

    def value(self, sql: str, *values: Value) -> Any:
        """The first value of the first row, or None."""
        return next((row[0] for row in self.rows(sql, *values)), None)

    def run(self, sql: str, *values: Value) -> None:
        """Carry out one statement or several."""
        self.rows(sql, *values)

    def fill(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Carry out one statement for each of many rows, which are asked for one at a time."""
        with said(self.name):
            self._connection.executemany(sql, rows)

    def attach(self, path: Path, alias: str) -> None:
        """Attach a file to read from, in a way that changes nothing on disk."""
        self.run("ATTACH ? AS " + quoted(alias), _frozen_uri(path))

    def attach_schema(self, memory: str, alias: str) -> None:
        """Attach a database that `open_named_memory` keeps, as read-only as files are attached.

        Of such a database SQLite forgets the CHECKs
        (https://sqlite.org/src/file/src/build.c, sqlite3AddCheckConstraint).
        """
        self.run("ATTACH ? AS " + quoted(alias), f"file:/{memory}?vfs=memdb&mode=ro")

    def opcodes(self, sql: str) -> frozenset[str]:
        """Which instructions SQLite would run for a statement; it is not run."""
        return frozenset(row[1] for row in self.each("EXPLAIN " + sql))

    def cannot_digest(self) -> str | None:
        """Why `digest` cannot be asked here, or None: it is SQLite's own extension `shathree`.

        It comes with apsw's wheels; a build from source or a distribution's package may lack it.
        """
        try:
            sqlite_extra.load(self._connection, "shathree")
        except (sqlite_extra.NotAvailable, LookupError, OSError, apsw.Error) as error:
            return f"this apsw comes without SQLite's sha3_query ({error})"
        return None

    def digest(self, query: str) -> str:
        """SHA3-256 of a query and of every value in its rows, with types, in hexadecimal.

        Mind that `sha3_query` keeps an error of its query to itself, and gives the digest of the
        rows before it: https://sqlite.org/src/file/ext/misc/shathree.c, sha3QueryFunc.
        """
        return str(self.value(f"SELECT {DIGEST}", query))

    def interrupt(self) -> None:
        """End the statement that runs now; may be called from another thread."""
        # Once it is closed nothing runs.
        with suppress(apsw.ConnectionClosedError):
            self._connection.interrupt()

    def leave_log(self) -> None:
        """Closing shall not move the -wal file's frames into the main file."""
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open; an error may have ended it already."""
        return self._connection.in_transaction

    @contextmanager
    def ticking(self, tick: Callable[[], None]) -> Iterator[None]:
        """Call `tick` while statements run."""

        def on() -> bool:
            tick()
            return stopped()

        self._connection.set_progress_handler(on, TICK)
        try:
            yield
        finally:
            self._connection.set_progress_handler(_is_over, TICK)


def _is_over() -> bool:
    return stopped()


def open_frozen(path: Path, name: str) -> Database:
    """Open a file to read what it holds, WAL included, without changing a byte beside it.

    With an ordinary read-only connection SQLite still writes the -shm file, and checkpoints
    nothing but deletes what it made. Without locks (`unix-none`) and with the WAL's index in
    memory (`locking_mode=EXCLUSIVE`) it only reads. Whoever needs a steady file holds our lock.
    """
    with said(name):
        connection = apsw.Connection(
            _frozen_uri(path), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        )
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return Database(connection, name)


def open_target(path: Path, name: str) -> Database:
    """Open the one file that changes; the lock that its first read takes is kept until closed.

    Triggers do not fire and foreign keys are not enforced: rows arrive as they are.
    """
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
    with said(name):
        connection = apsw.Connection("file:" + _quoted_path(path), flags=flags)
        _prepare(connection)
        connection.set_busy_timeout(2_000)
        # Attached files inherit it: see open_frozen.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA synchronous = FULL")
    return Database(connection, name)


def open_reader(name: str, encoding: str) -> Database:
    """A connection with nothing in it, to attach files of that encoding and compare them."""
    connection = apsw.Connection(
        ":memory:", flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI
    )
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute(f"PRAGMA encoding = '{encoding}'")
    return Database(connection, name)


def open_scratch(name: str) -> Database:
    """An empty database in memory, to try a schema on."""
    return _in_memory(":memory:", name)


def open_named_memory(memory: str, name: str) -> Database:
    """An empty database in memory that others in this process can attach while one has it open."""
    return _in_memory(f"file:/{memory}?vfs=memdb", name)


def _in_memory(where: str, name: str) -> Database:
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(where, flags=flags)
    _prepare(connection)
    return Database(connection, name)


def _prepare(connection: apsw.Connection) -> None:
    # Some builds default to the legacy rename, which leaves views and triggers behind.
    connection.config(apsw.SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_FKEY, 0)


def _quoted_path(path: Path) -> str:
    return quote(bytes(path.absolute()))


def _frozen_uri(path: Path) -> str:
    """How to open a file so that nothing beside it is made or changed.

    Of a database in WAL mode whose -wal is gone or empty SQLite would make a new one, so such
    a file is declared immutable. Declared so with a -wal, its last commits would not be seen.
    """
    log = path.with_name(path.name + "-wal")
    logged = log.exists() and log.stat().st_size > 0
    way = "vfs=unix-none" if logged else "immutable=1"
    return f"file:{_quoted_path(path)}?mode=ro&{way}"


@contextmanager
def said(name: str) -> Iterator[None]:
    """Say what SQLite raises in words that name the file."""
    try:
        yield
    except apsw.InterruptError as error:
        raise KeyboardInterrupt from error
    except apsw.Error as error:
        if isinstance(error, apsw.CantOpenError) and _no_more_files():
            what = "cannot be opened: too many files are open"
            raise DatabaseError(name, what, "allow more: ulimit -n 1024") from error
        if "malformed database schema" in str(error):
            mend = "drop what it names, with the program's own SQLite, or restore a backup"
            raise DatabaseError(name, f"is damaged: {error}", mend) from error
        for kind, what, mend in _SAID:
            if isinstance(error, kind):
                raise DatabaseError(name, f"{what}: {error}", mend) from error
        raise DatabaseError(name, str(error), "mend the schema, or leave it out") from error


def _no_more_files() -> bool:
    """Whether the process is at its limit of open files; SQLite does not say so itself."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in (errno.EMFILE, errno.ENFILE)
    return False


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
