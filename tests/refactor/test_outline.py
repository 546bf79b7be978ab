"""What surrounds a string expression, and the names by which a module's parts know one another."""

import ast
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refactor.python.outline import Load, Outline, Scope, Usage
from refactor.python.outlining import outline
from refactor.python.syntax import is_stringy, parsed, strings_on
from refactor.sql.names import HOLE
from refactor.text.source import Source, Unreadable


def read(text):
    source = Source(PurePosixPath("x.py"), text.encode(), text, "utf-8", b"")
    tree = parsed(source)
    assert isinstance(tree, ast.Module), tree
    outlined = outline(source, tree)
    assert isinstance(outlined, Outline)
    return outlined


def site(text):
    """The expression that holds `old`."""
    (found,) = [it for it in read(text).sites if any("old" in literal for literal in it.literals)]
    return found


@pytest.mark.parametrize(
    ("code", "usage"),
    [
        pytest.param("x = 'old'", Usage.OTHER, id="assigned"),
        pytest.param("c.execute('old')", Usage.EXECUTED, id="execute"),
        pytest.param("await db.fetch_all(query='old')", Usage.EXECUTED, id="by keyword"),
        pytest.param("c.executescript('old')", Usage.EXECUTED, id="executescript"),
        pytest.param("pd.read_sql('old', c)", Usage.EXECUTED, id="read_sql"),
        pytest.param("session.execute(text('old'))", Usage.EXECUTED, id="text"),
        pytest.param("run_query('old')", Usage.EXECUTED, id="a helper that queries"),
        pytest.param("print('old')", Usage.DISPLAYED, id="print"),
        pytest.param("logger.warning('old')", Usage.DISPLAYED, id="a log"),
        pytest.param("raise ValueError('old')", Usage.DISPLAYED, id="an error"),
        pytest.param("raise X('a') from Y('old')", Usage.DISPLAYED, id="an error's cause"),
        pytest.param("assert x, 'old'", Usage.DISPLAYED, id="an assertion's message"),
        pytest.param("assert x == 'old'", Usage.COMPARED, id="an assertion's test"),
        pytest.param("f(help='old')", Usage.DISPLAYED, id="help"),
        pytest.param("p.add_parser('old')", Usage.DISPLAYED, id="a command's name"),
        pytest.param("'''old'''", Usage.DOCUMENTATION, id="a docstring"),
        pytest.param("def f():\n    'old'", Usage.DOCUMENTATION, id="a function's docstring"),
        pytest.param("class A:\n    x = 1\n    'old'", Usage.DOCUMENTATION, id="a text amid code"),
        pytest.param("x['old']", Usage.KEY, id="an index"),
        pytest.param("x = {'old': 1}", Usage.KEY, id="a dictionary's key"),
        pytest.param("x = {1: 'old'}", Usage.OTHER, id="a dictionary's value"),
        pytest.param("x == 'old'", Usage.COMPARED, id="compared"),
        pytest.param("x in ('a', 'old')", Usage.COMPARED, id="among others"),
        pytest.param("match x:\n    case 'old': pass", Usage.COMPARED, id="matched"),
        pytest.param("match x:\n    case ['old']: pass", Usage.COMPARED, id="matched in a list"),
        pytest.param("x = 'old' if y else z", Usage.OTHER, id="a branch"),
        pytest.param("f(lambda: c.execute('old'))", Usage.EXECUTED, id="in a lambda"),
    ],
)
def test_usage(code, usage):
    assert site(code).context.usage is usage


@pytest.mark.parametrize(
    ("code", "scope", "target"),
    [
        pytest.param("x = 'old'", Scope(), "x", id="module"),
        pytest.param("a.b = 'old'", Scope(), "b", id="an attribute"),
        pytest.param("a['k'] = 'old'", Scope(), "a", id="an item"),
        pytest.param("x: str = 'old'", Scope(), "x", id="annotated"),
        pytest.param("x += 'old'", Scope(), "x", id="added to"),
        pytest.param("x, y = 'a', 'old'", Scope(), "y", id="a pair"),
        pytest.param("(x := 'old')", Scope(), "x", id="a walrus"),
        pytest.param("for x in ['old']: pass", Scope(), "x", id="a loop"),
        pytest.param("def f(a, b='old'): pass", Scope("", "f"), "b", id="a default"),
        pytest.param("def f(*, b='old'): pass", Scope("", "f"), "b", id="a keyword's default"),
        pytest.param("class A:\n x = 'old'", Scope("A"), "x", id="class"),
        pytest.param("class A:\n class B:\n  x = 'old'", Scope("A.B"), "x", id="a class in one"),
        pytest.param(
            "class A:\n def f(self):\n  self.x = 'old'", Scope("A", "f"), "x", id="a method"
        ),
        pytest.param(
            "def f():\n async def g():\n  x = 'old'", Scope("", "f.g"), "x", id="a function in one"
        ),
    ],
)
def test_scope_and_target(code, scope, target):
    context = site(code).context
    assert (context.scope, context.target) == (scope, target)


