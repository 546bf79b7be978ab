"""Short texts that a statement names tables by: `"order"`, `main.old`, `old o`, `old_fts`."""

import re
from collections.abc import Callable, Iterator
from operator import is_

from refactor.flow.values import Alternative, Atom, Map, Piece, Plain, Seq, Str, Value, cut

_ALIAS = r"(?:\s+(?:[Aa][Ss]\s+\w+|\w{1,2}))?"
_NAME = rf"(?:\w+\.)?(?:\"\w+\"|'\w+'|\[\w+\]|`\w+`|\w+){_ALIAS}"
REFERENCES = re.compile(rf"\s*{_NAME}(?:\s*,\s*{_NAME})*\s*")
"""What may stand behind FROM: names, each with its schema, in quotes, with an alias."""
_PUT_TOGETHER = re.compile(rf"[\w.\"'`\[\]]{{1,80}}{_ALIAS}")
_WORDS = re.compile(r"\w+|\W+")


def is_reference(text: Str) -> bool:
    """Whether a text is a literal by itself, or short and made of names and what quotes them."""
    if len(text.atoms) == 1:
        return True  # as by far the most
    texts = [it.text if isinstance(it, Piece | Plain) else None for it in text.atoms]
    return None not in texts and _PUT_TOGETHER.fullmatch("".join(filter(None, texts))) is not None


def names_apart(value: Value, is_wanted: Callable[[Piece], bool]) -> Value:
    """A value in which the wanted names of short texts stand apart from what is around them.

    It is the very same where none does, as in by far the most.
    """
    found = tuple([_apart(it, is_wanted) for it in value])
    return value if all(map(is_, found, value)) else found


def _apart(alternative: Alternative, is_wanted: Callable[[Piece], bool]) -> Alternative:
    if isinstance(alternative, Str):  # as by far the most
        return _text_apart(alternative, is_wanted)
    if isinstance(alternative, Seq):
        items = tuple([names_apart(it, is_wanted) for it in alternative.items])
        return (
            alternative
            if all(map(is_, items, alternative.items))
            else Seq(items, alternative.whole)
        )
    if isinstance(alternative, Map):
        values = [names_apart(it, is_wanted) for _, it in alternative.entries]
        entries = tuple((key, it) for (key, _), it in zip(alternative.entries, values, strict=True))
        same = all(it is was for it, (_, was) in zip(values, alternative.entries, strict=True))
        return alternative if same else Map(entries)
    return alternative


def _text_apart(text: Str, is_wanted: Callable[[Piece], bool]) -> Str:
    for atom in text.atoms:
        if _is_longer(atom, is_wanted) and is_reference(text):
            return Str(tuple(part for it in text.atoms for part in _parts(it, is_wanted)))
    return text


def _is_longer(atom: Atom, is_wanted: Callable[[Piece], bool]) -> bool:
    return (
        isinstance(atom, Piece)
        and not atom.text.isidentifier()
        and is_wanted(atom)
        and REFERENCES.fullmatch(atom.text) is not None
    )


def _parts(atom: Atom, is_wanted: Callable[[Piece], bool]) -> Iterator[Atom]:
    if not isinstance(atom, Piece) or not _is_longer(atom, is_wanted):
        yield atom
        return
    for match in _WORDS.finditer(atom.text):
        part = cut(atom, *match.span())
        is_name = isinstance(part, Piece) and is_wanted(part)
        yield part if is_name else Plain(match[0])
