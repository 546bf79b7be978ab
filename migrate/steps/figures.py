"""The query planner's figures come along under the new names: what ANALYZE has counted.

They stand in tables of SQLite's own, which speak of tables and indexes by name:
https://sqlite.org/fileformat2.html#the_sqlite_stat1_table. No rename changes them.
"""

from collections.abc import Iterable, Iterator, Mapping

from migrate.database.schema import Facts, Table
from migrate.database.sqlite import literal
from migrate.phases import Phase
from migrate.steps.arrivals import Arrival, Way
from plan.model import folded
from plan.schema import SchemaObject
from plan.stored import quoted

MAKE = "ANALYZE main.sqlite_schema"
"""Makes the tables for figures where there are none, and counts nothing."""
_COLUMNS = {"sqlite_stat1": ("stat",), "sqlite_stat4": ("neq", "nlt", "ndlt", "sample")}
_BEHIND_TABLE = "sqlite_autoindex_"
_NEW_INDEX = "coalesce((SELECT new FROM indexes WHERE old = idx), idx)"

Renames = Mapping[str, str]


def kept_in(objects: Iterable[SchemaObject]) -> tuple[str, ...]:
    """The tables with figures that a database has."""
    names = {folded(item.name) for item in objects}
    return tuple(table for table in _COLUMNS if table in names)


def arriving(
    fact: Facts, arrivals: Iterable[Arrival], indexes: Renames, alias: str
) -> Iterator[str]:
    """The statements that bring a source's figures; `indexes` are those with other names now.

    Where rows join a table that has rows, the figures of either would be wrong for both.
    """
    tables: dict[str, str] = {}
    changed = dict(indexes)
    for arrival in arrivals:
        if arrival.way is Way.COPIED:
            for table, name in _stores(arrival, Phase.MERGE):
                tables[table.name] = name
                changed |= _indexes_of(table, table.name, name)
    for kept in kept_in(fact.schema.objects) if tables else ():
        columns = ", ".join(_COLUMNS[kept])
        yield (
            f"{_renames(tables, changed)} INSERT INTO main.{kept}(tbl, idx, {columns})"
            f" SELECT tables.new, {_NEW_INDEX}, {columns}"
            f" FROM {quoted(alias)}.{kept} JOIN tables ON tables.old = tbl"
        )


def following(objects: Iterable[SchemaObject], arrivals: Iterable[Arrival]) -> Iterator[str]:
    """The statements by which figures follow when tables get their last names."""
    tables: dict[str, str] = {}
    changed: dict[str, str] = {}
    for arrival in arrivals:
        if arrival.way is not Way.JOINED and arrival.at != arrival.planned.new:
            before, after = (_stores(arrival, phase) for phase in (Phase.MERGE, Phase.RENAME))
            for (table, old), (_, new) in zip(before, after, strict=True):
                tables[old] = new
                changed |= _indexes_of(table, old, new)
    for kept in kept_in(objects) if tables else ():
        # One statement for all, so that a swap stays a swap.
        yield (
            f"{_renames(tables, changed)} UPDATE main.{kept} SET idx = {_NEW_INDEX},"
            " tbl = coalesce((SELECT new FROM tables WHERE old = tbl), tbl)"
        )


def _stores(arrival: Arrival, phase: Phase) -> tuple[tuple[Table, str], ...]:
    """A table, and those in which it keeps its rows, with their names after a phase."""
    own = (arrival.table, arrival.name_after(phase))
    return (own, *(store for store in arrival.stores_after(phase) if store != own))


def _indexes_of(table: Table, old: str, new: str) -> dict[str, str]:
    """Indexes that are called after their table: those behind its constraints, and its own key."""
    behind = [name for name in table.indexes if name.startswith(_BEHIND_TABLE)]
    numbers = [name.rpartition("_")[2] for name in behind]
    found = {f"{_BEHIND_TABLE}{old}_{n}": f"{_BEHIND_TABLE}{new}_{n}" for n in numbers}
    return found | ({old: new} if table.without_rowid else {})


def _renames(tables: Renames, indexes: Renames) -> str:
    return (
        f"WITH tables(old, new) AS ({_values(tables)}), indexes(old, new) AS ({_values(indexes)})"
    )


def _values(renames: Renames) -> str:
    if not renames:
        return "SELECT NULL, NULL"
    return "VALUES " + ", ".join(
        f"({literal(old)}, {literal(new)})" for old, new in renames.items()
    )
