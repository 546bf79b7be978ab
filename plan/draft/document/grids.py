"""The tables of a document: rows of databases, and rows of old and new names."""

from collections.abc import Iterator
from dataclasses import replace

from plan.draft.document.cells import (
    compat_in,
    description_of,
    names_in,
    only_joins,
    rule_in,
    says_joins,
    says_nothing,
    says_same,
    says_skip,
    stays_in,
)
from plan.draft.document.claims import (
    OfDatabase,
    OfDomain,
    OfSkip,
    OfTable,
    OfTarget,
    Said,
    Statement,
    Unread,
)
from plan.draft.document.columns import Columns, Role, columns_of
from plan.draft.document.domains import domain_named, domain_of, one_line
from plan.draft.document.outline import Grid, Row, Text
from plan.draft.document.renames import renames_in
from plan.draft.document.surroundings import database_of, fate_above
from plan.draft.document.tokens import Kind, databases_in, tokens_of
from plan.draft.document.words import (
    NOT_TABLES,
    PLACE_WORDS,
    SKIP,
    count_of,
    fate_of,
    has,
    words_in,
)
from plan.model import Action, Claim

_FEW = 5
_EMPTY = Text("", 0)


def said_of_grid(grid: Grid) -> Iterator[Statement]:
    """All that a table states; a row that states nothing, and should, is unread."""
    columns = columns_of(grid)
    if columns.lists_databases:
        rows = _databases(grid, columns)
    elif understood(grid):
        rows = _tables(grid, columns)
    else:
        return
    yield from rows
    for head, role in zip(grid.header, columns.roles, strict=True):
        if role is Role.OTHER and head.plain:
            yield Unread(Said(grid.line, f"column “{one_line(head.plain)}”"))


def understood(grid: Grid) -> bool:
    """Whether it is a table of databases or of names."""
    columns = columns_of(grid)
    # Below a heading that names a database, it may just list what is in there.
    inside = Role.OLD in columns.roles and database_of(grid.context) is not None
    return columns.lists_databases or columns.renames or columns.lists_tables or inside


def said_in(row: Row) -> Said:
    """A row in its own words."""
    return Said(row.line, " | ".join(one_line(cell.plain) for cell in row.cells if cell.plain))


def _cell(row: Row, at: int | None) -> Text:
    return row.cells[at] if at is not None and at < len(row.cells) else _EMPTY


def _databases(grid: Grid, columns: Columns) -> Iterator[Statement]:
    for row in grid.rows:
        said = said_in(row)
        named = _cell(row, columns.at(Role.DATABASE))
        paths = [token.value for token in databases_in(tokens_of(named))]
        if not paths:
            yield Unread(said, "it names no database")
        for path in paths:
            yield from _database(path, row, said, columns, grid)


def _database(path: str, row: Row, said: Said, columns: Columns, grid: Grid) -> Iterator[Statement]:
    action = _cell(row, columns.at(Role.ACTION))
    # The action goes before what the database is for, which may say "primary" too.
    fate = fate_of(tokens_of(action))
    about = description_of(_cell(row, columns.at(Role.ABOUT)))
    if columns.at(Role.ACTION) is None:
        fate = fate_above(grid.context)
    elif not fate.said and not says_nothing(action):
        fate = replace(fate, unclear=True)
    holds = _cell(row, columns.at(Role.TABLES))
    tables = count_of(holds.plain)
    yield OfDatabase(
        path=path,
        said=said,
        action=fate.action,
        unclear=fate.unclear,
        about=about,
        tables=tables,
        rows=count_of(_cell(row, columns.at(Role.ROWS)).plain),
    )
    for into in databases_in(tokens_of(action)):
        if fate.action is Action.MERGE and into.value != path:
            yield OfTarget(into.value, said)
    if tables is None:
        for token in tokens_of(holds):
            if token.code or "_" in token.value:
                yield OfTable(token.value, said, database=path, contents=True)


def _tables(grid: Grid, columns: Columns) -> Iterator[Statement]:
    section: OfDomain | None = None
    above = domain_of(grid.context)
    for row in grid.rows:
        filled = [cell for cell in row.cells if cell.plain]
        if (
            len(filled) == 1
            and filled[0] is row.cells[0]
            and len(row.cells) > 1
            and row.cells[0].bold
        ):
            section = domain_named(row.cells[0], explicit=True)
            continue
        domain = section or above
        if (at := columns.at(Role.DOMAIN)) is not None:
            if _cell(row, at).plain:
                above = domain_named(_cell(row, at), explicit=True)
            elif row is grid.rows[0] or set(columns.roles[:at]) - {Role.ORDINAL}:
                above = None
            domain = above  # an empty first cell means what stands above it
        yield from _row(row, columns, domain, grid)


