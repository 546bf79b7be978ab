"""The rehearsal, in order: copy, run, migrate, apply, run again, compare."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from migrate.errors import StateError
from migrate.execute import migrate
from migrate.journal import State, status
from migrate.schemas import schemas
from migrate.survey import survey
from plan.errors import PlanError, Problem, ProblemsError, UserError, counted
from plan.load import load_plan
from plan.model import Plan
from refactor.found import Search
from refactor.patches.changes import Changes, changes_for
from refactor.patches.decisions import decide, load_decisions
from refactor.patches.write import write_files
from refactor.search import Searcher
from retable.console import Bars, err
from retable.facts import write_facts
from retable.rehearse.command import Command, Stage, run_in_copy
from retable.rehearse.junit import Outcome
from retable.rehearse.originals import databases_of, differences, digests, files_of
from retable.rehearse.verdict import Comparison, Run
from retable.rehearse.workplace import (
    Project,
    Workplace,
    copy_project,
    enough_space,
    project_of,
    workplace,
)

_HEADER = b"SQLite format 3\0"
_ENDINGS = (".db", ".sqlite", ".sqlite3")
_LAST_LINES = 15


class RehearsalError(UserError):
    """The rehearsal would prove nothing, and why."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to rehearse."""

    command: Command
    include: tuple[str, ...] = ()
    partial: bool = False
    decisions: Path | None = None
    """What people accepted, rejected and answered."""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to the copy between the two runs."""

    databases_before: int
    databases_after: int
    rows_proved: int
    edited: int
    files: int
    withheld: int
    questions: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it."""

    command: str
    done: Done
    comparison: Comparison
    notes: tuple[str, ...]
    kept: Path | None


def rehearse(plan: Plan, options: Options) -> Rehearsal:
    """Change a copy of the project, and see what the user's command makes of it.

    Raises:
        RehearsalError: it would prove nothing, such as when the command fails by itself.
        ProblemsError: something cannot be copied, searched, migrated or run.
    """
    known = status(plan)
    if known.state not in (State.NOTHING, State.ROLLED_BACK):
        what = f"there is nothing to rehearse: {known.state}"
        raise StateError(plan.target, what, "`retable status` says more")
    project = project_of(plan, options.include)
    before = _digests(project, options.include)
    with workplace(keep=options.keep) as place:
        rehearsal = _in(place, project, options)
    # Looked at last: what the command left running has ended by now.
    touched = differences(before, _digests(project, options.include))
    return replace(rehearsal, comparison=replace(rehearsal.comparison, touched=touched))


def _digests(project: Project, include: tuple[str, ...]) -> dict[str, str]:
    names = files_of(project.top, project.plan, in_git=project.in_git, include=include)
    return digests(project.top, (*names, *databases_of(project.top, project.plan)))


def _in(place: Workplace, project: Project, options: Options) -> Rehearsal:
    command = options.command
    enough_space(project, place)
    err.print(f"copying {counted(len(project.files), 'file')} and the databases …")
    bound = copy_project(project, place.copy)
    copy_project(project, place.pristine)
    plan = load_plan(place.copy / os.path.relpath(project.plan.file.resolve(), project.top))
    _refuse_problems(plan)
    searcher, search = _searched(plan)
    decisions = load_decisions(options.decisions) if options.decisions else ()
    decided = decide(searcher, search, decisions)
    changes = changes_for(decided.search, searcher, partial=options.partial, left=decided.rejected)
    facts = place.folder / "facts.json"
    write_facts(plan, facts, searcher, search)

    def stage(name: str) -> Stage:
        return Stage(name, project, place, _folder(project, place), facts)

    first = stage("before")
    err.print(f"before: {command} …")
    known = _databases(place.copy)
    before = run_in_copy(command, first)
    err.print(f"  {_ended(before)}")
    _refuse_useless(before, first)
    made_before = _databases(place.copy) - known

    place.renew()
    with Bars() as bars:
        report = migrate(plan, progress=bars)
    write_files(plan.root, changes.rewritten)
    err.print(
        f"migrated, and {counted(len(changes.edited), 'reference')} changed in"
        f" {counted(len(changes.rewritten), 'file')}"
    )
    left_searcher, left = _searched(plan)
    write_facts(plan, facts, left_searcher, left)
    known = _databases(place.copy)
    err.print(f"after: {command} …")
    after = run_in_copy(command, stage("after"))
    err.print(f"  {_ended(after)}")
    made = (_databases(place.copy) - known) - made_before
    return Rehearsal(
        str(command),
        Done(
            report.databases_before,
            report.databases_after,
            report.rows_proved,
            len(changes.edited),
            len(changes.rewritten),
            len(changes.withheld),
            sum(1 for it in changes.review if it.blocking),
        ),
        Comparison(before, after, tuple(sorted(made)), tuple(_leftovers(after.seen))),
        tuple(_notes(command, before, after, bound, changes)),
        place.folder if options.keep else None,
    )


