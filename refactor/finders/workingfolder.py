"""Whether a relative path is opened in another folder than the project's: behind a `chdir`."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.databases.databasepaths import NamedDatabase, is_temporary, is_test
from refactor.finders.finder import Surroundings
from refactor.python.assignments import FUNCTIONS, Function
from refactor.python.outline import Scope, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, walked

_CHANGES = "chdir"
_NOW = "getcwd"


def opened_after_chdir(found: NamedDatabase, text: Text, around: Surroundings) -> str | None:
    """What to ask of a relative path where the code has gone to another folder, or None.

    Tests go where they like: there, the files of the project are laid out anew.
    """
    if f"{_CHANGES}(" not in around.source.text or is_test(str(around.source.path)):
        return None
    if around.outline is None or text.context.joined_to is not None or found.path[:1] in "/~":
        return None
    line, _ = around.lines.place(text.start)
    for call, until, function in _changes(around.outline.tree):
        goes = call.args[0] if call.args else None
        if goes is None or not _is_reached(text, line, call, until, function, around.outline.tree):
            continue
        scope = Scope("", function.name if function else "")
        known = around.folders.known(around.source.path, scope, goes)
        back = isinstance(goes, ast.Name) and goes.id in _names_of_now(around)
        there = known is not None and str(known / found.path) == found.database
        if not (known == PurePosixPath() or there or back or is_temporary(goes)):
            return (
                f"is this {found.database}? The code goes to another folder at line {call.lineno}"
            )
    return None


def _changes(tree: ast.Module) -> Iterator[tuple[ast.Call, int, Function | None]]:
    """The calls that change the folder, the line up to which that holds, and their functions."""
    functions = [it for it in walked(tree) if isinstance(it, FUNCTIONS)]
    owners = {id(it): function for function in functions for it in walked(function)}
    ends = {
        id(it.context_expr): node.end_lineno or 0
        for node in walked(tree)
        if isinstance(node, ast.With)
        for it in node.items
    }
    for node in walked(tree):
        if isinstance(node, ast.Call) and last_part(dotted(node.func)) == _CHANGES:
            function = owners.get(id(node))
            end = function.end_lineno if function else None
            yield node, ends.get(id(node), end or tree.body[-1].end_lineno or 0), function


def _is_reached(
    text: Text, line: int, call: ast.Call, until: int, function: Function | None, tree: ast.Module
) -> bool:
    """Whether what a text names may be opened after a call: there, or in what is called there."""
    if call.lineno < line <= until:
        return True
    mine = last_part(text.context.scope.function)
    if function is None:
        return bool(mine)
    names = {
        last_part(dotted(it))
        for it in walked(function)
        if isinstance(it, ast.Name | ast.Attribute) and call.lineno < it.lineno <= until
    }
    if mine:
        return mine in names
    called = (it for it in walked(tree) if isinstance(it, FUNCTIONS) and it.name in names)
    names |= {it.id for each in called for it in walked(each) if isinstance(it, ast.Name)}
    return text.context.target in names


def _names_of_now(around: Surroundings) -> frozenset[str]:
    """The names of the folder in which the code was before."""
    assigned = around.outline.assigned if around.outline else ()
    return frozenset(name for _, name, value in assigned if _NOW in ast.unparse(value))
