"""The record of the proof: complete, readable, reproducible, and held against the target later."""

import json
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest
from apsw import sqlite_extra

from migrate.errors import DatabaseError, StateError
from migrate.execute import migrate
from migrate.journal import status
from migrate.phases import Phase
from migrate.progress import Silence
from migrate.proof.text import lines_of
from migrate.proof.verify import verify
from migrate.rollback import rollback

MAIN = """
CREATE TABLE a(id INTEGER PRIMARY KEY, x, "it's ""odd"" " REAL);
CREATE INDEX i ON a(x);
CREATE TABLE child(a REFERENCES a(id));
INSERT INTO a VALUES (1, 'one', -0.0), (2, x'00', 1e300);
INSERT INTO child VALUES (1), (99);
"""
SIDE = """
CREATE TABLE a(id INTEGER PRIMARY KEY, x, "it's ""odd"" " REAL);
CREATE TABLE plain(x, y TEXT);
CREATE TABLE w(k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE junk(x);
CREATE VIRTUAL TABLE find USING fts5(body);
CREATE INDEX i ON plain(x);
CREATE INDEX lost ON a(x);
CREATE VIEW v AS SELECT x FROM plain;
CREATE TRIGGER g AFTER INSERT ON plain BEGIN SELECT 1; END;
INSERT INTO a VALUES (2, 'other', 0.0), (3, 'three', 0.5);
INSERT INTO plain(rowid, x, y) VALUES (7, 1, CAST(x'610062' AS TEXT)), (9, 1.0, NULL);
INSERT INTO w VALUES ('b', 1), ('A', '1');
INSERT INTO find VALUES ('red fox');
"""
LONG = "shop_" + "a_name_that_is_long_and_" * 4 + "ends"
TABLES = (
    "main.db: a -> shop_a",
    "main.db: child",
    'side.db: a -> shop_a, merge = "keep-target"',
    "side.db: plain -> shop_plain",
    f"side.db: w -> {LONG}",
    "side.db: find -> shop_find",
)
SKIP = '[[skip]]\ntable = "junk"\nin = "side.db"\nclaim = "empty"'


@pytest.fixture
def done(world):
    world.make("main.db", MAIN)
    world.make("side.db", SIDE)
    world.planned = world.plan(*TABLES, extra=SKIP)
    world.migrate(world.planned)
    return world


def folder_of(world):
    (folder,) = world.root.glob("backup-*")
    return folder


def record(world):
    return json.loads((folder_of(world) / "proof.json").read_bytes())


