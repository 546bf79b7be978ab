"""The same work on several files at once: SQLite, reading and hashing leave Python free meanwhile.

One thread, the caller's, hears Ctrl-C and reports progress. The others end as soon as it does.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

AT_ONCE = 8
"""More than most machines have cores, so that none waits for the last file; caches add up."""
_HEARTBEAT = 0.05
"""Seconds between two reports."""

Item = TypeVar("Item")
Result = TypeVar("Result")
_here = threading.local()


def side_by_side(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    report: Callable[[int], None],
) -> tuple[Result, ...]:
    """What the work makes of each item, in their order; `report` hears how many are done.

    Raises:
        Exception: what the work raises; whatever else was under way has been stopped then.
    """
    workers = min(AT_ONCE, len(items))
    if workers > 1:
        return _in_threads(work, items, report, workers)
    found = []
    for item in items:
        found.append(work(item))
        report(len(found))
    return tuple(found)


def _in_threads(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    report: Callable[[int], None],
    workers: int,
) -> tuple[Result, ...]:
    # Whoever only asks whether it is stopped, pays for none of this.
    from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait  # noqa: PLC0415

    stop = threading.Event()
    with ThreadPoolExecutor(workers) as pool:
        futures: list[Future[Result]] = []
        try:
            futures += (pool.submit(_stoppable, stop, work, item) for item in items)
            pending = set(futures)
            while pending:
                _, pending = wait(pending, _HEARTBEAT, FIRST_COMPLETED)
                over = [future for future in futures if future.done()]
                for future in over:
                    future.result()
                report(len(over))
        except BaseException:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
        return tuple(future.result() for future in futures)


def stopped() -> bool:
    """Whether this thread's work is wanted no more: long work asks now and then."""
    stop: threading.Event | None = getattr(_here, "stop", None)
    return stop is not None and stop.is_set()


def _stoppable(stop: threading.Event, work: Callable[[Item], Result], item: Item) -> Result:
    _here.stop = stop
    return work(item)
