"""A table of a draft that has its place; and one of a file, to which nobody gives a name."""

from collections.abc import Sequence
from dataclasses import dataclass

from plan.draft.document.claims import OfDomain, OfTable
from plan.draft.found import FoundTable
from plan.draft.model import DraftTable, Fact, Source, asked
from plan.draft.settle.speech import Speech, rows_of
from plan.toml_text import toml_text

_SAMPLE = 8
_LAST = 10**9


@dataclass(frozen=True, slots=True)
class Placed:
    """A table of the draft, and what tells where in it it belongs."""

    table: DraftTable
    path: str | None
    """Its database, if that is known."""
    domains: tuple[OfDomain, ...]
    line: int
    """The first line that speaks of it; those that no line speaks of come last."""
    claims: tuple[OfTable, ...] = ()
    names: tuple[str, ...] = ()
    """The new names that are said, also where it is asked which one holds."""


def unnamed(
    path: str,
    found: FoundTable,
    lines: Sequence[OfTable],
    target: str | None,
    speech: Speech,
    *,
    several: Sequence[str] = (),
) -> Placed:
    """A table of a file to which the document gives no name."""
    has = _holding(found)
    news = names_in(lines)
    said = [claim.said for claim in lines]
    if len(several) == 1 and len(news) > 1:
        why = f"{speech.all_of(said)}: several names for one table."
    elif len(several) == 1:
        why = f"{speech.all_of(said)}, and whether {path} is meant is not said."
    elif several:
        there = " and ".join(several)
        why = f"{speech.all_of(said)}, and does not say which is meant: {there} have one."
    elif lines:
        why = f"{speech.all_of(said)}, and {path} has one too."
    else:
        why = f"{path} has a table {found.name}, and {speech.name} gives it no name."
    new = asked(
        f"{why} This one has {has}. What is it called afterwards?",
        *(f'"{name}": as that line says' for name in news if several),
        *ways(found, path, target),
        sources=speech.source(*said),
    )
    table = DraftTable(
        old=Fact(found.name, (Source(f"found in {path}"),)),
        database=Fact(path),
        new=new,
    )
    domains = headings_of(lines) if several else ()
    line = said[0].line if several else _LAST
    return Placed(table, path, domains, line, (), tuple(news) if several else ())


def ways(found: FoundTable, path: str, target: str | None) -> tuple[str, ...]:
    """What may become of a table that has no new name."""
    if path == target:
        return (f"{toml_text(found.name)}: it keeps its name",)
    claim = "empty" if found.rows == 0 else "unwanted"
    skip = f'table = {toml_text(found.name)}, in = {toml_text(path)} and claim = "{claim}"'
    return (
        f"{toml_text(found.name)}: it keeps its name",
        f"or delete this line, and add a [[skip]] with {skip}",
    )


def names_in(claims: Sequence[OfTable]) -> tuple[str, ...]:
    """The new names that some lines give, each once."""
    return tuple(dict.fromkeys(claim.new for claim in claims if claim.new))


def headings_of(claims: Sequence[OfTable]) -> tuple[OfDomain, ...]:
    """The domains that some lines stand under, each once."""
    return tuple(dict.fromkeys(claim.domain for claim in claims if claim.domain))


def _holding(found: FoundTable) -> str:
    columns = ", ".join(found.columns[:_SAMPLE])
    more = "…" if len(found.columns) > _SAMPLE else ""
    return f"{rows_of(found.rows)}" + (f", and the columns {columns}{more}" if columns else "")
