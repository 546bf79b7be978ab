"""Where the plan is found, and what is said of one that is missing or wrong."""

import json

import pytest


def test_no_plan_says_what_to_do(nowhere):
    said = nowhere.retable("check")
    assert said.status == 2
    assert said.err == (
        "error: retable.toml: is neither here nor in a folder above"
        " (begin one with `retable init`, or name yours with --plan)\n"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("nope.toml", "nope.toml: there is no such file", id="no such file"),
        pytest.param(".", "is a folder, not a plan", id="a folder"),
    ],
)
def test_a_plan_that_cannot_be_read(nowhere, name, words):
    said = nowhere.retable("check", "--plan", name)
    assert said.status == 2
    assert words in said.err
    assert len(said.err.splitlines()) == 1


def test_the_plan_is_found_in_a_folder_above(shop):
    said = shop.retable("check", folder="shop")
    assert said.status == 1
    assert "shop/orders.py:7" in said.out, "paths are relative to the plan's folder"


def test_the_plan_may_have_another_name(shop):
    (shop.root / "retable.toml").rename(shop.root / "shop.toml")
    assert shop.retable("check", "--plan", "shop.toml").status == 1
    assert shop.retable("check", "--plan", "../shop.toml", folder="shop").status == 1


def test_all_problems_of_a_plan_come_at_once(shop):
    plan = shop.read("retable.toml")
    plan = plan.replace('action = "merge"', 'action = "merg"')
    plan = plan.replace('in = "data/users.db", to = "user_note"', 'in = "data/user.db", to = "a b"')
    plan = plan.replace("[plan]", '[plan]\ntraget = "x"\nschema_version = "1"')
    shop.write("retable.toml", plan)
    for verb in ("plan", "migrate", "patch", "apply", "check", "status", "verify", "rollback"):
        said = shop.retable(verb)
        assert said.status == 2
        assert said.out == ""
        first, *problems = said.err.splitlines()
        assert first == "error: 5 problems"
        assert [line.partition(": ")[2].partition(": ")[0] for line in problems] == [
            "plan.traget",
            "plan.schema_version",
            "database[2] (data/users.db).action",
            "domain[2].table[2] (notes in data/user.db).in",
            "domain[2].table[2] (notes in data/user.db).to",
        ]
        assert all(line.startswith("retable.toml: ") for line in problems)
        assert all(line.endswith(")") for line in problems), "each says how to mend it"


def test_problems_with_the_databases_come_at_once_and_nothing_is_written(shop):
    (shop.root / "data/users.db").write_bytes(b"not a database at all, however long it is")
    plan = shop.read("retable.toml").replace('{ from = "notes", in = "data/shop.db"', "#")
    shop.write("retable.toml", plan.replace('to = "shop_note" },', ""))
    before = shop.everything()
    for arguments in (["plan"], ["migrate", "--dry-run"], ["migrate", "--yes"]):
        said = shop.retable(*arguments)
        assert said.status == 2
        assert "error: 2 problems\n" in said.err
        assert "data/users.db: is not a SQLite database (name the right file)" in said.err
        assert "data/shop.db: " in said.err, "a table that the plan does not know"
        assert "notes" in said.err
        assert "Traceback" not in said.err
    assert shop.everything() == before


def test_a_database_that_is_not_there(shop):
    (shop.root / "data/users.db").unlink()
    said = shop.retable("migrate", "--yes")
    assert said.status == 2
    assert said.err == ("error: data/users.db: there is no such file (mend its path in the plan)\n")


def test_a_kept_database_that_is_not_there_stops_nothing(open_shop):
    plan = open_shop.read("retable.toml")
    kept = '[[database]]\npath = "crm.db"\naction = "keep"\n\n'
    open_shop.write("retable.toml", plan.replace("[[domain]]", f"{kept}[[domain]]", 1))
    note = "crm.db: there is no such file here; it is kept, so nothing needs it\n"
    for arguments in (["plan"], ["migrate", "--dry-run"], ["migrate", "--yes"]):
        said = open_shop.retable(*arguments)
        assert said.status == 0, said.err
        assert (said.out + said.err).count(note) == 1
    assert open_shop.retable("verify").status == 0
    assert open_shop.retable("rollback", "--yes").status == 0
    (open_shop.root / "data/users.db").unlink()
    said = open_shop.retable("migrate", "--yes")
    assert (said.status, said.err.count("there is no such file (")) == (2, 1)


def test_a_kept_database_that_is_a_link_to_nothing_is_a_problem(open_shop):
    plan = open_shop.read("retable.toml")
    kept = '[[database]]\npath = "crm.db"\naction = "keep"\n\n'
    open_shop.write("retable.toml", plan.replace("[[domain]]", f"{kept}[[domain]]", 1))
    (open_shop.root / "crm.db").symlink_to("nowhere.db")
    said = open_shop.retable("migrate", "--yes")
    assert said.status == 2
    assert "crm.db: is a symbolic link to nowhere.db" in said.err


def test_the_plan_is_shown_with_rows_and_references(open_shop):
    said = open_shop.retable("plan")
    assert said.status == 0
    assert "Databases → data/shop.db" in said.out
    assert (
        "databases: nothing has run\ncode: 4 old names to change, 1 to review\nNext:\n" in said.out
    )
    facts = json.loads(open_shop.retable("plan", "--format", "json").out)
    assert facts["state"] == "nothing has run"
    assert ["data/users.db", "users", 2] in facts["rows"]
    assert (facts["references"], facts["to_review"]) == (5, 1)


def test_showing_the_plan_names_a_file_that_cannot_be_read(shop):
    shop.write("shop/broken.py", 'def f(:\n    "orders"\n')
    said = shop.retable("plan")
    assert said.status == 2
    assert "NOT READ shop/broken.py: line 1" in said.err
