"""A target's documentation held against the target: what a check finds, and what a record does."""

import json
import shutil
import subprocess
import sys

import pytest

from migrate.documentation.differences import findings_in
from migrate.documentation.read import read_documentation
from migrate.documentation.record import record
from plan.errors import UserError
from plan.load import load_plan

MAIN = """
CREATE TABLE parent(id INTEGER PRIMARY KEY, code TEXT UNIQUE DEFAULT 'x');
CREATE TABLE child(
  id INTEGER PRIMARY KEY, -- Its number
  parent_id INT NOT NULL REFERENCES parent, note TEXT);
CREATE VIEW seen AS SELECT id, code FROM parent;
CREATE VIRTUAL TABLE words USING fts5(body);
INSERT INTO parent VALUES (1, 'a'), (2, 'b');
"""
LINES = (
    'main.db: parent -> shop_parent, about = "Those who have children"\ncompat = "view"',
    'main.db: child -> shop_child, about = "Those who have parents"',
    'main.db: words -> shop_words, about = "What is searched"',
)
ANOTHER_CHILD = (
    "DROP TABLE shop_child;"
    "CREATE TABLE shop_child(note VARCHAR, id INTEGER PRIMARY KEY, parent_id INT DEFAULT 7)"
)


@pytest.fixture(scope="module")
def made(new_world, tmp_path_factory):
    world = new_world(tmp_path_factory.mktemp("documented"))
    world.make("main.db", MAIN)
    world.migrate(world.plan(*LINES, head='descriptions = "tables"'))
    return world.root


class Documented:
    """A migrated file, and what is done to it and its plan afterwards."""

    def __init__(self, world):
        self.world = world
        self.file = world.root / "retable.toml"

    def does(self, sql):
        with self.world.open("main.db") as database:
            database.executescript(sql)

    def says(self, toml, head=""):
        text = self.file.read_text()
        self.file.write_text(text.replace("[plan]\n", f"[plan]\n{head}\n") + toml)

    @property
    def plan(self):
        return load_plan(self.file)

    def findings(self):
        return [str(it) for it in findings_in(read_documentation(self.plan), self.plan)]

    def record(self, *, dry_run=False):
        return record(self.plan, dry_run=dry_run).said

    def row(self, name):
        sql = f"SELECT * FROM retable_catalog WHERE name = '{name}'"
        (row,) = self.world.rows("main.db", sql)
        return row

    def columns(self, name):
        (said,) = self.world.rows(
            "main.db", f"SELECT columns FROM retable_catalog WHERE name = '{name}'"
        )
        return {it["name"]: it for it in json.loads(said[0])}


@pytest.fixture
def documented(made, new_world, tmp_path):
    return Documented(new_world(shutil.copytree(made, tmp_path / "world")))


def test_what_has_just_been_migrated_is_documented(documented):
    assert documented.findings() == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param(
            "CREATE TABLE extra(a)",
            'extra: table is not documented (say about = "…" under [describe.extra] in the plan,'
            " then run `retable schema --record`)",
            id="a new table",
        ),
        pytest.param(
            'CREATE TABLE "odd \\ ""one"""(a)',
            'odd \\ "one": table is not documented (say about = "…" under'
            ' [describe."odd \\\\ \\"one\\""] in the plan, then run `retable schema --record`)',
            id="a new table whose name needs quotes",
        ),
        pytest.param(
            "CREATE VIEW more AS SELECT 1 AS n",
            'more: view is not documented (say about = "…" under [describe.more] in the plan,'
            " then run `retable schema --record`)",
            id="a new view",
        ),
        pytest.param(
            "ALTER TABLE shop_child ADD COLUMN age INT",
            "shop_child.age: column is not documented (run `retable schema --record`)",
            id="a new column",
        ),
        pytest.param(
            "ALTER TABLE shop_child DROP COLUMN note",
            "shop_child.note: column is documented, and there is none"
            " (`retable schema --record` takes it out, if it is meant to be gone)",
            id="a column that is gone",
        ),
        pytest.param(
            "DROP VIEW seen",
            "seen: view is documented, and there is none"
            " (`retable schema --record` takes it out, if it is meant to be gone)",
            id="a view that is gone",
        ),
        pytest.param(
            "UPDATE retable_catalog SET about = '' WHERE name = 'shop_child'",
            'shop_child: nobody has said what it is (say about = "…" under [describe.shop_child]'
            " in the plan, then run `retable schema --record`)",
            id="a table that nobody describes",
        ),
        pytest.param(
            "DROP VIEW seen; CREATE TABLE seen(id INTEGER, code TEXT);"
            "UPDATE retable_catalog SET about = 'Seen' WHERE name = 'seen'",
            "seen: is a table now, and is documented as a view"
            " (run `retable schema --record`, if it is meant to be so)",
            id="a view that has become a table",
        ),
    ],
)
def test_a_finding_says_what_and_how_to_mend_it(documented, sql, expected):
    documented.does(sql)
    assert documented.findings() == [expected]


