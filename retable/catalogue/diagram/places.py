"""Where boxes stand: domains on shelves, all on one grid, so that lines have ways between them.

The boxes of a domain stand in columns of the grid that are next to each other. Between two
columns of the grid there is a gutter through the whole diagram, between two shelves an aisle:
no box ever stands in either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from retable.catalogue.diagram.drawing import Box, Group

GAP = 16
"""Between boxes that stand above each other."""
TITLE = 30
"""For the name of a domain, above its boxes."""
GROUND = 14
"""What of its ground a domain has around its boxes."""
_ASPECT = 1.15
"""How much wider than high a diagram shall be."""
_BETWEEN = 60
_TRIES = 24


@dataclass(frozen=True, slots=True)
class Shelf:
    """Domains that stand beside each other, each with the grid's column that it begins at."""

    groups: tuple[tuple[int, Group], ...]

    @property
    def height(self) -> float:
        """As high as its highest domain."""
        return max(group.height for _, group in self.groups)


def shelves_for(domains: Sequence[tuple[str, int, tuple[Box, ...]]]) -> tuple[Shelf, ...]:
    """The arrangement that fits best, of many: the least room of the shape that is wanted."""
    if not domains:
        return ()
    heights = [[box.height + GAP for box in boxes] for _, _, boxes in domains]
    highest, whole = max(map(max, heights)), max(map(sum, heights))
    found: list[tuple[float, tuple[Shelf, ...]]] = []
    for number in range(_TRIES):
        height = highest + (whole - highest) * (number / (_TRIES - 1)) ** 2
        groups = [_group(name, colour, boxes, height) for name, colour, boxes in domains]
        found.append(_best_shelves(groups))
    return min(found, key=lambda it: it[0])[1]


def _best_shelves(groups: Sequence[Group]) -> tuple[float, tuple[Shelf, ...]]:
    """The best width of the shelves for some domains, and how much room they take."""
    found: list[tuple[float, tuple[Shelf, ...]]] = []
    widest = max(len(group.columns) for group in groups)
    for width in range(widest, sum(len(group.columns) for group in groups) + 1):
        shelves = _shelved(groups, width)
        high = sum(shelf.height + _BETWEEN for shelf in shelves)
        wide = sum(it + _BETWEEN for it in widths_of(shelves)) / _ASPECT
        found.append((max(wide, high), shelves))
        if wide > high:
            break  # wider ones take more room
    return min(found, key=lambda it: it[0])


def _group(name: str, colour: int, boxes: Sequence[Box], height: float) -> Group:
    """Boxes in as many columns as they need, each next one in the column that is the shortest."""
    whole = sum(box.height + GAP for box in boxes)
    columns: list[list[Box]] = [[] for _ in range(min(len(boxes), ceil(whole / (height + GAP))))]
    ends = [0.0] * len(columns)
    for box in boxes:
        shortest = ends.index(min(ends))
        columns[shortest].append(box)
        ends[shortest] += box.height + GAP
    return Group(
        name,
        colour,
        columns=tuple(map(tuple, columns)),
        widths=tuple(max(box.width for box in of) for of in columns),
        height=TITLE + GROUND + max(ends) - GAP,
    )


def _shelved(groups: Sequence[Group], width: int) -> tuple[Shelf, ...]:
    """Domains in their order, as many on a shelf as fit, the gaps filled with small ones."""
    shelves = []
    left = list(groups)
    while left:
        at, on = 0, []
        for group in tuple(left):
            if at + len(group.columns) <= width:
                on.append((at, group))
                at += len(group.columns)
                left.remove(group)
        shelves.append(Shelf(tuple(on)))
    return tuple(shelves)


def widths_of(shelves: Sequence[Shelf]) -> tuple[float, ...]:
    """How wide each column of the grid is."""
    found: dict[int, float] = {}
    for shelf in shelves:
        for at, group in shelf.groups:
            for number, width in enumerate(group.widths, at):
                found[number] = max(found.get(number, 0), width)
    return tuple(found[number] for number in range(len(found)))
