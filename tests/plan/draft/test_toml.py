"""A draft as the text of a plan file."""

import tomllib

import pytest

from plan.draft.model import (
    Draft,
    DraftCode,
    DraftDatabase,
    DraftDomain,
    DraftHead,
    DraftTable,
    Fact,
    Source,
    asked,
)
from plan.draft.toml import sources_text, toml_of, value_text
from plan.load import load_plan
from plan.slots import slots_of


def at(line):
    return (Source("PLAN.md", line),)


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        'say "hi"',
        "back\\slash",
        "tab\t, line\n, del\x7f, bell\x07",
        "naïve ☕",
        ("a", "?"),
        7,
    ],
)
def test_every_value_is_read_back_as_it_is(value):
    (read,) = tomllib.loads(f"x = {value_text(value)}").values()
    assert (tuple(read) if isinstance(value, tuple) else read) == value


def test_each_document_is_named_once():
    sources = (*at(5), *at(3), Source("a.db"), *at(5))
    assert sources_text(sources) == "PLAN.md:3, 5; a.db"


def test_a_draft_with_questions_and_without(tmp_path):
    def draft(action):
        return Draft(
            origin="PLAN.md",
            head=DraftHead(Fact("a.db", at(1))),
            databases=(
                DraftDatabase(Fact("a.db", at(2)), Fact("target", at(2)), Fact("The one", at(2))),
                DraftDatabase(Fact("b.db", at(3)), action),
            ),
            domains=(
                DraftDomain(
                    Fact("shop"),
                    tables=(
                        DraftTable(Fact("x"), Fact("b.db"), Fact("shop_x"), notes=("A note.",)),
                    ),
                ),
            ),
            code=DraftCode(exclude=Fact(("old/**",))),
        )

    open_one = toml_of(draft(asked("What becomes of it?", '"merge": it moves')))
    (slot,) = slots_of(open_one)
    assert (slot.where, slot.asks) == ("database[2].action", "What becomes of it?")
    file = tmp_path / "retable.toml"
    file.write_text(
        open_one.replace('"?" #', '"merge" #').replace('action = "?"', 'action = "merge"')
    )
    assert load_plan(file) == load_plan(file)
    closed = toml_of(draft(Fact("merge", at(3))))
    assert closed == (
        "# Drafted from PLAN.md by `retable init`.\n"
        "\n"
        "[plan]\n"
        'target = "a.db" # PLAN.md:1\n'
        "\n"
        "[[database]]\n"
        'path = "a.db" # PLAN.md:2\n'
        'action = "target"\n'
        'about = "The one"\n'
        "\n"
        "[[database]]\n"
        'path = "b.db" # PLAN.md:3\n'
        'action = "merge"\n'
        "\n"
        "[[domain]]\n"
        'name = "shop"\n'
        "table = [\n"
        "  # A note.\n"
        '  { from = "x", in = "b.db", to = "shop_x" },\n'
        "]\n"
        "\n"
        "[code]\n"
        'exclude = ["old/**"]\n'
    )


def test_what_a_document_says_cannot_break_out_of_a_comment():
    question = asked("Is it\n[plan]\x1b[31m\r\nevil?", "a\nb")
    text = toml_of(Draft("x", DraftHead(question), (DraftDatabase(Fact("a.db"), Fact("target")),)))
    assert tomllib.loads(text)["plan"] == {"target": "?"}
