"""What one source brings into the target: its objects under names that are free there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

from migrate.arrivals import Arrival, Way
from migrate.build import build
from migrate.errors import DatabaseError
from migrate.fulltext import commands_of, with_commands, with_content
from migrate.layout import redefined, unchecked
from migrate.schema import Facts, objects_of, own, shadow_names
from migrate.scratch import names_in, ordered, rename, view_columns
from migrate.sqlite import open_named_memory, open_scratch, quoted
from migrate.stored import named, named_as, with_columns
from plan.model import Plan, folded
from plan.schema import DatabaseSchema, SchemaObject

_WAITING = "retable_arriving_"
_INDEX = "retable_index_"


@dataclass(frozen=True, slots=True)
class NewName:
    """An index or a trigger whose name was taken in the target."""

    kind: str
    database: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Cargo:
    """All that one source brings, in the order in which it is made."""

    objects: tuple[SchemaObject, ...]
    arrivals: tuple[Arrival, ...]


@dataclass(frozen=True, slots=True)
class Records:
    """A statement that copies whole records."""

    sql: str
    meanwhile: str | None = None
    """The definition that the table must have for it; None for its own."""


class Target:
    """The target as it will be, in memory: every schema step is tried on it."""

    def __init__(self, plan: Plan, before: Facts) -> None:
        self.plan = plan
        self.before = before
        self.database = open_scratch(before.path)
        build(self.database, before.schema)
        self.new_names: list[NewName] = []
        self.left: list[str] = []
        self._columns = view_columns(self.database)
        self._waiting = 0
        self._final = frozenset(folded(name) for table in plan.tables for name in (table.new,)) | {
            folded(t.old) for t in plan.tables if t.keeps_old_name
        }

    def __enter__(self) -> Self:
        """Use it in a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the memory go."""
        self.database.close()

    def attach(self, fact: Facts, alias: str) -> None:
        """Attach a source's schema in the way in which the source itself will be attached."""
        memory = f"retable-{id(self)}-{alias}"
        with open_named_memory(memory, fact.path) as database:
            build(database, fact.schema)
            self.database.attach_schema(memory, alias)

    def objects(self) -> tuple[SchemaObject, ...]:
        """Every object as it is now."""
        return objects_of(self.database, "").objects

    def names(self, *, triggers: bool = False) -> frozenset[str]:
        """The folded names that are in use now."""
        return names_in(DatabaseSchema("", self.objects()), triggers=triggers)

    def arriving_name(self, new: str) -> str:
        """The new name, or a stand-in while an old table of the target still bears it."""
        if folded(new) not in self.names():
            return new
        self._waiting += 1
        return f"{_WAITING}{self._waiting}"

    def free_name(
        self, item: SchemaObject, domain: str, database: str, beside: frozenset[str]
    ) -> str:
        """The object's own name, or one that begins with its domain if that is taken."""
        triggers = item.kind == "trigger"
        taken = self.names(triggers=triggers) | (frozenset() if triggers else self._final)
        name, number = item.name, 1
        while folded(name) in taken or (number > 1 and folded(name) in beside):
            name = f"{domain}_{item.name}" + (f"_{number}" if number > 1 else "")
            number += 1
        if name != item.name:
            self.new_names.append(NewName(item.kind, database, item.name, name))
        return name

    def remember_columns(self, view: str, columns: tuple[str, ...]) -> None:
        """What a view's columns must be called in the end."""
        self._columns[folded(view)] = columns

    def views_with_other_columns(self) -> tuple[tuple[SchemaObject, tuple[str, ...]], ...]:
        """The views whose columns are now called something else, and what they were called."""
        now = view_columns(self.database)
        return tuple(
            (item, self._columns[folded(item.name)])
            for item in self.objects()
            if item.kind == "view"
            and folded(item.name) in self._columns
            and now.get(folded(item.name)) != self._columns[folded(item.name)]
        )

    def copying(self, arrival: Arrival, span: tuple[int, int]) -> Records | None:
        """How to copy whole records and index entries, or None if SQLite does not.

        Between two tables of one definition SQLite does not decode records
        (https://sqlite.org/src/file/src/insert.c, xferOptimization), which EXPLAIN shows. That
        keeps rowids, but for a table that has no key of any kind: its rows are numbered anew
        from 1, so their rowids, of which `span` has the lowest and the highest, must be so now.
        Of a database that is attached read-only SQLite forgets the CHECKs, so those of the target
        would make another definition.
        """
        table = arrival.table
        numbered = not arrival.rows or span == (1, arrival.rows)
        if not (table.without_rowid or table.alias is not None or table.indexes or numbered):
            return None
        here = f"main.{quoted(arrival.at)}"
        whole = f"INSERT INTO {here} SELECT * FROM {quoted(arrival.source)}.{quoted(table.name)}"
        if self._copies_records(whole):
            return Records(whole)
        definition = self.definition(arrival.at)
        without = unchecked(definition)
        if without is None:
            return None
        self.database.run(redefined(arrival.at, without))
        copies = self._copies_records(whole)
        self.database.run(redefined(arrival.at, definition))
        return Records(whole, without) if copies else None

    def definition(self, name: str) -> str:
        """How a table is defined now, to the letter."""
        return next(o.sql or "" for o in self.objects() if o.kind == "table" and o.name == name)

    def _copies_records(self, sql: str) -> bool:
        try:
            return "RowData" in self.database.opcodes(sql)
        except DatabaseError:
            # Generated columns: SELECT * gives more values than can be written.
            return False


