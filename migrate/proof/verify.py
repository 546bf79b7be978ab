"""All proofs together: in the transaction before it commits, and again at any later time."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from migrate.database.encodings import attachable, encoding_of
from migrate.database.examine import read_facts
from migrate.database.reading import readable, reading
from migrate.database.schema import Facts, nothing_in
from migrate.database.sqlite import Database, open_frozen
from migrate.errors import DatabaseError, ProofError, StateError, disk_in_words
from migrate.files.locks import locks
from migrate.files.manifest import PROOF, Backup, read_backup
from migrate.files.restore import check_backup
from migrate.intent import carried_out, in_words_of
from migrate.journal import MOVED_ON, State, Status, in_words, status
from migrate.phases import Phase
from migrate.progress import Progress, Silence
from migrate.proof.recorded import DigestCheck, digests_now
from migrate.proof.rows import TableProof, added_rows, prove_tables, told_rows
from migrate.proof.soundness import Structure, added_objects, missing_objects, structure_of
from migrate.steps.descriptions import spoken
from migrate.steps.work import BEFORE, Work, work_for
from plan.errors import counted
from plan.model import Action, Plan, folded

_SHOWN = 3
_MEND = "nothing was changed; please report this with the schema of both tables"


@dataclass(frozen=True, slots=True)
class Basis:
    """What a target is proved against: what the files held, and what was to become of it."""

    plan: Plan
    facts: Sequence[Facts]
    work: Work


@dataclass(frozen=True, slots=True)
class Verification:
    """The proof of a target after a phase, and what others have added to it."""

    tables: tuple[TableProof, ...]
    new_rows: tuple[tuple[str, int], ...]
    """How many rows each table has beyond those that were migrated."""
    new_objects: tuple[str, ...]
    """Tables, indexes, views and triggers that no migration has made, in words."""
    structure: Structure
    problems: tuple[str, ...]
    told: tuple[tuple[str, int], ...] = ()
    """How many rows retable has added to the team's own table, by its folded name."""
    digests: tuple[DigestCheck, ...] = ()
    """Of each table of the result, if the record of the first proof was asked too."""

    @property
    def pure(self) -> bool:
        """Whether nothing was added either."""
        return self.holds and not self.new_rows and not self.new_objects

    @property
    def holds(self) -> bool:
        """Whether everything that was migrated is there unchanged."""
        return not self.problems and all(proof.holds for proof in self.tables)

    def by_table(self) -> dict[str, list[TableProof]]:
        """The proofs of each table of the result, by its folded name."""
        found: dict[str, list[TableProof]] = defaultdict(list)
        for proof in self.tables:
            found[folded(proof.new)].append(proof)
        return found


def proved(
    database: Database, basis: Basis, phase: Phase, progress: Progress, *, thorough: bool = False
) -> Verification:
    """Compare an open target with what is attached: every row, every object, the structure.

    `thorough` looks up each index entry too, which takes several times as long.
    """
    work = basis.work
    proofs = prove_tables(database, basis.plan, work, phase, progress)
    progress.start("check the result", None)
    with database.ticking(lambda: progress.advance(0)):
        missing = missing_objects(database, work.expected[phase])
        structure = structure_of(database, basis.facts, work, phase, thorough=thorough)
        told = told_rows(database, work, phase) if not missing else {}
    progress.finish()
    return Verification(
        tables=proofs,
        new_rows=added_rows(database, proofs, told),
        new_objects=added_objects(database, work.expected[phase]),
        structure=structure,
        problems=(*missing, *structure.problems),
        told=tuple(told.items()),
    )


def refuse_unproved(plan: Plan, found: Verification) -> None:
    """Stop unless all that was there has arrived, and nothing else.

    Raises:
        ProofError: something is lost, changed or new; the transaction is to be rolled back.
    """
    for proof in found.tables:
        if not proof.holds:
            lost = proof.rows - proof.equal - proof.rejected
            rows = counted(proof.rows, "row")
            what = f"{lost} of {rows} of {proof.old!r} did not arrive unchanged"
            if lost == 0:
                what = f"rows of {proof.old!r} that gave way were not kept as they were"
            raise ProofError(f"{plan.target}: {proof.new}", what, _MEND)
    for name, more in found.new_rows:
        what = f"it has {counted(more, 'row')} out of nowhere"
        raise ProofError(f"{plan.target}: {name}", what, _MEND)
    for what in (*found.problems, *found.new_objects):
        raise ProofError(plan.target, what, _MEND)


