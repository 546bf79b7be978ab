"""`retable migrate`, `status`, `verify`, `rollback`: what they say, and how they end."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

DELETED = '\n[[database]]\npath = "data/old.db"\naction = "delete"\n'


@pytest.fixture
def migrated(shop):
    said = shop.retable("migrate", "--yes")
    assert said.status == 0, said.err
    return shop


def rows(place, sql):
    with closing(sqlite3.connect(place.root / "data/shop.db")) as database:
        return database.execute(sql).fetchall()


def test_a_dry_run_prints_sql_in_order_and_writes_nothing(shop):
    before = shop.everything()
    said = shop.retable("migrate", "--dry-run")
    assert said.status == 0
    places = [
        said.out.index(words)
        for words in ("BEGIN EXCLUSIVE", "user_account", 'RENAME TO "shop_order"', "COMMIT")
    ]
    assert places == sorted(places)
    assert "nothing was written; " in said.err
    assert shop.everything() == before


def test_a_script_kept_in_the_repository_is_no_code(platform):
    before = platform.retable("check").out
    script = platform.retable("migrate", "--dry-run").out
    platform.write("migration.sql", script)
    assert platform.retable("check").out == before
    assert platform.retable("patch").status == 0


def test_migrate_says_what_it_did_and_where_the_backup_is(shop):
    said = shop.retable("migrate", "--yes")
    assert said.status == 0
    for words in ("Migrated into data/shop.db", "2 → 1", "backup-20", "archive"):
        assert words in said.out
    assert rows(shop, "SELECT name FROM user_account") == [("Ann",), ("Bo",)]
    assert not (shop.root / "data/users.db").exists()
    assert (shop.root / "archive/users.db").exists()


def test_a_second_run_changes_nothing(migrated):
    before = migrated.everything()
    for arguments in (["--yes"], ["--dry-run"]):
        said = migrated.retable("migrate", *arguments)
        assert (said.status, said.out) == (0, "")
        assert "already done" in said.err
    assert migrated.everything() == before


def test_without_a_terminal_nobody_is_asked(shop):
    assert shop.retable("migrate").status == 0
    assert shop.retable("rollback").status == 0


def test_status_tells_the_story(shop):
    assert shop.retable("status").out.startswith("nothing has run\ncode: 4 old names to change")
    shop.retable("migrate", "--yes")
    said = shop.retable("status")
    assert re.match(
        r"done\nrun 20\S+, plan [0-9a-f]{12}…, retable \S+, SQLite 3\S+\nbackup: backup-20",
        said.out,
    )
    assert "archive: done" in said.out
    shop.retable("rollback", "--yes")
    assert shop.retable("status").out.startswith("rolled back\n")


def test_status_says_that_the_plan_has_changed(migrated):
    plan = migrated.read("retable.toml")
    migrated.write("retable.toml", plan.replace('"user_note"', '"user_remark"'))
    said = migrated.retable("status").out
    assert "the plan says otherwise now than when it was carried out:\n  table 'notes' of" in said
    assert migrated.retable("migrate", "--yes").status == 2


def test_an_answer_about_the_code_is_no_other_plan(migrated):
    binding = '\n[[code.binding]]\npaths = "shop/notes.py"\ndatabase = "data/shop.db"\n'
    migrated.write("retable.toml", migrated.read("retable.toml") + binding)
    assert "otherwise" not in migrated.retable("status").out
    assert migrated.retable("migrate", "--yes").status == 0
    assert migrated.retable("verify").status == 0


def test_verify_holds_and_counts_what_came_since(migrated):
    assert migrated.retable("verify").out.endswith("holds\n")
    assert json.loads(migrated.retable("verify", "--format", "json").out)["holds"] is True
    with closing(sqlite3.connect(migrated.root / "data/shop.db")) as database, database:
        database.execute("INSERT INTO user_account VALUES ('Cy')")
    said = migrated.retable("verify")
    assert said.status == 0
    assert "user_account: 1 row since\n" in said.out


def test_verify_finds_a_row_that_was_changed(migrated):
    with closing(sqlite3.connect(migrated.root / "data/shop.db")) as database, database:
        database.execute("UPDATE user_account SET name = 'Bob' WHERE name = 'Bo'")
    said = migrated.retable("verify")
    assert said.status == 1
    assert said.out.endswith("does not hold\n")


def test_rollback_gives_back_every_byte(shop):
    before = shop.everything()
    shop.retable("migrate", "--yes")
    said = shop.retable("rollback", "--yes")
    assert said.status == 0
    assert "rolled back, to the byte" in said.err
    kept = {name: seen for name, seen in shop.everything().items() if "backup-" not in name}
    assert kept == before


def test_rollback_does_not_drop_new_rows_unasked(migrated):
    with closing(sqlite3.connect(migrated.root / "data/shop.db")) as database, database:
        database.execute("INSERT INTO user_account VALUES ('Cy')")
    said = migrated.retable("rollback", "--yes")
    assert said.status == 2
    assert "was written to since the migration" in said.err
    assert "--drop-new-rows" in said.err
    assert migrated.retable("rollback", "--yes", "--drop-new-rows").status == 0


@pytest.mark.parametrize("verb", ["plan", "migrate", "status", "verify", "rollback"])
def test_json_is_json(migrated, verb):
    said = migrated.retable(verb, "--format", "json")
    assert said.status == 0
    assert json.loads(said.out)


def test_a_database_in_use_is_an_error_before_any_work(shop):
    before = shop.everything()
    program = (
        "import sqlite3, sys; db = sqlite3.connect('data/users.db', isolation_level=None);"
        "db.execute('BEGIN IMMEDIATE'); print('writing', flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program], cwd=shop.root, **pipes) as writer:
        writer.stdout.readline()
        said = shop.retable("migrate", "--yes")
        writer.stdin.close()
    assert said.status == 2
    assert "data/users.db: is in use by " in said.err
    assert shop.everything() == before


def test_the_code_can_be_changed_before_the_databases_or_after(shop, shop_made):
    shop.retable("apply")
    first = {name: seen for name, seen in shop.everything().items() if name.startswith("shop/")}
    shop.git("checkout", "-q", ".")
    shop.retable("migrate", "--yes")
    shop.retable("apply")
    then = {name: seen for name, seen in shop.everything().items() if name.startswith("shop/")}
    assert first == then


def test_phase_by_phase_to_the_end(shop):
    before = shop.everything()
    for phase, then in (
        ("merge", "migrate --phase rename"),
        ("rename", "migrate --phase document"),
        ("document", "archive"),
    ):
        dry = shop.retable("migrate", "--phase", phase, "--dry-run")
        assert dry.status == 0
        assert f"-- {phase}: " in dry.out
        said = shop.retable("migrate", "--phase", phase, "--yes")
        assert said.status == 0
        assert f"next: `retable {then}`" in said.err
        assert f"{phase}: done" in shop.retable("status").out
        assert shop.retable("verify").status == 0
    assert (shop.root / "data/users.db").exists()
    said = shop.retable("archive")
    assert (said.status, said.err) == (0, "archived in archive, with a manifest of digests\n")
    assert not (shop.root / "data/users.db").exists()
    assert shop.retable("status").out.startswith("done\n")
    assert shop.retable("rollback", "--yes").status == 0
    after = shop.everything()
    assert {name: after[name] for name in before} == before


def test_a_phase_out_of_turn(shop):
    before = shop.everything()
    said = shop.retable("migrate", "--phase", "document", "--yes")
    assert said.status == 2
    assert "run `retable migrate --phase merge` first" in said.err
    assert shop.retable("archive").status == 2
    assert shop.retable("finish", "--yes").status == 2
    assert shop.everything() == before


def test_a_dry_run_of_a_phase_counts_rows_of_the_real_files(shop):
    said = shop.retable("migrate", "--phase", "merge", "--dry-run").out
    assert re.search(r"^-- merge: \d+ steps, 3 rows$", said, re.MULTILINE)
    assert "-- rename" not in said


def test_what_the_plan_deletes_goes_when_told(shop):
    shop.write("retable.toml", shop.read("retable.toml") + DELETED)
    with closing(sqlite3.connect(shop.root / "data/old.db")) as database, database:
        database.execute("CREATE TABLE t(x)")
    shop.retable("migrate", "--yes")
    assert (shop.root / "archive/deleted/old.db").exists()
    said = shop.retable("archive", "--purge", "--yes")
    assert (said.status, said.out) == (0, "removed archive/deleted/old.db\n")
    assert "1 file removed; the backup still has each of them" in said.err
    assert json.loads(shop.retable("archive", "--purge", "--yes", "--format", "json").out) == {
        "already_done": True,
        "removed": [],
    }


def test_the_end_waits_for_the_code(shop):
    shop.retable("migrate", "--yes")
    said = shop.retable("finish", "--yes")
    assert said.status == 1
    assert "still name what is gone" in said.err
    assert shop.retable("apply").status == 0
    said = shop.retable("finish", "--yes")
    assert said.status == 0
    assert shop.retable("status").out.startswith("finished\n")
    said = shop.retable("rollback", "--yes")
    assert said.status == 2
    assert "which ended the way back" in said.err


def test_many_remarks_fit_a_screen(shop):
    with closing(sqlite3.connect(shop.root / "data/users.db")) as database, database:
        for number in range(40):
            database.execute(f"CREATE INDEX data_{number} ON users(name)")
    with closing(sqlite3.connect(shop.root / "data/shop.db")) as database, database:
        for number in range(40):
            database.execute(f"CREATE INDEX data_{number} ON notes(text)")
    said = shop.retable("migrate", "--yes")
    assert len(said.out.splitlines()) <= 24
    assert "… and 28 more: proof.txt beside the backup has them all" in said.out
    (proof,) = shop.root.glob("backup-*/proof.txt")
    assert proof.read_text().count("user_data_") >= 40


def test_a_backup_that_is_gone_is_not_said_to_be_there(migrated):
    (folder,) = migrated.root.glob("backup-*")
    folder.rename(migrated.root / "elsewhere")
    gone = f"backup: {folder.name}, which is not there any more"
    assert gone in migrated.retable("status").out
    assert gone in migrated.retable("migrate", "--yes").err
