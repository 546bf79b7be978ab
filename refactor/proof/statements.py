"""What SQLite says of a statement before and after: one verdict for each."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace


class Why(StrEnum):
    """Why no verdict on a statement is possible."""

    SCHEMA = "the database file is not here, and the code's CREATE TABLEs do not settle it"
    QUESTION = "a name in it awaits an answer"
    RUN_TIME = "parts of it are known at run time only, and nothing that was put there compiles"
    PIECE = "a piece of SQL whose beginning or end stands elsewhere"
    ATTACHED = "it needs a database that is attached when it runs"
    OWN_TABLE = "it uses a table that its own file creates"
    OWN_COLUMN = "it uses a column that its own file adds"
    THERE_ALREADY = "it adds a column that is there already"
    EXTENSION = "its table needs an extension of SQLite that is not here"
    EFFECT = "SQLite cannot compile it without carrying it out"


class Spot(Struct, frozen=True):
    """Where a statement stands, and how it begins."""

    path: PurePosixPath
    line: int
    start: int
    """Offset in the file's text of the first old name in it."""
    sql: str
    names: tuple[int, ...] = ()
    """Offsets of all old names in it."""


class Proved(Struct, frozen=True):
    """Compiles on today's schema, and on the consolidated one once it is rewritten."""

    spot: Spot
    filled: bool
    """Whether parts that are only known at run time had to be filled in."""
    stand_ins: tuple[str, ...]
    """Functions that the program has to bring; SQLite was told that they exist."""
    otherwise: str = ""
    """What SQLite says of it where the code may put it together in another way."""
    misfit: str = ""
    """Why it does not fit the database's table, where it fits one that its own file creates."""


class Mended(Struct, frozen=True):
    """Does not compile on any one of today's databases, and does once they are one."""

    spot: Spot
    says: str
    """SQLite's reason today."""


class Idle(Struct, frozen=True):
    """Compiles as before, and would do nothing: what it makes IF NOT EXISTS is another table's."""

    spot: Spot
    says: str


class Broken(Struct, frozen=True):
    """Does not compile today, nor after it is rewritten, for the same reason."""

    spot: Spot
    says: str
    """SQLite's reason."""


class NotChecked(Struct, frozen=True):
    """No verdict is possible."""

    spot: Spot
    why: Why
    says: str
    """SQLite's words, where it has any."""


class Fault(Struct, frozen=True):
    """Would be worse off after it is rewritten: its file must not be changed."""

    spot: Spot
    why: str


# The first says most of a statement that may be put together in several ways: one way that
# would break is enough, and one that compiles shows that the others are only thought of.
StatementProof = Fault | Idle | Proved | Mended | NotChecked | Broken
_WEIGHT = (Fault, Idle, Proved, Mended, NotChecked, Broken)


def in_one(ways: Sequence[StatementProof]) -> StatementProof:
    """One verdict on a statement that the code may put together in several ways."""
    first = next(it for kind in _WEIGHT for it in ways if isinstance(it, kind))
    refused = next((it.says for it in ways if isinstance(it, Broken | NotChecked)), "")
    return replace(first, otherwise=refused) if isinstance(first, Proved) else first
