"""All proofs together: in the transaction before it commits, and again at any later time."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from migrate.errors import DatabaseError, ProofError, StateError, disk_in_words
from migrate.examine import read_facts
from migrate.intent import carried_out
from migrate.journal import State, Status, status
from migrate.locks import locks
from migrate.manifest import Backup, read_backup
from migrate.progress import Progress, Silence
from migrate.reading import readable, reading
from migrate.restore import check_backup
from migrate.rowproof import TableProof, added_rows, prove_tables
from migrate.schema import Facts, nothing_in
from migrate.soundness import missing_objects, unsound
from migrate.sqlite import Database, open_frozen
from migrate.steps import BEFORE, Work, work_for
from plan.model import Action, Plan

_SHOWN = 3
_MEND = "nothing was changed; please report this with the schema of both tables"


@dataclass(frozen=True, slots=True)
class Verification:
    """The proof, made again at a later time."""

    tables: tuple[TableProof, ...]
    new_rows: tuple[tuple[str, int], ...]
    """How many rows each table has beyond those that were migrated."""
    problems: tuple[str, ...]

    @property
    def pure(self) -> bool:
        """Whether nothing was added either."""
        return self.holds and not any(rows for _, rows in self.new_rows)

    @property
    def holds(self) -> bool:
        """Whether everything that was migrated is there unchanged."""
        return not self.problems and all(proof.holds for proof in self.tables)


def prove(
    database: Database, plan: Plan, facts: Sequence[Facts], work: Work, progress: Progress
) -> tuple[TableProof, ...]:
    """Prove the whole result, inside the transaction.

    Raises:
        ProofError: something is lost, changed or new; the transaction is to be rolled back.
    """
    proofs = prove_tables(database, plan, work, progress)
    for proof in proofs:
        if not proof.holds:
            lost = proof.rows - proof.equal - proof.rejected
            what = f"{lost} of {proof.rows} rows of {proof.old!r} did not arrive as they were"
            if lost == 0:
                what = f"rows of {proof.old!r} that gave way were not kept as they were"
            raise ProofError(f"{plan.target}: {proof.new}", what, _MEND)
    for name, more in added_rows(database, proofs):
        raise ProofError(
            f"{plan.target}: {name}", f"it has {more} rows that came from nowhere", _MEND
        )
    progress.start("checking the result", None)
    wrong = (*missing_objects(database, work.expected), *unsound(database, facts, work))
    progress.finish()
    for what in wrong:
        raise ProofError(plan.target, what, _MEND)
    return proofs


def verify(plan: Plan, *, progress: Progress | None = None) -> Verification:
    """Prove again, from the backup, that all that was migrated is there unchanged.

    Raises:
        StateError: nothing was migrated, or the plan is another one now.
        DatabaseError: the target cannot be read or is in use.
    """
    known = status(plan)
    if known.state not in (State.MERGED, State.DONE) or known.backup is None:
        raise StateError(plan.target, f"there is nothing to verify: {known.state}", "run migrate")
    refuse_other_plan(plan, known)
    backup = read_backup(known.backup)
    check_backup(backup, progress or Silence())
    # Entries in another order would name other indexes, so the plan of then is taken.
    then = carried_out(plan, backup) or plan
    with locks() as held, disk_in_words(plan.target):
        held.hold(plan.root / plan.target, plan.target)
        with readable(plan.root / plan.target) as target, open_frozen(target, then.target) as found:
            return verified(then, backup, found, progress or Silence())


def verified(plan: Plan, backup: Backup, database: Database, progress: Progress) -> Verification:
    """Compare an open target, kept from changing, with the backup; each index entry too."""
    with ExitStack() as stack:
        facts = _facts_of(backup, plan)
        work = work_for(plan, facts)
        attach_all(database, backup, plan, work, stack)
        proofs = prove_tables(database, plan, work, progress)
        progress.start("checking every page and index", None)
        with database.ticking(lambda: progress.advance(0)):
            wrong = unsound(database, facts, work, thorough=True)
        progress.finish()
        problems = [*missing_objects(database, work.expected), *wrong]
        return Verification(proofs, added_rows(database, proofs), tuple(problems))


def untouched(plan: Plan, backup: Backup) -> bool:
    """Whether the target, whose lock is held, says what the migration has made of it; no more."""
    with readable(plan.root / plan.target) as target, open_frozen(target, plan.target) as database:
        return verified(plan, backup, database, Silence()).pure


def refuse_other_plan(plan: Plan, known: Status) -> None:
    """Stop unless the plan says of the databases what was carried out.

    Raises:
        StateError: with what is said differently.
    """
    if known.plan_changes:
        more = len(known.plan_changes) - _SHOWN
        said = "; ".join(known.plan_changes[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        what = f"another plan was carried out here (its copy is in {known.backup}): {said}"
        raise StateError(plan.target, what, "take that plan, or roll back first")


def _facts_of(backup: Backup, plan: Plan) -> tuple[Facts, ...]:
    facts = []
    for planned in plan.with_action(Action.TARGET, Action.MERGE):
        path = backup.file(planned.path)
        if not path.exists():
            facts.append(nothing_in(planned.path))
            continue
        with reading(path, planned.path) as database:
            facts.append(read_facts(database, planned.path))
    return tuple(facts)


def attach_all(
    database: Database, backup: Backup, plan: Plan, work: Work, stack: ExitStack
) -> None:
    """Attach the backup of every file that rows come from: it is ours, and nobody writes to it."""
    aliases = [(BEFORE, plan.target), *((source.alias, source.path) for source in work.sources)]
    for alias, path in aliases:
        file = backup.file(path)
        if file.exists() and (file.stat().st_size or alias != BEFORE):
            attach(database, file, alias, stack)


def attach(database: Database, file: Path, alias: str, stack: ExitStack) -> None:
    """Attach one file, or a recovered copy of it, for as long as the stack lives."""
    try:
        database.attach(stack.enter_context(readable(file)), alias)
    except OSError as error:
        raise DatabaseError(str(file), f"cannot be read: {error.strerror}", "look at it") from error
