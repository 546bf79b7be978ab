"""What the commands of the database half do and say."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import click

from migrate.errors import StateError
from migrate.execute import migrate
from migrate.files.archive import purge as purge_archive
from migrate.files.manifest import PROOF_TEXT, read_backup
from migrate.finish import finish
from migrate.journal import State, status
from migrate.phases import IN_TARGET, Phase
from migrate.proof.recorded import DigestCheck
from migrate.proof.verify import verify
from migrate.report import Report
from migrate.rollback import RollbackReport
from migrate.rollback import rollback as roll_back
from migrate.steps.work import script
from plan.errors import counted, counted_that
from plan.model import Action, Plan
from retable.console import Bars, err, out, table
from retable.markup import escape

DIGEST_SHOWN = 12
_LINES = 12
"""Remarks that still fit a screen below the summary."""


def run_migration(plan: Plan, *, dry_run: bool, phase: str | None, yes: bool, form: str) -> int:
    """Migrate, or print the SQL that would; returns the exit status."""
    if not dry_run and not yes and sys.stdin.isatty():
        _ask(plan)
    with Bars() as bars:
        wanted = Phase(phase) if phase else None
        report = migrate(plan, progress=bars, dry_run=dry_run, phase=wanted)
    if form == "json":
        click.echo(as_json(report))
    elif report.already_done:
        err.print(f"already done: nothing was changed (backup: {near(plan, report.backup)})")
    elif dry_run:
        click.echo(script(report.steps))
        for line in (*report.new_names, *report.left, *report.notes):
            err.print(escape(str(line)))
        err.print(f"nothing was written; {counted(len(report.steps), 'step')} would be taken")
    else:
        say_migrated(plan, report)
    if form == "text" and not dry_run:
        _say_next(report.due)
    return 0


def _say_next(due: Sequence[Phase]) -> None:
    """What is still to come, and the command for it."""
    for phase in due[:1]:
        command = f"migrate --phase {phase}" if phase in IN_TARGET else str(phase)
        more = " (or `retable migrate` for all the rest)" if due[1:] else ""
        err.print(f"next: `retable {command}`{more}")


def _ask(plan: Plan) -> None:
    merged = len(plan.with_action(Action.MERGE))
    deleted = len(plan.with_action(Action.DELETE))
    err.print(
        f"{counted_that(merged, 'database', 'merges', 'merge')} into {escape(plan.target)} and"
        f" {'moves' if merged == 1 else 'move'} to {escape(plan.archive)}"
        + (f"; {deleted} to delete go there too." if deleted else ".")
        + " Everything is backed up first; `retable rollback` undoes it."
    )
    click.confirm("Go on?", abort=True, err=True)


def say_migrated(plan: Plan, report: Report) -> None:
    """The summary of a migration: one screen."""
    rows = table(f"Migrated into {escape(report.target)}", header=False)
    rows.add_column()
    rows.add_column(justify="right")
    if report.due:
        rows.add_row("done now", ", ".join(report.phases))
    else:
        rows.add_row("databases", f"{report.databases_before} → {report.databases_after}")
    rows.add_row("tables", str(report.tables))
    if Phase.MERGE in report.phases:
        rows.add_row("rows copied", f"{report.rows_copied:,}")
    rows.add_row("rows proved equal", f"{report.rows_proved:,}")
    if report.rejects:
        rows.add_row("rows set aside by a merge rule", str(sum(r.rows for r in report.rejects)))
    if report.documented:
        rows.add_row("documented", str(report.documented))
    rows.add_row("backup", near(plan, report.backup))
    if report.archive:
        rows.add_row("archive", near(plan, report.archive))
    rows.add_row("seconds", f"{report.seconds:.1f}")
    out.print(rows)
    said = [str(name) for name in report.new_names]
    said += [
        f"{counted(reject.rows, 'row')} of {reject.table} in {reject.database} gave way"
        f" ({reject.reason}): see retable_rejects"
        for reject in report.rejects
    ]
    said += [*report.left, *report.notes]
    for line in said[:_LINES]:
        out.print(f"  {escape(line)}")
    if said[_LINES:]:
        out.print(f"  … and {len(said) - _LINES} more: {PROOF_TEXT} beside the backup has them all")


def run_rollback(plan: Plan, *, yes: bool, drop_new_rows: bool, form: str) -> int:
    """Put every file back; returns the exit status."""
    if not yes and sys.stdin.isatty():
        click.confirm("Put every database back as it was before the migration?", abort=True)
    with Bars() as bars:
        report = roll_back(plan, progress=bars, drop_new_rows=drop_new_rows)
    if form == "json":
        click.echo(as_json(report))
    else:
        _say_rolled_back(plan, report)
    return 0


def _say_rolled_back(plan: Plan, report: RollbackReport) -> None:
    for file in report.files:
        digest = (
            f"sha256 {file.digest[:DIGEST_SHOWN]}…" if file.digest else "was not there: removed"
        )
        out.print(f"{escape(file.path)}: {digest}")
    for since in report.lost.tables:
        out.print(f"written since, and dropped: {escape(str(since))}")
    for kept in report.lost.kept:
        out.print(f"what was written since is kept in {escape(kept)}")
    what = "had been rolled back already" if report.already_done else "rolled back"
    err.print(f"{what}, to the byte, from {near(plan, report.backup)}")


def run_archive(plan: Plan, *, purge: bool, yes: bool, form: str) -> int:
    """Move files to the archive if that is due; with `purge` remove the deleted ones from it."""
    if purge and not yes and sys.stdin.isatty():
        click.confirm("Remove the deleted databases from the archive?", abort=True, err=True)
    with Bars() as bars:
        report = migrate(plan, progress=bars, phase=Phase.ARCHIVE)
    removed: tuple[str, ...] = ()
    if purge:
        known = status(plan)
        if known.state not in (State.DONE, State.FINISHED) or known.backup is None:
            raise StateError(plan.target, f"nothing can be purged: {known.state}", "see status")
        removed = purge_archive(plan, read_backup(known.backup))
    if form == "json":
        click.echo(as_json({"already_done": report.already_done, "removed": removed}))
        return 0
    err.print(
        "nothing was due: all files are in the archive"
        if report.already_done
        else f"archived in {escape(plan.archive)}, with a manifest of digests"
    )
    for path in removed:
        out.print(f"removed {escape(path)}")
    if purge:
        err.print(f"{counted(len(removed), 'file')} removed; the backup still has each of them")
    return 0


def run_finish(plan: Plan, *, yes: bool, form: str) -> int:
    """Give up the old names; returns the exit status."""
    if not yes and sys.stdin.isatty():
        what = "Drop the views of old names? After that there is no rollback."
        click.confirm(what, abort=True, err=True)
    with Bars() as bars:
        report = finish(plan, progress=bars)
    if form == "json":
        click.echo(as_json(report))
        return 0
    for name in report.dropped:
        out.print(f"view {escape(name)}: dropped")
    what = "had been finished already" if report.already_done else "finished"
    err.print(f"{what}; nobody needs the backup in {escape(report.backup)} any more")
    return 0


def run_verify(plan: Plan, form: str) -> int:
    """Prove the migration again; 0 if it holds, 1 if it does not."""
    with Bars() as bars:
        found = verify(plan, progress=bars)
    if form == "json":
        click.echo(as_json({"holds": found.holds, **asdict(found)}))
        return 0 if found.holds else 1
    proved = table("Every row that was there before")
    for column in ("table", "was", "in"):
        proved.add_column(column)
    for column in ("rows", "equal", "set aside"):
        proved.add_column(column, justify="right")
    for proof in found.tables:
        counts = f"{proof.rows:,}", f"{proof.equal:,}", f"{proof.rejected:,}"
        style = None if proof.holds else "red"
        proved.add_row(proof.new, proof.old, proof.database, *counts, style=style)
    out.print(proved)
    for name, rows in found.new_rows:
        if rows:
            out.print(f"{escape(name)}: {counted(rows, 'row')} since")
    _say_digests(found.digests)
    for problem in found.problems:
        out.print(f"[red]{escape(problem)}[/red]")
    out.print("holds" if found.holds else "[red]does not hold[/red]")
    return 0 if found.holds else 1


def _say_digests(checks: Sequence[DigestCheck]) -> None:
    same = sum(1 for check in checks if not check.why_not and not check.differs)
    if same:
        out.print(f"{counted(same, 'digest')} as in proof.json")
    for check in checks:
        if check.differs:
            out.print(f"{escape(check.table)}: another digest than in proof.json")
    for why in dict.fromkeys(check.why_not for check in checks if check.why_not):
        names = ", ".join(check.table for check in checks if check.why_not == why)
        out.print(f"no digest compared of {escape(names)}: {escape(why)}")


def as_json(facts: object) -> str:
    """A report's facts as JSON."""
    values = asdict(facts) if is_dataclass(facts) and not isinstance(facts, type) else facts
    return json.dumps(values, indent=2, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else str(value)


def near(plan: Plan, path: Path | None) -> str:
    """A path as people read it: from the plan's folder, and whether it is there."""
    if path is None:
        return "none"
    shown = str(path.relative_to(plan.root) if path.is_relative_to(plan.root) else path)
    return escape(shown if path.exists() else f"{shown}, which is not there any more")
