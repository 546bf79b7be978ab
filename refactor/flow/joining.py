"""What becomes of a list of pieces that is joined, by whomever and with whatever between them."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from refactor.flow.values import (
    Alternative,
    Piece,
    Plain,
    Seq,
    Str,
    Value,
    atoms_of,
    concatenated,
    is_known,
    joined,
    plain,
    text_of,
    union,
)
from refactor.sql.names import VERBS, is_shouted, leads_with_verb, statements
from refactor.sql.tokens import RESERVED, upper

_FIRST_WORD = re.compile(r"\s*(\w*)")
_LAST_WORD = re.compile(r"(?:(\w+)|[,=<>|+*/-])\s*\Z")
_NAME = re.compile(r"[\"`\[]?\w+[\"`\]]?")
_AFTER_NAME = ("(", ")", ",", ";", "=", "<", ">")
_BEFORE_NAME = ("(", ",", ";", "=", "<", ">")
_UNFINISHED = frozenset({"", "END", "EXPLAIN", "WITH"})
"""What a text is of whose statement only a part stands in it."""
_TRIGGER = re.compile(r"\s*CREATE\s+(?:TEMP(?:ORARY)?\s+)?TRIGGER\b", re.IGNORECASE)
_ENDS_TRIGGER = re.compile(r"\bEND\s*;?\s*\Z", re.IGNORECASE)


def joined_by(separator: Value, value: Value) -> Value:
    """What `separator.join(value)` gives.

    Nobody joins pieces of SQL so that one of them is longer for it. So an unknown separator is a
    new line wherever no name could go on over it: behind a comma, before a parenthesis or a word
    of SQL. Where each piece begins as a statement does, each may also be one by itself.
    """
    found = [_joined(separator, it) for it in value if isinstance(it, Seq)]
    rest = tuple(it for it in value if not isinstance(it, Seq))
    return union(*found, *([joined(separator, rest)] if rest else []))


def put_together(value: Value) -> Value:
    """A value with one text in place of each list that holds a statement piece by piece.

    Whoever gets such a list joins it. A piece that is nothing but a name goes on behind a word of
    SQL, or an operator: behind anything else it may be a value beside its statement.
    """
    return tuple(
        one
        for it in value
        for one in (
            joined(plain(" "), (it,)) if isinstance(it, Seq) and _may_be_pieces(it.items) else (it,)
        )
    )


def _may_be_pieces(items: tuple[Value, ...]) -> bool:
    if len(items) < 2 or not _all_begin(items[0], is_shouted):  # noqa: PLR2004 - what is joined
        return False
    texts = [text_of(it) for it in items]
    if all(it is not None and _is_statement(it) for it in texts):
        return False
    if not all(map(_has_words, items[0])) and not any(map(_has_word, texts[1:])):
        return False  # what was done, and to what
    return all(not _is_name(after) or _is_due(before) for before, after in pairwise(texts))


def _has_words(alternative: Alternative) -> bool:
    """Whether a text is more than its first word, be the rest known or not."""
    known = (it.text if isinstance(it, Piece | Plain) else "?" for it in atoms_of(alternative))
    return " " in "".join(known).strip()


def _has_word(text: str | None) -> bool:
    """Whether a text begins with a word that only SQL has."""
    word = _FIRST_WORD.match(text or "")
    return word is not None and upper(word[1]) in RESERVED


def _is_name(text: str | None) -> bool:
    """Whether a text is one word that SQL has not given a meaning."""
    word = (text or "").strip()
    return _NAME.fullmatch(word) is not None and upper(word) not in RESERVED | VERBS


def _is_due(text: str | None) -> bool:
    """Whether something must come behind a text."""
    last = _LAST_WORD.search(text or "")
    return last is not None and (not last[1] or upper(last[1]) in RESERVED)


def _joined(separator: Value, listed: Seq) -> Value:
    items = listed.items
    if is_known(separator) or len(items) < 2 or not _all_begin(items[0], leads_with_verb):  # noqa: PLR2004 - what is joined
        return joined(separator, (listed,))
    parts = [items[0]]
    for before, after in pairwise(items):
        apart = _ends_word(before) or _begins_word(after)
        parts += [plain("\n") if apart else separator, after]
    whole = concatenated(parts)
    texts = [text_of(it) for it in items]
    if all(it is not None and _is_statement(it) for it in texts):
        return union(whole, concatenated(list(_as_script(items))))
    return whole


def _as_script(items: tuple[Value, ...]) -> Iterator[Value]:
    """Statements one after the other."""
    for number, item in enumerate(items):
        if number:
            ended = (text_of(items[number - 1]) or "").rstrip().endswith(";")
            yield plain("\n" if ended else ";\n")
        yield item


def _is_statement(text: str) -> bool:
    """Whether a text is statements by itself, as far as its words tell."""
    whole = all(it.verb not in _UNFINISHED for it in statements(text))
    return whole and not (_TRIGGER.match(text) and not _ENDS_TRIGGER.search(text))


def _begins_word(value: Value) -> bool:
    """Whether no name can go on into any of these texts."""
    texts = [_beginning((it,)) for it in value]
    return all(_is_apart(it) for it in texts)


def _is_apart(text: str) -> bool:
    word = _FIRST_WORD.match(text)
    return text.lstrip().startswith(_AFTER_NAME) or (
        word is not None and upper(word[1]) in RESERVED | VERBS
    )


def _ends_word(value: Value) -> bool:
    """Whether no name at the end of any of these texts can go on."""
    return all(_end(it).rstrip().endswith(_BEFORE_NAME) for it in value if isinstance(it, Str))


def _all_begin(value: Value, as_sql: Callable[[str], bool]) -> bool:
    """Whether whatever a value may be begins as SQL does."""
    return bool(value) and all(as_sql(_beginning((it,))) for it in value)


def _beginning(value: Value) -> str:
    """How a text begins; empty where that is only known at run time."""
    match value:
        case [Str(atoms=(Piece(text=text) | Plain(text=text), *_))]:
            return text
    return ""


def _end(text: Str) -> str:
    match text.atoms:
        case (*_, Piece(text=end) | Plain(text=end)):
            return end
    return ""
