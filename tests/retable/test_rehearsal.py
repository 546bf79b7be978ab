"""`retable rehearse`: real git, real tests, and a project that stays as it was."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

PYTEST = (sys.executable, "-m", "pytest", "-q")
TESTS = """\
import sqlite3

from shop.orders import orders
from shop.users import users


def test_orders():
    assert [row[0] for row in orders()] == [1, 2]


def test_users():
    assert users() == [("Ann",), ("Bo",)]
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A folder of our own for what is temporary, so that what is left over can be seen."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    yield folder
    tempfile.tempdir = None


@pytest.fixture
def tested(shop):
    """The shop with tests; one file is changed and one is new since the last commit."""
    shop.write("pytest.ini", "[pytest]\npythonpath = .\naddopts = -p no:cacheprovider\n")
    shop.git("add", "-A")
    shop.git("commit", "-qm", "a configuration")
    shop.write("shop/report.sql", "SELECT count(*) FROM orders; -- changed\n")
    shop.write("tests/test_shop.py", TESTS)
    return shop


def everything(place):
    """All files, and what git knows: refs, worktrees, the index."""
    refs = place.git("for-each-ref"), place.git("worktree", "list"), place.git("stash", "list")
    status = place.git("status", "--porcelain")  # which writes the index anew, if it must
    return place.everything(), refs, status, (place.root / ".git/index").read_bytes()


def test_the_same_before_and_after_and_nothing_is_touched(tested, temporary):
    before = everything(tested)
    said = tested.retable("rehearse", "--json", "../r.json", "--report", "../r.md", "--", *PYTEST)
    assert said.status == 0, said
    assert said.out.endswith("verdict: same\n")
    assert "│ tests       │ 2 passed, 0 failed │ 2 passed, 0 failed │" in said.out
    assert "2 → 1 database, 6 rows proved; 4 references changed in 3 files" in said.out
    assert "the tests executed 2 of the 3 places that name an old table" in said.out
    found = json.loads((tested.root.parent / "r.json").read_text())
    assert (found["verdict"], found["reasons"], found["changes"]) == ("same", [], [])
    assert found["before"]["tests"] == {"passed": 2}
    assert (tested.root.parent / "r.md").read_text().startswith("# Rehearsal: same\n")
    assert everything(tested) == before
    assert list(temporary.iterdir()) == []


def test_what_differs_is_named(tested):
    plan = tested.read("retable.toml")
    tested.write("retable.toml", plan.replace('"old/**"', '"old/**", "shop/users.py"'))
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 1
    assert said.out.endswith("verdict: differs\n")
    assert "the exit status was 0 and is 1" in said.out
    assert "tests/test_shop.py::test_users  passed → failed: sqlite3.OperationalError" in said.out
    assert "tests/test_shop.py::test_orders" not in said.out
    # The database that is no longer there was made anew, empty, by the old code.
    assert "Database files that only the changed code makes\n  data/users.db\n" in said.out


def test_a_decision_that_breaks_the_code_is_found_out(tested):
    data = json.loads(tested.retable("check", "--format", "json").out)
    (it,) = (it for it in data["references"] if it["path"] == "shop/orders.py" and it["new"])
    decision = {"id": it["id"], "verdict": "reject", "path": it["path"], "line": it["line"]}
    decisions = {"retable": "decisions", "version": 1, "decisions": [{**decision, "old": "orders"}]}
    (tested.root.parent / "d.json").write_text(json.dumps(decisions))
    said = tested.retable("rehearse", "--decisions", "../d.json", "--", *PYTEST)
    assert said.status == 1, said
    assert "tests/test_shop.py::test_orders  passed → failed" in said.out


def test_an_old_name_that_is_still_executed_differs_although_tests_pass(tested):
    tested.write(
        "tests/test_more.py",
        "import sqlite3\n\n\ndef test_forgiven():\n    name = 'or' + 'ders'\n"
        "    try:\n        sqlite3.connect('data/shop.db').execute(f'SELECT id FROM {name}')\n"
        "    except sqlite3.OperationalError:\n        pass\n",
    )
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 1, said
    assert "1 place executed an old name" in said.out
    assert "tests/test_more.py:7  orders → shop_order (tests/test_more.py::test_f" in said.out


def test_a_test_that_failed_before_is_said_to(tested):
    tested.write("tests/test_bad.py", "def test_bad():\n    assert False\n")
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 0, said
    assert "Tests that fail as they did before\n  tests/test_bad.py::test_bad\n" in said.out
    assert said.out.endswith("verdict: same\n")


