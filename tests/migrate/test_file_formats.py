"""Files of any page size, journal mode, vacuum mode and age, into targets of others."""

import apsw
import apsw.sqlite_extra
import pytest

from migrate.errors import SurveyError
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback

SIDE = """
CREATE TABLE t(a TEXT, b, UNIQUE (b DESC)); CREATE INDEX i ON t(a DESC);
INSERT INTO t VALUES ('x', 1), ('y', zeroblob(70000)), ('z', 2); DELETE FROM t WHERE a = 'x';
CREATE TABLE w(k, l, PRIMARY KEY (k DESC)) WITHOUT ROWID; INSERT INTO w VALUES (1, 2), (3, 4);
PRAGMA user_version = 5; PRAGMA application_id = 77
"""
KEPT = ("page_size", "journal_mode", "auto_vacuum", "application_id", "encoding")
OLD = "legacy"


def make(file, script, page, mode, vacuum, reserve=0, encoding="UTF-8"):
    database = apsw.Connection(str(file))
    database.config(apsw.SQLITE_DBCONFIG_LEGACY_FILE_FORMAT, int(mode == OLD))
    database.execute(f"PRAGMA page_size = {page}; PRAGMA encoding = '{encoding}'")
    if reserve:
        database.reserve_bytes("main", reserve)
    database.execute(f"PRAGMA auto_vacuum = {vacuum}")
    database.execute(f"PRAGMA journal_mode = {'delete' if mode == OLD else mode}")
    database.execute(script)
    database.close()


def header(file):
    """Schema format, reserved bytes, page size and vacuum mode, as the file says them."""
    data = file.read_bytes()[:100]
    return [data[44:48], data[20], data[16:18], bool(any(data[52:56])), data[64:68]]


@pytest.mark.parametrize(
    ("side", "main"),
    [
        pytest.param((512, "delete", "NONE"), (4096, "delete", "FULL"), id="512 to 4096"),
        pytest.param((512, "wal", "FULL"), (65536, "wal", "NONE"), id="512 to 65536"),
        pytest.param((65536, "wal", "INCREMENTAL"), (512, "delete", "FULL"), id="65536 to 512"),
        pytest.param((1024, "delete", "FULL"), (512, "wal", "INCREMENTAL"), id="1024 to 512"),
        pytest.param((4096, OLD, "NONE"), (4096, "delete", "NONE"), id="old to new"),
        pytest.param((4096, "wal", "NONE"), (1024, OLD, "FULL"), id="new to old"),
        pytest.param((1024, OLD, "NONE"), (1024, OLD, "NONE"), id="old to old"),
        pytest.param(
            (1024, OLD, "NONE", 0, "UTF-16le"), (4096, "wal", "NONE"), id="old in UTF-16 to new"
        ),
        pytest.param((4096, "delete", "NONE", 32), (4096, "wal", "NONE"), id="reserved to none"),
        pytest.param((4096, "wal", "NONE"), (512, "delete", "FULL", 32), id="none to reserved"),
        pytest.param((1024, "wal", "NONE", 12), (4096, "delete", "NONE", 8), id="both reserved"),
    ],
)
def test_the_target_stays_what_it_is(world, side, main):
    make(world.root / "side.db", SIDE, *side)
    make(
        world.root / "main.db",
        "CREATE TABLE here(x); INSERT INTO here VALUES (1), (2); CREATE INDEX h ON here(x DESC);"
        "PRAGMA user_version = 3; PRAGMA application_id = 99",
        *main,
    )
    formed = header(world.root / "main.db")
    assert formed[:2] == [bytes([0, 0, 0, 1 if main[1] == OLD else 4]), (*main, 0)[3]]
    before = world.digests()
    was = [world.rows("main.db", f"PRAGMA {pragma}") for pragma in KEPT]
    plan = world.plan(
        "main.db: here -> there",
        "side.db: t -> shop_t",
        "side.db: w -> shop_w",
        head="schema_version = 8",
    )
    world.migrate(plan)
    assert [world.rows("main.db", f"PRAGMA {pragma}") for pragma in KEPT] == was
    assert header(world.root / "main.db") == formed
    assert world.rows("main.db", "PRAGMA user_version") == [(8,)]
    assert world.rows("main.db", "PRAGMA integrity_check") == [("ok",)]
    assert world.rows("main.db", "SELECT rowid, a, length(b) FROM shop_t ORDER BY a DESC") == [
        (3, "z", 1),
        (2, "y", 70000),
    ]
    assert world.rows("main.db", "SELECT * FROM shop_w ORDER BY k") == [(1, 2), (3, 4)]
    assert verify(plan).pure
    rollback(plan, progress=Silence())
    assert world.digests() == before | {"retable.toml": world.digests()["retable.toml"]}


def test_checksums_in_the_pages_of_the_target_are_not_made_wrong(world):
    if not apsw.sqlite_extra.has("cksumvfs"):
        pytest.skip("this apsw comes without SQLite's cksumvfs")
    loading = apsw.Connection(":memory:")
    apsw.sqlite_extra.load(loading, "cksumvfs")
    database = apsw.Connection(str(world.root / "main.db"), vfs="cksmvfs")
    database.reserve_bytes("main", 8)
    database.execute("CREATE TABLE here(x); INSERT INTO here VALUES (1)")
    database.close()
    world.make("side.db", "CREATE TABLE t(a); INSERT INTO t VALUES (1)")
    plan = world.plan("main.db: here -> there", "side.db: t -> shop_t")
    before = world.everything()
    with pytest.raises(SurveyError, match="has checksums in its pages"):
        world.migrate(plan)
    assert world.everything() == before
    (world.root / "main.db").rename(world.root / "other.db")
    world.make("main.db", "CREATE TABLE mine(x)")
    plan = world.plan("main.db: mine", "other.db: here -> there", "side.db: t -> shop_t")
    world.migrate(plan)
    assert world.rows("main.db", "SELECT * FROM there, shop_t") == [(1, 1)]
