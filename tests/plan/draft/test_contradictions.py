"""Where a document says two things, or the files say another: both are shown, and asked about."""

import pytest

HEAD = """\
# Everything into `data/main.db`

| Database | Action |
|---|---|
| `data/main.db` | target |
| `data/side.db` | merge |

## Domain: shop

"""
MAIN = {"orders": (["id", "total"], 3)}
SIDE = {"notes": (["text"], 2)}
BOTH = {"data/main.db": MAIN, "data/side.db": SIDE}
TABLE = """\
| Old | New | Source |
|---|---|---|
| orders | shop_order | main.db |
| notes | shop_note | side.db |
"""


def test_without_a_contradiction_nothing_is_asked(draft):
    assert draft(HEAD + TABLE, BOTH).asks == {}


def test_a_fact_that_is_said_twice_is_one_fact_with_two_lines(draft):
    result = draft(HEAD + TABLE + "\n## Steps\n\n- Rename `notes` to `shop_note`\n", BOTH)
    assert result.asks == {}
    assert result.text.count('from = "notes"') == 1
    assert "# PLAN.md:13, 17" in result.text


@pytest.mark.parametrize(
    ("more", "where", "lines"),
    [
        pytest.param(
            "\n## Steps\n\n- Rename `notes` to `shop_memo`\n",
            "domain[1].table[2].to",
            ("PLAN.md:13 says “notes | shop_note | side.db”", "PLAN.md:17 says “Rename notes"),
            id="two names",
        ),
        pytest.param(
            "\n## Steps\n\n1. Merge `data/main.db` into `data/main.db`\n"
            "1. Merge `data/other.db` → `data/main.db`\n   - Copy table: `notes`\n",
            "domain[1].table[2].in",
            ("PLAN.md:13 says", "PLAN.md:19 says “Copy table: notes”"),
            id="two sources",
        ),
        pytest.param(
            "\n- Delete `data/side.db`\n",
            "database[2].action",
            ("PLAN.md:6 says", "PLAN.md:15 says “Delete data/side.db”"),
            id="two actions",
        ),
        pytest.param(
            "\nTarget: `data/side.db`\n",
            "plan.target",
            ("PLAN.md:1 says", "PLAN.md:15 says “Target: data/side.db”"),
            id="two targets",
        ),
        pytest.param(
            "\n- Skip empty tables: `notes` (in side.db)\n",
            "domain[1].table[2].to",
            ("PLAN.md:13 says", "PLAN.md:15 says “Skip empty tables"),
            id="planned and skipped",
        ),
        pytest.param(
            "\n## Domain: mail\n\n- `notes` → `mail_note`\n",
            "domain[2].table[1].to",
            ("PLAN.md:13 says", "PLAN.md:17 says"),
            id="two domains and two names",
        ),
    ],
)
def test_two_lines_that_contradict_each_other_are_both_shown(draft, more, where, lines):
    result = draft(HEAD + TABLE + more)
    assert where in result.asks
    assert all(line in result.asks[where] for line in lines), result.asks[where]


@pytest.mark.parametrize(
    ("tables", "where", "words"),
    [
        pytest.param({}, "domain[1].table[2].from", "has no table notes", id="in no file"),
        pytest.param(
            SIDE | {"extra": (["a", "b"], 7)},
            "domain[2].table[1].to",
            "has a table extra, and PLAN.md gives it no name. This one has 7 rows,"
            " and the columns a, b.",
            id="a table that is not spoken of",
        ),
    ],
)
def test_what_the_files_deny_is_asked(draft, tables, where, words):
    result = draft(HEAD + TABLE, {"data/main.db": MAIN, "data/side.db": tables})
    assert words in result.asks[where]


def test_a_table_of_another_file_than_the_document_says_is_asked_for(draft):
    files = {"data/main.db": MAIN | SIDE, "data/side.db": {}}
    result = draft(HEAD + TABLE, files)
    assert (
        "data/side.db has no table notes. In which database is it?"
        in result.asks["domain[1].table[2].in"]
    )
    assert '"data/main.db": has one, with 2 rows' in result.text


def test_tables_of_one_new_name_need_a_rule(draft):
    table = TABLE.replace("shop_note", "shop_order")
    files = {"data/main.db": MAIN, "data/side.db": {"notes": (["id", "total"], 5)}}
    result = draft(HEAD + table, files)
    assert list(result.asks) == ["domain[1].table[2].merge"]
    assert (
        "(3 rows and 5 rows). What happens where their rows meet?"
        in result.asks["domain[1].table[2].merge"]
    )


def test_records_of_migrations_that_become_one_are_pointed_out(draft):
    table = TABLE.replace("| notes | shop_note |", "| schema_version | shop_order |")
    files = {"data/main.db": MAIN, "data/side.db": {"schema_version": (["id", "total"], 5)}}
    result = draft(HEAD + table, files)
    asks = result.asks["domain[1].table[2].merge"]
    assert "a runner of migrations finds as done what was done in another file" in asks
    assert result.text.index('"refuse"') < result.text.index('"keep-target"')


def test_tables_of_other_columns_cannot_become_one(draft):
    result = draft(HEAD + TABLE.replace("shop_note", "shop_order"), BOTH)
    assert list(result.asks) == ["domain[1].table[2].to"]
    assert "their columns differ (id, total; and text)" in result.asks["domain[1].table[2].to"]


