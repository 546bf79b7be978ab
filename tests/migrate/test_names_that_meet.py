"""Indexes, triggers and views whose names are taken, or that the plan calls otherwise."""

import json
import sqlite3
from contextlib import closing

import apsw
import pytest

from migrate.errors import SurveyError
from migrate.execute import migrate
from migrate.journal import State, status
from migrate.phases import ALL
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from plan.load import load_plan
from retable.databases import as_json

TWO = (
    "CREATE TABLE {0}(id INTEGER PRIMARY KEY, name TEXT);"
    "CREATE INDEX i ON {0}(name DESC);"
    "CREATE VIEW v AS SELECT {0}.name, {0}.id + 1 FROM {0} INDEXED BY i;"
    "CREATE VIEW w AS SELECT upper(v.name) AS n FROM main.v;"
    "CREATE TRIGGER g INSTEAD OF /* here */ INSERT ON v BEGIN"
    " INSERT INTO {0}(name) SELECT NEW.name WHERE NEW.name NOT IN (SELECT v.name FROM v); END;"
    "CREATE TRIGGER h AFTER INSERT ON {0} WHEN NEW.name = 'ann' BEGIN"
    " INSERT INTO v(name) SELECT n || '2' FROM w WHERE n = 'ANN'; END;"
    "INSERT INTO {0}(name) VALUES ('{0}')"
)
OBJECT = '[[object]]\nname = "{}"\nin = "{}"\nto = "{}"\n'


def named(name, database, new, kind=""):
    return OBJECT.format(name, database, new) + (f'kind = "{kind}"\n' if kind else "")


def new_names(report):
    return {f"{it.kind} {it.old} of {it.database}": it.new for it in report.new_names}


@pytest.fixture
def two(world):
    world.make("main.db", TWO.format("one"))
    world.make("side.db", TWO.format("two"))
    return world


def works(world, table, view, over):
    """Whether a table's view, the view on it, and the triggers of both do what they did."""
    with world.open("main.db") as database:
        database.execute("BEGIN")
        columns = [it[0] for it in database.execute(f"SELECT * FROM {view}").description]
        database.execute(f"INSERT INTO {view}(name) VALUES ('bob')")
        database.execute(f"INSERT INTO {view}(name) VALUES ('bob')")
        database.execute(f"INSERT INTO {table}(name) VALUES ('ann')")
        names = {row[0] for row in database.execute(f"SELECT n FROM {over}")}
        count = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        database.execute("ROLLBACK")
    return columns, names, count


def test_by_default_the_domain_goes_before_the_name_and_all_that_refers_to_it_follows(two):
    plan = two.plan("main.db: one -> shop_one", "side.db: two -> shop_two")
    report = two.migrate(plan)
    assert new_names(report) == {f"{kind} of side.db": name for kind, name in (
        ("index i", "shop_i"), ("view v", "shop_v"), ("view w", "shop_w"),
        ("trigger g", "shop_g"), ("trigger h", "shop_h"),
    )}  # fmt: skip
    assert str(report.new_names[0]) == "index i of side.db becomes shop_i: its name is taken"
    for table, view, over, was in (
        ("shop_one", "v", "w", "one"),
        ("shop_two", "shop_v", "shop_w", "two"),
    ):
        columns = ["name", f"{was}.id + 1"]
        expected = columns, {was.upper(), "BOB", "ANN", "ANN2"}, 4
        assert works(two, table, view, over) == expected
    assert "INSTEAD OF /* here */ INSERT" in two.schema("main.db")["trigger shop_g"]
    assert verify(plan).holds


def test_the_plan_gives_names_to_objects_of_sources_and_of_the_target(two):
    plan = two.plan(
        "main.db: one -> shop_one",
        "side.db: two -> shop_two",
        extra="".join(
            named(name, database, f"{name}_of_{database[:4]}")
            for name in "ivwgh"
            for database in ("main.db", "side.db")
        ),
    )
    report = two.migrate(plan)
    assert len(report.new_names) == 10
    assert all(it.planned for it in report.new_names)
    assert "the plan says so" in str(report.new_names[0])
    assert {name.partition(" ")[2] for name in two.schema("main.db")} == {
        "shop_one",
        "shop_two",
        *(f"{name}_of_{database}" for name in "ivwgh" for database in ("main", "side")),
    }
    for table, side, was in (("shop_one", "main", "one"), ("shop_two", "side", "two")):
        columns, names, count = works(two, table, f"v_of_{side}", f"w_of_{side}")
        assert columns == ["name", f"{was}.id + 1"]
        assert (names, count) == ({was.upper(), "BOB", "ANN", "ANN2"}, 4)
    assert verify(plan).holds


