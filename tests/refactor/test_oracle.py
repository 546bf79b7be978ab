"""What SQLite says of a statement, today and tomorrow, without running it."""

import sqlite3
from contextlib import closing

import pytest

from plan.load import load_plan
from plan.schema import DatabaseSchema, SchemaObject
from refactor.proof.oracle import Oracle, Verdict
from refactor.sql.names import HOLE

OLD, OTHER = "data/old.db", "data/other.db"


def schema(path, *sql):
    kinds = [("view", "VIEW"), ("trigger", "TRIGGER"), ("index", "INDEX"), ("table", "TABLE")]
    objects = []
    for statement in sql:
        kind = next(kind for kind, word in kinds if f"CREATE {word}" in statement)
        name = statement.split(kind.upper())[1].split("(")[0].split()[0].strip('"')
        objects.append(SchemaObject(kind, name, name, statement))
    return DatabaseSchema(path, tuple(objects))


@pytest.fixture
def oracle(project):
    plan = project(
        {},
        "data/old.db: old (id) -> new_t\n"
        "data/old.db: a (id) -> b\n"
        "data/old.db: b (id) -> a\n"
        "data/other.db: old (id) -> other_t\n",
    ).plan
    return Oracle(
        load_plan(plan.file),
        [
            schema(
                OLD,
                "CREATE TABLE old (id INTEGER, x TEXT)",
                "CREATE TABLE a (id, ax)",
                "CREATE TABLE b (id, bx REFERENCES old(id))",
                "CREATE VIEW v AS SELECT old.x FROM old",
                "CREATE TRIGGER tr AFTER INSERT ON old BEGIN DELETE FROM a; END",
                "CREATE INDEX i ON old (x)",
            ),
            schema(OTHER, "CREATE TABLE old (id, y)", "CREATE TABLE m (z) USING nonsense"),
        ],
    )


@pytest.mark.parametrize(
    ("sql", "old", "other"),
    [
        ("SELECT x FROM old", Verdict.COMPILES, Verdict.NO_COLUMN),
        ("SELECT y FROM old", Verdict.NO_COLUMN, Verdict.COMPILES),
        ("SELECT * FROM old", Verdict.COMPILES, Verdict.COMPILES),
        ("INSERT INTO old (id, y) VALUES (?, :y)", Verdict.NO_COLUMN, Verdict.COMPILES),
        ("SELECT x FROM v", Verdict.COMPILES, Verdict.NO_TABLE),
        ("SELECT * FROM nope", Verdict.NO_TABLE, Verdict.NO_TABLE),
        ("SELECT FROM WHERE", Verdict.SYNTAX, Verdict.SYNTAX),
        ("Update the old list", Verdict.SYNTAX, Verdict.SYNTAX),
        ("SELECT nope(id) FROM old", Verdict.COMPILES, Verdict.COMPILES),
        ("SELECT id FROM old ORDER BY id COLLATE nope", Verdict.COMPILES, Verdict.COMPILES),
        ("SELECT max() FROM old", Verdict.OTHER, Verdict.OTHER),
        ("EXPLAIN QUERY PLAN SELECT x FROM old", Verdict.COMPILES, Verdict.NO_COLUMN),
        ("EXPLAIN PRAGMA user_version = 7", Verdict.OTHER, Verdict.OTHER),
        ('SELECT "nope" FROM old', Verdict.NO_COLUMN, Verdict.NO_COLUMN),
        ("SELECT x FROM old WHERE id = %s", Verdict.COMPILES, Verdict.NO_COLUMN),
        ("SELECT x FROM old WHERE id = %(id)s", Verdict.COMPILES, Verdict.NO_COLUMN),
        ("SELECT x FROM old {order}", Verdict.COMPILES, Verdict.NO_COLUMN),
        ("PRAGMA table_info(old)", Verdict.OTHER, Verdict.OTHER),
        ("/* x */ -- y\n pragma user_version = 7", Verdict.OTHER, Verdict.OTHER),
        ("ATTACH 'x' AS y", Verdict.OTHER, Verdict.OTHER),
        ("SELECT 'a\0b'", Verdict.SYNTAX, Verdict.SYNTAX),
        ("SELECT '\ud800'", Verdict.SYNTAX, Verdict.SYNTAX),
    ],
)
def test_today(oracle, sql, old, other):
    assert (oracle.today(sql, OLD).verdict, oracle.today(sql, OTHER).verdict) == (old, other)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x FROM old WHERE id = ◌",
        "SELECT x FROM old WHERE ◌",
        "SELECT x FROM old ◌",
        "SELECT ◌ FROM old",
        "SELECT x FROM old WHERE id IN (◌)",
        "SELECT x FROM old ◌ ORDER BY ◌ LIMIT ◌",
        "INSERT INTO old (id, x) VALUES (◌)",
        "UPDATE old SET ◌ WHERE id = 1",
        "UPDATE old SET x = ◌ WHERE ◌",
        "ALTER TABLE old ADD COLUMN ◌",
        "SELECT x◌ FROM old",
        "SELECT x FROM old WHERE x LIKE '◌%'",
    ],
)
def test_holes_are_filled_with_something_that_compiles(oracle, sql):
    judgement = oracle.today(sql.replace("◌", HOLE), OLD)
    assert judgement.verdict is Verdict.COMPILES
    assert HOLE not in judgement.filled


