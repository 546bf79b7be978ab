"""How a long piece of work says how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Protocol

from migrate.database.sqlite import Database
from migrate.files.parallel import stopped

ROWS, BYTES, FILES, STEPS = "rows", "bytes", "files", "steps"
"""What is counted."""


class Progress(Protocol):
    """Told what is going on; `done` counts from 0 to `total` and never falls."""

    def start(self, what: str, total: int | None, unit: str = "") -> None:
        """A piece of work begins; None where its size is not known."""

    def at(self, what: str) -> None:
        """What within that piece of work it is at, such as a table."""

    def advance(self, done: int) -> None:
        """So much of it is done, all in all."""

    def finish(self) -> None:
        """It is over."""


class Silence:
    """A `Progress` that says nothing."""

    def start(self, what: str, total: int | None, unit: str = "") -> None:
        """Say nothing."""

    def at(self, what: str) -> None:
        """Say nothing."""

    def advance(self, done: int) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Say nothing."""


class Rows:
    """Moves a progress of rows while SQLite works on one long statement after the other.

    SQLite does not say how far one INSERT … SELECT has come, but it ticks at an even pace: how
    many rows a tick stands for is learnt from the statements that are over.
    """

    def __init__(self, progress: Progress, what: str, total: int, per_tick: int) -> None:
        self._progress = progress
        self._per_tick = float(per_tick)
        self._done = 0
        progress.start(what, total, ROWS)

    @contextmanager
    def working(self, database: Database, what: str, rows: int) -> Iterator[None]:
        """While one statement, or several, deal with so many rows."""
        before, ticks = self._done, 0

        def tick() -> None:
            nonlocal ticks
            ticks += 1
            self._progress.advance(before + min(rows, int(ticks * self._per_tick)))

        self._progress.at(what)
        with database.ticking(tick):
            yield
        if ticks and rows:
            self._per_tick = rows / ticks
        self._done = before + rows
        self._progress.advance(self._done)


class Counter:
    """Counts bytes into a progress, which hears of them in one thread only: the one it began in.

    Threads whose work is wanted no more it stops.
    """

    def __init__(self, progress: Progress, what: str, total: int) -> None:
        self._progress = progress
        self._home = get_ident()
        self._lock = Lock()
        self._done = 0
        progress.start(what, total, BYTES)

    def __call__(self, count: int) -> None:
        """So many more bytes are done.

        Raises:
            KeyboardInterrupt: this thread is to stop.
        """
        if stopped():
            raise KeyboardInterrupt
        with self._lock:
            self._done += count
        if get_ident() == self._home:
            self.report()

    def report(self) -> None:
        """Say how much is done by now."""
        self._progress.advance(self._done)
