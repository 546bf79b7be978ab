"""What words mean: actions, renames, skips, folders; and where they are not clear."""

import pytest

from plan.draft.document.claims import Count
from plan.draft.document.outline import Line, outline_of
from plan.draft.document.renames import renames_in
from plan.draft.document.tokens import tokens_of
from plan.draft.document.words import count_of, fate_of


def text_of(markdown):
    return next(block.text for block in outline_of(markdown) if isinstance(block, Line))


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("KEEP", "keep"),
        ("**MERGE**", "merge"),
        ("Keep & consolidate into", "target"),
        ("keep, everything is folded into it", "target"),
        ("DELETE", "delete"),
        ("**KEEP SEPARATE** (external)", "keep"),
        ("_leave alone_", "keep"),
        ("hands off", "keep"),
        ("do not touch!", "keep"),
        ("🚫 not ours, leave it", "keep"),
        ("keep, don't merge", "keep"),
        ("merge, then delete the file", "merge"),
        ("is folded into the roadmap", "merge"),
        ("Merge into `main.db`", "merge"),
        ("❌ throw away", "delete"),
        ("**PRIMARY**", "target"),
        ("merge target", "target"),
        ("~~KEEP~~ MERGE", "merge"),
        ("Archive", "unclear"),
        ("Merge?", "unclear"),
        ("TBD", "unclear"),
        ("keep or delete", "unclear"),
        ("don't delete", "unclear"),
        ("not merged", "unclear"),
        ("retire", "unclear"),
        ("ask Ann", None),
        ("", None),
    ],
)
def test_an_action_in_any_wording(words, action):
    fate = fate_of(tokens_of(text_of(f"x {words}").part(2, 99)))
    assert (fate.action.value if fate.action else "unclear" if fate.unclear else None) == action


@pytest.mark.parametrize(
    ("line", "pairs"),
    [
        ("`a1` → `b1` — what it is", [("a1", "b1")]),
        ("a1 -> b1", [("a1", "b1")]),
        ("a1=>b1", [("a1", "b1")]),
        ("rename old_a to new_b", [("old_a", "new_b")]),
        ("`a1` is renamed to `b1`.", [("a1", "b1")]),
        ("`a1` from x.db is now called `b1`", [("a1", "b1")]),
        ("`b1` (formerly `a1`)", [("a1", "b1")]),
        ("`b1` instead of `a1`", [("a1", "b1")]),
        ("Move `a1` from `x.db` to `t.db` as `b1`", [("a1", "b1")]),
        ("`a1` → `b1`, `c1` → `d1`", [("a1", "b1"), ("c1", "d1")]),
        ("`a1`, `b1` → `c1`", []),
        ("`a1` → `b1` and `c1`", []),
        ("x1 → y1 → z1", []),
        ("`a1` → merged into `b1`", []),
        ("shop.orders → sales_order", [("orders", "sales_order")]),
        ("`orders.total` → `orders.amount`", []),
        ("Rename column `a1` → `b1`", []),
        ("`x.db` → `t.db`", []),
        ("`a1` was renamed to `b1` last year", []),
    ],
)
def test_pairs_of_names(line, pairs):
    assert [(it.old, it.new) for it in renames_in(text_of(line))] == pairs


