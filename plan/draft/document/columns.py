"""What the columns of a Markdown table are, by their headers and by what is in them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from plan.draft.document.outline import Grid, Text
from plan.draft.document.tokens import Kind, databases_in, tokens_of
from plan.draft.document.vocabulary import forms
from plan.draft.document.words import NOT_TABLES, PLACE_WORDS, count_of, has, words_in


class Role(Enum):
    """What a column is for."""

    DATABASE = "database"
    RECEIVER = "the database that receives"
    OLD = "old name"
    NEW = "new name"
    NAME = "name"
    ORIGIN = "old name, or the database"
    RENAME = "old → new"
    ACTION = "action"
    ABOUT = "about"
    NOTES = "notes"
    TABLES = "tables"
    ROWS = "rows"
    SIZE = "size"
    DOMAIN = "domain"
    COMPAT = "compat"
    ORDINAL = "number"
    OTHER = "other"


_OLD = forms(
    "current old from existing before was today todays legacy original originally formerly former",
    "previous previously present now source as-is",
)
_NEW = forms(
    "new to becomes become after renamed proposed future consolidated target destination will",
    "tomorrow final to-be afterwards into planned",
)
_NAME = forms("table tables name names entity")
_PLACE = forms(
    "database databases db file files path source location where in lives held origin home store",
    "from datastore sqlite",
)
_ORDINAL = forms("no nr")
_ORIGIN = forms("from source origin in where")
_WORDS: tuple[tuple[Role, frozenset[str]], ...] = (
    (Role.COMPAT, forms("compat compatibility view views alias shim stays")),
    (Role.ROWS, forms("rows row records entries")),
    (Role.SIZE, forms("size kb mb bytes")),
    (
        Role.ACTION,
        forms(
            "action actions decision fate verdict outcome treatment strategy disposition",
            "recommendation plan happens do todo what-to-do handling",
        ),
    ),
    (Role.DOMAIN, forms("domain group area module subsystem context category")),
    (
        Role.ABOUT,
        forms(
            "description purpose about contents content holds meaning what explanation role usage",
            "use used for why",
        ),
    ),
    (Role.NOTES, forms("note notes comment comments remark remarks details")),
)


@dataclass(frozen=True, slots=True)
class Columns:
    """The roles of a table's columns, in their order."""

    roles: tuple[Role, ...]

    def at(self, role: Role) -> int | None:
        """The first column of that role."""
        return self.roles.index(role) if role in self.roles else None

    @property
    def renames(self) -> bool:
        """Whether it gives new names to tables."""
        return Role.RENAME in self.roles or {Role.OLD, Role.NEW} <= set(self.roles)

    @property
    def lists_tables(self) -> bool:
        """Whether it says of tables where they are."""
        return Role.OLD in self.roles and Role.DATABASE in self.roles

    @property
    def lists_databases(self) -> bool:
        """Whether it says what becomes of databases."""
        return Role.DATABASE in self.roles and not self.renames and not self.lists_tables


def columns_of(grid: Grid) -> Columns:
    """The roles, or OTHER for all columns where it is about something else than tables."""
    cells = [
        [row.cells[at] for row in grid.rows if at < len(row.cells) and row.cells[at].plain]
        for at in range(len(grid.header))
    ]
    roles = [
        _role(words_in(head.plain), column) for head, column in zip(grid.header, cells, strict=True)
    ]
    if any(
        role in (Role.OLD, Role.NEW) and has(words_in(head.plain), NOT_TABLES - {"key", "file"})
        for role, head in zip(roles, grid.header, strict=True)
    ):
        return Columns((Role.OTHER,) * len(roles))
    return Columns(tuple(_settled(roles)))


def _role(head: list[str], column: Sequence[Text]) -> Role:
    words = frozenset(head)
    if not words or words <= _ORDINAL:
        return Role.ORDINAL
    if _mostly(column, _is_rename):
        return Role.RENAME
    if _mostly(column, _is_database):
        receives = has(words, _NEW) and not has(words, _PLACE - {"database", "db", "file", "path"})
        return Role.RECEIVER if receives else Role.DATABASE
    for role, known in _WORDS:
        if has(words, known) and not (role is Role.COMPAT and has(words, frozenset({"new", "to"}))):
            return role
    return _place_role(words, column)


