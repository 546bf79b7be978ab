"""The calls that get a text, and what a call gives to each parameter of a function."""

import ast
from collections.abc import Iterator
from itertools import chain

from refactor.assignments import FUNCTIONS, HOLDS_TEXT, Function, Module
from refactor.outline import Context, last_part
from refactor.syntax import dotted, span_of

_WRAPS = frozenset({"text", "dedent"})


def executing(module: Module, context: Context) -> Iterator[ast.Call | ast.Subscript]:
    """What gets a text: the call or the subscript that it stands in, or calls with its name."""
    inside = context.inside
    if isinstance(inside, HOLDS_TEXT):
        for node in module.at(span_of(inside)):
            if type(node) is type(inside):
                yield _unwrapped(module, node)
        return
    if not context.target or not context.scope.function:
        return
    function = last_part(context.scope.function)
    for call in chain.from_iterable(module.calls.values()):
        around = module.around(call)
        if (
            any(isinstance(it, ast.Name) and it.id == context.target for it in call.args[:1])
            and around
            and isinstance(around[0], FUNCTIONS)
            and around[0].name == function
        ):
            yield call


def _unwrapped(module: Module, node: ast.Call | ast.Subscript) -> ast.Call | ast.Subscript:
    """The call that gets what `text("…")` makes."""
    if isinstance(node, ast.Call) and last_part(dotted(node.func)) in _WRAPS:
        parent = next(module.above(node), None)
        return parent if isinstance(parent, ast.Call) else node
    return node


def parameters_named(function: ast.AST, name: str) -> list[ast.arg]:
    """The parameter of a function that has this name."""
    if not isinstance(function, FUNCTIONS):
        return []
    it = function.args
    return [each for each in (*it.posonlyargs, *it.args, *it.kwonlyargs) if each.arg == name]


def parameters_of(function: Function | ast.Lambda) -> list[str]:
    """The names of a function's parameters."""
    it = function.args
    return [each.arg for each in (*it.posonlyargs, *it.args, *it.kwonlyargs)]


def defaults_of(function: Function | ast.Lambda) -> dict[str, ast.expr]:
    """The defaults of a function's parameters."""
    it = function.args
    positional = [each.arg for each in (*it.posonlyargs, *it.args)]
    found = dict(zip(reversed(positional), reversed(it.defaults), strict=False))
    named = zip((each.arg for each in it.kwonlyargs), it.kw_defaults, strict=True)
    return {**found, **{name: value for name, value in named if value}}


def arguments_of(function: Function | ast.Lambda, call: ast.Call) -> dict[str, ast.expr]:
    """What a call gives to each parameter."""
    it = function.args
    names = [each.arg for each in (*it.posonlyargs, *it.args)]
    if names[:1] in (["self"], ["cls"]):
        names = names[1:]
    found = dict(zip(names, call.args, strict=False))
    return {**found, **{each.arg: each.value for each in call.keywords if each.arg}}
