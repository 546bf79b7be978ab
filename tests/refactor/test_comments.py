"""Where comments, strings and names stand in a file."""

from pathlib import PurePosixPath

import pytest

from refactor.text.comments import parts_of_other, parts_of_python


def said(text, spans):
    return [text[start:end] for start, end in spans]


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        pytest.param("x = 1  # a", ["# a"], id="no newline at the end"),
        pytest.param("x = 1  # a\n", ["# a"], id="a newline at the end"),
        pytest.param("# a\r\nx = 'é'  # é b\r\n", ["# a", "# é b"], id="CRLF"),
        pytest.param("x = 1  # a\r# b\r", ["# a", "# b"], id="CR"),
        pytest.param("\x0cx = 1  # a\n", ["# a"], id="a form feed"),
        pytest.param("x = '# a'\n", [], id="in a string"),
        pytest.param('x = f"""\n# a {y}\n# b"""  # c\n', ["# c"], id="in a formatted string"),
        pytest.param("x = '\U0001f600'  # a\n", ["# a"], id="beyond the basic plane"),
        pytest.param("x = '''  # a\n", [], id="no tokens"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_comments_of_python(text, comments):
    assert said(text, parts_of_python(text).comments) == comments


@pytest.mark.parametrize(
    ("text", "strings", "docstrings"),
    [
        pytest.param("'a'\nx = 'b'\n", ["'a'", "'b'"], ["'a'"], id="at the top"),
        pytest.param("# a\n\n'a'\n", ["'a'"], ["'a'"], id="below a comment"),
        pytest.param("def f():\n    'a'\n", ["'a'"], ["'a'"], id="in a function"),
        pytest.param("f('a')\n", ["'a'"], [], id="an argument"),
        pytest.param("'a'.join(x)\n", ["'a'"], [], id="the beginning of a statement"),
        pytest.param(
            "x = f'a {y!r:>{3}} {f\"b\"}'\n", ["f'a {y!r:>{3}} {f\"b\"}'"], [], id="formatted"
        ),
    ],
)
def test_strings_of_python(text, strings, docstrings):
    parts = parts_of_python(text)
    assert said(text, parts.strings) == strings
    assert said(text, parts.docstrings) == docstrings


@pytest.mark.parametrize(
    ("name", "text", "comments"),
    [
        pytest.param("a.sql", "SELECT '-- a' -- b\n/* c */", ["-- b", "/* c */"], id="SQL"),
        pytest.param("a.yaml", "a: b # c\nd: e#f\n", ["# c"], id="YAML"),
        pytest.param("a.yaml", "a: 'b # c' # d\n", ["# d"], id="quoted"),
        pytest.param("a.yaml", "a: don't # b\n", ["# b"], id="an apostrophe"),
        pytest.param("a.yaml", "a: |\n  SELECT 1 -- b\n", ["-- b"], id="SQL in a block"),
        pytest.param("a.ini", "; a\n# b\n", ["; a", "# b"], id="INI"),
        pytest.param("a.md", "# a\n<!-- b -->\n", ["<!-- b -->"], id="Markdown"),
        pytest.param("a.json", '{"a": "# b"}', [], id="JSON"),
        pytest.param("a.env", "A=b # c\r\nB=d\r\n", ["# c"], id="environment"),
    ],
)
def test_comments_of_other_files(name, text, comments):
    assert said(text, parts_of_other(PurePosixPath(name), text).comments) == comments
