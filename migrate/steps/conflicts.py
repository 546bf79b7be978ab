"""Where the plan and the databases contradict each other: all of it, from facts alone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from migrate.database.schema import Facts, Table, names
from migrate.steps.compat import refusals
from migrate.steps.fulltext import is_renamed_in_part
from plan.errors import Problem, counted
from plan.model import Action, Claim, MergeRule, Plan, PlannedTable, folded
from plan.names import names_for
from plan.virtual import CARRIED_MODULES, content_of

AT_ONCE = 120
"""SQLite attaches 125 files at most; the target's backup is one of them."""


def conflicts_of(plan: Plan, facts: Sequence[Facts]) -> tuple[Problem, ...]:
    """Everything that the plan says wrongly of these databases."""
    by_path = {fact.path: fact for fact in facts}
    return (
        *_too_many(plan),
        *_absent_tables(plan, by_path),
        *_unknown_tables(plan, facts),
        *_false_claims(plan, by_path),
        *names_for(plan, [fact.schema for fact in facts]).problems,
        *_modules(facts),
        *_text_left_behind(plan, facts),
        *_renamed_in_part(plan, by_path),
        *_meetings(plan, by_path),
        *refusals(plan, by_path),
    )


def _too_many(plan: Plan) -> Iterator[Problem]:
    merged = len(plan.with_action(Action.MERGE))
    if merged > AT_ONCE:
        what = f"{merged} databases are to be merged, SQLite reads {AT_ONCE} at once"
        yield Problem("database", what, "merge them in several plans")


def _absent_tables(plan: Plan, facts: dict[str, Facts]) -> Iterator[Problem]:
    speaks = [(t.key, t.old, t.database) for t in plan.tables]
    for key, name, path in [*speaks, *((s.key, s.table, s.database) for s in plan.skips)]:
        fact = facts.get(path)
        if fact is None:
            continue
        table = fact.table(name)
        if table is not None:
            if table.kind == "shadow":
                what = f"{name!r} is where a virtual table keeps its rows"
                yield Problem(f"{key}: {path}", what, "leave this out: it goes with that table")
            continue
        held = [table.name for table in fact.tables if table.kind != "shadow"]
        mend = f"it holds {names(held)}" if held else "it holds no table at all"
        if folded(name) in {folded(view) for view in fact.schema.named("view")}:
            mend = "it is a view, and views come along by themselves: leave it out of the plan"
        yield Problem(f"{key}: {path}", f"there is no table {name!r}", mend)


def _unknown_tables(plan: Plan, facts: Sequence[Facts]) -> Iterator[Problem]:
    known = {(t.database, folded(t.old)) for t in plan.tables}
    known |= {(s.database, folded(s.table)) for s in plan.skips}
    for fact in facts:
        for table in fact.tables:
            if table.kind != "shadow" and (fact.path, folded(table.name)) not in known:
                rows = counted(fact.count(table.name), "row")
                what = f"table {table.name!r} ({rows}) is not in the plan"
                mend = "give it a place in a domain"
                if fact.path != plan.target:
                    mend += ", or a [[skip]]"
                yield Problem(fact.path, what, mend)


def _false_claims(plan: Plan, facts: dict[str, Facts]) -> Iterator[Problem]:
    for skip in plan.skips:
        fact = facts.get(skip.database)
        if skip.claim is Claim.EMPTY and fact is not None and fact.count(skip.table):
            what = (
                f"{skip.table!r} is claimed empty and has {counted(fact.count(skip.table), 'row')}"
            )
            mend = "carry it over, or claim that it is unwanted"
            yield Problem(f"{skip.key}: {skip.database}", what, mend)


def _modules(facts: Sequence[Facts]) -> Iterator[Problem]:
    for fact in facts:
        for table in fact.tables:
            if table.kind == "virtual" and table.module not in CARRIED_MODULES:
                what = f"table {table.name!r} is kept by the module {table.module!r}"
                yield Problem(fact.path, what, f"retable carries {names(CARRIED_MODULES)} only")


def _renamed_in_part(plan: Plan, facts: dict[str, Facts]) -> Iterator[Problem]:
    for planned in plan.tables_in(plan.target):
        fact = facts.get(plan.target)
        for item in fact.schema.objects if fact and planned.renamed else ():
            if folded(item.name) == folded(planned.old) and is_renamed_in_part(item):
                what = f"SQLite cannot rename {planned.old!r}, which says contentless_unindexed"
                yield Problem(planned.key, what, "let it keep its name")


