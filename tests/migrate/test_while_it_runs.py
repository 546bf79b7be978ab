"""Others at the files, Ctrl-C, a full disk: what happens in the middle."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from migrate import transaction
from migrate.database.sqlite import Database
from migrate.errors import DatabaseError, StateError
from migrate.execute import migrate

CODE = Path(__file__).resolve().parents[2]
PLAN = ("main.db: a -> shop_a", "side.db: b -> shop_b")


@pytest.fixture(params=[False, True], ids=["journal", "wal"])
def ready(world, request):
    world.wal = request.param
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
        " INSERT INTO {} SELECT i, hex(i) FROM n"
    )
    world.make("main.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)", wal=request.param)
    world.make(
        "side.db",
        "CREATE TABLE b(x, y); CREATE INDEX b_y ON b(y);" + many.format("b"),
        wal=request.param,
    )
    return world


class Told:
    """A progress that keeps what it is told, and may do something in the middle."""

    def __init__(self, when="", do=None):
        self.lines, self.done, self.totals = [], [], []
        self.when, self.do = when, do

    def start(self, what, total, unit=""):
        self.lines.append(what)
        self.totals.append(total)
        self.done.append([])
        if self.when and what.startswith(self.when) and self.do:
            self.do()

    def at(self, what):
        pass

    def advance(self, done):
        self.done[-1].append(done)

    def finish(self):
        pass


def attempt(path, sql):
    """What another process is told when it tries."""
    code = (
        "import sqlite3, sys\n"
        "try:\n"
        "    db = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)\n"
        "    db.execute(sys.argv[2])\n"
        "    print('done')\n"
        "except sqlite3.OperationalError as error:\n"
        "    print(error)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code, path, sql], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.mark.parametrize(
    "moment",
    [
        "check the files",
        "back up",
        "merge",
        "prove",
        "check the result",
        "archive",
    ],
)
def test_nobody_can_write_meanwhile(ready, moment):
    said = {}

    def others():
        said["main.db"] = attempt(ready.root / "main.db", "CREATE TABLE other(x)")
        said["side.db"] = attempt(ready.root / "side.db", "INSERT INTO b VALUES (1, 2)")

    migrate(ready.plan(*PLAN), progress=Told(moment, others))
    assert said == {"main.db": "database is locked", "side.db": "database is locked"}


def test_afterwards_everybody_can(ready):
    ready.migrate(ready.plan(*PLAN))
    assert attempt(ready.root / "main.db", "INSERT INTO shop_b VALUES (1, 2)") == "done"


def test_somebody_who_writes_between_backup_and_merge_is_noticed(ready, monkeypatch):
    """The moment between our lock and SQLite's."""
    real = transaction.open_target

    def late(path, name):
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("INSERT INTO a VALUES ('late')")
            rows = database.execute("SELECT * FROM a").fetchall()
        assert len(rows) == 2
        return real(path, name)

    monkeypatch.setattr(transaction, "open_target", late)
    with pytest.raises(StateError, match="was written to after its backup"):
        ready.migrate(ready.plan(*PLAN))
    assert ready.rows("main.db", "SELECT * FROM a") == [(1,), ("late",)]


def test_progress_moves_within_one_statement(ready):
    told = Told()
    migrate(ready.plan(*PLAN), progress=told)
    copying = next(i for i, line in enumerate(told.lines) if line == "merge")
    assert told.totals[copying] == 60000
    assert len(told.done[copying]) >= 3
    for line, done, total in zip(told.lines, told.done, told.totals, strict=True):
        assert done == sorted(done), line
        assert total is None or all(n <= total for n in done), line


@pytest.mark.parametrize("moment", ["merge", "prove", "back up", "check the files"])
def test_ctrl_c_stops_at_once_and_leaves_the_original(ready, moment):
    class Interrupted(Told):
        def advance(self, done):
            if self.lines[-1].startswith(moment):
                raise KeyboardInterrupt

    plan = ready.plan(*PLAN)
    before = ready.digests()
    with pytest.raises(KeyboardInterrupt):
        migrate(plan, progress=Interrupted())
    assert ready.digests() == before
    assert not ready.migrate(plan).already_done


