"""What a statement has that only the drivers of other systems than SQLite understand."""

import ast
import re

from refactor.python.outline import Context, last_part

_QUOTED = re.compile(r"'[^']*'")
_MARK = re.compile(r"(?<!%)%(?:s|\(\w+\)s)|\$\d")
"""What stands for a parameter of psycopg's or MySQL's, and of asyncpg's."""
_RUNS = re.compile(r"execute|fetch|query|select|cursor|run", re.IGNORECASE)


def foreign_mark(context: Context) -> str:
    """How a call that executes a statement marks a parameter of it, where SQLite has no such mark.

    Empty where it does not, and where nobody sees that it gives any parameters.
    """
    match context.inside:
        case ast.Call(args=[ast.Constant(value=str() as sql), *others], keywords=keywords):
            if (others or keywords) and _RUNS.search(last_part(context.callee)):
                match = _MARK.search(_QUOTED.sub("", sql))
                return match[0] if match else ""
    return ""
