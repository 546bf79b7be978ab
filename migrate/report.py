"""What a migration has done, as a summary needs it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from migrate.carry import NewName
from migrate.rowproof import TableProof
from migrate.steps import Step


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rows that gave way under a merge rule; they are kept in the rejects table."""

    database: str
    table: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class Report:
    """What a migration has done; of a dry run, what it would do."""

    already_done: bool
    """Everything had been done before; nothing was changed."""
    resumed: bool
    """An earlier run had merged; this one finished what was left."""
    dry_run: bool
    target: str
    databases_before: int
    databases_after: int
    tables: int
    rows_copied: int
    rows_proved: int
    proofs: tuple[TableProof, ...]
    rejects: tuple[Rejects, ...]
    new_names: tuple[NewName, ...]
    left: tuple[str, ...]
    notes: tuple[str, ...]
    steps: tuple[Step, ...]
    backup: Path | None
    archive: Path | None
    schema_version: int
    seconds: float

    def after(self, seconds: float) -> Self:
        """The same report with the time that it took."""
        return replace(self, seconds=seconds)
