"""`retable check`: what is left, in the format that is asked for, and whether it fails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from plan.errors import Problem, ProblemsError, counted
from plan.model import Plan
from refactor.baseline import (
    FILE,
    NOTHING,
    Baseline,
    Excess,
    load_baseline,
    renewed,
    settled,
    stale_in,
    write_baseline,
)
from refactor.code.changed import changed_since
from refactor.found import Search
from refactor.kinds import kind_of
from refactor.leftovers import Finding, Silenced, findings_of
from refactor.notes import Notebook, Notes
from refactor.patches.rewrite import proofs_of
from refactor.rules import OPEN_QUESTION, PERHAPS, Rule
from refactor.search import Searcher
from refactor.text.lines import Lines
from refactor.text.source import Source
from retable.console import err
from retable.formats import FORMATS, Report
from retable.markup import escape
from retable.notes import count_lines, notes_as_json
from retable.output import write_out
from retable.render import search_as_json, unseen_lines

DONE, FINDINGS, FAILED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asks of a check."""

    form: str = "text"
    output: Path | None = None
    baseline: Path | None = None
    update: bool = False
    since: str | None = None
    strict: bool = False


Searched = Callable[
    [Plan, Callable[[PurePosixPath], bool] | None], tuple[Searcher, Search, Notebook]
]


def run_check(plan: Plan, wanted: Wanted, searched: Searched) -> int:
    """Check a code base, say what is left, and return the exit status.

    Args:
        plan: what is looked for.
        wanted: what the user asks.
        searched: looks through the files that it is told to, or through all.

    Raises:
        UserError: a revision, a baseline or an output that does not do.
    """
    _refuse_half_a_baseline(wanted)
    file = wanted.baseline or plan.root / FILE
    named = wanted.baseline is not None and not wanted.update
    known = load_baseline(file) if named or file.exists() else NOTHING
    changed = None if wanted.since is None else changed_since(plan.root, wanted.since)

    def only(path: PurePosixPath) -> bool:
        return changed is None or path in changed

    searcher, search, notebook = searched(plan, None if changed is None else only)
    # Notes are about all files, and say nothing of what has changed.
    notes = Notes() if wanted.since is not None else notebook.notes()
    found = findings_of(search, searcher, notes, strict=wanted.strict, only=only)

    unread = {it.path for it in search.unreadable}

    def judged(path: PurePosixPath, rule: Rule) -> bool:
        documentation = kind_of(path) is None and kind_of(path, docs=True) is not None
        looked_at = path not in unread and (plan.code.docs or not documentation)
        return only(path) and looked_at and (wanted.strict or not rule.strict)

    if wanted.update:
        known = _updated(file, known, found, search, judged)
    stale = _stale(plan, file, known, found, judged) if known.counts else ()
    found, over = settled(found, known)
    found = tuple(sorted((*found, *stale), key=lambda it: it.order))
    status = _status(found, search)
    report = _report(plan, searcher, search, notes, found, status)
    write_out(FORMATS[wanted.form](report), wanted.output)
    _say(search, notes, found, over)
    return status


def _refuse_half_a_baseline(wanted: Wanted) -> None:
    if wanted.update and wanted.since is not None:
        what = "would write down a part of the leftovers only"
        mend = "leave --since out"
        raise ProblemsError((Problem("--update-baseline", what, mend),))


def _updated(
    file: Path,
    known: Baseline,
    found: Sequence[Finding],
    search: Search,
    judged: Callable[[PurePosixPath, Rule], bool],
) -> Baseline:
    """The baseline that holds what there is, written."""
    problems = tuple(
        Problem(str(it.path), f"cannot be read: {it.why}", "mend it before --update-baseline")
        for it in search.unreadable
    )
    if problems:
        raise ProblemsError(problems)
    updated = renewed(found, known, judged)
    write_baseline(file, updated)
    held = counted(sum(updated.counts.values()), "leftover")
    err.print(f"{escape(str(file))}: {held} written down")
    return updated


def _stale(
    plan: Plan,
    file: Path,
    known: Baseline,
    found: Sequence[Finding],
    judged: Callable[[PurePosixPath, Rule], bool],
) -> tuple[Finding, ...]:
    """What the baseline allows for and is not there."""
    try:
        path = PurePosixPath(file.resolve().relative_to(plan.root.resolve()).as_posix())
    except ValueError:
        path = PurePosixPath(file.as_posix())

    def exists(of: PurePosixPath) -> bool:
        return (plan.root / of).exists()

    return stale_in(known, found, judged, exists, (path, file.read_text("utf-8")))


def _status(found: Sequence[Finding], search: Search) -> int:
    if search.unreadable:
        return FAILED
    return FINDINGS if any(it.fails for it in found) else DONE


def _report(
    plan: Plan,
    searcher: Searcher,
    search: Search,
    notes: Notes,
    found: tuple[Finding, ...],
    status: int,
) -> Report:
    @lru_cache(maxsize=1)
    def lines(path: PurePosixPath) -> tuple[str, list[int]]:
        source = searcher.codebase.source(path)
        text = source.text if isinstance(source, Source) else ""
        return text, [*Lines(text).starts, len(text)]

    def line_of(finding: Finding) -> str:
        text, starts = lines(finding.path)
        if finding.line >= len(starts):
            return ""
        return text[starts[finding.line - 1] : starts[finding.line]]

    def besides() -> dict[str, object]:
        proofs = (proof for file in search.files for proof in proofs_of(file, searcher))
        return {**search_as_json(search, proofs), **notes_as_json(notes)}

    return Report(found, plan.root, status, line_of, besides)


def _say(search: Search, notes: Notes, found: Sequence[Finding], over: Sequence[Excess]) -> None:
    """Say what the check has seen, and what it has not."""
    for line in (*count_lines(notes), *unseen_lines(search)):
        err.print(line)
    for path, why in search.skipped:
        err.print(f"not followed: {escape(str(path))}: {escape(why)}")
    for excess in over:
        err.print(f"[yellow]new[/yellow] {escape(str(excess))}; which are new cannot be told")
    counting = [it for it in found if it.silenced is None]
    review = sum(1 for it in counting if it.rule is OPEN_QUESTION)
    perhaps = sum(1 for it in counting if it.rule is PERHAPS)
    left = sum(1 for it in counting if it.new is not None)
    if review:
        err.print("`retable patch` shows what answers each question")
    others = sum(1 for it in counting if it.fails) - review - left - len(search.unreadable)
    held = [it.silenced for it in found]
    parts = [
        counted(left, "leftover"),
        f"{review} to review",
        *_some(perhaps, "perhaps"),
        *_some(others, "of other rules"),
        *_some(held.count(Silenced.IGNORED), "ignored"),
        *_some(held.count(Silenced.BASELINE), "in the baseline"),
        f"{len(search.unreadable)} not read",
    ]
    err.print(f"{counted(search.looked_at, 'file')}: {', '.join(parts)}")


def _some(count: int, what: str) -> list[str]:
    return [f"{count} {what}"] if count else []
