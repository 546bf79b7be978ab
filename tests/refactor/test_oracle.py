"""What SQLite says of statements, on schemas and in templates that are not as one would like."""

import pytest

from plan.schema import DatabaseSchema, SchemaObject
from refactor.oracle import Oracle, Verdict

COUNTS = 'CREATE TRIGGER tr AFTER INSERT ON old BEGIN UPDATE t SET x = x + 1 WHERE id = "n"; END'


@pytest.fixture
def oracle(project):
    plan = project({"case.py": ""}).plan
    schema = DatabaseSchema(
        "data/old.db",
        (
            SchemaObject("table", "old", "old", "CREATE TABLE old (id, x)"),
            SchemaObject("table", "t", "t", "CREATE TABLE t (id, x)"),
            SchemaObject("trigger", "tr", "old", COUNTS),
        ),
    )
    return Oracle(plan, (schema,))


def today(oracle, sql):
    return oracle.today(sql, "data/old.db").verdict


def test_a_trigger_with_text_in_double_quotes_keeps_nothing_from_compiling(oracle):
    assert today(oracle, "INSERT INTO old VALUES (?, 1)") is Verdict.COMPILES
    assert oracle.tomorrow("INSERT INTO new_t VALUES (?, 1)").verdict is Verdict.COMPILES
    assert oracle.tomorrow("SELECT x FROM old").verdict is Verdict.NO_TABLE


def test_a_misspelled_column_in_double_quotes_is_none(oracle):
    assert today(oracle, 'SELECT "nope" FROM old') is Verdict.NO_COLUMN


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE old SET %s WHERE id = ?",
        "SELECT x FROM old WHERE id = %s",
        "SELECT x FROM old %(where)s",
        "SELECT x FROM old {limit}",
    ],
)
def test_a_template_compiles_as_what_it_may_become(oracle, sql):
    assert today(oracle, sql) is Verdict.COMPILES
