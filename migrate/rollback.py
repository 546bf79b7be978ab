"""The way back: every database as it was before its migration."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path

from migrate.errors import DatabaseError, StateError, disk_in_words
from migrate.files.archive import clear_archive
from migrate.files.locks import Locks, locks
from migrate.files.manifest import (
    MIGRATED,
    ROLLBACK,
    Backup,
    backups_of,
    read_backup,
    read_note,
    write_note,
)
from migrate.files.parts import now
from migrate.files.places import archive_places
from migrate.files.restore import check_backup, put_back
from migrate.files.unfinished import clear_drafts, take_back
from migrate.journal import State, Status, status
from migrate.phases import Phase
from migrate.progress import FILES, Progress
from migrate.since.losses import NOTHING_LOST, Lost, keep_or_refuse, lost_before
from plan.model import Action, Plan


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
    lost: Lost = NOTHING_LOST
    """What had been written since the migration."""


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
            lost = lost_before(read_note(backup.folder, ROLLBACK) or {})
            return RollbackReport(
                backup.folder, _restored(backup), 0.0, already_done=True, lost=lost
            )
        check_backup(backup, progress)
        lost = _put_back(plan, backup, known, progress, drop_new_rows=drop_new_rows)
    taken = time.monotonic() - started
    return RollbackReport(backup.folder, _restored(backup), taken, lost=lost)


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
) -> Lost:
    with locks() as held:
        _hold_all(plan, backup, held)
        if known.state is State.ROLLING_BACK:
            lost = lost_before(read_note(backup.folder, ROLLBACK) or {})
        else:
            # Without a journal to tell, a note tells that all of it was done.
            reached = known.reached or Phase.DOCUMENT
            lost = keep_or_refuse(plan, backup, reached, progress, drop=drop_new_rows)
        note = {"started": now(), "finished": None, "lost": asdict(lost)}
        write_note(backup.folder, ROLLBACK, note)
        places = archive_places(plan)
        progress.start("put back", len(backup.manifest.databases), FILES)
        for done, kept in enumerate(backup.manifest.databases, 1):
            progress.at(kept.path)
            put_back(plan.root / kept.path, kept, backup, places.get(kept.path), held)
            progress.advance(done)
        clear_archive(plan, backup)
        write_note(backup.folder, ROLLBACK, {**note, "finished": now()})
        progress.finish()
        return lost


def _chosen(plan: Plan) -> tuple[Backup, Status]:
    """The backup to go back to."""
    known = status(plan)
    if known.state is State.FINISHED:
        what = f"was finished on {known.when}, which ended the way back"
        mend = f"the backup is still in {known.backup}: whoever needs it can copy files from there"
        raise StateError(plan.target, what, mend)
    if known.backup is not None:
        return read_backup(known.backup), known
    what, mend = "nothing has run, so nothing can go back", "run migrate"
    backups = backups_of(plan)
    if backups:
        folder = backups[-1].folder
        if (read_note(folder, MIGRATED) or {}).get("ended"):
            what = "a migration was finished here, which ended the way back"
        mend = f"the backup is still in {folder}: whoever needs it can copy files from there"
    raise StateError(str(plan.file.name), what, mend)


def _hold_all(plan: Plan, backup: Backup, held: Locks) -> None:
    for kept in backup.manifest.databases:
        path = plan.root / kept.path
        if path.is_file():
            held.hold(path, kept.path)


def _restored(backup: Backup, *actions: Action) -> tuple[Restored, ...]:
    back = [k for k in backup.manifest.databases if not actions or k.action in actions]
    return tuple(
        Restored(kept.path + part.suffix, part.digest) for kept in back for part in kept.parts
    ) + tuple(Restored(kept.path, None) for kept in back if not kept.parts)
