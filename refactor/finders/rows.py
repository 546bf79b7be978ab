"""Rows that a file keeps under the names of their tables, as tests and imports load them."""

import re
from collections.abc import Iterator
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
_LOOPS = re.compile(r"\bfor\s+(\w+)\s*,\s*\w+\s+in\s+(\w+(?:\.\w+)*[^\n]*?)\.items\(\)")
_DUE = r"\b(?i:FROM|JOIN|INTO|UPDATE|TABLE)\s+[\"'`\[]*\{{{}\}}"
_LOADS = re.compile(r"\b(?:json|ya?ml|toml|tomllib|tomli)\b")
_BY_LIBRARY = re.compile(
    r"^\s*(?:import|from)\s+(?:json|toml|tomli|tomllib|ruamel|\w*yaml)\b", re.MULTILINE
)
_TAKES_APART = re.compile(r"\.r?(?:split|partition)\(|\.(?:splitlines|readlines|startswith)\(")
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


def names_its_rows(text: Text, around: Surroundings) -> bool:
    """Whether a module that names a file puts each of its outermost keys into SQL, as this one."""
    return not text.context.key and any(
        re.search(_DUE.format(loop[1]), says)
        for says in _loading(around)
        for loop in _LOOPS.finditer(says)
        if _is_loaded(loop[2], says)
    )


def _is_loaded(what: str, says: str) -> bool:
    """Whether an expression reads a file, or is a name, or a call, that is given what does."""
    name = what.removesuffix("()")
    if "load" in what or not name.isidentifier():
        return "load" in what
    given = rf"\b{name}[ \t]*=(?!=)[^\n]*load"
    made = rf"\bdef {name}\((?:.|\n(?=[ \t\n]))*?load"
    return re.search(given if name == what else made, says) is not None


def is_loaded_into_sql(text: Text, around: Surroundings) -> bool:
    """Whether a key has something below, and a module that names its file puts names into SQL."""
    if not _BELOW.match(around.source.text, text.end):
        return False
    return any(_loading(around))


def is_read_by_hand(around: Surroundings) -> bool:
    """Whether a module takes a file's lines apart by itself, with no library, and fills SQL."""
    return any(
        _TAKES_APART.search(says) and not _BY_LIBRARY.search(says) for says in _loading(around)
    )


def _loading(around: Surroundings) -> Iterator[str]:
    """What the modules say that name a file of settings or data, and put names into SQL."""
    path = around.source.path
    for word in (path.stem, path.parent.name):
        for at in around.abroad.few_naming(word) if word else ():
            source = around.abroad.source(at)
            says = source.text if source else ""
            named = path.name in says or f"*{path.suffix}" in says
            if named and _LOADS.search(says) and around.takers.builds(at):
                yield says


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