def test_tomorrow_has_the_new_names_and_all_that_hangs_on_them(oracle):
    compiles = [
        "SELECT x FROM new_t",
        "SELECT x FROM v",
        "SELECT y FROM other_t",
        "SELECT ax FROM b JOIN a ON a.bx = b.id",
    ]
    assert [oracle.tomorrow(sql).verdict for sql in compiles] == [Verdict.COMPILES] * 4
    assert oracle.tomorrow("SELECT * FROM old").verdict is Verdict.NO_TABLE
    assert oracle.tomorrow("SELECT ax FROM a").verdict is Verdict.NO_COLUMN
    assert oracle.tomorrow("INSERT INTO new_t VALUES (1, 2)").verdict is Verdict.COMPILES


@pytest.mark.parametrize(
    ("sql", "verdict", "says"),
    [
        pytest.param("CREATE TABLE old (id, x)", Verdict.COMPILES, "", id="the same columns"),
        pytest.param("CREATE TABLE old (x)", Verdict.COMPILES, "", id="fewer"),
        pytest.param("CREATE TABLE old (X)", Verdict.COMPILES, "", id="in another case"),
        pytest.param(
            "CREATE TABLE old (x, q, p)", Verdict.NO_COLUMN, "old has no column p, q", id="more"
        ),
        pytest.param("CREATE TABLE old (", Verdict.SYNTAX, "incomplete input", id="no SQL"),
    ],
)
def test_a_table_that_is_created(oracle, sql, verdict, says):
    judgement = oracle.creates(sql, OLD, "old")
    assert (judgement.verdict, judgement.says) == (verdict, says)


def test_a_table_that_nobody_knows(oracle):
    assert oracle.creates("CREATE TABLE z (x)", OLD, "z").verdict is Verdict.NO_TABLE
    assert oracle.today("SELECT 1", "data/nowhere.db").verdict is Verdict.NO_TABLE
    assert oracle.knows(OLD, "OLD")
    assert not oracle.knows(OTHER, "a")


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE old",
        "SELECT 1; DROP TABLE old",
        "SELECT 1; DELETE FROM old; ALTER TABLE old RENAME TO nope",
        "PRAGMA writable_schema = 1",
        "EXPLAIN PRAGMA user_version = 7",
        "BEGIN",
        "DETACH main",
        "ALTER TABLE old ADD COLUMN q",
        "CREATE TABLE q (x)",
    ],
)
def test_nothing_that_is_judged_takes_effect(oracle, sql):
    for _ in range(2):
        oracle.today(sql, OLD)
        oracle.tomorrow(sql)
        oracle.is_sql(sql)
    assert oracle.today("SELECT id, x FROM old -- again", OLD).verdict is Verdict.COMPILES
    assert oracle.today("SELECT q FROM old", OLD).verdict is Verdict.NO_COLUMN
    assert oracle.tomorrow("SELECT * FROM new_t").verdict is Verdict.COMPILES


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT nope FROM nowhere", True),
        ("INSERT INTO nowhere VALUES (1)", True),
        ("Update the list of items", False),
        ("SELECT", False),
        ("", False),
        ("-- only a comment", False),
    ],
)
def test_is_sql(oracle, sql, expected):
    assert oracle.is_sql(sql) is expected


