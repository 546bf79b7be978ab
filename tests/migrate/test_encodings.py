"""Text in UTF-16 and UTF-8: each source arrives in the target's encoding, or is refused by name."""

import contextlib
import sqlite3
import tempfile
from pathlib import Path

import pytest

from migrate.database.encodings import attachable
from migrate.errors import SurveyError
from migrate.execute import migrate
from migrate.files.space import needs_of
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.steps.work import script
from migrate.survey import survey

LITTLE, BIG, EIGHT = "UTF-16le", "UTF-16be", "UTF-8"
EVERYTHING = """
CREATE TABLE t -- what it is for
 (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT COLLATE NOCASE UNIQUE, b INTEGER,
  c REAL CHECK (t.c > 0), v AS (a || b), s AS (upper(a)) STORED);
CREATE INDEX i ON t(lower(a)) WHERE b = 1;
CREATE INDEX j ON t(v, b DESC);
INSERT INTO t(a, b, c) VALUES
  ('é' || char(128512), 1, 1.5), (char(65279) || 'x', 9223372036854775807, 1e300),
  ('nul' || char(0) || 'after', -9, 0.1), ('', NULL, 9e999), (x'', 'b', 2), (NULL, '', 1);
INSERT INTO t(id, a) VALUES (99, 'gone'); DELETE FROM t WHERE id = 99;
CREATE TABLE w(k TEXT, l, x, PRIMARY KEY (k COLLATE NOCASE DESC, l)) WITHOUT ROWID;
INSERT INTO w VALUES ('A', 1, 'é'), ('a', 2, 1.0), (char(0xfb00), 3, -0.0),
  (char(0x10000), 3, x''), (x'62', '', NULL), ('b', '', 9007199254740993);
CREATE TABLE n(q TEXT, r ANY) STRICT;
INSERT INTO n(rowid, q, r) VALUES (-5, 'ü', x'ff'), (77, '12', 1.0);
CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('roter fuchs ß'), ('hund');
CREATE VIRTUAL TABLE g USING fts4(body); INSERT INTO g VALUES ('roter fuchs ß'), ('hund');
CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, +name); INSERT INTO r VALUES (1, 0, 5, 'ü');
CREATE VIEW vi AS SELECT t.a, 'ä' AS u FROM t;
CREATE TRIGGER tr AFTER INSERT ON n BEGIN INSERT INTO w VALUES (new.q, 'tr', 0); END;
"""
TABLES = ("t", "w", "n", "f", "g", "r")
QUERIES = (
    "SELECT *, typeof(a), typeof(b), typeof(c), length(a), unicode(a) FROM {t}",
    "SELECT *, typeof(k), typeof(x), 1 / x FROM {w} ORDER BY typeof(k), +l, unicode(k)",
    "SELECT rowid, *, typeof(r) FROM {n}",
    "SELECT rowid, body FROM {f} WHERE {f} MATCH 'fuchs'",
    "SELECT rowid, body FROM {g} WHERE {g} MATCH 'ß'",
    "SELECT * FROM {r} WHERE x0 < 3",
    "SELECT * FROM vi",
    "SELECT seq FROM sqlite_sequence",
)


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path_factory, monkeypatch):
    """Whatever happens, no temporary file stays behind."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert not [*folder.iterdir()]


def both(world, source, target, script, kept="CREATE TABLE here(x); INSERT INTO here VALUES ('ü')"):
    world.make("main.db", f"PRAGMA encoding = '{target}'; {kept}")
    world.make("side.db", f"PRAGMA encoding = '{source}'; {script}")


@pytest.mark.parametrize(
    ("source", "target", "wal"),
    [(LITTLE, EIGHT, False), (BIG, EIGHT, True), (EIGHT, LITTLE, True), (LITTLE, BIG, False)],
)
def test_all_arrives_in_the_encoding_of_the_target(world, source, target, wal):
    both(world, source, target, "")
    (world.root / "side.db").unlink()
    world.make("side.db", f"PRAGMA encoding = '{source}'; {EVERYTHING}", wal=wal)
    plan = world.plan("main.db: here -> there", *(f"side.db: {t} -> shop_{t}" for t in TABLES))
    before = world.everything()
    assert not survey(plan).problems
    migrate(plan, progress=Silence(), dry_run=True)
    assert world.everything() == before
    with contextlib.closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(EVERYTHING)
        names = {table: table for table in TABLES}
        expected = [memory.execute(query.format(**names)).fetchall() for query in QUERIES]
    report = world.migrate(plan)
    names = {table: f"shop_{table}" for table in TABLES}
    assert [world.rows("main.db", query.format(**names)) for query in QUERIES] == expected
    assert world.rows("main.db", "PRAGMA encoding") == [(target,)]
    assert world.rows("main.db", "PRAGMA integrity_check") == [("ok",)]
    assert world.schema("main.db")["table shop_t"].startswith('CREATE TABLE "shop_t" -- what it')
    assert all(proof.holds for proof in report.proofs)
    assert verify(plan).pure
    rollback(plan, progress=Silence())
    assert world.everything() == before | {
        name: what for name, what in world.everything().items() if name.startswith("backup-")
    }


@pytest.mark.parametrize("main", [None, b""], ids=["none", "empty"])
def test_a_new_target_is_utf_8(world, main):
    world.make(
        "side.db", f"PRAGMA encoding = '{BIG}'; CREATE TABLE t(a); INSERT INTO t VALUES ('é')"
    )
    if main is not None:
        (world.root / "main.db").write_bytes(main)
    plan = world.plan("side.db: t -> shop_t")
    world.migrate(plan)
    assert world.rows("main.db", "PRAGMA encoding") == [(EIGHT,)]
    assert world.rows("main.db", "SELECT hex(a) FROM shop_t") == [("C3A9",)]


@pytest.mark.parametrize(("source", "target"), [(LITTLE, EIGHT), (EIGHT, BIG)])
def test_rows_meet_across_encodings(world, source, target):
    keyed = "CREATE TABLE t(k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO t VALUES "
    both(world, source, target, keyed + "('é', 1), ('ü', 3)", keyed + "('é', 2), ('ß', 4)")
    with pytest.raises(SurveyError, match="1 row has a key that 'shop_t' holds already"):
        world.migrate(world.plan("main.db: t -> shop_t", 'side.db: t -> shop_t, merge = "append"'))
    plan = world.plan("main.db: t -> shop_t", 'side.db: t -> shop_t, merge = "keep-source"')
    world.migrate(plan)
    assert set(world.rows("main.db", "SELECT * FROM shop_t")) == {("é", 1), ("ü", 3), ("ß", 4)}
    assert world.rows("main.db", "SELECT value FROM retable_rejects WHERE \"column\" = 'k'") == [
        ("é",)
    ]
    assert verify(plan).pure


def odd(world):
    """A text of an odd number of bytes: a blob of three whose type is changed in the file."""
    both(world, LITTLE, EIGHT, "CREATE TABLE t(a, b); INSERT INTO t VALUES (x'414243', 'b')")
    file = world.root / "side.db"
    data = file.read_bytes()
    assert data.count(b"\x12\x11ABC") == 1
    file.write_bytes(data.replace(b"\x12\x11ABC", b"\x13\x11ABC"))


def rows(source, target, values, table="CREATE TABLE t(a, b)"):
    return lambda world: both(world, source, target, f"{table}; INSERT INTO t VALUES {values}")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(
            rows(
                LITTLE, EIGHT, "('x', ''), (CAST(x'3dd8' AS TEXT), 1), (CAST(x'00dc' AS TEXT), 1)"
            ),
            "side.db: table t: column 'a' of row 2, one of 2, is not valid UTF-16le",
            id="half of a surrogate pair",
        ),
        pytest.param(
            rows(BIG, LITTLE, "(CAST(x'd83d0041' AS TEXT), CAST(x'de00' AS TEXT))"),
            "side.db: table t: column 'b' of row 1 is not valid UTF-16be",
            id="halves in two columns",
        ),
        pytest.param(odd, "column 'a' of row 1 is not valid UTF-16le", id="an odd byte"),
        pytest.param(
            rows(EIGHT, LITTLE, "(1, CAST(x'ff61' AS TEXT))"),
            "column 'b' of row 1 is not valid UTF-8",
            id="bytes that are no UTF-8",
        ),
        pytest.param(
            rows(EIGHT, LITTLE, "(1, CAST(x'eda080' AS TEXT))"),
            "column 'b' of row 1 is not valid UTF-8",
            id="half of a pair in UTF-8",
        ),
        pytest.param(
            rows(EIGHT, LITTLE, "(1, 'a' || char(65534))"),
            "column 'b' of row 1 holds U+FFFE or U+FFFF, which SQLite does not keep in UTF-16le",
            id="what SQLite replaces",
        ),
        pytest.param(
            rows(
                LITTLE,
                EIGHT,
                "(7, CAST(x'3dd8' AS TEXT))",
                "CREATE TABLE t(k, a, PRIMARY KEY (k)) WITHOUT ROWID",
            ),
            "column 'a' of the row of the key [7] is not valid UTF-16le",
            id="without rowids",
        ),
        pytest.param(
            rows(LITTLE, EIGHT, "('é')", "CREATE TABLE t(a, v AS (hex(a)))"),
            "its rows do not read the same in UTF-8: a generated column may turn text",
            id="bytes of a text in a computed column",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(world, make, said):
    make(world)
    plan = world.plan("main.db: here -> there", "side.db: t -> shop_t")
    before = world.everything()
    with pytest.raises(SurveyError) as caught:
        world.migrate(plan)
    assert said in str(caught.value)
    assert world.everything() == before


def test_all_such_texts_are_said_at_once(world):
    half, other = "CAST(x'3dd8' AS TEXT)", "CAST(x'd83d' AS TEXT)"
    both(world, LITTLE, EIGHT, f"CREATE TABLE t(a, b); INSERT INTO t VALUES ({half}, {half})")
    script = f"PRAGMA encoding = '{BIG}'; CREATE TABLE o(a); INSERT INTO o VALUES ({other})"
    world.make("other.db", script)
    found = survey(world.plan("main.db: here", "side.db: t", "other.db: o")).problems
    assert [problem.where for problem in found] == [
        "side.db: table t",
        "side.db: table t",
        "other.db: table o",
    ]


def test_the_copy_lives_as_long_as_it_is_needed(world):
    file = world.make("a.db", f"PRAGMA encoding = '{LITTLE}'; CREATE TABLE t(a)")
    with attachable(file, "a.db", EIGHT) as copy:
        assert copy.is_file()
        assert copy.parent != file.parent
    assert not copy.exists()
    with attachable(file, "a.db", LITTLE) as same:
        assert same == file


def test_room_for_the_copies_is_looked_for_where_they_go(world):
    both(world, LITTLE, EIGHT, "CREATE TABLE t(a)")
    plan = world.plan("main.db: here", "side.db: t")
    need = needs_of(plan, ["side.db"], wal=False)[0]
    assert need.folder == Path(tempfile.gettempdir())
    assert need.bytes >= 2 * (world.root / "side.db").stat().st_size
    assert len(needs_of(plan, [], wal=False)) == 2


def test_the_dry_run_says_what_it_takes(world):
    both(world, LITTLE, EIGHT, "CREATE TABLE t(a)")
    steps = migrate(
        world.plan("main.db: here", "side.db: t"), progress=Silence(), dry_run=True
    ).steps
    assert "read side.db (it is UTF-16le: through a copy that is UTF-8)" in script(steps)


def test_a_table_of_very_many_columns(world):
    columns = ", ".join(f"c{n}" for n in range(1999))
    both(
        world, LITTLE, EIGHT, f"CREATE TABLE t({columns}); INSERT INTO t(c0, c1998) VALUES (1, 'é')"
    )
    world.migrate(world.plan("main.db: here", "side.db: t -> shop_t"))
    assert world.rows("main.db", "SELECT c0, c1998 FROM shop_t") == [(1, "é")]


@pytest.mark.parametrize(("source", "target"), [(LITTLE, EIGHT), (EIGHT, BIG)])
def test_what_was_written_since_is_kept_in_the_encoding_of_the_target(world, source, target):
    both(world, source, target, "CREATE TABLE t(a); INSERT INTO t VALUES ('é')")
    plan = world.plan("main.db: here -> there", "side.db: t -> shop_t")
    world.migrate(plan)
    world.make("main.db", "INSERT INTO shop_t VALUES ('ß')")
    rollback(plan, progress=Silence(), drop_new_rows=True)
    (kept,) = world.root.glob("backup-*/*.db")
    assert world.rows(str(kept), "PRAGMA encoding") == [(target,)]
    assert world.rows(str(kept), "SELECT a FROM shop_t") == [("ß",)]
    assert world.rows("side.db", "PRAGMA encoding") == [(source,)]
