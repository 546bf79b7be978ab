"""A literal that is nothing but a column of an old table: `old.x`, `old.x__in`, `old.x DESC`.

Such texts are handed on until some function puts them into a clause: often too far to be followed.
What has the table's name and that of one of its columns is hardly something else.
"""

import re

from plan.model import folded
from refactor.finders.finder import Finder, Found, Surroundings
from refactor.finders.fragments import ELSEWHERE
from refactor.proof.oracle import Verdict
from refactor.python.outline import Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Reason
from refactor.sql.names import quoted

_COLUMN = re.compile(r"(\w+)\.(\w+?)(?:__\w+|\s+(?:asc|desc))?", re.IGNORECASE)
_NO_SQL = frozenset({Usage.COMPARED, Usage.DISPLAYED, Usage.DOCUMENTATION})


def table_of_column(text: Text, around: Surroundings) -> Found | None:
    """A question for an old table that a literal names with one of its columns."""
    match = _COLUMN.fullmatch(text.text)
    meanings = around.legacy.meanings.get(folded(match[1]), ()) if match else ()
    if not match or not meanings or text.context.usage in _NO_SQL:
        return None
    column = f"SELECT {quoted(match[1], '')}.{quoted(match[2], '')} FROM {quoted(match[1], '')}"
    judged = (around.oracle.today(column, it.database).verdict for it in meanings)
    if Verdict.COMPILES not in judged:
        return None
    return (
        around.table_reference(
            text.near(*match.span(1)),
            match[1],
            meanings,
            clause="a piece",
            evidence=(Evidence(Reason.COMPILES, f"the table has a column {match[2]}"),),
            question=ELSEWHERE,
            mend="decide by reading the code",
            blocking=False,
        ),
    )


FINDER = Finder(
    name="column",
    find=table_of_column,
    finds=(
        'store.newest(order_by="old.x")',
        'store.one(**{"old.id": 1})',
        'where["old.x__in"] = ids',
        'order = "old.x desc"',
    ),
    ignores=(
        'store.newest(order_by="old.nope")',
        'open("old.py")',
        'print("old.x")',
        'assert "old.x" in page',
        'where = "pkg.old.x"',
    ),
)
