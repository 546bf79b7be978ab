"""One database put back as it was: each of its files, at once or not at all."""

import contextlib
import os
import shutil
from pathlib import Path

from migrate.errors import StateError
from migrate.locks import Locks
from migrate.manifest import Backup, Kept
from migrate.parts import SUFFIXES, Part, beside, digest_of, settle
from migrate.progress import Counter, Progress

_DRAFT = ".retable-restore"


def check_backup(backup: Backup, progress: Progress) -> None:
    """Read the whole backup, before anything is believed of it.

    Raises:
        StateError: a file of it is missing or damaged.
    """
    parts = [(kept.path, part) for kept in backup.manifest.databases for part in kept.parts]
    tick = Counter(progress, "read the backup", sum(part.size for _, part in parts))
    for path, part in parts:
        file = backup.file(path, part.suffix)
        if not file.is_file() or digest_of(file, tick) != part.digest:
            raise StateError(
                str(file), "is missing or is not what was backed up", "put the backup right"
            )
    progress.finish()


def put_back(path: Path, kept: Kept, backup: Backup, archived: Path | None, held: Locks) -> None:
    """Make a database's files what they were; files that are right already are left alone.

    A stale -wal would be replayed onto the old file, so side files go first. The main file comes
    before its own side files: alone it is an older state, they alone beside another would harm it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in SUFFIXES[1:]:
        if not _is_right(beside(path, suffix), kept.part(suffix)):
            beside(path, suffix).unlink(missing_ok=True)
    settle(path.parent)
    for suffix in SUFFIXES:
        part = kept.part(suffix)
        here = beside(path, suffix)
        beside(path, suffix + _DRAFT).unlink(missing_ok=True)
        if part is None:
            here.unlink(missing_ok=True)
        elif not _is_right(here, part):
            old = beside(archived, suffix) if archived else None
            _replace(here, part, backup.file(kept.path, suffix), old, held)
        else:
            _dress(here, part)
    settle(path.parent)


def put_beside(path: Path, kept: Kept, backup: Backup, held: Locks) -> None:
    """Make a database's files what they were, where both say the same to whoever reads them.

    So side files may come first: at every point the next program to open it reads the same.
    """
    for suffix in (*SUFFIXES[1:], ""):
        part = kept.part(suffix)
        here = beside(path, suffix)
        if part is None:
            here.unlink(missing_ok=True)
        elif _is_right(here, part):
            _dress(here, part)
        else:
            _replace(here, part, backup.file(kept.path, suffix), None, held)
    settle(path.parent)


def is_as_kept(path: Path, kept: Kept, *, dressed: bool = True) -> bool:
    """Whether each of a database's files is what it was; `dressed` asks for its mode and time."""
    for suffix in SUFFIXES:
        part, here = kept.part(suffix), beside(path, suffix)
        if not _is_right(here, part):
            return False
        if part and dressed and here.stat().st_mtime_ns != part.mtime_ns:
            return False
    return True


def _is_right(file: Path, part: Part | None) -> bool:
    if part is None:
        return not file.exists()
    return file.is_file() and file.stat().st_size == part.size and digest_of(file) == part.digest


def _replace(here: Path, part: Part, backup: Path, archived: Path | None, held: Locks) -> None:
    if (
        archived is not None
        and _is_right(archived, part)
        and archived.stat().st_dev == here.parent.stat().st_dev
    ):
        archived.replace(here)
        settle(archived.parent)
        _dress(here, part)
        return
    draft = here.with_name(here.name + _DRAFT)
    with backup.open("rb") as read, draft.open("wb") as written:
        shutil.copyfileobj(read, written, 1 << 20)
        written.flush()
        os.fsync(written.fileno())
    if digest_of(draft) != part.digest:
        raise StateError(str(here), "does not read back as it was written", "look at the disk")
    if part.suffix == "":
        # The new file is locked before it is seen, so nobody gets in between.
        held.hold(draft, here.name)
    _dress(draft, part)
    draft.replace(here)
    if part.suffix == "":
        held.renamed(draft, here)


def _dress(file: Path, part: Part) -> None:
    stat = file.stat()
    if (stat.st_uid, stat.st_gid) != (part.owner, part.group):
        # Only root may give a file away; for others it is theirs already.
        with contextlib.suppress(PermissionError):
            os.chown(file, part.owner, part.group)
    if stat.st_mode & 0o7777 != part.mode:
        file.chmod(part.mode)
    if stat.st_mtime_ns != part.mtime_ns:
        os.utime(file, ns=(stat.st_atime_ns, part.mtime_ns))
