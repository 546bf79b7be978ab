"""The migration itself: locks, survey, backup, one transaction in one file, proofs, archive."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from migrate import journal
from migrate.archive import archive, leaving
from migrate.arrivals import Way
from migrate.backup import take
from migrate.errors import DatabaseError, StateError, SurveyError
from migrate.journal import ARCHIVE, State, Status, status
from migrate.locks import Locks, locks
from migrate.manifest import MANIFEST, MIGRATED, Backup, read_backup, write_note
from migrate.parts import Fingerprint, beside, digest_of, fingerprint, has_hot_journal
from migrate.progress import Progress, paced
from migrate.report import Rejects, Report
from migrate.restore import put_back
from migrate.sqlite import Database, open_target
from migrate.steps import Phase, Work
from migrate.survey import Survey, survey_locked
from migrate.verify import TableProof, attach_all, prove
from plan.errors import UserError
from plan.model import Action, Plan
from plan.rules import REJECTS

ROWS_PER_TICK = 4_000
"""What one tick of SQLite copies, roughly: it moves a progress bar and nothing else."""


@dataclass(frozen=True, slots=True)
class _Merged:
    """What the transaction has done."""

    proofs: tuple[TableProof, ...]
    rejects: tuple[Rejects, ...]


def migrate(plan: Plan, *, progress: Progress, dry_run: bool = False) -> Report:
    """Carry the plan out on the databases, or do nothing at all.

    Raises:
        SurveyError: every problem that was found before anything was written.
        StateError: something else has run before.
        ProofError, DatabaseError: it went wrong; every file is as it was.
    """
    started = time.monotonic()
    with _said(plan):
        known = status(plan)
        _refuse(plan, known)
        if known.state is State.DONE:
            return _report(plan, started, backup=known.backup, already_done=True)
        if known.state is State.MERGED and dry_run:
            return _report(plan, started, backup=known.backup, dry_run=True)
        if known.state is State.MERGED:
            return _resume(plan, known, progress, started)
        with locks() as held:
            found = survey_locked(plan, held, progress)
            if found.problems or found.work is None:
                raise SurveyError(found.problems)
            if dry_run:
                return _report(plan, started, found=found, dry_run=True)
            return _run(plan, found, found.work, held, progress, started)


def _refuse(plan: Plan, known: Status) -> None:
    if known.state is State.ROLLING_BACK:
        raise StateError(plan.target, "a rollback is not finished", "run rollback again")
    if known.state in (State.MERGED, State.DONE) and known.plan_changed:
        what = f"another plan was carried out here: a copy of it is in {known.backup}"
        raise StateError(plan.target, what, "take that plan, or roll back first")


@contextmanager
def _said(plan: Plan) -> Iterator[None]:
    """Say what the operating system raises in words."""
    try:
        yield
    except UserError:
        raise
    except OSError as error:
        where = error.filename or plan.file.name
        mend = "free some space" if error.errno == 28 else "look at the disk and at permissions"
        raise DatabaseError(str(where), f"{error.strerror}", mend) from error


def _run(
    plan: Plan, found: Survey, work: Work, held: Locks, progress: Progress, started: float
) -> Report:
    run = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
    backup, before = take(plan, run, progress)
    target = plan.root / plan.target
    # From here on SQLite's own lock keeps others out; what happens in between is seen.
    held.release(target)
    try:
        merged = _merge(plan, found, work, backup, before[plan.target], progress)
    except BaseException:
        _as_before(plan, backup, held)
        raise
    return _report(plan, started, found=found, backup=backup.folder, merged=merged)


def _merge(
    plan: Plan,
    found: Survey,
    work: Work,
    backup: Backup,
    before: Fingerprint,
    progress: Progress,
) -> _Merged:
    target = plan.root / plan.target
    hot = has_hot_journal(target)
    with ExitStack() as stack:
        watch = stack.enter_context(_Watch(target))
        database = stack.enter_context(open_target(target, plan.target))
        attach_all(database, backup, plan, work, stack)
        database.run("BEGIN EXCLUSIVE")
        try:
            if not hot and _filled(fingerprint(target)) != _filled(before):
                raise StateError(
                    plan.target, "was written to after its backup", "stop the program that uses it"
                )
            merged = _transact(plan, found, work, backup, database, progress)
        except BaseException:
            if database.in_transaction:
                database.run("ROLLBACK")
            raise
        _finish(plan, backup, database, watch, progress)
        return merged


def _filled(print_: Fingerprint) -> Fingerprint:
    """Opening a database may leave an empty file beside it."""
    return tuple(part for part in print_ if part[2])


def _transact(
    plan: Plan, found: Survey, work: Work, backup: Backup, database: Database, progress: Progress
) -> _Merged:
    began = {phase: journal.now() for phase in Phase}
    for step in work.steps:
        if step.kind == "attach":
            continue
        began.setdefault(step.phase, journal.now())
        if step.rows:
            progress.start(step.what, step.rows)
        with database.ticking(paced(progress, step.rows, ROWS_PER_TICK) if step.rows else None):
            database.run(step.sql)
        if step.rows:
            progress.finish()
    manifest = digest_of(backup.folder / MANIFEST)
    for phase in Phase:
        journal.write(
            database,
            journal.entry(plan, backup, str(phase), "done", began[phase], manifest),
        )
    due = "due" if leaving(backup) else "done"
    journal.write(database, journal.entry(plan, backup, ARCHIVE, due, journal.now(), manifest))
    proofs = prove(database, plan, found.facts, work, progress)
    rejects = _rejects(database, work)
    progress.start("writing the result to disk", None)
    with database.ticking(None):
        database.run("COMMIT")
    progress.finish()
    return _Merged(proofs, rejects)


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


class _Watch:
    """Reads the target while SQLite has it open.

    Closing any handle on a file drops the locks that this process has on it, SQLite's too
    (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_),
    so this one is closed after SQLite's.
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
        """SHA-256 of the target's bytes now."""
        with os.fdopen(os.dup(self._handle), "rb", closefd=False) as file:
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()


