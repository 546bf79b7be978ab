"""Values at the edges of their types, in every kind of table: each arrives to the last bit."""

import contextlib
import sqlite3

import pytest

from migrate.errors import SurveyError
from migrate.proof.verify import verify

VALUES = """
(9e999), (-9e999), (-0.0), (0.0), (4.9e-324), (1.7976931348623157e308), (9007199254740993.0),
(9223372036854775807), (-9223372036854775808), (9007199254740993), (1), (1.0), (NULL), ('1'),
(' 12 '), (x'6162'), ('ab'), (''), (x''), ('a' || char(0) || 'b'), (CAST(x'fffe80' AS TEXT)),
(CAST(x'eda080' AS TEXT)), (char(65279) || 'x'), (char(128512)), (zeroblob(9000))
"""
INTO = f"INSERT INTO {{0}}(a) VALUES {VALUES};"
TABLES = {
    "alias": f"CREATE TABLE {{0}}(id INTEGER PRIMARY KEY, a); {INTO}",
    "gaps": f"CREATE TABLE {{0}}(a); {INTO} DELETE FROM {{0}} WHERE rowid IN (3, 7);"
    " UPDATE {0} SET rowid = -rowid WHERE rowid > 10",
    "ends": "CREATE TABLE {0}(a); INSERT INTO {0}(rowid, a) VALUES"
    " (9223372036854775807, 1), (-9223372036854775808, 2)",
    "nulls_in_unique": f"CREATE TABLE {{0}}(a, n UNIQUE); {INTO}",
    "nulls_in_key": f"CREATE TABLE {{0}}(n TEXT PRIMARY KEY, a); {INTO}",
    "no_rowids": f"CREATE TABLE {{0}}(a PRIMARY KEY DESC, b) WITHOUT ROWID;"
    f"WITH v(a) AS (VALUES {VALUES}) INSERT OR IGNORE INTO {{0}}(a)"
    " SELECT a FROM v WHERE a IS NOT NULL",
    "folded_key": "CREATE TABLE {0}(k, l, a, PRIMARY KEY (l DESC, k COLLATE NOCASE)) WITHOUT ROWID;"
    f"WITH v(a) AS (VALUES {VALUES}) INSERT INTO {{0}}"
    " SELECT 'K' || n, n % 3, a FROM (SELECT a, row_number() OVER () AS n FROM v)",
    "strict": "CREATE TABLE {0}(a ANY, i INT DEFAULT 9223372036854775807, r REAL DEFAULT -0.0,"
    f" b BLOB DEFAULT x'', x TEXT DEFAULT '') STRICT; {INTO}",
    "computed": "CREATE TABLE {0}(a, v AS (typeof(a)), s AS (quote(a)) STORED CHECK (s <> 'q'),"
    " l AS (length(a)) CHECK (l < 5e6)); CREATE INDEX {0}_v ON {0}(v);"
    f" CREATE INDEX {{0}}_s ON {{0}}(s DESC) WHERE l > 1; {INTO}",
    "indexed": "CREATE TABLE {0}(a, b DEFAULT (1 + 2), c TEXT COLLATE RTRIM DEFAULT 'x  ');"
    " CREATE INDEX {0}_p ON {0}(a) WHERE typeof(a) = 'text';"
    f" CREATE INDEX {{0}}_e ON {{0}}(typeof(a), c COLLATE NOCASE DESC); {INTO}",
    "large": "CREATE TABLE {0}(a); INSERT INTO {0} VALUES (zeroblob(1000000)),"
    " (CAST(zeroblob(99999) || x'ff' AS TEXT))",
    "as_integer": f"CREATE TABLE {{0}}(a INTEGER, n NUMERIC); {INTO}",
    "as_text": f"CREATE TABLE {{0}}(a TEXT); {INTO}",
    "as_real": f"CREATE TABLE {{0}}(a REAL CHECK (a IS NOT 3)); {INTO}",
}


def rows(world, path, name):
    rowid = "NULL" if name.endswith(("no_rowids", "folded_key")) else "rowid"
    with contextlib.closing(sqlite3.connect(world.root / path)) as database:
        database.text_factory = bytes
        ask = f"SELECT {rowid}, *, typeof(a), hex(a), atan2(a, -1) FROM {name} ORDER BY 1, 2, 3"
        # Unlike ==, repr tells 1 from 1.0 and 0.0 from -0.0.
        return repr(database.execute(ask).fetchall())


def test_values_at_the_edges(world):
    for path in ("main.db", "side.db"):
        world.make(path, ";".join(script.format(name) for name, script in TABLES.items()))
    before = {(p, t): rows(world, p, t) for p in ("main.db", "side.db") for t in TABLES}
    plan = world.plan(
        *(f"main.db: {table} -> m_{table}" for table in TABLES),
        *(f"side.db: {table} -> s_{table}" for table in TABLES),
    )
    report = world.migrate(plan)
    for (path, table), expected in before.items():
        assert rows(world, "main.db", f"{path[0]}_{table}") == expected, (path, table)
    assert world.rows("main.db", "PRAGMA integrity_check") == [("ok",)]
    assert report.notes == ()
    assert verify(plan).pure


@pytest.mark.parametrize("where", ["main.db", "side.db"])
def test_a_definition_keeps_its_bytes(world, where):
    """All but its own name, wherever SQLite itself would change it too."""
    table = "(\n\ta   /* the 'first' */ TEXT\tDEFAULT ( 'it''s' ) ,  -- 100%\n\tb CHECK( b<>1 )  )"
    index = "(a  COLLATE  NOCASE /* folded */ )  WHERE\ta>'x' -- a part"
    trigger = "  BEGIN /* nothing */  SELECT 1 ;-- at all\nEND"
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(
        where,
        f"CREATE TABLE IF NOT EXISTS /* why */ t {table};CREATE  INDEX  i  ON  t{index}\n;"
        f"CREATE TRIGGER g AFTER INSERT ON t{trigger};INSERT INTO t VALUES ('y', 2)",
    )
    world.migrate(world.plan("main.db: other", f"{where}: t -> shop_t"))
    schema = world.schema("main.db")
    assert schema["table shop_t"] == f'CREATE TABLE "shop_t" {table}'
    assert schema["index i"].rstrip("\n") == f'CREATE INDEX i  ON  "shop_t"{index}'
    assert schema["trigger g"] == f'CREATE TRIGGER g AFTER INSERT ON "shop_t"{trigger}'


@pytest.mark.parametrize("where", ["main.db", "side.db"])
@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE t(a TEXT COLLATE swedish)",
        "CREATE TABLE t(a TEXT COLLATE swedish PRIMARY KEY) WITHOUT ROWID",
        "CREATE TABLE t(a); CREATE INDEX i ON t(a COLLATE swedish)",
    ],
)
def test_a_collation_that_nobody_registered_is_refused_by_name(world, where, script):
    world.make("main.db", "CREATE TABLE other(x)")
    with contextlib.closing(sqlite3.connect(world.root / where)) as database:
        database.create_collation("swedish", lambda a, b: (a > b) - (a < b))
        database.executescript(script)
    with pytest.raises(SurveyError, match="swedish"):
        world.migrate(world.plan("main.db: other", f"{where}: t -> shop_t"))
