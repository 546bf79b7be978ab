"""What the commands of the code half write and say."""

import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import click
from rich.markup import escape
from rich.table import Table

from plan.errors import Problem, ProblemsError, counted
from plan.model import Plan
from refactor.changes import Changes
from refactor.notes import Notes
from refactor.references import Kind
from refactor.series import Part, series_for, whole_patch
from retable.console import err
from retable.notes import notes_as_markdown
from retable.questions import question_markdown
from retable.statements import statement_markdown

SUMMARY = "SUMMARY.md"
_LISTED = re.compile(r"^\| (\d\d-[\w-]+\.patch) \|", re.MULTILINE)


def write_patches(plan: Plan, changes: Changes, notes: Notes, folder: Path | None) -> None:
    """Write one patch per domain into a folder, or all as one to stdout.

    Raises:
        ProblemsError: the folder cannot be written.
    """
    if folder is None:
        whole = whole_patch(plan.root, changes)
        sys.stdout.buffer.write(whole.text)
        _say_not_carried(whole.not_carried)
        return
    parts = series_for(plan, changes)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_earlier(folder)
        for number, part in enumerate(parts, start=1):
            (folder / _file_name(number, part)).write_bytes(part.patch.text)
        (folder / SUMMARY).write_text(_summary(parts, changes, notes), encoding="utf-8")
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise ProblemsError((Problem(str(folder), what, "choose another with -o"),)) from error
    _say_series(parts, folder)


def _file_name(number: int, part: Part) -> str:
    """A patch's file, in order; a domain may be called what no file can be."""
    name = re.sub(r"[^\w-]+", "-", part.name)
    return f"{number:02}-{name}.patch"


def _remove_earlier(folder: Path) -> None:
    """Remove the patches that an earlier run's summary lists, lest they be applied with these."""
    summary = folder / SUMMARY
    if not summary.is_file():
        return
    for name in _LISTED.findall(summary.read_text(encoding="utf-8", errors="replace")):
        (folder / name).unlink(missing_ok=True)


def _summary(parts: Sequence[Part], changes: Changes, notes: Notes) -> str:
    lines = ["# Patches", "", "| patch | files | references | about |", "|---|---|---|---|"]
    lines += [
        f"| {_file_name(number, part)} | {len(part.patch.files)} | {len(part.references)}"
        f" | {part.about} |"
        for number, part in enumerate(parts, start=1)
    ]
    lines += ["", "Each applies alone and in order: `git apply NN-name.patch`.", ""]
    lines += question_markdown(changes.review)
    lines += statement_markdown(changes.proofs)
    lines += notes_as_markdown(notes)
    return "\n".join(lines).rstrip() + "\n"


def _say_series(parts: Sequence[Part], folder: Path) -> None:
    table = Table(title=f"Patches in {escape(str(folder))}")
    table.add_column("patch")
    table.add_column("files", justify="right")
    table.add_column("references", justify="right")
    table.add_column("about")
    for number, part in enumerate(parts, start=1):
        name = _file_name(number, part)
        counts = str(len(part.patch.files)), str(len(part.references))
        table.add_row(name, *counts, escape(part.about))
        _say_not_carried(part.patch.not_carried)
    if parts:
        err.print(table)
    else:
        err.print("nothing to change: no patch was written")


def _say_not_carried(files: Sequence[tuple[PurePosixPath, str]]) -> None:
    for path, why in files:
        err.print(f"[yellow]not in the patch[/yellow] {escape(str(path))}: {escape(why)}")


def say_applied(changes: Changes, *, dry_run: bool) -> None:
    """Say which files were changed, or would be."""
    for file in changes.rewritten:
        kinds = Counter(reference.kind for reference in file.references)
        tables, paths = kinds[Kind.TABLE], kinds[Kind.PATH]
        said = [
            counted(count, noun)
            for count, noun in ((tables, "table name"), (paths, "path"))
            if count
        ]
        click.echo(f"{file.path}: {', '.join(said)}")
    verb = "would change" if dry_run else "changed"
    references = counted(len(changes.edited), "reference")
    err.print(f"{verb} {references} in {counted(len(changes.rewritten), 'file')}")
