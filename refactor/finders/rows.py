"""Rows that a file keeps under the names of their tables, as tests and imports load them."""

import re
from functools import lru_cache
from typing import cast

from refactor.finders.finder import Surroundings
from refactor.kinds.jsonstrings import parse
from refactor.legacy import Meaning
from refactor.proof.oracle import Verdict
from refactor.python.strings import Text
from refactor.sql.names import quoted

_ROWS = re.compile(r'"\s*:\s*\[\s*\{')
_BELOW = re.compile(r"[\"']?\s*(?::\s*(?:[\[{]|(?:#[^\n]*)?\n)|\])")
"""What follows a key under which there is more than one value."""
_LOADS = re.compile(r"\b(?:json|ya?ml|toml|tomllib|tomli)\b")
_ENOUGH = 2
"""Columns that make a list of objects the rows of a table: many things have an id."""


def holds_rows(text: Text, meanings: tuple[Meaning, ...], around: Surroundings) -> bool:
    """Whether what stands below a key are rows of a table that is called as the key."""
    if not _ROWS.match(around.source.text, text.end):
        return False  # as in far the most
    found = _document(around.source.text)
    for key in (*text.context.key.split("."), text.text):
        if key:
            found = _of_key(found, key)
    columns = _columns(found)
    return len(columns) >= _ENOUGH and any(_has(it, columns, around) for it in meanings)


def is_loaded_into_sql(text: Text, around: Surroundings) -> bool:
    """Whether a key has something below, and a module that names its file puts names into SQL."""
    path = around.source.path
    if not _BELOW.match(around.source.text, text.end):
        return False
    for word in (path.stem, path.parent.name):
        for at in around.abroad.few_naming(word) if word else ():
            source = around.abroad.source(at)
            says = source.text if source else ""
            named = path.name in says or f"*{path.suffix}" in says
            if named and _LOADS.search(says) and around.takers.builds(at):
                return True
    return False


@lru_cache(maxsize=1)  # all keys of a file come one after the other
def _document(text: str) -> object:
    return parse(text)


def _of_key(holder: object, key: str) -> object:
    pairs = cast("tuple[object, ...]", holder) if isinstance(holder, tuple) else ()
    return next((it[1] for it in pairs if isinstance(it, tuple) and it[0] == key), None)


def _columns(rows: object) -> frozenset[str]:
    """The keys of all rows; none where something is no row."""
    if not isinstance(rows, list) or not all(isinstance(it, tuple) for it in rows):
        return frozenset()
    return frozenset(str(pair[0]) for row in rows for pair in row)


def _has(meaning: Meaning, columns: frozenset[str], around: Surroundings) -> bool:
    """Whether a table of today has all these columns."""
    listed = ", ".join(f"t.{quoted(it, '')}" for it in sorted(columns))
    sql = f"SELECT {listed} FROM {quoted(meaning.old, '')} AS t"
    return around.oracle.today(sql, meaning.database).verdict is Verdict.COMPILES
