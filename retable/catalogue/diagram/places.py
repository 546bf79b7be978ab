"""Where boxes stand: domains on shelves, all on one grid, so that lines have ways between them.

The boxes of a domain stand in columns of the grid that are next to each other. Between two
columns of the grid there is a gutter through the whole diagram, between two shelves an aisle:
no box ever stands in either.
"""

from collections.abc import Iterator, Sequence
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
        return max(height_of(group) for _, group in self.groups)


def height_of(group: Group) -> float:
    """How high a domain's ground is."""
    return TITLE + GROUND + max(map(_height, group.columns))


def _height(boxes: Sequence[Box]) -> float:
    return sum(box.height for box in boxes) + GAP * (len(boxes) - 1)


def shelves_for(domains: Sequence[tuple[str, int, tuple[Box, ...]]]) -> tuple[Shelf, ...]:
    """The arrangement that fits best, of many: the least room of the shape that is wanted."""
    if not domains:
        return ()
    boxes = [box for _, _, of in domains for box in of]
    highest = max(box.height for box in boxes)
    whole = max(sum(box.height + GAP for box in of) for _, _, of in domains)
    tried = (
        arrangement
        for number in range(_TRIES)
        for arrangement in _arrangements(
            domains, highest + (whole - highest) * (number / (_TRIES - 1)) ** 2
        )
    )
    return min(tried, key=_room)


def _arrangements(
    domains: Sequence[tuple[str, int, tuple[Box, ...]]], height: float
) -> Iterator[tuple[Shelf, ...]]:
    """Shelves of all widths, of domains that are about so high."""
    groups = [Group(name, number, _in_columns(boxes, height)) for name, number, boxes in domains]
    widest = max(len(group.columns) for group in groups)
    for width in range(widest, sum(len(group.columns) for group in groups) + 1):
        yield _shelved(groups, width)


def _in_columns(boxes: Sequence[Box], height: float) -> tuple[tuple[Box, ...], ...]:
    """Boxes in as many columns as they need, each next one in the column that is the shortest."""
    whole = sum(box.height + GAP for box in boxes)
    columns: list[list[Box]] = [[] for _ in range(min(len(boxes), ceil(whole / (height + GAP))))]
    for box in boxes:
        min(columns, key=lambda it: _height(it) if it else -GAP).append(box)
    return tuple(map(tuple, columns))


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


def _room(shelves: Sequence[Shelf]) -> float:
    high = sum(shelf.height + _BETWEEN for shelf in shelves)
    wide = sum(width + _BETWEEN for width in widths_of(shelves))
    return max(wide / _ASPECT, high)


def widths_of(shelves: Sequence[Shelf]) -> tuple[float, ...]:
    """How wide each column of the grid is."""
    found: dict[int, float] = {}
    for shelf in shelves:
        for at, group in shelf.groups:
            for number, boxes in enumerate(group.columns, at):
                found[number] = max(found.get(number, 0), *(box.width for box in boxes))
    return tuple(found[number] for number in range(len(found)))
