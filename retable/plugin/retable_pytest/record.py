"""What was executed, at which place, by which test."""

from __future__ import annotations

import dis
import linecache
import os
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .places import Place, stack
from .sql import TOKEN, folded, names_in, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType

    from .facts import Facts, Static

IGNORE = "retable: ignore"
_SQL_SHOWN = 100
_NO_TABLE = re.compile(r"no such table: (.+)")


@dataclass
class Finding:
    """What the tests did with something old, at one place."""

    kind: str
    place: Place
    names: tuple[str, ...]
    says: str
    sql: str
    tests: dict[str, None] = field(default_factory=dict)
    count: int = 0

    def plain(self) -> dict[str, Any]:
        """As values for JSON, and for another process."""
        return {
            "kind": self.kind,
            "path": self.place.path,
            "line": self.place.line,
            "function": self.place.function,
            "names": list(self.names),
            "says": self.says,
            "sql": self.sql,
            "tests": list(self.tests),
            "count": self.count,
        }


LEGACY, OPENED, PERHAPS = "legacy", "opened", "perhaps"
FAULTS = (LEGACY, OPENED)
OUTSIDE = "while no test ran"


class Recorder:
    """Gathers what is executed, and by which test."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.test = OUTSIDE
        self.statements = 0
        self.history = 0
        self.findings: dict[tuple[str, str, int, tuple[str, ...]], Finding] = {}
        self.executed: set[int] = set()
        self.troubles: dict[str, None] = {}
        self.fresh: dict[tuple[str, str, int, tuple[str, ...]], Finding] = {}
        """What the phase of the test that runs now has found."""
        self._lock = threading.RLock()
        words = sorted(map(re.escape, facts.tables), key=len, reverse=True)
        self._may_name = re.compile(
            rf"(?<![\w$])(?:{'|'.join(words)})(?![\w$])" if words else r"(?!)",
            re.IGNORECASE | re.ASCII,
        )
        self._pending: dict[str, list[tuple[int, Static]]] = {}
        for number, static in enumerate(facts.statics):
            self._pending.setdefault(static.name, []).append((number, static))
        self._places: dict[str, set[tuple[str, int]]] = {}
        for static in facts.statics:
            self._places.setdefault(static.text, set()).add((static.path, static.line))

    def statement(self, sql: str, database: str | None) -> None:
        """A statement is being executed on one of the plan's databases, or on another one."""
        self.statements += 1
        attach = sql[:200].lstrip()[:6].upper() == "ATTACH"
        if attach:
            self._attached(sql)
        if not self._may_name.search(sql):
            return
        names = [it for it in names_in(sql) if it in self.facts.tables]
        if names:
            with self._lock:
                self._named(sql, names, database)

    def _named(self, sql: str, names: list[str], database: str | None) -> None:
        frames = stack()
        place = self._place(frames)
        faults = [it for it in names if self.facts.judged(it, database)]
        doubts = [it for it in names if self.facts.judged(it, database) is None]
        if faults or doubts:
            self._mark(sql, (*faults, *doubts), frames)
        if place.path in self.facts.history:
            self.history += 1
            return
        if IGNORE in sql or IGNORE in linecache.getline(self._absolute(place.path), place.line):
            return
        for kind, found in ((LEGACY, faults), (PERHAPS, doubts)):
            if found:
                says = ", ".join(
                    f"{it} → {' or '.join(self.facts.new_for(it, database)) or '?'}" for it in found
                )
                self._found(kind, place, tuple(found), says, _short(sql))

    def refused(self, sql: object, error: Exception, database: str | None) -> None:
        """A statement does not compile; one that names what is gone is never executed.

        Code may well catch that error and go on, so that no test fails.
        """
        said = _NO_TABLE.search(str(error))
        name = folded(said[1].rpartition(".")[2]) if said else ""
        if isinstance(sql, str) and name in self.facts.tables:
            self.statements += 1
            with self._lock:
                self._named(sql, [name], database)

    def opened(self, path: str, given: str) -> str | None:
        """A database file is opened; returns which of the plan's it is."""
        database = self.facts.database_at(path, given=given)
        if database in self.facts.moved:
            with self._lock:
                place = self._place(stack())
                line = linecache.getline(self._absolute(place.path), place.line)
                if place.path not in self.facts.history and IGNORE not in line:
                    becomes = self.facts.moved[database] or "nothing: the plan deletes it"
                    self._found(OPENED, place, (database,), f"{database} → {becomes}", "")
        return database

    def unwatched(self) -> None:
        """A connection is made in a way that leaves no room for a trace."""
        place = self._place(stack())
        self.troubles[f"{place}: this connection is not made by sqlite3.connect: not watched"] = (
            None
        )

    def _attached(self, sql: str) -> None:
        for token in TOKEN.findall(sql):
            if token[0] in "'\"":
                path, given = resolved(plain(token))
                if path:
                    self.opened(path, given)
                return

    def _found(self, kind: str, place: Place, names: tuple[str, ...], says: str, sql: str) -> None:
        key = (kind, place.path, place.line, names)
        finding = self.findings.get(key)
        if finding is None:
            finding = self.findings[key] = Finding(kind, place, names, says, sql)
        finding.count += 1
        finding.tests[self.test] = None
        if kind in FAULTS:
            self.fresh[key] = finding

    def taken(self) -> list[Finding]:
        """What was found since the last time."""
        with self._lock:
            found = list(self.fresh.values())
            self.fresh.clear()
        return found

    def _place(self, frames: list[tuple[CodeType, int]]) -> Place:
        if not frames:
            return Place("<no code of the project>", 0, "")
        code, line = frames[0]
        return Place(self._relative(code.co_filename), line, code.co_name)

    def _relative(self, file: str) -> str:
        real = os.path.realpath(file)
        inside = real.startswith(self.facts.root + os.sep)
        return os.path.relpath(real, self.facts.root).replace(os.sep, "/") if inside else real

    def _absolute(self, path: str) -> str:
        return os.path.join(self.facts.root, path)

    def _mark(self, sql: str, names: Iterable[str], frames: list[tuple[CodeType, int]]) -> None:
        """Find out which places of the code this statement came from.

        A place is known by its text. Where several have one text, or a place is a name and no
        more, code of its function or file must be behind the statement, or the lines around it
        be part of it.
        """
        text = ""
        for name in names:
            pending = self._pending.get(name)
            if not pending:
                continue
            text = text or folded(" ".join(sql.split()))
            behind = [(self._relative(code.co_filename), code) for code, _ in frames]
            left = []
            for number, static in pending:
                if folded(static.text) in text and self._is_behind(static, text, behind):
                    self.executed.add(number)
                else:
                    left.append((number, static))
            self._pending[name] = left

    def _is_behind(self, static: Static, text: str, behind: list[tuple[str, CodeType]]) -> bool:
        places = self._places[static.text]
        if not static.bare and len(places) == 1:
            return True
        codes = [code for path, code in behind if path == static.path]
        if sum(1 for path, _ in places if path == static.path) == 1 and codes:
            return True
        if any(_spans(code, static.line) for code in codes):
            return True
        return any(folded(it) in text for it in static.near)

    def plain(self) -> dict[str, Any]:
        """All of it as values for JSON, and for another process."""
        return {
            "statements": self.statements,
            "history": self.history,
            "findings": [it.plain() for it in self.findings.values()],
            "executed": sorted(self.executed),
            "troubles": list(self.troubles),
        }

    def gather(self, other: dict[str, Any]) -> None:
        """Take in what another process has seen."""
        self.statements += other["statements"]
        self.history += other["history"]
        self.executed.update(other["executed"])
        self.troubles.update(dict.fromkeys(other["troubles"]))
        for it in other["findings"]:
            place, names = Place(it["path"], it["line"], it["function"]), tuple(it["names"])
            key = (it["kind"], place.path, place.line, names)
            mine = self.findings.setdefault(
                key, Finding(it["kind"], place, names, it["says"], it["sql"])
            )
            mine.count += it["count"]
            mine.tests.update(dict.fromkeys(it["tests"]))


def _spans(code: CodeType, line: int) -> bool:
    lines = [number for number in _lines(code) if number]
    return bool(lines) and code.co_firstlineno <= line <= max(lines)


def _lines(code: CodeType) -> Iterator[int | None]:
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from _lines(constant)
    if hasattr(code, "co_positions"):
        yield from (end for _, end, _, _ in code.co_positions())
    else:
        yield from (line for _, line in dis.findlinestarts(code))


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= _SQL_SHOWN else text[: _SQL_SHOWN - 1] + "…"


def resolved(database: Any) -> tuple[str, str]:
    """The real path of what is connected to, and the path as it was given; empty for no file."""
    try:
        given = os.fsdecode(database)
    except TypeError:
        return "", ""
    if given.startswith("file:"):
        given, _, query = given[len("file:") :].partition("#")[0].partition("?")
        if "mode=memory" in query.split("&"):
            return "", ""
        if given.startswith("//"):
            given = "/" + given[2:].partition("/")[2]
        given = unquote(given)
    if not given or given == ":memory:":
        return "", ""
    return os.path.realpath(given), given.replace(os.sep, "/")
