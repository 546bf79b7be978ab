"""Work on several files at once: in order, stopped at once, reported by one thread."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from migrate.database.sqlite import open_scratch
from migrate.errors import DatabaseError, SurveyError
from migrate.files import parallel
from migrate.files.parallel import side_by_side
from migrate.progress import Counter, Silence

CODE = Path(__file__).resolve().parents[2]
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


def endless(_=None):
    with open_scratch("endless.db") as database:
        database.value(ENDLESS)


def no_thread_is_left():
    return threading.active_count() == threads_before


threads_before = threading.active_count()


@pytest.mark.parametrize("at_once", [1, 4])
def test_results_come_in_the_order_of_the_items(monkeypatch, at_once):
    monkeypatch.setattr(parallel, "AT_ONCE", at_once)
    reported = []
    late = {1: 0.1}

    def work(item):
        time.sleep(late.get(item, 0))
        return item * 10

    assert side_by_side(work, [1, 2, 3], reported.append) == (10, 20, 30)
    assert reported == sorted(reported)
    assert reported[-1] == 3
    assert side_by_side(work, [], reported.append) == ()


@pytest.mark.parametrize("at_once", [1, 4])
def test_only_the_first_thread_reports(monkeypatch, at_once):
    monkeypatch.setattr(parallel, "AT_ONCE", at_once)
    heard, by = [], set()

    class Listener(Silence):
        def advance(self, done):
            heard.append(done)
            by.add(threading.get_ident())

    tick = Counter(Listener(), "count", 6000)

    def work(item):
        for _ in range(1000):
            tick(item)

    side_by_side(work, [1, 2, 3], lambda _: tick.report())
    assert by == {threading.get_ident()}
    assert heard == sorted(heard)
    assert heard[-1] == 6000


def test_an_error_stops_what_else_is_under_way():
    def work(item):
        if item == "bad":
            raise DatabaseError("bad.db", "is damaged", "mend it")
        endless()

    with pytest.raises(DatabaseError, match="is damaged"):
        side_by_side(work, ["long", "bad", "never begun", "nor this"], lambda _: None)
    assert no_thread_is_left()


def test_ctrl_c_stops_one_long_statement_in_each_thread():
    def report(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side(endless, [1, 2], report)
    assert no_thread_is_left()


def test_ctrl_c_stops_copying():
    tick = Counter(Silence(), "copy", 1)

    def copying(_):
        while True:
            tick(1)

    def report(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side_by_side(copying, [1, 2], report)
    assert no_thread_is_left()


def test_ctrl_c_just_as_a_thread_starts(monkeypatch):
    """The pool does not know such a thread yet, and waits for the others only."""
    start, at_work = threading.Thread.start, set()

    def interrupted(thread):
        start(thread)
        while not at_work:
            pass
        raise KeyboardInterrupt

    def work(item):
        at_work.add(item)
        try:
            endless()
        finally:
            at_work.discard(item)

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        side_by_side(work, [1, 2], lambda _: None)
    assert not at_work


INTERRUPTED = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from migrate.execute import migrate
from migrate.progress import Counter, Silence
from plan.load import load_plan


class Now(Silence):
    def start(self, what, total, unit=''):
        if what == sys.argv[3]:
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()

try:
    migrate(load_plan(Path(sys.argv[2])), progress=Now())
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.mark.parametrize("during", ["check the files", "back up"])
def test_a_real_ctrl_c_leaves_nothing_behind(world, during):
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
    table = f"CREATE TABLE a(x UNIQUE); {rows} INSERT INTO a SELECT randomblob(1000) FROM n;"
    for name in ("one", "two", "three"):
        world.make(f"{name}.db", table)
    plan = world.plan(*(f"{name}.db: a -> shop_{name}" for name in ("one", "two", "three")))
    before = world.everything()
    command = [sys.executable, "-c", INTERRUPTED, CODE, plan.file, during]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert said.stdout == "stopped\n"
    assert world.everything() == before


def test_damage_in_several_files_is_found_in_the_order_of_the_plan(world):
    for name in ("one", "two", "three"):
        file = world.make(f"{name}.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)")
        file.write_bytes(file.read_bytes()[:5000] + b"\xff" * 3192)
    plan = world.plan(*(f"{name}.db: a -> shop_{name}" for name in ("one", "two", "three")))
    before = world.everything()
    with pytest.raises(SurveyError) as caught:
        world.migrate(plan)
    assert [problem.where for problem in caught.value.problems] == ["one.db", "two.db", "three.db"]
    assert world.everything() == before
