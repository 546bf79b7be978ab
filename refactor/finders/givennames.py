"""Which old names come of one that is put together, if what the code gives is put into it."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.outline import Site
from refactor.python.syntax import walked
from refactor.sql.names import table_names

_PART = ast.Name | ast.Attribute | ast.Subscript


def names_given(
    site: Site, written: str, may_be: Mapping[str, re.Match[str]], around: Surroundings
) -> list[str]:
    """The old names that pieces certainly make: by constants, by values of the module, by calls.

    Args:
        site: the expression that puts a name together.
        written: what it says, with a hole for each part that is no literal.
        may_be: the old names that fit the pieces, each with what would have to stand in the holes.
        around: its module.
    """
    if not may_be:
        return []  # as in far the most
    scope = site.context.scope
    constant = around.arguments.constants.text(around.source.path, scope, site.node)
    mine = _names_in(written)
    texts = {(constant, ()), *around.flow.written(site.node)}
    # One that stands there by itself is another.
    found = {
        it
        for text, literals in texts
        if text != written
        for it, count in _names_in(text, literals).items()
        if count > mine[it]
    }
    if not found & may_be.keys():
        said = set(_parts_said(site, may_be, around))
        found = {it for it, match in may_be.items() if said.issuperset(map(folded, match.groups()))}
    return sorted(found & may_be.keys())


def _names_in(text: str, literals: Sequence[range] = ()) -> Counter[str]:
    """The tables that a text names, or itself: without those that one literal has, as it shows."""
    names = table_names(text)
    if not names:
        return Counter([folded(text)])
    return Counter(
        folded(it.name)
        for it in names
        if not any(literal.start <= it.start < it.end <= literal.stop for literal in literals)
    )


def _parts_said(
    site: Site, may_be: Mapping[str, re.Match[str]], around: Surroundings
) -> Iterator[str]:
    """What other modules say that goes into the holes."""
    missing = {folded(it) for match in may_be.values() for it in match.groups()}
    for part in walked(site.node):
        if not isinstance(part, _PART):
            continue
        for it in around.spelled.texts(around.source.path, site.context.scope, part):
            yield folded(it.text)
        if isinstance(part, ast.Attribute) and missing:
            yield from _set_elsewhere(part.attr, missing, around)


def _set_elsewhere(name: str, wanted: set[str], around: Surroundings) -> Iterator[str]:
    """Of some texts those that near modules give to an attribute, or argument, of a name."""
    given = re.compile(rf"""\b{name}\b[ ]*(?::[^=\n]*)?=[ ]*["'](\w+)["']""")
    for path in around.abroad.few_naming(name):
        near = path == around.source.path or around.takers.is_near(around.source.path, path)
        source = around.abroad.source(path) if near else None
        for it in given.findall(source.text) if source else ():
            if folded(it) in wanted:
                yield folded(it)
