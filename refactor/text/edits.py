"""Edits of a text: each says where it goes, what it expects there and what it puts instead."""

from collections.abc import Iterable
from itertools import pairwise

from msgspec import Struct


class Edit(Struct, frozen=True):
    """Replace `old`, expected at exactly this offset, with `new`."""

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        """The offset behind the text that is replaced."""
        return self.start + len(self.old)


class StaleEditError(Exception):
    """The text no longer holds what an edit expects: a mistake in our code, not the user's."""

    def __init__(self, edit: Edit) -> None:
        super().__init__(edit)
        self.edit = edit

    def __str__(self) -> str:
        """Say what was expected where."""
        return f"{self.edit.old!r} is not at offset {self.edit.start}"


class OverlapError(Exception):
    """Two edits want the same place: a mistake in our code, not the user's."""

    def __init__(self, first: Edit, second: Edit) -> None:
        super().__init__(first, second)
        self.first = first
        self.second = second

    def __str__(self) -> str:
        """Name both edits."""
        return f"{self.first} and {self.second} want the same place"


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits applied, in any order given; all of them or none.

    Raises:
        StaleEditError: an edit's `old` is not at its offset.
        OverlapError: two edits share a character, or start at the same offset.
    """
    ordered = sorted(edits, key=lambda edit: edit.start)
    for first, second in pairwise(ordered):
        # Two insertions at one offset share no character, yet nobody could say which comes first.
        if second.start < first.end or second.start == first.start:
            raise OverlapError(first, second)
    # Slices joined once: the text is copied once, however many edits there are.
    pieces: list[str] = []
    position = 0
    for edit in ordered:
        if edit.start < 0 or not text.startswith(edit.old, edit.start) or edit.end > len(text):
            raise StaleEditError(edit)
        pieces += (text[position : edit.start], edit.new)
        position = edit.end
    return "".join((*pieces, text[position:]))
