"""`retable review`: what the page says, and that nothing which it shows can become its markup."""

import base64
import hashlib
import json
import re
from importlib.resources import files

import pytest

from refactor.patches.decisions import DECISIONS_FILE
from retable.pages.document import as_script_data, shared
from retable.review.excerpts import Excerpts, Line, Mark
from retable.review.page import page

PAGE = "retable-review.html"
ASSETS = files("retable.review") / "assets"
HOSTILE = (
    "def orders(db):\n"
    '    """</script><script>alert(1)</script>"""\n'
    "    # <!-- <script> ]]> &amp; \u202e\n"
    "    sql = \"SELECT '</script><img src=x onerror=alert(1)>' FROM orders -- <!--\"\n"
)


def reviewed(place, *arguments, status=0):
    said = place.retable("review", *arguments)
    assert said.status == status, said
    assert said.out == ""
    return place.read(PAGE)


def data_of(html):
    return json.loads(
        re.search(r'<script type="application/json" id="data">(.*?)</script>', html)[1]
    )


def by_place(data):
    return {f"{it['path']}:{it['line']}": it for it in data["items"]}


def test_every_reference_is_an_item_with_its_evidence_and_its_lines(shop):
    items = by_place(data_of(reviewed(shop)))
    assert sorted(items) == [
        "shop/orders.py:7",
        "shop/report.sql:1",
        "shop/users.py:4",
        "shop/users.py:9",
    ]
    order = items["shop/orders.py:7"]
    assert (order["old"], order["new"], order["clause"]) == ("orders", "shop_order", "FROM")
    assert (order["certainty"], order["domains"]) == ("certain", ["shop"])
    assert order["databases"] == ["data/shop.db"]
    assert ["compiles", "compiles against data/shop.db"] in order["evidence"]
    assert order["verdict"] == {
        "word": "proved",
        "says": "compiles today and when rewritten, and does the same",
    }
    assert order["lines"] == [
        [4, "def orders():"],
        [5, '    """All orders."""'],
        [6, '    with sqlite3.connect("data/shop.db") as db:'],
        [
            7,
            '        return db.execute("SELECT id, total FROM ',
            ["orders", order["id"]],
            '").fetchall()',
        ],
    ]
    path = items["shop/users.py:4"]
    assert (path["kind"], path["new"], path["domains"]) == (
        "path",
        "data/shop.db",
        ["database-paths"],
    )
    assert path["verdict"] is None


def test_the_verdict_is_that_of_all_names_in_a_statement(shop):
    shop.write(
        "shop/both.py", 'def f(db):\n    db.execute("SELECT 1 FROM orders JOIN orders o2")\n'
    )
    items = [it for it in data_of(reviewed(shop))["items"] if it["path"] == "shop/both.py"]
    assert [it["verdict"]["word"] for it in items] == ["proved", "proved"]


def test_the_figures_add_up(open_shop):
    data = data_of(reviewed(open_shop, status=1))
    for kind, found in data["figures"]["hits"].items():
        assert found["all"] == sum(count for fate, count in found.items() if fate != "all"), kind
    fates = data["figures"]["hits"]["table names"]
    tables = [it for it in data["items"] if it["kind"] == "table"]
    assert fates["certain"] + fates["review"] + fates["perhaps"] == len(tables)
    ignored = sum(count for _, count in data["figures"]["unseen"]["ignored"])
    assert ignored == sum(it["ignored"] for it in data["figures"]["hits"].values())
    statements = data["figures"]["statements"]
    assert statements["all"] == sum(statements["counts"].values())
    counted = [it["counts"] for it in data["figures"]["tables"]]
    assert sum(it.get("certain", 0) + it.get("withheld", 0) for it in counted) == sum(
        it["certainty"] in {"certain", "withheld"} for it in data["items"]
    )


def test_a_question_has_the_lines_of_the_plan_for_each_answer_and_the_names_to_choose(open_shop):
    question = by_place(data_of(reviewed(open_shop, status=1)))["shop/notes.py:2"]
    assert question["certainty"] == "question"
    assert question["new"] is None
    assert question["answers"] == [
        '[[code.binding]]\npaths = "shop/notes.py"\ndatabase = "data/shop.db"',
        '[[code.binding]]\npaths = "shop/notes.py"\ndatabase = "data/users.db"',
    ]
    assert question["choices"] == [
        {"new": "shop_note", "database": "data/shop.db", "written": "shop_note"},
        {"new": "user_note", "database": "data/users.db", "written": "user_note"},
    ]
    assert question["domains"] == ["shop", "user"]


