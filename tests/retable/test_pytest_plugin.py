"""The pytest plugin, in real pytest processes: what it names, and what it leaves alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import retable_pytest
from retable_pytest.sql import names_in

CODE = Path(__file__).resolve().parents[2]
ALONE = Path(retable_pytest.__file__).parents[1]
TEST = """\
import sqlite3


def rows(sql, *values):
    db = sqlite3.connect(":memory:")
    db.executescript("CREATE TABLE shop_order(id, total); CREATE TABLE user_account(name)")
    db.executescript(MADE)
    return db.execute(sql, values).fetchall()


MADE = ""
"""
OLD = 'MADE = "CREATE TABLE orders(id, total)"\n\n\n'


@pytest.fixture
def project(shop):
    """The shop, with a configuration of pytest of its own."""
    shop.write("pytest.ini", "[pytest]\naddopts = -p no:cacheprovider\n")
    return shop


def run(place, *arguments, **variables):
    """Run pytest in a process of its own, and what it reported."""
    report = place.root.parent / "report.json"
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"--retable-report={report}", *arguments],
        cwd=place.root,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    seen = json.loads(report.read_text()) if report.is_file() else None
    return done.returncode, done.stdout + done.stderr, seen


def named(seen, kind="legacy"):
    return [(f"{it['path']}:{it['line']}", it["says"], it["tests"]) for it in seen[kind]]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        pytest.param("SELECT * FROM old", "old", id="from"),
        pytest.param("select * from OLD o, b AS x, (SELECT 1 FROM c) d", "old b c", id="list"),
        pytest.param("SELECT a, b FROM x JOIN y ON x.a = y.b, z WHERE f", "x y z", id="joins"),
        pytest.param("SELECT old FROM t WHERE old.x = 1 ORDER BY old", "t", id="columns"),
        pytest.param("SELECT 'FROM old', \"b\" FROM t -- FROM old\n", "t", id="text, comments"),
        pytest.param("/* FROM old */ SELECT 1", "", id="comment"),
        pytest.param('SELECT * FROM "o""d" JOIN [a b] JOIN `c`', 'o"d c', id="quotes"),
        pytest.param("SELECT * FROM main.old", "old", id="schema"),
        pytest.param("WITH old(a) AS (SELECT 1) SELECT * FROM old", "", id="own name"),
        pytest.param("WITH a AS (SELECT 1), old AS (SELECT 2) SELECT * FROM old, b", "b", id="two"),
        pytest.param("WITH old AS (SELECT 1) SELECT * FROM main.old", "old", id="not its own"),
        pytest.param("INSERT OR REPLACE INTO old(old) VALUES (1)", "old", id="insert"),
        pytest.param(
            "INSERT INTO old VALUES (1) ON CONFLICT DO UPDATE SET a = 1", "old", id="upsert"
        ),
        pytest.param("UPDATE OR IGNORE old SET a = (SELECT 1 FROM b)", "old b", id="update"),
        pytest.param("DELETE FROM old WHERE a IN (1, b) AND c IN d", "old d", id="delete, in"),
        pytest.param("CREATE TABLE IF NOT EXISTS old(a REFERENCES b(c))", "old b", id="create"),
        pytest.param("CREATE UNIQUE INDEX IF NOT EXISTS i ON old(a)", "old", id="index"),
        pytest.param(
            "CREATE TRIGGER t AFTER UPDATE OF a ON old BEGIN DELETE FROM b; END",
            "old b",
            id="trigger",
        ),
        pytest.param("ALTER TABLE old RENAME TO b", "old b", id="rename"),
        pytest.param("ALTER TABLE old RENAME COLUMN a TO b", "old", id="rename column"),
        pytest.param("DROP TABLE IF EXISTS old", "old", id="drop"),
        pytest.param("CREATE VIEW old AS SELECT * FROM b", "b", id="a view's name"),
        pytest.param("PRAGMA table_info(old)", "old", id="pragma"),
        pytest.param("PRAGMA main.table_info('old')", "old", id="pragma with schema"),
        pytest.param("PRAGMA user_version = 3", "", id="other pragma"),
        pytest.param("SELECT * FROM pragma_table_info('old')", "old", id="pragma function"),
        pytest.param("SELECT * FROM old(1), json_each(b)", "", id="functions"),
        pytest.param("SELECT a IS DISTINCT FROM old FROM t", "t", id="distinct from"),
        pytest.param(
            "SELECT name FROM sqlite_master WHERE name = 'old'", "sqlite_master old", id="catalog"
        ),
        pytest.param("SAVEPOINT old", "", id="savepoint"),
        pytest.param("ANALYZE old", "old", id="analyze"),
    ],
)
def test_names_in_table_position(sql, names):
    expected = names.split() if '"' not in names and "[" not in sql else ['o"d', "a b", "c"]
    assert list(names_in(sql)) == expected


def test_without_a_plan_it_does_nothing(project):
    project.write("test_a.py", TEST + OLD + 'def test_a(): rows("SELECT id FROM orders")\n')
    status, said, seen = run(project)
    assert status == 0
    assert "old names" not in said
    assert seen is None


def test_a_test_that_executes_an_old_name_fails_with_the_line_of_code(project):
    project.write(
        "test_a.py",
        TEST + OLD + 'def test_old():\n    rows("SELECT id FROM orders WHERE id = ?", 7)\n\n\n'
        'def test_new():\n    sqlite3.connect(":memory:").execute("SELECT 1")\n',
    )
    status, said, seen = run(project, "--retable-plan=retable.toml")
    assert status == 1
    assert "1 failed, 1 passed" in said
    assert "test_a.py:8 in rows: executes the old name orders → shop_order" in said
    assert "SELECT id FROM orders WHERE id = 7" in said
    assert named(seen) == [
        ("test_a.py:7", "orders → shop_order", ["test_a.py::test_old"]),
        ("test_a.py:8", "orders → shop_order", ["test_a.py::test_old"]),
    ]


def test_with_warn_no_test_fails(project):
    project.write("test_a.py", TEST + OLD + 'def test_a(): rows("SELECT id FROM orders")\n')
    status, said, seen = run(project, "--retable-plan=retable.toml", "--retable=warn")
    assert status == 0
    assert "test_a.py:8  orders → shop_order" in said
    assert len(seen["legacy"]) == 2


def test_the_plan_may_stand_in_the_configuration(project):
    project.write("pytest.ini", "[pytest]\nretable_plan = retable.toml\nretable = warn\n")
    project.write("test_a.py", TEST + OLD + 'def test_a(): rows("SELECT id FROM orders")\n')
    status, said, seen = run(project, "test_a.py", "-p", "no:cacheprovider")
    assert status == 0
    assert "retable: retable.toml, 3 old names, warn" in said
    assert len(seen["legacy"]) == 2


def test_after_apply_it_is_silent(project):
    project.write("test_a.py", TEST + 'def test_a(): rows("SELECT id FROM shop_order")\n')
    assert project.retable("apply").status == 0
    status, said, seen = run(project, "--retable-plan=retable.toml")
    assert status == 0
    assert "old names at run time" not in said
    assert seen["statements"] > 0
    assert seen["references"] == {"all": 0, "executed": 0, "never": []}


def test_a_setup_with_an_old_name_does_not_keep_the_test_from_running(project):
    project.write(
        "test_a.py",
        "import pytest\n" + TEST + OLD + "@pytest.fixture\ndef found():\n"
        '    return rows("SELECT id FROM orders")\n\n\n'
        'def test_a(found):\n    open("ran", "w").close()\n',
    )
    status, said, _ = run(project, "--retable-plan=retable.toml")
    assert status == 1
    assert "1 failed" in said
    assert (project.root / "ran").exists()


def test_an_old_name_while_no_test_runs_fails_the_run(project):
    project.write("test_a.py", TEST + OLD + 'rows("SELECT 1")\n\n\ndef test_a(): pass\n')
    status, said, seen = run(project, "--retable-plan=retable.toml")
    assert status == 1
    assert "1 passed" in said
    assert named(seen) == [("test_a.py:7", "orders → shop_order", ["while no test ran"])]


def test_a_statement_that_is_refused_and_forgiven_is_named(project):
    project.write(
        "test_a.py",
        TEST + "\n\ndef test_a():\n    try:\n"
        '        rows("SELECT id FROM orders")\n'
        "    except sqlite3.OperationalError:\n        pass\n"
        "    try:\n"
        '        sqlite3.connect(":memory:").cursor().execute("DELETE FROM users")\n'
        "    except sqlite3.OperationalError:\n        pass\n",
    )
    status, _, seen = run(project, "--retable-plan=retable.toml")
    assert status == 1
    assert [it[:2] for it in named(seen)] == [
        ("test_a.py:8", "orders → shop_order"),
        ("test_a.py:20", "users → user_account"),
    ]


def test_the_files_of_merged_databases_are_named(project):
    project.write(
        "test_a.py",
        "import os, sqlite3\nfrom pathlib import Path\n\n\ndef test_a(tmp_path, monkeypatch):\n"
        '    sqlite3.connect("data/users.db").close()\n'
        '    sqlite3.connect(Path("data", "users.db").absolute()).close()\n'
        '    sqlite3.connect("file:data/us%65rs.db?mode=ro", uri=True).close()\n'
        '    sqlite3.connect("data/shop.db").execute("ATTACH \'data/users.db\' AS u")\n'
        '    (tmp_path / "data").mkdir()\n'
        "    monkeypatch.chdir(tmp_path)\n"
        '    sqlite3.connect("data/users.db").close()\n'
        '    sqlite3.connect("users.db").close()\n'
        '    sqlite3.connect("file:users?mode=memory", uri=True).close()\n',
    )
    status, said, seen = run(project, "--retable-plan=retable.toml")
    assert status == 1
    assert "opens the file of data/users.db → data/shop.db" in said
    assert [place for place, _, _ in named(seen, "opened")] == [
        f"test_a.py:{line}" for line in (6, 7, 8, 9, 12)
    ]
    assert seen["legacy"] == []


def test_connections_of_all_kinds_and_their_own_traces(project):
    project.write(
        "test_a.py",
        "import sqlite3\n\n\nclass Mine(sqlite3.Connection):\n    def all(self, sql):\n"
        "        return self.execute(sql).fetchall()\n\n\n"
        "def test_trace_of_its_own():\n"
        '    db = sqlite3.connect(":memory:")\n    seen = []\n'
        "    db.set_trace_callback(seen.append)\n"
        '    db.execute("CREATE TABLE orders(id)")\n'
        '    assert seen == ["CREATE TABLE orders(id)"]\n'
        "    db.set_trace_callback(None)\n"
        '    db.cursor().execute("SELECT id FROM orders")\n'
        "    assert len(seen) == 1\n\n\n"
        "def test_factory():\n"
        '    db = sqlite3.connect(":memory:", 5, 0, "DEFERRED", True, Mine)\n'
        "    assert isinstance(db, Mine) and isinstance(db.cursor(), sqlite3.Cursor)\n"
        '    db.all("CREATE TABLE users(name)")\n'
        "    db.row_factory = sqlite3.Row\n"
        '    assert db.execute("SELECT 1 AS one").fetchone()["one"] == 1\n\n\n'
        "def test_thread():\n"
        "    from concurrent.futures import ThreadPoolExecutor\n"
        "    def work():\n"
        '        return sqlite3.connect(":memory:").execute("CREATE TABLE notes(a)")\n'
        "    ThreadPoolExecutor().submit(work).result()\n\n\n"
        "def test_not_by_connect():\n"
        '    sqlite3.Connection(":memory:").execute("CREATE TABLE orders(id)")\n',
    )
    status, said, seen = run(project, "--retable-plan=retable.toml")
    assert status == 1
    assert "3 failed, 1 passed" in said
    assert [(place, tests[0]) for place, _, tests in named(seen)] == [
        ("test_a.py:6", "test_a.py::test_factory"),
        ("test_a.py:13", "test_a.py::test_trace_of_its_own"),
        ("test_a.py:16", "test_a.py::test_trace_of_its_own"),
        ("test_a.py:31", "test_a.py::test_thread"),
    ]
    assert seen["troubles"] == [
        "test_a.py:36: this connection is not made by sqlite3.connect: not watched"
    ]


def test_apsw_and_aiosqlite(project):
    project.write(
        "test_a.py",
        "import asyncio\n\nimport aiosqlite\nimport apsw\n\n\n"
        "def test_apsw():\n"
        '    db = apsw.Connection(":memory:")\n'
        '    db.execute("CREATE TABLE orders(id)")\n'
        '    apsw.Connection("data/users.db").close()\n\n\n'
        "async def ask(db):\n"
        '    await db.execute("CREATE TABLE users(name)")\n'
        "    return await db.execute_fetchall(\n"
        '        "SELECT name FROM users"\n    )\n\n\n'
        "def test_aiosqlite():\n"
        "    async def main():\n"
        '        async with aiosqlite.connect(":memory:") as db:\n'
        "            await asyncio.gather(asyncio.sleep(0.01), ask(db))\n"
        "    asyncio.run(main())\n",
    )
    status, _, seen = run(project, "--retable-plan=retable.toml")
    assert status == 1
    assert named(seen) == [
        ("test_a.py:9", "orders → shop_order", ["test_a.py::test_apsw"]),
        ("test_a.py:14", "users → user_account", ["test_a.py::test_aiosqlite"]),
        ("test_a.py:15", "users → user_account", ["test_a.py::test_aiosqlite"]),
    ]
    assert named(seen, "opened") == [
        ("test_a.py:10", "data/users.db → data/shop.db", ["test_a.py::test_apsw"])
    ]


def test_what_is_ignored_and_what_is_history(project):
    project.write(
        "test_a.py",
        TEST + OLD + "import runpy\n\n\ndef test_a():\n"
        '    db = sqlite3.connect(":memory:")\n'
        '    db.execute("CREATE TABLE orders(id)")  # retable: ignore[table-name] the old schema\n'
        '    db.execute("SELECT id FROM orders -- retable: ignore")\n'
        '    runpy.run_path("old/migrate_1.py", {"db": db})\n',
    )
    status, said, seen = run(project, "--retable-plan=retable.toml")
    assert status == 0, said
    assert seen["legacy"] == []
    assert seen["history"] == 1


def test_a_name_that_lives_on_fails_only_where_the_database_tells(project):
    plan = project.read("retable.toml")
    project.write("retable.toml", plan.replace('to = "shop_note"', 'to = "notes"'))
    project.write(
        "test_a.py",
        "import sqlite3\n\n\ndef test_memory():\n"
        '    sqlite3.connect(":memory:").execute("CREATE TABLE notes(text)")\n\n\n'
        "def test_stays():\n"
        '    sqlite3.connect("data/shop.db").execute("SELECT text FROM notes")\n\n\n'
        "def test_moves():\n"
        '    sqlite3.connect("data/users.db").execute("SELECT text FROM notes")\n',
    )
    status, said, seen = run(project, "--retable-plan=retable.toml")
    assert status == 1
    assert "1 failed, 2 passed" in said
    assert named(seen) == [("test_a.py:13", "notes → user_note", ["test_a.py::test_moves"])]
    assert [it[0] for it in named(seen, "perhaps")] == ["test_a.py:5"]


def test_what_was_never_executed_is_listed(project):
    project.write(
        "test_a.py",
        "from shop.orders import orders\n\n\ndef test_a():\n    assert len(orders()) == 2\n",
    )
    _, said, seen = run(project, "--retable-plan=retable.toml")
    assert seen["references"] == {
        "all": 3,
        "executed": 1,
        "never": [
            {"path": "shop/report.sql", "line": 1, "old": "orders"},
            {"path": "shop/users.py", "line": 9, "old": "users"},
        ],
    }
    assert "executed: 1 of 3 references (33 %)" in said
    assert "  shop/users.py:9  users" in said


def test_two_places_of_one_text_are_told_apart(project):
    project.write(
        "shop/twice.py",
        'def one(db):\n    return db.execute("SELECT total FROM orders")\n\n\n'
        'def two(db):\n    return db.execute("SELECT total FROM orders")\n',
    )
    project.write(
        "test_a.py",
        TEST + OLD + "from shop.twice import two\n\n\ndef test_a():\n"
        '    two(sqlite3.connect("data/shop.db"))\n',
    )
    _, _, seen = run(project, "--retable-plan=retable.toml")
    never = [(it["path"], it["line"]) for it in seen["references"]["never"]]
    assert ("shop/twice.py", 2) in never
    assert ("shop/twice.py", 6) not in never


def test_workers_of_xdist_hand_over_what_they_saw(project):
    body = "".join(f'def test_{n}():\n    rows("SELECT id FROM orders")\n\n\n' for n in range(6))
    project.write("test_a.py", TEST + OLD + body)
    status, said, seen = run(project, "--retable-plan=retable.toml", "-n", "2")
    assert status == 1
    assert "6 failed" in said
    assert [it["count"] for it in seen["legacy"]] == [6, 6]
    assert len(seen["legacy"][0]["tests"]) == 6


def test_the_projects_own_modules_of_our_names_are_in_nobodys_way(project):
    for name in ("plan", "migrate", "refactor", "retable", "facts", "watch"):
        project.write(f"{name}/__init__.py", "raise ImportError('the project of its own')\n")
    project.write("test_a.py", TEST + OLD + 'def test_a(): rows("SELECT id FROM orders")\n')
    # As a plugin from a folder of its own, where retable is not installed.
    folder = project.root / "plugins"
    shutil.copytree(ALONE / "retable_pytest", folder / "retable_pytest")
    status, said, seen = run(
        project,
        "-p",
        "retable_pytest",
        "--retable-plan=retable.toml",
        PYTHONPATH=str(folder),
    )
    assert status == 1, said
    assert "1 failed" in said
    assert len(seen["legacy"]) == 2


def test_facts_may_be_written_where_retable_is_and_used_where_it_is_not(project, tmp_path):
    assert project.retable("facts", "-o", "facts.json").status == 0
    project.write("test_a.py", TEST + OLD + 'def test_a(): rows("SELECT id FROM orders")\n')
    variables = {"PATH": "/nonexistent", "RETABLE": "/nonexistent"}
    status, _, seen = run(project, "--retable-plan=facts.json", **variables)
    assert status == 1
    assert len(seen["legacy"]) == 2


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        pytest.param("nowhere.toml", "nowhere.toml: there is no such file", id="no file"),
        pytest.param("broken.toml", "broken.toml", id="no plan"),
        pytest.param("other.json", "this is no output of `retable facts`", id="no facts"),
    ],
)
def test_what_it_cannot_do_it_says_without_a_traceback(project, plan, says):
    project.write("broken.toml", "[plan]\ntarget = 3\n")
    project.write("other.json", "[]\n")
    project.write("test_a.py", "def test_a(): pass\n")
    status, said, _ = run(project, f"--retable-plan={plan}")
    assert status == pytest.ExitCode.USAGE_ERROR
    assert says in said
    assert "Traceback" not in said


@pytest.mark.slow  # each of its steps is proved on the shop
def test_the_demo_before_and_after_apply(platform):
    status, said, seen = run(platform, "--retable-plan=retable.toml")
    assert status == 1
    places = {(place, says): tests for place, says, tests in named(seen)}
    key = ".claude/agents/reporter/status.py:17", "notifications → notification_user"
    assert places[key] == ["tests/test_user_notifications.py::test_status_line"]
    assert [(it["path"], it["line"]) for it in seen["references"]["never"]] == [
        ("agent_platform/orchestrator/bugs.py", 74),
        ("scripts/export_notifications.py", 17),
    ]
    assert "  scripts/export_notifications.py:17  notifications" in said
    assert platform.retable("migrate", "--yes").status == 0
    assert platform.retable("apply").status == 0
    status, said, seen = run(platform, "--retable-plan=retable.toml")
    assert status == 0, said
    assert "old names at run time" not in said
    assert (seen["legacy"], seen["opened"], seen["perhaps"]) == ([], [], [])
    assert seen["statements"] > 1000
