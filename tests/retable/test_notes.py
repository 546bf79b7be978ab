"""What is pointed out besides the references: by `patch`, `apply` and `check`."""

import json

import pytest

GUARD = 'import os\n\n\ndef ready():\n    return os.path.exists("data/users.db")\n'
LIVE = "import old.migrate_1\n"


@pytest.fixture
def noted(shop):
    """The shop with a guard on a file that merges, and history that its code imports."""
    shop.write("shop/ready.py", GUARD)
    shop.write("shop/setup.py", LIVE)
    return shop


@pytest.mark.parametrize("verb", [("patch", "-o", "patches"), ("apply",)])
def test_they_are_said_and_stop_nothing(noted, verb):
    said = noted.retable(*verb)
    assert said.status == 0
    assert (
        "history in use: 1 excluded file is used by live code: is it live?\n"
        "  old/migrate_1.py  names orders\n"
        "    shop/setup.py:1 imports it\n"
        "  say in [code] of the plan which are live and which are history:\n"
        "    live = [  # these change with the rest of the code\n"
        '      "old/migrate_1.py",\n'
        "    ]\n"
    ) in said.err
    assert (
        "remarks: 1 place that no rename reaches, and that may mean something else in one file\n"
        "  1 place asking about, finding, deleting or copying a file that all will share\n"
        "    shop/ready.py:5:12  os.path.exists('data/users.db')\n"
        "      data/users.db becomes data/shop.db, which exists whether or not the tables that this"
        " code needs do\n"
    ) in said.err


def test_the_summary_has_all_of_them(noted):
    more = "".join(f"    os.remove('data/users.db')  # {n}\n" for n in range(9))
    noted.write("shop/clean.py", f"import os\n\n\ndef f():\n{more}")
    said = noted.retable("patch", "-o", "patches")
    assert "    and 5 more places: SUMMARY.md, or `retable check --format json`\n" in said.err
    summary = noted.read("patches/SUMMARY.md")
    assert summary.count("`os.remove('data/users.db')`") == 9
    assert "- `old/migrate_1.py`: `shop/setup.py:1` imports it\n" in summary


def test_check_counts_them_and_does_not_fail_for_them(noted):
    assert noted.retable("apply").status == 0
    said = noted.retable("check")
    assert said.status == 0
    assert "history in use: 1 excluded file is used by live code: `retable patch`" in said.err
    assert "remarks:" not in said.err, "the code has been changed"


def test_check_counts_remarks(noted):
    said = noted.retable("check")
    assert said.status == 1, "there are leftovers"
    assert "remarks: 1 place that no rename reaches: `retable patch`" in said.err


def test_json_has_both(noted):
    found = json.loads(noted.retable("check", "--format", "json").out)
    (remark,) = found["remarks"]
    assert remark == {
        "path": "shop/ready.py",
        "line": 5,
        "column": 12,
        "about": "file",
        "what": "os.path.exists('data/users.db')",
        "databases": ["data/users.db"],
        "why": "data/users.db becomes data/shop.db, which exists whether or not the tables that"
        " this code needs do",
        "look": "ask for a table instead, or create what is missing with IF NOT EXISTS each time",
    }
    (live,) = found["history_in_use"]
    assert (live["path"], live["names"]) == ("old/migrate_1.py", ["orders"])
    assert live["used"] == [{"path": "shop/setup.py", "line": 1, "how": "imports it"}]
    assert live["through"] == []


def test_what_the_plan_calls_live_is_changed(noted):
    plan = noted.read("retable.toml")
    noted.write("retable.toml", f'{plan}live = ["old/migrate_1.py"]\n')
    said = noted.retable("apply")
    assert said.status == 0
    assert "ALTER TABLE shop_order ADD" in noted.read("old/migrate_1.py")
    assert "history" not in said.err
    assert noted.retable("check").status == 0


def test_what_the_plan_calls_history_is_not_asked_about(noted):
    plan = noted.read("retable.toml")
    noted.write("retable.toml", f'{plan}history = ["old/migrate_1.py"]\n')
    said = noted.retable("patch")
    assert "history in use" not in said.err
    assert "history, excluded by the plan: 1 file with 1 hit" in said.err


def test_what_has_brackets_in_its_name_is_printed_as_it_is(noted):
    noted.write("shop/[red]x[dim].py", GUARD)
    said = noted.retable("patch")
    assert "    shop/[red]x[dim].py:5:12  os.path.exists('data/users.db')" in said.err
