"""What a line says of databases: which merge into which, which stay, which go."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plan.draft.document.claims import Count, OfDatabase, OfTarget, Said, Statement
from plan.draft.document.domains import one_line
from plan.draft.document.outline import Context, Text
from plan.draft.document.surroundings import fate_above, receives
from plan.draft.document.tokens import Kind, Token, databases_in, tokens_of, words_of
from plan.draft.document.vocabulary import forms
from plan.draft.document.words import (
    HEDGES,
    MAYBE,
    MERGE,
    NO_FATE,
    UNCLEAR,
    Fate,
    count_of,
    fate_of,
    has,
    is_denied,
    words_in,
)
from plan.model import Action

_BREAKS = frozenset(":—–-();.")
_BETWEEN = forms(
    "the file files database databases db tables table of from all data both and these contents in",
    "everything into our old",
)
_LISTING = forms("and or plus both as well also")
_SUBJECT = forms("the our these both file files database databases db dbs")
_TARGETS = forms("target destination primary receiver")
_OF_TARGET = _TARGETS | forms(
    "database db file the is main consolidated consolidation unified new single final a our here"
)
_WHOLE = forms(
    "all every everything databases database files data consolidate consolidation consolidated",
    "single one tables",
)
_EVERYTHING = forms("all everything together")
_PARTS = forms("table tables row rows record records column columns backup backups index")
_SHORT = 4
_SMALL = 2
"""Words beside the name of a database in a heading that is nothing but its name."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands between two marks."""

    start: int
    end: int
    tokens: tuple[Token, ...]


def fates_in(text: Text, context: Context, said: Said, *, listed: bool) -> Iterator[Statement]:
    """What one line, or one sentence, says of databases."""
    tokens = tokens_of(text)
    databases = databases_in(tokens)
    words = [token.word for token in tokens]
    if any(token.value == "?" for token in tokens) or (not listed and has(words, HEDGES)):
        return
    if not databases:
        for line in [text] if listed else _lines(text):
            yield from _keyed(line, tokens_of(line), context, said)
        return
    receivers = [it for it in databases if receives(tokens, it)]
    sources = [it for it in databases if it not in receivers]
    whole = has(words, _EVERYTHING)
    if len(receivers) == 1 and (whole or _merges(tokens, context)):
        doubtful = has(words, MAYBE) or any(
            is_denied(tokens, at) for at, word in enumerate(words) if word in MERGE
        )
        if not doubtful and (sources or has(words, _WHOLE) or listed):
            yield OfTarget(receivers[0].value, said)
        for source in sources:
            action = None if doubtful else Action.MERGE
            yield OfDatabase(source.value, said, action, unclear=doubtful, listed=listed)
    elif not receivers and _names_target(tokens):
        yield OfTarget(sources[0].value, said)
    elif not receivers:
        yield from _spoken_of(text, tokens, sources, context, said, listed=listed)


def _merges(tokens: Sequence[Token], context: Context) -> bool:
    words = [token.word for token in tokens]
    if has(words, MERGE):
        return True
    above = [word for it in context.nearest() for word in words_in(it.plain)]
    return has(above, MERGE)


def _names_target(tokens: Sequence[Token]) -> bool:
    """Whether it says no more than that this file is the target."""
    words = [token.word for token in tokens if token.word]
    return (
        len(databases_in(tuple(tokens))) == 1
        and has(words, _TARGETS)
        and all(word in _OF_TARGET for word in words)
    )


def _spoken_of(
    text: Text,
    tokens: tuple[Token, ...],
    databases: Sequence[Token],
    context: Context,
    said: Said,
    *,
    listed: bool,
) -> Iterator[Statement]:
    first = next(token for token in tokens if token.kind is not Kind.MARK)
    if first is databases[0] and len(databases) == 1:
        pieces = _pieces(tokens, databases[0])
        fate, told = _fate(pieces)
        if not fate.said and listed:
            fate = fate_above(context)
        if fate.said or (listed and _among_databases(context)):
            yield _of(databases[0], said, fate, text, pieces, told, listed=listed)
        elif listed and not any(token.kind is Kind.NAME for token in tokens):
            yield OfDatabase(databases[0].value, said)
    elif _begins(tokens, databases[0]) or _governed(tokens, databases[0]):
        fate = fate_of(tokens, doubt=not listed)
        fate = UNCLEAR if fate.said and has(words_of(tokens), MAYBE) else fate
        if not fate.said and listed:
            fate = fate_above(context)
        if fate.said and fate.action is not Action.TARGET:
            for database in _together(tokens, databases):
                yield OfDatabase(database.value, said, fate.action, fate.unclear, listed=listed)


def _together(tokens: Sequence[Token], databases: Sequence[Token]) -> Iterator[Token]:
    """The databases that are listed with the first: not that of "delete a.db, as b.db has all"."""
    depth = 0
    for token in tokens[tokens.index(databases[0]) :]:
        depth += (token.value in "([") - (token.value in ")]") if token.kind is Kind.MARK else 0
        if depth or (token.kind is Kind.MARK and token.value in ",/&+)]"):
            continue
        if token.kind is not Kind.DATABASE and token.word not in _LISTING:
            return
        if token in databases:
            yield token


def _begins(tokens: Sequence[Token], database: Token) -> bool:
    """Whether it begins with a database, or with "The files" before it."""
    before = tokens[: tokens.index(database)]
    return all(token.kind is Kind.MARK or token.word in _SUBJECT for token in before)