def carry(target: Target, fact: Facts, alias: str, before: tuple[Arrival, ...]) -> Cargo:
    """Rename a source's schema in memory, and say what of it is to be made in the target."""
    target.attach(fact, alias)
    arrivals = tuple(_arrivals(target, fact, alias, before))
    skipped = {folded(s.table) for s in target.plan.skips if s.database == fact.path}
    target.left += [
        f"{item.kind} {item.name} of {fact.path}: its table {item.table} is skipped"
        for item in fact.schema.objects
        if item.sql and item.kind in ("index", "trigger") and folded(item.table) in skipped
    ]
    with open_scratch(fact.path) as scratch:
        mangled, indexes = _with_safe_indexes(fact.schema)
        build(scratch, mangled)
        columns = view_columns(scratch)
        for table in skipped:
            scratch.run(f"DROP TABLE main.{quoted(table)}")
        pairs = [(arrival.table.name, arrival.at) for arrival in arrivals]
        for old, new in ordered(pairs, names_in(objects_of(scratch, ""))):
            scratch.run(rename(old, new))
        renamed = objects_of(scratch, fact.path)
        now = view_columns(scratch)
    objects = _free(target, fact, arrivals, _restored(renamed, indexes))
    for item in objects:
        if item.kind == "view" and folded(item.name) in columns:
            target.remember_columns(item.name, columns[folded(item.name)])
    fixed = (
        replace(item, sql=with_columns(item.sql or "", columns[folded(item.name)]))
        if item.kind == "view"
        and folded(item.name) in columns
        and now.get(folded(item.name)) != columns[folded(item.name)]
        else item
        for item in objects
    )
    return Cargo(tuple(fixed), arrivals)


def _with_safe_indexes(schema: DatabaseSchema) -> tuple[DatabaseSchema, dict[str, SchemaObject]]:
    """The same schema with index names that no new table name can meet, and the way back."""
    back: dict[str, SchemaObject] = {}
    objects = []
    for item in schema.objects:
        if item.kind == "index" and item.sql:
            safe = f"{_INDEX}{len(back)}"
            back[safe] = item
            objects.append(replace(item, name=safe, sql=named(item.sql, safe)))
        else:
            objects.append(item)
    return DatabaseSchema(schema.path, tuple(objects)), back


def _restored(schema: DatabaseSchema, safe: dict[str, SchemaObject]) -> Iterator[SchemaObject]:
    for item in schema.objects:
        if not item.sql or own(item.name) or folded(item.name) in shadow_names(schema):
            continue
        if item.name in safe:
            was = safe[item.name]
            yield replace(item, name=was.name, sql=named_as(item.sql, was.sql or ""))
        else:
            yield item


def _arrivals(
    target: Target, fact: Facts, alias: str, before: tuple[Arrival, ...]
) -> Iterator[Arrival]:
    first = {folded(arrival.planned.new): arrival for arrival in reversed(before)}
    last = {folded(arrival.planned.new): arrival.last for arrival in before}
    for planned in target.plan.tables_in(fact.path):
        table = fact.table(planned.old)
        if table is None:
            continue
        joins = first.get(folded(planned.new))
        low, high = fact.span(table.name)
        free = joins is not None and not (table.without_rowid or table.alias)
        used = last.get(folded(planned.new), 0)
        offset = used + max(0, 1 - low) if free else 0
        yield Arrival(
            planned=planned,
            way=Way.JOINED if joins else Way.COPIED,
            source=alias,
            table=table,
            at=joins.at if joins else target.arriving_name(planned.new),
            into=joins.table if joins else None,
            shadows=fact.shadows_of(table.name) if table.kind == "virtual" else (),
            rows=fact.count(table.name),
            offset=offset,
            last=max(high + offset, used),
        )


def _free(
    target: Target,
    fact: Facts,
    arrivals: tuple[Arrival, ...],
    objects: Iterator[SchemaObject],
) -> tuple[SchemaObject, ...]:
    """The objects that go along, each under a free name, tables first and triggers last."""
    joined = {folded(a.at): a for a in arrivals if a.way is Way.JOINED}
    domains = {folded(arrival.at): arrival.planned.domain for arrival in arrivals}
    usual = arrivals[0].planned.domain if arrivals else "merged"
    order = ("table", "index", "view", "trigger")
    carried = []
    content = {folded(arrival.table.name): arrival.at for arrival in arrivals}
    commands = commands_of((a, a.table.name, a.at) for a in arrivals)
    beside = frozenset(folded(item.name) for item in fact.schema.objects)
    for item in sorted(objects, key=lambda item: order.index(item.kind)):
        if folded(item.table) in joined and item.kind != "view":
            _leave(target, fact, item, joined[folded(item.table)])
            continue
        free = item
        if item.kind in ("index", "trigger"):
            name = target.free_name(item, domains.get(folded(item.table), usual), fact.path, beside)
            if name != item.name:
                free = replace(item, name=name, sql=named(item.sql or "", name))
        # Its text is read under the name that the content table has until all are renamed.
        sql = with_content(free, content)
        if item.kind == "trigger":
            sql = with_commands(sql, commands)
        carried.append(replace(free, sql=sql))
    return tuple(carried)


def _leave(target: Target, fact: Facts, item: SchemaObject, joined: Arrival) -> None:
    if item.kind != "table":
        target.left.append(
            f"{item.kind} {item.name} of {fact.path}: its table joins {joined.planned.new}"
        )
