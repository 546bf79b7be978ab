"""`retable review`: arguments in, one page out."""

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from plan.errors import counted
from retable.cli.group import DONE, FAILED, FINDINGS, main
from retable.cli.options import file_option, with_docs, with_plan
from retable.cli.searching import noted

if TYPE_CHECKING:
    from plan.model import Plan
    from refactor.found import Search

PAGE = "retable-review.html"


@main.command()
@with_plan
@file_option(
    "-o",
    "--output",
    default=Path(PAGE),
    show_default=True,
    help="Where the page goes.",
)
@click.option("--open", "show", is_flag=True, help="Open it in your browser.")
@click.option("--partial", is_flag=True, help="Also change tables that have open questions.")
@with_docs
def review(plan: "Plan", output: Path, show: bool, partial: bool) -> None:
    """Write one HTML page of all edits, evidence and questions.

    It needs no network and no server. Accept or reject edits there, answer its questions, and
    export your decisions. Nothing of your code is changed.

    Exit status 1 while something is withheld or a question is open, 2 if a file cannot be read;
    the page is written all the same.

    \b
    Examples:
      retable review
      retable review --open
      retable review -o /tmp/review.html
    """
    from refactor.patches.changes import changes_for  # noqa: PLC0415 - each verb imports what it runs
    from retable.console import err  # noqa: PLC0415
    from retable.markup import escape  # noqa: PLC0415
    from retable.output import write_file  # noqa: PLC0415
    from retable.review.facts import facts_of, without  # noqa: PLC0415
    from retable.review.page import page  # noqa: PLC0415

    searcher, search, notebook = noted(plan)
    changes = changes_for(search, searcher, partial=partial)
    earlier = _within(plan.root, output)
    seen = without(search, earlier) if earlier in searcher.codebase.listed.files else search
    facts = facts_of(plan, searcher.legacy, seen, changes, notebook.notes())
    data = page(facts, f"Review · {plan.target}")
    write_file(output, data, with_folders=True)
    questions = sum(1 for it in search.references if it.blocking)
    size = counted(len(data) // 1000, "kB").removesuffix("s")
    said = f"{counted(len(changes.edited), 'edit')}, {counted(questions, 'question')}, {size}"
    err.print(escape(f"{output}: {said}"))
    if show:
        import webbrowser  # noqa: PLC0415

        webbrowser.open(output.resolve().as_uri())
    raise SystemExit(_status(search, waits=bool(changes.withheld or changes.unproved or questions)))


def _within(root: Path, file: Path) -> PurePosixPath:
    """A file's path as it is called in a folder; as it is, if it is elsewhere."""
    whole, top = file.resolve(), root.resolve()
    return PurePosixPath(whole.relative_to(top) if whole.is_relative_to(top) else whole)


def _status(search: "Search", *, waits: bool) -> int:
    if search.unreadable:
        return FAILED
    return FINDINGS if waits else DONE
