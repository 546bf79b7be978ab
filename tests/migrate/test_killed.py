"""Killed by the clock, so that SQLite's own work is hit too: the original or the result.

Kills at each write of a migration and of a rollback: test_killed_at_every_write.py.
"""

import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from migrate.errors import StateError
from migrate.execute import migrate
from migrate.journal import State, status
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback

CODE = Path(__file__).resolve().parents[2]

CHILD = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from migrate.execute import migrate
from migrate.progress import Silence
from migrate.rollback import rollback
from plan.load import load_plan

plan = load_plan(Path(sys.argv[3]))
print("ready", flush=True)
{"migrate": migrate, "rollback": rollback}[sys.argv[2]](plan, progress=Silence())
"""

TABLES = (
    "main.db: a -> shop_a",
    "main.db: meta -> shop_meta",
    "side.db: a -> shop_side",
    'side.db: meta -> shop_meta, merge = "keep-target"',
    "deep/third.db: c -> shop_c",
)
GONE = '[[database]]\npath = "old.db"\naction = "delete"'
LEAVING = {
    "side.db": "archive/side.db",
    "deep/third.db": "archive/third.db",
    "old.db": "archive/deleted/old.db",
}


class Story:
    """One world before the migration, and what it must be after."""

    def __init__(self, world, *, wal, rows=300):
        many = (
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
            " INSERT INTO {} SELECT i, printf('%060d', i) FROM n;"
        )
        meta = (
            "CREATE TABLE meta(k TEXT PRIMARY KEY, v);"
            "INSERT INTO meta VALUES ('x', '{0}'), ('{0}', 1);"
        )
        table = "CREATE TABLE a(id INTEGER PRIMARY KEY, t); CREATE INDEX a_t ON a(t);"
        world.make("main.db", table + many.format("a") + meta.format("main"), wal=wal)
        world.make("side.db", table + many.format("a") + meta.format("side"), wal=wal)
        world.make("deep/third.db", "CREATE TABLE c(id, t);" + many.format("c"))
        world.make("old.db", "CREATE TABLE o(x)")
        self.root = world.root
        self.plan = world.plan(*TABLES, extra=GONE)
        self.files = self.bytes()
        self.before = self.content()
        migrate(self.plan, progress=Silence())
        self.after = self.content()
        rollback(self.plan, progress=Silence())
        assert self.bytes() == self.files
        self.forget_backups()

    def forget_backups(self):
        for folder in self.root.glob("backup-*"):
            shutil.rmtree(folder)

    def bytes(self):
        """Digests of all databases and their side files, wherever they are."""
        return {
            str(path): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(self.root.rglob("*.db*"))
            if not (path := file.relative_to(self.root)).parts[0].startswith("backup-")
        }

    def content(self):
        """What the target says to a program that opens it; a copy is opened."""
        place = self.root / "look"
        place.mkdir()
        try:
            for file in self.root.glob("main.db*"):
                if not file.name.endswith("-shm"):
                    shutil.copyfile(file, place / file.name)
            with closing(sqlite3.connect(place / "main.db")) as database:
                assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                objects = database.execute("SELECT name, type FROM sqlite_schema").fetchall()
                return {
                    name: database.execute(f'SELECT * FROM "{name}"').fetchall()
                    for name, kind in objects
                    if kind == "table" and name not in ("retable_journal", "retable_catalog")
                }
        finally:
            shutil.rmtree(place)

    def child(self, verb):
        """A process that does it, and says when it begins."""
        command = [sys.executable, "-c", CHILD, os.fspath(CODE), verb, self.plan.file]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def hold(self):
        """Every file is the original or the result."""
        content = self.content()
        assert content in (self.before, self.after)
        state = status(self.plan).state
        merged = state in (State.MERGED, State.DONE)
        assert (content == self.after) == merged
        files = self.bytes()
        for name, place in LEAVING.items():
            for suffix in ("", "-wal"):
                digest = self.files.get(name + suffix)
                found = [files.get(where + suffix) for where in (name, place)]
                assert sorted(filter(None, found)) == ([digest] if digest else [])
                assert merged or found[1] is None

    def finish(self):
        """A second run comes to the end, and all of it can go back."""
        migrate(self.plan, progress=Silence())
        assert self.content() == self.after
        assert status(self.plan).state is State.DONE
        assert verify(self.plan).holds
        assert migrate(self.plan, progress=Silence()).already_done
        rollback(self.plan, progress=Silence())
        assert self.content() == self.before
        files = self.bytes()
        assert {n: d for n, d in files.items() if not n.startswith("main.db")} == {
            n: d for n, d in self.files.items() if not n.startswith("main.db")
        }
        self.forget_backups()


def kill(story, verb, share, takes):
    """Begin, and kill after a share of the time that it takes."""
    process = story.child(verb)
    process.stdout.readline()
    time.sleep(share * takes)
    process.kill()
    process.communicate()


def seconds(story, verb):
    process = story.child(verb)
    process.stdout.readline()
    began = time.monotonic()
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()
    return time.monotonic() - began


KILLS = [
    pytest.param(5, 3_000, id="a few"),
    pytest.param(60, 40_000, id="many", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
@pytest.mark.parametrize(("kills", "rows"), KILLS)
def test_a_migration_that_is_killed(world, wal, kills, rows):
    story = Story(world, wal=wal, rows=rows)
    chance = random.Random(7)
    takes = seconds(story, "migrate")
    rollback(story.plan, progress=Silence())
    story.forget_backups()
    for _ in range(kills):
        kill(story, "migrate", chance.random(), takes)
        story.hold()
        story.finish()


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
@pytest.mark.parametrize(("kills", "rows"), KILLS)
def test_a_rollback_that_is_killed(world, wal, kills, rows):
    story = Story(world, wal=wal, rows=rows)
    chance = random.Random(7)
    migrate(story.plan, progress=Silence())
    takes = seconds(story, "rollback")
    assert story.bytes() == story.files
    for _ in range(kills):
        story.forget_backups()
        migrate(story.plan, progress=Silence())
        kill(story, "rollback", chance.random(), takes)
        if status(story.plan).state is State.ROLLING_BACK:
            with pytest.raises(StateError, match="a rollback is not finished"):
                migrate(story.plan, progress=Silence())
        rollback(story.plan, progress=Silence())
        assert story.bytes() == story.files
