"""Edits in string expressions: what is proved where they stand, and what must be read again."""

from pathlib import PurePosixPath

import pytest

from refactor.found import strings_of
from refactor.patches.instrings import edited_strings
from refactor.python.outlining import outline
from refactor.python.syntax import parsed
from refactor.text.edits import Edit
from refactor.text.source import Source


def after_edits(text, *edits):
    module = Source(PurePosixPath("x.py"), text.encode(), text, "utf-8", b"")
    outlined = outline(module, parsed(module))
    made = [Edit(text.index(old), old, new) for old, new in edits]
    return edited_strings(text, strings_of(outlined), made)


@pytest.mark.parametrize(
    ("text", "edits", "after"),
    [
        pytest.param(
            'x = "FROM old"\ny = "FROM gone"\nz = "left"\n',
            [("old", "new"), ("gone", "kept")],
            ('"FROM new"', '"FROM kept"'),
            id="several, and what has no edit is none of them",
        ),
        pytest.param(
            'f(\n    "SELECT x "  # of all\n    "FROM old",\n    1,\n)\n',
            [("old", "a_longer_one")],
            ('"SELECT x "  # of all\n    "FROM a_longer_one"',),
            id="several lines and a comment",
        ),
        pytest.param(
            "x = f\"FROM old {f('gone')}\"\n",
            [("old", "new"), ("gone", "kept")],
            ("f\"FROM new {f('kept')}\"",),
            id="one inside of another",
        ),
        pytest.param(
            'x = """\n  FROM old\n""" % y\n',
            [("old", "new")],
            ('"""\n  FROM new\n""" % y',),
            id="several lines in one literal",
        ),
        pytest.param('x = "FROM old"\n', [("old", 'new"')], None, id="no Python any more"),
        pytest.param(
            'x = "FROM old"\n', [("old", 'n" + f("x") + "')], None, id="code in its place"
        ),
        pytest.param('x = f"FROM old"\n', [("old", "{new}")], None, id="a hole in its place"),
        pytest.param('x = "FROM old"\n', [("old", '" # ')], None, id="a comment"),
        pytest.param("old = 1\n", [("old", "new")], None, id="in no string"),
        pytest.param('x = "old"; gone = 1\n', [("gone", "kept")], None, id="behind a string"),
        pytest.param('x = "old"\n', [('old"\n', 'new"\n')], None, id="beyond the end of a string"),
    ],
)
def test_edits_are_proved_where_they_stand(text, edits, after):
    assert after_edits(text, *edits) == after