def _finish(
    plan: Plan, backup: Backup, database: Database, watch: _Watch, progress: Progress
) -> None:
    """After COMMIT: bring all into the main file, archive, and write down how it was left."""
    _checkpoint(database)
    write_note(backup.folder, MIGRATED, {"finished": None, "target": watch.digest()})
    if leaving(backup):
        archive(plan, backup, progress)
        journal.mark_archived(database, backup.manifest.run)
        _checkpoint(database)
    write_note(backup.folder, MIGRATED, {"finished": journal.now(), "target": watch.digest()})


def _checkpoint(database: Database) -> None:
    """In WAL mode a full disk lets COMMIT succeed and this fail: so its answer is read."""
    for busy, frames, moved in database.rows("PRAGMA main.wal_checkpoint(TRUNCATE)"):
        if busy or frames != moved:
            raise DatabaseError(
                database.name,
                "the result is safe in the -wal file but could not be moved into the main file",
                "free some space and stop its users, then run again",
            )


def _as_before(plan: Plan, backup: Backup, held: Locks) -> None:
    """After a failure: SQLite has rolled back; what it left beside the target goes too.

    A commit that succeeded is kept: the journal in the target tells, and a second run goes on.
    """
    target = plan.root / plan.target
    kept = backup.manifest.target
    if status(plan).state is not State.NOTHING and status(plan).state is not State.ROLLED_BACK:
        return
    if not kept.parts:
        if target.exists() and target.stat().st_size == 0:
            for suffix in ("", "-wal", "-shm", "-journal"):
                beside(target, suffix).unlink(missing_ok=True)
        return
    held.hold(target, plan.target)
    put_back(target, kept, backup, None, held)


def _resume(plan: Plan, known: Status, progress: Progress, started: float) -> Report:
    """A run before this one was stopped after its transaction: the rest is done now."""
    if known.backup is None:
        raise StateError(plan.target, "its journal names no backup", "roll back by hand")
    backup = read_backup(known.backup)
    with locks() as held:
        for kept in leaving(backup):
            if (plan.root / kept.path).is_file():
                held.hold(plan.root / kept.path, kept.path)
        target = plan.root / plan.target
        with _Watch(target) as watch, open_target(target, plan.target) as database:
            database.run("BEGIN EXCLUSIVE")
            database.run("COMMIT")
            _finish(plan, backup, database, watch, progress)
    return _report(plan, started, backup=backup.folder, resumed=True)


def _report(
    plan: Plan,
    started: float,
    *,
    found: Survey | None = None,
    merged: _Merged | None = None,
    backup: Path | None = None,
    already_done: bool = False,
    resumed: bool = False,
    dry_run: bool = False,
) -> Report:
    work = found.work if found else None
    arrivals = work.arrivals if work else ()
    proofs = merged.proofs if merged else ()
    stay = plan.with_action(Action.TARGET, Action.KEEP)
    return Report(
        already_done=already_done,
        resumed=resumed,
        dry_run=dry_run,
        target=plan.target,
        databases_before=sum(
            1 for d in plan.databases if found is None or _existed(d.path, found, plan)
        ),
        databases_after=len(stay),
        tables=len({a.planned.new for a in arrivals}) if work else 0,
        rows_copied=sum(a.rows for a in arrivals if a.way is not Way.MOVED),
        rows_proved=sum(proof.equal + proof.rejected for proof in proofs),
        proofs=proofs,
        rejects=merged.rejects if merged else (),
        new_names=work.new_names if work else (),
        left=work.left if work else (),
        notes=found.notes if found else (),
        steps=work.steps if work else (),
        backup=backup,
        archive=plan.root / plan.archive if plan.with_action(Action.MERGE, Action.DELETE) else None,
        schema_version=plan.schema_version,
        seconds=time.monotonic() - started,
    )


def _existed(path: str, found: Survey, plan: Plan) -> bool:
    fresh = path == plan.target and not any(
        fact.path == path and fact.tables for fact in found.facts
    )
    return not fresh
