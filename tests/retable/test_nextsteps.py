"""What `retable plan` and `retable status` say to type next."""

import json

import pytest
from click.testing import CliRunner

from migrate.journal import State
from migrate.phases import Phase
from retable.cli import main
from retable.nextsteps import Situation, next_steps


def commands(**situation):
    now = Situation("retable.toml", **{"state": State.NOTHING, **situation})
    return [step.command for step in next_steps(now)]


FOR_CI = ["retable check", "retable schema --check"]


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        pytest.param(
            {"problems": 3, "questions": 1, "unreadable": 1},
            ["edit retable.toml", "retable plan"],
            id="the plan has problems",
        ),
        pytest.param({"unreadable": 1, "questions": 1}, ["retable check"], id="unreadable"),
        pytest.param({"state": State.LOST}, ["retable rollback"], id="lost"),
        pytest.param(
            {"questions": 2, "to_change": 9},
            ["retable review", "edit retable.toml", "retable plan"],
            id="open questions",
        ),
        pytest.param(
            {"to_change": 9},
            ["retable rehearse -- pytest -q", "retable patch -o patches", "retable migrate"],
            id="nothing has run",
        ),
        pytest.param({}, ["retable migrate --dry-run", "retable migrate"], id="code alone"),
        pytest.param(
            {"state": State.ROLLED_BACK},
            ["retable migrate --dry-run", "retable migrate", "git apply -R patches/*.patch"],
            id="rolled back, code not",
        ),
        pytest.param(
            {"state": State.UNDERWAY, "due": (Phase.RENAME, Phase.DOCUMENT, Phase.ARCHIVE)},
            ["retable migrate --phase rename", "retable migrate"],
            id="a phase is due",
        ),
        pytest.param(
            {"state": State.MERGED, "due": (Phase.ARCHIVE,), "to_change": 2},
            ["retable archive", "retable apply"],
            id="to be archived",
        ),
        pytest.param(
            {"state": State.DONE, "to_change": 2, "views": 1},
            ["retable apply", "retable check"],
            id="data without code",
        ),
        pytest.param(
            {"state": State.DONE, "views": 2}, ["retable check", "retable finish"], id="views"
        ),
        pytest.param({"state": State.DONE}, ["retable verify", *FOR_CI], id="done"),
        pytest.param({"state": State.FINISHED, "views": 2}, FOR_CI, id="finished"),
    ],
)
def test_what_comes_next(situation, expected):
    assert commands(**situation) == expected


@pytest.mark.parametrize("state", State)
def test_in_every_state_there_is_a_next_command_that_exists(state):
    for more in ({}, {"to_change": 1}, {"questions": 1}, {"views": 1}, {"problems": 1}):
        found = commands(state=state, **more)
        assert 1 <= len(found) <= 3
        for command in found:
            verb, *_ = command.removeprefix("retable ").split()
            if command.startswith("retable "):
                help_text = CliRunner().invoke(main, [verb, "--help"])
                assert help_text.exit_code == 0, command


def next_block(said):
    return [line.split("  ")[1] for line in said.out.partition("Next:\n")[2].splitlines()]


def test_the_way_from_the_plan_to_the_end(shop):
    first = ["retable rehearse -- pytest -q", "retable patch -o patches", "retable migrate"]
    assert next_block(shop.retable("plan")) == first
    assert next_block(shop.retable("status")) == first
    assert shop.retable("migrate", "--yes").status == 0
    said = shop.retable("status")
    assert "code: 4 old names to change, 0 questions are open" in said.out
    assert next_block(said) == ["retable apply", "retable check"]
    assert shop.retable("apply").status == 0
    assert next_block(shop.retable("plan")) == ["retable verify", *FOR_CI]
    assert next_block(shop.retable("status")) == ["retable verify", *FOR_CI]


def test_a_plan_with_problems_says_what_to_mend_first(shop):
    shop.write("retable.toml", shop.read("retable.toml").replace('from = "users"', 'from = "use"'))
    said = shop.retable("plan")
    assert said.status == 2
    assert next_block(said) == ["edit retable.toml", "retable plan"]


def test_programs_get_it_too(open_shop):
    for verb in ("plan", "status"):
        found = json.loads(open_shop.retable(verb, "--format", "json").out)
        assert [step["command"] for step in found["next"]] == [
            "retable review",
            "edit retable.toml",
            "retable plan",
        ]
    assert found["code"] == {"to_change": 4, "questions": 1, "why_not_read": ""}


def test_where_the_code_cannot_be_read_the_databases_are_told_of(shop):
    shop.write("retable.toml", shop.read("retable.toml") + 'paths = ["nowhere"]\n')
    said = shop.retable("status")
    assert said.status == 0
    assert "code: not read: [code] paths: 'nowhere' does not exist" in said.out
