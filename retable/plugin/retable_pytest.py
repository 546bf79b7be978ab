"""A pytest plugin that names each old table which the tests really use, and each file that is gone.

Active only with `--retable-plan FILE`. It runs in the environment of the project that is tested,
where `plan`, `migrate`, `refactor` and `retable` may be modules of the project's own. So it is one
file under a name of its own, imports the standard library and pytest alone, and asks for what it
has to know a `retable` in a process of its own: `retable facts` prints it as JSON. It runs on
Python 3.9 and newer.

    watch       audit events and trace hooks of sqlite3 and apsw → statements and opened files
    names_in    one statement → the names in table position
    Facts       what the plan and the code say         Recorder    what was executed, by whom
    hooks       pytest's, and xdist's: workers hand what they saw to the controller
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import linecache
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType, FrameType

IGNORE = "retable: ignore"
_HERE = __file__
_SHOWN = 20
_TESTS_SHOWN = 3
_SQL_SHOWN = 100
_KEPT_FRAMES = 200
_NO_TABLE = re.compile(r"no such table: (.+)")

# --- where SQL names a table: a rule that is simple, since statements here have really run

_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|'(?:''|[^'])*'|\"(?:\"\"|[^\"])*\"|`(?:``|[^`])*`|\[[^\]]*\]"
    r"|[^\W\d][\w$]*|[^\s]",
    re.DOTALL,
)
_BEFORE_TABLE = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "REFERENCES", "IN"})
_SKIPPED = frozenset(
    {"IF", "NOT", "EXISTS", "OR", "REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK"}
)
_ENDS_FROM = frozenset(
    ["WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "WINDOW", "UNION", "EXCEPT", "INTERSECT", "SELECT", "RETURNING", "SET", "VALUES"]
)
_NO_NAME = _ENDS_FROM | {"ON", "OF", "AS", "BEGIN", "DEFAULT", "DO", "WITH"}
_ABOUT_A_TABLE = frozenset(
    ["table_info", "table_xinfo", "table_list", "foreign_key_list", "foreign_key_check", "index_list"]
)
_CATALOG = frozenset(["sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"])
_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def folded(name: str) -> str:
    """Fold a name as SQLite compares names: ASCII letters only."""
    return name.translate(_UPPER_TO_LOWER)


def names_in(sql: str) -> tuple[str, ...]:
    """The names that a statement has in table position, folded, each once.

    Names that the statement gives itself (`WITH name AS`) are none. Of a query on the catalog,
    the text literals are names too.
    """
    tokens = [it for it in _TOKEN.findall(sql) if not it.startswith(("--", "/*"))]
    words = [it.upper() for it in tokens]
    own = set(_own_names(tokens, words))
    found = dict.fromkeys(
        name
        for at, qualified in _table_places(tokens, words)
        for name in (folded(_plain(tokens[at])),)
        if qualified or name not in own
    )
    if not _CATALOG.isdisjoint(found):
        found.update(dict.fromkeys(folded(_plain(it)) for it in tokens if it[0] == "'"))
    return tuple(found)


def _plain(token: str) -> str:
    quote = token[0]
    if quote not in "'\"`[":
        return token
    return token[1:-1] if quote == "[" else token[1:-1].replace(quote * 2, quote)


def _is_name(token: str) -> bool:
    return token[0] in "'\"`[_" or token[0].isalpha()


def _own_names(tokens: list[str], words: list[str]) -> Iterator[str]:
    if "WITH" not in words:
        return
    for at, word in enumerate(words):
        if word in ("WITH", "RECURSIVE", ",") and at + 2 < len(words) and _is_name(tokens[at + 1]):
            after = at + 2
            if words[after] == "(":
                after = _closing(words, after) + 1
            if words[after : after + 1] == ["AS"] and words[after + 1 : after + 2] in (
                ["("],
                ["NOT"],
                ["MATERIALIZED"],
            ):
                yield folded(_plain(tokens[at + 1]))


def _closing(words: list[str], at: int) -> int:
    depth = 0
    while at < len(words):
        depth += {"(": 1, ")": -1}.get(words[at], 0)
        if depth == 0:
            break
        at += 1
    return at


def _table_places(tokens: list[str], words: list[str]) -> Iterator[tuple[int, bool]]:
    """The places of names in table position, and whether a schema is named before them."""
    if "PRAGMA" in words[:4]:
        yield from _pragma_places(tokens, words)
        return
    expects, source, in_from, skip = False, False, [False], -1
    has_on = words[:1] == ["CREATE"] and not {"INDEX", "TRIGGER"}.isdisjoint(words[:4])
    for at, word in enumerate(words):
        if at <= skip:
            continue
        before = words[at - 1] if at else ""
        if expects and _is_name(word) and word not in _SKIPPED and word not in _NO_NAME:
            last = at + 2 if words[at + 1 : at + 2] == ["."] and at + 2 < len(words) else at
            calls = source and words[last + 1 : last + 2] == ["("]
            if not calls:
                yield last, last != at
            elif word.startswith("PRAGMA_") and folded(tokens[at])[7:] in _ABOUT_A_TABLE:
                yield last + 2, False
            expects, skip = False, last
            continue
        if word == "(":
            in_from.append(expects and source)
            expects = expects and source
        elif word == ")":
            in_from = in_from[:-1] or [False]
            expects = False
        elif word == ",":
            expects = source = in_from[-1]
        elif word == "." or before == ".":
            expects = False
        elif word in _BEFORE_TABLE and not (word == "FROM" and before == "DISTINCT"):
            expects, source = True, word in ("FROM", "JOIN", "IN")
            in_from[-1] = in_from[-1] or word == "FROM"
        elif (word == "ON" and has_on) or (word == "TO" and before == "RENAME"):
            expects, source, has_on = True, False, False
        elif word in ("ANALYZE", "REINDEX") and at == 0:
            expects, source = True, False
        elif word in _ENDS_FROM:
            expects = in_from[-1] = False
        elif word not in _SKIPPED:
            expects = False


def _pragma_places(tokens: list[str], words: list[str]) -> Iterator[tuple[int, bool]]:
    for at, token in enumerate(tokens[:-2]):
        if (
            folded(token) in _ABOUT_A_TABLE
            and words[at + 1] in ("(", "=")
            and _is_name(words[at + 2])
        ):
            yield at + 2, False


# --- what the plan and the code say


class FactsError(Exception):
    """What the plugin has to know cannot be had; its text says why, and how to mend it."""


@dataclass(frozen=True)
class Meaning:
    """One table that a name may mean."""

    database: str
    new: str | None
    """None where it is left behind."""

    def lives_on(self, name: str) -> bool:
        """Whether that table keeps its name."""
        return self.new is not None and folded(self.new) == name


@dataclass(frozen=True)
class Static:
    """One place of the code that names an old table, as `retable check` lists it."""

    path: str
    line: int
    old: str
    name: str
    text: str
    """What stands around the name in its line and is part of the SQL as it is executed."""
    near: tuple[str, ...]
    """The like of the lines around it, where these are long enough to tell."""

    @property
    def bare(self) -> bool:
        """Whether there is nothing around the name to know it by."""
        return folded(self.text) == self.name


@dataclass(frozen=True)
class Facts:
    """The old names, the files that go away, and where the code names them."""

    root: str
    plan: str
    tables: dict[str, tuple[Meaning, ...]]
    new_names: frozenset[str]
    databases: tuple[str, ...]
    moved: dict[str, str]
    history: frozenset[str]
    statics: tuple[Static, ...]

    @classmethod
    def of(cls, values: dict[str, Any], folder: Path) -> Facts:
        """Read what `retable facts` prints; its root may be relative to where that is kept."""
        if values.get("retable") != "facts" or values.get("version") != 1:
            raise FactsError("this is no output of `retable facts` (make it anew)")
        return cls(
            root=os.path.realpath(folder / values["root"]),
            plan=values["plan"],
            tables={
                name: tuple(Meaning(it["database"], it["new"]) for it in found)
                for name, found in values["tables"].items()
            },
            new_names=frozenset(values["new_names"]),
            databases=tuple(values["databases"]),
            moved=values["moved"],
            history=frozenset(values["history"]),
            statics=tuple(
                Static(it["path"], it["line"], it["old"], it["name"], it["text"], tuple(it["near"]))
                for it in values["references"]
            ),
        )

    def database_at(self, path: str, *, given: str) -> str | None:
        """Which of the plan's databases a file is, or is a copy of that lies as it does.

        Tests often lay out copies of all databases in a folder of their own, and go there.
        """
        for database in self.databases:
            if path == os.path.join(self.root, *database.split("/")):
                return database
        for database in sorted(self.databases, key=len, reverse=True):
            if given == database or ("/" in database and path.endswith("/" + database)):
                return database
        return None

    def judged(self, name: str, database: str | None) -> bool | None:
        """Whether an old name in a statement is a fault; None if that cannot be told.

        Any database counts, also one that a test makes in memory. But where the name lives on
        for another table, only the database tells.
        """
        meanings = self.tables[name]
        if database in self.moved:
            return True
        here = [it for it in meanings if it.database == database]
        if here and all(it.lives_on(name) for it in here):
            return False
        stays = name in self.new_names or (not here and any(it.lives_on(name) for it in meanings))
        return None if stays else True

    def new_for(self, name: str, database: str | None) -> list[str]:
        """What the name becomes: all that it may become where the database does not tell."""
        meanings = self.tables[name]
        here = [it for it in meanings if it.database == database] or meanings
        return sorted({it.new for it in here if it.new and not it.lives_on(name)})


def load_facts(file: Path) -> dict[str, Any]:
    """What `retable facts` says of a plan; a file that holds this already is read as it is.

    Raises:
        FactsError: there is no such file, no retable, or it could not do its job.
    """
    if not file.is_file():
        raise FactsError(f"{file}: there is no such file (name the plan with --retable-plan)")
    if file.suffix == ".json":
        said = file.read_text(encoding="utf-8")
    else:
        said = _asked(file)
    try:
        values = json.loads(said)
    except ValueError as error:
        raise FactsError(f"{file}: `retable facts` is not readable: {error}") from error
    if not isinstance(values, dict):
        raise FactsError(f"{file}: this is no output of `retable facts` (make it anew)")
    return values


def _asked(file: Path) -> str:
    command = _command()
    # Nothing of the project may come before retable's own modules.
    drop = {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"}
    environment = {key: value for key, value in os.environ.items() if key not in drop}
    environment["PYTHONSAFEPATH"] = "1"
    done = subprocess.run(
        [command, "facts", "--plan", str(file)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise FactsError(f"`{command} facts` failed:\n{done.stderr.strip()}")
    return done.stdout


def _command() -> str:
    named = os.environ.get("RETABLE")
    beside = Path(sys.executable).with_name("retable")
    found = named or (str(beside) if beside.is_file() else shutil.which("retable"))
    if not found:
        raise FactsError(
            "there is no `retable` on the PATH (install it with pipx, name it in the variable"
            " RETABLE, or write `retable facts -o FILE.json` elsewhere and give that file)"
        )
    return found


# --- who executed it


@dataclass(frozen=True)
class Place:
    """A line of the project's code."""

    path: str
    line: int
    function: str

    def __str__(self) -> str:
        """As editors and terminals link it."""
        return f"{self.path}:{self.line}"


