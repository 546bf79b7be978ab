import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refactor.text.edits import Edit, OverlapError, StaleEditError, apply_edits


@pytest.mark.parametrize(
    ("text", "edits", "after"),
    [
        pytest.param("SELECT 1", [], "SELECT 1", id="no edits"),
        pytest.param("FROM a", [Edit(5, "a", "long")], "FROM long", id="at the end"),
        pytest.param("a JOIN b", [Edit(0, "a", "b"), Edit(7, "b", "a")], "b JOIN a", id="a swap"),
        pytest.param("a, b", [Edit(3, "b", "y"), Edit(0, "a", "xx")], "xx, y", id="any order"),
        pytest.param("ab", [Edit(0, "a", "x"), Edit(1, "b", "y")], "xy", id="adjacent"),
        pytest.param("old", [Edit(0, "old", "")], "", id="all of it removed"),
        pytest.param("é😀 old", [Edit(3, "old", "new")], "é😀 new", id="offsets count characters"),
        pytest.param("x", [Edit(1, "", "y")], "xy", id="an insertion"),
    ],
)
def test_applied(text, edits, after):
    assert apply_edits(text, edits) == after


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(Edit(0, "old", "new"), id="another text"),
        pytest.param(Edit(-3, "bug", "new"), id="a negative offset"),
        pytest.param(Edit(99, "", "new"), id="behind the end"),
        pytest.param(Edit(5, "bugs", "new"), id="runs over the end"),
    ],
)
def test_stale_edits_are_refused(edit):
    with pytest.raises(StaleEditError) as raised:
        apply_edits("FROM bug", [edit])
    assert str(raised.value) == f"{edit.old!r} is not at offset {edit.start}"
    assert pickle.loads(pickle.dumps(raised.value)).edit == edit


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(Edit(0, "FROM", "x"), Edit(3, "M", "y"), id="shared character"),
        pytest.param(Edit(0, "FROM", "x"), Edit(0, "FROM", "x"), id="the same twice"),
        pytest.param(Edit(4, "", "x"), Edit(4, "", "y"), id="two insertions at one place"),
    ],
)
def test_overlaps_are_refused(first, second):
    with pytest.raises(OverlapError) as raised:
        apply_edits("FROM bug", [second, first])
    again = pickle.loads(pickle.dumps(raised.value))
    assert {again.first, again.second} == {first, second}
    assert "want the same place" in str(again)


@given(st.lists(st.tuples(st.text(), st.text(min_size=1), st.text()), max_size=20), st.text())
def test_each_edit_changes_its_own_place_only(parts, tail):
    edits, before, after = [], "", ""
    for kept, old, new in parts:
        edits.append(Edit(len(before) + len(kept), old, new))
        before += kept + old
        after += kept + new
    assert apply_edits(before + tail, reversed(edits)) == after + tail
