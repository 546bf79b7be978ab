"""Old names kept alive as views: they read as the table did, and on request they take writes."""

import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.database.sqlite import open_scratch
from migrate.errors import SurveyError
from migrate.finish import finish
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.steps import compat

from .conftest import World

WRITABLE = 'compat = "writable"'


def kept(world, script, *, name="t", how=WRITABLE):
    """Migrate a table of the target that is called `t` to `shop_t`, its old name kept."""
    world.make("main.db", script)
    plan = world.plan(f"main.db: {name} -> shop_t, {how}")
    world.migrate(plan)
    return plan


def same_both_ways(world, script, *statements, name="t", ask="SELECT * FROM t"):
    """Run statements on the table as it was and through the view; compare what is left."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as before:
        before.executescript(script)
        kept(world, script, name=name)
        with world.open("main.db") as after:
            for sql in statements:
                assert outcome(before, sql) == outcome(after, sql), sql
            rows = before.execute(ask).fetchall()
            assert after.execute(ask).fetchall() == rows
    return rows


def outcome(database, sql):
    """What became of a statement: nothing to say, or the kind of error."""
    try:
        database.execute(sql).fetchall()
    except sqlite3.Error as error:
        return type(error)
    return None


# Reading


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            "CREATE TABLE t(a INT, b AS (a + 1), c TEXT AS (a || 'x') STORED);"
            "INSERT INTO t(a) VALUES (1), (2)",
            id="generated columns",
        ),
        pytest.param(
            "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY, v BLOB) WITHOUT ROWID;"
            "INSERT INTO t VALUES ('b', x'00'), ('A', 1.0), ('c', 1)",
            id="without rowid",
        ),
        pytest.param(
            "CREATE TABLE t(a ANY, b INT) STRICT; INSERT INTO t VALUES ('1', 2), (1, 3)",
            id="strict",
        ),
        pytest.param(
            'CREATE TABLE t("order", "x y" VARCHAR(9), "q""q" DATE, rowid REAL);'
            "INSERT INTO t VALUES (1, '1', 'd', 2), (NULL, 2, x'61', 0.5)",
            id="odd names and types",
        ),
        pytest.param(
            "CREATE VIRTUAL TABLE t USING fts5(title, body);"
            "INSERT INTO t VALUES ('a b', 'c'), ('d', 'e')",
            id="full text",
        ),
        pytest.param(
            "CREATE VIRTUAL TABLE t USING rtree(id, low, high); INSERT INTO t VALUES (7, 1, 2)",
            id="rtree",
        ),
    ],
)
def test_an_old_name_reads_as_the_table_did(world, script):
    asked = "SELECT *, typeof(t1.{0}) FROM t AS t1"
    with closing(sqlite3.connect(":memory:")) as before:
        before.executescript(script)
        first = before.execute("SELECT * FROM t").description[0][0]
        asked = asked.format('"' + first + '"')
        cursor = before.execute(asked)
        names, rows = [column[0] for column in cursor.description], cursor.fetchall()
    kept(world, script, how='compat = "view"')
    with world.open("main.db") as after:
        cursor = after.execute(asked)
        assert [column[0] for column in cursor.description] == names
        assert cursor.fetchall() == rows


def test_declared_types_reach_the_driver(world):
    kept(
        world,
        "CREATE TABLE t(id INTEGER PRIMARY KEY, at TIMESTAMP);"
        "INSERT INTO t VALUES (1, '2026-01-02 03:04:05')",
        how='compat = "view"',
    )
    declared = sqlite3.PARSE_DECLTYPES
    with closing(sqlite3.connect(world.root / "main.db", detect_types=declared)) as database:
        (value,) = database.execute("SELECT at FROM t").fetchone()
    assert value.year == 2026


def test_a_column_that_is_added_later_is_not_in_the_view(world):
    kept(world, "CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    with world.open("main.db") as database:
        database.execute("ALTER TABLE shop_t ADD COLUMN b DEFAULT 5")
        assert database.execute("SELECT * FROM t").fetchall() == [(1,)]
        database.execute("INSERT INTO t VALUES (2)")
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(1, 5), (2, 5)]


def test_the_indexes_serve_through_the_view(world):
    kept(
        world,
        "CREATE TABLE t(k TEXT PRIMARY KEY, n INT, m INT); CREATE INDEX by_n ON t(n);"
        "INSERT INTO t VALUES ('a', 1, 2)",
    )
    for sql in ("SELECT m FROM t WHERE n = 3", "SELECT a.m FROM t a JOIN t b ON b.n = a.m"):
        plan = " ".join(row[3] for row in world.rows("main.db", f"EXPLAIN QUERY PLAN {sql}"))
        assert "SEARCH" in plan
        assert "by_n" in plan
    programs = world.rows("main.db", "EXPLAIN QUERY PLAN UPDATE t SET m = 1 WHERE k = 'a'")
    found = [row[3] for row in programs if row[3].startswith(("SCAN shop_t", "SEARCH shop_t"))]
    assert found
    assert all("sqlite_autoindex" in line or "rowid" in line for line in found), found


def test_an_old_name_of_a_joined_table_shows_all_rows(world):
    for number, (path, name) in enumerate(
        [("main.db", "users"), ("side.db", "users"), ("more.db", "people")], start=1
    ):
        world.make(
            path,
            f"CREATE TABLE {name}(id INTEGER PRIMARY KEY, n);"
            f"INSERT INTO {name} VALUES ({number}, {number})",
        )
    plan = world.plan(
        "main.db: users -> person",
        'side.db: users -> person, merge = "append"',
        'more.db: people -> person, merge = "append"',
        head='compat = "writable"',
    )
    world.migrate(plan)
    everybody = [(1, 1), (2, 2), (3, 3)]
    assert world.rows("main.db", "SELECT * FROM users") == everybody
    assert world.rows("main.db", "SELECT * FROM people") == everybody
    with world.open("main.db") as database:
        database.execute("INSERT INTO people(n) VALUES (4)")
        database.execute("DELETE FROM users WHERE id = 1")
    assert world.rows("main.db", "SELECT * FROM person") == [(2, 2), (3, 3), (4, 4)]


def test_a_users_view_of_the_old_name_follows_the_table(world):
    kept(world, "CREATE TABLE t(a); CREATE VIEW v AS SELECT a FROM t; INSERT INTO t VALUES (1)")
    assert world.rows("main.db", "SELECT * FROM v") == [(1,)]
    assert "shop_t" in world.schema("main.db")["view v"]


def test_a_plan_can_keep_all_old_names_at_once(world):
    world.make("main.db", "CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x)")
    world.migrate(
        world.plan(
            "main.db: a -> shop_a",
            'main.db: b -> shop_b, compat = "none"',
            "main.db: c",
            head='compat = "view"',
        )
    )
    kinds = {key for key in world.schema("main.db") if key.startswith("view")}
    assert kinds == {"view a"}


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO t VALUES (9)",
        "INSERT OR IGNORE INTO t VALUES (9) RETURNING a",
        "UPDATE t SET a = 9 RETURNING a",
        "UPDATE OR IGNORE t SET a = 9",
        "DELETE FROM t RETURNING a",
    ],
)
def test_a_view_to_read_refuses_writes_in_words(world, sql):
    # Without its triggers SQLite 3.40 takes the statements with RETURNING, and does nothing.
    kept(world, "CREATE TABLE t(a); INSERT INTO t VALUES (1)", how='compat = "view"')
    with (
        world.open("main.db") as database,
        pytest.raises(sqlite3.Error, match="t is a read-only view of shop_t since the migration"),
    ):
        database.execute(sql).fetchall()
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(1,)]


# Writing


@pytest.mark.parametrize(
    "default",
    [
        "7", "-1", "+3", "1.50", "'it''s'", "x'00ff'", "NULL", "TRUE", "false", "abc",
        '"q ""d"', "[b c]", "`x`", "(1 + 1)", "(lower('QQ'))", "(1 -- one\n)", "('a' || ';')",
        "CURRENT_DATE", "(typeof(CURRENT_TIMESTAMP))", "(strftime('%Y', 'now'))", '"true"',
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["", "TEXT NOT NULL", "INT", "REAL"])
def test_a_column_that_is_left_out_gets_its_default(world, default, kind):
    # Without a migration, since the trigger is what is looked at here.
    table = f"(id INTEGER PRIMARY KEY, c {kind} DEFAULT {default}, d)"
    plan = world.plan(f"main.db: t -> shop_t, {WRITABLE}")
    with (
        closing(sqlite3.connect(":memory:")) as before,
        closing(sqlite3.connect(":memory:")) as after,
        open_scratch("main.db") as scratch,
    ):
        before.execute(f"CREATE TABLE t{table}")
        after.execute(f"CREATE TABLE shop_t{table}")
        scratch.run(f"CREATE TABLE shop_t{table}")
        for _, _, sql in compat.statements(plan, scratch, frozenset()):
            after.execute(sql)
        for database in (before, after):
            with suppress(sqlite3.IntegrityError):  # NOT NULL DEFAULT NULL
                database.execute("INSERT INTO t(d) VALUES (1)")
            with suppress(sqlite3.IntegrityError):
                database.execute("INSERT INTO t DEFAULT VALUES")
            database.execute("INSERT INTO t(c) VALUES ('given')")
        ask = "SELECT id, c, typeof(c), d FROM t"
        assert after.execute(ask).fetchall() == before.execute(ask).fetchall()


def test_null_for_a_column_with_a_default_gives_the_default(world):
    # A trigger cannot tell it from a column that is left out: documented.
    kept(world, "CREATE TABLE t(a, b DEFAULT 5)")
    with world.open("main.db") as database:
        database.execute("INSERT INTO t VALUES (1, NULL)")
        database.execute("UPDATE t SET b = NULL WHERE a = 2")
        database.execute("INSERT INTO t(a) VALUES (2)")
        database.execute("UPDATE t SET b = NULL WHERE a = 2")
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(1, 5), (2, None)]


def test_ids_are_given_out_as_before(world):
    rows = same_both_ways(
        world,
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, n); INSERT INTO t VALUES (9, 1);"
        "DELETE FROM t",
        "INSERT INTO t(n) VALUES (2)",
        "INSERT INTO t VALUES (NULL, 3), (40, 4), (NULL, 5)",
        "DELETE FROM t WHERE id = 41",
        "INSERT INTO t(n) VALUES (6)",
    )
    assert [row[0] for row in rows] == [10, 11, 40, 42]


def test_rows_that_are_equal_are_changed_one_by_one(world):
    # One after the other, 1 becomes 2 and that 2 becomes 3, unless single rows are changed.
    same_both_ways(
        world,
        "CREATE TABLE t(n, s); INSERT INTO t VALUES (1, 'a'), (2, 'a'), (2, 'a'), (3, NULL)",
        "UPDATE t SET n = n + 1 WHERE n < 3",
        "DELETE FROM t WHERE s IS NULL",
        "INSERT INTO t VALUES (2, 'a'), ('2', 'a'), (2.0, 'A')",
        "UPDATE t SET s = 'b' WHERE typeof(n) = 'text'",
        "DELETE FROM t WHERE n = 3",
        ask="SELECT n, typeof(n), s FROM t ORDER BY 1, 2, 3",
    )


def test_rows_that_are_nearly_equal_are_told_apart(world):
    rows = same_both_ways(
        world,
        "CREATE TABLE t(n, s COLLATE NOCASE);"
        "INSERT INTO t VALUES (1, 'a'), (1.0, 'a'), ('1', 'a'), (1, 'A'), (x'31', 'a')",
        "DELETE FROM t WHERE typeof(n) = 'real'",
        "DELETE FROM t WHERE s = 'A' COLLATE BINARY",
        "UPDATE t SET s = 'b' WHERE typeof(n) = 'blob'",
        ask="SELECT typeof(n), s FROM t",
    )
    assert rows == [("integer", "a"), ("text", "a"), ("blob", "b")]


def test_keys_can_change_and_hold_null(world):
    same_both_ways(
        world,
        "CREATE TABLE t(k TEXT COLLATE NOCASE PRIMARY KEY, n);"
        "INSERT INTO t VALUES ('a', 1), ('B', 2), (NULL, 3), (NULL, 3), (NULL, 4)",
        "UPDATE t SET k = 'A' WHERE k = 'a'",
        "UPDATE t SET k = 'c' WHERE n = 2",
        "UPDATE t SET k = 'C' WHERE n = 1",
        "UPDATE t SET n = n + 1 WHERE k IS NULL",
        "DELETE FROM t WHERE n = 4",
        "INSERT INTO t VALUES ('a', 8)",
        "INSERT OR REPLACE INTO t VALUES ('a', 9)",
        "INSERT OR IGNORE INTO t VALUES ('C', 9), ('d', 9)",
        "UPDATE OR REPLACE t SET k = 'd' WHERE k = 'c'",
        ask="SELECT k, n FROM t ORDER BY k, n",
    )


@pytest.mark.parametrize("end", ["", " WITHOUT ROWID"])
def test_keys_of_two_columns_with_a_collation_of_their_own(world, end):
    same_both_ways(
        world,
        "CREATE TABLE t(a COLLATE NOCASE, b, n, PRIMARY KEY (a COLLATE BINARY, b))"
        f"{end}; INSERT INTO t VALUES ('x', 1, 1), ('X', 1, 2), ('x', 2, 3)",
        "UPDATE t SET n = n * 10",
        "DELETE FROM t WHERE n = 20",
        "INSERT INTO t VALUES ('X', 2, 4)",
        "INSERT INTO t VALUES ('x', 2, 4)",
        "UPDATE t SET b = b + 5 WHERE a = 'X'",
        ask="SELECT * FROM t ORDER BY n",
    )


def test_the_tables_own_triggers_and_foreign_keys_work(world):
    script = (
        "CREATE TABLE t(id INTEGER PRIMARY KEY, parent REFERENCES t ON DELETE CASCADE, at);"
        "CREATE TABLE child(t REFERENCES t ON DELETE SET NULL ON UPDATE CASCADE);"
        "CREATE TABLE log(what, id);"
        "CREATE TRIGGER made AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('made', NEW.id);"
        " UPDATE t SET at = 'stamped' WHERE id = NEW.id; END;"
        "CREATE TRIGGER gone BEFORE DELETE ON t BEGIN INSERT INTO log VALUES ('gone', OLD.id); END;"
        "CREATE TRIGGER no BEFORE UPDATE ON t WHEN NEW.at = 'never' BEGIN"
        " SELECT RAISE(ABORT, 'never'); END"
    )
    statements = (
        "PRAGMA foreign_keys = ON",
        "INSERT INTO t(id) VALUES (1), (5)",
        "INSERT INTO t(parent) VALUES (1)",
        "INSERT INTO t(parent) VALUES (77)",
        "INSERT INTO child VALUES (1), (5)",
        "UPDATE t SET id = 50 WHERE id = 5",
        "UPDATE t SET at = 'never'",
        "DELETE FROM t WHERE id = 1",
    )
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as before:
        before.executescript(script)
        world.make("main.db", script)
        world.migrate(
            world.plan(f"main.db: t -> shop_t, {WRITABLE}", "main.db: child", "main.db: log")
        )
        with world.open("main.db") as after:
            for sql in statements:
                assert outcome(before, sql) == outcome(after, sql), sql
            for ask in ("SELECT * FROM t", "SELECT * FROM child", "SELECT * FROM log"):
                rows = before.execute(ask).fetchall()
                assert rows
                assert after.execute(ask).fetchall() == rows


def test_computed_columns_are_left_to_the_table(world):
    kept(world, "CREATE TABLE t(a, g AS (a * 2) STORED, b)")
    with world.open("main.db") as database:
        database.execute("INSERT INTO t(a, b) VALUES (1, 2)")
        database.execute("UPDATE t SET a = 3")
        for sql in ("INSERT INTO t VALUES (1, 2, 3)", "UPDATE t SET g = 9"):
            with pytest.raises(sqlite3.Error, match="g of shop_t is computed"):
                database.execute(sql)
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(3, 6, 2)]


def test_odd_names_all_over(world):
    name = 'select it\'s "t"'
    written = '"select it\'s ""t"""'
    same_both_ways(
        world,
        f'CREATE TABLE {written}("a b" TEXT PRIMARY KEY, "c""d" DEFAULT \'x\', rowid, "NEW");'
        f"INSERT INTO {written} VALUES ('1', 2, 3, 4)",
        f'INSERT INTO {written}("a b", rowid) VALUES (5, 6), (6, 6)',
        f'UPDATE {written} SET rowid = 7, "NEW" = 8 WHERE "a b" = \'1\'',
        f"DELETE FROM {written} WHERE rowid = 6 AND \"a b\" = '6'",
        name=name,
        ask=f"SELECT * FROM {written}",
    )


