"""Patterns that a name is asked to fit before it is put into SQL: `NAME.fullmatch(table)`."""

import ast
import re
from functools import lru_cache

from refactor.flow.values import Gap, Str, Value, text_of
from refactor.python.outline import last_part
from refactor.python.syntax import dotted

_ASKS = frozenset({"fullmatch", "match", "search"})
_NAMES = ("t", "old_name", "OldName", "order2", "x" * 48)
"""Of all kinds that a plan may give: a pattern that takes these takes the new ones."""


def asks_of_pattern(node: ast.Call) -> bool:
    """Whether a call is called as those that ask if something fits a pattern."""
    return isinstance(node.func, ast.Attribute) and node.func.attr in _ASKS


def lets_pass(node: ast.Call, given: tuple[Value, ...], holder: Value) -> bool:
    """Whether a call asks if something fits a pattern that every name fits.

    Args:
        node: the call.
        given: what its arguments are, as far as is known.
        holder: what the object is whose method is called.
    """
    method = last_part(dotted(node.func))
    match given:
        case [pattern, _] if dotted(node.func) == f"re.{method}":
            said = text_of(pattern)
        case [_]:
            said = _compiled(holder)
        case _:
            return False
    return said is not None and _fits_names(said, method)


def fits_as_well(node: ast.Call, holder: Value, old: str, new: str) -> bool:
    """Whether a call asks if a name fits a pattern that it fits before and after."""
    method = last_part(dotted(node.func))
    match node.args:
        case [ast.Constant(value=str() as said), _] if dotted(node.func) == f"re.{method}":
            pattern: str | None = said
        case _:
            pattern = _compiled(holder)
    return pattern is not None and _fit(pattern, method, (old, new))


def _compiled(holder: Value) -> str | None:
    """The pattern that an object was compiled from."""
    match holder:
        case [Str(atoms=[Gap(node=ast.Call(args=[ast.Constant(value=str() as said)]) as made)])]:
            return said if dotted(made.func) == "re.compile" else None
    return None


@lru_cache(maxsize=256)
def _fits_names(pattern: str, method: str) -> bool:
    return _fit(pattern, method, _NAMES)


def _fit(pattern: str, method: str, names: tuple[str, ...]) -> bool:
    try:
        return all(getattr(re, method)(pattern, it) for it in names)
    except (re.error, RecursionError, OverflowError):
        return False
