"""Statements that stand one a line with nothing between them: code takes them apart by lines."""

import re

from msgspec.structs import replace

from refactor.proof.oracle import Oracle
from refactor.python.strings import Text
from refactor.sql.names import table_names

_ONE_A_LINE = re.compile(
    r"\s*(?:(?:ALTER|CREATE|DELETE|DROP|INSERT|REPLACE|UPDATE)\b[^;\n]*(?:\n\s*|\Z)){2,}",
    re.IGNORECASE,
)


def apart_by_lines(text: Text, oracle: Oracle) -> Text:
    """The text with an end behind each line, if every line is a statement and the whole is none."""
    sql = text.text
    if "\n" not in sql or not _ONE_A_LINE.fullmatch(sql):
        return text
    lines = (it for it in sql.splitlines() if it.strip())
    if _is_one(sql, oracle) or not all(_is_one(it, oracle) for it in lines):
        return text
    start, end = len(sql) - len(sql.lstrip()), len(sql.rstrip())
    return replace(text, text=sql[:start] + sql[start:end].replace("\n", ";") + sql[end:])


def _is_one(sql: str, oracle: Oracle) -> bool:
    """Whether a text is a statement: of what alters a table SQLite only reads the beginning."""
    return oracle.is_sql(sql) and not any(it.doubt for it in table_names(sql))
