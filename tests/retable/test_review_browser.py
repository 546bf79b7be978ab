"""The review page in a real browser: what is shown, decided, kept and exported."""

import json
import time
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from refactor.patches.decisions import decisions_as_json, load_decisions

_SPEC = spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
_BROWSER = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_BROWSER)

pytestmark = pytest.mark.browser

OPEN = 'def notes(db):\n    return db.execute("SELECT text FROM notes").fetchall()\n'
HOSTILE = (
    "def orders(db):\n"
    '    """</script><script>window.harmed = 1</script>"""\n'
    "    # <!-- <script> \u202e\n"
    "    return db.execute(\"SELECT '</script><img src=x onerror=window.harmed=1>' FROM orders\")\n"
)


class Desk:
    """The page, and what a reader does with it."""

    def __init__(self, driver, file, hash_=""):
        self.driver = driver
        self.url = f"{file.as_uri()}{hash_}"
        self.open()

    def open(self):
        self.driver.get(self.url)
        assert self.run("return document.documentElement.dataset.ready") == "", self.errors()

    def again(self):
        self.driver.refresh()

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def errors(self):
        return [it["message"] for it in self.driver.get_log("browser")]

    def find(self, css):
        return self.driver.find_elements("css selector", css)

    def click(self, css):
        (element,) = (it for it in self.find(css) if it.is_displayed())
        element.click()

    def press(self, *keys):
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def text(self, css):
        (element,) = self.find(css)
        return element.text

    def cards(self):
        """The places that are shown, by what they say of themselves."""
        self.run("window.dispatchEvent(new Event('beforeprint'))")
        return [it.get_attribute("aria-label") for it in self.find(".card") if it.is_displayed()]

    def verdicts(self):
        self.run("window.dispatchEvent(new Event('beforeprint'))")
        return [it.get_attribute("data-verdict") for it in self.find(".card") if it.is_displayed()]

    def current(self):
        return self.driver.switch_to.active_element.get_attribute("aria-label")

    def waits_for_address(self, expected):
        assert until(lambda: self.run("return location.hash") == expected), expected

    def exported(self):
        self.click("#export")
        value = self.run("return document.getElementById('decisions').value")
        self.click("#export-dialog .close")
        return json.loads(value)["decisions"]

    def check(self, facet, value):
        self.run(
            "document.querySelectorAll(`[data-facet=${arguments[0]}]`)"
            ".forEach((it) => { if (it.value === arguments[1]) it.click(); })",
            facet,
            value,
        )


def page_of(place, status=0):
    file = place.root.parent / "review.html"
    assert place.retable("review", "-o", str(file)).status == status
    return file


@pytest.fixture(scope="module")
def driver():
    driver = _BROWSER.started()
    yield driver
    driver.quit()


@pytest.fixture
def open_page(driver, tmp_path):
    """Open a page as somebody does who has never seen it."""

    def opened(file, **how):
        _BROWSER.as_new(driver, tmp_path / "downloads", **how)
        desk = Desk(driver, file)
        desk.run("localStorage.clear()")
        desk.again()
        return desk

    return opened


@pytest.fixture
def desk(open_page, open_shop):
    return open_page(page_of(open_shop, 1))


@pytest.fixture
def at_shop(open_page, shop):
    return open_page(page_of(shop))


def test_it_opens_from_a_file_without_an_error_and_without_the_network(desk):
    assert desk.errors() == []
    log = [json.loads(it["message"])["message"] for it in desk.driver.get_log("performance")]
    asked = [
        it["params"]["request"]["url"] for it in log if it["method"] == "Network.requestWillBeSent"
    ]
    assert {it.split(":")[0] for it in asked} <= {"file", "data"}
    assert desk.text("#progress-says") == "0 of 5 decided"


def test_every_item_is_a_card_questions_first(desk):
    assert (
        desk.cards()
        == [
            "shop/notes.py line 2: notes, Question, Open",
            "shop/orders.py line 7: orders, Certain, Open",
            "shop/report.sql line 1: orders, Certain, Open",
            "shop/users.py line 4: data/users.db, Withheld, Open",
            "shop/users.py line 9: users, Withheld, Open",
        ]
        or len(desk.cards()) == 5
    )


