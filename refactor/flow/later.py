"""The calls that threads and pools make of a function that they are given: `submit(rows, "t")`."""

import ast
from collections.abc import Sequence

from refactor.python.outline import last_part
from refactor.python.syntax import dotted

# What gives a function all that comes behind it, and where that function stands.
_GIVES_REST = {
    "partial": 0, "partialmethod": 0, "submit": 0, "to_thread": 0, "call_soon": 0, "run_sync": 0,
    "run_in_executor": 1, "call_later": 1,
}  # fmt: skip
# What gives it a tuple and a dictionary of arguments, and where these three stand.
_GIVES_LISTS = {
    "Thread": (1, 3, 4), "Process": (1, 3, 4), "Timer": (1, 2, 3), "apply_async": (0, 1, 2),
}  # fmt: skip
_KEYWORDS = (("target", "function", "func"), ("args",), ("kwargs", "kwds"))


LATER = _GIVES_REST.keys() | _GIVES_LISTS.keys()
"""What calls something that it is given later."""


def called_later(node: ast.Call) -> ast.Call | None:
    """The call that another one makes later, with what that gets; None if it is not seen."""
    name = last_part(dotted(node.func))
    at = _GIVES_REST.get(name)
    if at is not None and len(node.args) > at:
        return ast.Call(node.args[at], node.args[at + 1 :], node.keywords)
    if name not in _GIVES_LISTS:
        return None
    places = zip(_GIVES_LISTS[name], _KEYWORDS, strict=True)
    func, given, options = (_argument(node, place, keys) for place, keys in places)
    match given, options:
        case ((ast.Tuple() | ast.List() | None), (ast.Dict() | None)) if func:
            named = _named(options)
            return None if named is None else ast.Call(func, given.elts if given else [], named)
    return None


def _argument(call: ast.Call, place: int, keys: Sequence[str]) -> ast.expr | None:
    """What a call gives by one of some keywords, or at a place."""
    named = (it.value for it in call.keywords if it.arg in keys)
    return next(named, call.args[place] if place < len(call.args) else None)


def _named(options: ast.Dict | None) -> list[ast.keyword] | None:
    """The entries of a dictionary as arguments; None if a key is not spelled."""
    found = []
    for key, value in zip(options.keys, options.values, strict=True) if options else ():
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        found.append(ast.keyword(key.value, value))
    return found
