"""Places in the code that name a table or a database file, and why we believe so."""

import re
from enum import StrEnum
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from refactor.sql.tokens import HOLE

SHARED_KEY = "shared key"
"""The clause of a path that is a key, in a dictionary where another key would become the same."""
_HOLES = re.compile(f"{HOLE}+")


class Kind(StrEnum):
    """What a reference names."""

    TABLE = "table"
    PATH = "path"


class Reason(StrEnum):
    """Where evidence comes from, strongest first."""

    COMPILES = "compiles"
    GRAMMAR = "grammar"
    API = "api"
    CONNECTION = "connection"
    FLOW = "flow"
    PLAN = "plan"
    DECISION = "decision"


class Evidence(Struct, frozen=True):
    """One reason to believe what a reference means, in words for the reviewer."""

    reason: Reason
    says: str

    def __str__(self) -> str:
        """Say it."""
        return self.says


class Reference(Struct, frozen=True):
    """One place that names an old table or the file of a database that moves."""

    path: PurePosixPath
    line: int
    column: int
    start: int
    """Offset in the file's text of what is named."""
    old: str
    """As written, with its quotes where it has them."""
    new: str | None
    """What must stand there instead; None where that is not decided."""
    kind: Kind
    group: str
    """The old name that this reference belongs to, as the plan spells it, or the database."""
    databases: tuple[str, ...]
    """The database of today that is meant; all that may be where that is not decided."""
    clause: str
    """What the name stands in, such as `FROM`."""
    evidence: tuple[Evidence, ...] = ()
    question: str | None = None
    """What a human must decide; None where the reference is certain."""
    mend: str = ""
    """What would answer the question, such as a line for the plan."""
    blocking: bool = False
    """Whether leaving it as it is would break the code once others of its group are changed."""
    also: tuple[str, ...] = ()
    """Other names or databases that it may stand for: as long as it blocks, they wait as well."""

    @property
    def database(self) -> str | None:
        """The database of today that is meant, if that is decided."""
        return self.databases[0] if len(self.databases) == 1 else None

    @property
    def certain(self) -> bool:
        """Whether the edit can be made without asking."""
        return self.question is None and self.new is not None

    def as_spelled(self, text: str) -> "Reference":
        """The reference as people see it in its file's text, a hole as three dots.

        A question if its last letter is an escape there.
        """
        if not self.certain:
            return self if HOLE not in f"{self.old}{self.question}" else self._without_holes()
        if text.startswith(self.old, self.start):
            return self
        question = "the name is spelled with escapes: is this the table?"
        mend = "change it by hand"
        return replace(self, new=None, question=question, mend=mend, blocking=True)

    def _without_holes(self) -> "Reference":
        question = self.question and _HOLES.sub("…", self.question)
        return replace(self, old=_HOLES.sub("…", self.old), question=question)

    @property
    def pressing(self) -> bool:
        """Whether the code would break without it: all but what may as well be something else."""
        return self.certain or self.blocking
