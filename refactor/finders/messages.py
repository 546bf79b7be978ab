"""SQLite's own messages, which code compares errors with: `"no such table: old" in str(error)`."""

import re
from collections.abc import Iterator

from plan.model import folded
from refactor.binding import Place
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.outline import Usage
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import quoted
from refactor.strings import Text

_MESSAGES = re.compile(
    r"no such table: (?:main\.)?(?P<missing>\w+)"
    r"|constraint failed: (?P<columns>\w+\.\w+(?:, \w+\.\w+)*)"
    r"|no such column: (?P<column>\w+)\.\w+"
    r"|table \"?(?P<table>\w+)\"? (?:already exists|has no column named|has \d+ columns)",
    re.IGNORECASE,
)
_OWNER = re.compile(r"(\w+)\.\w+")
_SHOWN = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})


def tables_in_messages(text: Text, around: Surroundings) -> Found | None:
    """The old tables that a message of SQLite names."""
    spans = [
        span
        for span in named_in_messages(text.text)
        if folded(text.text[slice(*span)]) in around.legacy.meanings
    ]
    if not spans:
        return None
    if text.context.usage in _SHOWN:
        return Ignored("prose")
    found = tuple(it for span in spans for it in _reference(text, span, around))
    return found or Ignored("a table that keeps its name")


def named_in_messages(text: str) -> Iterator[tuple[int, int]]:
    """Where messages of SQLite name tables."""
    for match in _MESSAGES.finditer(text):
        if match["columns"]:
            start = match.start("columns")
            for owner in _OWNER.finditer(match["columns"]):
                yield start + owner.start(1), start + owner.end(1)
        else:
            yield match.span(match.lastgroup or 0)


def _reference(text: Text, span: tuple[int, int], around: Surroundings) -> Iterator[Reference]:
    name = text.text[slice(*span)]
    place = Place(around.source.path, text.context.scope)
    decision = around.binder.decide(name, f"SELECT 1 FROM {quoted(name, '')}", place)
    if decision.stays:
        return
    question = decision.question
    if text.context.usage is not Usage.COMPARED and text.context.argument != "match":
        question = question or "it reads as a message of SQLite: should it say the new name?"
    at = text.place(*span)
    if at is None:
        question = "the name is spelled with escapes or over several literals"
    start = text.near(*span) if at is None else at
    yield around.table_reference(
        start,
        name,
        decision.meanings,
        new=None if question else decision.meanings[0].new,
        clause="message",
        evidence=(Evidence(Reason.GRAMMAR, "a message of SQLite names it"), *decision.evidence),
        question=question,
        mend=decision.mend if decision.question else "decide by reading the code",
        blocking=question is not None,
    )


FINDER = Finder(
    name="message",
    find=tables_in_messages,
    finds=(
        'if "no such table: old" in str(error):\n    create()',
        'assert str(error) == "UNIQUE constraint failed: old.x, old.y"',
        'with pytest.raises(Error, match="table old already exists"):\n    create()',
    ),
    ignores=(
        'raise Error("no such table: old")',
        'if "the table old is set" in text:\n    pass',
        'log.error("table old already exists")',
    ),
)