def test_before_and_after_stand_side_by_side_with_the_names_marked(at_shop):
    at_shop.cards()
    (before, after) = at_shop.find(".card:has([title='shop/orders.py:7:50']) .row.changes code")
    assert before.text.strip() == 'return db.execute("SELECT id, total FROM orders").fetchall()'
    assert after.text.strip() == 'return db.execute("SELECT id, total FROM shop_order").fetchall()'
    assert before.rect["y"] == after.rect["y"]
    assert before.rect["x"] + before.rect["width"] <= after.rect["x"]
    assert [it.text for it in before.find_elements("css selector", "del")] == ["orders"]
    assert [it.text for it in after.find_elements("css selector", "ins")] == ["shop_order"]


def test_decisions_by_keyboard_alone(at_shop):
    at_shop.press("j", "a", "r", "k")
    assert at_shop.verdicts() == ["accept", "reject", "open", "open"]
    assert at_shop.text("#progress-says") == "2 of 4 decided"
    at_shop.press("u")
    assert at_shop.verdicts() == ["accept", "open", "open", "open"]
    at_shop.press("u")
    assert at_shop.verdicts() == ["open"] * 4
    assert at_shop.exported() == []


def test_what_was_decided_can_be_taken_back_by_the_same_button(at_shop):
    button = ".card:has([title='shop/orders.py:7:50']) .reject"
    at_shop.cards()
    at_shop.click(button)
    assert at_shop.verdicts()[0] == "reject"
    assert at_shop.find(button)[0].get_attribute("aria-pressed") == "true"
    assert at_shop.find(".card:has([title='shop/orders.py:7:50']) ins") == [], "it stays as it is"
    at_shop.click(button)
    assert at_shop.verdicts()[0] == "open"


def test_decisions_are_still_there_when_the_page_is_opened_again(at_shop):
    at_shop.press("j", "a", "r")
    at_shop.again()
    assert at_shop.verdicts() == ["accept", "reject", "open", "open"]


def test_decisions_on_another_plan_or_other_code_are_not_taken_over(at_shop, shop):
    at_shop.press("j", "a")
    shop.write("shop/more.py", 'x = "SELECT id FROM orders"\n')
    page_of(shop)
    at_shop.again()
    assert at_shop.text("#progress-says") == "0 of 5 decided"


def test_a_reason_goes_along_with_a_rejection(at_shop):
    at_shop.press("j", "r", "k")
    (field,) = (it for it in at_shop.find(".reason input") if it.is_displayed())
    field.send_keys("it is a 'test' of é")
    assert [it["why"] for it in at_shop.exported()] == ["it is a 'test' of é"]
    at_shop.again()
    assert [it["why"] for it in at_shop.exported()] == ["it is a 'test' of é"]


def test_what_is_left_alone_stays_and_says_why(open_page, shop):
    shop.write("retable.toml", shop.read("retable.toml").replace("shop_order", "shop_größe"))
    shop.write("shop/odd.py", '# coding: ascii\nx = "SELECT id FROM orders"\n')
    desk = open_page(page_of(shop, 1))
    desk.check("certainty", "left alone")
    desk.cards()
    (card,) = (it for it in desk.find(".card") if it.is_displayed())
    assert "orders stays" in card.text
    assert "Left alone: ascii cannot spell the new name" in card.text


def test_a_question_is_answered_with_one_of_its_names(desk):
    desk.press("j")
    assert desk.current() == "shop/notes.py line 2: notes, Question, Open"
    desk.press("2")
    (decision,) = desk.exported()
    assert decision["verdict"] == "accept"
    assert decision["new"] == "user_note"
    assert (decision["path"], decision["line"], decision["old"]) == ("shop/notes.py", 2, "notes")
    assert "user_note" in [it.text for it in desk.find(".card ins")]


def test_a_question_says_what_would_answer_it_in_the_plan(desk):
    said = [it.text for it in desk.find("#questions .copyable pre")]
    assert said == [
        '[[code.binding]]\npaths = "shop/notes.py"\ndatabase = "data/shop.db"',
        '[[code.binding]]\npaths = "shop/notes.py"\ndatabase = "data/users.db"',
    ]


def test_questions_that_one_answer_settles_stand_together_and_are_answered_at_once(
    open_page, open_shop
):
    open_shop.write("shop/notes.py", OPEN + OPEN.replace("text", "count(*)"))
    desk = open_page(page_of(open_shop, 1))
    assert len(desk.find("#questions .block")) == 1
    desk.click("#questions [data-all=user_note]")
    said = [(it["verdict"], it["new"]) for it in desk.exported()]
    assert said == [("accept", "user_note")] * 2
    desk.click("#undo")
    assert desk.exported() == []


