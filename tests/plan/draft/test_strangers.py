"""Documents in the manner of teams that nobody here knows: what went wrong once, and must not."""

import pytest

INTO = "# Everything into `data/main.db`\n\n"
FILES = {
    "data/main.db": {"users": (["id"], 3), "orders": (["id"], 2)},
    "data/side.db": {"notes": (["id"], 2), "orders": (["id"], 4)},
}


def fates(*rows):
    return "| File | What we do |\n|---|---|\n" + "".join(f"| {row} |\n" for row in rows) + "\n"


@pytest.mark.parametrize("words", ["stays, everything ends up here", "stays, gets everything"])
def test_what_everything_goes_into_is_the_target(draft, words):
    result = draft(fates(f"`data/main.db` | {words}", "`data/side.db` | merge"))
    assert result.line("target =") == 'target = "data/main.db"'
    assert result.asks == {}


def test_without_a_target_what_is_kept_may_be_it(draft):
    rows = "`data/main.db` | keep", "`data/side.db` | merge", "`data/far.db` | keep separate"
    result = draft(fates(*rows))
    assert set(result.asks) == {"plan.target", "database[1].action"}
    assert (
        "no file is named as the one that all tables go into" in result.asks["database[1].action"]
    )


def test_where_the_target_is_known_no_other_file_is_offered_as_one(draft):
    result = draft(INTO + fates("`data/side.db` | merge?"))
    assert '"merge": its tables' in result.text
    assert '"target": it receives' not in result.text


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("## Domain A: Sales", "sales"),
        ("## Domain IV: Sales", "sales"),
        ("## Domain 3: Sales", "sales"),
        ("**sales** - what is sold\n", "sales"),
        ("## Domain: a (what is sold)", "a"),
    ],
)
def test_the_letter_before_a_domain_is_not_its_name(draft, heading, name):
    result = draft(
        f"{INTO}{heading}\n- `orders` → `{name}_order`\n- `users` → `{name}_user`\n", FILES
    )
    assert result.line("name =") == f'name = "{name}"'
    assert "domain[1].name" not in result.asks


@pytest.mark.parametrize("label", ["**Note**", "**Important** - read this"])
def test_a_label_of_a_remark_is_no_domain(draft, label):
    result = draft(f"{INTO}{label}\n- `orders` → `shop_order`\n- `users` → `shop_user`\n", FILES)
    assert "domain[1].name" in result.asks


DOMAINS = """\
| Domain | Old | New | Source |
|---|---|---|---|
| shop | users | shop_user | main.db |
| | orders | shop_order | main.db |
| | notes | memo | side.db |
"""


def test_an_empty_first_cell_means_the_domain_above_it_if_the_name_agrees(draft):
    result = draft(INTO + fates("`data/side.db` | merge") + DOMAINS)
    assert list(result.asks) == ["domain[2].name"]
    assert result.line('"memo"') in result.text[result.text.index("under “shop”") :]


def test_no_question_about_a_domain_offers_a_name_that_would_be_refused(draft):
    rows = "tracking | users | app_user", "chat | orders | app_order", "chat | a | chat_a"
    rows += "chat | b | chat_b", "chat | c | chat_c", "chat | e | chat_e", "pages | d | chat_d"
    result = draft(
        INTO + "| Domain | Old | New |\n|---|---|---|\n| " + " |\n| ".join(rows) + " |\n"
    )
    assert result.text.count('#   - "app": what their names begin with') == 1
    assert '#   - "chat": what' not in result.text
    assert 'delete this entry, and move its lines to "chat" above' in result.text


@pytest.mark.parametrize(
    "line", ["| orders (side) | shop_order | |", "- orders (side) → shop_order"]
)
def test_a_database_in_parentheses_needs_no_ending(draft, line):
    head = "| Old | New | About |\n|---|---|---|\n" if line.startswith("|") else ""
    result = draft(INTO + fates("`data/side.db` | merge") + head + line + "\n", FILES)
    assert 'in = "data/side.db", to = "shop_order"' in result.line('"shop_order"')


