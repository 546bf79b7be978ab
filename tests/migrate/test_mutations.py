"""The proof is proved: a matrix of damages and kinds of tables, of which it must catch all.

Only the moment is patched, which is that between copy and proof. The damage is real SQL.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from migrate import transaction
from migrate.errors import ProofError
from migrate.proof.verify import refuse_unproved, verify
from retable.cli import main

ONE = ("1", "0.0", "0.1", "'text'", "'ann'", "CAST(x'610062' AS TEXT)", "NULL")
TWO = ("2", "0.5", "0.2", "'more'", "'bob'", "'c'", "3")
NAMES = ("i", "z", "d", "s", "c", "u", "e")
PLAIN = "i, z, d, s, c COLLATE NOCASE, u, e"
CHECK = "CHECK (i IS NOT 'never')"
OBJECTS = "CREATE INDEX t_i ON t(i); CREATE TRIGGER t_g AFTER DELETE ON t BEGIN SELECT 1; END;"

ALIAS = f"CREATE TABLE t(k INTEGER PRIMARY KEY, {PLAIN}, {CHECK});"
KEYLESS = f"CREATE TABLE t({PLAIN}, {CHECK});"
KEYED = f"CREATE TABLE t(k PRIMARY KEY, {PLAIN}, {CHECK}) WITHOUT ROWID;"
STRICT = (
    "CREATE TABLE t(k INTEGER PRIMARY KEY, i ANY, z ANY, d ANY, s ANY, c ANY COLLATE NOCASE,"
    f" u ANY, e ANY, {CHECK}) STRICT;"
)
GENERATED = (
    f"CREATE TABLE t(k INTEGER PRIMARY KEY, {PLAIN}, g AS (i || s), h AS (d * 2) STORED, {CHECK});"
)
FULL_TEXT = f"CREATE VIRTUAL TABLE t USING fts5({', '.join(NAMES)});"


def rows(key, *found):
    """An INSERT of rows, each a key with its values."""
    values = ", ".join(f"({number}, {', '.join(row)})" for number, row in found)
    return f"INSERT INTO t({key}, {', '.join(NAMES)}) VALUES {values};"


@dataclass(frozen=True)
class Kind:
    """A kind of table: how the source has it, what the target has, and how rows are found."""

    source: str
    target: str = "CREATE TABLE other(x)"
    rule: str = ""
    key: str = "k"
    table: str = "shop_t"
    names: tuple[str, ...] = NAMES
    doubles: bool = False
    objects: bool = True


THREE = rows("k", (1, ONE), (2, TWO), (5, TWO))
BY_ROWID = rows("rowid", (1, ONE), (2, TWO), (5, TWO))
MET = rows("k", (2, TWO), (9, TWO)) + OBJECTS
KINDS = {
    "alias": Kind(ALIAS + THREE + OBJECTS),
    "keyless": Kind(KEYLESS + BY_ROWID + OBJECTS, key="rowid", doubles=True),
    "without rowid": Kind(KEYED + THREE + OBJECTS),
    "strict": Kind(STRICT + THREE + OBJECTS),
    "generated": Kind(GENERATED + THREE + OBJECTS),
    "append": Kind(
        KEYLESS + BY_ROWID,
        KEYLESS + rows("rowid", (4, TWO)) + OBJECTS,
        "append",
        key="rowid",
        doubles=True,
    ),
    "keep-target": Kind(ALIAS + THREE, ALIAS + MET, "keep-target"),
    "keep-source": Kind(ALIAS + THREE, ALIAS + MET, "keep-source"),
    "keep-target w/o rowid": Kind(KEYED + THREE, KEYED + MET, "keep-target"),
    "keep-source w/o rowid": Kind(KEYED + THREE, KEYED + MET, "keep-source"),
    "full-text": Kind(
        FULL_TEXT + BY_ROWID,
        key="id",
        table="shop_t_content",
        names=tuple(f"c{number}" for number in range(len(NAMES))),
        objects=False,
    ),
    "moved": Kind("", ALIAS + THREE + OBJECTS),
}
ALL = (
    "one row less",
    "one row more",
    "1 to 1.0",
    "0.0 to -0.0",
    "the last bit of a number",
    "text to a blob of its bytes",
    "case under NOCASE",
    "a byte after NUL",
    "NULL to ''",
    "a rowid or key moved",
    "two rowids or keys swapped",
    "how many doubles there are",
    "an index dropped",
    "a trigger dropped",
    "a CHECK changed",
)


def rewritten(old, new):
    return (
        "PRAGMA writable_schema = ON;"
        f"UPDATE sqlite_schema SET sql = replace(sql, '{old}', '{new}');"
        "PRAGMA writable_schema = RESET"
    )


def damages(kind):
    """The SQL of each of the fifteen, as far as it makes sense for that kind of table."""
    table, key = kind.table, kind.key
    i, z, d, s, c, u, e = kind.names
    names = ", ".join(kind.names)
    one = f"WHERE {i} = 1 AND {d} = 0.1"
    like_one = ", ".join(f"{name} = {value}" for name, value in zip(kind.names, ONE, strict=True))

    def to(column, value):
        return f"UPDATE {table} SET {column} = {value} {one}"

    doubled = f"UPDATE {table} SET {like_one} WHERE {key} = (SELECT max({key}) FROM {table})"
    swapped = (
        f"CREATE TEMP TABLE pair AS SELECT (SELECT {key} FROM {table} {one}) AS a,"
        f" (SELECT max({key}) FROM {table} WHERE {i} = 2) AS b;"
        f"UPDATE {table} SET {key} = -9 WHERE {key} = (SELECT a FROM pair);"
        f"UPDATE {table} SET {key} = (SELECT a FROM pair) WHERE {key} = (SELECT b FROM pair);"
        f"UPDATE {table} SET {key} = (SELECT b FROM pair) WHERE {key} = -9; DROP TABLE pair"
    )
    found = (
        f"DELETE FROM {table} {one}",
        f"INSERT INTO {table}({key}, {names}) SELECT 77, {names} FROM {table} {one}",
        to(i, "1.0"),
        to(z, "-0.0"),
        to(d, "0.10000000000000002"),
        to(s, f"CAST({s} AS BLOB)"),
        to(c, "'ANN'"),
        to(u, "CAST(x'610063' AS TEXT)"),
        to(e, "''"),
        to(key, f"{key} + 100"),
        swapped,
        doubled if kind.doubles else None,
        *(("DROP INDEX t_i", "DROP TRIGGER t_g", rewritten("never", "ever")) * kind.objects),
        *((None, None, None) * (not kind.objects)),
    )
    return {name: sql for name, sql in zip(ALL, found, strict=True) if sql}


def prepared(world, name):
    """A folder with a table of that kind, and the plan for it."""
    kind = KINDS[name]
    world.make("main.db", kind.target)
    if not kind.source:
        return world.plan("main.db: t -> shop_t")
    world.make("side.db", kind.source)
    joined = f', merge = "{kind.rule}"' if kind.rule else ""
    first = ["main.db: t -> shop_t"] if kind.rule else ["main.db: other"]
    return world.plan(*first, f"side.db: t -> shop_t{joined}")


def caught_in_the_transaction(world, monkeypatch, name):
    """Which damages the proof refuses, each taken back again; without any it must hold."""
    real, caught = transaction.proved, []

    def damaged(database, basis, phase, progress, **options):
        for damage, sql in damages(KINDS[name]).items():
            database.run("SAVEPOINT damage")
            database.run(sql)
            try:
                refuse_unproved(basis.plan, real(database, basis, phase, progress, **options))
            except ProofError:
                caught.append(damage)
            database.run("ROLLBACK TO damage; RELEASE damage; PRAGMA writable_schema = RESET")
        return real(database, basis, phase, progress, **options)

    plan = prepared(world, name)
    with monkeypatch.context() as patch:
        patch.setattr(transaction, "proved", damaged)
        world.migrate(plan)
    assert verify(plan).pure
    return plan, caught


def seen_later(world, plan, name):
    """Which damages verify sees when these are done to the result, and the digests see."""
    target = world.root / "main.db"
    whole = target.read_bytes()
    for damage, sql in damages(KINDS[name]).items():
        with closing(sqlite3.connect(target, isolation_level=None)) as database:
            database.executescript(sql)
        found = verify(plan)
        differ = any(check.differs for check in found.digests)
        # A row that is new is said, and is nobody's fault.
        if not found.pure and (damage == "one row more" or not found.holds):
            yield damage, differ
        target.write_bytes(whole)


@pytest.mark.parametrize("name", KINDS)
def test_the_matrix(world, monkeypatch, name):
    every = list(damages(KINDS[name]))
    plan, caught = caught_in_the_transaction(world, monkeypatch, name)
    seen = dict(seen_later(world, plan, name))
    print(f"{name}: {len(caught)} of {len(every)} caught, {len(seen)} seen later")  # noqa: T201
    assert caught == every
    assert list(seen) == every
    in_rows = [damage for damage in every if damage not in ALL[-3:]]
    assert [damage for damage, differ in seen.items() if differ] == in_rows


def test_fifteen_of_fifteen(world, monkeypatch):
    """Each as a user meets it: status 2, and every byte as before."""
    caught = []
    plan = prepared(world, "keyless")
    before, real = world.everything(), transaction.proved
    for damage, sql in damages(KINDS["keyless"]).items():

        def damaged(database, *arguments, sql=sql, **options):
            database.run(sql)
            return real(database, *arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(transaction, "proved", damaged)
            done = CliRunner().invoke(main, ["migrate", "--yes", "--plan", str(plan.file)])
        if done.exit_code == 2 and world.everything() == before:
            caught.append(damage)
    print(f"{len(caught)} of {len(ALL)} caught")  # noqa: T201
    assert caught == list(ALL)


SCHEMA = """
CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a DEFAULT 7, b TEXT COLLATE NOCASE);
CREATE INDEX plain ON t(a);
CREATE INDEX part ON t(b) WHERE a > 1;
CREATE VIEW v AS SELECT a FROM t;
INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y'), (9, 9, 'z');
DELETE FROM t WHERE id = 9;
"""


@pytest.mark.parametrize("where", ["main.db", "side.db"])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(rewritten("DEFAULT 7", "DEFAULT 8"), id="a DEFAULT changed"),
        pytest.param("DROP VIEW v; CREATE VIEW v AS SELECT b FROM shop_t", id="a view changed"),
        pytest.param(rewritten("COLLATE NOCASE", "COLLATE RTRIM"), id="a COLLATE changed"),
        pytest.param(
            "DROP INDEX plain; CREATE UNIQUE INDEX plain ON shop_t(a)", id="an index made UNIQUE"
        ),
        pytest.param(
            "DROP INDEX part; CREATE INDEX part ON shop_t(b) WHERE a > 2",
            id="a partial index's WHERE changed",
        ),
        pytest.param("UPDATE sqlite_sequence SET seq = 2", id="a sequence lowered"),
        pytest.param("DELETE FROM sqlite_sequence", id="a sequence forgotten"),
    ],
)
def test_what_is_no_row(world, monkeypatch, damage, where):
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, SCHEMA if where == "side.db" else "DROP TABLE other;" + SCHEMA)
    other = ["main.db: other"] if where == "side.db" else []
    plan = world.plan(*other, f"{where}: t -> shop_t")
    before, real = world.everything(), transaction.proved

    def damaged(database, *arguments, **options):
        database.run(damage)
        return real(database, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(transaction, "proved", damaged)
        with pytest.raises(ProofError):
            world.migrate(plan)
    assert world.everything() == before
    world.migrate(plan)
    with closing(sqlite3.connect(world.root / "main.db", isolation_level=None)) as database:
        database.executescript(damage)
    assert not verify(plan).holds
