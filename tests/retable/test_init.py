"""`retable init PLAN.md`: the demo's plan from its document, and what is refused."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from plan.load import load_plan
from tests.retable.drafts import OPEN, compared, facts_of

DOCUMENT = "docs/CONSOLIDATION_PLAN.md"
ANSWERS = {
    "descriptions": '"columns"',
    "archive": '"data/archive"',
    "schema_version": "1",
    "merge": '"keep-target"',
    "history": '["build_databases.py"]',
    "database": '"data/notifications.db"',
    "action": '"keep"',
}
SMALL = """\
# Everything into `all.db`

| Database | Action |
|---|---|
| `all.db` | target |
| `side.db` | merge |

## Domain: shop

| Old | New | Source |
|---|---|---|
| `orders` | `shop_order` | `all.db` |
| `notes` | `shop_note` | `side.db` |
"""


def answered(plan):
    """The plan with an answer in the place of each question."""
    lines = plan.split("\n")
    return "\n".join(line if line.startswith("#") else answered_line(line) for line in lines)


def answered_line(line):
    for key, value in ANSWERS.items():
        line = line.replace(f'{key} = "?"', f"{key} = {value}")
        line = line.replace(f'{key} = ["?"]', f"{key} = {value}")
    return line


@pytest.fixture
def team(platform):
    """The demo's project as it is before there is a plan file; the plan that is right is aside."""
    (platform.root / "retable.toml").rename(platform.root / "right.toml")
    return platform


@pytest.fixture
def two(tmp_path, nowhere):
    """Two databases, and a document that says all there is to say of them."""
    for name, script in {
        "all.db": "CREATE TABLE orders( -- What was bought\n id INTEGER PRIMARY KEY)",
        "side.db": "CREATE TABLE notes( -- What was said\n text)",
    }.items():
        with closing(sqlite3.connect(nowhere.root / name)) as database:
            database.execute(script)
    nowhere.write("PLAN.md", SMALL)
    return nowhere


def test_the_demo_s_document_differs_from_its_plan_by_questions_only(team):
    said = team.retable("init", DOCUMENT)
    assert said.status == 1
    found = compared(team.read("retable.toml"), team.read("right.toml"))
    assert found.wrong == []
    assert found.missing == set()
    asked = {key for key, value in facts_of(team.read("retable.toml")).items() if value in OPEN}
    assert asked == {
        ("plan", "archive"),
        ("plan", "schema_version"),
        ("plan", "descriptions"),
        ("database", "data/metrics.db", "action"),
        ("table", "schema_metadata", "coffee_maker.db", "merge"),
        ("code", "history"),
        ("binding", "scripts/export_notifications.py"),
    }


def test_every_fact_has_the_line_that_it_comes_from(team):
    team.retable("init", DOCUMENT)
    lines = team.read(DOCUMENT).split("\n")
    plan = team.read("retable.toml").split("\n")
    (bugs,) = (line for line in plan if '"orchestrator_bug"' in line)
    where = bugs.rpartition("CONSOLIDATION_PLAN.md:")[2]
    numbers = [int(number) for number in where.split(", ")]
    assert len(numbers) == 2
    assert all("`bugs`" in lines[number - 1] for number in numbers)


def test_a_plan_is_refused_until_its_questions_are_answered_in_place(team):
    team.retable("init", DOCUMENT)
    refused = team.retable("plan")
    assert refused.status == 2
    assert refused.err.count("is an open question") == 7
    assert "asks: “Do old files go to data/archive/, or do we delete them?”" in refused.err
    team.write("retable.toml", answered(team.read("retable.toml")))
    assert team.retable("plan").status == 0


def test_the_answered_plan_is_that_of_the_demo(team):
    team.retable("init", DOCUMENT)
    team.write("retable.toml", answered(team.read("retable.toml")))
    drafted, right = (load_plan(team.root / name) for name in ("retable.toml", "right.toml"))
    assert (drafted.target, drafted.backup, drafted.archive) == (
        right.target,
        right.backup,
        right.archive,
    )
    assert (drafted.metadata, drafted.schema_version) == (right.metadata, right.schema_version)

    def plain(items):
        return sorted(repr(item).replace(item.key, "") for item in items)

    for part in ("databases", "domains", "tables", "skips"):
        assert plain(getattr(drafted, part)) == plain(getattr(right, part)), part
    assert (drafted.code.exclude, drafted.code.history) == (right.code.exclude, right.code.history)
    assert plain(drafted.code.bindings) == plain(right.code.bindings)


