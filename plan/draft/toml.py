"""A draft as the text of a plan file: facts with their sources, questions above their places."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from plan.draft.model import (
    Draft,
    DraftCode,
    DraftTable,
    Fact,
    Source,
    Value,
    facts_of,
)
from plan.errors import counted_that, in_one_line
from plan.toml_text import toml_text, toml_texts

_WIDTH = 98


def toml_of(draft: Draft) -> str:
    """The whole file, ending with a newline."""
    return "\n".join(_tidy(_lines(draft))) + "\n"


def value_text(value: Value) -> str:
    """A value as TOML writes it."""
    if isinstance(value, tuple):
        return toml_texts(value)
    return toml_text(value) if isinstance(value, str) else json.dumps(value)


def sources_text(sources: Iterable[Source]) -> str:
    """Sources in short, each document once: `PLAN.md:41, 55; data/a.db`."""
    lines: dict[str, list[int]] = {}
    for source in sources:
        found = lines.setdefault(source.name, [])
        if source.line is not None and source.line not in found:
            found.append(source.line)
    return "; ".join(
        f"{name}:{', '.join(map(str, sorted(numbers)))}" if numbers else name
        for name, numbers in lines.items()
    )


def _lines(draft: Draft) -> Iterator[str]:
    yield from _preface(draft)
    yield from _section("[plan]", draft.head, draft.head.notes)
    for database in draft.databases:
        yield from _section("[[database]]", database, database.notes)
    for domain in draft.domains:
        yield from _section("[[domain]]", domain, domain.notes)
        if domain.tables:
            yield "table = ["
            for table in domain.tables:
                yield from _inline(table)
            yield "]"
    for skip in draft.skips:
        yield from _section("[[skip]]", skip, skip.notes)
    yield from _code(draft.code)
    yield ""
    for note in draft.notes:
        yield from _comment(note)


def _preface(draft: Draft) -> Iterator[str]:
    yield from _comment(f"Drafted from {draft.origin} by `retable init`.")
    if draft.questions:
        many = counted_that(len(draft.questions), "question", "is", "are")
        yield from _comment(
            f'{many} open: each "?" below has one, in the comment above it.'
            ' Put your answer in the place of "?"; until then `retable plan` refuses.'
        )
    yield ""


def _code(code: DraftCode) -> Iterator[str]:
    if code.notes or list(facts_of(code)):
        yield from _section("[code]", code, code.notes)
    for binding in code.bindings:
        yield from _section("[[code.binding]]", binding, binding.notes)


def _section(header: str, entry: object, notes: Sequence[str]) -> Iterator[str]:
    yield ""
    for note in notes:
        yield from _comment(note)
    yield header
    first: tuple[Source, ...] | None = None
    for key, fact in facts_of(entry):
        yield from _question(fact)
        # What comes from the place of the first key need not say so again.
        sources = () if fact.sources == first else fact.sources
        first = fact.sources if first is None else first
        yield f"{key} = {value_text(fact.value)}{_behind(sources)}"


def _inline(table: DraftTable) -> Iterator[str]:
    """One line of a domain; the questions of all its keys go above it."""
    facts = list(facts_of(table))
    several = sum(not fact.known for _, fact in facts) > 1
    for note in table.notes:
        yield from _comment(note, indent="  ")
    for key, fact in facts:
        yield from _question(fact, indent="  ", of=f"{key}: " if several else "")
    keys = ", ".join(f"{key} = {value_text(fact.value)}" for key, fact in facts)
    yield f"  {{ {keys} }},{_behind(source for _, fact in facts for source in fact.sources)}"


def _behind(sources: Iterable[Source]) -> str:
    text = sources_text(sources)
    return f" # {in_one_line(text)}" if text else ""


def _question(fact: Fact, indent: str = "", of: str = "") -> Iterator[str]:
    if fact.question is None:
        return
    yield from _comment(of + fact.question.asks, indent=indent)
    for answer in fact.question.answers:
        yield from _comment(answer, indent=indent, first="  - ", rest="    ")


def _comment(text: str, *, indent: str = "", first: str = "", rest: str = "") -> list[str]:
    return textwrap.wrap(
        in_one_line(text),
        _WIDTH,
        initial_indent=f"{indent}# {first}",
        subsequent_indent=f"{indent}# {rest}",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _tidy(lines: Iterable[str]) -> Iterator[str]:
    """One empty line where there would be several, and none at the end."""
    empty = False
    for line in lines:
        if line:
            yield from [""] * empty
            yield line
        empty = not line
