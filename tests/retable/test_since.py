"""`check --since`: only what changed, with evidence from all files."""

import pytest


def names(said):
    return sorted({line.split(":")[0] for line in said.out.splitlines()})


def test_only_changed_and_new_files_are_checked(shop):
    shop.git("checkout", "-qb", "work")
    shop.write("shop/report.sql", "SELECT max(id) FROM orders;\n")
    shop.git("commit", "-qam", "committed")
    shop.write("shop/users.py", shop.read("shop/users.py") + "\n")
    shop.write("shop/é new.py", 'db.execute("DELETE FROM orders")\n')
    said = shop.retable("check", "--since", "HEAD~1")
    assert said.status == 1
    assert names(said) == ["shop/report.sql", "shop/users.py", "shop/é new.py"]
    assert names(shop.retable("check", "--since", "HEAD")) == ["shop/users.py", "shop/é new.py"]
    assert "3 files: 4 leftovers" in said.err


def test_what_others_did_meanwhile_does_not_count(shop):
    shop.git("branch", "main-line")
    shop.git("checkout", "-q", "main-line")
    shop.write("shop/report.sql", "SELECT 1;\n")
    shop.git("commit", "-qam", "theirs")
    shop.git("checkout", "-q", "-")
    shop.write("shop/orders.py", shop.read("shop/orders.py") + "\n")
    assert names(shop.retable("check", "--since", "main-line")) == ["shop/orders.py"]


def test_nothing_changed_is_clean(shop):
    said = shop.retable("check", "--since", "HEAD")
    assert (said.status, said.out) == (0, "")
    assert "0 files: 0 leftovers" in said.err


def test_evidence_comes_from_files_that_did_not_change(shop):
    shop.write("shop/place.py", 'import sqlite3\n\nDB = sqlite3.connect("data/users.db")\n')
    shop.git("add", "-A")
    shop.git("commit", "-qm", "place")
    shop.write(
        "shop/late.py",
        "from shop.place import DB\n\n\n"
        'def late():\n    return DB.execute("SELECT text FROM notes")\n',
    )
    whole = [it for it in shop.retable("check").out.splitlines() if it.startswith("shop/late.py")]
    assert "notes → user_note" in whole[0]
    assert shop.retable("check", "--since", "HEAD").out.splitlines() == whole


def test_a_comment_that_does_nothing_is_told_only_where_something_changed(shop):
    shop.write("shop/idle.py", "x = 1  # retable: ignore\n")
    assert "shop/idle.py:1:10: RT006" in shop.retable("check", "--since", "HEAD").out
    shop.git("add", "-A")
    shop.git("commit", "-qm", "idle")
    assert shop.retable("check", "--since", "HEAD").out == ""


def test_a_plan_in_a_folder_looks_at_its_own_files(shop, tmp_path):
    outer = tmp_path / "outer"
    outer.mkdir()
    (shop.root / ".git").rename(outer / ".git")
    shop.root.rename(outer / "ops")
    shop.root = outer / "ops"
    shop.git("add", "-A")
    shop.git("commit", "-qm", "moved")
    shop.write("shop/orders.py", shop.read("shop/orders.py") + "\n")
    assert names(shop.retable("check", "--since", "HEAD")) == ["shop/orders.py"]


@pytest.mark.parametrize("revision", ["nowhere", "--all", "HEAD:shop", ""])
def test_an_unknown_revision_is_an_error(shop, revision):
    said = shop.retable("check", f"--since={revision}")
    assert (said.status, said.out) == (2, "")
    assert f"--since {revision}: is no revision that git knows here" in said.err


def test_histories_without_a_common_commit_are_an_error(shop):
    shop.git("checkout", "-q", "--orphan", "other")
    shop.git("commit", "-qm", "other")
    first = shop.git("rev-list", "--all", "--max-parents=0").split()
    assert len(first) == 2
    other = next(it for it in first if it != shop.git("rev-parse", "HEAD").strip())
    said = shop.retable("check", "--since", other)
    assert said.status == 2
    assert "has no commit in common with HEAD" in said.err
    assert "fetch-depth: 0" in said.err


def test_outside_of_git_is_an_error(shop):
    (shop.root / ".git").rename(shop.root.parent / "elsewhere")
    said = shop.retable("check", "--since", "HEAD")
    assert (said.status, said.out) == (2, "")
    assert "is in no git repository" in said.err


def test_without_git_is_an_error(shop, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    said = shop.retable("check", "--since", "HEAD")
    assert (said.status, said.out) == (2, "")
