"""Which code does not work through views: what is listed is what differs, measured on SQLite."""

import json
import sqlite3
from contextlib import closing, contextmanager

import pytest

from plan.load import load_plan
from refactor.search import Searcher
from refactor.views.hindrances import WHY, Hindrance
from refactor.views.obstacles import obstacles

from .conftest import Place

SCRIPT = """
CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, n INT DEFAULT 7);
CREATE INDEX by_n ON t(n);
INSERT INTO t(name) VALUES ('a'), ('b'), ('c');
CREATE TABLE g(a, twice AS (a * 2));
CREATE VIRTUAL TABLE docs USING fts5(title, body);
INSERT INTO docs VALUES ('one', 'two');
CREATE TABLE child(t REFERENCES t ON DELETE CASCADE);
INSERT INTO child VALUES (1);
"""
PLAN = """
[plan]
target = "data/main.db"
descriptions = "optional"
compat = "{compat}"

[[database]]
path = "data/main.db"
action = "target"

[[domain]]
name = "shop"
table = [
  {{ from = "t", in = "data/main.db", to = "shop_t" }},
  {{ from = "g", in = "data/main.db", to = "shop_g" }},
  {{ from = "docs", in = "data/main.db", to = "shop_doc", compat = "view" }},
  {{ from = "child", in = "data/main.db" }},
]
"""

