"""`retable patch` and `retable apply`: the same edits, in two ways."""

import os
import re
import tomllib
from pathlib import Path

import pytest


def patches_of(place, folder="patches"):
    return sorted((place.root / folder).glob("*.patch"))


def test_one_patch_per_domain_and_a_summary(shop):
    said = shop.retable("patch", "-o", "out/patches")
    assert said.status == 0
    assert said.out == ""
    names = sorted(file.name for file in (shop.root / "out/patches").iterdir())
    assert names == [
        "01-shop.patch",
        "02-user.patch",
        "03-database-paths.patch",
        "SUMMARY.md",
        "series",
    ]
    assert "| 01-shop.patch | 1 | 2 | 2 | What is sold |" in shop.read("out/patches/SUMMARY.md")
    assert all(name in said.err for name in names[:3])


def test_nothing_of_the_code_is_changed(shop):
    before = shop.everything()
    shop.retable("patch", "-o", "../patches")
    shop.retable("patch", "--stdout")
    assert shop.everything() == before


def test_each_patch_applies_alone(platform):
    platform.retable("patch")
    patches = patches_of(platform)
    assert len(patches) == 9
    for patch in patches:
        platform.git("apply", "--check", str(patch))
        platform.git("apply", str(patch))
        platform.git("checkout", "-q", ".")


def test_in_order_they_give_the_same_tree_as_apply(platform, platform_made, tmp_path):
    platform.retable("patch", "-o", "../patches")
    for patch in patches_of(platform, "../patches"):
        platform.git("apply", str(patch))
    patched = platform.everything()
    platform.git("checkout", "-q", ".")
    assert platform.retable("apply").status == 0
    assert platform.everything() == patched
    assert platform.retable("check").status == 0


def test_all_in_one_through_a_pipe(shop):
    said = shop.retable("patch", "--stdout")
    assert said.out.startswith("diff --git ")
    shop.git("apply", "--check", stdin=said.out.encode())
    shop.git("apply", stdin=said.out.encode())
    by_patch = shop.everything()
    shop.git("checkout", "-q", ".")
    shop.retable("apply")
    assert shop.everything() == by_patch


def test_the_plan_may_lie_below_the_top_of_the_repository(shop, tmp_path):
    (shop.root / ".git").rename(tmp_path / ".git")
    shop.git("add", "-A")
    shop.retable("patch")
    shop.git("apply", "--check", *map(str, patches_of(shop)))


def test_the_same_bytes_each_time(platform):
    assert platform.retable("patch", "--stdout").out == platform.retable("patch", "--stdout").out


def test_patches_of_an_earlier_run_go(shop):
    shop.retable("patch")
    mine = shop.write("patches/09-mine.patch", "not retable's\n")
    shop.retable("apply")
    said = shop.retable("patch")
    assert "nothing to change" in said.err
    assert patches_of(shop) == [mine]


def test_patches_of_another_plan_go_too(shop):
    shop.retable("patch")
    before = patches_of(shop)
    plan = shop.root / "retable.toml"
    plan.write_text(re.sub(r'(\[\[domain\]\]\nname = ")', r"\1new/", plan.read_text()))
    shop.retable("patch")
    after = patches_of(shop)
    assert after
    assert not set(before[:-1]) & set(after)
    shop.git("apply", "--check", *map(str, after))


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("retable.toml/patches", id="below a file"),
        pytest.param(
            "locked/patches",
            id="a folder that is read-only",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere"),
        ),
    ],
)
def test_an_output_folder_that_cannot_be_written(shop, output):
    (shop.root / "locked").mkdir(mode=0o555)
    said = shop.retable("patch", "-o", output)
    assert said.status == 2
    assert f"error: {output}: cannot be written: " in said.err
    assert said.err.endswith("(choose another with -o)\n")


def test_apply_keeps_modes_and_every_other_byte(shop):
    shop.write("shop/odd.py", b'\xef\xbb\xbfx = "DELETE FROM orders"\r\ny = 1  \r\n\tz = 2'[:-6])
    shop.retable("apply")
    assert (shop.root / "shop/users.py").stat().st_mode & 0o777 == 0o755
    odd = (shop.root / "shop/odd.py").read_bytes()
    assert odd == b'\xef\xbb\xbfx = "DELETE FROM shop_order"\r\ny = 1  \r\n'


def test_apply_says_each_file(shop):
    said = shop.retable("apply")
    assert said.out.splitlines() == [
        "shop/orders.py: 1 table name",
        "shop/report.sql: 1 table name",
        "shop/users.py: 1 table name, 1 path",
    ]
    assert "changed 4 references in 3 files" in said.err