def test_a_trigger_with_text_in_double_quotes_keeps_nothing_from_compiling(project):
    plan = project({"case.py": ""}).plan
    trigger = 'CREATE TRIGGER tr AFTER INSERT ON old BEGIN UPDATE t SET x = 1 WHERE id = "n"; END'
    tables = "CREATE TABLE old (id, x)", "CREATE TABLE t (id, x)"
    oracle = Oracle(plan, (schema(OLD, *tables, trigger),))
    assert oracle.today("INSERT INTO old VALUES (?, 1)", OLD).verdict is Verdict.COMPILES
    assert oracle.tomorrow("INSERT INTO new_t VALUES (?, 1)").verdict is Verdict.COMPILES
    assert oracle.today('SELECT "nope" FROM old', OLD).verdict is Verdict.NO_COLUMN


def test_a_search_index_that_vacuum_stored_behind_its_own_tables(project):
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(
            "CREATE TABLE old (id, x);"
            "CREATE VIRTUAL TABLE old_fts USING fts5(x, content=old);"
            "CREATE TRIGGER g AFTER INSERT ON old BEGIN INSERT INTO old_fts(x) VALUES (1); END;"
        )
        database.execute("VACUUM")
        rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    names = [name for _, name, _, _ in rows]
    assert names.index("old_fts") > names.index("old_fts_data"), "else this shows nothing"
    plan = project({}, f"{OLD}: old (id, x) -> new_t\n{OLD}: old_fts -> new_fts\n").plan
    oracle = Oracle(plan, (DatabaseSchema(OLD, tuple(SchemaObject(*row) for row in rows)),))
    for search, say in ((oracle.tomorrow, "new"), (lambda sql: oracle.today(sql, OLD), "old")):
        table = "new_t" if say == "new" else "old"
        sql = f"SELECT * FROM {table} WHERE rowid IN (SELECT rowid FROM {say}_fts('word'))"
        assert search(sql).verdict is Verdict.COMPILES


def test_triggers_that_give_commands_to_a_search_index(project):
    """SQLite leaves the column alone that is called like the index, and takes the commands."""
    index = "CREATE VIRTUAL TABLE old_fts USING fts5(x, content=old)"
    trigger = (
        "CREATE TRIGGER g AFTER UPDATE ON old BEGIN INSERT INTO old_fts (old_fts, rowid, x)"
        " VALUES('delete', old.id, old.x); INSERT INTO old_fts (rowid, x) VALUES (new.id, 1); END"
    )
    plan = project({}, f"{OLD}: old (id, x) -> new_t\n{OLD}: old_fts -> new_fts\n").plan
    objects = (
        SchemaObject("table", "old", "old", "CREATE TABLE old (id INTEGER PRIMARY KEY, x)"),
        SchemaObject("table", "old_fts", "old_fts", index),
        SchemaObject("trigger", "g", "old", trigger),
    )
    oracle = Oracle(plan, (DatabaseSchema(OLD, objects),))
    assert oracle.today("UPDATE old SET x = 1", OLD).verdict is Verdict.COMPILES
    assert oracle.tomorrow("UPDATE new_t SET x = 1").verdict is Verdict.COMPILES
    command = "INSERT INTO new_fts(new_fts) VALUES ('rebuild')"
    assert oracle.tomorrow(command).verdict is Verdict.COMPILES
