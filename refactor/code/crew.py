"""Processes that share the work on many files: the same answers, in the same order.

Each holds a copy of one thing (a searcher) and does one task at a time. What it has read it still
knows, so whoever has had an item gets it again in the next round. A process that dies takes no
answer with it: its item is done here.
"""

import gc
import multiprocessing
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkContext, SpawnContext
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

T = TypeVar("T")
Item = TypeVar("Item")
Answer = TypeVar("Answer")


_METHOD: Literal["fork", "spawn"] = "fork" if sys.platform == "linux" else "spawn"
"""On macOS, a forked process may not use the system's own libraries."""


_STOP = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class Crew(Generic[T]):
    """Some processes with a copy of one thing each."""

    def __init__(self, thing: T, size: int, method: Literal["fork", "spawn"] = _METHOD) -> None:
        """Start them; where none can be started, all is done here.

        Args:
            thing: can be pickled, unless it is forked.
            size: how many.
            method: how they come by their copy.
        """
        self._thing = thing
        self._members: list[_Member] = []
        self._had: dict[Hashable, _Member] = {}
        context: ForkContext | SpawnContext = (
            multiprocessing.get_context("fork")
            if method == "fork"
            else multiprocessing.get_context("spawn")
        )
        try:
            for _ in range(size):
                self._members.append(_Member(context, thing))
        except OSError:
            self.close()

    def map(
        self,
        task: Callable[[T, Item], Answer],
        items: Sequence[Item],
        key: Callable[[Item], Hashable],
    ) -> Iterator[Answer]:
        """Do a task with each item, and yield the answers in the order of the items.

        Args:
            task: a function of a module, which gets the thing and the item.
            items: can be pickled, as can the answers.
            key: what is the same for an item that comes again in another round.

        Raises:
            Exception: what the task raised, where its answer would have been.
        """
        order = Order(items, [self._had.get(key(item)) for item in items])
        answers: dict[int, tuple[bool, Any]] = {}
        try:
            for number in range(len(items)):
                while number not in answers:
                    answers.update(self._round(task, items, order, key))
                yield _told(*answers.pop(number))
        except BaseException:
            # A member may be in the middle of something that nobody waits for any more.
            self.close()
            raise

    def _round(
        self,
        task: Callable[[T, Item], Answer],
        items: Sequence[Item],
        order: "Order",
        key: Callable[[Item], Hashable],
    ) -> Iterator[tuple[int, tuple[bool, Any]]]:
        """Give work to whoever has none, wait for somebody, and yield what has been answered."""
        lost: list[int] = []
        for member in self._idle():
            number = order.next_for(member)
            if number is not None:
                self._had[key(items[number])] = member
                if not member.begin(number, task, items[number]):
                    lost.append(number)
        busy = [(it, it.at) for it in self._members if it.at is not None]
        ready = wait([it.connection for it, _ in busy]) if busy and not lost else []
        for member, number in busy:
            if member.connection not in ready:
                continue
            member.at = None
            answer = member.answer()
            if answer is None:
                lost.append(number)
            else:
                yield number, answer
        if not self._idle() and not busy and (here := order.next_for(None)) is not None:
            lost.append(here)
        for number in lost:
            yield number, _done(task, self._thing, items[number])

    def tell(self, task: Callable[[T, Item], object], item: Item) -> None:
        """Let everybody do the same, and do it here too."""
        task(self._thing, item)
        for member in self._idle():
            if member.begin(0, task, item):
                member.at = None
                member.answer()

    def _idle(self) -> list["_Member"]:
        return [it for it in self._members if it.alive and it.at is None]

    def close(self) -> None:
        """Stop them all, whatever they are at."""
        for member in self._members:
            member.stop()
        self._members.clear()


class _Member:
    """One process, from the outside."""

    def __init__(self, context: ForkContext | SpawnContext, thing: object) -> None:
        self.connection, theirs = context.Pipe()
        self.at: int | None = None
        """The number of the item that it is at."""
        self.alive = True
        # What is forked while other threads run is warned of; none of ours is left by now.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            self._process: BaseProcess = context.Process(
                target=_serve, args=(theirs, self.connection, thing), daemon=True
            )
            with _signals_wait():
                self._process.start()
        theirs.close()

    def begin(self, number: int, task: Callable[..., Any], item: object) -> bool:
        """Give it something to do; false if it is no more."""
        try:
            self.connection.send((task, item))
        except OSError:
            self.alive = False
        else:
            self.at = number
        return self.alive

    def answer(self) -> tuple[bool, Any] | None:
        """Wait for its answer; None if it is no more."""
        try:
            answer: tuple[bool, Any] = self.connection.recv()
        except (EOFError, OSError):
            self.alive = False
            return None
        return answer

    def stop(self) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.join()


class Order:
    """Which items are still to be done, and by whom at best."""

    def __init__(self, items: Sequence[object], owners: Sequence[Hashable | None]) -> None:
        """Take the items, and who has had each of them before."""
        self._queues: dict[Hashable | None, deque[int]] = {None: deque()}
        for number in range(len(items)):
            self._queues.setdefault(owners[number], deque()).append(number)

    def next_for(self, member: Hashable | None) -> int | None:
        """What this one should do next: what it has had before, or nobody, or somebody else."""
        others = sorted(self._queues.values(), key=len, reverse=True)
        for queue in (self._queues.get(member), self._queues[None], *others):
            if queue:
                return queue.popleft()
        return None


def _done(
    task: Callable[[T, Item], Answer], thing: T, item: Item
) -> tuple[bool, Answer | Exception]:
    try:
        return True, task(thing, item)
    except Exception as error:  # noqa: BLE001 - raised again where the answer is wanted
        return False, error


def _told(done: bool, answer: Any) -> Any:  # noqa: FBT001 - as it came out of the pipe
    if not done:
        raise answer
    return answer


@contextmanager
def _signals_wait() -> Iterator[None]:
    """Hold Ctrl-C and its like back while a process is made: Python would lose them then."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(ours: Connection, theirs: Connection, thing: object) -> None:
    """Do what is asked until nobody is there to ask."""
    # Ctrl-C reaches the whole group: whoever waits for us hears it and stops us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP)
    gc.disable()
    # A copy of the other end would keep us from hearing that nobody is there any more.
    theirs.close()
    while True:
        try:
            task, item = ours.recv()
            ours.send(_done(task, thing, item))
        except (EOFError, OSError):
            return
