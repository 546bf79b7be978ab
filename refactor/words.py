"""Whole-word hits of old names in a text, fast: the words are sought one by one, as bytes are."""

import re
from collections.abc import Iterable

from plan.model import folded

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


class Words:
    """Finds any of some words as a whole, in either case, as SQLite folds names: ASCII only."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(sorted({folded(word) for word in words if word}))
        either = "|".join(sorted(map(re.escape, self._words), key=len, reverse=True)) or r"(?!)"
        self._pattern = re.compile(
            rf"(?<![A-Za-z0-9_])(?:{either})(?![A-Za-z0-9_])", re.IGNORECASE | re.ASCII
        )

    def hits(self, text: str) -> tuple[int, ...]:
        """The offsets of all hits, in order; where two words start, the longer one counts."""
        lowered = text.lower()
        if len(lowered) != len(text):  # a letter such as İ became two
            return tuple(match.start() for match in self._pattern.finditer(text))
        ends: dict[int, int] = {}
        for word in self._words:
            start = lowered.find(word)
            while start >= 0:
                end = start + len(word)
                if self._is_whole(text, start, end, word):
                    ends[start] = max(end, ends.get(start, 0))
                start = lowered.find(word, start + 1)
        return tuple(sorted(ends))

    def are_in(self, text: str) -> bool:
        """Whether a text holds any of the words."""
        return bool(self.hits(text))

    @staticmethod
    def _is_whole(text: str, start: int, end: int, word: str) -> bool:
        return (
            (start == 0 or text[start - 1] not in _WORD)
            and (end == len(text) or text[end] not in _WORD)
            and folded(text[start:end]) == word
        )
