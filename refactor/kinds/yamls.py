"""YAML settings: the values of scalars, in all five ways of writing one.

PyYAML says where each scalar starts and ends; which character of it stands where is found here.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from refactor.kinds.kind import Block, Contents, Kind, NotOfKindError, key_text, value_text
from refactor.python.strings import NOWHERE, Text
from refactor.text.source import Source
from refactor.text.words import Words

if TYPE_CHECKING:
    import yaml

_OF_BLOCKS = frozenset({"|", ">"})
_SUFFIXES = frozenset({".yaml", ".yml"})
_ESCAPE = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r?\n[ \t]*|.)", re.DOTALL
)
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+(?:#[^\n]*\s+)*)*")
"""Anchors and tags, which the parser takes for a part of what stands behind them."""
_MEANS = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f",
    "r": "\r", "e": "\x1b", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip


def parse(text: str) -> object:
    """All that a YAML parser reads, in order, anchors and ways of quoting included.

    Raises:
        NotOfKindError: it is no YAML.
    """
    return [
        (
            type(it).__name__,
            getattr(it, "anchor", None),
            getattr(it, "tag", None),
            getattr(it, "style", None),
            getattr(it, "value", None),
        )
        for it in _events(text)
    ]


def _events(text: str) -> "list[yaml.Event]":
    import yaml  # noqa: PLC0415 - see below

    try:
        return list(yaml.parse(text, Loader=_loader()))
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise NotOfKindError(f"{line}{error.problem}") from error
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise NotOfKindError(" ".join(str(error).split())) from error


def nested(text: str) -> object:
    """The documents of a text; what an alias repeats is the same object.

    Raises:
        NotOfKindError: an alias stands for nothing.
    """
    import yaml  # noqa: PLC0415 - see below

    try:
        known: dict[int, object] = {}
        nodes = list(yaml.compose_all(text, Loader=_loader()))
        return [_nested(it, known) for it in nodes if it is not None]
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise NotOfKindError(" ".join(str(error).split())) from error


def _nested(node: "yaml.Node", known: dict[int, object]) -> object:
    import yaml  # noqa: PLC0415 - see below

    if id(node) in known:
        return known[id(node)]
    if isinstance(node, yaml.SequenceNode):
        items = known[id(node)] = list[object]()
        items += (_nested(it, known) for it in node.value)
        return items
    if isinstance(node, yaml.MappingNode):
        entries = known[id(node)] = dict[str, object]()
        for key, value in node.value:
            name, says = str(key.value), _nested(value, known)
            entries |= says if name == "<<" and isinstance(says, dict) else {name: says}
        return entries
    return str(node.value)


def _loader() -> Any:
    # Whoever has no YAML does not wait for its parser.
    import yaml  # noqa: PLC0415

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # an order of magnitude faster


def read(source: Source, words: Words) -> Contents:
    """The scalars that hold an old name."""
    texts = tuple(_texts(source.text, words))
    values = tuple(text for text in texts if text.context.argument != "key")
    return Contents(texts, values=values, otherwise="no value of a setting")


def blocks(text: str) -> Iterator[Block]:
    """The scalars that a `|` or a `>` opens; a comment may stand behind that."""
    for scalar, _, _ in _scalars(_events(text)):
        if scalar.style in _OF_BLOCKS:
            start, end = _place(scalar.start_mark), _place(scalar.end_mark)
            body = text.find("\n", start, end) + 1 or end
            yield Block(start, body, body + len(text[body:end].rstrip()))


def _texts(text: str, words: Words) -> Iterator[Text]:
    for scalar, keys, is_key in _scalars(_events(text)):
        if not words.are_in(scalar.value):
            continue
        first, end = _place(scalar.start_mark), _place(scalar.end_mark)
        properties = _PROPERTIES.match(text, first)
        span = (properties.end() if properties else first), end
        starts = _aligned(scalar.value, _spelled(text, *span, scalar.style))
        make = key_text if is_key else value_text
        yield make(scalar.value, starts, span, keys=keys)


def _place(mark: Any) -> int:
    """The offset of a mark, which only events that nobody has read lack."""
    return int(mark.index) if mark else 0


def _scalars(
    events: "Sequence[yaml.Event]",
) -> "Iterator[tuple[yaml.ScalarEvent, tuple[str, ...], bool]]":
    """Each scalar, the keys above it, and whether it is a key itself."""
    import yaml  # noqa: PLC0415 - see above

    levels: list[tuple[bool, str | None]] = []  # is it a mapping, and the key whose value is next
    for event in events:
        match event:
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                levels.append((isinstance(event, yaml.MappingStartEvent), None))
                continue
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                levels.pop()
            case yaml.ScalarEvent():
                is_key = bool(levels) and levels[-1] == (True, None)
                yield event, tuple(key for _, key in levels if key), is_key
            case yaml.AliasEvent():
                pass
            case _:
                continue
        # A whole node is done: it was a key, or a value behind one.
        if levels and levels[-1][0]:
            says = str(getattr(event, "value", "") or " ")
            levels[-1] = (True, says if levels[-1][1] is None else None)


def _spelled(text: str, start: int, end: int, style: str | None) -> list[tuple[str, int]]:
    """The characters of a scalar and their places, spaces as they stand there."""
    if style in _OF_BLOCKS:
        start = text.find("\n", start, end) + 1 or end  # behind the header
    elif style in {"'", '"'}:
        start, end = start + 1, end - 1
    chars: list[tuple[str, int]] = []
    at = start
    while at < end:
        escape = _ESCAPE.match(text, at, end) if style == '"' else None
        if escape:
            chars += [(says, at) for says in _meant(escape[0])]
            at = escape.end()
            continue
        chars.append((text[at], at))
        at += 2 if style == "'" and text.startswith("''", at) else 1
    return chars


def _meant(escape: str) -> str:
    """What an escape stands for; nothing, where it is the end of a line."""
    if escape[1] in "xuU":
        digits = escape[2:]
        return chr(int(digits, base=16))
    if escape[1] in "\r\n":
        return ""
    return _MEANS.get(escape[1], escape[1])


def _aligned(value: str, spelled: Sequence[tuple[str, int]]) -> tuple[int, ...]:
    """Where each character of a value stands.

    YAML folds, strips and indents: it changes the space between words, and nothing else. A value
    that does not fit stands nowhere, so nobody edits it.
    """
    solid = [(char, at) for char, at in spelled if not char.isspace()]
    if [char for char, _ in solid] != [char for char in value if not char.isspace()]:
        return (NOWHERE,) * len(value)
    places = iter(solid)
    starts = [NOWHERE if char.isspace() else next(places)[1] for char in value]
    by_place = {at: char for char, at in spelled}
    for index, char in enumerate(value):
        before = starts[index - 1] if index else NOWHERE
        if starts[index] == NOWHERE != before and by_place.get(before + 1) == char:
            starts[index] = before + 1
    return tuple(starts)


KIND = Kind("YAML", lambda path: path.suffix in _SUFFIXES, read, parse, nested, blocks)
