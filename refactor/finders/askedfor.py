"""Names that are looked for by what is only known at run time: `COLUMNS[request["kind"]]`.

What asks may go on saying the old name: a URL, a message, a file. What names tables by itself says
the new one.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from refactor.finders.finder import Surroundings
from refactor.flow.reach import Use
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, walked


def asked_at_run_time(
    asked: Iterable[tuple[PurePosixPath, Use]], around: Surroundings
) -> Iterator[str]:
    """Where a name is looked for by what may be no table's name, in words."""
    for where, use in asked:
        if not _asks_for_tables(where, use, around):
            at = f"on line {use.line}" + (f" of {where}" if where != around.source.path else "")
            yield f"{use.what} {at}"


def _asks_for_tables(where: PurePosixPath, use: Use, around: Surroundings) -> bool:
    """Whether what asks for a name is spelled by all who call, goes into SQL, or comes from it."""
    if _is_put_into_sql(where, use, around):
        return True
    if around.abroad.guards.asks_what_goes_into_sql(where, use):
        return True
    key = _key(use.node)
    if key is None:
        return False
    one = ast.Compare(key, [ast.Eq()], [ast.Constant("")])
    met = around.arguments.slot_at(where, use.scope, ast.copy_location(one, key))
    return met is not None and met.question is None


def _is_put_into_sql(where: PurePosixPath, use: Use, around: Surroundings) -> bool:
    """Whether the same is put into SQL as a table's name.

    By the function that asks, by what it calls, or by what calls it; an attribute by any.
    """
    takers = around.takers
    wanted = around.abroad.wanted(where, takers.taken(where), builds=takers.builds(where))
    same = [it for it in wanted if it.code in use.statement] if use.statement else []
    if not same:
        return False
    if not isinstance(_key(use.node), ast.Attribute):
        near = _near(last_part(use.scope.function), around.abroad.tree(where))
        same = [it for it in same if it.function in near]
    return {it.code for it in same}.issuperset(use.statement)


def _near(function: str, tree: ast.Module | None) -> frozenset[str]:
    """A function, and those of its module that it calls or that call it."""
    found = {function}
    for node in walked(tree) if tree and function else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            calls = (last_part(dotted(it.func)) for it in walked(node) if isinstance(it, ast.Call))
            called = frozenset(calls)
            if node.name == function:
                found |= called
            elif function in called:
                found.add(node.name)
    return frozenset(found)


def _key(node: ast.AST) -> ast.expr | None:
    """What a collection is asked for there."""
    match node:
        case ast.Subscript(slice=key) | ast.Call(args=[key, *_]):
            return key
    return None
