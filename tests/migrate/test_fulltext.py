"""Full-text tables that read from others, and the triggers that feed them, go on working."""

import sqlite3

import pytest

from migrate.errors import SurveyError
from migrate.steps.fulltext import with_commands, with_content
from plan.schema import SchemaObject
from plan.stored import quoted
from plan.virtual import content_of

SCRIPT = """
CREATE TABLE doc(id INTEGER PRIMARY KEY, body);
CREATE VIRTUAL TABLE find USING fts5(body, content={0}, content_rowid='id');
CREATE TRIGGER fed AFTER INSERT ON doc BEGIN
  INSERT INTO find(rowid, body) VALUES (new.id, new.body); END;
CREATE TRIGGER cut AFTER DELETE ON doc BEGIN
  INSERT INTO find(find, rowid, body) VALUES ('delete', old.id, old.body); END;
INSERT INTO doc VALUES (1, 'red fox'), (2, 'find the dog');
"""
FTS4 = """
CREATE TABLE doc(body, id);
CREATE VIRTUAL TABLE find USING fts4(body, content={0});
CREATE TRIGGER fed AFTER INSERT ON doc BEGIN
  INSERT INTO find(docid, body) VALUES (new.rowid, new.body); END;
CREATE TRIGGER cut BEFORE DELETE ON doc BEGIN DELETE FROM find WHERE docid = old.rowid; END;
INSERT INTO doc(rowid, body) VALUES (1, 'red fox'), (2, 'find the dog');
"""


@pytest.mark.parametrize("where", ["main.db", "side.db"])
@pytest.mark.parametrize(
    ("script", "content"),
    [(SCRIPT, "'doc'"), (SCRIPT, "doc"), (SCRIPT, '"DOC"'), (FTS4, '"doc"'), (FTS4, "'doc'")],
)
@pytest.mark.parametrize(
    ("doc", "find"),
    [("shop_doc", "shop_find"), ("shop_doc", "find"), ("doc", "shop_find"), ("find", "doc")],
)
def test_text_is_found_added_and_taken_away_after_the_migration(
    world, where, script, content, doc, find
):
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, script.format(content))
    world.migrate(
        world.plan("main.db: other", f"{where}: doc -> {doc}", f"{where}: find -> {find}")
    )
    with world.open("main.db") as database:
        found = f"SELECT rowid, body FROM {find} WHERE {find} MATCH ?"
        assert database.execute(found, ("fox",)).fetchall() == [(1, "red fox")]
        database.execute(f"INSERT INTO {doc}(body) VALUES ('blue fox')")
        assert database.execute(found, ("blue",)).fetchall() == [(3, "blue fox")]
        database.execute(f"DELETE FROM {doc} WHERE body = 'red fox'")
        assert database.execute(found, ("fox",)).fetchall() == [(3, "blue fox")]
        database.execute(f"INSERT INTO {find}({find}) VALUES ('integrity-check')")
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("old", ['"doc"', "[doc]", "`doc`", "'doc'", "doc"])
@pytest.mark.parametrize("where", ["main.db", "side.db"])
@pytest.mark.parametrize("script", [SCRIPT, FTS4])
def test_the_definition_keeps_its_quotes(world, where, script, old):
    """sqlite-utils finds a full-text table by `content="t"` and `content=[t]` in its definition."""
    world.make("main.db", "CREATE TABLE other(x)")
    world.make(where, script.format(old))
    world.migrate(world.plan("main.db: other", f"{where}: doc -> text", f"{where}: find -> seek"))
    with world.open("main.db") as database:
        (sql,) = database.execute("SELECT sql FROM sqlite_master WHERE name = 'seek'").fetchone()
    assert f"content={old.replace('doc', 'text')}" in sql


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        ('"doc"', 'a "b"', '"a ""b"""'),
        ("[doc]", "a b", "[a b]"),
        ("[doc]", "a]b", '"a]b"'),
        ("`doc`", "a`b", "`a``b`"),
        ("'doc'", "it's", "'it''s'"),
        ("doc", "a b", '"a b"'),
        ("doc", "order", "order"),
        ("DOC", "text", "text"),
    ],
)
@pytest.mark.parametrize("module", ["fts4", "fts5"])
def test_a_new_name_is_written_as_the_old_one_was(old, new, written, module):
    before = f"CREATE VIRTUAL TABLE t USING {module}(a, content={old})"
    sql = with_content(SchemaObject("table", "t", "t", before), {"doc": new})
    assert sql == f"CREATE VIRTUAL TABLE t USING {module}(a, content={written})"
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE TABLE {quoted(new)}(a)")
    database.execute(f"INSERT INTO {quoted(new)} VALUES ('fox')")
    database.execute(sql)
    assert database.execute("SELECT a FROM t WHERE rowid = 1").fetchall() == [("fox",)]


