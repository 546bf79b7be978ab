"""A schema renamed in parts: which these are, and that they give what the whole gives."""

import pytest

from migrate.database.schema import objects_of
from migrate.database.sqlite import open_scratch
from migrate.steps import kin
from migrate.steps.followed import followed

FAMILY = """
CREATE TABLE a(id INTEGER PRIMARY KEY, n, CHECK (a.n > 0));
CREATE TABLE b(id, a REFERENCES a(id));
CREATE TABLE alone(x); CREATE INDEX on_alone ON alone(x) WHERE x > 1;
CREATE TABLE "with space"(x); CREATE TABLE t3(x);
CREATE TABLE read(x); CREATE VIEW v AS SELECT x + 1 FROM "read";
CREATE VIEW over AS SELECT * FROM v; CREATE TRIGGER on_v INSTEAD OF INSERT ON v
 BEGIN INSERT INTO logged VALUES (new.rowid); END;
CREATE TABLE logged(x);
CREATE TABLE texts(id INTEGER PRIMARY KEY, body);
CREATE VIRTUAL TABLE search USING fts5(body, content='texts');
CREATE VIEW broken AS SELECT * FROM nowhere;
CREATE TABLE swap_1(x, CHECK (swap_1.x > 1)); CREATE TABLE swap_2(x, CHECK (swap_2.x > 2));
"""
NAMES = {
    "a": "shop_a", "b": "shop_b", "alone": "shop_alone", "with space": "shop_space",
    "read": "shop_read", "v": "shop_v", "logged": "shop_log", "texts": "shop_texts",
    "search": "shop_search", "swap_1": "swap_2", "swap_2": "swap_1", "t3": "nowhere",
}  # fmt: skip


@pytest.fixture
def schema():
    with open_scratch("x.db") as database:
        database.run(FAMILY)
        return objects_of(database, "x.db")


def parts_of(schema):
    names = [{item.name for item in part.objects if item.sql} for part in kin.bundles(schema)]
    assert sum(map(len, names)) == len([item for item in schema.objects if item.sql])
    return names


def together(parts, *names):
    return any(set(names) <= part for part in parts)


def test_what_may_speak_of_each_other_stays_together(monkeypatch, schema):
    monkeypatch.setattr(kin, "_AT_LEAST", 1)
    parts = parts_of(schema)
    assert together(parts, "a", "b")
    assert together(parts, "alone", "on_alone")
    assert together(parts, "read", "v", "over", "on_v", "logged")
    assert together(parts, "texts", "search", "search_data", "search_config")
    assert not together(parts, "a", "alone")
    assert not together(parts, "swap_1", "swap_2")


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param('SELECT * FROM "with space"', id="a name in quotes"),
        pytest.param("SELECT * FROM [WITH SPACE]", id="in other letters"),
        pytest.param("SELECT 1 FROM alone a, 'with space' w", id="among others"),
    ],
)
def test_a_name_of_several_words_is_seen(monkeypatch, sql):
    monkeypatch.setattr(kin, "_AT_LEAST", 1)
    with open_scratch("x.db") as database:
        database.run('CREATE TABLE "with space"(x); CREATE TABLE alone(x); CREATE TABLE z(x)')
        database.run(f"CREATE VIEW looks AS {sql}")
        parts = parts_of(objects_of(database, "x.db"))
    assert together(parts, "looks", "with space")
    assert not together(parts, "looks", "z")


def test_a_name_without_letters_is_seen_everywhere(monkeypatch):
    monkeypatch.setattr(kin, "_AT_LEAST", 1)
    with open_scratch("x.db") as database:
        database.run('CREATE TABLE "!!"(x); CREATE TABLE y(x); CREATE VIEW w AS SELECT 1 FROM "!!"')
        assert parts_of(objects_of(database, "x.db")) == [{"!!", "y", "w"}]


def test_parts_give_what_the_whole_gives(monkeypatch, schema):
    def outcome(at_least):
        monkeypatch.setattr(kin, "_AT_LEAST", at_least)
        found = followed(schema, NAMES, {"on_alone": "shop_index"}, ("b",))
        objects = {(it.kind, it.name, it.table, it.sql) for it in found.objects}
        return objects, {(it.item.name, it.why) for it in found.loose}, found.columns

    assert outcome(1) == outcome(10**9)


def test_small_families_share_a_part():
    with open_scratch("x.db") as database:
        for number in range(100):
            database.run(f"CREATE TABLE t{number}(x)")
        assert [len(part) for part in parts_of(objects_of(database, "x.db"))] == [40, 40, 20]
