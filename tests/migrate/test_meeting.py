"""Rows that meet rows: what each rule keeps, and that nothing is lost."""

import pytest

from migrate.database.schema import objects_of, tables_of
from migrate.database.sqlite import open_scratch
from migrate.errors import SurveyError
from migrate.steps.meeting import keys_of, meets

KEYED = "CREATE TABLE t(k TEXT PRIMARY KEY, v); INSERT INTO t VALUES "
MAIN = KEYED + "('a', 1), ('b', 2.0), ('c', 'same')"
SIDE = KEYED + "('b', x'00ff'), ('c', 'same'), ('d', 4), (NULL, 5)"


def rejects(world):
    return world.rows(
        "main.db",
        'SELECT source, name, reason, "row", "column", quote(value)  FROM retable_rejects'
        " ORDER BY 1, 2, 4, 5",
    )


def test_keep_target(world):
    world.make("main.db", MAIN)
    world.make("side.db", SIDE)
    report = world.migrate(
        world.plan("main.db: t -> shop_t", 'side.db: t -> shop_t, merge = "keep-target"')
    )
    assert world.rows("main.db", "SELECT k, quote(v) FROM shop_t ORDER BY rowid") == [
        ("a", "1"),
        ("b", "2.0"),
        ("c", "'same'"),
        ("d", "4"),
        (None, "5"),
    ]
    assert rejects(world) == [
        ("side.db", "t", "the target's row was kept", 1, "k", "'b'"),
        ("side.db", "t", "the target's row was kept", 1, "v", "X'00FF'"),
        ("side.db", "t", "identical", 2, "k", "'c'"),
        ("side.db", "t", "identical", 2, "v", "'same'"),
    ]
    assert [(r.reason, r.rows) for r in report.rejects] == [
        ("identical", 1),
        ("the target's row was kept", 1),
    ]
    assert [(p.rows, p.equal, p.rejected) for p in report.proofs] == [(3, 3, 0), (4, 2, 2)]


def test_keep_source(world):
    world.make("main.db", MAIN)
    world.make("side.db", SIDE)
    report = world.migrate(
        world.plan("main.db: t -> shop_t", 'side.db: t -> shop_t, merge = "keep-source"')
    )
    assert world.rows("main.db", "SELECT k, quote(v) FROM shop_t ORDER BY k") == [
        (None, "5"),
        ("a", "1"),
        ("b", "X'00FF'"),
        ("c", "'same'"),
        ("d", "4"),
    ]
    assert [row[:3] for row in rejects(world)] == [
        ("main.db", "shop_t", "the source's row took its place"),
    ] * 2 + [("main.db", "shop_t", "identical")] * 2
    assert [(p.rows, p.equal, p.rejected) for p in report.proofs] == [(3, 1, 2), (4, 4, 0)]


def test_append_gives_new_rowids(world):
    script = "CREATE TABLE t(v); INSERT INTO t(rowid, v) VALUES "
    world.make("main.db", script + "(1, 'a'), (9, 'b')")
    world.make("side.db", script + "(-4, 'c'), (9, 'b')")
    world.make("third.db", script + "(1, 'd')")
    report = world.migrate(
        world.plan(
            "main.db: t -> shop_t",
            'side.db: t -> shop_t, merge = "append"',
            'third.db: t -> shop_t, merge = "append"',
        )
    )
    assert [row[0] for row in world.rows("main.db", "SELECT v FROM shop_t ORDER BY rowid")] == [
        "a",
        "b",
        "c",
        "b",
        "d",
    ]
    assert sum(p.equal for p in report.proofs) == 5


def test_ids_that_are_apart_can_be_appended(world):
    script = "CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES "
    world.make("main.db", script + "(1, 'a'), (2, 'b')")
    world.make("side.db", script + "(3, 'c')")
    world.migrate(world.plan("main.db: t -> shop_t", 'side.db: t -> shop_t, merge = "append"'))
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(1, "a"), (2, "b"), (3, "c")]


def test_a_key_that_compares_without_case(world):
    script = "CREATE TABLE t(k TEXT COLLATE NOCASE, v, UNIQUE (k)); INSERT INTO t VALUES "
    world.make("main.db", script + "('a', 1)")
    world.make("side.db", script + "('A', 1), ('B', 2)")
    world.migrate(world.plan("main.db: t -> shop_t", 'side.db: t -> shop_t, merge = "keep-target"'))
    assert world.rows("main.db", "SELECT * FROM shop_t") == [("a", 1), ("B", 2)]
    assert rejects(world)[0][2] == "the target's row was kept"


