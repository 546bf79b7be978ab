"""A table's name with its schema's before it, in a literal of its own: `"main.old"`."""

import re

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.strings import Text

_QUALIFIED = re.compile(r"(\w+)\.(\w+)")


def unqualified(text: Text, around: Surroundings) -> Text | None:
    """The old name in a literal that says the schema too; None if it is none."""
    match = _QUALIFIED.fullmatch(text.text)
    if match is None or folded(match[2]) not in around.legacy.meanings:
        return None
    schema = folded(match[1])
    # What is known at run time only may be any name.
    known = schema == "main" or not around.attachments.names.isdisjoint({schema, ""})
    return text.part(*match.span(2)) if known else None