def test_a_dry_run_changes_nothing(shop):
    before = shop.everything()
    said = shop.retable("apply", "--dry-run")
    assert shop.everything() == before
    assert "would change 4 references in 3 files" in said.err
    assert said.out == shop.retable("apply").out


@pytest.mark.parametrize(
    "error", [pytest.param(KeyboardInterrupt(), id="Ctrl-C"), pytest.param(OSError(28, "full"))]
)
@pytest.mark.parametrize("verb", ["write_bytes", "replace"])
def test_stopped_in_the_middle_of_writing_all_is_as_it_was(shop, monkeypatch, verb, error):
    before, calls, act = shop.everything(), [], getattr(Path, verb)

    def stopped(path, *arguments):
        calls.append(path)
        if len(calls) == 2:
            raise error
        return act(path, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Path, verb, stopped)
        said = shop.retable("apply")
    assert said.status == 2
    assert shop.everything() == before


def test_a_second_apply_changes_nothing(platform):
    platform.retable("apply")
    once = platform.everything()
    said = platform.retable("apply")
    assert (said.status, said.out) == (0, "")
    assert platform.everything() == once


@pytest.mark.parametrize("verb", ["patch", "apply"])
@pytest.mark.parametrize(
    "contents",
    [
        pytest.param(b'def f(:\n    "orders"\n', id="syntax error"),
        pytest.param(b'x = "orders \xe9"\n', id="undecodable"),
    ],
)
def test_a_file_that_cannot_be_read_stops_all(shop, verb, contents):
    shop.write("shop/broken.py", contents)
    before = shop.everything()
    said = shop.retable(verb)
    assert said.status == 2
    assert said.err.startswith("error: shop/broken.py: cannot be read: line 1")
    assert "code.exclude" in said.err
    assert shop.everything() == before


def test_a_table_with_an_open_question_is_withheld_as_a_whole(open_shop):
    open_shop.write("shop/more.py", 'import sqlite3\nq = "INSERT INTO notes VALUES (1)"\n')
    open_shop.write(
        "shop/sure.py",
        "import sqlite3\n\n\ndef add():\n"
        '    with sqlite3.connect("data/shop.db") as db:\n'
        "        db.execute(\"INSERT INTO notes VALUES ('x')\")\n",
    )
    said = open_shop.retable("apply")
    assert said.status == 1
    assert "INSERT INTO notes" in open_shop.read("shop/sure.py")
    assert "FROM shop_order" in open_shop.read("shop/orders.py"), "other tables are changed"
    assert "withheld: " in said.err
    assert "  notes: 2 open questions, 1 reference withheld\n" in said.err


@pytest.mark.parametrize("verb", [("patch",), ("apply", "--dry-run")])
def test_an_open_question_is_a_finding_also_where_nothing_is_withheld_for_it(shop, verb):
    shop.write("shop/orders.py", "")
    shop.write("shop/report.sql", "")
    assert shop.retable(*verb).status == 0
    shop.write(
        "shop/which.py",
        'def pick(db, choose):\n    t = "orders"\n    choose(t)\n'
        '    return db.execute(f"SELECT 1 FROM {t}")\n',
    )
    said = shop.retable(*verb)
    assert "withheld" not in said.err
    assert "handed on to choose on line 3" in said.err
    assert said.status == 1


def test_what_hangs_on_the_question_is_withheld_and_said(open_shop):
    """The path of a database with such a table, and that database's other tables."""
    said = open_shop.retable("apply")
    assert "withheld: 2 references" in said.err
    assert "  data/users.db: 1 reference withheld along with them\n" in said.err
    assert "  users: 1 reference withheld along with them\n" in said.err
    assert "data/users.db" in open_shop.read("shop/users.py")


def test_the_counts_add_up(platform):
    plan = platform.read("retable.toml")
    platform.write("retable.toml", plan[: plan.index("[[code.binding]]")])
    found = platform.retable("check").err.rpartition("files: ")[2]
    said = platform.retable("apply", "--dry-run").err
    changed, withheld = _number("would change ", said), _number("withheld: ", said)
    assert changed + withheld == int(found.split()[0])


