"""What becomes of each table, index, view and trigger of every file; pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from migrate.database.schema import own
from plan.holdings import Holding, holding_of
from plan.model import Action, Plan, PlannedTable, Skip, folded
from plan.names import Names, names_for
from plan.schema import DatabaseSchema, SchemaObject
from plan.virtual import shadow_names


class Fate(StrEnum):
    """What becomes of something that a file holds."""

    STAYS = "stays"
    RENAMED = "renamed"
    """In the target, under another name."""
    MOVED = "moved"
    """From another file to the target, under its old name."""
    MOVED_RENAMED = "moved and renamed"
    JOINED = "joined"
    """Its rows go to a table that another brings."""
    SKIPPED = "skipped"
    LEFT = "left behind"
    """An index, view or trigger that has nothing to be on, or is there already."""
    KEPT = "kept"
    """Its file is left alone."""
    DELETED = "deleted"
    """Its file goes, and nothing of it is carried over."""
    UNPLANNED = "not in the plan"
    ABSENT = "not there"
    """The plan speaks of it, and its file does not hold it."""


CARRIED = (Fate.STAYS, Fate.RENAMED, Fate.MOVED, Fate.MOVED_RENAMED)
_WHOLE = {Action.KEEP: Fate.KEPT, Action.DELETE: Fate.DELETED}


@dataclass(frozen=True, slots=True)
class TableFate:
    """One table and what becomes of it."""

    database: str
    name: str
    fate: Fate
    new: str | None = None
    """What it is called in the target, if it gets there."""
    virtual: bool = False
    rows: int | None = None
    """None where they were not counted."""
    planned: PlannedTable | None = None
    skip: Skip | None = None


@dataclass(frozen=True, slots=True)
class ObjectFate:
    """One index, view or trigger, or a table that SQLite or a virtual table keeps by itself."""

    database: str
    kind: str
    """index, view, trigger, or `own` for such a table."""
    name: str
    table: str
    fate: Fate
    new: str | None = None
    why: str = ""
    """Why it has another name or stays behind."""


@dataclass(frozen=True, slots=True)
class Fates:
    """All that the files of a plan hold."""

    tables: tuple[TableFate, ...]
    objects: tuple[ObjectFate, ...]

    def tables_in(self, database: str) -> tuple[TableFate, ...]:
        """What one file holds; what the plan only says it holds is left out."""
        return tuple(
            it for it in self.tables if it.database == database and it.fate is not Fate.ABSENT
        )


Rows = Mapping[tuple[str, str], int]
"""How many rows a table has, by its database and its folded name."""


def fates_of(plan: Plan, schemas: Iterable[DatabaseSchema], rows: Rows) -> Fates:
    """Say of all that there is what becomes of it, and of what the plan says is there and is not.

    A file whose schema is not among those given has only what the plan says of it.
    """
    known = {schema.path: schema for schema in schemas}
    names = names_for(plan, known.values())
    planned_fate = _planned_fates(plan)
    tables: list[TableFate] = []
    objects: list[ObjectFate] = []
    for database in plan.databases:
        schema = known.get(database.path)
        if schema is None:
            tables += (
                TableFate(it.database, it.old, planned_fate(it), it.new, planned=it)
                for it in plan.tables_in(database.path)
            )
            continue
        tables += _tables(plan, schema, database.action, planned_fate, rows)
        if database.action in _WHOLE:
            objects += _with_their_file(schema, _WHOLE[database.action])
        else:
            objects += _carried(plan, schema, names, [*known])
    return Fates(tuple(tables), tuple(objects))


def _planned_fates(plan: Plan) -> Callable[[PlannedTable], Fate]:
    """What becomes of a planned table, given all the others."""
    first: dict[str, PlannedTable] = {}
    # The target's own table is there before any other arrives.
    for table in sorted(plan.tables, key=lambda it: it.database != plan.target):
        first.setdefault(folded(table.new), table)

    def fate(table: PlannedTable) -> Fate:
        if first[folded(table.new)] is not table:
            return Fate.JOINED
        if table.database == plan.target:
            return Fate.RENAMED if table.renamed else Fate.STAYS
        return Fate.MOVED_RENAMED if table.renamed else Fate.MOVED

    return fate


def _tables(
    plan: Plan,
    schema: DatabaseSchema,
    action: Action,
    fate_of: Callable[[PlannedTable], Fate],
    rows: Rows,
) -> Iterator[TableFate]:
    planned = {folded(table.old): table for table in plan.tables_in(schema.path)}
    skips = {folded(skip.table): skip for skip in plan.skips if skip.database == schema.path}
    shadows = shadow_names(schema)
    found = set()
    for item in schema.objects:
        name = folded(item.name)
        if item.kind != "table" or own(item.name) or name in shadows:
            continue
        found.add(name)
        table, skip = planned.get(name), skips.get(name)
        if action in _WHOLE:
            fate = _WHOLE[action]
        elif table:
            fate = fate_of(table)
        else:
            fate = Fate.SKIPPED if skip else Fate.UNPLANNED
        yield TableFate(
            database=schema.path,
            name=item.name,
            virtual=(item.sql or "")[:14].upper() == "CREATE VIRTUAL",
            fate=fate,
            new=table.new if table and action not in _WHOLE else None,
            rows=rows.get((schema.path, name)),
            planned=table,
            skip=skip,
        )
    for name, table in planned.items():
        if name not in found:
            yield TableFate(schema.path, table.old, Fate.ABSENT, table.new, planned=table)


def _with_their_file(schema: DatabaseSchema, fate: Fate) -> Iterator[ObjectFate]:
    shadows = shadow_names(schema)
    for item in schema.objects:
        if _kept_by_itself(item, shadows):
            yield ObjectFate(schema.path, "own", item.name, item.table, fate)
        elif item.kind != "table" and item.sql is not None:
            yield ObjectFate(schema.path, item.kind, item.name, item.table, fate)


def _kept_by_itself(item: SchemaObject, shadows: frozenset[str]) -> bool:
    return item.kind == "table" and (own(item.name) or folded(item.name) in shadows)


def _carried(
    plan: Plan, schema: DatabaseSchema, names: Names, known: list[str]
) -> Iterator[ObjectFate]:
    """What becomes of the indexes, views and triggers of a database whose tables are carried."""
    path = schema.path
    stays = Fate.STAYS if path == plan.target else Fate.MOVED
    renamed = Fate.RENAMED if path == plan.target else Fate.MOVED_RENAMED
    shadows = shadow_names(schema)
    holding = holding_of(plan, schema, sorted(known, key=lambda it: it != plan.target))
    replaced = names.replaced(path)
    given = {(it.kind, folded(it.old)): it for it in names.new if it.database == path}
    for item in schema.objects:
        if _kept_by_itself(item, shadows):
            yield ObjectFate(path, "own", item.name, item.table, stays)
        elif item.kind != "table" and item.sql is not None:
            said = partial(ObjectFate, path, item.kind, item.name, item.table)
            changed = given.get((item.kind, folded(item.name)))
            if folded(item.table) in replaced:
                view = names.of("view", path, item.table)
                yield said(Fate.LEFT, why=f"view {view} says the same of the same tables")
            elif (fate := _without_table(holding, item)) is not None:
                yield said(fate[0], why=fate[1])
            elif changed is not None:
                yield said(renamed, changed.new, changed.why)
            else:
                yield said(stays, item.name)


def _without_table(holding: Holding, item: SchemaObject) -> tuple[Fate, str] | None:
    """What becomes of an index or a trigger whose table does not come along as itself."""
    on = folded(item.table)
    if item.kind == "view":
        return None
    if on in holding.stays:
        return Fate.LEFT, f"its table is {holding.stays[on]}"
    if on not in holding.domains and on not in holding.views:
        return Fate.UNPLANNED, ""
    return None
