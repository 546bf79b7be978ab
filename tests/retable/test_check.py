"""`retable check`: what a CI sees."""

import json
from pathlib import Path

import pytest
import yaml

from retable.cli import main

CODE = Path(__file__).resolve().parents[2]


def applied(place):
    assert place.retable("apply").status == 0
    return place


def test_clean_after_apply(shop):
    said = applied(shop).retable("check")
    assert (said.status, said.out) == (0, "")
    assert "0 leftovers, 0 to review, 0 not read" in said.err


def test_one_legacy_statement_put_back(shop):
    applied(shop).write("shop/late.py", 'db.execute("DELETE FROM orders")\n')
    said = shop.retable("check")
    assert said.status == 1
    assert said.out == "shop/late.py:1:25: RT001 orders → shop_order [DELETE FROM, data/shop.db]\n"


def test_a_question_is_a_finding(open_shop):
    said = applied_but_for_notes(open_shop).retable("check")
    assert said.status == 1
    assert said.out == (
        "shop/notes.py:2:41: RT003 notes → ? review: is this notes of data/shop.db (now shop_note)"
        " or notes of data/users.db (now user_note)? (the plan can answer)\n"
    )
    assert "`retable patch` shows what answers each question" in said.err


def applied_but_for_notes(place):
    assert place.retable("apply", "--partial").status == 1
    place.write(
        "shop/users.py", place.read("shop/users.py").replace("data/users.db", "data/shop.db")
    )
    return place


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        pytest.param(b'def f(:\n    "orders"\n', "line 1: invalid syntax", id="syntax error"),
        pytest.param(
            b'x = "orders \xe9"\n', "line 1: the byte 0xe9 is not valid", id="undecodable"
        ),
        pytest.param(b"# coding: klingon\n'orders'\n", "encoding klingon", id="unknown encoding"),
        pytest.param(b'"orders"\0', "NUL", id="a NUL byte"),
    ],
)
def test_a_file_that_cannot_be_read_is_never_silent(shop, contents, words):
    shop.write("shop/broken.py", contents)
    said = shop.retable("check")
    assert said.status == 2
    assert "NOT READ shop/broken.py: " in said.err
    assert words in said.err
    assert "shop/orders.py:7" in said.out, "the other files are checked all the same"
    assert "1 not read" in said.err


def test_a_broken_file_without_old_names_is_nobodys_business(shop):
    applied(shop).write("shop/broken.py", "def f(:\n")
    assert shop.retable("check").status == 0


def test_json_is_complete(open_shop):
    open_shop.write("shop/broken.py", 'def f(:\n    "orders"\n')
    open_shop.write("shop/words.py", 'print("no orders today")\n')
    open_shop.write("deploy.txt", "the table orders\n")
    (open_shop.root / "dangling.py").symlink_to("nowhere.py")
    said = open_shop.retable("check", "--format", "json")
    assert said.status == 2
    found = json.loads(said.out)
    assert [(it["path"], it["line"], it["old"], it["new"]) for it in found["references"]] == [
        ("shop/notes.py", 2, "notes", None),
        ("shop/orders.py", 7, "orders", "shop_order"),
        ("shop/report.sql", 1, "orders", "shop_order"),
        ("shop/users.py", 4, "data/users.db", "data/shop.db"),
        ("shop/users.py", 9, "users", "user_account"),
    ]
    (question, *certain) = found["references"]
    assert question["blocking"]
    assert question["question"].startswith("is this notes of data/shop.db")
    assert question["mend"].startswith("[[code.binding]]")
    assert all(it["question"] is None and it["evidence"] for it in certain)
    assert {it["database"] for it in certain} == {"data/shop.db", "data/users.db"}
    assert found["unreadable"] == [{"path": "shop/broken.py", "why": "line 1: invalid syntax"}]
    assert found["history"] == [{"path": "old/migrate_1.py", "hits": 1}]
    why = "a kind of file that is not read"
    assert {"path": "deploy.txt", "hits": 1, "why": why} in found["other_files"]
    assert found["skipped"] == [{"path": "dangling.py", "why": "a symbolic link to nothing"}]
    assert {it["path"] for it in found["ignored"]} >= {"shop/words.py", "shop/orders.py"}
    assert found["looked_at"] == 10


def test_every_hit_of_the_platform_is_accounted_for(platform):
    found = json.loads(platform.retable("check", "--format", "json").out)
    assert len(found["references"]) > 300
    assert all(it["why"] for it in found["ignored"])
    assert found["unreadable"] == []


