"""What other modules use an attribute for, besides SQL, of an object that nobody can follow.

`cache.get(model.table)` may get the attribute of any class: of one that has it, the name would
change in the cache as well.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.finders.byname import EVERYDAY_NAMES
from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.flow.functions import CALLED_DATABASE
from refactor.flow.reach import Use
from refactor.python.outline import last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted

_GIVEN = frozenset({What.HANDED, What.KEY})
_BY_KEY = frozenset(
    ("add", "delete", "discard", "get", "has_key", "hget", "hset", "incr", "index", "invalidate",
     "pop", "remove", "set", "setdefault")
)  # fmt: skip
"""Methods of what keeps something by a key."""
_IS_KEY = r"(?:\[|\b(?:{verbs})\()\s*[\w.]+\.{name}\b|\.{name}\s*[!=]=|[!=]=\s*[\w.]+\.{name}\b"


def keys_elsewhere(text: Text, around: Surroundings) -> Iterator[str]:
    """Where another module uses what may be this literal's attribute as a key, in words."""
    holders = {
        it.name: it.scope.owner for it in around.flow.holders(text) if it.kind == "attribute"
    }
    for name, owner in holders.items():
        may_be = re.compile(_IS_KEY.format(verbs="|".join(sorted(_BY_KEY)), name=re.escape(name)))
        for path in around.abroad.few_naming(name):
            source = around.abroad.source(path) if path != around.source.path else None
            if source is None or not may_be.search(source.text):
                continue
            if name in EVERYDAY_NAMES and not _is_spoken_of(owner, path, source.text, around):
                continue
            for use in around.abroad.unknown(path, name):
                if _is_key(use, text.text):
                    yield f"perhaps {use.what} on line {use.line} of {path}"
                    break


def _is_spoken_of(owner: str, path: PurePosixPath, source: str, around: Surroundings) -> bool:
    """Whether a module has to do with a class: many others have an attribute of that name."""
    said = re.search(rf"\b{re.escape(last_part(owner))}\b", source)
    return said is not None and around.takers.is_near(around.source.path, path)


def _is_key(use: Use, name: str) -> bool:
    """Whether the very text matters there: as a key, or where it is compared with this name."""
    match use.node:
        case ast.Call(func=ast.Attribute(value=holder, attr=method)):
            is_database = CALLED_DATABASE.search(dotted(holder).lower())
            return use.what in _GIVEN and method in _BY_KEY and not is_database
        case ast.Compare(left=left, comparators=others):
            return any(isinstance(it, ast.Constant) and it.value == name for it in (left, *others))
    return use.what is What.KEY
