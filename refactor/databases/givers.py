"""Who gives a function what no call in sight does: decorators, pytest's fixtures, annotations."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from refactor.databases.definers import Definers
from refactor.databases.openings import MOST_FILES, At
from refactor.python.assignments import FUNCTIONS, Function, Module
from refactor.python.callsites import arguments_of, defaults_of, parameters_named, parameters_of
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, given_in

FIXTURES = "conftest.py"
"""The file whose fixtures the tests of its folder, and of those within, get by their names."""
_Given = Mapping[str, tuple[ast.expr, At]]


def given_by_decorators(
    function: Function, name: str, at: At, code: Definers
) -> Iterator[tuple[ast.expr, At]]:
    """What the decorators of a function give to one of its parameters, and where that stands.

    `@with_db` is followed to its call of what it decorates, `@needs(PATH)` to one in what it makes.
    """
    for decorator in function.decorator_list:
        called = decorator if isinstance(decorator, ast.Call) else None
        for found, where in code.definitions(called.func if called else decorator, at):
            if isinstance(found, FUNCTIONS):
                given = _told(found, called, at, where) if called else {}
                for wraps in made_by(found, where.module) if called else (found,):
                    for value in _passed_on(wraps, where.module, function, name):
                        around = where.module.around(value)
                        depth = at.depth + 1
                        yield value, At(where.module, around, given, depth, at.level, None, found)


def _told(found: Function, call: ast.Call, at: At, where: At) -> _Given:
    """What is given to a function that makes a decorator."""
    usual = {name: (it, where) for name, it in defaults_of(found).items()}
    return usual | {name: (it, at) for name, it in arguments_of(found, call).items()}


def made_by(function: Function, module: Module) -> Iterator[Function]:
    """The functions in a function that it returns."""
    for result in module.results(function):
        for it in module.definitions.get(result.id, ()) if isinstance(result, ast.Name) else ():
            if isinstance(it, FUNCTIONS) and module.around(it)[:1] == (function,):
                yield it


def _passed_on(
    wraps: Function, module: Module, function: Function, name: str
) -> Iterator[ast.expr]:
    """What a decorator gives to a parameter of what it decorates, in each call of it."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    for call in module.calls.get(parameters_of(wraps)[0], ()) if parameters_of(wraps) else ():
        if wraps not in module.around(call):
            continue
        for parameter, value in zip(parameters, call.args, strict=False):
            if isinstance(value, ast.Starred):
                break
            if parameter.arg == name:
                yield value
        yield from (it.value for it in call.keywords if it.arg == name)


def fixtures_for(
    function: Function, name: str, at: At, code: Definers
) -> Iterator[tuple[Function, At]]:
    """The fixture that a parameter gets: the module's own, or that of the nearest conftest.py."""
    own = [
        (it, where)
        for it, where in code.definitions(ast.Name(name), at)
        if isinstance(it, FUNCTIONS) and it is not function and fixture_name(it)
    ]
    yield from own
    if own or not takes_fixtures(function):
        return
    path = at.module.path
    for each in dict.fromkeys((path, *fixture_files(path))):
        module = code.module(each)
        every = (it for group in module.definitions.values() for it in group) if module else ()
        for it in every:
            if not isinstance(it, FUNCTIONS) or it is function:
                continue
            if module and fixture_name(it) == name:
                yield it, At(module, module.around(it), {}, at.depth + 1, at.level)
                return


def fixture_files(path: PurePosixPath) -> Iterator[PurePosixPath]:
    """Where pytest looks for the fixtures of a file's tests beside that file, the nearest first."""
    return (folder / FIXTURES for folder in path.parents)


def takes_kept(function: Function, name: str) -> bool:
    """Whether a parameter is the first of a command of click that is given what `ctx.obj` is."""
    decorators = map(dotted, function.decorator_list)
    return parameters_of(function)[0] == name and any(
        last_part(it) == "pass_obj" for it in decorators
    )


def takes_fixtures(function: Function) -> bool:
    """Whether pytest calls a function, whoever calls another of its name."""
    return function.name.startswith("test") or bool(fixture_name(function))


def fixture_name(function: Function) -> str:
    """By what name tests get what a function gives; empty where it is no fixture."""
    for decorator in function.decorator_list:
        func = decorator.func if isinstance(decorator, ast.Call) else decorator
        if last_part(dotted(func)).endswith("fixture"):
            named = decorator.keywords if isinstance(decorator, ast.Call) else ()
            says = (it.value for it in named if it.arg == "name")
            return next(
                (str(it.value) for it in says if isinstance(it, ast.Constant)), function.name
            )
    return ""


def beside(
    function: Function | ast.Lambda, at: At, code: Definers
) -> Iterator[tuple[ast.expr, At]]:
    """What stands beside a function, or its class, where it is registered for somebody to call it.

    That are the arguments of its decorators, and `"shop.db"` in `("shop.db", sync)`,
    `{"shop.db": sync}` or `register("shop.db")(sync)`.

    Args:
        function: it is called by nobody in sight.
        at: what is around it.
        code: who knows what names mean.
    """
    if isinstance(function, ast.Lambda):
        yield from ((it, at) for it in _neighbours(at.module, function))
        return
    classes = [it for it in at.around[:1] if isinstance(it, ast.ClassDef)]
    for subject in (function, *classes):
        for decorator in subject.decorator_list:
            if isinstance(decorator, ast.Call):
                yield from ((it, at) for it in given_in(decorator))
        # Nobody registers a constructor by its name.
        taking = () if subject.name == "__init__" else code.taking(subject.name, at.module.path)
        for path in taking[:MOST_FILES]:
            module = code.module(path)
            for node in module.named.get(subject.name, ()) if module else ():
                if module and not _is_called(module, node):
                    where = At(module, module.around(node), {}, at.depth + 1, at.level)
                    if any(it is subject for it, _ in code.definitions(node, where)):
                        yield from ((it, where) for it in _neighbours(module, node))


def _is_called(module: Module, node: ast.expr) -> bool:
    above = next(module.above(node), None)
    return isinstance(above, ast.Call) and above.func is node


def _neighbours(module: Module, node: ast.expr) -> Iterator[ast.expr]:
    """What stands beside an expression in a display or in a call."""
    above = next(module.above(node), None)
    if isinstance(above, ast.keyword):
        above = next(module.above(above), None)
    match above:
        case ast.Tuple(elts=values) | ast.List(elts=values):
            yield from (it for it in values if it is not node)
        case ast.Dict(keys=keys, values=values):
            key = next((k for k, it in zip(keys, values, strict=True) if it is node), None)
            if key:
                # A key that says what its value is says it of all of them.
                named = isinstance(key, ast.Constant) and str(key.value).isidentifier()
                yield from (it for it in values if it is not node) if named else (key,)
        case ast.Call(func=func):
            yield from (it for it in given_in(above) if it is not node)
            if isinstance(func, ast.Call):
                yield from given_in(func)


def given_by_annotation(
    function: Function, name: str, at: At, code: Definers
) -> Iterator[tuple[ast.expr, At]]:
    """What `Annotated[Connection, Depends(connect)]` says of a parameter, or a name for that."""
    for parameter in parameters_named(function, name):
        said = parameter.annotation
        known = [*code.given_as(said, at)] if isinstance(said, ast.Name | ast.Attribute) else []
        for annotation, where in [(said, at), *known]:
            match annotation:
                case ast.Subscript(value=kind, slice=ast.Tuple(elts=[_, *more])) if (
                    last_part(dotted(kind)) == "Annotated"
                ):
                    yield from ((it, where) for it in more if isinstance(it, ast.Call))
