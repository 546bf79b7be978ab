"""Data elsewhere that says old names is found and listed, with what to add to the plan."""

import pytest

from migrate.steps import mentions
from migrate.survey import survey

SIDE = """
CREATE TABLE bugs(id INTEGER PRIMARY KEY, title, status TEXT DEFAULT 'open');
INSERT INTO bugs(title) VALUES ('bugs in bugs'), ('about tasks');
CREATE TABLE tasks(id INTEGER PRIMARY KEY, payload TEXT);
INSERT INTO tasks(payload) VALUES ('{"bugs": 3, "of": "nothing"}');
CREATE TABLE audit(id INTEGER PRIMARY KEY, table_name TEXT, what TEXT, n INT);
INSERT INTO audit(table_name, what) VALUES
  ('bugs', '["tasks"]'), ('Tasks.payload', 'x'), ('bugs', NULL), ('others', 'bugs ');
CREATE TABLE kept(foreign_keys);
INSERT INTO kept VALUES ('{"bugs": "id"}');
CREATE TRIGGER told AFTER INSERT ON bugs BEGIN
  INSERT INTO audit(table_name) VALUES ('bugs'), ('it''s'); END;
CREATE VIEW seen AS SELECT 'audit' AS what, 'TASKS' AS where_, count(*) FROM audit;
"""
LINES = (
    "main.db: other", "side.db: bugs -> shop_bug", "side.db: tasks -> shop_task", "side.db: audit",
    "side.db: kept",
)  # fmt: skip
NAMES = (
    "side.db: {} names tables by their old names in {}, which stays so unless the plan says"
    ' [[names]] in = "side.db", table = "{}", column = {}'
)
TEXT = "which stays so: if a table is meant, make it anew afterwards"
FOUND = (
    NAMES.format(
        "audit",
        "table_name (3 rows, such as 'Tasks.payload'), what (1 row, such as '[\"tasks\"]')",
        "audit",
        '["table_name", "what"]',
    ),
    NAMES.format(
        "kept", 'foreign_keys (1 row, such as \'{"bugs": "id"}\')', "kept", '["foreign_keys"]'
    ),
    f"side.db: view seen says 'TASKS' as a text, {TEXT}",
    f"side.db: trigger told says 'bugs' as a text, {TEXT}",
)


@pytest.fixture
def two(world):
    world.make("main.db", "CREATE TABLE other(x)")
    world.make("side.db", SIDE)
    return world


def test_columns_and_definitions_with_old_names_are_listed(two):
    found = survey(two.plan(*LINES))
    assert sorted(found.notes) == sorted(FOUND)
    assert [(it.table, it.column, it.rows) for it in found.mentions] == [
        ("audit", "table_name", 3),
        ("audit", "what", 1),
        ("kept", "foreign_keys", 1),
    ]
    assert two.migrate(two.plan(*LINES)).notes == found.notes


def test_what_the_plan_lets_follow_is_not_listed(two):
    names = '[[names]]\nin = "side.db"\ntable = "audit"\ncolumn = ["table_name", "WHAT"]'
    found = survey(two.plan(*LINES, extra=names))
    assert [it.table for it in found.mentions] == ["kept"]


def test_what_is_not_renamed_is_not_listed(two):
    lines = (line.partition(" -> ")[0] for line in LINES)
    assert survey(two.plan(*lines)).notes == ()


def test_of_a_large_table_only_telling_columns_are_looked_at_and_not_to_the_end(two, monkeypatch):
    monkeypatch.setattr(mentions, "SMALL", 3)
    monkeypatch.setattr(mentions, "LOOKED_AT", 2)
    (of_audit, _, *_) = survey(two.plan(*LINES)).notes
    assert "in table_name (at least 2 rows, such as 'Tasks.payload'), which stays so" in of_audit
