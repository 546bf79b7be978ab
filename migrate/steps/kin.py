"""Which objects of a schema may speak of each other: a rename among some leaves others alone.

SQLite reads every definition there is for each rename. In a file of thousands of tables that takes
hours; among the few objects that can have to do with each other it takes no time.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from plan.model import folded
from plan.schema import DatabaseSchema, SchemaObject
from plan.virtual import shadow_names

_AT_LEAST = 40
"""Objects in a bundle: fewer, and to make so many databases costs more than the renames."""
_WORD = re.compile(r"[\w$]+")


def bundles(schema: DatabaseSchema) -> Iterator[DatabaseSchema]:
    """The objects of a schema in parts of which none says a name of another's table or view.

    What only looks like a name counts as one: it makes a part larger and nothing else.
    """
    bundle: list[SchemaObject] = []
    for group in _groups(schema):
        bundle += group
        if len(bundle) >= _AT_LEAST:
            yield DatabaseSchema(schema.path, tuple(bundle))
            bundle = []
    if bundle:
        yield DatabaseSchema(schema.path, tuple(bundle))


def _groups(schema: DatabaseSchema) -> Iterable[Sequence[SchemaObject]]:
    names = {folded(item.name) for item in schema.objects if item.kind in ("table", "view")}
    kin = _Kin(names)
    by_word: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for name in names:
        words = _words(name)
        by_word[min(words, default="")].append((name, words))
    for item in schema.objects:
        table, said = folded(item.table), _words(folded(item.sql or ""))
        for word in (*said, ""):
            for name, words in by_word.get(word, ()):
                if words <= said:
                    kin.join(table, name)
    for shadow in shadow_names(schema) & names:
        for start in (shadow[:end] for end, letter in enumerate(shadow) if letter == "_"):
            if start in names:
                kin.join(start, shadow)
    groups: dict[str, list[SchemaObject]] = defaultdict(list)
    for item in schema.objects:
        groups[kin.first(folded(item.table))].append(item)
    return groups.values()


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


class _Kin:
    """Names that belong together, directly or through others (a disjoint-set forest)."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parents = {name: name for name in names}

    def first(self, name: str) -> str:
        """The one that stands for all that belong together with this one."""
        above = self._parents.setdefault(name, name)
        while above != self._parents[above]:
            self._parents[name] = self._parents[above]
            name, above = above, self._parents[above]
        return above

    def join(self, one: str, other: str) -> None:
        """These two belong together."""
        self._parents[self.first(other)] = self.first(one)