def _text_left_behind(plan: Plan, facts: Sequence[Facts]) -> Iterator[Problem]:
    """Full-text tables whose text is in a table that does not come along."""
    skipped = {(skip.database, folded(skip.table)) for skip in plan.skips}
    for fact in facts:
        held = {folded(item.name) for item in fact.schema.objects}
        for item in fact.schema.objects:
            content = content_of(item)
            if content is None or (fact.path, folded(item.name)) in skipped:
                continue
            what = f"full-text table {item.name!r} reads its text from {content!r}, which is "
            if folded(content) not in held:
                yield Problem(fact.path, what + "not there", "make that table, or drop this one")
            elif (fact.path, folded(content)) in skipped:
                yield Problem(fact.path, what + "skipped", "carry both over, or skip both")


def _meetings(plan: Plan, facts: dict[str, Facts]) -> Iterator[Problem]:
    groups: dict[str, list[PlannedTable]] = defaultdict(list)
    for planned in sorted(plan.tables, key=lambda table: table.database != plan.target):
        groups[folded(planned.new)].append(planned)
    for first, *others in groups.values():
        into = _table(facts, first)
        seen = {first.database}
        if len(others) > 1 and any(p.merge is MergeRule.KEEP_SOURCE for p in others):
            what = f"{len(others)} tables join {first.new!r}, one of them by keep-source"
            yield Problem(others[0].key, what, "let a single table take precedence")
        for planned in others:
            table = _table(facts, planned)
            where = f"{planned.key}: {planned.database}"
            if planned.database in seen:
                what = f"two tables of one database would become {planned.new!r}"
                yield Problem(where, what, "join them first, or give one another name")
            seen.add(planned.database)
            if into is not None and table is not None:
                for what, mend in _mismatches(planned, table, into):
                    yield Problem(where, f"{planned.old!r} cannot join {first.old!r}: {what}", mend)


def _table(facts: dict[str, Facts], planned: PlannedTable) -> Table | None:
    fact = facts.get(planned.database)
    return fact.table(planned.old) if fact else None


def _mismatches(planned: PlannedTable, table: Table, into: Table) -> Iterator[tuple[str, str]]:
    apart = "give it a name of its own"
    if "virtual" in (table.kind, into.kind):
        yield "a virtual table's rows cannot be told apart", apart
        return
    ours, theirs = _shape(table), _shape(into)
    if ours != theirs:
        difference = " ".join(sorted(ours ^ theirs)) or "their order"
        yield f"their columns differ ({difference})", apart
    if table.without_rowid != into.without_rowid:
        yield "only one of them has rowids", apart
        return
    if folded(table.alias or "") != folded(into.alias or ""):
        column = table.alias or into.alias
        yield f"column {column!r} is the rowid in only one of them", apart
        return
    if any(not key.plain for key in into.keys):
        unique = next(key.name for key in into.keys if not key.plain)
        yield f"its unique index {unique!r} holds for a part or an expression only", apart
    keys, others = _keys(into), _keys(table) | _keys(table, exactly=True)
    if planned.merge is not MergeRule.APPEND and not keys:
        yield "it has no key, so no row can meet another", 'say merge = "append"'
    elif keys - others:
        yield f"the keys differ ({' '.join(sorted(map(str, keys - others)))})", apart


def _shape(table: Table) -> frozenset[str]:
    return frozenset(
        f"{folded(column.name)}:{folded(column.type)}@{place}"
        for place, column in enumerate(table.columns)
        if not column.generated
    )


def _keys(table: Table, *, exactly: bool = False) -> frozenset[str]:
    """What no two rows share; what differs under a collation also differs `exactly`."""
    alias = [f"({folded(table.alias)})"] if table.alias else []
    return frozenset(
        alias
        + [
            "(" + ", ".join(sorted(_compared(*it, exactly=exactly) for it in key.columns)) + ")"
            for key in table.keys
            if key.plain
        ]
    )


def _compared(column: str, collation: str, *, exactly: bool) -> str:
    plain = exactly or folded(collation) == "binary"
    return folded(column) if plain else f"{folded(column)} COLLATE {collation}"
