"""Keys of a dictionary that is looked up by the names of tables: `TITLES[table.name]`."""

import ast
import re
from collections.abc import Iterator

from refactor.apis.callers import scoped
from refactor.finders.finder import Surroundings
from refactor.python.outline import Scope, Usage
from refactor.python.strings import Text
from refactor.python.syntax import name_of

_LOOKS_UP = r"\b{name}(?:\[|\.(?:get|pop)\()\s*[A-Za-z_]"


def is_looked_up(text: Text, around: Surroundings) -> bool:
    """Whether a text is a key of what its module looks up by the name of a table."""
    context, outline = text.context, around.outline
    if context.usage is not Usage.KEY or isinstance(context.inside, ast.Subscript) or not outline:
        return False
    name = context.target
    if not name or not re.search(_LOOKS_UP.format(name=re.escape(name)), around.source.text):
        return False  # as in far the most
    path = around.source.path
    return any(
        around.arguments.slot_at(path, scope, _compared(key)) is not None
        for scope, key in _keys_of(name, outline.tree)
    )


def _compared(key: ast.expr) -> ast.Compare:
    """A comparison with a text, in the place of what something is looked up by."""
    return ast.copy_location(ast.Compare(key, [ast.Eq()], [ast.Constant("")]), key)


def _keys_of(name: str, tree: ast.Module) -> Iterator[tuple[Scope, ast.expr]]:
    """What something of a name is looked up by, with the scope of each."""
    for scope, node in scoped(tree):
        match node:
            case (
                ast.Subscript(value=held, slice=key)
                | ast.Call(func=ast.Attribute(value=held, attr="get" | "pop"), args=[key, *_])
            ) if name_of(held) == name:
                yield scope, key
