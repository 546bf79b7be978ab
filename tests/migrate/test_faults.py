"""Damaged files through the command line: refused with every byte as before, or carried, proved."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.migrate.desk import Desk

PLAN = ("main.db: a -> shop_a", "side.db: b -> shop_b")
PAGE = 512
SIDE = (
    f"PRAGMA page_size = {PAGE}; CREATE TABLE b(x INTEGER PRIMARY KEY, y TEXT, z BLOB);"
    "CREATE INDEX b_y ON b(y); CREATE TABLE gone(x);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
    " INSERT INTO b SELECT i, printf('%040d', i * 7919 % 1000), NULL FROM n;"
    "INSERT INTO b VALUES (1000, 'long', zeroblob(1500));"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)"
    " INSERT INTO gone SELECT zeroblob(300) FROM n; DROP TABLE gone;"
)
KINDS = {2: "index interior", 5: "table interior", 10: "index leaf", 13: "table leaf"}
DYING = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA cache_size = 2")
for sql in sys.argv[2].split(";"):
    db.execute(sql).fetchall()
os._exit(0)
"""


@pytest.fixture
def desk(world, tmp_path_factory):
    world.make("main.db", "CREATE TABLE a(x, y); INSERT INTO a VALUES (1, 'a')")
    world.make("side.db", SIDE)
    world.plan(*PLAN)
    return Desk(world, tmp_path_factory.mktemp("temporary"))


