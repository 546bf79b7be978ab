"""The strings of a JSON text, each with its place and the keys above it."""

import json
import re
from collections.abc import Iterator

from msgspec import Struct

from refactor.kinds.kind import NotOfKindError

# Possessive: a string that never closes must not make the matching go back.
_TOKEN = re.compile(r'"(?P<string>(?>(?:[^"\\]|\\.)*))"|[{}\[\],:]', re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)


class JsonString(Struct, frozen=True):
    """One string: where it stands without its quotes, and what is above it."""

    start: int
    end: int
    path: tuple[str | int, ...]
    """Keys of objects, and indexes of arrays from 0."""
    is_key: bool


class _Level(Struct):
    """The object or array that the scanner is in."""

    is_object: bool
    at: str | int = 0
    key_next: bool = True


def parse(text: str) -> object:
    """What JSON's own parser says; objects as pairs, so that none is lost.

    Raises:
        NotOfKindError: it is no JSON.
    """
    try:
        return json.loads(text, object_pairs_hook=tuple)
    except json.JSONDecodeError as error:
        raise NotOfKindError(f"line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise NotOfKindError("it is nested too deeply") from error


def json_strings(text: str) -> Iterator[JsonString]:
    """All strings of a valid JSON text, in order."""
    levels: list[_Level] = []
    for match in _TOKEN.finditer(text):
        match match[0]:
            case "{" | "[" as opens:
                levels.append(_Level(opens == "{"))
            case "}" | "]":
                levels.pop()
            case ":":
                levels[-1].key_next = False
            case "," if levels[-1].is_object:
                levels[-1].key_next = True
            case ",":
                levels[-1].at = int(levels[-1].at) + 1
            case _:
                start, end = match.span("string")
                level = levels[-1] if levels else None
                is_key = level is not None and level.is_object and level.key_next
                above = levels[:-1] if is_key else levels
                if level is not None and is_key:
                    level.at = decoded(text, start, end)[0]
                yield JsonString(start, end, tuple(it.at for it in above), is_key)


def decoded(text: str, start: int, end: int) -> tuple[str, range | tuple[int, ...]]:
    """What a string says, and where each of its characters is spelled."""
    raw = text[start:end]
    if "\\" not in raw:
        return raw, range(start, end)
    chars: list[str] = []
    starts: list[int] = []
    last = 0
    for match in _ESCAPE.finditer(raw):
        chars += raw[last : match.start()]
        starts += range(start + last, start + match.start())
        chars.append(json.loads(f'"{match[0]}"'))
        starts += [start + match.start()] * len(chars[-1])
        last = match.end()
    chars += raw[last:]
    starts += range(start + last, end)
    return "".join(chars), tuple(starts)
