"""What has run, when, with which plan: a table in the target, written with what it tells of."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from migrate.database.reading import reading
from migrate.database.sqlite import VERSION, Database
from migrate.errors import DatabaseError, StateError
from migrate.files.manifest import (
    MANIFEST,
    MIGRATED,
    PROOF_TEXT,
    ROLLBACK,
    Backup,
    backups_of,
    read_backup,
    read_note,
)
from migrate.files.parts import digest_of, now
from migrate.files.places import archive_places
from migrate.intent import carried_out, differences, digest_of_plan
from migrate.phases import IN_TARGET, Phase
from plan.model import Action, Plan
from plan.own import JOURNAL
from plan.stored import quoted

CREATE = (
    f"CREATE TABLE main.{quoted(JOURNAL)}(\n"
    "  run TEXT NOT NULL,\n"
    "  phase TEXT NOT NULL,\n"
    "  state TEXT NOT NULL CHECK (state IN ('due', 'done')),\n"
    "  started TEXT NOT NULL,\n"
    "  finished TEXT,\n"
    "  plan_digest TEXT NOT NULL,\n"
    "  retable TEXT NOT NULL,\n"
    "  sqlite TEXT NOT NULL,\n"
    "  backup TEXT NOT NULL,\n"
    "  manifest_digest TEXT NOT NULL,\n"
    "  PRIMARY KEY (run, phase)\n"
    ")"
)


class State(StrEnum):
    """How far the plan has come."""

    NOTHING = "nothing has run"
    UNDERWAY = "under way"
    """Some of what happens within the target has been done, and some is due."""
    MERGED = "merged, not archived yet"
    DONE = "done"
    FINISHED = "finished"
    """Old names are given up; nothing goes back any more."""
    LOST = "carried out, but the target is gone or its journal is"
    """Only the backup and its notes tell what has run."""
    ROLLING_BACK = "rollback not finished"
    ROLLED_BACK = "rolled back"


MOVED_ON = (State.UNDERWAY, State.MERGED, State.DONE, State.FINISHED)
"""The states in which the target is no longer what it was."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One phase of one run."""

    run: str
    phase: str
    state: str
    started: str
    finished: str | None
    plan_digest: str
    retable: str
    sqlite: str
    backup: str
    """The backup folder, relative to the plan's."""
    manifest_digest: str

    def done(self, phase: Phase, started: str) -> "Entry":
        """The entry of a phase that has just ended."""
        return replace(self, phase=phase.value, state="done", started=started, finished=now())

    def due(self, phase: Phase) -> "Entry":
        """The entry of a phase that is still to come."""
        return replace(self, phase=phase.value, state="due", started=now(), finished=None)


@dataclass(frozen=True, slots=True)
class Status:
    """What has run of a plan."""

    state: State
    entries: tuple[Entry, ...]
    backup: Path | None
    plan_changes: tuple[str, ...] = ()
    """What the plan says of the databases otherwise than the one that was carried out."""
    proof: Path | None = None
    """The record of what was proved, for people."""

    @property
    def done(self) -> tuple[Phase, ...]:
        """The phases that are over."""
        return tuple(Phase(e.phase) for e in self.entries if e.state == "done")

    @property
    def due(self) -> tuple[Phase, ...]:
        """The phases that are still to come; none if nothing has begun."""
        return tuple(Phase(e.phase) for e in self.entries if e.state == "due")

    @property
    def reached(self) -> Phase | None:
        """The last phase that is over."""
        return max(self.done, key=list(Phase).index, default=None)

    @property
    def when(self) -> str | None:
        """When the last thing happened."""
        return max((e.finished or e.started for e in self.entries), default=None)


def in_words(plan: Plan, known: Status) -> tuple[str, str]:
    """What is wrong where the target does not tell what has run, and how to mend it."""
    there = (plan.root / plan.target).exists()
    now = f"there is no {JOURNAL} in it any more" if there else "the file is gone"
    what = f"a migration was carried out here, and {now}"
    return what, (
        "run `retable rollback`, then migrate again; or, if you have put all files back yourself,"
        f" move {known.backup} away"
    )


def retable_version() -> str:
    """Which retable this is."""
    # Whoever only asks how far it has come does not wait for this.
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version("retable")
    except PackageNotFoundError:
        return "unknown"


