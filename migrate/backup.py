"""Backups that were read back, and the way back to them."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.archive import clear_archive
from migrate.errors import DatabaseError, StateError, disk_in_words
from migrate.intent import carried_out, digest_of_plan
from migrate.journal import State, Status, status
from migrate.locks import Locks, locks
from migrate.manifest import (
    MIGRATED,
    ROLLBACK,
    Backup,
    Kept,
    Manifest,
    backups_of,
    file_in,
    read_backup,
    read_note,
    write_manifest,
    write_note,
)
from migrate.parallel import side_by_side
from migrate.parts import (
    Fingerprint,
    Part,
    Tick,
    beside,
    copy,
    described,
    digest_of,
    fingerprint,
    has_hot_journal,
    now,
    present,
    read_back,
    settle,
    size_of,
)
from migrate.places import archive_places, backup_folder, draft_of
from migrate.progress import Counter, Progress
from migrate.restore import check_backup, put_back
from migrate.unfinished import clear_drafts, finished, in_progress, take_back
from migrate.verify import untouched
from plan.model import Action, Plan
from plan.model import Database as PlannedDatabase

SAVED = (Action.TARGET, Action.MERGE, Action.DELETE)


def take(plan: Plan, run: str, progress: Progress) -> tuple[Backup, dict[str, Fingerprint]]:
    """Copy every file that will change or move, read the copies back, and only then say so.

    Until it is complete the folder's name ends in .partial, so half a backup is never one.

    Raises:
        StateError: a file changed while it was copied, or a copy does not read back.
    """
    clear_drafts(plan)
    folder = backup_folder(plan, run)
    draft = draft_of(folder)
    draft.mkdir(parents=True)
    try:
        with in_progress(draft):
            before = _fill(plan, draft, run, progress)
            draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    settle(folder.parent)
    finished(folder)
    progress.finish()
    return read_backup(folder), before


def _fill(plan: Plan, draft: Path, run: str, progress: Progress) -> dict[str, Fingerprint]:
    databases = plan.with_action(*SAVED)
    before = {d.path: fingerprint(plan.root / d.path) for d in databases}
    total = sum(size_of(plan.root / database.path) for database in databases)
    tick = Counter(progress, "back up", 2 * total)
    kept = side_by_side(
        lambda database: _kept(plan, database, draft, before[database.path], tick),
        databases,
        lambda _: tick.report(),
    )
    shutil.copyfile(plan.file, draft / plan.file.name)
    for inner in (f for f in draft.rglob("*") if f.is_dir()):
        settle(inner)
    number = 1 + max((b.manifest.number for b in backups_of(plan)), default=0)
    digest = digest_of_plan(plan)
    write_manifest(draft, Manifest(run, now(), plan.file.name, digest, tuple(kept), number))
    return before


def _kept(
    plan: Plan, database: PlannedDatabase, draft: Path, before: Fingerprint, tick: Tick
) -> Kept:
    path, copied = plan.root / database.path, file_in(draft, database.path)
    copied.parent.mkdir(parents=True, exist_ok=True)
    parts = tuple(_keep(path, copied, suffix, tick) for suffix in present(path))
    if fingerprint(path) != before:
        raise StateError(
            database.path, "changed while it was copied", "stop the program that writes to it"
        )
    return Kept(database.path, database.action, parts)


def _keep(path: Path, copied: Path, suffix: str, tick: Tick) -> Part:
    copy(beside(path, suffix), beside(copied, suffix), tick)
    digest = read_back(beside(path, suffix), beside(copied, suffix), tick)
    if digest is None:
        raise StateError(str(copied), "does not read back as it was written", "look at the disk")
    return described(path, suffix, digest)


@dataclass(frozen=True, slots=True)
class Restored:
    """One file after a rollback; no digest where there was no file before the migration."""

    path: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What a rollback has put back."""

    backup: Path
    files: tuple[Restored, ...]
    seconds: float
    already_done: bool = False
    """Everything had been put back before; nothing was changed."""


