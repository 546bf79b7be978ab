"""Tables that a chain of calls names: `Query("old").join("items", "items.id = old.id").where(…)`.

What such a chain puts together is one statement, so that a piece in it speaks of its own tables.
"""

import ast
from collections.abc import Collection, Iterator, Mapping

from plan.model import folded
from refactor.finders.alone import followed
from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.flow.reach import Use
from refactor.python.strings import Text, UnfaithfulError, texts_of
from refactor.references import Reference


def named_in_chain(
    text: Text, tables: Collection[str], uses: Collection[Use], around: Surroundings
) -> Mapping[str, Reference] | None:
    """The references that say what each of some tables is that a piece in a chain speaks of.

    Args:
        text: the piece.
        tables: their names, folded.
        uses: what is done with it besides.
        around: the file.

    Returns:
        For each of them a certain one. None if a table is not named in the chain, by itself and for
        certain, or if the piece goes elsewhere as well.
    """
    call = text.context.inside
    if not isinstance(call, ast.Call) or any(
        it.node is not call or it.what is not What.HANDED for it in uses
    ):
        return None
    calls = [*_chained(call)]
    given = {id(it): it for each in calls for it in each.args}
    known: dict[str, Reference] = {}
    for site in around.outline.sites if len(calls) > 1 and around.outline else ():
        name = folded(site.literals[0]) if len(site.literals) == 1 else ""
        if name not in tables or id(site.node) not in given:
            continue
        try:
            spelled = texts_of(around.source, site)[0]
        except UnfaithfulError:
            return None
        found = followed(spelled, around.legacy.meanings[name], around)
        # What SQLite wants quoted may have to be quoted otherwise in the piece.
        if not found or not all(it.certain and str(it.new).isidentifier() for it in found):
            return None
        known[name] = found[0]
    return known if known.keys() == set(tables) else None


def _chained(call: ast.Call) -> Iterator[ast.Call]:
    """A call, and those on whose results it is made."""
    node: ast.expr = call
    while isinstance(node, ast.Call):
        yield node
        if not isinstance(node.func, ast.Attribute):
            return
        node = node.func.value