@pytest.mark.parametrize("phases", [False, True], ids=["in one go", "phase by phase"])
def test_a_table_takes_the_name_of_an_index_and_a_view_that_of_a_table(world, phases):
    """Tables, views and indexes share one name space, and change their names at once."""
    world.make(
        "main.db",
        "CREATE TABLE a(x UNIQUE); CREATE INDEX b ON a(x); CREATE VIEW c AS SELECT x FROM a;"
        "CREATE VIEW d AS SELECT c.x FROM c; INSERT INTO a VALUES (1); ANALYZE",
    )
    world.make("side.db", "CREATE TABLE t(y); CREATE VIEW e AS SELECT y FROM t")
    plan = world.plan(
        "main.db: a -> b",
        "side.db: t -> c",
        extra=named("b", "main.db", "d") + named("c", "main.db", "a") + named("d", "main.db", "e"),
    )
    reports = [
        migrate(plan, progress=Silence(), phase=phase) for phase in (ALL if phases else (None,))
    ]
    assert "view e of side.db becomes shop_e: its name is taken" in map(str, reports[0].new_names)
    schema = world.schema("main.db")
    assert set(schema) == {"table b", "index d", "view a", "table c", "view e", "view shop_e"}
    assert world.rows("main.db", "SELECT * FROM e JOIN a USING (x) JOIN b USING (x)") == [(1,)]
    figures = world.rows("main.db", "SELECT tbl, idx FROM sqlite_stat1 ORDER BY idx")
    assert figures == [("b", "d"), ("b", "sqlite_autoindex_b_1")]
    assert verify(plan).holds


def test_names_that_change_places(world):
    world.make(
        "main.db",
        "CREATE TABLE t(x); CREATE INDEX i ON t(x); CREATE VIEW j AS SELECT x FROM t INDEXED BY i;"
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;"
        "CREATE TRIGGER h AFTER DELETE ON t BEGIN SELECT 2; END; INSERT INTO t VALUES (5)",
    )
    pairs = [("i", "j"), ("j", "i"), ("g", "h"), ("h", "g"), ("t", "t")]
    world.migrate(
        world.plan("main.db: t", extra="".join(named(a, "main.db", b) for a, b in pairs[:4]))
    )
    schema = world.schema("main.db")
    assert world.rows("main.db", "SELECT x FROM i") == [(5,)]
    assert "AFTER DELETE" in schema["trigger g"]
    assert "AFTER INSERT" in schema["trigger h"]
    assert "index j" in schema


def test_views_that_say_the_same_of_tables_that_become_one(world):
    view = "CREATE VIEW v AS SELECT {0}.id FROM {0}; CREATE VIEW w AS SELECT id FROM v;"
    instead = "CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN SELECT 1; END"
    world.make("main.db", f"CREATE TABLE t(id INTEGER PRIMARY KEY);{view.format('t')}")
    world.make("side.db", f"CREATE TABLE u(id INTEGER PRIMARY KEY);{view.format('U')}{instead}")
    world.make(
        "third.db",
        "CREATE TABLE t(id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT t.id AS x FROM t",
    )
    report = world.migrate(
        world.plan(
            "main.db: t -> shop_t",
            'side.db: u -> shop_t, merge = "append"',
            'third.db: t -> shop_t, merge = "append"',
        )
    )
    assert report.left == (
        "view v of side.db: v reads the same of the same tables",
        "view w of side.db: w reads the same of the same tables",
        "trigger g of side.db: v stands for its view",
    )
    assert new_names(report) == {"view v of third.db": "shop_v"}
    assert {name for name in world.schema("main.db") if "view" in name} == {
        "view v",
        "view w",
        "view shop_v",
    }


