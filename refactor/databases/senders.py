"""What gives a text to another machine or program that runs it: HTTP, AWS, other command lines."""

import ast
from collections.abc import Container, Iterable, Iterator

from refactor.databases.drivers import CLIENTS, SENDERS
from refactor.databases.openings import At
from refactor.python.assignments import FUNCTIONS, Function, Module
from refactor.python.modules import Names
from refactor.python.syntax import dotted, walked


def sent_by(call: ast.Call, at: At, names: Names) -> str | None:
    """What a call sends its arguments to, in words; None where it is not seen to send any."""
    root = _root(call.func)
    package = _package(root, names)
    if not package and root:
        name, scopes = _where_given(call.func, root, at)
        given = (it.value for scope in scopes for it in at.module.given(scope, name))
        made = (_package(_root(it.func), names) for it in given if isinstance(it, ast.Call))
        package = next(filter(None, made), "")
    return f"a database that {package} asks" if package else None


def told_to(call: ast.Call) -> str | None:
    """The other system's client that a command line starts, in words, as `["psql", "-c", …]`."""
    match call.args:
        case [ast.List(elts=[ast.Constant(value=str() as program), *_]), *_]:
            name = program.rpartition("/")[2]
            return f"a database that {name} asks" if name in CLIENTS else None
    return None


def holding_too(name: str, function: Function, module: Module) -> frozenset[str]:
    """A name, and those that a function gives something with it in: `body = {"sql": sql}`."""
    return frozenset({name, *(it for it, _ in _made_with(name, function, module))})


def texts_with(name: str, function: Function, module: Module) -> frozenset[str]:
    """A name, and those that a function gives a text with it in: `sql = f"DELETE FROM {name}"`."""
    made = (it for it, value in _made_with(name, function, module) if _is_composed(value))
    return frozenset({name, *made})


def _made_with(name: str, function: Function, module: Module) -> Iterator[tuple[str, ast.expr]]:
    """The names that a function gives something with a name in it, and what that is."""
    for given in module.owned(function):
        if isinstance(given, ast.Assign) and holds(given.value, {name}):
            yield from ((it.id, given.value) for it in given.targets if isinstance(it, ast.Name))


def _is_composed(value: ast.expr) -> bool:
    """Whether an expression puts a text together."""
    match value:
        case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format")):
            return True
    return False


def argument_with(names: frozenset[str], call: ast.Call) -> str | None:
    """The argument of a call that has one of some names in it; None if none has."""
    given = [(str(place), it) for place, it in enumerate(call.args)]
    given += [(it.arg, it.value) for it in call.keywords if it.arg]
    return next((argument for argument, it in given if holds(it, names)), None)


def holds(node: ast.expr, names: Container[str]) -> bool:
    """Whether one of some names stands in an expression."""
    return any(isinstance(it, ast.Name) and it.id in names for it in walked(node))


def _root(node: ast.expr) -> str:
    """The name that an expression of attributes and calls begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return node.id if isinstance(node, ast.Name) else ""


def _where_given(func: ast.expr, root: str, at: At) -> tuple[str, Iterable[ast.AST]]:
    """By what name that is given whose method a call is of, and where."""
    owner = next((it for it in at.around if isinstance(it, ast.ClassDef)), None)
    if root == "self" and owner:
        return ".".join(dotted(func).split(".")[:2]), at.module.functions_in(owner)
    return root, (*(it for it in at.around if isinstance(it, FUNCTIONS)), at.module.tree)


def _package(name: str, names: Names) -> str:
    package = names.imports.get(name, ("", ""))[0].partition(".")[0]
    return package if package in SENDERS else ""
