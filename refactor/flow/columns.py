"""The columns that a call names: `add("old", {"x": 1})`, or `add("old", x=1)`."""

import re

from msgspec.structs import replace

from refactor.python.strings import NOWHERE, Text
from refactor.sql.names import HOLE

_ONE_VALUE = r"(?i)\([^(),]+,[^()]+\)\s*VALUES\s*\((?P<value>[^(),]+)\)"
"""A row of several columns, and of their values one: what a comprehension gives for each."""


def with_values(statement: Text) -> Text:
    """A statement with a hole for the values, where a comprehension says one for all of them."""
    match = re.search(_ONE_VALUE, statement.text)
    if match is None:
        return statement
    first, last = match.span("value")
    before, inside = (statement.text[a:b].count(HOLE) for a, b in ((0, first), (first, last)))
    return replace(
        statement,
        text=statement.text[:first] + HOLE + statement.text[last:],
        starts=(*statement.starts[:first], NOWHERE, *statement.starts[last:]),
        holes=(*statement.holes[:before], "…", *statement.holes[before + inside :]),
    )
