"""Signals, a program that writes and one that reads, while the command runs: nothing is lost."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("retable")
PLAN = ("main.db: a -> shop_a", "side.db: b -> shop_b")
MANY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)"
    " INSERT INTO {} SELECT i, hex(i) FROM n;"
)
# A connection for each row, as a small program has it; what was acknowledged is printed.
WRITER = """
import sqlite3, sys
number = 1_000_000
while True:
    number += 1
    try:
        db = sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True, timeout=0.05)
        db.execute(f"INSERT INTO {sys.argv[2]} VALUES (?, 'new')", (number,))
        db.commit()
        print(number, flush=True)
    except sqlite3.Error as error:
        if "locked" not in str(error):
            break
    finally:
        if "db" in globals():
            db.close()
"""
READER = """
import sqlite3, sys
while True:
    try:
        db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=0)
        names = {n for (n,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        old, new = "a" in names, {"shop_a", "shop_b"} <= names
        count = db.execute(f"SELECT count(*) FROM {'a' if old else 'shop_b'}").fetchone()[0]
        print(f"{old} {new} {count}", flush=True)
    except sqlite3.OperationalError as error:
        # Between two statements the one state may become the other.
        if "locked" not in str(error) and "no such table" not in str(error):
            print(error, flush=True)
"""


@pytest.fixture(params=[False, True], ids=["journal", "wal"])
def ready(world, request):
    table = "CREATE TABLE {0}(x INTEGER PRIMARY KEY, t); CREATE INDEX {0}_t ON {0}(t);"
    for path, name in (("main.db", "a"), ("side.db", "b")):
        world.make(path, table.format(name) + MANY.format(name), wal=request.param)
    return world


def command(world, *words):
    return subprocess.Popen(
        [COMMAND, *words, "--plan", world.root / "retable.toml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_any_time_leaves_the_original(ready, number):
    plan = ready.plan(*PLAN)
    before = ready.everything()
    began = time.monotonic()
    assert command(ready, "migrate", "--yes").wait() == 0
    takes = time.monotonic() - began
    assert command(ready, "rollback", "--yes").wait() == 0
    for backup in ready.root.glob("backup-*"):
        subprocess.run(["rm", "-r", backup], check=True)
    stopped = after = 0
    for turn in range(3, 20):
        running = command(ready, "migrate", "--yes")
        time.sleep(takes * turn / 20)
        running.send_signal(number)
        _, said = running.communicate()
        if running.returncode == 2:
            assert said.strip().splitlines()[-1].startswith("stopped: "), said
            assert "Traceback" not in said
            stopped += 1
        # Before it listens a signal ends it as any program; nothing has been written by then.
        assert running.returncode in (0, 2, -number), said
        if ready.everything() != before:
            # It came after the commit: the result is whole, and only the rest is left to do.
            assert ready.rows("main.db", "SELECT count(*) FROM shop_a") == [(40000,)]
            assert ready.rows("main.db", "SELECT count(*) FROM shop_b") == [(40000,)]
            after += 1
            assert command(ready, "migrate", "--yes").wait() == 0
            assert command(ready, "rollback", "--yes").wait() == 0
            for backup in ready.root.glob("backup-*"):
                subprocess.run(["rm", "-r", backup], check=True)
        assert ready.everything() == before
    print(f"stopped: {stopped} of 17, after the commit: {after}")  # noqa: T201
    assert stopped > after
    assert ready.migrate(plan).rows_proved


@pytest.mark.parametrize(
    ("path", "old", "new"), [("main.db", "a", "shop_a"), ("side.db", "b", "shop_b")]
)
def test_no_row_that_was_acknowledged_is_lost(ready, path, old, new):
    """A program that writes all the time: retable refuses, or comes in between; both are sound."""
    ready.plan(*PLAN)
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, ready.root / path, old], stdout=subprocess.PIPE, text=True
    )
    writer.stdout.readline()
    statuses = []
    while len(statuses) < 12 and 0 not in statuses:
        running = command(ready, "migrate", "--yes")
        _, said = running.communicate()
        statuses.append(running.returncode)
        assert running.returncode in (0, 2), said
        assert "Traceback" not in said
    if 0 not in statuses:
        writer.kill()
    acknowledged = {int(line) for line in writer.communicate()[0].split()}
    done = 0 in statuses
    rows = (
        ready.rows("main.db", f"SELECT x FROM {new}")
        if done
        else ready.rows(path, f"SELECT x FROM {old}")
    )
    assert acknowledged <= {x for (x,) in rows}
    print(f"{path}: {len(acknowledged)} rows acknowledged, {statuses}")  # noqa: T201


@pytest.mark.slow
def test_who_reads_meanwhile_sees_the_old_or_the_new(ready):
    ready.plan(*PLAN)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, ready.root / "main.db"], stdout=subprocess.PIPE, text=True
    )
    reader.stdout.readline()
    statuses = [2]
    while statuses[-1] == 2 and len(statuses) < 12:
        statuses.append(command(ready, "migrate", "--yes").wait())
    time.sleep(0.2)
    reader.kill()
    said = set(reader.communicate()[0].splitlines()[:-1])
    assert said <= {"True False 40000", "False True 40000"}
    if statuses[-1] == 0:
        assert "False True 40000" in said


@pytest.mark.slow
@pytest.mark.parametrize("second", ["migrate", "rollback"])
@pytest.mark.parametrize("first", ["migrate", "rollback"])
def test_two_at_once(ready, first, second):
    plan = ready.plan(*PLAN)
    before = ready.digests()
    if first == "rollback":
        ready.migrate(plan)
    both = [command(ready, verb, "--yes") for verb in (first, second)]
    said = [process.communicate()[1] for process in both]
    assert "Traceback" not in "".join(said)
    assert {process.returncode for process in both} <= {0, 2}, said
    if command(ready, "rollback", "--yes").wait() == 2:
        # Nothing was done, so nothing can go back.
        assert ready.digests() == before
    assert ready.digests() == before