def _place_role(words: frozenset[str], column: Sequence[Text]) -> Role:
    if has(words, frozenset({"tables"})) and _mostly(column, _is_number):
        return Role.TABLES
    if has(words, _ORIGIN) and not has(words, _NAME | _PLACE - _ORIGIN):
        return Role.ORIGIN if _mostly(column, _is_name) else Role.OTHER
    if has(words, _PLACE) and not has(words, _NAME) and not _named_in_code(column):
        return Role.DATABASE if _mostly(column, _is_name) else Role.OTHER
    return _name_role(words, column)


def _name_role(words: frozenset[str], column: Sequence[Text]) -> Role:
    if has(words, frozenset({"tables"})) and not has(words, _OLD | _NEW):
        return Role.TABLES
    if not _mostly(column, _is_name):
        return Role.OTHER
    if has(words, _OLD) and not has(words, _NEW - {"to"}):
        return Role.OLD
    if has(words, _NEW):
        return Role.NEW
    return Role.NAME if has(words, _NAME) else Role.OTHER


def _settled(roles: list[Role]) -> Iterator[Role]:
    """A column that is just called *table* is the old name, or the new one beside an old one.

    *From* and *source* are the old name where no other column is.
    """
    seen: set[Role] = set()
    named = Role.OLD in roles or (Role.NAME in roles and Role.NEW in roles)
    placed = Role.DATABASE in roles
    for role in roles:
        if role is Role.RENAME and Role.OLD in roles and Role.NEW in roles:
            role = Role.OTHER  # noqa: PLW2901 - of columns, say
        if role is Role.ORIGIN:
            role = Role.DATABASE if named and not placed else Role.OLD  # noqa: PLW2901
        if role is Role.NAME:
            old = Role.OLD in roles or (Role.ORIGIN in roles and placed)
            role = Role.NEW if old and Role.NEW not in roles else Role.OLD  # noqa: PLW2901
        if role in seen and role in (Role.OLD, Role.NEW, Role.DATABASE, Role.ABOUT):
            role = Role.NOTES if role is Role.ABOUT else Role.OTHER  # noqa: PLW2901
        seen.add(role)
        yield role


def _mostly(column: Sequence[Text], test: Callable[[Text], bool]) -> bool:
    return bool(column) and 2 * sum(map(test, column)) >= len(column)


def _is_database(cell: Text) -> bool:
    tokens = [token for token in tokens_of(cell) if token.kind is not Kind.MARK]
    return bool(tokens) and tokens[0].kind is Kind.DATABASE and not _holds_name(cell)


def _holds_name(cell: Text) -> bool:
    return any(token.kind is Kind.NAME for token in tokens_of(cell))


def _is_rename(cell: Text) -> bool:
    tokens = tokens_of(cell)
    names = [token for token in tokens if token.kind is Kind.NAME]
    arrow = any(token.kind is Kind.ARROW for token in tokens)
    return arrow and (len(names) > 1 or not databases_in(tokens))


def _is_name(cell: Text) -> bool:
    tokens = tokens_of(cell)
    first = next((token for token in tokens if token.kind is not Kind.MARK), None)
    aside = next((at for at, token in enumerate(tokens) if token.value == "("), len(tokens))
    words = [it for it in tokens[:aside] if it.word and it.word not in PLACE_WORDS]
    return first is not None and (
        first.kind in (Kind.NAME, Kind.CODE) or len(words) == 1 or _holds_name(cell)
    )


def _named_in_code(column: Sequence[Text]) -> bool:
    return _mostly(column, lambda cell: any(token.code for token in tokens_of(cell)))


def _is_number(cell: Text) -> bool:
    return count_of(cell.plain) is not None
