"""Merge, rename and document one after the other: each a transaction, each proved."""

import json
import sqlite3
from contextlib import closing

import pytest

from migrate.errors import StateError
from migrate.execute import migrate
from migrate.files.archive import purge
from migrate.files.manifest import read_backup
from migrate.finish import finish
from migrate.journal import State, status
from migrate.phases import ALL, Phase
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback

MAIN = (
    "CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT);"
    "INSERT INTO users VALUES (1, 'a'), (2, 'b');"
    "CREATE TABLE notes(user INTEGER REFERENCES users, text);"
    "INSERT INTO notes VALUES (1, 'x');"
    "CREATE INDEX by_user ON notes(user);"
    "CREATE VIEW named AS SELECT name, text FROM users JOIN notes ON user = id;"
    "CREATE TABLE state(k PRIMARY KEY, v); INSERT INTO state VALUES ('k', 'main');"
)
SIDE = (
    "CREATE TABLE users(id INTEGER PRIMARY KEY AUTOINCREMENT, mail);"
    "INSERT INTO users VALUES (7, 'm');"
    "CREATE TABLE state(k PRIMARY KEY, v); INSERT INTO state VALUES ('k', 'side'), ('l', 1);"
    "CREATE VIRTUAL TABLE search USING fts5(body, content='mails', content_rowid='id');"
    "CREATE TABLE mails(id INTEGER PRIMARY KEY, body);"
    "CREATE TRIGGER keep AFTER INSERT ON mails BEGIN"
    " INSERT INTO search(rowid, body) VALUES (new.id, new.body); END;"
    "CREATE TRIGGER forget AFTER DELETE ON mails BEGIN"
    " INSERT INTO search(search, rowid, body) VALUES ('delete', old.id, old.body); END;"
    "INSERT INTO mails VALUES (1, 'hello world');"
)
TABLES = (
    'main.db: users -> shop_user, compat = "view"',
    "main.db: notes -> shop_note",
    "main.db: state -> shop_state",
    "side.db: users -> notes",
    'side.db: state -> shop_state, merge = "keep-target"',
    "side.db: mails -> shop_mail",
    "side.db: search -> shop_search",
)
GONE = '[[database]]\npath = "old.db"\naction = "delete"'


@pytest.fixture(params=["journal", "wal"])
def ready(world, request):
    world.make("main.db", MAIN, wal=request.param == "wal")
    world.make("side.db", SIDE, wal=request.param == "wal")
    world.make("old.db", "CREATE TABLE o(x)")
    world.ready = world.plan(*TABLES, extra=GONE)
    return world


def step(world, phase):
    return migrate(world.ready, progress=Silence(), phase=phase)


def content(world, path="main.db"):
    """Every row of every table and every definition, what retable keeps for itself left out."""
    with closing(sqlite3.connect(world.root / path)) as database:
        objects = database.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'retable_journal'"
            " AND name NOT LIKE 'sqlite_autoindex_retable%' ORDER BY 1, 2"
        ).fetchall()
        rows = {
            name: database.execute(f'SELECT * FROM "{name}"').fetchall()
            for kind, name, _ in objects
            if kind in ("table", "view") and name != "system_tables" and "retable" not in name
        }
    return objects, rows


def test_one_after_the_other_is_the_same_as_all_at_once(ready):
    before = ready.digests()
    migrate(ready.ready, progress=Silence())
    at_once = content(ready)
    rollback(ready.ready, progress=Silence())
    assert ready.digests() == before
    for phase in ALL:
        report = step(ready, phase)
        assert report.phases == (phase,)
        assert verify(ready.ready).pure
    assert content(ready) == at_once
    assert status(ready.ready).state is State.DONE
    rollback(ready.ready, progress=Silence())
    assert ready.digests() == before


def test_the_journal_knows_what_has_run(ready):
    assert status(ready.ready).due == ()
    step(ready, Phase.MERGE)
    known = status(ready.ready)
    assert (known.state, known.done) == (State.UNDERWAY, (Phase.MERGE,))
    assert known.due == (Phase.RENAME, Phase.DOCUMENT, Phase.ARCHIVE)
    step(ready, Phase.RENAME)
    step(ready, Phase.DOCUMENT)
    assert status(ready.ready).state is State.MERGED
    assert (ready.root / "side.db").exists()
    step(ready, Phase.ARCHIVE)
    assert status(ready.ready).state is State.DONE
    assert not (ready.root / "side.db").exists()


