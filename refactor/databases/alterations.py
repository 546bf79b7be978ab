"""Columns that a table may have though no CREATE TABLE has them: code that adds or renames them.

It looks at the bare text of files, and rather sees too much: what it sees keeps a question away
that would be about a later version of the same table.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from msgspec import Struct

_NEAR = 400
"""Characters behind the name of a table in which a call or a statement names its column."""
_DYNAMIC = re.compile(r"alter\W+table\b[\s\"'`\[(]*[{%+]", re.IGNORECASE)
"""It alters a table whose name is only known at run time."""

_PARTS = re.compile(
    r"""["'](?P<said>[^"'\n]*)["'](?P<is_key>\s*:)?|(?P<opens>[(\[{])|(?P<closes>[)\]}])"""
)
_TYPE = re.compile(
    r"\s*[\"'](?:TEXT|INT|REAL|NUM|BLOB|BOOL|VARCHAR|CHAR|DATE|TIME|JSON)", re.IGNORECASE
)


class _Patterns(Struct, frozen=True):
    """How a text alters one table."""

    altered: re.Pattern[str]
    at_run_time: re.Pattern[str]
    whole: re.Pattern[str]
    """The text has another way to give the table its columns: it may name them anywhere."""
    given: re.Pattern[str]
    word: re.Pattern[str]


class Alterations:
    """Answers what the texts of a project may make of a table."""

    def __init__(self, texts: Callable[[], Iterable[str]]) -> None:
        """Use these texts, which are asked for each time: they are too many to be kept."""
        self._texts = texts
        self._known: dict[tuple[str, str], bool] = {}

    def may_add(self, table: str, column: str) -> bool:
        """Whether some text may give a table this column, or may have taken it away."""
        if (table, column) not in self._known:
            word = re.compile(rf"(?<!\w){re.escape(column)}(?!\w)", re.IGNORECASE)
            self._known[table, column] = any(
                _adds(text, _patterns(table), word) for text in self._texts()
            )
        return self._known[table, column]


def _adds(text: str, of: _Patterns, column: re.Pattern[str]) -> bool:
    if not column.search(text):
        return False
    if of.whole.search(text) or (_DYNAMIC.search(text) and of.word.search(text)):
        return True
    if of.at_run_time.search(text):
        return True
    if any(column.search(text, it.end(), it.end() + _NEAR) for it in of.altered.finditer(text)):
        return True
    return any(_gives(text, it.end(), column) for it in of.given.finditer(text))


def _gives(text: str, start: int, column: re.Pattern[str]) -> bool:
    """Whether a column stands beside a table's name in one call or display, by itself or first.

    Keys are columns only beside their types: data have keys of such names as well.
    """
    depth = 0
    for part in _PARTS.finditer(text, start, start + _NEAR):
        if part["closes"]:
            depth -= 1
            if depth < 0:
                return False
        elif part["opens"]:
            depth += 1
        elif column.match(part["said"]):
            return not part["is_key"] or _TYPE.match(text, part.end()) is not None
    return False


@lru_cache(maxsize=16)
def _patterns(table: str) -> _Patterns:
    name = rf"[\"'`\[\\]*{re.escape(table)}(?!\w)"
    altered = rf"alter\W+table\W+(?:\w+\.)?{name}"

    def compiled(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern, re.IGNORECASE)

    return _Patterns(
        altered=compiled(altered),
        at_run_time=compiled(rf"{altered}\W+(?:add|rename)(?:\W+column)?[\s\"'`\[]*[{{%+]"),
        whole=compiled(rf"rename\W+to\W+{name}|(?:__tablename__|db_table)\s*=\s*{name}"),
        # In a call or a table of columns: `add_column("old", "x")`, `{"old": ["x"]}`.
        given=compiled(rf"[\"']{re.escape(table)}[\"']\s*[,:]"),
        word=compiled(rf"(?<!\w){re.escape(table)}(?!\w)"),
    )
