"""What stands for one connection in a module: by it, statements are seen to run on the same."""

import ast
from collections.abc import Iterable, Sequence

from msgspec import Struct

from refactor.python.assignments import FUNCTIONS, Module, is_self
from refactor.python.callsites import parameters_of

EXECUTES = ("execute", "executemany", "executescript")
"""The methods of connections and cursors that take a statement."""
_CURSOR = "cursor"
_ALIASES = 4
"""So many names one after another are followed to what they stand for."""


class Handle(Struct, frozen=True):
    """What stands for one connection in some code: a name, or an attribute of a class's objects."""

    owner: ast.AST
    """The function, class or module that has it."""
    name: str


def handle_of(call: ast.Call, module: Module) -> Handle | None:
    """What stands for the connection that a call executes on; None if it may be several."""
    node = call.func.value if isinstance(call.func, ast.Attribute) else None
    return _handle(node, module.around(call), module)


def handle_given(call: ast.Call, module: Module) -> Handle | None:
    """What stands for the one thing that a call gives by its name: `rows(conn, "old")`."""
    every = (*call.args, *(it.value for it in call.keywords))
    given = [it for it in every if not isinstance(it, ast.Constant)]
    alone = len(given) == 1 and isinstance(given[0], ast.Name)
    return _handle(given[0], module.around(call), module) if alone else None


def _handle(node: ast.expr | None, scopes: Sequence[ast.AST], module: Module) -> Handle | None:
    """What stands for a connection, by an expression for it or for its cursor."""
    for _ in range(_ALIASES):
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr == _CURSOR:
                node = inner
            case ast.Attribute(value=owner, attr=attr) if is_self(owner):
                cls = next((it for it in scopes if isinstance(it, ast.ClassDef)), None)
                return Handle(cls, attr) if cls and _is_given_once(cls, attr, module) else None
            case ast.Name(id=name):
                found = _named(name, scopes, module)
                if found is None or isinstance(found, Handle):
                    return found
                node = found
            case _:
                return None
    return None


def _named(name: str, scopes: Iterable[ast.AST], module: Module) -> Handle | ast.expr | None:
    """What a name is: a connection of its own, another name for one, or None for several."""
    function = next((it for it in scopes if isinstance(it, FUNCTIONS)), module.tree)
    is_parameter = isinstance(function, FUNCTIONS) and name in parameters_of(function)
    given = module.given(function, name)
    if not given and not is_parameter:
        function = module.tree
        given = module.given(function, name)
    if len(given) + is_parameter != 1:
        return None
    value = given[0].value if given else None
    if value is not None and _is_alias(value):
        return value
    # What a loop gives is another one each time.
    return Handle(function, name) if is_parameter or value is not None else None


def _is_alias(node: ast.expr) -> bool:
    """Whether an expression is a connection that has a name already."""
    match node:
        case ast.Name():
            return True
        case ast.Attribute(value=owner):
            return is_self(owner)
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr == _CURSOR:
            return _is_alias(value)
    return False


def _is_given_once(cls: ast.ClassDef, attr: str, module: Module) -> bool:
    """Whether the methods of a class give an attribute one value, and nothing outside does."""
    given = [
        it for function in module.functions_in(cls) for it in module.given(function, f"self.{attr}")
    ]
    return len(given) == 1 and not module.given_from_outside(attr)
