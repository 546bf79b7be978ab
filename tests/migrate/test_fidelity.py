"""What a SQLite file can hold, and that it arrives."""

import contextlib

import pytest

from migrate.execute import migrate
from migrate.journal import State, status
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.schemas import schemas
from migrate.steps.work import script
from migrate.survey import survey

CASES = [
    pytest.param(
        "CREATE TABLE t(a TEXT); INSERT INTO t(rowid, a) VALUES (5, 'x'), (99, 'y'), (-3, 'z')",
        "SELECT rowid, a FROM {}",
        id="rowids with no key at all",
    ),
    pytest.param(
        "CREATE TABLE t(a TEXT UNIQUE); INSERT INTO t(rowid, a) VALUES (7, 'x'), (9, 'y');",
        "SELECT rowid, a FROM {} ORDER BY 1",
        id="rowids beside a unique key",
    ),
    pytest.param(
        "CREATE TABLE t(rowid TEXT, a); INSERT INTO t(_rowid_, rowid, a) VALUES (7, 'x', 1)",
        "SELECT _rowid_, rowid, a FROM {}",
        id="a column called rowid",
    ),
    pytest.param(
        "CREATE TABLE t(a, b, PRIMARY KEY (b, a)) WITHOUT ROWID;"
        "INSERT INTO t VALUES (1, 'x'), (2, 'X')",
        "SELECT * FROM {}",
        id="WITHOUT ROWID",
    ),
    pytest.param(
        "CREATE TABLE t(a TEXT COLLATE NOCASE PRIMARY KEY, b) WITHOUT ROWID;"
        "INSERT INTO t VALUES ('b', 1), ('A', 2)",
        "SELECT * FROM {}",
        id="WITHOUT ROWID under NOCASE",
    ),
    pytest.param(
        "CREATE TABLE t(a INT, b TEXT, c ANY) STRICT; INSERT INTO t VALUES (1, 'x', x'00')",
        "SELECT a, b, typeof(c) FROM {}",
        id="STRICT",
    ),
    pytest.param(
        "CREATE TABLE t(a, b AS (a * 2), c AS (a + 1) STORED, d); CREATE INDEX i ON t(b);"
        "INSERT INTO t(a, d) VALUES (1, 'x'), (2, 'y')",
        "SELECT * FROM {}",
        id="generated columns",
    ),
    pytest.param(
        "CREATE TABLE t(a, b CHECK (t.b > 0)); INSERT INTO t VALUES (1, 2)",
        "SELECT rowid, * FROM {}",
        id="a CHECK that names its table",
    ),
    pytest.param(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a CHECK (t.a > 0)); CREATE INDEX i ON t(a);"
        "INSERT INTO t VALUES (4, 2), (9, 1)",
        "SELECT * FROM {}",
        id="a CHECK that names its table, with a key and an index",
    ),
    pytest.param(
        "CREATE TABLE t(a DEFAULT (1 + 2), b DEFAULT 'it''s', c DEFAULT CURRENT_TIMESTAMP);"
        "INSERT INTO t(b) VALUES ('x')",
        "SELECT a, b, c FROM {}",
        id="DEFAULT expressions",
    ),
    pytest.param(
        "CREATE TABLE t(a TEXT, b COLLATE RTRIM); CREATE INDEX p ON t(a) WHERE b > 'c';"
        "CREATE UNIQUE INDEX e ON t(lower(a) COLLATE NOCASE DESC); INSERT INTO t VALUES ('x', 'd')",
        "SELECT * FROM {}",
        id="partial and expression indexes",
    ),
    pytest.param(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, p REFERENCES t(id), q REFERENCES nowhere(x));"
        "INSERT INTO t VALUES (1, NULL, NULL), (2, 1, NULL)",
        "SELECT * FROM {}",
        id="a foreign key to itself and one to nothing",
    ),
    pytest.param(
        "CREATE TABLE t(a); INSERT INTO t VALUES (9e999), (-9e999), (-0.0), (0.0),"
        " (9223372036854775807), (9007199254740993), (x'6162'), ('ab'), (1), (1.0), (NULL), ('')",
        "SELECT typeof(a), hex(a), quote(a) FROM {}",
        id="numbers, texts and blobs to the last bit",
    ),
    pytest.param(
        "CREATE TABLE t(a TEXT, b INTEGER);"
        "INSERT INTO t VALUES (CAST(x'61006263' AS TEXT), 1), (CAST(x'FFFE80' AS TEXT), 2)",
        "SELECT hex(CAST(a AS BLOB)), typeof(a), b FROM {}",
        id="NUL and invalid UTF-8 in text",
    ),
    pytest.param(
        "CREATE TABLE t(i INTEGER, r REAL); INSERT INTO t VALUES ('no number', 'text'), (x'01', 1)",
        "SELECT typeof(i), typeof(r), hex(i) FROM {}",
        id="types that are not their column's",
    ),
    pytest.param(
        "CREATE TABLE t -- what it is for\n(a /* first */, b) ; INSERT INTO t VALUES (1, 2)",
        "SELECT * FROM {}",
        id="comments in the definition",
    ),
    pytest.param(
        'CREATE TABLE t("odd ""name""" TEXT, [order] INT, `x y`, "é");'
        "INSERT INTO t VALUES ('a', 1, 2, 3)",
        "SELECT * FROM {}",
        id="names that must be quoted",
    ),
    pytest.param("CREATE TABLE t(a, b)", "SELECT * FROM {}", id="no rows"),
    pytest.param(
        "PRAGMA page_size = 512; CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(100000))",
        "SELECT hex(a) = hex(zeroblob(100000)) FROM {}",
        id="another page size and overflow pages",
    ),
]


