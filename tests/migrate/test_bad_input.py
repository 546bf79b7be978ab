"""What is found before anything is written: each in one line, and no byte has changed."""

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import apsw
import pytest

from migrate import execute
from migrate.database.sqlite_errors import said
from migrate.errors import DatabaseError, StateError, SurveyError
from migrate.execute import migrate
from migrate.journal import State
from migrate.progress import Silence
from migrate.schemas import schemas
from migrate.survey import survey

PLAN = ("main.db: a -> shop_a", "side.db: b -> shop_b")


@pytest.fixture
def ready(world):
    """A world that is right; each test makes one thing wrong."""
    world.make("main.db", "CREATE TABLE a(x); INSERT INTO a VALUES (1)")
    world.make(
        "side.db",
        "CREATE TABLE b(x, y TEXT); CREATE INDEX b_y ON b(y);"
        "INSERT INTO b SELECT value, 'y' || value FROM json_each('[1,2,3,4,5,6,7,8,9]')",
    )
    return world


def refused(world, plan):
    """What is said; the world is as it was, by dry run and in earnest."""
    before = world.everything()
    said = set()
    for dry_run in (True, False):
        with pytest.raises(SurveyError) as caught:
            migrate(plan, progress=Silence(), dry_run=dry_run)
        said.add(str(caught.value))
        assert world.everything() == before
    assert survey(plan).problems == caught.value.problems
    assert world.everything() == before
    schemas(plan)
    assert world.everything() == before
    (one,) = said
    for line in one.splitlines():
        assert line.endswith(")"), "each problem is one line that ends with its mend"
    return one


