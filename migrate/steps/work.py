"""Plan and facts become the ordered steps of a migration; nothing is touched."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from migrate import journal
from migrate.database.schema import Facts, nothing_in
from migrate.database.sqlite import literal
from migrate.database.stored import in_schema
from migrate.phases import Phase
from migrate.steps import figures, meeting
from migrate.steps.arrivals import Arrival, Way
from migrate.steps.carry import Cargo, carry
from migrate.steps.catalog import Entry
from migrate.steps.copies import copies
from migrate.steps.ending import describe, follow, give_up
from migrate.steps.maker import Maker, Step
from migrate.steps.naming import Naming, naming_for
from migrate.steps.renames import refuse_surprises, renames
from migrate.steps.target import Target
from migrate.steps.teamrows import TeamTable, team_table
from plan.errors import counted
from plan.model import Action, Plan, folded
from plan.names import NewName, names_for
from plan.own import OWN_SCRIPT
from plan.schema import SchemaObject
from plan.stored import quoted


@dataclass(frozen=True, slots=True)
class Source:
    """A database whose tables are merged, and the alias under which SQL speaks of it."""

    path: str
    alias: str


@dataclass(frozen=True, slots=True)
class Work:
    """All that a migration will do, and what must be there after each part of it."""

    steps: tuple[Step, ...]
    sources: tuple[Source, ...]
    arrivals: tuple[Arrival, ...]
    expected: Mapping[Phase, tuple[SchemaObject, ...]]
    """Every object of the target after a phase, SQLite's own excepted."""
    new_names: tuple[NewName, ...]
    """Indexes, triggers and views that got another name: theirs was taken, or the plan says so."""
    left: tuple[str, ...]
    """Objects that are left behind, in words."""
    entries: tuple[Entry, ...] = ()
    """What the documentation says of each table and view of the result."""
    naming: Naming = field(default_factory=Naming)
    """What data follows the renames once the target is documented."""
    team: TeamTable | None = None
    """The table in which the team describes its tables, if the plan makes that the metadata."""

    def naming_after(self, phase: Phase) -> Naming:
        """What data has followed the renames when a phase is over."""
        return Naming() if phase in (Phase.MERGE, Phase.RENAME) else self.naming

    def team_after(self, phase: Phase) -> TeamTable | None:
        """The team's own table if it has got its rows when a phase is over."""
        return None if phase in (Phase.MERGE, Phase.RENAME) else self.team

    def changes(self, table: str) -> bool:
        """Whether rows of a table of the result are not, or not only, those that came to it."""
        team = self.team is not None and folded(self.team.name) == folded(table)
        return team or self.naming.of(table) is not None

    def steps_of(self, *phases: Phase) -> tuple[Step, ...]:
        """What is done in some phases, in order."""
        return tuple(step for step in self.steps if step.phase in phases)


BEFORE = "before"
"""The alias of the target's backup: what moved tables are proved against."""


def script(steps: Sequence[Step]) -> str:
    """The steps as SQL that a person can read, and run on copies."""
    lines = [OWN_SCRIPT, "PRAGMA foreign_keys = OFF;"]
    begun = False
    for phase, group in groupby(steps, key=lambda step: step.phase):
        of_phase = tuple(group)
        rows = sum(step.rows for step in of_phase)
        lines.append(
            f"-- {phase}: {counted(len(of_phase), 'step')}"
            + (f", {counted(rows, 'row')}" if rows else "")
        )
        for step in of_phase:
            if not begun and step.kind != "attach":
                lines.append("BEGIN EXCLUSIVE;")
                begun = True
            copied = f" ({counted(step.rows, 'row')})" if step.kind == "copy" else ""
            lines += [f"-- {step.what}{copied}", f"{step.sql};"]
    return "\n".join([*lines, "COMMIT;", ""])


def work_for(plan: Plan, facts: Sequence[Facts]) -> Work:
    """Try the whole migration on schemas in memory, and write down what was done.

    Raises:
        DatabaseError: SQLite refuses a part of it; it will say so before any file is touched.
    """
    by_path = {fact.path: fact for fact in facts}
    before = by_path.get(plan.target) or nothing_in(plan.target)
    names = names_for(plan, [fact.schema for fact in facts])
    with Target(plan, before, names) as target:
        merging = [
            by_path[database.path]
            for database in plan.with_action(Action.MERGE)
            if database.path in by_path
        ]
        sources = tuple(Source(fact.path, f"source_{n}") for n, fact in enumerate(merging, 1))
        steps = [
            _attach(source, fact, before) for source, fact in zip(sources, merging, strict=True)
        ]
        arrivals = [*_moved(plan, before)]
        maker = Maker(target)
        for item in sorted(before.earlier, key=lambda item: item.kind == "table"):
            if item.sql:
                what = f"{item.kind} {item.name} of an earlier consolidation"
                sql = f"DROP {item.kind} main.{quoted(item.name)}"
                maker.note(Step(Phase.MERGE, "create", f"take away {what}", sql))
        maker.make(Phase.MERGE, "create", "what has run", journal.CREATE)
        if _has_meeting(plan):
            maker.make(Phase.MERGE, "create", "keep what merge rules drop", meeting.CREATE_REJECTS)
        for fact, source in zip(merging, sources, strict=True):
            arrivals += _merge(maker, fact, source, arrivals)
        maker.ends(Phase.MERGE)
        _rename(maker, before, arrivals)
        maker.ends(Phase.RENAME)
        naming = naming_for(plan, facts, names, arrivals)
        team = team_table(plan, target, arrivals)
        follow(maker, naming, arrivals)
        entries = describe(maker, plan, facts, arrivals, team)
        refuse_surprises(target)
        maker.ends(Phase.DOCUMENT, Phase.ARCHIVE)
        give_up(maker, plan)
        maker.ends(Phase.FINISH)
        return Work(
            steps=(*steps, *maker.steps),
            sources=sources,
            arrivals=tuple(arrivals),
            expected=maker.expected,
            new_names=names.new,
            left=tuple(target.left),
            entries=entries,
            naming=naming,
            team=team,
        )