def test_a_test_that_passes_now_is_better(tested):
    tested.write(
        "tests/test_new.py",
        "import sqlite3\n\n\ndef test_new():\n"
        "    sqlite3.connect('data/shop.db').execute('SELECT name FROM user_account')\n",
    )
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 0, said
    assert "Tests that are better\n  tests/test_new.py::test_new  failed → passed\n" in said.out
    assert said.out.endswith("verdict: better\n")


def test_tests_that_write_to_the_databases_begin_anew(tested):
    tested.write(
        "tests/test_write.py",
        "from shop.orders import orders\nimport sqlite3\n\n\ndef test_write():\n"
        "    before = len(orders())\n"
        "    with sqlite3.connect('data/shop.db') as db:\n"
        '        db.execute("INSERT INTO orders (total) VALUES (1)")\n'
        "    assert (before, len(orders())) == (2, 3)\n",
    )
    before = everything(tested)
    said = tested.retable("rehearse", "--", *PYTEST, "tests/test_write.py")
    assert said.status == 0, said
    assert everything(tested) == before


@pytest.mark.parametrize(
    ("command", "says"),
    [
        pytest.param(("false",), "does not work in a copy", id="fails"),
        pytest.param((*PYTEST, "nowhere"), "file or directory not found: nowhere", id="no tests"),
        pytest.param(("no-such-command",), "no-such-command: cannot be run", id="no command"),
    ],
)
def test_what_proves_nothing_is_refused(tested, temporary, command, says):
    said = tested.retable("rehearse", "--", *command)
    assert said.status == 2
    assert says in said.err
    assert list(temporary.iterdir()) == []


def test_what_stops_the_migration_is_said_before_the_command_runs(tested):
    (tested.root / "data/users.db").unlink()
    said = tested.retable("rehearse", "--", "touch", str(tested.root / "ran"))
    assert said.status == 2
    assert "data/users.db: there is no such file" in said.err
    assert not (tested.root / "ran").exists()


def test_what_was_migrated_is_not_rehearsed(tested):
    assert tested.retable("migrate", "--yes").status == 0
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 2
    assert "there is nothing to rehearse: done" in said.err


def test_another_command_is_compared_by_its_status_or_its_junit(tested):
    script = f"{' '.join(PYTEST)} --junitxml=out/junit.xml\n"
    tested.write("run.sh", script)
    said = tested.retable("rehearse", "--", "sh", "run.sh")
    assert said.status == 0, said
    assert "only the exit status was compared" in said.out
    said = tested.retable("rehearse", "--junit", "out/*.xml", "--", "sh", "run.sh")
    assert said.status == 0, said
    assert "2 passed, 0 failed" in said.out


def test_its_time_may_be_limited(tested, temporary):
    tested.write("slow.sh", "test -e data/users.db || sleep 60\n")
    said = tested.retable("rehearse", "--timeout", "5", "--", "sh", "slow.sh")
    assert said.status == 1, said
    assert "the exit status was 0 and is stopped: time was up" in said.out
    assert list(temporary.iterdir()) == []


def test_a_write_to_the_original_is_noticed(tested):
    here = tested.root / "shop/report.sql"
    tested.write("tests/conftest.py", f"open({str(here)!r}, 'a').write('-- more\\n')\n")
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 1
    assert "shop/report.sql changed" in said.out
    assert "the project's absolute path is in tests/conftest.py" in said.out


def test_a_project_that_is_installed_where_it_lies_is_tested_in_the_copy(tested, monkeypatch):
    """As with `pip install -e`: its folder is on the path of the Python that runs the tests."""
    tested.write("pytest.ini", "[pytest]\naddopts = -p no:cacheprovider --import-mode=importlib\n")
    monkeypatch.setenv("PYTHONPATH", str(tested.root))
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 0, said
    assert "2 passed, 0 failed" in said.out


def test_tests_that_import_the_original_prove_nothing(tested):
    tested.write("tests/conftest.py", f"import sys\nsys.path.insert(0, {str(tested.root)!r})\n")
    tested.write("pytest.ini", "[pytest]\naddopts = -p no:cacheprovider --import-mode=importlib\n")
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 2
    assert "the tests import code of" in said.err
    assert "shop/orders.py" in said.err


