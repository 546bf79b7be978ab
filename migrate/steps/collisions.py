"""Rows that a plan wants appended although their keys are taken: only the rows can tell."""

from collections.abc import Iterator
from contextlib import ExitStack

from migrate.database.encodings import attachable
from migrate.database.sqlite import open_reader
from migrate.steps.arrivals import Arrival, Way
from migrate.steps.meeting import keys_of, meets
from migrate.steps.work import Work
from plan.errors import Problem, counted_that
from plan.model import MergeRule, Plan, folded
from plan.stored import quoted


def collisions(plan: Plan, work: Work, encoding: str) -> Iterator[Problem]:
    """Tables that cannot be appended, because rows on both sides have the same key.

    They are compared in the encoding of the target.
    """
    for arrival in work.arrivals:
        if arrival.way is Way.JOINED and arrival.rule is MergeRule.APPEND and arrival.into:
            earlier = _earlier(work, arrival)
            taken = sum(_meeting(plan, arrival, other, encoding) for other in earlier)
            if taken:
                those = counted_that(taken, "row", "has a key", "have keys")
                what = f"{those} that {arrival.planned.new!r} holds already"
                mend = 'say merge = "keep-target" or "keep-source", or change these keys'
                yield Problem(f"{arrival.planned.key}: {arrival.planned.database}", what, mend)


def _earlier(work: Work, arrival: Arrival) -> Iterator[Arrival]:
    for other in work.arrivals:
        if other is arrival:
            return
        if folded(other.planned.new) == folded(arrival.planned.new):
            yield other


def _meeting(plan: Plan, arrival: Arrival, other: Arrival, encoding: str) -> int:
    """How many rows of one table have a key of the other."""
    if arrival.into is None or not keys_of(arrival.into):
        return 0
    with ExitStack() as stack:
        database = stack.enter_context(open_reader(arrival.planned.database, encoding))
        for alias, path in (("a", arrival.planned.database), ("b", other.planned.database)):
            ready = attachable(plan.root / path, path, encoding)
            database.attach(stack.enter_context(ready), f"file_{alias}")
        there = f"file_b.{quoted(other.table.name)}"
        count = database.value(
            f"SELECT count(*) FROM file_a.{quoted(arrival.table.name)} AS a"
            f" WHERE {meets('a', there, arrival.into)}"
        )
        return int(count)
