"""What executes a statement, as it is written: by which name, and whose that is.

Where nobody sees which file it was opened on, what is opened around it tells; but for what is kept
there by another name. `self.con` says nothing of `self.app.db`, nor of what a function is given.
"""

import ast
from collections.abc import Iterator

from msgspec import Struct

from refactor.databases.drivers import MAY_OPEN
from refactor.databases.handles import EXECUTES
from refactor.python.assignments import FUNCTIONS, Module, is_self
from refactor.python.callsites import parameters_of
from refactor.python.outline import last_part
from refactor.python.syntax import dotted

SAME_CONNECTION = frozenset(
    {
        *("cursor", "execute", "executemany", "executescript", "begin", "connect", "acquire"),
        *("connection", "__enter__", "__aenter__", "session", "raw_connection"),
    }
)
"""The methods that give what talks to the same database as their object."""
_ALIASES = 4
"""So many names one after another are followed to what they stand for."""
_SELF, _CLS = "self.", "cls."
_OF_ONE = 2
"""The parts of the name of an object's attribute."""


class Receiver(Struct, frozen=True):
    """What executes a statement."""

    name: str
    """As written: `self.app.db`."""
    is_parameter: bool = False
    """Whether it is what a function is given, by itself."""

    def may_be(self, kept: str) -> bool:
        """Whether it may be what is kept by a name around: `self.con`, or `con` of a module."""
        parts, whose = self.name.split("."), kept.split(".")
        if parts[: len(whose)] == whose:
            return True
        # Another object of the class may be what a method is given, and a module what is imported.
        return len(parts) == _OF_ONE and parts[0] != "self" and parts[-1] == whose[-1]


def receiver_of(call: ast.AST, module: Module) -> Receiver | None:
    """What executes a statement by a call; None where that has no name."""
    node: ast.expr | None = None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        node = call.func.value
    functions = [it for it in module.around(call) if isinstance(it, FUNCTIONS)]
    for _ in range(_ALIASES):
        match node:
            case ast.Await(value=inner):
                node = inner
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if (
                attr in SAME_CONNECTION or not isinstance(inner, ast.Name)
            ):
                node = inner  # what `self.app.get_db()` gives is of `self.app`
            case ast.Subscript(value=inner):
                node = inner
            case ast.Name(id=name):
                if any(name in parameters_of(it) for it in functions):
                    return Receiver(name, is_parameter=not is_self(node))
                given = module.given(functions[0], name) if functions else []
                if not given:
                    return Receiver(name)
                node = given[0].value if len(given) == 1 else None
            case ast.Attribute():
                name = dotted(node)
                plain = name.replace(".", "").isidentifier()
                own = f"{_SELF}{name.removeprefix(_CLS)}" if name.startswith(_CLS) else name
                return Receiver(own) if plain else None
            case _:
                return None
    return None


def kept_around(module: Module, owner: str) -> Iterator[tuple[str, ast.expr, ast.Call]]:
    """What a class and its module open or execute on, and by what name they keep it, if by any.

    Without a class, what one keeps is as good as what nobody does.
    """
    cls = next((it for it in module.classes if it.name == owner), None)
    kept: set[str] = set()
    opening = (it for name, each in module.calls.items() if MAY_OPEN.match(name) for it in each)
    for call in opening:
        name = _kept_as(call, module)
        kept.add(name)
        of_object = name.startswith(_SELF)
        if cls is None:
            yield "" if of_object else name, call, call
        elif cls in module.around(call) or not (of_object or not name):
            yield name, call, call
    for call in (it for name in EXECUTES for it in module.calls.get(name, ())):
        receiver = receiver_of(call, module)
        if receiver is None or receiver.is_parameter or receiver.name in kept:
            continue
        attribute = receiver.name.removeprefix(_SELF)
        if attribute == receiver.name:
            lasts = bool(module.given(module.tree, attribute))
        else:
            lasts = "." not in attribute and cls in module.around(call)
        if lasts and isinstance(call.func, ast.Attribute):
            kept.add(receiver.name)
            yield receiver.name, call.func.value, call


def _kept_as(call: ast.Call, module: Module) -> str:
    """By what name the code around keeps what a call gives; empty if by none that lasts."""
    node: ast.AST = call
    for it in module.above(call):
        match it:
            case ast.Await():
                node = it
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=value)
            ) if value is node:
                return _lasting(target, module)
            case _:
                break
    return ""


def _lasting(target: ast.expr, module: Module) -> str:
    """The name of a module, or of an attribute of an object's own; empty for any other."""
    match target:
        case ast.Name(id=name):
            scope = next(iter(module.around(target)), module.tree)
            if isinstance(scope, ast.ClassDef):
                return f"{_SELF}{name}"
            return name if scope is module.tree or _is_global(name, scope, module) else ""
        case ast.Attribute(value=owner, attr=attr) if is_self(owner):
            return f"{_SELF}{attr}"
    return ""


def _is_global(name: str, scope: ast.AST, module: Module) -> bool:
    return any(isinstance(it, ast.Global) and name in it.names for it in module.owned(scope))


def stays_inside(call: ast.Call, module: Module) -> bool:
    """Whether what a call opens never leaves the function that calls it.

    It is executed on there, and neither given back, nor kept, nor handed on.
    """
    function = next((it for it in module.around(call) if isinstance(it, FUNCTIONS)), None)
    if function is None:
        return False
    match next((it for it in module.above(call) if not _wraps(it)), None):
        case ast.Attribute():
            return True
        case (
            ast.Assign(targets=[ast.Name(id=name)]) | ast.withitem(optional_vars=ast.Name(id=name))
        ):
            loads = (it for it in module.named.get(name, ()) if isinstance(it, ast.Name))
            mine = [it for it in loads if function in module.around(it)]
            return all(_is_used_up(it, module) for it in mine)
    return False


def _wraps(node: ast.AST) -> bool:
    """Whether an expression gives the very connection that stands in it."""
    return isinstance(node, ast.Await) or (
        isinstance(node, ast.Call) and last_part(dotted(node.func)) == "closing"
    )


def _is_used_up(name: ast.Name, module: Module) -> bool:
    """Whether a connection is only executed on, or closed, where it is named."""
    above = next(module.above(name), None)
    return isinstance(above, ast.Attribute | ast.withitem)