def test_content_that_passes_through_a_temporary_name(world):
    """The target's own doc leaves its name to the source's: until then that one waits."""
    world.make("main.db", SCRIPT.format("'doc'").replace("red", "old"))
    world.make("side.db", SCRIPT.format("'doc'"))
    world.migrate(
        world.plan(
            "main.db: doc -> old_doc",
            "main.db: find -> old_find",
            "side.db: doc",
            "side.db: find",
        )
    )
    with world.open("main.db") as database:
        for doc, find, said in (("doc", "find", "red fox"), ("old_doc", "old_find", "old fox")):
            query = f"SELECT body FROM {find} WHERE {find} MATCH 'fox'"
            assert database.execute(query).fetchall() == [(said,)]
            database.execute(f"DELETE FROM {doc} WHERE id = 1")
            assert database.execute(query).fetchall() == []
            database.execute(f"INSERT INTO {find}({find}) VALUES ('integrity-check')")


def test_a_view_that_asks_by_the_name_of_the_column_is_refused_by_name(world):
    world.make(
        "main.db",
        SCRIPT.format("'doc'") + "CREATE VIEW v AS SELECT rowid FROM find WHERE find MATCH 'fox';",
    )
    with pytest.raises(SurveyError, match="view v"):
        world.migrate(world.plan("main.db: doc -> shop_doc", "main.db: find -> shop_find"))


def test_full_text_of_a_table_that_is_skipped_is_refused_by_name(world):
    world.make(
        "side.db",
        "CREATE TABLE doc(id INTEGER PRIMARY KEY, body);"
        "CREATE VIRTUAL TABLE find USING fts5(body, content='doc')",
    )
    skip = '[[skip]]\ntable = "doc"\nin = "side.db"\nclaim = "empty"'
    with pytest.raises(SurveyError, match="'find' reads its text from 'doc', which is skipped"):
        world.migrate(world.plan("side.db: find -> shop_find", extra=skip))


@pytest.mark.parametrize(
    ("sql", "content"),
    [
        ("CREATE VIRTUAL TABLE t USING fts5(a, content='it''s')", "it's"),
        ("CREATE VIRTUAL TABLE t USING fts5(a, content = [my doc])", "my doc"),
        ("CREATE VIRTUAL TABLE t USING fts4(a, content=`d`)", "d"),
        ("CREATE VIRTUAL TABLE t USING fts5(a, content='')", None),
        ("CREATE VIRTUAL TABLE t USING fts5(content, b)", None),
        ("CREATE VIRTUAL TABLE t USING rtree(content, b, c)", None),
    ],
)
def test_where_the_text_is(sql, content):
    assert content_of(SchemaObject("table", "t", "t", sql)) == content


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('INSERT INTO "new"(old, rowid) VALUES (1)', 'INSERT INTO "new"("new", rowid) VALUES (1)'),
        ('INSERT INTO main."new" (rowid, [OLD])', 'INSERT INTO main."new" (rowid, "new")'),
        ("REPLACE INTO new /* old */ ( old )", 'REPLACE INTO new /* old */ ( "new" )'),
        ("INSERT INTO other(old) VALUES ('old')", "INSERT INTO other(old) VALUES ('old')"),
        ("INSERT INTO new SELECT old FROM old", "INSERT INTO new SELECT old FROM old"),
        ("INSERT INTO new", "INSERT INTO new"),
        ("SELECT 'INTO new(old)'", "SELECT 'INTO new(old)'"),
    ],
)
def test_the_column_that_takes_commands(before, after):
    assert with_commands(before, {"new": "old"}) == after
    assert with_commands(after, {"new": "old"}) == after