@pytest.mark.parametrize("wal", [False, True], ids=["closed", "wal with frames"])
@pytest.mark.parametrize(("script", "query"), CASES)
def test_a_table_arrives_as_it_was(world, script, query, wal):
    world.make("side.db", script, wal=wal)
    world.make("main.db", "CREATE TABLE here(x); INSERT INTO here VALUES (1)")
    before = world.rows_untouched("side.db", query.format("t"))
    report = world.migrate(world.plan("main.db: here -> there", "side.db: t -> shop_t"))
    assert world.rows("main.db", query.format("shop_t")) == before
    assert all(proof.holds for proof in report.proofs)
    assert world.rows("main.db", "PRAGMA integrity_check") == [("ok",)]
    assert verify(world.plan("main.db: here -> there", "side.db: t -> shop_t")).holds


@pytest.mark.parametrize(("script", "query"), CASES)
def test_a_table_of_the_target_stays_as_it_was(world, script, query):
    world.make("main.db", script)
    before = world.rows("main.db", query.format("t"))
    world.migrate(world.plan("main.db: t -> shop_t"))
    assert world.rows("main.db", query.format("shop_t")) == before
    assert world.rows("main.db", "PRAGMA integrity_check") == [("ok",)]


def test_ids_that_were_deleted_are_not_given_out_again(world):
    script = (
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a);"
        "INSERT INTO t VALUES (1, 'a'), (50, 'b'); DELETE FROM t WHERE id = 50;"
        "CREATE TABLE empty(id INTEGER PRIMARY KEY AUTOINCREMENT);"
        "INSERT INTO empty VALUES (7); DELETE FROM empty"
    )
    world.make("side.db", script)
    world.migrate(world.plan("side.db: t -> shop_t", "side.db: empty -> shop_empty"))
    with world.open("main.db") as database:
        assert database.execute("INSERT INTO shop_t(a) VALUES ('c') RETURNING id").fetchall() == [
            (51,)
        ]
        assert database.execute("INSERT INTO shop_empty VALUES (NULL) RETURNING id").fetchall() == [
            (8,)
        ]


def test_foreign_keys_views_and_triggers_follow_their_tables(world):
    world.make(
        "side.db",
        "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE orders(id INTEGER PRIMARY KEY, u REFERENCES users(id) ON DELETE CASCADE);"
        "CREATE TABLE log(what);"
        "CREATE VIEW active AS SELECT users.name, count(*) FROM users JOIN orders ON u = users.id;"
        "CREATE VIEW twice AS SELECT * FROM active UNION ALL SELECT * FROM active;"
        "CREATE TRIGGER logged AFTER INSERT ON orders BEGIN"
        " INSERT INTO log SELECT name FROM users WHERE id = NEW.u; END;"
        "INSERT INTO users VALUES (1, 'ann'); INSERT INTO orders VALUES (1, 1)",
    )
    world.migrate(
        world.plan(
            "side.db: users -> shop_user",
            "side.db: orders -> shop_order",
            "side.db: log -> shop_log",
        )
    )
    schema = world.schema("main.db")
    assert '"shop_user"(id)' in schema["table shop_order"]
    with world.open("main.db") as database:
        database.execute("PRAGMA foreign_keys = ON")
        assert database.execute("SELECT * FROM twice").fetchall() == [("ann", 1)] * 2
        assert [c[0] for c in database.execute("SELECT * FROM active").description] == [
            "name",
            "count(*)",
        ]
        assert database.execute("SELECT * FROM shop_log").fetchall() == [("ann",)], "fired once"
        database.execute("INSERT INTO shop_order VALUES (2, 1)")
        assert database.execute("SELECT * FROM shop_log").fetchall() == [("ann",)] * 2
        database.execute("DELETE FROM shop_user")
        assert database.execute("SELECT * FROM shop_order").fetchall() == []


