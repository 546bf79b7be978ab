"""`retable plan`: what becomes of everything, that nothing is left out, and how it is drawn."""

import json
import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from migrate.database.references import ForeignKey
from plan.load import load_plan
from plan.schema import DatabaseSchema, SchemaObject
from retable.cli import main
from retable.console import Printer
from retable.overview.fates import fates_of
from retable.overview.order import order_of

PLAN = """\
[plan]
target = "main.db"
[[database]]
path = "main.db"
action = "target"
[[database]]
path = "more/b.db"
action = "merge"
[[database]]
path = "kept.db"
action = "keep"
[[database]]
path = "gone.db"
action = "delete"
[[database]]
path = "empty.db"
action = "delete"
[[domain]]
name = "shop"
about = "What is sold"
table = [
  { from = "orders", in = "main.db", to = "items", about = "x" },
  { from = "items", in = "main.db", to = "orders", about = "x" },
  { from = "old", in = "main.db", to = "shop_old", compat = "writable", about = "x" },
  { from = "a", in = "main.db", to = "b", about = "x" },
  { from = "b", in = "main.db", to = "shop_b", about = "x" },
  { from = "stays", in = "main.db", about = "x" },
]
[[domain]]
name = "more"
table = [
  { from = "orders", in = "more/b.db", to = "more_order", about = "x" },
  { from = "lines", in = "more/b.db", about = "x" },
  { from = "stays", in = "more/b.db", to = "stays", merge = "keep-target", about = "x" },
  { from = "text", in = "more/b.db", to = "more_text", about = "x" },
]
[[skip]]
table = "void"
in = "more/b.db"
[[skip]]
table = "junk"
in = "more/b.db"
claim = "unwanted"
"""
DATABASES = {
    "main.db": (
        "CREATE TABLE orders"
        "(id INTEGER PRIMARY KEY, item REFERENCES items(id), up REFERENCES orders);"
        "CREATE TABLE items(id INTEGER PRIMARY KEY AUTOINCREMENT);"
        "CREATE TABLE old(x); CREATE TABLE a(id INTEGER PRIMARY KEY, b REFERENCES b(id));"
        "CREATE TABLE b(id INTEGER PRIMARY KEY, a REFERENCES a(id), z REFERENCES nowhere(id));"
        "CREATE TABLE stays(id INTEGER PRIMARY KEY, t);"
        "CREATE INDEX by_item ON orders(item); CREATE VIEW seen AS SELECT id FROM items;"
        "INSERT INTO items VALUES (1), (2); INSERT INTO orders VALUES (1, 2, NULL)"
    ),
    "more/b.db": (
        "CREATE TABLE orders(id INTEGER PRIMARY KEY);"
        "CREATE TABLE lines(n INTEGER PRIMARY KEY, o REFERENCES orders);"
        "CREATE TABLE stays(id INTEGER PRIMARY KEY, t); CREATE TABLE void(x);"
        "CREATE TABLE junk(x); INSERT INTO junk VALUES (1), (2), (3);"
        "CREATE VIRTUAL TABLE text USING fts5(body); INSERT INTO text VALUES ('hello');"
        "CREATE INDEX by_item ON lines(o); CREATE INDEX on_junk ON junk(x);"
        "CREATE VIEW seen AS SELECT n FROM lines;"
        "CREATE TRIGGER told AFTER INSERT ON stays BEGIN SELECT 1; END"
    ),
    "kept.db": (
        "CREATE TABLE usage(day, n); INSERT INTO usage VALUES (1, 2); CREATE INDEX u ON usage(n)"
    ),
    "gone.db": "CREATE TABLE orders(x); INSERT INTO orders VALUES (1), (2); CREATE TABLE log(x)",
    "empty.db": "",
}


def make(root, databases):
    for name, script in databases.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(root / name)) as database:
            database.executescript(script)


@pytest.fixture(scope="module")
def yard_made(tmp_path_factory):
    root = tmp_path_factory.mktemp("yard")
    make(root, DATABASES)
    (root / "retable.toml").write_text(PLAN)
    return root


@pytest.fixture
def yard(yard_made, nowhere):
    """A plan with one of everything, and its databases."""
    shutil.copytree(yard_made, nowhere.root, dirs_exist_ok=True)
    return nowhere


@pytest.fixture(scope="module")
def facts(yard_made):
    plan = str(yard_made / "retable.toml")
    return json.loads(CliRunner().invoke(main, ["plan", "--plan", plan, "--format", "json"]).stdout)


def fates(facts, database):
    return {
        it["name"]: (it["fate"], it["new"]) for it in facts["tables"] if it["database"] == database
    }