@pytest.mark.parametrize("answer", [0, 1])
def test_an_answer_that_the_page_offers_is_one_that_the_plan_takes(open_shop, answer):
    question = by_place(data_of(reviewed(open_shop, status=1)))["shop/notes.py:2"]
    lines = question["answers"][answer]
    open_shop.write("retable.toml", f"{open_shop.read('retable.toml')}\n{lines}\n")
    answered = by_place(data_of(reviewed(open_shop)))["shop/notes.py:2"]
    assert answered["certainty"] == "certain"
    assert answered["new"] == question["choices"][answer]["new"]


def test_what_is_withheld_says_so_and_partial_changes_it(open_shop):
    open_shop.write("shop/more.py", 'def f(db):\n    db.execute("SELECT name FROM users")\n')
    withheld = data_of(reviewed(open_shop, status=1))
    assert by_place(withheld)["shop/more.py:2"]["certainty"] == "withheld"
    held = {it["name"]: (it["questions"], it["held"]) for it in withheld["figures"]["withheld"]}
    assert held == {"notes": (1, 0), "data/users.db": (0, 1), "users": (0, 2)}
    partial = data_of(reviewed(open_shop, "--partial", status=1))
    assert by_place(partial)["shop/more.py:2"]["certainty"] == "certain"


def test_what_cannot_be_proved_is_left_alone_with_its_reason(shop):
    shop.write("retable.toml", shop.read("retable.toml").replace("shop_order", "shop_größe"))
    shop.write("shop/odd.py", '# coding: ascii\nx = "SELECT id FROM orders"\n')
    data = data_of(reviewed(shop, status=1))
    item = by_place(data)["shop/odd.py:2"]
    assert item["certainty"] == "left alone"
    assert item["why"] == "ascii cannot spell the new name: ordinal not in range(128)"
    assert data["figures"]["unproved"] == [{"path": "shop/odd.py", "why": item["why"]}]
    assert by_place(data)["shop/orders.py:7"]["certainty"] == "withheld"


def test_a_file_that_cannot_be_read_is_on_the_page_and_in_the_exit_status(shop):
    shop.write("shop/odd.py", 'x = "SELECT id FROM orders"\n)\n')
    unread = data_of(reviewed(shop, status=2))["figures"]["unseen"]["unreadable"]
    assert [it["path"] for it in unread] == ["shop/odd.py"]


def test_what_retable_writes_for_people_is_no_code_that_names_old_tables(open_shop):
    before = open_shop.retable("check")
    decision = {
        "id": "0" * 10,
        "verdict": "reject",
        "path": "shop/users.py",
        "old": "data/users.db",
    }
    file = {"retable": "decisions", "version": 1, "decisions": [decision]}
    open_shop.write(DECISIONS_FILE, json.dumps(file))
    reviewed(open_shop, status=1)
    after = open_shop.retable("check")
    assert after.out == before.out
    assert DECISIONS_FILE not in after.err
    assert PAGE not in after.err


def test_nothing_of_the_code_is_changed(shop):
    before = shop.everything()
    shop.retable("review", "-o", "../review.html")
    assert shop.everything() == before


def test_the_same_input_gives_the_same_bytes(open_shop):
    first = reviewed(open_shop, status=1)
    assert reviewed(open_shop, status=1) == first, "the page that is there already does not count"


def test_what_the_code_says_cannot_end_a_script_or_begin_a_tag(shop):
    shop.write("shop/<b>&'.py", HOSTILE)
    html = reviewed(shop)
    data = data_of(html)
    item = by_place(data)["shop/<b>&'.py:4"]
    assert "</script><img src=x onerror=alert(1)>" in item["lines"][-1][1]
    carried = html.split('id="data">')[1].split("</script>")[0]
    assert not set("<>&\u2028\u2029") & set(carried)
    # One for the data and one for the code: nothing of the code base opened or closed another.
    assert len(re.findall(r"<script", html)) == len(re.findall(r"</script", html)) == 2
    assert "<!--" not in html
    assert "<b>" not in html


def test_bytes_that_are_no_text_become_a_mark_in_their_place(shop):
    shop.write("shop/odd.sql", b"SELECT '\xff' FROM orders;\n")
    item = by_place(data_of(reviewed(shop)))["shop/odd.sql:1"]
    assert item["lines"][0][1] == "SELECT '\ufffd' FROM "


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("</script>", id="the end of a script"),
        pytest.param("<!--<script>", id="a comment that would swallow the end"),
        pytest.param("]]>", id="the end of a section"),
        pytest.param("\u2028\u2029", id="line ends of JavaScript"),
        pytest.param("\x00\x1b\x7f", id="controls"),
        pytest.param("é 漢 😀", id="beyond ASCII"),
        pytest.param('"\\', id="quotes and backslashes"),
    ],
)
def test_data_comes_back_as_it_was(text):
    said = as_script_data({"x": text, text: [text]})
    assert json.loads(said) == {"x": text, text: [text]}
    assert not set("<>&\u2028\u2029") & set(said)


