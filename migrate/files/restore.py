"""One database put back as it was: each of its files, at once or not at all."""

import contextlib
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

from migrate.database.reading import recover
from migrate.errors import DatabaseError, StateError
from migrate.files.locks import Locks
from migrate.files.manifest import Backup, Kept
from migrate.files.parts import (
    SUFFIXES,
    Part,
    beside,
    digest_of,
    has_hot_journal,
    or_removed,
    present,
    settle,
)
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

    At every point whoever opens it finds what was there when we came, nothing, or what was kept.
    No two files can be replaced at once, and beside another main file a -wal or a -journal does
    harm. So first a main file takes the place that says by itself what was kept, or none at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix in SUFFIXES:
        beside(path, _DRAFT + suffix).unlink(missing_ok=True)
        beside(path, suffix + _DRAFT).unlink(missing_ok=True)
    main = kept.part("")
    if not _is_right(path, main):
        if archived is not None or main is None:
            path.unlink(missing_ok=True)
        elif path.exists():
            _take_in_side_files(path, kept.path, held)
            _replace_alone(path, kept, main, backup, held)
    for _ in range(2):
        # Who opens a -wal without its main file removes it: a second round puts it back.
        put_beside(path, kept, backup, held, archived)
        if is_as_kept(path, kept):
            break


def _take_in_side_files(path: Path, name: str, held: Locks) -> None:
    """A -wal may be partly in the main file, which is nothing without it."""
    if {"-wal", "-journal"}.isdisjoint(present(path)):
        return
    held.release(path)
    # Nobody can say what a damaged file means, and it goes.
    with contextlib.suppress(DatabaseError):
        recover(path)
    held.hold(path, name)


def _replace_alone(path: Path, kept: Kept, main: Part, backup: Backup, held: Locks) -> None:
    """Put in its place what a database said with its side files, as one file without any."""
    copied = backup.file(kept.path)
    if not has_hot_journal(copied) and not any(_in_log(part) for part in kept.parts):
        return
    for suffix in SUFFIXES[1:]:
        beside(path, suffix).unlink(missing_ok=True)
    draft = beside(path, _DRAFT)
    with ExitStack() as drafts:
        for suffix in ("", "-wal", "-journal"):
            drafts.enter_context(or_removed(beside(draft, suffix)))
            if kept.part(suffix):
                shutil.copyfile(beside(copied, suffix), beside(draft, suffix))
        recover(draft)
        held.hold(draft, kept.path)
        _dress(draft, main)
        draft.replace(path)
    held.renamed(draft, path)
    settle(path.parent)


def _in_log(part: Part) -> bool:
    """Whether a part is a -wal that holds something."""
    return part.suffix == "-wal" and part.size > 0


def put_beside(
    path: Path, kept: Kept, backup: Backup, held: Locks, archived: Path | None = None
) -> None:
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
            old = beside(archived, suffix) if archived else None
            _replace(here, part, backup.file(kept.path, suffix), old, held)
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
        _seen_locked(archived, here, part, held)
        settle(archived.parent)
        return
    if part.suffix == "-wal" and _begins_with(here, part):
        # What came after is all that goes: it takes no room, on a disk that may be full of it.
        os.truncate(here, part.size)
        settle(here)
        _dress(here, part)
        return
    draft = here.with_name(here.name + _DRAFT)
    with or_removed(draft):
        with backup.open("rb") as read, draft.open("wb") as written:
            shutil.copyfileobj(read, written, 1 << 20)
            written.flush()
            os.fsync(written.fileno())
        if digest_of(draft) != part.digest:
            raise StateError(str(here), "does not read back as it was written", "look at the disk")
        _seen_locked(draft, here, part, held)


def _begins_with(file: Path, part: Part) -> bool:
    """Whether a file is what was kept, and more."""
    if not file.is_file() or file.stat().st_size < part.size:
        return False
    return digest_of(file, first=part.size) == part.digest


def _seen_locked(file: Path, here: Path, part: Part, held: Locks) -> None:
    """Rename a file to its place; a main file is locked before, so nobody gets in between."""
    _dress(file, part)
    if part.suffix == "":
        held.hold(file, here.name)
    file.replace(here)
    if part.suffix == "":
        held.renamed(file, here)


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
