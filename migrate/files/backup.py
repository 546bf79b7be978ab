"""Backups: every file that will change or move is copied, and the copy is read back."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from migrate.errors import StateError
from migrate.files.manifest import (
    Backup,
    Kept,
    Manifest,
    backups_of,
    file_in,
    read_backup,
    write_manifest,
)
from migrate.files.parallel import side_by_side
from migrate.files.parts import (
    Fingerprint,
    Part,
    Tick,
    beside,
    copy,
    described,
    fingerprint,
    make_folder,
    now,
    present,
    read_back,
    remove_empty,
    settle,
    size_of,
)
from migrate.files.places import backup_folder, draft_of, new_folders
from migrate.files.unfinished import clear_drafts, finished, in_progress
from migrate.intent import digest_of_plan
from migrate.progress import Counter, Progress
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
    place = draft
    above = make_folder(draft.parent)
    draft.mkdir()
    try:
        with in_progress(draft):
            before = _fill(plan, draft, run, above, progress)
            draft.rename(folder)
            place = folder
        settle(folder.parent)
        finished(folder)
    except BaseException:
        _remove(place, above)
        raise
    progress.finish()
    return read_backup(folder), before


def discard(plan: Plan, backup: Backup) -> None:
    """Remove a backup that nobody needs, and the folders that were made for it."""
    _remove(backup.folder, (plan.root / folder for folder in backup.manifest.folders_above))


def _remove(folder: Path, above: Iterable[Path]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    remove_empty(above)


def _fill(
    plan: Plan, draft: Path, run: str, above: tuple[Path, ...], progress: Progress
) -> dict[str, Fingerprint]:
    databases = plan.with_action(*SAVED)
    before = {d.path: fingerprint(plan.root / d.path) for d in databases}
    total = sum(size_of(plan.root / database.path) for database in databases)
    tick = Counter(progress, "back up", 2 * total)
    kept = side_by_side(
        lambda database: _kept(plan, database, draft, before[database.path], tick),
        databases,
        lambda _: tick.report(),
    )
    copy(plan.file, draft / plan.file.name)
    for inner in (f for f in draft.rglob("*") if f.is_dir()):
        settle(inner)
    number = 1 + max((b.manifest.number for b in backups_of(plan)), default=0)
    digest = digest_of_plan(plan)
    made = tuple(folder.relative_to(plan.root).as_posix() for folder in above)
    write_manifest(
        draft,
        Manifest(run, now(), plan.file.name, digest, tuple(kept), number, new_folders(plan), made),
    )
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
