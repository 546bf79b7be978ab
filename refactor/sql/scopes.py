"""Which thing a name in a statement belongs to: SQLite's rules of visibility.

A statement is read once, left to right, and what it mentions is only noted: `SELECT t.x FROM t`
says what `t` is after it is used. When the statement ends, `resolved` decides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from plan.model import folded
from refactor.sql.tokens import HOLE, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from refactor.sql.tokens import Token

UNKNOWN_PART: Final = "part of the name is only known at run time"
UNKNOWN_SCHEMA: Final = "its schema is only known at run time"
NO_FROM: Final = "no FROM in this text says what it qualifies"
NO_SOURCE: Final = "nothing in this text has the name that it qualifies with"
_ROWS = frozenset({"new", "old", "excluded"})
TWO_THINGS: Final = "two things have this name here"
TEMPORARY: Final = "temp"
"""The schema of what one connection has for itself: SQLite attaches nothing under this name."""


class Role(StrEnum):
    """In what role a text names a table."""

    TABLE = "table"
    DECLARES = "declares"  # CREATE TABLE t, ALTER TABLE … RENAME TO t, CREATE VIRTUAL TABLE t
    VIEW = "view"  # CREATE VIEW v, DROP VIEW v, INSTEAD OF … ON v: a view's own name
    QUALIFIER = "qualifier"  # t in t.column, or a full-text table's column of its own name
    CATALOG = "catalog"  # a string compared with a name that SQLite keeps about its tables


class Mention(Struct, frozen=True):
    """A place that names a table, as far as its statement alone tells."""

    token: Token
    role: Role
    clause: str
    schema: str | None = None
    doubt: str | None = None
    alias: str | None = None
    """The name that the statement gives it here, if it does."""


class Source(Struct):
    """Something that rows come from: a table, or what stands for one."""

    token: Token | None  # the table's name; None for a sub-query and a function
    alias: str | None
    schema: str | None = None
    scope: Scope | None = None  # where to look for a CTE of that name; None: it cannot be one

    def visible(self) -> str | None:
        """The folded name by which columns are qualified."""
        if self.alias is not None:
            return self.alias
        return folded(self.token.name) if self.token else None

    def table(self) -> Token | None:
        """The table's own name, if this is a table."""
        if self.token is None or is_cte(self.token, self.scope):
            return None
        return self.token


class Scope(Struct):
    """What can be seen in one SELECT, change, or list of common table expressions."""

    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    ctes: set[str] = field(default_factory=set)
    rows: frozenset[str] = frozenset()  # NEW, OLD and EXCLUDED, where they mean a row
    earlier: tuple[Scope, ...] = ()  # the SELECTs before this one in a compound
    unfinished: bool = False  # a source may be missing: the text ends early or has a hole

    def outwards(self) -> Iterator[Scope]:
        """This scope and all around it, the nearest first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


class SourceUse(Struct, frozen=True):
    """A name where rows come from: a table, unless a CTE has that name."""

    source: Source
    token: Token
    clause: str
    doubt: str | None


class QualifierUse(Struct, frozen=True):
    """The name before a column's dot."""

    token: Token
    schema: str | None
    scope: Scope


class OwnColumnUse(Struct, frozen=True):
    """A bare column that may be the one of a full-text table's own name."""

    token: Token
    clause: str
    scope: Scope


Use = Mention | SourceUse | QualifierUse | OwnColumnUse


def is_temporary(schema: str | None) -> bool:
    """Whether a schema is the one of what a connection has for itself."""
    return schema is not None and folded(schema) == TEMPORARY


def is_cte(token: Token, scope: Scope | None) -> bool:
    """Whether a common table expression of that name is visible from the scope."""
    if scope is None:
        return False
    name = folded(token.name)
    return any(name in around.ctes for around in scope.outwards() if around.ctes)


def resolved(use: Use) -> Mention | None:
    """What the place names, now that its statement has been read to the end."""
    match use:
        case Mention():
            return use
        case SourceUse(source=source, token=token):
            if source.table() is None:
                return None
            return Mention(token, Role.TABLE, use.clause, source.schema, use.doubt, source.alias)
        case QualifierUse():
            return _qualifier(use)
        case OwnColumnUse():
            return _own_column(use)


def _qualifier(use: QualifierUse) -> Mention | None:
    name = folded(use.token.name)
    unfinished = False
    around = use.scope.outwards()
    for scope in around:
        found = [source for source in scope.sources if _fits(source, name, use.schema)]
        if found:
            # SQLite goes on outwards if what it finds here has no such column.
            hidden = [source for outer in around for source in outer.sources]
            return _qualifying(use, found, [s for s in hidden if _fits(s, name, use.schema)])
        if use.schema is None and name in scope.rows:
            return None
        unfinished = unfinished or scope.unfinished
    if use.token.kind is Kind.HOLE or (name in _ROWS and not unfinished):
        return None  # a statement of a trigger, whose beginning stands elsewhere
    # SQLite would not compile the text alone: what is meant stands around it, or nowhere.
    doubt = NO_FROM if unfinished else NO_SOURCE
    return Mention(use.token, Role.QUALIFIER, "qualifier", use.schema, doubt)


def _fits(source: Source, name: str, schema: str | None) -> bool:
    return source.visible() == name and (
        schema is None or source.schema is None or folded(source.schema) == folded(schema)
    )


def _qualifying(use: QualifierUse, found: list[Source], hidden: list[Source]) -> Mention | None:
    """The qualifier if it can mean a table; which of several, only the columns could tell."""
    meanings = [*found, *hidden]
    tables = [source for source in meanings if source.alias is None and source.table()]
    if not tables:
        return None
    schemas = {folded(source.schema or "main") for source in tables}
    mixed = len(tables) != len(meanings) or len(schemas) > 1
    schema = use.schema or tables[0].schema
    doubt = TWO_THINGS if mixed else None
    return Mention(use.token, Role.QUALIFIER, "qualifier", schema, doubt)


def _own_column(use: OwnColumnUse) -> Mention | None:
    """The hidden column has the table's real name, whatever the alias."""
    name = folded(use.token.name)
    for scope in use.scope.outwards():
        for source in scope.sources:
            table = source.table()
            if table is not None and folded(table.name) == name:
                return Mention(use.token, Role.QUALIFIER, use.clause, source.schema)
    return None


def doubt_of(mention: Mention) -> str | None:
    """Why the name itself is not sure, whatever surrounds it."""
    if HOLE in mention.token.text:
        return UNKNOWN_PART
    if mention.schema is not None and HOLE in mention.schema:
        return UNKNOWN_SCHEMA
    return mention.doubt
