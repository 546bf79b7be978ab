"""What the view says of all tables together: names that meet, sums, order, size and time."""

from collections.abc import Iterator, Sequence

from plan.errors import counted, counted_that
from retable.overview.coverage import Coverage
from retable.overview.estimate import LEAST, MOST, Estimate
from retable.overview.fates import Fate
from retable.overview.meetings import Meeting
from retable.overview.order import Order
from retable.overview.words import LISTED, size, some

_SHORTEST = 0.05
"""Seconds: less is shown as 0.0."""


def meeting_lines(meetings: Sequence[Meeting]) -> Iterator[str]:
    """Names that meet."""
    if meetings:
        yield "Names that meet"
        yield from (f"  {it.said}" for it in meetings[:LISTED])
    if meetings[LISTED:]:
        rest = len(meetings) - LISTED
        yield f"  … and {rest} more: `retable plan --format json` has all of them"


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """How all tables divide, and what is left over."""
    tables, files = counted(coverage.tables, "table"), counted(coverage.files, "file")
    yield f"Coverage: {tables} in {files}"
    width = max(len(f"{coverage.tables:,}"), 3)
    for share in coverage.shares:
        rows = f", {counted(share.rows, 'row')}"
        if share.uncounted:
            rows = "" if share.uncounted == share.tables else f"{rows} and more"
        yield f"  {share.tables:>{width},} {share.what}{rows}"
    yield f"  {coverage.tables:>{width},} in all" + _also(coverage)
    for what in coverage.unaccounted[:LISTED]:
        yield f"  NOT ACCOUNTED FOR: {what}"
    if coverage.unaccounted[LISTED:]:
        yield f"  … and {len(coverage.unaccounted) - LISTED} more"
    for path, why in coverage.unseen:
        yield f"  NOT LOOKED INTO: {path}: {why}"


_PLURALS = {"index": "indexes", "view": "views", "trigger": "triggers"}


def _also(coverage: Coverage) -> str:
    said = []
    for kind, many in _PLURALS.items():
        fates = {fate: n for what, fate, n in coverage.objects if what == kind}
        if fates:
            number = sum(fates.values())
            told = [
                f"{n} {words}"
                for words, group in _NOTED
                if (n := sum(fates.get(fate, 0) for fate in group))
            ]
            more = f" ({', '.join(told)})" if told else ""
            said.append(f"{number:,} {kind if number == 1 else many}{more}")
    return f"; also {', '.join(said)}" if said else ""


_NOTED = (
    ("renamed", (Fate.RENAMED, Fate.MOVED_RENAMED)),
    ("left behind", (Fate.LEFT,)),
    ("with kept files", (Fate.KEPT,)),
    ("with deleted files", (Fate.DELETED,)),
    ("NOT IN THE PLAN", (Fate.UNPLANNED,)),
)


def order_lines(order: Order) -> Iterator[str]:
    """The tables that foreign keys tie, each behind those that it needs."""
    if not order.references:
        return
    yield "Order, by foreign keys"
    if order.connected:
        yield f"  {some(order.connected, 40, ', then ')}"
    alone = len(order.tables) - len(order.connected)
    if alone:
        yield f"  {counted_that(alone, 'other table', 'goes', 'go')} anywhere"
    for ring in order.cycles[:LISTED]:
        yield f"  no order serves {some(ring, 12)}: they refer to each other in a ring"
    for it in order.dangling[:LISTED]:
        where = f"{it.table}({', '.join(it.columns)})"
        yield f"  {where} refers to {it.was}, which does not come from {it.database}"


def estimate_lines(estimate: Estimate) -> Iterator[str]:
    """Bounds for bytes, and a guess at seconds."""
    yield "Size and time, roughly"
    grows = f"the target grows by {size(estimate.growth)} at most"
    yield f"  the backup takes {size(estimate.backup)}, {grows}"
    for room in estimate.rooms:
        short = "" if room.bytes <= room.free else ": TOO LITTLE"
        yield (
            f"  {size(room.bytes)} at most for {room.what}: {size(room.free)} are free"
            f" in {room.folder}{short}"
        )
    least, most = _seconds(estimate.least), _seconds(estimate.most)
    span = f"{least} to {most}" if least != most else f"about {most}"
    took = f"{estimate.checked:.1f} s" if estimate.checked >= _SHORTEST else "moment"
    yield f"  {span}: {LEAST} to {MOST} times the {took} that checking the files has just taken"
    yield "  That is a guess: `retable rehearse` shows on a copy how long it really takes."


def _seconds(seconds: float) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"
