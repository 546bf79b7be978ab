"""Stands between a process and its disk: SQLite's writes by a VFS, Python's by its own hooks.

`Disk(act)` calls `act(write)` before each operation that changes a file or a folder, and again
when a long write is half done. What `act` does then (kill, raise, record) is the test's business.
"""

# Audit hooks are told plain strings, and Path would open files of its own.
# ruff: noqa: PTH100, PTH110, PTH115, PTH117, PTH118, PTH119, PTH123

import io
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import apsw

SECTOR = 512
_AUDITED = {
    "os.rename": "rename",
    "os.remove": "unlink",
    "os.mkdir": "mkdir",
    "os.rmdir": "rmdir",
    "os.chmod": "chmod",
    "os.chown": "chown",
    "os.utime": "utime",
    "os.truncate": "truncate",
    "os.link": "link",
    "os.symlink": "symlink",
}
_CALLS = {"write", "writelines", "flush", "close", "__exit__", "sendfile", "fsync", "fdatasync"}
_CREATES = os.O_CREAT | os.O_TRUNC


@dataclass(frozen=True)
class Write:
    """One operation; `half` is set when the first part of a long write is on disk already."""

    who: str
    kind: str
    path: str
    offset: int = 0
    data: bytes = b""
    to: str = ""
    half: bool = False

    def __str__(self) -> str:
        size = f" {len(self.data)} at {self.offset}" if self.data else ""
        what = f"{self.who}.{self.kind} {os.path.basename(self.path)}{size}"
        return what + (f" -> {os.path.basename(self.to)}" if self.to else "") + " half" * self.half


class Disk:
    """Reports each write of this process, from `watch` on; there is no way back from that."""

    def __init__(self, act: Callable[[Write], None], *, reads: bool = False) -> None:
        self.act, self.reads = act, reads
        self._here = threading.local()
        self._one_at_a_time = threading.RLock()
        self._kept: list[apsw.VFS] = []

    def watch(self) -> None:
        """Stand in between from now on."""
        sys.dont_write_bytecode = True
        for base in ("unix-none", "unix"):
            self._kept.append(_Vfs(self, base))
        sys.addaudithook(self._audited)
        threading.setprofile(self._called)
        sys.setprofile(self._called)

    def stop(self) -> None:
        """Report nothing more."""
        sys.setprofile(None)
        self.act = lambda _: None

    def tell(self, write: Write) -> None:
        """Report one write; what the test does meanwhile is not reported."""
        if self._ours:
            with self._aside():
                self.act(write)

    @property
    def _ours(self) -> bool:
        return not getattr(self._here, "aside", False)

    @contextmanager
    def _aside(self) -> Iterator[None]:
        with self._one_at_a_time:
            self._here.aside = True
            try:
                yield
            finally:
                self._here.aside = False

    def _audited(self, event: str, args: tuple) -> None:
        if not self._ours:
            return
        if event == "open":
            path, _, flags = args
            if isinstance(path, str | bytes) and flags & _CREATES:
                kind = "truncate" if flags & os.O_TRUNC else "create"
                self.tell(Write("our", kind, os.fsdecode(path)))
        elif event in _AUDITED:
            path = _full(args[0], args[-1])
            to = _full(args[1], args[-1]) if event in ("os.rename", "os.link") else ""
            self.tell(Write("our", _AUDITED[event], path, to=to))

    def _called(self, frame, event: str, function) -> None:
        if not self._ours or not event.startswith("c_") or function.__name__ not in _CALLS:
            return
        handle = _handle(function, frame)
        if handle is None:
            return
        path = os.readlink(f"/proc/self/fd/{handle}")
        name = function.__name__
        if name in ("fsync", "fdatasync"):
            if event == "c_call":
                self.tell(Write("our", "sync", path))
            return
        if event == "c_call":
            self._here.size = os.fstat(handle).st_size
            if name not in ("close", "__exit__"):
                self.tell(Write("our", "write", path, self._here.size))
                return
            # What is still in its buffer is written now, where we can look.
            with self._aside():
                function.__self__.flush()
        size = os.fstat(handle).st_size
        if size > self._here.size:
            self._grown(handle, path, size)

    def _grown(self, handle: int, path: str, size: int) -> None:
        """All that is written in Python goes to the end of a new file."""
        with self._aside():
            with open(path, "rb") as file:
                file.seek(self._here.size)
                data = file.read(size - self._here.size)
            self.act(Write("our", "wrote", path, self._here.size, data))
            if len(data) > SECTOR:
                half = len(data) // 2
                os.ftruncate(handle, self._here.size + half)
                self.act(Write("our", "write", path, self._here.size, data, half=True))
                os.pwrite(handle, data[half:], self._here.size + half)


def _full(path, folder) -> str:
    path = os.fsdecode(path)
    if not os.path.isabs(path) and isinstance(folder, int) and folder >= 0:
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
    return os.path.abspath(path)


def _handle(function, frame) -> int | None:
    """The file that a function of Python's is about to write to, if it is one."""
    file = function.__self__
    if isinstance(file, io.FileIO | io.BufferedWriter | io.BufferedRandom):
        return None if file.closed or not file.writable() else file.fileno()
    if getattr(file, "__name__", "") != "posix" or function.__name__ == "close":
        return None
    for name in ("outfd", "handle", "fd"):
        if isinstance(frame.f_locals.get(name), int):
            return frame.f_locals[name]
    files = [f for f in frame.f_locals.values() if isinstance(f, io.IOBase)]
    return next((f.fileno() for f in files if not f.closed and f.writable()), None)


class _Vfs(apsw.VFS):
    def __init__(self, disk: Disk, base: str) -> None:
        self.disk, self.base = disk, base
        super().__init__(name="seen-" + base, base=base, makedefault=base == "unix")

    def xOpen(self, name, flags):  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        if path and flags[0] & apsw.SQLITE_OPEN_CREATE and not os.path.exists(path):
            self.disk.tell(Write("sqlite", "create", path))
        elif path and self.disk.reads:
            self.disk.tell(Write("sqlite", "open", path))
        return _File(self.disk, self.base, name, flags, path or "")

    def xDelete(self, name, sync):  # noqa: N802
        self.disk.tell(Write("sqlite", "delete", name, offset=int(sync)))
        return super().xDelete(name, sync)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, base: str, name, flags, path: str) -> None:
        self.disk, self.path = disk, path
        super().__init__(base, name, flags)

    def xRead(self, amount, offset):  # noqa: N802
        if self.path and self.disk.reads:
            self.disk.tell(Write("sqlite", "read", self.path, offset))
        return super().xRead(amount, offset)

    def xWrite(self, data, offset):  # noqa: N802
        data = bytes(data)
        if self.path:
            self.disk.tell(Write("sqlite", "write", self.path, offset, data))
            if len(data) > SECTOR:
                cut = len(data) // 2 // SECTOR * SECTOR
                super().xWrite(data[:cut], offset)
                self.disk.tell(Write("sqlite", "write", self.path, offset, data, half=True))
        super().xWrite(data, offset)

    def xTruncate(self, size):  # noqa: N802
        if self.path:
            self.disk.tell(Write("sqlite", "truncate", self.path, size))
        super().xTruncate(size)

    def xSync(self, flags):  # noqa: N802
        if self.path:
            self.disk.tell(Write("sqlite", "sync", self.path))
        super().xSync(flags)
