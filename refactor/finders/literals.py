"""A literal that is nothing but a table's name, and may travel into SQL."""

from collections.abc import Sequence

from plan.model import folded
from refactor.databases.weighing import Decision
from refactor.finders.attributes import READ_INTO, decided_by_readers
from refactor.finders.ctes import may_be_cte
from refactor.finders.doubts import A_TABLE, COMPARED, OPTIONAL, PUT_INTO_SQL, Doubt, doubt_of
from refactor.finders.finder import Finder, Found, Ignored, Surroundings
from refactor.finders.listed import listed_names, parted_names
from refactor.finders.options import is_option_value
from refactor.finders.qualified import names_in_reference, unqualified
from refactor.finders.routes import names_in_urls
from refactor.finders.shapes import NAMES_TABLE
from refactor.legacy import Meaning
from refactor.python.outline import Usage, last_part
from refactor.python.strings import Text
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import quoted

_NO_NAMES = frozenset({Usage.DISPLAYED, Usage.DOCUMENTATION})
_SPELLED_OUT = Evidence(Reason.GRAMMAR, "given to a call that spells SQL out")


def names_alone(  # noqa: PLR0911 - one return for each finding
    text: Text, around: Surroundings
) -> Found | None:
    """A bare name, where its module looks tables up, or puts SQL together at run time."""
    name = text.text
    if last_part(text.context.callee) == "ForeignKey":
        name = name.partition(".")[0]
    meanings = around.legacy.meanings.get(folded(name))
    if meanings is None:
        bare = unqualified(text, around)
        return names_alone(bare, around) if bare else _each_alone(text, around)
    if name != text.text:
        return _reference(text, around, meanings, doubt=A_TABLE)
    if text.context.usage in _NO_NAMES or text.context.binary:
        return Ignored("bytes" if text.context.binary else "prose")
    if text.context.usage is Usage.EXECUTED and any(around.travels.asked(text.context)):
        return _reference(text, around, meanings, doubt=COMPARED)
    if NAMES_TABLE.fullmatch(last_part(text.context.callee)):
        return _spelled_out(text, around, meanings)
    doubt = doubt_of(text, around) or (OPTIONAL if is_option_value(text, around) else None)
    if doubt is None:
        return Ignored("a literal that nothing in its module puts into SQL")
    # Where its own name does not say that it is a table, what reads it may be given other objects.
    decision = decided_by_readers(text, around) if doubt == A_TABLE else None
    if decision:
        return _reference(text, around, decision.meanings, decision=decision, evidence=READ_INTO)
    return _reference(text, around, meanings, doubt=doubt)


def _each_alone(text: Text, around: Surroundings) -> Found | None:
    """Names among others in one literal that is taken apart."""
    found: list[Reference] = []
    listed = listed_names(text, around) or parted_names(text, around)
    # What stands in brackets may as well be a mark, as logs have them.
    for name in listed or (() if "[" in text.text else names_in_reference(text, around)):
        here = names_alone(name, around)
        found += here if isinstance(here, tuple) else ()
    return (*found, *names_in_urls(text, around)) or None


def _spelled_out(text: Text, around: Surroundings, meanings: Sequence[Meaning]) -> Found:
    """A name that is given to a call which spells SQL out, such as `FROM("t")`."""
    if may_be_cte({folded(text.text)}, around):
        return _reference(text, around, meanings, doubt=PUT_INTO_SQL)
    sql = f"SELECT 1 FROM {quoted(text.text, '')}"
    decision = around.binder.decide(text.text, sql, around.place(text.context))
    if decision.stays:
        return Ignored("a table that keeps its name")
    return _reference(text, around, decision.meanings, decision=decision)


def _reference(
    text: Text,
    around: Surroundings,
    meanings: Sequence[Meaning],
    *,
    doubt: Doubt | None = None,
    decision: Decision | None = None,
    evidence: Evidence = _SPELLED_OUT,
) -> tuple[Reference, ...]:
    at = text.place(0, len(text.text))
    is_key = text.context.usage is Usage.KEY
    question = doubt.question if doubt else decision.question if decision else None
    presses = doubt.blocks(text.context) if doubt else question is not None and not is_key
    if at is None:
        question, presses = "the name is spelled with escapes or over several literals", not is_key
    start = text.near(0, len(text.text)) if at is None else at
    spelled_out = decision is not None and evidence is _SPELLED_OUT
    return (
        around.table_reference(
            start,
            text.text,
            meanings,
            new=None if question else text.spelled(meanings[0].new, start, text.end),
            clause=last_part(text.context.callee) if spelled_out else "literal",
            evidence=(evidence, *decision.evidence) if decision else (),
            question=question,
            mend=(decision and decision.mend) or "follow the literal, and change it if it is",
            blocking=presses,
        ),
    )


FINDER = Finder(
    name="literal",
    find=names_alone,
    finds=(
        'for t in ("old", "z"):\n    db.execute(f"DELETE FROM {t}")',
        'q = Query().SELECT("x").FROM("old")',
    ),
    ignores=('parser.add_parser("old")', 'x = {"old": 1}'),
)
