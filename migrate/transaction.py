"""One transaction in one file: all steps and their proof, or nothing."""

import hashlib
import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from migrate import journal
from migrate.archive import archive, leaving
from migrate.arrivals import Way
from migrate.errors import DatabaseError, StateError
from migrate.manifest import MANIFEST, MIGRATED, Backup, write_note
from migrate.parts import Fingerprint, digest_of, fingerprint, has_hot_journal
from migrate.progress import Progress, paced
from migrate.report import Rejects
from migrate.rowproof import TableProof
from migrate.schema import Facts
from migrate.sqlite import Database, open_target
from migrate.steps import Phase, Work
from migrate.verify import attach_all, prove
from plan.model import Plan
from plan.rules import REJECTS

ROWS_PER_TICK = 4_000
"""What one tick of SQLite copies, roughly: it moves a progress bar and nothing else."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done, with what was found before, and the backup to fall back on."""

    plan: Plan
    facts: tuple[Facts, ...]
    work: Work
    backup: Backup
    before: Fingerprint
    """Of the target, when its backup was made."""

    @property
    def target(self) -> Path:
        """The one file that changes."""
        return self.plan.root / self.plan.target


@dataclass(frozen=True, slots=True)
class Merged:
    """What the transaction has done."""

    proofs: tuple[TableProof, ...]
    rejects: tuple[Rejects, ...]


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
        """SHA-256 of the target's bytes now."""
        with os.fdopen(self._handle, "rb", closefd=False) as file:
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()


class Attempt:
    """One try of a job; if it fails, `left` tells what SQLite left, under its lock."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.left = job.before
        self._owned = False

    def merge(self, progress: Progress) -> Merged:
        """Carry out all steps, prove them, commit, archive.

        Raises:
            UserError: nothing was committed, or the commit stands and the rest is done later.
        """
        job = self.job
        # Rolling back a dead writer's journal writes to the file: that is not somebody else.
        hot = has_hot_journal(job.target)
        with ExitStack() as stack:
            watch = stack.enter_context(Watch(job.target))
            database = stack.enter_context(open_target(job.target, job.plan.target))
            try:
                attach_all(database, job.backup, job.plan, job.work, stack)
                database.run("BEGIN EXCLUSIVE")
                self._own(hot=hot)
                merged = _transact(job, database, progress)
            except BaseException:
                self._undo(database)
                raise
            finish(job.plan, job.backup, database, watch, progress)
            return merged

    def written_since(self) -> bool:
        """Whether somebody else committed since `left` was true."""
        return _committed(fingerprint(self.job.target)) != _committed(self.left)

    def _own(self, *, hot: bool) -> None:
        """Between our own lock and SQLite's somebody may have written."""
        if not hot and self.written_since():
            what, mend = "was written to after its backup", "stop the program that uses it"
            raise StateError(self.job.plan.target, what, mend)
        self._owned = True

    def _undo(self, database: Database) -> None:
        database.leave_log()
        if database.in_transaction:
            database.run("ROLLBACK")
        if self._owned:
            self.left = fingerprint(self.job.target)


def _committed(print_: Fingerprint) -> Fingerprint:
    """What only a commit changes: not an empty file, and not a journal."""
    return tuple(part for part in print_ if part[2] and part[0] != "-journal")


def _transact(job: Job, database: Database, progress: Progress) -> Merged:
    began: dict[str, str] = {}
    for step in job.work.steps:
        if step.kind == "attach":
            continue
        began.setdefault(step.phase, journal.now())
        if not step.rows:
            database.run(step.sql)
            continue
        progress.start(step.what, step.rows)
        with database.ticking(paced(progress, step.rows, ROWS_PER_TICK)):
            database.run(step.sql)
        progress.finish()
    _write_journal(job, database, began)
    proofs = prove(database, job.plan, job.facts, job.work, progress)
    rejects = _rejects(database, job.work)
    progress.start("writing the result to disk", None)
    database.run("COMMIT")
    progress.finish()
    return Merged(proofs, rejects)


def _write_journal(job: Job, database: Database, began: dict[str, str]) -> None:
    """In the same transaction as what it tells of."""
    manifest = digest_of(job.backup.folder / MANIFEST)
    entry = journal.first_entry(job.plan, job.backup, manifest)
    for phase in Phase:
        start = began.get(phase, journal.now())
        journal.write(database, entry.done(str(phase), start))
    if leaving(job.backup):
        journal.write(database, entry.due(journal.ARCHIVE))
    else:
        journal.write(database, entry.done(journal.ARCHIVE, journal.now()))


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


def finish(
    plan: Plan,
    backup: Backup,
    database: Database,
    watch: Watch,
    progress: Progress,
    *,
    pure: bool = True,
) -> None:
    """After COMMIT: bring all into the main file, archive, and write down how it was left.

    Where others may have written to the target since the commit it is not `pure`: no digest is
    written down then, so that a rollback asks before it drops what they wrote.
    """
    _checkpoint(database)
    if leaving(backup):
        archive(plan, backup, progress)
        journal.mark_archived(database, backup.manifest.run)
        _checkpoint(database)
    digest = watch.digest() if pure else None
    write_note(backup.folder, MIGRATED, {"finished": journal.now(), "target": digest})


def _checkpoint(database: Database) -> None:
    """In WAL mode a full disk lets COMMIT succeed and this fail: so its answer is read."""
    for busy, frames, moved in database.rows("PRAGMA main.wal_checkpoint(TRUNCATE)"):
        if busy or frames != moved:
            raise DatabaseError(
                database.name,
                "the result is safe in the -wal file but could not be moved into the main file",
                "free some space and stop its users, then run again",
            )
