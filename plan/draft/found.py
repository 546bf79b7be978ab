"""What was found on the disk, as data: the databases that are there, and what is in them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from plan.model import folded


@dataclass(frozen=True, slots=True)
class FoundTable:
    """One table of a file."""

    name: str
    columns: tuple[str, ...] = ()
    rows: int | None = None
    """None where nobody counted."""
    described: bool = True
    """Whether comments in its definition say what it is; so taken where nobody looked."""


@dataclass(frozen=True, slots=True)
class FoundDatabase:
    """One file that is there."""

    path: str
    tables: tuple[FoundTable, ...] = ()
    why_not: str = ""
    """Why it could not be read, in words."""

    def table(self, name: str) -> FoundTable | None:
        """The table of that name, as SQLite compares names."""
        return next((it for it in self.tables if folded(it.name) == folded(name)), None)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How the rows of two tables meet."""

    same: int
    """Rows whose key both have, and that are alike."""
    differ: int
    """Rows whose key both have, and that differ."""


Meet = Callable[[str, str, str, str], Overlap | None]
"""Compare two tables: database and table, twice. None where it cannot be said."""


def unknown_overlap(_one: str, _table: str, _other: str, _joining: str) -> Overlap | None:
    """Nothing is known of any rows."""
    return None


@dataclass(frozen=True, slots=True)
class Files:
    """All files that were found; without any, nothing can be checked."""

    databases: tuple[FoundDatabase, ...] = ()
    unnamed: tuple[str, ...] = ()
    """Those of them that nothing names: they lie beside the others."""
    history: tuple[str, ...] = ()
    """Patterns for files of the code that look like history and name a table."""
    history_in_use: tuple[tuple[str, str], ...] = ()
    """Such files that other code names, each with one that does."""
    meet: Meet = unknown_overlap

    _by_path: Mapping[str, FoundDatabase] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look files up by their path."""
        object.__setattr__(self, "_by_path", {it.path: it for it in self.databases})

    @property
    def checked(self) -> bool:
        """Whether there is anything to check against."""
        return bool(self.databases)

    def holding(self, name: str) -> tuple[str, ...]:
        """The files that have a table of that name."""
        return tuple(it.path for it in self.databases if it.table(name))

    def at(self, path: str) -> FoundDatabase | None:
        """The file of that path, if it is there."""
        return self._by_path.get(path)

    def readable(self, path: str) -> bool:
        """Whether it is known what is in the file."""
        found = self.at(path)
        return found is not None and not found.why_not

    def table(self, path: str, name: str) -> FoundTable | None:
        """A table of a file, if both are there."""
        found = self.at(path)
        return found.table(name) if found else None
