"""Which answer a question gets where the plan's word would speak for another table as well.

A `[[code.binding]]` speaks for a file, or for a function of it. Where a file is seen to talk to
both databases, the plan can only speak for the very function; and where that one does, only a hand
at the place itself answers.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.databases.weighing import BY_HAND, ON_EACH, is_for_file, only_within
from refactor.finders import Surroundings
from refactor.found import Told
from refactor.python.outline import Site, last_part
from refactor.python.syntax import dotted, walked
from refactor.references import Kind, Reference
from refactor.sql.names import HOLE, table_names


class _Named(Struct, frozen=True):
    """A reference of a module, and the string that it stands in."""

    reference: Reference
    site: Site


def answered(told: Told, around: Surroundings) -> Iterator[Reference]:
    """The questions of a module whose answer would not be true of all that it speaks for."""
    outline, path = around.outline, around.source.path
    asked = [it for it in told.references.values() if it.question and is_for_file(it.mend, path)]
    if outline is None or not asked:
        return
    sites = outline.sites
    named = [
        _Named(it, site)
        for it in told.references.values()
        if (site := next((each for each in sites if each.start <= it.start < each.end), None))
    ]
    for it in (each for each in named if each.reference in asked):
        reference, scope = it.reference, it.site.context.scope
        here = [each for each in named if each.site.context.scope == scope]
        by_default = (scope, it.site.context.target) in outline.parameters
        if _is_given_apart(it.site, outline.tree) or (
            by_default and _are_of_several(named, reference)
        ):
            yield replace(reference, mend=ON_EACH)
        elif _are_of_several(here, reference) or _is_named_besides(here, it, sites):
            yield replace(reference, mend=BY_HAND)
        elif _are_of_several(named, reference):
            mend = only_within(reference.mend, scope) if scope.dotted else BY_HAND
            yield replace(reference, mend=mend)


def _are_of_several(named: Sequence[_Named], asked: Reference) -> bool:
    """Whether it is seen that several of the databases are talked to that may be meant."""
    told = (it.reference for it in named)
    seen = {
        it.database
        for it in told
        if it.kind is Kind.PATH or (it.certain and folded(it.group) == folded(asked.group))
    }
    return len(seen.intersection(asked.databases)) > 1


def _is_named_besides(here: Sequence[_Named], asked: _Named, sites: Sequence[Site]) -> bool:
    """Whether other SQL of a function names the table, which nobody is asked about.

    What keeps its name is no reference.
    """
    scope, name = asked.site.context.scope, folded(asked.reference.group)
    open_ = {it.site.start for it in here if it.reference.question}
    return bool(scope.dotted) and any(
        it.context.scope == scope
        and it.start not in open_
        and name in {folded(each.name) for each in table_names(HOLE.join(it.literals))}
        for it in sites
    )


def _is_given_apart(site: Site, module: ast.Module) -> bool:
    """Whether a name that is given to a variable goes to a function with other things each time.

    Those may say which database it is.
    """
    context = site.context
    if not context.target or context.inside is not None or context.key:
        return False
    given = defaultdict[str, set[str]](set)
    for call in walked(module):
        if isinstance(call, ast.Call):
            values = [*call.args, *(it.value for it in call.keywords)]
            if any(last_part(dotted(it)) == context.target for it in values):
                given[last_part(dotted(call.func))].add(ast.unparse(call))
    return any(len(calls) > 1 for calls in given.values())