def _among_databases(context: Context) -> bool:
    closest = [word for it in list(context.nearest())[:2] for word in words_in(it.plain)]
    return has(closest, frozenset({"database", "databases", "dbs", "files"}))


def _governed(tokens: Sequence[Token], database: Token) -> bool:
    """Whether a verb stands right before it: "Delete the file `a.db`"."""
    before = list(tokens[: tokens.index(database)])
    while before and (before[-1].kind is Kind.MARK or before[-1].word in _BETWEEN):
        before.pop()
    words = [token.word for token in before]
    if len(words) > _SHORT or any(
        token.kind is not Kind.WORD for token in before if token.kind is not Kind.MARK
    ):
        return False
    return fate_of(before).said and not has(
        (token.word for token in tokens[: tokens.index(database)]), _PARTS - {"tables", "table"}
    )


def _pieces(tokens: Sequence[Token], database: Token) -> list[_Piece]:
    pieces: list[_Piece] = []
    run: list[Token] = []
    for token in [*tokens, None]:
        if (
            token is None
            or (token.kind is Kind.MARK and token.value in _BREAKS)
            or token is database
        ):
            if run:
                pieces.append(_Piece(run[0].start, run[-1].end, tuple(run)))
            run = []
        else:
            run.append(token)
    return pieces


def _fate(pieces: Sequence[_Piece]) -> tuple[Fate, list[_Piece]]:
    """The fate that the pieces speak of, and which of them do; short ones go before long ones."""
    told = [piece for piece in pieces if fate_of(piece.tokens).said]
    short = [piece for piece in told if len(piece.tokens) <= _SHORT]
    chosen = short or told
    fates = {_checked(piece) for piece in chosen}
    if len(fates) > 1:
        receives = Fate(Action.TARGET)
        keeps = {receives, Fate(Action.KEEP), Fate(Action.MERGE)}
        return (receives if receives in fates and fates <= keeps else UNCLEAR), chosen
    return (fates.pop() if fates else NO_FATE), chosen


def _checked(piece: _Piece) -> Fate:
    """What a piece says of the file; to drop a table of it is not to drop the file."""
    fate = fate_of(piece.tokens)
    words = [token.word for token in piece.tokens]
    if has(words, _PARTS) and fate.action in (Action.DELETE, Action.KEEP):
        return UNCLEAR
    return UNCLEAR if has(words, HEDGES) else fate


def _of(
    database: Token,
    said: Said,
    fate: Fate,
    text: Text,
    pieces: Sequence[_Piece],
    told: Sequence[_Piece],
    *,
    listed: bool,
) -> OfDatabase:
    counts = {noun: _counted(pieces, noun) for noun in ("table", "row")}
    left = [piece for piece in pieces if piece not in told and not _is_figures(piece)]
    about = text.plain[left[0].start : left[0].end] if left else ""
    return OfDatabase(
        database.value,
        said,
        fate.action,
        fate.unclear,
        about=one_line(about).strip(" ,&"),
        tables=counts["table"],
        rows=counts["row"],
        listed=listed,
    )


def _counted(pieces: Sequence[_Piece], noun: str) -> Count | None:
    for piece in pieces:
        for before, after in zip(piece.tokens, piece.tokens[1:], strict=False):
            if after.word in (noun, f"{noun}s"):
                return count_of(before.value)
    return None


def _is_figures(piece: _Piece) -> bool:
    """Whether it holds numbers and their units only."""
    units = forms("kb mb gb b bytes table tables row rows records about approx ~ and size")
    return all(
        token.kind is Kind.MARK
        or token.word in units
        or token.value.strip("~+≈<>.,").replace(".", "").replace(",", "").isdigit()
        for token in piece.tokens
    )


def _lines(text: Text) -> Iterator[Text]:
    """A paragraph line by line."""
    start = 0
    for part in text.plain.split("\n"):
        yield text.part(start, start + len(part))
        start += len(part) + 1


def _keyed(
    text: Text, tokens: Sequence[Token], context: Context, said: Said
) -> Iterator[Statement]:
    """A line such as `Action: merge` below a heading, or an item, that is a database."""
    owner = _owner(context)
    colon = next(
        (token for token in tokens if token.kind is Kind.MARK and token.value in ":—–-"), None
    )
    if owner is None or colon is None:
        return
    keys = words_in(text.plain[: colon.start])
    value = text.part(colon.end, len(text.plain))
    if has(keys, frozenset({"action", "decision", "fate", "plan", "verdict"})):
        fate = fate_of(tokens_of(value))
        fate = fate if fate.said else UNCLEAR
        yield OfDatabase(owner, said, fate.action, fate.unclear)
    elif has(keys, frozenset({"purpose", "about", "description", "contents", "holds", "use"})):
        yield OfDatabase(owner, said, about=one_line(value.plain))
    elif keys in (["tables"], ["rows"]) and (count := count_of(value.plain)):
        tables = keys == ["tables"]
        yield OfDatabase(
            owner, said, tables=count if tables else None, rows=None if tables else count
        )


def _owner(context: Context) -> str | None:
    """The database that the closest heading or item is nothing but the name of."""
    for text in (*reversed(context.items), *context.headings[1:][-1:]):
        tokens = tokens_of(text)
        found = databases_in(tokens)
        others = [it for it in tokens if it.word and not it.value[0].isdigit()]
        return found[0].value if len(found) == 1 and len(others) <= _SMALL else None
    return None
