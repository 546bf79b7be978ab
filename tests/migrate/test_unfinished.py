"""What killed runs leave behind: taken back to the byte, cleared away, and never misjudged."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from migrate import execute, transaction
from migrate.errors import StateError
from migrate.files.manifest import MIGRATED, ROLLBACK, backups_of
from migrate.journal import State, status
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback

CODE = Path(__file__).resolve().parents[2]
PLAN = ("main.db: a -> shop_a", "side.db: b -> shop_b")

# SQLite is made to write early (a tiny cache), so that the kill leaves half-written files.
KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from migrate import transaction
from migrate.execute import migrate
from migrate.progress import Silence
from plan.load import load_plan

when, real = sys.argv[3], transaction.open_target

def small(path, name):
    database = real(path, name)
    database.run("PRAGMA cache_size = 2")
    return database

transaction.open_target = small

class Until(Silence):
    def start(self, what, total, unit=""):
        if what.startswith(when):
            os.kill(os.getpid(), signal.SIGKILL)

migrate(load_plan(Path(sys.argv[2])), progress=Until())
"""
DYING = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('PRAGMA cache_size = 2')
db.execute('BEGIN IMMEDIATE')
db.execute("UPDATE a SET t = 'lost'")
db.executemany('INSERT INTO a VALUES (?, ?)', ((None, 'lost' * 100) for _ in range(5000)))
os._exit(0)
"""
MANY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)"
    " INSERT INTO {} SELECT i, printf('%060d', i) FROM n;"
)


def kill(plan, when):
    command = [sys.executable, "-c", KILLED, os.fspath(CODE), plan.file, when]
    assert subprocess.run(command, check=False, capture_output=True).returncode == -9


def leave_hot_journal(file):
    subprocess.run([sys.executable, "-c", DYING, file], check=True)
    assert (file.parent / (file.name + "-journal")).stat().st_size


@pytest.fixture(params=["journal", "wal", "hot journal", "new", "persist"])
def ready(world, request):
    """A world whose target was left in one of the states that a program may leave it in."""
    kind = request.param
    table = "CREATE TABLE {0}(x INTEGER PRIMARY KEY, t);"
    if kind == "persist":
        table = "PRAGMA journal_mode = PERSIST;" + table
    if kind != "new":
        world.make("main.db", table.format("a") + MANY.format("a"), wal=kind == "wal")
    if kind == "hot journal":
        with world.open("main.db") as database:
            database.execute("DELETE FROM a WHERE x > 400")
        leave_hot_journal(world.root / "main.db")
    world.make("side.db", "CREATE TABLE b(x INTEGER PRIMARY KEY, t);" + MANY.format("b"))
    world.tables = PLAN if kind != "new" else PLAN[1:]
    return world


def back(plan, **options):
    return rollback(plan, progress=Silence(), **options)


@pytest.mark.parametrize(("when", "times"), [("prove", 1), ("write to disk", 2)])
def test_what_comes_back_is_what_was_there_before_the_first_killed_run(ready, when, times):
    plan = ready.plan(*ready.tables)
    before = ready.digests()
    for _ in range(times):
        kill(plan, when)
        assert ready.digests() != before, "the test needs a run that left something"
    ready.migrate(plan)
    assert verify(plan).holds
    back(plan)
    assert ready.digests() == before


def test_a_rollback_right_after_a_killed_run(ready):
    plan = ready.plan(*ready.tables)
    before = ready.digests()
    kill(plan, "check the result")
    assert ready.digests() != before
    back(plan)
    assert ready.digests() == before
    with pytest.raises(StateError, match="nothing has run"):
        back(plan)


def test_a_dry_run_after_a_killed_run_writes_nothing(ready):
    plan = ready.plan(*ready.tables)
    kill(plan, "check the result")
    before = ready.everything()
    execute.migrate(plan, progress=Silence(), dry_run=True)
    assert ready.everything() == before


def test_taking_back_is_killed_too(ready, monkeypatch, tmp_path_factory):
    """Stopped before each change of a file: whoever reads finds the same, and the next run ends."""
    plan = ready.plan(*ready.tables)
    before = ready.digests()
    kill(plan, "check the result")
    aside = tmp_path_factory.mktemp("aside")
    saved = aside / "saved"
    shutil.copytree(ready.root, saved)
    rows = ready.tables[0].startswith("main.db") and ready.rows("main.db", "SELECT * FROM a")
    for number in range(1, 6):
        shutil.rmtree(ready.root)
        shutil.copytree(saved, ready.root)
        with monkeypatch.context() as patch:
            stopped = stop_at(patch, number)
            try:
                back(plan)
            except KeyboardInterrupt:
                assert stopped
        with monkeypatch.context():
            looked = aside / f"look{number}"
            shutil.copytree(ready.root, looked)
            if rows:
                assert type(ready)(looked).rows("main.db", "SELECT * FROM a") == rows
        ready.migrate(plan)
        back(plan)
        assert ready.digests() == before


def stop_at(patch, number):
    """Raise instead of the n-th change of a name in the folder."""
    changes = []

    def counted(real):
        def change(*args, **kwargs):
            changes.append(args)
            if len(changes) == number:
                raise KeyboardInterrupt
            return real(*args, **kwargs)

        return change

    for name in ("unlink", "replace"):
        patch.setattr(Path, name, counted(getattr(Path, name)))
    return changes


def test_rows_that_somebody_wrote_after_the_kill_are_kept(world):
    world.make("main.db", "CREATE TABLE a(x INTEGER PRIMARY KEY, t);" + MANY.format("a"))
    world.make("side.db", "CREATE TABLE b(x INTEGER PRIMARY KEY, t);" + MANY.format("b"))
    plan = world.plan(*PLAN)
    kill(plan, "check the result")
    with world.open("main.db") as database:
        database.execute("INSERT INTO a VALUES (5000, 'new')")
    before = world.digests()
    world.migrate(plan)
    assert world.rows("main.db", "SELECT t FROM shop_a WHERE x = 5000") == [("new",)]
    back(plan)
    assert world.digests() == before


def test_a_program_that_crashed_without_us_keeps_its_journal(world):
    world.make("main.db", "CREATE TABLE a(x INTEGER PRIMARY KEY, t);" + MANY.format("a"))
    world.make("side.db", "CREATE TABLE b(x INTEGER PRIMARY KEY, t);" + MANY.format("b"))
    with world.open("main.db") as database:
        database.execute("DELETE FROM a WHERE x > 400")
    leave_hot_journal(world.root / "main.db")
    plan = world.plan(*PLAN)
    before = world.digests()
    for _ in range(2):
        world.migrate(plan)
        back(plan)
        assert world.digests() == before


def test_a_clock_that_was_set_back(world, monkeypatch):
    world.make("main.db", "CREATE TABLE a(x INTEGER PRIMARY KEY, t);" + MANY.format("a"))
    world.make("side.db", "CREATE TABLE b(x INTEGER PRIMARY KEY, t);" + MANY.format("b"))
    plan = world.plan(*PLAN)
    before = world.digests()
    world.migrate(plan)
    back(plan)
    (first,) = world.root.glob("backup-*")
    first = first.rename(world.root / "backup-2999-01-01T000000")
    manifest = first / "manifest.json"
    text = manifest.read_text()
    year = text.index('"created": "') + len('"created": "')
    manifest.write_text(text[:year] + "2999" + text[year + 4 :])
    assert backups_of(plan)[-1].manifest.created.startswith("2999")
    world.migrate(plan)
    assert backups_of(plan)[-1].folder != first
    assert status(plan).state is State.DONE
    back(plan)
    assert status(plan).backup == backups_of(plan)[-1].folder
    kill(plan, "check the result")
    back(plan)
    assert world.digests() == before


@pytest.mark.parametrize("when", ["write to disk", "archive"])
@pytest.mark.parametrize("written", [False, True], ids=["nobody wrote", "somebody wrote"])
@pytest.mark.parametrize("resumed", [False, True], ids=["rolled back", "finished first"])
def test_killed_between_commit_and_note(world, monkeypatch, when, written, resumed):
    """No digest tells how the run left the target: the rows themselves must."""
    world.make("main.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)")
    world.make("side.db", "CREATE TABLE b(x); INSERT INTO b VALUES (2)")
    plan = world.plan(*PLAN)
    before = world.digests()

    class Stop(Silence):
        def start(self, what, total, unit=""):
            self.what = what

        def finish(self):
            if self.what.startswith(when):
                os._exit(9)

    child = os.fork()
    if child == 0:
        try:
            execute.migrate(plan, progress=Stop())
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    (backup,) = backups_of(plan)
    assert not (backup.folder / MIGRATED).exists()
    assert status(plan).state is State.MERGED
    if written:
        with world.open("main.db") as database:
            database.execute("UPDATE shop_a SET x = 'changed'")
    if resumed:
        assert world.migrate(plan).resumed
        assert status(plan).state is State.DONE
    if written:
        after = world.digests()
        with pytest.raises(StateError, match="was written to since the migration"):
            back(plan)
        assert world.digests() == after
    back(plan, drop_new_rows=written)
    assert world.digests() == before


def test_a_journal_that_says_nothing_is_cleared_away(world):
    world.make("main.db", "CREATE TABLE a(x)")
    world.make("side.db", "CREATE TABLE b(x)")
    plan = world.plan(*PLAN)
    world.migrate(plan)
    before = world.everything()
    (world.root / "main.db-journal").write_bytes(bytes(512))
    assert world.migrate(plan).already_done
    assert world.everything() == before


def half_written(world, name="backup-2026-01-01T000000.partial", mark=True):
    draft = world.root / name
    (draft / "files").mkdir(parents=True)
    (draft / "files/main.db").write_bytes(b"half")
    if mark:
        (draft / "in-progress").write_bytes(b"retable is writing this backup\n")
    return draft


def sound(world):
    world.make("main.db", "CREATE TABLE a(x)")
    world.make("side.db", "CREATE TABLE b(x)")
    return world.plan(*PLAN)


def test_a_backup_that_a_killed_run_left_half_written_goes(world):
    plan = sound(world)
    draft = half_written(world)
    world.migrate(plan)
    assert not draft.exists()
    (backup,) = world.root.glob("backup-*")
    assert sorted(f.name for f in backup.iterdir()) == [
        "files",
        "manifest.json",
        "migrated.json",
        "proof.json",
        "proof.txt",
        "retable.toml",
    ]


def test_a_run_that_is_killed_while_it_backs_up_leaves_a_draft_that_the_next_removes(
    world, monkeypatch
):
    plan = sound(world)

    class Dies(Silence):
        def advance(self, done):
            if list(world.root.glob("backup-*.partial")):
                os._exit(9)

    child = os.fork()
    if child == 0:
        try:
            execute.migrate(plan, progress=Dies())
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(list(world.root.glob("backup-*.partial"))) == 1
    world.migrate(plan)
    assert not list(world.root.glob("backup-*.partial"))


@pytest.mark.parametrize("why", ["no mark", "another file", "in use", "a link"])
def test_a_draft_that_may_be_somebodys_stays(world, why):
    plan = sound(world)
    draft = half_written(world, mark=why != "no mark")
    handle = None
    if why == "another file":
        (draft / "letter.txt").write_text("mine")
    elif why == "in use":
        handle = os.open(draft / "in-progress", os.O_RDWR)
        fcntl.flock(handle, fcntl.LOCK_EX)
    elif why == "a link":
        real = draft.rename(world.root / "elsewhere")
        draft.symlink_to(real)
    world.migrate(plan)
    if handle is not None:
        os.close(handle)
    assert (draft / "files/main.db").read_bytes() == b"half"


def test_the_notes_of_a_rollback_stay_with_its_backup(world):
    plan = sound(world)
    world.migrate(plan)
    back(plan)
    world.migrate(plan)
    first, second = backups_of(plan)
    assert (first.folder / ROLLBACK).exists()
    assert not (second.folder / ROLLBACK).exists()
    assert transaction.MIGRATED == MIGRATED
