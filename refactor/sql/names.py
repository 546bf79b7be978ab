"""Where an SQL text names a table, and in what role.

SQL text in, facts out: no database, no file. The statement is read by SQLite's grammar, with
patience for what code does to SQL: texts that end early, holes where a value is only known at run
time, prose that only looks like SQL. What the grammar cannot vouch for carries a doubt in words.

    tokens      the lexical rules       scopes      aliases, CTEs, correlated sub-queries
    cursor      a place in the tokens   catalog     sqlite_master and its kin
    expressions → queries → changes → definitions      the grammar, each upon the last
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from refactor.recent import remembered
from refactor.sql.catalog import catalog_mentions
from refactor.sql.changes import CHANGES
from refactor.sql.cursor import END, HOLE_KEY, key_of
from refactor.sql.definitions import Definitions
from refactor.sql.expressions import QUERY_STARTS
from refactor.sql.queries import QUERY_CLAUSES
from refactor.sql.scopes import Mention, Role, Scope, doubt_of, resolved
from refactor.sql.tokens import (
    HOLE,
    JOIN_WORDS,
    SILENT,
    Kind,
    quoted,
    significant_tokens,
    tokens,
    words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from refactor.sql.tokens import Token

__all__ = ["HOLE", "Role", "Statement", "TableName", "leads_with_verb", "quoted", "statements"]
__all__ += ["is_shouted", "table_names"]

VERBS: Final = words("""
    ALTER ANALYZE ATTACH BEGIN COMMIT CREATE DELETE DETACH DROP END EXPLAIN INSERT PRAGMA REINDEX
    RELEASE REPLACE ROLLBACK SAVEPOINT SELECT UPDATE VACUUM VALUES WITH
    """)
_TAKE_ONE_NAME: Final = frozenset({"ANALYZE", "REINDEX"})
"""Verbs behind which two words are prose: `Analyze this commit`."""
_TRIGGER = len("TRIGGER")
_KEPT = 256
FRAGMENT: Final = "the text does not lead with an SQL verb"
_FOLLOWS_SOURCE = JOIN_WORDS | {"JOIN", "ON", "USING"}
_CONTINUES = _FOLLOWS_SOURCE | QUERY_CLAUSES | {"AND", "OR", "NOT", "EXISTS", "SET", "RETURNING"}


class Statement(Struct, frozen=True):
    """One statement of a text: its span without comments around it and without the semicolon."""

    start: int
    end: int
    verb: str  # upper case; empty where the statement does not lead with one


class TableName(Struct, frozen=True):
    """One place that names a table."""

    start: int
    end: int  # the span of the token, its quotes included
    name: str  # without quotes
    quote: str  # "", '"', "[", "`" or "'"
    role: Role
    schema: str | None  # written before the dot, here or where the qualified table is named
    statement: int  # index into `statements`
    verb: str  # the statement's, after WITH and EXPLAIN
    clause: str  # a short label: FROM, JOIN, INSERT INTO, sqlite_master, …
    doubt: str | None  # None when sure, else why not
    rivals: frozenset[str]  # folded aliases and CTEs of the statement that are not this table


@remembered(_KEPT)  # a finder, the prover and the remarks ask it of the same statement
def table_names(sql: str) -> tuple[TableName, ...]:
    """Every place in the text that names a table, in order."""
    found: list[TableName] = []
    for index, statement in enumerate(_split(sql)):
        reader = _Reader(sql, statement)
        reader.read()
        verb = _verb(statement)
        found += sorted(_names(reader, index, verb), key=lambda name: name.start)
    return tuple(found)


@remembered(_KEPT)
def statements(sql: str) -> tuple[Statement, ...]:
    """The statements of the text; a trigger's body stays with its trigger."""
    return tuple(
        Statement(tokens[0].start, tokens[-1].end, _verb(tokens)) for tokens in _split(sql)
    )


@remembered(_KEPT)
def leads_with_verb(sql: str) -> bool:
    """Whether the text begins as SQL does: the gate that keeps most prose out."""
    said = (it for it in tokens(sql) if it.kind not in SILENT and it.text != "(")
    first = next(said, None)  # only the first few: most texts are prose, and long
    if first is None or first.kind is not Kind.WORD or key_of(first) not in VERBS:
        return False
    if key_of(first) not in _TAKE_ONE_NAME:
        return True
    return [it.kind for it in islice(said, 2)] != [Kind.WORD, Kind.WORD]


def is_shouted(sql: str) -> bool:
    """Whether SQL begins in capitals, as people write SQL and not prose."""
    return leads_with_verb(sql) and sql.lstrip("( \n\t")[:2].isupper()


def _names(reader: _Reader, index: int, verb: str) -> Iterator[TableName]:
    seen: set[int] = set()
    for mention in reader.mentions():
        token = mention.token
        if token.start in seen:
            continue
        seen.add(token.start)
        yield TableName(
            token.start,
            token.end,
            token.name,
            token.quote,
            mention.role,
            mention.schema,
            index,
            verb,
            mention.clause,
            doubt_of(mention) or reader.broken,
            _rivals(reader.given, mention.alias),
        )


def _rivals(given: list[str], own: str | None) -> frozenset[str]:
    """The names that a statement gives to something else than what is called `own` in it."""
    others = list(given)
    if own in others:
        others.remove(own)
    return frozenset(others)