def test_each_table_has_a_fate(facts):
    assert fates(facts, "main.db") == {
        "orders": ("renamed", "items"),
        "items": ("renamed", "orders"),
        "old": ("renamed", "shop_old"),
        "a": ("renamed", "b"),
        "b": ("renamed", "shop_b"),
        "stays": ("stays", "stays"),
    }
    assert fates(facts, "more/b.db") == {
        "orders": ("moved and renamed", "more_order"),
        "lines": ("moved", "lines"),
        "stays": ("joined", "stays"),
        "text": ("moved and renamed", "more_text"),
        "void": ("skipped", None),
        "junk": ("skipped", None),
    }
    assert fates(facts, "kept.db") == {"usage": ("kept", None)}
    assert fates(facts, "gone.db") == {"orders": ("deleted", None), "log": ("deleted", None)}
    by_name = {(it["database"], it["name"]): it for it in facts["tables"]}
    assert by_name["more/b.db", "text"]["kind"] == "virtual"
    assert by_name["more/b.db", "stays"]["merge"] == "keep-target"
    assert by_name["more/b.db", "junk"]["claim"] == "unwanted"
    assert by_name["main.db", "old"]["compat"] == "writable"


def test_rows_are_counted_also_where_nothing_is_carried(facts):
    rows = {(it["database"], it["name"]): it["rows"] for it in facts["tables"]}
    assert rows["gone.db", "orders"] == 2
    assert rows["kept.db", "usage"] == 1
    assert rows["more/b.db", "text"] == 1
    assert {it["path"]: it["rows"] for it in facts["databases"]} == {
        "main.db": 3, "more/b.db": 4, "kept.db": 1, "gone.db": 2, "empty.db": 0,
    }  # fmt: skip


def test_indexes_views_and_triggers_have_a_fate(facts):
    said = {
        (it["database"], it["name"]): (it["fate"], it["new"], it["why"])
        for it in facts["objects"]
        if it["kind"] != "own"
    }
    assert said == {
        ("main.db", "by_item"): ("stays", "by_item", None),
        ("main.db", "seen"): ("stays", "seen", None),
        ("more/b.db", "by_item"): ("moved and renamed", "more_by_item", "its name is taken"),
        ("more/b.db", "seen"): ("moved and renamed", "more_seen", "its name is taken"),
        ("more/b.db", "on_junk"): ("left behind", None, "its table is skipped"),
        ("more/b.db", "told"): ("left behind", None, "its table is joined to 'stays'"),
        ("kept.db", "u"): ("kept", None, None),
    }


def test_what_every_file_holds_is_accounted_for_and_the_sums_add_up(yard_made, facts):
    found = facts["coverage"]
    assert (found["tables"], found["files"]) == (15, 5)
    assert {it["what"]: it["tables"] for it in found["shares"]} == {
        "carried": 9,
        "joined to another": 1,
        "skipped as empty": 1,
        "skipped as unwanted": 1,
        "kept with their file": 1,
        "deleted with their file": 2,
    }
    assert sum(it["tables"] for it in found["shares"]) == found["tables"]
    assert found["unaccounted"] == found["not_read"] == []
    everything = 0
    for name in DATABASES:
        with closing(sqlite3.connect(yard_made / name)) as database:
            sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' OR sql IS NOT NULL"
            everything += database.execute(sql).fetchone()[0]
    assert found["tables"] + sum(it["number"] for it in found["objects"]) == everything


def test_what_the_plan_forgets_is_named_and_a_problem(yard):
    plan = yard.read("retable.toml").replace(
        '{ from = "lines", in = "more/b.db", about = "x" },', ""
    )
    yard.write("retable.toml", plan.replace('[[skip]]\ntable = "void"\nin = "more/b.db"\n', ""))
    said = yard.retable("plan")
    assert said.status == 2
    for words in ("lines of more/b.db: NOT IN THE PLAN, 0 rows", "  2 NOT IN THE PLAN"):
        assert words in said.out
    for what in ("table lines", "table void", "index by_item"):
        assert f"NOT ACCOUNTED FOR: {what} of more/b.db" in said.out
    assert said.err.count("is not in the plan (give it a place in a domain") == 2


def test_a_file_that_cannot_be_read_is_said_and_the_rest_is_shown(yard):
    for name in ("kept.db", "gone.db", "more/b.db"):
        (yard.root / name).write_bytes(b"no database, however long it is" * 10)
    said = yard.retable("plan")
    assert said.status == 2
    assert "Coverage: 6 tables in 2 files" in said.out
    for name in ("kept.db", "gone.db", "more/b.db"):
        assert f"NOT LOOKED INTO: {name}: is not a SQLite database" in said.out
    assert "gone.db: DELETED, and what it holds is not known" in said.out
    assert "shop_old" in said.out
    found = json.loads(yard.retable("plan", "--format", "json").out)
    assert len(found["problems"]) == 2, "a kept file is none of ours"


