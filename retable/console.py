"""What people see: progress and messages on stderr, tables on stdout, colour on terminals only."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

_TOO_SHORT_TO_SHOW = 0.3
_LONG_ENOUGH_TO_SHOW = 1.0
_WIDTH_OF_LOGS = 120
_DETAIL = 28
_BYTES = "bytes"


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)
    if not console.is_terminal:
        # A log has no width of its own; names that are cut short help nobody.
        console.width = _WIDTH_OF_LOGS
    return console


out = _console(stderr=False)
err = _console(stderr=True)


class _Counted(ProgressColumn):
    """How many of how many, and of what."""

    def render(self, task: Task) -> Text:
        unit = task.fields["unit"]
        if task.total is None or unit is None:
            return Text("")
        if unit == _BYTES:
            return Text(f"{_megabytes(task.completed)}/{_megabytes(task.total)} MB")
        return Text(f"{task.completed:,.0f}/{task.total:,.0f} {unit}".rstrip())


class _Rate(ProgressColumn):
    """How many in a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        unit = task.fields["unit"]
        if not speed or not unit:
            return Text("")
        if unit == _BYTES:
            return Text(f"{_megabytes(speed)} MB/s", style="dim")
        return Text(f"{speed:,.0f}/s", style="dim")


def _megabytes(count: float) -> str:
    return f"{count / 1e6:,.1f}"


class Bars:
    """Progress bars on stderr, one per piece of work; silent where nobody watches.

    Serves both halves: it is what `migrate` calls a `Progress`, and `tick` suits `refactor`.
    """

    def __init__(self) -> None:
        """Prepare bars; they appear with the first piece of work."""
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            # Where a terminal is narrow, the bar gives way, and not the figures.
            _Counted(Column(no_wrap=True)),
            _Rate(Column(no_wrap=True)),
            TimeElapsedColumn(Column(no_wrap=True)),
            TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
            TextColumn("[dim]{task.fields[detail]}"),
            console=err,
            disable=not err.is_terminal,
        )
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
        self._progress.stop()

    def start(self, what: str, total: int | None, unit: str = "") -> None:
        """A piece of work begins."""
        # Only now: its thread must not run while other processes are forked off.
        self._progress.start()
        self._began = time.monotonic()
        counted = None if total is None else unit
        self._task = self._progress.add_task(what, total=total, unit=counted, detail="")

    def at(self, what: str) -> None:
        """What within that piece of work it is at."""
        if self._task is not None:
            short = what if len(what) <= _DETAIL else what[: _DETAIL - 1] + "…"
            self._progress.update(self._task, detail=escape(short))

    def advance(self, done: int) -> None:
        """So much of it is done, all in all."""
        if self._task is not None:
            self._progress.update(self._task, completed=done)

    def finish(self) -> None:
        """It is over; what took no time leaves no line."""
        if self._task is None:
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
        if self._task is None:
            if time.monotonic() - self._made < _LONG_ENOUGH_TO_SHOW:
                return
            self.start(what, total)
        self.advance(done)
        if done >= total:
            self.finish()
