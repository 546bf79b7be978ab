"""Which tables a virtual table keeps its rows in, and which only look like it."""

import pytest

from migrate.errors import SurveyError
from migrate.proof.verify import verify

MAIN = "CREATE TABLE m(id INTEGER PRIMARY KEY); INSERT INTO m VALUES (1)"
TWO = (
    "CREATE VIRTUAL TABLE docs USING fts5(body); INSERT INTO docs VALUES ('one');"
    "CREATE VIRTUAL TABLE docs_old USING fts5(body); INSERT INTO docs_old VALUES ('two')"
)
LOOKS_LIKE_IT = (
    "CREATE VIRTUAL TABLE docs USING fts4(body); INSERT INTO docs VALUES ('one');"
    "CREATE TABLE docs_data(x); INSERT INTO docs_data VALUES (1), (2);"
    "CREATE TABLE docs_node(x)"
)
TEXT_ELSEWHERE = (
    "CREATE TABLE docs_content(id INTEGER PRIMARY KEY, body);"
    "INSERT INTO docs_content VALUES (1, 'one');"
    "CREATE VIRTUAL TABLE docs USING fts5(body, content='docs_content', content_rowid='id');"
    "INSERT INTO docs(docs) VALUES ('rebuild')"
)


@pytest.mark.parametrize("at", ["main.db", "side.db"])
@pytest.mark.parametrize(
    ("script", "tables", "found"),
    [
        pytest.param(
            TWO,
            ("docs -> a", "docs_old -> b"),
            {"SELECT * FROM a WHERE a MATCH 'one'": "one", "SELECT * FROM b('two')": "two"},
            id="a name that begins with another's",
        ),
        pytest.param(
            LOOKS_LIKE_IT,
            ("docs -> a", "docs_data -> b", "docs_node -> c"),
            {"SELECT * FROM a WHERE a MATCH 'one'": "one", "SELECT sum(x) FROM b": 3},
            id="tables that another module would make",
        ),
        pytest.param(
            TEXT_ELSEWHERE,
            ("docs -> a", "docs_content -> b"),
            {"SELECT * FROM a WHERE a MATCH 'one'": "one", "SELECT body FROM b": "one"},
            id="text in a table of that name",
        ),
    ],
)
def test_each_goes_with_its_own(world, at, script, tables, found):
    other = "side.db" if at == "main.db" else "main.db"
    world.make(at, script)
    world.make(other, MAIN)
    plan = world.plan(*(f"{at}: {table}" for table in tables), f"{other}: m")
    world.migrate(plan)
    assert verify(plan).holds
    assert {sql: world.rows("main.db", sql)[0][0] for sql in found} == found


@pytest.mark.parametrize(
    "module",
    [
        "fts5(body)",
        "fts5(body, columnsize=0)",
        "fts5(body, content='')",
        "fts5(body, content='', columnsize=0)",
        "fts4(body)",
        "fts4(body, content='')",
        "fts3(body)",
    ],
)
def test_a_full_text_table_is_not_called_empty(world, module):
    world.make("main.db", MAIN)
    text = f"CREATE VIRTUAL TABLE docs USING {module};"
    world.make("side.db", f"{text} INSERT INTO docs(rowid, body) VALUES (1, 'keep me')")
    skip = '[[skip]]\ntable = "docs"\nin = "side.db"\n[[database]]\npath = "side.db"\n'
    plan = world.plan("main.db: m", extra=skip + 'action = "merge"')
    before = world.everything()
    with pytest.raises(SurveyError) as refused:
        world.migrate(plan)
    assert str(refused.value) == (
        "skip[1]: side.db: 'docs' is claimed empty and has 1 row"
        " (carry it over, or claim that it is unwanted)"
    )
    assert world.everything() == before


def test_an_empty_one_may_be_skipped(world):
    world.make("main.db", MAIN)
    world.make("side.db", "CREATE VIRTUAL TABLE docs USING fts5(body); CREATE TABLE t(x)")
    skip = '[[skip]]\ntable = "docs"\nin = "side.db"'
    world.migrate(world.plan("main.db: m", "side.db: t", extra=skip))
    assert world.rows("main.db", "SELECT name FROM sqlite_schema WHERE name LIKE 'docs%'") == []


def test_a_plan_that_names_one_is_refused(world):
    world.make("main.db", MAIN)
    world.make("side.db", TWO)
    plan = world.plan(
        "main.db: m", "side.db: docs", "side.db: docs_old", "side.db: docs_content -> text"
    )
    with pytest.raises(SurveyError) as refused:
        world.migrate(plan)
    assert str(refused.value) == (
        "domain[1].table[4]: side.db: 'docs_content' is where a virtual table keeps its rows"
        " (leave this out: it goes with that table)"
    )
