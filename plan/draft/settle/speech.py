"""How questions speak of a document: its lines, in its words."""

from collections.abc import Iterable

from plan.draft.document.claims import Said
from plan.draft.model import Source
from plan.errors import counted, shortened

ACTIONS = (
    ("target", "it receives all tables"),
    ("merge", "its tables move into the target; the file goes to the archive"),
    ("keep", "it stays as it is"),
    ("delete", "nothing of it is carried over; the file is backed up and archived"),
)
RULES = (
    ("keep-target", "where both have a key, the row that is there stays"),
    ("keep-source", "where both have a key, the joining row takes its place"),
    ("append", "all rows; refused if both have a key"),
    ("refuse", "the two do not become one: then give this one another name"),
)


class Speech:
    """Speaks of one document."""

    def __init__(self, name: str) -> None:
        """Take the name of the document, as comments say it."""
        self.name = name

    def source(self, *said: Said) -> tuple[Source, ...]:
        """The lines as sources, each once."""
        return tuple(Source(self.name, line) for line in dict.fromkeys(it.line for it in said))

    def at(self, said: Said) -> str:
        """A line by its number."""
        return f"{self.name}:{said.line}"

    def quoted(self, said: Said) -> str:
        """A line by its number and in its words."""
        return f"{self.at(said)} says “{shortened(said.words)}”"

    def all_of(self, said: Iterable[Said]) -> str:
        """Several lines, each once."""
        once = {it.line: it for it in said}
        return "; ".join(map(self.quoted, once.values()))


def choices(words: Iterable[tuple[str, str]], *, first: str | None = None) -> tuple[str, ...]:
    """Answers to choose from, one line each; the likeliest first."""
    listed = sorted(words, key=lambda it: it[0] != first)
    return tuple(f'"{word}": {what}' for word, what in listed)


def rows_of(rows: int | None) -> str:
    """How many rows, in words."""
    return "uncounted rows" if rows is None else counted(rows, "row")