def _no_code_of_theirs() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    stdlib = {os.path.realpath(paths[it]) for it in ("stdlib", "platstdlib")}
    return tuple(f"{it}{os.sep}" for it in stdlib)


_STDLIB = _no_code_of_theirs()
_INSTALLED = re.compile(r"[\\/](?:site|dist)-packages[\\/]")
_theirs: dict[str, bool] = {}


def _is_theirs(file: str) -> bool:
    known = _theirs.get(file)
    if known is None:
        real = os.path.realpath(file)
        known = not (
            file.startswith("<")
            or file == _HERE
            or real == os.path.realpath(_HERE)
            or _INSTALLED.search(real)
            or real.startswith(_STDLIB)
        )
        _theirs[file] = known
    return known


def _frames(frame: FrameType | None) -> list[tuple[CodeType, int]]:
    """The frames of the project's code, innermost first."""
    found: list[tuple[CodeType, int]] = []
    while frame is not None and len(found) < _KEPT_FRAMES:
        if _is_theirs(frame.f_code.co_filename):
            found.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return found


def _stack() -> list[tuple[CodeType, int]]:
    """The project's code that is behind the statement which is executed now.

    aiosqlite executes in a thread of its own, in which there is none: there, it is the code that
    awaits the result.
    """
    here = sys._getframe(1)
    return _frames(here) or _awaiting(here)


