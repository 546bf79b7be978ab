"""The proof of rows: each is in its new place, with its rowid, its types and its bytes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from migrate.database.schema import Table
from migrate.database.sqlite import Database, literal
from migrate.phases import Phase
from migrate.progress import Progress, Rows
from migrate.steps.arrivals import Arrival, Way
from migrate.steps.meeting import exact, numbered, rejects_of, same_rows
from migrate.steps.naming import FORGET, Naming
from migrate.steps.work import Work
from plan.model import MergeRule, Plan, folded
from plan.own import REJECTS
from plan.stored import quoted

ROWS_PER_TICK = 2_000
"""What one tick of SQLite proves, roughly: it moves a progress bar and nothing else."""


@dataclass(frozen=True, slots=True)
class TableProof:
    """What was counted for one table: each of its rows is the same, set aside, or missing."""

    database: str
    old: str
    new: str
    """What it is called in the target at the time."""
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


def prove_tables(
    database: Database, plan: Plan, work: Work, phase: Phase, progress: Progress
) -> tuple[TableProof, ...]:
    """Compare every row of every table, as it is after a phase, with the one it came from."""
    proofs = []
    naming = work.naming_after(phase)
    for sql in naming.listed():
        database.run(sql)
    total = sum(arrival.rows for arrival in work.arrivals)
    rows = Rows(progress, "prove", total, ROWS_PER_TICK)
    for arrival in work.arrivals:
        with rows.working(database, arrival.planned.new, arrival.rows):
            trial = _Trial(database, plan, arrival, work, naming)
            proofs += [trial.prove(table, new) for table, new in arrival.stores_after(phase)]
    progress.finish()
    if naming.tables:
        database.run(FORGET)
    return tuple(proofs)


@dataclass(frozen=True, slots=True)
class _Trial:
    """One arrival, and where to look for it."""

    database: Database
    plan: Plan
    arrival: Arrival
    work: Work
    naming: Naming

    def prove(self, table: Table, new: str) -> TableProof:
        """Count the rows that are the same, and those that gave way."""
        if not self.has_columns(table, new):
            return self.nothing(table, new)
        there = f"{quoted(self.arrival.source)}.{quoted(table.name)}"
        gone = self.set_aside()
        rows, number = numbered(table, there, "a") if gone else (f"{there} AS a", "")
        away = f"{number} IN ({gone})"
        became = self.naming.of_row(self.arrival.planned.new, "a")
        found, known = _same_place(self.arrival, table, became)
        equal = self.database.value(
            f"SELECT count(*) FROM {rows} CROSS JOIN main.{quoted(new)} AS b ON {found}"
            f" WHERE {same_rows(table, 'a', 'b', known, alike=True, became=became)}"
            + (f" AND NOT {away}" if gone else "")
        )
        rejected = 0
        if gone:
            rejected = self.database.value(f"SELECT count(*) FROM {rows} WHERE {away}")
        return TableProof(
            database=self.arrival.planned.database,
            old=table.name,
            new=new,
            way=self.arrival.way,
            rows=self.database.value(f"SELECT count(*) FROM {there}"),
            equal=equal,
            rejected=rejected,
            rejects_kept=not rejected or self.rejects_kept(rows, number, rejected),
        )

    def has_columns(self, table: Table, new: str) -> bool:
        """Whether the target has that table with all columns that its rows had."""
        there = self.database.rows("SELECT name FROM pragma_table_xinfo(?, 'main')", new)
        return {column.name for column in table.columns} <= {name for (name,) in there}

    def nothing(self, table: Table, new: str) -> TableProof:
        """None of its rows is there."""
        there = f"{quoted(self.arrival.source)}.{quoted(table.name)}"
        rows = self.database.value(f"SELECT count(*) FROM {there}")
        planned = self.arrival.planned
        return TableProof(
            planned.database, table.name, new, self.arrival.way, rows, 0, 0, rejects_kept=False
        )

    def set_aside(self) -> str | None:
        """A query for the numbers of the arrival's rows that gave way, if any could."""
        return gave_way(self.plan, self.work, self.arrival)

    def rejects_kept(self, rows: str, number: str, rejected: int) -> bool:
        """Whether each value of each row that gave way can be read back from the rejects."""
        aside = (self.set_aside() or "").replace('SELECT "row"', "SELECT *", 1)
        columns = self.arrival.table.stored
        kept = " ".join(
            f"WHEN {literal(column)} THEN {exact('r.value', f'a.{quoted(column)}')}"
            for column in columns
        )
        found = self.database.value(
            f'SELECT count(*) FROM ({aside}) AS r CROSS JOIN {rows} ON {number} = r."row"'
            f' WHERE CASE r."column" {kept} END'
        )
        # No value is there twice: row and column are the key of the rejects table.
        return bool(found == rejected * len(columns))