@pytest.mark.parametrize("rule", ["keep-target", "keep-source"])
def test_tables_without_rowid(world, rule):
    script = "CREATE TABLE t(a, b, v, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO t VALUES "
    world.make("main.db", script + "(1, 1, 'x'), (2, 1, 'y')")
    world.make("side.db", script + "(2, 1, 'z'), (3, 1, 'w')")
    report = world.migrate(
        world.plan("main.db: t -> shop_t", f'side.db: t -> shop_t, merge = "{rule}"')
    )
    kept = "y" if rule == "keep-target" else "z"
    assert world.rows("main.db", "SELECT v FROM shop_t ORDER BY a") == [("x",), (kept,), ("w",)]
    assert sum(p.rejected for p in report.proofs) == 1


def test_triggers_do_not_fire_when_rows_join(world):
    world.make(
        "main.db",
        "CREATE TABLE t(k PRIMARY KEY); CREATE TABLE log(x);"
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.k); END;",
    )
    world.make(
        "side.db",
        "CREATE TABLE t(k PRIMARY KEY); CREATE INDEX lost ON t(k); INSERT INTO t VALUES (1)",
    )
    report = world.migrate(
        world.plan(
            "main.db: t -> shop_t",
            "main.db: log -> shop_log",
            'side.db: t -> shop_t, merge = "keep-target"',
        )
    )
    assert world.rows("main.db", "SELECT * FROM shop_log") == []
    assert report.left == ("index lost of side.db: its table joins shop_t",)


def test_sequences_of_tables_that_meet(world):
    script = "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, v); INSERT INTO t VALUES "
    world.make("main.db", script + "(1, 'a')")
    world.make("side.db", script + "(70, 'b'), (80, 'c'); DELETE FROM t WHERE id = 80")
    world.migrate(world.plan("main.db: t -> shop_t", 'side.db: t -> shop_t, merge = "append"'))
    assert world.rows("main.db", "SELECT seq FROM sqlite_sequence") == [(80,)]


@pytest.mark.parametrize(
    ("main", "side", "rule", "said"),
    [
        pytest.param("t(a, b)", "t(b, a)", "append", "their columns differ", id="order"),
        pytest.param(
            "t(a INT)", "t(a TEXT)", "append", "their columns differ (a:int@0 a:text@0)", id="type"
        ),
        pytest.param(
            "t(a)", "t(a)", "keep-target", "it has no key, so no row can meet another", id="no key"
        ),
        pytest.param("t(a UNIQUE)", "t(a)", "keep-target", "the keys differ", id="other keys"),
        pytest.param(
            "t(a PRIMARY KEY)",
            "t(a PRIMARY KEY) WITHOUT ROWID",
            "append",
            "only one of them has rowids",
            id="rowids",
        ),
    ],
)
def test_what_cannot_meet(world, main, side, rule, said):
    world.make("main.db", f"CREATE TABLE {main}")
    world.make("side.db", f"CREATE TABLE {side}")
    before = world.everything()
    plan = world.plan("main.db: t -> shop_t", f'side.db: t -> shop_t, merge = "{rule}"')
    with pytest.raises(SurveyError) as caught:
        world.migrate(plan)
    assert said in str(caught.value)
    del before
    assert not (world.root / "archive").exists()


def test_appended_rows_whose_keys_meet_are_a_problem(world):
    script = "CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES "
    world.make("main.db", script + "(1, 'a')")
    world.make("side.db", script + "(1, 'b')")
    plan = world.plan("main.db: t -> shop_t", 'side.db: t -> shop_t, merge = "append"')
    before = world.everything()
    with pytest.raises(SurveyError, match="1 row has a key that"):
        world.migrate(plan)
    assert world.everything() == before


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param("id INTEGER PRIMARY KEY, n)", id="one key"),
        pytest.param("id INTEGER PRIMARY KEY, n UNIQUE)", id="two keys"),
        pytest.param("n UNIQUE, m TEXT COLLATE NOCASE UNIQUE)", id="a collation"),
        pytest.param("id INTEGER PRIMARY KEY, n, m, UNIQUE (n, m), UNIQUE (m))", id="many"),
        pytest.param("n TEXT, m TEXT UNIQUE, PRIMARY KEY (n, m)) WITHOUT ROWID", id="no rowid"),
    ],
)
def test_every_row_that_may_meet_is_found_by_an_index(columns):
    with open_scratch("main.db") as database:
        database.run(f"CREATE TABLE t({columns}")
        (table,) = tables_of(database, objects_of(database, ""))
        plan = database.rows(
            f"EXPLAIN QUERY PLAN SELECT 1 FROM t AS a WHERE NOT ({meets('a', 'main.t', table)})"
        )
        ways = [row[3] for row in plan if " other " in row[3]]
        assert len(ways) == len(keys_of(table))
        assert all(way.startswith("SEARCH") for way in ways), ways


