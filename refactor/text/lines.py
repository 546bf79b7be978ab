"""Line and column of an offset, as editors count them."""

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate

_NEWLINE = re.compile(r"\r\n|\r|\n")
_KEPT = 64
_AT_HAND = 4
_AFTER_NEWLINE = (1).__add__
_STEP = 1_024


class Lines:
    """The lines of one text."""

    def __init__(self, text: str) -> None:
        """Find where each line starts, as Python counts lines."""
        self._text = text
        self._ascii = text.isascii()
        self._steps: dict[int, tuple[int, ...]] = {}
        """Of a long line, the bytes before each of its characters that is a multiple of a step."""
        self.starts = _starts(text)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1, columns in characters."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a place as `ast` says it: the line from 1, the column in UTF-8 bytes."""
        start = self.starts[line - 1]
        if self._ascii or (column <= _STEP and self._text[start : start + column].isascii()):
            return start + column
        end = self.starts[line] if line < len(self.starts) else len(self._text)
        if end - start <= _STEP:
            return start + len(self._text[start:end].encode()[:column].decode())
        # A line may be as long as its file: it is not looked through for each place in it.
        if line not in self._steps:
            sizes = (len(self._text[at : at + _STEP].encode()) for at in range(start, end, _STEP))
            self._steps[line] = (0, *accumulate(sizes))
        step = bisect_right(self._steps[line], column) - 1
        start += step * _STEP
        rest = self._text[start : start + _STEP].encode()
        return start + len(rest[: column - self._steps[line][step]].decode())

    def span(self, node: ast.expr) -> tuple[int, int]:
        """The offsets where a node starts and ends."""
        end_line, end_column = node.end_lineno or 0, node.end_col_offset or 0
        if self._ascii:
            starts = self.starts
            return starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)


@lru_cache(maxsize=_KEPT)  # many ask about the lines of a file that was at hand a moment ago
def _starts(text: str) -> list[int]:
    """Where each line starts; none of the work is Python's own where newlines are plain."""
    if "\r" in text:
        return [0, *(match.end() for match in _NEWLINE.finditer(text))]
    lengths = map(len, text.split("\n"))
    return [0, *accumulate(map(_AFTER_NEWLINE, lengths))][:-1]


@lru_cache(maxsize=_AT_HAND)
def _lowered(text: str) -> str:
    """A text with its ASCII letters in lower case: many ask for that of the file at hand."""
    if text.isascii():
        return text.lower()
    # Bytes are lowered at a tenth of the cost of other letters, each of which stays in its place.
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def met_at(text: str, words: Iterable[str]) -> Iterator[int]:
    """Where a text has any of some words of ASCII letters, in either case.

    A pattern that folds cases looks at each character, at ten times the cost.
    """
    folded = _lowered(text)
    return (at for word in words for at in places(folded, word))


def places(text: str, part: str) -> Iterator[int]:
    """Where a text has a part: a pattern for it costs ten times as much."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)