def test_the_triggers_take_names_that_are_free(world):
    world.make(
        "main.db",
        "CREATE TABLE t(a); CREATE TABLE u(a);"
        "CREATE TRIGGER RETABLE_T_insert AFTER INSERT ON u BEGIN SELECT 1; END",
    )
    world.migrate(world.plan(f"main.db: t -> shop_t, {WRITABLE}", "main.db: u"))
    triggers = world.rows("main.db", "SELECT name FROM sqlite_schema WHERE type = 'trigger'")
    assert [name for (name,) in triggers] == [
        *("RETABLE_T_insert", "retable_t_insert_2", "retable_t_update", "retable_t_delete")
    ]
    with world.open("main.db") as database:
        database.execute("INSERT INTO t VALUES (1)")
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(1,)]


# The migration around them


def test_what_cannot_be_written_through_a_view_is_refused_by_name(world):
    world.make("main.db", "CREATE VIRTUAL TABLE t USING fts5(a)")
    plan = world.plan(f"main.db: t -> shop_t, {WRITABLE}")
    before = world.everything()
    with pytest.raises(SurveyError) as error:
        world.migrate(plan)
    assert str(error.value) == (
        "domain[1].table[1].compat: main.db: 't' cannot be written through a view: only its rowid"
        " tells a row of a fts5 table, and a view has none"
        ' (say compat = "view", and change the code that writes to it)'
    )
    assert world.everything() == before