@pytest.mark.parametrize("where", ["main.db", "side.db"])
def test_a_view_keeps_the_names_of_its_columns(world, where):
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(
        where,
        "CREATE TABLE t(a, b); CREATE VIEW v AS SELECT t.a + 1, b FROM t;"
        "CREATE TRIGGER w INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (NEW.b, 1); END;"
        "INSERT INTO t VALUES (1, 2)",
    )
    before = [row[1] for row in world.rows(where, "PRAGMA table_info(v)")]
    world.migrate(world.plan("main.db: other", f"{where}: t -> shop_t"))
    assert [row[1] for row in world.rows("main.db", "PRAGMA table_info(v)")] == before
    with world.open("main.db") as database:
        database.execute("INSERT INTO v(b) VALUES (9)")
        assert database.execute("SELECT * FROM shop_t").fetchall() == [(1, 2), (9, 1)]


def test_index_and_trigger_names_that_meet_are_told_apart(world):
    script = (
        "CREATE TABLE {0}(a); CREATE INDEX i ON {0}(a);"
        "CREATE TRIGGER g AFTER INSERT ON {0} BEGIN SELECT 1; END;"
    )
    world.make("main.db", script.format("one"))
    world.make("side.db", script.format("two"))
    report = world.migrate(world.plan("main.db: one -> shop_one", "side.db: two -> shop_two"))
    assert {(n.kind, n.old, n.new) for n in report.new_names} == {
        ("index", "i", "shop_i"),
        ("trigger", "g", "shop_g"),
    }
    assert {"index i", "index shop_i", "trigger g", "trigger shop_g"} <= world.schema(
        "main.db"
    ).keys()


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        pytest.param(["a -> b", "b -> a"], {"a": 2, "b": 1}, id="swap"),
        pytest.param(["a -> b", "b -> c"], {"b": 1, "c": 2}, id="chain"),
        pytest.param(["b -> c", "a -> b"], {"b": 1, "c": 2}, id="chain, last first"),
    ],
)
def test_renames_happen_at_once(world, tables, expected):
    world.make(
        "main.db",
        "CREATE TABLE a(x); CREATE TABLE b(x); CREATE VIEW v AS SELECT x FROM a;"
        "INSERT INTO a VALUES (1); INSERT INTO b VALUES (2)",
    )
    world.migrate(world.plan(*(f"main.db: {table}" for table in tables)))
    assert {n: world.rows("main.db", f"SELECT x FROM {n}")[0][0] for n in expected} == expected
    assert world.rows("main.db", "SELECT x FROM v") == [(1,)]


def test_a_name_that_the_target_gives_up_can_be_taken_by_a_source(world):
    """The source's view must not be taken for one on the target's old table."""
    world.make(
        "main.db", "CREATE TABLE a(x); CREATE VIEW va AS SELECT x FROM a; INSERT INTO a VALUES (1)"
    )
    world.make(
        "side.db", "CREATE TABLE b(x); CREATE VIEW vb AS SELECT x FROM b; INSERT INTO b VALUES (2)"
    )
    world.migrate(world.plan("main.db: a -> c", "side.db: b -> a"))
    assert [world.rows("main.db", f"SELECT * FROM {n}")[0][0] for n in ("a", "c", "va", "vb")] == [
        2,
        1,
        1,
        2,
    ]


def test_two_sources_with_the_same_names_all_through(world):
    script = "CREATE TABLE t(a UNIQUE); CREATE INDEX i ON t(a); INSERT INTO t VALUES ({})"
    world.make("one.db", script.format(1))
    world.make("two.db", script.format(2))
    world.migrate(world.plan("one.db: t -> shop_one", "two.db: t -> shop_two"))
    assert world.rows("main.db", "SELECT * FROM shop_one, shop_two") == [(1, 2)]