def _awaiting(frame: FrameType | None) -> list[tuple[CodeType, int]]:
    future = _future_of(frame)
    if future is None:
        return []
    # The task has handed its work over, and may not have come to rest yet.
    for thread, other in sys._current_frames().items():
        if thread != threading.get_ident() and _holds(other, future):
            return _frames(other)
    for task in asyncio.all_tasks(future.get_loop()):
        chain = list(_chain(task.get_coro()))
        if any(it.f_locals.get("future") is future for it in chain):
            return [
                (it.f_code, it.f_lineno)
                for it in reversed(chain)
                if _is_theirs(it.f_code.co_filename)
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
        inner = (getattr(awaited, name, None) for name in ("cr_await", "gi_yieldfrom", "ag_await"))
        awaited = next((it for it in inner if it is not None), None)
        if awaited is None:
            return


# --- what was executed


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
        stack = _stack()
        place = self._place(stack)
        faults = [it for it in names if self.facts.judged(it, database)]
        doubts = [it for it in names if self.facts.judged(it, database) is None]
        if faults or doubts:
            self._mark(sql, (*faults, *doubts), stack)
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
                place = self._place(_stack())
                line = linecache.getline(self._absolute(place.path), place.line)
                if place.path not in self.facts.history and IGNORE not in line:
                    becomes = self.facts.moved[database] or "nothing: the plan deletes it"
                    self._found(OPENED, place, (database,), f"{database} → {becomes}", "")
        return database

    def unwatched(self) -> None:
        """A connection is made in a way that leaves no room for a trace."""
        place = self._place(_stack())
        self.troubles[f"{place}: this connection is not made by sqlite3.connect: not watched"] = (
            None
        )

    def _attached(self, sql: str) -> None:
        for token in _TOKEN.findall(sql):
            if token[0] in "'\"":
                path, given = resolved(_plain(token))
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

    def _place(self, stack: list[tuple[CodeType, int]]) -> Place:
        if not stack:
            return Place("<no code of the project>", 0, "")
        code, line = stack[0]
        return Place(self._relative(code.co_filename), line, code.co_name)

    def _relative(self, file: str) -> str:
        real = os.path.realpath(file)
        inside = real.startswith(self.facts.root + os.sep)
        return os.path.relpath(real, self.facts.root).replace(os.sep, "/") if inside else real

    def _absolute(self, path: str) -> str:
        return os.path.join(self.facts.root, path)

    def _mark(self, sql: str, names: Iterable[str], stack: list[tuple[CodeType, int]]) -> None:
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
            behind = [(self._relative(code.co_filename), code) for code, _ in stack]
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
        import dis

        yield from (line for _, line in dis.findlinestarts(code))


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= _SQL_SHOWN else text[: _SQL_SHOWN - 1] + "…"


# --- watching sqlite3 and apsw


_recorder: Recorder | None = None
_hooked = False
_opening = threading.local()


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


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _recorder is None or event[:8] != "sqlite3.":
        return
    try:
        if event == "sqlite3.connect":
            path, given = resolved(arguments[0])
            _opening.database = _recorder.opened(path, given) if path else None
        elif event == "sqlite3.connect/handle" and not getattr(_opening, "watched", False):
            _recorder.unwatched()
    except Exception as error:  # what goes wrong here must not stop the project's code
        _recorder.troubles[f"a connection of sqlite3 could not be watched: {error!r}"] = None


def _tracer(
    database: str | None, after: Callable[[str], Any] | None = None
) -> Callable[[str], Any]:
    def trace(sql: str) -> None:
        if _recorder is not None:
            try:
                _recorder.statement(sql, database)
            except Exception as error:
                _recorder.troubles[f"a statement could not be judged: {error!r}"] = None
        if after is not None:
            after(sql)

    return trace


def _watch_sqlite3() -> None:
    """Trace every connection, and leave the project's own trace callbacks at work.

    SQLite has one trace callback per connection. So connections are made of a class that calls
    both. Those which are made without `sqlite3.connect` cannot be traced: they are reported.
    """
    import sqlite3

    original = sqlite3.connect

    def connect(*arguments: Any, **named: Any) -> Any:
        if _recorder is None:
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
    import sqlite3

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
            if _recorder is not None and arguments:
                connection = getattr(self, "connection", self)
                database = getattr(connection, "__dict__", {}).get("_retable_database")
                _recorder.refused(arguments[0], error, database)
            raise

    execute.__name__, execute.__doc__ = method.__name__, method.__doc__
    return execute


def _chaining(base: Any) -> Any:
    def set_trace_callback(self: Any, trace_callback: Callable[[str], Any] | None) -> None:
        both = _tracer(self.__dict__.get("_retable_database"), trace_callback)
        base.set_trace_callback(self, both)

    return set_trace_callback


def _watch_apsw() -> bool:
    """Have every connection of apsw traced from now on, if apsw is here."""
    apsw: Any = sys.modules.get("apsw")
    if apsw is None or not hasattr(apsw, "connection_hooks"):
        return False
    if any(it.__module__ == __name__ for it in apsw.connection_hooks if hasattr(it, "__module__")):
        return True

    def watch(connection: Any) -> None:
        if _recorder is None:
            return
        path = connection.filename
        database = _recorder.opened(os.path.realpath(path), path) if path else None
        trace = _tracer(database)
        try:
            connection.trace_v2(
                apsw.SQLITE_TRACE_STMT,
                lambda event: None if event.get("trigger") else trace(event["sql"]),
                id=_HERE,
            )
        except (AttributeError, TypeError):  # an apsw that allows for one trace alone

            def execute(_cursor: Any, sql: str, _bindings: Any) -> bool:
                trace(sql)
                return True

            connection.set_exec_trace(execute)

    apsw.connection_hooks.append(watch)
    return True


def _import_apsw(root: str) -> None:
    """Import the apsw that is installed, lest a connection be made before it is watched."""
    try:
        spec = importlib.util.find_spec("apsw")
    except (ImportError, ValueError):
        return
    if spec and spec.origin and _INSTALLED.search(spec.origin):
        importlib.import_module("apsw")


def watch(recorder: Recorder) -> None:
    """Begin to record all that sqlite3, aiosqlite and apsw execute in this process."""
    global _hooked, _recorder
    _recorder = recorder
    if not _hooked:
        sys.addaudithook(_audit)
        _watch_sqlite3()
        _hooked = True
    _import_apsw(recorder.facts.root)
    _watch_apsw()


def unwatch() -> None:
    """Record no more; the hooks stay, and do nothing."""
    global _recorder
    _recorder = None


# --- pytest

_FOR_REHEARSE = "Report the modules that are imported from there; for `retable rehearse`."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("retable", "old names of tables at run time (retable)")
    group.addoption(
        "--retable-plan",
        metavar="FILE",
        default=None,
        help="Record the SQL that is executed, and find old names of this plan (retable.toml, or"
        " what `retable facts` has written).",
    )
    group.addoption(
        "--retable",
        choices=["fail", "warn"],
        default=None,
        help="What becomes of a test that executes SQL with an old name. Default: fail.",
    )
    group.addoption(
        "--retable-report", metavar="FILE", default=None, help="Write all that was seen as JSON."
    )
    group.addoption("--retable-not-from", metavar="DIR", default=None, help=_FOR_REHEARSE)
    parser.addini("retable_plan", "The plan, as with --retable-plan; relative to this file.")
    parser.addini("retable", "fail or warn, as with --retable.")


def pytest_configure(config: pytest.Config) -> None:
    """Begin, if there is a plan."""
    given = getattr(config, "workerinput", {}).get("retable")
    if given is None:
        file = _plan_file(config)
        if file is None:
            return
        try:
            given = {"facts": load_facts(file), "folder": str(file.parent)}
            facts = Facts.of(given["facts"], file.parent)
        except FactsError as error:
            raise pytest.UsageError(f"retable: {error}") from error
    else:
        facts = Facts.of(given["facts"], Path(given["folder"]))
    config.pluginmanager.register(_Watching(config, facts, given), "retable_watching")


def _plan_file(config: pytest.Config) -> Path | None:
    option = config.getoption("--retable-plan")
    if option:
        return Path(option).absolute()
    ini = config.getini("retable_plan")
    return config.rootpath / str(ini) if ini else None


class _Watching:
    """What happens while there is a plan."""

    def __init__(self, config: pytest.Config, facts: Facts, given: dict[str, Any]) -> None:
        self.config = config
        self.given = given
        self.recorder = Recorder(facts)
        ini = str(config.getini("retable") or "fail")
        self.mode = config.getoption("--retable") or ini
        if self.mode not in ("fail", "warn"):
            raise pytest.UsageError(f"retable = {self.mode}: say fail or warn")
        self.lost: list[str] = []
        self.foreign: set[str] = set()
        watch(self.recorder)

    @property
    def is_worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    def pytest_unconfigure(self) -> None:
        unwatch()

    def pytest_report_header(self) -> str:
        facts = self.recorder.facts
        return f"retable: {facts.plan}, {len(facts.tables)} old names, {self.mode}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if not self._is_controller:
            self.recorder.test = nodeid
            _watch_apsw()

    def pytest_runtest_logfinish(self) -> None:
        self.recorder.test = OUTSIDE

    @property
    def _is_controller(self) -> bool:
        return bool(getattr(self.config.option, "dist", "no") != "no") and not self.is_worker

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        outcome: Any = yield
        report = outcome.get_result()
        if report.when == "setup" and report.outcome == "passed":
            return  # told with the call: a setup that fails would keep the test from running
        found = self.recorder.taken()
        if not found:
            return
        text = "\n".join(_told(it) for it in found)
        report.sections.append(("retable: old names at run time", text))
        if self.mode == "fail" and report.outcome == "passed":
            report.outcome = "failed"
            report.longrepr = (
                f"retable: old names at run time, {_places(len(found))}: see the section below"
            )

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        folder = self.config.getoption("--retable-not-from")
        if folder:
            self.foreign.update(_modules_from(folder, self.recorder.facts.root))
        if self.is_worker:
            output: dict[str, Any] = getattr(self.config, "workeroutput", {})
            output["retable"] = {**self.recorder.plain(), "foreign": sorted(self.foreign)}
            return
        # What is executed while no test runs, such as on import, fails no test: it fails the run.
        outside = [it for it in self._findings(*FAULTS) if OUTSIDE in it.tests]
        if outside and self.mode == "fail" and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        file = self.config.getoption("--retable-report")
        if file:
            Path(file).write_text(json.dumps(self._report(), indent=2, ensure_ascii=False) + "\n")

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["retable"] = self.given

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        seen = getattr(node, "workeroutput", {}).get("retable")
        if seen is None:
            self.lost.append(node.gateway.id)
            return
        self.foreign.update(seen["foreign"])
        self.recorder.gather(seen)

    def _findings(self, *kinds: str) -> list[Finding]:
        found = (it for it in self.recorder.findings.values() if it.kind in kinds)
        return sorted(found, key=lambda it: (it.place.path, it.place.line, it.names))

    @property
    def _never(self) -> list[Static]:
        statics = self.recorder.facts.statics
        return [it for number, it in enumerate(statics) if number not in self.recorder.executed]

    def _report(self) -> dict[str, Any]:
        recorder = self.recorder
        return {
            "retable": "report",
            "version": 1,
            "plan": recorder.facts.plan,
            "mode": self.mode,
            "statements": recorder.statements,
            **{kind: [it.plain() for it in self._findings(kind)] for kind in (*FAULTS, PERHAPS)},
            "history": recorder.history,
            "references": {
                "all": len(recorder.facts.statics),
                "executed": len(recorder.executed),
                "never": [{"path": it.path, "line": it.line, "old": it.old} for it in self._never],
            },
            "troubles": list(recorder.troubles),
            "lost_workers": self.lost,
            "imported_from_elsewhere": sorted(self.foreign),
        }

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.is_worker:
            return
        lines = list(self._summary())
        if lines:
            terminalreporter.section("retable: old names at run time", sep="=")
            for line in lines:
                terminalreporter.write_line(line)

    def _summary(self) -> Iterator[str]:
        recorder = self.recorder
        everything = self.config.getoption("verbose") > 0
        for finding in self._findings(*FAULTS):
            yield from _summed_up(finding)
        perhaps = self._findings(PERHAPS)
        if perhaps:
            yield "perhaps (the name lives on for another table, and the database does not tell):"
            for finding in perhaps if everything else perhaps[:_SHOWN]:
                yield from (f"  {line}" for line in _summed_up(finding))
            if len(perhaps) > _SHOWN and not everything:
                yield f"  … and {len(perhaps) - _SHOWN} more: -v, or --retable-report FILE"
        statics, never = recorder.facts.statics, self._never
        if statics:
            done = len(statics) - len(never)
            yield f"executed: {done} of {len(statics)} references ({100 * done // len(statics)} %)"
        if never:
            yield "never executed by these tests:"
            for static in never if everything else never[:_SHOWN]:
                yield f"  {static.path}:{static.line}  {static.old}"
            if len(never) > _SHOWN and not everything:
                yield f"  … and {len(never) - _SHOWN} more: -v, or --retable-report FILE"
        if recorder.history:
            yield f"executed by the plan's history, and no fault: {recorder.history} statements"
        if not recorder.statements:
            yield "not one SQL statement was seen: these tests say nothing of old names"
        for worker in self.lost:
            yield f"worker {worker} went down: what it executed is not known"
        yield from recorder.troubles


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count} places"


