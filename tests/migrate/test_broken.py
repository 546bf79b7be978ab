"""Views and triggers that speak of nothing, where the plan wants them carried as text."""

import pytest

from migrate.errors import SurveyError
from migrate.execute import migrate
from migrate.phases import IN_TARGET, Phase
from migrate.progress import Silence
from migrate.proof.verify import verify
from migrate.survey import survey

CARRY = 'broken = "carry"'
BROKEN = (
    "CREATE TABLE {0}(x); INSERT INTO {0} VALUES (1); CREATE INDEX {0}_x ON {0}(x);"
    "CREATE VIEW good AS SELECT {0}.x FROM {0};"
    "CREATE VIEW {0}_bad AS SELECT * /* all */ FROM gone;"
    "CREATE VIEW {0}_on AS SELECT * FROM {0}_bad;"
    "CREATE TRIGGER {0}_g AFTER INSERT ON {0} WHEN NEW.x > 9 BEGIN DELETE FROM gone; END;"
    "CREATE TRIGGER {0}_h INSTEAD OF INSERT ON {0}_bad BEGIN SELECT 1; END;"
    "CREATE TRIGGER {0}_ok AFTER DELETE ON {0} BEGIN SELECT 1; END"
)


@pytest.fixture
def two(world):
    world.make("main.db", BROKEN.format("one"))
    world.make("side.db", BROKEN.format("two"))
    return world


def the_plan(two, **more):
    return two.plan("main.db: one -> shop_one", "side.db: two -> shop_two", **more)


def test_by_default_all_of_them_are_refused_by_name(two):
    plan = the_plan(two)
    before = two.everything()
    with pytest.raises(SurveyError) as caught:
        two.migrate(plan)
    lines = str(caught.value).splitlines()
    assert len(lines) == 8
    assert lines[0] == (
        "main.db: view one_bad is broken: no such table: main.gone (mend it, drop it: DROP view"
        ' "one_bad", or say broken = "carry" under [plan] to take it along as it is)'
    )
    assert sum("it is on view" in line for line in lines) == 2
    assert two.everything() == before


@pytest.mark.parametrize("apart", [False, True], ids=["in one go", "phase by phase"])
def test_they_come_along_as_text_and_are_told_of(two, apart):
    plan = the_plan(two, head=CARRY)
    was = {**two.schema("main.db"), **two.schema("side.db")}
    if apart:
        migrate(plan, progress=Silence(), phase=Phase.MERGE)
        assert "view two_bad" not in two.schema("main.db"), "SQLite could rename nothing"
        assert two.schema("main.db")["view one_bad"] == was["view one_bad"]
        assert two.rows("main.db", "SELECT x FROM shop_good") == [(1,)]
        for phase in IN_TARGET[1:]:
            migrate(plan, progress=Silence(), phase=phase)
    else:
        report = two.migrate(plan)
        assert report.notes[0] == (
            "main.db: view one_bad is broken: no such table: main.gone; it comes along as text"
        )
        assert len(report.notes) == 8
    assert verify(plan).holds
    now = two.schema("main.db")
    for name in ("one", "two"):
        for thing in (f"view {name}_bad", f"view {name}_on", f"trigger {name}_h"):
            assert now[thing] == was[thing]
        table = f'AFTER INSERT ON "shop_{name}" WHEN NEW.x > 9 BEGIN DELETE FROM gone; END'
        assert now[f"trigger {name}_g"] == f"CREATE TRIGGER {name}_g {table}"
    with two.open("main.db") as database:
        database.execute("DELETE FROM shop_two")
        assert database.execute("SELECT x FROM good").fetchall() == [(1,)]


def test_they_get_free_names_too(two):
    with two.open("side.db") as database:
        database.execute("CREATE VIEW one_bad AS SELECT * FROM nowhere")
    report = two.migrate(the_plan(two, head=CARRY))
    assert {str(it) for it in report.new_names} == {
        "view good of side.db becomes shop_good: its name is taken",
        "view one_bad of side.db becomes shop_one_bad: its name is taken",
    }
    assert two.schema("main.db")["view shop_one_bad"].endswith("SELECT * FROM nowhere")


@pytest.mark.parametrize(
    ("table", "named"),
    [
        pytest.param("side.db: gone", "main.db: view one_bad", id="of another file"),
        pytest.param("side.db: here -> gone", "main.db: view one_bad", id="by its new name"),
    ],
)
def test_they_must_not_read_what_comes_from_elsewhere(world, table, named):
    world.make("main.db", BROKEN.format("one"))
    world.make("side.db", f"CREATE TABLE {table.split()[1]}(x)")
    plan = world.plan("main.db: one -> shop_one", table, head=CARRY)
    before = world.everything()
    with pytest.raises(SurveyError) as caught:
        world.migrate(plan)
    assert str(caught.value).startswith(
        f"{named}: is broken, and would read what other databases bring into the target (mend it"
    )
    assert world.everything() == before


