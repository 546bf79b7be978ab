"""What is described where, which word counts, and what is refused because nobody described it."""

import pytest

from migrate.errors import StateError, SurveyError
from migrate.execute import migrate
from migrate.phases import Phase
from migrate.progress import Silence
from migrate.survey import survey

TABLES = 'descriptions = "tables"'
COLUMNS = 'descriptions = "columns"'


def said(plan):
    return [str(problem) for problem in survey(plan).problems]


def about(world):
    sql = "SELECT name, about FROM retable_tables WHERE domain <> 'retable' ORDER BY name"
    return dict(world.rows("main.db", sql))


def columns(world, table):
    sql = f"SELECT name, about FROM retable_columns WHERE table_name = '{table}'"
    return dict(world.rows("main.db", sql))


def test_each_table_that_nobody_described_is_refused_at_its_place_in_the_plan(world):
    world.make("main.db", "CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c( -- Cats\nx)")
    plan = world.plan(
        "main.db: a -> shop_a", 'main.db: b -> shop_b, about = "Bees"', "main.db: c", head=TABLES
    )
    mend = (
        '(add about = "…", or a comment behind the ( of its CREATE TABLE,'
        ' or say descriptions = "optional" under [plan])'
    )
    assert said(plan) == [f"domain[1].table[1].about: table 'shop_a' is not described {mend}"]
    before = world.everything()
    for dry_run in (True, False):
        with pytest.raises(SurveyError, match="table 'shop_a' is not described"):
            migrate(plan, progress=Silence(), dry_run=dry_run)
    assert world.everything() == before


def test_each_column_that_nobody_described_is_named_with_what_to_paste(world):
    world.make(
        "main.db",
        'CREATE TABLE a(\n  x, -- The one\n  "y z" INT AS (x),\n  w\n); CREATE TABLE b(x)',
    )
    lines = ('main.db: a -> shop_a, about = "A"', 'main.db: b, about = "B"')
    bare, wide = said(world.plan(*lines, head=COLUMNS))[::-1]
    assert bare == (
        "describe.b.columns: 1 column is not described: x"
        ' (add [describe.b] columns = { x = "…" }, or comments)'
    )
    assert wide == (
        "describe.shop_a.columns: 2 columns are not described: y z, w"
        ' (add [describe.shop_a] columns = { "y z" = "…", w = "…" }, or comments)'
    )
    extra = (
        '[describe.SHOP_A]\ncolumns = { "Y Z" = "Twice", w = "Weight" }\n'
        '[describe.b]\ncolumns = { x = "The other" }'
    )
    report = world.migrate(world.plan(*lines, head=COLUMNS, extra=extra))
    assert str(report.documented) == "2 of 2 tables, 4 of 4 columns"
    assert columns(world, "shop_a") == {"x": "The one", "y z": "Twice", "w": "Weight"}


def test_phases_before_the_last_need_no_description_and_the_last_takes_todays(world):
    world.make("main.db", "CREATE TABLE a(x)")
    plan = world.plan("main.db: a -> shop_a", head=TABLES)
    world.migrate(plan, phase=Phase.MERGE)
    world.migrate(plan, phase=Phase.RENAME)
    before = world.everything()
    with pytest.raises(SurveyError, match="table 'shop_a' is not described"):
        world.migrate(plan, phase=Phase.DOCUMENT)
    with pytest.raises(SurveyError, match="table 'shop_a' is not described"):
        world.migrate(plan)
    assert world.everything() == before
    described = world.plan(
        "main.db: a -> shop_a",
        head=TABLES,
        extra='[describe.shop_a]\nabout = "Said in time"\ncolumns = { x = "The one" }',
    )
    world.migrate(described)
    assert about(world) == {"shop_a": "Said in time"}
    assert columns(world, "shop_a") == {"x": "The one"}


SHAPES = [
    pytest.param(
        "CREATE TABLE schema_metadata(id INTEGER PRIMARY KEY, entity_type, entity_name,"
        " parent_name, description NOT NULL, purpose);"
        "INSERT INTO schema_metadata(entity_type, entity_name, parent_name, description) VALUES"
        " ('table', 'A', NULL, 'Kept: a'), ('column', 'x', 'a', 'Kept: x'),"
        " ('column', 'a.y', NULL, 'Kept: y'), ('relationship', 'b', NULL, 'Not a table'),"
        " ('table', 'gone', NULL, 'Not there')",
        id="with the kind of each row",
    ),
    pytest.param(
        "CREATE TABLE data_dictionary(table_name, column_name, comment);"
        "INSERT INTO data_dictionary VALUES ('a', NULL, 'Kept: a'), ('a', 'x', 'Kept: x'),"
        " ('A', 'Y', 'Kept: y'), ('b', '', 'One'), ('b', '', 'and another'), ('c', 'x', ' ')",
        id="with tables and columns",
    ),
    pytest.param(
        "CREATE TABLE retable_catalog(name PRIMARY KEY, kind, domain, about, old_name, columns,"
        " schema_version);"
        "INSERT INTO retable_catalog VALUES ('a', 'table', 'd', 'Kept: a', 'z',"
        ' \'[{"name": "x", "about": "Kept: x"}, {"name": "y", "about": "Kept: y"}]\', 1)',
        id="of an earlier consolidation",
    ),
    pytest.param(
        "CREATE TABLE retable_tables(name PRIMARY KEY, domain, about, old_name, columns INT,"
        " schema_version);"
        "INSERT INTO retable_tables VALUES ('a', 'd', 'Kept: a', 'z', 2, 1)",
        id="of an earlier retable",
    ),
]


