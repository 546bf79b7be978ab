"""Path expressions with the texts put in that are known of their names."""

import ast
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import DATABASE_ENDINGS
from refactor.databases.openings import At

TextOf = Callable[[ast.expr], str | None]
"""The text that a name or an entry of a dictionary stands for, if that is known."""


class Gap(Struct, frozen=True):
    """A path of which one piece is to be found."""

    path: ast.expr
    piece: ast.Name | ast.Attribute | ast.Subscript
    at: At


def gap_in(path: ast.expr) -> ast.Name | ast.Attribute | ast.Subscript | None:
    """What stands for a database's name in the path of its file: `name` in `f"data/{name}.db"`."""
    piece: ast.expr | None = None
    match path:
        case ast.JoinedStr(values=[*_, ast.FormattedValue(value=value), ast.Constant(value=end)]):
            piece = value if _ends(str(end)) else None
        case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=str() as end)):
            named = left.right if isinstance(left, ast.BinOp) else left
            piece = named if _ends(end) else None
        case ast.BinOp(op=ast.Div(), right=last):
            return gap_in(last)
        case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod(), right=right):
            last = right.elts[-1] if isinstance(right, ast.Tuple) and right.elts else right
            piece = last if _ends(text.rpartition("%s")[2]) else None
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text)), args=[*_, last]):
            piece = last if _ends(text.rpartition("{}")[2]) else None
    return piece if isinstance(piece, ast.Name | ast.Attribute | ast.Subscript) else None


def _ends(text: str) -> bool:
    """Whether it is what stands behind the name of a database's file."""
    return text.partition("?")[0] in DATABASE_ENDINGS


def spelled_out(  # noqa: PLR0911 - one return for each shape
    node: ast.expr, text_of: TextOf
) -> ast.expr:
    """What an expression comes to: `ROOT / f"{name}.db"` is `ROOT / "shop.db"` for `name="shop"`.

    What is not known stays as it is, and so does a text of which only a part is known.
    """
    match node:
        case ast.Name() | ast.Subscript() | ast.Attribute():
            text = text_of(node)
            return node if text is None else ast.Constant(text)
        case ast.JoinedStr(values=values):
            parts = [_part(it, text_of) for it in values]
            return _together(ast.JoinedStr([*_merged(parts)]), parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _together(node, [spelled_out(left, text_of), spelled_out(right, text_of)])
        case ast.BinOp(left=left, op=ast.Div() as op, right=right):
            return ast.BinOp(spelled_out(left, text_of), op, spelled_out(right, text_of))
        case ast.BinOp(left=ast.Constant(value=str() as template), op=ast.Mod(), right=right):
            given = right.elts if isinstance(right, ast.Tuple) else [right]
            return _filled(node, template.split("%s"), given, text_of)
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=str() as template), attr="format"),
            args=given,
            keywords=[],
        ):
            return _filled(node, template.split("{}"), given, text_of)
        case ast.Call(
            func=ast.Attribute(value=path, attr="with_suffix"),
            args=[ast.Constant(value=str() as suffix)],
        ):
            return _with_suffix(node, spelled_out(path, text_of), suffix)
        case ast.Call(func=func, args=args, keywords=keywords):
            return ast.Call(func, [spelled_out(it, text_of) for it in args], keywords)
    return node


def _part(node: ast.expr, text_of: TextOf) -> ast.expr:
    if isinstance(node, ast.FormattedValue) and node.conversion < 0 and not node.format_spec:
        return spelled_out(node.value, text_of)
    return node


def _merged(parts: list[ast.expr]) -> Iterator[ast.expr]:
    """The parts of a text, with one text for those side by side that are known."""
    known = ""
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            known += part.value
            continue
        if known:
            yield ast.Constant(known)
        known = ""
        yield part if isinstance(part, ast.FormattedValue) else ast.FormattedValue(part, -1)
    if known:
        yield ast.Constant(known)


def _filled(node: ast.expr, between: list[str], given: list[ast.expr], text_of: TextOf) -> ast.expr:
    """A template whose only holes are plain ones, one for each that is given."""
    if len(between) != len(given) + 1 or any(set(it) & set("%{}") for it in between):
        return node
    first, *others = between
    parts: list[ast.expr] = [ast.Constant(first)]
    for value, text in zip(given, others, strict=True):
        parts += [spelled_out(value, text_of), ast.Constant(text)]
    return _together(node, parts)


def _with_suffix(node: ast.expr, path: ast.expr, suffix: str) -> ast.expr:
    """A path whose name has another ending; as it is where its name is not known."""
    match path:
        case ast.Constant(value=str() as text) if PurePosixPath(text).name:
            return ast.Constant(str(PurePosixPath(text).with_suffix(suffix)))
        case ast.BinOp(left=left, op=ast.Div() as op, right=right):
            name = _with_suffix(right, right, suffix)
            return node if name is right else ast.BinOp(left, op, name)
        case ast.Call(func=func, args=[*before, last], keywords=[]):
            name = _with_suffix(last, last, suffix)
            return node if name is last else ast.Call(func, [*before, name], [])
    return node


def _together(node: ast.expr, parts: list[ast.expr]) -> ast.expr:
    texts = [it.value for it in parts if isinstance(it, ast.Constant) and isinstance(it.value, str)]
    return ast.Constant("".join(texts)) if len(texts) == len(parts) else node
