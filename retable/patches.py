"""The series of patches as files: what `retable patch` writes, and what it says at its end."""

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from plan.errors import Problem, ProblemsError, counted, in_one_line
from plan.model import Plan
from refactor.notes import Notes
from refactor.patches.changes import Changes
from refactor.patches.letters import letter_of, needs_keep_cr
from refactor.patches.mail import as_mail, date_of
from refactor.patches.series import By, Part, series_for, whole_patch
from retable.console import err, table
from retable.markup import escape
from retable.notes import notes_as_markdown
from retable.questions import question_markdown
from retable.statements import statement_markdown

if TYPE_CHECKING:
    from rich.table import Table

SUMMARY = "SUMMARY.md"
SERIES = "series"
_OURS = "# Patches\n\nMade by `retable patch`"
_LISTED = re.compile(r"^\| (\d\d+-[\w-]+\.patch) \|", re.MULTILINE)
_LONGEST_NAME = 50


def write_whole(plan: Plan, changes: Changes) -> None:
    """Write all changes as one diff to stdout."""
    whole = whole_patch(plan.root, changes)
    sys.stdout.buffer.write(whole.text)
    _say_not_carried(whole.not_carried)


def write_patches(
    plan: Plan, changes: Changes, notes: Notes, folder: Path, by: By = By.DOMAIN
) -> Mapping[str, Part]:
    """Write a series of patches into a folder, in place of an earlier one; each by its file's name.

    Raises:
        ProblemsError: the folder holds what is not ours, or cannot be written.
    """
    parts = series_for(plan, changes, by)
    names = {_file_name(number, part, len(parts)): part for number, part in enumerate(parts, 1)}
    date = date_of(plan.root)
    files = {
        name: as_mail(
            letter_of(part, plan, changes),
            part.patch.text,
            number=number,
            total=len(parts),
            date=date,
        )
        for number, (name, part) in enumerate(names.items(), start=1)
    }
    files[SERIES] = "".join(f"{name}\n" for name in names).encode()
    files[SUMMARY] = _summary(names, changes, notes, by).encode("utf-8", "replace")
    try:
        _replace(folder, files)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise ProblemsError((Problem(str(folder), what, "choose another with -o"),)) from error
    return names


def _file_name(number: int, part: Part, total: int) -> str:
    """A patch's file, in order; a domain may be called what no file can be."""
    name = re.sub(r"[^\w-]+", "-", part.name)[:_LONGEST_NAME].strip("-") or "patch"
    return f"{number:0{max(len(str(total)), 2)}}-{name}.patch"


def _replace(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put the files into a folder in place of those of an earlier run; all else there stays."""
    earlier = _earlier(folder)
    _refuse_others(folder, earlier, files)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*earlier, *files):
        (folder / name).unlink(missing_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _earlier(folder: Path) -> tuple[str, ...]:
    """The files of an earlier run, as its summary lists them."""
    summary = folder / SUMMARY
    if not summary.is_file():
        return ()
    text = summary.read_text(encoding="utf-8", errors="replace")
    return (*_LISTED.findall(text), SERIES, SUMMARY) if text.startswith(_OURS) else ()


def _refuse_others(folder: Path, earlier: Sequence[str], files: Mapping[str, bytes]) -> None:
    """Refuse to overwrite what is not ours, and to put patches among those of others.

    Raises:
        ProblemsError: each file that is in the way.
    """
    there = sorted(it.name for it in folder.iterdir()) if folder.is_dir() else []
    foreign = [it for it in there if it not in earlier]
    in_the_way = [
        it for it in foreign if it in files or (not earlier and it.endswith((".patch", ".diff")))
    ]
    if in_the_way:
        raise ProblemsError(
            tuple(
                Problem(str(folder / it), "was not written by retable", "choose another with -o")
                for it in in_the_way
            )
        )


def _summary(names: Mapping[str, Part], changes: Changes, notes: Notes, by: By) -> str:
    lines = [
        f"{_OURS}, one per {by}; the next run replaces them.",
        "",
        "| patch | tables | files | references | about |",
        "|---|---|---|---|---|",
        *(
            f"| {name} | {part.tables} | {len(part.patch.files)} | {len(part.references)}"
            f" | {_cell(part.about or part.subject)} |"
            for name, part in names.items()
        ),
    ]
    if not names:
        lines += ["", "There is nothing to change."]
    lines += ["", "Each applies alone and in order, at the top of the repository:", ""]
    lines += ["    git apply NN-name.patch", "    git am --keep-cr NN-name.patch", ""]
    crlf = [name for name, part in names.items() if needs_keep_cr(part)]
    if crlf:
        lines += [f"With CRLF, so `git am` needs `--keep-cr`: {', '.join(crlf)}", ""]
    untracked = sorted({str(it) for part in names.values() for it in part.patch.untracked})
    if untracked:
        listed = ", ".join(f"`{in_one_line(it)}`" for it in untracked)
        lines += [f"Not in git yet, so `git am` refuses them: {listed}", ""]
    lines += question_markdown(changes.review)
    if changes.left:
        lines += ["## Left as they are, by decision", ""]
        lines += [f"- `{it.path}:{it.line}:{it.column}` `{it.old}`" for it in changes.left]
        lines.append("")
    lines += statement_markdown(changes.proofs)
    lines += notes_as_markdown(notes)
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    return in_one_line(text).replace("|", "\\|")


def say_series(names: Mapping[str, Part], folder: Path) -> None:
    """Say what was written: a table for people, a line for each patch in a log."""
    if not names:
        err.print("nothing to change: no patch was written")
    elif err.is_terminal:
        err.print(_table(names, folder))
    else:
        for name, part in names.items():
            err.print(escape(f"{folder / name}: {_counts(part)}"))
    for part in names.values():
        _say_not_carried(part.patch.not_carried)


def _table(names: Mapping[str, Part], folder: Path) -> "Table":
    rows = table(f"Patches in {escape(str(folder))}", footer=True)
    parts = tuple(names.values())
    sums = (
        ("tables", sum(part.tables for part in parts)),
        ("files", len({path for part in parts for path in part.patch.files})),
        ("edits", sum(len(part.references) for part in parts)),
    )
    rows.add_column("patch", "all")
    for heading, number in sums:
        rows.add_column(heading, f"{number:,}", justify="right")
    for name, part in names.items():
        counts = (part.tables, len(part.patch.files), len(part.references))
        rows.add_row(escape(name), *(f"{it:,}" for it in counts))
    return rows


def _counts(part: Part) -> str:
    return ", ".join(
        counted(number, noun)
        for number, noun in (
            (part.tables, "table"),
            (len(part.patch.files), "file"),
            (len(part.references), "edit"),
        )
    )


def _say_not_carried(files: Sequence[tuple[PurePosixPath, str]]) -> None:
    for path, why in files:
        err.print(f"[yellow]not in the patch[/yellow] {escape(str(path))}: {escape(why)}")
