"""What the words of a piece of SQL tell, where no grammar reads it: it begins or ends anywhere.

Pieces are put together by code: `t.x LIKE` gets its operand elsewhere, and `, t.x)` its beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from refactor.sql.cursor import key_of
from refactor.sql.tokens import KEYWORDS, Kind, significant_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from refactor.sql.tokens import Token

_NAMES = frozenset({Kind.WORD, Kind.QUOTED})
_COLUMNS = _NAMES | {Kind.HOLE}
_ODD = frozenset({Kind.OPEN, Kind.OTHER})
_GIVES_NAME = frozenset({"AS", "COLLATE"})


class QualifiedColumn(Struct, frozen=True):
    """A column with the table, or the alias, that it is said to be of."""

    qualifier: Token
    column: Token


def qualified_columns(sql: str) -> Iterator[QualifiedColumn]:
    """Each `t.x` of a text, and each `t.*`."""
    tokens = significant_tokens(sql)
    for at in range(len(tokens) - 2):
        if _is_qualified(tokens, at):
            yield QualifiedColumn(tokens[at], tokens[at + 2])


def is_worded(sql: str, is_column: Callable[[str], bool]) -> bool:
    """Whether each word of a text is SQL's, a function, a name that is given, or a column.

    What a qualified column is called does not matter here.
    """
    tokens = significant_tokens(sql)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if _is_qualified(tokens, at):
            at += 3
            continue
        if token.kind in _ODD or token.text in {".", ";"}:
            return False
        if token.kind is Kind.WORD and key_of(token) not in KEYWORDS:
            called = at + 1 < len(tokens) and tokens[at + 1].text == "("
            given = at > 0 and key_of(tokens[at - 1]) in _GIVES_NAME
            if not (called or given or is_column(token.text)):
                return False
        at += 1
    return True


def _is_qualified(tokens: tuple[Token, ...], at: int) -> bool:
    """Whether a name, a dot and a column stand there, and no more names before or behind."""
    if len(tokens) < at + 3 or tokens[at].kind not in _NAMES or tokens[at + 1].text != ".":
        return False
    column = tokens[at + 2]
    before = tokens[at - 1].text if at else ""
    behind = tokens[at + 3].text if at + 3 < len(tokens) else ""
    return (column.kind in _COLUMNS or column.text == "*") and "." not in (before, behind)
