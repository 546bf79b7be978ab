"""Virtual tables: which module runs one, and the tables in which it keeps its rows."""

import re

from plan.model import folded
from plan.schema import DatabaseSchema

CARRIED_MODULES = ("fts3", "fts4", "fts5", "rtree", "rtree_i32")
"""Virtual tables that can be copied by their shadow tables."""


def module_of(sql: str) -> str | None:
    """The module behind a CREATE VIRTUAL TABLE statement."""
    match = re.match(
        r"CREATE VIRTUAL TABLE\s+(?:\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|`[^`]*`|\[[^\]]*\]|\S+)"
        r"\s+USING\s+[\"'`\[]?(\w+)",
        sql,
        re.IGNORECASE,
    )
    return folded(match[1]) if match else None


def shadow_names(schema: DatabaseSchema) -> frozenset[str]:
    """The folded names of tables that a virtual table makes by itself."""
    virtual = [
        folded(item.name)
        for item in schema.objects
        if item.kind == "table" and item.sql and module_of(item.sql)
    ]
    tails = {
        "_data", "_idx", "_content", "_docsize", "_config",
        "_segments", "_segdir", "_stat",
        "_node", "_rowid", "_parent",
    }  # fmt: skip
    return frozenset(name + tail for name in virtual for tail in tails)
