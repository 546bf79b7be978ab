"""What the commands of the code half share: a search with its progress, and what it left."""

import atexit
import gc
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from plan.errors import Problem, ProblemsError
from retable.cli.group import DONE, FINDINGS

if TYPE_CHECKING:
    from plan.model import Plan
    from refactor.found import Search
    from refactor.notes import Notebook, Notes
    from refactor.patches.changes import Changes
    from refactor.search import Searcher


def searcher_of(plan: "Plan") -> "Searcher":
    """What searches the plan's code; its files are listed."""
    # Trees of syntax hold no cycles: the collector would look through them in vain, at the end too.
    gc.disable()
    atexit.register(gc.freeze)
    from migrate.schemas import schemas  # noqa: PLC0415
    from refactor.search import Searcher  # noqa: PLC0415
    from retable.console import Bars  # noqa: PLC0415

    with Bars() as bars:
        bars.start("Listing files", None)
        searcher = Searcher(plan, schemas(plan))
        bars.finish()
    return searcher


def searched(
    searcher: "Searcher",
    look: Callable[[PurePosixPath], None] = lambda _path: None,
    only: Callable[[PurePosixPath], bool] = lambda _path: True,
) -> "Search":
    """Search with a bar that shows how far it is."""
    from retable.console import Bars  # noqa: PLC0415

    # Bars of their own: those before must not run while other processes are forked off.
    with Bars() as bars:
        return searcher.search(
            lambda done, total: bars.tick("Looking for old names", done, total), look, only
        )


def noted(
    plan: "Plan", only: Callable[[PurePosixPath], bool] | None = None
) -> "tuple[Searcher, Search, Notebook]":
    """A search, and the notes that are taken while it runs."""
    from refactor.notes import Notebook  # noqa: PLC0415

    searcher = searcher_of(plan)
    notebook = Notebook(searcher)
    # Notes are about all files: nobody asks for them where only some are searched.
    search = searched(searcher, only=only) if only else searched(searcher, notebook.look)
    return searcher, search, notebook


def changes_of(
    searcher: "Searcher", search: "Search", *, partial: bool, decisions: Path | None
) -> "Changes":
    """What becomes of the code, by the search and what people decided."""
    from refactor.patches.changes import changes_for  # noqa: PLC0415
    from refactor.patches.decisions import decide, load_decisions  # noqa: PLC0415
    from retable.console import Bars  # noqa: PLC0415

    decided = decide(searcher, search, load_decisions(decisions) if decisions else ())
    with Bars() as bars:
        return changes_for(
            decided.search,
            searcher,
            partial=partial,
            left=decided.rejected,
            tick=lambda done, total: bars.tick("Rewriting", done, total),
        )


def refuse_unreadable(search: "Search") -> None:
    """Do nothing by halves: a file that cannot be read may hold the reference that matters.

    Raises:
        ProblemsError: a file that holds an old name cannot be read.
    """
    problems = tuple(
        Problem(str(item.path), f"cannot be read: {item.why}", "mend it, or add it to code.exclude")
        for item in search.unreadable
    )
    if problems:
        raise ProblemsError(problems)


def told(search: "Search", changes: "Changes", notes: "Notes") -> int:
    """Say what was left, and the exit status that goes with it."""
    from retable.console import err  # noqa: PLC0415
    from retable.notes import note_lines  # noqa: PLC0415
    from retable.render import summary_lines  # noqa: PLC0415

    for line in (*note_lines(notes), *summary_lines(search, changes)):
        err.print(line)
    open_questions = any(reference.blocking for reference in changes.review)
    return FINDINGS if changes.withheld or changes.unproved or open_questions else DONE