def test_what_the_files_deny_is_asked_where_the_answer_goes(team):
    with closing(sqlite3.connect(team.root / "data/orchestrator.db")) as database:
        database.executescript(
            "DROP TABLE orchestrator_tasks; DROP TRIGGER trg_bug_closed;"
            "CREATE TABLE agent_pool(id, name);"
            "CREATE TABLE retries(task, n); INSERT INTO retries VALUES (1, 2), (2, 3);"
            "CREATE TABLE scratch(x)"
        )
    with closing(sqlite3.connect(team.root / "coffee_maker.db")) as database:
        database.execute("INSERT INTO commits VALUES ('a', 'b')")
        database.commit()
    said = team.retable("init", DOCUMENT)
    assert said.status == 1
    plan = team.read("retable.toml")
    facts = facts_of(plan)
    assert facts["table", "?", "data/orchestrator.db", "to"] == "orchestrator_task"
    asks = " ".join(plan.replace("#", "").split())
    assert "data/orchestrator.db has no table orchestrator_tasks. Which table is meant?" in asks
    for name in ("agent_pool", "retries", "scratch"):
        assert facts["table", name, "data/orchestrator.db", "to"] == "?"
    assert "This one has 2 rows, and the columns task, n." in asks
    assert facts["database", "data/orchestrator.db", "action"] == "?"
    assert "says 4 tables, and the file has 6 tables" in asks
    assert facts["skip", "commits", "coffee_maker.db", "claim"] == "?"
    assert compared(plan, team.read("right.toml")).wrong == []
    # Answered in place, or deleted where the comment says so, nothing is left to say.
    lines = [line for line in plan.split("\n") if '{ from = "?"' not in line]
    path = ""
    for at, line in enumerate(lines):
        path = line if line.startswith("path") else path
        name = line.partition('from = "')[2].partition('"')[0]
        lines[at] = line.replace('to = "?"', f'to = "orchestrator_{name}", about = "New"')
        lines[at] = lines[at].replace('claim = "?"', 'claim = "unwanted"')
        lines[at] = lines[at].replace('descriptions = "?"', 'descriptions = "tables"')
        if "orchestrator.db" in path:
            lines[at] = lines[at].replace('action = "?"', 'action = "merge"')
    team.write("retable.toml", answered("\n".join(lines)))
    assert team.retable("plan").status == 0


def test_a_document_that_says_all_leaves_no_question(two):
    said = two.retable("init", "PLAN.md")
    assert (said.status, said.err) == (0, "")
    assert said.out == (
        "retable.toml: 2 databases, 2 tables in 1 domain\n"
        "no question is open. Next: read it, then `retable plan`\n"
    )
    assert two.read("retable.toml") == (
        "# Drafted from PLAN.md by `retable init`.\n"
        "\n"
        "[plan]\n"
        'target = "all.db" # PLAN.md:1, 5\n'
        "\n"
        "[[database]]\n"
        'path = "all.db" # PLAN.md:5\n'
        'action = "target" # PLAN.md:1, 5\n'
        "\n"
        "[[database]]\n"
        'path = "side.db" # PLAN.md:6\n'
        'action = "merge"\n'
        "\n"
        "[[domain]]\n"
        'name = "shop" # PLAN.md:8\n'
        "table = [\n"
        '  { from = "orders", in = "all.db", to = "shop_order" }, # PLAN.md:12\n'
        '  { from = "notes", in = "side.db", to = "shop_note" }, # PLAN.md:13\n'
        "]\n"
    )
    load_plan(two.root / "retable.toml")


def test_a_plan_that_is_there_is_not_written_over(two):
    two.write("retable.toml", "mine")
    said = two.retable("init", "PLAN.md")
    assert (said.status, said.out) == (2, "")
    assert "retable.toml: exists already (choose another with -o," in said.err
    assert two.read("retable.toml") == "mine"
    assert two.retable("init", "PLAN.md", "--force").status == 0
    assert two.read("retable.toml").startswith("# Drafted from PLAN.md")


def test_printed_it_is_written_nowhere(two):
    before = two.everything()
    said = two.retable("init", "PLAN.md", "--stdout")
    assert said.status == 0
    assert said.out.startswith("# Drafted from PLAN.md")
    assert said.err.startswith("would be retable.toml: 2 databases")
    assert two.everything() == before


def test_paths_are_those_from_the_folder_of_the_plan(two):
    two.write("docs/PLAN.md", two.read("PLAN.md"))
    said = two.retable("init", "PLAN.md", "-o", "../retable.toml", folder="docs")
    assert said.status == 0
    assert two.read("retable.toml").startswith("# Drafted from docs/PLAN.md by")


