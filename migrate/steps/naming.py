"""Data that names tables and follows the renames: which columns, by which names, and how in SQL.

A value follows if it is the name of a table, or such a name with one of its columns behind a dot:
as a whole, or as a string within JSON, whose formatting stays. Names are compared as SQLite
compares those of tables. All follow at once, so swaps and chains are right.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from migrate.database.described import COLUMNS, PROSE, Roles, roles_of
from migrate.database.schema import Column, Facts, Table
from migrate.database.sqlite import literal
from migrate.steps.arrivals import Arrival
from migrate.steps.newnames import NAMES, followed
from plan.model import Plan, folded
from plan.names import Names
from plan.stored import quoted

_AT_ONCE = 200
_TEXT = ("char", "clob", "text", "json", "any")
_WAITING = "retable is renaming "
"""What stands before a new value of a key, until all of them have theirs."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name that stands in data becomes."""

    old: str
    """A table's name; or that with a column behind a dot."""
    kept: int
    """How many of its characters are the table's name; what is behind them stays."""
    new: str

    @property
    def changes(self) -> bool:
        """Whether it becomes anything else."""
        return self.old[: self.kept] != self.new


@dataclass(frozen=True, slots=True)
class Following:
    """Columns of one table of the result whose values follow the renames."""

    table: str
    columns: tuple[str, ...]
    part: int
    """Under which number its names are listed."""
    meanings: tuple[Meaning, ...]
    roles: Roles | None = None
    """How the table describes others, if it could."""

    def said(self, row: str, column: str, part: int | None = None) -> str:
        """What the value of a column becomes, as SQL; `row` is an alias.

        In a row about a column the name is the column's, even where a table is called so.
        """
        value = f"{row}.{quoted(column)}"
        new = followed(value, self.part if part is None else part)
        if self.roles is None or self.roles.kind is None or column != self.roles.name:
            return new
        kind, columns = f"{row}.{quoted(self.roles.kind)}", ", ".join(map(literal, COLUMNS))
        return (
            f"CASE WHEN lower({kind}) IN ({columns}) AND instr({value}, '.') = 0 THEN {value}"
            f" ELSE {new} END"
        )


@dataclass(frozen=True, slots=True)
class Naming:
    """All data that follows the renames."""

    tables: tuple[Following, ...] = ()

    def of(self, table: str) -> Following | None:
        """What follows in one table of the result."""
        return next((it for it in self.tables if folded(it.table) == folded(table)), None)

    def of_row(self, table: str, row: str) -> dict[str, str]:
        """What the values of a row become, as SQL, by column; those that stay are left out."""
        following = self.of(table)
        return {it: following.said(row, it) for it in following.columns} if following else {}

    @property
    def columns(self) -> int:
        """How many columns follow."""
        return sum(len(it.columns) for it in self.tables)

    def listed(self) -> tuple[str, ...]:
        """The statements that list all names where SQL can look them up, for one connection."""
        return listing((it.part, it.meanings) for it in self.tables) if self.tables else ()


FORGET = f"DROP TABLE IF EXISTS {NAMES}"
"""The statement that takes the list of names away."""


def listing(parts: Iterable[tuple[int, Sequence[Meaning]]]) -> tuple[str, ...]:
    """The statements that list some names, each under the number of its part."""
    rows = [
        f"({part}, {literal(it.old)}, {it.kept}, {literal(it.new)})"
        for part, meanings in parts
        for it in meanings
    ]
    return (
        FORGET,
        (
            f"CREATE TEMP TABLE {NAMES.removeprefix('temp.')}(part INTEGER,"
            " old TEXT COLLATE NOCASE, kept INTEGER, new TEXT,"
            " PRIMARY KEY (part, old)) WITHOUT ROWID"
        ),
        *(
            f"INSERT OR IGNORE INTO {NAMES} VALUES {', '.join(rows[n : n + _AT_ONCE])}"
            for n in range(0, len(rows), _AT_ONCE)
        ),
    )


def naming_for(
    plan: Plan, facts: Sequence[Facts], names: Names, arrivals: Sequence[Arrival]
) -> Naming:
    """Which data follows the renames, by the plan's word."""
    wanted: dict[str, list[str]] = {}
    groups: dict[str, list[Arrival]] = {}
    for arrival in arrivals:
        groups.setdefault(folded(arrival.planned.new), []).append(arrival)
        for column in columns_named(plan, arrival):
            wanted.setdefault(folded(arrival.planned.new), []).append(column)
    found = []
    for part, (key, columns) in enumerate(wanted.items(), 1):
        meant: dict[str, Meaning] = {}
        for arrival in groups[key]:
            for it in meanings(plan, facts, names, arrival.planned.database):
                meant.setdefault(folded(it.old), it)
        changed = tuple(it for it in meant.values() if it.changes)
        unique = tuple(dict.fromkeys(columns))
        first = groups[key][0]
        found.append(Following(first.planned.new, unique, part, changed, roles_of(first.table)))
    return Naming(tuple(found))