def _told(finding: Finding) -> str:
    """One finding, in the section of its test."""
    where = f"{finding.place} in {finding.place.function}" if finding.place.line else "?"
    what = "opens the file of" if finding.kind == OPENED else "executes the old name"
    return f"{where}: {what} {finding.says}" + (f"\n    {finding.sql}" if finding.sql else "")


def _summed_up(finding: Finding) -> Iterator[str]:
    """One finding with its tests, for the end of the run."""
    verb = "opened " if finding.kind == OPENED else ""
    yield f"{finding.place}  {verb}{finding.says}"
    if finding.sql:
        yield f"    {finding.sql}"
    tests = list(finding.tests)
    more = f" and {len(tests) - _TESTS_SHOWN} more tests" if len(tests) > _TESTS_SHOWN else ""
    yield f"    {', '.join(tests[:_TESTS_SHOWN])}{more}"


def _modules_from(folder: str, but_not: str) -> Iterator[str]:
    """The files of imported modules that lie in a folder, but for what is installed there."""
    top = os.path.realpath(folder) + os.sep
    for module in tuple(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            real = os.path.realpath(file)
            inside = real.startswith(top) and not real.startswith(but_not + os.sep)
            if inside and not _INSTALLED.search(real) and real != _HERE:
                yield os.path.relpath(real, top)
