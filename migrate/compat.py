"""Old names kept alive as views, for code that has not moved yet."""

from collections.abc import Iterator

from migrate.schema import Table, column_list
from migrate.sqlite import quoted
from plan.model import Compat, PlannedTable


def view_for(planned: PlannedTable, table: Table) -> str:
    """The statement that makes the old name readable; columns are named, so none comes later."""
    columns = column_list(column.name for column in table.columns)
    return (
        f"CREATE VIEW main.{quoted(planned.old)}({columns}) AS"
        f" SELECT {columns} FROM {quoted(planned.new)}"
    )


def views(tables: Iterator[tuple[PlannedTable, Table]]) -> Iterator[tuple[PlannedTable, str]]:
    """A view for each table whose plan asks for one."""
    for planned, table in tables:
        if planned.compat is Compat.VIEW:
            yield planned, view_for(planned, table)
