"""What people see: progress and messages on stderr, tables on stdout, colour on terminals only."""

from __future__ import annotations

import os
import sys
import time
from functools import cached_property
from typing import TYPE_CHECKING, Self

from retable.markup import escape, plain

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console, RenderableType
    from rich.progress import Progress, TaskID
    from rich.table import Table

_TOO_SHORT_TO_SHOW = 0.3
_LONG_ENOUGH_TO_SHOW = 1.0
_WIDTH_OF_LOGS = 120
_DETAIL = 28
_SAY_WHAT_TERMINALS_CAN = ("FORCE_COLOR", "TTY_COMPATIBLE")


class Printer:
    """Prints markup on stdout or stderr; what is no terminal gets its text, and takes no rich."""

    def __init__(self, *, stderr: bool) -> None:
        """Print to one of the two, whatever it is when something is printed."""
        self._stderr = stderr

    @cached_property
    def rich(self) -> Console:
        """Rich's own console, which prints tables and colours."""
        from rich.console import Console  # noqa: PLC0415 - see retable.markup

        console = Console(stderr=self._stderr, highlight=False, soft_wrap=True, emoji=False)
        if not console.is_terminal:
            # A log has no width of its own; names that are cut short help nobody.
            console.width = _WIDTH_OF_LOGS
        return console

    @property
    def is_terminal(self) -> bool:
        """Whether people watch, or pretend to."""
        stream = sys.stderr if self._stderr else sys.stdout
        told = any(name in os.environ for name in _SAY_WHAT_TERMINALS_CAN)
        return self.rich.is_terminal if told or stream.isatty() else False

    @property
    def width(self) -> int:
        """Columns of a line."""
        return self.rich.width if self.is_terminal else _WIDTH_OF_LOGS

    def print(self, *what: RenderableType, style: str | None = None, end: str = "\n") -> None:
        """Print markup, or something else that rich can print."""
        texts = [it for it in what if isinstance(it, str)]
        if len(texts) < len(what) or self.is_terminal:
            self.rich.print(*what, style=style, end=end)
            return
        stream = sys.stderr if self._stderr else sys.stdout
        stream.write(" ".join(map(plain, texts)) + end)
        stream.flush()  # what goes to both keeps its order


out = Printer(stderr=False)
err = Printer(stderr=True)


def table(title: str = "", *, header: bool = True, footer: bool = False) -> Table:
    """An empty table, for a printer."""
    from rich.table import Table  # noqa: PLC0415 - see retable.markup

    return Table(title=title or None, show_header=header, show_footer=footer)


class Bars:
    """Progress bars on stderr, one per piece of work; silent where nobody watches.

    Serves both halves: it is what `migrate` calls a `Progress`, and `tick` suits `refactor`.
    """

    def __init__(self) -> None:
        """Prepare bars; they appear with the first piece of work."""
        self._progress: Progress | None = None
        if err.is_terminal:
            from retable.progressbars import bars  # noqa: PLC0415 - see retable.markup

            self._progress = bars(err)
        self._task: TaskID | None = None
        self._began = 0.0
        self._made = time.monotonic()

    def __enter__(self) -> Self:
        """Show nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave them as they stand."""
        if self._progress:
            self._progress.stop()

    def start(self, what: str, total: int | None, unit: str = "") -> None:
        """A piece of work begins."""
        if self._progress is None:
            return
        # Only now: its thread must not run while other processes are forked off.
        self._progress.start()
        self._began = time.monotonic()
        counted = None if total is None else unit
        self._task = self._progress.add_task(what, total=total, unit=counted, detail="")

    def at(self, what: str) -> None:
        """What within that piece of work it is at."""
        if self._progress and self._task is not None:
            short = what if len(what) <= _DETAIL else what[: _DETAIL - 1] + "…"
            self._progress.update(self._task, detail=escape(short))

    def advance(self, done: int) -> None:
        """So much of it is done, all in all."""
        if self._progress and self._task is not None:
            self._progress.update(self._task, completed=done)

    def finish(self) -> None:
        """It is over; what took no time leaves no line."""
        if self._progress is None or self._task is None:
            return
        if time.monotonic() - self._began < _TOO_SHORT_TO_SHOW:
            self._progress.remove_task(self._task)
        else:
            task = self._progress.tasks[-1]
            total = task.total or task.completed or 1
            self._progress.update(self._task, completed=total, total=total, detail="")
        self._task = None

    def tick(self, what: str, done: int, total: int) -> None:
        """Say in one call how far a piece of work is; nothing is shown of the first second."""
        if self._progress is None:
            return
        if self._task is None:
            if time.monotonic() - self._made < _LONG_ENOUGH_TO_SHOW:
                return
            self.start(what, total)
        self.advance(done)
        if done >= total:
            self.finish()