def pages_of(data):
    """What each page is: by its first byte, and by the list of the free ones."""
    kinds = {1: "first"}
    trunk = int.from_bytes(data[32:36], "big")
    while trunk:
        page = data[(trunk - 1) * PAGE : trunk * PAGE]
        kinds[trunk] = "freelist trunk"
        for n in range(int.from_bytes(page[4:8], "big")):
            kinds[int.from_bytes(page[8 + 4 * n : 12 + 4 * n], "big")] = "free"
        trunk = int.from_bytes(page[:4], "big")
    for number in range(2, len(data) // PAGE + 1):
        kinds.setdefault(number, KINDS.get(data[(number - 1) * PAGE], "overflow"))
    return kinds


def damaged(data):
    """Each page in turn, the fields of the header, and another length."""
    for number, kind in pages_of(data).items():
        start = (number - 1) * PAGE
        new = b"\xff" * PAGE if number % 3 else bytes(PAGE)
        yield f"{kind} {number}", data[:start] + new + data[start + PAGE :]
    for place in range(16, 100, 4):
        yield f"header {place}", data[:place] + b"\xff\xff" + data[place + 2 :]
    for end in range(1, len(data), 2900):
        yield f"cut {end}", data[:end]
    for more in (b"x", b"\xff" * PAGE, bytes(3 * PAGE), b"junk" * 1000):
        yield f"more {len(more)}", data + more


def test_pages_of_all_kinds(desk):
    kinds = set(pages_of((desk.world.root / "side.db").read_bytes()).values())
    assert kinds == {*KINDS.values(), "first", "free", "freelist trunk", "overflow"}


@pytest.mark.slow
@pytest.mark.parametrize("which", ["side.db", "main.db"])
def test_damage_page_by_page(desk, which):
    if which == "main.db":
        desk.world.make("tiny.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)")
        (desk.world.root / "side.db").rename(desk.world.root / "main.db")
        (desk.world.root / "tiny.db").rename(desk.world.root / "side.db")
        desk.world.plan("main.db: b -> shop_b", "side.db: a -> shop_a")
    file = desk.world.root / which
    refused, carried, wrong = 0, [], []
    for what, data in damaged(file.read_bytes()):
        file.write_bytes(data)
        before = desk.everything()
        status, said = desk.run("migrate", "--yes")
        try:
            if status == 2:
                desk.is_refusal(status, said, before)
                assert f"{which}: " in said, said
                refused += 1
            else:
                assert status == 0, said
                carried.append(what)
                assert what.startswith(("free ", "header ", "more ")), what
                desk.done("verify")
                desk.done("rollback", "--yes")
                for folder in desk.world.root.glob("backup-*"):
                    shutil.rmtree(folder)
                assert desk.everything() == before
        except AssertionError as error:
            wrong.append(f"{what}: {error}")
            for folder in desk.world.root.glob("backup-*"):
                shutil.rmtree(folder)
    print(f"{which}: {refused} refused, {len(carried)} carried: {carried}")  # noqa: T201
    assert not wrong, "\n".join(wrong)
    assert refused > 30


@pytest.mark.parametrize("kind", ["table leaf", "index interior", "overflow"])
def test_damage_in_a_page(desk, kind):
    file = desk.world.root / "side.db"
    data = file.read_bytes()
    start = PAGE * (next(n for n, k in pages_of(data).items() if k == kind) - 1)
    file.write_bytes(data[:start] + b"\xff" * PAGE + data[start + PAGE :])
    assert desk.refused("migrate", "--yes").startswith("side.db: is damaged: ")


LOGGED = (
    "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
    "INSERT INTO b VALUES (2000, 'logged', NULL); INSERT INTO b VALUES (2001, 'logged', NULL)"
)
CRASHED = "PRAGMA cache_size = 2; BEGIN IMMEDIATE; UPDATE b SET z = zeroblob(400)"


def without_shm(file):
    file.with_name("side.db-shm").unlink()


def broken_frame(file):
    log = file.with_name("side.db-wal")
    data = bytearray(log.read_bytes())
    data[-PAGE // 2] ^= 0xFF
    log.write_bytes(data)


def broken_header(file):
    log = file.with_name("side.db-wal")
    log.write_bytes(b"\0" * 32 + log.read_bytes()[32:])


def cut_log(file):
    log = file.with_name("side.db-wal")
    log.write_bytes(log.read_bytes()[:-100])


def log_of_another(file):
    other = file.with_name("other.db")
    leave(
        other,
        "CREATE TABLE o(x);"
        + LOGGED.replace("b VALUES", "o VALUES").replace(", 'logged', NULL", ""),
    )
    other.with_name("other.db-wal").replace(file.with_name("side.db-wal"))
    for path in file.parent.glob("other.db*"):
        path.unlink()


def super_journal_is_gone(file):
    """That was the commit of several files at once: this one's journal is of no more use."""
    journal, aside = file.with_name("side.db-journal"), file.with_name("aside")
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA cache_size = 2")
        database.execute("BEGIN")
        database.execute("UPDATE b SET z = zeroblob(400)")
        shutil.copy(journal, aside)
        database.execute("COMMIT")
    name = bytes(file.with_name("main.db-mj0A1B2C9D4"))
    # https://sqlite.org/src/file/src/pager.c, writeSuperJournal
    tail = name + len(name).to_bytes(4, "big") + sum(name).to_bytes(4, "big") + MAGIC
    journal.write_bytes(aside.read_bytes() + ((1 << 30) // PAGE + 1).to_bytes(4, "big") + tail)
    aside.unlink()


MAGIC = bytes.fromhex("d9d505f920a163d7")


def leave(file, script):
    subprocess.run([sys.executable, "-c", DYING, file, script], check=True)


@pytest.mark.parametrize(
    ("script", "then"),
    [
        pytest.param(LOGGED, None, id="a writer in WAL mode died", marks=pytest.mark.slow),
        pytest.param(LOGGED, without_shm, id="and its -shm is gone", marks=pytest.mark.slow),
        pytest.param(LOGGED, broken_frame, id="a frame is damaged", marks=pytest.mark.slow),
        pytest.param(LOGGED, broken_header, id="the header of the -wal is damaged"),
        pytest.param(LOGGED, cut_log, id="the -wal is cut", marks=pytest.mark.slow),
        pytest.param(
            LOGGED, log_of_another, id="the -wal of another database", marks=pytest.mark.slow
        ),
        pytest.param(CRASHED, None, id="a hot journal", marks=pytest.mark.slow),
        pytest.param(
            "SELECT 1",
            super_journal_is_gone,
            id="a journal whose super-journal is gone",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_a_crash_leaves(desk, tmp_path_factory, script, then):
    """What SQLite itself finds in a copy arrives; or it is refused, and every byte stays."""
    file = desk.world.root / "side.db"
    leave(file, script)
    if then:
        then(file)
    looked = tmp_path_factory.mktemp("looked")
    for path in desk.world.root.glob("side.db*"):
        shutil.copy(path, looked)
    before = desk.everything()
    status, said = desk.run("migrate", "--yes")
    if status:
        desk.is_refusal(status, said, before)
        return
    with closing(sqlite3.connect(looked / "side.db")) as database:
        rows = database.execute("SELECT * FROM b ORDER BY x").fetchall()
    assert desk.world.rows("main.db", "SELECT * FROM shop_b ORDER BY x") == rows
    desk.done("rollback", "--yes", "--drop-new-rows")
    after = desk.world.digests()
    assert {k: v for k, v in after.items() if ".db" in k} == {
        k: v for k, v in before.items() if ".db" in k
    }