def test_without_any_of_its_databases_a_document_is_not_checked_and_that_is_said(nowhere):
    nowhere.write("PLAN.md", SMALL)
    said = nowhere.retable("init", "PLAN.md")
    assert said.status == 0
    assert "so nothing was checked against files" in said.err


def test_a_file_that_lies_beside_the_others_is_asked_about(two):
    with closing(sqlite3.connect(two.root / "other.db")) as database:
        database.execute("CREATE TABLE t(x)")
    assert two.retable("init", "PLAN.md").status == 1
    assert facts_of(two.read("retable.toml"))["database", "other.db", "action"] == "?"


def test_a_database_that_is_not_there_is_asked_for(two):
    (two.root / "side.db").unlink()
    assert two.retable("init", "PLAN.md").status == 1
    plan = two.read("retable.toml")
    assert "there is no such file. Where is it?" in plan
    assert '"?" # PLAN.md:6' in plan


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        pytest.param(b"\x00\x01\xff\xfe", "is not text in UTF-8", id="bytes"),
        pytest.param(b"SQLite format 3\x00", "is no document that people wrote", id="a database"),
        pytest.param("caf\xe9".encode("latin-1"), "line 1: is not text in UTF-8", id="Latin-1"),
        pytest.param(b"", "says nothing of databases or tables", id="nothing"),
        pytest.param(b"# Shopping\n\n- eggs\n- milk\n", "says nothing of databases", id="prose"),
    ],
)
def test_what_is_no_plan_is_refused(nowhere, contents, words):
    nowhere.write("PLAN.md", contents)
    said = nowhere.retable("init", "PLAN.md")
    assert (said.status, said.out) == (2, "")
    assert words in said.err
    assert not (nowhere.root / "retable.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["absent.md"], "absent.md: there is no such file", id="no such document"),
        pytest.param(["."], ".: is a folder", id="a folder"),
        pytest.param(["PLAN.md", "-o", "no/such/p.toml"], "cannot be written", id="no such folder"),
    ],
)
def test_what_cannot_be_read_or_written_is_said(two, arguments, words):
    said = two.retable("init", *arguments)
    assert (said.status, said.out) == (2, "")
    assert words in said.err


def test_code_that_does_not_end_takes_the_rest_with_it_and_that_is_said(two):
    two.write("PLAN.md", SMALL.replace("## Domain", "```sql\n\n## Domain"))
    said = two.retable("init", "PLAN.md")
    assert "PLAN.md:8: a block of code begins here and does not end" in said.err


def test_what_the_plan_must_still_describe_is_asked_before_retable_plan_refuses_it(two):
    with closing(sqlite3.connect(two.root / "side.db")) as database:
        database.executescript("DROP TABLE notes; CREATE TABLE notes(text)")
    assert two.retable("init", "PLAN.md").status == 1
    plan = two.read("retable.toml")
    asks = " ".join(plan.replace("#", "").split())
    assert (
        "PLAN.md does not say what 1 of 2 tables hold: shop_note. What must be described?" in asks
    )
    two.write("retable.toml", plan.replace('descriptions = "?"', 'descriptions = "optional"'))
    assert two.retable("plan").status == 0


def test_rows_that_meet_are_asked_about_where_all_were_to_be_appended(two):
    with closing(sqlite3.connect(two.root / "side.db")) as database:
        database.executescript(
            "CREATE TABLE orders(id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1)"
        )
    with closing(sqlite3.connect(two.root / "all.db")) as database:
        database.execute("INSERT INTO orders VALUES (1)")
        database.commit()
    more = "| `orders` | `shop_order` (append) | `side.db` |\n"
    two.write("PLAN.md", SMALL + more)
    two.retable("init", "PLAN.md")
    plan = two.read("retable.toml")
    assert 'in = "side.db", to = "shop_order", merge = "?"' in plan
    asks = " ".join(plan.replace("#", "").split())
    assert "(append)" in asks
    assert "1 row is in both. What happens where their rows meet?" in asks


def test_a_bare_name_means_the_file_and_not_its_copies_in_a_backup(two):
    for folder in ("data", "data/backup/files"):
        (two.root / folder).mkdir(parents=True, exist_ok=True)
        shutil.copy(two.root / "side.db", two.root / folder / "side.db")
    (two.root / "side.db").unlink()
    two.retable("init", "PLAN.md")
    plan = two.read("retable.toml")
    assert 'path = "data/side.db"' in plan
    assert "backup" not in plan
