"""The baseline: what is known is held, what is new fails, what is gone is said."""

import json

import pytest

FILE = "retable-baseline.json"


@pytest.fixture
def known(shop):
    """The shop, with all its leftovers written down."""
    said = shop.retable("check", "--update-baseline")
    assert (said.status, said.out) == (0, "")
    return shop


def test_a_baseline_is_sorted_and_has_no_lines(known):
    assert json.loads(known.read(FILE)) == {
        "retable": "baseline",
        "version": 1,
        "leftovers": {
            "shop/orders.py": {"table-name": 1},
            "shop/report.sql": {"table-name": 1},
            "shop/users.py": {"database-path": 1, "table-name": 1},
        },
    }
    before = known.read(FILE)
    assert known.retable("check", "--update-baseline").status == 0
    assert known.read(FILE) == before


def test_what_is_written_down_does_not_fail(known):
    said = known.retable("check")
    assert (said.status, said.out) == (0, "")
    assert "0 leftovers, 0 to review, 4 in the baseline, 0 not read" in said.err


def test_moving_lines_changes_nothing(known):
    known.write("shop/orders.py", "# one\n# two\n\n" + known.read("shop/orders.py"))
    assert known.retable("check").status == 0


def test_one_more_fails_and_all_of_its_rule_are_listed(known):
    late = '\n\ndef late(db):\n    db.execute("DELETE FROM orders")\n'
    known.write("shop/orders.py", known.read("shop/orders.py") + late)
    said = known.retable("check")
    assert said.status == 1
    lines = said.out.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        "shop/orders.py:7:50",
        "shop/orders.py:11:29",
    ]
    assert all(line.endswith(" (2 here, 1 in the baseline)") for line in lines)
    assert "shop/orders.py: 2 table-name, 1 more leftover than the baseline's 1" in said.err


def test_another_rule_in_the_same_file_fails(known):
    known.write("shop/orders.py", known.read("shop/orders.py") + 'X = "data/users.db"\n')
    said = known.retable("check")
    assert said.status == 1
    assert (
        said.out == "shop/orders.py:8:6: RT002 data/users.db → data/shop.db [path, data/users.db]\n"
    )


def test_what_is_gone_is_stale_until_it_is_written_down(known):
    assert known.retable("apply").status == 0
    said = known.retable("check")
    assert said.status == 1
    what = "1 table-name in the baseline, 0 left (--update-baseline)"
    assert said.out.splitlines()[0] == f"{FILE}:5:1: RT008 shop/orders.py: {what}"
    assert len(said.out.splitlines()) == 4
    assert known.retable("check", "--update-baseline").status == 0
    assert json.loads(known.read(FILE))["leftovers"] == {}
    assert known.retable("check").status == 0


def test_a_renamed_file_is_stale_under_one_name_and_new_under_the_other(known):
    (known.root / "shop/report.sql").rename(known.root / "shop/count.sql")
    said = known.retable("check")
    assert said.status == 1
    assert "shop/count.sql:1:22: RT001" in said.out
    assert "RT008 shop/report.sql: 1 table-name in the baseline, the file is gone" in said.out
    assert known.retable("check", "--update-baseline").status == 0
    assert "shop/count.sql" in known.read(FILE)
    assert "shop/report.sql" not in known.read(FILE)


def test_a_baseline_is_where_the_user_says(shop):
    assert shop.retable("check", "--baseline", "ops.json", "--update-baseline").status == 0
    assert not (shop.root / FILE).exists()
    assert shop.retable("check").status == 1
    assert shop.retable("check", "--baseline", "ops.json").status == 0


def test_a_baseline_is_no_code(shop):
    shop.write("orders/orders.py", 'x = "SELECT * FROM orders"\n')
    shop.retable("check", "--update-baseline")
    assert FILE not in shop.retable("check").out
    assert FILE not in shop.retable("patch", "--stdout").err


def test_what_is_not_looked_for_is_kept_and_is_not_stale(shop):
    assert shop.retable("check", "--strict", "--update-baseline").status == 0
    strict = shop.read(FILE)
    assert "prose" in strict
    assert shop.retable("check").status == 0
    assert shop.retable("check", "--update-baseline").status == 0
    assert shop.read(FILE) == strict


def test_documentation_that_is_not_read_is_not_stale(shop):
    shop.write("docs/guide.md", "The table `orders`.\n")
    assert shop.retable("check", "--docs", "--update-baseline").status == 0
    assert "docs/guide.md" in shop.read(FILE)
    assert shop.retable("check").status == 0


def test_a_file_that_cannot_be_read_is_not_stale(known):
    known.write("shop/orders.py", 'def f(:\n    "orders"\n')
    said = known.retable("check")
    assert said.status == 2
    assert said.out == "shop/orders.py:1:1: RT005 line 1: invalid syntax\n"


def test_only_files_that_changed_are_judged(known):
    known.git("add", "-A")
    known.git("commit", "-qm", "known")
    known.write("shop/report.sql", "SELECT 1;\n")
    known.write("shop/users.py", known.read("shop/users.py").replace("users'", "user_account'"))
    known.git("commit", "-qam", "two are mended")
    known.write("shop/report.sql", "SELECT 2;\n")
    said = known.retable("check", "--since", "HEAD")
    assert said.status == 1
    assert "shop/report.sql: 1 table-name in the baseline" in said.out
    assert "shop/users.py" not in said.out


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        pytest.param("{", "is no JSON", id="no JSON"),
        pytest.param("[]", "is no baseline of retable", id="something else"),
        pytest.param('{"retable": "decisions", "version": 1}', "is no baseline", id="ours"),
        pytest.param('{"retable": "baseline", "version": 2}', "is of version 2", id="newer"),
        pytest.param(
            '{"retable": "baseline", "version": 1, "leftovers": []}', "no table of", id="no files"
        ),
        pytest.param(
            '{"retable": "baseline", "version": 1, "leftovers": {"a.py": {"tables": 1}}}',
            "a.py: tables is no rule that a baseline can hold",
            id="no rule",
        ),
        pytest.param(
            '{"retable": "baseline", "version": 1, "leftovers": {"a.py": {"table-name": 0}}}',
            "a.py: table-name is 0, not a number from 1 on",
            id="no count",
        ),
        pytest.param(
            '{"retable": "baseline", "version": 1, "leftovers": {"a.py": 3}}',
            "a.py: is 3, not a table of rules",
            id="no rules",
        ),
    ],
)
def test_a_baseline_that_is_none_is_an_error(shop, contents, words):
    shop.write(FILE, contents)
    said = shop.retable("check")
    assert (said.status, said.out) == (2, "")
    assert words.replace("no table of", "not a table of") in said.err


def test_a_named_baseline_must_be_there(shop):
    said = shop.retable("check", "--baseline", "none.json")
    assert said.status == 2
    assert "none.json: cannot be read: No such file" in said.err


def test_half_a_baseline_is_never_written(shop):
    said = shop.retable("check", "--update-baseline", "--since", "HEAD")
    assert said.status == 2
    assert "--update-baseline: would write down a part" in said.err
    shop.write("shop/broken.py", 'def f(:\n    "orders"\n')
    said = shop.retable("check", "--update-baseline")
    assert said.status == 2
    assert "shop/broken.py: cannot be read" in said.err
    assert not (shop.root / FILE).exists()


def test_finish_does_not_look_at_the_baseline(known):
    assert known.retable("migrate", "--yes").status == 0
    assert known.retable("check").status == 0
    said = known.retable("finish", "--yes")
    assert said.status == 1
    assert "still name what is gone" in said.err
