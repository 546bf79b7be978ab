"""The same work on several files at once: SQLite, reading and hashing leave Python free meanwhile.

One thread, the caller's, hears Ctrl-C and reports progress. The others end as soon as it does.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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

    gate = _Gate()
    with ThreadPoolExecutor(workers) as pool:
        futures: list[Future[Result]] = []
        try:
            futures += (pool.submit(_stoppable, gate, work, item) for item in items)
            pending = set(futures)
            while pending:
                _, pending = wait(pending, _HEARTBEAT, FIRST_COMPLETED)
                over = [future for future in futures if future.done()]
                for future in over:
                    future.result()
                report(len(over))
        except BaseException:
            gate.close()
            pool.shutdown(cancel_futures=True)
            raise
        return tuple(future.result() for future in futures)


class _Gate:
    """Lets work begin until it is closed; whoever closes it waits until no work is going on.

    The pool does not know a thread whose start is interrupted, and would not wait for it.
    """

    def __init__(self) -> None:
        self.closed = threading.Event()
        self._changed = threading.Condition()
        self._going_on = 0

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Hold what is done within.

        Raises:
            KeyboardInterrupt: the gate is closed.
        """
        with self._changed:
            if self.closed.is_set():
                raise KeyboardInterrupt
            self._going_on += 1
        try:
            yield
        finally:
            with self._changed:
                self._going_on -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Let no more work begin, and wait for the end of what has begun."""
        self.closed.set()
        with self._changed:
            self._changed.wait_for(lambda: not self._going_on)


def stopped() -> bool:
    """Whether this thread's work is wanted no more: long work asks now and then."""
    gate: _Gate | None = getattr(_here, "gate", None)
    return gate is not None and gate.closed.is_set()


def _stoppable(gate: _Gate, work: Callable[[Item], Result], item: Item) -> Result:
    with gate.inside():
        _here.gate = gate
        return work(item)
