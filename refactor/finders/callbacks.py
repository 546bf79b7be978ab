"""Functions that are told of tables: SQLite's authorizer and hooks, Alembic's, SQLAlchemy's events.

`def on_update(kind, database, name, row)` with `if name == "old"` never fires for the new name.
"""

import ast
from collections.abc import Iterator

from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.python.outline import Scope, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, given_in, name_of, walked

_SETTERS = frozenset(
    {
        *("set_authorizer", "setauthorizer", "set_update_hook", "setupdatehook"),
        *("set_preupdate_hook", "preupdate_hook", "add_update_hook"),
    }
)
"""What gets a function that SQLite calls."""
_FILTERS = frozenset({"include_object", "include_name"})
"""What Alembic asks whether something belongs to the schema."""
_LISTENS = frozenset({"listens_for", "listen"})
_SIGNS = ("authorizer", "update_hook", "updatehook", *_FILTERS, "listens_for(", "event.listen(")
_NAMES = frozenset({"name", "fullname"})


def is_told_of_tables(text: Text, around: Surroundings) -> bool:
    """Whether a literal meets what a function is told of, of which tables' names are a part."""
    outline = around.outline
    if outline is None or not any(it in around.source.text for it in _SIGNS):
        return False  # as in far the most
    told, hears = set[str](), set[str]()
    inline = set[int]()
    for node in walked(outline.tree):
        told.update(filter(None, _told_by(node, inline)))
        hears.update(filter(None, _listening(node)))
    return any(
        id(node) in inline
        or last_part(scope.function) in told
        or (last_part(scope.function) in hears and _asks_name(node))
        for scope, node in _meetings(text, around)
    )


def _meetings(text: Text, around: Surroundings) -> Iterator[tuple[Scope, ast.AST]]:
    """The comparisons that a literal is a part of, by itself or in a list that is kept."""
    if isinstance(text.context.inside, ast.Compare):
        yield text.context.scope, text.context.inside
    yield from ((it.scope, it.node) for it in around.flow.uses(text) if it.what is What.COMPARED)


def _told_by(node: ast.AST, inline: set[int]) -> Iterator[str]:
    """The functions that a call hands to who tells them of tables; what is in a lambda is kept."""
    match node:
        case ast.FunctionDef(name=name) if name in _FILTERS:
            yield name
        case ast.Call(func=func, keywords=keywords):
            given = [it.value for it in keywords if it.arg in _FILTERS]
            for it in given_in(node) if last_part(dotted(func)) in _SETTERS else given:
                if isinstance(it, ast.Lambda):
                    inline.update(map(id, walked(it.body)))
                yield name_of(it)


def _listening(node: ast.AST) -> Iterator[str]:
    """The functions that listen to events of SQLAlchemy."""
    match node:
        case ast.FunctionDef(name=name, decorator_list=decorators):
            calls = (it.func for it in decorators if isinstance(it, ast.Call))
            if any(last_part(dotted(it)) in _LISTENS for it in calls):
                yield name
        case ast.Call(func=func) if last_part(dotted(func)) in _LISTENS:
            yield from map(name_of, given_in(node))


def _asks_name(node: ast.AST) -> bool:
    """Whether a comparison is of something's name: rows and models have other words."""
    sides = (node.left, *node.comparators) if isinstance(node, ast.Compare) else ()
    return any(isinstance(it, ast.Attribute) and it.attr in _NAMES for it in sides)