@pytest.mark.parametrize("word", ["old", "deprecated"])
def test_another_word_in_parentheses_is_no_database(draft, word):
    table = f"| Old | New |\n|---|---|\n| users ({word}) | shop_user |\n"
    assert 'in = "data/main.db"' in draft(INTO + table, FILES).line('"shop_user"')


@pytest.mark.parametrize("about", ['"', "...", "TBD", "—", "n/a", "merge with existing"])
def test_what_describes_nothing_is_no_description(draft, about):
    table = f"| Old | New | Notes |\n|---|---|---|\n| `users` | `shop_user` | {about} |\n"
    assert "about" not in draft(INTO + table).line('"shop_user"')


def test_what_is_to_be_merged_with_the_existing_is_not_described_by_that(draft):
    steps = "## Steps\n\n1. Merge `data/side.db`\n   - `notes`: merge with existing\n"
    assert "about" not in draft(INTO + steps, FILES).line('"notes"')


def test_a_sentence_about_several_files_tells_of_each(draft):
    result = draft(INTO + "The files `a.db` and `b.db` are merged; `c.db` is not touched.\n")
    actions = [str(it.action.value) for it in result.drafted.draft.databases]
    assert actions == ["target", "merge", "merge", "?"]
    assert "in passing" in result.asks["database[4].action"]


def test_a_file_that_is_named_in_passing_is_asked_about_with_its_line(draft):
    result = draft(INTO + "Somebody wrote `data/side.db` once.\n", FILES)
    assert "PLAN.md names it at line 3" in result.asks["database[2].action"]


def test_a_table_that_is_left_out_of_a_merge_is_not_lost(draft):
    result = draft(INTO + "- Merge `data/side.db`, but not `orders`\n")
    assert result.unread == ["Merge data/side.db, but not orders"]


def test_below_a_file_s_heading_no_item_is_lost(draft):
    result = draft(INTO + "## side.db (merge)\n\n- orders: not migrated\n")
    assert result.unread == ["orders: not migrated"]


def test_a_table_that_is_planned_and_skipped_may_get_the_planned_name(draft):
    table = "| Old | New | Source |\n|---|---|---|\n| `notes` | `shop_note` | side.db |\n\n"
    result = draft(
        INTO + fates("`data/side.db` | merge") + table + "- Skip tables: `notes` (side.db)\n"
    )
    assert '#   - "shop_note": it comes along, so called' in result.text


def test_a_word_for_domain_in_any_language_is_not_the_name_of_one(draft):
    lines = (
        "## Dominio: chat\n\n- `users` → `utente`\n\n## Dominio: posta\n\n- `orders` → `ordine`\n"
    )
    result = draft(INTO + lines, FILES)
    assert 'name = "dominio"' not in result.text
    assert "“Dominio: chat”" in result.asks["domain[1].name"]


def test_a_file_is_not_what_the_one_listed_before_it_is(draft):
    result = draft(INTO + "- `old.db`: delete (`new.db` has its rows)\n- `new.db`: merge\n")
    assert result.asks == {}
    result = draft(INTO + "- `old.db` is deleted, its rows are in `new.db`\n")
    assert list(result.asks) == []
    assert "new.db" not in result.text
    result = draft(INTO + "- `a.db`, `b.db` (2 MB) and `c.db`: delete\n")
    assert result.text.count('action = "delete"') == 3


SECTIONS = """\
# Plan

### main.db
Action: KEEP (target)
Tables: 2

### side.db
Action: MERGE, except `orders`

### far.db

### old.db
Action: DROP
"""


def test_a_paragraph_below_a_file_s_heading_tells_of_that_file_only(draft):
    result = draft(SECTIONS)
    actions = [str(it.action.value) for it in result.drafted.draft.databases]
    assert actions == ["target", "merge", "?", "delete"]
    assert result.unread == ["Action: MERGE, except orders"]


def test_a_block_of_code_with_files_in_it_is_said_to_be_unread(draft):
    result = draft(INTO + "```\nside.db   MERGE\n```\n\n```sh\ncp side.db /tmp\n```\n")
    assert result.unread == ["a block of code that names databases"]