def page(path, number):
    """The place of a page in a file."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(18)[16:18], "big")
    return (number - 1) * size, size


def test_a_sound_world_is_not_refused(ready):
    assert survey(ready.plan(*PLAN)).problems == ()


@pytest.mark.parametrize("which", ["main.db", "side.db"])
def test_missing(ready, which):
    (ready.root / which).unlink()
    assert f"{which}: there is no such file (mend its path in the plan)" in refused(
        ready, ready.plan(*PLAN)
    )


def test_empty_where_tables_are_claimed(ready):
    (ready.root / "side.db").write_bytes(b"")
    assert "side.db: there is no table 'b' (it holds no table at all)" in refused(
        ready, ready.plan(*PLAN)
    )


@pytest.mark.parametrize("which", ["main.db", "side.db"])
def test_truncated(ready, which):
    file = ready.root / which
    file.write_bytes(file.read_bytes()[:-5000])
    assert f"{which}: is truncated: " in refused(ready, ready.plan(*PLAN))


@pytest.mark.parametrize("which", ["main.db", "side.db"])
def test_a_corrupt_page(ready, which):
    file = ready.root / which
    data = bytearray(file.read_bytes())
    start, size = page(file, 2)
    data[start : start + size] = b"\xff" * size
    file.write_bytes(data)
    assert f"{which}: is damaged: " in refused(ready, ready.plan(*PLAN))


@pytest.mark.parametrize("large", [False, True], ids=["looked up", "counted"])
def test_a_corrupt_index(ready, large, monkeypatch):
    """Rows that the index does not know: made by hiding the index from SQLite."""
    if large:
        monkeypatch.setattr("migrate.database.examine.THOROUGH", 0)
    with ready.open("side.db") as database:
        database.execute("PRAGMA writable_schema = ON")
        row = database.execute(
            "SELECT rootpage, sql FROM sqlite_schema WHERE name = 'b_y'"
        ).fetchone()
        database.execute("DELETE FROM sqlite_schema WHERE name = 'b_y'")
    with ready.open("side.db") as database:
        database.execute("DELETE FROM b WHERE x = 5")
        database.execute("PRAGMA writable_schema = ON")
        database.execute("INSERT INTO sqlite_schema VALUES ('index', 'b_y', 'b', ?, ?)", row)
    said = refused(ready, ready.plan(*PLAN))
    assert "side.db: is damaged: " in said
    assert "b_y" in said


@pytest.mark.parametrize("which", ["main.db", "side.db"])
def test_not_a_database(ready, which):
    (ready.root / which).write_bytes(b"PK\x03\x04" * 400)
    assert f"{which}: is not a SQLite database" in refused(ready, ready.plan(*PLAN))


def test_a_folder_where_a_database_should_be(ready):
    (ready.root / "side.db").unlink()
    (ready.root / "side.db").mkdir()
    assert "side.db: is not a file" in refused(ready, ready.plan(*PLAN))


LOCKER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for sql in sys.argv[2].split(";"):
    db.execute(sql).fetchall()
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("which", ["main.db", "side.db"])
@pytest.mark.parametrize(
    "doing",
    [
        pytest.param("BEGIN IMMEDIATE; INSERT INTO {0} VALUES {1}", id="a writer"),
        pytest.param("BEGIN EXCLUSIVE", id="a writer that shuts others out"),
        pytest.param("PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE", id="an exclusive program"),
        pytest.param("BEGIN; SELECT * FROM {0}", id="a reader"),
    ],
)
def test_locked(ready, which, doing):
    table, values = ("a", "(5)") if which == "main.db" else ("b", "(5, 5)")
    sql = doing.format(table, values)
    before = ready.everything()
    program = subprocess.Popen(
        [sys.executable, "-c", LOCKER, ready.root / which, sql],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert program.stdout.readline() == b"locked\n"
        said = refused(ready, ready.plan(*PLAN))
    finally:
        program.communicate()
    assert f"{which}: is in use by process {program.pid}" in said
    assert {k: v for k, v in ready.everything().items() if k != "retable.toml"} == before


def test_a_wal_database_that_a_program_keeps_open(ready):
    with ready.open("side.db") as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("INSERT INTO b VALUES (10, 'z')")
        other = subprocess.Popen(
            [sys.executable, "-c", LOCKER, ready.root / "side.db", "SELECT count(*) FROM b"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        other.stdout.readline()
    try:
        assert "side.db: is in use by process" in refused(ready, ready.plan(*PLAN))
    finally:
        other.communicate()


@pytest.mark.parametrize("kind", ["hard link", "symbolic link"])
def test_the_same_file_by_two_names(ready, kind):
    link = ready.root / "twin.db"
    if kind == "hard link":
        os.link(ready.root / "side.db", link)
    else:
        link.symlink_to("side.db")
    said = refused(ready, ready.plan(*PLAN, "twin.db: b -> shop_twin"))
    assert "twin.db: is the same file as side.db (list it once)" in said


def test_a_symbolic_link(ready):
    (ready.root / "side.db").rename(ready.root / "real.db")
    (ready.root / "side.db").symlink_to("real.db")
    assert "side.db: is a symbolic link to real.db (name the file itself)" in refused(
        ready, ready.plan(*PLAN)
    )


@pytest.mark.parametrize("which", ["main.db", "side.db"])
def test_a_table_that_the_plan_does_not_know(ready, which):
    with ready.open(which) as database:
        database.execute("CREATE TABLE extra(x)")
        database.execute("INSERT INTO extra VALUES (1)")
    assert f"{which}: table 'extra' (1 row) is not in the plan" in refused(ready, ready.plan(*PLAN))


def test_a_table_that_is_not_there(ready):
    said = refused(ready, ready.plan(*PLAN, "side.db: c -> shop_c"))
    assert "domain[1].table[3]: side.db: there is no table 'c' (it holds 'b')" in said


def test_a_claim_that_is_false(ready):
    skip = '[[skip]]\ntable = "b"\nin = "side.db"\nclaim = "empty"'
    said = refused(
        ready,
        ready.plan(
            "main.db: a -> shop_a",
            extra='[[database]]\npath = "side.db"\naction = "merge"\n' + skip,
        ),
    )
    assert "side.db: 'b' is claimed empty and has 9 rows" in said


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        pytest.param("CREATE VIEW shop_b AS SELECT 1", "view", id="view"),
        pytest.param("CREATE INDEX shop_b ON a(x)", "index", id="index"),
    ],
)
def test_a_new_name_that_is_taken(ready, script, kind):
    with ready.open("main.db") as database:
        database.execute(script)
    plan = ready.plan(*PLAN, head='taken_names = "refuse"')
    assert (
        f"main.db: {kind} 'shop_b': its name is taken by a table (domain[1].table[2]) (give it"
        " another: [[object]] name = 'shop_b', in = 'main.db', to = \"…\")"
    ) in refused(ready, plan)


@pytest.mark.parametrize("name", ["retable_journal", "retable_rejects"])
def test_retables_own_names_are_taken(ready, name):
    with ready.open("main.db") as database:
        database.execute(f"CREATE VIEW {name} AS SELECT 1")
    assert f"main.db: view '{name}' has the name of a table that retable writes" in refused(
        ready, ready.plan(*PLAN)
    )


@pytest.mark.parametrize("which", ["main.db", "side.db"])
@pytest.mark.parametrize(
    ("script", "said"),
    [
        pytest.param("CREATE VIEW bad AS SELECT * FROM gone", "view bad is broken", id="view"),
        pytest.param(
            "CREATE TRIGGER bad AFTER INSERT ON {0} BEGIN DELETE FROM gone; END",
            "trigger bad is broken",
            id="trigger",
        ),
    ],
)
def test_a_view_or_a_trigger_that_speaks_of_nothing(ready, which, script, said):
    with ready.open(which) as database:
        database.execute(script.format("a" if which == "main.db" else "b"))
    assert f"{which}: {said}" in refused(ready, ready.plan(*PLAN))


def test_a_view_that_needs_a_table_that_is_skipped(ready):
    with ready.open("side.db") as database:
        database.execute("CREATE TABLE old(x)")
        database.execute("CREATE VIEW v AS SELECT * FROM old")
    skip = '[[skip]]\ntable = "old"\nin = "side.db"\nclaim = "empty"'
    assert "side.db: view v needs a table that is skipped" in refused(
        ready, ready.plan(*PLAN, extra=skip)
    )


def test_views_that_meet(ready):
    for which, table in (("main.db", "a"), ("side.db", "b")):
        with ready.open(which) as database:
            database.execute(f"CREATE VIEW v AS SELECT x FROM {table}")
    assert "side.db: view 'v': its name is taken by a view of main.db" in refused(
        ready, ready.plan(*PLAN, head='taken_names = "refuse"')
    )


@pytest.mark.parametrize("where", ["file", "folder"])
def test_read_only(ready, where):
    ready.make("data/deep.db", "CREATE TABLE c(x)")
    what = ready.root / ("data/deep.db" if where == "file" else "data")
    plan = ready.plan(*PLAN, "data/deep.db: c -> shop_c")
    what.chmod(0o444 if where == "file" else 0o555)
    try:
        said = refused(ready, plan)
    finally:
        what.chmod(0o755)
    assert "data/deep.db: " in said
    assert "is read-only (allow writing to it)" in said


def test_a_collation_and_a_function_that_only_a_program_knows(ready):
    with closing(sqlite3.connect(ready.root / "side.db")) as database:
        database.create_collation("swedish", lambda a, b: (a > b) - (a < b))
        database.create_function("double", 1, lambda x: x, deterministic=True)
        database.execute("CREATE TABLE c(x COLLATE swedish)")
        database.execute("CREATE INDEX c_x ON c(double(x))")
        database.commit()
    said = refused(ready, ready.plan(*PLAN, "side.db: c -> shop_c"))
    assert "swedish" in said or "double" in said


def test_a_module_that_cannot_be_carried(ready):
    with ready.open("side.db") as database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "INSERT INTO sqlite_schema VALUES ('table', 'geo', 'geo', 0,"
            " 'CREATE VIRTUAL TABLE geo USING spatial(x)')"
        )
    said = refused(ready, ready.plan(*PLAN, "side.db: geo -> shop_geo"))
    assert "side.db" in said
    assert "spatial" in said


def test_a_target_to_be_made_in_a_folder_that_is_not_there(ready):
    plan = ready.plan("side.db: b -> shop_b", target="new/main.db")
    assert "new/main.db: its folder does not exist" in refused(ready, plan)


def test_the_backup_folder_is_there_already(ready):
    (ready.root / "saved").mkdir()
    plan = ready.plan(*PLAN, head='backup = "saved"')
    assert "plan.backup: saved exists already" in refused(ready, plan)


def test_the_archive_holds_a_file_of_that_name(ready):
    (ready.root / "archive").mkdir()
    (ready.root / "archive/side.db-wal").write_bytes(b"old")
    assert "plan.archive: archive/side.db-wal exists already" in refused(ready, ready.plan(*PLAN))


def test_a_file_where_a_folder_is_needed(ready):
    (ready.root / "archive").write_bytes(b"")
    assert "plan.archive: archive is a file" in refused(ready, ready.plan(*PLAN))


def test_too_little_disk(ready, monkeypatch):
    monkeypatch.setattr("migrate.files.space.free_in", lambda _folder: 1000)
    said = refused(ready, ready.plan(*PLAN))
    assert "the backup and the merged database need 2.1 MB of disk" in said
    assert "0.0 MB are free" in said


def test_what_is_to_be_deleted_may_be_empty_but_not_something_else(ready):
    (ready.root / "notes.txt").write_text("do not delete me")
    (ready.root / "empty.db").write_bytes(b"")
    gone = '[[database]]\npath = "{}"\naction = "delete"\n'
    said = refused(
        ready, ready.plan(*PLAN, extra=gone.format("notes.txt") + gone.format("empty.db"))
    )
    assert said == "notes.txt: is not a SQLite database (name the right file)"


def test_everything_at_once(ready):
    ready.make("third.db", "CREATE VIEW bad AS SELECT * FROM gone; CREATE TABLE c(x)")
    (ready.root / "fourth.db").write_bytes(b"no database at all, just text" * 9)
    with ready.open("main.db") as database:
        database.execute("CREATE TABLE extra(x)")
        database.execute("CREATE VIEW shop_b AS SELECT 1")
    (ready.root / "archive").write_bytes(b"")
    plan = ready.plan(
        *PLAN,
        "third.db: d -> shop_d",
        "fourth.db: e -> shop_e",
        "fifth.db: f -> shop_f",
        head='taken_names = "refuse"',
    )
    said = refused(ready, plan)
    for part in (
        "third.db: view bad",
        "no table 'd'",
        "table 'c'",
        "fourth.db: is not",
        "fifth.db: there is no",
        "'extra'",
        "'shop_b'",
        "archive is a file",
    ):
        assert part in said


def test_foreign_keys_that_are_broken_already_stay_so_and_are_said(ready):
    with ready.open("side.db") as database:
        database.execute("CREATE TABLE c(x REFERENCES p(id))")
        database.execute("CREATE TABLE p(id INTEGER PRIMARY KEY)")
        database.execute("INSERT INTO c VALUES (1), (2)")
    plan = ready.plan(*PLAN, "side.db: c -> shop_c", "side.db: p -> shop_p")
    report = ready.migrate(plan)
    assert report.notes == ("side.db: c: 2 rows break a foreign key, which stays so",)
    assert len(ready.rows("main.db", "PRAGMA foreign_key_check")) == 2


def test_a_plan_that_changed_after_it_was_carried_out(ready):
    ready.migrate(ready.plan(*PLAN))
    before = ready.digests()
    changed = ready.plan("main.db: a -> shop_other", "side.db: b -> shop_b")
    with pytest.raises(StateError, match="another plan was carried out here"):
        ready.migrate(changed)
    del before["retable.toml"]
    assert before.items() <= ready.digests().items()


def test_the_same_file_by_two_names_is_said_once(ready):
    os.link(ready.root / "side.db", ready.root / "twin.db")
    said = refused(ready, ready.plan(*PLAN, "twin.db: b -> shop_twin"))
    assert said == "twin.db: is the same file as side.db (list it once)"


def test_a_target_that_has_another_name_elsewhere(ready):
    """Writing to it would change what the other name shows; going back would not."""
    os.link(ready.root / "main.db", ready.root / "elsewhere.db")
    assert "main.db: has another name elsewhere (a hard link)" in refused(ready, ready.plan(*PLAN))


@pytest.mark.parametrize("place", [18, 19])
def test_a_format_of_a_newer_sqlite(ready, place):
    with (ready.root / "main.db").open("r+b") as file:
        file.seek(place)
        file.write(b"\x07")
    assert "main.db: is in a format that only a newer SQLite knows" in refused(
        ready, ready.plan(*PLAN)
    )


def test_a_folder_where_the_backup_is_to_be_written(ready):
    (ready.root / "saved.partial").mkdir()
    (ready.root / "saved.partial/mine").write_text("mine")
    plan = ready.plan(*PLAN, head='backup = "saved"')
    assert "plan.backup: saved.partial is needed to write the backup" in refused(ready, plan)


def test_the_archive_holds_a_link_of_that_name(ready):
    (ready.root / "archive").mkdir()
    (ready.root / "archive/side.db").symlink_to("nowhere")
    assert "plan.archive: archive/side.db exists already" in refused(ready, ready.plan(*PLAN))


@pytest.mark.parametrize("there", [True, False], ids=["empty folders", "no folders"])
def test_a_run_that_fails_leaves_nothing(ready, monkeypatch, there):
    """Neither a backup nor a draft: every file is what it was, so nobody needs one."""
    plan = ready.plan(*PLAN, head='backup = "kept/of/backup-{date}"')
    if there:
        (ready.root / "kept/of").mkdir(parents=True)
    before = ready.everything()
    for where in ("migrate.transaction.proved", "migrate.files.backup.read_back"):
        with monkeypatch.context() as patch:
            patch.setattr(where, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                migrate(plan, progress=Silence())
        assert ready.everything() == before


def test_too_many_open_files(ready, monkeypatch):
    def none_left(*_args):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("migrate.database.sqlite_errors.os.open", none_left)
    with pytest.raises(DatabaseError, match="too many files are open"), said("main.db"):
        raise apsw.CantOpenError


@pytest.mark.parametrize("which", ["main.db", "side.db"])
@pytest.mark.parametrize("suffix", ["-wal", "-journal", "-shm"])
@pytest.mark.parametrize("kind", ["folder", "dangling link"])
def test_something_else_in_the_place_of_a_side_file(ready, which, suffix, kind):
    side = ready.root / (which + suffix)
    if kind == "folder":
        side.mkdir()
    else:
        side.symlink_to("nowhere")
    said = refused(ready, ready.plan(*PLAN))
    assert said == f"{which}: {which}{suffix} beside it is not a file (move that away)"


def test_another_run_that_came_first(ready, monkeypatch):
    """It was still at work when this one asked what had run, and done when this one got in."""
    plan = ready.plan(*PLAN)
    asked = iter([execute.Status(State.NOTHING, (), None)])
    real = execute.status
    monkeypatch.setattr(execute, "status", lambda plan: next(asked, None) or real(plan))
    ready.migrate(ready.plan(*PLAN))
    after = ready.everything()
    asked = iter([execute.Status(State.NOTHING, (), None)])
    with pytest.raises(StateError, match="another retable has been at work here meanwhile"):
        migrate(plan, progress=Silence())
    assert ready.everything() == after


@pytest.mark.parametrize("which", ["archive", "backup"])
def test_a_folder_that_is_read_only(ready, which):
    """The archive comes last: it must not be found out when all else is done."""
    (ready.root / "deep").mkdir(mode=0o555)
    plan = ready.plan(
        *PLAN, head=f'{which} = "deep/{which}-{{date}}"'.replace("archive-{date}", "a")
    )
    assert f"plan.{which}: deep is read-only" in refused(ready, plan)
