"""CREATE statements as SQLite stores them, with other names in them."""

import re
from collections.abc import Sequence

from migrate.errors import DatabaseError
from plan.stored import names_its_columns, quoted

_NAME = re.compile(
    r"(CREATE(?: UNIQUE| VIRTUAL)? (?:TABLE|INDEX|VIEW|TRIGGER) )\s*"
    r'("(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|' + r"'(?:[^']|'')*'" + r"|[^\s(\[\"'`]+)",
    re.IGNORECASE,
)


def named_as(sql: str, original: str) -> str:
    """A stored CREATE statement with the name that another one has, written as it is there."""
    match, wanted = _NAME.match(sql), _NAME.match(original)
    if match is None or wanted is None:
        return sql
    return match[1] + wanted[2] + sql[match.end() :]


def in_schema(sql: str, schema: str) -> str:
    """A stored CREATE statement that creates its object in an attached database."""
    match = _NAME.match(sql)
    if match is None:
        raise DatabaseError(schema, f"stored SQL is not understood: {sql[:60]!r}", "mend it")
    return f"{match[1]}{quoted(schema)}.{sql[match.start(2) :]}"


def with_columns(sql: str, columns: Sequence[str]) -> str:
    """A stored CREATE VIEW that names its output columns, unless it does so already."""
    match = _NAME.match(sql)
    if match is None or names_its_columns(sql):
        return sql
    return f"{sql[: match.end()]}({', '.join(map(quoted, columns))}){sql[match.end() :]}"
