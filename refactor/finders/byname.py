"""Where SQL gets a table by a name under which a literal is kept: `{model.source}`.

What object that is, nobody can say without running the code; but the names agree.
"""

from collections.abc import Callable, Collection, Mapping
from pathlib import PurePosixPath

from refactor.finders.finder import Surroundings
from refactor.flow.wanted import Wanted
from refactor.python.outline import last_part
from refactor.python.strings import Text

EVERYDAY_NAMES = frozenset(
    {"id", "item", "key", "kind", "label", "name", "t", "type", "value", "x"}
)
"""Names of attributes and arguments that say nothing of what they hold."""


def is_distinctive(name: str) -> bool:
    """Whether a name is of several words, which seldom stand together for anything else."""
    return "_" in name.strip("_")


def put_into_sql(
    kept: Mapping[str, bool],
    around: Surroundings,
    enumerations: Collection[str] = (),
    *,
    apart: Callable[[PurePosixPath], bool] = lambda _module: False,
) -> str | None:
    """What puts something into SQL by one of these names, in words; None if nothing does.

    Args:
        kept: the names, and for each whether it is an object that has something by that name.
        around: the file that something stands in.
        enumerations: those whose member it is, if it is nothing else.
        apart: whether a module that puts something into SQL gets it from somewhere else for sure.
    """
    path, takers = around.source.path, around.takers
    for name, by_object in kept.items():
        everyday = name in EVERYDAY_NAMES
        for at in around.abroad.few_naming(name):
            builds = takers.builds(at)
            for wanted in around.abroad.wanted(at, takers.taken(at), builds=builds):
                if wanted.name != name or (at == path and not wanted.is_attribute):
                    continue
                if enumerations and _is_anothers(wanted, enumerations, around):
                    continue
                if apart(at):
                    break
                by_objects = wanted.is_attribute and by_object
                if not everyday or (by_objects and takers.is_near(path, at)):
                    code = f"{{{wanted.code}}}"
                    return f"what line {wanted.line} of {at} puts into SQL as {code}"
    return None


def enumerations_of(text: Text, around: Surroundings) -> frozenset[str]:
    """The enumerations that a literal is a member of; none if anything else holds it as well."""
    members = around.flow.reader.functions.members
    if not members:
        return frozenset()
    holders = around.flow.holders(text)
    owners = {it.scope.owner for it in holders if it.kind == "attribute"}
    # The name of an enumeration holds all of its members.
    sure = all(it.scope.owner in owners or it.name in owners for it in holders)
    return frozenset(map(last_part, owners)) if sure and owners <= members.keys() else frozenset()


def _is_anothers(wanted: Wanted, mine: Collection[str], around: Surroundings) -> bool:
    """Whether a member is that of another class than these, which no class inherits from."""
    owner = wanted.owner
    return bool(owner) and owner not in mine and bool(around.abroad.few_naming(f"class {owner}"))


def may_be_put(name: str, around: Surroundings) -> bool:
    """Whether a module that puts names into SQL, or has to do with one, speaks of a name."""
    return any(
        around.takers.builds(at) or around.takers.meets_builder(at)
        for at in around.abroad.few_naming(name)
    )