def columns_named(plan: Plan, arrival: Arrival) -> tuple[str, ...]:
    """The columns of a table that hold names by the plan's word, as they are spelt."""
    planned = arrival.planned
    if folded(planned.new) == folded(plan.metadata):
        roles = roles_of(arrival.table)
        others = (roles.kind, roles.column) if roles else ()
        return tuple(
            it.name
            for it in arrival.table.columns
            if _speaks_of_tables(it) and it.name not in others
        )
    said = {
        folded(column)
        for it in plan.names
        if it.database == planned.database and folded(it.table) == folded(planned.old)
        for column in it.columns
    }
    return tuple(it.name for it in arrival.table.columns if folded(it.name) in said)


def _speaks_of_tables(column: Column) -> bool:
    """Whether a column of a table that describes others may name them; not their descriptions."""
    prose = folded(column.name) in PROSE
    return may_hold_text(column) and not column.generated and not prose


def may_hold_text(column: Column) -> bool:
    """Whether a column's type lets texts in as they are."""
    kind = folded(column.type)
    return not kind or any(word in kind for word in _TEXT)


def meanings(
    plan: Plan, facts: Sequence[Facts], names: Names, database: str
) -> tuple[Meaning, ...]:
    """What each name means in the data of one database, those included that stay.

    Its own tables and views come first. A name that it does not have means the table of another
    database, if only one of them has it.
    """
    found: dict[str, Meaning] = {}
    elsewhere: dict[str, list[Meaning]] = {}
    for fact in facts:
        if fact.path == database:
            found = {folded(it.old): it for it in _own(plan, fact, names)}
        else:
            for it in _within(fact, {folded(it.old): it.new for it in plan.tables_in(fact.path)}):
                elsewhere.setdefault(folded(it.old), []).append(it)
    heads = {folded(it.old[: it.kept]) for it in found.values()}
    for name, others in elsewhere.items():
        head = folded(others[0].old[: others[0].kept])
        tables_of_name = {folded(it.new) for it in elsewhere[head]}
        if head not in heads and len(tables_of_name) == 1:
            found[name] = others[0]
    return tuple(found.values())


def _own(plan: Plan, fact: Facts, names: Names) -> Iterator[Meaning]:
    """What the names of a database's tables and views mean in its own data; some stay."""
    said = {folded(view): view for view in fact.schema.named("view")}
    said |= names.changed(fact.path, "view")
    said |= {folded(s.table): s.table for s in plan.skips if s.database == fact.path}
    said |= {folded(it.old): it.new for it in plan.tables_in(fact.path)}
    return _within(fact, said)


def _within(fact: Facts, said: Mapping[str, str]) -> Iterator[Meaning]:
    """Names of tables and views, and of columns behind them, for which there is a new name."""
    for kind in ("table", "view"):
        for name in fact.schema.named(kind):
            new = said.get(folded(name))
            if new is not None:
                yield from _with_columns(name, new, fact.table(name))


def _with_columns(table: str, new: str, shape: Table | None) -> Iterator[Meaning]:
    yield Meaning(table, len(table), new)
    for column in shape.columns if shape else ():
        yield Meaning(f"{table}.{column.name}", len(table), new)


def updates(following: Following, table: Table) -> tuple[str, ...]:
    """The statements that let the values of one table follow.

    `table` is as it was before: no two rows share its keys. Where one name becomes what another
    one was, they would meet on the way, so they go by values that nothing else has.
    """
    here = f"main.{quoted(following.table)} AS retable_row"
    said = {it: following.said("retable_row", it) for it in following.columns}
    differs = " OR ".join(
        f"retable_row.{quoted(it)} IS NOT {new} COLLATE BINARY" for it, new in said.items()
    )
    old = {folded(it.old) for it in following.meanings}
    meets = any(folded(it.new) in old for it in following.meanings)
    keyed = {folded(column) for key in table.keys for column, _ in key.columns}
    if not (meets and keyed & set(map(folded, following.columns))):
        sets = ", ".join(f"{quoted(it)} = {new}" for it, new in said.items())
        return (f"UPDATE {here} SET {sets} WHERE {differs}",)
    waiting = ", ".join(
        f"{quoted(it)} = CASE WHEN retable_row.{quoted(it)} IS NOT {new} COLLATE BINARY"
        f" THEN {literal(_WAITING)} || {new} ELSE retable_row.{quoted(it)} END"
        for it, new in said.items()
    )
    waits = {
        it: f"typeof(retable_row.{quoted(it)}) = 'text' AND"
        f" substr(retable_row.{quoted(it)}, 1, {len(_WAITING)}) = {literal(_WAITING)}"
        for it in following.columns
    }
    arrived = ", ".join(
        f"{quoted(it)} = CASE WHEN {test}"
        f" THEN substr(retable_row.{quoted(it)}, {len(_WAITING) + 1})"
        f" ELSE retable_row.{quoted(it)} END"
        for it, test in waits.items()
    )
    those = " OR ".join(f"({test})" for test in waits.values())
    return (
        f"UPDATE {here} SET {waiting} WHERE {differs}",
        f"UPDATE {here} SET {arrived} WHERE {those}",
    )