def gave_way(plan: Plan, work: Work, arrival: Arrival, schema: str = "main") -> str | None:
    """A query for the numbers of the rows of an arrival that gave way, if any could."""
    if arrival.way is Way.JOINED:
        ways = [arrival] if arrival.rule is MergeRule.KEEP_TARGET else []
    else:
        new = folded(arrival.planned.new)
        ways = [
            other
            for other in work.arrivals
            if other.way is Way.JOINED
            and other.rule is MergeRule.KEEP_SOURCE
            and folded(other.planned.new) == new
        ]
    if not ways:
        return None
    source, name, met = map(literal, rejects_of(ways[0], plan.target))
    return (
        f'SELECT "row" FROM {quoted(schema)}.{REJECTS} WHERE source = {source} AND name = {name}'
        f" AND met = {met}"
    )


def _same_place(
    arrival: Arrival, table: Table, became: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """How SQL finds the row that a row became, and the columns that this compares already."""
    if table.rowid:
        shift = f" + {arrival.offset}" if arrival.offset else ""
        found = f"b.{quoted(table.rowid)} = a.{quoted(table.rowid)}{shift}"
        return found, (table.alias,) if table.alias else ()
    keys = (
        f"b.{quoted(column)} = {became.get(column, f'a.{quoted(column)}')}"
        for column in table.primary_key
    )
    return " AND ".join(keys), ()


def told_rows(database: Database, work: Work, phase: Phase) -> dict[str, int]:
    """How many rows retable itself has added to the team's own table, by its folded name.

    They are in nobody's place, and say what retable's documentation says.
    """
    team = work.team_after(phase)
    if team is None:
        return {}
    naming = work.naming_after(phase)
    for sql in naming.listed():
        database.run(sql)
    places = [
        f"EXISTS (SELECT 1 FROM {quoted(it.source)}.{quoted(it.table.name)} AS a WHERE"
        f" {_same_place(it, it.table, naming.of_row(team.name, 'a'))[0]})"
        for it in work.arrivals
        if folded(it.planned.new) == folded(team.name)
    ]
    count = database.value(
        f"SELECT count(*) FROM main.{quoted(team.name)} AS b"
        f" WHERE {team.is_ours('b')} AND NOT ({' OR '.join(places)})"
    )
    database.run(FORGET)
    return {folded(team.name): count}


def added_rows(
    database: Database, proofs: Sequence[TableProof], told: Mapping[str, int]
) -> tuple[tuple[str, int], ...]:
    """Rows that each table has beyond those that were proved to have arrived, or were `told`."""
    arrived: dict[str, int] = defaultdict(int, told)
    names: dict[str, str] = {}
    for proof in proofs:
        arrived[folded(proof.new)] += proof.equal
        names.setdefault(folded(proof.new), proof.new)
    held = {
        folded(name)
        for (name,) in database.rows("SELECT name FROM main.sqlite_schema WHERE type = 'table'")
    }
    counts = {
        key: database.value(f"SELECT count(*) FROM main.{quoted(name)}") if key in held else 0
        for key, name in names.items()
    }
    return tuple(
        (name, counts[key] - arrived[key])
        for key, name in names.items()
        if counts[key] != arrived[key]
    )
