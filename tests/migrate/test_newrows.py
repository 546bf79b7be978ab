"""What was written since a migration is kept before a rollback drops it, whatever it is."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from migrate.errors import StateError
from migrate.journal import State, status
from migrate.progress import Silence
from migrate.rollback import rollback

CODE = Path(__file__).resolve().parents[2]
MAIN = """
CREATE TABLE people(id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, score REAL);
CREATE TABLE log(x, y);
INSERT INTO people VALUES (1, 'ann', 0.0), (2, 'bob', 2), (5, 'cid', 3);
INSERT INTO log(rowid, x, y) VALUES (2, 'a', 'b'), (3, 'a', 'b'), (-7, NULL, x'00'), (9, 0.0, 0);
"""
SIDE = """
CREATE TABLE w(k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE two(a, b, v, PRIMARY KEY (b, a)) WITHOUT ROWID;
CREATE TABLE g(n INTEGER PRIMARY KEY, a, twice AS (a * 2), b AS (a + 1) STORED);
CREATE TABLE s(a ANY, b INT) STRICT;
CREATE TABLE odd("was_written", was_rowid);
CREATE VIRTUAL TABLE find USING fts5(body);
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
INSERT INTO w VALUES ('a', 1), ('B', 2);
INSERT INTO two VALUES (1, 2, 'x'), (1, 3, 'y');
INSERT INTO g(n, a) VALUES (1, 10);
INSERT INTO s VALUES ('1', 1);
INSERT INTO odd VALUES ('p', 'q');
INSERT INTO find VALUES ('red fox');
INSERT INTO boxes VALUES (1, 0, 1);
"""
TABLES = (
    "main.db: people -> shop_people",
    "main.db: log -> shop_log",
    *(f"side.db: {t} -> shop_{t}" for t in ("w", "two", "g", "s", "odd", "find", "boxes")),
)


@pytest.fixture
def ready(world):
    world.make("main.db", MAIN)
    world.make("side.db", SIDE)
    world.planned = world.plan(*TABLES)
    world.before = world.digests()
    world.migrate(world.planned)
    return world


def change(world, script, path="main.db"):
    with closing(sqlite3.connect(world.root / path)) as database:
        database.executescript(script)
        database.commit()


def back(world):
    """Roll back; the files in which something was kept, by name."""
    report = rollback(world.planned, progress=Silence(), drop_new_rows=True)
    assert world.digests() == world.before
    return report, [world.root / name for name in report.lost.kept]


def asked(file, sql):
    with closing(sqlite3.connect(file)) as database:
        return database.execute(sql).fetchall()


WRITES = {
    "a row added": (
        "INSERT INTO shop_people VALUES (9, 'dan', 1e-300)",
        "shop_people (1 added)",
        [("added", 9, 9, "dan", 1e-300)],
    ),
    "a row changed under NOCASE": (
        "UPDATE shop_people SET name = 'ANN' WHERE id = 1",
        "shop_people (1 changed)",
        [("changed", 1, 1, "ANN", 0.0)],
    ),
    "the sign of a zero": (
        "UPDATE shop_log SET x = -0.0 WHERE rowid = 9",
        "shop_log (1 changed)",
        [("changed", 9, -0.0, 0)],
    ),
    "a row deleted": ("DELETE FROM shop_people WHERE id = 2", "shop_people (1 deleted)", []),
    "a key moved": (
        "UPDATE shop_people SET id = 3 WHERE id = 2",
        "shop_people (1 added, 1 deleted)",
        [("added", 3, 3, "bob", 2.0)],
    ),
    "a double added": (
        "INSERT INTO shop_log VALUES ('a', 'b')",
        "shop_log (1 added)",
        [("added", 10, "a", "b")],
    ),
    "a double deleted": ("DELETE FROM shop_log WHERE rowid = 3", "shop_log (1 deleted)", []),
    "text to blob": (
        "UPDATE shop_log SET y = x'62' WHERE rowid = 2",
        "shop_log (1 changed)",
        [("changed", 2, "a", b"b")],
    ),
    "without rowid": (
        "INSERT INTO shop_w VALUES ('c', 3); UPDATE shop_w SET v = 2.0 WHERE k = 'b'",
        "shop_w (1 added, 1 changed)",
        [("changed", None, "B", 2.0), ("added", None, "c", 3)],
    ),
    "case of a key without rowid": (
        "UPDATE shop_w SET k = 'b' WHERE k = 'b'",
        "shop_w (1 changed)",
        [("changed", None, "b", 2)],
    ),
    "a key of two columns": (
        "DELETE FROM shop_two WHERE b = 3; INSERT INTO shop_two VALUES (3, 1, 'z')",
        "shop_two (1 added, 1 deleted)",
        [("added", None, 3, 1, "z")],
    ),
    "generated columns": (
        "INSERT INTO shop_g(n, a) VALUES (2, 20)",
        "shop_g (1 added)",
        [("added", 2, 2, 20)],
    ),
    "strict": (
        "UPDATE shop_s SET a = 1",
        "shop_s (1 changed)",
        [("changed", 1, 1, 1)],
    ),
    "columns of our names": (
        "INSERT INTO shop_odd VALUES ('r', 's')",
        "shop_odd (1 added)",
        [("added", 2, "r", "s")],
    ),
    "a full-text table": (
        "INSERT INTO shop_find VALUES ('blue whale')",
        "shop_find (virtual, 2 rows)",
        [("added", 1, "red fox"), ("added", 2, "blue whale")],
    ),
    "an r-tree": (
        "INSERT INTO shop_boxes VALUES (2, 5, 6)",
        "shop_boxes (virtual, 2 rows)",
        [("added", 1, 1, 0.0, 1.0), ("added", 2, 2, 5.0, 6.0)],
    ),
    "a new table": (
        "CREATE TABLE extra(x TEXT); INSERT INTO extra VALUES ('n')",
        "extra (new, 1 row)",
        [("added", 1, "n")],
    ),
    "a new column": (
        "ALTER TABLE shop_people ADD COLUMN more; UPDATE shop_people SET more = 1 WHERE id = 5",
        "shop_people (altered, 3 rows)",
        [
            ("added", 1, 1, "ann", 0.0, None),
            ("added", 2, 2, "bob", 2.0, None),
            ("added", 5, 5, "cid", 3.0, 1),
        ],
    ),
    "a table dropped": ("DROP TABLE shop_log", "shop_log (gone, 4 deleted)", None),
    "a full-text table dropped": ("DROP TABLE shop_find", "shop_find (gone)", None),
}


@pytest.mark.parametrize(("script", "said", "rows"), WRITES.values(), ids=WRITES)
def test_each_kind_of_row(ready, script, said, rows):
    change(ready, script)
    after = ready.digests()
    with pytest.raises(StateError) as error:
        rollback(ready.planned, progress=Silence())
    assert f"main.db: was written to since the migration: {said}" in str(error.value)
    assert ready.digests() == after
    report, (kept,) = back(ready)
    assert said in map(str, report.lost.tables)
    name = said.split(" ")[0]
    if rows is not None:
        found = asked(kept, f"SELECT * FROM {name}")
        assert list(map(repr, found)) == list(map(repr, rows)), "as repr, 0.0 and -0.0 differ"
    assert asked(kept, "SELECT name, added, changed, deleted FROM retable_since") == [
        (it.name, it.added, it.changed, it.deleted) for it in report.lost.tables
    ]


def test_which_rows_were_changed_or_deleted(ready):
    change(
        ready,
        "UPDATE shop_people SET name = 'x' WHERE id = 1; DELETE FROM shop_people WHERE id = 5;"
        "DELETE FROM shop_two; UPDATE shop_w SET v = 0 WHERE k = 'a'; DELETE FROM shop_log",
    )
    _, (kept,) = back(ready)
    found = asked(kept, "SELECT * FROM retable_since_rows ORDER BY name, what, number, 5")
    assert found == [
        ("shop_log", "deleted", "main.db", -7, "rowid", -7),
        ("shop_log", "deleted", "main.db", 2, "rowid", 2),
        ("shop_log", "deleted", "main.db", 3, "rowid", 3),
        ("shop_log", "deleted", "main.db", 9, "rowid", 9),
        ("shop_people", "changed", None, 1, "rowid", 1),
        ("shop_people", "deleted", "main.db", 5, "rowid", 5),
        ("shop_two", "deleted", "side.db", 1, "a", 1),
        ("shop_two", "deleted", "side.db", 1, "b", 2),
        ("shop_two", "deleted", "side.db", 2, "a", 1),
        ("shop_two", "deleted", "side.db", 2, "b", 3),
        ("shop_w", "changed", None, 1, "k", "a"),
    ]


JOINED = "CREATE TABLE t(k {0}, v){1}; INSERT INTO t VALUES "


@pytest.mark.parametrize("kind", [("INTEGER PRIMARY KEY", ""), ("PRIMARY KEY", " WITHOUT ROWID")])
@pytest.mark.parametrize(("rule", "second"), [("keep-target", "main"), ("keep-source", "side")])
def test_tables_that_were_joined(world, kind, rule, second):
    world.make("main.db", JOINED.format(*kind) + "(1, 'main'), (2, 'main')")
    world.make("side.db", JOINED.format(*kind) + "(2, 'side'), (3, 'side')")
    world.planned = world.plan("main.db: t", f'side.db: t, merge = "{rule}"')
    world.before = world.digests()
    world.migrate(world.planned)
    assert world.rows("main.db", "SELECT * FROM t") == [(1, "main"), (2, second), (3, "side")]
    gave_way = "side" if second == "main" else "main"
    # The row that gave way would be a migrated one again, but for the rejects.
    change(world, f"UPDATE t SET v = '{gave_way}' WHERE k = 2; DELETE FROM t WHERE k = 3")
    report, (kept,) = back(world)
    assert [str(it) for it in report.lost.tables] == ["t (1 changed, 1 deleted)"]
    assert asked(kept, "SELECT k, v FROM t") == [(2, gave_way)]
    where = asked(kept, "SELECT what, was_in, value FROM retable_since_rows")
    assert sorted(where, key=str) == [("changed", None, 2), ("deleted", "side.db", 3)]


def test_tables_that_were_appended(world):
    table = "CREATE TABLE t(v); INSERT INTO t VALUES "
    world.make("main.db", table + "('a'), ('b')")
    world.make("side.db", table + "('a'), ('b')")
    world.planned = world.plan("main.db: t", 'side.db: t, merge = "append"')
    world.before = world.digests()
    world.migrate(world.planned)
    change(world, "UPDATE t SET v = 'B' WHERE rowid = 4; DELETE FROM t WHERE rowid = 3;")
    _, (kept,) = back(world)
    assert asked(kept, "SELECT * FROM t") == [("changed", 4, "B")]
    assert asked(kept, "SELECT was_in, value FROM retable_since_rows WHERE what = 'deleted'") == [
        ("side.db", 3)
    ]


def test_nothing_was_written(ready):
    report, kept = back(ready)
    assert (report.lost.tables, kept) == ((), [])
    assert not list(ready.root.glob("backup-*/new-rows-*"))


def test_bytes_differ_and_rows_do_not(ready):
    change(ready, "PRAGMA user_version = 7")
    with pytest.raises(StateError, match="was written to since the migration: no row differs"):
        rollback(ready.planned, progress=Silence())
    report, (kept,) = back(ready)
    assert report.lost.tables == ()
    assert asked(kept, "SELECT * FROM retable_since") == []


def test_other_objects_are_kept_as_sql(ready):
    change(ready, "CREATE VIEW v AS SELECT 1 AS one; CREATE INDEX i ON shop_log(x)")
    with pytest.raises(StateError, match="new: view v, new: index i"):
        rollback(ready.planned, progress=Silence())
    _, (kept,) = back(ready)
    assert asked(kept, "SELECT what, type, name, sql FROM retable_since_schema") == [
        ("new", "view", "v", "CREATE VIEW v AS SELECT 1 AS one"),
        ("new", "index", "i", "CREATE INDEX i ON shop_log(x)"),
    ]


def test_rows_that_are_in_the_log_still(ready):
    writer = sqlite3.connect(ready.root / "main.db")
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("INSERT INTO shop_log VALUES ('in', 'wal')")
    writer.commit()
    for suffix in ("", "-wal"):
        shutil.copyfile(ready.root / f"main.db{suffix}", ready.root / f"copy{suffix}")
    writer.close()
    for suffix in ("", "-wal"):
        (ready.root / f"copy{suffix}").replace(ready.root / f"main.db{suffix}")
    _, (kept,) = back(ready)
    assert asked(kept, "SELECT x, y FROM shop_log") == [("in", "wal")]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file.write_bytes(b"gone" * 1000), id="no database"),
        pytest.param(lambda file: os.truncate(file, 5000), id="truncated"),
    ],
)
def test_what_cannot_be_compared_is_kept_as_it_is(ready, damage):
    file = ready.root / "main.db"
    damage(file)
    was = file.read_bytes()
    with pytest.raises(StateError, match="it cannot be compared with its backup"):
        rollback(ready.planned, progress=Silence())
    _, (kept,) = back(ready)
    assert kept.is_dir()
    assert (kept / "main.db").read_bytes() == was


def test_what_cannot_be_read_out_again_is_kept_as_it_is(world):
    world.make("main.db", "CREATE VIRTUAL TABLE find USING fts5(a, content='')")
    world.planned = world.plan("main.db: find -> shop_find")
    world.before = world.digests()
    world.migrate(world.planned)
    change(world, "INSERT INTO shop_find(rowid, a) VALUES (1, 'red')")
    was = (world.root / "main.db").read_bytes()
    _, kept = back(world)
    assert [(folder / "main.db").read_bytes() for folder in kept] == [was]


def test_a_database_that_was_made_anew(ready):
    ready.make("side.db", "CREATE TABLE w(k); INSERT INTO w VALUES ('new')", wal=True)
    new = {f.name: f.read_bytes() for f in ready.root.glob("side.db*") if f.suffix != ".db-shm"}
    with pytest.raises(StateError, match=r"side\.db: was made anew or written to since"):
        rollback(ready.planned, progress=Silence())
    report, (kept,) = back(ready)
    assert report.lost.tables == ()
    assert {n: (kept / n).read_bytes() for n in new} == new


def test_an_old_file_that_was_put_back_and_written_to(ready):
    shutil.copyfile(ready.root / "archive/side.db", ready.root / "side.db")
    change(ready, "INSERT INTO w VALUES ('new', 1)", "side.db")
    _, (kept,) = back(ready)
    assert asked(kept / "side.db", "SELECT count(*) FROM w") == [(3,)]


def test_an_earlier_one_is_never_written_over(ready, monkeypatch):
    found = []
    for number in range(3):
        change(ready, f"INSERT INTO shop_log VALUES ({number}, 0)")
        _, (kept,) = back(ready)
        found.append((kept, kept.read_bytes()))
        ready.migrate(ready.planned)
        # The next rollback goes to another backup; only one folder is wanted here.
        (newest,) = set(ready.root.glob("backup-*")) - {found[0][0].parent}
        for file in found[0][0].parent.glob("new-rows-*"):
            shutil.copyfile(file, newest / file.name)
        shutil.rmtree(found[0][0].parent)
        newest.rename(found[0][0].parent)
        change(ready, f"UPDATE retable_journal SET backup = '{found[0][0].parent.name}'")
    assert len({kept for kept, _ in found}) == 3
    assert all(kept.read_bytes() == was for kept, was in found)


CHILD = """
import os, resource, signal, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from migrate.rollback import rollback
from migrate.progress import Silence
from plan.errors import UserError
from plan.load import load_plan

plan, stop, limit = load_plan(Path(sys.argv[2])), int(sys.argv[3]), int(sys.argv[4])
calls = 0

def count(frame, event, arg):
    global calls
    if event in ("call", "c_call"):
        calls += 1
        if calls == stop:
            os.kill(os.getpid(), signal.SIGKILL)

if limit:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
sys.setprofile(count)
try:
    rollback(plan, progress=Silence(), drop_new_rows=True)
except UserError as error:
    sys.setprofile(None)
    print(error, file=sys.stderr)
    raise SystemExit(2)
sys.setprofile(None)
print(calls, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def child(world, stop=0, limit=0):
    command = [sys.executable, "-c", CHILD, CODE, world.planned.file, str(stop), str(limit)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


MANY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
    " INSERT INTO shop_log SELECT i, printf('%0100d', i) FROM n"
)


def test_no_room_to_keep_it(ready):
    change(ready, MANY)
    before = ready.everything()
    done = child(ready, limit=100_000)
    assert done.returncode == 2
    assert "(free some space, then run again)" in done.stderr
    assert ready.everything() == before


def test_what_does_not_read_back_is_not_believed(ready, monkeypatch):
    change(ready, MANY)
    before = ready.everything()
    monkeypatch.setattr("migrate.since.keeping.reads_back", lambda *_: False)
    with pytest.raises(StateError, match="does not read back"):
        rollback(ready.planned, progress=Silence(), drop_new_rows=True)
    assert ready.everything() == before


@pytest.fixture
def elsewhere(tmp_path_factory):
    return tmp_path_factory.mktemp("elsewhere") / "origin"


def killed(ready, origin, stops):
    """Each time: what was written is in the target or in a whole export, and a rerun finishes."""
    change(ready, MANY)
    written = ready.root / "written.db"
    shutil.copyfile(ready.root / "main.db", written)
    backup = next(ready.root.glob("backup-*"))
    shutil.copytree(ready.root, origin)
    for stop in stops(int(child(ready).stdout.split()[0])):
        shutil.rmtree(ready.root)
        shutil.copytree(origin, ready.root)
        assert child(ready, stop).returncode == -9
        whole = list(backup.glob("new-rows-*.db"))
        assert whole or (ready.root / "main.db").read_bytes() == written.read_bytes()
        state = status(ready.planned).state
        assert whole or state is State.DONE
        report = rollback(ready.planned, progress=Silence(), drop_new_rows=True)
        (ready.root / "written.db").unlink()
        assert ready.digests() == ready.before
        assert not list(backup.glob("new-rows-*.partial"))
        for kept in backup.glob("new-rows-*.db"):
            assert asked(kept, "SELECT count(*) FROM shop_log") == [(3000,)]
        assert [str(table) for table in report.lost.tables] == ["shop_log (3,000 added)"]
        assert all((ready.root / name).is_file() for name in report.lost.kept)


def test_killed_in_the_middle(ready, elsewhere):
    killed(ready, elsewhere, lambda total: [int(total * share) for share in (0.3, 0.6, 0.75, 0.9)])


@pytest.mark.slow
def test_killed_at_many_points(ready, elsewhere):
    killed(ready, elsewhere, lambda total: range(total // 80, total, total // 80))


@pytest.mark.slow
def test_memory_stays_flat(ready):
    peaks = []
    for rows in (3_000, 300_000):
        change(ready, MANY.replace("3000", str(rows)))
        done = child(ready)
        assert done.returncode == 0, done.stderr
        peaks.append(int(done.stdout.split()[1]))
        ready.migrate(ready.planned)
    assert peaks[1] - peaks[0] < 20_000, "kB"
