"""Which domain a table stands under: the heading, the list item or the cell that names it."""

from collections.abc import Sequence

from plan.draft.document.claims import OfDomain, Said
from plan.draft.document.outline import Context, Text
from plan.draft.document.tokens import Kind, Token, tokens_of
from plan.draft.document.vocabulary import forms
from plan.draft.document.words import has

_MARKER = frozenset({"domain", "domains", "subdomain"})
_GENERIC = forms(
    "table tables rename renames renaming renamed mapping mappings name names naming new current",
    "old overview list structure proposed proposal target consolidated organization organisation",
    "convention scheme schema all summary appendix details the of and to by for how what each",
    "their a an in is are plan changes change will become be called today tomorrow before after",
    "phase step stage part section code references reference update data domains group groups",
    "layout final result results migration migrate strategy consolidate consolidated consolidation",
    "merge merging databases database approach process steps tasks work copy file files existing",
    "yet",
)
_REMARKS = forms("note notes important warning attention example hint tip caveat todo")
_ROMAN = forms("ii iii iv vi vii viii ix xi xii")
_PROCEDURE = forms("step steps phase stage part task sprint milestone week day how")
_BREAKS = frozenset(":—–-(,;")


def domain_of(context: Context) -> OfDomain | None:
    """The domain that the closest heading or list item names."""
    title = context.headings[0] if context.headings else None
    for text in context.nearest():
        tokens = tokens_of(text)
        words = [token.value.lower() for token in tokens if token.kind in (Kind.WORD, Kind.NAME)]
        marked = has(words, _MARKER - {"domains"})
        if text is context.lead and not marked and not _is_label(text, tokens):
            continue  # a sentence that introduces the table
        if any(token.kind in (Kind.DATABASE, Kind.ARROW) for token in tokens) and not marked:
            continue
        first = next((word for word in words if not _number(word)), "")
        if first in _PROCEDURE and not marked:
            continue
        telling = [word for word in words if word not in _GENERIC | _MARKER and not _number(word)]
        if telling and (marked or text is not title):
            return domain_named(text, explicit=marked or _among_domains(context, text))
    return None


def _is_label(text: Text, tokens: Sequence[Token]) -> bool:
    """Whether a paragraph is called by one bold word: `**shop** - what is sold`."""
    start, end = next(iter(text.bold), (1, 0))
    bold = [token for token in tokens if token.start < end]
    behind = [token for token in tokens if token.start >= end][:1]
    return (
        start == 0
        and len(bold) == 1
        and bold[0].word not in _REMARKS
        and all(token.kind is Kind.MARK and token.value in ":—–-(" for token in behind)
    )


def _among_domains(context: Context, text: Text) -> bool:
    """Whether a heading above it says that these are domains."""
    above = context.headings[: context.headings.index(text)] if text in context.headings else ()
    return any(
        has((token.word for token in tokens_of(heading)), _MARKER) for heading in above[1:][-1:]
    )


def domain_named(text: Text, *, explicit: bool) -> OfDomain:
    """A domain as a heading or a cell names it: `DOMAIN: roadmap (Strategic planning)`."""
    tokens = list(tokens_of(text))
    while tokens and (_opens(tokens[0]) or _number(tokens[0].value)):
        tokens.pop(0)
    if _counts(tokens, marked=len(tokens) < len(tokens_of(text))):
        tokens.pop(0)
    while tokens and _opens(tokens[0]):
        tokens.pop(0)
    name: list[Token] = []
    rest = len(text.plain)
    for token in tokens:
        if token.kind is Kind.MARK and token.value in _BREAKS:
            rest = token.end if name else rest
            if name:
                break
            continue
        if token.word not in _MARKER | {"table", "tables"}:
            name.append(token)
        if token.code:
            rest = token.end
            break
    about = text.plain[rest:].strip().lstrip(":—–-( ").strip()
    if about.endswith(")") and about.count(")") > about.count("("):
        about = about[:-1]
    slug = "_".join(token.value.strip("&").lower() for token in name if token.value.strip("&"))
    said = Said(text.line, one_line(text.plain))
    return OfDomain(slug.replace("-", "_"), one_line(about), said, explicit, one_line(text.plain))


def _opens(token: Token) -> bool:
    return token.word in _MARKER or (token.kind is Kind.MARK and token.value in "#:.)—–-(")


def _number(value: str) -> bool:
    bare = value.strip(".)")
    return bool(bare) and all(part.isdigit() or len(part) == 0 for part in bare.split("."))


def _counts(tokens: Sequence[Token], *, marked: bool) -> bool:
    """Whether it goes on with a letter or a Roman number and a break: `Domain B: sales`."""
    return (
        marked
        and len(tokens) > 2  # noqa: PLR2004 - the letter, the break, and a name
        and not tokens[0].code
        and (len(tokens[0].value) == 1 or tokens[0].word in _ROMAN)
        and tokens[1].kind is Kind.MARK
        and tokens[1].value in ":—–-.)"
    )


def one_line(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())
