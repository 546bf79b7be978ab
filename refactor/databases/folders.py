"""Which folder a path expression means, as far as code tells without running it."""

import ast
import posixpath
from pathlib import PurePosixPath

from refactor.databases.optiondefaults import ENVIRONMENT
from refactor.python.modules import TOO_FAR, Modules
from refactor.python.outline import Load, Scope
from refactor.python.syntax import dotted

_SAME_PLACE = frozenset({"resolve", "absolute", "expanduser", "realpath", "abspath", "fspath"})
_MAKES_PATHS = frozenset({"Path", "PurePath", "PosixPath", "PurePosixPath", "str"})


class Folders:
    """Evaluates path expressions of one code base."""

    def __init__(self, modules: Modules) -> None:
        self._modules = modules

    def known(  # noqa: PLR0911 - one return for each shape
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int = 0
    ) -> PurePosixPath | None:
        """The whole path relative to the plan's folder; None if any part is unknown."""
        if depth > TOO_FAR:
            return None
        match node:
            case ast.Name(id="__file__"):
                return path
            case ast.Constant(value=str() as text):
                return PurePosixPath(posixpath.normpath(text)) if text else PurePosixPath()
            case ast.Attribute(value=value, attr="parent"):
                inner = self.known(path, scope, value, depth + 1)
                return inner.parent if inner and not inner.is_absolute() else None
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="parents"),
                slice=ast.Constant(value=int() as n),
            ):
                inner = self.known(path, scope, value, depth + 1)
                return inner.parents[n] if inner and n < len(inner.parents) else None
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined(path, scope, [left, right], depth)
            case ast.Call():
                return self._call(path, scope, node, depth)
        load = load_of(node)
        if load is None:
            return None
        values = [found for found in self._modules.definitions(path, scope, load) if found.value]
        if len(values) != 1 or values[0].value is None:
            return None
        return self.known(values[0].path, values[0].scope, values[0].value, depth + 1)

    def last(  # noqa: PLR0911 - one return for each shape
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int = 0
    ) -> str | None:
        """The last folder that is spelled: `data` in `ROOT / "data"`; None if none is."""
        if depth > TOO_FAR:
            return None
        match node:
            case ast.Constant(value=str() as text):
                return PurePosixPath(text).name
            case ast.BinOp(op=ast.Div(), right=right):
                return self.last(path, scope, right, depth + 1)
            case ast.Call(func=func, args=[_]) if dotted(func).endswith(ENVIRONMENT):
                return None  # what it names is no folder
            case ast.BoolOp(op=ast.Or(), values=[*others, last]) if all(
                map(_is_of_environment, others)
            ):
                return self.last(path, scope, last, depth + 1)
            case ast.Call(args=[*_, last]):
                return self.last(path, scope, last, depth + 1)
        load = load_of(node)
        for found in self._modules.definitions(path, scope, load) if load else ():
            if found.value is not None:
                return self.last(found.path, found.scope, found.value, depth + 1)
        return None

    def written(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> list[str]:
        """The texts that a name is given as they are written."""
        load = load_of(node)
        given = self._modules.definitions(path, scope, load) if load else ()
        values = (it.value.value for it in given if isinstance(it.value, ast.Constant))
        return [it for it in values if isinstance(it, str)]

    def _call(  # noqa: PLR0911 - one return for each shape
        self, path: PurePosixPath, scope: Scope, node: ast.Call, depth: int
    ) -> PurePosixPath | None:
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]):
                return self.known(path, scope, value, depth + 1) if attr in _SAME_PLACE else None
            case ast.Call(func=ast.Name(id=name), args=[*parts]) if name in _MAKES_PATHS and parts:
                return self._joined(path, scope, parts, depth)
            case ast.Call(func=ast.Attribute(attr="Path"), args=[*parts]) if parts:
                return self._joined(path, scope, parts, depth)
            case ast.Call(func=ast.Attribute(value=value, attr="joinpath"), args=[*parts]):
                return self._joined(path, scope, [value, *parts], depth)
            case ast.Call(func=ast.Attribute(attr="join"), args=[*parts]) if parts:
                return self._joined(path, scope, parts, depth)
            case ast.Call(func=ast.Attribute(attr="dirname"), args=[value]):
                inner = self.known(path, scope, value, depth + 1)
                return inner.parent if inner else None
            case ast.Call(func=ast.Attribute(attr=attr), args=[value]) if attr in _SAME_PLACE:
                return self.known(path, scope, value, depth + 1)
        return None

    def _joined(
        self, path: PurePosixPath, scope: Scope, nodes: list[ast.expr], depth: int
    ) -> PurePosixPath | None:
        parts = [self.known(path, scope, node, depth + 1) for node in nodes]
        known = [part for part in parts if part is not None]
        if len(known) != len(parts):
            return None
        return PurePosixPath(posixpath.normpath(str(PurePosixPath(*known))))


def _is_of_environment(node: ast.expr) -> bool:
    """Whether only the environment says what an expression is."""
    return isinstance(node, ast.Call) and dotted(node.func).endswith(ENVIRONMENT)


def load_of(node: ast.AST) -> Load | None:
    """The name that an expression loads, if it is no more than that."""
    match node:
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)):
            return Load(name, key=key)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return Load(name, attribute)
        case ast.Name(id=name):
            return Load(name)
    return None
