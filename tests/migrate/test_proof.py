"""The proof is proved: whatever is changed between copy and commit, it must be caught."""

import pytest

from migrate.database.schema import objects_of, tables_of
from migrate.database.sqlite import Database, open_scratch
from migrate.errors import ProofError
from migrate.execute import migrate
from migrate.progress import Silence
from migrate.steps import meeting

SCRIPT = """
CREATE TABLE t(n INTEGER PRIMARY KEY, x, name TEXT COLLATE NOCASE, r REAL);
CREATE INDEX t_name ON t(name);
CREATE TABLE plain(x, y TEXT);
CREATE TABLE w(k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;
CREATE VIEW v AS SELECT x FROM t;
CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
INSERT INTO t VALUES (1, 1, 'ann', 0.5), (2, 0.0, 'bob', 1.5), (3, 'text', 'cid', 2.5),
 (4, NULL, CAST(x'610062' AS TEXT), 3.5), (9, x'00ff', '', 4.5), (11, 9007199254740993, 'é', 1e300);
INSERT INTO plain(rowid, x, y) VALUES (3, 'a', 'b'), (5, 'a', 'b'), (8, 'c', 'd');
INSERT INTO w VALUES ('a', 1), ('B', 2);
"""
PLAN = ("side.db: t -> shop_t", "side.db: plain -> shop_plain", "side.db: w -> shop_w")

MUTATIONS = [
    pytest.param("DELETE FROM shop_t WHERE n = 3", id="one row less"),
    pytest.param("INSERT INTO shop_t VALUES (77, 1, 'x', 1)", id="one row more"),
    pytest.param("INSERT INTO shop_plain VALUES ('a', 'b')", id="a double more"),
    pytest.param("DELETE FROM shop_plain WHERE rowid = 5", id="a double less"),
    pytest.param("UPDATE shop_t SET x = 1.0 WHERE n = 1", id="1 to 1.0"),
    pytest.param("UPDATE shop_t SET x = '1' WHERE n = 1", id="1 to '1'"),
    pytest.param("UPDATE shop_t SET x = -0.0 WHERE n = 2", id="0.0 to -0.0"),
    pytest.param("UPDATE shop_t SET x = 0 WHERE n = 2", id="0.0 to 0"),
    pytest.param("UPDATE shop_t SET x = x + 1 WHERE n = 11", id="the last bit of an integer"),
    pytest.param(
        "UPDATE shop_t SET r = 1.5000000000000002 WHERE n = 2", id="the last bit of a number"
    ),
    pytest.param("UPDATE shop_t SET x = CAST(x AS BLOB) WHERE n = 3", id="text to blob"),
    pytest.param("UPDATE shop_t SET x = CAST(x AS TEXT) WHERE n = 9", id="blob to text"),
    pytest.param("UPDATE shop_t SET name = 'ANN' WHERE n = 1", id="case under NOCASE"),
    pytest.param(
        "UPDATE shop_t SET name = CAST(x'610063' AS TEXT) WHERE n = 4", id="a byte after NUL"
    ),
    pytest.param("UPDATE shop_t SET name = 'a' WHERE n = 4", id="text cut at NUL"),
    pytest.param("UPDATE shop_t SET x = '' WHERE n = 4", id="NULL to ''"),
    pytest.param("UPDATE shop_t SET name = NULL WHERE n = 9", id="'' to NULL"),
    pytest.param("UPDATE shop_t SET n = 5 WHERE n = 4", id="a key moved"),
    pytest.param("UPDATE shop_plain SET rowid = 6 WHERE rowid = 5", id="a rowid moved"),
    pytest.param(
        "UPDATE shop_plain SET rowid = 100 WHERE rowid = 3;"
        "UPDATE shop_plain SET rowid = 3 WHERE rowid = 8;"
        "UPDATE shop_plain SET rowid = 8 WHERE rowid = 100",
        id="two rowids swapped",
    ),
    pytest.param(
        "UPDATE shop_t SET x = CASE n WHEN 1 THEN 'text' ELSE 1 END WHERE n IN (1, 3)",
        id="two values swapped",
    ),
    pytest.param("UPDATE shop_w SET k = 'b' WHERE k = 'B'", id="case of a key WITHOUT ROWID"),
    pytest.param("UPDATE shop_w SET v = 1.0 WHERE k = 'a'", id="1 to 1.0 WITHOUT ROWID"),
    pytest.param("DROP INDEX t_name", id="an index dropped"),
    pytest.param("DROP TRIGGER g", id="a trigger dropped"),
    pytest.param("DROP VIEW v", id="a view dropped"),
    pytest.param("CREATE TABLE stray(x)", id="a table more"),
    pytest.param("DROP INDEX t_name; CREATE INDEX t_name ON shop_t(r)", id="an index changed"),
    pytest.param(
        "PRAGMA writable_schema = ON;"
        "UPDATE sqlite_schema SET sql = replace(sql, 'NOCASE', 'BINARY');"
        "PRAGMA writable_schema = RESET",
        id="a definition changed",
    ),
]


