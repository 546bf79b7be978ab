"""Rows with each text decoded strictly, and where one could not be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from migrate.database.schema import Table
from migrate.database.sqlite import Database, Value
from migrate.errors import SurveyError
from plan.errors import Problem
from plan.stored import quoted

_CODECS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}
_AT_ONCE = 900
"""Columns in one query, which asks two things of each: 2000 are the most that a query gives."""
_LOST_IN_UTF16 = ("\ufffe", "\uffff")
"""What SQLite replaces where it makes UTF-16: https://sqlite.org/src/file/src/utf.c, READ_UTF8."""
_SHOWN = 60

Values = tuple[Value, ...]


@dataclass(slots=True)
class _Bad:
    """Texts of one column that cannot be told."""

    row: str
    """The first of them."""
    why: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one database, on their way from one encoding to another."""

    name: str
    encoding: str
    into: str
    _bad: dict[tuple[str, str], _Bad] = field(default_factory=dict)

    def rows(self, database: Database, table: Table, columns: Sequence[str]) -> Iterator[Values]:
        """All rows in the order of their rowids: the rowid (or None), then the columns."""
        order = f" ORDER BY {quoted(table.rowid)}" if table.rowid else ""
        return self._read(database, table, columns, f" NOT INDEXED{order}", ())

    def row(
        self, database: Database, table: Table, columns: Sequence[str], like: Values
    ) -> Values | None:
        """The row that has the same primary key as this one."""
        key = tuple(like[1 + columns.index(column)] for column in table.primary_key)
        where = " AND ".join(f"{quoted(column)} IS ?" for column in table.primary_key)
        return next(self._read(database, table, columns, f" WHERE {where}", key), None)

    def _read(
        self, database: Database, table: Table, columns: Sequence[str], tail: str, key: Values
    ) -> Iterator[Values]:
        rowid = quoted(table.rowid) if table.rowid else "NULL"
        parts = []
        for start in range(0, len(columns), _AT_ONCE):
            cells = ", ".join(map(_cell, columns[start : start + _AT_ONCE]))
            sql = f"SELECT {rowid}, {cells} FROM main.{quoted(table.name)}{tail}"
            parts.append(database.each(sql, *key))
        for pieces in zip(*parts, strict=True):
            kinds = [*chain.from_iterable(piece[1::2] for piece in pieces)]
            values = [*chain.from_iterable(piece[2::2] for piece in pieces)]
            for place, kind in enumerate(kinds):
                if kind == "text":
                    values[place] = self._told(table, columns, place, pieces[0][0], values)
            yield (pieces[0][0], *values)

    def _told(
        self, table: Table, columns: Sequence[str], place: int, rowid: Value, values: list[Value]
    ) -> str | None:
        raw = values[place]
        assert isinstance(raw, bytes)  # noqa: S101 (what the query casts it to)
        try:
            text = raw.decode(_CODECS[self.encoding])
        except UnicodeDecodeError:
            why = f"is not valid {self.encoding}"
        else:
            if self.into == "UTF-8" or not any(lost in text for lost in _LOST_IN_UTF16):
                return text
            why = f"holds U+FFFE or U+FFFF, which SQLite does not keep in {self.into}"
        row = f"row {rowid!r}"
        if table.without_rowid:
            key = [values[columns.index(column)] for column in table.primary_key]
            row = f"the row of the key {repr(key)[:_SHOWN]}"
        self._bad.setdefault((table.name, columns[place]), _Bad(row, why)).count += 1
        return None

    def refuse(self) -> None:
        """Stop if a text could not be told.

        Raises:
            SurveyError: with each column that holds such texts.
        """
        problems = []
        for (table, column), bad in self._bad.items():
            more = f", one of {bad.count}," if bad.count > 1 else ""
            what = f"column {column!r} of {bad.row}{more} {bad.why}"
            mend = "correct it with its own program, or make it a BLOB"
            problems.append(Problem(f"{self.name}: table {table}", what, mend))
        if problems:
            raise SurveyError(tuple(problems))


def _cell(column: str) -> str:
    """A column's type and value; of a text its bytes."""
    name = quoted(column)
    return (
        f"typeof({name}), CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) ELSE {name} END"
    )
