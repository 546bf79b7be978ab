"""Data that holds names of tables follows the renames where the plan says so, and nowhere else."""

import pytest

from migrate.errors import DatabaseError
from migrate.execute import migrate
from migrate.phases import Phase
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.rollback import rollback
from migrate.steps.work import script
from migrate.survey import survey

SIDE = """
CREATE TABLE bugs(id INTEGER PRIMARY KEY, title);
CREATE TABLE tasks(id INTEGER PRIMARY KEY, bug INT REFERENCES bugs);
INSERT INTO bugs VALUES (1, 'bugs');
CREATE TABLE audit(
  id INTEGER PRIMARY KEY, table_name TEXT, more TEXT, loud TEXT AS (upper(table_name))
);
CREATE TABLE log(what);
CREATE TRIGGER told AFTER UPDATE ON audit BEGIN INSERT INTO log VALUES (NEW.table_name); END;
INSERT INTO audit(table_name, more) VALUES
  ('bugs', 'bugs'), ('BUGS.Id', '[ "bugs", {"tasks": "tasks.bug"}, "bugs. ", "say \\"bugs" ]'),
  ('bugs.txt', '"bugs"'), (NULL, x'62756773'), ('bug', '"bugs'), ('audit', '{"audit": 1.50}');
"""
LINES = (
    "side.db: bugs -> tasks",
    "side.db: tasks -> shop_task",
    "side.db: audit -> shop_audit",
    "side.db: log -> shop_log",
    "main.db: other -> shop_other",
)
NAMES = '[[names]]\nin = "side.db"\ntable = "audit"\ncolumn = ["table_name", "more"]'
FOLLOWED = [
    ("tasks", "tasks"),
    ("tasks.Id", '[ "tasks", {"shop_task": "shop_task.bug"}, "bugs. ", "say \\"bugs" ]'),
    ("bugs.txt", '"tasks"'),
    (None, b"bugs"),
    ("bug", '"bugs'),
    ("shop_audit", '{"shop_audit": 1.50}'),
]


@pytest.fixture
def two(world):
    world.make("main.db", "CREATE TABLE other(x); INSERT INTO other VALUES ('bugs')")
    world.make("side.db", SIDE)
    return world


@pytest.mark.parametrize(("here", "there"), [("UTF-16le", "UTF-8"), ("UTF-8", "UTF-16be")])
def test_names_follow_in_any_encoding(world, here, there):
    world.make("main.db", f"PRAGMA encoding = '{here}'; CREATE TABLE other(x)")
    world.make("side.db", f"PRAGMA encoding = '{there}'; {SIDE}")
    plan = world.plan(*LINES, extra=NAMES)
    world.migrate(plan)
    assert world.rows("main.db", "SELECT table_name, more FROM shop_audit") == FOLLOWED
    assert verify(plan).holds


@pytest.mark.parametrize("phases", [[None], [Phase.MERGE, Phase.RENAME, Phase.DOCUMENT, None]])
def test_whole_cells_and_strings_in_json_follow_at_once(two, phases):
    plan = two.plan(*LINES, extra=NAMES)
    before = two.digests()
    for phase in phases:
        two.migrate(plan, phase=phase)
    assert two.rows("main.db", "SELECT table_name, more FROM shop_audit") == FOLLOWED
    assert two.rows("main.db", "SELECT title FROM tasks") == [("bugs",)], "of no such column"
    assert two.rows("main.db", "SELECT * FROM shop_log") == [], "no trigger has fired"
    assert "trigger told" in two.schema("main.db")
    found = verify(plan)
    assert found.holds
    assert not any(check.differs for check in found.digests)
    rollback(plan, progress=Silence())
    assert two.digests() == before


def test_without_the_plans_word_nothing_changes(two):
    two.migrate(two.plan(*LINES))
    assert two.rows("main.db", "SELECT table_name FROM shop_audit LIMIT 2") == [
        ("bugs",), ("BUGS.Id",),
    ]  # fmt: skip


def test_the_proof_sees_a_value_that_did_not_follow_as_it_should(two):
    plan = two.plan(*LINES, extra=NAMES)
    two.migrate(plan)
    for value in ("bugs", "TASKS"):
        with two.open("main.db") as database:
            database.execute("UPDATE shop_audit SET table_name = ? WHERE id = 1", (value,))
        found = verify(plan)
        assert not found.holds
        (wrong,) = (proof for proof in found.tables if not proof.holds)
        assert (wrong.new, wrong.rows - wrong.equal) == ("shop_audit", 1)


