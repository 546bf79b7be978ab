"""One database as the plan sees it: where its tables go, and which domain an object belongs to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plan.errors import shown
from plan.model import Plan, PlannedTable, folded
from plan.own import OWN_TABLES, OWN_VIEWS
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import tables_read

_NO_DOMAIN = "merged"
_ORDER = ("index", "view", "trigger")


@dataclass(frozen=True, slots=True)
class Holding:
    """One database, and what the plan says of its tables."""

    schema: DatabaseSchema
    domains: Mapping[str, str]
    tables: Mapping[str, str]
    """The new name of each table, folded, by its folded old one."""
    virtual: frozenset[str]
    """Virtual tables, folded."""
    views: Mapping[str, SchemaObject]
    stays: Mapping[str, str]
    """Why a table's indexes and triggers stay behind, by its folded name."""
    usual: str

    def candidates(self) -> tuple[SchemaObject, ...]:
        """Its indexes, views and triggers; not those that SQLite makes by itself."""
        items = [item for item in self.schema.objects if item.kind in _ORDER and item.sql]
        return tuple(sorted(items, key=lambda item: _ORDER.index(item.kind)))

    def domain(self, item: SchemaObject, above: frozenset[str] = frozenset()) -> str:
        """The domain of an object's table; of a view, that of the first table that it reads."""
        name = folded(item.table)
        if name in self.domains:
            return self.domains[name]
        view = self.views.get(name)
        if view is None or name in above:
            return self.usual
        for read in map(folded, tables_read(view.sql or "")):
            if read in self.domains:
                return self.domains[read]
            if read in self.views:
                return self.domain(self.views[read], above | {name})
        return self.usual


def holding_of(plan: Plan, schema: DatabaseSchema, paths: list[str]) -> Holding:
    """What the plan says of a database; `paths` are all that are carried, the target first."""
    planned = plan.tables_in(schema.path)
    stays = {folded(s.table): "skipped" for s in plan.skips if s.database == schema.path}
    earlier = paths[: paths.index(schema.path)]
    first: dict[str, PlannedTable] = {}
    for table in (table for path in earlier for table in plan.tables_in(path)):
        first.setdefault(folded(table.new), table)
    for table in planned:
        if folded(table.new) in first:
            stays[folded(table.old)] = f"joined to {shown(table.new)}"
    return Holding(
        schema=schema,
        domains={folded(table.old): table.domain for table in planned},
        tables={folded(table.old): folded(table.new) for table in planned},
        virtual=frozenset(
            folded(item.name)
            for item in schema.objects
            if item.kind == "table" and (item.sql or "")[:14].upper() == "CREATE VIRTUAL"
        ),
        views={folded(item.name): item for item in schema.objects if item.kind == "view"},
        stays=stays,
        usual=planned[0].domain if planned else _NO_DOMAIN,
    )


def names_needed(plan: Plan, holdings: Mapping[str, Holding]) -> Iterator[tuple[str, str]]:
    """Names that tables and compatibility views need in the end, and what needs them."""
    for table in plan.tables:
        yield f"a table ({table.key})", table.new
        if table.keeps_old_name:
            yield f"a compatibility view ({table.key})", table.old
        for tail in _tails(table, holdings):
            yield f"a table that {shown(table.new)} keeps its rows in", table.new + tail
    for own in (plan.catalog, *OWN_TABLES):
        yield "a table that retable writes", own
    for own in OWN_VIEWS:
        yield "a view that retable writes", own


def _tails(table: PlannedTable, holdings: Mapping[str, Holding]) -> Iterator[str]:
    """How the names go on of the tables that a virtual table makes by itself."""
    holding = holdings.get(table.database)
    start = folded(table.old)
    if holding and start in holding.virtual:
        for name in map(folded, holding.schema.named("table")):
            if name.startswith(f"{start}_") and name not in holding.domains:
                yield name[len(start) :]
