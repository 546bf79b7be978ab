"""What was asked for lately is kept, as much as there is room for."""

from refactor.recent import Recent


def test_what_nobody_asked_for_longest_is_dropped():
    recent = Recent(10)
    for key in "abc":
        recent.keep(key, key.upper(), 4)
    assert [recent.get(key) for key in "abc"] == [None, "B", "C"]


def test_what_is_asked_for_in_turn_with_something_too_heavy_is_kept_along_with_it():
    recent = Recent(10)
    recent.keep("heavy", "H", 1_000)
    recent.keep("light", "L", 4)
    assert (recent.get("heavy"), recent.get("light")) == ("H", "L")


def test_of_two_that_are_too_heavy_both_are_kept_and_no_third():
    recent = Recent(10)
    for key in "abc":
        recent.keep(key, key.upper(), 1_000)
    assert [recent.get(key) for key in "abc"] == [None, "B", "C"]