def test_what_is_written_afterwards_is_told_from_what_followed(two):
    plan = two.plan(*LINES, extra=NAMES)
    two.migrate(plan)
    with two.open("main.db") as database:
        database.execute("INSERT INTO shop_audit(table_name) VALUES ('bugs')")
    lost = rollback(plan, progress=Silence(), drop_new_rows=True).lost
    assert [(it.name, it.added, it.changed, it.deleted) for it in lost.tables] == [
        ("shop_audit", 1, 0, 0)
    ]


def test_the_dry_run_does_the_same(two):
    plan = two.plan(*LINES, extra=NAMES)
    sql = script(migrate(plan, progress=Silence(), dry_run=True).steps)
    (two.root / "copy").mkdir()
    (two.root / "copy/main.db").write_bytes((two.root / "main.db").read_bytes())
    with two.open("copy/main.db") as database:
        database.executescript(sql.replace("'side.db'", f"'{two.root / 'side.db'}'", 1))
    assert two.rows("copy/main.db", "SELECT table_name, more FROM shop_audit") == FOLLOWED
    assert two.rows("copy/main.db", "SELECT * FROM shop_log") == []


def test_both_ends_of_a_foreign_key_follow_or_neither(world):
    world.make(
        "main.db",
        "CREATE TABLE bugs(x); CREATE TABLE known(name TEXT PRIMARY KEY);"
        "CREATE TABLE uses(name TEXT REFERENCES known);"
        "INSERT INTO known VALUES ('bugs'); INSERT INTO uses VALUES ('bugs')",
    )
    lines = ("main.db: bugs -> shop_bug", "main.db: known", "main.db: uses")
    names = '[[names]]\nin = "main.db"\ntable = "{}"\ncolumn = "name"\n'

    def said(*tables):
        plan = world.plan(*lines, extra="".join(map(names.format, tables)))
        return [str(problem) for problem in survey(plan).problems]

    other = (
        "domain[1].table[{}]: main.db: names in 'name' would follow, and 'name' of '{}' at the"
        " other end of a foreign key would not (name both columns under [[names]], or neither)"
    )
    assert said("known") == [other.format(2, "uses")]
    assert said("uses") == [other.format(3, "known")]
    assert said("known", "uses") == []
    world.migrate(world.plan(*lines, extra=names.format("known") + names.format("uses")))
    assert world.rows("main.db", "PRAGMA foreign_key_check") == []


KEYED = """
CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x);
CREATE TABLE facts(name TEXT, part TEXT, note, PRIMARY KEY (name, part)) WITHOUT ROWID;
CREATE TABLE about(id INTEGER PRIMARY KEY, name TEXT UNIQUE, note);
INSERT INTO facts VALUES ('a', 'x', 1), ('b', 'x', 2), ('c', 'a.x', 3);
INSERT INTO about(name, note) VALUES ('a', 1), ('b', 2), ('c', 3), ('z', 4);
"""


def test_names_that_are_keys_may_swap(world):
    world.make("main.db", KEYED)
    names = (
        '[[names]]\nin = "main.db"\ntable = "facts"\ncolumn = ["name", "part"]\n'
        '[[names]]\nin = "main.db"\ntable = "about"\ncolumn = "name"'
    )
    plan = world.plan(
        "main.db: a -> b", "main.db: b -> a", "main.db: c -> d", "main.db: facts -> f",
        "main.db: about -> g", extra=names,
    )  # fmt: skip
    world.migrate(plan)
    assert world.rows("main.db", "SELECT * FROM f ORDER BY note") == [
        ("b", "x", 1), ("a", "x", 2), ("d", "b.x", 3),
    ]  # fmt: skip
    assert world.rows("main.db", "SELECT name FROM g ORDER BY note") == [
        ("b",), ("a",), ("d",), ("z",),
    ]  # fmt: skip
    assert verify(plan).holds
    with world.open("main.db") as database:
        database.execute("INSERT INTO f VALUES ('new', 'x', 4)")
    lost = rollback(plan, progress=Silence(), drop_new_rows=True).lost
    assert [str(it) for it in lost.tables] == ["f (1 added)"]


