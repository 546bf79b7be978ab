"""Which files are behind names of paths: what is made of a path is none, as its folder or a copy.

A connection is whatever it was opened on, and so is what has one. Of a path that is not so.
"""

import ast
from pathlib import PurePosixPath

from msgspec.structs import replace

from refactor.databases.filepaths import AFTER_A_NAME, SAME_FILE, TAKES_PATH
from refactor.databases.openers import Openers
from refactor.databases.openings import UNKNOWN, At, Opened, union
from refactor.databases.spelledout import spelled_out
from refactor.python.assignments import Module
from refactor.python.outline import last_part
from refactor.python.syntax import dotted

_JOINS = frozenset({"join", "joinpath", "Path"})
_WRAPS = TAKES_PATH - {*AFTER_A_NAME, "joinpath"}


class Namers(Openers):
    """Answers which files the expressions of some code are the paths of."""

    def _whose(self, _value: ast.expr, _at: At, _use: ast.AST) -> Opened:
        return UNKNOWN

    def _made(
        self, _cls: ast.AST, _node: ast.Call, _at: At, _inside: At, _use: ast.AST
    ) -> Opened | None:
        return None

    def _by_itself(self, _cls: ast.AST, _module: Module) -> Opened:
        return UNKNOWN

    def _call(self, node: ast.Call, at: At, use: ast.AST) -> Opened:
        given = self._defined(node, at, use) or self._entry_or_else(node, at, use)
        if given:
            return given
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]) if attr in SAME_FILE:
                return self.value(value, at, use)
            case ast.Call(func=func, args=[only]) if last_part(dotted(func)) in _WRAPS:
                return self.value(only, at, use)
        return self._path(node, at)

    def one_of(self, node: ast.expr, place: tuple[int, ...], at: At) -> Opened:
        """What a loop gives in turn, all values of a dictionary of paths included."""
        match node:
            case ast.Call(func=ast.Attribute(value=of, attr="values"), args=[]):
                given = ((of, at), *self._code.given_as(of, at))
                each = ((it.values, where) for it, where in given if isinstance(it, ast.Dict))
                return union(self.value(it, where, it) for values, where in each for it in values)
        return super().one_of(node, place, at)

    def _path(self, node: ast.expr, at: At) -> Opened:
        named = self._paths.of(at.module.path, at.scope, node)
        if named:
            return Opened(named.databases, named.others, named.sure)
        last = _last_in(node)
        if last is None:
            return UNKNOWN
        opened = self.value(last, at, last)
        found = [self._in_folder(node, last, it, at) for it in opened.databases]
        return replace(union(found), whole=not opened.others) if found else UNKNOWN

    def _in_folder(self, path: ast.expr, last: ast.AST, database: str, at: At) -> Opened:
        """A database, if a path that ends with its name is seen to lie in its folder."""
        name = PurePosixPath(database).name
        spelled = spelled_out(path, lambda it: name if it is last else self._spelled.text(it, at))
        named = self._paths.of(at.module.path, at.scope, spelled)
        return Opened(named.databases) if named.sure else UNKNOWN


def _last_in(path: ast.expr) -> ast.expr | None:
    """The last part of a path, if something else says it: `name` in `os.path.join(DATA, name)`."""
    match path:
        case ast.BinOp(op=ast.Div(), right=last):
            pass
        case ast.Call(func=func, args=[*_, last]) if last_part(dotted(func)) in _JOINS:
            pass
        case _:
            return None
    return last if isinstance(last, ast.Name | ast.Attribute | ast.Subscript) else None
