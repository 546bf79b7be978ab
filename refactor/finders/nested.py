"""Whole queries in parentheses within a piece of SQL: `t.id IN (SELECT old.id FROM old)`.

What such a query names is decided by itself, whatever stands around it, unless it may be what a
WITH around it gives the name to.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.finder import Found, Ignored, Surroundings
from refactor.python.strings import Text
from refactor.references import Reference
from refactor.sql.cursor import key_of
from refactor.sql.names import HOLE
from refactor.sql.tokens import significant_tokens

_WORD = re.compile(r"\w+")
_SHAPES = (
    "SELECT 1 FROM x WHERE {piece}",
    "SELECT 1 FROM x WHERE 1 {piece}",
    "SELECT {piece}",
    "SELECT 1 FROM x {piece}",
    "SELECT 1 FROM {piece}",
    "UPDATE x {piece}",
    "UPDATE x SET {piece}",
    "INSERT INTO x {piece}",
)
"""What a piece of SQL may stand in: prose with a query in it fits none."""


def queries_in(text: Text) -> Iterator[Text]:
    """The queries in parentheses of a text that is no statement, the outermost ones."""
    tokens = significant_tokens(text.text)
    keys = [key_of(it) for it in tokens]
    at = 0
    while at < len(keys):
        end = _closing(keys, at) if keys[at] == "(" and keys[at + 1 : at + 2] == ["SELECT"] else 0
        if end:
            yield _part(text, tokens[at].end, tokens[end].start)
        at = max(at, end) + 1


def _closing(keys: list[str], at: int) -> int:
    """Where a parenthesis closes; 0 if it does not."""
    level = 0
    for here in range(at, len(keys)):
        level += (keys[here] == "(") - (keys[here] == ")")
        if level == 0:
            return here
    return 0


def _part(text: Text, start: int, end: int) -> Text:
    first, last = text.text[:start].count(HOLE), text.text[:end].count(HOLE)
    return replace(text.part(start, end), holes=text.holes[first:last])


def is_piece(text: Text, around: Surroundings) -> bool:
    """Whether a text goes on in some statement: no prose."""
    return any(around.oracle.is_sql(it.format(piece=text.text)) for it in _SHAPES)


def names_more(text: Text, queries: Iterable[Text], around: Surroundings) -> bool:
    """Whether a text has an old name outside of its queries, which may be a table's as well."""
    rest = text.text
    for it in queries:
        rest = rest.replace(it.text, " ")
    return any(folded(it) in around.legacy.meanings for it in _WORD.findall(rest))


def certain_in(found: Found | None, around: Surroundings) -> Iterator[tuple[int, Reference]]:
    """The references of one query, where all are certain whatever stands around it."""
    if found is None or isinstance(found, Ignored) or not all(it.certain for it in found):
        return
    if not any(_may_be_cte(it, around) for it in dict.fromkeys(each.group for each in found)):
        yield from ((it.start, it) for it in found)


def _may_be_cte(name: str, around: Surroundings) -> bool:
    """Whether code that has a name gives it to what a WITH selects, or may do so."""
    given = re.compile(
        rf"\b{re.escape(name)}[\"`\]]?\s*(?:\([^()]*\)\s*)?AS\s+(?:NOT\s+)?(?:MATERIALIZED\s*)?\(",
        re.IGNORECASE,
    )
    if given.search(around.source.text):
        return True
    files = around.abroad.few_naming(folded(name))
    sources = (around.abroad.source(it) for it in files)
    return not files or any(it is None or given.search(it.text) for it in sources)
