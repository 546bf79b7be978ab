"""The target is gone, or no longer tells what has run: what is said is true, and it goes back."""

import pytest

from migrate.errors import StateError
from migrate.execute import migrate
from migrate.finish import finish
from migrate.journal import State, status
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.schemas import schemas

ARCHIVE = 'archive = "data/old/archive"'


@pytest.fixture
def done(world):
    world.make("main.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)")
    world.make("side.db", "CREATE TABLE b(x); INSERT INTO b VALUES (2)")
    world.planned = world.plan("main.db: a -> shop_a", "side.db: b -> shop_b", head=ARCHIVE)
    world.before = world.digests()
    world.migrate(world.planned)
    (world.backup,) = world.root.glob("backup-*")
    return world


def lose_target(world):
    (world.root / "main.db").unlink()


def lose_journal(world):
    with world.open("main.db") as database:
        database.execute("DROP TABLE retable_journal")


def lose_rows_of_journal(world):
    with world.open("main.db") as database:
        database.execute("DELETE FROM retable_journal")


def lose_sense(world):
    (world.root / "main.db").write_bytes(b"nonsense" * 500)


LOSSES = [
    pytest.param(lose_target, "the file is gone", id="the target"),
    pytest.param(lose_journal, "there is no retable_journal", id="the journal"),
    pytest.param(lose_rows_of_journal, "there is no retable_journal", id="its rows"),
    pytest.param(lose_sense, "there is no retable_journal", id="what can be read"),
]


@pytest.mark.parametrize("note", [True, False], ids=["with a note", "killed before its note"])
@pytest.mark.parametrize(("lose", "said"), LOSSES)
def test_it_is_said_and_goes_back(done, lose, said, note):
    lose(done)
    if not note:
        (done.backup / "migrated.json").unlink()
    found = done.digests()
    assert status(done.planned).state is State.LOST
    assert status(done.planned).backup == done.backup
    for verb in (verify, done.migrate):
        with pytest.raises(StateError, match=f"a migration was carried out here, and {said}"):
            verb(done.planned)
    assert [schema.named("table") for schema in schemas(done.planned)] == [("a",), ("b",)]
    assert done.digests() == found
    rollback(done.planned, progress=Silence(), drop_new_rows=True)
    assert done.digests() == done.before
    assert status(done.planned).state is State.ROLLED_BACK
    done.migrate(done.planned)
    assert verify(done.planned).holds


def test_a_target_that_is_gone_loses_nothing_more(done):
    lose_target(done)
    report = rollback(done.planned, progress=Silence())
    assert report.lost.kept == ()
    assert done.digests() == done.before


def test_whoever_has_put_all_files_back_may_go_on(done):
    for name in ("main.db", "side.db"):
        (done.root / name).write_bytes((done.backup / "files" / name).read_bytes())
    (done.root / "data/old/archive/side.db").unlink()
    assert status(done.planned).state is State.NOTHING
    done.migrate(done.planned)
    assert verify(done.planned).holds


def test_a_target_with_nothing_to_archive(world):
    world.make("main.db", "CREATE TABLE a(x)")
    planned = world.plan("main.db: a -> shop_a")
    before = world.digests()
    world.migrate(planned)
    lose_journal(world)
    with pytest.raises(StateError, match="there is no retable_journal in it any more"):
        world.migrate(planned)
    rollback(planned, progress=Silence(), drop_new_rows=True)
    assert world.digests() == before


def test_after_the_end_there_is_no_way_back(done):
    finish(done.planned, progress=Silence())
    lose_target(done)
    with pytest.raises(StateError) as error:
        rollback(done.planned, progress=Silence())
    assert "a migration was finished here, which ended the way back" in str(error.value)
    assert str(done.backup) in str(error.value)


@pytest.mark.parametrize(
    "mine",
    [
        pytest.param((), id="none"),
        pytest.param(("data",), id="the outer one"),
        pytest.param(("data", "data/old", "data/old/archive"), id="all"),
    ],
)
def test_folders_that_were_made_go_and_others_stay(world, mine):
    world.make("main.db", "CREATE TABLE a(x)")
    world.make("one/side.db", "CREATE TABLE b(x)")
    world.make("two/side.db", "CREATE TABLE c(x)")
    for folder in mine:
        (world.root / folder).mkdir()
    planned = world.plan("main.db: a", "one/side.db: b", "two/side.db: c", head=ARCHIVE)
    before = {str(path) for path in world.root.rglob("*")}
    migrate(planned, progress=Silence())
    rollback(planned, progress=Silence())
    now = {str(path) for path in world.root.rglob("*")}
    assert {path for path in now if "backup-" not in path} == before


def test_a_file_that_somebody_put_there_stays(done):
    (done.root / "data/old/archive/mine.txt").write_text("mine")
    rollback(done.planned, progress=Silence())
    assert (done.root / "data/old/archive/mine.txt").read_text() == "mine"
