"""`retable init --from-databases`: what is proposed, why, and that it can be carried out."""

import re
import sqlite3
import tomllib
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.execute import migrate
from migrate.progress import Silence
from migrate.survey import survey
from plan.draft.toml import toml_of
from plan.load import load_plan
from plan.model import folded
from plan.proposal.words import singular, words_of
from plan.slots import slots_of
from retable.proposing import proposal


def make(root, databases):
    for name, script in databases.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(root / name)) as database, database:
            database.executescript(script)


def answered(text):
    """The plan with a sensible answer to each question: the first that is offered, or words."""
    lines = text.splitlines()
    for slot in reversed(slots_of(text)):
        offered = re.findall(r'- "([a-z-]+)":', "\n".join(_asked(lines, slot.line)))
        key = slot.where.rpartition(".")[2]
        answer = "What it holds" if key == "about" else offered[0]
        before, _, behind = lines[slot.line - 1].rpartition('"?"')
        lines[slot.line - 1] = f'{before}"{answer}"{behind}'
    return "\n".join(lines) + "\n"


def _asked(lines, number):
    start = number - 1
    while start and lines[start - 1].lstrip().startswith("#"):
        start -= 1
    return lines[start : number - 1]


def proposed(root, *names, target=None):
    found = proposal(root, [root / name for name in names], target)
    text = toml_of(found.draft)
    return text, tomllib.loads(text), found.left_out


def names_in(plan):
    return {
        (table["in"], table["from"]): table["to"]
        for domain in plan.get("domain", ())
        for table in domain["table"]
    }


def carried_out(root, text):
    """The plan with all questions answered: loaded, checked against the files, and run."""
    (root / "retable.toml").write_text(answered(text), encoding="utf-8")
    plan = load_plan(root / "retable.toml")
    found = survey(plan)
    assert found.problems == (), text
    return plan, found.counts


ODD = [
    'we"ird na]me',
    "with space",
    "semi;colon",
    "new",
    "old",
    "new\nline",
    "%",
    "'",
    "2024",
    "__",
]
PLAIN = """
    users user_roles user_sessions orders order_items OrderLines tblItems items item status news
    series group select index data metadata alembic_version schema_migrations settings x a1 a
    a_data a_content Ünïcode 日本 retable_tables sqlitx _private tmp_items log logs user User
"""
PATHS = """
    main.db users.db orders.db data/items.db data/user_items.sqlite3 app.db 2024_logs.db old.db
    tést.db sub/users.db test_x.db group.db
"""
NAMES = st.sampled_from(PLAIN.split() + ODD)
FILES = st.sampled_from(PATHS.split())
COLUMNS = (
    "id INTEGER PRIMARY KEY, name TEXT",
    "id INTEGER PRIMARY KEY, name TEXT, note TEXT, at REAL",
    "name TEXT, value TEXT",
    "key TEXT PRIMARY KEY, value TEXT",
    "a TEXT, b TEXT, PRIMARY KEY (a, b)",
    "key TEXT PRIMARY KEY COLLATE NOCASE, user_id INTEGER, x, y, z",
    "id INTEGER PRIMARY KEY, item_id INTEGER, n INTEGER CHECK (n > 0)",
)
TABLES = st.lists(
    st.tuples(NAMES, st.integers(0, len(COLUMNS) - 1), st.integers(0, 2), st.sampled_from("-vtfr")),
    max_size=5,
    unique_by=lambda it: folded(it[0]),
)
PLACES = st.dictionaries(FILES, TABLES, min_size=1, max_size=4)


def build(root, places):
    """Make the files of an example; gives back the tables of each."""
    made = {}
    for name, tables in places.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        made[name] = []
        with closing(sqlite3.connect(root / name, isolation_level=None)) as database:
            for number, table in enumerate(tables):
                # Full-text tables take names that others may have.
                with suppress(sqlite3.OperationalError):
                    _make(database, number, made[name] or [table[0]], *table)
                    made[name].append(table[0])
    return made