def test_old_names_are_proved_dropped_and_rolled_back(world):
    before = "CREATE TABLE t(a DEFAULT 1); INSERT INTO t VALUES (5)"
    plan = kept(world, before)
    assert verify(plan).pure
    with world.open("main.db") as database:
        database.execute("DROP TRIGGER retable_t_update")
    assert verify(plan).problems == ("trigger retable_t_update is missing",)
    with world.open("main.db") as database:
        for planned in compat.kept(plan) * 2:
            database.execute(compat.dropping(planned))
    left = world.rows(
        "main.db",
        "SELECT DISTINCT type FROM sqlite_schema WHERE sql NOT NULL AND name NOT LIKE 'retable%'",
    )
    assert left == [("table",)]
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(5,)]
    rollback(plan, progress=Silence(), drop_new_rows=True)
    assert world.schema("main.db") == {"table t": "CREATE TABLE t(a DEFAULT 1)"}


def test_finish_gives_up_the_old_names(world):
    plan = kept(world, "CREATE TABLE t(a); INSERT INTO t VALUES (5)")
    assert finish(plan, progress=Silence()).dropped == ("t",)
    left = world.rows(
        "main.db",
        "SELECT DISTINCT type FROM sqlite_schema WHERE sql NOT NULL AND name NOT LIKE 'retable%'",
    )
    assert left == [("table",)]
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(5,)]


