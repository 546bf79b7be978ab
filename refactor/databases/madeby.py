"""Who else has the connection that some code executes on.

A fixture or a function that made it, or what it is handed to.
"""

import ast
from collections.abc import Iterator
from itertools import chain

from refactor.databases.definers import Definers
from refactor.databases.givers import fixtures_for
from refactor.databases.handles import Handle
from refactor.databases.openings import At
from refactor.python.assignments import FUNCTIONS, Function, Module
from refactor.python.callsites import arguments_of, parameters_of


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


def handles_handed(
    handle: Handle, module: Module, code: Definers
) -> Iterator[tuple[Handle, Module]]:
    """What stands for a connection in the functions, and the objects, that it is handed to."""
    for call in chain.from_iterable(module.calls.values()):
        around = module.around(call)
        given = (*call.args, *(it.value for it in call.keywords))
        named = any(isinstance(it, ast.Name) and it.id == handle.name for it in given)
        if not named or handle.owner not in (*around[:1], module.tree):
            continue
        for taker, where in code.definitions(call.func, At(module, around)):
            theirs, inside = where.module, taker
            if isinstance(taker, ast.ClassDef):
                made = (it for it in theirs.functions_in(taker) if it.name == "__init__")
                inside = next(made, taker)
            if not isinstance(inside, FUNCTIONS):
                continue
            for name, value in arguments_of(inside, call).items():
                if isinstance(value, ast.Name) and value.id == handle.name:
                    yield Handle(inside, name), theirs
                    for attr in _kept(inside, name, theirs) if inside is not taker else ():
                        yield Handle(taker, attr), theirs


def _kept(function: Function, name: str, module: Module) -> Iterator[str]:
    """The attributes of an object in which its constructor keeps what it is given by a name."""
    for attr in module.attributes_given(function, "self"):
        given = [it.value for it in module.given(function, f"self.{attr}")]
        if len(given) == 1 and isinstance(given[0], ast.Name) and given[0].id == name:
            yield attr