def test_a_name_of_several_databases_means_the_table_of_its_own(world):
    script = "CREATE TABLE users(x); CREATE TABLE audit(t); INSERT INTO audit VALUES {}"
    world.make(
        "main.db", script.format("('users'), ('orders'), ('kept')") + "; CREATE TABLE kept(x)"
    )
    world.make(
        "side.db", script.format("('users'), ('orders'), ('kept')") + "; CREATE TABLE orders(x)"
    )
    world.make("third.db", "CREATE TABLE kept(x); CREATE TABLE both(x)")
    names = '[[names]]\nin = "main.db"\ntable = "audit"\ncolumn = "t"\n'
    plan = world.plan(
        "main.db: users -> shop_user", "main.db: audit -> shop_audit", "main.db: kept",
        "side.db: users -> side_user", "side.db: audit -> side_audit", "side.db: orders -> side_o",
        "third.db: kept -> third_kept", "third.db: both",
        extra=names + names.replace("main.db", "side.db"),
    )  # fmt: skip
    world.migrate(plan)
    assert world.rows("main.db", "SELECT t FROM shop_audit") == [
        ("shop_user",), ("side_o",), ("kept",),
    ]  # fmt: skip
    # Two databases have a table `kept`, side.db has none: it stays as it is.
    assert world.rows("main.db", "SELECT t FROM side_audit") == [
        ("side_user",), ("side_o",), ("kept",),
    ]  # fmt: skip


OTHER = (
    "domain[1].table[5]: side.db: {} in 't' that would mean another table where 'audit' has the"
    " rows of several ({}give it a name of its own, or change these rows first)"
)


def test_tables_that_join_follow_together_or_not_at_all(world):
    script = "CREATE TABLE users(x); CREATE TABLE audit(id INTEGER PRIMARY KEY, t);"
    world.make("main.db", script + "INSERT INTO audit VALUES (1, 'users'), (2, 'logs')")
    world.make("side.db", script + "CREATE TABLE logs(x); INSERT INTO audit VALUES (7, 'logs')")
    lines = (
        "main.db: users -> shop_user", "main.db: audit", "side.db: users -> side_user",
        "side.db: logs -> side_log", 'side.db: audit -> audit, merge = "keep-target"',
    )  # fmt: skip
    names = '[[names]]\nin = "main.db"\ntable = "audit"\ncolumn = "t"\n'
    both = names + names.replace("main.db", "side.db")

    def said(plan):
        return [str(problem) for problem in survey(plan).problems]

    forgotten = "add [[names]] for 'audit' in 'side.db', "
    one = world.plan(*lines, extra=names)
    assert said(one) == [OTHER.format("1 row has a name", forgotten)]
    plan = world.plan(*lines, extra=both)
    assert said(plan) == []
    with world.open("side.db") as database:
        database.execute("INSERT INTO audit VALUES (8, 'Users'), (9, 'users.x')")
    assert said(plan) == [OTHER.format("2 rows have names", "")]
    with world.open("side.db") as database:
        database.execute("DELETE FROM audit WHERE id > 7")
    world.migrate(plan)
    assert world.rows("main.db", "SELECT t FROM audit") == [
        ("shop_user",), ("side_log",), ("side_log",),
    ]  # fmt: skip
    assert verify(plan).holds


@pytest.mark.parametrize(
    ("script", "names", "says"),
    [
        pytest.param(
            "CREATE TABLE t(entity)", 'table = "t"\ncolumn = ["entitty", "z"]',
            "names[1].column: 't' of main.db has no column 'entitty' (did you mean 'entity'?)\n"
            "names[1].column: 't' of main.db has no column 'z' (it has entity)",
            id="no such column",
        ),
        pytest.param(
            "CREATE TABLE t(a, b AS (a))", 'table = "t"\ncolumn = "b"',
            "names[1].column: 'b' is computed, so it follows by itself"
            " (name the column that it is computed of)",
            id="a computed column",
        ),
        pytest.param(
            "CREATE VIRTUAL TABLE t USING fts5(a)", 'table = "t"\ncolumn = "a"',
            "names[1].table: 't' is a virtual table, whose rows retable does not change"
            " (leave this entry out)",
            id="a virtual table",
        ),
        pytest.param(
            "CREATE TABLE t(a); CREATE VIRTUAL TABLE find USING fts5(a, content='t')",
            'table = "t"\ncolumn = "a"',
            "names[1].table: full-text table 'find' would not know that its text has changed"
            " (leave this entry out, and change that data yourself)",
            id="the text of a full-text table",
        ),
        pytest.param(
            "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES ('t'), ('shop_t')",
            'table = "t"\ncolumn = "a"',
            "domain[1].table[1]: main.db: names that follow would give 1 key (a) to two rows each"
            " (take away the rows that have a new name already)",
            id="two rows with one key",
        ),
    ],
)  # fmt: skip
def test_what_cannot_follow_is_said_before_anything_is_done(world, script, names, says):
    world.make("main.db", script)
    lines = ["main.db: t -> shop_t"] + ["main.db: find"] * ("find" in script)
    plan = world.plan(*lines, extra=f'[[names]]\nin = "main.db"\n{names}')
    assert "\n".join(map(str, survey(plan).problems)) == says


