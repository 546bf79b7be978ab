"""Which database a name's own entry says: `{"db": "data/shop.db", "table": "orders"}`.

Where what runs the statements with the name is opened on one of several, the entry says on which.
"""

import ast
import re
from collections.abc import Iterator

from refactor.databases.databasepaths import SAYS_DATABASE
from refactor.databases.drivers import MAY_OPEN
from refactor.databases.filepaths import FilePaths
from refactor.databases.openings import Opened
from refactor.python.assignments import Module
from refactor.python.outline import Context, last_part
from refactor.python.outlining import displays
from refactor.python.syntax import dotted, given_in, name_of, span_of, walked


def said_beside(
    context: Context, module: Module, paths: FilePaths, running: Module
) -> Opened | None:
    """What the dictionary that has a name says by a key that is called so.

    None where it says none, or names another file as well, or where the module that runs the
    statements opens nothing by that key: it may be what else is done with them.
    """
    entry = display_of(context, module)
    if isinstance(entry, ast.Tuple):
        return _said_along(entry, context, module, paths)
    if entry is None or not context.key:
        return None
    pairs = [(_text(key), value) for key, value in zip(entry.keys, entry.values, strict=True)]
    named = [(key, paths.of(module.path, context.scope, value)) for key, value in pairs]
    files = frozenset[str]().union(*(it.databases | it.others for _, it in named))
    for key, it in named:
        says = it.databases and it.databases == files and re.fullmatch(SAYS_DATABASE, key)
        if says and _opens_by(key, running):
            return Opened(it.databases, whole=True)
    return None


def _said_along(
    entry: ast.Tuple, context: Context, module: Module, paths: FilePaths
) -> Opened | None:
    """The one file in a tuple that loops hand on, or open, together with the name in it."""
    place, size = context.within[-1] if context.within else (0, 0)
    if len(entry.elts) != size or not isinstance(entry.elts[place], ast.Constant):
        return None  # it stands in a list within the tuple
    beside = [entry.elts[it] for it in sorted(_handed_along(context, module, place, size))]
    named = [paths.of(module.path, context.scope, it) for it in beside]
    told = [it for it in named if it.databases or it.others]
    return Opened(told[0].databases, told[0].others, whole=True) if len(told) == 1 else None


def _handed_along(context: Context, module: Module, place: int, size: int) -> frozenset[int]:
    """The places in its tuple that each loop over such hands on along with a name, or opens."""
    found: list[frozenset[int]] = []
    for loop, target, over in _loops(module):
        match target:
            case ast.Tuple(elts=elements) if len(elements) == size:
                found += _places_given([*map(name_of, elements)], place, loop)
            case ast.Name(id=row) if isinstance(over, ast.Name) and over.id == context.target:
                spread = (isinstance(it, ast.Starred) and name_of(it.value) for it in walked(loop))
                found += [frozenset(range(size))] if row in spread else []
    return frozenset.intersection(*found) - {place} if found else frozenset()


def _places_given(names: list[str], place: int, loop: ast.AST) -> Iterator[frozenset[int]]:
    """The places that a loop opens, or else those that each call gets along with a name."""
    opened, along = [], []
    for call in (it for it in walked(loop) if isinstance(it, ast.Call)):
        function = last_part(dotted(call.func))
        given = {it.id for it in given_in(call) if isinstance(it, ast.Name)}
        places = frozenset(n for n, name in enumerate(names) if name in given)
        if places and MAY_OPEN.match(function):
            opened.append(places)
        elif place in places and not displays(function):
            along.append(places)
    yield from opened or along


def _loops(module: Module) -> Iterator[tuple[ast.AST, ast.expr, ast.expr]]:
    """All loops of a module, each with what it gives to its names, and what it goes over."""
    for it in module.nodes:
        match it:
            case ast.For(target=target, iter=over):
                yield it, target, over
            case (
                ast.ListComp(generators=[each])
                | ast.SetComp(generators=[each])
                | ast.DictComp(generators=[each])
                | ast.GeneratorExp(generators=[each])
            ):
                yield it, each.target, each.iter


def display_of(context: Context, module: Module) -> ast.Dict | ast.Tuple | None:
    """The dictionary or the tuple that has a text as a value."""
    displays = (it for it in module.nodes if isinstance(it, ast.Dict | ast.Tuple))
    return next((it for it in displays if span_of(it) == context.display), None)


def _text(node: ast.expr | None) -> str:
    says = node.value if isinstance(node, ast.Constant) else None
    return says if isinstance(says, str) else ""


def _opens_by(key: str, module: Module) -> bool:
    """Whether a module opens what an entry has under a key, as `connect(entry["db"])` does."""
    calls = (it for name, each in module.calls.items() if MAY_OPEN.match(name) for it in each)
    given = (node for call in calls for argument in given_in(call) for node in walked(argument))
    return any(_text(_key_asked(it)) == key for it in given)


def _key_asked(node: ast.AST) -> ast.expr | None:
    """The key by which an expression takes an entry."""
    match node:
        case ast.Subscript(slice=key) | ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]):
            return key
    return None