@pytest.mark.parametrize(
    ("script", "query"),
    [
        pytest.param(
            "CREATE VIRTUAL TABLE t USING fts5(a, b); "
            "INSERT INTO t VALUES ('red fox', 'x'), ('dog', 'y');"
            "DELETE FROM t WHERE b = 'y'",
            "SELECT rowid, * FROM {0} WHERE {0} MATCH 'fox'",
            id="fts5",
        ),
        pytest.param(
            "CREATE VIRTUAL TABLE t USING fts5(a, content='');"
            "INSERT INTO t(rowid, a) VALUES (3, 'red fox')",
            "SELECT rowid FROM {0} WHERE {0} MATCH 'fox'",
            id="fts5 without content",
        ),
        pytest.param(
            "CREATE VIRTUAL TABLE t USING fts4(a); INSERT INTO t VALUES ('red fox')",
            "SELECT docid, * FROM {0} WHERE {0} MATCH 'fox'",
            id="fts4",
        ),
        pytest.param(
            "CREATE VIRTUAL TABLE t USING rtree(id, x0, x1);"
            "INSERT INTO t VALUES (1, 0, 5), (2, 7, 9)",
            "SELECT * FROM {0} WHERE x0 < 6",
            id="rtree",
        ),
    ],
)
@pytest.mark.parametrize("where", ["main.db", "side.db"])
def test_virtual_tables_arrive_with_what_they_hold(world, where, script, query):
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, script)
    before = world.rows(where, query.format("t"))
    assert before
    report = world.migrate(world.plan("main.db: other", f"{where}: t -> shop_t"))
    assert world.rows("main.db", query.format("shop_t")) == before
    assert world.rows("main.db", "PRAGMA integrity_check") == [("ok",)]
    assert any("t_" in proof.old and proof.rows for proof in report.proofs)


def test_full_text_of_a_table_that_gets_another_name(world):
    world.make(
        "side.db",
        "CREATE TABLE doc(id INTEGER PRIMARY KEY, body);"
        "CREATE VIRTUAL TABLE find USING fts5(body, content='doc', content_rowid='id');"
        "INSERT INTO doc VALUES (1, 'red fox');"
        "INSERT INTO find(rowid, body) VALUES (1, 'red fox')",
    )
    world.migrate(world.plan("side.db: doc -> shop_doc", "side.db: find -> shop_find"))
    assert world.rows(
        "main.db", "SELECT rowid, body FROM shop_find WHERE shop_find MATCH 'fox'"
    ) == [(1, "red fox")]


def test_the_metadata_tells_what_every_table_is(world):
    world.make("main.db", "CREATE TABLE a(x, y); INSERT INTO a VALUES (1, 2)")
    world.migrate(world.plan('main.db: a -> shop_a, about = "Things"', head="schema_version = 7"))
    assert world.rows(
        "main.db",
        "SELECT name, domain, about, old_name, old_database, rows_at_migration, column_count,"
        " schema_version FROM retable_tables WHERE domain = 'shop'",
    ) == [("shop_a", "shop", "Things", "a", "main.db", 1, 2, 7)]
    assert world.rows("main.db", "PRAGMA user_version") == [(7,)]


def test_an_old_name_stays_readable_where_the_plan_asks_for_it(world):
    world.make("side.db", "CREATE TABLE a(x, y AS (x + 1)); INSERT INTO a VALUES (1)")
    world.migrate(world.plan('side.db: a -> shop_a, compat = "view"'))
    assert world.rows("main.db", "SELECT * FROM a") == [(1, 2)]


@pytest.mark.parametrize("mode", ["delete", "wal", "persist", "truncate"])
def test_the_target_keeps_its_journal_mode(world, mode):
    world.make("main.db", f"PRAGMA journal_mode = {mode}; CREATE TABLE a(x)")
    world.make("side.db", "CREATE TABLE b(x); INSERT INTO b VALUES (1)")
    world.migrate(world.plan("main.db: a -> shop_a", "side.db: b -> shop_b"))
    kept = "wal" if mode == "wal" else "delete"
    assert world.rows("main.db", "PRAGMA journal_mode") == [(kept,)]
    assert not (world.root / "main.db-wal").exists()


