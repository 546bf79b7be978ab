"""The rules: one table that the code, `retable explain` and the docs are made of."""

from pathlib import Path

import pytest

from refactor.rules import RULES, rule_called
from retable.explain import as_markdown

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_codes_and_slugs_are_one_each_and_in_order():
    assert [rule.code for rule in RULES] == [
        f"RT{number:03}" for number in range(1, len(RULES) + 1)
    ]
    assert len({rule.slug for rule in RULES}) == len(RULES)


def test_the_reference_is_what_the_table_says():
    assert (DOCS / "rules.md").read_text() == as_markdown(), "make docs"


@pytest.mark.parametrize("rule", [pytest.param(it, id=it.slug) for it in RULES])
@pytest.mark.parametrize("name", ["code", "slug"])
def test_every_rule_is_explained_by_either_name(nowhere, rule, name):
    said = nowhere.retable("explain", getattr(rule, name).upper())
    assert said.status == 0
    words = " ".join(said.out.split())
    for part in (str(rule), rule.title, rule.means, rule.why, rule.mend):
        assert " ".join(part.split()) in words
    for example in (*rule.before.splitlines(), *rule.after.splitlines()):
        assert f"    {example}\n" in said.out


def test_all_are_listed(nowhere):
    said = nowhere.retable("explain")
    assert said.status == 0
    assert [line.split()[:2] for line in said.out.splitlines()] == [
        [rule.code, rule.slug] for rule in RULES
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tablename", "did you mean RT001 table-name?"),
        ("RT03", "did you mean RT003 open-question"),
        ("zebra", "`retable explain` lists them all"),
    ],
)
def test_an_unknown_rule_is_an_error_with_what_may_have_been_meant(nowhere, name, words):
    said = nowhere.retable("explain", name)
    assert (said.status, said.out) == (2, "")
    assert f"{name}: is no rule" in said.err
    assert words in said.err


@pytest.mark.parametrize("code", ["RT001", "RT002", "RT004", "RT006", "RT007", "RT009", "RT010"])
def test_examples_are_what_the_check_says_of_them(shop, code):
    """What is shown as wrong is found, and what is shown as mended is not."""
    rule = rule_called(code)
    place = "late.yaml" if code == "RT004" else "late.py"
    assert shop.retable("apply").status == 0
    plan = shop.read("retable.toml").replace('{ from = "orders"', BUGS + '  { from = "orders"')
    shop.write("retable.toml", plan)
    imports = "import sqlite3\n" if code == "RT002" else ""

    def found():
        lines = shop.retable("check", "--strict").out.splitlines()
        return [line.split(" ")[1] for line in lines if line.startswith(place)]

    shop.write(place, f"{imports}{rule.before}\n")
    assert code in found()
    shop.write(place, f"{imports}{rule.after}\n")
    assert found() == []


BUGS = '{ from = "bugs", in = "data/shop.db", to = "tracking_bug" },\n'