def test_views_that_only_seem_to_say_the_same_are_refused_by_name(world):
    """Word by word they agree, but what is a table's name in one is a column's in the other."""
    world.make(
        "main.db",
        "CREATE TABLE t(a, b); CREATE TABLE a(x); CREATE VIEW v AS SELECT a FROM t",
    )
    world.make("side.db", "CREATE TABLE t(a, b); CREATE VIEW v AS SELECT b FROM t")
    plan = world.plan(
        "main.db: t -> shop_t", "main.db: a -> b", 'side.db: t -> shop_t, merge = "append"'
    )
    with pytest.raises(SurveyError, match=r"side.db: view v: differs from v after all \(give it"):
        world.migrate(plan)
    text = (world.root / "retable.toml").read_text() + named("v", "side.db", "vb")
    (world.root / "retable.toml").write_text(text)
    world.migrate(load_plan(world.root / "retable.toml"))
    assert {"view v", "view vb"} <= world.schema("main.db").keys()


def test_a_views_domain_is_that_of_the_first_table_it_reads(world):
    world.make("main.db", "CREATE TABLE t(x); CREATE VIEW v AS SELECT 1; CREATE VIEW w AS SELECT 1")
    world.make(
        "side.db",
        "CREATE TABLE a(x); CREATE TABLE b(x);"
        "CREATE VIEW w AS SELECT * FROM v, a;"
        "CREATE VIEW v AS WITH q AS (SELECT x FROM ((b))) SELECT q.x FROM q JOIN a",
    )
    text = (
        '[plan]\ntarget = "main.db"\ndescriptions = "optional"\n'
        '[[database]]\npath = "main.db"\naction = "target"\n'
        '[[database]]\npath = "side.db"\naction = "merge"\n'
        '[[domain]]\nname = "one"\ntable = [{from = "t", in = "main.db"},'
        ' {from = "a", in = "side.db"}]\n'
        '[[domain]]\nname = "two"\ntable = [{from = "b", in = "side.db"}]\n'
    )
    (world.root / "retable.toml").write_text(text)
    report = world.migrate(load_plan(world.root / "retable.toml"))
    assert new_names(report) == {"view v of side.db": "two_v", "view w of side.db": "two_w"}


def test_a_rowid_means_what_it_meant_while_a_view_gets_its_name(world):
    """A table in the view's place would have a rowid of its own, and make this one ambiguous."""
    world.make("main.db", "CREATE TABLE s(x); CREATE VIEW v AS SELECT 1")
    world.make(
        "side.db",
        "CREATE TABLE t(x); CREATE VIEW v AS SELECT x AS y FROM t;"
        "CREATE VIEW w AS SELECT rowid AS r FROM t JOIN v ON v.y = t.x; INSERT INTO t VALUES (8)",
    )
    world.migrate(world.plan("main.db: s", "side.db: t -> shop_t"))
    # An older SQLite, as Python's may be, finds no rowid at all in such a join.
    assert apsw.Connection(str(world.root / "main.db")).execute("SELECT r FROM w").get == 1


