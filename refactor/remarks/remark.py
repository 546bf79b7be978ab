"""What a remark is, and what whoever makes one may ask of the project."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from plan.model import Plan
from plan.schema import DatabaseSchema
from refactor.attachments import Attachments
from refactor.codebase import Codebase
from refactor.connections import Connections
from refactor.filepaths import FilePaths
from refactor.legacy import Legacy


class About(StrEnum):
    """What a remark is about."""

    FILE = "file"
    NAME = "name"
    WHOLE_FILE = "whole-file"
    ATTACH = "attach"


TITLES = {
    About.FILE: "what is done to a file that will hold everybody's tables",
    About.NAME: "names of indexes, triggers and tables that mean another one in the target",
    About.WHOLE_FILE: "statements that concern a whole file, which will be a shared one",
    About.ATTACH: "a database that is attached, and will be the target",
}
"""What remarks of a kind have in common, for people."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A place that names nothing old, and that means something else once databases are one."""

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


@dataclass(frozen=True, slots=True)
class Project:
    """What a remark may be founded on."""

    plan: Plan
    schemas: tuple[DatabaseSchema, ...]
    legacy: Legacy
    codebase: Codebase
    connections: Connections
    paths: FilePaths
    attachments: Attachments
    files: tuple[PurePosixPath, ...]
    """The live files that may have to do with a database of the plan."""

    @property
    def merging(self) -> frozenset[str]:
        """The databases that fold into the target."""
        return frozenset(path for path, target in self.legacy.moved.items() if target)


@dataclass(frozen=True, slots=True)
class Remarker:
    """One kind of remark, with its examples."""

    name: str
    remarks: Callable[[Project], Iterable[Remark]]
    makes: tuple[str, ...]
    """Python source at which it makes a remark."""
    leaves: tuple[str, ...]
    """Python source at which it makes none."""


Remarks = Iterator[Remark]