def test_half_a_surrogate_pair_is_replaced_since_utf_8_cannot_spell_it():
    assert json.loads(as_script_data({"x": "a\udcffb\ud83d"})) == {"x": "a\ufffdb\ufffd"}


def test_the_page_allows_its_own_style_and_script_and_nothing_else():
    html = page({"items": []}, "a <title>").decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert rules[f"{tag}-src"] == f"'sha256-{digest}'"
    assert "unsafe" not in policy
    assert "a &lt;title&gt;" in html


def test_the_page_asks_for_nothing_from_elsewhere():
    html = page({"items": []}, "t").decode()
    assert not re.findall(r"https?:|//[a-z]|@import|url\(|fetch\(|XMLHttp|WebSocket|import\(", html)
    assert re.findall(r'(?:src|href)="([^"]*)"', html) == ["data:,", "#main"]


@pytest.mark.parametrize("name", sorted(it.name for it in ASSETS.iterdir()))
def test_no_asset_makes_markup_of_text_or_breaks_out_of_its_element(name):
    text = (ASSETS / name).read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert word not in text
    if name != "page.html":
        assert "</" not in text
        assert "<!--" not in text
    assert max(map(len, text.splitlines())) < 180, "readable as it is shipped"


def _luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(first, second):
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


COLOURS = dict(
    re.findall(
        r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)",
        shared("base.css"),
    )
)


@pytest.mark.parametrize("theme", [pytest.param(0, id="light"), pytest.param(1, id="dark")])
@pytest.mark.parametrize(
    ("ink", "ground", "least"),
    [
        *(("ink", it, 7) for it in ("paper", "desk", "calm", "old-line", "new-line")),
        *(("quiet", it, 4.5) for it in ("paper", "desk", "calm", "old-line", "new-line")),
        *(("accent", it, 4.5) for it in ("paper", "desk")),
        ("on-accent", "accent", 4.5),
        *(("old-ink", it, 4.5) for it in ("paper", "old", "old-line")),
        *(("new-ink", it, 4.5) for it in ("paper", "new", "new-line")),
        *(("asked-ink", it, 4.5) for it in ("paper", "asked", "new-line")),
        *(("edge", it, 3) for it in ("paper", "desk")),
    ],
)
def test_colours_have_the_contrast_that_wcag_asks_for(theme, ink, ground, least):
    one, other = (COLOURS[it].split(", ")[theme] for it in (ink, ground))
    assert _contrast(one, other) >= least


def test_the_page_cannot_be_written_where_no_folder_can_be(shop):
    shop.write("file", "")
    said = shop.retable("review", "-o", "file/review.html")
    assert said.status == 2
    assert "choose another with -o" in said.err


# The lines around a place.


@pytest.mark.parametrize(
    ("text", "marks", "expected"),
    [
        pytest.param(
            "a\n    x old y\n\n    b\n",
            [(8, 11)],
            [(1, ["a"]), (2, ["    x ", "*old", " y"]), (3, []), (4, ["    b"])],
            id="a line without an indent keeps those of the others",
        ),
        pytest.param(
            "    x old\n\n      b", [(6, 9)], [(1, ["x ", "*old"]), (2, []), (3, ["  b"])],
            id="the indent that all share goes",
        ),
        pytest.param(
            "old\r\nb\rc\r\n", [(0, 3)], [(1, ["*old"]), (2, ["b"]), (3, ["c"])], id="any newline"
        ),
        pytest.param("a old, old", [(2, 5), (7, 10)], [(1, ["a ", "*old", ", ", "*old"])], id="2"),
        pytest.param(
            "x(old\n  old)", [(2, 11)], [(1, ["x(", "*old"]), (2, ["*  old", ")"])], id="over lines"
        ),
    ],
)  # fmt: skip
def test_the_lines_around_a_mark(text, marks, expected):
    spans = [Mark(start, end, str(at)) for at, (start, end) in enumerate(marks)]
    lines = Excerpts(text, spans).around(spans[0])
    said = [
        (it.number, [x if isinstance(x, str) else f"*{x[0]}" for x in it.pieces]) for it in lines
    ]
    assert said == expected


def test_of_a_very_long_line_only_what_is_around_the_mark_is_shown():
    text = "x" * 100_000 + "old" + "y" * 100_000
    (line,) = Excerpts(text, [mark := Mark(100_000, 100_003, "1")]).around(mark)
    assert line == Line(1, ("…", "x" * 160, ("old", "1"), "y" * 160, "…"))
