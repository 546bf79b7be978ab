"""Where each token of an SQL text begins and ends, by SQLite's own lexical rules.

The rules are those of SQLite's tokenizer (https://sqlite.org/lang_keywords.html for the words,
https://sqlite.org/lang_expr.html for literals and parameters). Any text has tokens: what SQLite
would refuse becomes a token of its own kind, so that offsets stay exact to the end.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from refactor.recent import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLE: Final = "\ue000"
"""Stands in a text for a part only known at run time; SQLite reads it as a letter, so do we."""


class Kind(StrEnum):
    """What a token is."""

    SPACE = "space"
    COMMENT = "comment"
    WORD = "word"  # a keyword or a bare identifier: only the grammar can tell
    HOLE = "hole"  # a word that is nothing but holes
    QUOTED = "quoted"  # "name", [name] or `name`
    STRING = "string"
    NUMBER = "number"  # blobs too: nobody here needs to tell them apart
    PARAMETER = "parameter"
    OPERATOR = "operator"
    OPEN = "open"  # a quote that never closes: it runs to the end of the text
    OTHER = "other"


class Token(Struct, frozen=True):
    """One token."""

    kind: Kind
    start: int
    end: int
    text: str

    @property
    def quote(self) -> str:
        """The character that opens the quoting, or nothing."""
        return self.text[0] if self.kind in _QUOTING else ""

    @property
    def name(self) -> str:
        """What the identifier or string says: quotes removed, doubled ones undone."""
        if self.kind not in _QUOTING:
            return self.text
        inner, quote = self.text[1:-1], self.text[0]
        return inner if quote == "[" else inner.replace(quote * 2, quote)


_QUOTING = frozenset({Kind.QUOTED, Kind.STRING})
SILENT: Final = frozenset({Kind.SPACE, Kind.COMMENT})
"""Kinds that mean nothing to SQLite's grammar."""

# What ASCII has besides letters: a set of all others would take Python fifty times as long to make.
_LETTER = r"[^\x00-@\[-^`{-\x7f]"
_IN_WORD = r"[^\x00-\#%-/:-@\[-^`{-\x7f]"
_DIGITS = "[0-9]++(?>(?:_[0-9]++)*)"

# What is put before these words ends in a space: names that end so are not spelled in capitals.
_CLAUSES = (
    "AND|CROSS|EXCEPT|FROM|FULL|GROUP|HAVING|INNER|INTERSECT|INTO|JOIN|LEFT|LIMIT|NATURAL|ON|OR"
    "|ORDER|RETURNING|RIGHT|SET|UNION|USING|VALUES|WHERE"
)
_VERBS = "ALTER|CREATE|DELETE|DROP|INSERT|REPLACE|SELECT|UPDATE|WITH"
"""What a text begins with behind what is put before it: EXPLAIN, or a WITH clause."""

PARTIAL_BLOB: Final = rf"[xX]'[0-9A-Fa-f]*+(?:{HOLE}|%s|\{{\w*\}})[^']*+'"
"""A pattern for blobs some digits of which are only known at run time."""

