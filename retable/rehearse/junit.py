"""What a JUnit file says of each test."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree as ET

_LONGEST = 160


class Outcome(StrEnum):
    """How a test ended; from good to bad."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    ERROR = "error"

    @property
    def bad(self) -> bool:
        """Whether it is trouble."""
        return self in (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Case:
    """One test, or the trouble around it: a test that fails at its end too is listed twice."""

    name: str
    outcome: Outcome
    says: str = ""
    """The first line of what went wrong."""


def cases_in(file: Path, folder: Path) -> tuple[Case, ...] | None:
    """The tests of one run, in its order; None if the file is not there or is no JUnit."""
    try:
        root = ET.parse(file).getroot()  # noqa: S314 - the user's own tests have just written it
    except (OSError, ET.ParseError):
        return None
    return tuple(case for it in root.iter("testcase") for case in _cases(it, folder))


def _cases(element: ET.Element, folder: Path) -> Iterator[Case]:
    name = _name(element, folder)
    found = [
        Case(name, outcome, _says(child))
        for child in element
        for outcome in (_OUTCOMES.get(child.tag),)
        if outcome
    ]
    yield from found or [Case(name, Outcome.PASSED)]


_OUTCOMES = {"failure": Outcome.FAILED, "error": Outcome.ERROR, "skipped": Outcome.SKIPPED}


def _says(element: ET.Element) -> str:
    said = (element.get("message") or element.text or "").strip().splitlines()
    return said[0][:_LONGEST] if said else ""


def _name(element: ET.Element, folder: Path) -> str:
    """As pytest writes it, `tests/test_a.py::Class::test`, where there is such a file."""
    name, parts = element.get("name") or "", (element.get("classname") or "").split(".")
    for end in range(len(parts), 0, -1):
        file = "/".join(parts[:end]) + ".py"
        if (folder / file).is_file():
            return "::".join((file, *parts[end:], name))
    return "::".join(it for it in (".".join(parts), name) if it)
