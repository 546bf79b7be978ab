"""What was written to a target since its migration, found inside SQLite and without a write."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from migrate.database.reading import reading
from migrate.database.schema import Table, column_list, objects_of, own, tables_of
from migrate.database.sqlite import Database
from migrate.phases import Phase
from migrate.proof.rows import gave_way
from migrate.proof.verify import Basis
from migrate.steps.arrivals import Arrival
from migrate.steps.meeting import row_number, same_rows
from plan.errors import counted
from plan.model import folded
from plan.own import OWN_TABLES
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import quoted
from plan.virtual import shadow_names

NOW = "now"
"""The alias of the target as it is."""


@dataclass(frozen=True, slots=True)
class Since:
    """What became of one table of the target."""

    name: str
    added: int
    """Rows that were not migrated; all rows where these cannot be told apart."""
    changed: int
    deleted: int
    what: str = ""
    """new, altered, gone or virtual; empty where the rows could be told apart."""

    def __str__(self) -> str:
        """Say it in a few words."""
        if self.what in ("new", "altered", "virtual"):
            return f"{self.name} ({self.what}, {counted(self.added, 'row')})"
        counts = ((self.added, "added"), (self.changed, "changed"), (self.deleted, "deleted"))
        said = ", ".join(f"{rows:,} {done}" for rows, done in counts if rows)
        return f"{self.name} ({', '.join(filter(None, ['gone' if self.what else '', said]))})"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows of a table came from."""

    table: Table
    database: str
    here: str
    """The table that had them, as SQL."""
    offset: int
    gone: str
    """Whether its row `a` gave way to another one, as SQL."""
    became: Mapping[str, str]
    """What some values of its row `a` have become, as SQL, by column."""


@dataclass(frozen=True, slots=True)
class Home:
    """A table of the target, and where the rows came from that the migration brought to it."""

    name: str
    table: Table | None
    """As it is now; None if it is gone."""
    what: str
    """As of `Since`."""
    origins: tuple[Origin, ...]
    virtual: str = ""
    """The virtual table for which it keeps rows."""
    ours: str = "0"
    """Whether its row `b` was added by retable itself, as SQL."""

    @property
    def here(self) -> str:
        """The table, as SQL."""
        return f"{NOW}.{quoted(self.name)}"


class Comparison:
    """A target as it is, attached as `now`, beside its backup, which is attached as well."""

    def __init__(self, database: Database, basis: Basis, reached: Phase, target: Path) -> None:
        self._database = database
        self._basis = basis
        self._reached = reached
        with reading(target, basis.plan.target) as now:
            schema = objects_of(now, "")
            self._now = {folded(table.name): table for table in tables_of(now, schema)}
        self._naming = basis.work.naming_after(reached)
        for sql in self._naming.listed():
            database.run(sql)
        self.schema = schema.objects
        """Every object of the target as it is."""
        expected = basis.work.expected[reached]
        self._expected = {(item.kind, folded(item.name)): item for item in expected}
        self.objects = tuple(self._objects())
        """Tables, indexes, views and triggers that are new, altered or gone."""
        self.homes = (*self._migrated(), *self._new())

    def tables(self) -> tuple[Since, ...]:
        """The tables whose rows are not what they were."""
        found = {home.name: self._since(home) for home in self.homes}
        differ = {name: it for name, it in found.items() if it.what or _counted(it)}
        virtual = dict.fromkeys(h.virtual for h in self.homes if h.virtual and h.name in differ)
        plain = [differ[h.name] for h in self.homes if h.name in differ and not h.virtual]
        return (*plain, *map(self._virtual, virtual))

    def _virtual(self, name: str) -> Since:
        if folded(name) not in self._now:
            return Since(name, 0, 0, 0, "gone")
        return Since(name, self._all(name), 0, 0, "virtual")

    def table(self, name: str) -> Table:
        """A table of the target as it is now."""
        return self._now[folded(name)]

    def home(self, name: str) -> Home:
        """Where a table's rows came from."""
        return next(home for home in self.homes if home.name == name)

    def _objects(self) -> Iterator[tuple[str, SchemaObject]]:
        now = {(item.kind, folded(item.name)): item for item in self.schema}
        shadows = shadow_names(DatabaseSchema("", self.schema))
        for key, item in now.items():
            was = self._expected.get(key)
            if own(item.name) or item.sql is None or (was is None and key[1] in shadows):
                continue
            if was is None:
                yield "new", item
            elif (was.sql or "").strip() != item.sql.strip():
                yield "altered", item
        yield from (("gone", item) for key, item in self._expected.items() if key not in now)

    def _migrated(self) -> Iterator[Home]:
        changes = {folded(item.name): what for what, item in self.objects if item.kind == "table"}
        found: dict[str, list[Origin]] = {}
        names: dict[str, tuple[str, str]] = {}
        for arrival in self._basis.work.arrivals:
            for table, new in arrival.stores_after(self._reached):
                found.setdefault(folded(new), []).append(self._origin(arrival, table))
                virtual = arrival.name_after(self._reached) if arrival.shadows else ""
                names.setdefault(folded(new), (new, virtual))
        for key, origins in found.items():
            name, virtual = names[key]
            what = changes.get(key, "" if key in self._now else "gone")
            team = self._basis.work.team_after(self._reached)
            ours = team.is_ours("b", NOW) if team and folded(team.name) == key else "0"
            yield Home(name, self._now.get(key), what, tuple(origins), virtual, ours)

    def _origin(self, arrival: Arrival, table: Table) -> Origin:
        here = f"{quoted(arrival.source)}.{quoted(table.name)}"
        away = gave_way(self._basis.plan, self._basis.work, arrival, NOW)
        gone = "0"
        if away and table.rowid:
            gone = f"a.{quoted(table.rowid)} IN ({away})"
        elif away:
            gone = f"({_key(table, 'a')}) IN {self._keys_away(table, here, away)}"
        became = self._naming.of_row(arrival.planned.new, "a")
        return Origin(table, arrival.planned.database, here, arrival.offset, gone, became)

    def _keys_away(self, table: Table, here: str, away: str) -> str:
        """A table of the primary keys of rows that gave way: the rejects only number these."""
        name = f"temp.away_{self._database.value('SELECT count(*) FROM temp.sqlite_schema')}"
        columns = column_list(table.primary_key)
        numbered = f"SELECT {columns}, {row_number(table, 'a')} AS number FROM {here} AS a"
        self._database.run(
            f"CREATE TABLE {name} AS SELECT {columns} FROM ({numbered}) WHERE number IN ({away})"
        )
        return name

    def _new(self) -> Iterator[Home]:
        skipped = {folded(name) for name in OWN_TABLES}
        for what, item in self.objects:
            table = self._now.get(folded(item.name))
            if what == "new" and item.kind == "table" and table and table.name not in skipped:
                yield Home(item.name, table, what, ())

    def _since(self, home: Home) -> Since:
        if home.table is None:
            rows = (self._count(f"{o.here} AS a WHERE NOT {o.gone}") for o in home.origins)
            return Since(home.name, 0, 0, sum(rows), "gone")
        if home.what:
            return Since(home.name, self._all(home.name), 0, 0, home.what)
        counted = f"SELECT count(*), total({taken(home)}) FROM {unmigrated(home)}"
        ((other, changed),) = self._database.rows(counted)
        deleted = sum(self._count(lost(home, origin)) for origin in home.origins)
        return Since(home.name, other - int(changed), int(changed), deleted)

    def _all(self, name: str) -> int:
        return self._count(f"{NOW}.{quoted(name)}")

    def _count(self, rows: str) -> int:
        return int(self._database.value(f"SELECT count(*) FROM {rows}"))