def test_each_thing_that_changes_of_a_column_is_a_finding(documented):
    documented.does(ANOTHER_CHILD)
    assert [it.partition(" (run")[0] for it in documented.findings()] == [
        "shop_child.note: type is VARCHAR, documented as TEXT",
        "shop_child.parent_id: is not NOT NULL, documented so",
        "shop_child.parent_id: default is '7', documented as none",
        "shop_child: its columns stand in another order than documented",
        (
            "shop_child.parent_id: foreign key (parent_id) → shop_parent(id) is documented,"
            " and there is none"
        ),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("ANALYZE", id="SQLite's own tables"),
        pytest.param("INSERT INTO shop_words VALUES ('a')", id="rows of a table with shadows"),
        pytest.param(
            "DELETE FROM retable_catalog WHERE name = 'parent'", id="a view of an old name"
        ),
        pytest.param("CREATE INDEX extra ON shop_child(note)", id="an index"),
    ],
)
def test_some_things_need_no_documentation(documented, sql):
    documented.does(sql)
    assert documented.findings() == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("optional", []),
        ("tables", ["shop_child"]),
        ("columns", ["shop_child", "shop_child.note", "shop_child.parent_id"]),
    ],
)
def test_which_descriptions_must_be_there_is_the_plans_word(documented, wanted, expected):
    text = documented.file.read_text()
    documented.file.write_text(text.replace('"tables"', f'"{wanted}"', 1))
    documented.does("UPDATE retable_catalog SET about = '' WHERE name = 'shop_child'")
    found = {it.partition(":")[0] for it in documented.findings()}
    assert sorted(it for it in found if it.startswith("shop_child")) == expected


# Where there is nothing to read.


def refused(plan):
    with pytest.raises(UserError) as caught:
        read_documentation(plan)
    return str(caught.value)


def test_without_a_file_it_says_how_to_begin(world):
    plan = world.plan("main.db: a -> b")
    assert refused(plan) == ("main.db: is not there (run `retable migrate`, which writes it)")


def test_before_the_migration_it_says_how_to_begin(world):
    world.make("main.db", "CREATE TABLE a(x)")
    assert refused(world.plan("main.db: a -> b")) == (
        "main.db: has no table 'retable_catalog' that documents it"
        " (run `retable migrate`, which writes it)"
    )


def test_within_the_migration_it_names_the_phase(world):
    from migrate.phases import Phase  # noqa: PLC0415 - only here

    world.make("main.db", "CREATE TABLE a(x)")
    plan = world.plan("main.db: a -> b")
    world.migrate(plan, phase=Phase.MERGE)
    assert "run `retable migrate --phase document`" in refused(plan)


def test_after_the_migration_a_missing_table_is_explained(documented):
    documented.does(
        "DROP VIEW retable_tables; DROP VIEW retable_columns; DROP VIEW retable_relations"
    )
    documented.does("DROP TABLE retable_catalog")
    assert "it was migrated, and the table is gone or has another name" in refused(documented.plan)


def test_a_table_of_another_make_is_not_taken_for_it(documented):
    documented.does("ALTER TABLE shop_child RENAME TO catalog_of_mine")
    documented.says("", head='metadata = "catalog_of_mine"')
    assert "'catalog_of_mine' has no column name, kind, domain" in refused(documented.plan)


@pytest.mark.parametrize(
    ("column", "value"),
    [("columns", "[{}]"), ("columns", "no JSON"), ("sources", "7"), ("foreign_keys", "[1]")],
)
def test_a_row_that_cannot_be_read_is_named(documented, column, value):
    documented.does(f"UPDATE retable_catalog SET {column} = '{value}' WHERE name = 'shop_child'")
    said = refused(documented.plan)
    assert said.startswith("main.db: retable_catalog: 'shop_child': its documentation cannot be")
    assert said.endswith("(delete that row; `retable schema --record` writes it anew)")


