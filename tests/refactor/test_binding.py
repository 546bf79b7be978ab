"""Which table a name means: by the schema that fits, the connection, or the plan's own word."""

from dataclasses import replace
from pathlib import PurePosixPath

import pytest

from plan.schema import SchemaObject
from refactor.databases.weighing import Place
from refactor.python.outline import Scope
from refactor.references import Reason

LINES = """
data/a.db: note (id, agent, text) -> note_a
data/b.db: note (id, kind, title) -> note_b
data/a.db: only (id) -> only_a
data/k.db: kept (id, k) keep
data/a.db: kept (id, a) -> moved
data/s.db: gone (id, g) skip
data/a.db: gone (id, a) -> went
bind bound/*.py to data/b.db
"""
OPENS_A = "def f():\n    connect('data/a.db')\n"
OPENS_BOTH = "def f():\n    connect('data/a.db')\n    connect('data/b.db')\n"
OPENS_OTHER = "def f():\n    connect('cache.db')\n"


def decide(project, name, sql, code="", *, file="case.py", schemas=True, declares=False):
    files = {file: f"{code}\nx = 'SELECT * FROM note'\n"}
    searcher = project(files, LINES, schemas=schemas).searcher()
    place = Place(PurePosixPath(file), Scope("", "f"))
    return searcher.evidence.binder.decide(name, sql, place, declares=declares)


@pytest.mark.parametrize(
    ("sql", "code", "new", "reasons"),
    [
        pytest.param("SELECT * FROM only", "", "only_a", ["compiles"], id="one meaning"),
        pytest.param("SELECT agent FROM note", "", "note_a", ["compiles"], id="columns"),
        pytest.param("SELECT title FROM NOTE", "", "note_b", ["compiles"], id="in capitals"),
        pytest.param(
            "SELECT id FROM note", OPENS_A, "note_a", ["compiles", "connection"], id="connection"
        ),
        pytest.param(
            "SELECT title FROM note", OPENS_BOTH, "note_b", ["compiles", "connection"], id="both"
        ),
        pytest.param(
            "PRAGMA table_info(note)", OPENS_A, "note_a", ["connection"], id="nothing to compile"
        ),
    ],
)
def test_decided(project, sql, code, new, reasons):
    name = "only" if "only" in sql else "note"
    decision = decide(project, name, sql, code)
    assert decision.question is None
    assert decision.meanings[0].new == new
    assert [it.reason.value for it in decision.evidence] == reasons


@pytest.mark.parametrize(
    ("sql", "code", "question"),
    [
        pytest.param(
            "SELECT id FROM note",
            "",
            "is this note of data/a.db (now note_a) or note of data/b.db (now note_b)?",
            id="nothing tells",
        ),
        pytest.param(
            "SELECT title FROM note",
            OPENS_A,
            "its function opens data/a.db, but the statement fits data/b.db: which is meant?",
            id="schema and connection disagree",
        ),
        pytest.param(
            "SELECT title FROM note",
            OPENS_OTHER,
            "its function opens cache.db, which the plan does not name: is this its own table, or"
            " that of data/b.db?",
            id="a database that the plan does not name",
        ),
        pytest.param(
            "SELECT g FROM gone",
            "",
            "only gone of data/s.db fits this statement, and the plan leaves that table behind:"
            " what should it use instead?",
            id="left behind",
        ),
    ],
)
def test_asked(project, sql, code, question):
    decision = decide(project, "gone" if "gone" in sql else "note", sql, code)
    assert decision.question == question
    assert decision.mend


def test_the_answer_to_an_open_question_is_a_line_for_the_plan(project):
    decision = decide(project, "note", "SELECT id FROM note")
    assert "[[code.binding]]" in decision.mend
    assert "case.py" in decision.mend
    assert {it.database for it in decision.meanings} == {"data/a.db", "data/b.db"}


@pytest.mark.parametrize(
    ("plan", "file", "both"),
    [
        pytest.param("", "case.py", "write the others' new names by hand", id="both change"),
        pytest.param("", "case.json", "write the others' new names by hand", id="no comments"),
        pytest.param(
            "data/k.db: note (id) keep",
            "case.py",
            "write the others' new names by hand; those of data/k.db: a comment on their lines,"
            " retable: ignore[table-name]",
            id="two change, one stays",
        ),
    ],
)
def test_where_a_file_talks_to_several_the_answer_says_what_becomes_of_the_others(
    project, plan, file, both
):
    searcher = project({"case.py": "x = 'SELECT * FROM note'\n"}, f"{LINES}{plan}\n").searcher()
    place = Place(PurePosixPath(file), Scope())
    decision = searcher.evidence.binder.decide("note", "SELECT id FROM note", place)
    assert decision.mend.endswith(f"\n# where the file talks to both: {both}")


