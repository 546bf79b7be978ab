"""Whose code it is that executes a statement, and where."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import sys
import sysconfig
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType


@dataclass(frozen=True)
class Place:
    """A line of the project's code."""

    path: str
    line: int
    function: str

    def __str__(self) -> str:
        """As editors and terminals link it."""
        return f"{self.path}:{self.line}"


_KEPT_FRAMES = 200
_HERE = os.path.join(os.path.dirname(os.path.realpath(__file__)), "")


def _no_code_of_theirs() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    stdlib = {os.path.realpath(paths[it]) for it in ("stdlib", "platstdlib")}
    return tuple(f"{it}{os.sep}" for it in stdlib)


_STDLIB = _no_code_of_theirs()
INSTALLED = re.compile(r"[\\/](?:site|dist)-packages[\\/]")
_theirs: dict[str, bool] = {}


def is_theirs(file: str) -> bool:
    """Whether a file holds code of the project: it is not Python's, nor installed, nor ours."""
    known = _theirs.get(file)
    if known is None:
        real = os.path.realpath(file)
        known = not (
            file.startswith("<") or real.startswith((_HERE, *_STDLIB)) or INSTALLED.search(real)
        )
        _theirs[file] = known
    return known


def _frames(frame: FrameType | None) -> list[tuple[CodeType, int]]:
    """The frames of the project's code, innermost first."""
    found: list[tuple[CodeType, int]] = []
    while frame is not None and len(found) < _KEPT_FRAMES:
        if is_theirs(frame.f_code.co_filename):
            found.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return found


def stack() -> list[tuple[CodeType, int]]:
    """The project's code that is behind the statement which is executed now.

    aiosqlite executes in a thread of its own, in which there is none: there, it is the code that
    awaits the result.
    """
    here = sys._getframe(1)  # noqa: SLF001 - the one way to see who calls
    return _frames(here) or _awaiting(here)


def _awaiting(frame: FrameType | None) -> list[tuple[CodeType, int]]:
    future = _future_of(frame)
    if future is None:
        return []
    # The task has handed its work over, and may not have come to rest yet.
    threads = sys._current_frames()  # noqa: SLF001 - see above
    for thread, other in threads.items():
        if thread != threading.get_ident() and _holds(other, future):
            return _frames(other)
    for task in asyncio.all_tasks(future.get_loop()):
        chain = list(_chain(task.get_coro()))
        if any(it.f_locals.get("future") is future for it in chain):
            return [
                (it.f_code, it.f_lineno)
                for it in reversed(chain)
                if is_theirs(it.f_code.co_filename)
            ]
    return []


def _future_of(frame: FrameType | None) -> asyncio.Future[Any] | None:
    while frame is not None:
        future = frame.f_locals.get("future")
        if asyncio.isfuture(future):
            return future
        frame = frame.f_back
    return None


def _holds(frame: FrameType | None, future: asyncio.Future[Any]) -> bool:
    while frame is not None:
        if "aiosqlite" in frame.f_code.co_filename and frame.f_locals.get("future") is future:
            return True
        frame = frame.f_back
    return False


def _chain(awaited: Any) -> Iterator[FrameType]:
    """The frames of a coroutine and of what it awaits, outermost first."""
    for _ in range(_KEPT_FRAMES):
        for kind in ("cr", "gi", "ag"):
            frame = getattr(awaited, f"{kind}_frame", None)
            if frame is not None:
                yield frame
                break
        inner = [getattr(awaited, name, None) for name in ("cr_await", "gi_yieldfrom", "ag_await")]
        if type(awaited).__name__ == "coroutine_wrapper":  # which has no name for what it wraps
            inner = [it for it in gc.get_referents(awaited) if asyncio.iscoroutine(it)]
        awaited = next((it for it in inner if it is not None), None)
        if awaited is None:
            return