# Bringing it up to date.


def test_a_new_table_is_written_down_with_what_the_plan_says(documented):
    documented.does("CREATE TABLE extra(a INT NOT NULL, b REFERENCES shop_parent)")
    documented.says(
        '[describe.extra]\nabout = "More"\ndomain = "shop"\ncolumns = { a = "One", b = "Two" }\n'
    )
    assert documented.record() == ("extra: new table, 2 columns, domain shop",)
    name, kind, domain, _, about, old, *_ = documented.row("extra")
    assert (name, kind, domain, about, old) == ("extra", "table", "shop", "More", None)
    assert documented.columns("extra")["a"]["about"] == "One"
    assert documented.columns("extra")["b"]["references"] == {
        "table": "shop_parent",
        "column": "id",
    }
    assert documented.findings() == []
    assert documented.record() == ()


def test_comments_and_a_name_that_begins_with_a_domain_are_enough(documented):
    documented.does("CREATE TABLE shop_extra( -- All the rest\n  a INT, -- The first\n  b INT)")
    assert documented.record() == ("shop_extra: new table, 2 columns, domain shop",)
    assert documented.row("shop_extra")[4] == "All the rest"
    assert documented.columns("shop_extra")["a"]["about"] == "The first"


def test_a_changed_table_keeps_its_descriptions_and_its_past(documented):
    before = documented.row("shop_child")
    documented.does(ANOTHER_CHILD)
    assert documented.record() == (
        "shop_child: column note, column parent_id, the order of its columns, its foreign keys",
    )
    after = documented.row("shop_child")
    assert after[:9] == before[:9]  # where it came from, and how many rows it had
    assert after[11:] == before[11:]  # and when
    assert documented.columns("shop_child")["id"]["about"] == "Its number"
    assert documented.findings() == []


def test_rows_of_what_is_gone_go(documented):
    documented.does("DROP TABLE shop_child; DROP VIEW seen")
    assert documented.record() == (
        "seen: the view is gone, and so is its row",
        "shop_child: the table is gone, and so is its row",
    )
    assert documented.findings() == []


def test_the_plans_word_replaces_what_was_said_before(documented):
    documented.says('[describe.shop_child]\ncolumns = { note = "A remark" }\n')
    assert documented.record() == ("shop_child: the description of column note",)
    assert documented.columns("shop_child")["note"]["about"] == "A remark"


def test_all_that_lacks_a_description_is_said_and_nothing_is_written(documented):
    documented.does("CREATE TABLE one(a); CREATE TABLE shop_two(b)")
    before = documented.world.digests()
    with pytest.raises(UserError) as caught:
        documented.record()
    assert [
        line.partition(": ")[2].partition(" (")[0] for line in str(caught.value).split("\n")
    ] == [
        "describe.one.domain: table 'one' belongs to no domain that can be told",
        "describe.one.about: table 'one' is not described",
        "describe.shop_two.about: table 'shop_two' is not described",
    ]
    assert documented.world.digests() == before


def test_a_dry_run_and_a_check_change_nothing(documented):
    documented.does("CREATE TABLE shop_two(b -- it\n)")
    documented.says('[describe.shop_two]\nabout = "Two"\n')
    before = documented.world.digests()
    assert documented.record(dry_run=True) == ("shop_two: new table, 1 column, domain shop",)
    assert documented.findings()
    assert documented.world.digests() == before


def test_a_view_is_in_the_domain_of_what_it_reads(documented):
    documented.does("CREATE VIEW more AS SELECT id FROM shop_child")
    assert documented.record() == ("more: new view, 1 column, domain shop",)


HOLDING = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print(flush=True)
sys.stdin.read()
"""


def test_while_somebody_writes_it_is_refused(documented):
    documented.does("CREATE VIEW more AS SELECT id FROM shop_child")
    # Locks of this process would not stop this process.
    command = [sys.executable, "-c", HOLDING, documented.world.root / "main.db"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(UserError, match=r"main\.db"):
            documented.record()
        other.communicate()
    assert documented.record()
