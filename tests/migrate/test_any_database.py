"""For any schema, any rows, any plan: the proof passes, a query says the same, all goes back."""

import hashlib
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate.execute import migrate
from migrate.phases import ALL
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback

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
STRICT_TYPES = st.sampled_from(["ANY", "TEXT", "INTEGER", "REAL", "BLOB", "TEXT COLLATE RTRIM"])
KEYS = st.sampled_from(["none", "rowid", "autoincrement", "without", "without nocase"])
PAGES = st.sampled_from([512, 1024, 4096, 65536])
ENCODINGS = ["UTF-8", "UTF-16le", "UTF-16be"]
RULES = st.sampled_from(["keep-target", "keep-source"])
GIVEN_OUT = 2**41
COMPAT = st.sampled_from(["none", "view", "writable"])
WAYS = st.sampled_from(["at once", "phase by phase", "merge, then the rest"])


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Drawn:
    """One table: its columns, how its key is made, its indexes and rows."""

    lines: list[str]
    key: str
    strict: bool
    columns: list[str]
    indexes: list[str]
    rows: list[tuple]
    refers: bool
    logs: bool


@dataclass(frozen=True)
class File:
    """One database: what holds for the file, and its tables by name."""

    page: int
    wal: bool
    encoding: str
    tables: dict[str, Drawn]
    searched: bool = False
    """Whether it has a full-text table."""
    broken: bool = False
    """Whether it has a view of what is not there."""


@st.composite
def tables(draw):
    columns = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.lower))
    strict = draw(st.booleans())
    types = [draw(STRICT_TYPES if strict else TYPES) for _ in columns]
    key = draw(KEYS)
    lines = [f"{quoted(c)} {t}" for c, t in zip(columns, types, strict=True)]
    if key in ("rowid", "autoincrement"):
        lines.insert(0, "id INTEGER PRIMARY KEY" + (" AUTOINCREMENT" if key != "rowid" else ""))
    elif key.startswith("without"):
        lines.insert(0, "id TEXT PRIMARY KEY" + (" COLLATE NOCASE" if "nocase" in key else ""))
    if draw(st.booleans()):
        kind = "TEXT " if strict else ""
        lines.append(
            f"made {kind}AS (typeof({quoted(columns[0])}))" + draw(st.sampled_from(["", " STORED"]))
        )
    if draw(st.booleans()):
        lines.append(f"CHECK (typeof({quoted(columns[0])}) <> 'nothing')")
    rows = st.lists(st.tuples(st.integers(-50, 2**40), *[VALUES for _ in columns]), max_size=6)
    return Drawn(
        lines=lines,
        key=key,
        strict=strict,
        columns=columns,
        indexes=draw(st.lists(st.sampled_from(columns), max_size=2)),
        rows=draw(rows),
        refers=draw(st.booleans()),
        logs=draw(st.booleans()),
    )


@st.composite
def worlds(draw):
    """Databases by file name; the target, if drawn, is main.db."""
    names = st.lists(st.sampled_from(["t", "u", "weird one"]), min_size=1, max_size=3, unique=True)
    files = draw(
        st.lists(
            st.sampled_from(["main.db", "one.db", "two.db"]), min_size=1, max_size=3, unique=True
        )
    )
    return {
        file: File(
            page=draw(PAGES),
            wal=draw(st.booleans()),
            encoding=draw(st.sampled_from(ENCODINGS)),
            tables={name: draw(tables()) for name in draw(names)},
            searched=draw(st.booleans()),
            broken=draw(st.booleans()),
        )
        for file in files
    }