@pytest.mark.parametrize(
    ("code", "executed"),
    [
        pytest.param("q = 'old'\nc.execute(q)", True, id="a name"),
        pytest.param("def f():\n q = 'old'\n c.execute(q, (1,))", True, id="in the function"),
        pytest.param("def f():\n q = 'old'\ndef g():\n c.execute(q)", False, id="another function"),
        pytest.param("Q = 'old'\ndef f():\n c.execute(Q)", True, id="a module's constant"),
        pytest.param("class A:\n Q = 'old'\n def f(s):\n  c.execute(s.Q)", True, id="a class's"),
        pytest.param("q = 'old'\nprint(q)", False, id="printed"),
        pytest.param("q = 'a'\nq += 'old'\nc.execute(q)", True, id="added"),
        pytest.param("for q in ['old']:\n c.execute(q)", True, id="a loop"),
    ],
)
def test_what_reaches_sqlite(code, executed):
    assert read(code).is_executed(site(code).context) is executed


@pytest.mark.parametrize(
    ("code", "joined"),
    [
        pytest.param("a / 'old'", "a", id="a slash"),
        pytest.param("a / 'b' / 'old'", "a / 'b'", id="slashes"),
        pytest.param("os.path.join(a, 'b', 'old')", "os.path.join(a, 'b')", id="os.path.join"),
        pytest.param("a.joinpath('old')", "a", id="joinpath"),
        pytest.param("Path(a, 'old')", "Path(a)", id="Path"),
        pytest.param("f(a, 'old')", None, id="another call"),
    ],
)
def test_what_stands_before_a_path(code, joined):
    before = site(f"x = {code}").context.joined_to
    assert (None if before is None else ast.unparse(before)) == joined


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        pytest.param("c.execute(q, ('old',))", "q", id="a parameter"),
        pytest.param("c.execute(q, {'name': 'old'})", "q", id="by name"),
        pytest.param("c.execute(q, parameters=['old'])", "q", id="as a keyword"),
        pytest.param("c.execute('old')", None, id="the statement itself"),
        pytest.param("c.execute(q, f('old'))", None, id="a call's argument"),
        pytest.param("g(q, ('old',))", None, id="another call"),
    ],
)
def test_the_statement_that_a_parameter_is_given_to(code, statement):
    given_to = site(code).context.statement
    assert (None if given_to is None else ast.unparse(given_to)) == statement


@pytest.mark.parametrize(
    ("code", "loads"),
    [
        pytest.param("f(a)", {Load("f"), Load("a")}, id="names"),
        pytest.param("a.b", {Load("a", "b")}, id="an attribute"),
        pytest.param("a.b.c", {Load("a.b", "c"), Load("a", "b")}, id="attributes"),
        pytest.param("a['k']", {Load("a", key="k")}, id="an item"),
        pytest.param("a.b['k']", {Load("b", key="k")}, id="an attribute's item"),
        pytest.param("f'{a.b} {c}'", {Load("a", "b"), Load("c")}, id="in an f-string"),
        pytest.param("'%s' % a + b", {Load("a"), Load("b")}, id="in a sum"),
        pytest.param("'{}'.format(a)", {Load("a")}, id="in format"),
    ],
)
def test_loads(code, loads):
    assert {load for _, load in read(code).loads} == loads


def test_imports_and_bases():
    found = read(
        "import a.b\nimport c.d as e\nfrom .f import g as h\nfrom .. import i\n"
        "class A(B, m.C): pass"
    )
    assert found.imports == (
        ("a", "a", ""),
        ("e", "c.d", ""),
        ("h", ".f", "g"),
        ("i", "..", "i"),
    )
    assert found.bases == (("A", "B"), ("A", "C"))


def test_parameters():
    found = read("def f(a, /, b=1, *c, d, **e): pass")
    assert {name for _, name in found.parameters} == {"a", "b", "c", "d", "e"}


def test_a_span_counts_characters_where_python_counts_bytes():
    text = "é = '😀'; y = 'old'  # ä\r\nz = '''é\r\n''', 'old2'\n"
    spans = [text[it.start : it.end] for it in read(text).sites]
    assert spans == ["'😀'", "'old'", "'''é\r\n'''", "'old2'"]


@given(st.lists(st.sampled_from(["'é'", "'''a\n😀'''", "f'{x}ö'", '"\\N{BULLET}"']), max_size=5))
def test_each_span_is_an_expression_of_its_own(parts):
    text = "ä = [" + ", ".join(parts) + "]\n"
    assert [text[it.start : it.end] for it in read(text).sites] == parts


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        pytest.param("x = 'a'\ny = 'b'", ["a"], id="the line's own"),
        pytest.param("'''a'''", [], id="a docstring"),
        pytest.param("x = f'a{b}c'", [f"a{HOLE}c", "ac"], id="an f-string"),
        pytest.param("x = 'a' + b + 'c'", [f"a{HOLE}c", "ac"], id="a sum"),
        pytest.param("@f('a')\ndef g(): pass", ["a"], id="a decorator"),
        pytest.param("x = ('b'\n 'a')", ["ba"], id="an expression over lines"),
    ],
)
def test_strings_on_the_first_line(code, texts):
    found = list(strings_on(ast.parse(code), {1}))
    assert [HOLE.join(sorted(it.split(HOLE))) for it in found] == texts


def test_what_is_no_python():
    source = Source(PurePosixPath("x.py"), b"x = (", "x = (", "utf-8", b"")
    assert parsed(source) == Unreadable(PurePosixPath("x.py"), "line 1: '(' was never closed")


def test_a_sum_without_end_is_still_a_text():
    node = ast.parse("'a'" + " + x" * 500).body[0]
    assert isinstance(node, ast.Expr)
    assert is_stringy(node.value)
