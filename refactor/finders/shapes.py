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
SPELLS_SQL = re.compile(
    r"SELECT(?:_DISTINCT)?|FROM|WHERE|HAVING|ON|AND|OR|(?:[A-Z]+_)*JOIN|GROUP_BY|ORDER_BY"
)
"""As query builders call them: `SELECT("t.x")`, `LEFT_JOIN("t USING (id)")`."""
NAMES_SOURCE = re.compile(r"FROM|(?:[A-Z]+_)*JOIN")
"""Those of them that are given a table."""


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
