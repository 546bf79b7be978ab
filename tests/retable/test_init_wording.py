"""One plan in many wordings and layouts: the same facts or a question, never a wrong fact."""

import tomllib

import pytest

from tests.retable.drafts import OPEN, Drafter, compared, facts_of

STEPS = """
## Steps

1. Merge `data/orchestrator.db` → `data/roadmap.db`
   - Copy tables: `agent_lifecycle`, `orchestrator_state`, `orchestrator_tasks`, `bugs`
2. Merge `data/notifications.db` → `data/roadmap.db`
   - Rename table: `notifications` → `notification_user` (conflict with existing)
3. Merge `coffee_maker.db` → `data/roadmap.db`
   - Copy table: `schema_metadata` (merge with existing)
   - Skip empty tables: `commits`, `implementation_tasks`
"""
EMPHATIC = {
    "target": "Keep & consolidate into",
    "merge": "**MERGE**",
    "keep": "KEEP SEPARATE (external)",
    "delete": "DELETE",
}
PASSIVE = {
    "target": "becomes the target",
    "merge": "gets folded into the roadmap",
    "keep": "stays where it is",
    "delete": "is dropped",
}
SENTENCES = {
    "target": "This is the primary database. Everything is consolidated into it.",
    "merge": "Will be merged.",
    "keep": "Hands off!",
    "delete": "Can be deleted.",
}


def name_of(path):
    return path.split("/")[-1]


def grid(header, rows):
    lines = [header, "|" + "---|" * len(rows[0]), *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines) + "\n\n"


class Writer:
    """Lays out the demo's plan as people write such documents."""

    def __init__(self, plan):
        data = tomllib.loads(plan)
        self.databases, self.domains = data["database"], data["domain"]

    def databases_as_table(self, header="| Database | Purpose | Action |", cells=None, words=None):
        words = words or EMPHATIC
        cells = cells or (lambda it: (f"`{it['path']}`", it["about"], words[it["action"]]))
        return "## Databases\n\n" + grid(header, [cells(it) for it in self.databases])

    def databases_as_list(self, line, title="## Databases"):
        return f"{title}\n\n" + "".join(f"- {line(it)}\n" for it in self.databases) + "\n"

    def by_domain(self, title, write):
        return "".join(f"{title(it)}\n\n{write(list(self.tables(it)))}\n" for it in self.domains)

    def tables(self, domain):
        """Those that a document lists: what joins another is told by its steps."""
        return (table for table in domain["table"] if "merge" not in table)


def qualified(table):
    place = f" (in {name_of(table['in'])})" if table["from"] == "notifications" else ""
    return f"`{table['from']}`{place}"


def upper(domain):
    return f"### DOMAIN: {domain['name']} ({domain['about']})"


def current_new(tables):
    cells = [(qualified(it), f"`{it['to']}`", it["about"]) for it in tables]
    return grid("| Current Name | New Name | Description |", cells)


def bullets(line):
    return lambda tables: "".join(f"- {line(it)}\n" for it in tables)


def arrow(table):
    return f"{qualified(table)} → `{table['to']}` — {table['about']}"


def plain(writer):
    head = "# Consolidate all databases into `data/roadmap.db`\n\n"
    return head + writer.databases_as_table() + writer.by_domain(upper, current_new) + STEPS


def bullets_for_tables(writer):
    def database(it):
        return f"`{it['path']}` — {it['about']} — {EMPHATIC[it['action']]}"

    def title(domain):
        return f"### {domain['name'].title()} domain — {domain['about']}"

    tables = writer.by_domain(title, bullets(arrow))
    return (
        "# Everything into `data/roadmap.db`\n\n"
        + writer.databases_as_list(database)
        + tables
        + STEPS
    )


def no_ticks(writer):
    return plain(writer).replace("`", "")


def thin_arrows_without_ticks(writer):
    return bullets_for_tables(writer).replace("`", "").replace("→", "->")


def fat_arrows(writer):
    return bullets_for_tables(writer).replace("→", "=>")


def renamed_to(writer):
    def line(table):
        place = name_of(table["in"])
        return f"`{table['from']}` ({place}) is renamed to `{table['to']}`: {table['about']}"

    return (
        "# Consolidate everything into data/roadmap.db\n\n"
        + writer.databases_as_table()
        + writer.by_domain(upper, bullets(line))
        + STEPS
    )


