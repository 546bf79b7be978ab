"""Several names in one literal, which the code takes apart: `"old items".split()`."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.lines import places
from refactor.outline import last_part
from refactor.strings import Text

_WORD = re.compile(r"\w+")
_SPLIT = re.compile(r"\s*\)?\s*(?:\.\s*strip\(\)\s*)?\.\s*(?:split|splitlines)\(")
_TAKEN_APART = re.compile(
    rf"[\"']{_SPLIT.pattern}|(?:literal_eval|loads|safe_load|\bsplit)\(\s*(?:[\w.]+,\s*)?[rbuRBU]*[\"']"
)
_PARSES = frozenset({"literal_eval", "loads", "safe_load", "split"})


def listed_names(text: Text, around: Surroundings) -> tuple[Text, ...]:
    """The old names in a literal that is taken apart where it stands, each by itself."""
    if folded(text.text) in around.legacy.meanings or around.outline is None:
        return ()
    parsed = last_part(text.context.callee) in _PARSES
    if not parsed and not _SPLIT.match(around.source.text, text.end):
        return ()
    return tuple(_names(text, around))


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
            start = text.near(*word.span())
            yield replace(text.part(*word.span()), start=start, end=start + len(word[0]))
