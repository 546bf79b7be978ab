"""What must hold of the descriptions in a plan, and of the columns that it says hold names."""

from collections.abc import Iterator

from plan.errors import Problem, nearest, shown
from plan.model import Action, Description, Plan, PlannedTable, folded


def descriptions_stand_once(plan: Plan) -> Iterator[Problem]:
    """No table, view or column is described in two places, and each domain is one of the plan."""
    tables: dict[str, PlannedTable] = {}
    for table in plan.tables:
        tables.setdefault(folded(table.new), table)
    first: dict[str, str] = {}
    for item in plan.described:
        there = first.setdefault(folded(item.name), item.key)
        if there != item.key:
            yield Problem(item.key, f"is already described at {there}", "keep one of the two")
            continue
        yield from _columns_once(item)
        planned = tables.get(folded(item.name))
        if planned is not None:
            yield from _said_by_its_line(plan, item, planned)
        elif item.domain:
            yield from _known_domain(plan, item)


def _columns_once(item: Description) -> Iterator[Problem]:
    seen: set[str] = set()
    for name, _ in item.columns:
        if folded(name) in seen:
            what = f"{shown(name)} is there twice: SQLite ignores case"
            yield Problem(f"{item.key}.columns", what, "keep one of the two")
        seen.add(folded(name))


def _said_by_its_line(plan: Plan, item: Description, planned: PlannedTable) -> Iterator[Problem]:
    lines = (it for it in plan.tables if folded(it.new) == folded(item.name) and it.about)
    line = next(lines, None)
    if item.about and line:
        what = f"{shown(item.name)} is already described at {line.key}.about"
        yield Problem(f"{item.key}.about", what, "keep one of the two")
    if item.domain:
        what = f"{shown(item.name)} has its domain where its line stands, {planned.key}"
        yield Problem(f"{item.key}.domain", what, "leave domain out")


def _known_domain(plan: Plan, item: Description) -> Iterator[Problem]:
    domains = [domain.name for domain in plan.domains if domain.name]
    if item.domain not in domains:
        mend = nearest(item.domain, domains, "add a [[domain]] of that name")
        yield Problem(f"{item.key}.domain", f"{shown(item.domain)} is no domain of the plan", mend)


def names_are_in_planned_tables(plan: Plan) -> Iterator[Problem]:
    """Columns that hold names are named once, and their table is one that the plan carries."""
    carried = {(table.database, folded(table.old)) for table in plan.tables}
    skipped = {(skip.database, folded(skip.table)) for skip in plan.skips}
    listed = {database.path for database in plan.with_action(Action.TARGET, Action.MERGE)}
    first: dict[tuple[str, str, str], str] = {}
    for item in plan.names:
        table = item.database, folded(item.table)
        if item.database in listed and item.table and table not in carried:
            what = f"{shown(item.table)} of {shown(item.database)} is in no domain"
            if table in skipped:
                what = f"{shown(item.table)} of {shown(item.database)} is skipped"
            yield Problem(f"{item.key}.table", what, "leave this entry out, or plan that table")
            continue
        for column in item.columns:
            there = first.setdefault((*table, folded(column)), item.key)
            if there != item.key or [*map(folded, item.columns)].count(folded(column)) > 1:
                what = f"{shown(column)} is already named at {there}"
                yield Problem(f"{item.key}.column", what, "keep one of the two")
                break