def rollback(plan: Plan, *, progress: Progress, drop_new_rows: bool = False) -> RollbackReport:
    """Put every file back as it was before the migration, byte for byte, side files too.

    Killed in the middle, it is finished by running it again.

    Raises:
        StateError: nothing has run, the backup is damaged, or rows were written since.
        DatabaseError: a file is in use.
    """
    started = time.monotonic()
    with disk_in_words(plan.file.name):
        clear_drafts(plan)
        stopped = _stopped(plan)
        if stopped is not None:
            taken = time.monotonic() - started
            return RollbackReport(stopped.folder, _restored(stopped, Action.TARGET), taken)
        backup, known = _chosen(plan)
        if known.state is State.ROLLED_BACK:
            return RollbackReport(backup.folder, _restored(backup), 0.0, already_done=True)
        check_backup(backup, progress)
        _put_back(plan, backup, known, progress, drop_new_rows=drop_new_rows)
    return RollbackReport(backup.folder, _restored(backup), time.monotonic() - started)


def _stopped(plan: Plan) -> Backup | None:
    """The backup of a run that was killed before its commit, after its work was taken back."""
    try:
        if status(plan).state not in (State.NOTHING, State.ROLLED_BACK):
            return None
    except DatabaseError:
        return None
    with locks() as held:
        return take_back(plan, held)


def _put_back(
    plan: Plan, backup: Backup, known: Status, progress: Progress, *, drop_new_rows: bool
) -> None:
    with locks() as held:
        _hold_all(plan, backup, held)
        if known.state is not State.ROLLING_BACK and not drop_new_rows:
            _refuse_new_rows(plan, backup, known)
        note = {"started": now(), "finished": None}
        write_note(backup.folder, ROLLBACK, note)
        places = archive_places(plan)
        progress.start("putting files back", len(backup.manifest.databases))
        for done, kept in enumerate(backup.manifest.databases, 1):
            put_back(plan.root / kept.path, kept, backup, places.get(kept.path), held)
            progress.advance(done)
        clear_archive(plan, backup)
        write_note(backup.folder, ROLLBACK, {**note, "finished": now()})
        progress.finish()


def _chosen(plan: Plan) -> tuple[Backup, Status]:
    """The backup to go back to."""
    known = status(plan)
    if known.state is State.FINISHED:
        what = f"was finished on {known.when}, which ended the way back"
        mend = f"the backup is still in {known.backup}: whoever needs it can copy files from there"
        raise StateError(plan.target, what, mend)
    if known.backup is not None:
        return read_backup(known.backup), known
    for backup in reversed(backups_of(plan)):
        # The target is gone or cannot be read: the notes beside the backups tell.
        note = read_note(backup.folder, MIGRATED)
        if note and not note.get("ended") and not read_note(backup.folder, ROLLBACK):
            return backup, Status(State.DONE, (), backup.folder)
    raise StateError(str(plan.file.name), "nothing has run, so nothing can go back", "run migrate")


def _hold_all(plan: Plan, backup: Backup, held: Locks) -> None:
    for kept in backup.manifest.databases:
        path = plan.root / kept.path
        if path.is_file():
            held.hold(path, kept.path)


def _refuse_new_rows(plan: Plan, backup: Backup, known: Status) -> None:
    """What was written after the migration would be lost."""
    mend = "keep them elsewhere, then roll back with --drop-new-rows"
    note = read_note(backup.folder, MIGRATED)
    target = plan.root / plan.target
    if target.is_file():
        # A run that was killed after its commit did not write down how it left the target, and
        # a file may have other bytes and say the same: then the rows themselves tell.
        changed = note is None or _written_since(target, note)
        if changed and not _untouched(plan, backup, known):
            raise StateError(plan.target, "was written to since the migration", mend)
    for kept in backup.manifest.databases:
        path = plan.root / kept.path
        part = kept.part("")
        if kept.action is Action.TARGET or part is None or not path.is_file():
            continue
        if digest_of(path) != part.digest:
            what = "was made anew or written to since the migration"
            raise StateError(kept.path, what, mend)


def _untouched(plan: Plan, backup: Backup, known: Status) -> bool:
    then = carried_out(plan, backup)
    try:
        return (
            then is not None
            and known.reached is not None
            and untouched(then, backup, known.reached)
        )
    except DatabaseError:
        return False


def _written_since(target: Path, note: dict[str, Any]) -> bool:
    log = beside(target, "-wal")
    logged = log.exists() and log.stat().st_size > 0
    return logged or has_hot_journal(target) or digest_of(target) != note.get("target")


def _restored(backup: Backup, *actions: Action) -> tuple[Restored, ...]:
    back = [k for k in backup.manifest.databases if not actions or k.action in actions]
    return tuple(
        Restored(kept.path + part.suffix, part.digest) for kept in back for part in kept.parts
    ) + tuple(Restored(kept.path, None) for kept in back if not kept.parts)
