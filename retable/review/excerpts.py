"""The lines around a place, in pieces: plain text, and what is marked in it."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from refactor.text.lines import Lines

_CONTEXT = 3
_LONGEST = 400
_AROUND = 160
_GAP = "…"


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of a text that an edit or a question is about."""

    start: int
    end: int
    id: str


Piece = str | tuple[str, str]
"""Plain text, or a marked text with the id of its mark."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, without its end."""

    number: int
    pieces: tuple[Piece, ...]


class Excerpts:
    """What stands around the marks of one file."""

    def __init__(self, text: str, marks: Iterable[Mark]) -> None:
        """Find the lines; marks do not overlap."""
        self._text = text
        self._starts = Lines(text).starts
        self._lines = Lines(text)
        self._marks = sorted(marks, key=lambda it: it.start)
        self._places = [it.start for it in self._marks]

    def around(self, mark: Mark) -> tuple[Line, ...]:
        """The lines that a mark stands in and a few around, without the indent they share."""
        first, _ = self._lines.place(mark.start)
        last, _ = self._lines.place(max(mark.start, mark.end - 1))
        numbers = range(max(1, first - _CONTEXT), min(len(self._starts), last + _CONTEXT) + 1)
        spans = {it: span for it in numbers if (span := self._span(it))[0] < len(self._text)}
        texts = [self._text[start:end] for start, end in spans.values()]
        shared = _shared_indent([it for it in texts if it.strip()])
        return tuple(
            Line(number, tuple(self._pieces(min(start + shared, end), end, mark)))
            for number, (start, end) in spans.items()
        )

    def _span(self, number: int) -> tuple[int, int]:
        """Where a line starts and ends, its newline not counted."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        while end > start and self._text[end - 1] in "\r\n":
            end -= 1
        return start, end

    def _pieces(self, start: int, end: int, focus: Mark) -> Iterable[Piece]:
        """A line in pieces; of a very long one, what is around the mark."""
        clipped = (start, end)
        if end - start > _LONGEST:
            middle = min(max(focus.start, start), end)
            start, end = max(start, middle - _AROUND), min(end, max(focus.end, middle) + _AROUND)
            end = min(end, start + 2 * _LONGEST)
        if start > clipped[0]:
            yield _GAP
        at = start
        for mark in self._marks_in(start, end):
            if mark.start > at:
                yield self._text[at : mark.start]
            at = max(at, mark.start)
            yield self._text[at : min(mark.end, end)], mark.id
            at = min(mark.end, end)
        if at < end:
            yield self._text[at:end]
        if end < clipped[1]:
            yield _GAP

    def _marks_in(self, start: int, end: int) -> list[Mark]:
        first = bisect_left(self._places, start)
        # One that began on an earlier line may reach into this one.
        first -= bool(first and self._marks[first - 1].end > start)
        return self._marks[first : bisect_left(self._places, end)]


def _shared_indent(texts: Sequence[str]) -> int:
    """How many blanks all of some lines begin with, the same in each."""
    first, *others = (it[: len(it) - len(it.lstrip(" \t"))] for it in texts or [""])
    for other in others:
        while not other.startswith(first):
            first = first[:-1]
    return len(first)