TEAM = """
CREATE TABLE technical_specs(id INTEGER PRIMARY KEY);
CREATE TABLE spec_tasks(id INTEGER PRIMARY KEY, spec_id REFERENCES technical_specs);
CREATE TABLE schema_metadata(
  id INTEGER PRIMARY KEY AUTOINCREMENT, entity_type TEXT NOT NULL
    CHECK (entity_type IN ('table', 'column', 'relationship')),
  entity_name TEXT NOT NULL, parent_name TEXT, description TEXT NOT NULL, related_tables TEXT,
  foreign_keys TEXT, UNIQUE(entity_type, entity_name, parent_name)
);
INSERT INTO schema_metadata(entity_type, entity_name, parent_name, description, related_tables,
  foreign_keys) VALUES
  ('table', 'spec_tasks', NULL, 'Steps of technical_specs', '["technical_specs"]',
   '[{"column": "spec_id", "references": "technical_specs.id"}]'),
  ('column', 'spec_id', 'spec_tasks', 'Its specification', NULL, NULL),
  ('relationship', 'spec_tasks.spec_id', NULL, 'Belongs to', NULL, NULL);
"""


def test_a_table_that_a_team_keeps_of_its_tables_follows_and_describes_them(world):
    world.make("main.db", TEAM)
    names = (
        '[[names]]\nin = "main.db"\ntable = "schema_metadata"\n'
        'column = ["entity_name", "parent_name", "related_tables", "foreign_keys"]'
    )
    plan = world.plan(
        'main.db: technical_specs -> specs_specification, about = "What is to be built"',
        "main.db: spec_tasks -> specs_task",
        'main.db: schema_metadata -> system_schema_metadata, about = "Facts about tables"',
        head='descriptions = "tables"',
        extra=names,
    )
    world.migrate(plan)
    assert world.rows("main.db", "SELECT * FROM system_schema_metadata") == [
        (
            1, "table", "specs_task", None, "Steps of technical_specs", '["specs_specification"]',
            '[{"column": "spec_id", "references": "specs_specification.id"}]',
        ),
        (2, "column", "spec_id", "specs_task", "Its specification", None, None),
        (3, "relationship", "specs_task.spec_id", None, "Belongs to", None, None),
    ]  # fmt: skip
    assert verify(plan).holds
    said = "SELECT name, about FROM retable_tables WHERE name LIKE 'specs%' ORDER BY name"
    assert world.rows("main.db", said) == [
        ("specs_specification", "What is to be built"),
        ("specs_task", "Steps of technical_specs"),
    ]
    said = "SELECT about FROM retable_columns WHERE table_name = 'specs_task' AND about <> ''"
    assert world.rows("main.db", said) == [("Its specification",)]


def test_a_rule_that_forbids_the_new_names_is_said_with_what_breaks_it(world):
    world.make(
        "main.db",
        "CREATE TABLE bugs(x); CREATE TABLE a(n TEXT CHECK (n IN ('bugs', 'items')));"
        "INSERT INTO a VALUES ('bugs')",
    )
    names = '[[names]]\nin = "main.db"\ntable = "a"\ncolumn = "n"\n'
    plan = world.plan("main.db: bugs -> shop_bug", "main.db: a -> shop_a", extra=names)
    with pytest.raises(DatabaseError) as refused:
        world.migrate(plan)
    assert str(refused.value) == (
        "main.db: names in n of shop_a follow the renames, which a rule of that table forbids:"
        " CHECK constraint failed: n IN ('bugs', 'items') (change that rule first, or say otherwise"
        " in the plan: [[names]], plan.metadata)"
    )
    assert world.rows("main.db", "SELECT * FROM a") == [("bugs",)]
