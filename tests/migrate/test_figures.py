"""What ANALYZE has counted comes along, under the new names of tables and indexes."""

import sqlite3
from contextlib import closing

import apsw
import pytest

from migrate.phases import ALL

FILLED = (
    "CREATE TABLE {0}(id INTEGER PRIMARY KEY, x UNIQUE, y); CREATE INDEX by_y ON {0}(y);"
    "CREATE TABLE {1}(k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE INDEX {1}_v ON {1}(v);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {2})"
    " INSERT INTO {0} SELECT i, i, i % 3 FROM n;"
    "INSERT INTO {1} SELECT id, y FROM {0};"
)


def analyzed(file):
    """Count with the SQLite that keeps samples, too (sqlite_stat4)."""
    with closing(apsw.Connection(str(file))) as database:
        database.execute("ANALYZE")


def figures(world, path):
    with closing(apsw.Connection(str(world.root / path))) as database:
        return {
            table: sorted(database.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in ("sqlite_stat1", "sqlite_stat4")
        }


@pytest.mark.parametrize("target", ["analyzed", "not analyzed", "none"])
@pytest.mark.parametrize("phases", [(None,), ALL], ids=["at once", "phase by phase"])
def test_they_are_those_that_analyze_would_count_there(world, target, phases):
    lines = ["side.db: t -> b", "side.db: w -> shop_w"]
    if target != "none":
        analyzed(world.make("main.db", FILLED.format("b", "c", 30)))
        if target == "not analyzed":
            with world.open("main.db") as database:
                database.execute("DROP TABLE sqlite_stat1")
                database.execute("DROP TABLE sqlite_stat4")
        lines += ["main.db: b -> c", "main.db: c -> shop_c"]
    analyzed(world.make("side.db", FILLED.format("t", "w", 60)))
    plan = world.plan(*lines)
    for phase in phases:
        world.migrate(plan, phase=phase)
    found = figures(world, "main.db")
    names = {row[0] for rows in found.values() for row in rows}
    assert names == {"b", "shop_w"} | ({"c", "shop_c"} if target == "analyzed" else set())
    assert {"sqlite_autoindex_b_1", "shop_w"} <= {row[1] for row in found["sqlite_stat1"]}
    if target != "not analyzed":
        with world.open("main.db") as database:
            database.execute("DROP TABLE retable_catalog")
            database.execute("DROP TABLE retable_journal")
        analyzed(world.root / "main.db")
        assert figures(world, "main.db") == found


def test_rows_that_join_others_bring_none(world):
    analyzed(world.make("main.db", FILLED.format("t", "w", 30)))
    analyzed(world.make("side.db", FILLED.format("t", "w", 60)))
    kept = figures(world, "main.db")["sqlite_stat1"]
    world.migrate(
        world.plan(
            "main.db: t",
            "main.db: w",
            'side.db: t -> t, merge = "keep-target"',
            'side.db: w -> w, merge = "keep-target"',
        )
    )
    assert figures(world, "main.db")["sqlite_stat1"] == kept


def test_a_query_is_planned_as_before(world):
    """The index with few values would be taken if nothing were known of it."""
    script = (
        "CREATE TABLE t(a, b, c); CREATE INDEX few ON t(a); CREATE INDEX many ON t(b);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
        " INSERT INTO t SELECT 1, i, i FROM n; ANALYZE"
    )
    world.make("side.db", script)
    world.migrate(world.plan("side.db: t -> shop_t"))
    with closing(sqlite3.connect(world.root / "main.db")) as database:
        plan = database.execute("EXPLAIN QUERY PLAN SELECT c FROM shop_t WHERE a = 1 AND b = 2")
        assert "USING INDEX many" in plan.fetchone()[3]


def test_tables_in_which_full_text_keeps_its_rows(world):
    text = "CREATE VIRTUAL TABLE {0} USING fts5(t); INSERT INTO {0} VALUES ('a'), ('b');"
    analyzed(world.make("main.db", text.format("mine")))
    analyzed(world.make("side.db", text.format("theirs")))
    world.migrate(world.plan("main.db: mine -> shop_mine", "side.db: theirs -> shop_theirs"))
    names = {row[0] for row in figures(world, "main.db")["sqlite_stat1"]}
    assert {"shop_mine_data", "shop_theirs_data"} <= names
    assert not any(name.startswith(("mine", "theirs")) for name in names)
