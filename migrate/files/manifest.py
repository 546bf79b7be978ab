"""The record beside a backup: every file as it was, and what has become of the migration."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from migrate.errors import StateError
from migrate.files.parts import Part, beside, write_settled
from migrate.files.places import backup_pattern
from plan.model import Action, Plan

MANIFEST = "manifest.json"
MIGRATED = "migrated.json"
ROLLBACK = "rollback.json"
PROOF = "proof.json"
PROOF_TEXT = "proof.txt"


@dataclass(frozen=True, slots=True)
class Kept:
    """One database in a backup; no parts if there was no such file."""

    path: str
    action: Action
    parts: tuple[Part, ...]

    def part(self, suffix: str) -> Part | None:
        """The part with that suffix, if there was one."""
        return next((part for part in self.parts if part.suffix == suffix), None)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that a backup holds."""

    run: str
    created: str
    plan_file: str
    plan_digest: str
    """Of what the plan says of the databases."""
    databases: tuple[Kept, ...]
    number: int = 0
    """Counts the backups of a plan: unlike a clock it is never set back."""
    new_folders: tuple[str, ...] = ()
    """The folders that archiving makes, the innermost first; a rollback takes them away."""
    folders_above: tuple[str, ...] = ()
    """The folders that were made for the backup itself; one that nobody needs takes them along."""

    @property
    def target(self) -> Kept:
        """The database that the others went into."""
        return next(kept for kept in self.databases if kept.action is Action.TARGET)


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup and where it is."""

    folder: Path
    manifest: Manifest

    def file(self, path: str, suffix: str = "") -> Path:
        """Where the backup keeps one part of a database."""
        return beside(file_in(self.folder, path), suffix)


def file_in(folder: Path, path: str) -> Path:
    """Where a backup folder keeps a database: under its own path."""
    return folder / "files" / path


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, which makes the folder a backup."""
    write_settled(folder / MANIFEST, _json(asdict(manifest)))


def read_backup(folder: Path) -> Backup:
    """Read a backup's manifest.

    Raises:
        StateError: it is missing or cannot be understood.
    """
    try:
        values = json.loads((folder / MANIFEST).read_bytes())
        databases = tuple(
            Kept(item["path"], Action(item["action"]), tuple(Part(**p) for p in item["parts"]))
            for item in values.pop("databases")
        )
        for key in ("new_folders", "folders_above"):
            values[key] = tuple(values.get(key, ()))
        return Backup(folder, Manifest(databases=databases, **values))
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise StateError(
            str(folder / MANIFEST), f"cannot be read: {why}", "put the backup folder back"
        ) from error


def backups_of(plan: Plan) -> tuple[Backup, ...]:
    """Every finished backup that this plan has made, the newest last."""
    folders = [f for f in plan.root.glob(backup_pattern(plan)) if (f / MANIFEST).is_file()]
    found = []
    for folder in folders:
        try:
            found.append(read_backup(folder))
        except StateError:
            # Another folder that happens to look like one of ours.
            continue
    return tuple(sorted(found, key=lambda b: (b.manifest.number, b.manifest.created, b.folder)))


def write_note(folder: Path, name: str, values: Mapping[str, Any]) -> None:
    """Write down beside the backup what became of it."""
    write_settled(folder / name, _json(values))


def read_note(folder: Path, name: str) -> dict[str, Any] | None:
    """What was written down, or None."""
    try:
        values = json.loads((folder / name).read_bytes())
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def _json(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, indent=2, ensure_ascii=False) + "\n").encode()
