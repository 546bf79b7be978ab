"""Short texts that a statement names tables by: `"order"`, `main.old`, `old o`, `old_fts`."""

import re
from collections.abc import Callable, Iterator

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
    found = tuple(_apart(it, is_wanted) for it in value)
    return found if any(it is not was for it, was in zip(found, value, strict=True)) else value


def _apart(alternative: Alternative, is_wanted: Callable[[Piece], bool]) -> Alternative:
    match alternative:
        case Str(atoms=atoms) if any(map(_is_longer, atoms)) and is_reference(alternative):
            return Str(tuple(part for it in atoms for part in _parts(it, is_wanted)))
        case Seq(items=items):
            parts = tuple(names_apart(it, is_wanted) for it in items)
            changed = any(it is not was for it, was in zip(parts, items, strict=True))
            return Seq(parts) if changed else alternative
        case Map(entries=entries):
            held = tuple((key, names_apart(it, is_wanted)) for key, it in entries)
            changed = any(it[1] is not was[1] for it, was in zip(held, entries, strict=True))
            return Map(held) if changed else alternative
    return alternative


def _is_longer(atom: Atom) -> bool:
    return (
        isinstance(atom, Piece)
        and not atom.text.isidentifier()
        and REFERENCES.fullmatch(atom.text) is not None
    )


def _parts(atom: Atom, is_wanted: Callable[[Piece], bool]) -> Iterator[Atom]:
    if not isinstance(atom, Piece) or not _is_longer(atom) or not is_wanted(atom):
        yield atom
        return
    for match in _WORDS.finditer(atom.text):
        part = cut(atom, *match.span())
        is_name = isinstance(part, Piece) and is_wanted(part)
        yield part if is_name else Plain(match[0])
