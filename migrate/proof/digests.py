"""A digest of each table's rows, which anybody can make again with the `sqlite3` shell.

It is SHA3-256 as SQLite's `sha3_query` defines it: over the text of a query, and over each value
of its rows with its type. So 1, 1.0, '1', x'31', NULL, 0.0 and -0.0 all differ, and a number
differs from its neighbour in the last bit. The query reads the rowid (unless a column is it) and
all columns but generated ones, in the order of the rowid or of the primary key's bytes.

Of a table as it was, the digest is made under the name that it has in the end: then a table that
was copied or renamed has one and the same digest before and after.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Self

from migrate.database.reading import reading
from migrate.database.schema import Table, column_list
from migrate.database.sqlite import Database, literal
from migrate.errors import DatabaseError
from migrate.phases import Phase
from migrate.steps.arrivals import Arrival
from migrate.steps.work import Work
from plan.model import folded
from plan.stored import quoted

STATEMENT_END = "', 256)));"
_AGAIN = 0.05
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Store:
    """A table in a file, and the name that its rows have in the end."""

    database: str
    table: Table
    new: str


def stores_of(work: Work) -> tuple[Store, ...]:
    """Every table that holds rows to be migrated, by the name that these have in the end."""
    return tuple(
        Store(arrival.planned.database, table, new)
        for arrival in work.arrivals
        for table, new in arrival.stores_after(Phase.DOCUMENT)
    )


def homes_of(work: Work) -> dict[str, tuple[Table, list[Arrival]]]:
    """Each table of the result, as it is defined there, and all whose rows went to it."""
    homes: dict[str, tuple[Table, list[Arrival]]] = {}
    names: dict[str, str] = {}
    for arrival in work.arrivals:
        for table, new in arrival.stores_after(Phase.DOCUMENT):
            name = names.setdefault(folded(new), new)
            homes.setdefault(name, (table, []))[1].append(arrival)
    return homes


def query_of(table: Table, name: str) -> str:
    """The query that gives a table's rows whole and in one order only."""
    columns = column_list(_columns(table))
    return f"SELECT {columns} FROM {quoted(name)} ORDER BY {_order(table)}"


def statement_of(query: str) -> str:
    """What to say in the `sqlite3` shell for the digest of a query."""
    return f"SELECT lower(hex(sha3_query({literal(query)[:-1]}{STATEMENT_END}"


def view_of(store: Store) -> str:
    """What to say first to a file in which a table has another name."""
    columns = column_list(_columns(store.table))
    there = f"main.{quoted(store.table.name)}"
    return f"CREATE TEMP VIEW {quoted(store.new)}({columns}) AS SELECT {columns} FROM {there};"


def _columns(table: Table) -> tuple[str, ...]:
    if table.rowid and not table.alias:
        return (table.rowid, *table.stored)
    return table.stored


def _order(table: Table) -> str:
    if table.rowid:
        return quoted(table.alias or table.rowid)
    # Under a key's own collation its rows may stand in more than one order. RTRIM compares UTF-8
    # in files of any encoding (BINARY the bytes that are there), and differs in spaces only.
    keys = map(quoted, table.primary_key)
    return ", ".join(f"{key} COLLATE RTRIM, {key} COLLATE BINARY" for key in keys)


def digest_of_table(database: Database, table: Table, name: str) -> str:
    """The digest of a table of an open database that can digest.

    Raises:
        DatabaseError: its pages cannot be read.
    """
    # sha3_query keeps an error of its query to itself: the same pages are read without it too.
    database.value(f"SELECT count(*) FROM main.{quoted(name)} NOT INDEXED")
    return database.digest(query_of(table, name))


def digest_of_store(database: Database, store: Store) -> str:
    """The digest of a table as it was, made under the name that it has in the end.

    Raises:
        DatabaseError: its pages cannot be read.
    """
    database.value(f"SELECT count(*) FROM main.{quoted(store.table.name)} NOT INDEXED")
    database.run(view_of(store))
    try:
        return database.digest(query_of(store.table, store.new))
    finally:
        database.run(f"DROP VIEW temp.{quoted(store.new)}")


@dataclass(frozen=True, slots=True)
class Digests:
    """What came of it: a digest for each table, or why there is none."""

    made: Mapping[Store, str]
    why_not: str = ""

    def of(self, store: Store) -> str | None:
        """The digest of one table."""
        return self.made.get(store)


class Digesting:
    """Digests of tables in files that nobody writes to, made on a second thread.

    SQLite works there without keeping Python from running. To leave the block ends it at once.
    """

    def __init__(self, stores: Sequence[Store], files: Mapping[str, Path]) -> None:
        self._stores = stores
        self._files = files
        self._stop = Event()
        self._database: Database | None = None
        self._made: Future[Digests] = Future()
        self._thread = Thread(target=self._work, name="digests")

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, if it is not over yet."""
        self._stop.set()
        while self._thread.is_alive():
            if self._database is not None:
                self._database.interrupt()
            # Between two statements there is nothing to interrupt, so it is tried again.
            self._thread.join(_AGAIN)

    def wait(self) -> Digests:
        """All of them, as soon as they are there."""
        return self._made.result()

    def _work(self) -> None:
        try:
            self._made.set_result(self._all())
        except (DatabaseError, OSError) as error:
            self._made.set_result(Digests({}, f"the backup could not be read: {error}"))
        except BaseException as error:  # noqa: BLE001 (raised where it is waited for)
            self._made.set_exception(error)

    def _all(self) -> Digests:
        made: dict[Store, str] = {}
        for path in dict.fromkeys(store.database for store in self._stores):
            with reading(self._files[path], path) as self._database:
                why_not = self._database.cannot_digest()
                if why_not:
                    return Digests({}, why_not)
                for store in self._stores:
                    if store.database == path and not self._stop.is_set():
                        made[store] = digest_of_store(self._database, store)
        return Digests(made)
