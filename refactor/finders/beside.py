"""A name that a call gets along with a connection: `load(rows, con, "old")`.

What the call does with them is seen by nobody here, and what should it want of a connection but a
table?
"""

import ast
import re
from pathlib import PurePosixPath

from refactor.databases.databasepaths import database_in
from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.flow.reach import Use
from refactor.python.strings import Text
from refactor.python.syntax import given_in

_CONNECTION = re.compile(
    r"(?:sqlite3|pysqlite3|aiosqlite|apsw|sqlalchemy(?:\.\w+)*)\."
    r"(?:connect|Connection|Engine|create_(?:async_)?engine)\(\)"
    r"(?:\.(?:begin|connect|cursor|raw_connection)\(\))*"
)
_OF_OBJECTS = re.compile(r"(?:^|\.)(?:(?:[gs]et|has)_?attr|isinstance|patch(?:\.\w+)?)$")


def goes_along_with_connection(text: Text, around: Surroundings) -> bool:
    """Whether a call that nobody sees into gets a literal and a connection."""
    return any(
        use.what is What.HANDED
        and not _OF_OBJECTS.search(use.callee)
        and use.text == text.text
        and isinstance(use.node, ast.Call)
        and any(_is_connection(it, use, path, around) for it in given_in(use.node))
        for path, use in around.abroad.journey(around.source.path, around.flow, text).uses
    )


def _is_connection(node: ast.expr, use: Use, path: PurePosixPath, around: Surroundings) -> bool:
    """Whether an argument is a connection, or the database whose layers are its tables."""
    if isinstance(node, ast.Constant) and use.argument == "layer":
        return database_in(str(node.value), around.legacy) is not None
    if not isinstance(node, ast.Name | ast.Attribute | ast.Call):
        return False
    return any(map(_CONNECTION.fullmatch, around.arguments.values.of(path, use.scope, node)))
