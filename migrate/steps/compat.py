"""Old names kept alive as views, for code that has not moved yet."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from migrate.database.schema import Facts, Table, column_list, objects_of, tables_of
from migrate.database.sqlite import Database
from migrate.steps.instead import read_only, writing
from plan.errors import Problem
from plan.model import Compat, Plan, PlannedTable, folded
from plan.stored import quoted


def kept(plan: Plan) -> tuple[PlannedTable, ...]:
    """The tables whose old name lives on; of tables that join under one old name, the first."""
    found: dict[str, PlannedTable] = {}
    for planned in plan.tables:
        if planned.keeps_old_name:
            found.setdefault(folded(planned.old), planned)
    return tuple(found.values())


def dropping(planned: PlannedTable) -> str:
    """The statement that ends an old name; SQLite drops a view's triggers along with it."""
    return f"DROP VIEW IF EXISTS main.{quoted(planned.old)}"


def statements(
    plan: Plan, target: Database, taken: frozenset[str]
) -> Iterator[tuple[PlannedTable, str, str]]:
    """What makes old names live on in a target whose tables bear their new names.

    Args:
        plan: the plan.
        target: the target, or its schema in memory.
        taken: the folded names of its triggers.

    Yields:
        The table, what is made in words, and its statement.
    """
    tables = {folded(it.name): it for it in tables_of(target, objects_of(target, ""))}
    names = set(taken)
    for planned in kept(plan):
        table = tables[folded(planned.new)]
        writable = planned.compat is Compat.WRITABLE
        stays = f"{planned.old!r} stays {'writable' if writable else 'readable'}"
        yield planned, f"{stays} as a view of {planned.new!r}", view_for(planned, table)
        programs = writing(table, _defaults(target, table)) if writable else read_only(planned)
        for change, program in programs:
            name = _free(f"retable_{planned.old}_{change.lower()}", names)
            names.add(folded(name))
            sql = (
                f"CREATE TRIGGER main.{quoted(name)} INSTEAD OF {change} ON {quoted(planned.old)}\n"
                f"BEGIN\n  {program};\nEND"
            )
            what = f"goes to {planned.new!r}" if writable else "is refused in words"
            yield planned, f"{change} on {planned.old!r} {what}", sql


def view_for(planned: PlannedTable, table: Table) -> str:
    """The statement that makes the old name readable; columns are named, so none comes later."""
    columns = column_list(column.name for column in table.columns)
    return (
        f"CREATE VIEW main.{quoted(planned.old)}({columns}) AS"
        f" SELECT {columns} FROM {quoted(planned.new)}"
    )


def refusals(plan: Plan, facts: Mapping[str, Facts]) -> Iterator[Problem]:
    """Tables whose old name cannot be kept writable, and why."""
    for planned in plan.tables:
        fact = facts.get(planned.database)
        table = fact.table(planned.old) if fact else None
        if planned.compat is Compat.WRITABLE and table and table.kind == "virtual":
            why = f"only its rowid tells a row of a {table.module} table, and a view has none"
            yield Problem(
                f"{planned.key}.compat: {planned.database}",
                f"{planned.old!r} cannot be written through a view: {why}",
                'say compat = "view", and change the code that writes to it',
            )


def _defaults(target: Database, table: Table) -> dict[str, str]:
    """The DEFAULT of each column that has one, as text from its definition."""
    return {
        name: default
        for name, default in target.rows(
            "SELECT name, dflt_value FROM pragma_table_xinfo(?, 'main')", table.name
        )
        if default is not None and name != table.alias
    }


def _free(name: str, taken: AbstractSet[str]) -> str:
    free, number = name, 1
    while folded(free) in taken:
        number += 1
        free = f"{name}_{number}"
    return free
