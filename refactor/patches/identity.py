"""Names for references that stay the same from run to run, and when lines move."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import PurePosixPath

from plan.model import folded
from refactor.references import Reference
from refactor.text.lines import Lines

_LENGTH = 10


def identities(
    references: Iterable[Reference], text_of: Callable[[PurePosixPath], str]
) -> dict[Reference, str]:
    """A short name for each reference, edit or question: of what it names and of its line's text.

    Args:
        references: all that are to be told apart, of whole files.
        text_of: the text in which a file's references have their places.
    """
    named: dict[Reference, str] = {}
    taken: set[str] = set()
    lines: dict[PurePosixPath, _LineTexts] = {}
    for reference in sorted(references, key=lambda it: (it.path.as_posix(), it.start)):
        path = reference.path
        if path not in lines:
            lines = {path: _LineTexts(text_of(path))}  # sorted: no earlier file comes again
        facts = (str(path), reference.kind, folded(reference.old), lines[path][reference.line])
        named[reference] = _untaken("\0".join(facts), taken)
    return named


def _untaken(facts: str, taken: set[str]) -> str:
    """The digest of the facts; of equal ones the later have their number behind them."""
    number = 0
    while True:
        numbered = f"{facts}\0{number}" if number else facts
        # A file's name or text may hold bytes that are no UTF-8.
        digest = sha256(numbered.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]
        if digest not in taken:
            taken.add(digest)
            return digest
        number += 1


class _LineTexts:
    """The lines of a text, stripped, by their numbers from 1."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [*Lines(text).starts, len(text)]
        self._known: dict[int, str] = {}

    def __getitem__(self, line: int) -> str:
        # A line may be as long as its file, and hold many references.
        if line not in self._known:
            start, end = self._starts[line - 1 : line + 1]
            self._known[line] = self._text[start:end].strip()
        return self._known[line]