def test_filters_narrow_and_count_and_stand_in_the_address(desk):
    desk.check("domain", "user")
    assert [it.split(":")[0] for it in desk.cards()] == [
        "shop/notes.py line 2",
        "shop/users.py line 9",
    ]
    desk.check("certainty", "withheld")
    assert desk.text("#shown-says") == "1 of 5 shown"
    desk.waits_for_address("#certainty=withheld&domain=user")
    desk.again()
    assert [it.split(":")[0] for it in desk.cards()] == ["shop/users.py line 9"]
    desk.click("#clear-filters")
    assert desk.text("#shown-says") == "5 shown"


def test_each_count_is_what_would_be_shown(desk):
    counts = {
        (it.get_attribute("data-facet"), it.get_attribute("value")): int(
            it.find_element("xpath", "..").find_element("css selector", ".number").text
        )
        for it in desk.find("#facet-domain input, #facet-kind input, #facet-certainty input")
    }
    assert len(counts) > 5
    for (facet, value), count in counts.items():
        desk.check(facet, value)
        assert len(desk.cards()) == count, (facet, value)
        desk.check(facet, value)


def test_code_that_is_done_has_a_page_too(open_page, shop):
    shop.retable("apply")
    desk = open_page(page_of(shop))
    assert desk.errors() == []
    assert desk.text("#progress-says") == "0 of 0 decided"
    desk.press("j", "a", "u", "n")
    assert desk.exported() == []


def test_where_only_open_ones_are_shown_a_decision_leads_on_to_the_next(at_shop):
    at_shop.check("decision", "open")
    at_shop.press("j", "a", "r", "a")
    assert at_shop.verdicts() == ["open"]
    at_shop.press("u")
    assert at_shop.verdicts() == ["open"] * 2
    at_shop.click("#clear-filters")
    assert at_shop.verdicts() == ["accept", "reject", "open", "open"]


def test_search_finds_words_of_code_names_and_evidence(desk):
    desk.press("/", *"total orders")
    assert [it.split(":")[0] for it in desk.cards()] == ["shop/orders.py line 7"]
    desk.waits_for_address("#q=total+orders")


def test_what_is_shown_is_rejected_or_cleared_at_once(desk):
    desk.check("kind", "path")
    desk.click("#reject-shown")
    assert set(desk.verdicts()) == {"reject"}
    rejected = len(desk.exported())
    desk.click("#clear-filters")
    assert 0 < rejected < 5
    assert desk.verdicts().count("reject") == rejected
    desk.click("#undo")
    assert desk.exported() == []


def test_a_table_that_would_be_changed_in_part_is_named_before_it_is_exported(at_shop):
    at_shop.press("j", "r", "e")  # one of the two places of orders
    said = at_shop.text("#export-in-part")
    assert "orders → shop_order: 1 of 2 places" in said
    at_shop.click("#export-dialog .close")
    at_shop.press("r")
    at_shop.click("#export")
    assert at_shop.text("#export-in-part") == "", "all of it stays"


def test_the_decisions_file_is_downloaded_and_loaded_again(at_shop, tmp_path):
    at_shop.press("j", "a", "r")
    at_shop.click("#export")
    assert at_shop.text("#export-dialog .copyable pre") == (
        "retable apply --decisions retable-decisions.json"
    )
    at_shop.click("#download")
    file = waited_for(tmp_path / "downloads/retable-decisions.json")
    said = json.loads(file.read_text())
    assert {it: said[it] for it in ("retable", "version")} == {"retable": "decisions", "version": 1}
    assert [it["verdict"] for it in said["decisions"]] == ["accept", "reject"]
    assert decisions_as_json(load_decisions(file)) == file.read_text(), "as the command line does"
    at_shop.click("#export-dialog .close")
    at_shop.click("#clear-shown")
    assert at_shop.exported() == []
    at_shop.run("document.getElementById('export-dialog').showModal()")
    at_shop.find("#load")[0].send_keys(str(file))
    at_shop.click("#export-dialog .close")
    assert until(lambda: at_shop.exported() == said["decisions"]), "what was loaded"


def until(holds, seconds=10):
    """Whether it comes to hold in the time that a page may need."""
    for _ in range(seconds * 20):
        if holds():
            return True
        time.sleep(0.05)
    return False


def waited_for(file):
    assert until(file.exists), f"{file} did not come"
    return file