def test_refused_where_the_plan_wants_that(two):
    plan = two.plan(
        "main.db: one -> shop_one", "side.db: two -> shop_two", head='taken_names = "refuse"'
    )
    before = two.everything()
    with pytest.raises(SurveyError) as caught:
        two.migrate(plan)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == [
        " index 'i'", " view 'v'", " view 'w'", " trigger 'g'", " trigger 'h'",
    ]  # fmt: skip
    assert lines[0] == (
        "side.db: index 'i': its name is taken by an index of main.db (give it another:"
        " [[object]] name = 'i', in = 'side.db', to = \"…\")"
    )
    assert two.everything() == before


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        pytest.param(
            named("x", "side.db", "y"),
            "object[1]: side.db: there is no index, trigger or view 'x' (it holds index 'i', "
            "view 'v', view 'w', trigger 'g', trigger 'h', trigger 'v')",
            id="not there",
        ),
        pytest.param(
            named("two", "side.db", "y"),
            "there is no index, trigger or view 'two' (it is a table: say its new name under"
            " its domain)",
            id="a table",
        ),
        pytest.param(
            named("sqlite_autoindex_two_1", "side.db", "y"),
            "(SQLite names its own indexes after their tables: leave this entry out)",
            id="SQLite's own",
        ),
        pytest.param(
            named("v", "side.db", "y"),
            "'v' is the name of a view and of a trigger (say kind = \"trigger\" or say kind ="
            ' "view")',
            id="two kinds",
        ),
        pytest.param(
            named("i", "side.db", "y", "view"), "there is no view 'i' (it", id="another kind"
        ),
        pytest.param(
            named("i", "side.db", "shop_one"),
            "object[1].to: 'shop_one' is the name of a table (domain[1].table[1]) in main.db"
            " (choose another)",
            id="a table's new name",
        ),
        pytest.param(
            named("i", "side.db", "One"),
            "object[1].to: 'One' is the name of a table in main.db (choose another)",
            id="a table's old name",
        ),
        pytest.param(
            named("i", "side.db", "v"),
            "'v' is the name of a view in main.db (choose another)",
            id="a view of the target",
        ),
        pytest.param(
            named("i", "main.db", "v"),
            "'v' is the name of a view in main.db (choose another, or give that one another name"
            " too)",
            id="another of the target's own",
        ),
        pytest.param(
            named("i", "side.db", "n") + named("i", "main.db", "N"),
            "object[2].to: 'N' is the name of an index (object[1]) in main.db (choose another)",
            id="twice the same",
        ),
        pytest.param(
            named("i", "side.db", "retable_rejects"),
            "'retable_rejects' is the name of a table that retable writes in main.db",
            id="retable's own",
        ),
        pytest.param(
            named("i", "side.db", "two"),
            "'two' is the name of a compatibility view (domain[1].table[2]) in main.db",
            id="a compatibility view",
        ),
        pytest.param(
            named("old_i", "side.db", "y"),
            "index 'old_i' stays behind: its table 'old' is skipped (leave this entry out)",
            id="stays behind",
        ),
    ],
)
def test_names_that_the_plan_cannot_give(two, entries, said):
    with two.open("side.db") as database:
        database.execute("CREATE TRIGGER v AFTER DELETE ON two BEGIN SELECT 1; END")
        database.execute("CREATE TABLE old(x)")
        if "old_i" in entries:
            database.execute("CREATE INDEX old_i ON old(x)")
    skip = '[[skip]]\ntable = "old"\nin = "side.db"\n'
    plan = two.plan(
        "main.db: one -> shop_one",
        'side.db: two -> shop_two, compat = "view"',
        extra=skip + entries,
    )
    before = two.everything()
    with pytest.raises(SurveyError) as caught:
        two.migrate(plan)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert two.everything() == before


def test_a_trigger_may_be_called_like_a_view(two):
    plan = two.plan(
        "main.db: one -> shop_one",
        "side.db: two -> shop_two",
        extra=named("g", "side.db", "v") + named("h", "side.db", "shop_one"),
    )
    assert new_names(two.migrate(plan))["trigger g of side.db"] == "v"
    assert {"view v", "trigger v", "trigger shop_one"} <= two.schema("main.db").keys()


def test_names_are_compared_by_ascii_letters_alone(world):
    world.make("main.db", "CREATE TABLE t(x); CREATE INDEX É ON t(x); CREATE VIEW Vue AS SELECT 1")
    world.make("side.db", "CREATE TABLE u(x); CREATE INDEX é ON u(x); CREATE VIEW vUE AS SELECT 2")
    report = world.migrate(world.plan("main.db: t", "side.db: u"))
    assert new_names(report) == {"view vUE of side.db": "shop_vUE"}


def test_what_retables_own_tables_and_compatibility_views_are_called_is_taken_too(world):
    world.make("main.db", "CREATE TABLE t(x); CREATE VIEW retable_tables AS SELECT x FROM t")
    world.make(
        "side.db",
        "CREATE TABLE u(x); CREATE INDEX retable_journal ON u(x); CREATE INDEX old ON u(x);"
        "CREATE VIRTUAL TABLE f USING fts5(z); CREATE INDEX shop_f_data ON u(x)",
    )
    world.make("third.db", "CREATE TABLE old(x)")
    report = world.migrate(
        world.plan(
            "main.db: t",
            "side.db: u",
            "side.db: f -> shop_f",
            'third.db: old -> shop_old, compat = "view"',
        )
    )
    assert new_names(report) == {
        "view retable_tables of main.db": "shop_retable_tables",
        "index old of side.db": "shop_old_2",
        "index retable_journal of side.db": "shop_retable_journal",
        "index shop_f_data of side.db": "shop_shop_f_data",
    }


