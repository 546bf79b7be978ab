"""Names that count unless another is said: a parameter's default, a field's, a class's attribute.

Who says another database and no other table gets the same name: `count("data/other.db")` where
`count(db="data/app.db", table="events")` is defined, an heir that has a `db` of its own only, or a
test that sets a module's path and leaves its table.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from refactor.databases.weighing import OF_SEVERAL, ON_EACH
from refactor.finders.finder import Surroundings
from refactor.flow.kin import Owner
from refactor.python.outline import Scope
from refactor.python.strings import Text
from refactor.references import Reference


def is_open(reference: Reference) -> bool:
    """Whether it is the table of one of several databases, and nobody knows of which."""
    question = reference.question or ""
    return question.startswith(OF_SEVERAL) and len(reference.databases) > 1


def is_for_several(
    text: Text, where: PurePosixPath, found: Iterable[Reference], around: Surroundings
) -> bool:
    """Whether such a name goes into what is executed on several databases, which others say.

    Args:
        text: the name.
        where: the module that executes the statement.
        found: what the statement says of it.
        around: the name's own module.
    """
    context, outline = text.context, around.outline
    if outline is None or context.inside is not None or context.key:
        return False
    asked = [*filter(is_open, found)]
    scope, name = context.scope, context.target
    seen = any(it.mend == ON_EACH for it in asked)
    if not scope.owner or scope.function:
        own = scope == Scope() and where == around.source.path
        return seen and (own or (scope, name) in outline.parameters)
    fields = around.flow.reader.functions.fields.get(scope.owner, ())
    if seen and name in fields:
        return True
    return bool(asked) and any(map(around.binder.is_said_by, _heirs_without(text, around)))


def _heirs_without(text: Text, around: Surroundings) -> Iterator[Owner]:
    """The heirs of a class that have no attribute of their own of a literal's name."""
    path, owner = around.source.path, text.context.scope.owner
    for heir in around.abroad.kin.all_of(path, owner):
        if (path, owner) in around.abroad.kin.bases(*heir):
            mine = Scope(heir[1]), text.context.target
            if mine not in {(scope, name) for scope, name, _ in around.abroad.assigned(heir[0])}:
                yield heir
