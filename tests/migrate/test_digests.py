"""A digest per table: exact, the same in every SQLite, and ended at once."""

import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing, suppress

import pytest
from apsw import sqlite_extra

from migrate.database.examine import read_facts
from migrate.database.reading import reading
from migrate.errors import DatabaseError
from migrate.proof import digests
from migrate.proof.digests import Digesting, Store, digest_of_store, digest_of_table

ROWS = """
CREATE TABLE t(x, y TEXT COLLATE NOCASE);
INSERT INTO t(rowid, x, y) VALUES (1, {0}, 'a'), (5, 2, 'b');
"""
VALUES = (
    "1", "1.0", "'1'", "x'31'", "NULL", "''", "x''", "0", "0.0", "-0.0", "9007199254740992",
    "9007199254740993", "0.1", "0.10000000000000002", "9e999", "-9e999", "'A'", "'a'",
    "CAST(x'610062' AS TEXT)", "CAST(x'610063' AS TEXT)", "CAST(x'ff' AS TEXT)", "x'ff'",
)  # fmt: skip


def tables_in(world, path):
    with reading(world.root / path, path) as database:
        return {table.name: table for table in read_facts(database, path).tables}


def made(world, path, table, new=None):
    store = Store(path, tables_in(world, path)[table], new or table)
    with reading(world.root / path, path) as database:
        assert database.cannot_digest() is None
        return digest_of_store(database, store)


def test_every_value_has_its_own(world):
    found = set()
    for number, value in enumerate(VALUES):
        world.make(f"{number}.db", ROWS.format(value))
        found.add(made(world, f"{number}.db", "t"))
    assert len(found) == len(VALUES)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE t SET rowid = 6 WHERE rowid = 5", id="a rowid moved"),
        pytest.param("DELETE FROM t WHERE rowid = 5", id="one row less"),
        pytest.param("INSERT INTO t VALUES (1, 'a')", id="one row more"),
        pytest.param("UPDATE t SET y = 'B' WHERE rowid = 5", id="case under NOCASE"),
        pytest.param("UPDATE t SET x = y, y = x WHERE rowid = 5", id="two values of a row swapped"),
    ],
)
def test_every_change_is_seen(world, change):
    world.make("a.db", ROWS.format("1"))
    world.make("b.db", ROWS.format("1") + change)
    assert made(world, "a.db", "t") != made(world, "b.db", "t")


KINDS = {
    "with an alias": "CREATE TABLE t(n INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (7, 'x')",
    "keyless": "CREATE TABLE t(a, b); INSERT INTO t(rowid, a, b) VALUES (9, 1, 2), (-3, 1, 2)",
    "without rowid": (
        "CREATE TABLE t(k TEXT COLLATE NOCASE, v, PRIMARY KEY (k COLLATE BINARY)) WITHOUT ROWID;"
        "INSERT INTO t VALUES ('a', 1), ('A', 2), ('b', 3), ('B', 4)"
    ),
    "strict": "CREATE TABLE t(a ANY, b REAL) STRICT; INSERT INTO t VALUES ('1', 1)",
    "with generated columns": (
        "CREATE TABLE t(a, b AS (a + 1), c AS (a * 2) STORED, d); INSERT INTO t VALUES (1, 'x')"
    ),
    "with a column called rowid": (
        "CREATE TABLE t(rowid TEXT, v); INSERT INTO t(_rowid_, rowid, v) VALUES (4, 'r', 1)"
    ),
    "with odd names": (
        'CREATE TABLE t("a""b", "select", "x y" TEXT); INSERT INTO t VALUES (1, 2, \'3\')'
    ),
    "empty": "CREATE TABLE t(a)",
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_the_same_before_and_after_a_rename(world, kind):
    world.make("a.db", KINDS[kind])
    world.make("b.db", KINDS[kind] + ';ALTER TABLE t RENAME TO "it\'s ""new"""')
    new = 'it\'s "new"'
    after = tables_in(world, "b.db")[new]
    with reading(world.root / "b.db", "b.db") as database:
        database.cannot_digest()
        assert digest_of_table(database, after, new) == made(world, "a.db", "t", new)


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the sqlite3 shell")
@pytest.mark.parametrize("kind", KINDS)
def test_the_shell_says_the_same_of_both(world, kind):
    world.make("a.db", KINDS[kind])
    store = Store("a.db", tables_in(world, "a.db")["t"], "new")
    asked = digests.statement_of(digests.query_of(store.table, "new"))
    there = digests.view_of(store) + asked
    world.make("b.db", KINDS[kind] + ";ALTER TABLE t RENAME TO new")
    for file, sql in (("a.db", there), ("b.db", asked)):
        shell = ["sqlite3", "-readonly", world.root / file, sql]
        said = subprocess.run(shell, capture_output=True, text=True, check=True).stdout
        assert said.strip() == made(world, "a.db", "t", "new")


def test_a_page_that_cannot_be_read_gives_no_digest(world):
    many = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
        " INSERT INTO t SELECT i, printf('%0100d', i) FROM n"
    )
    file = world.make("a.db", f"CREATE TABLE t(a, b); {many}")
    store = Store("a.db", tables_in(world, "a.db")["t"], "t")
    with file.open("r+b") as raw:
        raw.seek(4096 * 60)
        raw.write(b"\xff" * 4096)
    with reading(file, "a.db") as database:
        database.cannot_digest()
        with pytest.raises(DatabaseError, match="is damaged"):
            digest_of_store(database, store)
    with Digesting([store], {"a.db": file}) as work:
        assert "is damaged" in work.wait().why_not


def test_it_stops_at_once(world):
    file = world.make("a.db", "CREATE TABLE t(a)")
    with closing(sqlite3.connect(file)) as database:
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)"
            " INSERT INTO t SELECT i FROM n"
        )
        database.commit()
    table = tables_in(world, "a.db")["t"]
    with Digesting([Store("a.db", table, f"t{it}") for it in range(100)], {"a.db": file}) as work:
        time.sleep(0.1)
    with suppress(KeyboardInterrupt):  # what a statement that is interrupted raises
        assert len(work.wait().made) < 100
    assert not any(thread.name == "digests" for thread in threading.enumerate())


def test_without_the_extension_it_says_so(world, monkeypatch):
    def missing(*_):
        raise sqlite_extra.NotAvailable("shathree is not included")

    file = world.make("a.db", "CREATE TABLE t(a)")
    store = Store("a.db", tables_in(world, "a.db")["t"], "t")
    monkeypatch.setattr(sqlite_extra, "load", missing)
    with Digesting([store], {"a.db": file}) as work:
        found = work.wait()
    assert found.of(store) is None
    assert "comes without SQLite's sha3_query (shathree is not included)" in found.why_not
