"""CREATE statements as SQLite stores them, word by word."""

import pytest

from plan.stored import (
    names_its_columns,
    said_by,
    tables_read,
    timing,
    view_body,
    with_index_names,
    with_name,
    with_table,
    with_timing,
)


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("CREATE VIEW v AS SELECT a FROM t JOIN u, w", ["t", "u"]),
        ('CREATE VIEW v AS SELECT 1 FROM ( ( main . "my t" ))', ["my t"]),
        ("CREATE VIEW v AS SELECT ' FROM x' -- FROM y\nFROM [z z]", ["z z"]),
        ("CREATE VIEW v AS SELECT 1", []),
        ("CREATE VIEW v AS SELECT a from", []),
        ("CREATE VIEW v AS SELECT a /* FROM", []),
        ("CREATE VIEW v AS WITH q AS (SELECT 1 FROM `a``b`) SELECT * FROM q", ["a`b", "q"]),
    ],
)
def test_what_a_view_reads(sql, read):
    assert list(tables_read(sql)) == read


@pytest.mark.parametrize(
    ("sql", "renamed"),
    [
        ("CREATE VIEW v AS SELECT 1", 'CREATE VIEW "n" AS SELECT 1'),
        ("CREATE VIEW [v w](a) AS SELECT 1", 'CREATE VIEW "n"(a) AS SELECT 1'),
        ("CREATE UNIQUE INDEX 'i' ON t(x)", 'CREATE UNIQUE INDEX "n" ON t(x)'),
        ("CREATE TRIGGER index_ AFTER INSERT ON t", 'CREATE TRIGGER "n" AFTER INSERT ON t'),
    ],
)
def test_another_name(sql, renamed):
    assert with_name(sql, "n") == renamed


def test_a_name_is_quoted():
    assert with_name("CREATE VIEW v AS SELECT 1", 'a"b') == 'CREATE VIEW "a""b" AS SELECT 1'


@pytest.mark.parametrize(
    ("sql", "changed"),
    [
        ("… FROM t INDEXED BY i", '… FROM t INDEXED BY "j"'),
        ('… FROM t indexed /* x */ by "I" ', '… FROM t indexed /* x */ by "j" '),
        ("… FROM t INDEXED BY k", "… FROM t INDEXED BY k"),
        ("SELECT i FROM i NOT INDEXED ORDER BY i", "SELECT i FROM i NOT INDEXED ORDER BY i"),
        ("SELECT ' INDEXED BY i' -- INDEXED BY i", "SELECT ' INDEXED BY i' -- INDEXED BY i"),
    ],
)
def test_indexes_that_are_named(sql, changed):
    assert with_index_names(sql, {"i": "j"}) == changed


@pytest.mark.parametrize(
    ("start", "table", "rest"),
    [
        ("CREATE TRIGGER g AFTER INSERT ON ", "t", " BEGIN …"),
        ("CREATE TRIGGER g DELETE on main.", "[t]", " BEGIN …"),
        ('CREATE TRIGGER "on" UPDATE OF "on", b ON ', "t", " BEGIN SELECT 1 FROM a JOIN b ON 1"),
    ],
)
def test_a_trigger_on_another_table(start, table, rest):
    assert with_table(start + table + rest, "u") == f'{start}"u"{rest}'


def test_a_trigger_on_a_view_as_one_on_a_table_and_back():
    sql = "CREATE TRIGGER g Instead /* of */ OF INSERT ON v BEGIN SELECT 'INSTEAD OF'; END"
    after = "CREATE TRIGGER g AFTER INSERT ON v BEGIN SELECT 'INSTEAD OF'; END"
    assert timing(sql) == "Instead /* of */ OF"
    assert with_timing(sql, "AFTER") == after
    assert with_timing(after, timing(sql)) == sql


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("CREATE VIEW v AS SELECT A FROM t", 'CREATE VIEW w  AS select "a"\nFROM [T] -- x', True),
        ("CREATE VIEW v AS SELECT a FROM t", "CREATE VIEW v AS SELECT a FROM u", False),
        ("CREATE VIEW v AS SELECT a FROM t", "CREATE VIEW v AS SELECT 'a' FROM t", False),
        ("CREATE VIEW v AS SELECT 'a' FROM t", "CREATE VIEW v AS SELECT 'A' FROM t", False),
        ("CREATE VIEW v(a) AS SELECT a FROM t", "CREATE VIEW v AS SELECT a FROM t", False),
    ],
)
def test_whether_two_say_the_same(one, other, same):
    assert (said_by(one, {}) == said_by(other, {})) is same
    assert (said_by(one, {"t": "z"}) == said_by(other, {"t": "z"})) is same


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("CREATE VIEW v AS SELECT (1)", False),
        ("CREATE VIEW v(a) AS SELECT 1", True),
        ("CREATE VIEW v -- its columns:\n (a) AS SELECT 1", True),
    ],
)
def test_whether_columns_are_named(sql, named):
    assert names_its_columns(sql) is named


@pytest.mark.parametrize(
    ("sql", "body"),
    [
        ("CREATE VIEW v AS SELECT 1 AS a", "SELECT 1 AS a"),
        ("create temp view if not exists main.v (a, b) as\n SELECT 1", "SELECT 1"),
        ("CREATE TABLE v AS SELECT 1", None),
        ("CREATE VIEW v", None),
        ("DROP VIEW v", None),
    ],
)
def test_the_query_of_a_view(sql, body):
    assert view_body(sql) == body
