"""Lines that list tables: which are copied out of a database, and which are left behind."""

from collections.abc import Iterator, Sequence

from plan.draft.document.cells import rule_in, says_joins
from plan.draft.document.claims import OfSkip, OfTable, Said, Statement
from plan.draft.document.outline import Context, Text
from plan.draft.document.remarks import Remark, remark_after
from plan.draft.document.surroundings import database_of, receives
from plan.draft.document.tokens import Kind, Token, databases_in, tokens_of
from plan.draft.document.vocabulary import forms
from plan.draft.document.words import COPY, EMPTY, MAYBE, NEGATIONS, SKIP, UNWANTED, has, words_in
from plan.model import Claim

_VERB_WITHIN = 4
_DROPS = forms("drop drops dropped delete deleted remove removed discard discarded")
_BEHIND = forms("behind out")
_CARRIED = forms("carried copied migrated moved taken merged copy carry migrate move take")
_STAYS = forms("keep keeps kept stay stays copy")
_TABLE = forms("table tables")


def lists_in(text: Text, context: Context, said: Said) -> Iterator[Statement]:
    """The tables that a line says to copy, or to leave behind."""
    tokens = tokens_of(text)
    if any(token.value == "?" or token.word in MAYBE for token in tokens):
        return
    names = list(_listed(tokens))
    first = [token.word for token in tokens if token.word][:_VERB_WITHIN]
    place = _place(tokens, context)
    words = [token.word for token in tokens]
    if _skips(first, words) or (names and skips_below(context) and _begins_with(tokens, names)):
        if names[1:] and has(words, _STAYS):
            return  # one is dropped, and another is kept
        claim = claim_in(words) or claim_in(_words_above(context))
        yield from (OfSkip(name.value, said, place, claim) for name, _ in names)
    elif place and (has(first, COPY) or _begins_with(tokens, names)) and not has(first, NEGATIONS):
        behind = remark_after(text, names[0][0].end) if len(names) == 1 else Remark()
        for name, remark in names:
            yield OfTable(
                name.value,
                said,
                database=place,
                inherited=not databases_in(tokens),
                about="" if databases_in(tokens) else behind.about,
                joins=says_joins(remark) or behind.joins,
                rule=rule_in(" ".join(token.value for token in remark)),
                contents=True,
            )


def skips_below(context: Context) -> bool:
    """Whether what it stands under says that all of it is left behind."""
    closest = next(iter(context.nearest()), None)
    if closest is None:
        return False
    words = words_in(closest.plain)
    return _skips(words, words) and has(words, _TABLE)


def claim_in(words: Sequence[str]) -> Claim | None:
    """Why a table may be left behind, as the words say it."""
    if has(words, EMPTY) and not has(words, NEGATIONS):
        return Claim.EMPTY
    return Claim.UNWANTED if has(words, UNWANTED) else None


def _skips(first: Sequence[str], words: Sequence[str]) -> bool:
    if has(first, NEGATIONS):
        return has(words, _CARRIED) and not has(first, SKIP)
    if "leave" in first or "left" in first:
        return has(words, _BEHIND)
    return has(first, SKIP - {"leave"}) or (has(first, _DROPS) and has(words, _TABLE))


def _words_above(context: Context) -> list[str]:
    closest = next(iter(context.nearest()), None)
    return words_in(closest.plain) if closest else []


def _place(tokens: tuple[Token, ...], context: Context) -> str | None:
    here = [it.value for it in databases_in(tokens) if not receives(tokens, it)]
    return here[0] if len(here) == 1 else None if here else database_of(context)


def _begins_with(tokens: Sequence[Token], names: Sequence[tuple[Token, list[Token]]]) -> bool:
    first = next((token for token in tokens if token.kind is not Kind.MARK), None)
    return bool(names) and first is names[0][0] and first is not None and first.kind is Kind.NAME


def _listed(tokens: Sequence[Token]) -> Iterator[tuple[Token, list[Token]]]:
    """Every name outside of parentheses, with the remark in parentheses behind it.

    Plain words are names only behind a colon, between commas.
    """
    colon = next((n for n, it in enumerate(tokens) if it.value == ":"), len(tokens))
    found: list[tuple[Token, list[Token]]] = []
    depth = 0
    coded = any(it.code and it.kind is Kind.NAME for it in tokens)
    for at, token in enumerate(tokens):
        if token.kind is Kind.MARK:
            depth = max(0, depth + (token.value in "([") - (token.value in ")]"))
        elif depth:
            if found:
                found[-1][1].append(token)
        elif (token.kind is Kind.NAME and token.code >= coded) or (
            not coded and at > colon and token.word and _between_commas(tokens, at)
        ):
            found.append((token, []))
    return iter(found)


def _between_commas(tokens: Sequence[Token], at: int) -> bool:
    around = [tokens[n].value for n in (at - 1, at + 1) if 0 <= n < len(tokens)]
    return all(value in (",", ":", "(", ".", "and", ")") for value in around)
