"""The documentation that a consolidated database carries: its table, its views, its questions."""

import json
import re
import shutil
import sqlite3

import pytest

from migrate.execute import migrate
from migrate.finish import finish
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.steps.queries import query_set, views
from migrate.steps.work import script
from plan.own import OWN_VIEWS
from tests.migrate.conftest import CODE

MAIN = """
CREATE TABLE parent(id INTEGER PRIMARY KEY, code TEXT UNIQUE);
CREATE TABLE "odd ""name"" [x]"(
  "a b" TEXT DEFAULT (upper('x') || ','), "select" INT NOT NULL DEFAULT -1,
  "né" REAL, p REFERENCES PARENT, c TEXT REFERENCES parent(CODE) ON DELETE CASCADE,
  lost REFERENCES nowhere,
  double AS ("select" * 2), kept AS ("select" * 3) STORED
);
INSERT INTO parent VALUES (1, 'x'), (2, 'y');
CREATE VIEW seen AS SELECT id, code FROM parent;
CREATE VIEW above AS SELECT count(*) AS n FROM seen;
"""
SIDE = """
CREATE TABLE pair(a TEXT, b INT, v BLOB, PRIMARY KEY (b, a)) WITHOUT ROWID;
CREATE TABLE uses(x TEXT, y INT, FOREIGN KEY (y, x) REFERENCES pair ON UPDATE SET NULL);
CREATE TABLE parent(id INTEGER PRIMARY KEY, code TEXT UNIQUE);
CREATE VIRTUAL TABLE words USING fts5(body, note UNINDEXED);
CREATE VIRTUAL TABLE boxes USING rtree(id, low, high);
INSERT INTO parent VALUES (7, 'z');
INSERT INTO words VALUES ('red fox', 'n');
"""
LINES = (
    'main.db: parent -> shop_parent, about = "Those who have children"',
    'main.db: odd "name" [x] -> odd',
    "side.db: pair -> shop_pair",
    "side.db: uses -> shop_uses",
    'side.db: parent -> shop_parent, merge = "append"',
    'side.db: words -> shop_words, compat = "view"',
    "side.db: boxes -> shop_boxes",
)


@pytest.fixture
def done(world):
    world.make("main.db", MAIN)
    world.make("side.db", SIDE)
    plan = world.plan(*LINES)
    world.migrate(plan)
    world.known = plan
    return world


def entry(world, name):
    sql = f"SELECT * FROM retable_catalog WHERE name = '{name}'"
    with world.open("main.db") as database:
        database.row_factory = sqlite3.Row
        row = dict(database.execute(sql).fetchone())
    for key in ("sources", "columns", "foreign_keys"):
        row[key] = json.loads(row[key])
    return row


def column(name, kind, **more):
    usual = {
        "about": "", "not_null": False, "default": None, "primary_key": 0, "hidden": 0,
        "references": None,
    }  # fmt: skip
    return {"name": name, "type": kind, **usual, **more}


def test_every_table_and_view_is_documented_and_no_shadow_table(done):
    held = dict(
        done.rows("main.db", "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view')")
    )
    shadows = {n for n in held if n.startswith(("shop_words_", "shop_boxes_"))}
    assert len(shadows) == 8
    ours = {name: kind for name, kind in held.items() if not name.startswith("sqlite_")}
    documented = dict(done.rows("main.db", "SELECT name, kind FROM retable_catalog"))
    assert documented == {name: kind for name, kind in ours.items() if name not in shadows}


def test_what_is_said_of_a_table_that_two_became(done):
    said = entry(done, "shop_parent")
    assert (said["domain"], said["about"]) == ("shop", "Those who have children")
    assert (said["old_name"], said["old_database"]) == ("parent", "main.db")
    assert said["sources"] == [
        {"name": "parent", "database": "main.db", "rows": 2},
        {"name": "parent", "database": "side.db", "rows": 1},
    ]
    assert said["rows_at_migration"] == 3
    assert said["columns"] == [
        column("id", "INTEGER", primary_key=1),
        column("code", "TEXT"),
    ]
    assert (
        said["plan_digest"] == done.rows("main.db", "SELECT plan_digest FROM retable_journal")[0][0]
    )


