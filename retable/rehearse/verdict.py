"""Before and after, in one word with its reasons."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from plan.errors import counted
from retable.rehearse.junit import Case, Outcome


class Verdict(StrEnum):
    """What the change does to the user's command."""

    SAME = "same"
    BETTER = "better"
    """All is as before, but for tests that failed before."""
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended."""

    status: int | None
    """None if its time was up."""
    seconds: float
    cases: tuple[Case, ...] | None = None
    """None if it did not say test by test."""
    seen: dict[str, Any] | None = None
    """What the pytest plugin saw."""

    @property
    def ending(self) -> str:
        """Its exit status in words."""
        if self.status is None:
            return "stopped: time was up"
        return f"killed by signal {-self.status}" if self.status < 0 else str(self.status)

    @property
    def counts(self) -> Counter[Outcome]:
        """How many tests ended how."""
        return Counter(case.outcome for case in self.cases or ())

    def __str__(self) -> str:
        """As a line of pytest's."""
        counts = self.counts
        failed, errors = counts[Outcome.FAILED], counts[Outcome.ERROR]
        skipped = counts[Outcome.SKIPPED]
        return (
            f"{counts[Outcome.PASSED]} passed, {failed} failed"
            + (f", {counted(errors, 'error')}" if errors else "")
            + (f", {skipped} skipped" if skipped else "")
        )


@dataclass(frozen=True, slots=True)
class Change:
    """A test that ends in another way than before; None where it was not run."""

    name: str
    before: Outcome | None
    after: Outcome | None
    says: str = ""

    @property
    def better(self) -> bool:
        """Whether it is no loss: it failed or was skipped, and passes now."""
        return self.after is Outcome.PASSED and self.before is not None

    def __str__(self) -> str:
        """In one line."""
        how = f"{self.before or 'not run'} → {self.after or 'not run'}"
        return f"{self.name}  {how}" + (f": {self.says}" if self.says else "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was seen, and what it comes to."""

    before: Run
    after: Run
    strays: tuple[str, ...] = ()
    """Database files that only the changed code makes."""
    leftovers: tuple[str, ...] = ()
    """What the changed code still executes under an old name."""
    touched: tuple[str, ...] = ()
    """What became of the user's own files meanwhile."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """The tests that end in another way, in the order of their names."""
        if self.before.cases is None or self.after.cases is None:
            return ()
        old, new = _worst(self.before.cases), _worst(self.after.cases)
        pairs = ((name, old.get(name), new.get(name)) for name in sorted({*old, *new}))
        return tuple(
            Change(name, _outcome(was), _outcome(now), now.says if now else "")
            for name, was, now in pairs
            if _kind(was) != _kind(now)
        )

    @property
    def failed_before(self) -> tuple[str, ...]:
        """The tests that fail, and failed before anything was changed."""
        changed = {it.name for it in self.changes}
        cases = _worst(self.before.cases or ())
        return tuple(n for n, it in sorted(cases.items()) if it.outcome.bad and n not in changed)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is not the same; empty if it is."""
        worse = sum(1 for it in self.changes if not it.better)
        status = self.before.status != self.after.status and not (
            self.after.status == 0 and self.after.cases is not None
        )
        reasons = (
            (status, f"the exit status was {self.before.ending} and is {self.after.ending}"),
            (worse, f"{counted(worse, 'test')} not as before"),
            (
                (self.before.cases is None) != (self.after.cases is None),
                "only one of the two runs says how each test ended",
            ),
            (self.strays, f"{counted(len(self.strays), 'stray database file')}"),
            (self.leftovers, f"{counted(len(self.leftovers), 'place')} executed an old name"),
            (self.touched, "your own files changed meanwhile"),
        )
        return tuple(why for holds, why in reasons if holds)

    @property
    def verdict(self) -> Verdict:
        """The one word."""
        if self.reasons:
            return Verdict.DIFFERS
        return Verdict.BETTER if self.changes else Verdict.SAME


def _worst(cases: Sequence[Case]) -> dict[str, Case]:
    """Each test once, as it ended at worst."""
    ranks = list(Outcome)
    found: dict[str, Case] = {}
    for case in cases:
        known = found.get(case.name)
        if known is None or ranks.index(case.outcome) > ranks.index(known.outcome):
            found[case.name] = case
    return found


def _outcome(case: Case | None) -> Outcome | None:
    return case.outcome if case else None


def _kind(case: Case | None) -> str:
    """A failure and an error are one: which of them it is depends on who notices first."""
    if case is None:
        return "not run"
    return "bad" if case.outcome.bad else case.outcome.value
