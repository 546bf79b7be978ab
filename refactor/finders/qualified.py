"""A table's name in a literal of its own, with its schema, quotes, an alias, or other names.

As `"main.old"`, `'"old"'`, `"old o"`, `"old, other"`.
"""

import re
from collections.abc import Iterator

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.flow.namesapart import REFERENCES
from refactor.legacy import Legacy
from refactor.python.outline import Usage
from refactor.python.strings import Text

_QUALIFIED = re.compile(r"(\w+)\.(\w+)")
_EACH = re.compile(r"(?:^|,)\s*[\"\[`]?(\w+)")


def unqualified(text: Text, around: Surroundings) -> Text | None:
    """The old name in a literal that says the schema too; None if it is none."""
    match = _QUALIFIED.fullmatch(text.text)
    if match is None or folded(match[2]) not in around.legacy.meanings:
        return None
    schema = folded(match[1])
    # What is known at run time only may be any name.
    known = schema == "main" or not around.attachments.names.isdisjoint({schema, ""})
    return text.part(*match.span(2)) if known else None


def names_in_reference(text: Text, around: Surroundings) -> Iterator[Text]:
    """The old names in a literal that may stand behind FROM as it is, if all in it are such."""
    if text.text.isidentifier() or text.context.usage is Usage.COMPARED:
        return
    yield from (text.part(*it) for it in places_in_reference(text.text, around.legacy))


def places_in_reference(text: str, legacy: Legacy) -> list[tuple[int, int]]:
    """Where the names stand in such a text; nothing if there is anything else in it."""
    plain = "." not in text and REFERENCES.fullmatch(text)  # with a schema: see `unqualified`
    found = [*_EACH.finditer(text)] if plain else []
    old = all(folded(it[1]) in legacy.meanings for it in found)
    return [it.span(1) for it in found] if old else []
