"""`retable init`: a document, and the databases that it speaks of, become a plan to answer."""

import os
import textwrap
from dataclasses import dataclass
from pathlib import Path

import click

from plan.draft.document.claims import OfDatabase, OfTable, OfTarget
from plan.draft.document.reading import read_document
from plan.draft.model import Draft
from plan.draft.settle.drafting import Drafted, draft_of
from plan.draft.settle.places import places_of
from plan.draft.toml import toml_of
from plan.errors import Problem, ProblemsError, counted, counted_that, shortened
from plan.slots import slots_of
from retable.console import err, out
from retable.found import database_files, files_found
from retable.markup import escape

_LARGEST = 5_000_000
_LINES = 30
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Output:
    """Where a plan is written; None to print it."""

    file: Path
    shown: bool
    force: bool


def init_from_document(document: Path, output: Output) -> int:
    """Draft a plan from a document; 1 if it leaves questions, 0 if none."""
    refuse_to_overwrite(output)
    drafted, root, checked = drafted_from(document, output)
    text = toml_of(drafted.draft)
    write_draft(text, output)
    say_document(drafted, document, root, checked=checked)
    return say_questions(drafted.draft, text, output)


def drafted_from(document: Path, output: Output) -> tuple[Drafted, Path, bool]:
    """What a document says, the folder of the plan, and whether files could be looked at.

    Raises:
        ProblemsError: it cannot be read, or says nothing of databases.
    """
    text = _read(document)
    statements = read_document(text)
    if not any(isinstance(it, OfDatabase | OfTarget | OfTable) for it in statements):
        what = "says nothing of databases or tables that retable understands"
        mend = "give a Markdown plan with tables or lists of databases, and of old and new names"
        raise ProblemsError((Problem(str(document), what, mend),))
    root = output.file.absolute().parent
    on_disk = database_files(root)
    places = places_of(statements, on_disk)
    files = files_found(root, places.paths, on_disk)
    origin = _relative(document, root)
    drafted = draft_of(statements, places, files, name=document.name, origin=origin)
    return drafted, root, files.checked


def refuse_to_overwrite(output: Output) -> None:
    """Refuse, before any work, to write over a plan.

    Raises:
        ProblemsError: there is one already.
    """
    if output.file.exists() and not (output.force or output.shown):
        mend = "choose another with -o, look at it with --stdout, or write over it with --force"
        raise ProblemsError((Problem(str(output.file), "exists already", mend),))


def write_draft(text: str, output: Output) -> None:
    """Write a plan file as a whole, or print it.

    Raises:
        ProblemsError: the file cannot be written.
    """
    if output.shown:
        click.echo(text, nl=False)
        return
    beside = output.file.with_name(f".{output.file.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(output.file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        what = f"cannot be written: {error.strerror}"
        raise ProblemsError((Problem(str(output.file), what, "choose another with -o"),)) from error


def _read(document: Path) -> str:
    try:
        data = document.read_bytes()
    except OSError as error:
        what = "there is no such file" if isinstance(error, FileNotFoundError) else "cannot be read"
        if isinstance(error, IsADirectoryError):
            what = "is a folder"
        mend = "give the path of your plan in Markdown"
        raise ProblemsError((Problem(str(document), what, mend),)) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        mend = "give a plan in Markdown, saved as UTF-8"
        problem = Problem(f"{document}: line {line}", "is not text in UTF-8", mend)
        raise ProblemsError((problem,)) from error
    if "\0" in text or len(text) > _LARGEST:
        what = "is no document that people wrote"
        raise ProblemsError((Problem(str(document), what, "give a plan in Markdown"),))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path.absolute(), root)).as_posix()


def say_document(drafted: Drafted, document: Path, root: Path, *, checked: bool) -> None:
    """What of the document is not in the plan."""
    if not checked:
        err.print(
            f"note: none of its databases is below {escape(str(root))}, so nothing was checked"
            " against files"
        )
    for said in drafted.loose:
        err.print(
            escape(f"note: {document.name}:{said.line} asks, about no key of a plan: {said.words}")
        )
    if drafted.unread:
        err.print(f"not read, so look whether the plan lacks it ({len(drafted.unread)}):")
    for unread in drafted.unread[:_LINES]:
        why = f" ({unread.why})" if unread.why else ""
        line = f"  {document.name}:{unread.said.line}: {shortened(unread.said.words)}{why}"
        err.print(escape(line))
    if drafted.unread[_LINES:]:
        err.print(f"  … and {len(drafted.unread) - _LINES} more")


def say_questions(draft: Draft, text: str, output: Output) -> int:
    """What the plan has and asks, and what to do next; returns the exit status."""
    tables = sum(len(domain.tables) for domain in draft.domains)
    domains = counted(len(draft.domains), "domain")
    has = f"{counted(len(draft.databases), 'database')}, {counted(tables, 'table')} in {domains}"
    if draft.skips:
        has += f", {len(draft.skips)} left behind"
    say = err if output.shown else out
    name = _relative(output.file, Path.cwd())
    say.print(escape(f"{'would be ' if output.shown else ''}{name}: {has}"))
    slots = slots_of(text)
    plan = "" if output.file.name == "retable.toml" else f" --plan {name}"
    if not slots:
        say.print(escape(f"no question is open. Next: read it, then `retable plan{plan}`"))
        return 0
    say.print(f"{counted_that(len(slots), 'question', 'is', 'are')} open:")
    for slot in slots:
        asks = textwrap.shorten(slot.asks, _SHOWN, placeholder=" …")
        say.print(escape(f"  line {slot.line}, {slot.where}: {asks}"))
    say.print(
        escape(f'Next: answer them in {name}, each in place of its "?", then `retable plan{plan}`')
    )
    return 1