def make(database, name, table, others):
    """One table with its indexes, a view and a trigger; it may refer to another table."""
    ends = ["WITHOUT ROWID"] * table.key.startswith("without") + ["STRICT"] * table.strict
    lines = list(table.lines)
    other = next((n for n in others if n != name), None)
    if table.refers and other:
        lines.append(f"FOREIGN KEY ({quoted(table.columns[0])}) REFERENCES {quoted(other)}")
    database.execute(f"CREATE TABLE {quoted(name)}({', '.join(lines)}) {', '.join(ends)}")
    for place, column in enumerate(table.indexes):
        where = f" WHERE {quoted(column)} IS NOT NULL" if place else ""
        database.execute(
            f"CREATE INDEX {quoted(f'i{place} {name}')} ON {quoted(name)}({quoted(column)}){where}"
        )
    first = quoted(table.columns[0])
    database.execute(f"CREATE INDEX {quoted(f'e {name}')} ON {quoted(name)}(typeof({first}))")
    rowid = "id" if table.key != "none" else "_rowid_"
    for row in table.rows:
        names = ", ".join([rowid, *map(quoted, table.columns)])
        marks = ", ".join("?" * len(row))
        insert = f"INSERT OR IGNORE INTO {quoted(name)}({names}) VALUES ({marks})"
        try:
            database.execute(insert, row)
        except sqlite3.IntegrityError as error:
            # A strict table takes no value of another type.
            assert table.strict, error  # noqa: PT017
    if table.key == "autoincrement":
        # Ids that were given out to rows which are gone.
        database.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        database.execute("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, GIVEN_OUT))
    # Views, indexes and triggers meet between files.
    database.execute(
        f"CREATE VIEW {quoted(f'v {name}')} AS SELECT {quoted(name)}.*, 1 FROM {quoted(name)}"
    )
    if table.logs:
        database.execute(
            f"CREATE TRIGGER {quoted(f'g {name}')} AFTER INSERT ON {quoted(name)}"
            f" BEGIN DELETE FROM {quoted(name)}; END"
        )


def said(file, name):
    """Every row of a table: its rowid, and each value with its type and its bytes."""
    with closing(sqlite3.connect(file)) as database:
        database.text_factory = bytes
        info = database.execute(
            "SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1", (name,)
        ).fetchall()
        columns = [quoted(row[0].decode()) for row in info]
        told = ", ".join(f"typeof({c}), {c}" for c in columns)
        without = "SELECT wr FROM pragma_table_list WHERE name = ?"
        rowid = "1" if database.execute(without, (name,)).fetchone()[0] else "_rowid_"
        return sorted(map(repr, database.execute(f"SELECT {rowid}, {told} FROM {quoted(name)}")))


def bytes_in(root):
    return {
        f.name: hashlib.sha256(f.read_bytes()).hexdigest()
        for f in root.iterdir()
        if f.is_file() and f.suffix == ".db"
    }


def build(root, files):
    """Make the files; returns what each holds, table by table."""
    held = {}
    for number, (file, drawn) in enumerate(files.items()):
        with closing(sqlite3.connect(root / file, isolation_level=None)) as database:
            database.execute(f"PRAGMA page_size = {drawn.page}")
            database.execute(f"PRAGMA encoding = '{drawn.encoding}'")
            database.execute(f"PRAGMA journal_mode = {'wal' if drawn.wal else 'delete'}")
            for name, table in drawn.tables.items():
                make(database, name, table, drawn.tables)
            if drawn.searched:
                database.execute("CREATE VIRTUAL TABLE find USING fts5(words)")
                database.execute("INSERT INTO find(rowid, words) VALUES (?, 'one two')", (number,))
            if drawn.broken:
                database.execute("CREATE VIEW bad AS SELECT * FROM nowhere")
        names = [*drawn.tables, *["find"] * drawn.searched]
        held[file] = {name: said(root / file, name) for name in names}
    return held


def run(plan, way):
    """Carry the plan out; the proofs of all that has run."""
    first = {"at once": None, "phase by phase": ALL[0], "merge, then the rest": ALL[0]}[way]
    proofs = [*migrate(plan, progress=Silence(), phase=first).proofs]
    rest = {"at once": (), "phase by phase": ALL[1:], "merge, then the rest": (None,)}[way]
    for phase in rest:
        proofs += migrate(plan, progress=Silence(), phase=phase).proofs
    return proofs


def in_a_folder(check):
    """A folder of its own for each example."""
    folder = Path(tempfile.mkdtemp(prefix="retable-any-"))
    try:
        check(folder)
    finally:
        shutil.rmtree(folder)


def arrived(file, files, kept):
    """All that is no row: names, ids given out, what a search finds."""
    with closing(sqlite3.connect(file)) as database:
        database.text_factory = bytes
        assert database.execute("PRAGMA integrity_check").fetchall() == [(b"ok",)]
        for old, new in kept.items():
            rows = [list(database.execute(f"SELECT * FROM {quoted(name)}")) for name in (old, new)]
            assert sorted(map(repr, rows[0])) == sorted(map(repr, rows[1]))
        drawn = [table for it in files.values() for table in it.tables.values()]
        sequences = [GIVEN_OUT for table in drawn if table.key == "autoincrement"]
        if sequences:
            asked = "SELECT seq FROM sqlite_sequence WHERE seq > 0"
            assert [row[0] for row in database.execute(asked)] == sequences
        kinds = dict(
            database.execute(
                "SELECT type, count(*) FROM sqlite_schema"
                " WHERE type <> 'view' OR name NOT LIKE 'retable_%' GROUP BY type"
            )
        )
        broken = sum(it.broken for it in files.values())
        # Broken views that say the same of nothing are one.
        assert kinds[b"view"] - len(kept) - len(drawn) in {broken, min(broken, 1)}
        searches = "SELECT name FROM sqlite_schema WHERE sql LIKE '%USING fts5%'"
        tables = [row[0].decode() for row in database.execute(searches)]
        assert len(tables) == sum(it.searched for it in files.values())
        for table in tables:
            found = f"SELECT count(*) FROM {quoted(table)} WHERE words MATCH 'two'"
            assert database.execute(found).fetchone() == (1,)


PROFILE = {"deadline": None, "suppress_health_check": list(HealthCheck)}
WORLDS = (worlds(), st.booleans(), COMPAT, WAYS)


@settings(max_examples=20, **PROFILE)
@given(*WORLDS)
def test_it_arrives_and_goes_back(files, swap, compat, way):
    arrives_and_goes_back(files, swap, compat, way)


@pytest.mark.slow
@settings(max_examples=400, **PROFILE)
@given(*WORLDS)
def test_it_arrives_and_goes_back_in_many_worlds(files, swap, compat, way):
    arrives_and_goes_back(files, swap, compat, way)


def arrives_and_goes_back(files, swap, compat, way):
    def check(root):
        world, lines, expected, kept = World(root), [], {}, {}
        held = build(root, files)
        for number, (file, contents) in enumerate(held.items()):
            news = {name: f"new_{number}_{i}" for i, name in enumerate(contents)}
            swapped = swap and {"t", "u"} <= set(contents) and file == "main.db"
            if swapped:
                news |= {"t": "u", "u": "t"}
            expected |= {news[name]: rows for name, rows in contents.items()}
            # One file's old names stay; another's would meet them.
            old = {name: news[name] for name in files[file].tables if number == 0 and not swap}
            kept |= old if compat != "none" else {}
            lines += [
                f"{file}: {name} -> {new}" + f', compat = "{compat}"' * (name in old)
                for name, new in news.items()
            ]
        head = 'broken = "carry"' if any(file.broken for file in files.values()) else ""
        plan = world.plan(*lines, head=head)
        originals = bytes_in(root)
        assert all(proof.holds for proof in run(plan, way))
        for new, rows in expected.items():
            assert said(root / "main.db", new) == rows
        arrived(root / "main.db", files, kept)
        assert verify(plan).holds
        rollback(plan, progress=Silence())
        assert bytes_in(root) == originals

    in_a_folder(check)


@st.composite
def meetings(draw):
    """Two files with one table of the same shape, and rows that may have the same keys."""
    table = draw(tables())
    rows = st.lists(st.tuples(st.integers(-5, 5), *[VALUES for _ in table.columns]), max_size=8)
    halves = [
        Drawn(table.lines, table.key, table.strict, table.columns, table.indexes, draw(rows),
              refers=False, logs=False)
        for _ in range(2)
    ]  # fmt: skip
    return {
        file: File(draw(PAGES), draw(st.booleans()), draw(st.sampled_from(ENCODINGS)), {"t": half})
        for file, half in zip(("main.db", "one.db"), halves, strict=True)
    }


@settings(max_examples=20, **PROFILE)
@given(meetings(), RULES, WAYS)
def test_rows_that_meet_arrive_or_are_set_aside(files, rule, way):
    arrive_or_are_set_aside(files, rule, way)


@pytest.mark.slow
@settings(max_examples=400, **PROFILE)
@given(meetings(), RULES, WAYS)
def test_rows_that_meet_arrive_or_are_set_aside_in_many_worlds(files, rule, way):
    arrive_or_are_set_aside(files, rule, way)


def arrive_or_are_set_aside(files, rule, way):
    def check(root):
        held = build(root, files)
        keyed = any(
            "UNIQUE" in line or "PRIMARY KEY" in line for line in files["main.db"].tables["t"].lines
        )
        rule_here = rule if keyed else "append"
        lines = ("main.db: t -> shop_t", f'one.db: t -> shop_t, merge = "{rule_here}"')
        plan = World(root).plan(*lines)
        originals = bytes_in(root)
        proofs = run(plan, way)
        assert all(proof.holds for proof in proofs)
        arrived = said(root / "main.db", "shop_t")
        before = [row for rows in held.values() for row in rows["t"]]
        last = proofs[-2:] if len(proofs) > 1 else proofs
        assert sum(proof.equal for proof in last) == len(arrived)
        assert sum(proof.equal + proof.rejected for proof in last) == len(before)
        if files["main.db"].tables["t"].key != "none":
            assert set(arrived) <= set(before)
        with closing(sqlite3.connect(root / "main.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert verify(plan).pure
        rollback(plan, progress=Silence())
        assert bytes_in(root) == originals

    in_a_folder(check)