@pytest.mark.parametrize(
    ("heading", "name", "about"),
    [
        ("DOMAIN: shop (What is sold)", "shop", "What is sold"),
        ("3.1 Shop — what is sold", "shop", "what is sold"),
        ("`shop`: what is sold", "shop", "what is sold"),
        ("Shop domain", "shop", None),
        ("Domain 2: shop", "shop", None),
        ("Shop tables", "shop", None),
        ("Step 3: rename the rest", "?", None),
        ("How we rename all of our things", "?", None),
        ("Mapping", "?", None),
    ],
)
def test_the_name_of_a_domain(draft, heading, name, about):
    result = draft(f"# Into `t.db`\n\n### {heading}\n\n| Old | New |\n|---|---|\n| a1 | b1 |\n")
    (domain,) = result.drafted.draft.domains
    assert domain.name.value == name
    assert (domain.about.value if domain.about else None) == about


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("11", Count(11)),
        ("1,200 rows", Count(1200)),
        ("~40", Count(40, exact=False)),
        ("25+", Count(25, exact=False)),
        ("about 7", Count(7, exact=False)),
        ("3 of 4", None),
        ("1.6 MB", None),
        ("n/a", None),
    ],
)
def test_numbers(text, count):
    assert count_of(text) == count


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("- Back up to `data/backup-YYYY-MM-DD/`", 'backup = "data/backup-{date}"'),
        ("- Backups in backups/<date>/", 'backup = "backups/{date}"'),
        ("- Backup: `saved/$(date +%F)/db`", 'backup = "saved/{date}/db"'),
        ("- Old files move to `data/archive/`", 'archive = "data/archive"'),
        (
            "- Move the old databases to `var/old/`. They may go after a month.",
            'archive = "var/old"',
        ),
        ("- schema version 7", "schema_version = 7"),
        ("- `PRAGMA user_version = 12`", "schema_version = 12"),
        ("- No views for backward compatibility", 'compat = "none"'),
        ("- Every table is described in `catalog`", 'metadata = "catalog"'),
        ("- All tables must be documented", 'descriptions = "tables"'),
        ("- All tables **and columns** are documented", 'descriptions = "columns"'),
    ],
)
def test_a_wish_becomes_a_key(draft, line, key):
    result = draft(f"# Everything into `t.db`\n\n{line}\n")
    assert result.line(key.partition(" ")[0] + " = ") == key
    assert result.asks == {}


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ("- Create views for backward compatibility", "plan.compat"),
        ("- Target: 25+ tables documented", "plan.descriptions"),
        ("- Do old files go to `data/archive/`?", "plan.archive"),
        ("- Should the schema have a version?", "plan.schema_version"),
        ("- Is `t.db` really the right file?", "database[1].action"),
        ("- Back up to `a/backup/` and to `b/backup/`", "plan.backup"),
        ("- Every table is described in `retable_rejects`", "plan.metadata"),
    ],
)
def test_what_is_not_certain_is_asked_where_the_answer_goes(draft, line, where):
    result = draft(f"# Everything into `t.db`\n\n{line}\n")
    assert list(result.asks) == [where]
    assert line.removeprefix("- ").replace("`", "")[:40] in result.asks[where]


def test_a_table_of_the_teams_may_be_where_tables_are_described(draft):
    result = draft(
        "# Everything into `t.db`\n\n"
        "## Domain: system\n\n| Old | New |\n|---|---|\n| `notes` | `system_note` |\n\n"
        "- Every table is described in `system_note`\n"
    )
    assert "In which table is each table described?" in result.asks["plan.metadata"]
    assert '#   - "system_note": this table of yours, which keeps its rows' in result.text
    assert '#   - "retable_catalog": one that retable makes, the usual one' in result.text


@pytest.mark.parametrize(
    "line",
    [
        "- Don't merge `data/side.db` into `data/main.db`",
        "- Maybe merge `data/side.db` into `data/main.db` later",
        "- `data/side.db`: keep or merge",
        "- `data/side.db` is archived",
        "- Consider deleting `data/side.db`",
        "We delete `data/side.db`.",
        "- Is `data/side.db` still needed?",
    ],
)
def test_a_doubt_about_a_database_is_a_question(draft, line):
    result = draft(f"# Everything into `data/main.db`\n\n{line}\n")
    assert list(result.asks) == ["database[2].action"]


@pytest.mark.parametrize(
    "text",
    [
        "## Rejected alternatives\n\n- Merge `data/side.db` into `data/main.db`\n",
        "## Out of scope\n\n- rename `orders` to `sales`\n",
        "## History\n\n| Old | New |\n|---|---|\n| orders | sales |\n",
        "## Rules\n\n- Never rename `orders` to `sales`\n",
        "## Names\n\n- Maybe rename `orders` to `sales`\n",
        "## Names\n\n- `orders` → `sales`, maybe\n",
    ],
)
def test_what_was_not_decided_is_unread_and_no_fact(draft, text):
    result = draft(f"# Everything into `data/main.db`\n\n{text}")
    assert (result.drafted.draft.domains, len(result.drafted.draft.databases)) == ((), 1)
    assert len(result.unread) == 1
