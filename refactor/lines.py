"""Line and column of an offset, as editors count them."""

import re
from bisect import bisect_right
from itertools import accumulate

_NEWLINE = re.compile(r"\r\n|\r|\n")
_AFTER_NEWLINE = (1).__add__


class Lines:
    """The lines of one text."""

    def __init__(self, text: str) -> None:
        """Find where each line starts, as Python counts lines."""
        self._text = text
        self._ascii = text.isascii()
        self.starts = _starts(text)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1, columns in characters."""
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a place as `ast` says it: the line from 1, the column in UTF-8 bytes."""
        start = self.starts[line - 1]
        # A line may be as long as its file: it is not looked through for each place in it.
        if self._ascii or self._text[start : start + column].isascii():
            return start + column
        end = self.starts[line] if line < len(self.starts) else len(self._text)
        return start + len(self._text[start:end].encode()[:column].decode())


def _starts(text: str) -> list[int]:
    """Where each line starts; none of the work is Python's own where newlines are plain."""
    if "\r" in text:
        return [0, *(match.end() for match in _NEWLINE.finditer(text))]
    lengths = map(len, text.split("\n"))
    return [0, *accumulate(map(_AFTER_NEWLINE, lengths))][:-1]
