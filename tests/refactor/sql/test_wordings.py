"""What the words of a piece of SQL tell."""

import pytest

from refactor.sql.wordings import is_worded, qualified_columns


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        pytest.param("a.x = b.*", ["a.x", "b.*"], id="columns, and all of them"),
        pytest.param('"a"."x" || [b] . `y`', ['"a"."x"', "[b].`y`"], id="quoted"),
        pytest.param("main.a.x, a.x.y", [], id="more names than two"),
        pytest.param("y = 'a.x' -- a.x", [], id="in a string, and in a comment"),
        pytest.param("1.5, f(x).y", [], id="numbers, and no name before the dot"),
    ],
)
def test_qualified_columns(sql, columns):
    assert [it.qualifier.text + "." + it.column.text for it in qualified_columns(sql)] == columns


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("t.x NOT IN", id="an operator that waits for its operand"),
        pytest.param("AND t.x=?)", id="an end without its beginning"),
        pytest.param("upper(t.x) AS shown,", id="a function, and a name that is given"),
        pytest.param("t.x LIKE known", id="a column by itself"),
    ],
)
def test_worded(sql):
    assert is_worded(sql, lambda word: word == "known")


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("see t.x", id="a word that SQL does not have"),
        pytest.param("not in t.x.", id="the end of a sentence"),
        pytest.param("t.x;", id="the end of a statement"),
        pytest.param("t.x = don't", id="a quote that never closes"),
    ],
)
def test_not_worded(sql):
    assert not is_worded(sql, lambda _word: False)
