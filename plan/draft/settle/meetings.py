"""Tables of a draft that get one name: the rule for their rows, or a question."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from plan.draft.document.claims import OfTable
from plan.draft.found import Files, FoundTable, Overlap
from plan.draft.model import DraftTable, Fact, asked
from plan.draft.settle.placed import Placed
from plan.draft.settle.speech import RULES, Speech, choices, rows_of
from plan.errors import counted_that
from plan.model import MergeRule, folded
from plan.runners import SKIPPED, records_migrations


def with_meetings(
    placed: Sequence[Placed], target: str | None, files: Files, speech: Speech
) -> Iterator[Placed]:
    """The tables, those that join another with a merge rule or a question."""
    groups: dict[str, list[Placed]] = {}
    for item in placed:
        if item.table.new.known:
            groups.setdefault(folded(str(item.table.new.value)), []).append(item)
    for item in placed:
        met = groups.get(folded(str(item.table.new.value)), [item]) if item.table.new.known else []
        first = min(met, key=lambda it: it.path != target, default=item)
        joins = [claim for claim in item.claims if claim.joins and claim.contents]
        if met[1:] and item is not first:
            yield replace(item, table=_joining(item, first, files, speech))
        elif joins and not met[1:] and item.table.new.known and item.path != target:
            yield replace(item, table=_alone(item, joins, speech))
        else:
            yield item


def _joining(item: Placed, first: Placed, files: Files, speech: Speech) -> DraftTable:
    table = item.table
    rule = next((claim for claim in item.claims if claim.rule), None)
    said = tuple(claim.said for claim in item.claims if claim.joins or claim.rule)
    sources = speech.source(*said)
    why = f"{speech.all_of(said)}. " if said else ""
    one, other = _found(first, files), _found(item, files)
    both = f"{_name(first)} and {_name(item)} both become {table.new.value}"
    if one and other and one.columns != other.columns:
        return replace(
            table,
            new=asked(
                f"{why}{both}, and their columns differ ({', '.join(one.columns)}; and"
                f" {', '.join(other.columns)}), so they cannot be one table."
                " What is this one called?",
                sources=(*table.new.sources, *sources),
            ),
        )
    met = _met(first, item, files)
    refused = met is not None and bool(met.same or met.differ)
    if rule and rule.rule and not (rule.rule == MergeRule.APPEND and refused):
        return replace(table, merge=Fact(rule.rule, speech.source(rule.said)))
    rows = f" ({rows_of(one.rows)} and {rows_of(other.rows)})" if one and other else ""
    records = records_migrations(str(table.old.value))
    note = f" {SKIPPED}" if records else ""
    question = asked(
        f"{why}{both}{rows}.{_overlap(met)}{note} What happens where their rows meet?",
        *choices(RULES, first=MergeRule.REFUSE if records else None),
        sources=sources,
    )
    return replace(table, merge=question)


def _alone(item: Placed, joins: Sequence[OfTable], speech: Speech) -> DraftTable:
    said = speech.all_of(claim.said for claim in joins)
    new = item.table.new
    return replace(
        item.table,
        new=asked(
            f"{said}, and no other table becomes {new.value}. What is this one called?",
            f'"{new.value}": as the document has it',
            sources=new.sources,
        ),
    )


def _met(first: Placed, item: Placed, files: Files) -> Overlap | None:
    if first.path is None or item.path is None:
        return None
    names = str(first.table.old.value), str(item.table.old.value)
    return files.meet(first.path, names[0], item.path, names[1])


def _overlap(found: Overlap | None) -> str:
    if found is None:
        return ""
    if not found.same and not found.differ:
        return " No row of one has the key of a row of the other."
    said = []
    if found.same:
        said.append(counted_that(found.same, "row", "is in both", "are in both"))
    if found.differ:
        values = "is in both, with other values", "are in both, with other values"
        said.append(counted_that(found.differ, "key", *values))
    return f" {'; '.join(said)}."


def _found(item: Placed, files: Files) -> FoundTable | None:
    return files.table(item.path, str(item.table.old.value)) if item.path else None


def _name(item: Placed) -> str:
    return f"{item.table.old.value} of {item.table.database.value}"
