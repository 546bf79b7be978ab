"""A table that describes others already becomes plan.metadata: its rows stay, more are added."""

import pytest

from migrate.execute import migrate
from migrate.phases import Phase
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.steps.work import script
from migrate.survey import survey

TEAM = """
CREATE TABLE technical_specs( -- What is to be built
  id INTEGER PRIMARY KEY, -- Its number
  title TEXT
);
CREATE TABLE spec_tasks(
  id INTEGER PRIMARY KEY,
  spec_id REFERENCES technical_specs -- What it is a step of
);
CREATE TABLE schema_metadata(
  id INTEGER PRIMARY KEY AUTOINCREMENT, entity_type TEXT NOT NULL
    CHECK (entity_type IN ('table', 'column', 'relationship')),
  entity_name TEXT NOT NULL, parent_name TEXT{parent}, description TEXT NOT NULL,
  foreign_keys TEXT, created_at TEXT NOT NULL DEFAULT 'now',
  UNIQUE(entity_type, entity_name, parent_name)
);
INSERT INTO schema_metadata(entity_type, entity_name, parent_name, description, foreign_keys) VALUES
  ('table', 'spec_tasks', {none}, 'spec_tasks',
   '[{{"column": "spec_id", "references": "technical_specs.id"}}]'),
  ('column', 'title', 'Technical_Specs', 'What it is called', NULL),
  ('relationship', 'spec_tasks.spec_id', {none}, 'Belongs to', NULL);
CREATE TABLE log(what);
CREATE TRIGGER told AFTER INSERT ON schema_metadata BEGIN INSERT INTO log VALUES (1); END;
"""
LINES = (
    "main.db: technical_specs -> specs_specification",
    "main.db: spec_tasks -> specs_task",
    "main.db: schema_metadata -> system_schema_metadata",
    "main.db: log",
)
HEAD = 'metadata = "system_schema_metadata"'
ROWS = "SELECT entity_type, entity_name, parent_name, description FROM system_schema_metadata"


@pytest.fixture(params=["NULL", "''"])
def team(request, world):
    parent = "" if request.param == "NULL" else " NOT NULL"
    world.make("main.db", TEAM.format(none=request.param, parent=parent))
    world.none = None if request.param == "NULL" else ""
    return world


@pytest.mark.parametrize("phases", [[None], [Phase.MERGE, Phase.RENAME, Phase.DOCUMENT, None]])
def test_its_rows_follow_and_it_gets_rows_for_what_it_lacks(team, phases):
    plan = team.plan(*LINES, head=HEAD)
    before = team.digests()
    for phase in phases:
        team.migrate(plan, phase=phase)
    none = team.none
    assert team.rows("main.db", ROWS) == [
        ("table", "specs_task", none, "spec_tasks"),
        ("column", "title", "specs_specification", "What it is called"),
        ("relationship", "specs_task.spec_id", none, "Belongs to"),
        ("table", "specs_specification", none, "What is to be built"),
        ("column", "id", "specs_specification", "Its number"),
        ("column", "spec_id", "specs_task", "What it is a step of"),
    ]
    assert team.rows("main.db", "SELECT foreign_keys FROM system_schema_metadata LIMIT 1") == [
        ('[{"column": "spec_id", "references": "specs_specification.id"}]',)
    ]
    assert team.rows("main.db", "SELECT * FROM log") == [], "no trigger has fired"
    said = dict(team.rows("main.db", "SELECT name, about FROM retable_tables"))
    assert said["specs_task"] == "spec_tasks"
    assert said["retable_catalog"]
    found = verify(plan)
    assert found.holds
    assert found.new_rows == ()
    assert not any(check.differs for check in found.digests)
    rollback(plan, progress=Silence())
    assert team.digests() == before


def test_a_row_that_somebody_else_adds_is_told_from_those(team):
    plan = team.plan(*LINES, head=HEAD)
    team.migrate(plan)
    with team.open("main.db") as database:
        database.execute(
            "INSERT INTO system_schema_metadata(entity_type, entity_name, parent_name, description)"
            " VALUES ('table', 'other', '', 'New')"
        )
    assert verify(plan).new_rows == (("system_schema_metadata", 1), ("log", 1))
    lost = rollback(plan, progress=Silence(), drop_new_rows=True).lost
    assert {it.name: (it.added, it.changed, it.deleted) for it in lost.tables} == {
        "system_schema_metadata": (1, 0, 0),
        "log": (1, 0, 0),
    }


