"""What is said of a run: in the section of a test, and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .record import FAULTS, OPENED, PERHAPS, Finding, Recorder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .facts import Static

_SHOWN = 20


def findings(recorder: Recorder, *kinds: str) -> list[Finding]:
    """What was found, by place."""
    found = (it for it in recorder.findings.values() if it.kind in kinds)
    return sorted(found, key=lambda it: (it.place.path, it.place.line, it.names))


def never(recorder: Recorder) -> list[Static]:
    """The places of the code that no test has executed."""
    statics = recorder.facts.statics
    return [it for number, it in enumerate(statics) if number not in recorder.executed]


def summary(recorder: Recorder, lost: Iterable[str], *, everything: bool) -> Iterator[str]:
    """The lines at the end of a run; none if there is nothing to say."""
    shown = None if everything else _SHOWN
    for finding in findings(recorder, *FAULTS):
        yield from _summed_up(finding)
    perhaps = findings(recorder, PERHAPS)
    if perhaps:
        yield "perhaps (the name lives on for another table, and the database does not tell):"
        for finding in perhaps[:shown]:
            yield from (f"  {line}" for line in _summed_up(finding))
        yield from _more(perhaps, shown)
    yield from _of_the_code(recorder, shown)
    if recorder.history:
        yield f"executed by the plan's history, and no fault: {recorder.history} statements"
    if not recorder.statements:
        yield "not one SQL statement was seen: these tests say nothing of old names"
    for worker in lost:
        yield f"worker {worker} went down: what it executed is not known"
    yield from recorder.troubles


def _of_the_code(recorder: Recorder, shown: int | None) -> Iterator[str]:
    statics, left = recorder.facts.statics, never(recorder)
    if statics:
        done = len(statics) - len(left)
        yield f"executed: {done} of {len(statics)} references ({100 * done // len(statics)} %)"
    if left:
        yield "never executed by these tests:"
        lines = list(dict.fromkeys(f"  {it.path}:{it.line}  {it.old}" for it in left))
        yield from lines[:shown]
        yield from _more(lines, shown)


def _more(items: list[Finding] | list[str], shown: int | None) -> Iterator[str]:
    if shown is not None and len(items) > shown:
        yield f"  … and {len(items) - shown} more: -v, or --retable-report FILE"


def places(count: int) -> str:
    """How many places, in words."""
    return "1 place" if count == 1 else f"{count} places"


def told(finding: Finding) -> str:
    """One finding, in the section of its test."""
    where = f"{finding.place} in {finding.place.function}" if finding.place.line else "?"
    what = "opens the file of" if finding.kind == OPENED else "executes the old name"
    return f"{where}: {what} {finding.says}" + (f"\n    {finding.sql}" if finding.sql else "")


def _summed_up(finding: Finding) -> Iterator[str]:
    """One finding with its tests, for the end of the run."""
    verb = "opened " if finding.kind == OPENED else ""
    yield f"{finding.place}  {verb}{finding.says}"
    if finding.sql:
        yield f"    {finding.sql}"
    first, *more = finding.tests
    also = f" and {len(more)} more test{'s' if more[1:] else ''}" if more else ""
    yield f"    {first}{also}"
