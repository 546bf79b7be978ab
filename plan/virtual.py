"""Virtual tables: which module runs one, and the tables in which it keeps its rows."""

import re
from collections.abc import Iterator

from plan.model import folded
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import QUOTED, plain

_FTS4 = ("_content", "_segments", "_segdir", "_docsize", "_stat")
_RTREE = ("_node", "_rowid", "_parent")
_SHADOWS = {
    "fts3": _FTS4,
    "fts4": _FTS4,
    "fts5": ("_data", "_idx", "_content", "_docsize", "_config"),
    "rtree": _RTREE,
    "rtree_i32": _RTREE,
}
"""What SQLite says itself, in the xShadowName of each: https://sqlite.org/vtab.html#xshadowname"""

CARRIED_MODULES = tuple(_SHADOWS)
"""Virtual tables that can be copied by their shadow tables."""
FULL_TEXT = ("fts3", "fts4", "fts5")
ONE_FOR_EACH_ROW = ("_docsize", "_content", "_rowid", "_segdir", "_idx")
"""The first of these that there is has a row for each row; the last two, one if there is any."""
CONTENT = re.compile(rf"(\bcontent\s*=\s*)('(?:[^']|'')*'|{QUOTED}|\w+)", re.IGNORECASE)
"""The option of a full-text table that says where its text is."""


def module_of(sql: str) -> str | None:
    """The module behind a CREATE VIRTUAL TABLE statement."""
    match = re.match(
        rf"CREATE VIRTUAL TABLE\s+(?:'(?:[^']|'')*'|{QUOTED}|\S+)\s+USING\s+[\"'`\[]?(\w+)",
        sql,
        re.IGNORECASE,
    )
    return folded(match[1]) if match else None


def shadow_names(schema: DatabaseSchema) -> frozenset[str]:
    """The folded names of the tables that virtual tables may make by themselves."""
    return frozenset(
        name
        for item in schema.objects
        if item.kind == "table" and item.sql
        for name in shadows_of(item)
    )


def shadows_of(item: SchemaObject) -> Iterator[str]:
    """The folded names of the tables that one virtual table may make by itself."""
    for tail in _SHADOWS.get(module_of(item.sql or "") or "", ()):
        # Text that is kept elsewhere may well be in a table of just that name.
        if tail != "_content" or not content_of(item):
            yield folded(item.name) + tail


def content_of(item: SchemaObject) -> str | None:
    """The table from which a full-text table reads its text, if it has none of its own."""
    match = CONTENT.search(options_of(item))
    return plain(match[2]) or None if match else None


def options_of(item: SchemaObject) -> str:
    """What stands between the parentheses of a full-text table's definition."""
    sql = item.sql or ""
    found = re.search(rf"\bUSING\s+[\"'`\[]?(?:{'|'.join(FULL_TEXT)})\b", sql, re.IGNORECASE)
    return sql[found.end() :] if item.kind == "table" and found else ""
