"""What is certainly no list of tables, though its function lists them: told by its lines alone."""

import ast
import re
from pathlib import PurePosixPath

from refactor.apis.callers import Callers
from refactor.apis.used import used
from refactor.python.modules import Modules
from refactor.python.outline import Scope
from refactor.python.outlining import executes

_FARTHEST = 6
_QUERY = re.compile(r"\s*SELECT\b(?!.*(?:sqlite_|pragma_|;))", re.IGNORECASE | re.DOTALL)
"""A statement that asks nothing of what SQLite itself keeps."""
_FETCHES = frozenset({"fetchall", "fetchmany", "fetchone"})
_COPIES = frozenset({"frozenset", "list", "set", "sorted", "tuple"})


class Elsewhere:
    """Answers whether what a literal is compared with can be no name from a list of tables."""

    def __init__(self, modules: Modules, callers: Callers) -> None:
        """Look through these modules, and at the calls of their functions."""
        self._modules = modules
        self._callers = callers

    def is_from(self, path: PurePosixPath, scope: Scope, node: ast.Compare) -> bool:
        """Whether neither side of a comparison in a function can be the names that it lists."""
        if not scope.function:
            return False
        match node:
            case ast.Compare(left=one, ops=[ast.Eq() | ast.NotEq()], comparators=[other]):
                return all(self._is_text(path, scope, it) for it in (one, other))
            case ast.Compare(
                left=one,
                ops=[ast.In() | ast.NotIn()],
                comparators=[ast.Tuple() | ast.List() | ast.Set() as listed],
            ):
                return all(self._is_text(path, scope, it) for it in (one, *listed.elts))
            case ast.Compare(left=ast.Constant(), ops=[ast.In() | ast.NotIn()], comparators=[rows]):
                return self._are_rows(path, scope, rows, 0)
        return False

    def _is_text(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> bool:
        """Whether something is a literal, or a parameter that no call gives but literals."""
        match node:
            case ast.Constant():
                return True
            case ast.Name(id=name):
                names = self._modules.names(path)
                if names is None or (scope, name) not in names.outline.parameters:
                    return False
                given = self._callers.given(path, scope, name)
                return (
                    "." not in scope.function
                    and not used(names.outline.tree, scope, name).stores
                    and all(isinstance(it.value, ast.Constant) for it in given)
                )
        return False

    def _are_rows(  # noqa: PLR0911 - one return for each kind of expression
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int
    ) -> bool:
        """Whether something is made of the rows of a statement that asks for no tables."""
        if depth > _FARTHEST:
            return False
        deeper = depth + 1
        match node:
            case ast.Call(func=ast.Name(id=name), args=[made_from], keywords=[]) if name in _COPIES:
                return self._are_rows(path, scope, made_from, deeper)
            case ast.Call(
                func=ast.Attribute(attr=method), args=[ast.Constant(value=str() as sql), *_]
            ):
                return executes(method) and _QUERY.match(sql) is not None
            case ast.Call(func=ast.Attribute(value=rows, attr=method)) if method in _FETCHES:
                return self._are_rows(path, scope, rows, deeper)
            case (
                ast.ListComp(elt=item, generators=[each])
                | ast.SetComp(elt=item, generators=[each])
                | ast.GeneratorExp(elt=item, generators=[each])
            ):
                roots = {it.id for it in ast.walk(item) if isinstance(it, ast.Name)}
                bound = {it.id for it in ast.walk(each.target) if isinstance(it, ast.Name)}
                return roots <= bound and self._are_rows(path, scope, each.iter, deeper)
            case ast.Name(id=name):
                names = self._modules.names(path)
                given = names.assigned.get((scope, name), ()) if names else ()
                if names is None or not given:
                    return False
                mine = used(names.outline.tree, scope, name)
                return (
                    mine.stores == len(given)
                    and not mine.escapes
                    and not mine.executed
                    and mine.methods <= _FETCHES
                    and all(self._are_rows(path, scope, it, deeper) for it in given)
                )
        return False
