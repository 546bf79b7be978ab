"""Names that a call declares: the fields of a named tuple, the options of a command line."""

import ast
from collections.abc import Mapping

from refactor.flow.values import Any, Map, Ref, Seq, Value, step, text_of, union
from refactor.python.outline import last_part
from refactor.python.syntax import dotted

ARGUMENTS = "<arguments>"
"""The owner of what a command line is parsed into: no class of a module can have this name."""

_AT_MOST_ONE = "?"
"""How many arguments an option takes which may be left out, as argparse says it."""
OF_OPTIONS = frozenset({"default", "choices", "const", "type"})
"""The arguments of an option that say what it may be."""


def row_fields(value: ast.expr) -> tuple[str, ...] | None:
    """The fields of the named tuple that an expression makes, in order; None if it makes none."""
    match value:
        case ast.Call(func=func, args=[_, fields, *_]) if last_part(dotted(func)) in {
            "namedtuple",
            "NamedTuple",
        }:
            match fields:
                case ast.Constant(value=str() as text):
                    return tuple(text.replace(",", " ").split())
                case ast.List(elts=items) | ast.Tuple(elts=items):
                    return _names(items)
    return None


def _names(items: list[ast.expr]) -> tuple[str, ...] | None:
    found: list[str] = []
    for item in items:
        match item:
            case (
                ast.Constant(value=str() as name)
                | ast.Tuple(elts=[ast.Constant(value=str() as name), _])
            ):
                found.append(name)
            case _:
                return None
    return tuple(found)


def destination(call: ast.Call) -> str | None:
    """The name by which code reads an option of argparse or click; None where nothing says it."""
    for keyword in call.keywords:
        if keyword.arg == "dest":
            return _text(keyword.value)
    names = [text for it in call.args if (text := _text(it))]
    plain = [it for it in names if not it.startswith("-")]
    long = [it for it in names if it.startswith("--")]
    for name in (*plain, *long, *names):
        return name.partition("/")[0].lstrip("-").replace("-", "_")
    return None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def is_taken_as_it_is(call: ast.Call) -> bool:
    """Whether nothing makes another text of what an option is given."""
    for keyword in call.keywords:
        match keyword.arg, keyword.value:
            case "type", ast.Name(id="str") | ast.Call(func=ast.Attribute(attr="Choice")):
                continue
            case "action", ast.Constant():
                continue
            case "type" | "action" | "callback", _:
                return False
    return True


def option_values(named: Mapping[str, Value]) -> Value:
    """What an option may be, by what the call that declares it is given."""
    given = [named[it] for it in ("default", "const") if it in named]
    choices = [step(named[it], Any.ELEMENT) for it in ("choices", "type") if _is_list(named, it)]
    several = "nargs" in named and text_of(named["nargs"]) != _AT_MOST_ONE
    if choices and (several or "multiple" in named):
        choices = [(Seq(tuple(choices)),)]
    return union(*given, *choices)


def _is_list(named: Mapping[str, Value], key: str) -> bool:
    return any(isinstance(it, Seq | Map | Ref) for it in named.get(key, ()))
