"""What must hold of a plan alone, before any database is opened."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from plan.errors import Problem
from plan.model import Action, Compat, MergeRule, Plan, PlannedTable, folded

JOURNAL = "retable_journal"
REJECTS = "retable_rejects"
OWN_TABLES = (JOURNAL, REJECTS)
"""Tables that retable itself keeps in the target, besides the plan's metadata table."""

_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")


def problems_of(plan: Plan) -> tuple[Problem, ...]:
    """Everything that is wrong with a plan, in the order of its sections."""
    return tuple(problem for rule in RULES for problem in rule(plan))


def paths_stay_inside(plan: Plan) -> Iterator[Problem]:
    """Every path lies in the plan's folder."""
    for where, path in (
        ("plan.target", plan.target),
        ("plan.backup", plan.backup),
        ("plan.archive", plan.archive),
        *((f"database[{i}].path", item.path) for i, item in enumerate(plan.databases, 1)),
        *((f"code.paths[{i}]", path) for i, path in enumerate(plan.code.paths, 1)),
    ):
        parts = PurePosixPath(path).parts
        if path.startswith("/") or ".." in parts or "\0" in path or re.match(r"[A-Za-z]:", path):
            yield Problem(
                where, f"{path!r} leaves the plan's folder", "use a path relative to the plan"
            )


def one_target(plan: Plan) -> Iterator[Problem]:
    """Exactly one database is the target, and it is the one that the plan names."""
    targets = [database.path for database in plan.with_action(Action.TARGET)]
    if not targets:
        yield Problem(
            "database",
            "none has the action 'target'",
            f"add [[database]] path = {plan.target!r}, action = 'target'",
        )
    for path in targets:
        if path != plan.target:
            yield Problem(
                "plan.target",
                f"{plan.target!r} is the target here, database {path!r} says it is one too",
                "keep one",
            )


def databases_listed_once(plan: Plan) -> Iterator[Problem]:
    """No path is listed twice."""
    for path, count in Counter(database.path for database in plan.databases).items():
        if count > 1:
            yield Problem("database", f"{path!r} is listed {count} times", "list it once")


def domains_named_once(plan: Plan) -> Iterator[Problem]:
    """No two domains share a name."""
    for name, count in Counter(folded(domain.name) for domain in plan.domains).items():
        if count > 1:
            yield Problem("domain", f"{name!r} is named {count} times", "join them into one")


def references_are_listed(plan: Plan) -> Iterator[Problem]:
    """Every database that is spoken of is in the database list, with a fitting action."""
    actions = {database.path: database.action for database in plan.databases}
    spoken_of = (
        *((f"{t.key}.in", t.database, (Action.TARGET, Action.MERGE)) for t in plan.tables),
        *((f"{s.key}.in", s.database, (Action.MERGE,)) for s in plan.skips),
        *((f"{b.key}.database", b.database, tuple(Action)) for b in plan.code.bindings),
    )
    for where, path, fitting in spoken_of:
        if path not in actions:
            yield Problem(where, f"{path!r} is not in the database list", "add a [[database]]")
        elif actions[path] not in fitting:
            yield Problem(
                where,
                f"{path!r} has the action {actions[path].value!r}: its tables stay as they are",
                "leave this entry out, or change the action",
            )


def names_are_identifiers(plan: Plan) -> Iterator[Problem]:
    """New names can stand in SQL as they are, and SQLite accepts them."""
    new_names = ((f"{table.key}.to", table.new) for table in plan.tables)
    for where, name in (("plan.metadata", plan.metadata), *new_names):
        if not _IDENTIFIER.match(name):
            yield Problem(
                where,
                f"{name!r} is not an identifier",
                "use letters, digits and _, not a digit first",
            )
        elif folded(name).startswith("sqlite_"):
            yield Problem(where, f"{name!r} is reserved by SQLite", "do not begin with sqlite_")