def test_a_statement_may_name_a_withheld_table_beside_one_that_is_changed(open_shop):
    """It is judged as it will be when all is done, or not at all while its own name is open."""
    joined = '    return db.execute("SELECT text, total FROM notes JOIN orders").fetchall()\n'
    bound = 'import sqlite3\n\n\ndef bound():\n    db = sqlite3.connect("data/shop.db")\n' + joined
    # The path is relative to a folder that nobody knows: that table's database is open.
    unbound = "def unbound(db):\n" + joined.replace("text, total", "text").replace(
        "orders", "users"
    )
    open_shop.write("shop/bound.py", bound)
    open_shop.write("shop/unbound.py", unbound)
    said = open_shop.retable("apply")
    assert "not rewritten" not in said.err
    assert "FROM notes JOIN shop_order" in open_shop.read("shop/bound.py")


def _number(before, text):
    return int(text.partition(before)[2].split()[0])


def test_partial_changes_what_is_certain(open_shop):
    said = open_shop.retable("apply", "--partial")
    assert said.status == 1
    assert "FROM user_account" in open_shop.read("shop/users.py")
    assert "FROM notes" in open_shop.read("shop/notes.py")
    assert "left to review: 1" in said.err


def test_partial_says_that_paths_wait_all_the_same(open_shop):
    said = open_shop.retable("apply", "--partial")
    assert "data/users.db: 1 reference withheld along with them" in said.err
    assert "--partial overrides" not in said.err


def test_partial_says_on_which_lines_the_questions_stand_that_a_path_waits_for(open_shop):
    for number in range(1, 5):
        open_shop.write(f"shop/more{number}.py", f'{"#" * number}\nq = "DELETE FROM notes"\n')
    said = open_shop.retable("apply", "--dry-run")
    assert "  notes: 5 open questions\n" in said.err
    said = open_shop.retable("apply", "--partial")
    places = "shop/more1.py:2, shop/more2.py:2, shop/more3.py:2 and 2 more"
    assert f"  notes: 5 open questions on {places}\n" in said.err


@pytest.mark.parametrize(
    ("database", "new"),
    [("data/shop.db", "shop_note"), ("data/users.db", "user_note")],
)
def test_the_printed_lines_answer_the_question_when_pasted(open_shop, database, new):
    lines = open_shop.retable("patch").err.splitlines()
    start = lines.index("    add to the plan:") + 1
    pasted = [line.strip() for line in lines[start : start + 3]]
    assert pasted == [
        "[[code.binding]]",
        'paths = "shop/notes.py"',
        'database = "data/shop.db"  # or "data/users.db"',
    ]
    plan = open_shop.read("retable.toml") + "\n" + "\n".join(pasted) + "\n"
    assert tomllib.loads(plan)["code"]["binding"] == [
        {"paths": "shop/notes.py", "database": "data/shop.db"}
    ]
    open_shop.write(
        "retable.toml", plan.replace('"data/shop.db"  # or "data/users.db"', f'"{database}"')
    )
    said = open_shop.retable("apply")
    assert said.status == 0
    assert f"FROM {new}" in open_shop.read("shop/notes.py")
    assert open_shop.retable("check").status == 0


def test_pasted_as_it_is_it_is_a_plan_too(open_shop):
    summary = _after_patch(open_shop)
    start = summary.index("      [[code.binding]]")
    pasted = "\n".join(line.strip() for line in summary[start : start + 3])
    open_shop.write("retable.toml", f"{open_shop.read('retable.toml')}\n{pasted}\n")
    assert open_shop.retable("apply").status == 0


def _after_patch(place):
    place.retable("patch")
    return place.read("patches/SUMMARY.md").splitlines()


@pytest.mark.parametrize(
    "name", ["a[1].py", "what?.py", 'say "hi".py', "tab\there.py", "ümläut.py"]
)
def test_a_file_of_any_name_can_be_answered_for(open_shop, name):
    (open_shop.root / "shop/notes.py").rename(open_shop.root / "shop" / name)
    summary = _after_patch(open_shop)
    start = summary.index("      [[code.binding]]")
    pasted = "\n".join(line.strip() for line in summary[start : start + 3])
    open_shop.write("retable.toml", f"{open_shop.read('retable.toml')}\n{pasted}\n")
    assert open_shop.retable("check").status == 1
    assert open_shop.retable("apply").status == 0


def test_a_binding_speaks_for_just_the_files_that_it_names(open_shop):
    open_shop.write("backshop/notes.py", open_shop.read("shop/notes.py"))
    binding = '\n[[code.binding]]\npaths = "shop/notes.py"\ndatabase = "data/shop.db"\n'
    open_shop.write("retable.toml", open_shop.read("retable.toml") + binding)
    said = open_shop.retable("check")
    assert "backshop/notes.py:2:41: RT003 notes → ? review" in said.out
    assert "\nshop/notes.py:2:41: RT001 notes → shop_note" in said.out
