"""A name that something completes on its way into SQL: `f"… FROM {db.qualified('old')}"`.

What a function gives for one kind of database may be no SQL for SQLite at all, such as `"<none>"`
before the name: only what SQLite can read counts.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.flow.reach import Use
from refactor.python.outline import Site, last_part
from refactor.python.strings import Text, UnfaithfulError, texts_of
from refactor.python.syntax import expression_in
from refactor.sql.names import HOLE, table_names

Frame = tuple[str, str]
"""What stands before and behind a word of a statement."""
_TO_BLANK = re.compile(r"\S*")
_QUALIFIES = rf"(?:[\w{HOLE}]+\.)?[\"`\[]?"
_GIVES = frozenset({What.RETURNED, What.HANDED})


def frames(statements: Iterable[Text], at: int, size: int) -> frozenset[Frame]:
    """What stands around the words that hold a literal, by where it starts and its length."""
    return frozenset(
        _framed(each.text, index, size)[1]
        for each in statements
        for index, start in enumerate(each.starts)
        if start == at
    )


def is_impossible(
    statement: str, index: int, size: int, sure: frozenset[Frame], around: Surroundings
) -> bool:
    """Whether a name is a part of what SQLite could not read, where another value can be read.

    Args:
        statement: it all.
        index: where the name starts in it.
        size: how long the name is.
        sure: what stands around it where it names a table for certain.
        around: the file.
    """
    word, frame = _framed(statement, index, size)
    return frame in sure and not _may_be_table(word, around)


def is_completed(text: Text, use: Use, around: Surroundings) -> bool:
    """Whether a function only gives a name back that is put into SQL where a table stands."""
    function = last_part(text.context.callee)
    if use.what not in _GIVES or not function or last_part(use.callee) != function:
        return False
    whole = re.compile(rf"{_QUALIFIES}{re.escape(text.text)}[\"`\]]?")
    if whole.fullmatch(use.text) is None and _may_be_table(use.text, around):
        return False
    call = text.context.inside
    return isinstance(call, ast.Call) and any(
        _is_table_in(site, call, around) for site in _sites_around(text, around)
    )


def _sites_around(text: Text, around: Surroundings) -> Iterator[Site]:
    """The f-strings in a hole of which a text stands."""
    for site in around.outline.sites if around.outline else ():
        if site.inner and site.start < text.near(0, len(text.text)) < site.end:
            yield site


def _is_table_in(site: Site, call: ast.Call, around: Surroundings) -> bool:
    """Whether all that a call stands for in a text of SQL are names of tables."""
    try:
        texts = [*texts_of(around.source, site)]
    except UnfaithfulError:
        return False
    wanted = ast.dump(call)
    found: list[bool] = []
    for text in texts:
        names = (it for it in table_names(text.text) if it.name == HOLE)
        tables = {it.start + bool(it.quote) for it in names}
        holes = (at for at, char in enumerate(text.text) if char == HOLE)
        for at, hole in zip(holes, text.holes, strict=False):
            node = expression_in(hole)
            if node is not None and ast.dump(node) == wanted:
                found.append(at in tables)
    return bool(found) and all(found)


def _framed(statement: str, index: int, size: int) -> tuple[str, Frame]:
    """The word that a name is in, to the blanks on both sides, and what is around it."""
    before, behind = statement[:index], statement[index + size :]
    first = index - len(_first_match(before[::-1]))
    last = index + size + len(_first_match(behind))
    return statement[first:last], (statement[:first], statement[last:])


def _first_match(text: str) -> str:
    match = _TO_BLANK.match(text)
    return match[0] if match else ""


def _may_be_table(word: str, around: Surroundings) -> bool:
    return around.oracle.is_sql(f"SELECT 1 FROM {word}")
