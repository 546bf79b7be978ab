"""Names that are given to a WITH: they are called like a table, and are none."""

import re
from collections.abc import Collection

from plan.model import folded
from refactor.finders.finder import Surroundings

_WITH = re.compile(r"\bWITH$|\.with_$")


def may_be_cte(names: Collection[str], around: Surroundings) -> bool:
    """Whether a call that makes a WITH says one of some folded names in the module."""
    sites = around.outline.sites if around.outline else ()
    said = [folded(" ".join(it.literals)) for it in sites if _WITH.search(it.context.callee)]
    return any(_calls(name).search(text) for name in names for text in said)


def _calls(name: str) -> re.Pattern[str]:
    """What a text says that gives a name: it stands first, or before AS."""
    columns = r"(?:\s*\([^()]*\))?"
    return re.compile(rf"\A\W*{re.escape(name)}\b|\b{re.escape(name)}\W?{columns}\s*\bas\b")
