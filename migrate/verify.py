"""The proofs: every row, every object, every key has arrived, to the last bit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from migrate.arrivals import Arrival, Way
from migrate.errors import DatabaseError, ProofError, StateError
from migrate.examine import THOROUGH, read_facts, uneven_indexes, violations
from migrate.journal import State, status
from migrate.locks import locks
from migrate.manifest import Backup, read_backup
from migrate.meeting import exact, rejects_of, row_number, same_rows
from migrate.progress import Progress, Silence, paced
from migrate.reading import readable, reading
from migrate.schema import Facts, Table, nothing_in, objects_of, own, tables_of
from migrate.sqlite import Database, literal, open_frozen, quoted
from migrate.steps import BEFORE, Work, work_for
from plan.model import Action, MergeRule, Plan, folded
from plan.rules import REJECTS
from plan.schema import SchemaObject

ROWS_PER_TICK = 2_000
"""What one tick of SQLite proves, roughly: it moves a progress bar and nothing else."""

_MEND = "nothing was changed; please report this with the schema of both tables"


@dataclass(frozen=True, slots=True)
class TableProof:
    """What was counted for one table: each of its rows is the same, set aside, or missing."""

    database: str
    old: str
    new: str
    way: Way
    rows: int
    equal: int
    rejected: int
    rejects_kept: bool
    """Whether every value that was set aside is in the rejects table, to the last bit."""

    @property
    def holds(self) -> bool:
        """Whether no row is lost or changed."""
        return self.rejects_kept and self.rows == self.equal + self.rejected


@dataclass(frozen=True, slots=True)
class Verification:
    """The proof, made again at a later time."""

    tables: tuple[TableProof, ...]
    new_rows: tuple[tuple[str, int], ...]
    """How many rows each table has beyond those that were migrated."""
    problems: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether everything that was migrated is there unchanged."""
        return not self.problems and all(proof.holds for proof in self.tables)


def prove_tables(
    database: Database, plan: Plan, work: Work, progress: Progress
) -> tuple[TableProof, ...]:
    """Compare every row of every table with the one that it came from."""
    proofs = []
    for arrival in work.arrivals:
        progress.start(f"proving {arrival.planned.new}", arrival.rows)
        with database.ticking(paced(progress, arrival.rows, ROWS_PER_TICK)):
            proofs += [
                _prove(database, plan, arrival, work, table, new) for table, new in _stores(arrival)
            ]
        progress.finish()
    return tuple(proofs)


def _stores(arrival: Arrival) -> tuple[tuple[Table, str], ...]:
    """The tables that really hold the rows, and what they are called in the end."""
    return arrival.shadows or ((arrival.table, arrival.planned.new),)


def _prove(
    database: Database, plan: Plan, arrival: Arrival, work: Work, table: Table, new: str
) -> TableProof:
    there = f"{quoted(arrival.source)}.{quoted(table.name)}"
    gone = _set_aside(plan, arrival, work)
    number = row_number(table, "a")
    rows = f"{there} AS a"
    if gone and table.without_rowid:
        rows = f"(SELECT *, {number} AS retable_number FROM {there} AS a) AS a"
        number = "a.retable_number"
    away = f"{number} IN ({gone})" if gone else "0"
    met, leave_out = _same_place(arrival, table)
    counted = database.value(f"SELECT count(*) FROM {there}")
    rejected = database.value(f"SELECT count(*) FROM {rows} WHERE {away}") if gone else 0
    equal = database.value(
        f"SELECT count(*) FROM {rows} CROSS JOIN main.{quoted(new)} AS b ON {met}"
        f" WHERE {same_rows(table, 'a', 'b', leave_out)}" + (f" AND NOT {away}" if gone else "")
    )
    kept = not rejected or _rejects_kept(database, plan, arrival, work, (rows, number, rejected))
    return TableProof(
        arrival.planned.database, table.name, new, arrival.way, counted, equal, rejected, kept
    )


def _same_place(arrival: Arrival, table: Table) -> tuple[str, tuple[str, ...]]:
    """How SQL finds the row that a row became, and the columns that this compares already."""
    if table.rowid:
        shift = f" + {arrival.offset}" if arrival.offset else ""
        found = f"b.{quoted(table.rowid)} = a.{quoted(table.rowid)}{shift}"
        return found, (table.alias,) if table.alias else ()
    keys = (f"b.{quoted(column)} = a.{quoted(column)}" for column in table.primary_key)
    return " AND ".join(keys), ()


def _set_aside(plan: Plan, arrival: Arrival, work: Work) -> str | None:
    """A query for the numbers of an arrival's rows that gave way, if any could."""
    ways = [a for a in work.arrivals if a.way is Way.JOINED]
    if arrival.way is Way.JOINED and arrival.rule is MergeRule.KEEP_TARGET:
        ways = [arrival]
    elif arrival.way is Way.JOINED:
        return None
    else:
        new = folded(arrival.planned.new)
        ways = [a for a in ways if a.rule is MergeRule.KEEP_SOURCE and folded(a.planned.new) == new]
    if not ways:
        return None
    source, name, met = map(literal, rejects_of(ways[0], plan.target))
    return (
        f'SELECT "row" FROM main.{REJECTS} WHERE source = {source} AND name = {name}'
        f" AND met = {met}"
    )


