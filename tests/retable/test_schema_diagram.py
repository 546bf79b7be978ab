"""The diagram: boxes stand apart, on their domain's ground, and no line runs through one."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as some

from retable.catalogue.diagram.drawing import HEAD, Box, Relation, Row
from retable.catalogue.diagram.lanes import Stretch, lanes_for
from retable.catalogue.diagram.places import shelves_for
from retable.catalogue.diagram.routes import drawn


@some.composite
def diagrams(draw):
    """Domains with tables of all sizes, and relations between any of them."""
    domains, names = [], []
    for number, size in enumerate(draw(some.lists(some.integers(1, 7), min_size=1, max_size=7))):
        boxes = []
        for _ in range(size):
            name = f"t{len(names)}" + "x" * draw(some.integers(0, 30))
            rows = tuple(
                Row(f"c{it}", "INT", it == 0, it == 1) for it in range(draw(some.integers(0, 6)))
            )
            boxes.append(Box(name, "table", rows, draw(some.integers(0, 3))))
            names.append(name)
        domains.append((f"d{number}", number % 12, tuple(boxes)))
    pairs = draw(
        some.lists(some.tuples(some.sampled_from(names), some.sampled_from(names)), max_size=25)
    )
    return domains, [Relation(a, "c1", b, "c0", 0, "", many=True) for a, b in pairs]


def _inside(box, x, y, margin=0.5):
    return (
        box.x + margin < x < box.x + box.width - margin
        and box.y + margin < y < box.y + box.box.height - margin
    )


def _crosses(box, one, other):
    (x1, y1), (x2, y2) = one, other
    left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
    return (
        right > box.x + 0.5
        and left < box.x + box.width - 0.5
        and bottom > box.y + 0.5
        and top < box.y + box.box.height - 0.5
    )


@settings(max_examples=40, deadline=None)
@given(diagrams())
def test_boxes_stand_apart_and_lines_go_around_them(diagram):
    domains, relations = diagram
    drawing = drawn(shelves_for(domains), relations)
    assert len(drawing.boxes) == sum(len(boxes) for _, _, boxes in domains)
    assert len(drawing.lines) == len(relations)
    for one, other in combinations(drawing.boxes, 2):
        assert (
            one.x + one.width < other.x
            or other.x + other.width < one.x
            or one.y + one.box.height < other.y
            or other.y + other.box.height < one.y
        )
    for box in drawing.boxes:
        (ground,) = [it for it in drawing.regions if _on(it, box)]
        assert ground.name == next(name for name, _, of in domains if box.box in of)
    for one, other in combinations(drawing.regions, 2):
        assert not _on(one, other) or not _on(other, one)
    by_name = {box.box.name: box for box in drawing.boxes}
    for line in drawing.lines:
        for one, other in pairwise(line.points):
            assert one[0] == other[0] or one[1] == other[1]
            assert not any(_crosses(box, one, other) for box in drawing.boxes)
        for (x, y), name in (
            (line.points[0], line.relation.table),
            (line.points[-1], line.relation.to),
        ):
            box = by_name[name]
            assert x in (box.x, box.x + box.width)
            assert box.y < y < box.y + box.box.height
        for x, y in line.points:
            assert 0 <= x <= drawing.width
            assert 0 <= y <= drawing.height


def _on(ground, thing):
    height = getattr(thing, "height", None) or thing.box.height
    return (
        ground.x <= thing.x
        and thing.x + thing.width <= ground.x + ground.width
        and ground.y <= thing.y
        and thing.y + height <= ground.y + ground.height
    )


def test_nothing_to_draw_is_no_diagram():
    drawing = drawn(shelves_for([]), [])
    assert (drawing.boxes, drawing.lines, drawing.width) == ((), (), 0)


def test_a_column_that_is_not_shown_is_met_at_the_name():
    box = Box("t", "table", (Row("a", "INT", key=True, refers=False),), 3)
    assert box.middle_of("b") == HEAD / 2
    assert box.middle_of("a") > HEAD


def test_lines_to_one_table_share_a_lane_and_others_have_their_own():
    lanes, count = lanes_for(
        [Stretch("a", 0, 50), Stretch("a", 40, 90), Stretch("b", 10, 20), Stretch("c", 100, 120)]
    )
    assert count == 2
    assert lanes["a"] != lanes["b"]
    assert lanes["c"] in (0, 1)
