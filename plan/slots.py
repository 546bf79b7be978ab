"""Open questions of a plan file: where it says `"?"`, on which line, and what is asked there."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from plan.errors import Problem
from plan.toml_section import OPEN, place_in

_MAYBE = re.compile(r"""(["'])\?\1""")
_MARK = "?\ue000{}"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that is yet to be given."""

    where: str
    """Its key path, such as `domain[2].table[1].in`."""
    line: int
    asks: str
    """The comment right above it, or above its section, without the answers listed in it."""

    def problem(self) -> Problem:
        """Why a plan with it cannot be carried out."""
        asks = f": {self.asks}" if self.asks else ""
        mend = f'put your answer in the place of "{OPEN}"'
        return Problem(self.where, f"line {self.line} is an open question{asks}", mend)


def slots_of(text: str) -> tuple[Slot, ...]:
    """Every `"?"` that is a value, in a text that is TOML.

    tomllib says of no value where it stands. So each place that looks like one gets a mark of its
    own, and what still is a whole value when that is read was one.
    """
    offsets: list[int] = []

    def marked(match: re.Match[str]) -> str:
        offsets.append(match.start())
        return match[1] + _MARK.format(len(offsets) - 1) + match[1]

    values = tomllib.loads(_MAYBE.sub(marked, text))
    lines = text.split("\n")
    places = {_MARK.format(number): offset for number, offset in enumerate(offsets)}
    return tuple(
        Slot(where, line, _asks(lines, line - 1))
        for where, value in _texts(values, "")
        if value in places
        for line in (text.count("\n", 0, places[value]) + 1,)
    )


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield where, value
        case dict():
            for key, item in value.items():
                yield from _texts(item, place_in(where, key))
        case list():
            for number, item in enumerate(value, 1):
                yield from _texts(item, f"{where}[{number}]")


def _asks(lines: list[str], at: int) -> str:
    """The comment above a line; without one, that above the section's header."""
    found = _comment_above(lines, at)
    while not found and at > 0 and not lines[at].lstrip().startswith("["):
        at -= 1
        if lines[at].lstrip().startswith("["):
            found = _comment_above(lines, at)
    return " ".join(found)


def _comment_above(lines: list[str], at: int) -> list[str]:
    """The lines of a comment without its marks, and without the answers that it lists."""
    above = (line.strip() for line in reversed(lines[:at]))
    block = [line.removeprefix("#") for line in takewhile(lambda it: it[:1] == "#", above)]
    asks: list[str] = []
    listed = False
    for line in reversed(block):
        indented = line.startswith("  ")
        listed = indented and (listed or line.lstrip().startswith("- "))
        asks += [line.strip()] if line.strip() and not listed else []
    return asks
