"""What is said of each table and column of the result, and what nobody has said anything of.

The plan has the first word, then a table that the team keeps for it, then the comments in the
definition. Where tables join, what is said of the first holds, and the others fill the gaps.
"""

from collections.abc import Iterator, Sequence

from migrate.database.described import Spoken
from migrate.database.schema import Facts, Table
from migrate.steps.catalog import Entry
from plan.comments import Said, comments_in
from plan.errors import Problem, counted, nearest, shown
from plan.model import Action, Description, Plan, PlannedTable, Wanted, folded
from plan.names import names_for
from plan.toml_text import toml_key

_OR = 'or say descriptions = "optional" under [plan]'


class Descriptions:
    """All that is said, by names of the result."""

    def __init__(self, plan: Plan, facts: Sequence[Facts]) -> None:
        self._plan = plan
        self._facts = {fact.path: fact for fact in facts}
        self._described = {folded(item.name): item for item in plan.described}
        self._kept = {
            (fact.path, folded(it.name), folded(it.column)): it.about
            for fact in reversed(facts)
            for it in reversed(fact.described)
        }
        self._comments: dict[tuple[str, str], Said] = {}
        self.sources = sources_of(plan)

    def of(self, name: str) -> Description | None:
        """What the plan says of a table or view under [describe]."""
        return self._described.get(folded(name))

    def table(self, new: str) -> str:
        """What a planned table is."""
        sources = self.sources[folded(new)]
        said = [it.about for it in sources]
        said.append(self._of_plan(new))
        said += [self.kept(it.database, it.old) for it in sources]
        said += [self._commented(it).about for it in sources]
        return next(filter(None, said), "")

    def column(self, new: str, column: str) -> str:
        """What a column of a planned table is."""
        sources = self.sources[folded(new)]
        said = [self._of_plan(new, column)]
        said += [self.kept(it.database, it.old, column) for it in sources]
        said += [self._commented(it).columns.get(folded(column), "") for it in sources]
        return next(filter(None, said), "")

    def view(self, new: str, origins: Sequence[tuple[str, str]], column: str = "") -> str:
        """What a view is, or a column of it; it came from these databases under these names."""
        said = [self._of_plan(new, column)]
        said += [self.kept(database, old, column) for database, old in origins]
        return next(filter(None, said), "")

    def kept(self, database: str, name: str, column: str = "") -> str:
        """What a database says of its own table or view, or a column of it."""
        return self._kept.get((database, folded(name), folded(column)), "")

    def _of_plan(self, name: str, column: str = "") -> str:
        item = self.of(name)
        if item is None or not column:
            return item.about if item else ""
        return next((text for it, text in item.columns if folded(it) == folded(column)), "")

    def _commented(self, planned: PlannedTable) -> Said:
        key = planned.database, folded(planned.old)
        if key not in self._comments:
            fact = self._facts.get(planned.database)
            sql = fact.schema.definition(planned.old) if fact else ""
            self._comments[key] = comments_in(sql)
        return self._comments[key]

    def shape(self, new: str) -> Table | None:
        """A planned table as it is in the first of its databases; None if it is not there."""
        first = self.sources[folded(new)][0]
        fact = self._facts.get(first.database)
        return fact.table(first.old) if fact else None


def sources_of(plan: Plan) -> dict[str, list[PlannedTable]]:
    """The tables that become each table of the result, in the order in which they arrive."""
    found: dict[str, list[PlannedTable]] = {}
    merged = (database.path for database in plan.with_action(Action.MERGE))
    for path in dict.fromkeys((plan.target, *merged)):
        for table in plan.tables_in(path):
            found.setdefault(folded(table.new), []).append(table)
    return found


def spoken(plan: Plan, database: str) -> Spoken:
    """What the plan says of a database's tables."""
    planned = plan.tables_in(database)
    metadata = (it.old for it in planned if folded(it.new) == folded(plan.metadata))
    names = (it.table for it in plan.names if it.database == database)
    skips = (it.table for it in plan.skips if it.database == database)
    return Spoken(
        of=frozenset(map(folded, (*(it.old for it in planned), *skips))),
        describing=frozenset(map(folded, (*metadata, *names))),
    )


def lacking(plan: Plan, facts: Sequence[Facts]) -> Iterator[Problem]:
    """What must be described before the target can be documented, and is not."""
    if plan.descriptions is Wanted.OPTIONAL:
        return
    said = Descriptions(plan, facts)
    for first, *_ in said.sources.values():
        table = said.shape(first.new)
        if table is None:
            continue  # that is a problem of its own
        if not said.table(first.new):
            what = f"table {shown(first.new)} is not described"
            mend = f'add about = "…", or a comment behind the ( of its CREATE TABLE, {_OR}'
            yield Problem(f"{first.key}.about", what, mend)
        bare = [it.name for it in table.columns if not said.column(first.new, it.name)]
        if bare and plan.descriptions is Wanted.COLUMNS:
            those = "1 column is" if len(bare) == 1 else f"{counted(len(bare), 'column')} are"
            texts = ", ".join(f'{toml_key(name)} = "…"' for name in bare)
            what = f"{those} not described: {', '.join(bare)}"
            mend = f"add [describe.{toml_key(first.new)}] columns = {{ {texts} }}, or comments"
            yield Problem(f"describe.{toml_key(first.new)}.columns", what, mend)


def strangers(plan: Plan, facts: Sequence[Facts]) -> Iterator[Problem]:
    """Descriptions of tables, views and columns that the result does not have."""
    said = Descriptions(plan, facts)
    names = names_for(plan, [fact.schema for fact in facts])
    known = {key: first.new for key, (first, *_) in said.sources.items()}
    for fact in facts:
        for view in fact.schema.named("view"):
            new = names.of("view", fact.path, view)
            known.setdefault(folded(new), new)
    for item in plan.described:
        if folded(item.name) not in known:
            what = f"there is no table or view {shown(item.name)} in the result"
            yield Problem(item.key, what, nearest(item.name, known.values(), "say its new name"))
        elif folded(item.name) in said.sources and (table := said.shape(item.name)):
            yield from _unknown_columns(item, [column.name for column in table.columns])


def strange_columns(plan: Plan, entries: Sequence[Entry]) -> Iterator[Problem]:
    """Columns that the plan describes and that no view of that name has."""
    views = {folded(it.name): it for it in entries if it.kind == "view"}
    for item in plan.described:
        view = views.get(folded(item.name))
        if view is not None:
            yield from _unknown_columns(item, [column.name for column in view.columns])


def _unknown_columns(item: Description, columns: Sequence[str]) -> Iterator[Problem]:
    """Columns that are described and that a table or view does not have."""
    held = set(map(folded, columns))
    for name, _ in item.columns:
        if folded(name) not in held:
            what = f"{shown(item.name)} has no column {shown(name)}"
            mend = nearest(name, columns, f"it has {', '.join(columns)}")
            yield Problem(f"{item.key}.columns", what, mend)
