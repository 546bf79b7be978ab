"""A plan file in TOML becomes a `Plan`, or every problem in it at once."""

import hashlib
import tomllib
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import TypeVar

from plan.errors import PlanError, Problem
from plan.model import (
    Action,
    Binding,
    Claim,
    Code,
    Compat,
    Database,
    Domain,
    MergeRule,
    Plan,
    PlannedTable,
    Skip,
)
from plan.rules import problems_of

Choice = TypeVar("Choice", bound=StrEnum)

_TYPE_NAMES = {str: "text", int: "a whole number", list: "a list", dict: "a table"}


def load_plan(file: Path) -> Plan:
    """Read and check a plan.

    Raises:
        PlanError: the file cannot be read, is not TOML, or says something that cannot be
            carried out; it names every problem found.
    """
    data = _read(file)
    try:
        values = tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        raise _unreadable(file, f"is not UTF-8: {error.reason} at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(file, f"is not TOML: {error}") from error
    problems: list[Problem] = []
    plan = _plan(_Section(values, "", problems), file, hashlib.sha256(data).hexdigest())
    if not problems:
        # The rules speak of a plan as a whole: said of half a plan, they would mislead.
        problems.extend(problems_of(plan))
    else:
        problems.extend(_beyond(problems_of(plan), problems))
    if problems:
        raise PlanError(tuple(Problem(f"{file.name}: {p.where}", p.what, p.mend) for p in problems))
    return plan


def _beyond(found: tuple[Problem, ...], known: list[Problem]) -> tuple[Problem, ...]:
    """Leave out what merely follows from a value that is already known to be missing."""
    wheres = {problem.where for problem in known}
    return tuple(
        p for p in found if p.where not in wheres and "''" not in p.what and "''" not in p.where
    )


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise PlanError(
            (Problem(str(file), "there is no such plan", "name one with --plan FILE"),)
        ) from error
    except OSError as error:
        raise _unreadable(file, f"cannot be read: {error.strerror}") from error


def _unreadable(file: Path, what: str) -> PlanError:
    return PlanError((Problem(str(file), what, "mend the file"),))


def _plan(top: "_Section", file: Path, digest: str) -> Plan:
    head = top.section("plan")
    domains = top.sections("domain")
    code = top.section("code", required=False)
    plan = Plan(
        file=file.absolute(),
        digest=digest,
        target=head.path("target"),
        backup=head.path("backup", "backup-{date}"),
        archive=head.path("archive", "archive"),
        metadata=head.text("metadata", "retable_tables"),
        schema_version=head.whole("schema_version", 1),
        databases=tuple(map(_database, top.sections("database"))),
        domains=tuple(Domain(domain.text("name"), domain.text("about", "")) for domain in domains),
        tables=tuple(
            _table(table, domain.text("name"))
            for domain in domains
            for table in domain.sections("table")
        ),
        skips=tuple(map(_skip, top.sections("skip"))),
        code=Code(
            paths=code.texts("paths", (".",)),
            exclude=code.texts("exclude", ()),
            bindings=tuple(map(_binding, code.sections("binding"))),
        ),
    )
    for section in top.used():
        section.refuse_unknown()
    return plan


def _database(section: "_Section") -> Database:
    return Database(
        path=section.path("path"),
        action=section.choice("action", Action),
        about=section.text("about", ""),
    )


def _table(section: "_Section", domain: str) -> PlannedTable:
    old = section.text("from")
    return PlannedTable(
        old=old,
        database=section.path("in"),
        new=section.text("to", old),
        domain=domain,
        about=section.text("about", ""),
        merge=section.choice("merge", MergeRule, MergeRule.REFUSE),
        compat=section.choice("compat", Compat, Compat.NONE),
        key=section.where,
    )


def _skip(section: "_Section") -> Skip:
    return Skip(
        table=section.text("table"),
        database=section.path("in"),
        claim=section.choice("claim", Claim, Claim.EMPTY),
        key=section.where,
    )


def _binding(section: "_Section") -> Binding:
    return Binding(
        paths=section.texts("paths"), database=section.path("database"), key=section.where
    )


class _Section:
    """A TOML table that notes what is wrong with it and goes on with a stand-in.

    A value that is missing stands in as empty text, so that one reading finds all problems.
    """

    def __init__(self, values: object, where: str, problems: list[Problem]) -> None:
        self.where = where
        self._problems = problems
        self._known: set[str] = set()
        self._children: dict[str, tuple[_Section, ...]] = {}
        self._values: dict[str, object] = {}
        if isinstance(values, dict):
            self._values = values
        else:
            self._note(where, f"{values!r} is not a table of keys", "write key = value pairs")

    def text(self, key: str, default: str | None = None) -> str:
        """A text, or its default; a text that is required must not be empty."""
        value = self._typed(key, str, default)
        if value == "" and default is None and key in self._values:
            self._note(self._at(key), "is empty", "say what it is")
        return value or ""

    def whole(self, key: str, default: int) -> int:
        """A whole number, 0 or more, that fits SQLite's user_version."""
        value = self._typed(key, int, default)
        if value is None or not 0 <= value < 2**31:
            self._note(self._at(key), f"{value} is out of range", "use 0 to 2147483647")
            return default
        return value

    def path(self, key: str, default: str | None = None) -> str:
        """A path as text, normalised, so that `./a//b.db` is `a/b.db`."""
        value = self.text(key, default)
        return PurePosixPath(value).as_posix() if value else ""

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """One text or a list of them."""
        self._known.add(key)
        value = self._values.get(key)
        if isinstance(value, str):
            return (value,)
        items = self._typed(key, list, None if default is None else list(default)) or []
        if not all(isinstance(item, str) for item in items):
            self._note(self._at(key), "holds something that is not text", "quote each item")
        return tuple(item for item in items if isinstance(item, str))

    def choice(self, key: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        """One of the words that `kind` knows."""
        value = self.text(key, None if default is None else default.value)
        known = [member.value for member in kind]
        if value in known:
            return kind(value)
        if value:
            self._note(self._at(key), f"{value!r} is not known", f"use {_either(known)}")
        return default or next(iter(kind))

    def section(self, key: str, *, required: bool = True) -> "_Section":
        """A table in this one; an empty one stands in for it."""
        return self._child(key, (self._typed(key, dict, None if required else {}) or {},), "")[0]

    def sections(self, key: str) -> tuple["_Section", ...]:
        """An array of tables, which may be absent."""
        return self._child(key, self._typed(key, list, []) or [], "[{}]")

    def used(self) -> tuple["_Section", ...]:
        """This section and all below it that were asked for."""
        below = (child for children in self._children.values() for child in children)
        return (self, *(section for child in below for section in child.used()))

    def refuse_unknown(self) -> None:
        """Note every key that nobody asked for."""
        for key in self._values.keys() - self._known:
            near = get_close_matches(key, self._known, n=1)
            mend = f"did you mean {near[0]}?" if near else f"known: {_either(sorted(self._known))}"
            self._note(self._at(key), "unknown key", mend)

    def _child(
        self, key: str, values: "tuple[object, ...] | list[object]", numbered: str
    ) -> "tuple[_Section, ...]":
        if key not in self._children:
            self._children[key] = tuple(
                _Section(value, self._at(key) + numbered.format(number), self._problems)
                for number, value in enumerate(values, start=1)
            )
        return self._children[key]

    def _typed(self, key: str, kind: type["_Value"], default: "_Value | None") -> "_Value | None":
        first = key not in self._known
        self._known.add(key)
        if key not in self._values:
            if default is None and first:
                self._note(self._at(key), "is missing", f"add {key} = …")
            return default
        value = self._values[key]
        # A bool is an int to Python, not to a reader of the plan.
        if isinstance(value, kind) and not isinstance(value, bool):
            return value
        if first:
            self._note(self._at(key), f"{value!r} is not {_TYPE_NAMES[kind]}", "mend its type")
        return default

    def _at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def _note(self, where: str, what: str, mend: str) -> None:
        self._problems.append(Problem(where, what, mend))


_Value = TypeVar("_Value", str, int, list[object], dict[str, object])


def _either(words: list[str]) -> str:
    return " or ".join(([", ".join(words[:-1])] if words[1:] else []) + words[-1:])
