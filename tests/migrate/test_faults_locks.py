"""Others at the files while each verb of the command line runs."""

import shutil
import time

import pytest

from tests.migrate.desk import Desk

PLAN = ('main.db: a -> shop_a, compat = "view"', "side.db: b -> shop_b")
ROWS = (
    "CREATE TABLE {0}(x, y);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {1})"
    " INSERT INTO {0} SELECT i, i FROM n"
)
RENAME = ("migrate", "--yes", "--phase", "rename")
VERBS = {
    "migrate": ((), ("migrate", "--yes")),
    "rename": (("merge",), RENAME),
    "archive": (("merge", "rename", "document"), ("archive", "--yes")),
    "rollback": (("merge",), ("rollback", "--yes")),
    "finish": (("merge", "rename", "document", "archive"), ("finish", "--yes")),
}
HOLDS = {
    "RESERVED": "BEGIN IMMEDIATE; CREATE TABLE mine(x)",
    "EXCLUSIVE": "BEGIN EXCLUSIVE",
    "SHARED": "BEGIN; SELECT * FROM sqlite_schema",
}


def desk_for(world, temporary, phases, *, wal=False, rows=5):
    world.make("main.db", ROWS.format("a", rows), wal=wal)
    world.make("side.db", ROWS.format("b", rows), wal=wal)
    world.plan(*PLAN)
    desk = Desk(world, temporary)
    for phase in phases:
        desk.done(*(("archive",) if phase == "archive" else (*RENAME[:-1], phase)))
    return desk


@pytest.mark.parametrize(
    ("verb", "which", "wal"),
    [
        pytest.param(
            verb, which, wal, marks=() if (verb, wal) == ("archive", False) else pytest.mark.slow
        )
        for verb in VERBS
        for which in ("main.db", "side.db")
        for wal in (False, True)
        if (verb, which) != ("finish", "side.db")
    ],
)
def test_a_lock(world, tmp_path_factory, verb, which, wal):
    phases, words = VERBS[verb]
    desk = desk_for(world, tmp_path_factory.mktemp("temporary"), phases, wal=wal)
    for sql in HOLDS.values():
        with desk.somebody(which, sql):
            assert desk.refused(*words).startswith(f"{which}: is in use by ")
    if wal and which == "side.db" and phases:
        # To leave a merged file in WAL mode writes to it, and that is seen.
        assert " written to since" in (said := desk.refused(*words)) or "after it was" in said
    else:
        desk.done(*words)


@pytest.mark.slow
@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb != "migrate"])
def test_two_at_once(world, tmp_path_factory, verb):
    """One does it; the other says why it cannot, or that it is done."""
    phases, words = VERBS[verb]
    desk = desk_for(world, tmp_path_factory.mktemp("temporary"), phases, rows=20_000)
    both = [desk.start(*words) for _ in range(2)]
    said = [running.communicate()[1] for running in both]
    assert "Traceback" not in "".join(said)
    assert {0} <= {running.returncode for running in both} <= {0, 2}, said
    for running, words_said in zip(both, said, strict=True):
        assert running.returncode == 0 or words_said.startswith("error: ")
    if verb != "rollback":
        desk.done("verify")


def remove_backup(world):
    for folder in world.root.glob("backup-*"):
        shutil.rmtree(folder, ignore_errors=True)


def change_plan(world):
    world.plan("main.db: a -> shop_other", "side.db: b -> shop_b")


def take_rights(world):
    (world.root / "main.db").chmod(0o400)


@pytest.mark.slow
@pytest.mark.parametrize("do", [remove_backup, change_plan, take_rights])
@pytest.mark.parametrize("wait", [0.0, 0.05, 0.2])
def test_something_is_changed_in_the_middle(world, tmp_path_factory, do, wait):
    """The original or the result is there, and what went wrong is said."""
    desk = desk_for(world, tmp_path_factory.mktemp("temporary"), (), rows=100_000)
    plan = (world.root / "retable.toml").read_bytes()
    running = desk.start("migrate", "--yes")
    while not any(world.root.glob("backup-*")) and running.poll() is None:
        time.sleep(0.001)
    time.sleep(wait)
    do(world)
    said = running.communicate()[1]
    (world.root / "retable.toml").write_bytes(plan)
    (world.root / "main.db").chmod(0o644)
    assert "Traceback" not in said
    assert running.returncode == 0 or (running.returncode, said[:7]) == (2, "error: "), said
    tables = world.rows("main.db", "SELECT name FROM sqlite_schema WHERE type = 'table'")
    old, new = ("a",) in tables, {("shop_a",), ("shop_b",)} <= set(tables)
    assert old != new, (tables, said)
    rows = world.rows("main.db", f"SELECT count(*) FROM {'a' if old else 'shop_b'}")
    assert rows == [(100_000,)]
    if old:
        desk.done("migrate", "--yes")
