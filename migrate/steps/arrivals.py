"""Where each planned table's rows come from, where they go, and by what rule they meet."""

from dataclasses import dataclass
from enum import StrEnum

from migrate.database.schema import Table
from migrate.phases import Phase
from plan.model import MergeRule, PlannedTable


class Way(StrEnum):
    """How a table gets its place in the target."""

    MOVED = "moved"
    """It is in the target already, and is renamed or stays."""
    COPIED = "copied"
    """It comes from another file, to a table of its own."""
    JOINED = "joined"
    """Its rows come from another file to a table that has rows."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One planned table on its way."""

    planned: PlannedTable
    way: Way
    source: str
    """The alias under which its database is attached; for a moved table, its backup."""
    table: Table
    at: str
    """Its name in the target while rows are copied."""
    into: Table | None
    """For a joined table: the one that it joins, as it is defined."""
    shadows: tuple[Table, ...]
    """For a virtual table: where its rows are; they are called after it."""
    rows: int
    offset: int = 0
    """How far its rowids move, where they carry no meaning and others are in use."""
    last: int = 0
    """The highest rowid that may be in use in its table once it has arrived."""

    @property
    def rule(self) -> MergeRule:
        """What becomes of rows that meet."""
        return self.planned.merge

    def name_after(self, phase: Phase) -> str:
        """What its table is called in the target when a phase is over."""
        return self.at if phase is Phase.MERGE else self.planned.new

    def stores_after(self, phase: Phase) -> tuple[tuple[Table, str], ...]:
        """The tables that really hold the rows, and what they are called after a phase."""
        name, start = self.name_after(phase), len(self.table.name)
        return tuple((t, name + t.name[start:]) for t in self.shadows or (self.table,))
