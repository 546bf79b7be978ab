"""What stands in a node is the same that `ast` says, but for the signs of operators."""

import ast
import inspect

import pytest

from refactor import search
from refactor.code import codebase
from refactor.databases import executors
from refactor.python import outlining
from refactor.python.syntax import children, statements_in, walked
from refactor.sql import queries

_SIGNS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop, ast.cmpop)
_EVERYTHING = """
from .a import (b as c, d)
async def f(x: int, /, y=1, *z, k: str = "", **kw) -> None:
    global g
    async with a as b, c: await d
    async for i, (j, *k) in e: yield i
    try: raise A from b
    except (B, C) as error: pass
    except* D: nonlocal_ = 1
    else: del x[1:2, ::3]
    finally: assert x, f"{x!r:>{y}} {{}}"
class C(A, metaclass=M):
    x: int = lambda *a, b=1: (b, *a)
    @d.e(1)
    def f(self):
        nonlocal q
        match self:
            case {"a": 1, **rest} | [1, *more] | P(x=1) | None as z if z: ...
    z = [i for i in range(3) if i if not i] + [*x]
    y = z or {**a, "b": -c} and (w := 1 if 2 else 3) < 4 in d
"""


@pytest.mark.parametrize("module", [codebase, executors, outlining, search, queries])
def test_the_children_of_a_node_are_those_of_ast(module: object) -> None:
    assert_the_same(ast.parse(inspect.getsource(module)))  # type: ignore[arg-type]


def test_the_children_of_every_kind_of_node_are_those_of_ast() -> None:
    text = _EVERYTHING.replace("    except (B, C) as error: pass\n", "")
    assert_the_same(ast.parse(text))
    assert_the_same(ast.parse(_EVERYTHING.replace("    except* D: nonlocal_ = 1\n", "")))


def assert_the_same(tree: ast.Module) -> None:
    expected = [node for node in ast.walk(tree) if not isinstance(node, _SIGNS)]
    assert walked(tree) == expected
    for node in expected:
        inside = [it for it in ast.iter_child_nodes(node) if not isinstance(it, _SIGNS)]
        assert children(node) == inside


@pytest.mark.parametrize(
    "text",
    [
        "import a\nif b:\n    import c\nelse:\n    from d import e\n",
        "def f(x=lambda: 1):\n try:\n  import a\n except E:\n  import b\n finally:\n  import c\n",
        "match a:\n    case [1, x] if x:\n        import b\nwith a as b:\n    import c\n",
        "class A(B):\n @d\n async def f(self):\n  async for x in y:\n   import z\n",
    ],
)
def test_all_statements_are_found_and_no_expression(text):
    tree = ast.parse(text)
    found = statements_in(tree)
    wanted = [it for it in ast.walk(tree) if isinstance(it, ast.stmt)]
    assert [it for it in found if isinstance(it, ast.stmt)] == wanted
    assert not any(isinstance(it, ast.expr) for it in found)
