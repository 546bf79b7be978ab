"""SQLite's files as DuckDB reads them: `sqlite_scan('data/old.db', 'old')`.

Source: DuckDB's SQLite extension, https://duckdb.org/docs/stable/core_extensions/sqlite
"""

from collections.abc import Iterator

from plan.model import folded
from refactor.databases.databasepaths import database_in
from refactor.finders.finder import Surroundings
from refactor.legacy import Fate, Meaning
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import table_names
from refactor.sql.tokens import Kind, Token, significant_tokens, upper

_TAKE_FILE = frozenset({"SQLITE_SCAN", "SQLITE_ATTACH", "SQLITE_QUERY"})
_TAKES_TABLE = "SQLITE_SCAN"
_TAKES_SQL = "SQLITE_QUERY"
_ARGUMENTS = 2


def may_scan(text: str) -> bool:
    """Whether a text may read a file like that: that is cheap to see."""
    return "sqlite_" in text.lower()


def scans_in(sql: str) -> Iterator[tuple[str, list[Token]]]:
    """The functions of a text that take a file, and their arguments as far as they are strings."""
    tokens = significant_tokens(sql)
    for at, token in enumerate(tokens):
        function = upper(token.text)
        if token.kind is Kind.WORD and function in _TAKE_FILE:
            opened, *inside = tokens[at + 1 : at + 5] or [token]
            given = [it for it in inside[::2] if it.kind is Kind.STRING]
            commas = all(it.text in ",)" for it in inside[1::2])
            if opened.text == "(" and given and commas:
                yield function, given


def tables_scanned(text: Text, around: Surroundings) -> Iterator[Reference]:
    """The old tables that a text names beside the file in which they are."""
    for function, given in scans_in(text.text) if may_scan(text.text) else ():
        if function == _TAKES_TABLE and len(given) == _ARGUMENTS:
            file, table = given
            named = database_in(file.name, around.legacy)
            for meaning in around.legacy.meanings.get(folded(table.name), ()):
                if named and meaning.database == named.database:
                    yield from _table(text, table, meaning, around)
        elif function == _TAKES_SQL and len(given) == _ARGUMENTS:
            file, query = given
            yield from _queried(text, file, query, around)


def _queried(text: Text, file: Token, query: Token, around: Surroundings) -> Iterator[Reference]:
    """A question for each old table in SQL that is handed to SQLite as it is."""
    named = database_in(file.name, around.legacy)
    if not named and not file.name.isidentifier():
        return  # another file, rather than what is attached under a name
    start = query.start + 1
    for name in table_names(text.text[start : query.end - 1]):
        inside = bool(name.quote)
        first, last = start + name.start + inside, start + name.end - inside
        meanings = [
            it
            for it in around.legacy.meanings.get(folded(text.text[first:last]), ())
            if it.new != it.old and (not named or it.database == named.database)
        ]
        if meanings:
            yield around.table_reference(
                text.near(first, last),
                text.text[first:last],
                meanings,
                clause=_TAKES_SQL.lower(),
                question=f"DuckDB hands this SQL on to SQLite: should it say {meanings[0].new}?",
                mend="change it by hand",
                blocking=True,
            )


def _table(text: Text, table: Token, meaning: Meaning, around: Surroundings) -> Iterator[Reference]:
    if meaning.fate is Fate.STAYS or meaning.new == meaning.old:
        return
    first, last = table.start + 1, table.end - 1
    at = text.place(first, last)
    question = None
    if meaning.fate is Fate.LEFT:
        question = "the plan leaves that table behind: what should it read instead?"
    elif at is None or not meaning.new.isidentifier():
        question = f"this is {meaning.old}, which is called {meaning.new} then"
    yield around.table_reference(
        text.near(first, last) if at is None else at,
        text.text[first:last],
        [meaning],
        new=None if question else meaning.new,
        clause=_TAKES_TABLE.lower(),
        evidence=(Evidence(Reason.API, f"a table of {meaning.database}, by DuckDB's function"),),
        question=question,
        mend="change it by hand",
        blocking=question is not None,
    )
