"""`--decisions FILE`: what people accepted, rejected and answered is obeyed, or refused aloud."""

import json

import pytest

from migrate.schemas import schemas
from plan.load import load_plan
from refactor.patches.decisions import text_by_file
from refactor.patches.identity import identities
from refactor.search import Searcher

FILE = "retable-decisions.json"


def names_in(place):
    """The identity of each edit and question, by file and what it names."""
    searcher = Searcher(load_plan(place.root / "retable.toml"), schemas_of(place))
    search = searcher.search()
    return {
        (str(it.path), it.old): name
        for it, name in identities(search.references, text_by_file(search)).items()
    }


def schemas_of(place):
    return schemas(load_plan(place.root / "retable.toml"))


def decide(place, *decisions, **head):
    data = {"retable": "decisions", "version": 1, "decisions": list(decisions), **head}
    place.write(FILE, json.dumps(data))


def test_a_rejected_edit_is_left_and_the_rest_of_its_table_is_changed(shop):
    name = names_in(shop)["shop/orders.py", "orders"]
    decide(shop, {"id": name, "verdict": "reject", "why": "it is another shop's"})
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 0
    assert "FROM orders" in shop.read("shop/orders.py")
    assert "FROM shop_order" in shop.read("shop/report.sql")
    assert "left as they are, by decision: 1 reference\n  shop/orders.py:7:" in said.err
    warning = "orders of data/shop.db is changed in part, 1 of 2 places; not: shop/orders.py:7"
    assert f"warning: {warning}\n" in said.err
    assert "shop/orders.py:7:50: RT001 orders → shop_order" in shop.retable("check").out


def test_patch_obeys_as_apply_does(shop):
    name = names_in(shop)["shop/orders.py", "orders"]
    decide(shop, {"id": name, "verdict": "reject"})
    patch = shop.retable("patch", "--stdout", "--decisions", FILE).out
    shop.git("apply", stdin=patch.encode())
    patched = shop.everything()
    shop.git("checkout", "-q", ".")
    shop.retable("apply", "--decisions", FILE)
    assert shop.everything() == patched


def test_an_accepted_edit_is_made_as_if_nothing_was_said(shop):
    name = names_in(shop)["shop/orders.py", "orders"]
    before = shop.retable("patch", "--stdout")
    decide(shop, {"id": name, "verdict": "accept", "path": "elsewhere", "line": 9, "old": "x"})
    assert shop.retable("patch", "--stdout", "--decisions", FILE) == before


@pytest.mark.parametrize("new", ["shop_note", "user_note"])
def test_an_answered_question_is_an_edit(open_shop, new):
    name = names_in(open_shop)["shop/notes.py", "notes"]
    decide(open_shop, {"id": name, "verdict": "accept", "new": new})
    said = open_shop.retable("apply", "--decisions", FILE)
    assert said.status == 0
    assert f"FROM {new}" in open_shop.read("shop/notes.py")
    assert "FROM user_account" in open_shop.read("shop/users.py")
    assert open_shop.retable("check").status == 0


def test_an_answered_question_travels_in_the_patch_of_its_domain(open_shop):
    name = names_in(open_shop)["shop/notes.py", "notes"]
    decide(open_shop, {"id": name, "verdict": "accept", "new": "user_note"})
    open_shop.retable("patch", "--decisions", FILE)
    assert "+" in open_shop.read("patches/02-user.patch")
    assert "FROM user_note" in open_shop.read("patches/02-user.patch")


def test_what_is_no_reference_is_no_place_of_its_table(open_shop):
    """And the comment that `check` wants takes the question away for all."""
    open_shop.write(
        "shop/sure.py",
        'import sqlite3\n\nwith sqlite3.connect("data/shop.db") as db:\n'
        "    db.execute(\"INSERT INTO notes VALUES ('x')\")\n",
    )
    name = names_in(open_shop)["shop/notes.py", "notes"]
    decide(open_shop, {"id": name, "verdict": "reject"})
    said = open_shop.retable("apply", "--decisions", FILE)
    assert said.status == 0
    assert "INSERT INTO shop_note" in open_shop.read("shop/sure.py")
    assert "in part" not in said.err
    assert "shop/notes.py:2:41: RT003" in open_shop.retable("check").out
    first, second, *rest = open_shop.read("shop/notes.py").splitlines()
    comment = "  # retable: ignore[open-question] another program's"
    open_shop.write("shop/notes.py", "\n".join([first, second + comment, *rest, ""]))
    assert open_shop.retable("check").status == 0


