"""What to type next, from where the plan, the databases and the code stand."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from migrate.journal import MOVED_ON, State, Status
from migrate.phases import IN_TARGET, Phase
from plan.errors import counted, counted_that
from plan.model import Plan
from refactor.found import Search
from retable.console import out
from retable.markup import escape


@dataclass(frozen=True, slots=True)
class Situation:
    """Where somebody stands."""

    plan: str
    """The plan's file."""
    state: State
    due: tuple[Phase, ...] = ()
    problems: int = 0
    """What the databases say against the plan."""
    unreadable: int = 0
    questions: int = 0
    """Places in the code that hold up others until a person decides."""
    to_change: int = 0
    """Places in the code that name what is old."""
    views: int = 0
    """Old names that live on as views."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and what it is for."""

    command: str
    why: str


def situation_of(plan: Plan, known: Status, search: Search | None, problems: int = 0) -> Situation:
    """Where they stand; without a search, what can be said of the databases alone."""
    references = search.references if search else ()
    return Situation(
        plan=plan.file.name,
        state=known.state,
        due=known.due,
        problems=problems,
        unreadable=len(search.unreadable) if search else 0,
        questions=sum(1 for it in references if it.blocking and not it.certain),
        to_change=sum(1 for it in references if it.certain),
        views=sum(1 for it in plan.tables if it.keeps_old_name),
    )


def next_steps(now: Situation) -> tuple[Step, ...]:
    """One to three commands, in order: what stands in the way first."""
    return next(steps for case in _CASES if (steps := tuple(case(now))))


def _mend_the_plan(now: Situation) -> Iterator[Step]:
    if now.problems:
        problems = counted(now.problems, "problem")
        yield Step(f"edit {now.plan}", f"{problems}: each says how to mend it")
        yield Step("retable plan", "again")


def _mend_the_files(now: Situation) -> Iterator[Step]:
    if now.unreadable:
        files = counted(now.unreadable, "file")
        yield Step("retable check", f"{files} cannot be read: mend, or add to code.exclude")


def _go_back(now: Situation) -> Iterator[Step]:
    if now.state is State.LOST:
        yield Step("retable rollback", "the target does not tell what has run; the backup does")
    if now.state is State.ROLLING_BACK:
        yield Step("retable rollback", "finish what was begun")


def _answer(now: Situation) -> Iterator[Step]:
    if now.questions:
        asked = counted_that(now.questions, "question", "is open", "are open")
        yield Step("retable review", f"{asked}: it shows what was seen, and what answers each")
        yield Step(f"edit {now.plan}", "paste the answers, or change the code by hand")
        yield Step("retable plan", "again")


def _go_on(now: Situation) -> Iterator[Step]:
    for phase in now.due[:1]:
        command = f"migrate --phase {phase}" if phase in IN_TARGET else str(phase)
        yield Step(f"retable {command}", f"{', '.join(now.due)}: to come")
        if now.due[1:]:
            yield Step("retable migrate", "all the rest at once")
        if now.to_change and Phase.RENAME not in now.due:
            yield Step("retable apply", _old_names(now))


def _begin(now: Situation) -> Iterator[Step]:
    if now.state in MOVED_ON:
        return
    if now.to_change:
        yield Step("retable rehearse -- pytest -q", "all of it on a copy, with your own tests")
        yield Step("retable patch -o patches", f"{_old_names(now)}: read the change")
        yield Step("retable migrate", "and at once: git apply patches/*.patch")
        return
    yield Step("retable migrate --dry-run", "the SQL that would run")
    yield Step("retable migrate", "the code names nothing old: it waits for the databases")
    if now.state is State.ROLLED_BACK:
        yield Step("git apply -R patches/*.patch", "or take the code back too")


def _follow(now: Situation) -> Iterator[Step]:
    if now.to_change and now.state in MOVED_ON:
        yield Step("retable apply", f"{_old_names(now)}, and the databases have moved")
        yield Step("retable check", "whether any is left")


def _end(now: Situation) -> Iterator[Step]:
    if now.views and now.state is State.DONE:
        views = counted_that(now.views, "old name", "lives on as a view", "live on as views")
        yield Step("retable check", "nothing may need an old name any more")
        yield Step("retable finish", f"{views}; there is no way back after it")
    else:
        if now.state is State.DONE:
            yield Step("retable verify", "prove every row once more, whenever you like")
        yield Step("retable check", "put it into CI, so that no old name comes back")
        yield Step("retable schema --check", "this too: it fails for a table that nobody describes")


_CASES: Sequence[Callable[[Situation], Iterator[Step]]] = (
    _mend_the_plan,
    _mend_the_files,
    _go_back,
    _answer,
    _go_on,
    _begin,
    _follow,
    _end,
)
"""The first that has something to say decides."""


def _old_names(now: Situation) -> str:
    return counted_that(now.to_change, "old name", "is left in the code", "are left in the code")


def say_next(steps: Sequence[Step]) -> None:
    """Print the commands below each other."""
    out.print("Next:")
    width = max(len(step.command) for step in steps)
    for step in steps:
        out.print(f"  {escape(step.command.ljust(width))}  {escape(step.why)}")


def next_as_json(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The commands as plain values."""
    return [asdict(step) for step in steps]
