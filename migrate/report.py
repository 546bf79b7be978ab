"""What a migration has done, as a summary needs it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from migrate.database.schema import Facts
from migrate.journal import Status
from migrate.phases import ALL, Phase
from migrate.proof.rows import TableProof
from migrate.steps.arrivals import Way
from migrate.steps.maker import Step
from migrate.steps.work import Work
from plan.errors import counted
from plan.model import Action, Plan
from plan.names import NewName


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rows that gave way under a merge rule; they are kept in the rejects table."""

    database: str
    table: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class Documented:
    """How much of what the plan carries is described, retable's own left out."""

    tables: int
    of_tables: int
    columns: int
    of_columns: int

    def __str__(self) -> str:
        """Say it in a few words."""
        tables = f"{self.tables} of {counted(self.of_tables, 'table')}"
        return f"{tables}, {self.columns:,} of {counted(self.of_columns, 'column')}"


@dataclass(frozen=True, slots=True)
class Report:
    """What a migration has done; of a dry run, what it would do."""

    target: str
    databases_before: int
    databases_after: int
    tables: int
    schema_version: int
    already_done: bool = False
    """Everything had been done before; nothing was changed."""
    resumed: bool = False
    """An earlier run had begun; this one did what was due."""
    dry_run: bool = False
    phases: tuple[Phase, ...] = ()
    """What was done now, or would be."""
    due: tuple[Phase, ...] = ()
    """What is still to come after that."""
    documented: Documented | None = None
    """What is described by now; None if the target was not documented now."""
    rows_copied: int = 0
    rows_proved: int = 0
    proofs: tuple[TableProof, ...] = ()
    rejects: tuple[Rejects, ...] = ()
    new_names: tuple[NewName, ...] = ()
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    backup: Path | None = None
    archive: Path | None = None
    seconds: float = 0.0

    def after(self, seconds: float) -> Self:
        """The same report with the time that it took."""
        return replace(self, seconds=seconds)


def report_on(
    plan: Plan,
    facts: Sequence[Facts],
    work: Work,
    phases: tuple[Phase, ...],
    *,
    notes: tuple[str, ...] = (),
    backup: Path | None = None,
    proofs: tuple[TableProof, ...] = (),
    rejects: tuple[Rejects, ...] = (),
    resumed: bool = False,
    dry_run: bool = False,
) -> Report:
    """What some phases have done, or would do."""
    fresh = not any(fact.path == plan.target and fact.schema.objects for fact in facts)
    merging = Phase.MERGE in phases
    leaving = plan.with_action(Action.MERGE, Action.DELETE)
    return replace(
        _blank(plan, fresh=fresh),
        resumed=resumed,
        dry_run=dry_run,
        phases=phases,
        due=ALL[ALL.index(phases[-1]) + 1 :],
        documented=documented(work) if Phase.DOCUMENT in phases else None,
        rows_copied=sum(a.rows for a in work.arrivals if a.way is not Way.MOVED) if merging else 0,
        rows_proved=sum(proof.equal + proof.rejected for proof in proofs),
        proofs=proofs,
        rejects=rejects if merging else (),
        new_names=work.new_names if merging else (),
        left=work.left if merging else (),
        notes=notes,
        steps=work.steps_of(*phases),
        backup=backup,
        archive=plan.root / plan.archive if leaving and Phase.ARCHIVE in phases else None,
    )


def documented(work: Work) -> Documented:
    """How many of the tables that arrive are described, and how many of their columns."""
    entries = [it for it in work.entries if it.counted is not None]
    columns = [column for entry in entries for column in entry.columns]
    return Documented(
        tables=sum(1 for entry in entries if entry.about),
        of_tables=len(entries),
        columns=sum(1 for column in columns if column.about),
        of_columns=len(columns),
    )


def already_done(plan: Plan, known: Status) -> Report:
    """Of a migration that had been carried out."""
    return replace(_blank(plan, fresh=False), already_done=True, backup=known.backup, due=known.due)


def _blank(plan: Plan, *, fresh: bool) -> Report:
    leaving = plan.with_action(Action.MERGE, Action.DELETE)
    return Report(
        target=plan.target,
        databases_before=len(plan.databases) - fresh,
        databases_after=len(plan.databases) - len(leaving),
        tables=len({table.new for table in plan.tables}),
        schema_version=plan.schema_version,
    )
