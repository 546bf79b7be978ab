"""Old names that live on as views, and the code that does not work through them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from migrate.schemas import schemas
from plan.errors import UserError, counted
from plan.model import Action, Plan, PlannedTable
from refactor.found import Search
from refactor.references import Kind, Reference
from refactor.search import Searcher
from refactor.views.obstacles import Obstacle, kept_names, kept_table, obstacles
from retable.console import Bars, err, out, table
from retable.markup import escape

_LISTED = 20
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Compatibility:
    """What the plan's views do for its code, and what they cannot do."""

    tables: tuple[PlannedTable, ...]
    """The tables whose old name lives on."""
    named: Counter[tuple[str, str]]
    """How often the code names each of them, by database and old name."""
    obstacles: tuple[Obstacle, ...]
    opened: tuple[tuple[str, tuple[Reference, ...]], ...]
    """Files that go to the archive with tables whose old name lives on, and what opens them."""


def compatibility(plan: Plan, searcher: Searcher, search: Search) -> Compatibility:
    """Look at all the code of a plan that names a table whose old name lives on."""
    names = kept_names(plan)
    found = (kept_table(reference, names) for reference in search.references)
    leaving = {it.path for it in plan.with_action(Action.MERGE)}
    files = dict.fromkeys(it.database for it in names.values() if it.database in leaving)
    return Compatibility(
        tables=tuple(names.values()),
        named=Counter((table.database, table.old) for table in found if table),
        obstacles=obstacles(plan, searcher, search),
        opened=tuple(
            (file, tuple(it for it in search.references if _opens(it, file))) for file in files
        ),
    )


def _opens(reference: Reference, file: str) -> bool:
    return reference.kind is Kind.PATH and reference.group == file


def show_compatibility(plan: Plan, found: Compatibility) -> None:
    """Which old names stay, then what of the code does not work through them."""
    rows = table(f"Old names that stay, as views in {escape(plan.target)}")
    for column in ("old name", "of", "in", "takes"):
        rows.add_column(column, overflow="fold")
    for column in ("named in code", "will not work"):
        rows.add_column(column, justify="right")
    stuck = Counter((it.planned.database, it.planned.old) for it in _once(found.obstacles))
    for planned in found.tables:
        key = planned.database, planned.old
        takes = "reads" if planned.compat.value == "view" else "reads and writes"
        counts = str(found.named[key] or ""), str(stuck[key] or "")
        names = map(escape, (planned.old, planned.new, planned.database))
        rows.add_row(*names, takes, *counts)
    out.print(rows)
    for line in _lines(plan, found):
        out.print(line)


def _lines(plan: Plan, found: Compatibility) -> Iterable[str]:
    for file, opening in found.opened:
        places = ", ".join(f"{it.path}:{it.line}" for it in opening[:_NAMED])
        more = ", …" if opening[_NAMED:] else ""
        where = f"{counted(len(opening), 'place')}: {places}{more}" if opening else "none is found"
        yield (
            f"[yellow]{escape(file)}[/yellow] goes to the archive: code that opens it sees no view,"
            f" until it opens {escape(plan.target)}"
            f" ({escape(where)})"
        )
    if found.obstacles:
        yield "[yellow]will not work[/yellow] through these views, or not as before:"
    for it in found.obstacles[:_LISTED]:
        place = f"{it.reference.path}:{it.reference.line}"
        yield f"  {escape(place)}  {escape(it.statement)}"
        yield f"    {escape(it.why)}; {escape(it.mend)}"
    if found.obstacles[_LISTED:]:
        rest = len(found.obstacles) - _LISTED
        yield f"  … and {rest} more: `retable plan --format json` has them all"


def _once(obstacles: Iterable[Obstacle]) -> Iterable[Obstacle]:
    """One obstacle for each place, however many reasons there are."""
    return {(it.reference.path, it.reference.start): it for it in obstacles}.values()


def warn_of_obstacles(plan: Plan) -> None:
    """Say in one line, once the views are there, that some code will not work through them."""
    try:
        with Bars() as bars:
            searcher = Searcher(plan, schemas(plan))
            search = searcher.search(
                lambda done, total: bars.tick("Looking for code on old names", done, total)
            )
        found = compatibility(plan, searcher, search)
    except UserError as error:
        err.print(f"whether code works through the old names is not known: {escape(str(error))}")
        return
    opening = sum(len(references) for _, references in found.opened)
    if found.obstacles or opening:
        stuck = len([*_once(found.obstacles)])
        said = [f"{counted(stuck, 'statement')} will not work through them"] if stuck else []
        if opening:
            said.append(f"an archived file is still opened in {counted(opening, 'place')}")
        what = "; ".join(said)
        err.print(f"[yellow]old names stay as views[/yellow]: {what} (`retable plan` lists them)")


def compatibility_as_json(plan: Plan, found: Compatibility) -> dict[str, Any]:
    """The whole list as plain values."""
    return {
        "views_in": plan.target,
        "tables": [
            {
                "old": it.old,
                "new": it.new,
                "database": it.database,
                "compat": it.compat.value,
                "named_in_code": found.named[it.database, it.old],
            }
            for it in found.tables
        ],
        "opened_files": [
            {"database": file, "path": str(it.path), "line": it.line, "column": it.column}
            for file, references in found.opened
            for it in references
        ],
        "obstacles": [
            {
                "path": str(it.reference.path),
                "line": it.reference.line,
                "column": it.reference.column,
                "old": it.planned.old,
                "new": it.planned.new,
                "database": it.planned.database,
                "kind": it.kind.value,
                "statement": it.statement,
                "why": it.why,
                "mend": it.mend,
            }
            for it in found.obstacles
        ],
    }