def _attach(source: Source, fact: Facts, before: Facts) -> Step:
    what = f"read {source.path}"
    if fact.tables and fact.encoding != before.encoding:
        what += f" (it is {fact.encoding}: through a copy that is {before.encoding})"
    sql = f"ATTACH {literal(source.path)} AS {source.alias}"
    return Step(Phase.MERGE, "attach", what, sql)


def _has_meeting(plan: Plan) -> bool:
    new_names = [folded(table.new) for table in plan.tables]
    return len(set(new_names)) < len(new_names)


def _moved(plan: Plan, before: Facts) -> Iterable[Arrival]:
    for planned in plan.tables_in(plan.target):
        table = before.table(planned.old)
        if table is not None:
            shadows = before.shadows_of(table.name) if table.kind == "virtual" else ()
            yield Arrival(
                planned, Way.MOVED, BEFORE, table, table.name, None, shadows,
                before.count(planned.old), 0, max(0, before.span(planned.old)[1]),
            )  # fmt: skip


def _merge(maker: Maker, fact: Facts, source: Source, before: list[Arrival]) -> tuple[Arrival, ...]:
    """One source: its tables and indexes, its rows, then its views and triggers."""
    target = maker.target
    cargo = carry(target, fact, source.alias, tuple(before))
    stored = [item for item in cargo.objects if item.kind in ("table", "index")]
    for item in stored:
        target.database.run(in_schema(item.sql or "", "main"))
    records = {
        folded(arrival.at): target.copying(arrival, fact.span(arrival.table.name))
        for arrival in cargo.arrivals
        if arrival.way is Way.COPIED and arrival.table.kind == "table"
    }
    # Under a bare definition an index would be another, so it is made after the rows.
    late: dict[str, list[SchemaObject]] = defaultdict(list)
    for item in stored:
        if item.kind == "index" and records.get(folded(item.table), ...) is None:
            late[folded(item.table)].append(item)
        else:
            maker.note(_create(item))
    for arrival in cargo.arrivals:
        at = folded(arrival.at)
        for kind, what, sql, rows in copies(target, fact, arrival, records.get(at)):
            maker.note(Step(Phase.MERGE, kind, what, sql, arrival.planned.new, rows))
        for item in late[at]:
            maker.note(_create(item))
    _bring_figures(maker, fact, source, cargo)
    for item in cargo.objects:
        if item.kind in ("view", "trigger"):
            step = _create(item)
            maker.make(step.phase, step.kind, step.what, step.sql, step.table)
    return cargo.arrivals


def _bring_figures(maker: Maker, fact: Facts, source: Source, cargo: Cargo) -> None:
    target = maker.target
    indexes = {
        name.old: name.new
        for name in target.given.new
        if name.database == fact.path and name.kind == "index"
    }
    brought = tuple(figures.arriving(fact, cargo.arrivals, indexes, source.alias))
    there = figures.kept_in((*target.before.schema.objects, *target.objects()))
    if brought and set(figures.kept_in(fact.schema.objects)) - set(there):
        maker.make(Phase.MERGE, "create", "room for the query planner's figures", figures.MAKE)
    for sql in brought:
        maker.note(Step(Phase.MERGE, "record", f"the query planner's figures of {fact.path}", sql))


def _create(item: SchemaObject) -> Step:
    sql = in_schema(item.sql or "", "main")
    return Step(Phase.MERGE, "create", f"{item.kind} {item.name}", sql, item.table)


def _rename(maker: Maker, before: Facts, arrivals: Sequence[Arrival]) -> None:
    """Old names to new ones; what refers to them follows."""
    for change in renames(maker.target, before, arrivals):
        step = Step(Phase.RENAME, change.kind, change.what, change.sql, change.table)
        if change.rows_only:
            maker.note(step)
        else:
            maker.make(step.phase, step.kind, step.what, step.sql, step.table)