FULL = """
import resource, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from migrate.execute import migrate
from migrate.progress import Silence
from plan.errors import UserError
from plan.load import load_plan
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    migrate(load_plan(Path(sys.argv[2])), progress=Silence())
except UserError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("share", [0.1, 0.5, 1.01])
def test_a_disk_that_takes_no_more(ready, share):
    """No file may grow beyond a size: the backup fails first, or the target does."""
    plan = ready.plan(*PLAN)
    before = ready.digests()
    limit = (
        int((ready.root / "side.db").stat().st_size * share)
        if not ready.wal
        else int(max((ready.root / f"side.db{s}").stat().st_size for s in ("", "-wal")) * share)
    )
    said = subprocess.run(
        [sys.executable, "-c", FULL, CODE, plan.file, str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not said.stderr, said.stderr
    if said.stdout:
        assert said.stdout.startswith("DatabaseError ")
        assert ready.digests() == before
    else:
        assert share > 1
    # With room again, it works.
    ready.migrate(plan)


@pytest.mark.parametrize(
    "statement", ["CREATE TABLE", 'INSERT INTO main."shop_b"', "ALTER TABLE", "COMMIT"]
)
def test_whatever_fails_in_the_transaction_leaves_the_original(ready, monkeypatch, statement):
    plan = ready.plan(*PLAN)
    before = ready.digests()
    real = Database.run

    def failing(self, sql, *values):
        if (
            self.name == "main.db"
            and sql.startswith(statement)
            and "shop" in sql + statement + "shop"
            and self.in_transaction
        ):
            raise DatabaseError("main.db", "the disk is full", "free some space")
        real(self, sql, *values)

    monkeypatch.setattr(Database, "run", failing)
    with pytest.raises(DatabaseError, match="the disk is full"):
        ready.migrate(plan)
    assert ready.digests() == before


def test_a_source_whose_writer_died_in_the_middle(world):
    """Its journal is hot: what it had not committed does not arrive, and its bytes stay."""
    world.make("side.db", "CREATE TABLE b(x, y); INSERT INTO b VALUES (1, 'kept')")
    dying = (
        "import os, sqlite3, sys\n"
        "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "db.execute('PRAGMA cache_size = 2')\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "db.execute(\"UPDATE b SET y = 'lost'\")\n"
        "db.executemany('INSERT INTO b VALUES (?, ?)', ((i, 'lost' * 100) for i in range(5000)))\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", dying, world.root / "side.db"], check=True)
    assert (world.root / "side.db-journal").stat().st_size
    before = {k: v for k, v in world.digests().items() if ".db" in k}
    plan = world.plan("side.db: b -> shop_b")
    world.migrate(plan)
    assert world.rows("main.db", "SELECT * FROM shop_b") == [(1, "kept")]
    archived = {
        k.removeprefix("archive/"): v
        for k, v in world.digests().items()
        if k.startswith("archive/side")
    }
    assert archived == before


INTERRUPTED = """
import os, signal, sys, threading
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from migrate.execute import migrate
from migrate.progress import Silence
from plan.load import load_plan

class Now(Silence):
    def start(self, what, total, unit=""):
        if what == "merge":
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT)).start()

try:
    migrate(load_plan(Path(sys.argv[2])), progress=Now())
except KeyboardInterrupt:
    print("stopped")
"""


def test_a_real_ctrl_c(ready):
    plan = ready.plan(*PLAN)
    before = ready.digests()
    said = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, CODE, plan.file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.stdout, said.stderr) == ("stopped\n", "")
    assert ready.digests() == before


def test_a_database_that_may_not_grow(ready, monkeypatch):
    """SQLite says the same of a full disk, at a page that we choose."""
    real = transaction.open_target

    def small(path, name):
        database = real(path, name)
        database.run("PRAGMA main.max_page_count = 100")
        return database

    monkeypatch.setattr(transaction, "open_target", small)
    plan = ready.plan(*PLAN)
    before = ready.everything()
    with pytest.raises(DatabaseError, match=r"main\.db: the disk is full"):
        migrate(plan, progress=Told())
    assert ready.everything() == before
