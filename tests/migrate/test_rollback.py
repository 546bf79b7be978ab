"""The way back: every byte, at any time, and never over somebody's new rows unasked."""

import os

import pytest

from migrate.errors import StateError
from migrate.journal import State, status
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.schemas import schemas

PLAN = ("main.db: a -> shop_a", "side.db: b -> shop_b", "deep/other.db: b -> shop_other")
GONE = (
    '[[database]]\npath = "old.db"\naction = "delete"\n'
    '[[database]]\npath = "kept.db"\naction = "keep"'
)


@pytest.fixture(params=[False, True], ids=["journal", "wal"])
def ready(world, request):
    for path, table in (
        ("main.db", "a"),
        ("side.db", "b"),
        ("deep/other.db", "b"),
        ("old.db", "c"),
        ("kept.db", "d"),
    ):
        world.make(
            path,
            f"CREATE TABLE {table}(x); INSERT INTO {table} VALUES ('{path}')",
            wal=request.param,
        )
    (world.root / "side.db").chmod(0o640)
    os.utime(world.root / "side.db", ns=(1, 1_600_000_000_123_456_789))
    return world


def back(plan, **options):
    return rollback(plan, progress=Silence(), **options)


def test_every_byte_every_side_file_every_mode_and_time(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    before = ready.digests()
    kept = {k: v for k, v in before.items() if k.startswith("kept")}
    ready.migrate(plan)
    assert kept.items() <= ready.digests().items(), "a database that is kept is not touched"
    assert not (ready.root / "old.db").exists()
    report = back(plan)
    assert ready.digests() == before
    assert (ready.root / "side.db").stat().st_mtime_ns == 1_600_000_000_123_456_789
    assert {f.path: f.digest for f in report.files} == {
        k: v[0] for k, v in before.items() if ".db" in k and not k.startswith("kept")
    }
    assert not (ready.root / "archive").exists()
    assert status(plan).state is State.ROLLED_BACK
    assert back(plan).already_done


def test_there_and_back_again(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    before = ready.digests()
    for _ in range(3):
        ready.migrate(plan)
        back(plan)
        assert ready.digests() == before


def test_a_target_that_was_made_is_taken_away(ready):
    plan = ready.plan(*PLAN[1:], target="new.db")
    before = ready.digests()
    ready.migrate(plan)
    assert ready.rows("new.db", "SELECT * FROM shop_b") == [("side.db",)]
    back(plan)
    assert ready.digests() == before


def test_nothing_has_run(ready):
    with pytest.raises(StateError, match="nothing has run"):
        back(ready.plan(*PLAN))


@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_rows_that_are_new_since(ready, wal):
    plan = ready.plan(*PLAN, extra=GONE)
    before = ready.digests()
    ready.migrate(plan)
    with ready.open("main.db") as database:
        if wal:
            database.execute("PRAGMA journal_mode = WAL")
        database.execute("INSERT INTO shop_a VALUES ('new')")
    after = ready.digests()
    with pytest.raises(StateError, match="was written to since the migration"):
        back(plan)
    assert ready.digests() == after
    found = verify(plan)
    assert found.holds
    assert found.new_rows == (("shop_a", 1),)
    back(plan, drop_new_rows=True)
    assert ready.digests() == before


def test_a_database_that_was_made_anew_in_its_old_place(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    ready.migrate(plan)
    ready.make("side.db", "CREATE TABLE b(x)")
    with pytest.raises(StateError, match=r"side\.db: was made anew or written to since"):
        back(plan)


def test_a_target_that_cannot_be_read_any_more(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    before = ready.digests()
    ready.migrate(plan)
    (ready.root / "main.db").write_bytes(b"gone" * 1000)
    back(plan, drop_new_rows=True)
    assert ready.digests() == before


def test_a_target_that_was_deleted(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    before = ready.digests()
    ready.migrate(plan)
    (ready.root / "main.db").unlink()
    back(plan)
    assert ready.digests() == before


def test_an_archive_that_was_deleted(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    before = ready.digests()
    ready.migrate(plan)
    (ready.root / "archive/side.db").unlink()
    back(plan)
    assert ready.digests() == before


def test_a_backup_that_is_damaged_is_found_before_anything_is_touched(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    ready.migrate(plan)
    after = ready.digests()
    (backup,) = ready.root.glob("backup-*")
    with (backup / "files/side.db").open("r+b") as file:
        file.seek(100)
        file.write(b"\xff\xff")
    with pytest.raises(StateError, match="is missing or is not what was backed up"):
        back(plan)
    assert ready.digests() == after


def test_verify_does_not_believe_a_damaged_backup(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    ready.migrate(plan)
    (backup,) = ready.root.glob("backup-*")
    (backup / "files/side.db").write_bytes(b"")
    with pytest.raises(StateError, match="is missing or is not what was backed up"):
        verify(plan)


def test_verify_finds_a_row_that_has_changed_since(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    ready.migrate(plan)
    with ready.open("main.db") as database:
        database.execute("UPDATE shop_b SET x = x || '!'")
        database.execute("DROP TABLE shop_other")
        database.execute("CREATE TABLE shop_other(x)")
    before = ready.digests()
    found = verify(plan)
    assert not found.holds
    assert [(p.new, p.rows - p.equal) for p in found.tables if not p.holds] == [
        ("shop_b", 1),
        ("shop_other", 1),
    ]
    assert ready.digests() == before


def test_the_schemas_of_todays_code_come_from_the_backup(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    before = schemas(plan)
    assert [schema.path for schema in before] == [
        "main.db",
        "side.db",
        "deep/other.db",
        "old.db",
        "kept.db",
    ]
    ready.migrate(plan)
    assert schemas(plan) == before
    back(plan)
    assert schemas(plan) == before


def test_what_is_not_there_is_left_out_of_the_schemas(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    (ready.root / "side.db").write_text("no database")
    (ready.root / "side.db-wal").unlink(missing_ok=True)
    (ready.root / "old.db").unlink()
    assert [schema.path for schema in schemas(plan)] == ["main.db", "deep/other.db", "kept.db"]


def test_running_again_changes_nothing(ready):
    plan = ready.plan(*PLAN, extra=GONE)
    ready.migrate(plan)
    before = ready.everything()
    assert ready.migrate(plan).already_done
    assert ready.everything() == before
    assert status(plan).state is State.DONE
    assert {entry.phase for entry in status(plan).entries} == {
        "merge",
        "rename",
        "document",
        "archive",
    }
