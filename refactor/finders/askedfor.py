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
    if around.abroad.guards.is_spelled(where, use) or _is_put_into_sql(where, use, around):
        return True
    match use.node:
        case ast.Subscript(slice=key) | ast.Call(args=[key, *_]):
            one = ast.Compare(key, [ast.Eq()], [ast.Constant("")])
            met = around.arguments.slot_at(where, use.scope, ast.copy_location(one, key))
            return met is not None and met.question is None
    return False


def _is_put_into_sql(where: PurePosixPath, use: Use, around: Surroundings) -> bool:
    """Whether the function that asks puts the same into SQL as a table's name."""
    takers = around.takers
    wanted = around.abroad.wanted(where, takers.taken(where), builds=takers.builds(where))
    function = last_part(use.scope.function)
    named = {it.code for it in wanted if it.function == function}
    return named.issuperset(use.statement)