def test_what_is_said_of_columns_of_every_kind(done):
    said = entry(done, "odd")
    assert said["old_name"] == 'odd "name" [x]'
    assert said["columns"] == [
        column("a b", "TEXT", default="upper('x') || ','"),
        column("select", "INT", not_null=True, default="-1"),
        column("né", "REAL"),
        column("p", "", references={"table": "shop_parent", "column": "id"}),
        column("c", "TEXT", references={"table": "shop_parent", "column": "code"}),
        column("lost", "", references={"table": "nowhere", "column": None}),
        column("double", "", hidden=2),
        column("kept", "", hidden=3),
    ]
    plain = {"on_update": "NO ACTION", "on_delete": "NO ACTION"}
    assert said["foreign_keys"] == [
        {"columns": ["p"], "table": "shop_parent", "to": ["id"], **plain},
        {"columns": ["c"], "table": "shop_parent", "to": ["code"], **plain, "on_delete": "CASCADE"},
        {"columns": ["lost"], "table": "nowhere", "to": [], **plain},
    ]


def test_what_is_said_of_keys_of_several_columns_and_of_virtual_tables(done):
    said = entry(done, "shop_pair")
    assert said["columns"] == [
        column("a", "TEXT", primary_key=2, not_null=True),
        column("b", "INT", primary_key=1, not_null=True),
        column("v", "BLOB"),
    ]
    said = entry(done, "shop_uses")
    assert said["foreign_keys"] == [
        {
            "columns": ["y", "x"], "table": "shop_pair", "to": ["b", "a"],
            "on_update": "SET NULL", "on_delete": "NO ACTION",
        }
    ]  # fmt: skip
    assert [it["references"] for it in said["columns"]] == [
        {"table": "shop_pair", "column": "a"},
        {"table": "shop_pair", "column": "b"},
    ]
    words = entry(done, "shop_words")
    assert [it["name"] for it in words["columns"]] == ["body", "note"]
    assert (words["rows_at_migration"], entry(done, "shop_boxes")["rows_at_migration"]) == (1, 0)


def test_what_is_said_of_views_and_of_old_names(done):
    said = entry(done, "above")
    assert (said["kind"], said["domain"], said["rows_at_migration"]) == ("view", "shop", None)
    assert said["sources"] == [{"name": "above", "database": "main.db", "rows": None}]
    assert [it["name"] for it in entry(done, "seen")["columns"]] == ["id", "code"]
    old = entry(done, "words")
    assert (old["kind"], old["about"]) == (
        "view",
        "The old name of shop_words, until `retable finish`",
    )
    finish(done.known, progress=Silence())
    assert done.rows("main.db", "SELECT 1 FROM retable_catalog WHERE name = 'words'") == []


def test_retables_own_are_documented_too_to_the_last_column(done):
    for name in ("retable_catalog", "retable_journal", "retable_rejects", *OWN_VIEWS):
        said = entry(done, name)
        assert (said["domain"], said["old_name"], said["rows_at_migration"]) == (
            "retable", None, None,
        )  # fmt: skip
        assert said["about"]
        assert all(it["about"] for it in said["columns"]), name


