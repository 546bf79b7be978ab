"""The end of a migration: old names are given up, and with them the way back."""

from dataclasses import dataclass

from migrate import journal
from migrate.database.build import build
from migrate.database.schema import objects_of, own
from migrate.database.scratch import loose
from migrate.database.sqlite import Database, open_scratch, open_target
from migrate.errors import DatabaseError, StateError, disk_in_words
from migrate.files.manifest import MIGRATED, Backup, read_backup, write_note
from migrate.files.parts import now
from migrate.journal import State, status
from migrate.phases import Phase
from migrate.progress import STEPS, Progress
from migrate.proof.verify import basis_of, refuse_other_plan
from migrate.steps.work import Work
from migrate.transaction import checkpoint
from plan.model import Plan
from plan.schema import DatabaseSchema


@dataclass(frozen=True, slots=True)
class FinishReport:
    """What the end of a migration has taken away."""

    dropped: tuple[str, ...]
    """The old names that were readable until now."""
    backup: str
    """Where the backup still is, relative to the plan's folder."""
    already_done: bool = False


def finish(plan: Plan, *, progress: Progress) -> FinishReport:
    """Drop the views that kept old names alive; from here on `rollback` refuses.

    Whoever calls it has seen to it that no code names them any more.

    Raises:
        StateError: something is due before, or somebody's view or trigger needs an old name.
        DatabaseError: the target is in use or cannot be written to.
    """
    state, backup = to_finish(plan)
    work = basis_of(plan, backup).work
    steps, dropped = work.steps_of(Phase.FINISH), _given_up(work)
    folder = backup.folder.relative_to(plan.root).as_posix()
    if state is State.FINISHED:
        return FinishReport(dropped, folder, already_done=True)
    progress.start("finish", len(steps), STEPS)
    with (
        disk_in_words(plan.target),
        open_target(plan.root / plan.target, plan.target) as database,
    ):
        database.run("BEGIN EXCLUSIVE")
        began = now()
        _refuse_needed(database, dropped)
        for step in steps:
            database.run(step.sql)
        entry = journal.first_entry(plan, backup)
        journal.write(database, entry.done(Phase.FINISH, began))
        database.run("COMMIT")
        checkpoint(database)
    write_note(backup.folder, MIGRATED, {"finished": now(), "target": None, "ended": now()})
    progress.finish()
    return FinishReport(dropped, folder)


def to_finish(plan: Plan) -> tuple[State, Backup]:
    """How far a plan has come that can be finished, and the backup of its files.

    Raises:
        StateError: something is due before, or the plan is another one now.
    """
    known = status(plan)
    if known.backup is None or known.state not in (State.DONE, State.FINISHED):
        mend = "run `retable archive` first" if known.state is State.MERGED else "run migrate first"
        raise StateError(plan.target, f"it cannot be finished: {known.state}", mend)
    refuse_other_plan(plan, known)
    return known.state, read_backup(known.backup)


def _given_up(work: Work) -> tuple[str, ...]:
    """The old names that only a view keeps alive."""
    staying = set(work.expected[Phase.FINISH])
    return tuple(
        item.name
        for item in work.expected[Phase.ARCHIVE]
        if item.kind == "view" and item not in staying
    )


def _refuse_needed(database: Database, dropped: tuple[str, ...]) -> None:
    """Stop if a view or trigger that was made since would be left without what it reads."""
    objects = tuple(item for item in objects_of(database, "").objects if not own(item.name))
    rest = tuple(item for item in objects if item.name not in dropped and item.table not in dropped)
    try:
        with open_scratch(database.name) as before, open_scratch(database.name) as after:
            build(before, DatabaseSchema("", objects))
            build(after, DatabaseSchema("", rest))
            broken = {(kind, name) for kind, name, _ in loose(before)}
            needed = [it for it in loose(after) if it[:2] not in broken]
    except DatabaseError as error:
        raise StateError(database.name, error.problem.what, error.problem.mend) from error
    for kind, name, why in needed:
        what = f"{kind} {name} needs an old name: {why}"
        raise StateError(database.name, what, f"drop that {kind}, or make it anew on the new name")
