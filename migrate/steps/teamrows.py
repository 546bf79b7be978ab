"""A table in which the team itself describes its tables: it gets a row for what it lacks.

Such a table is one that the plan lets become `plan.metadata`. Its rows stay and follow the renames.
What retable adds is in the team's own shape, and says what retable's own documentation says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migrate.database.described import Roles, roles_of
from migrate.database.schema import Table
from migrate.database.sqlite import literal
from migrate.errors import DatabaseError
from migrate.steps.arrivals import Arrival
from migrate.steps.catalog import CatalogColumn, shapes_of
from migrate.steps.queries import COLUMNS
from migrate.steps.target import Target
from plan.errors import shown
from plan.model import Plan, folded
from plan.stored import quoted

_CHOOSE = "choose another plan.metadata, which retable then makes itself"


@dataclass(frozen=True, slots=True)
class TeamTable:
    """The team's own table, and how it describes others."""

    name: str
    """Its name in the target."""
    roles: Roles
    catalog: str
    """The table of retable's own documentation."""
    filled: tuple[str, ...] = ()
    """Columns that must not be NULL, and have nothing to say of a table."""

    def additions(self) -> tuple[str, ...]:
        """The statements that add a row for each table and column that has none."""
        here = f"main.{quoted(self.name)}"
        return tuple(
            f"INSERT INTO {here} ({', '.join(map(quoted, columns))})"
            f" SELECT {', '.join(values)} FROM {rows} AND NOT EXISTS"
            f" (SELECT 1 FROM {here} AS known WHERE {self._speaks_of(row)}) ORDER BY {row}"
            for columns, values, rows, row in self._parts("main")
        )

    def is_ours(self, row: str, schema: str = "main") -> str:
        """Whether a row says what retable's own documentation says, as SQL."""
        tests = (
            f"EXISTS (SELECT 1 FROM {rows} AND "
            + " AND ".join(
                f"{row}.{quoted(column)} IS {value}"
                for column, value in zip(columns, values, strict=True)
            )
            + ")"
            for columns, values, rows, _ in self._parts(schema)
        )
        return f"({' OR '.join(tests) or '0'})"

    def _parts(self, schema: str) -> Iterator[tuple[list[str], list[str], str, str]]:
        """For tables, then for columns: what to fill with what, of which rows, in which order."""
        roles, catalog = self.roles, f"{quoted(schema)}.{quoted(self.catalog)}"
        those = "entry.kind = 'table' AND entry.old_name IS NOT NULL"
        values = {roles.name: "entry.name", roles.about: "entry.about"}
        if roles.kind is not None:
            values[roles.kind] = literal("table")
        values |= {name: "''" for name in self.filled if name not in values}
        rows = f"{catalog} AS entry WHERE {those} AND entry.about <> ''"
        yield [*values], [*values.values()], rows, "entry.name"
        if roles.kind is None and roles.column is None:
            return
        values = {roles.name: "entry.name", roles.about: "item.about"}
        if roles.kind is None:
            values[roles.column or ""] = "item.name"
        else:
            values[roles.kind] = literal("column")
            values[roles.name] = "item.name" if roles.parent else "entry.name || '.' || item.name"
            if roles.parent:
                values[roles.parent] = "entry.name"
        values |= {name: "''" for name in self.filled if name not in values}
        view = f"{quoted(schema)}.{COLUMNS}"
        rows = (
            f"{catalog} AS entry JOIN {view} AS item ON item.table_name = entry.name"
            f" WHERE {those} AND item.about <> ''"
        )
        yield [*values], [*values.values()], rows, "entry.name, item.position"

    def _speaks_of(self, row: str) -> str:
        """Whether the row `known` is about a table, or about a column of it, as SQL."""
        roles, of_column = self.roles, row != "entry.name"
        name, nocase = f"known.{quoted(roles.name)}", "COLLATE NOCASE"
        if roles.kind is None:
            column = f"coalesce(known.{quoted(roles.column)}, '')" if roles.column else "''"
            part = "item.name" if of_column else "''"
            return f"{name} = entry.name {nocase} AND {column} = {part} {nocase}"
        kind = f"lower(known.{quoted(roles.kind)})"
        if not of_column:
            return f"{kind} = 'table' AND {name} = entry.name {nocase}"
        either = f"{name} = entry.name || '.' || item.name {nocase}"
        if roles.parent:
            parent = f"known.{quoted(roles.parent)} = entry.name {nocase}"
            either = f"({either} OR ({name} = item.name {nocase} AND {parent}))"
        return f"{kind} = 'column' AND {either}"


def team_table(plan: Plan, target: Target, arrivals: Sequence[Arrival]) -> TeamTable | None:
    """The table that becomes `plan.metadata`, if the plan has one.

    Raises:
        DatabaseError: it is not one to which retable can add rows.
    """
    those = [it for it in arrivals if folded(it.planned.new) == folded(plan.metadata)]
    if not those:
        return None
    name, table = those[0].planned.new, those[0].table
    where, roles = f"plan.metadata: {those[0].planned.database}", roles_of(table)
    if roles is None:
        what = (
            f"{shown(table.name)} cannot describe tables: it lacks a column for a table's name, or"
            " one for a description"
        )
        raise DatabaseError(where, what, _CHOOSE)
    columns = next(it.columns for it in shapes_of(target.database) if it.name == name)
    filled, unknown = _needed(table, roles, columns)
    if unknown:
        what = f"{shown(table.name)} needs values that retable does not know: {', '.join(unknown)}"
        raise DatabaseError(where, what, f"give these columns a DEFAULT, or {_CHOOSE}")
    return TeamTable(name, roles, plan.catalog, filled)


def _needed(
    table: Table, roles: Roles, columns: Sequence[CatalogColumn]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns that may not be NULL: those that can be left empty, and those that cannot."""
    said = {roles.name, roles.about, roles.kind}
    may_be_empty = {roles.parent, roles.column}
    filled: list[str] = []
    unknown: list[str] = []
    for column in columns:
        bare = column.default is None and column.name != table.alias
        if not (bare and (column.not_null or column.primary_key)) or column.name in said:
            continue
        (filled if column.name in may_be_empty else unknown).append(column.name)
    return tuple(filled), tuple(unknown)
