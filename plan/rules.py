"""What must hold of a plan alone, before any database is opened.

A rule leaves empty text alone: it stands in for a value that `load` has already reported.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

from plan.code_rules import arguments_listed_once, calls_are_names, parts_are_names
from plan.describe_rules import descriptions_stand_once, names_are_in_planned_tables
from plan.errors import Problem, shown
from plan.model import (
    Action,
    Compat,
    MergeRule,
    ObjectKind,
    Plan,
    PlannedObject,
    PlannedTable,
    folded,
)
from plan.own import OWN_DOMAIN, OWN_TABLES, OWN_VIEWS
from plan.path_rules import (
    folders_stay_apart,
    paths_name_files_below,
    paths_stay_inside,
    placeholders_are_known,
)

_ROWS_OF_A_TRIGGER = frozenset({"new", "old"})
# Letters beyond ASCII are fine: https://sqlite.org/lang_naming.html (and tokenize.c, IdChar).
_IDENTIFIER = re.compile(r"[^\W\d]\w*\Z")


def problems_of(plan: Plan) -> tuple[Problem, ...]:
    """Everything that is wrong with a plan, rule by rule, each place given as a key path."""
    return tuple(problem for rule in RULES for problem in rule(plan))


def one_target(plan: Plan) -> Iterator[Problem]:
    """Exactly one database is the target, and it is the one that the plan names."""
    said = [database for database in plan.databases if database.action is Action.TARGET]
    if not plan.databases:
        yield Problem("database", "the plan lists none", "add a [[database]] for each file")
    elif plan.target and all(database.path != plan.target for database in plan.databases):
        what = f"plan.target names {shown(plan.target)}, which is not in the database list"
        mend = f'add [[database]] path = {shown(plan.target)}, action = "target"'
        if said:
            what += f" ({said[0].key} is the one with the action 'target')"
            mend = "use one path in both places"
        yield Problem("database", what, mend)
    elif plan.target:
        yield from _one_action_target(plan)


def _one_action_target(plan: Plan) -> Iterator[Problem]:
    for database in plan.databases:
        says_so = database.action is Action.TARGET
        if says_so and database.path != plan.target:
            what = f"is 'target', but plan.target names {shown(plan.target)}"
            mend = 'write action = "merge", or change plan.target'
            yield Problem(f"{database.key}.action", what, mend)
        elif database.path == plan.target and not says_so:
            what = f"is {shown(database.action.value)}, but plan.target names this database"
            mend = 'write action = "target", or change plan.target'
            yield Problem(f"{database.key}.action", what, mend)


def databases_listed_once(plan: Plan) -> Iterator[Problem]:
    """No path is listed twice; paths that differ in case are two, as most systems see them."""
    first: dict[str, str] = {}
    for database in plan.databases:
        if database.path in first:
            what = f"is already listed at {first[database.path]}"
            yield Problem(f"{database.key}.path", what, "list it once")
        elif database.path:
            first[database.path] = database.key


def domains_named_once(plan: Plan) -> Iterator[Problem]:
    """No two domains share a name, and none has that of retable's own."""
    first: dict[str, str] = {}
    for domain in plan.domains:
        name = folded(domain.name)
        if name == OWN_DOMAIN:
            what = f"{shown(domain.name)} is the domain of retable's own tables"
            yield Problem(f"{domain.key}.name", what, "choose another name")
        if name in first:
            what = f"{shown(domain.name)} is already the name of {first[name]}"
            yield Problem(f"{domain.key}.name", what, "join the two, or rename one")
        elif name:
            first[name] = domain.key


def references_are_listed(plan: Plan) -> Iterator[Problem]:
    """Every database that is spoken of is in the database list, with a fitting action.

    A path that many entries share is one mistake, said once, at the first of them.
    """
    actions = {database.path: database.action for database in plan.databases}
    if not actions:
        return  # said once by another rule
    carried = (Action.TARGET, Action.MERGE)
    spoken_of = [
        *((f"{table.key}.in", table.database, carried) for table in plan.tables),
        *((f"{skip.key}.in", skip.database, (Action.MERGE,)) for skip in plan.skips),
        *((f"{item.key}.in", item.database, carried) for item in plan.objects),
        *((f"{item.key}.in", item.database, carried) for item in plan.names),
        *((f"{item.key}.database", item.database, tuple(Action)) for item in plan.code.bindings),
    ]
    wrong: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for where, path, fitting in spoken_of:
        if path and actions.get(path) not in fitting:
            wrong[path, fitting == (Action.MERGE,)].append(where)
    for (path, skipped), places in wrong.items():
        more = f" ({len(places)} entries say so)" if places[1:] else ""
        if path in actions:
            what, mend = _unfitting(path, actions[path], skipped=skipped)
            yield Problem(places[0], what + more, mend)
        elif path != plan.target:  # its absence has a rule of its own
            what = f"{shown(path)} is not in the database list{more}"
            near = get_close_matches(path, filter(None, actions), n=1, cutoff=0.8)
            mend = (
                f"did you mean {shown(near[0])}?"
                if near
                else f"add [[database]] path = {shown(path)}"
            )
            yield Problem(places[0], what, mend)


