"""Watches sqlite3 (and so aiosqlite) and apsw: what is opened, and what is executed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sqlite3
import sys
import threading
from typing import TYPE_CHECKING, Any

from .places import INSTALLED
from .record import resolved

if TYPE_CHECKING:
    from collections.abc import Callable

    from .record import Recorder


class _Now:
    """Who records at this moment; the hooks stay when nobody does any more."""

    recorder: Recorder | None = None
    hooked = False


_opening = threading.local()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _Now.recorder is None or event[:8] != "sqlite3.":
        return
    try:
        if event == "sqlite3.connect":
            path, given = resolved(arguments[0])
            _opening.database = _Now.recorder.opened(path, given) if path else None
        elif event == "sqlite3.connect/handle" and not getattr(_opening, "watched", False):
            _Now.recorder.unwatched()
    except Exception as error:  # noqa: BLE001 - nothing here may stop the project's code
        _Now.recorder.troubles[f"a connection of sqlite3 could not be watched: {error!r}"] = None


def _tracer(
    database: str | None, after: Callable[[str], Any] | None = None
) -> Callable[[str], Any]:
    def trace(sql: str) -> None:
        if _Now.recorder is not None:
            try:
                _Now.recorder.statement(sql, database)
            except Exception as error:  # noqa: BLE001 - see `_audit`
                _Now.recorder.troubles[f"a statement could not be judged: {error!r}"] = None
        if after is not None:
            after(sql)

    return trace


def _watch_sqlite3() -> None:
    """Trace every connection, and leave the project's own trace callbacks at work.

    SQLite has one trace callback per connection. So connections are made of a class that calls
    both. Those which are made without `sqlite3.connect` cannot be traced: they are reported.
    """
    original = sqlite3.connect

    def connect(*arguments: Any, **named: Any) -> Any:
        if _Now.recorder is None:
            return original(*arguments, **named)
        if len(arguments) > _FACTORY:
            factory = _watched(arguments[_FACTORY])
            arguments = (*arguments[:_FACTORY], factory, *arguments[_FACTORY + 1 :])
        else:
            named["factory"] = _watched(named.get("factory", sqlite3.Connection))
        _opening.watched = True
        try:
            connection = original(*arguments, **named)
        finally:
            _opening.watched = False
        database = getattr(_opening, "database", None)
        # A factory may be any function, and return what it made earlier, or no connection at all.
        if isinstance(connection, sqlite3.Connection):
            if hasattr(connection, "__dict__"):
                connection.__dict__["_retable_database"] = database
            sqlite3.Connection.set_trace_callback(connection, _tracer(database))
        return connection

    connect.__doc__ = original.__doc__
    sqlite3.connect = sqlite3.dbapi2.connect = connect


_FACTORY = 5  # where it stands among the positional arguments of `connect`
_classes: dict[Any, Any] = {}


def _watched(base: Any) -> Any:
    """A class of connections or cursors that behaves as its base does, and is watched."""
    if base in _classes:
        return _classes[base]
    if not isinstance(base, type) or not issubclass(base, (sqlite3.Connection, sqlite3.Cursor)):
        return base
    methods = {name: _telling(getattr(base, name)) for name in _EXECUTING}
    if issubclass(base, sqlite3.Connection):
        methods["set_trace_callback"] = _chaining(base)
        if base.cursor is sqlite3.Connection.cursor:  # their own may take other arguments

            def cursor(self: Any, factory: Any = sqlite3.Cursor) -> Any:
                return base.cursor(self, _watched(factory))

            methods["cursor"] = cursor
    made = type(base.__name__, (base,), methods)
    made.__module__, made.__qualname__ = base.__module__, base.__qualname__
    _classes[base] = _classes[made] = made
    return made


_EXECUTING = ("execute", "executemany", "executescript")


def _telling(method: Any) -> Any:
    """A method that executes, and tells of statements which SQLite refuses to compile."""

    def execute(self: Any, *arguments: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        try:
            return method(self, *arguments, **named)
        except Exception as error:
            if _Now.recorder is not None and arguments:
                connection = getattr(self, "connection", self)
                database = getattr(connection, "__dict__", {}).get("_retable_database")
                _Now.recorder.refused(arguments[0], error, database)
            raise

    execute.__name__, execute.__doc__ = method.__name__, method.__doc__
    return execute


def _chaining(base: Any) -> Any:
    def set_trace_callback(self: Any, trace_callback: Callable[[str], Any] | None) -> None:
        both = _tracer(self.__dict__.get("_retable_database"), trace_callback)
        base.set_trace_callback(self, both)

    return set_trace_callback


def watch_apsw() -> bool:
    """Have every connection of apsw traced from now on, if apsw is here."""
    apsw: Any = sys.modules.get("apsw")
    if apsw is None or not hasattr(apsw, "connection_hooks"):
        return False
    if any(it.__module__ == __name__ for it in apsw.connection_hooks if hasattr(it, "__module__")):
        return True

    def watch(connection: Any) -> None:
        if _Now.recorder is None:
            return
        path = connection.filename
        database = _Now.recorder.opened(os.path.realpath(path), path) if path else None
        trace = _tracer(database)
        try:
            connection.trace_v2(
                apsw.SQLITE_TRACE_STMT,
                lambda event: None if event.get("trigger") else trace(event["sql"]),
                id=__name__,
            )
        except (AttributeError, TypeError):  # an apsw that allows for one trace alone

            def execute(_cursor: Any, sql: str, _bindings: Any) -> bool:
                trace(sql)
                return True

            connection.set_exec_trace(execute)

    apsw.connection_hooks.append(watch)
    return True


def _import_apsw() -> None:
    """Import the apsw that is installed, lest a connection be made before it is watched."""
    try:
        spec = importlib.util.find_spec("apsw")
    except (ImportError, ValueError):
        return
    if spec and spec.origin and INSTALLED.search(spec.origin):
        importlib.import_module("apsw")


def watch(recorder: Recorder) -> None:
    """Begin to record all that sqlite3, aiosqlite and apsw execute in this process."""
    _Now.recorder = recorder
    if not _Now.hooked:
        sys.addaudithook(_audit)
        _watch_sqlite3()
        _Now.hooked = True
    _import_apsw()
    watch_apsw()


def unwatch() -> None:
    """Record no more; the hooks stay, and do nothing."""
    _Now.recorder = None
