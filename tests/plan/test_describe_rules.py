"""Descriptions and columns with names, in the plan alone."""

import pytest

from plan.load import load_plan
from plan.model import Description, NamesWithin, Wanted

TABLES = """\
[[domain]]
name = "shop"
table = [
  { from = "bugs", in = "data/main.db", to = "shop_bug", about = "Faults" },
  { from = "audit", in = "data/side.db", to = "shop_audit" },
]

[[skip]]
table = "old"
in = "data/side.db"
"""


def test_what_a_plan_says_for_people_becomes_facts(tmp_path, good):
    file = tmp_path / "retable.toml"
    file.write_text(
        good.replace("[plan]", '[plan]\ndescriptions = "columns"')
        + TABLES
        + '[describe.shop_bug]\ncolumns = { id = "The key", "a b" = "" }\n'
        '[describe."open bugs"]\nabout = "A view"\ndomain = "shop"\n'
        '[[names]]\nin = "data/side.db"\ntable = "audit"\ncolumn = "entity"\n'
    )
    plan = load_plan(file)
    assert plan.descriptions is Wanted.COLUMNS
    assert plan.described == (
        Description("shop_bug", columns=(("id", "The key"), ("a b", "")), key="describe.shop_bug"),
        Description("open bugs", "A view", "shop", key="describe.'open bugs'"),
    )
    assert plan.names == (NamesWithin("data/side.db", "audit", ("entity",), "names[1]"),)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param(
            '[describe.shop_bug]\nabout = "Others"',
            "describe.shop_bug.about: 'shop_bug' is already described at domain[1].table[1].about"
            " (keep one of the two)",
            id="a table that its line describes",
        ),
        pytest.param(
            '[describe.shop_audit]\nabout = "x"\n[describe.Shop_Audit]\nabout = "y"',
            "describe.Shop_Audit: is already described at describe.shop_audit"
            " (keep one of the two)",
            id="one twice",
        ),
        pytest.param(
            '[describe.shop_audit]\ncolumns = { a = "x", A = "y" }',
            "describe.shop_audit.columns: 'A' is there twice: SQLite ignores case"
            " (keep one of the two)",
            id="a column twice",
        ),
        pytest.param(
            '[describe.shop_audit]\ndomain = "shop"',
            "describe.shop_audit.domain: 'shop_audit' has its domain where its line stands,"
            " domain[1].table[2] (leave domain out)",
            id="another domain",
        ),
        pytest.param(
            '[describe.v]\ndomain = "shops"',
            "describe.v.domain: 'shops' is no domain of the plan (did you mean 'shop'?)",
            id="no domain",
        ),
        pytest.param(
            'describe = "x"',
            "describe: is 'x', not sections by name (write [describe.name], in single brackets)",
            id="no section",
        ),
        pytest.param(
            '[describe.v]\ncolumns = ["a"]\nabout = "a\\u0000b"\nabuot = ""',
            "describe.v.abuot: unknown key (known here: about, domain, columns)\n"
            "describe.v.about: holds a NUL character (leave it out)\n"
            'describe.v.columns: is a list, not texts (write { name = "…", … })',
            id="values of the wrong kind",
        ),
        pytest.param(
            '[[names]]\nin = "data/side.db"\ntable = "old"\ncolumn = "a"',
            "names[1] (old in data/side.db).table: 'old' of 'data/side.db' is skipped"
            " (leave this entry out, or plan that table)",
            id="names in a table that is skipped",
        ),
        pytest.param(
            '[[names]]\nin = "data/main.db"\ntable = "audit"\ncolumn = "a"',
            "names[1] (audit in data/main.db).table: 'audit' of 'data/main.db' is in no domain"
            " (leave this entry out, or plan that table)",
            id="names in a table that nobody planned",
        ),
        pytest.param(
            '[[names]]\nin = "data/kept.db"\ntable = "audit"\ncolumn = "a"',
            "names[1] (audit in data/kept.db).in: 'data/kept.db' is kept as it is, so its tables"
            ' are not planned one by one (leave this out, or give the database action = "merge")',
            id="names in a database that is kept",
        ),
        pytest.param(
            '[[names]]\nin = "data/side.db"\ntable = "audit"\ncolumn = ["a", "A"]',
            "names[1] (audit in data/side.db).column: 'a' is already named at names[1]"
            " (keep one of the two)",
            id="a column with names twice",
        ),
        pytest.param(
            '[[names]]\nin = "data/side.db"\ntable = "audit"',
            'names[1] (audit in data/side.db).column: is missing (add column = "…")',
            id="no column",
        ),
    ],
)
def test_what_breaks_a_rule(said, good, more, says):
    first = more.startswith("describe =")
    text = f"{more}\n{good}{TABLES}" if first else f"{good}{TABLES}{more}\n"
    assert "\n".join(said(text)) == "\n".join(f"retable.toml: {line}" for line in says.splitlines())


def test_one_of_three_words_says_what_must_be_described(said, good):
    assert said(good.replace("[plan]", '[plan]\ndescriptions = "all"')) == [
        (
            "retable.toml: plan.descriptions: 'all' is not known"
            ' (use "tables", "columns" or "optional")'
        )
    ]
