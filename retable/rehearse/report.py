"""What people and programs read of a rehearsal."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from plan.errors import counted
from plan.model import Plan
from retable.console import err, out, table
from retable.markup import escape
from retable.output import write_file
from retable.rehearse.story import Options, Rehearsal, rehearse
from retable.rehearse.verdict import Change, Run, Verdict

_SHOWN = 20
_COLOURS = {Verdict.SAME: "green", Verdict.BETTER: "green", Verdict.DIFFERS: "red"}


def run_rehearsal(
    plan: Plan, options: Options, *, json_file: Path | None, report: Path | None
) -> int:
    """Rehearse, and say what came of it: 0 if all is as before, 1 if not."""
    found = rehearse(plan, options)
    if json_file:
        _write(json_file, json.dumps(rehearsal_as_json(found), indent=2, ensure_ascii=False))
    if report:
        _write(report, "\n".join(rehearsal_as_markdown(found)))
    _show(found)
    if found.kept:
        err.print(f"kept: {escape(str(found.kept))}")
    verdict = found.comparison.verdict
    out.print(f"verdict: [{_COLOURS[verdict]}]{verdict}[/]")
    return 1 if verdict is Verdict.DIFFERS else 0


def _write(file: Path, text: str) -> None:
    data = f"{text.rstrip()}\n".encode("utf-8", "backslashreplace")
    write_file(file, data, mend="choose another file")


def _rows(found: Rehearsal) -> Iterator[tuple[str, str, str]]:
    before, after = found.comparison.before, found.comparison.after
    if before.cases is not None or after.cases is not None:
        yield "tests", _tests(before), _tests(after)
    yield "exit status", before.ending, after.ending
    yield "seconds", f"{before.seconds:.1f}", f"{after.seconds:.1f}"


def _tests(run: Run) -> str:
    return "not known" if run.cases is None else str(run)


def _between(found: Rehearsal) -> str:
    done = found.done
    return (
        f"{done.databases_before} → {counted(done.databases_after, 'database')},"
        f" {counted(done.rows_proved, 'row')} proved; {counted(done.edited, 'reference')} changed"
        f" in {counted(done.files, 'file')}"
    )


def _sections(found: Rehearsal) -> Iterator[tuple[str, Sequence[str]]]:
    """What there is to read, in the order of its weight."""
    compared = found.comparison
    worse = [it for it in compared.changes if not it.better]
    better = [it for it in compared.changes if it.better]
    yield "Why it differs", compared.reasons
    yield "Tests that are not as before", _lines(worse)
    yield "Old names that the changed code still executes", compared.leftovers
    yield "Database files that only the changed code makes", compared.strays
    yield "Your own files, changed meanwhile (not by retable)", compared.touched
    yield "Tests that are better", _lines(better)
    yield "Tests that fail as they did before", compared.failed_before
    yield "To know", found.notes


def _lines(changes: Sequence[Change]) -> list[str]:
    return [str(change) for change in changes]


def _show(found: Rehearsal) -> None:
    rows = table(escape(f"Rehearsal of {found.command}"))
    for column in ("", "before", "after"):
        rows.add_column(column)
    for row in _rows(found):
        rows.add_row(*map(escape, row))
    out.print(rows)
    out.print(_between(found))
    for title, lines in _sections(found):
        if lines:
            out.print(f"[bold]{title}[/bold]")
        for line in lines[:_SHOWN]:
            out.print(f"  {escape(line)}")
        if len(lines) > _SHOWN:
            out.print(f"  … and {len(lines) - _SHOWN} more: --report FILE has them all")


def rehearsal_as_markdown(found: Rehearsal) -> Iterator[str]:
    """All of it, for a pull request."""
    yield f"# Rehearsal: {found.comparison.verdict}"
    yield from ("", f"`{found.command}` on a copy, before and after. {_between(found)}.", "")
    yield from ("| | before | after |", "|---|---|---|")
    yield from (f"| {' | '.join(row)} |" for row in _rows(found))
    for title, lines in _sections(found):
        if lines:
            yield from ("", f"## {title}", "", *(f"- {line}" for line in lines))


def rehearsal_as_json(found: Rehearsal) -> dict[str, Any]:
    """All of it as plain values."""
    compared = found.comparison
    return {
        "retable": "rehearsal",
        "version": 1,
        "command": found.command,
        "verdict": compared.verdict.value,
        "reasons": list(compared.reasons),
        "before": _run_as_json(compared.before),
        "after": _run_as_json(compared.after),
        "done": asdict(found.done),
        "changes": [
            {
                "test": it.name,
                "before": it.before and it.before.value,
                "after": it.after and it.after.value,
                "better": it.better,
                "says": it.says,
            }
            for it in compared.changes
        ],
        "failed_before": list(compared.failed_before),
        "leftovers": list(compared.leftovers),
        "strays": list(compared.strays),
        "touched": list(compared.touched),
        "notes": list(found.notes),
    }


def _run_as_json(run: Run) -> dict[str, Any]:
    tests = None if run.cases is None else {it.value: run.counts[it] for it in run.counts}
    return {"status": run.status, "seconds": round(run.seconds, 3), "tests": tests}