def _make(database, number, there, table, columns, rows, more):
    quoted, other = ('"' + name.replace('"', '""') + '"' for name in (table, there[0]))
    if more == "f":
        database.execute(f"CREATE VIRTUAL TABLE {quoted} USING fts5(body)")
        return
    refers = f", up REFERENCES {other}" if more == "r" else ""
    tail = " WITHOUT ROWID" if "NOCASE" in COLUMNS[columns] else ""
    body = COLUMNS[columns].replace(", PRIMARY KEY", f"{refers}, PRIMARY KEY")
    body += "" if "PRIMARY KEY (" in body else refers
    database.execute(f"CREATE TABLE {quoted}({body}){tail}")
    names = [row[1] for row in database.execute(f"PRAGMA table_info({quoted})")]
    marks = ", ".join("?" * len(names))
    for row in range(rows):
        values = [row + 1, *(None if name == "up" else 7 for name in names[1:])]
        database.execute(f"INSERT INTO {quoted} VALUES ({marks})", values)
    if more == "v":
        database.execute(f"CREATE VIEW view_{number} AS SELECT * FROM {quoted}")
    if more == "t":
        body = f"DELETE FROM {other} WHERE 0"
        database.execute(
            f"CREATE TRIGGER trigger_{number} AFTER INSERT ON {quoted} BEGIN {body}; END"
        )


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(places=PLACES)
def test_any_databases_give_a_plan_that_can_be_carried_out(places):
    with TemporaryDirectory() as folder:
        root = Path(folder)
        made = build(root, places)
        if not any(made.values()):
            return
        text, said, left_out = proposed(root, *places)
        assert left_out == ()
        actions = {it["path"]: it["action"] for it in said["database"]}
        assert [*actions.values()].count("target") == 1
        plan, found = carried_out(root, text)
        spoken = [(it.database, folded(it.old)) for it in plan.tables]
        spoken += [(it.database, folded(it.table)) for it in plan.skips]
        assert len(spoken) == len({*spoken})
        whole = {it.path for it in plan.databases if it.action in ("keep", "delete")}
        for name, tables in made.items():
            for table in tables:
                assert (name in whole) != ((name, folded(table)) in spoken), (name, table)
        new = [folded(it.new) for it in plan.tables if it.merge == "refuse"]
        assert len(new) == len({*new})
        assert not any(it.startswith(("sqlite_", "retable_")) for it in new)
        if len(spoken) % 5 == 0:
            report = migrate(plan, progress=Silence())
            assert report.rows_proved >= sum(n for path, _, n in found if path not in whole)


WORDS = {
    "user_accounts": "user_account", "UserAccounts": "user_account", "HTTPRequests": "http_request",
    "tblOrders": "order", "oauth2_tokens": "oauth2_token", "S3Objects": "s3_object",
    "categories": "category", "statuses": "status", "addresses": "address",
    "boxes": "box", "batches": "batch", "caches": "cache", "databases": "database",
    "cases": "case", "aliases": "alias", "analyses": "analysis", "indices": "index",
    "people": "person", "movies": "movie", "photos": "photo", "schemas": "schema",
    "metrics": "metric", "urls": "url", "viruses": "virus", "houses": "house", "sizes": "size",
    # What is in the singular, or may be.
    "status": "status", "news": "news", "series": "series", "species": "species", "data": "data",
    "analysis": "analysis", "address": "address", "alias": "alias", "analytics": "analytics",
    "bus": "bus", "dns": "dns", "glass": "glass", "focus": "focus", "chaos": "chaos", "x": "x",
    "日本": "日本", "größen": "größen",
}  # fmt: skip


@pytest.mark.parametrize(("name", "one"), WORDS.items())
def test_a_word_in_the_singular_where_that_is_sure(name, one):
    *words, last = words_of(name)
    assert "_".join([*words, singular(last)]) == one
    assert singular(singular(last)) == singular(last)


@pytest.fixture(scope="module")
def of_the_demo(platform_made):
    names = [str(it.relative_to(platform_made)) for it in sorted(platform_made.rglob("*.db"))]
    return proposed(platform_made, *names)