def test_committed_in_a_log_and_in_use(tested):
    with closing(sqlite3.connect(tested.root / "data/users.db")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("INSERT INTO users VALUES ('Cy')")
        db.commit()
        tested.write("tests/test_shop.py", TESTS.replace('("Bo",)', '("Bo",), ("Cy",)'))
        # The log is open, and its row is in no other file.
        said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 0, said
    assert "2 passed, 0 failed" in said.out


def test_without_git_and_below_a_folder(tested, temporary):
    subprocess.run(["rm", "-rf", tested.root / ".git"], check=True)
    before = tested.everything()
    said = tested.retable(
        "rehearse", "--plan", "../retable.toml", "--", *PYTEST, "../tests", folder="shop"
    )
    assert said.status == 2, "there, the shop does not find data/shop.db"
    said = tested.retable("rehearse", "--", *PYTEST)
    assert said.status == 0, said
    assert tested.everything() == before
    assert list(temporary.iterdir()) == []


def test_what_git_ignores_is_copied_if_it_is_named(tested):
    tested.write(".gitignore", tested.read(".gitignore") + ".env\n")
    tested.write(".env", "A=1\n")
    tested.write("tests/test_env.py", "def test_env():\n    open('.env').close()\n")
    said = tested.retable("rehearse", "--", *PYTEST, "tests/test_env.py")
    assert said.status == 2
    assert "--include names those that are needed" in said.err
    said = tested.retable("rehearse", "--include", ".env", "--", *PYTEST, "tests/test_env.py")
    assert said.status == 0, said


def test_the_copy_may_be_kept(tested, temporary):
    said = tested.retable("rehearse", "--keep", "--", *PYTEST)
    assert said.status == 0
    (kept,) = temporary.iterdir()
    assert f"kept: {kept}" in said.err
    assert "2 passed" in (kept / "after.log").read_text()
    # A kept copy is not what somebody left over.
    assert tested.retable("rehearse", "--", *PYTEST).status == 0
    assert list(temporary.iterdir()) == [kept]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_killed_it_leaves_nothing_behind(tested, temporary, how):
    before = everything(tested)
    tested.write("wait.sh", "echo $$ > ../waiting; sleep 60\n")
    how_started = {"preexec_fn": _as_in_a_terminal, "stderr": subprocess.PIPE}
    process = tested.process("rehearse", "--", "sh", "wait.sh", **how_started)
    waiting = waited(lambda: next(iter(temporary.glob("*/waiting")), None))
    command = int(waited(waiting.read_text))
    process.send_signal(how)
    process.wait(timeout=30)
    if how is signal.SIGKILL:
        # The command lives on, and nobody takes its folder away while it does.
        assert tested.retable("rehearse", "--", "true").status == 0
        assert waiting.exists()
        os.killpg(command, signal.SIGKILL)
        waited(lambda: not alive(command))
        assert tested.retable("rehearse", "--", "true").status == 0
    else:
        assert b"stopped: nothing was left half-done" in process.stderr.read()
        assert not alive(command)
    process.stderr.close()
    assert list(temporary.iterdir()) == []
    (tested.root / "wait.sh").unlink()
    assert everything(tested) == before


def test_stopped_while_it_starts_the_command_it_leaves_nothing_behind(tested, temporary):
    """The command itself says stop, at once: its starter may not yet know that it runs."""
    number = tested.root.parent / "number"
    tested.write("stop.sh", f"echo $$ > {number}; kill -TERM $PPID; sleep 60\n")
    process = tested.process("rehearse", "--", "sh", "stop.sh", stderr=subprocess.PIPE)
    _, said = process.communicate(timeout=50)
    assert b"stopped: nothing was left half-done" in said
    assert not alive(int(number.read_text()))
    assert list(temporary.iterdir()) == []


def _as_in_a_terminal():
    """Whoever runs these tests may have been told to ignore them, as with `nohup` or `&`."""
    for each in (signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)


def waited(ask):
    for _ in range(600):
        if found := ask():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to this in 30 seconds")


def alive(process):
    status = Path(f"/proc/{process}/stat")
    return status.exists() and ") Z " not in status.read_text()


@pytest.mark.slow  # `retable demo` rehearses the same
def test_the_demo(platform, temporary):
    before = everything(platform)
    said = platform.retable("rehearse", "--", *PYTEST)
    assert said.status == 0, said
    assert "142 passed, 0 failed │ 142 passed, 0 failed" in said.out
    assert said.out.endswith("verdict: same\n")
    assert everything(platform) == before
    assert list(temporary.glob("retable-*")) == []
