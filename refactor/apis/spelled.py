"""The literals that an expression may give, with those of other modules."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from refactor.apis.callers import Callers
from refactor.python.modules import TOO_FAR, Definition, Modules
from refactor.python.outline import Load, Scope

_COPIES = frozenset({"frozenset", "list", "set", "sorted", "tuple"})


class SpelledText(Struct, frozen=True):
    """A text, the module that says it, and in how many lists it stands."""

    path: PurePosixPath
    text: str
    depth: int


class Spelled:
    """Answers which literals an expression leads to."""

    def __init__(self, modules: Modules, callers: Callers) -> None:
        """Follow names through these modules, and parameters to what calls give them."""
        self._modules = modules
        self._callers = callers

    def texts(
        self, path: PurePosixPath, scope: Scope, node: ast.expr, far: int = 0
    ) -> Iterator[SpelledText]:
        """The texts that an expression may be, or hold in its lists."""
        if far > TOO_FAR:
            return
        match node:
            case ast.Constant(value=str() as said):
                yield SpelledText(path, said, 0)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                for item in items:
                    deeper = not isinstance(item, ast.Starred)
                    value = item.value if isinstance(item, ast.Starred) else item
                    for text in self.texts(path, scope, value, far + 1):
                        yield replace(text, depth=text.depth + deeper)
            case _:
                for found in self._given(path, scope, node):
                    if found.value is not None:
                        yield from self.texts(found.path, found.scope, found.value, far + 1)

    def _given(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> Iterator[Definition]:
        """What an expression gives as it is: other expressions, wherever they stand."""
        given: Sequence[ast.expr] = ()
        match node:
            case ast.Call(func=ast.Name(id=name), args=[copied]) if name in _COPIES:
                given = (copied,)
            case ast.IfExp(body=body, orelse=orelse):
                given = (body, orelse)
            case ast.BoolOp(values=given):
                pass
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                given = (left, right)
            case ast.Subscript(value=held, slice=key):
                for found in self._definitions(path, scope, held):
                    if isinstance(found.value, ast.Dict):
                        for value in _looked_up(found.value, key):
                            yield replace(found, value=value)
            case _:
                yield from self._definitions(path, scope, node)
        yield from (Definition(path, scope, it) for it in given)

    def _definitions(
        self, path: PurePosixPath, scope: Scope, node: ast.expr
    ) -> Iterator[Definition]:
        """What a name is given, a parameter by calls."""
        match node:
            case ast.Name(id=name):
                names = self._modules.names(path)
                if names and (scope, name) in names.outline.parameters:
                    for it in self._callers.given(path, scope, name):
                        yield Definition(it.path, it.scope, it.value)
                yield from self._modules.definitions(path, scope, Load(name))
            case ast.Attribute(value=ast.Name(id=root), attr=attr):
                yield from self._modules.definitions(path, scope, Load(root, attribute=attr))


def _looked_up(held: ast.Dict, key: ast.expr) -> Iterator[ast.expr]:
    """The values of a dictionary that a key may lead to."""
    for known, value in zip(held.keys, held.values, strict=True):
        texts = [it.value for it in (known, key) if isinstance(it, ast.Constant)]
        if len(set(texts)) < 2:  # noqa: PLR2004 - one text that both say
            yield value
