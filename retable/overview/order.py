"""In which order tables come so that what they refer to is there; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from migrate.database.references import ForeignKey
from plan.model import folded
from retable.overview.fates import CARRIED, Fates, TableFate


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key between two tables of the target, by their new names."""

    table: str
    columns: tuple[str, ...]
    to: str | None
    """None where the table that it names is not in its file, or is left behind."""
    was: str
    """What the key calls it today."""
    database: str


@dataclass(frozen=True, slots=True)
class Order:
    """The tables of the target, each behind those that it refers to."""

    tables: tuple[str, ...]
    references: tuple[Reference, ...]
    cycles: tuple[tuple[str, ...], ...]
    """Tables that refer to each other in a ring, so that no order serves all of them."""

    @property
    def connected(self) -> tuple[str, ...]:
        """Those that refer to another, or are referred to."""
        pairs = [(it.table, it.to) for it in self.references if it.to and it.to != it.table]
        named = {name for pair in pairs for name in pair}
        return tuple(name for name in self.tables if name in named)

    @property
    def dangling(self) -> tuple[Reference, ...]:
        """References to what will not be there."""
        return tuple(it for it in self.references if it.to is None)


def order_of(fates: Fates, keys: Mapping[str, Iterable[ForeignKey]]) -> Order:
    """Order the tables that get to the target; `keys` are the foreign keys of each database.

    Of tables that become one, the first says to what it refers.
    """
    names = {(it.database, folded(it.name)): it.new for it in fates.tables if it.new is not None}
    tables = [it for it in fates.tables if it.new is not None and it.fate in CARRIED]
    references = tuple(
        Reference(it.new or "", key.columns, _parent(names, it, key), key.parent, it.database)
        for it in tables
        for key in keys.get(it.database, ())
        if folded(key.table) == folded(it.name)
    )
    new = [it.new or "" for it in tables]
    spelled = {folded(name): name for name in new}
    needs: dict[str, list[str]] = {name: [] for name in new}
    for it in references:
        if it.to is not None and folded(it.to) in spelled:
            needs[it.table].append(spelled[folded(it.to)])
    rings = [*_strongly_connected(needs)]
    return Order(
        tables=tuple(name for ring in rings for name in ring),
        references=references,
        cycles=tuple(ring for ring in rings if len(ring) > 1),
    )


def _parent(
    names: Mapping[tuple[str, str], str | None], table: TableFate, key: ForeignKey
) -> str | None:
    return names.get((table.database, folded(key.parent)))


def _strongly_connected(needs: Mapping[str, list[str]]) -> Iterator[tuple[str, ...]]:
    """Groups of names that need each other, each group behind those that it needs.

    Tarjan's algorithm, without recursion: a chain may be longer than Python's stack.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    open_: list[str] = []
    for root in needs:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        open_.append(root)
        path = [(root, iter(needs[root]))]
        while path:
            name, rest = path[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    open_.append(other)
                    path.append((other, iter(needs[other])))
                    break
                if other in open_:
                    low[name] = min(low[name], index[other])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    low[above] = min(low[above], low[name])
                if low[name] == index[name]:
                    at = open_.index(name)
                    yield tuple(open_[at:])
                    del open_[at:]
