"""What a remark is: a place that no rename reaches, and that means something else afterwards."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Generic, TypeVar

from msgspec import Struct

from refactor.remarks.project import Project
from refactor.sql.names import HOLE

_SHOWN = 60


class About(StrEnum):
    """What a remark is about."""

    FILE = "file"
    NAME = "name"
    WHOLE_FILE = "whole-file"
    ATTACH = "attach"
    TWICE = "twice"
    LOCKED = "locked"
    TYPED = "typed"
    CHECKSUM = "checksum"
    ORDER = "order"


TITLES = {
    About.FILE: "asking about, finding, deleting or copying a file that all will share",
    About.NAME: "with a name that is another thing's in the target",
    About.WHOLE_FILE: "concerning the whole of a file that all will share",
    About.ATTACH: "attaching a file that is the target then",
    About.TWICE: "having one file in hand twice, where there were two",
    About.LOCKED: "writing to a file that another connection has not committed its writes to",
    About.TYPED: "letting people type, or ask for, a table by its name",
    About.CHECKSUM: "keeping the checksum of a file that is edited",
    About.ORDER: "counting on the order of names that is another one then",
}
"""What the remarks of a kind have in common, to be read after "3 places"."""


class Remark(Struct, frozen=True):
    """One place to look at; nothing is edited there, and nothing withheld for it."""

    path: PurePosixPath
    line: int
    column: int
    about: About
    what: str
    """What stands there."""
    databases: tuple[str, ...]
    """Today's databases that it concerns."""
    why: str
    """What changes for it, in plain words."""
    look: str
    """What to look at."""


def in_short(text: str) -> str:
    """Code as it is shown: in one line that is not too long."""
    said = " ".join(text.replace(HOLE, "…").split())
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"


Seen = TypeVar("Seen")


class Remarker(Struct, Generic[Seen], frozen=True):
    """One kind of remark, with its examples."""

    name: str
    look: Callable[[Project, PurePosixPath], Iterable[Seen]]
    """What there is in one file: all kinds look at it while it is at hand."""
    remarks: Callable[[Project, Sequence[Seen]], Iterable[Remark]]
    """What is to be said of all that there is."""
    makes: tuple[str, ...]
    """Python source at which it makes a remark."""
    leaves: tuple[str, ...]
    """Python source at which it makes none."""


def as_seen(_project: Project, seen: Sequence[Remark]) -> Sequence[Remark]:
    """The remarks of a kind for which a file says enough by itself."""
    return seen