def _rejects_kept(
    database: Database, plan: Plan, arrival: Arrival, work: Work, found: tuple[str, str, int]
) -> bool:
    """Whether each value of each row that gave way can be read back from the rejects."""
    rows, number, rejected = found
    gone = _set_aside(plan, arrival, work) or ""
    aside = gone.replace('SELECT "row"', "SELECT *", 1)
    return all(
        database.value(
            f'SELECT count(*) FROM ({aside} AND "column" = {literal(column)}) AS r'
            f' JOIN {rows} ON {number} = r."row"'
            f" WHERE {exact('r.value', f'a.{quoted(column)}')}"
        )
        == rejected
        for column in arrival.table.stored
    )


def added_rows(
    database: Database, work: Work, proofs: Sequence[TableProof]
) -> tuple[tuple[str, int], ...]:
    """Rows that each table has beyond those that were proved to have arrived."""
    arrived: dict[str, int] = defaultdict(int)
    names: dict[str, str] = {}
    for proof in proofs:
        arrived[folded(proof.new)] += proof.equal
        names.setdefault(folded(proof.new), proof.new)
    del work
    counts = {
        key: database.value(f"SELECT count(*) FROM main.{quoted(name)}")
        for key, name in names.items()
    }
    return tuple(
        (name, counts[key] - arrived[key])
        for key, name in names.items()
        if counts[key] != arrived[key]
    )


def missing_objects(database: Database, expected: Iterable[SchemaObject]) -> tuple[str, ...]:
    """Objects that are not as they were foreseen, in words."""
    there = {
        (item.kind, folded(item.name)): item
        for item in objects_of(database, "").objects
        if not own(item.name)
    }
    wanted = {(item.kind, folded(item.name)): item for item in expected}
    lost = [f"{kind} {wanted[kind, name].name} is missing" for kind, name in wanted.keys() - there]
    extra = [f"{kind} {there[kind, name].name} is new" for kind, name in there.keys() - wanted]
    other = [
        f"{kind} {wanted[kind, name].name} is defined differently"
        for kind, name in wanted.keys() & there
        if (wanted[kind, name].sql or "").strip() != (there[kind, name].sql or "").strip()
    ]
    return tuple(sorted([*lost, *extra, *other]))


def unsound(database: Database, facts: Sequence[Facts], work: Work) -> tuple[str, ...]:
    """What is wrong with the structure of the result: pages, indexes, foreign keys, sequences."""
    pages, size = database.value("PRAGMA main.page_count"), database.value("PRAGMA main.page_size")
    check = "integrity_check" if pages * size <= THOROUGH else "quick_check"
    said = [row[0] for row in database.rows(f"PRAGMA main.{check}")]
    problems = [] if said == ["ok"] else said[:3]
    tables = tables_of(database, objects_of(database, ""))
    for table in tables:
        problems += [
            f"index {index} does not have one entry for each row of {table.name}"
            for index in uneven_indexes(database, "main", table)
        ]
    problems += _new_violations(violations(database, tables), facts, work)
    return (*problems, *_forgotten_ids(database, facts, work))


def _new_violations(
    now: Iterable[tuple[str, int]], facts: Sequence[Facts], work: Work
) -> list[str]:
    """Foreign keys that were whole before and are broken now."""
    before: dict[str, int] = defaultdict(int)
    wrong: set[str] = set()
    by_path = {fact.path: dict(fact.violations) for fact in facts}
    for arrival in work.arrivals:
        broken = by_path.get(arrival.planned.database, {}).get(arrival.table.name, 0)
        before[folded(arrival.planned.new)] += max(0, broken)
        if broken < 0:
            wrong.add(folded(arrival.planned.new))
    return [
        f"{max(broken, 1)} rows of {table} break a foreign key that was whole before"
        for table, broken in now
        if broken > before[folded(table)] or (broken < 0 and folded(table) not in wrong)
    ]


def _forgotten_ids(database: Database, facts: Sequence[Facts], work: Work) -> Iterable[str]:
    """AUTOINCREMENT tables that would give out an id again."""
    sequences = {fact.path: dict(fact.sequences) for fact in facts}
    for arrival in work.arrivals:
        last = sequences.get(arrival.planned.database, {}).get(arrival.table.name)
        if last is None or not (arrival.into or arrival.table).autoincrement:
            continue
        now = database.value(
            "SELECT max(seq) FROM main.sqlite_sequence WHERE name = ?", arrival.planned.new
        )
        if now is None or now < last:
            yield f"{arrival.planned.new} would give out the ids up to {last} again"


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
    for name, more in added_rows(database, work, proofs):
        raise ProofError(
            f"{plan.target}: {name}", f"it has {more} rows that came from nowhere", _MEND
        )
    progress.start("checking the result", None)
    with database.ticking(None):
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
    if known.plan_changed:
        raise StateError(
            plan.file.name, "is not the plan that was carried out", "take its copy in the backup"
        )
    backup = read_backup(known.backup)
    with ExitStack() as stack:
        stack.enter_context(locks()).hold(plan.root / plan.target, plan.target)
        target = stack.enter_context(readable(plan.root / plan.target))
        database = stack.enter_context(open_frozen(target, plan.target))
        facts = _facts_of(backup, plan)
        work = work_for(plan, facts)
        attach_all(database, backup, plan, work, stack)
        proofs = prove_tables(database, plan, work, progress or Silence())
        problems = [*missing_objects(database, work.expected), *unsound(database, facts, work)]
        return Verification(proofs, added_rows(database, work, proofs), tuple(problems))


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
