"""Tables that sqlite-utils guesses by a column's name, where a foreign key says no more."""

import re
from collections.abc import Iterator

GUESSED = ("foreign_keys", "add_foreign_key(")
"""What a file says in which a table may be guessed; few phrases, for all files are searched."""
_GIVES = re.compile(r"""foreign_keys(?:\ ?=|["'])|add_foreign_key\(""")

EXTRACTED = "extracts"
"""The argument that makes a table of a column, and of its name unless that is told."""


def may_guess(text: str) -> bool:
    """Whether a module may have a table guessed: that is cheap to see."""
    return "foreign_key" in text and _GIVES.search(text) is not None


def tables_tried(column: str) -> Iterator[str]:
    """The tables that are looked for in turn, by the name of a column in small letters."""
    yield column
    stem = column.removesuffix("_id")
    if stem != column:
        yield stem
    if not stem.endswith("s"):
        yield f"{stem}s"