def test_a_wal_database_that_was_closed_stays_as_it_is(world):
    """SQLite itself would make a -wal beside it as soon as it is read."""
    world.make("main.db", "PRAGMA journal_mode = WAL; CREATE TABLE a(x)")
    world.make("side.db", "PRAGMA journal_mode = WAL; CREATE TABLE b(x); INSERT INTO b VALUES (1)")
    plan = world.plan("main.db: a -> shop_a", "side.db: b -> shop_b")
    before = world.everything()
    assert survey(plan).problems == ()
    assert len(schemas(plan)) == 2
    migrate(plan, progress=Silence(), dry_run=True)
    assert world.everything() == before
    world.migrate(plan)
    after = world.everything()
    assert not any("-wal" in name for name in after), "nor beside the archive or the backup"
    assert status(plan).state is State.DONE
    assert len(schemas(plan)) == 2
    assert verify(plan).holds
    assert world.everything() == after


@pytest.mark.parametrize("where", ["main.db", "side.db"])
def test_a_view_that_calls_a_function_of_its_program(world, where):
    """Nobody but that program can run it; it comes along as it is."""
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, "CREATE TABLE t(a); CREATE VIEW v AS SELECT slug(t.a) AS s FROM t")
    world.migrate(world.plan("main.db: other", f"{where}: t -> shop_t"))
    assert (
        world.schema("main.db")["view v"]
        == 'CREATE VIEW v AS SELECT slug("shop_t".a) AS s FROM "shop_t"'
    )


def test_what_stays_behind_is_named(world):
    world.make(
        "side.db",
        "CREATE TABLE t(a); CREATE TABLE old(x); CREATE INDEX old_x ON old(x);"
        "CREATE TRIGGER old_g AFTER INSERT ON old BEGIN SELECT 1; END;"
        "INSERT INTO t VALUES (1); CREATE INDEX t_a ON t(a); ANALYZE",
    )
    skip = '[[skip]]\ntable = "old"\nin = "side.db"\nclaim = "empty"'
    report = world.migrate(world.plan("side.db: t -> shop_t", extra=skip))
    assert report.left == (
        "index old_x of side.db: its table old is skipped",
        "trigger old_g of side.db: its table old is skipped",
    )


def test_numbers_that_only_one_of_the_files_can_keep_are_named(world):
    numbers = "PRAGMA user_version = 44; PRAGMA application_id = 1919246692"
    world.make("main.db", f"CREATE TABLE o(x); {numbers}")
    world.make("side.db", f"CREATE TABLE t(a); {numbers}")
    world.make("none.db", "CREATE TABLE w(a)")
    report = world.migrate(world.plan("main.db: o", "side.db: t -> shop_t", "none.db: w"))
    assert report.notes == (
        "main.db: its user_version was 44: plan.schema_version makes it 1",
        "side.db: its user_version 44 stays behind: the target's is 1",
        "side.db: its application_id 1919246692 stays behind",
    )
    assert world.rows("main.db", "PRAGMA application_id") == [(1919246692,)]


def test_the_dry_run_prints_sql_that_runs(world):
    """On copies, by another SQLite, with the same result."""
    world.make(
        "main.db", "CREATE TABLE a(x, y); CREATE INDEX i ON a(x); INSERT INTO a VALUES (1, 2)"
    )
    world.make(
        "side.db", "CREATE TABLE b(x, y); CREATE INDEX i ON b(x); INSERT INTO b VALUES (3, 4)"
    )
    plan = world.plan("main.db: a -> shop_a", "side.db: b -> shop_b")
    before = world.everything()
    sql = script(migrate(plan, progress=Silence(), dry_run=True).steps)
    assert world.everything() == before
    world.migrate(plan)
    expected = world.schema("main.db")
    rows = world.rows("main.db", "SELECT * FROM shop_a, shop_b")
    rollback(plan, progress=Silence())
    with world.open("main.db") as database, contextlib.chdir(world.root):
        database.executescript(sql)
    assert world.schema("main.db") == expected
    assert world.rows("main.db", "SELECT * FROM shop_a, shop_b") == rows == [(1, 2, 3, 4)]


@pytest.mark.parametrize("where", ["main.db", "side.db"])
def test_a_table_of_very_many_columns(world, where):
    """SQLite's expressions end at a depth of 1000, its tables at 2000 columns."""
    columns = ", ".join(f"c{n}" for n in range(1999))
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, f"CREATE TABLE t({columns}); INSERT INTO t(c0, c1998) VALUES (1, 2)")
    plan = world.plan("main.db: other", f"{where}: t -> shop_t")
    world.migrate(plan)
    assert world.rows("main.db", "SELECT c0, c1998 FROM shop_t") == [(1, 2)]
    assert verify(plan).holds
