"""Whole-word hits of old names in a text, fast: the words are sought one by one, as bytes are."""

import re
from collections.abc import Iterable
from functools import lru_cache

from plan.model import folded

_ESCAPE = re.compile(
    r"\\(?:[abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})\Z"
)
_LONGEST_ESCAPE = 10
_LONG = 1_000
"""Characters from which on a text is a file, which is asked about again and again."""
_KEPT = 4_000
"""Short texts of which it is remembered: most literals are asked about more than once."""
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_WORD_BYTES = frozenset(map(ord, _WORD))


class Words:
    """Finds any of some words as a whole, in either case, as SQLite folds names: ASCII only."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = tuple(sorted({_encoded(folded(word)) for word in words if word}))
        self._shortest = min(map(len, self._words), default=0)
        self._last: tuple[str, list[int]] = "", []
        self._lately = lru_cache(maxsize=_KEPT)(self._sought)

    def hits(self, text: str) -> tuple[int, ...]:
        """The offsets of all hits, in order; where two words start, the longer one counts."""
        return tuple(start for start in self._found(text) if _starts_word(text, start))

    def hits_in_source(self, text: str) -> tuple[int, ...]:
        """The hits in Python source: also right behind an escape, such as that of a tabulator."""
        return tuple(
            start
            for start in self._found(text)
            if _starts_word(text, start)
            or _ESCAPE.search(text, max(0, start - _LONGEST_ESCAPE), start)
        )

    def are_in(self, text: str) -> bool:
        """Whether a text holds any of the words, maybe behind an escape, as patterns have it."""
        if len(text) < self._shortest:
            return False
        return bool(self.hits(text)) or ("\\" in text and bool(self.hits_in_source(text)))

    def _found(self, text: str) -> list[int]:
        """Where a word stands, whatever is before it."""
        if len(text) <= _LONG:
            return self._lately(text)
        last, found = self._last
        if text is not last:
            found = self._sought(text)
            self._last = text, found
        return found

    def _sought(self, text: str) -> list[int]:
        data = _encoded(text).lower()  # which lowers ASCII only, as SQLite folds
        starts: set[int] = set()
        for word in self._words:
            start = data.find(word)
            while start >= 0:
                end = start + len(word)
                if end == len(data) or data[end] not in _WORD_BYTES:
                    starts.add(start)
                start = data.find(word, start + 1)
        if len(data) == len(text):
            return sorted(starts)
        found: list[int] = []
        before = at = 0
        for start in sorted(starts):
            at += len(data[before:start].decode("utf-8", "surrogatepass"))
            before = start
            found.append(at)
        return found


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _starts_word(text: str, start: int) -> bool:
    return start == 0 or text[start - 1] not in _WORD
