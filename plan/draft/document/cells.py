"""What a cell, or a piece of a line, says of a table: names, the database, what is to happen."""

from collections.abc import Sequence
from dataclasses import dataclass

from plan.draft.document.domains import one_line
from plan.draft.document.outline import Text
from plan.draft.document.tokens import Kind, Token, databases_in, tokens_of
from plan.draft.document.vocabulary import forms
from plan.draft.document.words import JOINS, MAYBE, PLACE_WORDS, SKIP, UNWANTED, has

_SAME = forms("unchanged same keep keeps kept stays stay name identical")
_NOTHING = forms("none n/a na nothing gone dropped drop delete deleted removed remove")
_DASHES = frozenset("—–-/")
_KEEPS_TARGET = ("keep-target", "target wins", "keep the target", "target's row", "existing wins")
_KEEPS_SOURCE = ("keep-source", "source wins", "keep the source", "source's row", "overwrite")
_APPENDS = ("append the rows", "append rows", "append all", "rows are appended", "union all")
_WRITABLE = forms("writable writeable updatable updateable writes read-write")
_READABLE = forms("readable read-only readonly view views alias aliases")
_OLD_NAME = forms("old compat compatibility backward backwards legacy former")
_NO_DESCRIPTION = forms("tbd tba n/a na todo none ditto unknown dto x xxx same idem") | {
    "see above"
}
_DOUBTS = MAYBE | forms("tbd tba todo unclear tentative provisional")
_JOINING = forms("merge merged merges append appended combine combined union join joined")
_FEW = 5
_YES = forms("yes y true x ✓ ✔ ✅ needed required")


@dataclass(frozen=True, slots=True)
class Names:
    """The names of tables in a cell, the databases beside them, and what else it says."""

    names: tuple[str, ...]
    databases: tuple[str, ...]
    extra: tuple[Token, ...]
    """What is neither a name nor a place."""
    aside: str
    """The one word in parentheses, which may be a database without its ending."""
    bare: bool
    """Whether nothing but the name, a place, or a remark in parentheses is in it."""


def names_in(text: Text) -> Names:
    """The names in a cell: all code is, or else the first word."""
    tokens = tokens_of(text)
    databases = tuple(dict.fromkeys(token.value for token in databases_in(tokens)))
    outside, inside = _apart(tokens)
    named = [it for it in outside if it.kind is Kind.NAME or (it.kind is Kind.CODE and it.code)]
    if any(it.code for it in named):
        named = [it for it in named if it.code]
    if not named:
        named = [it for it in outside if it.word and it.word not in PLACE_WORDS][:1]
    left = [
        it
        for it in outside
        if it not in named
        and it.kind not in (Kind.MARK, Kind.DATABASE)
        and it.word not in PLACE_WORDS
    ]
    doubts = any(it.value == "?" or it.word in _DOUBTS for it in tokens)
    names = tuple(dict.fromkeys(it.value for it in named))
    aside = inside[0].value if len(inside) == 1 and inside[0].kind is not Kind.DATABASE else ""
    return Names(names, databases, (*left, *inside), aside, bare=not left and not doubts)


def _apart(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """The tokens outside of parentheses, and those inside."""
    outside: list[Token] = []
    inside: list[Token] = []
    depth = 0
    for token in tokens:
        if token.kind is Kind.MARK and token.value in "([":
            depth += 1
        elif token.kind is Kind.MARK and token.value in ")]":
            depth = max(0, depth - 1)
        else:
            (inside if depth else outside).append(token)
    return outside, inside


def description_of(text: Text) -> str:
    """What a cell says of a table, on one line; empty if it is a ditto mark, dots, or *TBD*."""
    plain = one_line(text.plain)
    told = any(c.isalpha() for c in plain) and plain.lower().strip(" .?!()") not in _NO_DESCRIPTION
    return plain if told else ""


def says_same(text: Text) -> bool:
    """Whether it says that a name stays."""
    words = [token.word for token in tokens_of(text) if token.word]
    return bool(words) and all(word in _SAME | {"the", "as", "is", "no"} for word in words)


def says_nothing(text: Text) -> bool:
    """Whether it is empty, or a dash."""
    return not text.plain.strip("".join(_DASHES) + " ")


def says_skip(text: Text) -> bool:
    """Whether it says that the table does not come along."""
    words = [token.word for token in tokens_of(text) if token.word]
    known = _NOTHING | SKIP | UNWANTED | {"not", "carried", "over", "migrated", "empty"}
    return bool(words) and has(words, known - {"not"}) and all(word in known for word in words)


def says_joins(tokens: Sequence[Token]) -> bool:
    """Whether the words speak of meeting a table that is there."""
    return has((token.word for token in tokens), JOINS)


def only_joins(text: Text) -> bool:
    """Whether it says no more than that: "merge with existing"; that describes no table."""
    words = [token.word for token in tokens_of(text) if token.kind is not Kind.MARK]
    return 0 < len(words) <= _FEW and words[0] in _JOINING


def rule_in(text: str) -> str | None:
    """The merge rule, where a text says which rows stay."""
    low = text.lower().strip(" .()")
    if low in ("append", "appended"):
        return "append"
    found = {
        rule
        for rule, phrases in (
            ("keep-target", _KEEPS_TARGET),
            ("keep-source", _KEEPS_SOURCE),
            ("append", _APPENDS),
        )
        if any(phrase in low for phrase in phrases)
    }
    return found.pop() if len(found) == 1 else None


def stays_in(tokens: Sequence[Token]) -> str | None:
    """What a remark says of an old name that lives on; None if it speaks of something else."""
    words = [token.word for token in tokens]
    return (
        compat_in(tokens) if has(words, _OLD_NAME) and has(words, _READABLE | _WRITABLE) else None
    )


def compat_in(tokens: Sequence[Token]) -> str | None:
    """What is said of an old name that lives on: "view", "writable", "?"; None if nothing is."""
    words = [token.value.lower() for token in tokens if token.kind is not Kind.MARK]
    marks = [token.value for token in tokens]
    if has(words, _WRITABLE):
        return "writable"
    if has(words, _READABLE):
        return "view"
    if has([*words, *marks], _YES):
        return "?"
    return None
