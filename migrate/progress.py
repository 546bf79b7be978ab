"""How a long piece of work says how far it is."""

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Told what is going on; `done` counts from 0 to `total` and never falls."""

    def start(self, what: str, total: int | None) -> None:
        """A piece of work begins; None where its size is not known."""

    def advance(self, done: int) -> None:
        """So much of it is done, all in all."""

    def finish(self) -> None:
        """It is over."""


class Silence:
    """A `Progress` that says nothing."""

    def start(self, what: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self, done: int) -> None:
        """Say nothing."""

    def finish(self) -> None:
        """Say nothing."""


def paced(progress: Progress, total: int, per_tick: int) -> Callable[[], None]:
    """A tick that advances a progress by an estimate, never beyond its total.

    SQLite does not say how far one INSERT … SELECT has come, but it ticks at an even pace.
    """
    done = 0

    def tick() -> None:
        nonlocal done
        done = min(total, done + per_tick)
        progress.advance(done)

    return tick


class Counter:
    """Counts bytes into a progress."""

    def __init__(self, progress: Progress, what: str, total: int) -> None:
        self._progress = progress
        self._done = 0
        progress.start(what, total)

    def __call__(self, count: int) -> None:
        """So many more bytes are done."""
        self._done += count
        self._progress.advance(self._done)