def test_a_rejected_question_holds_nothing_up(open_shop):
    name = names_in(open_shop)["shop/notes.py", "notes"]
    assert open_shop.retable("apply", "--dry-run").status == 1
    decide(open_shop, {"id": name, "verdict": "reject"})
    said = open_shop.retable("apply", "--decisions", FILE)
    assert said.status == 0
    assert "left to review" not in said.err
    assert (
        "left as they are, by decision: 1 reference\n  shop/notes.py:2:41  notes\n"
        "  1 question among them: `retable check` goes on asking, until the line says"
        " # retable: ignore[open-question] or the plan answers\n"
    ) in said.err
    assert "FROM notes" in open_shop.read("shop/notes.py")
    assert "FROM user_account" in open_shop.read("shop/users.py")


def test_a_literal_that_is_asked_about_is_answered(shop):
    shop.write(
        "shop/which.py",
        'def pick(db, choose):\n    t = "orders"\n    choose(t)\n'
        '    return db.execute(f"SELECT 1 FROM {t}")\n',
    )
    name = names_in(shop)["shop/which.py", "orders"]
    decide(shop, {"id": name, "verdict": "accept", "new": "shop_order"})
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 0
    assert 't = "shop_order"' in shop.read("shop/which.py")


def test_an_answer_that_breaks_its_statement_is_not_written(shop):
    shop.write(
        "shop/alias.py",
        """\
import sqlite3

def f():
    with sqlite3.connect("data/shop.db") as db:
        return db.execute("WITH shop_order AS (SELECT 1 AS n) SELECT total FROM orders, shop_order")
""",
    )
    name = names_in(shop)["shop/alias.py", "orders"]
    decide(shop, {"id": name, "verdict": "accept", "new": "shop_order"})
    before = shop.everything()
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 1
    assert "not rewritten shop/alias.py: the statement on line 5" in said.err
    assert "FROM orders," in shop.read("shop/alias.py")
    assert shop.everything().keys() == before.keys()


def test_a_key_that_would_take_the_place_of_another_is_for_a_person_to_change(shop):
    shop.write("shop/sizes.py", 'SIZES = {"data/shop.db": 1, "data/users.db": 2}\n')
    name = names_in(shop)["shop/sizes.py", "data/users.db"]
    decide(shop, {"id": name, "verdict": "accept", "new": "data/shop.db"})
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 2
    assert "accepts a question that only a change of the code answers" in said.err
    assert '"data/users.db": 2' in shop.read("shop/sizes.py")


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        (
            "app.yaml",
            "tables:\n  orders: 90\n  'orders2': 1\n",
            "tables:\n  shop_order: 90\n  'orders2': 1\n",
        ),
        ("app.yaml", 'tables: {"orders": 9}\n', 'tables: {"shop_order": 9}\n'),
        (
            "app.json",
            '{"tables": {"a": 1, "orders": 90}}\n',
            '{"tables": {"a": 1, "shop_order": 90}}\n',
        ),
        ("app.toml", "[tables]\na = 1\norders = 90\n", "[tables]\na = 1\nshop_order = 90\n"),
        ("app.toml", "tables.orders = 90\n", "tables.shop_order = 90\n"),
        ("app.toml", "[tables.orders]\ndays = 90\n", "[tables.shop_order]\ndays = 90\n"),
        ("app.ini", "[tables]\norders = 90\n", "[tables]\nshop_order = 90\n"),
        ("app.ini", "[table:orders]\ndays = 90\n", "[table:shop_order]\ndays = 90\n"),
    ],
)
def test_a_key_of_settings_is_answered(shop, file, before, after):
    shop.write(file, before)
    name = names_in(shop)[file, "orders"]
    decide(shop, {"id": name, "verdict": "accept", "new": "shop_order"})
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 0, said.err
    assert shop.read(file) == after


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("app.yaml", "tables:\n  orders: 90\n  shop_order: 1\n"),
        ("app.yaml", "tables: &a\n  orders: 90\nlate:\n  <<: *a\n  shop_order: 1\n"),
        ("app.json", '{"tables": {"shop_order": 1, "orders": 90}}\n'),
        ("app.toml", "[tables]\nshop_order = 1\norders = 90\n"),
        ("app.ini", "[tables]\norders = 90\nshop_order = 1\n"),
    ],
)
def test_a_key_of_settings_whose_new_name_is_taken_is_not_written(shop, file, text):
    shop.write(file, text)
    name = names_in(shop)[file, "orders"]
    decide(shop, {"id": name, "verdict": "accept", "new": "shop_order"})
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 1
    assert f"not rewritten {file}: " in said.err
    assert shop.read(file) == text


