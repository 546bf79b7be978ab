"""Old and new names in a line: `a` → `b`, rename a to b, `b` (formerly `a`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plan.draft.document.outline import Text
from plan.draft.document.surroundings import receives
from plan.draft.document.tokens import Kind, Token, databases_in, tokens_of
from plan.draft.document.vocabulary import forms
from plan.draft.document.words import ARTICLES, NOT_TABLES, PLACE_WORDS, has

_RENAMING = forms(
    "rename renames renamed renaming call called name named becomes become turns turn changes",
    "change copied copy moved move merge merged merges goes go lands land arrives ends folded",
)
_TO = frozenset({"to", "as", "into"})
_ALONE = frozenset({"becomes", "become", "called", "named"})
_BACK = forms("formerly previously was replaces replacing")
_CONNECTS = _TO | _ALONE | _BACK | {"of"}
_BOTH = 2
_LISTS = frozenset({",", "and", "&", "+", "/", "or"})
_PASSED = ARTICLES | PLACE_WORDS | _RENAMING | forms("will now be is are gets name to instead")


@dataclass(frozen=True, slots=True)
class Renamed:
    """One pair of names, the databases beside the old one, and where in the text the pair is."""

    old: str
    new: str
    databases: tuple[str, ...]
    aside: str
    """The one word in parentheses behind the old name."""
    start: int
    end: int
    verb: bool
    """Whether words say that it is a rename, and not just an arrow."""

    @property
    def dotted(self) -> bool:
        """Whether a word before the name may be its database: `shop.orders`."""
        return any("." not in name for name in self.databases)


def renames_in(text: Text) -> tuple[Renamed, ...]:
    """All pairs of names in a text; none where a chain or a column makes it unclear."""
    tokens = tokens_of(text)
    if has((token.word for token in tokens[:6]), NOT_TABLES):
        return ()
    pairs = tuple(
        {(old.start, new.start): (old, new, verb) for old, new, verb in _pairs(tokens)}.values()
    )
    places = [it.value for it in databases_in(tokens) if not receives(tokens, it)]
    ends = [token for old, new, _ in pairs for token in (old, new)]
    if any("." in new.value for _, new, _ in pairs):
        return ()  # columns
    if len(ends) != len(set(ends)) or any(_one_of_several(tokens, it, ends) for it in ends):
        return ()
    return tuple(
        Renamed(
            old.value.rpartition(".")[2],
            new.value,
            (stem,)
            if (stem := old.value.rpartition(".")[0])
            else tuple(dict.fromkeys(places if len(pairs) == 1 else _beside(tokens, old))),
            _aside(tokens, old),
            min(old.start, new.start),
            max(old.end, new.end),
            verb,
        )
        for old, new, verb in pairs
    )


def _pairs(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token, bool]]:
    """Every old name and its new one, and whether a verb is between them."""
    coded = any(token.code and token.kind is Kind.NAME for token in tokens)
    for at, token in enumerate(tokens):
        if token.kind is not Kind.ARROW and token.word not in _CONNECTS:
            continue
        left = _name(tokens[:at][::-1], backwards=True)
        right = _name(tokens[at + 1 :], backwards=False)
        if left is None or right is None:
            continue
        sure = sum(it.kind is not Kind.WORD for it in (left, right))
        if coded and not (left.code and right.code):
            continue
        earlier = [it.word for it in tokens[:at]]
        if token.kind is Kind.ARROW:
            yield left, right, has(earlier, _RENAMING)
        elif sure and (token.word in _ALONE or (token.word in _TO and has(earlier, _RENAMING))):
            yield left, right, True
        elif sure == _BOTH and (
            (token.word in _BACK and tokens[at + 1].word not in _RENAMING)
            or (token.word == "of" and earlier[-1:] == ["instead"])
        ):
            yield right, left, True


def _name(tokens: Sequence[Token], *, backwards: bool) -> Token | None:
    """The closest name, past small words, a database, and a remark in parentheses."""
    depth = 0
    opening, closing = (")]", "([") if backwards else ("([", ")]")
    for at, token in enumerate(tokens):
        if token.kind is Kind.MARK:
            depth += (token.value in opening) - (token.value in closing)
            depth = max(depth, 0)
        elif depth or token.kind is Kind.DATABASE:
            continue
        elif token.kind in (Kind.NAME, Kind.CODE):
            return token
        elif token.word not in _PASSED or not token.word:
            return token if _stands_alone(tokens, at, backwards=backwards) else None
    return None


def _one_of_several(tokens: Sequence[Token], name: Token, known: Sequence[Token]) -> bool:
    """Whether another name that belongs to no pair is listed right beside it: `a`, `b` → `c`."""
    at = tokens.index(name)
    for step in (-1, 1):
        between, beyond = at + step, at + 2 * step
        if 0 <= beyond < len(tokens) and (
            tokens[between].value in _LISTS
            and tokens[beyond].kind is Kind.NAME
            and tokens[beyond] not in known
        ):
            return True
    return False


def _stands_alone(tokens: Sequence[Token], at: int, *, backwards: bool) -> bool:
    """Whether a plain word can be a name: no other word is beside it."""
    if not (tokens[at].word and tokens[at].value.replace(".", "_", 1).isidentifier()):
        return False
    beyond = tokens[at + 1] if at + 1 < len(tokens) else None
    if beyond is None or beyond.kind in (Kind.MARK, Kind.DATABASE, Kind.ARROW):
        return True
    return beyond.word in (_PASSED if backwards else PLACE_WORDS)


def _beside(tokens: Sequence[Token], name: Token) -> list[str]:
    """The databases in the parentheses right behind a name."""
    return [token.value for token in _enclosed(tokens, name) if token.kind is Kind.DATABASE]


def _aside(tokens: Sequence[Token], name: Token) -> str:
    inside = _enclosed(tokens, name)
    return inside[0].value if len(inside) == 1 and inside[0].kind is not Kind.DATABASE else ""


def _enclosed(tokens: Sequence[Token], name: Token) -> Sequence[Token]:
    """What is in the parentheses right behind a name."""
    behind = tokens[tokens.index(name) + 1 :]
    if not behind or behind[0].value != "(":
        return ()
    return behind[1 : next((n for n, it in enumerate(behind) if it.value == ")"), len(behind))]
