"""For any schema, any rows, any plan: the proof passes, a query says the same, all goes back."""

import hashlib
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.backup import rollback
from migrate.execute import migrate
from migrate.progress import Silence
from migrate.verify import verify

from .conftest import World

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.sampled_from([0.0, -0.0, 1, 1.0, "", "1", b"1", b"", "a", "A", float("inf")]),
    st.text(st.characters(codec="utf-8"), max_size=6),
    st.binary(max_size=6),
)
NAMES = st.sampled_from(["a", "b", "c", "order", "x y", "Ä", 'q"q', "rowid"])
TYPES = st.sampled_from(
    ["", "TEXT", "INTEGER", "REAL", "NUMERIC", "BLOB", "TEXT COLLATE NOCASE", "INT UNIQUE"]
)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@st.composite
def tables(draw):
    """One table: its columns, how its key is made, its indexes and rows."""
    columns = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.lower))
    types = [draw(TYPES) for _ in columns]
    key = draw(st.sampled_from(["none", "rowid", "autoincrement", "without", "without nocase"]))
    lines = [f"{quoted(c)} {t}" for c, t in zip(columns, types, strict=True)]
    if key in ("rowid", "autoincrement"):
        lines.insert(0, "id INTEGER PRIMARY KEY" + (" AUTOINCREMENT" if key != "rowid" else ""))
    elif key.startswith("without"):
        lines.insert(0, "id TEXT PRIMARY KEY" + (" COLLATE NOCASE" if "nocase" in key else ""))
    if draw(st.booleans()):
        lines.append(
            f"made AS (typeof({quoted(columns[0])}))" + draw(st.sampled_from(["", " STORED"]))
        )
    indexes = draw(st.lists(st.sampled_from(columns), max_size=2))
    rows = draw(
        st.lists(st.tuples(st.integers(-50, 2**40), *[VALUES for _ in columns]), max_size=6)
    )
    return lines, key, columns, indexes, rows


def make(database, name, table):
    lines, key, columns, indexes, rows = table
    end = " WITHOUT ROWID" if key.startswith("without") else ""
    database.execute(f"CREATE TABLE {quoted(name)}({', '.join(lines)}){end}")
    for number, column in enumerate(indexes):
        where = f" WHERE {quoted(column)} IS NOT NULL" if number else ""
        database.execute(
            f"CREATE INDEX {quoted(f'i{number} {name}')} ON {quoted(name)}({quoted(column)}){where}"
        )
    database.execute(
        f"CREATE INDEX {quoted(f'e {name}')} ON {quoted(name)}(typeof({quoted(columns[0])}))"
    )
    rowid = "id" if key != "none" else "_rowid_"
    for row in rows:
        names = ", ".join([rowid, *map(quoted, columns)])
        marks = ", ".join("?" * len(row))
        database.execute(f"INSERT OR IGNORE INTO {quoted(name)}({names}) VALUES ({marks})", row)
    database.execute(
        f"CREATE VIEW {quoted(f'v {name}')} AS SELECT {quoted(name)}.*, 1 FROM {quoted(name)}"
    )


@st.composite
def worlds(draw):
    """Databases by file name, each with tables by name."""
    files = draw(
        st.lists(
            st.sampled_from(["main.db", "one.db", "two.db"]), min_size=1, max_size=3, unique=True
        )
    )
    return {
        file: {
            name: draw(tables())
            for name in draw(
                st.lists(
                    st.sampled_from(["t", "u", "weird one"]), min_size=1, max_size=3, unique=True
                )
            )
        }
        for file in files
    }


def said(file, name):
    with closing(sqlite3.connect(file)) as database:
        database.text_factory = bytes
        info = database.execute(
            "SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (name,)
        ).fetchall()
        columns = [quoted(row[0].decode()) for row in info]
        told = ", ".join(f"typeof({c}), {c}, hex({c})" for c in columns)
        keyless = (
            "_rowid_"
            if not database.execute(
                "SELECT wr FROM pragma_table_list WHERE name = ?", (name,)
            ).fetchone()[0]
            else "1"
        )
        return sorted(map(repr, database.execute(f"SELECT {keyless}, {told} FROM {quoted(name)}")))


def bytes_in(root):
    return {
        f.name: hashlib.sha256(f.read_bytes()).hexdigest()
        for f in root.iterdir()
        if f.is_file() and f.suffix == ".db"
    }


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), st.sampled_from(["delete", "wal"]), st.booleans())
def test_it_arrives_and_goes_back(files, mode, swap):
    root = Path(tempfile.mkdtemp(prefix="retable-any-"))
    try:
        world = World(root)
        lines, before = [], {}
        for number, (file, contents) in enumerate(files.items()):
            with closing(sqlite3.connect(root / file, isolation_level=None)) as database:
                database.execute(f"PRAGMA journal_mode = {mode}")
                for name, table in contents.items():
                    make(database, name, table)
                for name in contents:
                    # Views would meet between files: each is called after its file.
                    database.execute(f"DROP VIEW {quoted(f'v {name}')}")
                    database.execute(
                        f"CREATE VIEW {quoted(f'v{number} {name}')} AS SELECT * FROM {quoted(name)}"
                    )
            names = list(contents)
            news = {n: f"new_{number}_{i}" for i, n in enumerate(names)}
            if swap and {"t", "u"} <= set(names) and file == "main.db":
                news |= {"t": "u", "u": "t"}
            for name in names:
                before[news[name]] = said(root / file, name)
                lines.append(f"{file}: {name} -> {news[name]}")
        plan = world.plan(*lines)
        originals = bytes_in(root)
        report = migrate(plan, progress=Silence())
        assert all(proof.holds for proof in report.proofs)
        for new, rows in before.items():
            assert said(root / "main.db", new) == rows
        with closing(sqlite3.connect(root / "main.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert verify(plan).holds
        rollback(plan, progress=Silence())
        assert bytes_in(root) == originals
    finally:
        shutil.rmtree(root)
