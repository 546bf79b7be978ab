"""One transaction in one file: all steps of some phases and their proof, or nothing."""

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from migrate import journal
from migrate.database.sqlite import Database, open_target
from migrate.database.sqlite_errors import is_of_rows
from migrate.errors import DatabaseError, StateError
from migrate.files.archive import archive, leaving
from migrate.files.manifest import MIGRATED, Backup, read_note, write_note
from migrate.files.parts import (
    Fingerprint,
    digest_by_halves,
    fingerprint,
    has_hot_journal,
    now,
)
from migrate.phases import ALL, IN_TARGET, Phase
from migrate.progress import STEPS, Progress, Rows
from migrate.proof.record import Record, is_recorded
from migrate.proof.verify import (
    Basis,
    Verification,
    attach_all,
    proved,
    refuse_loss,
    refuse_unproved,
)
from migrate.report import Rejects
from migrate.steps.arrivals import Way
from migrate.steps.maker import Step
from migrate.steps.work import Work
from plan.errors import counted, counted_that
from plan.model import Plan
from plan.own import REJECTS

ROWS_PER_TICK = 4_000
"""What one tick of SQLite copies, roughly: it moves a progress bar and nothing else."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done, with what was found before, and the backup to fall back on."""

    plan: Plan
    basis: Basis
    backup: Backup
    phases: tuple[Phase, ...]
    """What is due now, in order."""
    reached: Phase | None = None
    """The last phase that an earlier run has committed."""
    before: Fingerprint | None = None
    """Of the target, when its backup was made; None where a phase has run since."""

    @property
    def target(self) -> Path:
        """The one file that changes."""
        return self.plan.root / self.plan.target

    @property
    def recorded(self) -> bool:
        """Whether the target is as it shall be in the end, and its proof is yet to be recorded."""
        last = (self.reached, *self.within)[-1]
        return last in (Phase.DOCUMENT, Phase.ARCHIVE) and not is_recorded(self.backup)

    @property
    def within(self) -> tuple[Phase, ...]:
        """The phases that happen within the target."""
        return tuple(phase for phase in self.phases if phase in IN_TARGET)


@dataclass(frozen=True, slots=True)
class Merged:
    """What the transaction has done."""

    found: Verification
    rejects: tuple[Rejects, ...]
    notes: tuple[str, ...] = ()
    pure: bool = True
    """Whether nobody else has written to the target since its backup."""


