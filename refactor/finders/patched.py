"""What a test puts in the place of something else: `monkeypatch.setattr(config, "TABLE", "old")`.

The name of what is replaced says what the value is for.
"""

import ast
import re

from refactor.python.outline import Context, last_part

_BY_TARGET = frozenset({"patch", "setattr", "setenv"})
"""Take a dotted name, or that of a variable, and the value."""
_BY_OBJECT = frozenset({"object", "setattr", "setitem"})
"""Take an object, the name in it, and the value."""
_OF_MANY = re.compile(r"(?:^|\.)patch\.(?:dict|multiple)$")
"""Take the names and the values of several."""
_VALUES = frozenset({"new", "return_value", "value"})


def patched_name(context: Context) -> str:
    """The name of what a call puts this value in the place of; empty if it is no such call."""
    match context.inside:
        case ast.Call(args=[ast.Constant(value=str() as target), *_]) if context.argument in {
            "1",
            *_VALUES,
        } and _calls(context, _BY_TARGET):
            return last_part(target)
        case ast.Call(args=[_, ast.Constant(value=str() as name), *_]) if context.argument in {
            "2",
            *_VALUES,
        } and _calls(context, _BY_OBJECT):
            return name
        case ast.Call() if _OF_MANY.search(context.callee):
            return context.key or ("" if context.argument.isdecimal() else context.argument)
    return ""


def _calls(context: Context, functions: frozenset[str]) -> bool:
    return last_part(context.callee) in functions