def _split(sql: str) -> Iterator[list[Token]]:
    """The tokens of each statement, by the rules of sqlite3_complete()."""
    statement: list[Token] = []
    is_trigger = False
    for token in significant_tokens(sql):
        if token.text != ";":
            statement.append(token)
            if len(token.text) == _TRIGGER and key_of(token) == "TRIGGER":  # few words are as long
                is_trigger = is_trigger or _creates_trigger(statement)
        elif is_trigger and not _ends_trigger(statement):
            statement.append(token)
        else:
            if statement:
                yield statement
            statement, is_trigger = [], False
    if statement:
        yield statement


def _creates_trigger(tokens: list[Token]) -> bool:
    keys = [key_of(token) for token in tokens]
    while keys[0] in ("EXPLAIN", "QUERY", "PLAN"):
        del keys[0]
    return keys in (["CREATE", "TRIGGER"], ["CREATE", "TEMP", "TRIGGER"]) or (
        keys == ["CREATE", "TEMPORARY", "TRIGGER"]
    )


def _ends_trigger(tokens: list[Token]) -> bool:
    """Whether a semicolon after these tokens ends the trigger: after `; END`, or before BEGIN."""
    before = key_of(tokens[-2]) if len(tokens) > 1 else ""
    ended = key_of(tokens[-1]) == "END" and before in (";", HOLE_KEY, "BEGIN")
    return ended or not any(key_of(token) == "BEGIN" for token in tokens)


def _verb(tokens: list[Token]) -> str:
    """The statement's verb: the explained one, and the main one after WITH."""
    at = 0
    while at < len(tokens) - 1 and key_of(tokens[at]) in ("(", "EXPLAIN", "QUERY", "PLAN"):
        at += 1
    first = key_of(tokens[at])
    if first == "WITH":
        return _verb_after_with([key_of(token) for token in tokens[at:]])
    return first if first in VERBS else ""


def _verb_after_with(keys: list[str]) -> str:
    level = 0
    for at, key in enumerate(keys):
        level += (key == "(") - (key == ")")
        may_follow = level == 0 and at > 0 and keys[at - 1] in (")", HOLE_KEY)
        if may_follow and (key in CHANGES or key in ("SELECT", "VALUES")):
            return key
    return "WITH"


class _Reader(Definitions):
    """Reads one whole statement."""

    def mentions(self) -> Iterator[Mention]:
        """What the statement names, once it has been read."""
        for use in self.uses:
            mention = resolved(use)
            if mention is not None:
                yield mention
        yield from catalog_mentions(self.comparisons)

    def read(self) -> None:
        """Read the statement to its end, whatever it holds."""
        self._explain()
        opened = 0
        while self.key == "(":
            opened += 1
            self.at += 1
        if self.key not in VERBS:
            self.broken = FRAGMENT
            self._fragment()
        elif opened:
            self.query()
        else:
            self._statement()
        while opened and self.take(")"):
            opened -= 1
        while self.key != END:
            if not self.after_hole():
                self.fail()
            self.recover()
            self.take(")")

    def _explain(self) -> None:
        if self.take("EXPLAIN"):
            self.take_all("QUERY", "PLAN")

    def _statement(self) -> None:
        match self.key:
            case "WITH":
                self._with()
            case "SELECT" | "VALUES":
                self.query()
            case "INSERT" | "REPLACE" | "UPDATE" | "DELETE":
                self.change()
            case "CREATE":
                self.create()
            case "ALTER":
                self.alter()
            case "DROP":
                self.drop()
            case "PRAGMA":
                self.pragma()
            case "ANALYZE" | "REINDEX":
                self.upkeep()
            case _:
                self.unread()

    def _with(self) -> None:
        self.ctes()
        self.take(HOLE_KEY)
        if self.key in CHANGES:
            self.change()
        elif self.key in QUERY_STARTS:
            self.compound()
        elif not self.after_hole():
            self.fail()

    def resume(self) -> None:
        """Read on after a fault; a verb that begins a line begins another statement.

        Some programs split such texts at their lines, and no semicolon says so.
        """
        if self.key not in VERBS or not self._begins_line():
            super().resume()
            return
        outside, self.scope = self.scope, Scope()
        self._statement()
        self.scope = outside

    def _begins_line(self) -> bool:
        start = self.tokens[self.at].start
        return "\n" in self.sql[self.tokens[self.at - 1].end if self.at else 0 : start]

    def _fragment(self) -> None:
        """Read a piece of SQL that continues some other text; all it names is doubtful."""
        self.scope.unfinished = True
        if self.key not in _CONTINUES:
            if self.at_name() and self.peek() in _FOLLOWS_SOURCE:
                self.sources()
            return
        if self.key in ("AND", "OR"):
            self.at += 1
        if self.key in _FOLLOWS_SOURCE and self.peek() != "CONFLICT":
            self.joins()
        elif self.key in ("NOT", "EXISTS"):
            self.condition()
        elif self.key == HOLE_KEY and self.peek() in VERBS:
            self.at += 1
            self._statement()
        self.clauses(QUERY_CLAUSES | {"ON", "SET", "RETURNING"})
        while self.take_any(frozenset({"UNION", "INTERSECT", "EXCEPT"})):
            self.take("ALL")
            self.compound()