def test_what_is_said_of_names_may_not_change_afterwards(two):
    plan = two.plan("main.db: one -> shop_one", "side.db: two -> shop_two")
    two.migrate(plan)
    assert status(plan).state is State.DONE
    changed = two.plan(
        "main.db: one -> shop_one",
        "side.db: two -> shop_two",
        head='broken = "carry"',
        extra=named("i", "side.db", "j"),
    )
    assert status(changed).plan_changes == (
        "plan: broken was 'refuse' and is 'carry' now",
        "object 'i' of side.db: is new in the plan",
    )


def test_source_triggers_fire_after_the_migration_and_not_during_it(world):
    world.make("main.db", "CREATE TABLE log(what); CREATE TABLE s(x)")
    world.make(
        "side.db",
        "CREATE TABLE t(x); CREATE TABLE seen(x);"
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO seen VALUES (NEW.x); END;"
        "INSERT INTO t VALUES (1), (2); DELETE FROM seen",
    )
    plan = world.plan("main.db: log", "main.db: s", "side.db: t -> shop_t", "side.db: seen")
    steps = migrate(plan, progress=Silence(), dry_run=True).steps
    kinds = [step.sql.split()[1] for step in steps if step.sql.startswith("CREATE")]
    assert kinds.index("TRIGGER") > kinds.index("TABLE")
    copied = max(n for n, step in enumerate(steps) if step.kind == "copy")
    made = next(n for n, step in enumerate(steps) if step.sql.startswith("CREATE TRIGGER"))
    assert made > copied
    world.migrate(plan)
    assert world.rows("main.db", "SELECT count(*) FROM seen") == [(0,)]
    with world.open("main.db") as database:
        database.execute("INSERT INTO shop_t VALUES (3)")
    assert world.rows("main.db", "SELECT x FROM seen") == [(3,)]


VIEWS = (
    "CREATE TABLE t(id INTEGER PRIMARY KEY, p INT, \"odd name\" TEXT COLLATE NOCASE DEFAULT 'x');"
    "INSERT INTO t VALUES (1, NULL, 'a'), (2, 1, 'B'), (3, 2, 'c');"
    "CREATE VIEW top AS SELECT middle.n || 't', * FROM middle;"
    "CREATE VIEW middle AS SELECT base.n, count(*) OVER () FROM main.base;"
    'CREATE VIEW base(n) AS SELECT "main"."t"."odd name" FROM "main"."t" WHERE t.id > 0;'
    "CREATE VIEW tree(id, depth) AS WITH RECURSIVE r(id, d) AS (SELECT id, 0 FROM t WHERE p IS NULL"
    " UNION ALL SELECT t.id, r.d + 1 FROM t JOIN r ON t.p = r.id) SELECT * FROM r;"
    "CREATE VIEW t2 AS WITH t(id) AS (SELECT 7) SELECT t.id FROM t;"
    'CREATE INDEX down ON t(p DESC, "odd name" COLLATE BINARY) WHERE t.id > 1;'
    'CREATE UNIQUE INDEX expr ON t(abs(id), upper("odd name")) WHERE "t".p IS NOT \'t\';'
    "CREATE TRIGGER g AFTER UPDATE OF p ON main.t WHEN (SELECT count(*) FROM main.t) > 0"
    ' BEGIN UPDATE t SET "odd name" = (SELECT max(n) FROM base) WHERE t.id = NEW.id; END'
)
QUERIES = (
    "SELECT * FROM top ORDER BY 1, 2",
    "SELECT * FROM middle ORDER BY 1",
    "SELECT * FROM base ORDER BY 1",
    "SELECT * FROM tree ORDER BY 1",
    "SELECT * FROM t2",
)


