"""Several processes give the answers of one, in the same order, and leave nobody behind."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
from msgspec import structs

from refactor.code.cores import wanted_workers
from refactor.code.crew import Crew, Order
from refactor.patches.changes import changes_for
from refactor.search import Searcher

METHODS = ["fork", "spawn"] if sys.platform == "linux" else ["spawn"]


def process(_thing, _item):
    return os.getpid()


def squared(thing, item):
    time.sleep(0.001 * (item % 3))
    return thing, item * item


def squared_by(_thing, _item):
    time.sleep(0.01)
    return os.getpid()


def fussy(_thing, item):
    if item == 3:
        raise ValueError(item)
    return item


def deadly(thing, item):
    if item == 3 and os.getpid() != thing:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


@pytest.fixture(params=METHODS)
def crew(request):
    made = []

    def make(thing=None, size=2):
        made.append(Crew(thing, size, request.param))
        return made[-1]

    yield make
    for it in made:
        it.close()


def same(item):
    return item


def test_the_answers_are_in_the_order_of_the_items(crew):
    answers = list(crew("x").map(squared, range(40), same))
    assert answers == [("x", item * item) for item in range(40)]


def test_both_work(crew):
    pids = set(crew().map(squared_by, range(20), same))
    assert len(pids) == 2
    assert os.getpid() not in pids


def test_who_has_had_an_item_gets_it_again_and_nobody_waits():
    order = Order("abcdef", ["one", "two", None, "two", "one", "two"])
    taken = [order.next_for(who) for who in ("two", "one", "two", "one", "one", "one", "one")]
    assert taken == [1, 0, 3, 4, 2, 5, None]


def test_an_error_comes_where_the_answer_would_have_been(crew):
    answers = crew().map(fussy, range(9), same)
    assert [next(answers) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="3"):
        next(answers)


def test_what_a_process_that_died_was_at_is_done_here(crew):
    assert list(crew(os.getpid()).map(deadly, range(9), same)) == list(range(9))
    assert list(crew(os.getpid(), 1).map(deadly, range(9), same)) == list(range(9))


def test_without_processes_all_is_done_here(crew):
    nobody = crew("x", 0)
    assert list(nobody.map(process, range(3), same)) == [os.getpid()] * 3


def test_nobody_is_left_when_it_is_closed_or_given_up(crew):
    both = crew()
    pids = set(both.map(process, range(20), same))
    both.close()
    other = crew()
    answers = other.map(process, range(20), same)
    pids.add(next(answers))
    answers.close()
    assert not any(map(is_alive, pids))


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("said", "worthwhile", "expected"),
    [
        pytest.param("1", True, {1}, id="one, by order"),
        pytest.param("3", False, {3}, id="three, by order"),
        pytest.param("0", True, {1}, id="never none"),
        pytest.param("many", False, {1}, id="what is no number says nothing"),
        pytest.param("", False, {1}, id="little to do"),
        pytest.param("", True, {1, 2, 3, 4}, id="much to do"),
    ],
)
def test_how_many(monkeypatch, said, worthwhile, expected):
    monkeypatch.setenv("RETABLE_WORKERS", said)
    assert wanted_workers(worthwhile=worthwhile) in expected


def modules(count):
    for number in range(count):
        yield (
            f"app/part{number}.py",
            "import sqlite3\nfrom app.config import PATHS\n"
            f"from app.part{(number + 1) % count} import step\n"
            f"def step(c=sqlite3.connect(PATHS['{'ab'[number % 2]}'])):\n"
            f"    c.execute('SELECT id FROM old WHERE n = {number}')\n"
            f"    c.execute(f'SELECT {{step}} FROM old -- {number}')\n"
            f"    print('old {number}')\n"
            + ("    c.execute('CREATE TABLE new_one (id)')\n" if number == 7 else ""),
        )


TABLES = """
data/one.db: old (id, n) -> one_t
data/two.db: old (id, n) -> two_t
data/three.db: new_one -> third
"""


def everything(project):
    return project(
        {
            "app/config.py": "PATHS = {'a': 'data/one.db', 'b': 'data/two.db'}\n",
            "app/broken.py": "old = = 1\n",
            **dict(modules(24)),
        },
        TABLES,
    )


def test_a_search_and_its_changes_are_the_same_with_any_number(project, monkeypatch):
    made = everything(project)
    results = []
    for workers in ("1", "2", "3"):
        monkeypatch.setenv("RETABLE_WORKERS", workers)
        ticks = []
        searcher = made.searcher()
        found = searcher.search(lambda *tick, ticks=ticks: ticks.append(tick))
        changes = changes_for(found, searcher, partial=True)
        bare = structs.replace(found, files=tuple(it.bare for it in found.files))
        results.append((bare, changes, ticks))
    assert results[0] == results[1] == results[2]
    found, changes, ticks = results[0]
    assert {it.new for it in found.references} >= {"one_t", "two_t"}
    assert [str(it.path) for it in found.unreadable] == ["app/broken.py"]
    assert len(changes.rewritten) >= 24
    assert len(ticks) == 27


def test_a_searcher_can_be_handed_to_a_process_that_shares_nothing(project):
    made = everything(project)
    searcher = made.searcher()
    crew = Crew(searcher, 2, "spawn")
    files = searcher.codebase.code
    found = list(crew.map(Searcher.hints_in, files, same))
    crew.tell(Searcher.learn, tuple(found))
    assert list(crew.map(Searcher.search_file, files, same)) == [
        made.searcher().search_file(path) for path in files
    ]
    crew.close()


RETABLE = [sys.executable, "-c", "from retable.cli import main; main()"]


def started(project, *arguments):
    made = everything(project)
    for number in range(40):
        text = "".join(
            f"def f{at}(c):\n    c.execute('SELECT id FROM old WHERE n = {at}')\n"
            for at in range(40)
        )
        (made.root / f"app/large{number}.py").write_text(text)
    running = subprocess.Popen(
        [*RETABLE, *arguments, "--plan", str(made.root / "retable.toml")],
        env={**os.environ, "RETABLE_WORKERS": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children = wait_for(lambda: children_of(running.pid))
    assert len(children) == 2
    return running, children


def children_of(pid):
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,stat="], check=True, capture_output=True, text=True
    ).stdout
    found = re.findall(r"^\s*(\d+)\s+(\d+)\s+(\S)", listed, re.MULTILINE)
    pids = [int(own) for own, parent, state in found if int(parent) == pid and state != "Z"]
    return pids if len(pids) == 2 else None


def wait_for(what, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := what():
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def test_ctrl_c_stops_all_of_them_without_a_traceback(project):
    running, children = started(project, "check")
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 2
    assert err.strip().endswith("stopped: nothing was left half-done")
    assert "Traceback" not in err
    assert not any(map(is_alive, children))


def test_whoever_waits_may_be_killed_and_nobody_stays(project):
    running, children = started(project, "check")
    running.kill()
    running.communicate(timeout=30)
    wait_for(lambda: not any(map(is_alive, children)))


def test_a_process_that_is_killed_costs_no_answer(project):
    running, children = started(project, "check", "--format", "json")
    os.kill(children[0], signal.SIGKILL)
    out, _ = running.communicate(timeout=120)
    alone = subprocess.run(
        running.args,
        env={**os.environ, "RETABLE_WORKERS": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert out == alone.stdout
