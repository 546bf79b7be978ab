"""A drawing as SVG, which HTML may hold; how it looks is in the page's style."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from plan.model import folded
from retable.catalogue.diagram.drawing import (
    CHARACTER,
    HEAD,
    LONGEST,
    PAD,
    ROW,
    Drawing,
    Line,
    Placed,
    Region,
    Row,
)
from retable.pages.html import Fact, Html, in_svg, tag

_TURN = 6.0
"""How round a corner is."""
_LONG = 14
"""Characters of a domain's name that fit a line from afar."""
_FAR = 30.0, 84.0
"""The least and the most size of a domain's name where tables are too small to read."""


def as_svg(drawing: Drawing, anchor_of: Callable[[str], str]) -> Html:
    """All of it; each box leads to what `anchor_of` says of its table."""
    numbers = {it.box.name: it.number for it in drawing.boxes}
    width, height = round(drawing.width), round(drawing.height)
    facts: dict[str, Fact] = {
        "id": "drawing",
        "viewBox": f"0 0 {width} {height}",
        "data-width": width,
        "data-height": height,
        "role": "group",
        "aria-label": "Tables and what they refer to",
    }
    return tag(
        "svg",
        facts,
        *map(_ground, drawing.regions),
        tag(
            "g",
            {"class": "lines", "aria-hidden": "true"},
            *(_line(it, numbers) for it in drawing.lines),
        ),
        *(_box(it, anchor_of(it.box.name)) for it in drawing.boxes),
        tag("g", {"class": "far", "aria-hidden": "true"}, *map(_far, drawing.regions)),
    )


def _ground(region: Region) -> Html:
    box = {"x": _n(region.x), "y": _n(region.y)}
    size: dict[str, Fact] = {"width": _n(region.width), "height": _n(region.height), "rx": 10}
    most = int((region.width - 2 * PAD) / (CHARACTER * 1.1))
    title = {"x": _n(region.x + 14), "y": _n(region.y + 20), "class": "title"}
    return tag(
        "g",
        {"class": f"region d{region.number}"},
        tag("rect", {**box, **size}),
        tag("text", title, in_svg(_cut(region.name, most))),
    )


def _far(region: Region) -> Html:
    """A domain's name across its ground, in two lines if it is long."""
    lines = _in_lines(region.name)
    least, most = _FAR
    longest = max(1, *map(len, lines))
    size = max(least, min(most, region.width * 0.86 / longest / 0.63))
    top = region.y + region.height / 2 + size * (0.35 - 0.55 * (len(lines) - 1))
    x = _n(region.x + region.width / 2)
    texts = (
        tag("text", {"x": x, "y": _n(top + 1.1 * size * number)}, in_svg(line))
        for number, line in enumerate(lines)
    )
    return tag("g", {"font-size": _n(size), "class": f"d{region.number}"}, *texts)


def _in_lines(name: str) -> tuple[str, ...]:
    """A name, cut behind the word that ends nearest to its middle if it is long."""
    ends = [place for place, it in enumerate(name, 1) if it in "_- ." and place < len(name)]
    if len(name) <= _LONG or not ends:
        return (name,)
    cut = min(ends, key=lambda place: abs(place - len(name) / 2))
    return name[:cut], name[cut:]


def _box(placed: Placed, anchor: str) -> Html:
    box = placed.box
    facts = {
        "href": f"#{anchor}",
        "class": f"box d{placed.number} is-{box.kind}",
        "data-table": folded(box.name),
        "aria-label": f"{box.kind} {box.name}",
    }
    size = {"width": _n(placed.width), "height": _n(box.height)}
    most = int((placed.width - 2 * PAD) / CHARACTER)
    head: dict[str, Fact] = {"width": _n(placed.width), "height": HEAD, "class": "head"}
    children: list[Html] = [
        tag("title", None, in_svg(box.name)),
        tag("rect", {**size, "rx": 6, "class": "body"}),
        tag("path", {"d": _head(placed.width), "class": "head"})
        if box.rows or box.more
        else tag("rect", {**head, "rx": 6}),
        tag("text", {"x": PAD, "y": 17, "class": "name"}, in_svg(_cut(box.name, most))),
    ]
    for number, row in enumerate(box.rows):
        children += _row(row, HEAD + ROW * number + 15, placed.width)
    if box.more:
        y = HEAD + ROW * len(box.rows) + 15
        said = f"+ {box.more} more"
        children.append(tag("text", {"x": PAD + 14, "y": y, "class": "row more"}, said))
    place = {"transform": f"translate({_n(placed.x)} {_n(placed.y)})"}
    return tag("g", place, tag("a", facts, *children))