def test_after_the_merge_old_names_are_there_and_new_ones_beside_them(ready):
    step(ready, Phase.MERGE)
    assert ready.rows("main.db", "SELECT name, text FROM named") == [("a", "x")]
    assert ready.rows("main.db", "SELECT count(*) FROM users") == [(2,)]
    assert ready.rows("main.db", "SELECT mail FROM retable_arriving_1") == [("m",)]
    assert ready.rows("main.db", "SELECT * FROM state ORDER BY k") == [("k", "main"), ("l", 1)]
    with ready.open("main.db") as database:
        database.execute("INSERT INTO shop_mail VALUES (2, 'good bye')")
        database.execute("DELETE FROM shop_mail WHERE id = 1")
        found = database.execute("SELECT rowid FROM shop_search('hello OR bye')").fetchall()
    assert found == [(2,)]


@pytest.mark.parametrize("done", range(1, 4))
def test_the_rest_in_one_go(ready, done):
    before = ready.digests()
    for phase in ALL[:done]:
        step(ready, phase)
    report = step(ready, None)
    assert report.phases == ALL[done:]
    assert status(ready.ready).state is State.DONE
    rollback(ready.ready, progress=Silence())
    assert ready.digests() == before


@pytest.mark.parametrize("done", range(1, 4))
def test_back_from_any_phase(ready, done):
    before = ready.digests()
    for phase in ALL[:done]:
        step(ready, phase)
    rollback(ready.ready, progress=Silence())
    assert ready.digests() == before


def test_a_phase_that_has_run_does_nothing(ready):
    step(ready, Phase.MERGE)
    before = ready.everything()
    assert step(ready, Phase.MERGE).already_done
    assert ready.everything() == before


@pytest.mark.parametrize("phase", [Phase.RENAME, Phase.DOCUMENT, Phase.ARCHIVE])
def test_a_phase_before_its_turn(ready, phase):
    before = ready.everything()
    with pytest.raises(StateError, match=r"comes after merge.*retable migrate --phase merge"):
        step(ready, phase)
    assert ready.everything() == before


@pytest.mark.parametrize("phase", [*ALL, None])
def test_a_dry_run_of_any_phase_writes_nothing(ready, phase):
    before = ready.everything()
    plan = ready.ready
    report = migrate(plan, progress=Silence(), phase=phase, dry_run=True)
    assert {item.phase for item in report.steps} <= {phase or item.phase for item in report.steps}
    assert ready.everything() == before
    step(ready, Phase.MERGE)
    before = ready.everything()
    migrate(plan, progress=Silence(), phase=phase, dry_run=True)
    assert ready.everything() == before


@pytest.mark.parametrize("phase", [Phase.RENAME, Phase.DOCUMENT, Phase.ARCHIVE])
@pytest.mark.parametrize("path", ["side.db", "old.db"])
def test_a_source_that_was_written_to_after_its_merge(ready, phase, path):
    for earlier in ALL[: ALL.index(phase)]:
        step(ready, earlier)
    with ready.open(path) as database:
        database.execute("CREATE TABLE later(x)")
        database.execute("INSERT INTO later VALUES (1)")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = content(ready)
    with pytest.raises(StateError, match=rf"{path}: was written to after it was merged"):
        step(ready, phase)
    assert content(ready) == before


def test_a_plan_that_changed_between_two_phases(ready):
    step(ready, Phase.MERGE)
    changed = ready.plan(*(t.replace("shop_mail", "shop_post") for t in TABLES), extra=GONE)
    before = ready.everything()
    with pytest.raises(StateError, match=r"to was 'shop_mail' and is 'shop_post' now"):
        migrate(changed, progress=Silence(), phase=Phase.RENAME)
    assert ready.everything() == before


def test_rows_that_programs_write_between_two_phases_stay_and_are_said(ready):
    step(ready, Phase.MERGE)
    with ready.open("main.db") as database:
        database.execute("INSERT INTO users VALUES (3, 'c')")
        database.execute("UPDATE users SET name = 'B' WHERE id = 2")
        database.execute("CREATE TABLE log(x)")
    notes = step(ready, Phase.RENAME).notes
    assert notes == (
        "users: 1 row was changed or taken away since the merge, which stays so",
        "users: 2 rows new since the merge",
        "table log is new",
    )
    assert ready.rows("main.db", "SELECT * FROM shop_user") == [(1, "a"), (2, "B"), (3, "c")]
    with pytest.raises(StateError, match="was written to since the migration"):
        rollback(ready.ready, progress=Silence())


def test_a_name_that_somebody_took_between_two_phases(ready):
    step(ready, Phase.MERGE)
    with ready.open("main.db") as database:
        database.execute("CREATE TABLE shop_user(x)")
    before = content(ready)
    with pytest.raises(Exception, match="shop_user"):
        step(ready, Phase.RENAME)
    assert content(ready) == before
    assert status(ready.ready).done == (Phase.MERGE,)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DROP INDEX by_user", "index by_user is missing"),
        ("INSERT INTO notes VALUES (99, 'y')", "breaks a foreign key that was whole before"),
    ],
)
def test_damage_between_two_phases_is_refused(ready, damage, said):
    step(ready, Phase.MERGE)
    with ready.open("main.db") as database:
        database.execute(damage)
    before = content(ready)
    with pytest.raises(StateError, match=said):
        step(ready, Phase.RENAME)
    assert content(ready) == before