class Watch:
    """Reads the target while SQLite has it open.

    Closing any handle on a file drops the locks that this process has on it, SQLite's too, so
    this one is closed after SQLite's: https://sqlite.org/howtocorrupt.html, section 2.2.
    """

    def __init__(self, target: Path) -> None:
        self._handle = os.open(target, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def __enter__(self) -> Self:
        """Use it around the connection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the handle, after SQLite has closed its own."""
        os.close(self._handle)

    def digest(self) -> str:
        """What tells whether the target's bytes are what they are now."""
        return digest_by_halves(self._handle)


def merge(job: Job, progress: Progress) -> Merged:
    """Carry out all steps, prove them, commit; then archive, if that is due.

    Raises:
        UserError: nothing was committed, or the commit stands and the rest is done later.
    """
    # Rolling back a dead writer's journal writes to the file: that is not somebody else.
    hot = has_hot_journal(job.target)
    with ExitStack() as stack:
        watch = stack.enter_context(Watch(job.target))
        database = stack.enter_context(open_target(job.target, job.plan.target))
        record = stack.enter_context(Record(job.basis, job.backup)) if job.recorded else None
        try:
            attach_all(database, job.backup, job.basis, stack)
            database.run("BEGIN EXCLUSIVE")
            if job.before is None:
                _forget_digest(job.backup)
            elif not hot:
                _refuse_written_since(job.target, job.plan.target, job.before)
            merged = _transact(job, database, record, progress)
        except BaseException:
            _undo(job, database)
            raise
        checkpoint(database)
        if record:
            record.write(merged.found, progress)
        conclude(job, database, watch, progress, pure=merged.pure)
        return merged


def _refuse_written_since(target: Path, name: str, before: Fingerprint) -> None:
    """Between our own lock and SQLite's somebody may have written."""
    if _committed(fingerprint(target)) != _committed(before):
        what, mend = "was written to after its backup", "stop the program that uses it"
        raise StateError(name, what, mend)


def _forget_digest(backup: Backup) -> None:
    """What the last phase wrote down of the target is no longer true, if this one is killed."""
    note = read_note(backup.folder, MIGRATED) or {}
    write_note(backup.folder, MIGRATED, {**note, "target": None})


def _undo(job: Job, database: Database) -> None:
    if job.before is not None:
        database.leave_log()
    if database.in_transaction:
        database.run("ROLLBACK")


def _committed(print_: Fingerprint) -> Fingerprint:
    """What only a commit changes: not an empty file, and not a journal."""
    return tuple(part for part in print_ if part[2] and part[0] != "-journal")


def _transact(job: Job, database: Database, record: Record | None, progress: Progress) -> Merged:
    basis = job.basis
    before = proved(database, basis, job.reached, progress) if job.reached else None
    if before and before.problems and job.within:
        what = f"is not as the last phase has left it: {before.problems[0]}"
        raise StateError(job.plan.target, what, "mend that, or roll back and begin again")
    began: dict[Phase, str] = {}
    for phase in job.within:
        began[phase] = now()
        _carry_out(basis.work, phase, database, progress)
    if job.within:
        _write_journal(job, database, began)
    found = before
    if found is None or job.within:
        found = proved(database, basis, job.within[-1], progress)
        if before is None:
            refuse_unproved(job.plan, found)
        else:
            refuse_loss(job.plan, before, found)
    if record:
        record.look(database)
    rejects = _rejects(database, basis.work)
    progress.start("write to disk", None)
    database.run("COMMIT")
    progress.finish()
    return Merged(found, rejects, _since(before), before is None or before.pure)


def _carry_out(work: Work, phase: Phase, database: Database, progress: Progress) -> None:
    steps = [step for step in work.steps_of(phase) if step.kind != "attach"]
    total = sum(step.rows for step in steps)
    if total:
        rows = Rows(progress, phase, total, ROWS_PER_TICK)
        for step in steps:
            with rows.working(database, step.table, step.rows):
                _run(step, database)
    else:
        progress.start(phase, len(steps), STEPS)
        for done, step in enumerate(steps, 1):
            progress.at(step.what)
            _run(step, database)
            progress.advance(done)
    progress.finish()


def _run(step: Step, database: Database) -> None:
    """Carry out one step.

    Raises:
        DatabaseError: SQLite refuses; where a rule of a table does, it says what would break it.
    """
    try:
        database.run(step.sql)
    except DatabaseError as error:
        if step.phase is not Phase.DOCUMENT or not step.table or not is_of_rows(error):
            raise
        what = f"{step.what}, which a rule of that table forbids: {error.problem.what}"
        mend = "change that rule first, or say otherwise in the plan: [[names]], plan.metadata"
        raise DatabaseError(error.problem.where, what, mend) from error


def _since(before: Verification | None) -> tuple[str, ...]:
    """What others have done to the target between two phases, in words."""
    if before is None:
        return ()
    changed = [
        f"{proof.new}:"
        f" {counted_that(proof.rows - proof.equal - proof.rejected, 'row', 'was', 'were')} changed"
        " or taken away since the merge, which stays so"
        for proof in before.tables
        if not proof.holds
    ]
    added = [
        f"{name}: {counted(rows, 'row')} new since the merge" for name, rows in before.new_rows
    ]
    return (*changed, *added, *before.new_objects)


def _write_journal(job: Job, database: Database, began: dict[Phase, str]) -> None:
    """In the same transaction as what it tells of."""
    entry = journal.first_entry(job.plan, job.backup)
    done = dict(began)
    if Phase.DOCUMENT in done and not leaving(job.backup):
        done[Phase.ARCHIVE] = now()
    for phase in ALL:
        if phase in done:
            journal.write(database, entry.done(phase, done[phase]))
        elif job.reached is None:
            journal.write(database, entry.due(phase))


def _rejects(database: Database, work: Work) -> tuple[Rejects, ...]:
    if not any(arrival.way is Way.JOINED for arrival in work.arrivals):
        return ()
    return tuple(
        Rejects(*row)
        for row in database.rows(
            f'SELECT source, name, reason, count(DISTINCT "row") FROM main.{REJECTS}'
            " GROUP BY source, name, met, reason ORDER BY 1, 2, 3"
        )
    )


def conclude(job: Job, database: Database, watch: Watch, progress: Progress, *, pure: bool) -> None:
    """After COMMIT and with all in the main file: archive, and write down how it was left.

    Where others may have written to the target since its backup it is not `pure`: no digest is
    written down then, so that a rollback asks before it drops what they wrote.
    """
    if Phase.ARCHIVE in job.phases and leaving(job.backup):
        began = now()
        archive(job.plan, job.backup, progress)
        entry = journal.first_entry(job.plan, job.backup)
        journal.write(database, entry.done(Phase.ARCHIVE, began))
        checkpoint(database)
    digest = watch.digest() if pure else None
    write_note(job.backup.folder, MIGRATED, {"finished": now(), "target": digest})


def checkpoint(database: Database) -> None:
    """In WAL mode a full disk lets COMMIT succeed and this fail: so its answer is read."""
    what = "the result is safe in the -wal file but could not be moved into the main file"
    mend = "free some space and stop its users, then run again"
    try:
        answer = database.rows("PRAGMA main.wal_checkpoint(TRUNCATE)")
    except DatabaseError as error:
        raise DatabaseError(database.name, f"{what}: {error.problem.what}", mend) from error
    if any(busy or frames != moved for busy, frames, moved in answer):
        raise DatabaseError(database.name, what, mend)
