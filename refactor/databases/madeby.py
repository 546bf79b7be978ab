"""Who made the connection that some code executes on: a fixture, or a function that it calls."""

import ast
from collections.abc import Iterator

from refactor.databases.definers import Definers
from refactor.databases.givers import fixtures_for
from refactor.databases.handles import Handle
from refactor.databases.openings import At
from refactor.python.assignments import FUNCTIONS, Module
from refactor.python.callsites import parameters_of


def handles_made(handle: Handle, module: Module, code: Definers) -> Iterator[tuple[Handle, Module]]:
    """What stands for a connection in the one function that made it and gives it back."""
    function, name = handle.owner, handle.name
    if not isinstance(function, FUNCTIONS):
        return
    at = At(module, (function, *module.around(function)))
    makers: list[tuple[ast.AST, At]] = []
    if name in parameters_of(function):
        makers += fixtures_for(function, name, at, code)
    else:
        match [it.value for it in module.given(function, name)]:
            case [ast.Call(func=func)]:
                makers += code.definitions(func, at)
    if len(makers) != 1:
        return
    maker, where = makers[0]
    results = [*where.module.results(maker)] if isinstance(maker, FUNCTIONS) else []
    names = {it.id for it in results if isinstance(it, ast.Name)}
    if len(names) == 1 and len(results) == 1:
        yield Handle(maker, names.pop()), where.module