def _refuse_problems(plan: Plan) -> None:
    """What would stop the migration is said before the user's tests run for minutes."""
    with Bars() as bars:
        problems = survey(plan, progress=bars).problems
    if problems:
        raise PlanError(problems)


def _searched(plan: Plan) -> tuple[Searcher, Search]:
    with Bars() as bars:
        searcher = Searcher(plan, schemas(plan))
        search = searcher.search(
            lambda done, total: bars.tick("Looking for old names", done, total)
        )
    problems = tuple(
        Problem(str(it.path), f"cannot be read: {it.why}", "mend it, or add it to code.exclude")
        for it in search.unreadable
    )
    if problems:
        raise ProblemsError(problems)
    return searcher, search


def _folder(project: Project, place: Workplace) -> Path:
    """Where the command runs: where the user stands, if that is in the project."""
    here = os.path.realpath(Path.cwd())
    inside = here == str(project.top) or here.startswith(f"{project.top}{os.sep}")
    below = os.path.relpath(here, project.top) if inside else project.root
    folder = Path(os.path.normpath(place.copy / below))
    return folder if folder.is_dir() else Path(os.path.normpath(place.copy / project.root))


def _ended(run: Run) -> str:
    tests = f"{run}, " if run.cases is not None else ""
    return f"{tests}exit status {run.ending}, {run.seconds:.1f} s"


def _refuse_useless(before: Run, stage: Stage) -> None:
    """A command that does nothing by itself would be "the same" afterwards, and prove nothing."""
    foreign = (before.seen or {}).get("imported_from_elsewhere", [])
    if foreign:
        named = ", ".join(foreign[:3]) + (" …" if foreign[3:] else "")
        raise RehearsalError(
            f"the tests import code of {stage.project.top} itself, and not of its copy: {named}"
            " (put the copy first: PYTHONPATH=src retable rehearse …, with your own folder)"
        )
    worked = before.counts[Outcome.PASSED] > 0 if before.cases is not None else before.status == 0
    if before.status is not None and worked:
        return
    lines = stage.log.read_text(encoding="utf-8", errors="replace").splitlines()
    said = "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])
    raise RehearsalError(
        f"the command does not work in a copy, before anything is changed ({_ended(before)}):\n"
        f"{said}\n"
        "Files that git ignores are not copied: --include names those that are needed."
    )


def _databases(top: Path) -> set[str]:
    """All files that are SQLite's, or will be with their first table."""
    found = set()
    for here, folders, files in os.walk(top):
        if ".git" in folders:
            folders.remove(".git")
        for name in files:
            path = Path(here, name)
            if path.is_file() and not path.is_symlink() and _is_database(path):
                found.add(path.relative_to(top).as_posix())
    return found


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(len(_HEADER))
    return head == _HEADER or (not head and path.suffix in _ENDINGS)


def _leftovers(seen: dict[str, Any] | None) -> Iterator[str]:
    for kind, verb in (("legacy", ""), ("opened", "opened ")):
        for it in (seen or {}).get(kind, []):
            tests = f" ({it['tests'][0]})" if it["tests"] else ""
            yield f"{it['path']}:{it['line']}  {verb}{it['says']}{tests}"


def _notes(
    command: Command, before: Run, after: Run, bound: tuple[str, ...], changes: Changes
) -> Iterator[str]:
    if changes.withheld:
        yield (
            f"{counted(len(changes.withheld), 'reference')} withheld, since questions are open:"
            " `retable patch` lists them"
        )
    if after.cases is None:
        yield "only the exit status was compared: --junit PATTERN names the command's JUnit files"
    if command.is_pytest and command.plugin and (before.seen is None or after.seen is None):
        yield "what the tests executed is not known: the pytest plugin did not report"
    for seen in filter(None, (after.seen,)):
        references = (before.seen or seen)["references"]
        yield (
            f"the tests executed {references['executed']} of the {references['all']} places that"
            " name an old table; what the others do is not rehearsed"
        )
        yield from seen["troubles"]
    if bound:
        named = ", ".join(bound[:3]) + (f" and {len(bound) - 3} more" if bound[3:] else "")
        yield f"the project's absolute path is in {named}: what uses it used the original"