def test_where_only_one_name_changes_a_comment_leaves_the_others(project):
    searcher = project({"case.py": "x = 'SELECT * FROM kept'\n"}, LINES).searcher()
    place = Place(PurePosixPath("case.py"), Scope())
    decision = searcher.evidence.binder.decide("kept", "SELECT id FROM kept", place)
    assert decision.mend.endswith(
        "\n# where the file talks to both: those of data/k.db: a comment on their lines,"
        " retable: ignore[table-name]"
    )


def test_code_of_another_database_is_bound_to_one_that_is_kept(project):
    decision = decide(project, "note", "SELECT title FROM note", OPENS_OTHER)
    assert decision.mend.endswith(
        '\n# if none here is: a [[database]] of its own, action = "keep", bound to these paths'
    )
    plan = f"{LINES}data/cache.db: note (id, title) keep\nbind case.py to data/cache.db\n"
    searcher = project({"case.py": f"{OPENS_OTHER}\nx = 'SELECT * FROM note'\n"}, plan).searcher()
    place = Place(PurePosixPath("case.py"), Scope("", "f"))
    assert searcher.evidence.binder.decide("note", "SELECT title FROM note", place).stays


def test_where_schema_and_connection_disagree_both_databases_stay_open(project):
    decision = decide(project, "note", "SELECT title FROM note", OPENS_A)
    assert {it.database for it in decision.meanings} == {"data/a.db", "data/b.db"}


def test_the_plan_outweighs_what_is_opened_around(project):
    decision = decide(project, "note", "SELECT id FROM note", OPENS_A, file="bound/x.py")
    assert decision.meanings[0].new == "note_b"
    assert [it.reason for it in decision.evidence] == [Reason.PLAN]


def test_columns_outweigh_what_the_plan_says_of_a_file(project):
    decision = decide(project, "note", "SELECT agent FROM note", OPENS_A, file="bound/x.py")
    assert decision.meanings[0].new == "note_a"
    assert decision.question is None


@pytest.mark.parametrize(
    ("sql", "stays"), [("SELECT k FROM kept", True), ("SELECT a FROM kept", False)]
)
def test_a_table_of_a_database_that_is_kept(project, sql, stays):
    decision = decide(project, "kept", sql)
    assert decision.question is None
    assert decision.stays is stays


@pytest.mark.parametrize(
    ("sql", "new"),
    [
        ("CREATE TABLE note (id, agent)", "note_a"),
        ("CREATE TABLE IF NOT EXISTS note (id, kind, title)", "note_b"),
    ],
)
def test_a_table_that_is_created_is_known_by_its_columns(project, sql, new):
    assert decide(project, "note", sql, declares=True).meanings[0].new == new


def test_without_schemas_the_connection_decides(project):
    decision = decide(project, "note", "SELECT title FROM note", OPENS_A, schemas=False)
    assert decision.meanings[0].new == "note_a"
    assert decide(project, "only", "SELECT 1 FROM only", schemas=False).question is None


@pytest.mark.parametrize(
    ("file", "sql", "question"),
    [
        pytest.param("bound/x.py", "SELECT id FROM only", None, id="the plan says the view"),
        pytest.param("case.py", "SELECT k FROM only", None, id="only the view fits"),
        pytest.param(
            "case.py",
            "SELECT id FROM only",
            "is this only of data/a.db (now only_a) or only of data/b.db (now only)?",
            id="nothing tells",
        ),
    ],
)
def test_a_view_of_one_database_and_a_table_of_another(project, file, sql, question):
    made = project({file: "x = 'SELECT * FROM only'\n"}, LINES)
    view = SchemaObject(
        "view", "only", "only", "CREATE VIEW only AS SELECT id, kind AS k FROM note"
    )
    schemas = tuple(
        replace(it, objects=(*it.objects, view)) if it.path == "data/b.db" else it
        for it in made.schemas
    )
    searcher = replace(made, schemas=schemas).searcher()
    decision = searcher.evidence.binder.decide(
        "only", sql, Place(PurePosixPath(file), Scope("", "f"))
    )
    assert decision.question == question
    assert decision.stays is (question is None)


def test_a_script_of_a_thousand_statements_is_judged_once(project):
    rows = "".join(f"INSERT INTO note (id) VALUES ({number});\n" for number in range(1_500))
    made = project({"dump.sql": f"SELECT id FROM only;\n{rows}"}, LINES)
    found, _ = made.changes(partial=True)
    assert {it.new for it in found.references} == {"only_a", "note_a"}
    assert len(found.references) == 1_501
