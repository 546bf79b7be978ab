"""What the flow of names asks: is this place a table's name? And the facts themselves."""

import ast
import re
from pathlib import PurePosixPath

import pytest

from refactor.apis import Shape
from refactor.apis.calls import CALLS
from refactor.apis.libraries import EQUAL, KEY, LISTED
from refactor.python.outline import Scope

HEAD = """
import sqlite_utils
import sqlalchemy as sa

db = sqlite_utils.Database("x.db")
rows = {"old": 1}


def f(table, key):
    {use}
"""


@pytest.mark.parametrize(
    ("use", "argument", "shape"),
    [
        ("db[table]", "", Shape.NAME),
        ("db.table(table)", "0", Shape.NAME),
        ("db.table(table_name=table)", "table_name", Shape.NAME),
        ("sa.ForeignKey(table)", "0", Shape.COLUMN),
        ("table in sa.inspect(e).get_table_names()", "", Shape.NAME),
        ("rows[table]", "", None),
        ("db.table('z').insert(table)", "0", None),
        ("sa.Column(table)", "0", None),
        ("table in rows", "", None),
    ],
)
def test_a_place_is_known_whatever_is_put_there(use, argument, shape, project):
    made = project({"case.py": HEAD.replace("{use}", use)})
    tree = ast.parse(use, mode="eval").body
    slot = made.searcher().evidence.arguments.slot_at(
        PurePosixPath("case.py"), Scope("", "f"), tree, argument
    )
    assert (slot.shape if slot else None) is shape
    if slot:
        assert slot.question is None
        assert "takes a table's name" in slot.says


@pytest.mark.parametrize("use", ["other[table]", "key.table(table)"])
def test_what_is_not_known_is_a_question(use, project):
    made = project({"case.py": HEAD.replace("{use}", use)})
    tree = ast.parse(use, mode="eval").body
    argument = "0" if isinstance(tree, ast.Call) else ""
    slot = made.searcher().evidence.arguments.slot_at(
        PurePosixPath("case.py"), Scope("", "f"), tree, argument
    )
    assert slot.question == "is this object sqlite-utils's, and this the name of a table?"


def test_names_that_are_made_from_themselves_are_followed_to_an_end(project):
    lines = ["import sqlite_utils", "a = b", "b = a or c", "c = [a, b][0]"]
    lines += ["def g():\n    return g() or h()", "def h():\n    return g()", "d = g()"]
    lines += [
        "class C(C):\n    x = self.x",
        "e = C().x",
        'a["old"], d["old"], e["old"], e.f["old"]',
    ]
    found = project({"case.py": "\n".join(lines)}).search()
    assert not [it for it in found.references if it.certain]


def test_every_fact_can_be_matched():
    for fact in CALLS:
        re.compile(fact.of)
        assert fact.arguments
        assert fact.library.packages
        for stand_in in (KEY, LISTED, EQUAL):
            assert (fact.method == stand_in) == (stand_in in fact.arguments)


def test_facts_that_hold_of_any_object_name_a_method_or_a_keyword_of_their_own():
    for fact in CALLS:
        if fact.of == ".*":
            assert fact.sure, fact
            assert fact.method or all(isinstance(it, str) for it in fact.arguments), fact
