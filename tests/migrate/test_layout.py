"""Tables with CHECKs are copied as fast as others, and have their CHECKs back afterwards."""

import sqlite3
from contextlib import closing

import pytest

from migrate.steps.layout import unchecked


@pytest.mark.parametrize(
    ("sql", "without"),
    [
        ("CREATE TABLE t(a)", None),
        ("CREATE TABLE t(\"check\" INT, b DEFAULT 'check (1)' /* CHECK (b) */)", None),
        ("CREATE TABLE t(a CHECK (a > 0))", "CREATE TABLE t(a )"),
        ("CREATE TABLE t(a check(a in (1, (2))) NOT NULL, b)", "CREATE TABLE t(a  NOT NULL, b)"),
        ("CREATE TABLE t(a, b, CHECK (a > b))", "CREATE TABLE t(a, b )"),
        ("CREATE TABLE t(a, CHECK (a), UNIQUE (a))", "CREATE TABLE t(a , UNIQUE (a))"),
        ("CREATE TABLE t(a, UNIQUE (a) CHECK (a))", "CREATE TABLE t(a, UNIQUE (a) )"),
        (
            "CREATE TABLE t(a, CONSTRAINT [odd , )] CHECK (a) ON CONFLICT FAIL, CHECK (1))",
            "CREATE TABLE t(a      )",
        ),
        (
            "CREATE TABLE t(a CHECK (')' <> a) /* ) */ CHECK(1), b)",
            "CREATE TABLE t(a  /* ) */ , b)",
        ),
        ("CREATE TABLE t(a CHECK -- why (\n (a), b)", "CREATE TABLE t(a  -- why (\n , b)"),
        (
            "CREATE TABLE t(a TEXT CONSTRAINT c CHECK (a), b TEXT AS (a || ')') CHECK (b)) STRICT",
            "CREATE TABLE t(a TEXT , b TEXT AS (a || ')') ) STRICT",
        ),
    ],
)
def test_a_definition_without_its_checks(sql, without):
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(sql)
        columns = (
            "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo('t')"
        )
        before = database.execute(columns).fetchall()
        database.execute("DROP TABLE t")
        found = unchecked(sql)
        assert "".join((found or "").split()) == "".join((without or "").split())
        database.execute(found or sql)
        assert database.execute(columns).fetchall() == before


CHECKED = (
    "CREATE TABLE a(id INTEGER PRIMARY KEY, s TEXT CHECK (s IN ('on', 'off')), n INT,"
    " CONSTRAINT small CHECK (n < 10) /* as agreed */);"
    "CREATE INDEX by_s ON a(s) WHERE n > 1;"
    "INSERT INTO a VALUES (1, 'on', 1), (5, 'off', 2);"
)


def test_a_table_with_checks(world):
    world.make("main.db", "CREATE TABLE m(x)")
    world.make("side.db", CHECKED)
    plan = world.plan("main.db: m -> shop_m", "side.db: a -> shop_a")
    report = world.migrate(plan)
    assert 'INSERT INTO main."shop_a" SELECT * FROM "source_1"."a"' in {s.sql for s in report.steps}
    assert world.rows("main.db", "SELECT * FROM shop_a") == [(1, "on", 1), (5, "off", 2)]
    for row in ("(6, 'ON', 1)", "(6, 'on', 10)"):
        with pytest.raises(sqlite3.IntegrityError, match="CHECK constraint failed"):
            world.rows("main.db", f"INSERT INTO shop_a VALUES {row}")
    assert world.schema("main.db")["table shop_a"] == (
        "CREATE TABLE \"shop_a\"(id INTEGER PRIMARY KEY, s TEXT CHECK (s IN ('on', 'off')), n INT,"
        " CONSTRAINT small CHECK (n < 10) /* as agreed */)"
    )
