"""The proof for files that are no modules: edited values are as expected, and all others the same.

The format's own parser reads the file before and after. What it says must have the same shape, the
same keys and the same values, except for the texts that were edited.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeGuard

from refactor.kinds import NotOfKindError, kind_of
from refactor.kinds.kind import Contents
from refactor.python.strings import Text
from refactor.text.edits import Edit, apply_edits
from refactor.text.source import Source

_Change = tuple[object, object]


def changed_too_much(
    contents: Contents, before: Source, after: Source, edits: Sequence[Edit], *, docs: bool
) -> str:
    """Why an edited file does not say what it should; empty if it does."""
    kind = kind_of(before.path, before.data, docs=docs)
    if kind is None or kind.parse is None or contents.unread:
        return ""
    try:
        changes = Counter(_differences(kind.parse(before.text), kind.parse(after.text)))
    except NotOfKindError as error:
        return f"the result would not parse as {kind.name}: {error}"
    expected = Counter(change for text in contents.values for change in _expected(text, edits))
    if changes != expected:
        return f"the edit would change more of this {kind.name} than the values that it should"
    return ""


def _expected(text: Text, edits: Sequence[Edit]) -> Iterator[_Change]:
    """What a value becomes; nothing, where no edit is in it."""
    places = {at: index for index, at in enumerate(text.starts)}
    inside = [Edit(places[it.start], it.old, it.new) for it in edits if it.start in places]
    if inside:
        yield text.text, apply_edits(text.text, inside)


def _differences(before: object, after: object) -> Iterator[_Change]:
    """The values that are not the same; all of it, where the shape is not."""
    if isinstance(before, dict) and isinstance(after, dict):
        if list(before) == list(after):
            for key, value in before.items():
                yield from _differences(value, after[key])
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