ID = "CREATE TABLE t(id INTEGER PRIMARY KEY{}, x);"


@pytest.mark.parametrize(
    ("main", "side", "rule", "why"),
    [
        pytest.param(
            ID.format(""),
            ID.format(" DESC"),
            "keep-target",
            "'t' cannot join 't': column 'id' is the rowid in only one of them"
            " (give it a name of its own)",
            id="the rowid in one of them",
        ),
        pytest.param(
            "CREATE TABLE t(k TEXT COLLATE NOCASE UNIQUE);",
            "CREATE TABLE t(k TEXT UNIQUE); INSERT INTO t VALUES ('A'), ('a')",
            "keep-target",
            "'t' cannot join 't': the keys differ ((k COLLATE NOCASE)) (give it a name of its own)",
            id="a key that tells more rows apart",
        ),
        pytest.param(
            "CREATE TABLE t(x); INSERT INTO t VALUES (1)",
            "CREATE TABLE t(x); INSERT INTO t(rowid, x) VALUES (9223372036854775807, 2)",
            "append",
            "1 row does not fit 't' unchanged: rowids would go behind those that are there, and"
            " beyond the last (VACUUM that file, which gives out new ones)",
            id="rowids that have no room",
        ),
    ],
)
def test_what_cannot_join_is_refused_before_anything_is_written(world, main, side, rule, why):
    world.make("main.db", main)
    world.make("side.db", side)
    plan = world.plan("main.db: t", f'side.db: t, merge = "{rule}"')
    before = world.everything()
    with pytest.raises(SurveyError) as refused:
        world.migrate(plan)
    assert str(refused.value) == f"domain[1].table[2]: side.db: {why}"
    assert world.everything() == before


def test_a_key_of_fewer_rows_joins_one_that_tells_them_apart(world):
    world.make("main.db", "CREATE TABLE t(k TEXT UNIQUE); INSERT INTO t VALUES ('a')")
    world.make(
        "side.db", "CREATE TABLE t(k TEXT COLLATE NOCASE UNIQUE); INSERT INTO t VALUES ('A')"
    )
    world.migrate(world.plan("main.db: t", 'side.db: t, merge = "keep-target"'))
    assert world.rows("main.db", "SELECT k FROM t ORDER BY k") == [("A",), ("a",)]


def test_ids_that_are_never_given_out_again_join_ids_that_are(world):
    world.make("main.db", ID.format("") + "INSERT INTO t VALUES (1, 'm')")
    world.make("side.db", ID.format(" AUTOINCREMENT") + "INSERT INTO t VALUES (5, 's')")
    report = world.migrate(world.plan("main.db: t", 'side.db: t, merge = "append"'))
    assert world.rows("main.db", "SELECT * FROM t") == [(1, "m"), (5, "s")]
    assert report.left == (
        "AUTOINCREMENT of table t of side.db: t, which it joins, gives out ids again",
    )


def test_rules_of_a_table_that_joins_another_are_said_to_stay_behind(world):
    world.make("main.db", "CREATE TABLE t(id INTEGER PRIMARY KEY, x DEFAULT 1)")
    world.make("side.db", "CREATE TABLE t(id INTEGER PRIMARY KEY, x DEFAULT 2 CHECK (x > 0))")
    world.make("same.db", "CREATE TABLE t (id integer primary key, -- a comment\n x default 1)")
    report = world.migrate(
        world.plan(
            "main.db: t -> shop_t",
            'side.db: t -> shop_t, merge = "append"',
            'same.db: t -> shop_t, merge = "append"',
        )
    )
    (left,) = report.left
    assert left == (
        "table t of side.db: its defaults, checks or references are said otherwise than those of"
        " shop_t, which it joins and whose hold now"
    )
