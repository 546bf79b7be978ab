"""The only door to SQLite: connections that touch no more than they must, errors in words."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import apsw
from apsw import sqlite_extra

from migrate.database.sqlite_errors import names_main, said
from migrate.database.uris import frozen_uri, quoted_path
from migrate.files.parallel import stopped
from plan.stored import quoted

VERSION = apsw.sqlite_lib_version()
KEYWORDS = frozenset(word.lower() for word in apsw.keywords)
"""Words of SQL: a name like one of them must often stand in quotes."""
TICK = 50_000
"""SQLite's virtual machine steps between two ticks: about 20 ms of a running copy."""

DIGEST = "lower(hex(sha3_query(?1, 256)))"
"""How SQL asks for the digest of what a query gives."""

Value = None | int | float | str | bytes
Row = tuple[Any, ...]


class Database:
    """One open connection; `name` is what its user calls it in messages."""

    def __init__(self, connection: apsw.Connection, name: str) -> None:
        self._connection = connection
        self.name = name
        # Python sees Ctrl-C only where Python runs: in a handler, also within one statement.
        # It tells the first thread only; others are told through `stopped`.
        connection.set_progress_handler(stopped, TICK)

    def __enter__(self) -> Self:
        """Use it in a `with` block, which closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; an open transaction is rolled back."""
        self.close()

    def close(self) -> None:
        """Close it; an open transaction is rolled back."""
        with said(self.name):
            self._let_go()
            self._connection.close()

    def _let_go(self) -> None:
        """Detach all files, and leave what is beside them.

        Else SQLite removes a -wal in which it finds no commit, even if it was told to read only.
        """
        attached = self._connection.execute("PRAGMA database_list").fetchall()
        names = [str(row[1]) for row in attached if row[1] not in ("main", "temp")]
        if not names or self._connection.in_transaction:
            return
        usual = self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1)
        self.leave_log()
        for name in names:
            self._connection.execute("DETACH " + quoted(name))
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, usual)

    def each(self, sql: str, *values: Value) -> Iterator[Row]:
        """Rows one at a time, so that memory stays flat."""
        with said(self.name):
            try:
                cursor = self._connection.execute(sql, values)
            except apsw.CorruptError as error:
                if not names_main(error):
                    raise
                self._read_schemas()
                cursor = self._connection.execute(sql, values)
            yield from cursor

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
        self._attach(frozen_uri(path), alias)

    def _attach(self, uri: str, alias: str) -> None:
        statement = "ATTACH ? AS " + quoted(alias), (uri,)
        with said(self.name):
            try:
                self._connection.execute(*statement)
            except apsw.CorruptError as error:
                if not names_main(error):
                    raise
                with self._tolerant():
                    self._connection.execute(*statement)

    def _read_schemas(self) -> None:
        """Read the schemas of all attached files again, after SQLite has forgotten them."""
        with self._tolerant():
            for row in self._connection.execute("PRAGMA database_list").fetchall():
                schema = f"{quoted(str(row[1]))}.sqlite_schema"
                self._connection.execute(f"SELECT 1 FROM {schema} LIMIT 1").fetchall()

    @contextmanager
    def _tolerant(self) -> Iterator[None]:
        """Let SQLite read what it can of a schema, and leave out the rest.

        A view that says main.t cannot be read where its file is attached under another name, and
        SQLite would refuse the whole file for it: https://sqlite.org/src/file/src/attach.c
        """
        self._connection.execute("PRAGMA writable_schema = ON")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA writable_schema = OFF")

    def attach_schema(self, memory: str, alias: str) -> None:
        """Attach what `open_named_memory` keeps as files are: read-only, so without CHECKs."""
        self._attach(f"file:/{memory}?vfs=memdb&mode=ro", alias)

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

    def keep_first_format(self) -> None:
        """Let an empty file get schema format 1, of which indexes know no DESC."""
        self._connection.config(apsw.SQLITE_DBCONFIG_LEGACY_FILE_FORMAT, 1)

    def leave_log(self) -> None:
        """Closing shall not move the -wal file's frames into the main file."""
        self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)

    def stand_in(self, what: str, name: str) -> None:
        """Let statements compile that need a function or a collation that is not here."""
        with said(self.name):
            if what == "function":
                self._connection.create_scalar_function(name, _nothing)
            else:
                self._connection.create_collation(name, _alike)

    @contextmanager
    def standing_in(self, what: str, name: str) -> Iterator[None]:
        """The same for a while."""
        self.stand_in(what, name)
        try:
            yield
        finally:
            with said(self.name):
                if what == "function":
                    self._connection.create_scalar_function(name, None)
                else:
                    self._connection.create_collation(name, None)

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
            self._connection.set_progress_handler(stopped, TICK)


def _nothing(*_: Value) -> None:
    return None


def _alike(_one: str, _other: str) -> int:
    return 0


def open_frozen(path: Path, name: str) -> Database:
    """Open a file to read what it holds, WAL included, without changing a byte beside it.

    With an ordinary read-only connection SQLite still writes the -shm file, and checkpoints
    nothing but deletes what it made. Without locks (`unix-none`) and with the WAL's index in
    memory (`locking_mode=EXCLUSIVE`) it only reads. Whoever needs a steady file holds our lock.
    """
    with said(name):
        connection = apsw.Connection(
            frozen_uri(path), flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
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
        connection = apsw.Connection("file:" + quoted_path(path), flags=flags)
        try:
            _prepare(connection)
            connection.set_busy_timeout(2_000)
            # Attached files inherit it: see open_frozen.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close(force=True)  # else the error, which knows it, keeps its locks
            raise
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


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
