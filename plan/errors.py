"""How retable says that it cannot do its job: where, what, and how to mend it.

    UserError            anything the user can mend; the command line prints it, exit status 2
    ├── ProblemsError    several problems found together, one line each
    │   └── PlanError    the plan cannot be carried out as written
    └── …                each half adds its own

Arguments mirror the constructors, so errors survive pickling between processes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

_LONGEST_SHOWN = 80


class UserError(Exception):
    """Something that the user can mend; its text is all that they will see."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where it is, what it is, and how to mend it."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        """Say it in one line, whatever the values in it hold."""
        return in_one_line(f"{self.where}: {self.what} ({self.mend})")


class ProblemsError(UserError):
    """Problems found together, so that they can be mended together."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """Say each problem in a line of its own."""
        return "\n".join(map(str, self.problems))


class PlanError(ProblemsError):
    """The plan cannot be carried out as written."""


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 file`, `2 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def counted_that(number: int, noun: str, one: str, many: str) -> str:
    """A number with its noun and the verb that goes with it: `1 row breaks`, `2 rows break`."""
    return f"{counted(number, noun)} {one if number == 1 else many}"


def nearest(name: str, known: Iterable[str], otherwise: str) -> str:
    """How to mend a name that is not known: the one that may be meant, or something else."""
    near = get_close_matches(name, [*known], n=1, cutoff=0.75)
    return f"did you mean {shown(near[0])}?" if near else otherwise


def in_one_line(text: str) -> str:
    """The text with every newline, control and undecodable character escaped.

    Besides the line, this keeps the terminal: a file's name may hold escape sequences.
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def shown(value: object) -> str:
    """A value as messages say it: in one line, short, in the words of a TOML file."""
    match value:
        case str():
            text = repr(value)
        case bool():
            text = str(value).lower()
        case int() if abs(value) >= 10**20:
            # Python refuses to write out very long numbers: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
            text = "a number of more than 20 digits"
        case dict():
            text = "a section of keys"
        case list():
            text = "a list"
        case _:
            text = str(value)
    return shortened(text)


def shortened(text: str) -> str:
    """The text, or its beginning and its end when it is too long for a message."""
    if len(text) <= _LONGEST_SHOWN:
        return text
    half = (_LONGEST_SHOWN - 1) // 2
    return f"{text[:half]}…{text[-half:]}"