@pytest.mark.parametrize("trusted", [True, False])
def test_the_views_say_the_same_in_rows_also_where_the_file_is_not_trusted(done, trusted):
    with done.open("main.db") as database:
        database.execute(f"PRAGMA trusted_schema = {trusted}")
        assert database.execute(
            "SELECT name, column_count, old_name, rows_at_migration FROM retable_tables"
            " WHERE domain = 'shop' AND kind = 'table' ORDER BY name"
        ).fetchall() == [
            ("odd", 8, 'odd "name" [x]', 0),
            ("shop_boxes", 3, "boxes", 0),
            ("shop_pair", 3, "pair", 0),
            ("shop_parent", 2, "parent", 3),
            ("shop_uses", 2, "uses", 0),
            ("shop_words", 2, "words", 1),
        ]
        assert database.execute(
            "SELECT position, name, type, not_null, default_value, primary_key, hidden,"
            " references_table, references_column FROM retable_columns"
            " WHERE table_name = 'odd' AND name IN ('select', 'c', 'kept')"
        ).fetchall() == [
            (2, "select", "INT", 1, "-1", 0, 0, None, None),
            (5, "c", "TEXT", 0, None, 0, 0, "shop_parent", "code"),
            (8, "kept", "", 0, None, 0, 3, None, None),
        ]
        assert database.execute("SELECT * FROM retable_relations ORDER BY 1, 2").fetchall() == [
            ("odd", "c", "shop_parent", "code", "NO ACTION", "CASCADE"),
            ("odd", "lost", "nowhere", None, "NO ACTION", "NO ACTION"),
            ("odd", "p", "shop_parent", "id", "NO ACTION", "NO ACTION"),
            ("shop_uses", "y, x", "shop_pair", "b, a", "SET NULL", "NO ACTION"),
        ]


ANSWERS = {
    "Which domains are there?": [("retable", "What retable keeps here itself", 3), ("shop", "", 6)],
    "Which tables has the domain :domain?": [
        ("odd", ""), ("shop_boxes", ""), ("shop_pair", ""),
        ("shop_parent", "Those who have children"), ("shop_uses", ""), ("shop_words", ""),
    ],
    "Which columns has the table :name?": [
        ("id", "INTEGER", "", 0, None, 1, None, None), ("code", "TEXT", "", 0, None, 0, None, None),
    ],
    "What was the table :name called before, and where?": [
        ("parent", "main.db", 2), ("parent", "side.db", 1),
    ],
    "What has become of the table that was called :old_name?": [("shop_words", "side.db", "")],
    "What does the table :name refer to?": [],
    "What refers to the table :name?": [
        ("odd", "c", "code", "CASCADE"), ("odd", "p", "id", "NO ACTION"),
    ],
    "Which tables or columns speak of :word, in their names or descriptions?": [
        ("shop_parent", None, "Those who have children"),
    ],
    "Which tables were empty when they were migrated?": [
        ("odd", ""), ("shop_boxes", ""), ("shop_pair", ""), ("shop_uses", ""),
    ],
}  # fmt: skip
ASKED = {"domain": "SHOP", "name": "Shop_Parent", "old_name": "WORDS", "word": "Children"}


def test_each_question_of_the_query_set_is_answered(done):
    queries = dict(done.rows("main.db", "SELECT question, sql FROM retable_queries"))
    assert list(queries.items()) == list(query_set("retable_catalog"))
    with done.open("main.db") as database:
        said = {
            question: database.execute(sql, {k: v for k, v in ASKED.items() if f":{k}" in sql})
            for question, sql in queries.items()
        }
        rows = {question: cursor.fetchall() for question, cursor in said.items()}
    (what,) = rows.pop("What is the table :name?")
    assert what[:8] == (
        "shop_parent", "table", "shop", "", "Those who have children", "parent", "main.db", 3,
    )  # fmt: skip
    missing = rows.pop("What is not described?")
    assert ("odd", None) in missing
    assert ("odd", "né") in missing
    assert ("shop_parent", None) not in missing
    ((when, version, digest),) = rows.pop("When was this database made, and by which plan?")
    assert (when[4], version, len(digest)) == ("-", 1, 64)
    assert rows == ANSWERS


def test_the_dry_run_writes_the_same_documentation(world):
    """By another SQLite, on copies."""
    world.make("main.db", MAIN)
    world.make("side.db", SIDE)
    plan = world.plan(*LINES)
    sql = script(migrate(plan, progress=Silence(), dry_run=True).steps)
    (world.root / "copy").mkdir()
    for name in ("main.db", "side.db"):
        (world.root / "copy" / name).write_bytes((world.root / name).read_bytes())
    sql = sql.replace("'side.db'", f"'{world.root / 'copy' / 'side.db'}'", 1)
    with world.open("copy/main.db") as database:
        database.executescript(sql)
    world.migrate(plan)
    which = ", ".join(it for it in KEPT)
    query = f"SELECT {which} FROM retable_catalog ORDER BY name"
    assert world.rows("main.db", query) == world.rows("copy/main.db", query)


