"""What a run that was killed before its commit has left: taken back, to the byte.

SQLite by itself takes back what was not committed, when a program next opens the target: that
gives the same rows, but not the same files. Only the backup of the killed run knows those.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.database.sqlite import open_target
from migrate.errors import DatabaseError
from migrate.files.locks import Locks
from migrate.files.manifest import MANIFEST, MIGRATED, ROLLBACK, Backup, backups_of
from migrate.files.pages import digest_of_content
from migrate.files.parts import copy_of, has_hot_journal, named, present
from migrate.files.places import PARTIAL, backup_pattern
from migrate.files.restore import is_as_kept, put_beside
from plan.model import Plan

IN_PROGRESS = "in-progress"
_OURS = b"retable is writing this backup\n"


def take_back(plan: Plan, held: Locks) -> Backup | None:
    """Make the target's files what they were before a run that never came to its commit.

    Nothing is done where somebody has written since, or uses the target: what a program that
    opens it reads is the same before, after and at every point in between. Returns the backup
    that the files came from, or None if there was nothing to take back.
    """
    path = plan.root / plan.target
    open_ones = _open_ones(plan)
    if not open_ones:
        return None
    if path.exists():
        try:
            held.hold(path, plan.target)
        except DatabaseError:
            return None
    backup = _unfinished(open_ones, path)
    if backup is None:
        return None
    kept = backup.manifest.target
    if path.exists() and has_hot_journal(path):
        held.release(path)
        _let_sqlite_recover(path, plan.target)
        held.hold(path, plan.target)
        if _content(path) != _content(backup.file(kept.path)):
            return None
    put_beside(path, kept, backup, held)
    return backup


def _open_ones(plan: Plan) -> list[Backup]:
    """The backups of runs of which nothing tells that they came to an end, the newest first."""
    return [
        backup
        for backup in reversed(backups_of(plan))
        if backup.manifest.target.path == plan.target
        and not (backup.folder / MIGRATED).exists()
        and not (backup.folder / ROLLBACK).exists()
    ]


def _unfinished(open_ones: list[Backup], path: Path) -> Backup | None:
    """The backup of a run that was killed, if taking back its work is all that is left to do."""
    if any(is_as_kept(path, b.manifest.target) for b in open_ones):
        return None
    now = _content(path)
    for backup in open_ones:
        target = backup.manifest.target
        copied = backup.file(target.path)
        whole = is_as_kept(copied, target, dressed=False)
        if whole and _content(copied) == now:
            return backup
    return None


def _content(path: Path) -> str | None:
    """A digest of what a program would find in a database; None if that is nothing at all."""
    if not path.exists():
        return None
    if not any(suffix in present(path) for suffix in ("-wal", "-journal")):
        return digest_of_content(path)
    with tempfile.TemporaryDirectory(prefix="retable-") as folder:
        copied = copy_of(path, Path(folder))
        _let_sqlite_recover(copied, path.name, checkpoint=True)
        return digest_of_content(copied)


def _let_sqlite_recover(path: Path, name: str, *, checkpoint: bool = False) -> None:
    """SQLite takes back what a dead writer had not committed; it is safe to stop at any point."""
    with open_target(path, name) as database:
        database.leave_log()
        database.rows("SELECT count(*) FROM main.sqlite_schema")
        if checkpoint:
            database.rows("PRAGMA main.wal_checkpoint(TRUNCATE)")


@contextmanager
def in_progress(draft: Path) -> Iterator[None]:
    """Mark a folder as being written, for as long as this process lives."""
    mark = draft / IN_PROGRESS
    with mark.open("xb", buffering=0) as file:
        with named(mark):
            file.write(_OURS)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def finished(folder: Path) -> None:
    """The folder has its final name: nobody needs the mark any more."""
    (folder / IN_PROGRESS).unlink(missing_ok=True)


def clear_drafts(plan: Plan) -> None:
    """Remove half-written backups whose writer is dead; all others are left alone."""
    for draft in sorted(plan.root.glob(backup_pattern(plan) + PARTIAL)):
        if is_abandoned(draft):
            shutil.rmtree(draft)


def is_abandoned(draft: Path) -> bool:
    """Whether a folder is a half-written backup of ours whose writer is dead."""
    return _is_ours(draft) and _writer_is_dead(draft / IN_PROGRESS)


def _is_ours(draft: Path) -> bool:
    """By its mark; a writer that died before it had made one has made nothing else either."""
    if draft.is_symlink() or not draft.is_dir():
        return False
    names = {inner.name for inner in draft.iterdir()}
    mark = draft / IN_PROGRESS
    if names <= {IN_PROGRESS}:
        return not names or (mark.is_file() and _OURS.startswith(mark.read_bytes()))
    if not mark.is_file() or mark.read_bytes() != _OURS:
        return False
    expected = {"files", MANIFEST, MANIFEST + PARTIAL, IN_PROGRESS}
    return all(name in expected or name.endswith(".toml") for name in names)


def _writer_is_dead(mark: Path) -> bool:
    try:
        handle = os.open(mark, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(handle)
    return True
