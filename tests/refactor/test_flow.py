"""What flow says a module executes, against what Python executes when the module runs."""

import ast
from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from refactor.flow.flow import Flow
from refactor.python.outline import Outline
from refactor.python.outlining import outline
from refactor.python.strings import NOWHERE
from refactor.python.syntax import parsed
from refactor.sql.names import HOLE
from refactor.text.source import Source
from refactor.text.words import Words

NAMES = ("old", "items")


def flow_of(code):
    source = Source(PurePosixPath("x.py"), code.encode(), code, "utf-8", b"")
    tree = parsed(source)
    assert isinstance(tree, ast.Module), tree
    outlined = outline(source, tree)
    assert isinstance(outlined, Outline)
    return Flow(source, outlined, Words(NAMES))


def statements_in(code):
    """All statements that hold an old name, each character as it is or where it is spelled."""
    return flow_of(code)._statements


class Connection:
    """Notes what it is told to execute."""

    def __init__(self):
        self.executed = []

    def execute(self, sql, parameters=()):
        self.executed.append(sql)
        return self

    def fetchall(self):
        return []


def executed_by(code):
    connection = Connection()
    exec(compile(code, "x.py", "exec"), {"c": connection, "flag": True, "unknown": str(7)})
    return connection.executed


TABLE = st.sampled_from(NAMES)
WAYS = st.sampled_from(
    [
        'f"SELECT * FROM {T}"',
        '"SELECT * FROM " + T',
        '"SELECT * FROM %s WHERE 1" % T',
        '"SELECT %s FROM %s" % ("x", T)',
        '"SELECT {} FROM {}".format("x", T)',
        '"SELECT x FROM {t}".format(t=T)',
        '" ".join(["DELETE", "FROM", T])',
        "f'SELECT \"{T}\".x FROM {T} AS t' if flag else f'DELETE FROM {T}'",
        '"SELECT * FROM NAME".replace("NAME", T)',
        '"SELECT %(x)s FROM %(t)s" % {"x": "y", "t": T}',
    ]
)


@st.composite
def blocks(draw, number):
    """Some lines that put SQL together and execute it."""
    table, other = draw(TABLE), draw(TABLE)
    sql = draw(WAYS)
    n = f"v{number}"
    templates = {
        "a name": """
{n} = "{table}"
c.execute({sql_n})
""",
        "a loop": """
for {n} in ["{table}", "{other}"]:
    c.execute({sql_n})
""",
        "a default": """
def f{number}({n}="{table}"):
    return c.execute({sql_n})
f{number}()
f{number}("{other}")
""",
        "an attribute": """
class C{number}:
    {n} = "{table}"
    def run(self, x="{other}"):
        c.execute({sql_self})
        return c.execute({sql_x})
C{number}().run()
""",
        "keys": """
{n} = {{"{table}": 1, "z": 2}}
for x, w in {n}.items():
    c.execute({sql_x})
""",
        "branches": """
{n} = "SELECT * FROM {table}"
if flag:
    {n} += " WHERE {table}.x = 1"
else:
    {n} += " ORDER BY {table}.y"
c.execute({n})
""",
        "a list": """
{n} = ["{table}.x = 1"]
{n}.append("{other}.y = 2")
c.execute("SELECT 1 FROM {table}, {other} WHERE " + " AND ".join({n}))
""",
        "a comprehension": """
{n} = [({sql_x}) for x in ("{table}", "{other}")]
for s in {n}:
    c.execute(s)
""",
        "a result": """
def g{number}(): return "{table}"
{n} = g{number}()
c.execute({sql_n})
""",
        "a choice": """
{n} = "{table}" if flag else "{other}"
x = {n}
c.execute({sql_x})
""",
        "a function of pieces": """
def h{number}(a, *, b): c.execute(a + b)
h{number}("DELETE FROM ", b="{table}")
""",
        "a loop that grows": """
{n} = "SELECT * FROM {table}"
while True:
    {n} += " LIMIT 1"
    break
c.execute({n})
""",
        "a try": """
try:
    {n} = "{table}"
except ValueError:
    {n} = "{other}"
c.execute({sql_n})
""",
        "a lambda": """
(lambda: c.execute("SELECT 1 FROM {table}"))()
""",
        "a hole": """
{n} = f"SELECT * FROM {table} WHERE x = {{unknown}}"
c.execute({n})
""",
    }
    return draw(st.sampled_from(list(templates.values()))).format(
        n=n,
        number=number,
        table=table,
        other=other,
        sql_n=sql.replace("T", n),
        sql_self=sql.replace("T", f"self.{n}"),
        sql_x=sql.replace("T", "x"),
    )


