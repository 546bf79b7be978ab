"""Where everything stands in the end, and the ways of all lines along gutters and aisles."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from plan.model import folded
from retable.catalogue.diagram.drawing import Box, Drawing, Line, Placed, Region, Relation
from retable.catalogue.diagram.lanes import Stretch, lanes_for
from retable.catalogue.diagram.places import GAP, GROUND, TITLE, Shelf, widths_of

LANE = 9
"""Between two lines that run beside each other."""
_GUTTER, _AISLE = 2 * GROUND + 16, 26
"""How wide a way is besides its lanes."""
_EDGE = GROUND + 12
_TURN = 60
"""What a way through an aisle costs more than its length."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in the grid a box stands."""

    box: Box
    number: int
    column: int
    shelf: int
    below: float
    """How far below the top of its shelf."""


@dataclass(frozen=True, slots=True)
class Way:
    """The gutters that a line takes, and the aisle between them, if they are two."""

    relation: Relation
    source: Spot
    target: Spot
    leaves: int
    arrives: int
    aisle: int | None


def drawn(shelves: Sequence[Shelf], relations: Iterable[Relation]) -> Drawing:
    """Draw it: first which way each line takes, then how wide the ways must be for that."""
    spots = {folded(spot.box.name): spot for spot in _spots(shelves)}
    known = [it for it in relations if folded(it.table) in spots and folded(it.to) in spots]
    rough = _Grid(shelves, {}, {})
    ways = [rough.way(it, spots[folded(it.table)], spots[folded(it.to)]) for it in known]
    aisles = {
        aisle: lanes_for(
            Stretch(folded(it.relation.to), *sorted((it.leaves, it.arrives)))
            for it in ways
            if it.aisle == aisle
        )
        for aisle in range(len(shelves) + 1)
    }
    level = _Grid(shelves, {}, {aisle: count for aisle, (_, count) in aisles.items()})
    gutters = {
        gutter: lanes_for(level.stretches(ways, gutter, aisles))
        for gutter in range(len(widths_of(shelves)) + 1)
    }
    grid = _Grid(
        shelves,
        {gutter: count for gutter, (_, count) in gutters.items()},
        {aisle: count for aisle, (_, count) in aisles.items()},
    )
    return Drawing(
        width=grid.width,
        height=grid.height,
        regions=tuple(grid.regions()),
        boxes=tuple(grid.placed(spot) for spot in spots.values()),
        lines=tuple(
            Line(
                way.relation,
                grid.points(
                    way,
                    *(
                        (of[at][0] if at is not None else {})
                        for of, at in (
                            (gutters, way.leaves),
                            (gutters, way.arrives),
                            (aisles, way.aisle),
                        )
                    ),
                ),
            )
            for way in ways
        ),
    )


def _spots(shelves: Sequence[Shelf]) -> Iterator[Spot]:
    for number, shelf in enumerate(shelves):
        for at, group in shelf.groups:
            for column, boxes in enumerate(group.columns, at):
                below: float = TITLE
                for box in boxes:
                    yield Spot(box, group.number, column, number, below)
                    below += box.height + GAP


Lanes = Mapping[object, int]


