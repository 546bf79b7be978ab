"""Tables that sqlite-utils guesses by a column's name, where a foreign key says no more."""

import re
from collections.abc import Iterator

GUESSED = ("foreign_keys=", "foreign_keys =", "add_foreign_key(")
"""What a file says in which a table may be guessed."""
_MAY_GUESS = re.compile(r"foreign_keys ?=|add_foreign_key\(")


def may_guess(text: str) -> bool:
    """Whether a module may have a table guessed: that is cheap to see."""
    return _MAY_GUESS.search(text) is not None


def tables_tried(column: str) -> Iterator[str]:
    """The tables that are looked for in turn, by the name of a column in small letters."""
    yield column
    stem = column.removesuffix("_id")
    if stem != column:
        yield stem
    if not stem.endswith("s"):
        yield f"{stem}s"