def test_the_dry_run_adds_the_same_rows(team):
    plan = team.plan(*LINES, head=HEAD)
    sql = script(migrate(plan, progress=Silence(), dry_run=True).steps)
    (team.root / "copy").mkdir()
    (team.root / "copy/main.db").write_bytes((team.root / "main.db").read_bytes())
    with team.open("copy/main.db") as database:
        database.executescript(sql)
    team.migrate(plan)
    assert team.rows("copy/main.db", ROWS) == team.rows("main.db", ROWS)


def test_one_with_tables_and_columns_in_each_row(world):
    world.make(
        "main.db",
        "CREATE TABLE a( -- Things\n x -- The one\n); CREATE TABLE docs(table_name, column_name,"
        " description, PRIMARY KEY (table_name, column_name)) WITHOUT ROWID;"
        "INSERT INTO docs VALUES ('a', '', 'All things')",
    )
    plan = world.plan(
        "main.db: a -> shop_a", "main.db: docs -> shop_docs", head='metadata = "shop_docs"'
    )
    world.migrate(plan)
    assert world.rows("main.db", "SELECT * FROM shop_docs") == [
        ("shop_a", "", "All things"),
        ("shop_a", "x", "The one"),
    ]
    assert verify(plan).holds


@pytest.mark.parametrize(
    ("script", "says"),
    [
        pytest.param(
            "CREATE TABLE t(key, value)",
            "'t' cannot describe tables: it lacks a column for a table's name, or one for a"
            " description (choose another plan.metadata, which retable then makes itself)",
            id="no column for it",
        ),
        pytest.param(
            "CREATE TABLE t(id TEXT PRIMARY KEY, table_name, description, owner NOT NULL)",
            "'t' needs values that retable does not know: id, owner (give these columns a DEFAULT,"
            " or choose another plan.metadata, which retable then makes itself)",
            id="columns that must be filled",
        ),
    ],
)
def test_one_that_cannot_be_completed_is_refused(world, script, says):
    world.make("main.db", script)
    plan = world.plan("main.db: t -> meta", head='metadata = "meta"')
    assert [str(it) for it in survey(plan).problems] == [f"plan.metadata: main.db: {says}"]


NAMESAKES = """
CREATE TABLE tags( -- Words
  id INTEGER PRIMARY KEY -- Its number
);
CREATE TABLE ":"( -- Odd
  x
);
CREATE TABLE bugs( -- Faults
  tags TEXT
);
CREATE TABLE schema_metadata(
  kind TEXT, name TEXT, parent TEXT, description TEXT, refers TEXT, UNIQUE(kind, name, parent)
);
INSERT INTO schema_metadata VALUES
  ('column', 'tags', 'bugs', 'Its words', '[{"column": "tags", "references": "tags.id"}]'),
  ('Column', 'bugs.tags', NULL, 'Its words', '{"column":"tags","table":"tags"}'),
  ('table', 'tags', NULL, 'Words', '{"columns": ["id", "tags"], "to": ["tags"], "x": "\\"tags"}'),
  ('table', 'bugs', NULL, 'Faults', '{"columns":["bugs.tags"],"a":[":",", ",{"tags":"tags"}]}');
"""


@pytest.mark.parametrize("own", [True, False])
def test_a_column_that_is_called_like_a_table_keeps_its_name(world, own):
    world.make("main.db", NAMESAKES)
    names = '[[names]]\nin = "main.db"\ntable = "schema_metadata"\n'
    plan = world.plan(
        "main.db: tags -> shop_tag",
        "main.db: bugs -> shop_bug",
        "main.db: : -> shop_colon",
        "main.db: schema_metadata -> shop_metadata",
        head='metadata = "shop_metadata"' if own else "",
        extra="" if own else f'{names}column = ["name", "parent", "refers"]',
    )
    world.migrate(plan)
    rows = "SELECT kind, name, parent, refers FROM shop_metadata WHERE refers IS NOT NULL"
    assert world.rows("main.db", rows) == [
        ("column", "tags", "shop_bug", '[{"column": "tags", "references": "shop_tag.id"}]'),
        ("Column", "shop_bug.tags", None, '{"column":"tags","table":"shop_tag"}'),
        (
            "table", "shop_tag", None,
            '{"columns": ["id", "tags"], "to": ["shop_tag"], "x": "\\"tags"}',
        ),
        (
            "table", "shop_bug", None,
            '{"columns":["shop_bug.tags"],"a":[":",", ",{"shop_tag":"shop_tag"}]}',
        ),
    ]  # fmt: skip
    assert world.rows("main.db", "SELECT count(*) FROM shop_metadata WHERE name = 'tags'") == [(1,)]
    assert verify(plan).holds
