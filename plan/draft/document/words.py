"""The words of such documents: what is an action, a heading of a column, a doubt, a number."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plan.draft.document.claims import Count
from plan.draft.document.tokens import Kind, Token
from plan.draft.document.vocabulary import forms
from plan.model import Action

MERGE = forms(
    "merge merges merged merging consolidate consolidates consolidated consolidating",
    "fold folds folded folding migrate migrates migrated migrating move moves moved moving",
    "absorb absorbs absorbed combine combines combined combining import imports imported",
    "integrate integrates integrated integrating unify unified join joins joined",
    "bring brings brought transfer transfers transferred incorporate incorporated",
    "goes gets folds-in merge-in",
)
_KEEP = forms(
    "keep keeps kept keeping leave leaves left leaving retain retained retains stay stays stayed",
    "untouched unchanged separate external independent preserve preserved ignore ignored",
    "as-is excluded exclude",
)
_DELETE = forms(
    "delete deletes deleted deleting remove removes removed removing drop drops dropped dropping",
    "discard discarded erase erased purge purged trash rm throw throws thrown scrap scrapped wipe",
)
_TOUCH = forms("touch touched touches change changed modify modified alter altered")
_TARGET = forms("target primary destination receiver consolidation-target")
_TAKES = forms("gets receives takes absorbs")
_ALL_OF_THEM = forms("everything all rest others")
_VAGUE = forms(
    "archive archived archiving retire retired deprecate deprecated decommission decommissioned",
    "split rename renamed replace replaced review tbd tba unclear unknown undecided discuss",
    "maybe perhaps probably possibly either later todo",
)
HEDGES = forms(
    "could would might may should perhaps maybe possibly probably consider considered considering",
    "if unless whether either instead proposal propose alternatively eventually option optionally",
    "already wanted tried used previously earlier looked thought planned discussed rejected",
    "until before",
)
MAYBE = forms(
    "maybe perhaps possibly probably could might would may consider optionally optional eventually",
    "someday later undecided",
)
NEGATIONS = forms(
    "not no never don't dont doesn't won't cannot can't nobody none without neither nor must-not",
    "isn't aren't don’t doesn’t won’t can’t isn’t aren’t shouldn't shouldn’t",
)
COPY = forms(
    "copy copies copied move moves moved bring carry transfer migrate import take tables table",
    "contains holds has",
)
SKIP = forms("skip skips skipped skipping omit omitted ignore ignored exclude excluded leave")
EMPTY = forms("empty rowless unpopulated")
UNWANTED = forms(
    "unwanted obsolete unused outdated legacy deprecated abandoned stale dead redundant junk"
)
JOINS = forms(
    "merge merged merges conflict conflicts collision collides existing append union combine"
    " combined joined joins clash clashes duplicate duplicates"
)
NOT_TABLES = forms(
    "column columns field fields index indexes indices view views trigger triggers class classes",
    "function functions method methods module modules file files variable variables branch env",
    "command commands package packages folder folders directory directories endpoint endpoints",
    "route routes flag flags option options key keys parameter parameters constant constants",
    "status state script scripts test tests path paths import imports service services",
)
ARTICLES = forms("the a an table tables old new named called it as also is be")
PLACE_WORDS = forms("in of from at database db file within inside source out the table")


@dataclass(frozen=True, slots=True)
class Fate:
    """What words say about a database's fate."""

    action: Action | None = None
    unclear: bool = False

    @property
    def said(self) -> bool:
        """Whether they say anything about it."""
        return self.action is not None or self.unclear


NO_FATE = Fate()
UNCLEAR = Fate(unclear=True)


