"""Tables that look alike: of one name in several files, or of the same columns."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plan.model import folded
from plan.proposal.held import HeldTable

_TELLING = 3
"""Two tables of fewer columns may well be alike by chance; so may two with a single row."""


@dataclass(frozen=True, slots=True)
class Kin:
    """What other tables say about each."""

    joins: dict[tuple[str, str], HeldTable]
    """Tables whose rows may be those of another, of the same name, which comes first."""
    namesakes: dict[tuple[str, str], tuple[HeldTable, ...]]
    """Other tables of the same name."""
    twins: dict[tuple[str, str], tuple[HeldTable, ...]]
    """Tables of other names with the same columns."""


def kin_of(tables: Sequence[HeldTable]) -> Kin:
    """Compare all tables; the first of them has precedence, which is the target's."""
    names: dict[str, list[HeldTable]] = defaultdict(list)
    shapes: dict[tuple[str, ...], list[HeldTable]] = defaultdict(list)
    for table in tables:
        names[folded(table.name)].append(table)
        shapes[tuple(map(folded, table.columns))].append(table)
    joins: dict[tuple[str, str], HeldTable] = {}
    for group in names.values():
        for number, table in enumerate(group):
            earlier = (it for it in group[:number] if it.shape and it.shape == table.shape)
            first = next((it for it in earlier if it.key not in joins), None)
            if first is not None:
                joins[table.key] = first
    return Kin(
        joins=joins,
        namesakes={
            it.key: tuple(other for other in group if other is not it)
            for group in names.values()
            for it in group
        },
        twins={it.key: tuple(_twins(it, group)) for group in shapes.values() for it in group},
    )


def _twins(table: HeldTable, group: Iterable[HeldTable]) -> Iterable[HeldTable]:
    for other in group:
        if folded(other.name) != folded(table.name) and (
            len(table.columns) >= _TELLING or (are_same(table, other) and (table.rows or 0) > 1)
        ):
            yield other


def are_same(one: HeldTable, other: HeldTable) -> bool:
    """Whether two tables are known to hold the same rows, and have some."""
    return bool(one.digest) and one.digest == other.digest
