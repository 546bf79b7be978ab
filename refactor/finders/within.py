"""A literal that is a piece of longer statements: what it names in them."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from refactor.databases.weighing import ON_EACH
from refactor.finders.finder import Found, Ignored, Surroundings
from refactor.finders.sql import tables_in_sql
from refactor.python.outline import Usage
from refactor.python.strings import NOWHERE, Literal, Text
from refactor.references import Reference
from refactor.sql.names import HOLE, leads_with_verb, statements, table_names
from refactor.sql.scopes import NO_SOURCE
from refactor.sql.tokens import Kind, significant_tokens

_IN_WHERE = re.compile(
    r"\bWHERE\b(?:(?!\b(?:FROM|JOIN|ON|GROUP|ORDER)\b).)*"
    r"(?:\b(?:WHERE|AND|OR|NOT)[\s(]*|\bIN\s*\([^()]*|[=<>]\s*)\Z",
    re.IGNORECASE | re.DOTALL,
)
"""What stands before a hole that is a condition, or a part of one, and no source of a query."""


def named_within(text: Text, statements: Sequence[Text], around: Surroundings) -> Found | None:
    """What a piece of SQL names, where all statements that a name is put into agree on it."""
    read = [
        (statement, found)
        for statement in statements
        if (found := _within(text, statement, around)) is not None
    ]
    sure = {_beginning(it) for it, found in read if all(each.certain for each in found)}
    # Of several ways to put one statement together, only those that there are need compile; but
    # one that runs on several databases is none of them.
    read = [
        (statement, found)
        for statement, found in read
        if _beginning(statement) not in sure
        or all(each.certain for each in found)
        or any(each.mend == ON_EACH for each in found)
    ]
    read = _without_impossible(read)
    if not read:
        bare = (
            _without_inner(it, text, around) or _without_odd(it, text, around) for it in statements
        )
        left = tuple(it for it in bare if it is not None)
        return named_within(text, left, around) if left else None
    asked = {it.start: it for _, found in read for it in found if not it.certain}
    if asked:
        return tuple(asked[start] for start in sorted(asked))
    by_start: dict[int, list[Reference]] = {}
    for _, references in read:
        for reference in references:
            by_start.setdefault(reference.start, []).append(reference)
    for start, agreed in by_start.items():
        everywhere = sum(1 for statement, _ in read if start in statement.starts)
        if len(agreed) != everywhere or len({(it.new, it.old) for it in agreed}) > 1:
            return None
    if not by_start:
        # What stands in the quotes of a statement says for itself what it names.
        apart = all(is_quoted(text, it) for it, _ in read)
        return None if apart else Ignored("SQL, but not a table")
    return tuple(by_start[start][0] for start in sorted(by_start))


def is_quoted(text: Text, statement: Text) -> bool:
    """Whether a text stands in a string literal of a statement."""
    places = _places(text, statement)
    return bool(places) and any(
        token.kind is Kind.STRING and token.start < places[0] and places[-1] < token.end
        for token in significant_tokens(statement.text)
    )


def _without_impossible(
    read: list[tuple[Text, tuple[Reference, ...]]],
) -> list[tuple[Text, tuple[Reference, ...]]]:
    """What was read without the statements that cannot run, where others name all for certain.

    Of the pieces in two collections only those go together that have one key.
    """
    sure = [bool(found) and all(it.certain for it in found) for _, found in read]
    if not any(sure) or all(sure):
        return read
    each = zip(read, sure, strict=True)
    return [it for it, is_sure in each if is_sure or not qualifies_nothing(it[0].text)]


def qualifies_nothing(sql: str) -> bool:
    """Whether a whole query has a column of what is in none of its sources: it never compiles."""
    holes = (sql[: it.start()] for it in re.finditer(HOLE, sql))
    whole = [it.verb for it in statements(sql)] == ["SELECT"] and all(map(_IN_WHERE.search, holes))
    return whole and any(it.doubt == NO_SOURCE for it in table_names(sql))


def _within(text: Text, statement: Text, around: Surroundings) -> tuple[Reference, ...] | None:
    """What a statement names within a text; None where that cannot be told."""
    found = _found_in(statement, around)
    if found is None or not _is_sql_around(text, statement, around):
        return None
    if isinstance(found, Ignored):
        return () if statement.context.usage is Usage.EXECUTED else None
    mine = tuple(it for it in found if text.start <= it.start < text.end)
    readable = None if all(it.certain for it in mine) else _readable(statement, around)
    rest = None if readable is None else _within(text, readable, around)
    if rest is None:
        return None if readable else mine
    told = {it.start for it in rest}
    return (*rest, *(it for it in mine if it.start not in told))


def _found_in(statement: Text, around: Surroundings) -> Found | None:
    """What a statement names; each of its pieces asks, and there may be as many as statements."""
    key = id(statement), around.judged_in
    if key not in around.read:
        around.read[key] = statement, tables_in_sql(statement, around)
    return around.read[key][1]


def _readable(statement: Text, around: Surroundings) -> Text | None:
    """A script without what SQLite cannot parse, which asks nothing of the rest; None if it can."""
    words = list(statement.text)
    for it in statements(statement.text) if ";" in statement.text else ():
        if not around.oracle.is_sql(statement.text[it.start : it.end]):
            words[it.start : it.end] = " " * (it.end - it.start)
    text = "".join(words)
    holes = tuple(hole for hole, at in _holes(statement) if words[at] == HOLE)
    return None if text == statement.text else replace(statement, text=text, holes=holes)


def _without_inner(statement: Text, text: Text, around: Surroundings) -> Text | None:
    """A text with a hole for each literal that is put into it and begins as SQL does itself.

    What a function returns may be meant by another call of it. None if there is no such literal,
    or if one of them is the text that is asked about.
    """
    inner = [
        (first, last, it)
        for first, last, it in _put_in(statement)
        if leads_with_verb(statement.text[first:last]) and not _goes_on(it, around.source.text)
    ]
    if any(it.start < text.end and text.start < it.end for _, _, it in inner):
        return None
    return _with_holes(statement, _beside(text, statement, inner))


def _without_odd(statement: Text, text: Text, around: Surroundings) -> Text | None:
    """A text with a hole for the one literal in it that SQLite cannot read there.

    It may be put in elsewhere only. None if there is no such, but for the text that is asked about.
    """
    if around.oracle.is_sql(statement.text):
        return None
    others = _beside(text, statement, _put_in(statement))
    without = (_with_holes(statement, [span]) for span in others)
    return next((it for it in without if it and around.oracle.is_sql(it.text)), None)


def _goes_on(literal: Literal, source: str) -> bool:
    """Whether a literal is a part of an f-string: a hole in it comes next, or was before."""
    return (
        source[literal.end : literal.end + 1] == "{"
        or source[literal.start - 1 : literal.start] == "}"
    )


def _beside(
    text: Text, statement: Text, literals: Iterable[tuple[int, int, Literal]]
) -> list[tuple[int, int]]:
    """The places of some literals in a statement, but for those that a text is put into."""
    mine = _places(text, statement)
    return [
        (first, last)
        for first, last, _ in literals
        if bisect_left(mine, first) == bisect_left(mine, last)
    ]


def _places(text: Text, statement: Text) -> list[int]:
    """Where the characters of a text stand in a statement."""
    return [i for i, start in enumerate(statement.starts) if text.start <= start < text.end]


def _put_in(statement: Text) -> Iterator[tuple[int, int, Literal]]:
    """The literals of a text but for the one that it begins with, each with its place in it."""
    for literal in statement.literals:
        inside = [i for i, at in enumerate(statement.starts) if literal.start <= at < literal.end]
        if inside and inside[0] > 0:
            yield inside[0], inside[-1] + 1, literal


def _with_holes(statement: Text, spans: Iterable[tuple[int, int]]) -> Text | None:
    """A text with a hole in place of each of some spans; None if there are none."""
    names = {at: hole for hole, at in _holes(statement)}
    pieces: list[tuple[str, int, str]] = [
        (char, start, names.get(at, ""))
        for at, (char, start) in enumerate(zip(statement.text, statement.starts, strict=True))
    ]
    changed = False
    for first, last in sorted(spans, reverse=True):
        pieces[first:last] = [(HOLE, NOWHERE, "…")]
        changed = True
    if not changed:
        return None
    return replace(
        statement,
        text="".join(char for char, _, _ in pieces),
        starts=tuple(start for _, start, _ in pieces),
        holes=tuple(hole for char, _, hole in pieces if char == HOLE),
    )


def _holes(statement: Text) -> Iterator[tuple[str, int]]:
    places = (at for at, char in enumerate(statement.text) if char == HOLE)
    return zip(statement.holes, places, strict=False)


def _is_sql_around(text: Text, statement: Text, around: Surroundings) -> bool:
    """Whether SQLite parses what a text stands in: each of a script's statements by itself."""
    if ";" not in statement.text:
        return around.oracle.is_sql(statement.text)
    places = _places(text, statement)
    return all(
        around.oracle.is_sql(statement.text[it.start : it.end])
        for it in statements(statement.text)
        if bisect_left(places, it.start) < bisect_left(places, it.end)
    )


def _beginning(statement: Text) -> int:
    """Where a statement that is put together begins in the source: by that it is known."""
    return next((at for at in statement.starts if at >= 0), NOWHERE)
