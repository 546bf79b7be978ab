"""The reference is made of the code, and what it says of keys is what the loader does."""

import re
from pathlib import Path

import pytest

from plan.keys import HEAD, SECTIONS
from plan.load import load_plan
from retable.reference import as_markdown

DOCS = Path(__file__).resolve().parents[2] / "docs"
SMALLEST = """
[plan]
target = "a.db"
[[database]]
path = "a.db"
action = "target"
"""


def test_the_page_is_what_the_code_says():
    assert (DOCS / "reference.md").read_text() == as_markdown(), "make docs"


@pytest.mark.parametrize("keys", [pytest.param(it, id=it.title) for it in SECTIONS])
def test_every_key_has_a_row_in_the_plans_reference(keys):
    told = set(re.findall(r"^\| `(\w+)` \|", (DOCS / "plan.md").read_text(), re.MULTILINE))
    assert set(keys.names) <= told


def test_no_key_is_told_that_there_is_not():
    known = {name for keys in SECTIONS for name in keys.names}
    text = (DOCS / "plan.md").read_text()
    tables = re.findall(r"^\| key[^|]* \| default .*\n(?:\|.*\n)+", text, re.MULTILINE)
    told = {it for table in tables for it in re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)}
    assert told <= known


@pytest.mark.parametrize("key", [pytest.param(it, id=it.name) for it in HEAD.keys if it.default])
def test_a_default_is_what_a_plan_has_without_the_key(tmp_path, key):
    file = tmp_path / "retable.toml"
    file.write_text(SMALLEST)
    without = load_plan(file)
    file.write_text(SMALLEST.replace('"a.db"\n[[', f'"a.db"\n{key.name} = {key.default}\n[['))
    with_it = load_plan(file)
    names = {"compat": "tables"}
    assert getattr(with_it, names.get(key.name, key.name)) == getattr(
        without, names.get(key.name, key.name)
    )
