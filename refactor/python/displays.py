"""What the dictionaries of a module say, as dictionaries, lists and strings.

A name stands for itself, as what it is given stands under its name.
"""

import ast
from collections.abc import Iterator

from refactor.python.syntax import walked
from refactor.sql.names import HOLE


def displayed(tree: ast.Module) -> dict[str, object]:
    """All that a module's names are given, and its other dictionaries, each under no name."""
    inner = {id(it) for node in walked(tree) for it in _values(node)}
    found: dict[str, object] = {}
    for node in walked(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found.setdefault(name, said(value))
            case ast.Dict() if id(node) not in inner:
                found[f" {len(found)}"] = said(node)
    return found


def _values(node: ast.AST) -> Iterator[ast.AST]:
    """What is said along with a node."""
    match node:
        case ast.Assign(targets=[ast.Name()], value=value):
            yield value
        case ast.Dict(values=values):
            yield from values
        case ast.List(elts=items) | ast.Tuple(elts=items):
            yield from items
        case ast.Call(args=args, keywords=keywords):
            yield from args
            yield from (it.value for it in keywords)


def said(  # noqa: PLR0911 - one return for each kind of expression
    node: ast.expr | None,
) -> object:
    """What an expression says; None where it says nothing that is spelled."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Dict(keys=keys, values=values):
            pairs = zip(keys, values, strict=True)
            return {key: said(value) for it, value in pairs if (key := _text(it)) is not None}
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [said(it) for it in items]
        case ast.Call(args=[only], keywords=[]) | ast.BinOp(op=ast.Div(), right=only):
            return said(only)  # as of `Path("data") / "old.db"`, whose end tells the file
        case ast.Call(keywords=keywords):
            return {it.arg: said(it.value) for it in keywords if it.arg}
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            return key
        case ast.JoinedStr(values=parts):
            return "".join(_text(it) or HOLE for it in parts)
    return None


def _text(node: ast.expr | None) -> str | None:
    says = node.value if isinstance(node, ast.Constant) else None
    return says if isinstance(says, str) else None