def _head(width: float) -> str:
    """The upper part of a box, with its two round corners."""
    return f"M0 {HEAD}V6a6 6 0 0 1 6 -6H{_n(width - 6)}a6 6 0 0 1 6 6V{HEAD}H0Z"


def _row(row: Row, y: float, width: float) -> Iterator[Html]:
    mark = "is-key" if row.key else "is-ref" if row.refers else ""
    if row.key:
        yield tag("circle", {"cx": PAD + 3, "cy": _n(y - 4), "r": 3, "class": "key"})
    if row.refers:
        at = f"M{PAD + (9 if row.key else 0)} {_n(y - 4)}h6m-3 -3l3 3l-3 3"
        yield tag("path", {"d": at, "class": "ref"})
    left = PAD + (22 if row.key and row.refers else 14)
    room = int((width - left - PAD) / CHARACTER)
    name = _cut(row.name, min(LONGEST, room))
    yield tag("text", {"x": left, "y": _n(y), "class": f"row {mark}".strip()}, in_svg(name))
    over = room - len(name) - 1
    if row.type and over >= min(3, len(row.type)):
        facts = {"x": _n(width - PAD), "y": _n(y), "class": "row type"}
        yield tag("text", facts, in_svg(_cut(row.type, over)))


def _line(line: Line, numbers: Mapping[str, int]) -> Html:
    relation, points = line.relation, line.points
    across = " is-across" if numbers[relation.table] != relation.number else ""
    facts = {
        "class": f"line d{relation.number}{across}",
        "data-from": folded(relation.table),
        "data-to": folded(relation.to),
    }
    (x, y), (beside, _) = points[0], points[1]
    out = 1 if beside > x else -1
    foot = f"M{_n(x)} {_n(y - 5)}L{_n(x + 9 * out)} {_n(y)}L{_n(x)} {_n(y + 5)}"
    (end_x, end_y), (before, _) = points[-1], points[-2]
    back = 1 if before > end_x else -1
    bar = f"M{_n(end_x + 5 * back)} {_n(end_y - 5)}v10"
    begin = foot if relation.many else f"M{_n(x + 5 * out)} {_n(y - 5)}v10"
    marks = begin + bar
    return tag(
        "g",
        facts,
        tag("title", None, in_svg(relation.said)),
        tag("path", {"d": _path(points)}),
        tag("path", {"d": marks, "class": "mark"}),
    )


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A line with round corners."""
    said = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        room = min(_TURN, _length(before, corner) / 2, _length(corner, after) / 2)
        start, end = _towards(corner, before, room), _towards(corner, after, room)
        said.append(f"L{_n(start[0])} {_n(start[1])}")
        said.append(f"Q{_n(corner[0])} {_n(corner[1])} {_n(end[0])} {_n(end[1])}")
    said.append(f"L{_n(points[-1][0])} {_n(points[-1][1])}")
    return "".join(said)


def _length(one: tuple[float, float], other: tuple[float, float]) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(
    corner: tuple[float, float], other: tuple[float, float], room: float
) -> tuple[float, float]:
    whole = _length(corner, other) or 1.0
    part = room / whole
    return (
        corner[0] + (other[0] - corner[0]) * part,
        corner[1] + (other[1] - corner[1]) * part,
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: max(1, most - 1)]}…"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
