"""Where a statement names a table: by a simple rule, since these statements have really run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|'(?:''|[^'])*'|\"(?:\"\"|[^\"])*\"|`(?:``|[^`])*`|\[[^\]]*\]"
    r"|[^\W\d][\w$]*|[^\s]",
    re.DOTALL,
)
_BEFORE_TABLE = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "REFERENCES", "IN"})
_SKIPPED = frozenset(
    {"IF", "NOT", "EXISTS", "OR", "REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK"}
)
_ENDS_FROM = frozenset({"WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "WINDOW", "UNION", "EXCEPT"})
_ENDS_FROM |= {"INTERSECT", "SELECT", "RETURNING", "SET", "VALUES"}
_NO_NAME = _ENDS_FROM | _SKIPPED | {"ON", "OF", "AS", "BEGIN", "DEFAULT", "DO", "WITH"}
_ABOUT_A_TABLE = frozenset({"table_info", "table_xinfo", "table_list", "index_list"})
_ABOUT_A_TABLE |= {"foreign_key_list", "foreign_key_check"}
_CATALOG = frozenset({"sqlite_master", "sqlite_schema", "sqlite_temp_master"})
_CATALOG |= {"sqlite_temp_schema"}
_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def folded(name: str) -> str:
    """Fold a name as SQLite compares names: ASCII letters only."""
    return name.translate(_UPPER_TO_LOWER)


def names_in(sql: str) -> tuple[str, ...]:
    """The names that a statement has in table position, folded, each once.

    Names that the statement gives itself (`WITH name AS`) are none. Of a query on the catalog,
    the text literals are names too.
    """
    tokens = [it for it in TOKEN.findall(sql) if not it.startswith(("--", "/*"))]
    words = [it.upper() for it in tokens]
    own = set(_own_names(tokens, words))
    found = dict.fromkeys(
        name
        for at, qualified in _table_places(tokens, words)
        for name in (folded(plain(tokens[at])),)
        if qualified or name not in own
    )
    if not _CATALOG.isdisjoint(found):
        found.update(dict.fromkeys(folded(plain(it)) for it in tokens if it[0] == "'"))
    return tuple(found)


def plain(token: str) -> str:
    """A token without its quotes."""
    quote = token[0]
    if quote not in "'\"`[":
        return token
    return token[1:-1] if quote == "[" else token[1:-1].replace(quote * 2, quote)


def _is_name(token: str) -> bool:
    return token[0] in "'\"`[_" or token[0].isalpha()


def _own_names(tokens: list[str], words: list[str]) -> Iterator[str]:
    if "WITH" not in words:
        return
    for at, word in enumerate(words):
        if word in ("WITH", "RECURSIVE", ",") and at + 2 < len(words) and _is_name(tokens[at + 1]):
            after = at + 2
            if words[after] == "(":
                after = _closing(words, after) + 1
            if words[after : after + 1] == ["AS"] and words[after + 1 : after + 2] in (
                ["("],
                ["NOT"],
                ["MATERIALIZED"],
            ):
                yield folded(plain(tokens[at + 1]))


def _closing(words: list[str], at: int) -> int:
    depth = 0
    while at < len(words):
        depth += {"(": 1, ")": -1}.get(words[at], 0)
        if depth == 0:
            break
        at += 1
    return at


def _table_places(tokens: list[str], words: list[str]) -> Iterator[tuple[int, bool]]:
    """The places of names in table position, and whether a schema is named before them."""
    if "PRAGMA" in words[:4]:
        yield from _pragma_places(tokens, words)
        return
    reader = _Reader(words)
    at = 0
    while at < len(words):
        if not (reader.expects and _is_name(words[at]) and words[at] not in _NO_NAME):
            reader.step(at)
            at += 1
            continue
        last = at + 2 if words[at + 1 : at + 2] == ["."] and at + 2 < len(words) else at
        called = reader.source and words[last + 1 : last + 2] == ["("]
        if not called:
            yield last, last != at
        elif words[at].startswith("PRAGMA_") and folded(tokens[at])[7:] in _ABOUT_A_TABLE:
            yield last + 2, False
        reader.expects = False
        at = last + 1


class _Reader:
    """Knows, word by word, whether a table's name comes next."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.expects = False
        self.source = False
        """Whether it is one to read from: there, a name with arguments is a function."""
        self._in_from = [False]
        """For each parenthesis that is open: whether a comma brings the next table."""
        created = words[:1] == ["CREATE"]
        self._on = created and not {"INDEX", "TRIGGER"}.isdisjoint(words[:4])

    def step(self, at: int) -> None:
        """Take in a word that is no table's name."""
        word, before = self.words[at], self.words[at - 1] if at else ""
        if word in ("(", ")", ","):
            self._punctuation(word)
        elif before != "." and self._announces(word, before, at):
            self.expects = True
            self.source = word in ("FROM", "JOIN")
            self._in_from[-1] = self._in_from[-1] or word == "FROM"
            self._on = self._on and word != "ON"
        elif word in _ENDS_FROM:
            self.expects = self._in_from[-1] = False
        elif word not in _SKIPPED:
            self.expects = False

    def _announces(self, word: str, before: str, at: int) -> bool:
        if word in _BEFORE_TABLE:
            return not (word == "FROM" and before == "DISTINCT")
        if word in ("ANALYZE", "REINDEX"):
            return at == 0
        return (word == "ON" and self._on) or (word == "TO" and before == "RENAME")

    def _punctuation(self, word: str) -> None:
        if word == "(":
            self.expects = self.expects and self.source
            self._in_from.append(self.expects)
        elif word == ")":
            self._in_from = self._in_from[:-1] or [False]
            self.expects = False
        else:
            self.expects = self.source = self._in_from[-1]


def _pragma_places(tokens: list[str], words: list[str]) -> Iterator[tuple[int, bool]]:
    for at, token in enumerate(tokens[:-2]):
        if (
            folded(token) in _ABOUT_A_TABLE
            and words[at + 1] in ("(", "=")
            and _is_name(words[at + 2])
        ):
            yield at + 2, False
