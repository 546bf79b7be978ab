"""What has run, when, with which plan: a table in the target, written with what it tells of."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from migrate.errors import DatabaseError, StateError
from migrate.intent import carried_out, differences, digest_of_plan
from migrate.manifest import ROLLBACK, Backup, backups_of, read_backup, read_note
from migrate.reading import reading
from migrate.sqlite import VERSION, Database, quoted
from plan.model import Plan
from plan.rules import JOURNAL

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
ARCHIVE = "archive"


class State(StrEnum):
    """How far the plan has come."""

    NOTHING = "nothing has run"
    MERGED = "merged, not archived yet"
    DONE = "done"
    ROLLING_BACK = "rollback not finished"
    ROLLED_BACK = "rolled back"


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

    def done(self, phase: str, started: str) -> "Entry":
        """The entry of a phase that has just ended."""
        return replace(self, phase=phase, state="done", started=started, finished=now())

    def due(self, phase: str) -> "Entry":
        """The entry of a phase that is still to come."""
        return replace(self, phase=phase, state="due", started=now())


@dataclass(frozen=True, slots=True)
class Status:
    """What has run of a plan."""

    state: State
    entries: tuple[Entry, ...]
    backup: Path | None
    plan_changes: tuple[str, ...] = ()
    """What the plan says of the databases otherwise than the one that was carried out."""

    @property
    def when(self) -> str | None:
        """When the last thing happened."""
        return max((e.finished or e.started for e in self.entries), default=None)


def now() -> str:
    """The moment, in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def retable_version() -> str:
    """Which retable this is."""
    try:
        return version("retable")
    except PackageNotFoundError:
        return "unknown"


def write(database: Database, entry: Entry) -> None:
    """Add a phase to the journal."""
    database.run(
        f"INSERT INTO main.{quoted(JOURNAL)} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        entry.run, entry.phase, entry.state, entry.started, entry.finished, entry.plan_digest,
        entry.retable, entry.sqlite, entry.backup, entry.manifest_digest,
    )  # fmt: skip


def first_entry(plan: Plan, backup: Backup, manifest: str) -> Entry:
    """What all entries of a run share; `manifest` is the digest of the backup's manifest."""
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
        manifest_digest=manifest,
    )


def mark_archived(database: Database, run: str) -> None:
    """The last phase is done."""
    database.run(
        f"UPDATE main.{quoted(JOURNAL)} SET state = 'done', finished = ?"
        " WHERE run = ? AND phase = ?",
        now(), run, ARCHIVE,
    )  # fmt: skip


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
        state = State.DONE if all(e.state == "done" for e in entries) else State.MERGED
        return Status(state, entries, plan.root / last.backup, _changes(plan, last))
    if backups and rollbacks[-1][1] is not None:
        return Status(State.ROLLED_BACK, (), backups[-1].folder)
    return Status(State.NOTHING, (), None)