def _unfitting(path: str, action: Action, *, skipped: bool) -> tuple[str, str]:
    if skipped and action is Action.TARGET:
        what = f"{shown(path)} is the target, all of whose tables stay"
        return what, "list the table under its domain instead"
    fate = {Action.KEEP: "is kept as it is", Action.DELETE: "is deleted as a whole"}
    what = f"{shown(path)} {fate[action]}, so its tables are not planned one by one"
    return what, 'leave this out, or give the database action = "merge"'


def names_are_identifiers(plan: Plan) -> Iterator[Problem]:
    """New names are names that SQLite accepts and that nobody must quote for their letters.

    A table that keeps its name may be called anything.
    """
    new_names = [(f"{table.key}.to", table.new) for table in plan.tables if table.renamed]
    new_names += [(f"{item.key}.to", item.new) for item in plan.objects if item.new != item.old]
    for where, name in (("plan.metadata", plan.metadata), *new_names):
        if name and not is_identifier(name):
            mend = "use letters, digits and _, and no digit first"
            yield Problem(where, f"{shown(name)} is not an identifier", mend)
        elif folded(name).startswith("sqlite_"):
            mend = "begin it with something else than sqlite_"
            yield Problem(where, f"{shown(name)} is reserved by SQLite", mend)
    for table in plan.tables:
        if folded(table.old).startswith("sqlite_"):
            what = f"{shown(table.old)} is SQLite's own, which sees to it itself"
            yield Problem(f"{table.key}.from", what, "leave this entry out")


def is_identifier(name: str) -> bool:
    """Whether SQL can say a name without quotes, as far as its letters go."""
    return bool(_IDENTIFIER.match(name))


def tables_listed_once(plan: Plan) -> Iterator[Problem]:
    """Each table of a database has one entry, and is not also skipped."""
    first: dict[tuple[str, str], str] = {}
    entries = (
        *((table.key, table.old, table.database) for table in plan.tables),
        *((skip.key, skip.table, skip.database) for skip in plan.skips),
    )
    for key, name, database in entries:
        table = (database, folded(name))
        if table in first:
            yield Problem(key, f"is already planned at {first[table]}", "keep one of the two")
        elif name and database:
            first[table] = key


def objects_listed_once(plan: Plan) -> Iterator[Problem]:
    """Each index, trigger and view has one new name."""
    first: dict[tuple[str, str], list[PlannedObject]] = defaultdict(list)
    for item in plan.objects:
        earlier = first[item.database, folded(item.old)]
        for other in earlier:
            if other.kind is item.kind or ObjectKind.ANY in (other.kind, item.kind):
                mend = "keep one of the two, or say the kind of each"
                yield Problem(item.key, f"is already named at {other.key}", mend)
                break
        if item.old and item.database:
            earlier.append(item)


def names_are_free(plan: Plan) -> Iterator[Problem]:
    """No two tables end under one name, unless the plan says how their rows merge.

    All renames happen at once, so a name that its table gives up is free: swaps and chains
    are legal.
    """
    for tables in _by_name(plan.tables, lambda table: table.new).values():
        first, *others = sorted(tables, key=lambda table: table.database != plan.target)
        for table in others:
            # Listed twice is a mistake of its own.
            twice = (folded(table.old), table.database) == (folded(first.old), first.database)
            if table.merge is MergeRule.REFUSE and not twice:
                yield _taken(table, first)


