"""The schema page in a real browser: what is found, followed, enlarged, and that all is quiet."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

_SPEC = spec_from_file_location("browser", Path(__file__).with_name("browser.py"))
_BROWSER = module_from_spec(_SPEC)
_SPEC.loader.exec_module(_BROWSER)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def driver():
    driver = _BROWSER.started()
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def file(moved_made, tmp_path_factory):
    """The page of the demo's database."""
    from click.testing import CliRunner  # noqa: PLC0415 - as the command line does

    from retable.cli import main  # noqa: PLC0415

    page = tmp_path_factory.mktemp("page") / "schema.html"
    plan = str(moved_made / "retable.toml")
    arguments = ["schema", "--plan", plan, "--format", "html", "-o", str(page)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    return page


class Reader:
    """The page, and what somebody does with it."""

    def __init__(self, driver, file, **how):
        self.driver = driver
        _BROWSER.as_new(driver, file.parent, **how)
        driver.get(file.as_uri())
        assert self.run("return document.documentElement.dataset.ready") == ""

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, css):
        return self.driver.find_elements("css selector", css)

    def press(self, *keys):
        for key in keys:
            self.driver.switch_to.active_element.send_keys(key)

    def hits(self):
        return [it.text for it in self.find(".hits li")]

    def is_wide(self):
        return self.run("return document.documentElement.scrollWidth > innerWidth")


@pytest.fixture
def reader(driver, file):
    return Reader(driver, file)


def test_it_opens_without_an_error_and_without_the_network(reader):
    assert reader.driver.get_log("browser") == []
    log = [json.loads(it["message"])["message"] for it in reader.driver.get_log("performance")]
    asked = [
        it["params"]["request"]["url"] for it in log if it["method"] == "Network.requestWillBeSent"
    ]
    assert {it.split(":")[0] for it in asked} <= {"file", "data"}
    assert len(reader.find(".box")) == 26
    assert len(reader.find(".line")) == 9


def test_search_knows_tables_columns_descriptions_and_old_names(reader):
    reader.press("/", "implementation_tasks")
    first, *others = reader.hits()
    assert first == "old name implementation_tasks specs_task now; was in data/roadmap.db"
    assert others == ["index specs_task.idx_implementation_tasks_free"]
    assert len(reader.find(".box.is-dim")) == 25
    reader.press("\ue007")  # Enter
    assert reader.run("return location.hash") == "#table-specs_task"
    assert reader.run("return document.querySelector('.table.is-meant').id") == "table-specs_task"
    reader.press("/", "task agent works")
    assert reader.hits() == ["column specs_task.claimed_by The agent that works on it"]
    reader.press("\ue015", "\ue007")  # ArrowDown, Enter
    assert reader.run("return document.querySelector('tr.is-meant').dataset.column") == "claimed_by"
    reader.press("/", "no such thing at all")
    assert reader.hits() == []
    assert "No table" in reader.find("#found")[0].text
    reader.press("\ue00c")  # Escape
    assert not reader.find("#found")[0].is_displayed()
    assert not reader.find(".box.is-dim")


def test_a_table_of_the_diagram_leads_to_its_section_and_shows_its_relations(reader):
    (box,) = reader.find('.box[data-table="specs_task"]')
    box.click()
    assert reader.run("return location.hash") == "#table-specs_task"
    followed = {it.get_attribute("data-table") for it in reader.find(".box.is-followed")}
    assert followed == {"specs_task", "specs_specification", "review_commit"}
    lines = {
        (it.get_attribute("data-from"), it.get_attribute("data-to"))
        for it in reader.find(".line.is-followed")
    }
    assert lines == {
        ("specs_task", "specs_task"),
        ("specs_task", "specs_specification"),
        ("review_commit", "specs_task"),
    }


def test_the_diagram_fits_grows_and_shows_a_table_in_its_middle(reader):
    def width():
        return float(reader.run("return document.getElementById('drawing').getAttribute('width')"))

    fits = width()
    assert fits <= reader.run("return document.getElementById('sheet').clientWidth")
    reader.find("#zoom-in")[0].click()
    assert width() > fits
    reader.find("#zoom-fit")[0].click()
    assert width() == fits
    reader.run("document.querySelector('#table-system_audit .show').click()")
    seen = reader.run(
        "const box = document.querySelector('.box.is-it').getBoundingClientRect();"
        "const sheet = document.getElementById('sheet').getBoundingClientRect();"
        "return box.left >= sheet.left && box.right <= sheet.right"
        " && box.top >= sheet.top && box.bottom <= sheet.bottom"
    )
    assert seen


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_narrow_screen_nothing_is_wider_than_it(driver, file, dark):
    reader = Reader(driver, file, width=400, height=800, dark=dark)
    assert not reader.is_wide()
    assert not reader.find("#nav")[0].is_displayed()
    reader.find("#show-nav")[0].click()
    assert reader.find("#nav")[0].is_displayed()
    assert not reader.is_wide()
    assert reader.driver.get_log("browser") == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_names_of_domains_can_be_read_on_their_ground(driver, file, dark):
    """With the contrast that WCAG asks for, in all twelve colours."""
    reader = Reader(driver, file, dark=dark)
    contrasts = reader.run(
        """
        const canvas = document.createElement("canvas").getContext("2d");
        const luminance = (color) => {
          canvas.fillStyle = color;
          canvas.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data]
            .map((it) => it / 255)
            .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        return [...Array(12).keys()].map((number) => {
          const it = document.body.appendChild(document.createElement("p"));
          it.className = `d${number}`;
          it.style.color = "var(--deep)";
          it.style.backgroundColor = "var(--ground)";
          const { color, backgroundColor } = getComputedStyle(it);
          const [dark, light] = [luminance(color), luminance(backgroundColor)].sort();
          return (Math.max(dark, light) + 0.05) / (Math.min(dark, light) + 0.05);
        });
        """
    )
    assert min(contrasts) >= 4.5, contrasts
