"""What the commands say of the code's statements, whichever of code and data comes first."""

import json
import shutil
import subprocess
import sys

import pytest

HEADLINE = "statements that name an old table: "
PROVED = (
    f"{HEADLINE}3: 3 compile today and when rewritten, and do the same,"
    " 0 already broken, 0 not checked"
)
RUNS = (
    "from shop.orders import orders; from shop.users import users;"
    "assert len(orders()) == 2 and len(users()) == 2"
)


def headline(said):
    return next(line for line in said.err.splitlines() if line.startswith(HEADLINE))


def statements(place):
    return json.loads(place.retable("check", "--format", "json").out)["statements"]


@pytest.mark.parametrize(
    "commands",
    [
        pytest.param((["migrate", "--yes"], ["apply"]), id="data first"),
        pytest.param((["apply"], ["migrate", "--yes"]), id="code first"),
        pytest.param(
            (["migrate", "--yes", "--phase", "merge"], ["apply"], ["migrate", "--yes"]),
            id="code between two phases",
        ),
    ],
)
def test_code_and_data_in_either_order(shop, commands):
    for command in commands:
        said = shop.retable(*command)
        assert said.status == 0, said.err
        if command == ["apply"]:
            assert headline(said) == PROVED
    assert shop.retable("check").status == 0
    subprocess.run([sys.executable, "-c", RUNS], cwd=shop.root, check=True)


def test_the_summary_and_the_json_tell_of_each_statement(shop):
    shop.write(
        "shop/more.py",
        'db.execute("SELECT nope FROM orders")\n'
        'db.execute("SELECT german(total) FROM orders")\n'
        'db.execute(f"SELECT id FROM orders WHERE id IN ({marks}) AND total > 1")\n'
        'db.execute("SELECT name, total FROM users JOIN orders")\n',
    )
    said = shop.retable("patch")
    assert headline(said) == (
        f"{HEADLINE}7: 5 compile today and when rewritten, and do the same (1 with holes filled;"
        " taking for granted: german()), 1 compile only when rewritten, 1 already broken,"
        " 0 not checked"
    )
    assert "  shop/more.py:1: no such column: nope" in said.err.splitlines()
    assert shop.read("patches/SUMMARY.md").endswith(
        "### Already broken\n\n- `shop/more.py:1` `SELECT nope FROM orders`: no such column: nope\n"
        "\n### Compiles once its tables are in one database\n\n"
        "- `shop/more.py:4` `SELECT name, total FROM users JOIN orders`: no such table: orders\n"
    )
    assert [
        (it["line"], it["verdict"]) for it in statements(shop) if it["path"] == "shop/more.py"
    ] == [
        (1, "already broken"),
        (2, "proved"),
        (3, "proved"),
        (4, "compiles only when rewritten"),
    ]


def test_a_statement_in_question_and_one_that_is_withheld_are_judged_too(open_shop):
    said = open_shop.retable("patch")
    assert said.status == 1
    assert headline(said).startswith(f"{HEADLINE}4: 3 compile today and when rewritten")
    assert "not checked: 1, a name in it awaits an answer" in said.err.splitlines()


@pytest.mark.parametrize("gone", ["backup", "backup and archive"])
def test_once_the_backup_is_gone(shop, gone):
    assert shop.retable("migrate", "--yes").status == 0
    for folder in (*shop.root.glob("data/backup*"), *shop.root.glob("backup*")):
        shutil.rmtree(folder)
    if gone != "backup":
        for folder in (*shop.root.glob("data/archive*"), *shop.root.glob("archive*")):
            shutil.rmtree(folder)
    of_users = [it for it in statements(shop) if it["path"] == "shop/users.py"]
    assert [it["verdict"] for it in of_users] == ["proved" if gone == "backup" else "not checked"]


def test_words_add_up(shop):
    said = shop.retable("check")
    assert "old table names: 7 words = 3 to change + 3 no references + 1 history" in said.err
    assert "names of database files that move: 1 word = 1 to change" in said.err
    accounts = json.loads(shop.retable("check", "--format", "json").out)["accounts"]
    assert {it["path"]: it["tables"]["all"] for it in accounts} == {
        "shop/orders.py": 3,
        "shop/report.sql": 1,
        "shop/users.py": 2,
    }
    assert all(
        it[kind]["all"] == sum(count for fate, count in it[kind].items() if fate != "all")
        for it in accounts
        for kind in ("tables", "paths")
    )