MEETINGS = """\
same-name orders: that of main.db becomes items; that of more/b.db becomes more_order; \
that of gone.db is deleted
joined stays of more/b.db joins stays, which is stays of main.db: merge = keep-target
swap orders of main.db and items of main.db swap their names
chain items of main.db takes the name of orders of more/b.db, now more_order
chain a of main.db takes the name of b of main.db, now shop_b
object index by_item of more/b.db becomes more_by_item: its name is taken
object index on_junk of more/b.db stays behind: its table is skipped
object view seen of more/b.db becomes more_seen: its name is taken
object trigger told of more/b.db stays behind: its table is joined to 'stays'
""".splitlines()


def test_names_that_meet(facts):
    assert [f"{it['kind']} {it['said']}" for it in facts["names_that_meet"]] == MEETINGS


def test_tables_come_behind_those_that_they_refer_to(facts):
    order = facts["order"]
    place = {name: n for n, name in enumerate(order["tables"])}
    assert len(place) == 9
    assert place["orders"] < place["items"], "under their new names, which are swapped"
    assert place["more_order"] < place["lines"]
    assert [sorted(ring) for ring in order["rings"]] == [["b", "shop_b"]]
    lost = [it for it in order["references"] if it["to"] is None]
    assert [(it["table"], it["columns"], it["was"]) for it in lost] == [
        ("shop_b", ["z"], "nowhere")
    ]


def test_the_order_of_a_long_chain_needs_no_deep_stack(tmp_path):
    many = 1200
    tables = [SchemaObject("table", f"t{n}", f"t{n}", f"CREATE TABLE t{n}(x)") for n in range(many)]
    keys = [ForeignKey(f"t{n}", ("x",), f"t{n + 1}", ()) for n in range(many - 1)]
    plan = '[plan]\ntarget = "a.db"\n[[database]]\npath = "a.db"\naction = "target"\n'
    lines = "".join(f'{{ from = "t{n}", in = "a.db" }},' for n in range(many))
    plan += f'[[domain]]\nname = "d"\ntable = [{lines}]\n'
    (tmp_path / "retable.toml").write_text(plan)
    loaded = load_plan(tmp_path / "retable.toml")
    order = order_of(fates_of(loaded, [DatabaseSchema("a.db", tuple(tables))], {}), {"a.db": keys})
    assert order.tables == tuple(f"t{n}" for n in reversed(range(many)))


def test_size_and_time_are_bounds_and_no_promise(yard, facts):
    said = facts["estimate"]
    size = {it["path"]: it["bytes"] for it in facts["databases"]}
    assert size["more/b.db"] == (yard.root / "more/b.db").stat().st_size
    assert said["growth_bytes_at_most"] == size["more/b.db"]
    assert said["backup_bytes"] == sum(size.values()) - size["kept.db"]
    assert all(room["free"] > room["bytes_at_most"] for room in said["rooms"])
    seconds = said["seconds"]
    assert 0 < seconds["checked"] < seconds["least"] <= seconds["most"]
    assert "That is a guess: `retable rehearse`" in yard.retable("plan").out


def test_a_database_beside_these_that_the_plan_does_not_name(yard):
    make(yard.root, {"more/other.db": "CREATE TABLE t(x)"})
    yard.write("more/notes.db", "not one of SQLite's")
    said = yard.retable("plan")
    assert said.status == 0
    assert "note: more/other.db is not in the plan, and lies beside these\n" in said.err
    assert "notes.db" not in said.err


def test_the_view_fits_80_columns(yard, monkeypatch):
    monkeypatch.setattr(Printer, "width", 80)
    lines = yard.retable("plan").out.splitlines()
    tables = lines[lines.index("") + 1 : lines.index("Not carried over")]
    assert max(map(len, tables)) <= 80
    assert "  stays        stays          0" in tables


ODD = "".join(
    f'  {{ from = "odd_{n}", in = "a.db", to = "even_{n}", about = "x" }},\n' for n in range(20)
)


def test_a_long_plan_lists_what_changes_and_counts_the_rest(nowhere):
    script = "".join(f"CREATE TABLE keep_{n}(x);" for n in range(100))
    make(nowhere.root, {"a.db": script + "".join(f"CREATE TABLE odd_{n}(x);" for n in range(20))})
    lines = "".join(f'  {{ from = "keep_{n}", in = "a.db", about = "x" }},\n' for n in range(100))
    nowhere.write(
        "retable.toml",
        '[plan]\ntarget = "a.db"\n[[database]]\npath = "a.db"\naction = "target"\n'
        f'[[domain]]\nname = "d"\ntable = [\n{lines}{ODD}]\n',
    )
    said = nowhere.retable("plan").out
    assert len(said.splitlines()) < 40
    assert "… 100 tables keep their names (0 rows): keep_0, keep_1, " in said
    assert "  even_0  ← odd_0" in said
    assert "… and 5 more: `retable plan --format json` has all of them" in said


