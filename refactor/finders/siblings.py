"""What a literal is listed with: `("bugs", "old")`, which are names of one database's tables."""

import ast

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.strings import Text
from refactor.python.syntax import walked

_LISTS = (ast.List, ast.Tuple, ast.Set)


def listed_with(text: Text, around: Surroundings) -> frozenset[str]:
    """The names in the list of a literal; nothing if some of it is no table of the plan's."""
    sites = around.outline.sites if around.outline else ()
    mine = next((it.node for it in sites if it.start == text.start and it.end == text.end), None)
    if around.outline is None or mine is None:
        return frozenset()
    for node in walked(around.outline.tree):
        if isinstance(node, _LISTS) and any(it is mine for it in node.elts):
            said = [it.value for it in node.elts if isinstance(it, ast.Constant)]
            names = [it for it in said if isinstance(it, str)]
            known = all(folded(it) in around.legacy.meanings for it in names)
            return frozenset(names) if known and len(names) == len(node.elts) else frozenset()
    return frozenset()