def test_what_an_item_says_of_files_does_not_describe_its_table(draft):
    steps = "- Merge `data/side.db`\n  - `orders`: that of side.db goes, main.db's stays\n"
    assert "about" not in draft(INTO + steps, FILES).text


def test_what_all_goes_into_is_not_deleted_without_a_question(draft):
    result = draft(INTO + "- Delete `data/main.db`\n")
    assert "is of two minds" in result.asks["database[1].action"]


@pytest.mark.parametrize("heading", ["Rollback", "Examples", "How to revert"])
def test_what_is_done_only_if_all_fails_is_no_fact(draft, heading):
    result = draft(
        f"{INTO}## {heading}\n\n- Delete `data/side.db`\n- `users` → `old_users`\n", FILES
    )
    assert result.unread == ["Delete data/side.db", "users → old_users"]
    assert "old_users" not in result.text
    assert 'action = "delete"' not in result.text


def test_a_name_that_is_to_be_discussed_is_no_fact(draft):
    result = draft(INTO + "| Old | New |\n|---|---|\n| users | shop_user (TBD) |\n", FILES)
    assert "no new name that is clear" in result.asks["domain[1].table[1].to"]


def test_a_folder_that_is_not_to_be_touched_is_not_taken(draft):
    result = draft(INTO + "We must not touch `data/archive/`.\n")
    assert "archive =" not in result.text


def test_a_table_that_is_kept_is_not_skipped_with_the_one_before_it(draft):
    result = draft(INTO + "- Drop table `tmp`, keep table `logs`\n")
    assert "[[skip]]" not in result.text
    assert result.unread == ["Drop table tmp, keep table logs"]


def test_renamed_columns_beside_old_and_new_names_are_no_tables(draft):
    table = "| Old table | New table | Columns |\n|---|---|---|\n| users | people | id → nr |\n"
    result = draft(INTO + table, FILES)
    assert 'to = "people"' in result.line('from = "users"')
    assert result.unread == ["column “Columns”"]


def test_what_is_not_to_be_skipped_is_not_skipped(draft):
    text = "Note: `data/side.db` must not be renamed.\n\n- Do not skip `users`\n"
    result = draft(INTO + text, FILES)
    assert "[[skip]]" not in result.text
    assert result.unread == ["Do not skip users"]


def test_what_was_done_already_is_asked_about(draft):
    assert "database[2].action" in draft(INTO + "- [x] `side.db` merged already in May\n").asks


@pytest.mark.parametrize("note", ["keep", "delete after 30 days", "merge later"])
def test_a_note_on_what_is_done_is_no_description(draft, note):
    table = f"| Old | New | Notes |\n|---|---|---|\n| `users` | `shop_user` | {note} |\n"
    assert "about" not in draft(INTO + table).line('"shop_user"')


@pytest.mark.parametrize(
    "line",
    ["- Databases to merge: `a.db`, `b.db`", "- Merged into the main file: `a.db`, `b.db`"],
)
def test_what_is_listed_to_be_merged_is_not_the_target(draft, line):
    result = draft(line + "\n")
    assert result.line("target =") == 'target = "?"'
    actions = [str(it.action.value) for it in result.drafted.draft.databases]
    assert actions == ["merge", "merge"]


@pytest.mark.parametrize(
    "line",
    [
        "- Merge `a.db` into: `t.db`",
        "- Phase 1: merge `a.db` into `t.db`",
        "Target: `t.db`",
        "- `a.db` → `t.db` (merge)",
    ],
)
def test_what_takes_others_in_is_the_target_all_the_same(draft, line):
    assert draft(line + "\n").line("target =") == 'target = "t.db"'


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("1) Shop\n\n   users -> people\n", "users -> people"),
        (
            "| Table | a.db |\n|---|---|\n| users | 4 rows |\n",
            "a table with the columns Table, a.db",
        ),
        ("- `a.db`: merge `users` only\n", "a.db: merge users only"),
    ],
)
def test_what_is_not_understood_is_said(draft, text, unread):
    assert draft(INTO + text, FILES).unread == [unread]