def shell(file, *sql):
    command = ["sqlite3", "-readonly", file, "\n".join(sql)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def change(world, script):
    with closing(sqlite3.connect(world.root / "main.db")) as database:
        database.executescript(script)
        database.commit()


def test_what_became_of_each_table(done):
    said = record(done)
    assert said["holds"]
    keys = (
        "database",
        "table",
        "to",
        "way",
        "rule",
        "rows",
        "equal",
        "set_aside",
        "rowids_moved_by",
    )
    tables = [t for t in said["tables"] if not t["table"].startswith("find_")]
    assert [tuple(t[key] for key in keys) for t in tables] == [
        ("main.db", "a", "shop_a", "moved", None, 2, 2, 0, 0),
        ("main.db", "child", "child", "moved", None, 2, 2, 0, 0),
        ("side.db", "a", "shop_a", "joined", "keep-target", 2, 1, 1, 0),
        ("side.db", "plain", "shop_plain", "copied", None, 2, 2, 0, 0),
        ("side.db", "w", LONG, "copied", None, 2, 2, 0, 0),
    ]
    after = {result["table"]: result for result in said["results"]}
    for table in said["tables"]:
        same = table["digest"] == after[table["to"]]["digest"]
        assert same == (table["to"] != "shop_a"), "a table that others joined has one of its own"
    assert {t["to"] for t in said["tables"]} >= {"shop_find_content", "shop_find_data"}


def test_what_became_of_each_object(done):
    said = record(done)
    fates = {(f["database"], f["kind"], f["name"]): (f["fate"], f["now"]) for f in said["objects"]}
    assert fates == {
        ("main.db", "table", "a"): ("renamed", "shop_a"),
        ("main.db", "table", "child"): ("arrived", "child"),
        ("main.db", "index", "i"): ("arrived", "i"),
        ("side.db", "table", "a"): ("renamed", "shop_a"),
        ("side.db", "table", "plain"): ("renamed", "shop_plain"),
        ("side.db", "table", "w"): ("renamed", LONG),
        ("side.db", "table", "find"): ("renamed", "shop_find"),
        ("side.db", "table", "junk"): ("left behind", None),
        ("side.db", "index", "i"): ("renamed", "shop_i"),
        ("side.db", "index", "lost"): ("left behind", None),
        ("side.db", "view", "v"): ("arrived", "v"),
        ("side.db", "trigger", "g"): ("arrived", "g"),
    }
    why = {f["name"]: f["why"] for f in said["objects"] if f["now"] is None}
    assert why == {"junk": "skipped: empty", "lost": "its table joins shop_a"}
    assert said["made_by_retable"] == [
        "table retable_journal",
        "table retable_rejects",
        "table retable_catalog",
        "view retable_tables",
        "view retable_columns",
        "view retable_relations",
        "view retable_queries",
    ]
    held = dict(done.rows("main.db", "SELECT name, type FROM sqlite_schema WHERE sql IS NOT NULL"))
    now = {f["now"] for f in said["objects"] if f["now"]}
    ours = {name.split(" ")[1] for name in said["made_by_retable"]}
    shadows = {name for name in held if name.startswith("shop_find_")}
    assert now | ours | shadows == {name for name in held if not name.startswith("sqlite_")}


def test_what_else_was_looked_at(done):
    said = record(done)
    assert said["foreign_keys_before"] == [{"database": "main.db", "table": "child", "rows": 1}]
    assert said["foreign_keys_after"] == [{"database": "main.db", "table": "child", "rows": 1}]
    assert said["check"] == "integrity_check"
    assert {f["file"] for f in said["backup"]} == {
        "manifest.json",
        "retable.toml",
        "files/main.db",
        "files/side.db",
    }


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the sqlite3 shell")
def test_anybody_can_make_the_digests_again(done):
    said = record(done)
    for table in said["tables"]:
        assert shell(folder_of(done) / table["file"], *table["sql"]) == table["digest"]
    for result in said["results"]:
        assert shell(done.root / "main.db", result["sql"]) == result["digest"]


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the sqlite3 shell")
def test_so_they_can_from_the_text(done):
    text = (folder_of(done) / "proof.txt").read_text()
    how = text.partition("How to make a digest again\n")[2]
    before, after = re.findall(r"((?:    .*\n)+)", how)
    (file,) = re.findall(r"in (\S+) beside this", " ".join(how.split()))
    digest = shell(folder_of(done) / file, before)
    assert f"sha3-256 {digest} before and after" in text
    assert shell(done.root / "main.db", after) == digest


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the sqlite3 shell")
def test_a_statement_on_several_lines_gives_the_same_digest(done):
    for result in record(done)["results"]:
        assert shell(done.root / "main.db", *lines_of(result["sql"])) == result["digest"]


def test_the_text_has_each_digest(done):
    text = (folder_of(done) / "proof.txt").read_text()
    said = record(done)
    digests = {it["digest"] for it in (*said["tables"], *said["results"])}
    assert set(re.findall(r"sha3-256 (\w{64})", text)) == digests


def test_the_text_fits_a_terminal(done):
    lines = (folder_of(done) / "proof.txt").read_text().splitlines()
    # A single name that is as long as this cannot be broken.
    assert [line for line in lines if len(line) > 100 and LONG not in line] == []
    assert "  before: main.db: 1 row of child without the row that is meant" in lines
    assert [line for line in lines if line.startswith("  side.db: plain -> shop_plain, copied, ")]
    assert "  side.db: index i is now shop_i: its name is taken" in lines
    met = "joined by keep-target, 2 rows, 1 equal, 1 set aside in retable_rejects"
    assert met in " ".join(line.strip() for line in lines)


def timeless(world):
    """Both forms without moments, and without the digest of the manifest, which has some."""
    for name in ("proof.json", "proof.txt"):
        text = (folder_of(world) / name).read_text()
        text = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z?", "TIME", text)
        yield re.sub(r'manifest\.json"?[:,]\s.*\n.*(\n *"sha256.*)?', "", text)


def test_it_says_the_same_each_time_but_for_the_time(done):
    first = list(timeless(done))
    rollback(done.planned, progress=Silence())
    shutil.rmtree(folder_of(done))
    done.migrate(done.planned)
    assert list(timeless(done)) == first


def test_rowids_that_moved(world):
    table = "CREATE TABLE t(v); INSERT INTO t VALUES ('a'), ('b')"
    world.make("main.db", table)
    world.make("side.db", table)
    world.planned = world.plan("main.db: t", 'side.db: t, merge = "append"')
    world.migrate(world.planned)
    first, second = record(world)["tables"]
    assert (first["rowids_moved_by"], second["rowids_moved_by"]) == (0, 2)
    assert first["digest"] == second["digest"], "they were the same before"
    (result,) = record(world)["results"]
    assert result["rows"] == 4
    assert result["digest"] not in (first["digest"], None)
    assert verify(world.planned).holds


@pytest.mark.parametrize(
    "moment", ["migrate.proof.record.Record.write", "migrate.transaction.archive"]
)
def test_a_run_that_was_stopped_after_its_commit(world, monkeypatch, moment):
    world.make("main.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)")
    world.make("side.db", "CREATE TABLE b(x); INSERT INTO b VALUES (2)")
    world.planned = world.plan("main.db: a -> shop_a", "side.db: b -> shop_b")
    with monkeypatch.context() as patch:

        def stop(*_, **__):
            raise KeyboardInterrupt

        patch.setattr(moment, stop)
        with pytest.raises(KeyboardInterrupt):
            world.migrate(world.planned)
    world.migrate(world.planned)
    said = record(world)
    assert all(result["digest"] for result in said["results"])
    found = verify(world.planned)
    assert found.holds
    assert not any(check.why_not or check.differs for check in found.digests)


def test_a_run_that_was_stopped_where_nothing_is_archived(world, monkeypatch):
    world.make("main.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)")
    world.planned = world.plan("main.db: a -> shop_a")
    with monkeypatch.context() as patch:
        patch.setattr("migrate.proof.record.Record.write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.migrate(world.planned)
    assert not (folder_of(world) / "proof.json").exists()
    world.migrate(world.planned)
    assert record(world)["holds"]


def test_rows_written_before_it_was_made(world, monkeypatch):
    world.make("main.db", "CREATE TABLE a(x); CREATE TABLE b(x)")
    world.planned = world.plan("main.db: a -> shop_a", "main.db: b -> shop_b")
    with monkeypatch.context() as patch:
        patch.setattr("migrate.proof.record.Record.write", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.migrate(world.planned)
    change(world, "INSERT INTO shop_a VALUES (1)")
    world.migrate(world.planned)
    a, b = record(world)["results"]
    assert (a["rows"], a["digest"]) == (1, None)
    assert a["no_digest"] == "other programs had written to the table before the report was made"
    assert b["digest"]


def test_phases_of_their_own(world):
    world.make("main.db", "CREATE TABLE a(x)")
    world.make("side.db", "CREATE TABLE b(x); INSERT INTO b VALUES (2)")
    world.planned = world.plan("main.db: a -> b", "side.db: b -> a")
    there = []
    for phase in (Phase.MERGE, Phase.RENAME, Phase.DOCUMENT, Phase.ARCHIVE):
        migrate(world.planned, progress=Silence(), phase=phase)
        there.append((folder_of(world) / "proof.json").exists())
        found = verify(world.planned)
        assert found.holds
        assert bool(found.digests) == there[-1]
        assert not any(check.why_not or check.differs for check in found.digests)
    assert there == [False, False, True, True]


def test_verify_holds_each_digest_against_it(done):
    change(done, f"INSERT INTO shop_plain VALUES (1, 2); UPDATE {LONG} SET v = 2 WHERE k = 'a'")
    found = verify(done.planned)
    assert not found.holds
    assert [check.table for check in found.digests if check.differs] == ["shop_plain", LONG]
    assert not any(check.why_not for check in found.digests)


def test_rows_that_are_new_are_no_fault(done):
    change(done, "INSERT INTO shop_plain VALUES (1, 2)")
    found = verify(done.planned)
    assert found.holds
    assert [check.table for check in found.digests if check.differs] == ["shop_plain"]


def test_a_record_that_says_otherwise(done):
    file = folder_of(done) / "proof.json"
    digest = record(done)["results"][1]["digest"]
    file.write_text(file.read_text().replace(digest, "0" * 64))
    found = verify(done.planned)
    assert found.problems == ("child does not have the digest that proof.json says",)


def test_a_record_that_is_gone(done):
    (folder_of(done) / "proof.json").unlink()
    found = verify(done.planned)
    assert found.holds
    assert {check.why_not for check in found.digests} == {"there is no proof.json"}
    done.migrate(done.planned)
    assert not any(check.why_not for check in verify(done.planned).digests)


def test_a_record_that_is_no_record(done):
    (folder_of(done) / "proof.json").write_text("{")
    with pytest.raises(StateError, match=r"proof\.json: cannot be read"):
        verify(done.planned)


def test_without_the_extension(world, monkeypatch):
    def missing(*_):
        raise sqlite_extra.NotAvailable("shathree is not included")

    with monkeypatch.context() as patch:
        patch.setattr(sqlite_extra, "load", missing)
        world.make("main.db", "CREATE TABLE a(x)")
        world.planned = world.plan("main.db: a")
        world.migrate(world.planned)
        found = verify(world.planned)
    assert found.holds
    (check,) = found.digests
    assert "comes without SQLite's sha3_query" in check.why_not
    (result,) = record(world)["results"]
    assert result["digest"] is None
    assert "no digest: this apsw comes without" in (folder_of(world) / "proof.txt").read_text()
    assert verify(world.planned).digests[0].why_not.startswith("this apsw comes without")


def test_status_names_it(done):
    assert status(done.planned).proof == folder_of(done) / "proof.txt"


def test_a_migration_that_fails_ends_it_at_once(world, monkeypatch):
    world.make("main.db", MAIN)
    planned = world.plan("main.db: a", "main.db: child")
    before = world.everything()

    def fail(*_, **__):
        raise DatabaseError("main.db", "is ill", "mend it")

    monkeypatch.setattr("migrate.transaction.proved", fail)
    with pytest.raises(DatabaseError):
        world.migrate(planned)
    assert world.everything() == before