def test_a_rule_that_the_document_gives_is_a_fact(draft):
    table = TABLE.replace("| notes | shop_note |", "| notes | shop_order (target wins) |")
    files = {"data/main.db": MAIN, "data/side.db": {"notes": (["id", "total"], 5)}}
    result = draft(HEAD + table, files)
    assert result.asks == {}
    assert 'merge = "keep-target"' in result.line("notes")


@pytest.mark.parametrize(
    ("count", "asked"),
    [("4", True), ("1", False), ("~4", False), ("3+", False), ("several", False)],
)
def test_a_count_of_tables_that_differs_is_asked_about_unless_it_is_rough(draft, count, asked):
    rows = f"| Database | Tables | Action |\n|---|---|---|\n| a.db | {count} | target |\n"
    result = draft(f"{rows}\n## Shop\n\n- orders -> shop_order\n", {"a.db": MAIN})
    assert ("database[1].action" in result.asks) is asked


def test_a_count_of_rows_that_differs_is_asked_about(draft):
    document = HEAD + "| Old | New | Rows |\n|---|---|---|\n| orders | shop_order | 9 |\n"
    result = draft(document + "| notes | shop_note | 2 |\n", BOTH)
    assert list(result.asks) == ["domain[1].table[1].in"]
    assert (
        "says 9 rows, and orders of data/main.db has 3 rows" in result.asks["domain[1].table[1].in"]
    )


def test_a_skip_that_has_rows_is_asked_about(draft):
    files = {"data/main.db": MAIN, "data/side.db": SIDE | {"old": (["a"], 4), "none": (["a"], 0)}}
    result = draft(HEAD + TABLE + "\n- Skip empty tables: `old`, `none`\n", files)
    assert list(result.asks) == ["skip[1].claim"]
    assert "and it has 4 rows" in result.asks["skip[1].claim"]


def test_a_table_that_only_one_file_has_needs_no_source(draft):
    table = "| Old | New |\n|---|---|\n| orders | shop_order |\n| notes | shop_note |\n"
    result = draft(HEAD + table, BOTH)
    assert result.asks == {}
    assert 'in = "data/side.db"' in result.line("notes")
    assert "found in data/side.db only" in result.text


def test_a_table_that_two_files_have_is_asked_about_in_both(draft):
    table = "| Old | New |\n|---|---|\n| orders | shop_order |\n| notes | shop_note |\n"
    result = draft(HEAD + table, {"data/main.db": MAIN | SIDE, "data/side.db": SIDE})
    assert set(result.asks) == {"domain[1].table[2].to", "domain[1].table[3].to"}
    assert "data/main.db and data/side.db have one" in result.asks["domain[1].table[2].to"]


def test_without_files_a_table_without_a_source_is_asked_about(draft):
    result = draft(HEAD + "| Old | New |\n|---|---|\n| orders | shop_order |\n")
    assert list(result.asks) == ["domain[1].table[1].in"]


def test_a_table_of_a_database_that_is_kept_is_asked_about(draft):
    document = HEAD.replace("| merge |", "| keep |") + TABLE
    result = draft(document, BOTH)
    assert list(result.asks) == ["domain[1].table[2].in"]
    assert "PLAN.md:6 says “data/side.db | keep”" in result.asks["domain[1].table[2].in"]


def test_questions_about_nothing_in_a_plan_are_kept_as_comments(draft):
    result = draft(HEAD + TABLE + "\n## Open questions\n\n- Who is on call?\n", BOTH)
    assert result.asks == {}
    assert result.text.endswith("\n# PLAN.md:17 asks, about no key of a plan: Who is on call?\n")


def test_rows_that_say_nothing_are_said_to_be_unread(draft):
    document = HEAD + TABLE + "| | shop_new | side.db |\n"
    assert draft(document, BOTH).unread == ["shop_new | side.db"]


def test_a_table_that_lost_its_line_of_dashes_is_said_to_be_unread(draft):
    document = HEAD + TABLE.replace("|---|---|---|\n", "")
    assert "a table without its line of dashes" in str(draft(document).drafted.unread[0].why)


def test_renames_in_sql_count_where_such_a_table_is(draft):
    sql = "\n```sql\n-- new names\nALTER TABLE notes RENAME TO shop_memo;\n```\n"
    result = draft(HEAD + TABLE + sql, BOTH)
    assert list(result.asks) == ["domain[1].table[2].to"]
    assert (
        "PLAN.md:17 says “ALTER TABLE notes RENAME TO shop_memo”"
        in result.asks["domain[1].table[2].to"]
    )
    other = draft(HEAD + TABLE + sql.replace("notes", "nowhere"), BOTH)
    assert (other.asks, other.unread) == ({}, ["ALTER TABLE nowhere RENAME TO shop_memo"])


def test_a_list_of_what_is_in_a_file_tells_where_a_table_is(draft):
    inventory = (
        "\n## What we have\n\n### `data/side.db`\n\n"
        "| Table | Rows | Purpose |\n|---|---|---|\n| `notes` | {} | Notes |\n"
    )
    names = "| Old | New |\n|---|---|\n| orders | shop_order |\n| notes | shop_note |\n"
    result = draft(HEAD + names + inventory.format(2))
    assert list(result.asks) == ["domain[1].table[1].in"]
    assert result.line("notes") == (
        '{ from = "notes", in = "data/side.db", to = "shop_note", about = "Notes" },'
    )
    assert list(draft(HEAD + names + inventory.format(5), BOTH).asks) == ["domain[1].table[2].in"]