def test_a_view_that_needs_a_table_that_is_skipped(world):
    world.make("main.db", "CREATE TABLE a(x)")
    world.make(
        "side.db",
        "CREATE TABLE b(x); CREATE TABLE old(x); CREATE VIEW v AS SELECT old.x, b.x FROM old, b;"
        "CREATE TRIGGER g AFTER INSERT ON old BEGIN DELETE FROM v; END;"
        "CREATE TRIGGER h AFTER INSERT ON b BEGIN INSERT INTO old VALUES (1); END",
    )
    skip = '[[skip]]\ntable = "old"\nin = "side.db"'
    plan = world.plan("main.db: a -> shop_a", "side.db: b -> shop_b", head=CARRY, extra=skip)
    needs = "needs a table that is skipped: no such table: main.old; it comes along as text"
    assert survey(plan).notes == (f"side.db: view v {needs}", f"side.db: trigger h {needs}")
    report = world.migrate(plan)
    assert report.left == ("trigger g of side.db: its table old is skipped",)
    schema = world.schema("main.db")
    assert schema["view v"] == "CREATE VIEW v AS SELECT old.x, b.x FROM old, b"
    assert 'ON "shop_b" BEGIN INSERT INTO old' in schema["trigger h"]
    assert "trigger g" not in schema


PROGRAM = (
    "CREATE TABLE {0}(a); INSERT INTO {0} VALUES ('x');"
    "CREATE VIEW {0}_v AS SELECT slug({0}.a), {0}.a COLLATE swedish AS c FROM {0};"
    "CREATE VIEW {0}_w AS SELECT v.c || '!', slug(v.c) FROM {0}_v AS v ORDER BY 1 COLLATE swedish;"
    "CREATE VIEW {0}_x AS SELECT {0}_w.* FROM {0}_w;"
    "CREATE TRIGGER {0}_g AFTER INSERT ON {0} WHEN slug(NEW.a) = '<y>' BEGIN"
    " INSERT INTO {0}(a) SELECT 'from ' || c FROM {0}_v WHERE {0}_v.c = 'x'; END;"
    "CREATE TRIGGER {0}_h INSTEAD OF INSERT ON {0}_x BEGIN INSERT INTO {0} VALUES ('new'); END"
)


@pytest.mark.parametrize("where", ["main.db", "side.db"])
@pytest.mark.parametrize("apart", [False, True], ids=["in one go", "phase by phase"])
def test_views_that_call_what_only_their_program_has(world, where, apart):
    """A view that reads such a view keeps SQLite from renaming any table, and yet is not broken."""
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, PROGRAM.format("t"))
    plan = world.plan(
        "main.db: other -> shop_other",
        f"{where}: t -> shop_t",
        extra=f'[[object]]\nname = "t_v"\nin = "{where}"\nto = "shop_v"\n'
        f'[[object]]\nname = "t_g"\nin = "{where}"\nto = "shop_g"',
    )
    before = answers(world, where, "t", "t_v")
    for phase in IN_TARGET if apart else [None]:
        migrate(plan, progress=Silence(), phase=phase)
        if phase is Phase.MERGE:
            names = ("shop_t", "shop_v") if where == "side.db" else ("t", "t_v")
            assert answers(world, "main.db", *names) == before
    assert answers(world, "main.db", "shop_t", "shop_v") == before
    assert "trigger shop_g" in world.schema("main.db")
    assert verify(plan).holds


def answers(world, file, table, view):
    """What the program itself sees: columns and rows, before and after its triggers have run."""
    said = []
    with world.open(file) as database:
        database.create_function("slug", 1, lambda text: f"<{text}>", deterministic=True)
        database.create_collation("swedish", lambda a, b: (a > b) - (a < b))
        database.execute("BEGIN")
        for name in (view, "t_w", "t_x"):
            found = database.execute(f"SELECT * FROM {name}")
            said += [[it[0] for it in found.description], found.fetchall()]
        database.execute(f"INSERT INTO {table} VALUES ('y')")
        database.execute("INSERT INTO t_x VALUES (1, 2)")
        said.append(database.execute(f"SELECT a FROM {table}").fetchall())
        database.execute("ROLLBACK")
    return said