def tables_listed_once(plan: Plan) -> Iterator[Problem]:
    """Each table of a database has one entry, and is not also skipped."""
    entries: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for table in plan.tables:
        entries[table.database, folded(table.old)].append((table.key, table.old))
    for skip in plan.skips:
        entries[skip.database, folded(skip.table)].append((skip.key, skip.table))
    for (database, _), keys in entries.items():
        for key, name in keys[1:]:
            yield Problem(
                key, f"{name!r} in {database!r} is already at {keys[0][0]}", "keep one entry"
            )


def names_are_free(plan: Plan) -> Iterator[Problem]:
    """No two tables end under one name, unless the plan says how their rows merge."""
    for tables in _by_name(plan.tables, lambda table: table.new).values():
        first, *others = sorted(tables, key=lambda table: table.database != plan.target)
        for table in others:
            if table.merge is MergeRule.REFUSE:
                yield _taken(table, first)
    own = {folded(name): name for name in (plan.metadata, *OWN_TABLES)}
    for table in plan.tables:
        if folded(table.new) in own:
            yield Problem(
                f"{table.key}.to", f"{table.new!r} is retable's own table", "choose another name"
            )


def _taken(table: PlannedTable, first: PlannedTable) -> Problem:
    both = f"{table.old!r} of {table.database!r} and {first.old!r} of {first.database!r}"
    if not first.renamed and table.renamed:
        what = f"{both}: the new name {table.new!r} is also an old one that stays"
        return Problem(f"{table.key}.to", what, "rename that one too, or choose another name")
    what = f"{both} ({first.key}) would both become {table.new!r}"
    return Problem(f"{table.key}.to", what, 'choose another name, or say merge = "keep-target"')


def merge_rules_have_a_meeting(plan: Plan) -> Iterator[Problem]:
    """A merge rule stands where tables meet, on the table that joins the other."""
    for tables in _by_name(plan.tables, lambda table: table.new).values():
        first = min(tables, key=lambda table: table.database != plan.target)
        if first.merge is not MergeRule.REFUSE:
            what = f"nothing is called {first.new!r} before this table arrives"
            mend = "put merge = … on the table that joins it, or leave it out"
            yield Problem(f"{first.key}.merge", what, mend)


def renames_are_possible(plan: Plan) -> Iterator[Problem]:
    """A rename changes more than upper and lower case."""
    for table in plan.tables:
        if table.renamed and folded(table.old) == folded(table.new):
            what = f"{table.new!r} differs from {table.old!r} in case only, which SQLite ignores"
            yield Problem(f"{table.key}.to", what, "keep the name, or choose another")


def old_names_can_live_on(plan: Plan) -> Iterator[Problem]:
    """A compatibility view needs its old name for itself."""
    new_names = {folded(table.new): table for table in plan.tables}
    viewed = [table for table in plan.tables if table.compat is Compat.VIEW]
    for table in viewed:
        if not table.renamed:
            yield Problem(f"{table.key}.compat", "the name does not change", "leave compat out")
        elif folded(table.old) in new_names:
            other = new_names[folded(table.old)]
            what = f"{table.old!r} is the new name of {other.key}"
            yield Problem(f"{table.key}.compat", what, "leave compat out")
    for tables in _by_name(viewed, lambda table: table.old).values():
        for table in tables[1:]:
            what = f"{table.old!r} is already a view for {tables[0].key}"
            yield Problem(f"{table.key}.compat", what, "keep one")


def _by_name(
    tables: Iterable[PlannedTable], name: Callable[[PlannedTable], str]
) -> dict[str, list[PlannedTable]]:
    groups = defaultdict(list)
    for table in tables:
        groups[folded(name(table))].append(table)
    return groups


RULES: tuple[Callable[[Plan], Iterator[Problem]], ...] = (
    paths_stay_inside,
    one_target,
    databases_listed_once,
    domains_named_once,
    references_are_listed,
    names_are_identifiers,
    tables_listed_once,
    names_are_free,
    merge_rules_have_a_meeting,
    renames_are_possible,
    old_names_can_live_on,
)
