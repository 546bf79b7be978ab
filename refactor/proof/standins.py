"""Stand-ins for what a program brings to SQLite itself: its functions and its collations.

They let a statement be compiled, which is all that is asked of them; none of them is ever called.
"""

import re
from collections.abc import Callable
from typing import TypeVar

import apsw

from plan.model import folded

T = TypeVar("T")

_MISSING = re.compile(r"no such (?P<what>function|collation sequence): (?P<name>.+)")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_MADE: set[str] = set()
"""The functions that some connection has a stand-in for: asking one what it knows takes longer."""
_MOST = 20
"""More than any statement misses; what SQLite still refuses then, it refuses for good."""


def with_stand_ins(connection: apsw.Connection, work: Callable[[], T]) -> T:
    """Do something with a connection, with stand-ins for the functions that it has not got.

    Raises:
        apsw.Error: SQLite refuses for another reason.
    """
    for _ in range(_MOST):
        try:
            return work()
        except apsw.SQLError as error:
            match = _MISSING.search(str(error))
            if match is None:
                raise
            if match["what"] == "function":
                # Only what is deterministic may stand in an index.
                connection.create_scalar_function(match["name"], _null, -1, deterministic=True)
                _MADE.add(folded(match["name"]))
            else:
                connection.create_collation(match["name"], _equal)
    return work()


def stood_in_for(connection: apsw.Connection, sql: str) -> tuple[str, ...]:
    """The functions of a statement that only stand-ins made known to a connection."""
    lowered = sql.lower()
    if not any(name in lowered for name in _MADE):
        return ()  # as in far the most
    called = {folded(match[1]) for match in _CALL.finditer(sql)} & _MADE
    return tuple(sorted(it for it in called if _is_known(connection, it)))


def _is_known(connection: apsw.Connection, function: str) -> bool:
    known = "SELECT 1 FROM pragma_function_list WHERE name = ? COLLATE NOCASE"
    return connection.execute(known, (function,)).fetchone() is not None


def _null(*_values: object) -> None:
    return None


def _equal(_one: str, _other: str) -> int:
    return 0
