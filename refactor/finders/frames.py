"""Variables that DuckDB reads like tables: `orders = read(…)`, `duckdb.sql("FROM orders")`.

Source: DuckDB's replacement scans, https://duckdb.org/docs/stable/clients/c/replacement_scans
"""

import ast
import re

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.python.outline import Scope
from refactor.python.strings import Text
from refactor.sql.names import Role, TableName

ASKED = (
    "DuckDB reads what the code around it calls {name}, unless a table of its own is called so:"
    " is one?"
)
LEAVE = "leave it alone if none is"
_OPENED = "a database of duckdb's"
_CHANGE = frozenset({"INSERT", "REPLACE", "UPDATE", "DELETE", "DROP", "ALTER"})
_MADE = (ast.Attribute, ast.Await, ast.BinOp, ast.Call, ast.Subscript)
_ATTACHES = r"(?i)\b(?:attach|use)\b"


def is_frame(text: Text, name: TableName, question: str | None, around: Surroundings) -> bool:
    """Whether a name in SQL that DuckDB runs is that of a variable there, or of a frame it is told.

    Args:
        text: the SQL.
        name: what it names.
        question: what is asked of it, as far as its connection tells.
        around: the file.
    """
    outline = around.outline
    if not question or outline is None:
        return False
    runs = _OPENED in question or text.context.callee.startswith("duckdb.")
    if not runs or name.verb in _CHANGE or name.role is Role.DECLARES:
        return False
    # A table that there is goes before a variable.
    if any(re.search(_ATTACHES, it) for it in around.travels.statements):
        return False
    wanted, scope = folded(name.name), text.context.scope
    line, _ = around.lines.place(text.start)
    told = rf"\.register\(\s*[\"']{re.escape(name.name)}[\"']\s*,"
    return (
        any(folded(it) == wanted for at, it in outline.parameters if at == scope)
        or any(
            folded(it) == wanted and isinstance(value, _MADE) and (value.end_lineno or 0) < line
            for at, it, value in outline.assigned
            if at in (scope, Scope())
        )
        or re.search(told, around.source.text, re.IGNORECASE) is not None
    )
