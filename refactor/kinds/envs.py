"""Environment files, `.env`, `.env.local`, `prod.env`: `NAME=value`, quoted or not."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.kinds.kind import Contents, Kind, value_text
from refactor.python.strings import Text
from refactor.text.source import Source
from refactor.text.words import Words

_NAME = re.compile(r"\.(?:flask)?env(?:\..+)?|.+\.env(?:\.(?:example|sample|template|dist))?")
_ENTRY = re.compile(
    r"""
    ^[ \t]*+ (?>(?:export[ \t]++)?) (?P<key>[A-Za-z_][\w.-]*+) [ \t]*+ = [ \t]*+
    (?: '(?P<single>[^']*+)'       (?=[ \t]*(?:\#[^\n]*)?\r?$)
      | "(?P<double>(?>(?:[^"\\]|\\.)*))" (?=[ \t]*(?:\#[^\n]*)?\r?$)
      | (?P<plain>[^\n]*?)         (?=(?:[ \t]+\#[^\n]*|[ \t]*)\r?$)
    )
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANS = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


def parse(text: str) -> object:
    """All names and their values, in order; there is no standard to be held against."""
    return [(found.context.key, found.text) for found in _values(text)]


def read(source: Source, words: Words) -> Contents:
    """The values that hold an old name."""
    texts = tuple(found for found in _values(source.text) if words.are_in(found.text))
    return Contents(texts, values=texts, otherwise="no value of a setting")


def _values(text: str) -> Iterator[Text]:
    for match in _ENTRY.finditer(text):
        name = next(name for name in ("single", "double", "plain") if match[name] is not None)
        start, end = match.span(name)
        says, starts = match[name], tuple(range(start, end))
        if name == "double" and "\\" in says:
            says, starts = _decoded(says, start)
        yield value_text(says, starts, (start, end), keys=(match["key"],))


def _decoded(raw: str, start: int) -> tuple[str, tuple[int, ...]]:
    chars: list[str] = []
    starts: list[int] = []
    at = 0
    while at < len(raw):
        escape = _ESCAPE.match(raw, at)
        says = _MEANS.get(escape[1], escape[0]) if escape else raw[at]
        chars.append(says)
        starts += [start + at] * len(says)
        at += len(escape[0]) if escape else 1
    return "".join(chars), tuple(starts)


def _takes(path: PurePosixPath) -> bool:
    return _NAME.fullmatch(path.name) is not None


KIND = Kind("an environment file", _takes, read, parse)
