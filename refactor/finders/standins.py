"""What a test finds in the stand-in of something that names tables: `store.rows["old"]`.

A fake keeps what its methods are given, a mock how it was called. Who puts names into SQL gets the
new ones, and so does what stands in for it.
"""

import ast
import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from refactor.databases.databasepaths import is_test
from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.python.outlining import executes
from refactor.python.strings import Text
from refactor.python.syntax import walked

_KEPT_BY_MOCKS = frozenset(
    {
        *("call_args", "call_args_list", "mock_calls", "method_calls"),
        "await_args",
        "await_args_list",
    }
)
_LOOKED_INTO = frozenset({"count", "endswith", "find", "index", "startswith"})
_KEEPS = r"\bself\.{}(?:\[|\.(?:add|append|appendleft|extend|get|insert|pop|setdefault)\(|\s*\+?=)"


def found_in_standin(text: Text, around: Surroundings) -> bool:
    """Whether a name is looked for among the names that a stand-in has been given."""
    return any(
        around.takers.has_taker(around.abroad.few_naming(f"def {method}"), method)
        for method in _keeping(text, around)
    )


def found_in_statements(text: Text, around: Surroundings) -> bool:
    """Whether a name is looked for in the SQL that a stand-in of a connection has been given."""
    return any(map(executes, _keeping(text, around)))


def _keeping(text: Text, around: Surroundings) -> Iterator[str]:
    """The methods whose arguments are kept where a name is looked for."""
    attributes = {it.attr: it for node in _looking(text, around) for it in _attributes(node)}
    for name, node in attributes.items():
        if name in _KEPT_BY_MOCKS and isinstance(node.value, ast.Attribute):
            yield node.value.attr
            continue
        keeps = re.compile(_KEEPS.format(name))
        path = around.source.path
        # To look through all others is worth it for tests alone, which have what they need there.
        others = around.abroad.few_naming(name) if is_test(str(path)) else ()
        for at in dict.fromkeys((path, *others)):
            source = around.abroad.source(at)
            if source is not None and keeps.search(source.text):
                tree = around.abroad.tree(at)
                yield from _methods_keeping(tree, name) if tree else ()


def _looking(text: Text, around: Surroundings) -> Iterator[ast.AST]:
    """The expressions that look for a name somewhere: keys, comparisons, methods of texts."""
    match text.context.inside:
        case ast.Subscript(value=held):
            yield held
        case ast.Compare() as compared:
            yield compared
        case ast.Call(func=ast.Attribute(value=held, attr=method)) if (
            method in _LOOKED_INTO or method == "get"
        ):
            yield held
    for use in around.flow.uses(text):
        if use.what is What.COMPARED:
            yield use.node


def _attributes(node: ast.AST) -> Iterator[ast.Attribute]:
    """The attributes of objects in an expression, methods that are called left out."""
    every = walked(node)
    called = {it.func for it in every if isinstance(it, ast.Call)}
    yield from (it for it in every if isinstance(it, ast.Attribute) and it not in called)


@lru_cache(maxsize=64)  # a test looks for many names in one stand-in
def _methods_keeping(tree: ast.Module, attribute: str) -> frozenset[str]:
    """The methods that put what they are given into an attribute of their object."""
    return frozenset(
        function.name
        for function in walked(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and _keeps(function, attribute)
    )


def _keeps(function: ast.FunctionDef | ast.AsyncFunctionDef, attribute: str) -> bool:
    every = (it.arg for it in walked(function.args) if isinstance(it, ast.arg))
    given = frozenset(every) - {"self"}
    return any(_puts(node, attribute, given) for node in walked(function))


def _puts(node: ast.AST, attribute: str, given: Collection[str]) -> bool:
    match node:
        case ast.Subscript(value=held, slice=kept):
            pass
        case ast.Call(func=ast.Attribute(value=held), args=[kept, *_]):
            pass
        case ast.Assign(targets=[held], value=kept) | ast.AugAssign(target=held, value=kept):
            pass
        case _:
            return False
    mine = isinstance(held, ast.Attribute) and held.attr == attribute
    return mine and any(isinstance(it, ast.Name) and it.id in given for it in walked(kept))
