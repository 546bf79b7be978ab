"""The migration as a whole: locks, survey, backup, one transaction, archive."""

import contextlib
import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

from migrate.archive import leaving
from migrate.arrivals import Way
from migrate.backup import take
from migrate.errors import DatabaseError, StateError, SurveyError, disk_in_words
from migrate.intent import carried_out
from migrate.journal import State, Status, status
from migrate.locks import Locks, locks
from migrate.manifest import Backup, read_backup
from migrate.parts import SUFFIXES, beside, has_hot_journal
from migrate.progress import Progress
from migrate.report import Report
from migrate.restore import is_as_kept, put_back
from migrate.sqlite import open_target
from migrate.survey import Survey, survey_locked
from migrate.transaction import Attempt, Job, Merged, Watch, finish
from migrate.unfinished import take_back
from migrate.verify import refuse_other_plan, verified
from plan.model import Action, Plan


def migrate(plan: Plan, *, progress: Progress, dry_run: bool = False) -> Report:
    """Carry the plan out on the databases, or do nothing at all.

    Raises:
        SurveyError: every problem that was found before anything was written.
        StateError: something else has run before.
        ProofError, DatabaseError: it went wrong; every file is as it was.
    """
    started = time.monotonic()
    with disk_in_words(plan.file.name):
        known = _known(plan)
        _refuse(plan, known)
        if known.state is State.DONE or (known.state is State.MERGED and dry_run):
            report = _report(plan, backup=known.backup, already_done=True)
            if not dry_run:
                _tidy(plan)
        elif known.state is State.MERGED:
            report = _resumed(plan, known, progress)
        else:
            report = _whole(plan, progress, dry_run=dry_run)
    return report.after(time.monotonic() - started)


def _known(plan: Plan) -> Status:
    """What has run; of a target that cannot be read the survey will say why."""
    try:
        return status(plan)
    except (DatabaseError, UnicodeDecodeError):
        return Status(State.NOTHING, (), None)


def _refuse(plan: Plan, known: Status) -> None:
    if known.state is State.ROLLING_BACK:
        raise StateError(plan.target, "a rollback is not finished", "run rollback again")
    refuse_other_plan(plan, known)


def _tidy(plan: Plan) -> None:
    """A run that was killed as it ended leaves a journal that says nothing; SQLite ignores it."""
    path = plan.root / plan.target
    journal = beside(path, "-journal")
    with locks() as held, contextlib.suppress(DatabaseError):
        if journal.exists():
            held.hold(path, plan.target)
            if not has_hot_journal(path):
                journal.unlink()


def _whole(plan: Plan, progress: Progress, *, dry_run: bool) -> Report:
    with locks() as held:
        found = survey_locked(plan, held, progress)
        if found.problems or found.work is None:
            _refuse_if_run_meanwhile(plan)
            raise SurveyError(found.problems)
        if dry_run:
            return _report(plan, found=found, dry_run=True)
        take_back(plan, held)
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
        backup, before = take(plan, moment, progress)
        job = Job(plan, found.facts, found.work, backup, before[plan.target])
        # From here on SQLite's own lock keeps others out; what happens in between is seen.
        held.release(job.target)
        attempt = Attempt(job)
        try:
            merged = attempt.merge(progress)
        except BaseException:
            _as_before(attempt, held)
            raise
        return _report(plan, found=found, backup=backup.folder, merged=merged)


def _refuse_if_run_meanwhile(plan: Plan) -> None:
    """Whoever came second, and waited for the locks, finds a world that has moved on."""
    if _known(plan).state in (State.MERGED, State.DONE, State.ROLLING_BACK):
        what, mend = "another retable has been at work here meanwhile", "see `retable status`"
        raise StateError(plan.target, what, mend)


def _as_before(attempt: Attempt, held: Locks) -> None:
    """After a failure SQLite has rolled back; what it left beside the target goes too.

    A commit that succeeded is kept: the journal in the target tells, and a second run goes on.
    So is what somebody else has committed as soon as they could.
    """
    job = attempt.job
    kept = job.backup.manifest.target
    if _known(job.plan).state in (State.MERGED, State.DONE):
        return
    if kept.parts:
        with contextlib.suppress(DatabaseError):
            held.hold(job.target, job.plan.target)
            if not attempt.written_since():
                put_back(job.target, kept, job.backup, None, held)
    elif job.target.exists() and job.target.stat().st_size == 0:
        for suffix in SUFFIXES:
            beside(job.target, suffix).unlink(missing_ok=True)
    if is_as_kept(job.target, kept):
        # Nothing needs this backup: every file is what it was.
        shutil.rmtree(job.backup.folder, ignore_errors=True)


def _resumed(plan: Plan, known: Status, progress: Progress) -> Report:
    """A run before this one was stopped after its transaction: the rest is done now."""
    if known.backup is None:
        raise StateError(plan.target, "its journal names no backup", "put the backup back")
    backup = read_backup(known.backup)
    target = plan.root / plan.target
    with locks() as held:
        _hold_leaving(plan, backup, held)
        with Watch(target) as watch, open_target(target, plan.target) as database:
            database.run("BEGIN EXCLUSIVE")
            database.run("COMMIT")
            then = carried_out(plan, backup) or plan
            pure = verified(then, backup, database, progress).pure
            finish(plan, backup, database, watch, progress, pure=pure)
    return _report(plan, backup=backup.folder, resumed=True)


def _hold_leaving(plan: Plan, backup: Backup, held: Locks) -> None:
    for kept in leaving(backup):
        if (plan.root / kept.path).is_file():
            held.hold(plan.root / kept.path, kept.path)


def _report(
    plan: Plan,
    *,
    found: Survey | None = None,
    merged: Merged | None = None,
    backup: Path | None = None,
    already_done: bool = False,
    resumed: bool = False,
    dry_run: bool = False,
) -> Report:
    work = found.work if found else None
    arrivals = work.arrivals if work else ()
    proofs = merged.proofs if merged else ()
    moving = plan.with_action(Action.MERGE, Action.DELETE)
    fresh = found is not None and not any(
        fact.path == plan.target and fact.schema.objects for fact in found.facts
    )
    return Report(
        already_done=already_done,
        resumed=resumed,
        dry_run=dry_run,
        target=plan.target,
        databases_before=len(plan.databases) - fresh,
        databases_after=len(plan.databases) - len(moving),
        tables=len({table.new for table in plan.tables}),
        rows_copied=sum(a.rows for a in arrivals if a.way is not Way.MOVED),
        rows_proved=sum(proof.equal + proof.rejected for proof in proofs),
        proofs=proofs,
        rejects=merged.rejects if merged else (),
        new_names=work.new_names if work else (),
        left=work.left if work else (),
        notes=found.notes if found else (),
        steps=work.steps if work else (),
        backup=backup,
        archive=plan.root / plan.archive if moving else None,
        schema_version=plan.schema_version,
        seconds=0.0,
    )
