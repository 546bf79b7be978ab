"""What a test sets a module's names to for its own time: `monkeypatch.setattr(store, "DB", …)`."""

import ast
import re
from collections.abc import Iterator

from refactor.databases.givers import takes_fixtures
from refactor.databases.openings import At
from refactor.python.assignments import FUNCTIONS, Function, Module
from refactor.python.callsites import parameters_of
from refactor.python.syntax import walked

_SETS_UP = frozenset({"setUp", "setUpClass", "setup_method", "setup_class", "setup_function"})
_SETS = ("patch", "setattr", "object")
"""What sets a name for a while, of which a module needs one to be looked at closer."""
_CREATES = re.compile(r"create\s+(?:\w+\s+)?table", re.IGNORECASE)


def set_for(node: ast.AST, module: Module) -> Iterator[tuple[str, ast.expr, At]]:
    """The names that are set where a test executes something: `store.DB`, its value, where."""
    if not any(it in module.calls for it in _SETS):
        return
    around = module.around(node)
    functions = [it for it in around if isinstance(it, FUNCTIONS)]
    if not functions or any(map(_creates, functions)):
        return  # what a test makes anew, follows the code that it tests
    for name, given in module.set_in_modules.items():
        for value, call in given:
            if _holds_for(call, node, around, module):
                yield name, value, At(module, module.around(call))


def _holds_for(call: ast.AST, node: ast.AST, around: tuple[ast.AST, ...], module: Module) -> bool:
    """Whether what a call sets is set where a node stands."""
    for it in module.above(call):
        if isinstance(it, ast.With | ast.AsyncWith):
            if any(item.context_expr is call for item in it.items):
                return it in module.above(node)
        elif isinstance(it, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if it in around:
                return call in it.decorator_list or getattr(call, "lineno", 0) < _line(node)
            return isinstance(it, FUNCTIONS) and _prepares(it, around, module)
    return False


def _creates(function: ast.AST) -> bool:
    texts = (it.value for it in walked(function) if isinstance(it, ast.Constant))
    return any(isinstance(it, str) and _CREATES.search(it) for it in texts)


def _prepares(function: Function, around: tuple[ast.AST, ...], module: Module) -> bool:
    """Whether a function of the module runs before a test: a fixture of its, or what sets it up."""
    owners = [it for it in module.around(function) if isinstance(it, ast.ClassDef)]
    if not all(it in around for it in owners):
        return False
    asked = {name for it in around if isinstance(it, FUNCTIONS) for name in parameters_of(it)}
    usual = any("autouse" in ast.unparse(it) for it in function.decorator_list)
    is_fixture = takes_fixtures(function) and (usual or function.name in asked)
    return is_fixture or function.name in _SETS_UP


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)