@pytest.mark.parametrize("script", SHAPES)
def test_what_a_team_keeps_of_its_tables_counts_behind_the_plan_and_before_comments(world, script):
    world.make("main.db", "CREATE TABLE other(x)")
    table = script.split("(")[0].split()[-1]
    world.make(
        "side.db",
        "CREATE TABLE a( -- Comment: a\n x, -- Comment: x\n y, -- Comment: y\n z -- Comment: z\n);"
        "CREATE TABLE b(x); CREATE TABLE c(x);" + script,
    )
    world.migrate(
        world.plan(
            "main.db: other", "side.db: a -> shop_a", "side.db: b -> shop_b", "side.db: c",
            f"side.db: {table} -> kept_{table}",
            extra='[describe.shop_a]\ncolumns = { y = "Plan: y" }',
        )
    )  # fmt: skip
    x = "Comment: x" if "columns INT" in script else "Kept: x"
    assert about(world)["shop_a"] == "Kept: a"
    assert columns(world, "shop_a") == {"x": x, "y": "Plan: y", "z": "Comment: z"}
    assert (about(world)["shop_b"], about(world)["c"]) == ("", "")


def test_an_audit_is_no_description(world):
    world.make(
        "main.db",
        "CREATE TABLE a(x); CREATE TABLE audit(table_name, description);"
        "INSERT INTO audit VALUES ('a', 'dropped')",
    )
    world.migrate(world.plan("main.db: a", "main.db: audit"))
    assert about(world)["a"] == ""


def test_of_tables_that_join_the_first_word_counts(world):
    world.make("main.db", "CREATE TABLE a( -- Main\n id INTEGER PRIMARY KEY, x)")
    world.make("side.db", "CREATE TABLE a( -- Side\n id INTEGER PRIMARY KEY,\n x -- The one\n)")
    world.migrate(world.plan("main.db: a -> b", 'side.db: a -> b, merge = "append"'))
    assert about(world) == {"b": "Main"}
    assert columns(world, "b") == {"id": "", "x": "The one"}


def test_views_are_described_in_the_plan_and_need_no_word(world):
    world.make(
        "main.db",
        "CREATE TABLE a( -- A\n x); CREATE VIEW v AS SELECT x, 1 AS one FROM a;"
        "CREATE VIEW w AS SELECT 1",
    )
    extra = (
        '[[domain]]\nname = "seen"\nabout = "What is looked at"\n'
        '[describe.v]\nabout = "All"\ndomain = "seen"\ncolumns = { ONE = "Always 1" }'
    )
    world.migrate(world.plan("main.db: a -> b", head=TABLES, extra=extra))
    assert world.rows(
        "main.db",
        "SELECT name, domain, domain_about, about FROM retable_tables WHERE name IN ('v', 'w')",
    ) == [
        ("v", "seen", "What is looked at", "All"),
        ("w", "", "", ""),
    ]
    assert columns(world, "v") == {"x": "", "one": "Always 1"}


def test_descriptions_of_what_is_not_there_are_refused(world):
    world.make("main.db", "CREATE TABLE a(x); CREATE VIEW v AS SELECT 1 AS one")
    extra = (
        '[describe.shop_aa]\nabout = "x"\n[describe.zzz]\nabout = "x"\n'
        '[describe.shop_a]\ncolumns = { xx = "x", y = "y" }\n'
    )
    assert said(world.plan("main.db: a -> shop_a", extra=extra)) == [
        (
            "describe.shop_aa: there is no table or view 'shop_aa' in the result"
            " (did you mean 'shop_a'?)"
        ),
        "describe.zzz: there is no table or view 'zzz' in the result (say its new name)",
        "describe.shop_a.columns: 'shop_a' has no column 'xx' (it has x)",
        "describe.shop_a.columns: 'shop_a' has no column 'y' (it has x)",
    ]
    extra = '[describe.v]\ncolumns = { won = "x" }\n'
    assert said(world.plan("main.db: a", extra=extra)) == [
        "describe.v.columns: 'v' has no column 'won' (it has one)"
    ]


def test_words_may_change_after_a_migration_and_what_follows_the_renames_may_not(world):
    world.make("main.db", "CREATE TABLE a(x)")
    world.migrate(world.plan("main.db: a -> b"))
    later = world.plan("main.db: a -> b", head=TABLES, extra='[describe.b]\nabout = "Later"')
    assert migrate(later, progress=Silence()).already_done
    names = '[[names]]\nin = "main.db"\ntable = "a"\ncolumn = "x"'
    with pytest.raises(StateError, match=r"names in 'a' of main.db: is new in the plan"):
        migrate(world.plan("main.db: a -> b", extra=names), progress=Silence())