def test_history_is_named_once_and_is_no_leftover(shop):
    said = shop.retable("check")
    assert "old/migrate_1.py" not in said.out
    assert "history, excluded by the plan: 1 file with 1 hit" in said.err


def test_migrations_are_history_by_nature_and_named_by_framework(shop):
    shop.write(
        "versions/1a_orders.py",
        'revision = "1a"\ndown_revision = None\n\n\ndef upgrade():\n    op.drop_table("orders")\n',
    )
    said = shop.retable("check")
    assert "versions/1a_orders.py" not in said.out
    assert "history, Alembic's migrations, which keep the old names: 1 file with 1 hit" in said.err
    found = json.loads(shop.retable("check", "--format", "json").out)
    (migration,) = found["migrations"]
    assert migration == {"path": "versions/1a_orders.py", "hits": 1, "framework": "Alembic"}


def test_other_files_that_hold_old_names_are_named(shop):
    shop.write("deploy.txt", "the table orders\n")
    assert "deploy.txt (1)" in shop.retable("check").err


def test_settings_that_do_not_parse_are_named_with_the_reason(shop):
    applied(shop).write("deploy.yaml", "path: {{ users }}: [\n")
    said = shop.retable("check")
    assert said.status == 0
    assert "not read deploy.yaml (1): it is no YAML that could be read: line 1: " in said.err


def test_settings_are_leftovers_too(shop):
    shop.write("deploy.yaml", "path: data/users.db\ntable: orders\n")
    said = shop.retable("check")
    assert "deploy.yaml:1:7: RT002 data/users.db → data/shop.db [path, data/users.db]" in said.out
    assert "deploy.yaml:2:8: RT004 orders → ? perhaps: is this the name of this table?" in said.out
    assert applied(shop).read("deploy.yaml") == "path: data/shop.db\ntable: orders\n"
    assert shop.retable("check").status == 0


def test_documentation_is_read_on_request_by_every_verb(shop):
    guide = "The table `orders`, in `data/users.db`.\n"
    shop.write("docs/guide.md", guide)
    applied(shop)
    assert shop.read("docs/guide.md") == guide
    assert shop.retable("check").status == 0
    assert shop.retable("check", "--docs").status == 1
    assert "+The table `shop_order`" in shop.retable("patch", "--docs", "--stdout").out
    assert shop.retable("apply", "--docs").status == 0
    assert shop.read("docs/guide.md") == "The table `shop_order`, in `data/shop.db`.\n"
    assert shop.retable("check", "--docs").status == 0


def test_the_plan_may_say_that_documentation_is_read(shop):
    shop.write("retable.toml", shop.read("retable.toml") + "docs = true\n")
    shop.write("docs/guide.md", "The table `orders`.\n")
    assert applied(shop).read("docs/guide.md") == "The table `shop_order`.\n"


def test_a_plan_that_says_neither_yes_nor_no_is_refused(shop):
    shop.write("retable.toml", shop.read("retable.toml") + "docs = 'yes'\n")
    said = shop.retable("check")
    assert said.status == 2
    assert "code.docs: is 'yes', not yes or no (write true or false)" in said.err


def test_works_outside_of_git(shop):
    expected = shop.retable("check")
    (shop.root / ".git").rename(shop.root.parent / "elsewhere")
    assert shop.retable("check").out == expected.out


def test_works_without_git(shop, monkeypatch):
    expected = shop.retable("check")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert shop.retable("check").out == expected.out


def test_hidden_folders_are_code_and_ignored_ones_are_not(shop):
    shop.write(".tools/count.py", 'db.execute("SELECT count(*) FROM orders")\n')
    shop.write("build/count.py", 'db.execute("SELECT count(*) FROM orders")\n')
    shop.write(".gitignore", "build/\n*.db\n")
    said = shop.retable("check")
    assert ".tools/count.py:1" in said.out
    assert "build/count.py" not in said.out


def test_the_hook_runs_a_command_that_there_is():
    hooks = yaml.safe_load((CODE / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["retable-check"]
    assert [hook["entry"].split()[1] in main.commands for hook in hooks] == [True]
    assert [hook["pass_filenames"] for hook in hooks] == [False]


def test_history_that_live_code_uses_is_shown_and_does_not_fail(shop):
    assert shop.retable("apply").status == 0
    shop.write("shop/run.py", 'import runpy\n\nrunpy.run_path("old/migrate_1.py")\n')
    said = shop.retable("check")
    assert said.status == 0
    assert said.out.startswith("old/migrate_1.py:1:1: RT012 ")
    assert "shop/run.py:3" in said.out
