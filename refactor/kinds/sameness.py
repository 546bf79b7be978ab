"""The proof for files that are no modules: edited values are as expected, and all others the same.

The format's own parser reads the file before and after. What it says must have the same shape, the
same keys and the same values, except for the texts that were edited. No key may become another's.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TypeGuard

from msgspec import Struct

from refactor.kinds import NotOfKindError, kind_of
from refactor.kinds.kind import Contents
from refactor.python.strings import Text
from refactor.text.edits import Edit, apply_edits
from refactor.text.source import Source

_Change = tuple[object, object]


class _Key(Struct, frozen=True):
    """The name of an entry, before and after."""

    before: str
    after: str


def changed_too_much(
    contents: Contents, before: Source, after: Source, edits: Sequence[Edit], *, docs: bool
) -> str:
    """Why an edited file does not say what it should; empty if it does."""
    kind = kind_of(before.path, before.data, docs=docs)
    if kind is None or kind.parse is None or contents.unread:
        return ""
    keys = Counter(change for text in contents.keys for change in _expected(text, edits))
    try:
        changes = [*_differences(kind.parse(before.text), kind.parse(after.text))]
        if keys and kind.nested:
            entries, left = (_entries(kind.nested(it.text)) for it in (before, after))
            if entries != left:
                return f"a key that it would edit is another one's in this {kind.name} as well"
    except NotOfKindError as error:
        return f"the result would not parse as {kind.name}: {error}"
    values = Counter(change for text in contents.values for change in _expected(text, edits))
    others = Counter(it for it in changes if not isinstance(it, _Key))
    named = [it for it in changes if isinstance(it, _Key)]
    # Some parsers give keys as they give values; others know of each entry's, and only of that.
    as_expected = others == values and _are_keys(named, keys) if named else others == values + keys
    if not as_expected:
        return f"the edit would change more of this {kind.name} than the values that it should"
    return ""


def _are_keys(named: Sequence[_Key], expected: Collection[_Change]) -> bool:
    """Whether all keys that have another name are those that should; and each of these has."""
    met = [change for it in named for change in expected if _ends_so(it, *map(str, change))]
    return len(met) == len(named) and set(met) == set(expected)


def _ends_so(key: _Key, old: str, new: str) -> bool:
    """Whether no more is another one than a key, or the last part of it as in `[table:old]`."""
    before, after = key.before.removesuffix(old), key.after.removesuffix(new)
    return before == after and (key.before, key.after) == (before + old, after + new)


def _entries(tree: object) -> int:
    """How many entries all dictionaries have; what is repeated by its name is one."""
    seen, stack, count = set[int](), [tree], 0
    while stack:
        item = stack.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, dict):
            count += len(item)
            stack += item.values()
        elif _is_list(item):
            stack += item
    return count


def _expected(text: Text, edits: Sequence[Edit]) -> Iterator[_Change]:
    """What a value becomes; nothing, where no edit is in it."""
    places = {at: index for index, at in enumerate(text.starts)}
    inside = [Edit(places[it.start], it.old, it.new) for it in edits if it.start in places]
    if inside:
        yield text.text, apply_edits(text.text, inside)


def _differences(before: object, after: object) -> Iterator[_Change | _Key]:
    """The values that are not the same; all of it, where the shape is not."""
    if isinstance(before, dict) and isinstance(after, dict):
        if len(before) == len(after):
            for (key, value), (name, other) in zip(before.items(), after.items(), strict=True):
                if key != name:
                    yield _Key(str(key), str(name))
                yield from _differences(value, other)
        else:
            yield repr(before), repr(after)
    elif _is_list(before) and _is_list(after) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _differences(one, other)
    elif isinstance(before, str) and isinstance(after, str):
        if before != after:
            yield before, after
    elif repr(before) != repr(after):  # also where a value does not equal itself, such as NaN
        yield repr(before), repr(after)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, (list, tuple))
