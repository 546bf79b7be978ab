"""How lines share the ways between boxes: what leads to the same table runs together.

Each gutter and each aisle has as many lanes as lines run beside each other in it.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

_APART = 6.0
"""How far apart two lines in one lane must end."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a way that the lines to one table take together."""

    to: Hashable
    start: float
    end: float
    leans: float = 0.0
    """To which side its lines leave: the lanes are ordered by it."""


def lanes_for(stretches: Iterable[Stretch]) -> tuple[Mapping[Hashable, int], int]:
    """The lane of what leads to each table, and how many lanes there are."""
    whole: dict[Hashable, Stretch] = {}
    leaning: dict[Hashable, list[float]] = {}
    for it in stretches:
        known = whole.get(it.to, it)
        start, end = min(known.start, it.start), max(known.end, it.end)
        whole[it.to] = Stretch(it.to, start, end)
        leaning.setdefault(it.to, []).append(it.leans)
    lanes: list[list[Stretch]] = []
    for it in sorted(whole.values(), key=lambda it: (it.start, it.end, str(it.to))):
        lane = next((lane for lane in lanes if lane[-1].end + _APART <= it.start), None)
        if lane is None:
            lanes.append(lane := [])
        lane.append(it)

    def leans(lane: list[Stretch]) -> float:
        said = [lean for it in lane for lean in leaning[it.to]]
        return sum(said) / len(said)

    lanes.sort(key=leans)
    return {it.to: number for number, lane in enumerate(lanes) for it in lane}, len(lanes)
