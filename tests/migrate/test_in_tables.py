"""`x IN t` means `x IN (SELECT * FROM t)`, and no rename of SQLite's looks there: it follows."""

import pytest

from migrate.proof.verify import verify
from plan.stored import with_queries_behind_in

TABLES = """
CREATE TABLE a(x); INSERT INTO a VALUES (1), (2);
CREATE TABLE "b c"(y); INSERT INTO "b c" VALUES (2), (3);
"""
SAYINGS = {
    "a table": 'CREATE VIEW v AS SELECT x, x IN "b c" AS there FROM a',
    "itself": "CREATE VIEW v AS SELECT x, 5 NOT IN a AS there FROM a",
    "with its schema": "CREATE VIEW v AS SELECT x, x IN main . [b c] AS there FROM a",
    "a view": "CREATE VIEW w AS SELECT y FROM [b c]; CREATE VIEW v AS SELECT x, x IN w FROM a",
    "a CTE of a table's name": "CREATE VIEW v AS WITH a AS (SELECT 2) SELECT y, y IN a FROM [b c]",
}
LOGS = """
CREATE TRIGGER g AFTER INSERT ON a WHEN new.x IN "b c" BEGIN DELETE FROM "b c" WHERE y IN a; END;
"""


@pytest.mark.parametrize("saying", SAYINGS.values(), ids=SAYINGS)
@pytest.mark.parametrize("brings", ["target", "source", "both"])
def test_a_view_that_says_in_and_a_name_reads_the_same(world, saying, brings):
    files = {"target": ["main.db"], "source": ["side.db"], "both": ["main.db", "side.db"]}[brings]
    lines = []
    for number, file in enumerate(files):
        world.make(file, f"{TABLES}{saying};{LOGS}")
        lines += [f"{file}: a -> new_{number}", f"{file}: b c -> other_{number}"]
    world.make("main.db", "")
    plan = world.plan(*lines)
    before = world.rows(files[0], "SELECT * FROM v")
    report = world.migrate(plan)
    assert all(proof.holds for proof in report.proofs)
    assert world.rows("main.db", "SELECT * FROM v") == before
    if brings == "both":
        assert world.rows("main.db", "SELECT * FROM shop_v") == before
    assert verify(plan).holds
    with world.open("main.db") as database:
        database.execute("INSERT INTO new_0 VALUES (3)")
        assert database.execute("SELECT y FROM other_0").fetchall() == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("SELECT 1 IN t", "SELECT 1 IN (SELECT * FROM t)", id="bare"),
        pytest.param('1 in "T" or 2', '1 in (SELECT * FROM "T") or 2', id="quoted, other case"),
        pytest.param("1 IN main.t", "1 IN (SELECT * FROM main.t)", id="with its schema"),
        pytest.param("1 IN (SELECT 1)", "1 IN (SELECT 1)", id="a query"),
        pytest.param("1 IN t(2)", "1 IN t(2)", id="a function of a table's name"),
        pytest.param("1 IN other", "1 IN other", id="what keeps its name"),
        pytest.param("'1 IN t' -- IN t", "'1 IN t' -- IN t", id="text and comments"),
    ],
)
def test_only_names_behind_in_change(before, after):
    assert with_queries_behind_in(before, {"t"}) == after
