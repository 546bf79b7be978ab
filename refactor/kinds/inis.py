"""INI settings, `.ini` and `.cfg`: values as Python's `configparser` reads them."""

import re
from collections.abc import Iterator

from msgspec import Struct, field

from refactor.kinds.kind import Contents, Kind, NotOfKindError, key_text, value_text
from refactor.python.strings import Text
from refactor.text.source import Source
from refactor.text.words import Words

_SUFFIXES = frozenset({".ini", ".cfg"})
_LINE = re.compile(r"[^\n]*\n?")
_COMMENT = re.compile(r"\s*[#;]")
_SECTION = re.compile(r"\[(?P<name>.+)\]")
_LAST_WORD = re.compile(r"(?P<word>\w+)\W*\Z")
_BETWEEN = " \t.:/\"'"
"""What parts the words of a section's name: `[table:old]`, `[table "old"]`."""
_SECTIONS = "sections"
"""What those stand under: `parser.sections()` may be put into SQL."""
_OPTION = re.compile(r"(?P<option>.*?)\s*(?:[=:]\s*(?P<value>.*))?", re.DOTALL)


def parse(text: str) -> object:
    """What Python's own parser says, without filling in one value for another.

    Raises:
        NotOfKindError: it is no INI file.
    """
    import configparser  # noqa: PLC0415 - few projects have such settings

    parser = configparser.RawConfigParser(
        strict=False, allow_no_value=True, default_section="\0", interpolation=None
    )
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keeps upper case
    try:
        parser.read_string(text.replace("\r\n", "\n"))
    except configparser.Error as error:
        raise NotOfKindError(" ".join(str(error).split())) from error
    return {name: dict(parser.items(name)) for name in parser.sections()}


def read(source: Source, words: Words) -> Contents:
    """The values that hold an old name, and the names of sections and options that are one."""
    seen = {}
    texts = []
    for section, option, found in _values(source.text):
        seen[section, option] = found.text if found else None
        if found and words.are_in(found.text):
            texts.append(found)
    keys = (text for text in _keys(source.text) if words.are_in(text.text))
    known = parse(source.text)
    if not isinstance(known, dict) or seen != {
        (section, option): value for section in known for option, value in known[section].items()
    }:
        raise NotOfKindError("it is written in a way in which its values are not found for sure")
    return Contents((*texts, *keys), values=tuple(texts), otherwise="no value of a setting")


class _Option(Struct):
    """A value while its lines come in."""

    section: str
    name: str
    lines: list[tuple[str, int]] | None
    """Each line and its place; None for an option without a value."""


class _Reader(Struct):
    """One walk over the lines, by the rules of `configparser`."""

    section: str | None = None
    indent: int = 0
    options: list[_Option] = field(default_factory=list)
    keys: list[tuple[str, str, int]] = field(default_factory=list)
    """The names of sections and options: what each stands under, itself, and its place."""
    open: bool = False
    """Whether the last option takes the lines that are indented below it."""

    def line(self, line: str, at: int) -> None:
        value = "" if _COMMENT.match(line) else line.strip()
        if not value:
            lines = self.options[-1].lines if self.open else None
            if lines is not None and not _COMMENT.match(line):
                lines.append(("", at))
            return
        column = len(line) - len(line.lstrip())
        at += column
        lines = self.options[-1].lines if self.open else None
        if lines is not None and column > self.indent:
            lines.append((value, at))
            return
        self.indent = column
        if section := _SECTION.match(value):
            self.section, self.open = section["name"], False
            if last := _LAST_WORD.search(section["name"]):
                under = section["name"][: last.start()].rstrip(_BETWEEN)
                start = at + section.start("name") + last.start()
                self.keys.append((under or _SECTIONS, last["word"], start))
        elif self.section is not None and (option := _OPTION.fullmatch(value)):
            start = at + option.start("value")
            given = None if option["value"] is None else [(option["value"], start)]
            name = option["option"].rstrip()
            self.options.append(_Option(self.section, name, given))
            self.keys.append((self.section, name, at + option.start("option")))
            self.open = True


def _keys(text: str) -> Iterator[Text]:
    """The names of sections and options, of `[table:old]` the last part."""
    for under, name, at in _read(text).keys:
        places = range(at, at + len(name))
        yield key_text(name, places, (at, at + len(name)), keys=[under])


def _read(text: str) -> _Reader:
    reader = _Reader()
    for match in _LINE.finditer(text):
        if match[0]:
            reader.line(match[0], match.start())
    return reader


def _values(text: str) -> Iterator[tuple[str, str, Text | None]]:
    for option in _read(text).options:
        yield option.section, option.name, _text_of(option)


def _text_of(option: _Option) -> Text | None:
    if option.lines is None:
        return None
    starts: list[int] = []
    for line, at in option.lines:
        starts += [*range(at, at + len(line)), at + len(line)]
    text = "\n".join(line for line, _ in option.lines).rstrip()
    first, (last, end) = option.lines[0][1], option.lines[-1]
    span = first, end + len(last)
    return value_text(text, tuple(starts[: len(text)]), span, keys=(option.section, option.name))


KIND = Kind("INI", lambda path: path.suffix in _SUFFIXES, read, parse, parse)