def test_writes_through_a_view_count_as_new_rows(world):
    plan = kept(world, "CREATE TABLE t(a); INSERT INTO t VALUES (5)")
    with world.open("main.db") as database:
        database.execute("INSERT INTO t VALUES (6)")
    assert dict(verify(plan).new_rows)["shop_t"] == 1


# Any table, any statements


NAMES = ["k", "n", "odd name", "select", "rowid", 'x"y']
VALUES = ["0", "1", "2", "3", "'a'", "'A'", "'b'", "1.5", "x'61'", "'1'", "1.0", "-1"]
DEFAULTS = ["7", "'it''s'", "-1", "CURRENT_DATE", "(1 + 1)", "TRUE", "abc", '"q d"', "x'00'"]
TYPES = ["INT", "INTEGER", "TEXT", "REAL", "", "NUMERIC", "BLOB", "VARCHAR(9)"]
STRICT_TYPES = ["INT", "TEXT", "REAL", "BLOB", "ANY"]


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@st.composite
def tables(draw):
    """A table's definition, the columns of its key, all columns, those with a default."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=4, unique=True))
    strict = draw(st.booleans())
    shape = draw(st.sampled_from(["alias", "auto", "pk", "pair", "without", "unique", "none"]))
    lines, with_default = [], set()
    for number, name in enumerate(names):
        line = f"{quoted(name)} {draw(st.sampled_from(STRICT_TYPES if strict else TYPES))}"
        if number == 0 and shape in ("alias", "auto"):
            end = " AUTOINCREMENT" if shape == "auto" else ""
            lines.append(f"{quoted(name)} INTEGER PRIMARY KEY{end}")
            continue
        line += draw(st.sampled_from(["", "", " COLLATE NOCASE"]))
        if not strict and draw(st.booleans()):
            line += f" DEFAULT {draw(st.sampled_from(DEFAULTS))}"
            with_default.add(name)
        line += draw(st.sampled_from(["", "", " NOT NULL", " NOT NULL ON CONFLICT REPLACE"]))
        line += draw(st.sampled_from(["", "", f" CHECK ({quoted(name)} IS NOT 3)"]))
        if number == 0:
            line += {"pk": " PRIMARY KEY", "unique": " UNIQUE", "without": " PRIMARY KEY"}.get(
                shape, ""
            )
        lines.append(line)
    if draw(st.booleans()):
        lines.append(f"g {'TEXT' if strict else ''} AS (typeof({quoted(names[-1])}))")
    key = names[:0] if shape == "none" else names[:1]
    if shape == "pair":
        key = names[:2]
        lines.append(f"PRIMARY KEY ({quoted(key[0])}, {quoted(key[1])} COLLATE NOCASE)")
    ends = ["WITHOUT ROWID"] * (shape == "without") + ["STRICT"] * strict
    return f"CREATE TABLE t({', '.join(lines)}) {', '.join(ends)}", key, names, with_default


@st.composite
def statements(draw, table):
    """A change; what is documented to be different is left out."""
    _, key, names, with_default = table
    value = st.sampled_from(VALUES)
    clause = draw(st.sampled_from(["", "", "OR IGNORE", "OR REPLACE", "OR FAIL"]))
    kind = draw(st.sampled_from(["insert", "insert", "update", "key", "delete"]))
    column = draw(st.sampled_from(names))
    where = draw(st.sampled_from(["1", "{} = {}", "{} IS NOT {}", "{} > {}", "{} IS NULL"]))
    where = where.format(quoted(column), draw(value))
    if kind == "insert":
        columns = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        some = {c: value if c in with_default else value | st.just("NULL") for c in columns}
        rows = draw(st.lists(st.tuples(*some.values()), min_size=1, max_size=3))
        given = ", ".join(f"({', '.join(row)})" for row in rows)
        return f"INSERT {clause} INTO t({', '.join(map(quoted, columns))}) VALUES {given}"
    if kind == "delete":
        return f"DELETE FROM t WHERE {where}"
    new = draw(value | st.sampled_from(["NULL", f"{quoted(column)} + 1"]))
    if kind == "key" and key:
        # One row at a time: of several the order would decide, which SQLite does not promise.
        one = " AND ".join(f"{quoted(c)} = {draw(value)}" for c in key)
        return f"UPDATE {clause} t SET {quoted(column)} = {new} WHERE {one}"
    if column in key:
        return f"DELETE FROM t WHERE {where}"
    clause = "" if clause == "OR FAIL" else clause
    return f"UPDATE {clause} t SET {quoted(column)} = {new} WHERE {where}"


@st.composite
def histories(draw):
    table = draw(tables())
    before = draw(st.lists(statements(table), max_size=5))
    return table[0], before, draw(st.lists(statements(table), min_size=4, max_size=12))


def direct_and_through_the_view(history):
    """Migrate a table in the middle of its history; the rest goes through the view."""
    definition, before, after = history
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.make("main.db")
        with world.open("main.db") as database:
            database.execute(definition)
            for sql in before:
                outcome(database, sql)
            with closing(sqlite3.connect(world.root / "direct")) as copy:
                database.backup(copy)
        world.migrate(world.plan(f"main.db: t -> shop_t, {WRITABLE}"))
        with world.open("direct") as direct, world.open("main.db") as through:
            for database in (direct, through):
                database.execute("PRAGMA synchronous = OFF")
            for sql in after:
                assert outcome(through, sql) == outcome(direct, sql), sql
                ask = "SELECT * FROM t"
                expected = sorted(map(repr, direct.execute(ask)))
                assert sorted(map(repr, through.execute(ask))) == expected, sql
            assert through.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_any_writes_do_through_the_view_what_they_do_to_the_table(history):
    direct_and_through_the_view(history)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_any_writes_at_scale(history):
    direct_and_through_the_view(history)