KEPT = (
    "name", "kind", "domain", "domain_about", "about", "old_name", "old_database", "sources",
    "rows_at_migration", "columns", "foreign_keys", "schema_version", "plan_digest",
)  # fmt: skip


def test_a_metadata_table_of_the_plans_own_name_has_the_same_views(world):
    world.make("main.db", "CREATE TABLE a(x)")
    world.migrate(world.plan("main.db: a", head='metadata = "what_is_what"'))
    assert world.rows("main.db", "SELECT name FROM retable_tables WHERE kind = 'table'") == [
        ("a",), ("retable_journal",), ("what_is_what",),
    ]  # fmt: skip
    assert {view.name for view in views("x")} == set(OWN_VIEWS)


def test_the_docs_have_the_query_set(done):
    text = (CODE / "docs" / "metadata.md").read_text()
    asked = re.findall(r"\*\*(.+?)\*\*\n\n```sql\n(.+?)\n```", text, re.DOTALL)
    said = [(question, " ".join(sql.split())) for question, sql in asked]
    assert said == [(it, " ".join(sql.split())) for it, sql in query_set("retable_catalog")]


def test_a_database_that_was_consolidated_before_can_be_merged(world):
    """What it says of its tables goes on; retable's own tables and views there do not."""
    world.make("main.db", "CREATE TABLE a( -- Things\n x -- The one\n)")
    world.migrate(world.plan("main.db: a -> shop_a"))
    (world.root / "main.db").rename(world.root / "side.db")
    for backup in world.root.glob("backup-*"):
        shutil.rmtree(backup)
    world.make("main.db", "CREATE TABLE b(x)")
    plan = world.plan("main.db: b", "side.db: shop_a -> first_a")
    report = world.migrate(plan)
    assert report.notes[0] == (
        "side.db: what an earlier consolidation documented does not stay, but its descriptions"
        " do: retable_journal, retable_catalog, retable_tables, retable_columns,"
        " retable_relations, retable_queries"
    )
    assert entry(world, "first_a")["about"] == "Things"
    assert entry(world, "first_a")["old_name"] == "shop_a"
    assert entry(world, "first_a")["columns"][0]["about"] == "The one"
    assert world.rows("main.db", "SELECT count(*) FROM retable_queries") != [(0,)]
    assert verify(plan).holds


OLDER = """
CREATE TABLE a(x);
CREATE TABLE retable_tables(
  name TEXT PRIMARY KEY NOT NULL, domain TEXT NOT NULL, about TEXT NOT NULL, old_name TEXT,
  old_database TEXT, rows_at_migration INTEGER NOT NULL, columns INTEGER NOT NULL,
  schema_version INTEGER NOT NULL, migrated_at TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO retable_tables VALUES ('a', 'shop', 'Things', 'z', 'main.db', 0, 1, 1, 'then');
"""


def test_what_an_earlier_retable_documented_in_the_target_gives_way(world):
    world.make("main.db", OLDER)
    plan = world.plan("main.db: a -> b")
    before = world.digests()
    world.migrate(plan)
    assert entry(world, "b")["about"] == "Things"
    kinds = "SELECT type FROM sqlite_schema WHERE name = 'retable_tables'"
    assert world.rows("main.db", kinds) == [("view",)]
    assert verify(plan).holds
    rollback(plan, progress=Silence())
    assert world.digests() == before


def test_the_plan_may_keep_what_was_documented_before(world):
    world.make("main.db", OLDER)
    world.migrate(world.plan("main.db: a -> b", "main.db: retable_tables -> older"))
    assert world.rows("main.db", "SELECT about FROM older") == [("Things",)]