def _counted(since: Since) -> int:
    return since.added + since.changed + since.deleted


def unmigrated(home: Home) -> str:
    """Rows `b` of a table that are not what a migrated row became, as SQL behind FROM."""
    same = (
        f"EXISTS (SELECT 1 FROM {o.here} AS a WHERE {_place_in_origin(o)} AND NOT {o.gone}"
        f" AND {_same_values(o)})"
        for o in home.origins
    )
    ours = f"({home.ours} AND NOT {taken(home)})"
    return f"{home.here} AS b WHERE NOT ({' OR '.join((*same, ours))})"


def _same_values(origin: Origin) -> str:
    known = (origin.table.alias,) if origin.table.alias else ()
    return same_rows(origin.table, "a", "b", known, became=origin.became)


def taken(home: Home) -> str:
    """Whether a migrated row is in the place of row `b`, as SQL."""
    found = (
        f"EXISTS (SELECT 1 FROM {o.here} AS a WHERE {_place_in_origin(o)} AND NOT {o.gone})"
        for o in home.origins
    )
    return f"({' OR '.join(found) or '0'})"


def lost(home: Home, origin: Origin) -> str:
    """Rows `a` that were migrated and whose place is empty, as SQL behind FROM."""
    if home.table is None:
        return f"{origin.here} AS a WHERE NOT {origin.gone}"
    return (
        f"{origin.here} AS a WHERE NOT {origin.gone} AND NOT EXISTS"
        f" (SELECT 1 FROM {home.here} AS b WHERE {_place_in_home(origin)})"
    )


def _place_in_origin(origin: Origin) -> str:
    """Where the row `a` is that row `b` was: written so that SQLite finds it by its key."""
    rowid = origin.table.rowid
    if rowid:
        return f"a.{quoted(rowid)} = b.{quoted(rowid)} - {origin.offset}"
    return _same_key(origin, "a", "b")


def _place_in_home(origin: Origin) -> str:
    rowid = origin.table.rowid
    if rowid:
        return f"b.{quoted(rowid)} = a.{quoted(rowid)} + {origin.offset}"
    return _same_key(origin, "b", "a")


def _same_key(origin: Origin, found: str, known: str) -> str:
    def value(row: str, column: str) -> str:
        plain = f"{row}.{quoted(column)}"
        return origin.became.get(column, plain) if row == "a" else plain

    return " AND ".join(
        f"{value(found, column)} = {value(known, column)} COLLATE {quoted(collation)}"
        for column, collation in _collated_key(origin.table)
    )


def _key(table: Table, row: str) -> str:
    return ", ".join(f"{row}.{quoted(column)} COLLATE BINARY" for column in table.primary_key)


def _collated_key(table: Table) -> tuple[tuple[str, str], ...]:
    """The columns of a primary key with the collations by which its index finds rows."""
    wanted = tuple(map(folded, table.primary_key))
    keys = (key.columns for key in table.keys if key.plain and own(key.name))
    found = (k for k in keys if tuple(folded(column) for column, _ in k) == wanted)
    return next(found, tuple((column, "BINARY") for column in table.primary_key))
