"""What follows a pair of names in a line: a remark in parentheses, and what the table holds."""

from dataclasses import dataclass

from plan.draft.document.cells import compat_in, only_joins, rule_in, says_joins
from plan.draft.document.domains import one_line
from plan.draft.document.outline import Text
from plan.draft.document.tokens import databases_in, tokens_of

_LEADS = " —–-:,;."


@dataclass(frozen=True, slots=True)
class Remark:
    """What is said of a rename behind it."""

    about: str = ""
    joins: bool = False
    rule: str | None = None
    compat: str | None = None


def remark_after(text: Text, at: int) -> Remark:
    """The remark that begins there."""
    rest = text.part(at, len(text.plain))
    rest = _after(rest, len(rest.plain) - len(rest.plain.lstrip(")`*")))
    joins, rule, compat, aside = False, None, None, ""
    while rest.plain.startswith("(") and ")" in rest.plain:
        end = rest.plain.index(")")
        inside = rest.part(1, end)
        tokens = tokens_of(inside)
        joins = joins or says_joins(tokens)
        rule = rule or rule_in(inside.plain)
        compat = compat or compat_in(tokens)
        if not (databases_in(tokens) or joins or compat):
            aside = one_line(inside.plain)
        rest = _after(rest, end + 1)
    said = one_line(rest.plain.strip(_LEADS))
    if databases_in(tokens_of(rest)) and len(said.split()) <= 3:  # noqa: PLR2004 - "from a.db", "in a.db"
        said = ""
    if rule is None and (rule := rule_in(said)):
        said = ""
    if only_joins(rest.part(len(rest.plain) - len(rest.plain.lstrip(_LEADS)), len(rest.plain))):
        joins, said = True, ""
    return Remark(said or aside, joins, rule, compat)


def _after(text: Text, at: int) -> Text:
    return text.part(at, len(text.plain))
