"""One section of a TOML file, read key by key: what is wrong is noted, and reading goes on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TypeGuard, TypeVar

from plan.errors import Problem, shortened, shown

Choice = TypeVar("Choice", bound=StrEnum)

OPEN = "?"
"""What stands where a value is yet to be given; `plan.slots` says what is asked there."""

UNKNOWN_KEY = "unknown key"

_LARGEST = 2**31 - 1
"""What SQLite's user_version holds: https://sqlite.org/pragma.html#pragma_user_version"""


class Section:
    """A TOML table (of keys; our tables are SQLite's) that notes what is wrong with it.

    Empty text stands in for a value that is missing or wrong, so that one reading finds all
    problems. Whoever judges the values later leaves empty ones alone: they are noted already.
    """

    def __init__(
        self,
        values: Mapping[str, object],
        where: str,
        known: Sequence[str],
        problems: list[Problem],
    ) -> None:
        self.where = where
        self._problems = problems
        self._values = dict(self._spelt(values, known))

    def text(self, key: str, default: str | None = None) -> str:
        """A text that says something, or its default."""
        if key not in self._values:
            return self._default(key, default)
        value = self._values[key]
        if not isinstance(value, str):
            self._note(self._at(key), f"is {shown(value)}, not text", "write it in quotes")
            return ""
        if value == OPEN:
            return ""
        if not value.strip():
            mend = "say what it is" if default is None else "say what it is, or leave the key out"
            self._note(self._at(key), "is empty", mend)
            return ""
        return value

    def remark(self, key: str) -> str:
        """A text for people, which may be absent or empty."""
        value = "" if self._values.get(key) == "" else self.text(key, "")
        if "\0" in value:
            # It would end the SQL that writes it down.
            self._note(self._at(key), "holds a NUL character", "leave it out")
            return ""
        return value

    def remarks(self, key: str) -> tuple[tuple[str, str], ...]:
        """Texts for people, each under a name of the writer's choice."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self._note(self._at(key), f"is {shown(value)}, not texts", 'write { name = "…", … }')
            return ()
        inner = Section(value, self._at(key), tuple(value), self._problems)
        return tuple((name, inner.remark(name)) for name in value)

    def by_name(self, key: str, known: Sequence[str]) -> tuple[tuple[str, "Section"], ...]:
        """Sections under names of the writer's choice: `[describe.bugs]`; there may be none."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            mend = f"write [{self._at(key)}.name], in single brackets"
            self._note(self._at(key), f"is {shown(value)}, not sections by name", mend)
            return ()
        return tuple(
            (name, Section(item, place, known, self._problems))
            for name, item, place in (
                (name, item, f"{self._at(key)}.{_bare(name)}") for name, item in value.items()
            )
            if self._holds_keys(item, place)
        )

    def path(self, key: str, default: str | None = None) -> str:
        """A path as text, normalised, so that `./a//b.db` is `a/b.db`."""
        value = self.text(key, default)
        return PurePosixPath(value).as_posix() if value else ""

    def whole(self, key: str, default: int) -> int:
        """A whole number, 0 or more, that fits SQLite's user_version."""
        value = self._values.get(key, default)
        # A bool is an int to Python, not to a reader of the plan.
        if not isinstance(value, int) or isinstance(value, bool):
            mend = "write it in digits, without quotes"
            self._note(self._at(key), f"is {shown(value)}, not a whole number", mend)
            return default
        if not 0 <= value <= _LARGEST:
            self._note(self._at(key), f"{shown(value)} is out of range", f"use 0 to {_LARGEST}")
            return default
        return value

    def truth(self, key: str, *, default: bool) -> bool:
        """Yes or no."""
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            self._note(self._at(key), f"is {shown(value)}, not yes or no", "write true or false")
            return default
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """One text or a list of them; an empty list only where the default is one."""
        if key not in self._values:
            self._default(key, None if default is None else "")
            return default or ()
        value = self._values[key]
        if isinstance(value, str):
            return tuple(filter(None, (self.text(key),)))
        if not isinstance(value, list):
            self._note(self._at(key), f"is {shown(value)}, not a list", 'write ["…", "…"]')
            return ()
        if not value and default != ():
            self._note(self._at(key), "is an empty list", "name at least one")
        return tuple(self._items(key, value))

    def arguments(self, key: str) -> tuple[str | int, ...]:
        """What tells an argument of a call: a keyword, a position from 0, or a list of those."""
        if key not in self._values:
            self._note(self._at(key), "is missing", f'add {key} = "…", or a position')
            return ()
        value = self._values[key]
        if not isinstance(value, list):
            return (value,) if self._is_argument(value, self._at(key)) else ()
        if not value:
            self._note(self._at(key), "is an empty list", "name at least one")
        return tuple(
            item
            for number, item in enumerate(value, 1)
            if self._is_argument(item, f"{self._at(key)}[{number}]")
        )

    def choice(
        self, key: str, kind: type[Choice], default: Choice | None = None, *, instead: Choice
    ) -> Choice:
        """One of the words that `kind` knows; `instead` of one that it does not."""
        value = self.text(key, None if default is None else default.value)
        words = [member.value for member in kind]
        if value in words:
            return kind(value)
        if value:
            self._note(self._at(key), f"{shown(value)} is not known", f"use {_either(words)}")
        return instead

    def section(self, key: str, known: Sequence[str], *, required: bool = True) -> "Section":
        """A section of this one.

        An empty one stands in where it is missing; nobody hears that its keys are missing too.
        """
        at = self._at(key)
        value = self._values.get(key)
        if isinstance(value, dict):
            return Section(value, at, known, self._problems)
        if key not in self._values:
            if required:
                self._note(at, "is missing", f"add a section [{at}]")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            self._note(at, "is a list of sections, not one", f"write [{at}], in single brackets")
            return Section(value[0], at, known, self._problems)
        else:
            self._note(at, f"is {shown(value)}, not a section of keys", f"write [{at}]")
        return Section({}, at, known, [])

    def sections(self, key: str, known: Sequence[str]) -> tuple["Section", ...]:
        """A list of sections, which may be absent."""
        at = self._at(key)
        value = self._values.get(key, [])
        if not isinstance(value, list):
            header = re.sub(r"\[\d+\]", "", at)
            mend = f"write [[{header}]], in double brackets, or {key} = [{{ … }}, …]"
            self._note(at, f"is {shown(value)}, not a list of sections", mend)
            value = [value] if isinstance(value, dict) else []
        return tuple(
            Section(item, place, known, self._problems)
            for place, item in ((f"{at}[{n}]", item) for n, item in enumerate(value, 1))
            if self._holds_keys(item, place)
        )

    def _spelt(
        self, values: Mapping[str, object], known: Sequence[str]
    ) -> Iterator[tuple[str, object]]:
        """Give every known key; a misspelt one is noted, and then read as what it means.

        So it is said once what is wrong, and not also that the right key is missing.
        """
        absent = [key for key in known if key not in values]
        for key, value in values.items():
            if key in known:
                yield key, value
                continue
            mend = f"known here: {', '.join(known)}"
            for meant in get_close_matches(key.lower(), absent, n=1):
                absent.remove(meant)
                mend = f"did you mean {meant}?"
                yield meant, value
            self._note(self._at(key), UNKNOWN_KEY, mend)

    def _is_argument(self, item: object, place: str) -> TypeGuard[str | int]:
        fits = (
            item.isidentifier()
            if isinstance(item, str)
            else isinstance(item, int) and not isinstance(item, bool) and item >= 0
        )
        if not fits:
            mend = 'write a keyword such as "table", or a position from 0'
            self._note(place, f"{shown(item)} is no argument of a call", mend)
        return fits

    def _items(self, key: str, items: list[object]) -> Iterator[str]:
        for number, item in enumerate(items, 1):
            if item == OPEN:
                continue
            if isinstance(item, str) and item.strip():
                yield item
            elif isinstance(item, str):
                self._note(f"{self._at(key)}[{number}]", "is empty", "leave it out")
            else:
                what = f"is {shown(item)}, not text"
                self._note(f"{self._at(key)}[{number}]", what, "write it in quotes")

    def _holds_keys(self, item: object, place: str) -> bool:
        if not isinstance(item, dict):
            mend = "write { key = value, … }"
            self._note(place, f"is {shown(item)}, not a section of keys", mend)
        return isinstance(item, dict)

    def _default(self, key: str, default: str | None) -> str:
        if default is None:
            self._note(self._at(key), "is missing", f'add {key} = "…"')
        return default or ""

    def _at(self, key: str) -> str:
        return place_in(self.where, key)

    def _note(self, where: str, what: str, mend: str) -> None:
        self._problems.append(Problem(where, what, mend))


def place_in(where: str, key: str) -> str:
    """The path of a key in a section, as problems say it."""
    return f"{where}.{_bare(key)}" if where else _bare(key)


def _bare(key: str) -> str:
    """A key as TOML writes it, unless that is too long."""
    return shortened(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else repr(key))


def _either(words: Sequence[str]) -> str:
    *others, last = (f'"{word}"' for word in words)
    return f"{', '.join(others)} or {last}" if others else last
