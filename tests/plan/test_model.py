import pytest

from plan.load import load_plan
from plan.model import Action, folded
from plan.schema import DatabaseSchema, SchemaObject


@pytest.fixture
def plan(tmp_path, good):
    file = tmp_path / "retable.toml"
    tables = ", ".join(f'{{ from = "t{n}", in = "data/side.db" }}' for n in range(12))
    file.write_text(
        f'{good}[[domain]]\nname = "d"\ntable = [{tables}]\n'
        '[[skip]]\ntable = "a\\nb"\nin = "data/side.db"\n'
    )
    return load_plan(file)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        pytest.param("plan.target", "plan.target", id="a key without an entry"),
        pytest.param("database[2].path", "database[2] (data/side.db).path", id="a database"),
        pytest.param("domain[1].name", "domain[1] (d).name", id="a domain"),
        pytest.param(
            "domain[1].table[1].to", "domain[1].table[1] (t0 in data/side.db).to", id="a table"
        ),
        pytest.param(
            "domain[1].table[12]", "domain[1].table[12] (t11 in data/side.db)", id="not the first"
        ),
        pytest.param("domain[1].table[99]", "domain[1] (d).table[99]", id="no such table"),
        pytest.param("skip[1].in", "skip[1] (a\nb in data/side.db).in", id="a skip"),
    ],
)
def test_a_place_says_the_file_and_the_entrys_names(plan, key, place):
    assert plan.place_of(key) == f"retable.toml: {place}"


def test_tables_and_databases_are_given_in_the_plans_order(plan):
    assert [table.old for table in plan.tables_in("data/side.db")][:3] == ["t0", "t1", "t2"]
    assert plan.tables_in("data/main.db") == ()
    kept = plan.with_action(Action.DELETE, Action.KEEP)
    assert [database.path for database in kept] == ["data/kept.db", "data/gone.db"]


def test_names_fold_as_in_sqlite_by_ascii_letters_alone():
    assert folded("ÄBC_Ünï") == "Äbc_Ünï"


def test_a_schemas_names_leave_out_sqlites_own():
    names = ("users", "sqlite_sequence", "SQLITE_stat1", "sqliter")
    objects = tuple(SchemaObject("table", name, name, "") for name in names)
    schema = DatabaseSchema("a.db", (*objects, SchemaObject("index", "i", "users", None)))
    assert schema.named("table") == ("users", "sqliter")
    assert schema.named("index") == ("i",)