@st.composite
def modules(draw):
    count = draw(st.integers(1, 4))
    return "\n".join(draw(blocks(number)) for number in range(count)) + "\n"


@settings(max_examples=150, deadline=None)
@given(modules())
def test_what_python_executes_is_among_the_statements(code):
    found = {text.text.replace(HOLE, "7") for text in statements_in(code)}
    assert {sql for sql in executed_by(code) if any(name in sql for name in NAMES)} <= found


@settings(max_examples=100, deadline=None)
@given(modules())
def test_each_character_stands_where_the_statement_says(code):
    for text in statements_in(code):
        for value, at in zip(text.text, text.starts, strict=True):
            assert at == NOWHERE or code[at] == value


@pytest.mark.parametrize(
    ("code", "statements"),
    [
        pytest.param(
            'q = "SELECT * FROM old"\nc.execute(q)\nq = "SELECT 1"\nc.execute(q)',
            ["SELECT * FROM old"],
            id="what a name was before",
        ),
        pytest.param(
            'def f(a):\n    return a\nc.execute("DELETE FROM " + f("old"))',
            ["DELETE FROM old"],
            id="through a function that gives back what it gets",
        ),
        pytest.param(
            'def f(a):\n    f(a)\n    c.execute("DELETE FROM " + a)\nf("old")',
            ["DELETE FROM old"],
            id="a function that calls itself",
        ),
        pytest.param(
            'class A:\n    t = ""\n    def f(self):\n        c.execute(f"SELECT 1 FROM {self.t}")\n'
            'class B(A):\n    t = "old"\n',
            ["SELECT 1 FROM old"],
            id="an attribute that heirs override",
        ),
        pytest.param(
            "q = 'SELECT * FROM old'\nwhile x:\n    q = q + ' UNION ' + q\nc.execute(q)",
            ["SELECT * FROM old", "SELECT * FROM old UNION SELECT * FROM old"],
            id="a loop, once",
        ),
        pytest.param(
            'c.execute("SELECT 1 FROM old" + "".join(f" OR {x}" for x in xs))',
            [f"SELECT 1 FROM old OR {HOLE}"],
            id="a generator of what is not known",
        ),
        pytest.param("def f(a=f'old'): print(a)", [], id="nothing that is executed"),
        pytest.param("x = x + 'old'\ny = y or x\nx.y = x[0:1]", [], id="names without a beginning"),
    ],
)
def test_statements(code, statements):
    assert sorted(text.text for text in statements_in(code)) == sorted(statements)


def test_reading_takes_time_that_grows_with_the_module_only():
    """Alternatives that multiply are kept in bounds."""
    lines = [f'q += " AND a{n} = {n}" if x{n} else ""' for n in range(60)]
    code = 'q = "SELECT * FROM old WHERE 1"\n' + "\n".join(lines) + "\nc.execute(q)\n"
    assert 1 <= len(statements_in(code)) <= 64


def test_functions_that_all_call_each_other_are_followed_once_each():
    """The ways between them are more than anybody could go: 15 functions have 15! of them."""
    names = [f"f{n}" for n in range(15)]
    calls = "".join(f"    {name}(a)\n" for name in names)
    code = "".join(f"def {name}(a):\n{calls}    c.execute('DELETE FROM ' + a)\n" for name in names)
    found = statements_in(f"{code}f7('old')\nf2('items')\n")
    assert {it.text for it in found} == {"DELETE FROM old", "DELETE FROM items"}
