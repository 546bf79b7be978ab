"""TOML settings: the values of strings, in all four ways of quoting.

https://toml.io/en/v1.0.0
"""

import re
import tomllib
from collections.abc import Iterator

from msgspec import Struct, field

from refactor.kinds.kind import Block, Contents, Kind, NotOfKindError, key_text, value_text
from refactor.python.strings import Text
from refactor.text.source import Source
from refactor.text.words import Words

_TOKEN = re.compile(
    r'''
      (?P<comment> \#[^\n]* )
    | """(?P<long_basic> (?>(?:[^"\\]|\\.|"(?!""))*) "{0,2}?)"""(?!")
    | \'\'\'(?P<long_literal> (?>(?:[^']|'(?!''))*) '{0,2}?)\'\'\'(?!')
    | "(?P<basic> (?>(?:[^"\\\n]|\\.)*) )"
    | '(?P<literal> [^'\n]*+ )'
    | (?P<newline> \n )
    | (?P<mark> [=,\[\]{}.] )
    | (?P<bare> [^\s=,\[\]{}."'#]++ )
    ''',
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[ \t]*\r?\n[ \t\r\n]*|.)", re.DOTALL)
_MEANS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", '"': '"', "\\": "\\", "e": "\x1b"}
_STRINGS = frozenset({"basic", "literal", "long_basic", "long_literal"})


def parse(text: str) -> object:
    """What Python's own parser says.

    Raises:
        NotOfKindError: it is no TOML.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotOfKindError(str(error)) from error


def read(source: Source, words: Words) -> Contents:
    """The strings that hold an old name."""
    tree = parse(source.text)
    if isinstance(tree, dict) and {"plan", "database"} <= tree.keys():
        return Contents(unread="a plan of retable, which names the old tables on purpose")
    texts = tuple(text for text in _Reader(source.text).texts() if words.are_in(text.text))
    values = tuple(text for text in texts if text.context.argument != "key")
    return Contents(texts, values=values, otherwise="no value of a setting")


def blocks(text: str) -> Iterator[Block]:
    """The strings of several lines, with their quotes."""
    for match in _TOKEN.finditer(text):
        if (match.lastgroup or "").startswith("long"):
            yield Block(match.start(), match.start(match.lastgroup or 0), match.end())


class _Reader(Struct):
    """One walk over the tokens of a valid TOML text."""

    text: str
    table: list[str] = field(default_factory=list)
    """The keys of the header above."""
    keys: list[str] = field(default_factory=list)
    """The keys before the `=`."""
    opened: list[str] = field(default_factory=list)
    """Which brackets are open: of a header `h`, else `[` or `{`."""
    above: list[list[str]] = field(default_factory=list)
    """The keys outside of each inline table that is open."""
    in_value: bool = False

    def texts(self) -> Iterator[Text]:
        for match in _TOKEN.finditer(self.text):
            name = match.lastgroup or ""
            if name == "mark":
                self._mark(match[0])
            elif name == "newline":
                if not self.opened:
                    self.keys, self.in_value = [], False
            elif name in _STRINGS:
                yield self._string(name, *match.span(name))
            elif name == "bare" and not self.in_value:
                yield self._key(match[0], range(match.start(), match.end()), match.span())

    def _mark(self, mark: str) -> None:
        match mark:
            case "=":
                self.in_value = True
            case "[" if not self.in_value:
                if not self.opened:
                    self.table = []
                self.opened.append("h")
            case "[":
                self.opened.append("[")
            case "{":
                self.opened.append("{")
                self.above.append(self.keys)
                self.keys, self.in_value = [], False
            case "}":
                self.opened.pop()
                self.keys, self.in_value = self.above.pop(), True
            case "]":
                self.opened.pop()
            case "," if self.opened and self.opened[-1] == "{":
                self.keys, self.in_value = [], False

    def _string(self, name: str, start: int, end: int) -> Text:
        says, starts = _decoded(self.text, start, end, name)
        if not self.in_value:
            return self._key(says, starts, (start, end))
        return value_text(says, starts, (start, end), keys=self._path())

    def _key(self, says: str, starts: "range | tuple[int, ...]", span: tuple[int, int]) -> Text:
        found = key_text(says, starts, span, keys=self._path())
        (self.table if "h" in self.opened else self.keys).append(says)
        return found

    def _path(self) -> list[str]:
        return [*self.table, *(key for keys in self.above for key in keys), *self.keys]


def _decoded(text: str, start: int, end: int, name: str) -> tuple[str, range | tuple[int, ...]]:
    """What a string says, and where each of its characters is spelled."""
    if name.startswith("long"):  # a newline right behind the quotes is no part of it
        start += 2 if text.startswith("\r\n", start) else text.startswith("\n", start)
    raw = text[start:end]
    if "\r" not in raw and ("\\" not in raw or "literal" in name):
        return raw, range(start, end)
    chars: list[str] = []
    starts: list[int] = []
    at = start
    while at < end:
        escape = _ESCAPE.match(text, at, end) if "basic" in name else None
        if escape:
            says, width = _meant(escape[0]), len(escape[0])
        elif text.startswith("\r\n", at):
            says, width = "\n", 2
        else:
            says, width = text[at], 1
        chars.append(says)
        starts += [at] * len(says)
        at += width
    return "".join(chars), tuple(starts)


def _meant(escape: str) -> str:
    """What an escape stands for; nothing, where it is the end of a line."""
    if escape[1] in "uU":
        digits = escape[2:]
        return chr(int(digits, base=16))
    return _MEANS.get(escape[1], "")


KIND = Kind("TOML", lambda path: path.suffix == ".toml", read, parse, parse, blocks)