def refuse_loss(plan: Plan, before: Verification, after: Verification) -> None:
    """Stop if a phase of its own has lost or added anything, whatever others did before it.

    Raises:
        ProofError: the transaction is to be rolled back.
    """
    for proof, was in zip(after.tables, before.tables, strict=True):
        if _figures(after, proof) != _figures(before, was):
            what = f"the rows of {proof.old!r} are not what they were before this phase"
            raise ProofError(f"{plan.target}: {proof.new}", what, _MEND)
    for what in (*after.problems, *(set(after.new_objects) - set(before.new_objects))):
        raise ProofError(plan.target, what, _MEND)


def _figures(found: Verification, proof: TableProof) -> tuple[int, int, int, bool, int]:
    added = dict(found.new_rows).get(proof.new, 0)
    return proof.rows, proof.equal, proof.rejected, proof.rejects_kept, added


def verify(plan: Plan, *, progress: Progress | None = None) -> Verification:
    """Prove again, from the backup, that all that was migrated is there unchanged.

    Raises:
        StateError: nothing was migrated, or the plan is another one now.
        DatabaseError: the target cannot be read or is in use.
    """
    known = status(plan)
    if known.state is State.LOST:
        raise StateError(plan.target, *in_words(plan, known))
    if known.state not in MOVED_ON or known.backup is None or known.reached is None:
        raise StateError(plan.target, f"there is nothing to verify: {known.state}", "run migrate")
    refuse_other_plan(plan, known)
    backup = read_backup(known.backup)
    check_backup(backup, progress or Silence())
    with locks() as held, disk_in_words(plan.target):
        held.hold(plan.root / plan.target, plan.target)
        return _verified(plan, backup, known.reached, progress or Silence())


def _verified(plan: Plan, backup: Backup, phase: Phase, progress: Progress) -> Verification:
    basis = basis_of(plan, backup)
    with (
        readable(plan.root / plan.target) as target,
        open_frozen(target, plan.target) as database,
        ExitStack() as stack,
    ):
        attach_all(database, backup, basis, stack)
        found = proved(database, basis, phase, progress, thorough=True)
        if phase in (Phase.MERGE, Phase.RENAME):
            return found
        progress.start("digests", None)
        with database.ticking(lambda: progress.advance(0)):
            digests = digests_now(database, basis.work, backup.folder)
        progress.finish()
        return replace(found, digests=digests, problems=(*found.problems, *_odd(found, digests)))


def _odd(found: Verification, digests: tuple[DigestCheck, ...]) -> Iterator[str]:
    """Digests that differ although nothing was added, changed or lost: the proofs disagree."""
    changed = {folded(proof.new) for proof in found.tables if not proof.holds}
    changed |= {folded(name) for name, _ in found.new_rows}
    for check in digests:
        if check.differs and folded(check.table) not in changed:
            yield f"{check.table} does not have the digest that {PROOF} says"


def refuse_other_plan(plan: Plan, known: Status) -> None:
    """Stop unless the plan says of the databases what was carried out.

    Raises:
        StateError: with what is said differently.
    """
    if known.plan_changes:
        more = len(known.plan_changes) - _SHOWN
        said = "; ".join(known.plan_changes[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
        what = f"another plan was carried out here (its copy is in {known.backup}): {said}"
        mend = "take that plan, or roll back first"
        if known.state is State.FINISHED:
            mend = "take that plan; a target that was finished takes no other one"
        raise StateError(plan.target, what, mend)


def basis_of(plan: Plan, backup: Backup) -> Basis:
    """What the files of a backup held, and what the plan of then makes of it.

    Entries in another order would name other indexes, so the plan of then is taken.
    """
    then = in_words_of(carried_out(plan, backup) or plan, plan)
    facts = []
    for planned in then.with_action(Action.TARGET, Action.MERGE):
        path = backup.file(planned.path)
        if not path.exists():
            facts.append(nothing_in(planned.path))
            continue
        with reading(path, planned.path) as database:
            facts.append(read_facts(database, planned.path, spoken(then, planned.path)))
    return Basis(then, tuple(facts), work_for(then, facts))


def attach_all(database: Database, backup: Backup, basis: Basis, stack: ExitStack) -> None:
    """Attach the backup of every file that rows come from: it is ours, and nobody writes to it."""
    sources = ((source.alias, source.path) for source in basis.work.sources)
    for alias, path in ((BEFORE, basis.plan.target), *sources):
        file = backup.file(path)
        if file.exists() and (file.stat().st_size or alias != BEFORE):
            attach(database, file, alias, stack)


def attach(database: Database, file: Path, alias: str, stack: ExitStack) -> None:
    """Attach one file, or a copy of it that can be attached, for as long as the stack lives."""
    try:
        ready = attachable(file, file.name, encoding_of(database))
        database.attach(stack.enter_context(ready), alias)
    except OSError as error:
        raise DatabaseError(str(file), f"cannot be read: {error.strerror}", "look at it") from error
