"""What makes an object of one of the project's classes, where all that may make it is seen."""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.apis.callers import argument_of, scoped
from refactor.flow.functions import FunctionNode
from refactor.python.modules import TOO_FAR, Definition, Modules
from refactor.python.outline import Load, Scope
from refactor.python.syntax import dotted

_GIVES_OTHERS = frozenset({"__enter__", "__aenter__", "__getattr__", "__getattribute__", "__new__"})
"""What makes another object of one, or other attributes."""


class Made(Struct, frozen=True):
    """A call that makes an object, with the module and the name of its class."""

    path: PurePosixPath
    scope: Scope
    call: ast.Call
    file: PurePosixPath
    owner: str


def made_by(
    modules: Modules, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int = 0
) -> frozenset[Made]:
    """The calls that an object may be made by; nothing if one of them is not seen."""
    if depth > TOO_FAR:
        return frozenset()
    match node:
        case ast.Call(func=func):
            called = [*_called(modules, path, scope, func)]
            return _all_or_none(_made(modules, path, scope, node, it, depth) for it in called)
        case ast.Name(id=name):
            return _named(modules, path, scope, name, depth + 1)
    return frozenset()


def is_changed(modules: Modules, path: PurePosixPath, attribute: str) -> bool:
    """Whether a module gives something to that attribute of an object that is not `self`."""
    names = modules.names(path)
    if names is None or all(name != attribute for _, name in names.assigned):
        return False
    return any(not it.of_self for it in _stored(names.outline.tree, attribute))


def given_to(modules: Modules, made: Made, attribute: str) -> ast.expr | None:
    """What a call gives to an attribute that nothing but the constructor takes, and as it is."""
    names = modules.names(made.file)
    constructor = Scope(made.owner, "__init__")
    positional = dict(names.outline.positional).get(constructor) if names else None
    if names is None or positional is None or Scope(made.owner, attribute) in names.loads:
        return None
    stored = [it for it in _stored(names.outline.tree, attribute) if it.scope.owner == made.owner]
    match stored:
        case [_Stored(scope=scope, value=ast.Name(id=name))] if (
            scope == constructor
            and (constructor, name) in names.outline.parameters
            # An attribute of that name counts as a name here.
            and len(names.assigned.get((constructor, name), ())) == (name == attribute)
        ):
            found = argument_of(made.call, name, positional[1:])
            return found if isinstance(found, ast.expr) else None
    return None


class _Stored(Struct, frozen=True):
    """A place that gives something to an attribute, or to a name of a class."""

    scope: Scope
    value: ast.expr | None
    of_self: bool


@lru_cache(maxsize=16)  # one test after another asks it of the same class
def _stored(tree: ast.Module, attribute: str) -> tuple[_Stored, ...]:
    """All places of a module that give something to an attribute of that name."""
    values: dict[int, ast.expr] = {}
    found: list[_Stored] = []
    for scope, node in scoped(tree):
        match node:
            case ast.Assign(targets=[target], value=value):
                values[id(target)] = value
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                values[id(target)] = value
            case ast.Attribute(value=held, attr=name, ctx=ast.Store()) if name == attribute:
                found.append(_Stored(scope, values.get(id(node)), dotted(held) == "self"))
            case ast.Name(id=name, ctx=ast.Store()) if name == attribute and not scope.function:
                found.append(_Stored(scope, None, of_self=True))
    return tuple(found)


def _named(
    modules: Modules, path: PurePosixPath, scope: Scope, name: str, depth: int
) -> frozenset[Made]:
    """What makes all that a name is given, or what pytest's fixture gives to a parameter."""
    names = modules.names(path)
    if names is None:
        return frozenset()
    for place in dict.fromkeys((scope, Scope())):
        given = names.assigned.get((place, name))
        if (place, name) in names.outline.parameters:
            return frozenset() if given else _of_fixture(modules, path, name, depth)
        if given:
            return _all_or_none(made_by(modules, path, place, it, depth) for it in given)
    return frozenset()


def _of_fixture(modules: Modules, path: PurePosixPath, name: str, depth: int) -> frozenset[Made]:
    folders = (path.parent, *path.parent.parents)
    for file in (path, *(folder / "conftest.py" for folder in folders)):
        names = modules.names(file)
        if names and name in names.outline.functions and _is_fixture(names.outline.tree, name):
            return _given_back(modules, file, Scope("", name), depth)
    return frozenset()


def _is_fixture(tree: ast.Module, name: str) -> bool:
    functions = [it for it in tree.body if isinstance(it, FunctionNode) and it.name == name]
    decorators = [it for each in functions for it in each.decorator_list]
    return any(dotted(it).removesuffix("()").endswith("fixture") for it in decorators)


def _called(
    modules: Modules, path: PurePosixPath, scope: Scope, func: ast.expr
) -> Iterator[Definition]:
    match func:
        case ast.Name(id=name):
            yield from modules.definitions(path, scope, Load(name))
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name not in {"self", "cls"}:
            yield from modules.definitions(path, scope, Load(name, attribute=attr))


def _made(
    modules: Modules,
    path: PurePosixPath,
    scope: Scope,
    call: ast.Call,
    called: Definition,
    depth: int,
) -> frozenset[Made]:
    """The call itself if it is a class that is called, or what a function gives."""
    names = modules.names(called.path)
    if names is None or called.value is not None:
        return frozenset()
    if called.scope.function:
        return _given_back(modules, called.path, called.scope, depth + 1)
    methods = {it.function for it in names.classes.get(called.scope.owner, ())}
    if not methods.isdisjoint(_GIVES_OTHERS):
        return frozenset()
    return frozenset({Made(path, scope, call, called.path, called.scope.owner)})


def _given_back(
    modules: Modules, path: PurePosixPath, function: Scope, depth: int
) -> frozenset[Made]:
    names = modules.names(path)
    given = [it for at, it in names.outline.returned if at == function] if names else []
    return _all_or_none(made_by(modules, path, function, it, depth) for it in given)


def _all_or_none(found: Iterable[frozenset[Made]]) -> frozenset[Made]:
    each = tuple(found)
    return frozenset().union(*each) if all(each) else frozenset()