# What does through a writable view what it did to the table.
FINE = [
    "SELECT * FROM t ORDER BY id",
    "SELECT a.id, b.name FROM main.t AS a JOIN t AS b USING (id) ORDER BY 1",
    "SELECT n FROM t NOT INDEXED WHERE n = 7",
    "SELECT name FROM sqlite_master WHERE name = 't'",
    "SELECT title FROM docs WHERE title MATCH 'one'",
    "SELECT total(n), 'rowid' FROM t",
    "CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, up REFERENCES t(id))",
    "CREATE TABLE t(id)",
    "CREATE VIEW v AS SELECT * FROM t",
    "INSERT INTO t(name) VALUES ('d')",
    "INSERT INTO t DEFAULT VALUES",
    "INSERT INTO t VALUES (NULL, 'd', 1)",
    "INSERT INTO t(name) SELECT name || 'x' FROM t",
    "INSERT INTO t(name) VALUES ('a')",
    "INSERT OR IGNORE INTO t(name) VALUES ('a'), ('d')",
    "INSERT OR REPLACE INTO t(id, name) VALUES (2, 'a')",
    "REPLACE INTO t(name, n) VALUES ('b', 5)",
    "INSERT INTO g(a) VALUES (3)",
    "UPDATE t SET n = n + 1 WHERE name <> 'a'",
    "UPDATE t SET id = 9 WHERE id = 2",
    "UPDATE OR IGNORE t SET name = 'a' WHERE id = 2",
    "UPDATE t SET n = q.n FROM (SELECT 8 AS n) AS q WHERE id = 1",
    "UPDATE t SET n = 5 WHERE id = 1 RETURNING id, name, n",
    "WITH q AS (SELECT 1 AS id) DELETE FROM t WHERE id IN (SELECT id FROM q)",
    "DELETE FROM t WHERE id = 1 RETURNING name",
    "DELETE FROM t",
]
# What does not, why it is listed, and what the code reads after it.
LISTED = [
    (Hindrance.UPSERT, "INSERT INTO t(id) VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 3", ""),
    (Hindrance.UPSERT, "INSERT INTO t(name) VALUES ('z') ON CONFLICT DO NOTHING", ""),
    (Hindrance.RETURNING, "INSERT INTO t(name) VALUES ('z') RETURNING id, n", ""),
    (Hindrance.LASTROWID, "INSERT INTO t(name) VALUES ('z')", "lastrowid"),
    (Hindrance.ROWCOUNT, "UPDATE t SET n = 1", "rowcount"),
    (Hindrance.ROWCOUNT, "DELETE FROM t WHERE id = 3", "rowcount"),
    (Hindrance.CHANGES, "REPLACE INTO t(name) VALUES ('a')", "SELECT changes()"),
    (Hindrance.LAST_INSERT_ROWID, "INSERT INTO t(n) VALUES (1)", "SELECT last_insert_rowid()"),
    (Hindrance.ROWID, "SELECT rowid, name FROM t", ""),
    (Hindrance.ROWID, "UPDATE t SET n = 1 WHERE _rowid_ = 2", ""),
    (Hindrance.ROWID, "DELETE FROM t WHERE t.oid = 2", ""),
    (Hindrance.ROWS_THAT_MEET, "UPDATE OR REPLACE t SET id = 3 WHERE id > 1", ""),
    (Hindrance.INDEXED_BY, "SELECT name FROM t INDEXED BY by_n WHERE n = 7", ""),
    (Hindrance.INDEXED_BY, "UPDATE t INDEXED BY by_n SET name = NULL WHERE n = 7", ""),
    (Hindrance.CREATE_INDEX, "CREATE INDEX IF NOT EXISTS by_n ON t(n)", ""),
    (Hindrance.CREATE_INDEX, "CREATE UNIQUE INDEX other ON t(name, n)", ""),
    (
        Hindrance.CREATE_TRIGGER,
        "CREATE TRIGGER IF NOT EXISTS x AFTER INSERT ON t BEGIN SELECT 1; END",
        "",
    ),
    (Hindrance.ALTER_TABLE, "ALTER TABLE t ADD COLUMN more", ""),
    (Hindrance.ALTER_TABLE, "ALTER TABLE t RENAME COLUMN n TO m", ""),
    (Hindrance.ALTER_TABLE, "ALTER TABLE t RENAME TO t_old", ""),
    (Hindrance.DROP_TABLE, "DROP TABLE IF EXISTS t", ""),
    (Hindrance.REFERENCES, "CREATE TABLE z(t REFERENCES t(id))", "INSERT INTO z VALUES (NULL)"),
    (Hindrance.UPKEEP, "ANALYZE t", ""),
    (Hindrance.PRAGMA, "PRAGMA table_info(t)", ""),
    (Hindrance.PRAGMA, "PRAGMA index_list('t')", ""),
    (Hindrance.CATALOG, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 't'", ""),
    (Hindrance.CATALOG, "SELECT 1 FROM sqlite_schema WHERE name = 't' AND type IN ('table')", ""),
    (Hindrance.FIGURES, "SELECT seq FROM sqlite_sequence WHERE name = 't'", ""),
    (Hindrance.REFUSED, "INSERT INTO g VALUES (3)", ""),
    (Hindrance.REFUSED, "SELECT title FROM docs WHERE docs MATCH 'one'", ""),
    (Hindrance.REFUSED, "SELECT title, rank FROM docs", ""),
]  # fmt: skip
CASES = [(None, sql, "") for sql in FINE] + LISTED
WRITES = ("INSERT", "REPLACE", "UPDATE", "DELETE", "WITH")


def project(root, compat):
    """A project with one function for each case, migrated in a copy beside it."""
    place = Place(root)
    place.write("retable.toml", PLAN.format(compat=compat))
    place.write("data/main.db", b"")
    with closing(sqlite3.connect(root / "data/main.db")) as database:
        database.executescript(SCRIPT)
    lines = ["import sqlite3", 'DB = "data/main.db"']
    for number, (_, sql, read) in enumerate(CASES):
        after = f'db.execute("{read}")' if " " in read else f"x = cur.{read}" if read else "pass"
        lines += [f"def case_{number}(db):", f'    cur = db.execute("{sql}")', f"    {after}"]
    place.write("app.py", "\n".join([*lines, ""]))
    plan = load_plan(root / "retable.toml")
    schemas = _schemas(plan)
    searcher = Searcher(plan, schemas)
    found = obstacles(plan, searcher, searcher.search())
    place.write("before.db", place.root.joinpath("data/main.db").read_bytes())
    assert place.retable("migrate", "--yes").status == 0
    return place, {(it.reference.line - 4) // 3: it for it in found}, found


def _schemas(plan):
    from migrate.schemas import schemas  # noqa: PLC0415

    return schemas(plan)


@pytest.fixture(scope="module")
def writable(tmp_path_factory):
    return project(tmp_path_factory.mktemp("writable"), "writable")


@pytest.fixture(scope="module")
def readable(tmp_path_factory):
    return project(tmp_path_factory.mktemp("readable"), "view")


@contextmanager
def copy_of(file):
    """A database in memory with the same content."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        with closing(sqlite3.connect(file)) as stored:
            stored.backup(database)
        database.execute("PRAGMA foreign_keys = ON")
        yield database


def happens(file, sql, read):
    """What a statement does: its rows or its error, what is read after it, what is there then."""
    with copy_of(file) as database:
        try:
            cursor = database.execute(sql)
            said = [cursor.fetchall()]
            if " " in read:
                said.append(database.execute(read).fetchall())
            elif read:
                said.append(getattr(cursor, read))
        except sqlite3.Error as error:
            # What is called otherwise now is no difference in what happens.
            words = str(error).replace("shop_", "").replace("view t already", "table t already")
            said = [type(error), words]
        for ask in (
            *("SELECT * FROM t", "SELECT * FROM g", "SELECT * FROM child"),
            "SELECT count(*) FROM sqlite_stat1",
        ):
            try:
                said.append(database.execute(ask).fetchall())
            except sqlite3.Error:
                said.append("not there")
        return said


@pytest.mark.parametrize("number", range(len(CASES)), ids=[sql for _, sql, _ in CASES])
def test_what_is_listed_is_what_differs_through_a_writable_view(writable, number):
    place, by_case, _ = writable
    kind, sql, read = CASES[number]
    assert (by_case[number].kind if number in by_case else None) is kind
    before = happens(place.root / "before.db", sql, read)
    after = happens(place.root / "data/main.db", sql, read)
    assert (before != after) is (kind is not None)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[sql for _, sql, _ in CASES])
def test_a_view_to_read_refuses_each_write_and_no_reading(readable, number):
    place, by_case, _ = readable
    kind, sql, read = CASES[number]
    if sql.startswith(WRITES):
        kind = Hindrance.READ_ONLY
    assert (by_case[number].kind if number in by_case else None) is kind
    before = happens(place.root / "before.db", sql, read)
    after = happens(place.root / "data/main.db", sql, read)
    assert (before != after) is (kind is not None)
    if kind is Hindrance.READ_ONLY:
        assert after[-4:] == happens(place.root / "before.db", "SELECT 1", "")[-4:]


def test_each_statement_is_listed_once_and_each_kind_is_measured(writable, readable):
    for _, by_case, found in (writable, readable):
        assert len(by_case) == len(found)
    kinds = {kind for kind, _, _ in LISTED} | {Hindrance.READ_ONLY, Hindrance.BLOB}
    assert kinds == {*Hindrance} == {*WHY}


# What a plan and its code look like to those who run the commands


SHOP = {
    "data/shop.db": "CREATE TABLE orders(id INTEGER PRIMARY KEY, total); CREATE TABLE notes(text)",
    "data/users.db": "CREATE TABLE users(id INTEGER PRIMARY KEY, name)",
}
SHOP_PLAN = """
[plan]
target = "data/shop.db"
descriptions = "optional"
compat = "writable"

[[database]]
path = "data/shop.db"
action = "target"

[[database]]
path = "data/users.db"
action = "merge"

[[domain]]
name = "shop"
table = [
  { from = "orders", in = "data/shop.db", to = "shop_order" },
  { from = "notes", in = "data/shop.db", to = "shop_note", compat = "none" },
  { from = "users", in = "data/users.db", to = "user_account" },
]
"""
SHOP_CODE = """import sqlite3

def add(total):
    with sqlite3.connect("data/shop.db") as db:
        if not db.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", ("orders",)
        ).fetchone():
            raise SystemExit
        cur = db.cursor()
        sql = "INSERT INTO orders(total) VALUES (?)"
        cur.execute(sql, (total,))
        db.execute("DELETE FROM notes")
        blob = db.blobopen("orders", "total", cur.lastrowid)
        return cur.lastrowid, blob

def users():
    return sqlite3.connect("data/users.db").execute("SELECT name FROM users").fetchall()
"""
SHOP_SQL = """SELECT * FROM orders;
INSERT INTO orders(total) VALUES (1);

SELECT last_insert_rowid();
"""


@pytest.fixture
def shop(tmp_path):
    place = Place(tmp_path)
    place.write("retable.toml", SHOP_PLAN)
    place.write("app.py", SHOP_CODE)
    place.write("seed.sql", SHOP_SQL)
    for path, script in SHOP.items():
        place.write(path, b"")
        with closing(sqlite3.connect(tmp_path / path)) as database:
            database.executescript(script)
    return place


def test_the_plan_shows_what_will_not_work(shop):
    said = shop.retable("plan")
    assert said.status == 0, "a warning, not a refusal"
    _, _, shown = said.out.partition("Old names that stay, as views in data/shop.db\n")
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines()]
    assert [row for row in cells if row] == [
        ["orders", "shop_order", "data/shop.db", "reads and writes", "5", "4"],
        ["users", "user_account", "data/users.db", "reads and writes", "1", ""],
    ]
    listed = shown[shown.index("data/users.db goes") : shown.index("databases:")]
    assert listed == (
        "data/users.db goes to the archive: code that opens it sees no view, until it opens"
        " data/shop.db (1 place: app.py:17)\n"
        "will not work through these views, or not as before:\n"
        "  app.py:6  SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = …\n"
        "    the catalog files the old name as a view: the table is not found;"
        " say shop_order here\n"
        "  app.py:10  INSERT INTO orders(total) VALUES (?)\n"
        "    lastrowid, read in line 13: the id of an earlier row, as before the write;"
        " say shop_order here\n"
        "  app.py:13  orders\n"
        "    a view cannot be opened for its blobs; say shop_order here\n"
        "  seed.sql:2  INSERT INTO orders(total) VALUES (1)\n"
        "    last_insert_rowid, read in line 4: the id of an earlier row, as before the write;"
        " say shop_order here\n"
    )


def test_machines_get_the_whole_list(shop):
    found = json.loads(shop.retable("plan", "--format", "json").out)["compatibility"]
    assert found["views_in"] == "data/shop.db"
    assert [(it["old"], it["compat"], it["named_in_code"]) for it in found["tables"]] == [
        ("orders", "writable", 5),
        ("users", "writable", 1),
    ]
    opened = {"database": "data/users.db", "path": "app.py", "line": 17, "column": 29}
    assert found["opened_files"] == [opened]
    assert found["obstacles"][1] == {
        "path": "app.py",
        "line": 10,
        "column": 28,
        "old": "orders",
        "new": "shop_order",
        "database": "data/shop.db",
        "kind": "lastrowid",
        "statement": "INSERT INTO orders(total) VALUES (?)",
        "why": "lastrowid, read in line 13: the id of an earlier row, as before the write",
        "mend": "say shop_order here",
    }


def test_a_long_list_is_cut_for_people(shop):
    lines = [f'    db.execute("DROP TABLE orders -- {n}")' for n in range(30)]
    shop.write("more.py", "\n".join(["def f(db):", *lines, ""]))
    said = shop.retable("plan").out
    assert said.count("a view is dropped by DROP VIEW only") == 17
    assert "  … and 14 more: `retable plan --format json` has them all" in said


def test_after_a_migration_one_line_points_to_the_list(shop):
    said = shop.retable("migrate", "--yes")
    assert said.status == 0
    assert (
        "old names stay as views: 4 statements will not work through them; an archived file is"
        " still opened in 1 place (`retable plan` lists them)\n"
    ) in said.err


def test_code_that_cannot_be_looked_through_does_not_spoil_a_migration(shop):
    shop.write("retable.toml", SHOP_PLAN + '\n[code]\npaths = ["nowhere"]\n')
    said = shop.retable("migrate", "--yes")
    assert said.status == 0
    assert "whether code works through the old names is not known" in said.err


@pytest.mark.parametrize("what", ["the plan asks for none", "the code says the new names"])
def test_nothing_is_said_where_nothing_is_wrong(shop, what):
    if what == "the plan asks for none":
        shop.write("retable.toml", SHOP_PLAN.replace('compat = "writable"', ""))
        assert "Old names that stay" not in shop.retable("plan").out
    else:
        shop.write("app.py", "")
        shop.write("seed.sql", "")
        assert "(none is found)" in shop.retable("plan").out
    assert "old names stay" not in shop.retable("migrate", "--yes").err


def test_a_blob_of_a_view_cannot_be_opened(writable):
    place, _, _ = writable
    with copy_of(place.root / "before.db") as database:
        database.blobopen("t", "name", 1, readonly=True).close()
    with (
        copy_of(place.root / "data/main.db") as database,
        pytest.raises(sqlite3.Error, match="cannot open view"),
    ):
        database.blobopen("t", "name", 1, readonly=True)
