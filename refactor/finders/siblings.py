"""What a literal is listed with: `("bugs", "old")`, which are names of one database's tables."""

import ast

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.strings import Text
from refactor.python.syntax import walked

_NEAR = 80
_BEFORE, _BEHIND = ("[", "(", "{", ","), (",", "]", ")", "}")
_LISTS = (ast.List, ast.Tuple, ast.Set)


def listed_with(text: Text, around: Surroundings) -> frozenset[str]:
    """The names in the list of a literal; nothing if some of it is no table of the plan's."""
    if around.outline is None or not _may_be_listed(text, around.source.text):
        return frozenset()
    sites = around.outline.sites
    mine = next((it.node for it in sites if it.start == text.start and it.end == text.end), None)
    for node in walked(around.outline.tree) if mine else ():
        if isinstance(node, _LISTS) and any(it is mine for it in node.elts):
            said = [it.value for it in node.elts if isinstance(it, ast.Constant)]
            names = [it for it in said if isinstance(it, str)]
            known = all(folded(it) in around.legacy.meanings for it in names)
            return frozenset(names) if known and len(names) == len(node.elts) else frozenset()
    return frozenset()


def _may_be_listed(text: Text, source: str) -> bool:
    """Whether a literal stands between commas or brackets, and is no argument by itself."""
    before = source[max(0, text.start - _NEAR) : text.start].rstrip()
    after = source[text.end : text.end + _NEAR].lstrip()
    is_argument = isinstance(text.context.inside, ast.Call) and text.context.within == ()
    return not is_argument and before.endswith(_BEFORE) and after.startswith(_BEHIND)
