"""Where files go, to the backup folder or the archive, and which are not here."""

from collections import Counter
from glob import escape
from os.path import lexists
from pathlib import Path, PurePosixPath

from plan.model import Action, Database, Plan

DELETED = "deleted"
PARTIAL = ".partial"


def backup_pattern(plan: Plan) -> str:
    """What the folders of this plan's backups are called, for a search with `glob`."""
    return escape(plan.backup).replace("{date}", "*")


def backup_folder(plan: Plan, run: str) -> Path:
    """The folder for the backup of a run; a number is added if two share a second."""
    folder = plan.root / plan.backup.replace("{date}", run)
    number = 2
    while "{date}" in plan.backup and (folder.exists() or draft_of(folder).exists()):
        folder = plan.root / plan.backup.replace("{date}", f"{run}-{number}")
        number += 1
    return folder


def draft_of(folder: Path) -> Path:
    """Where a backup is written until it is complete."""
    return folder.with_name(folder.name + PARTIAL)


def archive_places(plan: Plan) -> dict[str, Path]:
    """Each merged or deleted database's place in the archive, by its path in the plan.

    A file keeps its name; files that share one keep their folders too.
    """
    leaving = plan.with_action(Action.MERGE, Action.DELETE)
    counts = Counter(PurePosixPath(database.path).name for database in leaving)
    archive = plan.root / plan.archive
    places = {}
    for database in leaving:
        name = PurePosixPath(database.path).name
        base = archive / DELETED if database.action is Action.DELETE else archive
        places[database.path] = base / (name if counts[name] == 1 else database.path)
    return places


def archive_manifest(plan: Plan, run: str) -> Path:
    """Where the archive says what a run has brought, from where, with digests."""
    return plan.root / plan.archive / f"manifest-{run}.json"


def new_folders(plan: Plan) -> tuple[str, ...]:
    """The folders that archiving will make because they are not there, the innermost first."""
    folders = {folder for place in archive_places(plan).values() for folder in place.parents}
    return tuple(
        folder.relative_to(plan.root).as_posix()
        for folder in sorted(folders, reverse=True)
        if folder.is_relative_to(plan.root) and not folder.exists()
    )


def is_elsewhere(plan: Plan, database: Database) -> bool:
    """Whether a database that is kept is not here: the plan only says that some code means it."""
    return database.action is Action.KEEP and not lexists(plan.root / database.path)


def kept_elsewhere(plan: Plan) -> list[str]:
    """What is to be said of each such database."""
    return [
        f"{it.path}: there is no such file here; it is kept, so nothing needs it"
        for it in plan.databases
        if is_elsewhere(plan, it)
    ]
