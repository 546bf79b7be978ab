"""SQLite's own messages, which code compares errors with: `"no such table: old" in str(error)`."""

import ast
import re
from collections.abc import Iterator

from msgspec.structs import replace

from plan.model import folded
from refactor.databases.weighing import Place
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.proof.oracle import Verdict
from refactor.python.outline import Usage, last_part
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE, quoted

_MESSAGES = re.compile(
    r"no such table: (?:main\.)?(?P<missing>\w+)"
    # A pattern has its dots behind backslashes.
    # What an error's text begins with may end there, or go on with a column that is told.
    rf"|constraint failed: (?P<columns>\w+\\?\.(?:[\w{HOLE}]+(?:, \w+\\?\.\w+)*|\Z))"
    r"|no such column: (?P<column>\w+)\\?\.\w+"
    r"|table \"?(?P<table>\w+)\"? (?:already exists|has no column named|has \d+ columns)"
    r"|\Atable (?P<begins>\w+) has\s*\Z",
    re.IGNORECASE,
)
_PLANS = re.compile(r"\b(?:SCAN|SEARCH)(?: TABLE)? (\w+)(?: AS \w+)? USING ")
_SCANS = re.compile(r"SCAN(?: TABLE)? (\w+)")
_ASKS_PLAN = re.compile(r"\bQUERY PLAN\b", re.IGNORECASE)
_OWNER = re.compile(r"(\w+)\.\w+")
_OWNERS = re.compile(rf"(\w+)\\?\.(?:[\w{HOLE}]+|\Z)")
_OF_ERROR = re.compile(
    r"\b(?:e|err|error|ex|exc|exception|exc_?info|info\.value|msg|message|detail)\b"
)
_OF_SQLITE = "it reads as a message of SQLite: should it say the new name?"
_OF_PLAN = "it reads as a line of a query plan: should it say the new name?"
_SHOWN = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})
_OF_DATABASES = frozenset({"DatabaseError", "IntegrityError", "OperationalError"})
"""What stands in for SQLite's own errors, in tests, says what these say."""


def tables_in_messages(text: Text, around: Surroundings) -> Found | None:
    """The old tables that a message of SQLite names."""
    spans = [
        span
        for span in named_in_messages(text.text)
        if folded(text.text[slice(*span)]) in around.legacy.meanings
    ]
    if not spans:
        return _in_plans(text, around) or _column_in_error(text, around)
    found = tuple(it for span in spans for it in _reference(text, span, around))
    if text.context.usage in _SHOWN:
        if last_part(text.context.callee) not in _OF_DATABASES:
            return Ignored("prose")
        found = tuple(replace(it, blocking=False) for it in found)
    return found or Ignored("a table that keeps its name")


def _in_plans(text: Text, around: Surroundings) -> Found | None:
    """What a line of EXPLAIN QUERY PLAN reads; of an alias or a CTE it would say the same."""
    if text.context.usage in _SHOWN:
        return None
    found = [*_PLANS.finditer(text.text)]
    scan = _SCANS.fullmatch(text.text)
    if scan and _ASKS_PLAN.search(around.source.text):
        found.append(scan)
    return (
        tuple(
            it
            for match in found
            if folded(match[1]) in around.legacy.meanings
            for it in _reference(text, match.span(1), around, question=_OF_PLAN)
        )
        or None
    )


def _column_in_error(text: Text, around: Surroundings) -> Found | None:
    """A column of an old table that is looked for in an error's text: `"old.x" in str(error)`."""
    match text.context.inside:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[other]) if (
            owner := _OWNER.fullmatch(text.text)
        ) and _OF_ERROR.search(ast.unparse(other)):
            pass
        case _:
            return None
    meanings = around.legacy.meanings.get(folded(owner[1]), ())
    known = [it for it in meanings if around.oracle.knows(it.database, it.old)]
    sql = f"SELECT {owner[0]} FROM {quoted(owner[1], '')}"
    if not meanings or not all(
        around.oracle.today(sql, it.database).verdict is Verdict.COMPILES for it in known
    ):
        return None
    found = _reference(text, owner.span(1), around)
    question, mend = (
        "does an error of SQLite name this table's column here?",
        "decide by reading the code",
    )
    return tuple(
        replace(
            it, new=None, question=it.question or question, mend=it.mend or mend, blocking=False
        )
        for it in found
    )


def may_be_message(text: str) -> bool:
    """Whether a text says what SQLite says of its tables."""
    return any(named_in_messages(text)) or _PLANS.search(text) is not None


def named_in_messages(text: str) -> Iterator[tuple[int, int]]:
    """Where messages of SQLite name tables."""
    for match in _MESSAGES.finditer(text):
        if match["columns"]:
            start = match.start("columns")
            for owner in _OWNERS.finditer(match["columns"]):
                yield start + owner.start(1), start + owner.end(1)
        else:
            yield match.span(match.lastgroup or 0)


def _reference(
    text: Text, span: tuple[int, int], around: Surroundings, *, question: str | None = None
) -> Iterator[Reference]:
    name = text.text[slice(*span)]
    place = Place(around.source.path, text.context.scope)
    decision = around.binder.decide(name, f"SELECT 1 FROM {quoted(name, '')}", place)
    if decision.stays:
        return
    question = decision.question or question
    if text.context.usage is not Usage.COMPARED and text.context.argument != "match":
        question = question or _OF_SQLITE
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
        'if str(error).startswith("NOT NULL constraint failed: old."):\n    pass',
        'with pytest.raises(Error, match="table old already exists"):\n    create()',
        'run.side_effect = IntegrityError("UNIQUE constraint failed: old.x")',
    ),
    ignores=(
        'raise Error("no such table: old")',
        'if "the table old is set" in text:\n    pass',
        'log.error("table old already exists")',
    ),
)
