"""The migration as a whole: locks, survey, backup, transactions, archive."""

import contextlib
import time
from datetime import UTC, datetime

from migrate.errors import DatabaseError, StateError, SurveyError, disk_in_words
from migrate.files.archive import hold_leaving, refuse_changed
from migrate.files.backup import discard, take
from migrate.files.locks import Locks, locks
from migrate.files.manifest import PROOF, read_backup
from migrate.files.parts import beside, has_hot_journal
from migrate.files.restore import check_backup, is_as_kept
from migrate.files.unfinished import take_back
from migrate.journal import MOVED_ON, State, Status, in_words, status
from migrate.phases import ALL, Phase
from migrate.progress import Progress
from migrate.proof.verify import Basis, basis_of, refuse_other_plan
from migrate.report import Report, already_done, report_on
from migrate.steps.descriptions import lacking, strangers
from migrate.survey import survey_locked
from migrate.transaction import Job, merge
from plan.model import Plan


def migrate(
    plan: Plan, *, progress: Progress, dry_run: bool = False, phase: Phase | None = None
) -> Report:
    """Carry the plan out on the databases, or do nothing at all.

    All phases that are due happen within one transaction, then files are archived; with `phase`
    only that one happens, in a transaction of its own.

    Raises:
        SurveyError: every problem that was found before anything was written.
        StateError: something else has run before, or must run before.
        ProofError, DatabaseError: it went wrong; every file is as it was.
    """
    started = time.monotonic()
    with disk_in_words(plan.file.name):
        known = _known(plan)
        if known.state is State.ROLLING_BACK:
            raise StateError(plan.target, "a rollback is not finished", "run rollback again")
        if known.state is State.LOST:
            raise StateError(plan.target, *in_words(plan, known))
        refuse_other_plan(plan, known)
        due = _due(plan, known, phase, dry_run=dry_run)
        if not due:
            _tidy(plan, dry_run=dry_run)
            if known.state is State.DONE and not dry_run:
                _record(plan, known, progress)
            report = already_done(plan, known)
        elif known.state in MOVED_ON:
            report = _further(plan, known, due, progress, dry_run=dry_run)
        else:
            report = _first(plan, due, progress, dry_run=dry_run)
    return report.after(time.monotonic() - started)


def _known(plan: Plan) -> Status:
    """What has run; of a target that cannot be read the survey will say why."""
    try:
        return status(plan)
    except (DatabaseError, UnicodeDecodeError):
        return Status(State.NOTHING, (), None)


def _due(plan: Plan, known: Status, phase: Phase | None, *, dry_run: bool) -> tuple[Phase, ...]:
    """The phases to run now."""
    due = tuple(p for p in ALL if p not in known.done)
    if phase is None:
        return due
    if phase not in due:
        return ()
    if phase is not due[0] and not dry_run:
        what = f"{phase} comes after {due[0]}, which has not run"
        command = "archive" if due[0] is Phase.ARCHIVE else f"migrate --phase {due[0]}"
        raise StateError(plan.target, what, f"run `retable {command}` first")
    return (phase,)


def _tidy(plan: Plan, *, dry_run: bool) -> None:
    """A run that was killed as it ended leaves a journal that says nothing; SQLite ignores it."""
    path = plan.root / plan.target
    journal = beside(path, "-journal")
    with locks() as held, contextlib.suppress(DatabaseError):
        if journal.exists() and not dry_run:
            held.hold(path, plan.target)
            if not has_hot_journal(path):
                journal.unlink()


def _record(plan: Plan, known: Status, progress: Progress) -> None:
    """A run that was killed between its commit and its end left no record of its proof."""
    if known.backup and known.backup.is_dir() and not (known.backup / PROOF).exists():
        backup = read_backup(known.backup)
        merge(Job(plan, basis_of(plan, backup), backup, (), reached=known.reached), progress)


def _first(plan: Plan, due: tuple[Phase, ...], progress: Progress, *, dry_run: bool) -> Report:
    with locks() as held:
        found = survey_locked(plan, held, progress, documenting=Phase.DOCUMENT in due)
        if found.problems or found.work is None:
            _refuse_if_run_meanwhile(plan)
            raise SurveyError(found.problems)
        if dry_run:
            return report_on(plan, found.facts, found.work, due, notes=found.notes, dry_run=True)
        take_back(plan, held)
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
        backup, before = take(plan, moment, progress)
        basis = Basis(plan, found.facts, found.work)
        job = Job(plan, basis, backup, due, before=before[plan.target])
        # From here on SQLite's own lock keeps others out; what happens in between is seen.
        held.release(job.target)
        try:
            merged = merge(job, progress)
        except BaseException:
            _as_before(job, held)
            raise
        return report_on(
            plan, found.facts, found.work, due,
            notes=found.notes, backup=backup.folder,
            proofs=merged.found.tables, rejects=merged.rejects,
        )  # fmt: skip


def _refuse_lacking(basis: Basis) -> None:
    """Stop if something is not described that must be."""
    problems = (*strangers(basis.plan, basis.facts), *lacking(basis.plan, basis.facts))
    if problems:
        raise SurveyError(problems)


def _refuse_if_run_meanwhile(plan: Plan) -> None:
    """Whoever came second, and waited for the locks, finds a world that has moved on."""
    if _known(plan).state in (*MOVED_ON, State.ROLLING_BACK):
        what, mend = "another retable has been at work here meanwhile", "see `retable status`"
        raise StateError(plan.target, what, mend)


def _as_before(job: Job, held: Locks) -> None:
    """After a failure SQLite has rolled back; what it left beside the target goes too.

    A commit that succeeded is kept: the journal in the target tells, and a second run goes on.
    So is what somebody else has committed as soon as they could.
    """
    if _known(job.plan).state in MOVED_ON:
        return
    # On a full disk this may fail as well: the next run does it, and the first error is the one.
    with contextlib.suppress(DatabaseError, OSError):
        take_back(job.plan, held)
    if is_as_kept(job.target, job.backup.manifest.target):
        # Nothing needs this backup: every file is what it was.
        discard(job.plan, job.backup)


def _further(
    plan: Plan, known: Status, due: tuple[Phase, ...], progress: Progress, *, dry_run: bool
) -> Report:
    """What is due after a phase of its own, or after a run that was stopped.

    If it fails SQLite takes back what it has done; what ran before stays.
    """
    if known.backup is None:
        raise StateError(plan.target, "its journal names no backup", "put the backup back")
    backup = read_backup(known.backup)
    basis = basis_of(plan, backup)
    if Phase.DOCUMENT in due:
        _refuse_lacking(basis)
    with locks() as held:
        if dry_run:
            return report_on(plan, basis.facts, basis.work, due, dry_run=True)
        hold_leaving(plan, backup, held)
        refuse_changed(plan, backup)
        check_backup(backup, progress)
        merged = merge(Job(plan, basis, backup, due, reached=known.reached), progress)
    return report_on(
        plan, basis.facts, basis.work, due,
        notes=merged.notes, backup=backup.folder,
        proofs=merged.found.tables, rejects=merged.rejects, resumed=True,
    )  # fmt: skip