def fate_of(tokens: Sequence[Token], *, doubt: bool = False) -> Fate:
    """The action that words speak of; unclear if they speak of several, or doubt it.

    `doubt` says that also words as *should* make it unclear.
    """
    words = [token.word for token in tokens]
    found, denied = _actions(tokens, words)
    vague = any(token.value == "?" for token in tokens) or any(word in _VAGUE for word in words)
    if _receives(tokens, words):
        # What all is folded into stays, whatever else is said of it.
        others = found.keys() - {Action.MERGE, Action.KEEP, Action.TARGET}
        return UNCLEAR if others or vague or denied else Fate(Action.TARGET)
    if Action.MERGE in found and found.get(Action.DELETE, -1) > found[Action.MERGE]:
        found.pop(Action.DELETE)  # merge it, then delete the file
    if vague or (doubt and found and any(word in HEDGES for word in words)):
        return UNCLEAR if found or vague else NO_FATE
    if len(found) == 1 and not (denied and Action.KEEP not in found):
        return Fate(next(iter(found)))
    return UNCLEAR if found or denied else NO_FATE


def _actions(tokens: Sequence[Token], words: Sequence[str]) -> tuple[dict[Action, int], bool]:
    """Each action that is spoken of, with its first place; and whether one is negated."""
    found: dict[Action, int] = {}
    denied = False
    for at, word in enumerate(words):
        if words[max(0, at - 1) : at + 1] == ["hands", "off"] or word == "hands-off":
            found.setdefault(Action.KEEP, at)
        action = _action_of(word)
        if is_denied(tokens, at) and (action is not None or word in _TOUCH):
            if word in _TOUCH:
                found.setdefault(Action.KEEP, at)
            denied = denied or word not in _TOUCH
        elif action is not None:
            found.setdefault(action, at)
    return found, denied


def is_denied(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word is negated: within three words before it, and no mark between."""
    for token in reversed(tokens[max(0, at - 3) : at]):
        if token.kind is Kind.MARK and token.value in ",;.:()—–":
            return False
        if token.word in NEGATIONS:
            return True
    return False


def _action_of(word: str) -> Action | None:
    for action, words in (
        (Action.MERGE, MERGE),
        (Action.KEEP, _KEEP),
        (Action.DELETE, _DELETE),
        (Action.TARGET, _TARGET),
    ):
        if word in words:
            return action
    return None


def _receives(tokens: Sequence[Token], words: Sequence[str]) -> bool:
    """Whether it is the file that others go into: "consolidate into", "target", "primary"."""
    for at, word in enumerate(words):
        if word in _TARGET and not any(w in NEGATIONS for w in words[max(0, at - 2) : at]):
            return at + 1 >= len(words) or words[at + 1] not in ("of", "for")
        if word in ("into", "here") and any(before in MERGE for before in words[:at]):
            after = [it for it in tokens[at + 1 :] if it.kind is not Kind.MARK]
            if not after or after[0].word in ("this", "here", "it"):
                return True
        if word == "here" and has(words[:at], _ALL_OF_THEM):
            return True
        if word in _TAKES and has(words[at + 1 : at + 3], _ALL_OF_THEM):
            return True
    return False


def words_of_action(tokens: Sequence[Token]) -> bool:
    """Whether there is a word for an action among them, and none for a table."""
    words = [token.word for token in tokens]
    return any(_action_of(word) for word in words) and "tables" not in words


def count_of(text: str) -> Count | None:
    """The number that a text is, such as `11`, `~1,200`, `25+`, `about 40 rows`."""
    found = re.findall(r"(?<![\w.])\d[\d,_ ]*(?:\.\d+)?(?![\w.]*[A-Za-z])", text)
    numbers = [re.sub(r"[,_ ]", "", number) for number in found]
    if len(numbers) != 1 or "." in numbers[0]:
        return None
    low = text.lower()
    rough = any(c in text for c in "~≈+<>≥≤–-") or any(
        word in low.split()
        for word in ("about", "approx", "approx.", "around", "ca.", "over", "some")
    )
    return Count(int(numbers[0]), exact=not rough)


def words_in(text: str) -> list[str]:
    """The words of a heading, in lower case."""
    return re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*", text.lower())


def has(words: Iterable[str], among: frozenset[str]) -> bool:
    """Whether any of the words is one of those."""
    return not among.isdisjoint(words)