def rename_a_to_b_below_bold_titles(writer):
    def line(table):
        return f"Rename `{table['from']}` of `{table['in']}` to `{table['to']}`. {table['about']}."

    def title(domain):
        return f"**Domain {domain['name']}** ({domain['about']})"

    return (
        "# Consolidate everything into data/roadmap.db\n\n"
        + writer.databases_as_table()
        + writer.by_domain(title, bullets(line))
        + STEPS
    )


def becomes(writer):
    def line(table):
        return f"{qualified(table)} becomes `{table['to']}` ({table['about']})"

    return (
        "# One file\n\n"
        + writer.databases_as_table()
        + writer.by_domain(upper, bullets(line))
        + STEPS
    )


def numbered_headings_and_other_columns(writer):
    def title(domain):
        number = writer.domains.index(domain) + 1
        return f"### 3.{number} {domain['name'].title()} — {domain['about']}"

    def table(tables):
        cells = [(f"`{it['to']}`", qualified(it), it["about"]) for it in tables]
        return grid("| New | Old | What is in it |", cells)

    return (
        "# 1. Consolidation\n\nWe have nine files, and it hurts.\n\n"
        + writer.databases_as_table("| File | Holds | Fate |")
        + "## 3. Domains\n\n"
        + writer.by_domain(title, table)
        + STEPS
    )


def sources_in_a_column_of_bare_names(writer):
    def database(it):
        return name_of(it["path"]), EMPHATIC[it["action"]].lower(), it["about"]

    def table(tables):
        cells = [(name_of(it["in"]), it["from"], it["to"], it["about"]) for it in tables]
        return grid("| Source | From | To | Notes |", cells)

    def title(domain):
        return f"## {domain['name'].title()}: {domain['about']}"

    return (
        "# One file\n\n"
        + writer.databases_as_table("| File | What happens | About |", database)
        + writer.by_domain(title, table)
        + STEPS
    )


def no_source_and_no_steps(writer):
    def table(tables):
        cells = [(f"`{it['from']}`", f"`{it['to']}`", it["about"]) for it in tables]
        return grid("| Current Name | New Name | Description |", cells)

    return "# Merge\n\n" + writer.databases_as_table() + writer.by_domain(upper, table)


def actions_as_sentences_in_a_list(writer):
    def database(it):
        return f"`{it['path']}` ({it['about']}) {PASSIVE[it['action']]}."

    tables = writer.by_domain(upper, current_new)
    return "# Consolidation\n\n" + writer.databases_as_list(database) + tables + STEPS


def actions_as_sentences_in_a_table(writer):
    tables = writer.by_domain(upper, current_new)
    return "# Consolidation\n\n" + writer.databases_as_table(words=SENTENCES) + tables + STEPS


def databases_below_headings_of_their_action(writer):
    titles = {
        "target": "## Target",
        "merge": "## Databases to merge",
        "keep": "## Keep separate",
        "delete": "## Delete",
    }
    lists = "".join(
        f"{title}\n\n"
        + "".join(
            f"- `{it['path']}` — {it['about']}\n"
            for it in writer.databases
            if it["action"] == action
        )
        + "\n"
        for action, title in titles.items()
    )
    return "# Into one\n\n" + lists + writer.by_domain(upper, current_new) + STEPS


def a_section_for_each_file(writer):
    sections = "".join(
        f"## `{it['path']}`\n\n- Purpose: {it['about']}\n- Action: {EMPHATIC[it['action']]}\n\n"
        for it in writer.databases
    )
    tables = writer.by_domain(upper, current_new)
    return "# All into `data/roadmap.db`\n\n" + sections + tables + STEPS


def one_table_for_all_domains(writer):
    cells = [
        (domain["name"], table["from"], name_of(table["in"]), table["to"], table["about"])
        for domain in writer.domains
        for table in domain["table"]
    ]
    header = "| Domain | Table | Database | New name | Description |"
    return (
        "# Consolidation\n\n"
        + writer.databases_as_table()
        + "## Mapping\n\n"
        + grid(header, cells)
        + STEPS
    )


def nested_bullets(writer):
    def line(table):
        return (
            f"  - `{table['from']}` (from `{table['in']}`) -> `{table['to']}` - {table['about']}\n"
        )

    names = "".join(
        f"- **{domain['name']}** ({domain['about']})\n" + "".join(map(line, writer.tables(domain)))
        for domain in writer.domains
    )
    head = "# Everything goes into `data/roadmap.db`\n\n"
    return head + writer.databases_as_table() + "## New names by domain\n\n" + names + STEPS