def test_the_demo_needs_no_better_names(of_the_demo):
    new = names_in(of_the_demo[1])
    assert {old: new["data/roadmap.db", old] for path, old in new if path == "data/roadmap.db"} == {
        "roadmap_items": "roadmap_item",
        "roadmap_audit": "roadmap_audit",
        "roadmap_metadata": "roadmap_metadata",
        "roadmap_update_notifications": "roadmap_update_notification",
        "technical_specs": "roadmap_technical_spec",
        "code_reviews": "roadmap_code_review",
        "implementation_tasks": "implementation_task",
        "implementation_commits": "implementation_commit",
        "notifications": "notification_roadmap",
        "audit_trail": "system_audit_trail",
        "schema_metadata": "system_schema_metadata",
    }
    assert new["data/notifications.db", "notifications"] == "notification"
    assert new["coffee_maker.db", "schema_metadata"] == "system_schema_metadata"
    assert new["data/orchestrator.db", "bugs"] == "orchestrator_bug"
    assert new["data/orchestrator.db", "agent_lifecycle"] == "agent_lifecycle"
    assert new["data/agent_messages.db", "agent_messages"] == "agent_message"
    assert new["data/task_metrics.db", "subtask_metrics"] == "metric_subtask"
    assert new["data/metrics.db", "build_runs"] == "metric_build_run"


def test_what_the_demo_leaves_open_is_asked(of_the_demo):
    text, plan, left_out = of_the_demo
    assert left_out == ()
    assert plan["plan"]["target"] == "data/roadmap.db"
    assert {it["path"]: it["action"] for it in plan["database"] if it["action"] != "merge"} == {
        "data/roadmap.db": "target",
        "data/test_unified.db": "?",
        "data/unified_roadmap_specs.db": "?",
    }
    assert plan["skip"] == [
        {"table": "commits", "in": "coffee_maker.db", "claim": "?"},
        {"table": "implementation_tasks", "in": "coffee_maker.db", "claim": "empty"},
    ]
    slots = slots_of(text)
    assert sum(slot.where.endswith(".about") for slot in slots) == 25
    assert [slot.where.rpartition(".")[2] for slot in slots if "about" not in slot.where] == [
        "action", "action", "merge", "claim",
    ]  # fmt: skip


def test_each_proposal_says_why(of_the_demo):
    text = re.sub(r"\n *# ", " ", of_the_demo[0])
    for words in (
        "no other file has more tables (11, 2,876 rows)",
        "6 tables. Where nothing else is said, each begins with 'roadmap', as 3 others do.",
        "technical_specs: refers to roadmap_items.",
        "Each shares a word with the file data/notifications.db.",
        "notifications: notification would do for several, so its file is named; data/",
        "data/notifications.db has a table of this name with other columns.",
        "subtask_metrics: shares a word with the file data/metrics.db.",
        "bugs: comes from data/orchestrator.db.",
        "It has the same columns and keys as schema_metadata of data/roadmap.db; which row holds",
        "Its name says 'test'; does anybody need it?",
        "It holds no table at all; what becomes of it?",
        "implementation_tasks: no rows, and data/roadmap.db has a table of this name.",
        "What does orchestrator_bug hold? 134 rows, columns bug_number, title, description,",
    ):
        assert words in text, words