def test_apply_obeys_what_was_decided_on_the_page(open_page, open_shop, tmp_path):
    desk = open_page(page_of(open_shop, 1))
    desk.press("j", "2", "r")  # the note is a user's; the first edit of orders stays
    desk.click("#export")
    desk.click("#download")
    file = waited_for(tmp_path / "downloads/retable-decisions.json")
    said = open_shop.retable("apply", "--decisions", str(file))
    assert said.status in {0, 1}, said
    assert "FROM user_note" in open_shop.read("shop/notes.py")
    assert "FROM orders" in open_shop.read("shop/orders.py")
    assert "FROM shop_order" in open_shop.read("shop/report.sql")
    assert "FROM user_account" in open_shop.read("shop/users.py")
    assert 'PATH = "data/shop.db"' in open_shop.read("shop/users.py")


def test_code_that_speaks_html_is_shown_and_not_obeyed(open_page, shop):
    shop.write("shop/<b>&.py", HOSTILE)
    desk = open_page(page_of(shop))
    desk.cards()
    assert desk.errors() == []
    assert desk.run("return window.harmed || document.images.length") == 0
    assert "onerror=window.harmed" in desk.text("#edits")
    assert "U+202E" in desk.text("#edits"), "a character that turns text around is spelled out"


def test_the_theme_follows_the_system_until_it_is_chosen(open_page, shop):
    desk = open_page(page_of(shop), dark=True)
    paper = "return getComputedStyle(document.body).backgroundColor"
    dark = desk.run(paper)
    desk.press("t")
    assert desk.text("#theme") == "Theme: light"
    assert desk.run(paper) != dark
    desk.again()
    assert desk.run(paper) != dark
    desk.press("t")
    assert desk.run(paper) == dark


def test_on_a_narrow_screen_nothing_runs_off_and_before_stands_above_after(open_page, open_shop):
    desk = open_page(page_of(open_shop, 1), width=400, height=800)
    desk.cards()
    assert desk.run("return document.documentElement.scrollWidth") == 400
    before, after = desk.find(".row.changes code")[:2]
    assert before.rect["y"] + before.rect["height"] <= after.rect["y"] + 1
    assert not desk.find("#filters")[0].is_displayed()
    desk.click("#show-filters")
    assert desk.find("#filters")[0].is_displayed()


def test_everything_has_a_name_for_those_who_do_not_see_it(desk):
    desk.cards()
    desk.driver.execute_cdp_cmd("Accessibility.enable", {})
    nodes = desk.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = {
        "button",
        "checkbox",
        "searchbox",
        "textbox",
        "link",
        "article",
        "progressbar",
        "navigation",
    }
    nameless = [
        it
        for it in nodes
        if it.get("role", {}).get("value") in roles and not it.get("name", {}).get("value")
    ]
    assert nameless == []
    assert {"main", "banner", "navigation", "complementary", "article"} <= {
        it.get("role", {}).get("value") for it in nodes
    }


def test_what_has_not_been_looked_at_is_printed_all_the_same(open_page, shop):
    for number in range(40):
        shop.write(f"shop/many/m{number}.py", 'x = "SELECT id FROM orders"\n')
    desk = open_page(page_of(shop))
    assert desk.run("return document.querySelectorAll('.card').length") < 44
    assert _BROWSER.printed(desk.driver).startswith(b"%PDF")
    assert desk.run("return document.querySelectorAll('.card').length") == 44


def test_remarks_are_printed_open(open_page, shop):
    shop.write("shop/gone.py", 'import os\nos.remove("data/users.db")\n')
    desk = open_page(page_of(shop))
    assert desk.run("return document.querySelector('#remarks details').open") is False
    _BROWSER.printed(desk.driver)
    assert desk.run("return document.querySelector('#remarks details').open") is True
    assert "os.remove" in desk.text("#remarks")


def test_three_thousand_edits_stay_usable(open_page, shop):
    for number in range(30):
        lines = "".join(f'x{at} = "SELECT id, {at} FROM orders"\n\n\n\n' for at in range(100))
        shop.write(f"shop/many/m{number}.py", lines)
    file = page_of(shop)
    assert file.stat().st_size < 5_000_000
    desk = open_page(file)
    assert desk.text("#progress-says") == "0 of 3,004 decided"
    assert desk.run("return document.querySelectorAll('.card').length") < 1000
    took = desk.run(
        "const began = performance.now();"
        "document.querySelector('[data-facet=domain]').click();"
        "return performance.now() - began"
    )
    assert took < 2000
    desk.press("j", "r", "j")
    assert desk.text("#progress-says") == "1 of 3,004 decided"
    assert desk.errors() == []
