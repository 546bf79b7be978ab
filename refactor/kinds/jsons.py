"""JSON settings: the values of strings."""

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from refactor.kinds.jsonstrings import JsonString, decoded, json_strings, parse
from refactor.kinds.kind import Contents, Kind, key_text, value_text
from refactor.python.strings import Text
from refactor.text.source import Source
from refactor.text.words import Words


def read(source: Source, words: Words) -> Contents:
    """The strings that hold an old name."""
    if _is_ours(parse(source.text)):
        return Contents(otherwise="written by retable itself")
    texts = tuple(_texts(source.text, words))
    values = tuple(text for text in texts if text.context.argument != "key")
    return Contents(texts, values=values, otherwise="no value of a setting")


def _is_ours(says: object) -> bool:
    """Whether it is a baseline, decisions or a report of ours, which hold old names on purpose."""
    return isinstance(says, tuple) and {"retable", "version"} <= {key for key, _ in says}


def _texts(text: str, words: Words) -> Iterator[Text]:
    hits = words.hits_in_source(text)
    for found in json_strings(text):
        if not could_hold(found, text, hits):
            continue
        says, starts = decoded(text, found.start, found.end)
        if words.are_in(says):
            keys = [key for key in found.path if isinstance(key, str)]
            make = key_text if found.is_key else value_text
            yield make(says, starts, (found.start, found.end), keys=keys)


def could_hold(found: JsonString, text: str, hits: Sequence[int]) -> bool:
    """Whether a string is worth decoding: an old name stands in it, or an escape."""
    at = bisect_left(hits, found.start)
    return (at < len(hits) and hits[at] < found.end) or "\\" in text[found.start : found.end]


KIND = Kind("JSON", lambda path: path.suffix == ".json", read, parse, json.loads)
