"""Open questions in a plan: values that are "?"."""

import pytest

from plan.slots import slots_of


def test_a_question_is_refused_with_its_line_and_the_comment_above_it(said, good):
    plan = good + (
        '[[domain]]\nname = "d"\ntable = [\n'
        "  # Which database has it?\n"
        '  #   - "data/side.db": there is one,\n'
        "  #     and it has rows\n"
        '  { from = "t", in = "?", to = "u" }, # PLAN.md:7\n]\n'
    )
    assert said(plan) == [
        (
            "retable.toml: domain[1].table[1] (t).in: line 26 is an open question: Which database"
            ' has it? (put your answer in the place of "?")'
        )
    ]


def test_all_questions_come_at_once_with_what_else_is_wrong(said, good):
    plan = good.replace('action = "keep"', '# Is it yours?\naction = "?"') + (
        '[[skip]]\ntable = "?"\nin = "data/side.db"\nclaim = "emty"\n'
        '[code]\nexclude = ["?", "old/**"]\n'
    )
    lines = said(plan.replace("[plan]\n", '[plan]\nschema_version = "?"\ncompat = "?"\n'))
    assert [line.partition(" (put")[0].partition(" (use")[0] for line in lines] == [
        "retable.toml: plan.schema_version: line 2 is an open question",
        "retable.toml: plan.compat: line 3 is an open question",
        (
            "retable.toml: database[3] (data/kept.db).action: line 17 is an open question:"
            " Is it yours?"
        ),
        "retable.toml: skip[1] (data/side.db).claim: 'emty' is not known",
        "retable.toml: skip[1] (data/side.db).table: line 24 is an open question",
        "retable.toml: code.exclude[1]: line 28 is an open question",
    ]


@pytest.mark.parametrize(
    ("plan", "where"),
    [
        pytest.param('a = "?"', ["a"], id="a value"),
        pytest.param("a = '?'", ["a"], id="in single quotes"),
        pytest.param('a = """?"""', ["a"], id="in three quotes"),
        pytest.param('a = ["x", "?"]', ["a[2]"], id="in a list"),
        pytest.param('[[a]]\nb = {c = "?"}', ["a[1].b.c"], id="deep"),
        pytest.param('a."x y" = "?"', ["a.'x y'"], id="under a quoted key"),
        pytest.param('a = "is it?"', [], id="not a text with a question mark"),
        pytest.param('a = 1 # "?"', [], id="not in a comment"),
        pytest.param("""a = 'say "?" here'""", [], id="not within a text"),
        pytest.param('"?" = 1', [], id="not a key"),
    ],
)
def test_a_question_is_a_value_that_is_nothing_but_its_mark(plan, where):
    assert [slot.where for slot in slots_of(plan)] == where


def test_without_a_comment_of_its_own_a_question_has_that_of_its_section():
    plan = '# From the survey.\n\n# Two may be meant.\n[[skip]]\nx = 1\ny = "?"\n'
    assert [(slot.line, slot.asks) for slot in slots_of(plan)] == [(6, "Two may be meant.")]