class _Grid:
    """Where columns, shelves and the ways between them lie, by how many lanes each way has."""

    def __init__(
        self, shelves: Sequence[Shelf], gutters: Mapping[int, int], aisles: Mapping[int, int]
    ) -> None:
        self._shelves = shelves
        self._widths = widths_of(shelves)
        self._lefts: list[float] = []
        self._tops: list[float] = []
        at: float = _EDGE + LANE * gutters.get(0, 0)
        for number, width in enumerate(self._widths, 1):
            self._lefts.append(at)
            at += width + _GUTTER + LANE * gutters.get(number, 0)
        last = len(self._widths)
        self.width = at - _GUTTER + _EDGE if self._widths else 0
        self._gutters = [
            (_EDGE - GROUND) / 2 + LANE / 2
            if number == 0
            else self._lefts[number - 1] + self._widths[number - 1] + _GUTTER / 2 + LANE / 2
            for number in range(last + 1)
        ]
        at = LANE * aisles.get(0, 0) + 10
        self._aisles = [5 + LANE / 2]
        for number, shelf in enumerate(shelves, 1):
            self._tops.append(at)
            at += shelf.height
            self._aisles.append(at + _AISLE / 2 + LANE / 2)
            at += _AISLE + LANE * aisles.get(number, 0)
        self.height = at - _AISLE + 10

    def way(self, relation: Relation, source: Spot, target: Spot) -> Way:
        """The shortest of all ways."""
        sides = product((0, 1), (0, 1), range(len(self._shelves) + 1))
        start, end = self._y(source, relation.column), self._y(target, relation.to_column)
        found: list[tuple[float, Way]] = []
        for one, other, aisle in sides:
            leaves, arrives = source.column + one, target.column + other
            out = abs(self._side(source, one) - self._gutters[leaves])
            back = abs(self._side(target, other) - self._gutters[arrives])
            if leaves == arrives:
                cost = out + back + abs(start - end)
                found.append((cost, Way(relation, source, target, leaves, arrives, None)))
            else:
                across = abs(self._gutters[leaves] - self._gutters[arrives])
                along = abs(start - self._aisles[aisle]) + abs(end - self._aisles[aisle])
                cost = out + back + across + along + _TURN
                found.append((cost, Way(relation, source, target, leaves, arrives, aisle)))
        return min(found, key=lambda it: it[0])[1]

    def stretches(
        self, ways: Iterable[Way], gutter: int, aisles: Mapping[int, tuple[Lanes, int]]
    ) -> Iterator[Stretch]:
        """What runs in a gutter."""
        for way in ways:
            to = folded(way.relation.to)
            start, end = (
                self._y(way.source, way.relation.column),
                self._y(way.target, way.relation.to_column),
            )
            if way.aisle is None:
                turn = end
            else:
                turn = self._aisles[way.aisle] + LANE * aisles[way.aisle][0][to]
            if way.leaves == gutter:
                leans = 1.0 if way.source.column == gutter else -1.0
                yield Stretch(to, min(start, turn), max(start, turn), leans)
            if way.aisle is not None and way.arrives == gutter:
                leans = 1.0 if way.target.column == gutter else -1.0
                yield Stretch(to, min(end, turn), max(end, turn), leans)

    def points(
        self, way: Way, leaves: Lanes, arrives: Lanes, aisle: Lanes
    ) -> tuple[tuple[float, float], ...]:
        """The corners of a line."""
        to = folded(way.relation.to)
        start, end = (
            self._y(way.source, way.relation.column),
            self._y(way.target, way.relation.to_column),
        )
        first = self._gutters[way.leaves] + LANE * leaves[to]
        last = self._gutters[way.arrives] + LANE * arrives[to]
        begin = self._side(way.source, way.leaves - way.source.column), start
        finish = self._side(way.target, way.arrives - way.target.column), end
        if way.aisle is None:
            return begin, (first, start), (first, end), finish
        level = self._aisles[way.aisle] + LANE * aisle[to]
        return begin, (first, start), (first, level), (last, level), (last, end), finish

    def regions(self) -> Iterator[Region]:
        """The ground of each domain."""
        for top, shelf in zip(self._tops, self._shelves, strict=True):
            for at, group in shelf.groups:
                last = at + len(group.columns) - 1
                left = self._lefts[at] - GROUND
                right = self._lefts[last] + self._widths[last] + GROUND
                yield Region(group.name, group.number, left, top, right - left, group.height)

    def placed(self, spot: Spot) -> Placed:
        """A box where it stands."""
        top = self._tops[spot.shelf] + spot.below
        return Placed(
            spot.box, spot.number, self._lefts[spot.column], top, self._widths[spot.column]
        )

    def _y(self, spot: Spot, column: str) -> float:
        return self._tops[spot.shelf] + spot.below + spot.box.middle_of(column)

    def _side(self, spot: Spot, side: int) -> float:
        return self._lefts[spot.column] + self._widths[spot.column] * side
