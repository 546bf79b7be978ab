"""A database whose text has another encoding than the target's, as a copy in that encoding.

SQLite attaches files of one encoding only (https://sqlite.org/pragma.html#pragma_encoding), and may
alter what it converts by itself: halves of surrogate pairs, bytes that are no text. So texts are
decoded strictly, row by row, and the copy is read again and compared before it is used. It is made
anew from the same bytes wherever it is needed, and lives as long as it is.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from migrate.database.examine import is_first_format
from migrate.database.reading import readable
from migrate.database.schema import Table, objects_of, own, tables_of
from migrate.database.sqlite import Database, open_frozen, open_target
from migrate.database.stored import in_schema
from migrate.database.texts import Texts, Values
from migrate.errors import DatabaseError, SurveyError
from migrate.steps.layout import bare, physical, redefined
from plan.errors import Problem
from plan.schema import DatabaseSchema
from plan.stored import quoted

_COMPUTED = "a generated column may turn text to bytes or bytes to text, as hex() does"


@contextmanager
def attachable(path: Path, name: str, encoding: str) -> Iterator[Path]:
    """A file as a database of that encoding can attach it: itself, or a copy while it is needed.

    Raises:
        SurveyError: its text cannot be told in that encoding; says where each such text is.
        DatabaseError: it cannot be read, or the copy cannot be written.
    """
    with readable(path) as file, open_frozen(file, name) as source:
        if encoding_of(source) == encoding:
            yield file
            return
        with tempfile.TemporaryDirectory(prefix="retable-") as folder:
            copied = Path(folder) / "copy.db"
            with open_target(copied, f"{name} (its copy in {folder})") as copy:
                _convert(source, copy, encoding)
            yield copied


def encoding_of(database: Database) -> str:
    """UTF-8, UTF-16le or UTF-16be."""
    return str(database.value("PRAGMA main.encoding"))


def problems_of(path: Path, name: str, encoding: str) -> tuple[Problem, ...]:
    """What keeps a file from being read in that encoding, found by doing it."""
    try:
        with attachable(path, name, encoding):
            return ()
    except SurveyError as error:
        return error.problems
    except DatabaseError as error:
        return (error.problem,)


def _convert(source: Database, copy: Database, encoding: str) -> None:
    texts = Texts(source.name, encoding_of(source), encoding)
    schema = objects_of(source, source.name)
    tables = [table for table in tables_of(source, schema) if table.kind != "virtual"]
    if is_first_format(source, tables):
        copy.keep_first_format()
    copy.run(f"PRAGMA encoding = '{encoding}'; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    copy.run("BEGIN")
    for table in tables:
        copy.run(bare(table, table.name))
        _fill(copy, table, texts.rows(source, table, physical(table)))
    texts.refuse()
    _give_definitions(copy, schema, tables)
    _continue_sequences(source, copy)
    copy.run("COMMIT")
    for table in tables:
        _compare(source, copy, table, texts)


def _fill(copy: Database, table: Table, rows: Iterator[Values]) -> None:
    columns = [quoted(column) for column in physical(table)]
    if table.rowid and table.alias is None:
        columns.insert(0, quoted(table.rowid))
    else:
        # The first value is the rowid, which the alias has as well.
        rows = (row[1:] for row in rows)
    values = ", ".join("?" * len(columns))
    copy.fill(
        f"INSERT INTO main.{quoted(table.name)} ({', '.join(columns)}) VALUES ({values})", rows
    )


def _give_definitions(copy: Database, schema: DatabaseSchema, tables: Sequence[Table]) -> None:
    names = {table.name for table in tables}
    for item in schema.objects:
        if item.kind == "table" and item.name in names:
            copy.run(redefined(item.name, item.sql or ""))
    for item in schema.objects:
        if item.kind == "index" and item.sql and not own(item.name):
            copy.run(in_schema(item.sql, "main"))


def _continue_sequences(source: Database, copy: Database) -> None:
    held = "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_sequence'"
    if source.value(held) and copy.value(held):
        copy.run("DELETE FROM main.sqlite_sequence")
        rows = source.each("SELECT name, seq FROM main.sqlite_sequence")
        copy.fill("INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)", rows)


def _compare(source: Database, copy: Database, table: Table, texts: Texts) -> None:
    """Stop unless each row of the copy is what it was: rowid, types, values, computed ones too."""
    columns = tuple(column.name for column in table.columns)
    count = f"SELECT count(*) FROM main.{quoted(table.name)}"
    same = source.value(count) == copy.value(count)
    back = Texts(copy.name, texts.into, texts.into)
    rows = texts.rows(source, table, columns)
    pairs: Iterable[tuple[Values, Values | None]]
    if table.without_rowid:
        pairs = ((row, back.row(copy, table, columns, row)) for row in rows)
    else:
        pairs = zip(rows, back.rows(copy, table, columns), strict=False)
    # Unlike ==, repr tells 1 from 1.0 and 0.0 from -0.0.
    if not same or any(repr(row) != repr(other) for row, other in pairs):
        what = f"its rows do not read the same in {texts.into}: {_COMPUTED}"
        mend = "convert the file with its own program"
        raise SurveyError((Problem(f"{source.name}: table {table.name}", what, mend),))