def _taken(table: PlannedTable, first: PlannedTable) -> Problem:
    other = f"{shown(first.old)} of {shown(first.database)} ({first.key})"
    merge = 'say merge = "keep-target" if their rows belong together'
    if not table.renamed:
        what = f"keeps its name, which {other} has in the target too"
        return Problem(table.key, what, f"give it another with to = …, or {merge}")
    if not first.renamed:
        what = f"{shown(table.new)} is the name of a table that stays: {other}"
        return Problem(f"{table.key}.to", what, f"rename that one too, choose another, or {merge}")
    what = f"{shown(table.new)} is the new name of {other} too"
    return Problem(f"{table.key}.to", what, f"choose another, or {merge}")


def own_tables_are_free(plan: Plan) -> Iterator[Problem]:
    """No table takes the name of one that retable itself writes."""
    own = {folded(name) for name in (*OWN_TABLES, *OWN_VIEWS)}
    taken = "is a name that retable itself writes under"
    if folded(plan.metadata) in own:
        yield Problem("plan.metadata", f"{shown(plan.metadata)} {taken}", "choose another name")
    own.add(folded(plan.catalog))
    for table in plan.tables:
        where = f"{table.key}.to" if table.renamed else table.key
        if table.new and folded(table.new) in own:
            yield Problem(where, f"{shown(table.new)} {taken}", "choose another name")
        elif table.keeps_old_name and folded(table.old) in own:
            mend = 'say compat = "none" here'
            yield Problem(f"{table.key}.compat", f"{shown(table.old)} {taken}", mend)


def merge_rules_have_a_meeting(plan: Plan) -> Iterator[Problem]:
    """A merge rule stands where tables meet, on the table that joins the other."""
    for tables in _by_name(plan.tables, lambda table: table.new).values():
        first, *others = sorted(tables, key=lambda table: table.database != plan.target)
        if first.merge is not MergeRule.REFUSE:
            what = f"no other table is called {shown(first.new)} before this one arrives"
            mend = f"move merge to {others[0].key}, which joins it" if others else "leave merge out"
            yield Problem(f"{first.key}.merge", what, mend)


def old_names_can_live_on(plan: Plan) -> Iterator[Problem]:
    """A compatibility view needs its old name for itself."""
    new_names = {folded(table.new): table for table in plan.tables}
    viewed = [table for table in plan.tables if table.keeps_old_name and table.old]
    mend = 'say compat = "none" here'
    for table in viewed:
        where = f"{table.key}.compat"
        if not table.renamed:
            what = "the table keeps its name, so it needs no view"
            yield Problem(where, what, "leave compat out")
        elif folded(table.old) == folded(table.new):
            what = "the names differ in case only, and SQLite ignores case: it needs no view"
            yield Problem(where, what, mend)
        elif folded(table.old) in new_names:
            taker = new_names[folded(table.old)]
            yield Problem(
                where, f"{shown(table.old)} is the name of another table, {taker.key}", mend
            )
        elif table.compat is Compat.WRITABLE and folded(table.new) in _ROWS_OF_A_TRIGGER:
            what = f"in a trigger {shown(table.new)} means the row that is written, not the table"
            yield Problem(where, what, 'choose another name, or say compat = "view"')
    for first, *others in _by_name(viewed, lambda table: table.old).values():
        for table in others:
            if folded(table.new) != folded(first.new):
                what = f"{shown(table.old)} is already a view for {first.key}"
                yield Problem(f"{table.key}.compat", what, mend)
            elif table.compat is not first.compat:
                # Tables that join each other share one old name, and so one view.
                what = (
                    f"is {shown(table.compat.value)}, and not so for {first.key}, whose view it is"
                )
                yield Problem(f"{table.key}.compat", what, "say the same in both places")


def _by_name(
    tables: Iterable[PlannedTable], name: Callable[[PlannedTable], str]
) -> dict[str, list[PlannedTable]]:
    groups = defaultdict(list)
    for table in tables:
        if name(table):
            groups[folded(name(table))].append(table)
    return groups


RULES: tuple[Callable[[Plan], Iterator[Problem]], ...] = (
    paths_stay_inside,
    paths_name_files_below,
    folders_stay_apart,
    placeholders_are_known,
    one_target,
    databases_listed_once,
    domains_named_once,
    references_are_listed,
    names_are_identifiers,
    tables_listed_once,
    objects_listed_once,
    names_are_free,
    own_tables_are_free,
    merge_rules_have_a_meeting,
    old_names_can_live_on,
    descriptions_stand_once,
    names_are_in_planned_tables,
    parts_are_names,
    calls_are_names,
    arguments_listed_once,
)
