"""Virtual tables in all their variants: after the migration they answer and take rows as before."""

import apsw
import pytest

from migrate.errors import SurveyError
from migrate.proof.verify import verify

ROWS = (
    "INSERT INTO t(rowid, a, b) VALUES (1, 'red fox', 'x'), (2, 'blue fox', 'y'), (3, 'dog', 'z')"
)
FOX = "SELECT rowid FROM {0} WHERE {0} MATCH 'fox'"
TEXT = "SELECT rowid, a, b FROM {0} WHERE {0} MATCH 'fox'"
LATER = "INSERT INTO {0}(rowid, a, b) VALUES (9, 'a fox', 'q'); DELETE FROM {0} WHERE rowid = 2"
CASES = {
    "fts5(a, b UNINDEXED, prefix='2 3', tokenize='porter unicode61 remove_diacritics 1')": (
        "SELECT rowid, a, b, bm25({0}) FROM {0} WHERE {0} MATCH 're* OR foxes'",
        LATER,
    ),
    "fts5(a, b, columnsize=0)": ("SELECT rowid, bm25({0}) FROM {0} WHERE {0} MATCH 'fox'", LATER),
    "fts5(a, b, detail=none)": (TEXT, LATER),
    "fts5(a, b, detail=column)": ("SELECT a FROM {0} WHERE {0} MATCH 'a:fox'", LATER),
    "fts5(a, b, tokenize='trigram')": ("SELECT rowid, a FROM {0} WHERE a LIKE '%fox%'", LATER),
    "fts5(a, b, content='')": (
        FOX,
        "INSERT INTO {0}({0}, rowid, a, b) VALUES ('delete', 1, 'red fox', 'x')",
    ),
    "fts5(a, b, content='', contentless_delete=1)": (FOX, LATER),
    "fts4(a, b, notindexed=b, prefix='2', order=desc, tokenize=porter)": (TEXT, LATER),
    "fts4(a, b, languageid='lid', matchinfo=fts3)": (TEXT, LATER),
    "fts4(a, b, compress=hex, uncompress=unhex)": (FOX, LATER),
    "fts4(a, b, content='')": (FOX, "INSERT INTO {0}(docid, a, b) VALUES (8, 'fox', 'q')"),
    "fts3(a, b)": (TEXT, LATER),
    "rtree(id, a, b, +c TEXT, +d BLOB)": (
        "SELECT * FROM {0} WHERE a < 2 AND b > 0.5",
        "DELETE FROM {0} WHERE id = 1; INSERT INTO {0} VALUES (1, 0, 1, 'n', x'00')",
    ),
    "rtree_i32(id, a, b, +c)": (
        "SELECT * FROM {0} WHERE a <= 2",
        "INSERT INTO {0} VALUES (7, -1, 1, 1.5); DELETE FROM {0} WHERE id = 2",
    ),
}
POINTS = "INSERT INTO t(id, a, b, c) VALUES (1, 0, 1, 'ü'), (2, 1, 2, NULL), (3, 9, 9, 1.0)"


def ask(file, sql):
    database = apsw.Connection(str(file))
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


@pytest.mark.parametrize("table", CASES)
def test_it_answers_and_takes_rows_as_before(world, table):
    """Renamed in the target, and copied from a source."""
    query, later = CASES[table]
    rows = POINTS if table.startswith("rtree") else ROWS
    for file in ("main.db", "side.db", "alone.db"):
        ask(world.root / file, f"CREATE VIRTUAL TABLE t USING {table}; {rows}")
    plan = world.plan("main.db: t -> moved", "side.db: t -> copied")
    world.migrate(plan)
    assert verify(plan).pure
    main, alone = world.root / "main.db", world.root / "alone.db"
    for script in (later, "SELECT 1"):
        expected = ask(alone, query.format("t"))
        assert expected
        for name in ("moved", "copied"):
            assert ask(main, query.format(name)) == expected
            ask(main, script.format(name))
        ask(alone, script.format("t"))
    assert ask(main, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("where", ["main.db", "side.db"])
@pytest.mark.parametrize(
    ("module", "made"),
    [
        ("geopoly", "geopoly(n)"),
        ("fts5vocab", "fts5vocab(u, row)"),
        ("fts4aux", "fts4aux(u)"),
        ("spellfix1", "spellfix1"),
    ],
)
def test_a_module_that_cannot_be_carried_is_named(world, where, module, made):
    world.make("main.db", "CREATE TABLE other(x)")
    ask(world.root / where, "CREATE VIRTUAL TABLE u USING fts4(x)")
    sql = f"CREATE VIRTUAL TABLE t USING {made}"
    if module == "spellfix1":
        # It is an extension: to others it is a line in the schema.
        line = f"INSERT INTO sqlite_schema VALUES ('table', 't', 't', 0, '{sql}')"
        ask(world.root / where, f"PRAGMA writable_schema = ON; {line}")
    else:
        ask(world.root / where, sql)
    with pytest.raises(SurveyError, match=module):
        world.migrate(world.plan("main.db: other", f"{where}: u", f"{where}: t -> shop_t"))


def test_what_sqlite_itself_renames_in_part_keeps_its_name(world):
    made = "fts5(a, b UNINDEXED, content='', contentless_delete=1, contentless_unindexed=1)"
    ask(world.root / "main.db", f"CREATE VIRTUAL TABLE t USING {made}; {ROWS}")
    with pytest.raises(SurveyError, match="SQLite cannot rename 't'"):
        world.migrate(world.plan("main.db: t -> shop_t"))
    world.migrate(world.plan("main.db: t"))
    found = "SELECT rowid, b FROM t WHERE t MATCH 'fox'"
    assert ask(world.root / "main.db", found) == [(1, "x"), (2, "y")]
