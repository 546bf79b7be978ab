"""Tables that sqlite-utils guesses by a column's name, where a foreign key says no more."""

from collections.abc import Iterator

GUESSED = (
    *("foreign_keys=", "foreign_keys =", "add_foreign_key("),
    *('"foreign_keys"', "'foreign_keys'"),
)
"""What a file says in which a table may be guessed."""


EXTRACTED = "extracts"
"""The argument that makes a table of a column, and of its name unless that is told."""


def may_guess(text: str) -> bool:
    """Whether a module may have a table guessed: that is cheap to see."""
    return any(it in text for it in GUESSED)


def tables_tried(column: str) -> Iterator[str]:
    """The tables that are looked for in turn, by the name of a column in small letters."""
    yield column
    stem = column.removesuffix("_id")
    if stem != column:
        yield stem
    if not stem.endswith("s"):
        yield f"{stem}s"
