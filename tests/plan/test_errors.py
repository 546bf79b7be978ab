import pickle

import pytest

from plan.errors import PlanError, Problem, ProblemsError, shown

WRONG = Problem("retable.toml: plan.target", "is missing", 'add target = "…"')
ODD = Problem("a\nb", "\x1b[31m red \udcff", "c\r\u2028d")


def test_a_problem_says_where_what_and_how_to_mend_it():
    assert str(WRONG) == 'retable.toml: plan.target: is missing (add target = "…")'


def test_a_problem_stays_in_one_line_and_off_the_terminals_controls():
    assert str(ODD) == r"a\nb: \x1b[31m red \udcff (c\r\u2028d)"


@pytest.mark.parametrize("kind", [PlanError, ProblemsError])
def test_errors_survive_the_way_between_processes(kind):
    error = kind((WRONG, ODD))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.problems == error.problems
    assert str(again) == str(error) == f"{WRONG}\n{ODD}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("a\nb", r"'a\nb'", id="text with a newline"),
        pytest.param("x" * 200, f"'{'x' * 38}…{'x' * 38}'", id="long text"),
        pytest.param(True, "true", id="truth, as TOML writes it"),
        pytest.param(-7, "-7", id="number"),
        pytest.param(16**6000, "a number of more than 20 digits", id="number Python won't print"),
        pytest.param(1.5, "1.5", id="fraction"),
        pytest.param([1], "a list", id="list"),
        pytest.param({"a": 1}, "a section of keys", id="section"),
    ],
)
def test_values_are_shown_in_the_words_of_toml(value, text):
    assert shown(value) == text
