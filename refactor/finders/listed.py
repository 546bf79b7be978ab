"""Several names in one literal, which the code takes apart: `"old items".split()`."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.filenames import is_file_of_table
from refactor.finders.finder import Surroundings
from refactor.legacy import Legacy
from refactor.python.outline import last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted
from refactor.text.lines import places

_WORD = re.compile(r"\w+")
_SPLIT = re.compile(r"\s*\)?\s*(?:\.\s*strip\(\)\s*)?\.\s*(?:split|splitlines)\(")
_SPLIT_AT = re.compile(
    r"\s*\)?\s*\.\s*split\(\s*(?:(?P<quote>[\"'])(?P<at>[^\"'\\]+)(?P=quote)\s*)?\)"
)
_TAKEN_APART = re.compile(
    rf"[\"']{_SPLIT.pattern}|(?:literal_eval|loads|safe_load|\bsplit)\(\s*(?:[\w.]+,\s*)?[rbuRBU]*[\"']"
)
_NO_NAME = re.compile(r"\W")
_OPENS = ("{", "[")
_APART = frozenset(
    {
        *("partition", "rpartition", "rsplit", "split", "splitlines"),
        *("StringIO", "literal_eval", "loads", "safe_load"),
    }
)
_NAMES_FIELDS = frozenset({"namedtuple", "make_dataclass"})
_COME_BACK = frozenset({"callback_data", "custom_id"})
"""What a button of a chat sends back, for whoever hears of it to take apart."""
_PARSES = frozenset({"literal_eval", "loads", "safe_load", "split"})


def listed_names(text: Text, around: Surroundings) -> tuple[Text, ...]:
    """The old names in a literal that is taken apart where it stands, each by itself."""
    if folded(text.text) in around.legacy.meanings or around.outline is None:
        return ()
    parsed = last_part(text.context.callee) in _PARSES
    if not parsed and not _SPLIT.match(around.source.text, text.end):
        return ()
    return tuple(_names(text, around))


def split_parts(text: Text, around: Surroundings) -> tuple[Text, ...]:
    """The parts of a literal that is split where it stands, by what it says it is split at."""
    match = _SPLIT_AT.match(around.source.text, text.end) if around.outline else None
    if match is None:
        return ()
    between = re.escape(match["at"]) if match["at"] else r"\s+"
    edges = [at for it in re.finditer(between, text.text) for at in it.span()]
    spans = pairwise((0, *edges, len(text.text))) if edges else ()
    return tuple(_part(text, *span) for span in [*spans][::2] if span[0] < span[1])


def parted_names(text: Text, around: Surroundings) -> tuple[Text, ...]:
    """The old names in a literal that is taken apart farther on, by what puts names into SQL.

    `get("old:1")`, where `get` says `table, key = ref.split(":")`.
    """
    path, takers = around.source.path, around.takers
    names = tuple(_names(text, around)) if around.outline else ()
    if not names:
        return ()
    if last_part(text.context.callee) in _NAMES_FIELDS:
        return names if takers.near(path, around.reflectors.of_fields) else ()
    if is_file_of_table(text, around):
        return names
    if not says_names(text.text, around.legacy):
        return ()
    if text.context.argument in _COME_BACK and takers.near(path, takers.parting):
        return names
    # Whoever calls it imports it: to see that costs little beside following the literal.
    parting = [it for it in takers.parting if it == path or it.stem in around.source.text]
    journey = around.abroad.journey(path, around.flow, text) if parting else None
    parts = journey and any(_takes_apart(use.node) and at in parting for at, use in journey.uses)
    return names if parts else ()


def says_names(text: str, legacy: Legacy) -> bool:
    """Whether a text may be taken apart into names, or a name and something else: no sentence is.

    `old:1`, `old, z`, `old items`, `{"old": 1}`, or lines that begin with a name.
    """
    words = text.split()
    if text.startswith(_OPENS):
        return True
    if len(words) == 1:
        parts = _NO_NAME.split(text.strip())
        # What ends a path is a file, or a folder.
        ends = (parts[0], "" if "/" in text else parts[-1])
        return any(folded(it) in legacy.meanings for it in ends)
    by_line, by_comma = "\n" in text, "," in text
    if by_line:
        words = list(filter(None, map(str.strip, text.splitlines())))
    elif by_comma:
        words = [it.strip() for it in text.split(",")]
    if not all(map(_WORD.match, words)):
        return False
    if by_comma and not by_line and not all(map(_WORD.fullmatch, words)):
        return False
    known = (folded(_NO_NAME.split(it, maxsplit=1)[0]) in legacy.meanings for it in words)
    return any(known) if by_line or by_comma else bool(words) and all(known)


def _takes_apart(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=func):
            return last_part(dotted(func)) in _APART or (
                isinstance(func, ast.Attribute) and func.attr in _APART
            )
    return False


def may_list(source: str) -> bool:
    """Whether a module takes some literal apart: that is cheap to see."""
    return any(
        _TAKEN_APART.match(source, at) or _TAKEN_APART.match(source, _last_quote(source, at))
        for function in (*_PARSES, "splitlines")
        for at in places(source, f"{function}(")
    )


def _last_quote(text: str, before: int) -> int:
    return max(text.rfind("'", 0, before), text.rfind('"', 0, before), 0)


def _names(text: Text, around: Surroundings) -> Iterator[Text]:
    for word in _WORD.finditer(text.text):
        if folded(word[0]) in around.legacy.meanings:
            yield _part(text, *word.span())


def _part(text: Text, start: int, end: int) -> Text:
    """A part of a literal, which begins and ends where it stands in the source."""
    at = text.near(start, end)
    return replace(text.part(start, end), start=at, end=at + end - start)
