"""What an expression says as a text, as far as its parts are constants of the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.python.modules import TOO_FAR, Modules
from refactor.python.outline import Load, Scope
from refactor.sql.names import HOLE

Parts = tuple[str | ast.expr, ...]
"""A text in pieces: what is known of it, and the expressions that give the rest."""

MAPPED = ("__tablename__", "_table_", "db_table", "table_name")
"""What a file says in which a mapped class may put its table's name together."""
_PUT_TOGETHER = re.compile(
    r"""\b(?:__tablename__|_table_|db_table|table_name)\b
    (?:[ ]*(?::[^=\n]*)?=(?!=)(?![ ]*["'][^"'\n]*["'][ ]*(?:\#.*)?$)
    |(?<=__tablename__)\(
    |(?<=_meta\.db_table)|(?<=_meta\.table_name)|(?<=\.__tablename__))""",
    re.VERBOSE | re.MULTILINE,
)
_PLACE = re.compile(r"%s|\{\w*\}")


def may_put_together(text: str) -> bool:
    """Whether a module may put a mapped class's name together: that is cheap to see."""
    return any(it in text for it in MAPPED) and _PUT_TOGETHER.search(text) is not None


class Constants:
    """Answers what is known of a text that is put together."""

    def __init__(self, modules: Modules) -> None:
        """Follow names through these modules."""
        self._modules = modules

    def parts(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> Parts:
        """The pieces of a text; names that have one constant value are that."""
        return tuple(self._parts(path, scope, node, 0))

    def text(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> str:
        """The same as one text, with a hole for each part that is not known."""
        return "".join(it if isinstance(it, str) else HOLE for it in self.parts(path, scope, node))

    def _parts(
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int
    ) -> Iterator[str | ast.expr]:
        inner: list[ast.expr] = []
        match node:
            case ast.Constant(value=str() | int() as value):
                yield str(value)
                return
            case ast.JoinedStr(values=inner):
                pass
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                inner = [value]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                inner = [left, right]
            case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod(), right=right):
                given = right.elts if isinstance(right, ast.Tuple) else [right]
                inner = _filled(text, given) or []
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr=method)):
                inner = _called(text, method, node) or []
            case ast.Name() | ast.Attribute():
                yield from self._named(path, scope, node, depth)
                return
        if not inner or depth > TOO_FAR:
            yield node
        for it in inner if depth <= TOO_FAR else ():
            yield from self._parts(path, scope, it, depth + 1)

    def _named(
        self, path: PurePosixPath, scope: Scope, node: ast.Name | ast.Attribute, depth: int
    ) -> Iterator[str | ast.expr]:
        """What a name stands for, if it is given but one constant text."""
        match node:
            case ast.Name(id=name) if not self._is_parameter(path, scope, name):
                load = Load(name)
            # Whoever asks a class for its table wants to know which class that is.
            case ast.Attribute(value=ast.Name(id=root), attr=attr) if (
                attr != "__tablename__" and not self._is_parameter(path, scope, root)
            ):
                load = Load(root, attribute=attr)
            case _:
                yield node
                return
        found = tuple(self._modules.definitions(path, scope, load))
        if len(found) == 1 and found[0].value is not None and depth <= TOO_FAR:
            only = found[0]
            parts = tuple(self._parts(only.path, only.scope, found[0].value, depth + 1))
            if all(isinstance(it, str) for it in parts):
                yield from parts
                return
        yield node

    def _is_parameter(self, path: PurePosixPath, scope: Scope, name: str) -> bool:
        """Whether a name is given to a function around, whatever class stands between."""
        names = self._modules.names(path)
        inside = f"{scope.function}."
        return names is not None and any(
            it == name and at.function and inside.startswith(f"{at.function}.")
            for at, it in names.outline.parameters
        )


def _filled(text: str, given: list[ast.expr]) -> list[ast.expr] | None:
    """The parts of a text with places that are filled in order; None if they are not so many."""
    pieces = _PLACE.split(text)
    if len(pieces) != len(given) + 1 or "%" in "".join(pieces):
        return None
    parts: list[ast.expr] = [ast.Constant(pieces[0])]
    for value, piece in zip(given, pieces[1:], strict=True):
        parts += [value, ast.Constant(piece)]
    return parts


def _called(text: str, method: str, node: ast.Call) -> list[ast.expr] | None:
    """The parts of what a method of a text puts together."""
    match method, node.args:
        case "format", given if not node.keywords and "%" not in text:
            return _filled(text, given)
        case "join", [ast.List(elts=items) | ast.Tuple(elts=items)] if items:
            parts = [items[0]]
            for item in items[1:]:
                parts += [ast.Constant(text), item]
            return parts
    return None
