"""Which strings of a statement are names that SQLite's own catalog keeps about tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from plan.model import folded
from refactor.sql.scopes import TEMPORARY, Mention, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from refactor.sql.scopes import Scope, Source
    from refactor.sql.tokens import Token

_MASTER = frozenset({"name", "tbl_name"})
CATALOGS: Final = {
    "sqlite_master": _MASTER,
    "sqlite_schema": _MASTER,
    "sqlite_temp_master": _MASTER,
    "sqlite_temp_schema": _MASTER,
    "sqlite_sequence": frozenset({"name"}),
    "sqlite_stat1": frozenset({"tbl"}),
    "sqlite_stat3": frozenset({"tbl"}),
    "sqlite_stat4": frozenset({"tbl"}),
    "pragma_table_list": frozenset({"name"}),
    "pragma_foreign_key_list": frozenset({"table"}),
    "pragma_foreign_key_check": frozenset({"table", "parent"}),
    "dbstat": frozenset({"name"}),
}
"""The columns that hold names of tables, by the table that has them."""

COLUMNS: Final = frozenset({"type"}).union(*CATALOGS.values())

_TEMPORARY = frozenset({"sqlite_temp_master", "sqlite_temp_schema"})
_TYPED = frozenset(name for name, columns in CATALOGS.items() if columns is _MASTER)
_LOOSE = frozenset({"LIKE", "GLOB", "REGEXP", "MATCH"})
PATTERN: Final = "a pattern, not a name"
PIECE: Final = "only a piece of the string that is compared"


class Region(Struct):
    """Conditions that hold together: joined with AND, up to the next OR or parenthesis."""

    parent: Region | None = None
    types: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    joined: list[Region] = field(default_factory=list)  # whole conditions that hold here too

    def types_of(self, qualifier: str) -> Iterator[frozenset[str]]:
        """What `type` may be here, one set for each condition on it."""
        region: Region | None = self
        while region is not None:
            for holding in (region, *region.joined):
                yield from (types for owner, types in holding.types if owner == qualifier)
            region = region.parent


class Comparison(Struct, frozen=True):
    """A column compared with strings."""

    column: str  # folded
    qualifier: str  # folded; empty where the column stands alone
    values: tuple[Token, ...]
    operator: str
    negated: bool
    region: Region
    scope: Scope
    piece: bool = False


def catalog_mentions(comparisons: Iterable[Comparison]) -> Iterator[Mention]:
    """The strings that name a table because of the catalog column they are compared with."""
    owned = [(comparison, owner) for comparison in comparisons if (owner := _owner(comparison))]
    for comparison, owner in owned:
        if _says_type(comparison, owner):
            types = frozenset(folded(value.name) for value in comparison.values)
            comparison.region.types.append((comparison.qualifier, types))
    for comparison, owner in owned:
        if _names_table(comparison, owner):
            yield from _mentions(comparison, owner)


def _mentions(comparison: Comparison, owner: Source) -> Iterator[Mention]:
    clause = folded(owner.token.name) if owner.token else ""
    doubt = PATTERN if comparison.operator in _LOOSE else PIECE if comparison.piece else None
    schema = TEMPORARY if clause in _TEMPORARY else owner.schema
    for value in comparison.values:
        yield Mention(value, Role.CATALOG, clause, schema, doubt)


def _owner(comparison: Comparison) -> Source | None:
    """The catalog that the column is read from."""
    for scope in comparison.scope.outwards():
        for source in scope.sources:
            if comparison.qualifier and source.visible() != comparison.qualifier:
                continue
            if source.token is not None and folded(source.token.name) in CATALOGS:
                return source
            if comparison.qualifier:
                return None
        if scope.sources:
            return None  # a bare column is more likely theirs than an outer catalog's
    return None


def _says_type(comparison: Comparison, owner: Source) -> bool:
    return (
        comparison.column == "type"
        and owner.token is not None
        and folded(owner.token.name) in _TYPED
        and comparison.operator not in _LOOSE
        and not comparison.negated
    )


def _names_table(comparison: Comparison, owner: Source) -> bool:
    catalog = folded(owner.token.name) if owner.token else ""
    if comparison.column not in CATALOGS[catalog]:
        return False
    # An index and a trigger are filed under the table that has them, a view under itself.
    wanted = {"table"} if comparison.column == "name" else {"table", "index", "trigger"}
    return all(types & wanted for types in comparison.region.types_of(comparison.qualifier))
