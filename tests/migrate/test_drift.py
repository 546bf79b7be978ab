"""Values that are not of their column's type, and rows that break rules: carried as they are."""

import pytest

from migrate.database.breaches import checks_of
from migrate.errors import SurveyError
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.survey import survey

ROWS = (
    "INSERT INTO t(rowid, a, b) VALUES (1, '12', 5), (4, 5.0, NULL), (-3, -0.0, 1.0), (9, 7, 'x')"
)
KEYED = "INSERT INTO t(a, b) VALUES (1, '12'), ('k', 5.0), (2.5, NULL), (x'00', -0.0)"
CASES = [
    pytest.param(
        "(a, b)", ROWS, "(a INTEGER, b TEXT NOT NULL)", "", id="no key, rowids with gaps, NOT NULL"
    ),
    pytest.param(
        "(a, b)",
        "INSERT INTO t VALUES ('12', 5), (5.0, 6.0)",
        "(a INT, b TEXT)",
        "",
        id="no key, rowids from 1",
    ),
    pytest.param(
        "(a, b)",
        ROWS,
        "(a REAL, b TEXT CHECK (t.b <> 'x'), v AS (a || b))",
        "CREATE INDEX i ON t(a) WHERE a = 12; CREATE INDEX j ON t(v)",
        id="generated, checked and indexed",
    ),
    pytest.param(
        "(a, b, s)",
        "INSERT INTO t VALUES ('12', 5, '12-5'), (5.0, NULL, 1.0)",
        "(a INTEGER, b TEXT, s AS (a || '-' || b) STORED)",
        "",
        id="a stored generated column",
    ),
    pytest.param("(a, b UNIQUE)", ROWS, "(a NUMERIC, b TEXT UNIQUE)", "", id="whole records"),
    pytest.param(
        "(a UNIQUE, b, UNIQUE (b DESC, a COLLATE NOCASE))",
        ROWS,
        "(a INT UNIQUE, b TEXT CHECK (t.b <> 'x'), UNIQUE (b DESC, a COLLATE NOCASE))",
        "CREATE INDEX i ON t(b)",
        id="unique keys beside a CHECK",
    ),
    pytest.param(
        "(id INTEGER PRIMARY KEY AUTOINCREMENT, a, b)",
        "INSERT INTO t(id, a, b) VALUES (7, '12', 5), (90, 5.0, 'x')",
        "(id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER, b TEXT CHECK (b <> 'x'))",
        "",
        id="AUTOINCREMENT beside a CHECK",
    ),
    pytest.param("(a, b)", ROWS, "(a INT, b TEXT) STRICT", "", id="STRICT"),
    pytest.param(
        "(a, b, PRIMARY KEY (a DESC)) WITHOUT ROWID",
        KEYED,
        "(a, b INTEGER CHECK (t.b <> 5), PRIMARY KEY (a DESC)) WITHOUT ROWID",
        "",
        id="WITHOUT ROWID beside a CHECK",
    ),
]


def make(world, path, first, rows, now, more=""):
    """A table whose definition has changed since its rows came."""
    world.make(path, f"CREATE TABLE t{first}; {rows}")
    with world.open(path) as database:
        database.execute("PRAGMA writable_schema = ON")
        sql = f"CREATE TABLE t{now}"
        database.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 't'", (sql,))
    world.make(path, more)


@pytest.mark.parametrize("where", ["main.db", "side.db"])
@pytest.mark.parametrize(("first", "rows", "now", "more"), CASES)
def test_values_stay_as_they_are(world, where, first, rows, now, more):
    world.make("main.db", "CREATE TABLE here(x)")
    make(world, where, first, rows, now, more)
    rowid = "" if "WITHOUT ROWID" in now else "rowid, "
    query = f"SELECT {rowid}*, typeof(a), typeof(b), quote(a), quote(b) FROM {{}} ORDER BY 1"
    before = world.rows(where, query.format("t"))
    breaks = world.rows(where, "PRAGMA integrity_check")
    plan = world.plan("main.db: here -> there", f"{where}: t -> shop_t")
    report = world.migrate(plan)
    assert world.rows("main.db", query.format("shop_t")) == before
    assert world.rows("main.db", "PRAGMA integrity_check") == [
        (line.replace(" t.", " shop_t.").replace(" in t", " in shop_t"),) for (line,) in breaks
    ]
    assert breaks == [("ok",)] or all("break" in note for note in report.notes), report.notes
    assert bool(report.notes) == (breaks != [("ok",)])
    assert verify(plan).pure
    rollback(plan, progress=Silence())


@pytest.mark.parametrize("where", ["main.db", "side.db"])
def test_each_rule_that_rows_break_is_said(world, where):
    make(
        world,
        where,
        "(a, b)",
        "INSERT INTO t VALUES (NULL, 5), ('12', 'x'), (-1, 'y'), (NULL, 'z')",
        "(a INTEGER NOT NULL CHECK (a > 0), b TEXT)",
    )
    plan = world.plan(f"{where}: t -> shop_t")
    said = (
        f"{where}: t: 2 rows break NOT NULL of column 'a', which stays so",
        f"{where}: t: 1 row breaks the type INTEGER of column 'a', which stays so",
        f"{where}: t: 1 row breaks the type TEXT of column 'b', which stays so",
        f"{where}: t: 1 row breaks CHECK (a > 0), which stays so",
    )
    assert survey(plan).notes == said
    assert world.migrate(plan).notes == said


