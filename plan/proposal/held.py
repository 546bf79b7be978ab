"""What is known of databases for which a plan is to be proposed."""

from collections.abc import Iterable
from dataclasses import dataclass

from plan.model import folded
from plan.own import OWN_TABLES


@dataclass(frozen=True, slots=True)
class HeldTable:
    """One table as it is today; what SQLite and virtual tables keep by themselves is left out."""

    database: str
    name: str
    columns: tuple[str, ...] = ()
    """Their names, in order."""
    rows: int | None = None
    """None where they could not be counted."""
    shape: tuple[str, ...] = ()
    """Columns with types, and keys: rows of two tables of one shape can become one table.
    Empty where they never can."""
    keyed: bool = False
    """Whether rows of two such tables can be told to be the same one."""
    refers: tuple[str, ...] = ()
    """The tables that its foreign keys name."""
    needed: bool = False
    """Whether something else in its database speaks of it: then it cannot be left behind."""
    virtual: bool = False
    fixed: bool = False
    """Whether SQLite cannot rename it."""
    about: str = ""
    """What its own CREATE TABLE says that it is."""
    digest: str = ""
    """The same for two tables that hold the same rows; empty where that was not looked at."""

    @property
    def key(self) -> tuple[str, str]:
        """What no two tables share."""
        return self.database, folded(self.name)

    @property
    def said_rows(self) -> str:
        """Its rows, in words."""
        if self.rows is None:
            return "rows not counted"
        return "1 row" if self.rows == 1 else f"{self.rows:,} rows"


@dataclass(frozen=True, slots=True)
class HeldDatabase:
    """One file that could be read."""

    path: str
    tables: tuple[HeldTable, ...]
    odd: tuple[str, ...] = ()
    """Virtual tables that cannot be carried, and so keep all of the file where it is."""

    @property
    def is_used(self) -> bool:
        """Whether a plan has been carried out on it, so that it cannot be a target again."""
        own = set(map(folded, OWN_TABLES))
        return any(folded(table.name) in own for table in self.tables)

    @property
    def rows(self) -> int:
        """All rows that were counted."""
        return sum(table.rows or 0 for table in self.tables)


def tables_of(databases: Iterable[HeldDatabase]) -> tuple[HeldTable, ...]:
    """All tables, in the order of their files."""
    return tuple(table for database in databases for table in database.tables)