def test_the_path_of_a_deleted_database_is_answered_with_the_target(shop):
    plan = shop.read("retable.toml")
    shop.write(
        "retable.toml",
        plan.replace(
            'path = "data/users.db"\naction = "merge"', 'path = "data/users.db"\naction = "delete"'
        ).partition('[[domain]]\nname = "user"')[0],
    )
    name = names_in(shop)["shop/users.py", "data/users.db"]
    decide(shop, {"id": name, "verdict": "accept", "new": "data/shop.db"})
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 0, said.err
    assert 'PATH = "data/shop.db"' in shop.read("shop/users.py")


@pytest.mark.parametrize("verb", ["patch", "apply"])
def test_all_that_is_wrong_with_decisions_is_said_at_once_and_nothing_is_done(open_shop, verb):
    names = names_in(open_shop)
    decide(
        open_shop,
        {"id": "0123456789", "verdict": "reject", "path": "gone.py", "line": 3, "old": "bugs"},
        {"id": names["shop/notes.py", "notes"], "verdict": "accept", "new": "shop_order"},
        {"id": names["shop/orders.py", "orders"], "verdict": "accept", "new": "other"},
        {"id": names["shop/users.py", "users"], "verdict": "reject"},
    )
    before = open_shop.everything()
    said = open_shop.retable(verb, "--decisions", FILE)
    assert said.status == 2
    assert said.err.startswith("error: 3 problems\n0123456789 (gone.py:3 bugs): is about no edit")
    assert "answers with 'shop_order' (write as new one of: shop_note, user_note)" in said.err
    assert "says that it becomes 'other', and the edit writes 'shop_order'" in said.err
    assert open_shop.everything() == before


def test_an_accepted_question_without_an_answer_is_refused(open_shop):
    name = names_in(open_shop)["shop/notes.py", "notes"]
    decide(open_shop, {"id": name, "verdict": "accept"})
    said = open_shop.retable("apply", "--decisions", FILE)
    assert said.status == 2
    assert "has no new name (write as new one of: shop_note, user_note)" in said.err


ACCEPT = '{"id": "1", "verdict": "accept"}'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no JSON: "),
        (b"\xff", "is no JSON: "),
        ("[" * 100_000, "is no JSON: "),
        ("[]", 'is no decisions file: it does not say "retable": "decisions"'),
        ('{"retable": "decisions", "version": 2}', "is of version 2, and this retable reads 1"),
        ('{"retable": "decisions", "version": 1}', "has no list of decisions"),
        ("[7]", "decisions[1]: is no object"),
        ('[{"id": "1", "verdict": "maybe"}]', "decisions[1]: 1: unknown verdict 'maybe'"),
        ('[{"id": "1"}]', "decisions[1]: 1: has no verdict"),
        ('[{"verdict": "accept"}]', "decisions[1]: has no id"),
        ('[{"id": 7, "verdict": "accept"}]', "decisions[1]: id is 7 (write a text)"),
        ('[{"id": "1", "verdict": []}]', "decisions[1]: verdict is a list (write a text)"),
        ('[{"id": "1", "verdict": "accept", "line": "x"}]', "line is 'x' (write a number)"),
        ('[{"id": "1", "verdict": "accept", "vedrict": 1}]', "has an unknown key 'vedrict'"),
        (f"[{ACCEPT}, {ACCEPT}]", "1 is decided twice (keep one of the two)"),
    ],
)
def test_a_file_that_holds_no_decisions(shop, text, says):
    if isinstance(text, str) and text.startswith("[") and text not in ("[]", "[" * 100_000):
        text = f'{{"retable": "decisions", "version": 1, "decisions": {text}}}'
    shop.write(FILE, text)
    before = shop.everything()
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 2
    assert f"error: {FILE}: " in said.err
    assert says in said.err
    assert shop.everything() == before


def test_a_file_that_is_not_there(shop):
    said = shop.retable("apply", "--decisions", "nowhere.json")
    assert said.status == 2
    assert "error: nowhere.json: cannot be read: No such file" in said.err


@pytest.mark.parametrize("new", ["shop_note", "user_note"])
def test_a_statement_that_runs_on_two_databases_is_for_a_person_to_change(shop, new):
    shop.write(
        "shop/both.py",
        'import sqlite3\n\ndef count(db):\n    return db.execute("SELECT count(*) FROM notes")\n\n'
        'def both():\n    for path in ("data/shop.db", "data/users.db"):\n'
        "        count(sqlite3.connect(path))\n",
    )
    name = names_in(shop)["shop/both.py", "notes"]
    decide(shop, {"id": name, "verdict": "accept", "new": new})
    before = shop.everything()
    said = shop.retable("apply", "--decisions", FILE)
    assert said.status == 2
    assert "accepts a question that only a change of the code answers" in said.err
    assert shop.everything() == before
    decide(shop, {"id": name, "verdict": "reject"})
    assert shop.retable("apply", "--decisions", FILE).status == 0
    assert "FROM notes" in shop.read("shop/both.py")
