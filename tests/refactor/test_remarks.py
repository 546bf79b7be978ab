"""Remarks: by their own examples, and what SQLite does where they say that it does."""

import pkgutil
import sqlite3
from importlib import import_module

import apsw
import pytest

from refactor import remarks
from refactor.remarks import REMARKERS, TITLES, About

MAKES = [
    pytest.param(remarker, code, id=f"{remarker.name}: {code[:50]}")
    for remarker in REMARKERS
    for code in remarker.makes
]
LEAVES = [
    pytest.param(remarker, code, id=f"{remarker.name}: {code[:50]}")
    for remarker in REMARKERS
    for code in remarker.leaves
]


def test_no_remarker_is_forgotten():
    modules = (
        import_module(f"refactor.remarks.{module.name}")
        for module in pkgutil.iter_modules(remarks.__path__)
    )
    found = {module.REMARKER.name for module in modules if hasattr(module, "REMARKER")}
    assert {remarker.name for remarker in REMARKERS} == found
    assert TITLES.keys() == set(About)


@pytest.mark.parametrize(("remarker", "code"), MAKES)
def test_makes(remarker, code, project, monkeypatch):
    """The remarker alone has something to say of a project of one file."""
    monkeypatch.setattr("refactor.remarks.REMARKERS", (remarker,))
    assert project({"case.py": f"{code}\n"}).remarks()


@pytest.mark.parametrize(("remarker", "code"), LEAVES)
def test_leaves(remarker, code, project, monkeypatch):
    monkeypatch.setattr("refactor.remarks.REMARKERS", (remarker,))
    assert not project({"case.py": f"{code}\n"}).remarks()


def test_an_index_that_a_query_demands(project):
    made = project(
        {"case.py": 'c.execute("SELECT id FROM items INDEXED BY idx WHERE id = 1")\n'},
        [
            "data/old.db: old (id) -> new_t",
            "data/old.db: index idx on old",
            "data/other.db: items (id) -> things",
            "data/other.db: index idx on items",
        ],
    )
    (remark,) = made.remarks()
    assert remark == (
        "case.py:1:44: SELECT id FROM items INDEXED BY idx WHERE id = 1: the index idx of"
        " data/other.db is called all_idx in the target, where idx is an index of new_t, from"
        " data/old.db: this fails, or uses that one: say all_idx here"
    )


def test_code_that_has_been_changed_is_not_remarked_on_again(project):
    made = project(
        {
            "case.py": 'import os\nDB = "data/old.db"\nif not os.path.exists(DB):\n'
            '    connect(DB).execute("PRAGMA user_version")\n'
        }
    )
    assert len(made.remarks()) == 2
    made.apply(made.changes()[1])
    assert not made.remarks()


def test_a_file_that_cannot_be_read_is_left_to_the_search(project):
    made = project({"case.py": 'DB = "data/old.db"\nDB.exists(\n'})
    assert not made.remarks()


@pytest.mark.parametrize("driver", [sqlite3, apsw])
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_one_file_attached_to_itself_locks_itself_out(driver, mode, tmp_path):
    path = str(tmp_path / "one.db")
    connection = (
        sqlite3.connect(path, isolation_level=None, timeout=0)
        if driver is sqlite3
        else apsw.Connection(path)
    )
    run = connection.execute
    run(f"PRAGMA journal_mode = {mode}")
    run("CREATE TABLE a(x)")
    run("CREATE TABLE b(x)")
    run("ATTACH ? AS s", (path,))
    locked = pytest.raises((sqlite3.OperationalError, apsw.BusyError, apsw.LockedError))

    run("INSERT INTO a VALUES (1)")
    run("INSERT INTO s.b VALUES (1)")
    with locked:
        run("BEGIN IMMEDIATE")
    run("BEGIN")
    run("INSERT INTO main.a VALUES (2)")
    with locked:
        run("INSERT INTO s.b VALUES (2)")
    run("ROLLBACK")
    if mode == "wal":
        run("INSERT INTO main.a SELECT x FROM s.b")
    else:
        with locked:
            run("INSERT INTO main.a SELECT x FROM s.b")
    connection.close()


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_two_connections_to_one_file_lock_each_other_out(mode, tmp_path):
    path = str(tmp_path / "one.db")
    one, other = (sqlite3.connect(path, isolation_level=None, timeout=0) for _ in range(2))
    one.execute(f"PRAGMA journal_mode = {mode}")
    one.execute("CREATE TABLE a(x)")
    one.execute("CREATE TABLE b(x)")

    one.execute("BEGIN")
    one.execute("INSERT INTO a VALUES (1)")
    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        other.execute("INSERT INTO b VALUES (1)")
    one.execute("COMMIT")
    other.execute("INSERT INTO b VALUES (1)")
    one.close()
    other.close()


def test_what_python_writes_stays_open_until_it_commits_but_for_a_schema(tmp_path):
    one, other = (sqlite3.connect(tmp_path / "one.db", timeout=0) for _ in range(2))
    one.execute("CREATE TABLE a(x)")
    other.execute("CREATE TABLE b(x)")
    one.executescript("DELETE FROM a")
    other.execute("INSERT INTO b VALUES (1)")
    for sql in ("INSERT INTO a VALUES (1)", "CREATE TABLE c(x)"):
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            one.execute(sql)
    other.commit()
    one.execute("INSERT INTO a VALUES (1)")
    one.close()
    other.close()