def test_more_rows_than_a_check_says_by_itself(world):
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250)"
    rows = f"{numbers} INSERT INTO t SELECT NULL, i FROM n"
    make(world, "side.db", "(a, b)", rows, "(a NOT NULL, b)")
    report = world.migrate(world.plan("side.db: t -> shop_t"))
    assert report.notes == ("side.db: t: 250 rows break NOT NULL of column 'a', which stays so",)


@pytest.mark.parametrize("where", ["main.db", "side.db"])
def test_a_key_of_another_type_is_refused_by_name(world, where):
    """SQLite itself does not find such a row of a table without rowids."""
    now = "(a INTEGER PRIMARY KEY, b) WITHOUT ROWID"
    make(world, where, "(a PRIMARY KEY, b) WITHOUT ROWID", KEYED.replace("(1,", "('1',"), now)
    plan = world.plan(f"{where}: t -> shop_t")
    before = world.everything()
    with pytest.raises(SurveyError, match="1 row of table 't' cannot be found by key"):
        world.migrate(plan)
    assert world.everything() == before


def test_generated_columns_beside_a_check(world):
    """A file that is attached read-only has no CHECKs, and so SQLite does not copy records."""
    script = (
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a CHECK (a > 0), v AS (a + 1), s AS (a) STORED)"
    )
    world.make("side.db", f"{script}; INSERT INTO t(a) VALUES (1), (2)")
    world.migrate(world.plan("side.db: t -> shop_t"))
    assert world.rows("main.db", "SELECT * FROM shop_t") == [(1, 1, 2, 1), (2, 2, 3, 2)]


@pytest.mark.parametrize(
    ("into", "rows", "said"),
    [
        pytest.param(
            "a INTEGER",
            "('12'), ('x'), (1)",
            "1 row .* column 'a' would make them INTEGER",
            id="1",
        ),
        pytest.param("a INT", "(5.0), (-0.0), (5.5)", "2 rows", id="whole reals"),
        pytest.param("a VARCHAR(9)", "(5), (5.5), ('5'), (NULL)", "2 rows", id="numbers as text"),
        pytest.param("a FLOAT", "('1e5'), ('e')", "1 row", id="text as real"),
        pytest.param("a NOT NULL", "(NULL), (1)", "1 row .* column 'a' is NOT NULL", id="NULL"),
        pytest.param("a CHECK (shop.a > 0)", "(0), (1), (NULL)", r"1 row .* CHECK \(shop.a > 0\)"),
    ],
)
def test_rows_that_do_not_fit_the_table_which_they_join(world, into, rows, said):
    world.make("main.db", f"CREATE TABLE shop({into})")
    world.make("side.db", f"CREATE TABLE t(a); INSERT INTO t VALUES {rows}")
    with world.open("side.db") as database:
        kind = into.split()[1] if into.split()[1] not in ("NOT", "CHECK") else ""
        database.execute("PRAGMA writable_schema = ON")
        database.execute("UPDATE sqlite_schema SET sql = ?", (f"CREATE TABLE t(a {kind})",))
    plan = world.plan("main.db: shop", 'side.db: t -> shop, merge = "append"')
    before = world.everything()
    with pytest.raises(SurveyError, match=f"{said}"):
        world.migrate(plan)
    assert world.everything() == before
    with world.open("side.db") as database:
        database.execute("DELETE FROM t")
        database.execute("INSERT INTO t VALUES (1)")
    world.migrate(plan)
    assert [float(a) for (a,) in world.rows("main.db", "SELECT a FROM shop")] == [1]


def test_rows_that_do_not_fit_a_strict_table(world):
    world.make("main.db", "CREATE TABLE shop(a INT, b ANY, c BLOB) STRICT")
    world.make(
        "side.db", "CREATE TABLE t(a INT, b ANY, c BLOB); INSERT INTO t VALUES ('x', 1, 'y')"
    )
    with pytest.raises(SurveyError, match=r"'a' would make them INT[^$]*column 'c'"):
        world.migrate(world.plan("main.db: shop", 'side.db: t -> shop, merge = "append"'))


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        ("CREATE TABLE t(a CHECK (a > 0), b, CHECK ((a) < (b)))", ["a > 0", "(a) < (b)"]),
        ("CREATE TABLE t(a CONSTRAINT c check(a <> ')'))", ["a <> ')'"]),
        ('CREATE TABLE t("check" /* CHECK (1) */, [check] -- CHECK (2)\n)', []),
        ("CREATE TABLE t(a CHECK -- why\n (a /* ( */ > 0))", ["a /* ( */ > 0"]),
    ],
)
def test_where_checks_are(sql, rules):
    assert [*checks_of(sql)] == rules
