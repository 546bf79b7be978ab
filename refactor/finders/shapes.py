"""How pieces of SQL name tables, as patterns: cheap to see, before anything is read."""

import re
from collections.abc import Iterator

from refactor.sql.names import HOLE

_QUALIFIED = re.compile(
    rf"(?<![\w.$/\\{{{HOLE}])(?<![\w.-]-)[\"`\[]?(\w+)[\"`\]]?\s?\.\s?(?:[\"`\[]?\w|\*|{HOLE}|$)"
)
NAME = r"[\"`\[]?(\w+)[\"`\]]?"
JOINED = re.compile(rf"\bJOIN\s+{NAME}(?:\s+(?:AS\s+)?\w+)?\s+(?:ON|USING)\b", re.IGNORECASE)
SEARCHED = (
    re.compile(rf"(?<![\w.]){NAME}\s+(?:NOT\s+)?MATCH\s*(?:[?:@$'(]|{HOLE})", re.IGNORECASE),
    re.compile(
        rf"\b(?:BM25|HIGHLIGHT|MATCHINFO|OFFSETS|OPTIMIZE|SNIPPET)\s*\(\s*{NAME}\s*[,)]",
        re.IGNORECASE,
    ),
)
REFERENCED = re.compile(rf"\bREFERENCES\s+{NAME}\s*\(", re.IGNORECASE)
PLACES = (_QUALIFIED, JOINED, *SEARCHED)
_SHOUTED = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|EXISTS|REFERENCES|ON)\s+[\"'`\[]?(\w+)")
_JOINED_FIRST = re.compile(r"\A\s*[\"`\[]?(\w+)[\"`\]]?(?:\s+(?:AS\s+)?\w+)??\s+(?:ON|USING)\b")
"""What is given to a call that spells JOIN out: `"t USING (id)"`."""
_SOURCES = re.compile(
    r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|EXISTS|REFERENCES|ON)\s+[\"`\[]?(\w+)"
    r"|\A\s*[\"`\[]?(\w+)[\"`\]]?(?:\s+(?:AS\s+)?\w+)?"
    r"(?:\s*,|\s+(?:CROSS|FULL|GROUP|INNER|JOIN|LEFT|LIMIT|NATURAL|ORDER|RIGHT|SET|WHERE)\b)",
    re.IGNORECASE,
)
"""A name behind a word of SQL, or one that a piece begins with, as `old o JOIN …` does."""
_SOURCE = r"FROM|(?:[A-Z]+_)*JOIN"
NAMES_SOURCE = re.compile(_SOURCE)
"""What query builders call so is given a table to read: `LEFT_JOIN("t USING (id)")`."""
NAMES_TABLE = re.compile(rf"{_SOURCE}|INTO|UPDATE")
"""The same, and what is given one to change."""
SPELLS_SQL = re.compile(rf"{_SOURCE}|SELECT(?:_DISTINCT)?|WHERE|HAVING|ON|AND|OR|GROUP_BY|ORDER_BY")
"""All that is given a piece of SQL: `SELECT("t.x")`."""


def may_name(text: str) -> Iterator[str]:
    """The names that stand in a text as tables do in a piece of SQL."""
    for place in (*PLACES, REFERENCED):
        for match in place.finditer(text):
            if match.end() < len(text) or " " not in text:  # not at the end of a sentence
                yield match[1]
    for match in _SHOUTED.finditer(text):  # as tests look for it: `"INTO old" in sql`
        yield match[1]
    joined = _JOINED_FIRST.match(text)
    if joined:
        yield joined[1]


def sources_in(text: str) -> Iterator[str]:
    """The same, and the names that stand where a statement's tables do."""
    yield from may_name(text)
    for match in _SOURCES.finditer(text):
        yield match[1] or match[2]
