"""What a rollback would take away with the target: refused, or kept beside the backup first."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from migrate.errors import StateError
from migrate.files.manifest import MIGRATED, Backup, Kept, read_note
from migrate.files.parts import (
    SUFFIXES,
    beside,
    digest_by_halves,
    digest_of,
    has_hot_journal,
)
from migrate.phases import Phase
from migrate.progress import Progress
from migrate.since.comparison import Since
from migrate.since.keeping import Written, keep, written_since
from plan.model import Action, Plan

_MEND = "roll back with --drop-new-rows, which keeps that beside the backup first"


@dataclass(frozen=True, slots=True)
class Lost:
    """What was written after the migration and is in no database any more."""

    tables: tuple[Since, ...] = ()
    kept: tuple[str, ...] = ()
    """Where it was kept, relative to the plan's folder."""


NOTHING_LOST = Lost()


def lost_before(note: dict[str, Any]) -> Lost:
    """What a rollback that was stopped had kept before it put anything back."""
    said = note.get("lost", {"tables": (), "kept": ()})
    return Lost(tuple(Since(**table) for table in said["tables"]), tuple(said["kept"]))


def keep_or_refuse(
    plan: Plan, backup: Backup, reached: Phase, progress: Progress, *, drop: bool
) -> Lost:
    """What was written after the migration is kept in the backup's folder, or nothing goes back.

    Raises:
        StateError: something was, and nobody has said that it may go.
        DatabaseError, OSError: it cannot be kept.
    """
    written = _at_stake(plan, backup, reached, progress)
    if written is None:
        return NOTHING_LOST
    if not drop:
        where = plan.target if written.compared else written.whole[0]
        raise StateError(where, _in_words(plan, written), _MEND)
    kept = keep(plan, backup, reached, written, progress)
    return Lost(written.tables, tuple(path.relative_to(plan.root).as_posix() for path in kept))


def _in_words(plan: Plan, written: Written) -> str:
    anew = ", ".join(path for path in written.whole if path != plan.target)
    said = [f"was written to since the migration: {written}"] if written.compared else []
    if anew:
        what = "was made anew or written to since the migration"
        said.append(f"{anew} {what}" if said else what)
    return "; ".join(said)


def _at_stake(plan: Plan, backup: Backup, reached: Phase, progress: Progress) -> Written | None:
    """What a rollback would lose, or None."""
    anew = tuple(kept.path for kept in backup.manifest.databases if _made_anew(plan, kept))
    note, target = read_note(backup.folder, MIGRATED), plan.root / plan.target
    if target.is_file() and (note is None or _written_since(target, note)):
        found = written_since(plan, backup, reached, progress)
        # Without a digest of then it may just be that a run was killed before it wrote one.
        if (note and note.get("target")) or not found.nothing:
            return replace(found, whole=(*found.whole, *anew))
    return Written(whole=anew, compared=False) if anew else None


def _made_anew(plan: Plan, kept: Kept) -> bool:
    if kept.action is Action.TARGET:
        return False
    for suffix in (suffix for suffix in SUFFIXES if suffix != "-shm"):
        file, part = beside(plan.root / kept.path, suffix), kept.part(suffix)
        if file.is_file() and file.stat().st_size and (not part or digest_of(file) != part.digest):
            return True
    return False


def _written_since(target: Path, note: dict[str, Any]) -> bool:
    log = beside(target, "-wal")
    logged = log.exists() and log.stat().st_size > 0
    if logged or has_hot_journal(target):
        return True
    with target.open("rb") as file:
        return digest_by_halves(file.fileno()) != note.get("target")