def test_a_phase_that_loses_something_is_taken_back(ready, monkeypatch):
    step(ready, Phase.MERGE)
    before = content(ready)
    carry_out = "migrate.transaction._carry_out"
    for damage in ("DELETE FROM state WHERE k = 'l'", "DROP TRIGGER keep", "CREATE TABLE more(x)"):

        def damaged(_work, _phase, database, _progress, damage=damage):
            database.run(damage)

        with monkeypatch.context() as patch:
            patch.setattr(carry_out, damaged)
            with pytest.raises(Exception, match=r"main\.db"):
                step(ready, Phase.RENAME)
        assert content(ready) == before
    step(ready, None)
    assert verify(ready.ready).pure


def test_the_end_gives_up_old_names_and_the_way_back(ready):
    step(ready, None)
    assert ready.rows("main.db", "SELECT id FROM users") == [(1,), (2,)]
    report = finish(ready.ready, progress=Silence())
    assert (report.dropped, report.already_done) == (("users",), False)
    assert "view users" not in ready.schema("main.db")
    assert status(ready.ready).state is State.FINISHED
    assert finish(ready.ready, progress=Silence()).already_done
    assert verify(ready.ready).holds
    with pytest.raises(StateError, match="which ended the way back"):
        rollback(ready.ready, progress=Silence())


@pytest.mark.parametrize("done", range(4))
def test_the_end_before_its_turn(ready, done):
    for phase in ALL[:done]:
        step(ready, phase)
    before = ready.everything()
    with pytest.raises(StateError, match="cannot be finished"):
        finish(ready.ready, progress=Silence())
    assert ready.everything() == before


@pytest.mark.parametrize(
    "needs",
    [
        "CREATE VIEW mine AS SELECT id FROM users",
        "CREATE TRIGGER mine AFTER INSERT ON shop_note BEGIN SELECT id FROM users; END",
    ],
)
def test_an_old_name_that_somebody_needs_is_not_given_up(ready, needs):
    step(ready, None)
    with ready.open("main.db") as database:
        database.execute(needs)
    before = content(ready)
    with pytest.raises(StateError, match="mine needs an old name"):
        finish(ready.ready, progress=Silence())
    assert content(ready) == before
    assert status(ready.ready).state is State.DONE


def test_the_archive_says_what_came_from_where(ready):
    sizes = {name: (ready.root / name).stat().st_size for name in ("side.db", "old.db")}
    before = ready.digests()
    step(ready, None)
    (note,) = (ready.root / "archive").glob("manifest-*.json")
    files = {item["from"]: item for item in json.loads(note.read_text())["files"]}
    for name, size in sizes.items():
        assert files[name]["bytes"] == size
        assert files[name]["sha256"] == before[name][0]
        assert ready.digests()[files[name]["to"]] == before[name]


def test_what_is_deleted_is_removed_when_told_and_can_still_come_back(ready):
    before = ready.digests()
    step(ready, None)
    backup = read_backup(status(ready.ready).backup)
    assert purge(ready.ready, backup) == ("archive/deleted/old.db",)
    assert purge(ready.ready, backup) == ()
    assert not (ready.root / "archive/deleted/old.db").exists()
    assert (ready.root / "archive/side.db").exists()
    rollback(ready.ready, progress=Silence())
    assert ready.digests() == before


@pytest.mark.parametrize("where", ["archive/deleted/old.db", "backup"])
def test_nothing_is_removed_that_does_not_read_back(ready, where):
    step(ready, None)
    backup = read_backup(status(ready.ready).backup)
    file = backup.file("old.db") if where == "backup" else ready.root / where
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    before = ready.everything()
    with pytest.raises(StateError, match="does not read back, so nothing is removed"):
        purge(ready.ready, backup)
    assert ready.everything() == before


@pytest.mark.parametrize("phase", [Phase.RENAME, Phase.ARCHIVE])
def test_a_backup_that_was_damaged_between_two_phases(ready, phase):
    """What arrived could not be told from what did not, and the archive would be all there is."""
    for earlier in ALL[: ALL.index(phase)]:
        step(ready, earlier)
    file = read_backup(status(ready.ready).backup).file("side.db")
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    before = ready.everything()
    with pytest.raises(StateError, match=r"side\.db: is missing or is not what was backed up"):
        step(ready, phase)
    assert ready.everything() == before