def _row(row: Row, columns: Columns, domain: OfDomain | None, grid: Grid) -> Iterator[Statement]:
    said = said_in(row)
    shared = _shared(row, columns, domain, said, grid)
    if (at := columns.at(Role.RENAME)) is not None:
        found = renames_in(_cell(row, at))
        yield from (
            replace(shared, old=it.old, new=it.new, database=_one(it.databases) or shared.database)
            for it in found
        )
        if not found:
            yield Unread(said, "it has no old and new name")
        return
    old, new = _cell(row, columns.at(Role.OLD)), _cell(row, columns.at(Role.NEW))
    olds = names_in(old)
    if not olds.names or (not olds.bare and len(olds.names) > 1):
        yield Unread(said, "it has no old name")
        return
    if not olds.bare:
        yield Unread(said, "its old name is not clear")
        return
    action = _cell(row, columns.at(Role.ACTION))
    places: tuple[str | None, ...] = olds.databases or _places(row, columns)
    shared = shared if places else replace(shared, aside=olds.aside)
    places = places or (shared.database,)
    for name in olds.names:
        for place in places:
            table = replace(shared, old=name, database=place, unclear_database=False)
            if _skipped(new, action, _cell(row, columns.at(Role.NOTES))):
                yield OfSkip(name, said, place, _claim(new.plain + action.plain))
            elif columns.at(Role.NEW) is None:
                yield replace(table, contents=True)
            else:
                yield _with_new(table, new, crowd=len(olds.names) * len(places) > 1)


def _skipped(new: Text, action: Text, notes: Text) -> bool:
    """Whether the row says that the table does not come along."""
    says = has((token.word for token in tokens_of(action)), SKIP)
    return says_skip(new) or says or (says_nothing(new) and says_skip(notes))


def _claim(text: str) -> Claim | None:
    return Claim.EMPTY if "empty" in text.lower() else None


def _one(databases: tuple[str, ...]) -> str | None:
    return databases[0] if len(databases) == 1 else None


def _places(row: Row, columns: Columns) -> tuple[str, ...]:
    cell = _cell(row, columns.at(Role.DATABASE))
    found = tuple(token.value for token in databases_in(tokens_of(cell)))
    if found or says_nothing(cell):
        return found
    # A file's name without its ending, which the databases of the document tell.
    words = [it.value for it in tokens_of(cell) if it.kind is not Kind.MARK]
    if all(word.isidentifier() for word in words):
        return tuple(word for word in words if word.lower() not in PLACE_WORDS | {"and"})
    return (one_line(cell.plain),)


def _shared(row: Row, columns: Columns, domain: OfDomain | None, said: Said, grid: Grid) -> OfTable:
    notes = _cell(row, columns.at(Role.NOTES))
    action = _cell(row, columns.at(Role.ACTION))
    compat = _cell(row, columns.at(Role.COMPAT))
    spoken = (*tokens_of(notes), *tokens_of(action))
    about = _cell(row, columns.at(Role.ABOUT))
    rule = rule_in(f"{notes.plain} {action.plain}")
    stays = compat_in(tokens_of(compat)) or stays_in(tokens_of(notes))
    if columns.at(Role.ABOUT) is None and not (
        rule or stays or says_skip(notes) or only_joins(notes) or _only_a_fate(notes)
    ):
        about = notes
    places = _places(row, columns)
    return OfTable(
        old="",
        said=said,
        database=places[0] if len(places) == 1 else database_of(grid.context),
        unclear_database=len(places) > 1,
        about=description_of(about),
        domain=domain,
        joins=says_joins(spoken),
        rule=rule,
        compat=stays,
        rows=count_of(_cell(row, columns.at(Role.ROWS)).plain),
        firm=not _of_other_things(grid),
    )


def _only_a_fate(notes: Text) -> bool:
    """Whether a note just tells what is done, as "keep" or "delete after a month"."""
    return len(notes.plain.split()) <= _FEW and fate_of(tokens_of(notes)).said


def _of_other_things(grid: Grid) -> bool:
    """Whether its heading says that it is about something else than tables."""
    heading = grid.context.headings[-1:]
    words = [word for text in heading for word in words_in(text.plain)]
    return has(words, NOT_TABLES) and not has(words, frozenset({"table", "tables", "database"}))


def _with_new(table: OfTable, cell: Text, *, crowd: bool) -> OfTable:
    """The table with the new name that a cell gives it."""
    if says_nothing(cell):
        return replace(table, unclear_new=True)
    if says_same(cell):
        return replace(table, new=table.old, joins=crowd or table.joins)
    found = names_in(cell)
    if len(found.names) != 1 or not found.bare:
        return replace(table, unclear_new=True)
    return replace(
        table,
        new=found.names[0],
        joins=crowd or table.joins or says_joins(found.extra),
        rule=table.rule or rule_in(cell.plain),
        compat=table.compat or compat_in(found.extra),
    )