def write(database: Database, entry: Entry) -> None:
    """Add a phase to the journal, or bring what it says of that phase up to date."""
    database.run(
        f"INSERT INTO main.{quoted(JOURNAL)} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (run, phase) DO UPDATE SET state = excluded.state,"
        " started = excluded.started, finished = excluded.finished,"
        " retable = excluded.retable, sqlite = excluded.sqlite",
        entry.run, entry.phase, entry.state, entry.started, entry.finished, entry.plan_digest,
        entry.retable, entry.sqlite, entry.backup, entry.manifest_digest,
    )  # fmt: skip


def first_entry(plan: Plan, backup: Backup) -> Entry:
    """What all entries of a run share."""
    return Entry(
        run=backup.manifest.run,
        phase="",
        state="due",
        started=now(),
        finished=None,
        plan_digest=digest_of_plan(plan),
        retable=retable_version(),
        sqlite=VERSION,
        backup=backup.folder.relative_to(plan.root).as_posix(),
        manifest_digest=digest_of(backup.folder / MANIFEST),
    )


def entries_in(database: Database) -> tuple[Entry, ...]:
    """The journal of a database, in order; nothing if it has none."""
    known = "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = ?"
    if not database.value(known, JOURNAL):
        return ()
    return tuple(
        Entry(*row) for row in database.rows(f"SELECT * FROM main.{quoted(JOURNAL)} ORDER BY rowid")
    )


def entries_of(plan: Plan) -> tuple[Entry, ...]:
    """The journal of the plan's target, in order; nothing if there is no target."""
    path = plan.root / plan.target
    if not path.is_file():
        return ()
    with reading(path, plan.target) as database:
        return entries_in(database)


def _changes(plan: Plan, last: Entry) -> tuple[str, ...]:
    if last.plan_digest == digest_of_plan(plan):
        return ()
    try:
        then = carried_out(plan, read_backup(plan.root / last.backup))
    except StateError:
        then = None
    changes = differences(then, plan) if then else ()
    return changes or ("what was said then is not known: its copy in the backup is gone",)


def _state(entries: tuple[Entry, ...]) -> State:
    due = {entry.phase for entry in entries if entry.state == "due"}
    if due & set(IN_TARGET):
        return State.UNDERWAY
    if due:
        return State.MERGED
    ended = any(entry.phase == Phase.FINISH for entry in entries)
    return State.FINISHED if ended else State.DONE


def _was_carried_out(plan: Plan, backup: Backup) -> bool:
    """Whether files are not as they were, by a migration that the target does not tell of."""
    note = read_note(backup.folder, MIGRATED) or {}
    if note.get("ended"):
        return False
    target, places = backup.manifest.target, archive_places(plan)
    gone = [
        kept
        for kept in backup.manifest.databases
        if kept.action in (Action.MERGE, Action.DELETE) and not (plan.root / kept.path).exists()
    ]
    if not note:
        # It was killed before it wrote one; without its commit nothing is in the archive.
        return any(kept.path in places and places[kept.path].exists() for kept in gone)
    path, part = plan.root / target.path, target.part("")
    # Whoever has put all files back by hand may go on as if nothing had run.
    if part is None or not path.is_file():
        return bool(gone) or path.is_file() != (part is not None)
    return bool(gone) or digest_of(path) != part.digest


def status(plan: Plan) -> Status:
    """What has run of a plan, from the target's journal and the backups; nothing is changed.

    Raises:
        DatabaseError: the target cannot be read and no backup tells more.
    """
    backups = backups_of(plan)
    rollbacks = [(b, read_note(b.folder, ROLLBACK)) for b in backups]
    for backup, note in reversed(rollbacks):
        if note is not None and note.get("finished") is None:
            return Status(State.ROLLING_BACK, (), backup.folder)
    try:
        entries = entries_of(plan)
    except DatabaseError:
        if not backups:
            raise
        entries = ()
    if entries:
        last = entries[-1]
        backup, proof = plan.root / last.backup, plan.root / last.backup / PROOF_TEXT
        recorded = proof if proof.exists() else None
        return Status(_state(entries), entries, backup, _changes(plan, last), recorded)
    for backup, note in reversed(rollbacks):
        if note is None and _was_carried_out(plan, backup):
            return Status(State.LOST, (), backup.folder)
    if backups and rollbacks[-1][1] is not None:
        return Status(State.ROLLED_BACK, (), backups[-1].folder)
    return Status(State.NOTHING, (), None)