@pytest.mark.parametrize("where", ["main.db", "side.db"])
def test_views_in_any_order_with_any_spelling_of_their_tables(world, where):
    """Qualified with `main`, such a view cannot be read where its file is attached."""
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, VIEWS)
    expected = [described(world.root / where, query) for query in QUERIES]
    plan = world.plan("main.db: other -> shop_other", f"{where}: t -> shop_t")
    world.migrate(plan)
    assert [described(world.root / "main.db", query) for query in QUERIES] == expected
    assert verify(plan).holds
    with world.open("main.db") as database:
        database.execute("UPDATE shop_t SET p = 2 WHERE id = 2")
    assert world.rows("main.db", 'SELECT "odd name" FROM shop_t WHERE id = 2') == [("c",)]
    schema = world.schema("main.db")
    assert '"shop_t".id > 1' in schema["index down"]
    assert "p DESC" in schema["index down"]


def described(file, query):
    with closing(sqlite3.connect(file)) as database:
        found = database.execute(query)
        return [it[0] for it in found.description], found.fetchall()


def test_a_source_that_names_main_beside_full_text_that_is_told_its_new_name(world):
    """SQLite forgets all schemas there, and could not read this one again."""
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(
        "side.db",
        "CREATE TABLE t(x); CREATE VIEW v AS SELECT main.t.x FROM main.t; INSERT INTO t VALUES (1)",
    )
    world.make(
        "third.db",
        "CREATE TABLE d(id INTEGER PRIMARY KEY, text);"
        "CREATE VIRTUAL TABLE f USING fts5(text, content='d', content_rowid='id');"
        "INSERT INTO d VALUES (1, 'word'); INSERT INTO f(f) VALUES ('rebuild')",
    )
    plan = world.plan(
        "main.db: other -> d", "side.db: t -> shop_t", "third.db: d -> other", "third.db: f"
    )
    world.migrate(plan)
    assert world.rows("main.db", "SELECT text FROM f WHERE f MATCH 'word'") == [("word",)]
    assert world.rows("main.db", "SELECT x FROM v") == [(1,)]
    assert verify(plan).holds


def test_json_tells_the_new_names(two):
    plan = two.plan("main.db: one -> shop_one", "side.db: two -> shop_two")
    said = json.loads(as_json(migrate(plan, progress=Silence(), dry_run=True)))
    assert said["new_names"][0] == {
        "kind": "index", "database": "side.db", "old": "i", "new": "shop_i", "domain": "shop",
        "planned": False,
    }  # fmt: skip


def test_names_that_change_their_case_only(world):
    script = (
        "CREATE TABLE {0}(id INTEGER PRIMARY KEY AUTOINCREMENT, t UNIQUE CHECK ({0}.t <> ''));"
        "INSERT INTO {0}(t) VALUES ('x');"
        "CREATE VIEW v_{0} AS SELECT {0}.id + 1 FROM {0};"
        "CREATE VIRTUAL TABLE Find_{0} USING fts5(t, content='{0}', content_rowid='id');"
        "CREATE TRIGGER g_{0} AFTER INSERT ON {0}"
        " BEGIN INSERT INTO Find_{0}(rowid, t) VALUES (new.id, new.t); END;"
        "INSERT INTO Find_{0}(Find_{0}) VALUES ('rebuild');"
    )
    world.make("main.db", script.format("Users"))
    world.make("side.db", script.format("Tags"))
    plan = world.plan(
        "main.db: Users -> users",
        "main.db: Find_Users -> find_users",
        "side.db: Tags -> TAGS",
        "side.db: Find_Tags -> find_tags",
    )
    before = world.digests()
    world.migrate(plan)
    names = {name for (name,) in world.rows("main.db", "SELECT name FROM sqlite_schema")}
    assert {"users", "find_users", "TAGS", "find_tags", "find_tags_data"} <= names
    with world.open("main.db") as database:
        for table, search in (("users", "find_users"), ("TAGS", "find_tags")):
            database.execute(f"INSERT INTO {table}(t) VALUES ('new')")
            found = database.execute(f"SELECT rowid FROM {search}('x OR new')").fetchall()
            assert found == [(1,), (2,)]
    rollback(plan, progress=Silence(), drop_new_rows=True)
    assert world.digests() == before