def test_after_the_migration_the_plan_is_still_shown(yard):
    assert yard.retable("migrate", "--yes").status == 0
    said = yard.retable("plan")
    assert said.status == 0
    assert "Databases → main.db, as they were before the migration" in said.out
    assert "Coverage: 15 tables in 5 files" in said.out
    assert json.loads(yard.retable("plan", "--format", "json").out)["estimate"] is None


NODE = r'[a-z]+\d*(?:\["[^"]*"\]|\[\("[^"]*"\)\]|\(\["[^"]*"\]\))'
LINES = re.compile(
    rf'flowchart LR|  +subgraph [a-z]+\d*\["[^"]*"\]|  +end|  +{NODE}'
    r'|  f\d+ (?:-->|-\.->)(?:\|"[^"]*"\|)? [a-z]+\d*'
)
TEXT = re.compile(r'"((?:[\w _\-./,:()+=]|#\d+;|<br>)*)"')


def drawn(place):
    """A flowchart, after every line of it was found to be one that Mermaid reads."""
    said = place.retable("plan", "--format", "mermaid")
    lines = said.out.splitlines()
    for line in lines:
        assert LINES.fullmatch(line), line
        assert line.count('"') == 2 * len(TEXT.findall(line)), line
    depth = [line.strip().partition(" ")[0] for line in lines]
    assert depth.count("subgraph") == depth.count("end")
    nodes = re.findall(rf"^ +({NODE})$", said.out, re.MULTILINE)
    known = {re.match(r"[a-z]+\d*", node)[0] for node in nodes}
    for line in lines:
        if re.match(r"  f\d+ -", line):
            assert {line.split()[0], line.split()[-1]} <= known, line
    return said


def test_the_flowchart_shows_files_tables_by_domain_and_what_stays_behind(yard):
    said = drawn(yard)
    assert said.status == 0
    for line in (
        '    f1[("main.db<br>6 tables, 3 rows")]',
        '    subgraph d1["shop"]',
        '      t7["more_order"]',
        '  f2 -->|"orders"| t7',
        '  f2 -.->|"stays, keep-target"| t6',
        '  f2 -->|"2 tables"| skipped',
        "  f3 --> kept",
        "  f4 --> deleted",
    ):
        assert line in said.out.splitlines(), line


def test_names_that_mean_something_to_mermaid(nowhere):
    names = [
        'a"]b',
        "%% c",
        "#35;",
        "`md`",
        "<b>",
        "$$x$$",
        "end",
        "x|y",
        "{{}}",
        "ünï",
        "new\nline",
    ]
    with closing(sqlite3.connect(nowhere.root / "a;b.db")) as database:
        for name in names:
            quoted = name.replace('"', '""')
            database.execute(f'CREATE TABLE "{quoted}"(x)')
    lines = "".join(
        f'  {{ from = {json.dumps(name)}, in = "a;b.db", about = "x" }},\n' for name in names
    )
    nowhere.write(
        "retable.toml",
        '[plan]\ntarget = "a;b.db"\n[[database]]\npath = "a;b.db"\naction = "target"\n'
        f'[[domain]]\nname = "d \\"quoted\\""\ntable = [\n{lines}]\n',
    )
    said = drawn(nowhere)
    assert said.status == 0
    assert '["#37;#37; c"]' in said.out


def test_a_plan_with_problems_is_drawn_as_far_as_it_goes(yard):
    (yard.root / "more/b.db").unlink()
    said = drawn(yard)
    assert said.status == 2
    assert "more/b.db: there is no such file" in said.err
    assert 't7["more_order"]' in said.out


def test_many_tables_are_arrows_between_files_and_domains(yard, monkeypatch):
    monkeypatch.setattr("retable.overview.mermaid._MOST_EDGES", 3)
    said = drawn(yard).out.splitlines()
    assert '    d2["more<br>3 tables"]' in said
    assert '  f2 -->|"1 table"| d1' not in said
    assert '  f2 -->|"4 tables"| d2' in said
    assert "t1" not in "".join(said)


def test_a_table_that_is_planned_and_not_there(yard):
    plan = yard.read("retable.toml").replace('{ from = "a",', '{ from = "ghost",')
    yard.write("retable.toml", plan)
    said = yard.retable("plan")
    assert said.status == 2
    assert "which has no such table" in said.out
    facts = json.loads(yard.retable("plan", "--format", "json").out)
    assert fates(facts, "main.db")["ghost"] == ("not there", "b")
    assert facts["coverage"]["tables"] == 15, "what is not there is not counted"
    assert facts["coverage"]["unaccounted"] == ["table a of main.db"]
