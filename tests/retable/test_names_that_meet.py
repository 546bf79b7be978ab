"""Two databases have a view of one name: the data, the code and what is said of both."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

CODE = """\
import sqlite3


def recent():
    with sqlite3.connect("data/{0}.db") as db:
        return db.execute("SELECT {1} FROM recent ORDER BY 1").fetchall()


def newest():
    with sqlite3.connect("data/{0}.db") as db:
        return db.execute('SELECT last_{0} FROM "newest"').fetchall()
"""
OBJECT = '\n[[object]]\nname = "newest"\nin = "data/users.db"\nto = "user_latest"\n'
RULE = "view recent of data/users.db becomes user_recent: its name is taken"
WORD = "view newest of data/users.db becomes user_latest: the plan says so"


@pytest.fixture
def two_views(shop):
    for name, table, column in (("shop", "orders", "total"), ("users", "users", "name")):
        with closing(sqlite3.connect(shop.root / f"data/{name}.db")) as database:
            database.execute(f"CREATE VIEW recent AS SELECT {table}.{column} FROM {table}")
            database.execute(
                f"CREATE VIEW newest AS SELECT max(recent.{column}) AS last_{name} FROM recent"
            )
        shop.write(f"shop/{name}_views.py", CODE.format(name, column))
    shop.write("retable.toml", shop.read("retable.toml") + OBJECT)
    shop.git("add", "-A")
    shop.git("commit", "-qm", "views")
    return shop


def answers(place):
    """What the code itself gives."""
    program = "from shop import shop_views as s, users_views as u\n"
    program += "print([f() for f in (s.recent, s.newest, u.recent, u.newest)])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=place.root, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_data_and_code_arrive_together(two_views):
    before = answers(two_views)
    said = two_views.retable("plan")
    assert RULE in said.out
    assert WORD in said.out
    assert json.loads(two_views.retable("plan", "--format", "json").out)["new_names"] == [
        RULE,
        WORD,
    ]
    dry = two_views.retable("migrate", "--dry-run")
    assert 'CREATE VIEW "main"."user_recent" AS' in dry.out
    assert RULE in dry.err
    assert two_views.retable("patch", "-o", "patches").status == 0
    migrated = two_views.retable("migrate", "--yes")
    assert migrated.status == 0
    assert RULE in migrated.out.replace("\n", "")
    for patch in sorted((two_views.root / "patches").glob("*.patch")):
        two_views.git("apply", str(patch))
    users = two_views.read("shop/users_views.py")
    assert 'FROM user_recent ORDER BY 1"' in users
    assert 'FROM "user_latest"\'' in users
    assert "recent ORDER" in two_views.read("shop/shop_views.py")
    assert answers(two_views) == before
    assert two_views.retable("check").status == 0
    assert two_views.retable("verify").status == 0


def test_check_finds_what_still_says_the_old_name(two_views):
    said = two_views.retable("check")
    assert said.status == 1
    assert "shop/users_views.py:6:" in said.out
    assert "recent → user_recent" in said.out
    assert "shop/shop_views.py" not in said.out


def test_refused_where_the_plan_wants_that(two_views):
    text = two_views.read("retable.toml").replace("[plan]\n", '[plan]\ntaken_names = "refuse"\n')
    two_views.write("retable.toml", text)
    before = two_views.everything()
    for arguments in (["plan"], ["migrate", "--dry-run"], ["migrate", "--yes"]):
        said = two_views.retable(*arguments)
        assert said.status == 2
        assert "data/users.db: view 'recent': its name is taken by a view of data/shop.db" in (
            said.err
        )
        assert "'newest'" not in said.err
    assert two_views.everything() == before