CASES = {
    "a prefix": (
        {"a.db": "CREATE TABLE users(x); CREATE TABLE user_roles(x); CREATE TABLE other(x)"},
        {"users": "user", "user_roles": "user_role", "other": "other"},
    ),
    "a word of SQL is no new name": (
        {"a.db": "CREATE TABLE orders(x); CREATE TABLE order_items(x)"},
        {"orders": "orders", "order_items": "order_item"},
    ),
    "a name that a library looks for": (
        {"a.db": "CREATE TABLE alembic_version(x); CREATE TABLE _llm_migrations(x)"},
        {"alembic_version": "alembic_version", "_llm_migrations": "_llm_migrations"},
    ),
    "foreign keys": (
        {
            "a.db": "CREATE TABLE shop_order(id INTEGER PRIMARY KEY); CREATE TABLE shop_item(x);"
            "CREATE TABLE notes(o REFERENCES shop_order)"
        },
        {"shop_order": "shop_order", "shop_item": "shop_item", "notes": "shop_note"},
    ),
    "a column that speaks of another table": (
        {"a.db": "CREATE TABLE shop_order(x); CREATE TABLE shop_item(x); CREATE TABLE t(order_id)"},
        {"shop_order": "shop_order", "shop_item": "shop_item", "t": "shop_t"},
    ),
    "the file of a table that is merged": (
        {"a.db": "CREATE TABLE x(x); CREATE TABLE y(x)", "data/bills.db": "CREATE TABLE lines(n);"
         "INSERT INTO lines VALUES (1)"},
        {"x": "x", "y": "y", "lines": "bill_line"},
    ),
    "a file whose name says nothing": (
        {"a.db": "CREATE TABLE x(x); CREATE TABLE y(x)", "app.db": "CREATE TABLE lines(n);"
         "INSERT INTO lines VALUES (1)"},
        {"x": "x", "y": "y", "lines": "lines"},
    ),
    "camel case": (
        {"a.db": "CREATE TABLE Invoice(x); CREATE TABLE InvoiceLine(x)"},
        {"Invoice": "Invoice", "InvoiceLine": "invoice_line"},
    ),
    "a name that must be quoted and belongs nowhere stays": (
        {"a.db": 'CREATE TABLE "we ird"(x); CREATE TABLE "2024"(x)'},
        {"we ird": "we ird", "2024": "2024"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("databases", "new"), CASES.values(), ids=CASES)
def test_new_names(tmp_path, databases, new):
    make(tmp_path, databases)
    assert {old: to for (_, old), to in names_in(proposed(tmp_path, *databases)[1]).items()} == new


def test_the_same_rows_under_two_names_are_noticed(tmp_path):
    rows = (
        "(id INTEGER PRIMARY KEY, name, mail); INSERT INTO {0} VALUES (1, 'a', 'b'), (2, 'c', 'd')"
    )
    made = {"a.db": "CREATE TABLE users" + rows.format("users"), "b.db": "CREATE TABLE people"}
    made["b.db"] += rows.format("people")
    made["c.db"] = "CREATE TABLE users" + rows.format("users").replace("'d'", "'e'")
    make(tmp_path, made)
    text = re.sub(r"\n *# ", " ", proposed(tmp_path, *made)[0])
    assert "people: has the same columns and the same rows as users of a.db" in text
    assert "has the same columns as users of c.db" in text
    assert "It has the same columns and keys as users of a.db; which row holds" in text


@pytest.mark.parametrize("of", ["(name TEXT PRIMARY KEY)", "(name TEXT)"])
@pytest.mark.parametrize("name", ["schema_version", "_migrations"])
def test_records_of_migrations_are_rather_kept_apart(tmp_path, name, of):
    sql = f"CREATE TABLE {name} {of}; INSERT INTO {name} VALUES ('001_init.sql')"
    make(tmp_path, {"a.db": sql, "b.db": sql})
    text = re.sub(r"\n *# +", " ", proposed(tmp_path, "a.db", "b.db")[0])
    assert (
        "In a joined table a runner of migrations finds as done what was done in another file, and"
        " skips it: a name of its own is safe. What becomes of it? - say to" in text
    )


def test_what_is_no_record_of_migrations_may_be_joined(tmp_path):
    sql = "CREATE TABLE file_versions(name PRIMARY KEY); INSERT INTO file_versions VALUES (1)"
    make(tmp_path, {"a.db": sql, "b.db": sql})
    text = proposed(tmp_path, "a.db", "b.db")[0]
    assert "keep-target" in text
    assert "runner" not in text


def test_tables_without_a_key_can_only_be_appended(tmp_path):
    make(tmp_path, {name: f"CREATE TABLE log(x, y, z); INSERT INTO log VALUES ('{name}', 2, 3)"
                    for name in ("a.db", "b.db")})  # fmt: skip
    text, plan, _ = proposed(tmp_path, "a.db", "b.db")
    assert plan["domain"][0]["table"][1]["merge"] == "?"
    assert '"append": all rows of both' in text
    assert '"keep-' not in text


def test_an_empty_table_that_something_speaks_of_is_carried(tmp_path):
    make(
        tmp_path,
        {
            "a.db": "".join(f"CREATE TABLE {name}(x);" for name in "wxyz"),
            "bills.db": "CREATE TABLE kinds(id INTEGER PRIMARY KEY); CREATE TABLE void(x);"
            "CREATE TABLE lines(k REFERENCES kinds); INSERT INTO lines VALUES (1)",
        },
    )
    text, plan, _ = proposed(tmp_path, "a.db", "bills.db")
    assert names_in(plan)["bills.db", "kinds"] == "bill_kind"
    assert [it["table"] for it in plan["skip"]] == ["void"], "a table of the target always stays"
    assert 'write in domain bill: { from = "void", in = "bills.db", to = "bill_void",' in re.sub(
        r"\n *# +", " ", text
    )


def test_what_a_table_says_of_itself_is_no_question(tmp_path):
    make(tmp_path, {"a.db": "CREATE TABLE users( -- Who may sign in\n  id INTEGER, mail TEXT\n)"})
    text, plan, _ = proposed(tmp_path, "a.db")
    assert plan["domain"][0]["table"][0]["about"] == "Who may sign in"
    assert slots_of(text) == ()


def test_a_file_whose_tables_are_all_empty_is_one_question(tmp_path):
    made = {
        "a.db": "CREATE TABLE x(x); CREATE TABLE y(x); CREATE TABLE z(x)",
        "b.db": "CREATE TABLE v(x); CREATE TABLE w(x)",
    }
    make(tmp_path, made)
    text, plan, _ = proposed(tmp_path, *made)
    assert len(names_in(plan)) == 5, "where nothing has a row, that tells nothing"
    make(tmp_path, {"a.db": "INSERT INTO x VALUES (1)"})
    text, plan, _ = proposed(tmp_path, *made)
    assert [it["action"] for it in plan["database"]] == ["target", "?"]
    assert "# None of its tables has a row; does anybody need it?" in text
    assert len(names_in(plan)) == 3


def test_the_target_can_be_chosen(tmp_path):
    make(tmp_path, {"a.db": "CREATE TABLE x(x); CREATE TABLE y(x)", "b.db": "CREATE TABLE z(x)"})
    assert proposed(tmp_path, "a.db", "b.db")[1]["plan"]["target"] == "a.db"
    text, plan, _ = proposed(tmp_path, "a.db", "b.db", target=tmp_path / "b.db")
    assert plan["plan"]["target"] == "b.db"
    assert "The target: it was named." in text


def test_the_target_may_be_a_new_file(nowhere):
    rows = "INSERT INTO users VALUES (1, 'a')"
    users = f"CREATE TABLE users(id INTEGER PRIMARY KEY, name); {rows};"
    make(nowhere.root, {"users.db": users, "logs.db": users + "CREATE TABLE lines(x)"})
    paths = ["users.db", "logs.db", "--target", "all.db"]
    assert nowhere.retable("init", "--from-databases", *paths).status == 1
    nowhere.write("retable.toml", answered(nowhere.read("retable.toml")))
    assert nowhere.retable("migrate", "--yes").status == 0
    with closing(sqlite3.connect(nowhere.root / "all.db")) as database:
        assert database.execute("SELECT * FROM user").fetchall() == [(1, "a")]
    assert not (nowhere.root / "users.db").exists()


def test_what_is_no_database_is_said_and_not_in_the_plan(nowhere):
    make(nowhere.root, {"a.db": "CREATE TABLE x(x)", "locked/c.db": "CREATE TABLE c(x)"})
    nowhere.write("b.db", "no database, however long it is " * 20)
    nowhere.write("short.db", "no")
    (nowhere.root / "link.db").symlink_to("a.db")
    (nowhere.root / "twin.db").hardlink_to(nowhere.root / "a.db")
    nowhere.write("a.db-shm", "")
    said = nowhere.retable(
        "init", "--from-databases", "a.db", "b.db", "short.db", "gone.db", "link.db", "twin.db",
        "a.db-shm", "locked/c.db", "locked",
    )  # fmt: skip
    assert said.status == 1, "questions are open"
    assert [line for line in said.err.splitlines() if "left out" in line] == [
        "left out: twin.db: it is the same file as a.db",
        "left out: b.db: is not a SQLite database",
        "left out: short.db: is not a SQLite database",
        "left out: gone.db: there is no such file",
        "left out: link.db: is a symbolic link to a.db",
        "left out: locked: is not a file",
    ]
    text = nowhere.read("retable.toml")
    assert [it["path"] for it in tomllib.loads(text)["database"]] == ["a.db", "locked/c.db"]
    assert "# Left out: gone.db: there is no such file." in text


REFUSED = {
    "no database at all": (["b.txt"], "b.txt: "),
    "nothing in it": (["empty.db"], "--from-databases: no file holds a table"),
    "a file outside": (["../x.db", "a.db"], "../x.db: is not below"),
    "a target that was not given": (["a.db", "--target", "b.db"], "--target b.db: is not among"),
    "an unreadable target": (
        ["a.db", "b.db", "--target", "b.db"],
        "b.db: is not a SQLite database",
    ),
    "a target of an earlier plan": (["done.db"], "done.db: holds tables of retable's own"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_proposed(nowhere, arguments, words):
    make(
        nowhere.root,
        {"a.db": "CREATE TABLE x(x)", "empty.db": "", "done.db": "CREATE TABLE retable_journal(x)"},
    )
    nowhere.write("b.db", "no database, however long it is " * 20)
    said = nowhere.retable("init", "--from-databases", *arguments)
    assert said.status == 2
    assert words in said.err
    assert "Traceback" not in said.err
    assert not (nowhere.root / "retable.toml").exists()


def test_a_file_with_a_virtual_table_of_another_module_is_kept(nowhere):
    make(
        nowhere.root, {"a.db": "CREATE TABLE x(x)", "geo.db": "CREATE TABLE p(x);CREATE TABLE q(x)"}
    )
    with closing(sqlite3.connect(nowhere.root / "geo.db")) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_master VALUES ('table', 'near', 'near', 0,"
            " 'CREATE VIRTUAL TABLE near USING VirtualSpatialIndex()')"
        )
    assert nowhere.retable("init", "--from-databases", "a.db", "geo.db").status == 1
    plan = tomllib.loads(nowhere.read("retable.toml"))
    assert {it["path"]: it["action"] for it in plan["database"]} == {
        "a.db": "target",
        "geo.db": "keep",
    }
    nowhere.write("retable.toml", answered(nowhere.read("retable.toml")))
    said = nowhere.retable("plan")
    assert said.status == 0
    assert "geo.db: kept with 3 tables: p (0), q (0), near (?)" in said.out
    said = nowhere.retable("init", "--from-databases", "geo.db", "--stdout")
    assert (said.status, "geo.db: holds a virtual table that retable cannot" in said.err) == (
        2,
        True,
    )


def test_without_files_all_below_are_taken(nowhere):
    make(nowhere.root, {"a.db": "CREATE TABLE x(x)", "data/more.sqlite3": "CREATE TABLE y(x)"})
    assert nowhere.retable("init", "--from-databases").status == 1
    plan = tomllib.loads(nowhere.read("retable.toml"))
    assert [it["path"] for it in plan["database"]] == ["a.db", "data/more.sqlite3"]


def test_copies_in_a_backup_are_left_out_unless_they_are_named(nowhere):
    copy = "data/backup-2024/a.db"
    make(nowhere.root, {"a.db": "CREATE TABLE x(x)", copy: "CREATE TABLE x(x)"})
    said = nowhere.retable("init", "--from-databases")
    plan = tomllib.loads(nowhere.read("retable.toml"))
    assert [it["path"] for it in plan["database"]] == ["a.db"]
    assert f"left out: {copy}: lies in a folder for backups or old files" in said.err
    nowhere.retable("init", "--from-databases", "a.db", copy, "--force")
    plan = tomllib.loads(nowhere.read("retable.toml"))
    assert [it["path"] for it in plan["database"]] == ["a.db", copy]


def test_a_plan_that_is_there_is_not_written_over(nowhere):
    make(nowhere.root, {"a.db": "CREATE TABLE x(x)"})
    nowhere.write("retable.toml", "mine")
    assert nowhere.retable("init", "--from-databases", "a.db").status == 2
    assert nowhere.read("retable.toml") == "mine"
    assert nowhere.retable("init", "--from-databases", "a.db", "--force").status == 1


def test_plan_refuses_for_its_questions_only_until_they_are_answered(nowhere):
    make(
        nowhere.root,
        {
            "data/main.db": "CREATE TABLE users(id INTEGER PRIMARY KEY, n); INSERT INTO users"
            " VALUES (1, 2); CREATE TABLE user_roles(x); CREATE TABLE orders(x)",
            "data/old_things.db": "CREATE TABLE x(x)",
            "data/logs.db": "CREATE TABLE users(id INTEGER PRIMARY KEY, n); CREATE TABLE lines(x);"
            "INSERT INTO lines VALUES (1); INSERT INTO users VALUES (1, 3)",
        },
    )
    paths = ["data/main.db", "data/old_things.db", "data/logs.db"]
    assert nowhere.retable("init", "--from-databases", *paths).status == 1
    said = nowhere.retable("plan")
    assert said.status == 2
    assert all("is an open question" in line for line in said.err.splitlines()[1:])
    nowhere.write("retable.toml", answered(nowhere.read("retable.toml")))
    assert nowhere.retable("plan").status == 0
    assert nowhere.retable("migrate", "--yes").status == 0
    assert nowhere.retable("verify").status == 0


DOCUMENT = """\
# Consolidation

| Database | Action |
|---|---|
| data/roadmap.db | **KEEP** & consolidate into |
| data/orchestrator.db | MERGE |
| data/metrics.db | KEEP SEPARATE (external) |

## Roadmap

| Current name | New name | Source | Description |
|---|---|---|---|
| roadmap_items | roadmap_priority | data/roadmap.db | What we work on |
| technical_specs | roadmap_audit_trail | data/roadmap.db | How |

## Orchestrator

| Current name | New name | Source | Description |
|---|---|---|---|
| bugs | system_audit_trail | data/orchestrator.db | What went wrong |
"""


def test_what_a_document_says_stands_and_the_rest_is_proposed(platform):
    platform.write("PLAN.md", DOCUMENT)
    paths = [f"data/{name}.db" for name in ("roadmap", "orchestrator", "metrics", "notifications")]
    said = platform.retable("init", "PLAN.md", "--from-databases", *paths, "-o", "new.toml")
    assert said.status == 1
    text = platform.read("new.toml")
    plan = tomllib.loads(text)
    new = names_in(plan)
    assert new["data/roadmap.db", "roadmap_items"] == "roadmap_priority"
    assert new["data/orchestrator.db", "bugs"] == "system_audit_trail"
    assert new["data/roadmap.db", "audit_trail"] == "?", "the document has another use for its name"
    assert "does not speak of audit_trail, and system_audit_trail is taken" in re.sub(
        r"\n *# ", " ", text
    )
    assert new["data/roadmap.db", "code_reviews"] == "roadmap_code_review"
    assert "# code_reviews: refers to technical_specs." in text
    assert new["data/notifications.db", "notifications"] == "notification"
    assert {it["path"]: it["action"] for it in plan["database"]} == {
        "data/roadmap.db": "target",
        "data/orchestrator.db": "merge",
        "data/metrics.db": "keep",
        "data/notifications.db": "merge",
    } | {it["path"]: it["action"] for it in plan["database"] if it["path"] not in paths}
    assert not any(path == "data/metrics.db" for path, _ in new)
    everything = {
        (path, row[0])
        for path in paths
        for row in _tables_of(platform.root / path)
        if path != "data/metrics.db"
    }
    assert {*new} == everything


@pytest.mark.parametrize(
    ("rows", "target", "actions"),
    [
        pytest.param("a.db | KEEP & consolidate into", "a.db", "target merge", id="not given"),
        pytest.param("new.db | target", "new.db", "target merge", id="a new file"),
        pytest.param("a.db | merge", "b.db", "merge target", id="none"),
    ],
)
def test_the_target_of_a_document(nowhere, rows, target, actions):
    make(
        nowhere.root, {"a.db": "CREATE TABLE x(x)", "b.db": "CREATE TABLE y(y); CREATE TABLE z(z)"}
    )
    nowhere.write("PLAN.md", f"# Plan\n\n| Database | Action |\n|---|---|\n| {rows} |\n")
    said = nowhere.retable("init", "PLAN.md", "--from-databases", "b.db")
    assert said.status == 1, said.err
    plan = tomllib.loads(nowhere.read("retable.toml"))
    assert plan["plan"]["target"] == target
    assert [it["action"] for it in plan["database"]] == actions.split()
    assert {("b.db", "y"), ("b.db", "z")} <= {*names_in(plan)}


def _tables_of(file):
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        return database.execute(sql).fetchall()


@pytest.mark.parametrize(
    "arguments",
    [["init"], ["init", "A.md", "B.md"], ["init", "A.md", "--target", "x.db"],
     ["init", "A.md", "B.md", "--from-databases"]],
)  # fmt: skip
def test_one_document_or_databases(nowhere, arguments):
    said = nowhere.retable(*arguments)
    assert said.status == 2
    assert "Usage: " in said.err
