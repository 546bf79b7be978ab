"""Views that get another name, named in code as tables are."""

import pytest

from plan.load import load_plan
from plan.schema import DatabaseSchema, SchemaObject
from refactor.patches.changes import changes_for
from refactor.proof.oracle import Oracle, Verdict
from refactor.search import Searcher

TARGET, SIDE = "data/target.db", "data/side.db"
LINES = f"{TARGET}: one (id, x) -> all_one\n{SIDE}: two (id, y) -> all_two\n"
NAMED = f'\n[[object]]\nname = "lonely"\nin = "{SIDE}"\nto = "all_lonely"\n'
TRIGGER = (
    "CREATE TRIGGER g INSTEAD OF INSERT ON active BEGIN"
    " INSERT INTO {} VALUES (NEW.id, (SELECT max(id) FROM active)); END"
)


def objects(path, table, column):
    sql = (
        ("table", table, f"CREATE TABLE {table} (id, {column})"),
        ("view", "active", f"CREATE VIEW active AS SELECT id, {table}.{column} FROM {table}"),
        ("view", "over", "CREATE VIEW over AS SELECT active.id AS n FROM active"),
        ("view", "bad", "CREATE VIEW bad AS SELECT * FROM gone"),
        ("trigger", "g", TRIGGER.format(table)),
    )
    return DatabaseSchema(path, tuple(SchemaObject(k, n, _of(k, n), s) for k, n, s in sql))


def _of(kind, name):
    return "active" if kind == "trigger" else name


SCHEMAS = (
    objects(TARGET, "one", "x"),
    DatabaseSchema(
        SIDE,
        (
            *objects(SIDE, "two", "y").objects,
            SchemaObject("view", "lonely", "lonely", "CREATE VIEW lonely AS SELECT y FROM two"),
        ),
    ),
)


@pytest.fixture
def plan(project):
    file = project({}, LINES).plan.file
    file.write_text(file.read_text() + NAMED)
    return load_plan(file)


def rewritten(plan, code):
    (plan.root / "app.py").write_text(code)
    searcher = Searcher(plan, SCHEMAS)
    found = searcher.search()
    changes = changes_for(found, searcher)
    after = next((file.after.decode() for file in changes.rewritten), code)
    return after, [it.question for it in changes.review], changes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("SELECT y FROM lonely", "SELECT y FROM all_lonely", id="by the plan"),
        pytest.param("SELECT y FROM active", "SELECT y FROM all_active", id="by the rule"),
        pytest.param("SELECT x FROM active", "SELECT x FROM active", id="the target's own"),
        pytest.param(
            "SELECT active.y FROM main.active JOIN two USING (id)",
            "SELECT all_active.y FROM main.all_active JOIN all_two USING (id)",
            id="qualified, with a table",
        ),
        pytest.param(
            "INSERT INTO active (id, y) VALUES (1, 2)",
            "INSERT INTO all_active (id, y) VALUES (1, 2)",
            id="through its trigger",
        ),
        pytest.param(
            "CREATE VIEW IF NOT EXISTS lonely AS SELECT y FROM two",
            "CREATE VIEW IF NOT EXISTS all_lonely AS SELECT y FROM all_two",
            id="created, if it is not there",
        ),
        pytest.param(
            "CREATE VIEW active(id, y) AS SELECT id, y FROM two",
            "CREATE VIEW all_active(id, y) AS SELECT id, y FROM all_two",
            id="created: the query says which it is",
        ),
        pytest.param("DROP VIEW lonely", "DROP VIEW all_lonely", id="dropped"),
        pytest.param("SELECT lonely FROM t AS lonely", "SELECT lonely FROM t AS lonely", id="none"),
    ],
)
def test_a_view_is_renamed_in_code(plan, before, after):
    code = 'import sqlite3\n\n\ndef run(db):\n    db.execute("{}")\n'
    text, questions, _ = rewritten(plan, code.format(before))
    assert (text, questions) == (code.format(after), [])
    again, _, _ = rewritten(plan, text)
    assert again == text


def test_what_fits_both_views_is_asked(plan):
    code = 'def run(db):\n    db.execute("SELECT id FROM active")\n'
    text, questions, _ = rewritten(plan, code)
    assert text == code
    assert questions == [
        f"is this active of {TARGET} (now active) or active of {SIDE} (now all_active)?"
    ]


def test_its_references_go_with_its_domain(plan):
    code = 'def run(db):\n    db.execute("SELECT y FROM lonely")\n'
    _, _, changes = rewritten(plan, code)
    assert changes.domains[SIDE, "lonely"] == "all"
    assert [it.new for it in changes.edited] == ["all_lonely"]


@pytest.mark.parametrize(
    ("sql", "verdict"),
    [
        ("SELECT id, y FROM all_active", Verdict.COMPILES),
        ("SELECT id, x FROM active", Verdict.COMPILES),
        ("SELECT y FROM active", Verdict.NO_COLUMN),
        ("SELECT n FROM over", Verdict.COMPILES),
        ("SELECT n FROM all_over", Verdict.COMPILES),
        ("INSERT INTO all_active VALUES (1, 2)", Verdict.COMPILES),
        ("INSERT INTO active VALUES (1, 2)", Verdict.COMPILES),
        ("SELECT * FROM lonely", Verdict.NO_TABLE),
    ],
)
def test_tomorrow_knows_views_by_their_new_names(plan, sql, verdict):
    """In spite of the broken views, which would keep SQLite from renaming anything."""
    assert Oracle(plan, SCHEMAS).tomorrow(sql).verdict is verdict