@pytest.mark.parametrize("where", ["main.db", "side.db"])
@pytest.mark.parametrize("mutation", MUTATIONS)
def test_it_catches(world, monkeypatch, mutation, where):
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, SCRIPT)
    plan = world.plan("main.db: other", *(line.replace("side.db", where) for line in PLAN))
    before = world.digests()
    real = Database.run

    def sabotaged(self, sql, *values):
        real(self, sql, *values)
        if sql.startswith("PRAGMA main.user_version"):
            real(self, mutation)

    monkeypatch.setattr(Database, "run", sabotaged)
    with pytest.raises(ProofError):
        migrate(plan, progress=Silence())
    assert world.digests() == before


def test_a_reject_that_was_not_kept_as_it_was(world, monkeypatch):
    script = "CREATE TABLE t(k PRIMARY KEY, v); INSERT INTO t VALUES "
    world.make("main.db", script + "(1, 'a')")
    world.make("side.db", script + "(1, 'b'), (2, 'c')")
    plan = world.plan("main.db: t", 'side.db: t, merge = "keep-target"')
    real = Database.run

    def sabotaged(self, sql, *values):
        real(self, sql, *values)
        if sql.startswith("PRAGMA main.user_version"):
            real(self, "UPDATE main.retable_rejects SET value = x'62' WHERE value = 'b'")

    monkeypatch.setattr(Database, "run", sabotaged)
    with pytest.raises(ProofError, match="were not kept as they were"):
        migrate(plan, progress=Silence())


VALUES = (
    "NULL", "0", "0.0", "-0.0", "1", "1.0", "'0'", "''", "x''", "'1'", "x'31'", "'A'", "'a'",
    "9007199254740993", "9007199254740992", "9007199254740992.0", "9223372036854775807",
    "9e999", "-9e999", "1e-320", "0.3", "0.30000000000000004",
)  # fmt: skip


@pytest.mark.parametrize("drifted", [False, True])
@pytest.mark.parametrize("declared", ["REAL", "double precision", "FLOAT COLLATE NOCASE"])
def test_of_real_columns_less_is_asked_and_the_same_is_found(declared, drifted):
    with open_scratch("x.db") as database:
        for name in "ab":
            database.run(f"CREATE TABLE {name}(v {'' if drifted else declared})")
            values = ", ".join(f"({value})" for value in VALUES)
            database.run(f"INSERT INTO {name} VALUES {values}")
        database.run(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
            f" 'CREATE TABLE ' || name || '(v {declared})'; PRAGMA writable_schema = RESET"
        )
        table, _ = tables_of(database, objects_of(database, ""))
        assert table.columns[0].is_real
        less, all_ = (meeting.same_rows(table, "a", "b", alike=alike) for alike in (True, False))
        assert less != all_
        count = "SELECT count(*) FROM a, b WHERE"
        assert database.value(f"{count} ({less}) IS NOT ({all_})") == 0
        assert database.value(f"{count} {all_}") >= len(VALUES)