def both_names_in_one_column(writer):
    def table(tables):
        cells = [(f"{qualified(it)} → `{it['to']}`", it["about"]) for it in tables]
        return grid("| Rename | Holds |", cells)

    head = "# All into `data/roadmap.db`\n\n"
    return head + writer.databases_as_table() + writer.by_domain(upper, table) + STEPS


def noise_around_it(writer):
    noise = (
        "<!--\n| `x` | `y` |\n-->\n\n"
        "> In January `bugs` was renamed to `tickets`, and that was rolled back.\n\n"
        "We looked at merging `data/metrics.db` too, and at deleting `coffee_maker.db`.\n\n"
        "| Old command | New command |\n|---|---|\n| `sync` | `run` |\n\n"
        "- Status: `open` → `closed`\n- Rename column `title` → `name`\n"
        "- ~~`bugs` → `defects`~~\n\n"
    )
    text = "---\ntitle: Plan\n---\n" + plain(writer)
    return text.replace("### DOMAIN: specs", noise + "### DOMAIN: specs")


LAYOUTS = [
    plain,
    bullets_for_tables,
    no_ticks,
    thin_arrows_without_ticks,
    fat_arrows,
    renamed_to,
    rename_a_to_b_below_bold_titles,
    becomes,
    numbered_headings_and_other_columns,
    sources_in_a_column_of_bare_names,
    no_source_and_no_steps,
    actions_as_sentences_in_a_list,
    actions_as_sentences_in_a_table,
    databases_below_headings_of_their_action,
    a_section_for_each_file,
    one_table_for_all_domains,
    nested_bullets,
    both_names_in_one_column,
    noise_around_it,
]
UNSAID = {
    # None of these layouts speaks of folders, views, documentation or code.
    *(
        (("plan", key))
        for key in ("backup", "archive", "metadata", "schema_version", "descriptions")
    ),
    *((("table", name, "data/roadmap.db", "compat")) for name in ("code_reviews", "audit_trail")),
    ("table", "schema_metadata", "coffee_maker.db", "about"),
    ("binding", "scripts/export_notifications.py"),
}
ASKED = {
    ("table", "schema_metadata", "coffee_maker.db", "merge"),
    ("code", "exclude"),
    ("code", "history"),
}


@pytest.fixture(scope="module")
def demo(platform_made):
    return (platform_made / "retable.toml").read_text()


@pytest.fixture(scope="module")
def drafter(platform_made):
    return Drafter(platform_made)


@pytest.fixture(scope="module")
def writer(demo):
    return Writer(demo)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda it: it.__name__.replace("_", " "))
def test_a_layout_gives_the_same_facts_or_a_question(drafter, demo, writer, layout):
    draft = drafter.plan(layout(writer))
    found = compared(draft, demo)
    assert found.wrong == []
    asked = {key for key, value in facts_of(draft).items() if value in OPEN}
    if layout is no_source_and_no_steps:
        # Each table that two files have is asked about, in both.
        both = ("implementation_tasks", "notifications", "schema_metadata")
        assert {key[1] for key in asked if key[-1] == "to"} == {*both, "commits"}
        return
    unsaid = UNSAID
    if layout is one_table_for_all_domains:
        unsaid = UNSAID | {("domain", it["name"], "about") for it in writer.domains}
    assert found.missing <= unsaid
    assert asked <= ASKED


def test_what_only_looks_like_a_statement_is_said_to_be_unread(drafter, writer):
    _, drafted = drafter.drafted(noise_around_it(writer))
    unread = [it.said.words for it in drafted.unread]
    assert unread == [
        "a table with the columns Old command, New command",
        "Status: open → closed",
        "Rename column title → name",
    ]


def test_no_line_that_is_lost_makes_a_fact_that_is_wrong(drafter, demo, platform_made):
    lines = (platform_made / "docs/CONSOLIDATION_PLAN.md").read_text().split("\n")
    wrong = {
        lines[at]: found.wrong
        for at in range(len(lines))
        if lines[at].strip()
        and (found := compared(drafter.plan("\n".join(lines[:at] + lines[at + 1 :])), demo)).wrong
    }
    assert wrong == {}
