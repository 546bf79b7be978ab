"""The target as it will be, in memory: every step is tried on it before a file is touched."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from migrate.database.build import build
from migrate.database.schema import Facts, Table, objects_of, tables_of
from migrate.database.scratch import names_in, view_columns
from migrate.database.sqlite import Database, open_named_memory, open_scratch
from migrate.errors import DatabaseError
from migrate.steps.arrivals import Arrival
from migrate.steps.broken import CarriedText, take_out
from migrate.steps.layout import redefined, unchecked
from plan.model import Plan, folded
from plan.names import Names
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import quoted

_WAITING = "retable_arriving_"


@dataclass(frozen=True, slots=True)
class Records:
    """A statement that copies whole records."""

    sql: str
    meanwhile: str | None = None
    """The definition that the table must have for it; None for its own."""


class Target:
    """The target as it will be, in memory: every schema step is tried on it."""

    def __init__(self, plan: Plan, before: Facts, names: Names) -> None:
        self.plan = plan
        self.before = before
        self.database = open_scratch(before.path)
        if before.first_format:
            self.database.keep_first_format()
        build(self.database, before.schema)
        self.given = names
        with self.trial() as trial:
            self.broken = frozenset((it.item.kind, it.item.name) for it in take_out(trial))
        """What is broken in the target before anything arrives: kind and name."""
        self.texts: list[CarriedText] = []
        """What is broken and comes along as text, when all tables have their names."""
        self.left: list[str] = []
        self._columns = view_columns(self.database)
        self._waiting = 0
        self._names: tuple[frozenset[str], ...] = ()
        self._names_at: int | None = None

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
            if fact.first_format:
                database.keep_first_format()
            build(database, fact.schema)
            self.database.attach_schema(memory, alias)

    def objects(self) -> tuple[SchemaObject, ...]:
        """Every object as it is now."""
        return objects_of(self.database, "").objects

    def names(self, *, triggers: bool = False) -> frozenset[str]:
        """The folded names that are in use now."""
        # Asked for each table, so it is read anew only when the schema has changed.
        version = self.database.value("PRAGMA main.schema_version")
        if version != self._names_at:
            schema, self._names_at = DatabaseSchema("", self.objects()), version
            self._names = tuple(names_in(schema, triggers=it) for it in (False, True))
        return self._names[triggers]

    def arriving_name(self, new: str) -> str:
        """The new name, or a stand-in while an old table of the target still bears it."""
        if folded(new) not in self.names():
            return new
        self._waiting += 1
        return f"{_WAITING}{self._waiting}"

    @contextmanager
    def trial(self) -> Iterator[Database]:
        """A copy of it as it is now, to try things on."""
        with open_scratch(self.database.name) as trial:
            build(trial, DatabaseSchema("", self.objects()))
            yield trial

    def view_now(self, final: str) -> SchemaObject | None:
        """The view that has a name in the end, as it is now; the target's own may wait for it."""
        own = self.given.changed(self.plan.target, "view")
        wanted = {folded(final), *(old for old, new in own.items() if folded(new) == folded(final))}
        return next(
            (it for it in self.objects() if it.kind == "view" and folded(it.name) in wanted), None
        )

    def carry_as_text(self, text: CarriedText) -> None:
        """Make it again in the end: views first, since triggers may be on them."""
        self.texts.append(text)
        self.texts.sort(key=lambda it: it.kind == "trigger")

    def view_is_called(self, old: str, new: str) -> None:
        """What is known of a view is known by its new name from here on."""
        columns = self._columns.pop(folded(old), None)
        if columns is not None:
            self._columns[folded(new)] = columns

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

    def table(self, name: str) -> Table:
        """A table as it is in the target: its keys may be sorted otherwise than in its source."""
        tables = tables_of(self.database, objects_of(self.database, ""))
        return next(table for table in tables if table.name == name)

    def _copies_records(self, sql: str) -> bool:
        try:
            return "RowData" in self.database.opcodes(sql)
        except DatabaseError:
            # Generated columns: SELECT * gives more values than can be written.
            return False
