"""Merged and deleted files leave their place for the archive, whole and only after proof."""

from pathlib import Path

from migrate.errors import StateError
from migrate.files.locks import Locks
from migrate.files.manifest import Backup, Kept, read_note, write_note
from migrate.files.parts import (
    SUFFIXES,
    Part,
    beside,
    copy,
    digest_of,
    make_folder,
    now,
    remove_empty,
    settle,
)
from migrate.files.places import archive_manifest, archive_places
from migrate.progress import FILES, Progress
from plan.model import Action, Plan

_DRAFT = ".partial"


def leaving(backup: Backup) -> tuple[Kept, ...]:
    """The databases that go to the archive."""
    return tuple(
        kept for kept in backup.manifest.databases if kept.action in (Action.MERGE, Action.DELETE)
    )


def hold_leaving(plan: Plan, backup: Backup, held: Locks) -> None:
    """Keep others out of the files that are to be archived, as far as these are in their place."""
    for kept in leaving(backup):
        if (plan.root / kept.path).is_file():
            held.hold(plan.root / kept.path, kept.path)


def refuse_changed(plan: Plan, backup: Backup) -> None:
    """Stop if rows may have been written to a file after it was merged: they would be lost.

    Raises:
        StateError: it is not the file that was backed up.
    """
    for kept in leaving(backup):
        file = plan.root / kept.path
        for part in kept.parts:
            here = beside(file, part.suffix)
            if part.suffix != "-shm" and here.exists() and not _is_as_backed_up(here, part):
                what = "was written to after it was merged"
                mend = "roll back, then migrate again with the programs that use it stopped"
                raise StateError(kept.path, what, mend)


def _is_as_backed_up(file: Path, part: Part) -> bool:
    stat = file.stat()
    return (stat.st_size, stat.st_mtime_ns) == (part.size, part.mtime_ns)


def archive(plan: Plan, backup: Backup, progress: Progress) -> None:
    """Move each file with its side files; what has moved already is left alone.

    The main file moves first: its -wal alone harms nobody, but without its -wal it would be read
    as an older state. Killed in between, the next run moves the rest. Files that differ
    from their backup in size or time were written to by someone whom no lock kept out.

    Raises:
        StateError: a file is no longer the one that was backed up.
    """
    places = archive_places(plan)
    progress.start("archive", len(leaving(backup)), FILES)
    try:
        _write_manifest(plan, backup)
    except OSError:
        remove_empty(plan.root / folder for folder in backup.manifest.new_folders)
        raise
    for done, kept in enumerate(leaving(backup), 1):
        progress.at(kept.path)
        place = places[kept.path]
        file = plan.root / kept.path
        make_folder(place.parent)
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
    if not _is_as_backed_up(file, part):
        what = "was written to since it was backed up, so it is not archived"
        raise StateError(str(file), what, "roll back, then run again")
    if place.parent.stat().st_dev == file.stat().st_dev:
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


def _write_manifest(plan: Plan, backup: Backup, *, purged: str | None = None) -> None:
    """What came from where, with digests: written before the first file moves."""
    places = archive_places(plan)
    files = [
        {
            "from": kept.path + part.suffix,
            "to": _shown(plan, beside(places[kept.path], part.suffix)),
            "action": kept.action.value,
            "bytes": part.size,
            "sha256": part.digest,
            "purged": purged if kept.action is Action.DELETE else None,
        }
        for kept in leaving(backup)
        for part in kept.parts
    ]
    manifest = archive_manifest(plan, backup.manifest.run)
    make_folder(manifest.parent)
    backup_folder = _shown(plan, backup.folder)
    values = {"run": backup.manifest.run, "backup": backup_folder, "files": files}
    write_note(manifest.parent, manifest.name, values)


def _shown(plan: Plan, path: Path) -> str:
    inside = path.is_relative_to(plan.root)
    return (path.relative_to(plan.root) if inside else path).as_posix()


def purge(plan: Plan, backup: Backup) -> tuple[str, ...]:
    """Remove the deleted databases from the archive; their backup stays.

    Returns the files that were removed, relative to the plan's folder; none if there are none.

    Raises:
        StateError: a file in the archive, or its backup, does not read back; none was removed.
    """
    places = archive_places(plan)
    note = archive_manifest(plan, backup.manifest.run)
    if _purged(note):
        return ()
    deleted = [kept for kept in leaving(backup) if kept.action is Action.DELETE]
    due = [
        (beside(places[kept.path], part.suffix), backup.file(kept.path, part.suffix), part)
        for kept in deleted
        for part in kept.parts
    ]
    for *copies, part in due:
        for file in copies:
            if not file.is_file() or digest_of(file) != part.digest:
                what = "is missing or does not read back, so nothing is removed"
                raise StateError(str(file), what, "put it right: its digest is in the manifest")
    for archived, *_ in due:
        archived.unlink()
    _write_manifest(plan, backup, purged=now())
    return tuple(_shown(plan, archived) for archived, *_ in due)


def _purged(note: Path) -> bool:
    files = (read_note(note.parent, note.name) or {}).get("files", [])
    return any(file["purged"] for file in files)


def clear_archive(plan: Plan, backup: Backup) -> None:
    """After a rollback: take away what is back in its place, and the folders made for it."""
    places = archive_places(plan)
    for kept in leaving(backup):
        for part in kept.parts:
            copied = beside(places[kept.path], part.suffix)
            if copied.is_file() and digest_of(copied) == part.digest:
                copied.unlink()
            beside(copied, _DRAFT).unlink(missing_ok=True)
    manifest = archive_manifest(plan, backup.manifest.run)
    manifest.unlink(missing_ok=True)
    beside(manifest, _DRAFT).unlink(missing_ok=True)
    new = (plan.root / folder for folder in backup.manifest.new_folders)
    remove_empty(new, surely=True)  # else nobody would come back for them
