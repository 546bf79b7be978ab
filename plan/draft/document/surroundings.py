"""What the headings and list items above a line say for it: a database, an action."""

from plan.draft.document.outline import Context, Text
from plan.draft.document.tokens import Kind, Token, databases_in, tokens_of
from plan.draft.document.words import MERGE, NEGATIONS, NO_FATE, Fate, fate_of, has, words_of_action

_LONGEST_TITLE = 9
_TOGETHER = frozenset({"together", "unite", "unites", "united", "gather", "gathers", "gathered"})


def database_of(context: Context) -> str | None:
    """The database that tables below come from, if what they stand under names one."""
    for text in _closest(context):
        tokens = tokens_of(text)
        found = databases_in(tokens)
        if text is context.lead and has((token.word for token in tokens), NEGATIONS):
            continue  # it tells what is not done
        if found:
            sources = [token for token in found if not receives(tokens, token)]
            return sources[0].value if len(sources) == 1 else None
    return None


def fate_above(context: Context) -> Fate:
    """The action that all below have in common, if a heading or an item says just one."""
    for text in _closest(context):
        fate = fate_of(tokens_of(text))
        if fate.said and words_of_action(tokens_of(text)) and _short(text):
            return fate
    return NO_FATE


def _closest(context: Context) -> list[Text]:
    """The list items above, what introduces the line, and its own heading; not the title."""
    heading = context.headings[1:][-1:]
    return [*reversed(context.items), *((context.lead,) if context.lead else ()), *heading]


def _short(text: Text) -> bool:
    return len(text.plain.split()) <= _LONGEST_TITLE


def receives(tokens: tuple[Token, ...], database: Token) -> bool:
    """Whether others go into this database: an arrow or *into* stands before it."""
    at = tokens.index(database)
    before = [it for it in tokens[:at] if it.kind is not Kind.MARK][-3:]
    if not before:
        return False
    if before[-1].kind is Kind.ARROW:
        return True
    words = [it.word for it in before]
    if _is_listed(tokens[:at]):
        return False
    if "into" in words:
        return True
    earlier = [it.word for it in tokens[:at]]
    if "in" in words[-2:] and has(earlier, _TOGETHER):
        return True
    return "to" in words[-2:] and words[-1] not in MERGE and has(earlier, MERGE)


def _is_listed(before: tuple[Token, ...]) -> bool:
    """Whether a list begins before it, as in "merged into the target: `a.db`"; not "into: "."""
    marks = [it.word or it.value for it in before]
    last = max((at for at, mark in enumerate(marks) if mark in ("into", "to")), default=len(marks))
    return ":" in marks[last + 2 :]
