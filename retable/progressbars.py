"""The progress bars that a terminal shows."""

from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from retable.console import Printer

_BYTES = "bytes"


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


def bars(console: Printer) -> Progress:
    """Bars that are not shown before they are started."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        # Where a terminal is narrow, the bar gives way, and not the figures.
        _Counted(Column(no_wrap=True)),
        _Rate(Column(no_wrap=True)),
        TimeElapsedColumn(Column(no_wrap=True)),
        TimeRemainingColumn(compact=True, table_column=Column(no_wrap=True)),
        TextColumn("[dim]{task.fields[detail]}"),
        console=console.rich,
    )
