"""What comments in a definition say: exactly whose they are, or nobody's."""

import pytest

from plan.comments import Said, comments_in

CASES = [
    pytest.param(
        "CREATE TABLE t(\n  a INT, /* one */ /* more */\n  b INT, /* whose */ c INT -- last\n)",
        "",
        {"a": "one more"},
        id="several on one line",
    ),
    pytest.param(
        "CREATE TABLE t(\n  a INT, -- the a\n  -- --- keys ---\n  b INT,\n  ---- text ----\n  c)",
        "",
        {"a": "the a"},
        id="headings between rulers",
    ),
    pytest.param(
        "CREATE TABLE t(\n  a INT, -- the a\n  -- b VARCHAR(10) NOT NULL\n  c INT, -- c\n"
        "  -- JSON TEXT\n  e)",
        "",
        {"a": "the a", "c": "c", "e": "JSON TEXT"},
        id="a column that was taken out, without its comma",
    ),
    pytest.param("CREATE TABLE t(a, b)", "", {}, id="no comments"),
    pytest.param(
        "CREATE TABLE t (\n  a INTEGER PRIMARY KEY, -- the key\n  b TEXT -- its text\n)",
        "",
        {"a": "the key", "b": "its text"},
        id="behind each column, and its comma",
    ),
    pytest.param(
        "CREATE TABLE t (\n  a INT -- the key\n, b TEXT -- its text\n, c)",
        "",
        {"a": "the key", "b": "its text"},
        id="commas first",
    ),
    pytest.param(
        "CREATE TABLE t ( -- Things\n  -- the key\n  a INT,\n"
        "  -- its text,\n  -- in two lines\n  b)",
        "Things",
        {"a": "the key", "b": "its text, in two lines"},
        id="above each column, and behind the parenthesis",
    ),
    pytest.param(
        "CREATE TABLE t (\n  -- Things\n  a INT,\n  b TEXT\n)",
        "Things",
        {},
        id="one above the first column alone is the table's",
    ),
    pytest.param(
        "CREATE TABLE t (\n  -- Things\n  a INT, -- the key\n  b TEXT\n)",
        "Things",
        {"a": "the key"},
        id="one above the first column, which has its own",
    ),
    pytest.param(
        "CREATE TABLE t (\n  -- the key\n  a INT,\n  -- its text\n  b TEXT\n)",
        "",
        {"a": "the key", "b": "its text"},
        id="one above the first column, as above others",
    ),
    pytest.param(
        "CREATE TABLE t (\n  -- Things\n  -- of all kinds\n\n  -- the key\n  a INT,\n  b)",
        "Things of all kinds",
        {"a": "the key"},
        id="a blank line between the table's and the column's",
    ),
    pytest.param("CREATE TABLE t -- Things\n(a INT)", "Things", {}, id="behind the table's name"),
    pytest.param(
        "CREATE TABLE t (\n  a INT,\n\n  -- Times\n\n  b TEXT\n)",
        "",
        {},
        id="a heading is no column's",
    ),
    pytest.param(
        "CREATE TABLE t (\n  a TEXT, -- new, old,\n          -- or none\n  b TEXT)",
        "",
        {"a": "new, old, or none"},
        id="one that goes on below",
    ),
    pytest.param(
        "CREATE TABLE t (\n  a TEXT -- the state\n    CHECK (a > 0 -- more than none\n"
        "  ), -- always\n  b)",
        "",
        {"a": "the state always"},
        id="within a column that goes on, but not within its rules",
    ),
    pytest.param("CREATE TABLE t (a INT, b TEXT -- which?\n)", "", {}, id="two on one line"),
    pytest.param(
        "CREATE TABLE t(a INT /* the key */, b TEXT /* its text */)",
        "",
        {"a": "the key", "b": "its text"},
        id="within the line",
    ),
    pytest.param(
        "CREATE TABLE t(\n  a INT,\n  /**\n   * The text,\n   * as it was\n   */\n  b TEXT)",
        "",
        {"b": "The text, as it was"},
        id="a block of lines",
    ),
    pytest.param(
        "CREATE TABLE t (\n  a INT, -- the key\n  -- of both\n  PRIMARY KEY (a), -- one\n"
        "  UNIQUE (a) -- two\n)",
        "",
        {"a": "the key"},
        id="constraints have no say",
    ),
    pytest.param(
        'CREATE TABLE t (\n  "check" INT, -- odd\n  [a b] INT, -- odder\n  `c``d` -- most odd\n)',
        "",
        {"check": "odd", "a b": "odder", "c`d": "most odd"},
        id="quoted names",
    ),
    pytest.param(
        "CREATE TABLE t (\n  a DEFAULT '--no', -- yes\n  b DEFAULT '/*', c)",
        "",
        {"a": "yes"},
        id="texts that look like comments",
    ),
    pytest.param(
        "CREATE TABLE t (\n  -- ------------\n  -- b TEXT,\n  a INT, -- TODO: a key\n"
        "  -- FOREIGN KEY (a) REFERENCES u\n  c INT -- ====\n)",
        "",
        {},
        id="rulers, SQL that was taken out, and notes to oneself",
    ),
    pytest.param(
        "CREATE TABLE t (\n  a TEXT, added INT -- the text\n)",
        "",
        {},
        id="as ALTER TABLE ADD COLUMN leaves it",
    ),
    pytest.param("CREATE TABLE t(a) -- gone", "", {}, id="behind the definition"),
    pytest.param("CREATE VIEW v AS -- all\nSELECT 1", "", {}, id="a view"),
    pytest.param("CREATE VIRTUAL TABLE t USING fts5(a -- text\n)", "", {}, id="a virtual table"),
    pytest.param("CREATE TABLE t(a, -- never closed", "", {"a": "never closed"}, id="broken"),
    pytest.param("CREATE TABLE t(\r\n  a INT, -- the key\r\n  b)", "", {"a": "the key"}, id="CRLF"),
]


@pytest.mark.parametrize(("sql", "about", "columns"), CASES)
def test_whose_a_comment_is(sql, about, columns):
    assert comments_in(sql) == Said(about, columns)
