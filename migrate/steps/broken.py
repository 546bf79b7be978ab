"""Views and triggers that speak of what is not there: found, and carried as text if so planned.

Any one of them makes SQLite refuse every rename, so they are dropped before the renames and made
again behind them, as broken as they were.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from migrate.database.schema import objects_of
from migrate.database.scratch import loose
from migrate.database.sqlite import Database
from migrate.database.stored import in_schema
from plan.model import folded
from plan.names import Names
from plan.schema import SchemaObject
from plan.stored import with_index_names, with_name, with_table


@dataclass(frozen=True, slots=True)
class Loose:
    """A view or a trigger that does not compile, and why."""

    item: SchemaObject
    why: str


@dataclass(frozen=True, slots=True)
class CarriedText:
    """One that is made when all tables have their names: what to run for it."""

    database: str
    kind: str
    name: str
    """Its name in the target."""
    sql: str
    table: str
    broken: bool = True
    """Whether it is only text; else it works, but SQLite stumbles over it in renames."""


def take_out(database: Database, *, stand_in: bool = True) -> tuple[Loose, ...]:
    """Drop all that does not compile, and all that hangs on it; views come first.

    What only its own program has is not missed, unless that is asked for.
    """
    before = objects_of(database, "").objects
    whys = {(kind, folded(name)): why for kind, name, why in loose(database, stand_in=stand_in)}
    left = {(item.kind, folded(item.name)) for item in objects_of(database, "").objects}
    gone = [
        Loose(item, whys.get((item.kind, folded(item.name)), f"it is on view {item.table}"))
        for item in before
        if item.kind in ("view", "trigger") and (item.kind, folded(item.name)) not in left
    ]
    return tuple(sorted(gone, key=lambda it: it.item.kind == "trigger"))


def as_text(
    item: SchemaObject, database: str, names: Names, tables: Mapping[str, str]
) -> CarriedText:
    """The same text under a free name; a trigger goes with its table, which `tables` renames."""
    sql = with_index_names(item.sql or "", names.changed(database, "index"))
    table, name = item.table, names.of(item.kind, database, item.name)
    if item.kind == "trigger":
        new = {**tables, **names.changed(database, "view")}.get(folded(table), table)
        sql = sql if new == table else with_table(sql, new)
        table = new
    if name != item.name:
        sql = with_name(sql, name)
    return CarriedText(database, item.kind, name, in_schema(sql, "main"), table)


def as_whole(item: SchemaObject, database: str, name: str) -> CarriedText:
    """One that follows all renames already, and only has to wait for them."""
    sql = item.sql or "" if name == item.name else with_name(item.sql or "", name)
    return CarriedText(database, item.kind, name, in_schema(sql, "main"), item.table, broken=False)
