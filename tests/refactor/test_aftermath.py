"""What a function reads of a write after it: which readings belong to which statement."""

import ast
import textwrap

import pytest

from refactor.views.aftermath import Aftermath, asked_in_sql


def read_after_writes(code):
    """What is read after each text that holds WRITE, as `line what`."""
    tree = ast.parse(textwrap.dedent(code))
    aftermath = Aftermath(tree)
    return [
        f"{reading.line} {reading.what}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "WRITE" in node.value
        for reading in aftermath.of(node.lineno, node.col_offset)
    ]


@pytest.mark.parametrize(
    ("code", "read"),
    [
        pytest.param(
            'cur.execute("WRITE")\nreturn_ = cur.lastrowid', ["2 lastrowid"], id="the cursor's"
        ),
        pytest.param('x = db.execute("WRITE").lastrowid', ["1 lastrowid"], id="chained"),
        pytest.param(
            'done = db.execute("WRITE")\nif done.rowcount == 0: ...',
            ["2 rowcount"],
            id="an answer's",
        ),
        pytest.param(
            'if (done := db.execute("WRITE")) and done.rowcount: ...', ["1 rowcount"], id="a walrus"
        ),
        pytest.param(
            'async def f():\n    cur = await db.execute("WRITE")\n    return cur.lastrowid',
            ["3 lastrowid"],
            id="awaited",
        ),
        pytest.param(
            'async def f():\n    async with db.execute("WRITE") as it:\n        return it.rowcount',
            ["3 rowcount"],
            id="in a with",
        ),
        pytest.param(
            'sql = "WRITE"\ncur.execute(sql)\nprint(cur.rowcount)', ["3 rowcount"], id="by a name"
        ),
        pytest.param(
            'SQL = "WRITE"\ndef f(cur):\n    cur.execute(SQL)\n    return cur.lastrowid\n'
            "def g(cur):\n    return cur.lastrowid",
            ["4 lastrowid"],
            id="by a constant of the module",
        ),
        pytest.param(
            'self.cur.execute("WRITE" % x)\nreturn_ = self.cur.lastrowid',
            ["2 lastrowid"],
            id="an attribute's, a text with holes",
        ),
        pytest.param(
            'db.execute("WRITE")\nn = db.execute("SELECT changes()").fetchone()',
            ["2 changes"],
            id="asked in SQL",
        ),
        pytest.param(
            'cur.execute("WRITE")\nn = db.last_insert_rowid()',
            ["2 last_insert_rowid"],
            id="asked of another driver's connection",
        ),
        pytest.param(
            'for x in y:\n    print(cur.rowcount)\n    cur.execute("WRITE")',
            ["2 rowcount"],
            id="before it, in a loop",
        ),
        pytest.param(
            'if x:\n    cur.execute("WRITE")\nelse:\n    cur.execute("OTHER")\nprint(cur.rowcount)',
            ["5 rowcount"],
            id="after one of two branches",
        ),
        pytest.param('print(cur.rowcount)\ncur.execute("WRITE")', [], id="before it"),
        pytest.param(
            'cur.execute("WRITE")\ncur.execute("OTHER")\nprint(cur.rowcount)',
            [],
            id="after something else has run",
        ),
        pytest.param(
            'cur.execute("WRITE")\nwith x:\n    cur.execute("OTHER")\n    print(cur.rowcount)',
            [],
            id="after something else has run in the same block",
        ),
        pytest.param('cur.execute("WRITE")\nprint(other.rowcount)', [], id="another cursor's"),
        pytest.param(
            'def f(cur):\n    cur.execute("WRITE")\ndef g(cur):\n    return cur.rowcount',
            [],
            id="in another function",
        ),
        pytest.param(
            'cur.execute("WRITE")\nprint(db.total_changes, "total_changes()")',
            [],
            id="total_changes, which counts what triggers do",
        ),
        pytest.param('x = "WRITE"\nprint(cur.rowcount)', [], id="never run"),
    ],
)
def test_readings_after_a_write(code, read):
    assert read_after_writes(code) == read


def test_functions_of_sql_for_the_last_write():
    sql = "SELECT Changes ( ), total_changes(), last_insert_rowid(), changes()"
    assert asked_in_sql(sql) == ("changes", "last_insert_rowid")
