"""Merged and deleted files leave their place for the archive, whole and only after proof."""

import contextlib
from pathlib import Path

from migrate.errors import StateError
from migrate.manifest import Backup, Kept
from migrate.parts import SUFFIXES, Part, beside, copy, digest_of, settle
from migrate.places import DELETED, archive_places
from migrate.progress import Progress
from plan.model import Action, Plan

_DRAFT = ".partial"


def leaving(backup: Backup) -> tuple[Kept, ...]:
    """The databases that go to the archive."""
    return tuple(
        kept for kept in backup.manifest.databases if kept.action in (Action.MERGE, Action.DELETE)
    )


def archive(plan: Plan, backup: Backup, progress: Progress) -> None:
    """Move each file with its side files; what has moved already is left alone.

    The main file moves first: its -wal alone harms nobody, but without its -wal it would be read
    as an older state. Killed in between, the next run moves the rest. Files that differ
    from their backup in size or time were written to by someone whom no lock kept out.

    Raises:
        StateError: a file is no longer the one that was backed up.
    """
    places = archive_places(plan)
    progress.start("archiving", len(leaving(backup)))
    for done, kept in enumerate(leaving(backup), 1):
        place = places[kept.path]
        file = plan.root / kept.path
        place.parent.mkdir(parents=True, exist_ok=True)
        for suffix in SUFFIXES:
            part = kept.part(suffix)
            if part is not None:
                _move(beside(file, suffix), beside(place, suffix), part)
        for folder in {place.parent, place.parent.parent, file.parent, plan.root}:
            settle(folder)
        progress.advance(done)
    progress.finish()


def _move(file: Path, place: Path, part: Part) -> None:
    if not file.exists():
        if place.is_file() and digest_of(place) == part.digest:
            return
        raise StateError(
            str(file), "is neither in its place nor in the archive", "roll back, then run again"
        )
    stat = file.stat()
    if (stat.st_size, stat.st_mtime_ns) != (part.size, part.mtime_ns):
        what = "was written to since it was backed up, so it is not archived"
        raise StateError(str(file), what, "roll back, then run again")
    if place.parent.stat().st_dev == stat.st_dev:
        file.replace(place)
        return
    draft = place.with_name(place.name + _DRAFT)
    draft.unlink(missing_ok=True)
    copy(file, draft)
    if digest_of(draft) != part.digest:
        raise StateError(str(place), "does not read back as it was written", "look at the disk")
    draft.replace(place)
    settle(place.parent)
    file.unlink()


def clear_archive(plan: Plan, backup: Backup) -> None:
    """After a rollback: take away what is back in its place, and folders that are empty."""
    places = archive_places(plan)
    for kept in leaving(backup):
        for part in kept.parts:
            copied = beside(places[kept.path], part.suffix)
            if copied.is_file() and digest_of(copied) == part.digest:
                copied.unlink()
    for folder in (plan.root / plan.archive / DELETED, plan.root / plan.archive):
        with contextlib.suppress(OSError):
            folder.rmdir()