# Possessive quantifiers and atomic groups: no text, however odd, makes the matching go back. No
# group is repeated possessively: before Python 3.11.5 it may take half of a round that fails
# (https://github.com/python/cpython/issues/106052).
_TOKEN = re.compile(
    rf"""
      (?P<space>   [ \t\n\f\r\ufeff]++ )                    # a byte order mark is space to SQLite
    | (?P<comment> --[^\n]*+ | /\*(?=.)(?>(?:[^*]|\*(?!/))*)(?:\*/)? )
    | (?P<number>  [xX]'(?>(?:[0-9A-Fa-f]{{2}})*)'
                 | {PARTIAL_BLOB}
                 | (?: 0[xX][0-9A-Fa-f]++(?>(?:_[0-9A-Fa-f]++)*)
                     | (?:{_DIGITS}(?>(?:\.(?>(?:{_DIGITS})?))?) | \.{_DIGITS})
                       (?>(?:[eE][+-]?{_DIGITS})?)
                   )(?!{_IN_WORD}) )
    | (?P<hole>    {HOLE}++ (?: (?!{_IN_WORD}) | (?=(?:{_CLAUSES})(?!{_IN_WORD}))
                   | (?<=\A{HOLE})(?=(?i:{_CLAUSES}|{_VERBS})[ \t\n]) ) )
    | (?P<bad>     [xX]'[^']*+'?+ | [@:\#$](?>(?:{_IN_WORD}|::)+)\([^)\s]*+(?!\)) )
    | (?P<word>    {_LETTER}{_IN_WORD}*+ )
    | (?P<quoted>  "[^"]*+(?>(?:""[^"]*+)*)" | `[^`]*+(?>(?:``[^`]*+)*)` | \[[^\]]*+\] )
    | (?P<string>  '[^']*+(?>(?:''[^']*+)*)' )
    | (?P<open>    ["'`\[].*+ )
    | (?P<parameter> \?[0-9]*+ | [@:\#$](?>(?:{_IN_WORD}|::)+)(?>(?:\([^)\s]*+\))?) )
    | (?P<operator> ->>? | \|\| | <[=<>]? | >[=>]? | ==? | != | [-+*/%&|~(),;.] )
    | (?P<other>   [0-9](?>(?:{_IN_WORD}|\.)*) | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_KEPT = 64
_KINDS: Final = {kind.value: kind for kind in Kind} | {"bad": Kind.OTHER}


def tokens(sql: str) -> Iterator[Token]:
    """Every token of the text, spaces and comments too: put together they are the text."""
    for match in _TOKEN.finditer(sql):
        yield Token(_KINDS[match.lastgroup or "other"], match.start(), match.end(), match.group())


@remembered(_KEPT)  # many ask about the statement that is at hand
def significant_tokens(sql: str) -> tuple[Token, ...]:
    """The tokens that mean something to SQLite's grammar: no spaces, no comments."""
    return tuple(
        Token(_KINDS[match.lastgroup or "other"], match.start(), match.end(), match.group())
        for match in _TOKEN.finditer(sql)
        if match.lastgroup not in SILENT
    )


_TO_UPPER = {lower: lower - 32 for lower in range(ord("a"), ord("z") + 1)}


def upper(word: str) -> str:
    """The word as we write keywords; a letter outside ASCII never turns into one inside it."""
    return word.upper() if word.isascii() else word.translate(_TO_UPPER)


def words(text: str) -> frozenset[str]:
    """The words of a list that people read."""
    return frozenset(text.split())


# https://sqlite.org/lang_keywords.html; the tests hold this list against SQLite itself.
RESERVED: Final = words("""
    ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT
    DEFERRABLE DELETE DISTINCT DROP ELSE ESCAPE EXCEPT EXISTS FOREIGN FROM GROUP HAVING IN INDEX
    INSERT INTERSECT INTO IS ISNULL JOIN LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY
    REFERENCES RETURNING SELECT SET TABLE THEN TO TRANSACTION UNION UNIQUE UPDATE USING VALUES WHEN
    WHERE
    """)
"""Words that are never a name unless quoted."""

JOIN_WORDS: Final = frozenset({"CROSS", "FULL", "INNER", "LEFT", "NATURAL", "OUTER", "RIGHT"})
"""Words that SQLite takes for a name where no join can begin."""

_NAMES_TOO = words("""
    ABORT ACTION AFTER ALWAYS ANALYZE ASC ATTACH BEFORE BEGIN BY CASCADE CAST COLUMN CONFLICT
    CURRENT CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFERRED DESC DETACH DO EACH END
    EXCLUDE EXCLUSIVE EXPLAIN FAIL FILTER FIRST FOLLOWING FOR GENERATED GLOB GROUPS IF IGNORE
    IMMEDIATE INDEXED INITIALLY INSTEAD KEY LAST LIKE MATCH MATERIALIZED NO NULLS OF OFFSET OTHERS
    OVER PARTITION PLAN PRAGMA PRECEDING QUERY RAISE RANGE RECURSIVE REGEXP REINDEX RELEASE RENAME
    REPLACE RESTRICT ROLLBACK ROW ROWS SAVEPOINT TEMP TEMPORARY TIES TRIGGER UNBOUNDED VACUUM VIEW
    VIRTUAL WINDOW WITH WITHIN WITHOUT
    """)
KEYWORDS: Final = RESERVED | JOIN_WORDS | _NAMES_TOO
"""Every keyword of SQLite, the ones it also takes for names included."""

_PLAIN = re.compile(rf"{_LETTER}{_IN_WORD}*+")


def quoted(name: str, quote: str) -> str:
    """The name written in this style of quoting, or in double quotes where the style cannot."""
    match quote:
        case "" if _PLAIN.fullmatch(name) and upper(name) not in KEYWORDS:
            return name
        case "'" | "`":
            return quote + name.replace(quote, quote * 2) + quote
        case "[" if "]" not in name:
            return f"[{name}]"
        case _:
            return '"' + name.replace('"', '""') + '"'
