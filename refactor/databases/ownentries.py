"""Which database a name's own entry says: `{"db": "data/shop.db", "table": "orders"}`.

Where what runs the statements with the name is opened on one of several, the entry says on which.
"""

import ast
import re

from refactor.databases.databasepaths import SAYS_DATABASE
from refactor.databases.drivers import MAY_OPEN
from refactor.databases.filepaths import FilePaths
from refactor.databases.openings import Opened
from refactor.python.assignments import Module
from refactor.python.outline import Context
from refactor.python.syntax import given_in, span_of, walked


def said_beside(
    context: Context, module: Module, paths: FilePaths, running: Module
) -> Opened | None:
    """What the dictionary that has a name says by a key that is called so.

    None where it says none, or names another file as well, or where the module that runs the
    statements opens nothing by that key: it may be what else is done with them.
    """
    entry = display_of(context, module) if context.key else None
    if not isinstance(entry, ast.Dict):
        return None
    pairs = [(_text(key), value) for key, value in zip(entry.keys, entry.values, strict=True)]
    named = [(key, paths.of(module.path, context.scope, value)) for key, value in pairs]
    files = frozenset[str]().union(*(it.databases | it.others for _, it in named))
    for key, it in named:
        says = it.databases and it.databases == files and re.fullmatch(SAYS_DATABASE, key)
        if says and _opens_by(key, running):
            return Opened(it.databases, whole=True)
    return None


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
