"""The plan shown against reality: its databases, its tables, and the code that names them."""

import json
from collections import Counter
from collections.abc import Sequence

import click
from rich.markup import escape
from rich.table import Table

from migrate.journal import State, status
from migrate.schemas import schemas
from migrate.survey import Survey, survey
from plan.errors import PlanError, counted
from plan.model import Plan
from refactor.references import Kind
from refactor.search import Search, Searcher
from retable.compatibility import (
    Compatibility,
    compatibility,
    compatibility_as_json,
    show_compatibility,
)
from retable.console import Bars, err, out
from retable.databases import as_json
from retable.nextsteps import Step, next_as_json, next_steps, say_next, situation_of
from retable.render import unseen_lines


def overview(plan: Plan, form: str) -> int:
    """Show a plan; 2 if it cannot be carried out on the databases as they are."""
    known = status(plan)
    with Bars() as bars:
        surveyed = None
        if known.state in {State.NOTHING, State.ROLLED_BACK}:
            surveyed = survey(plan, progress=bars)
        searcher = Searcher(plan, schemas(plan))
        search = searcher.search(
            lambda done, total: bars.tick("Looking for old names", done, total)
        )
    views = compatibility(plan, searcher, search)
    problems = len(surveyed.problems) if surveyed else 0
    steps = next_steps(situation_of(plan, known, search, problems))
    if form == "json":
        _as_json(plan, surveyed, search, views, known.state.value, steps)
    else:
        show_plan(plan, surveyed, search)
        if views.tables and known.state is not State.FINISHED:
            show_compatibility(plan, views)
        _say_where_we_are(known.state, search)
        say_next(steps)
    if surveyed and surveyed.problems:
        raise PlanError(surveyed.problems)
    return 2 if search.unreadable else 0


def _say_where_we_are(state: State, search: Search) -> None:
    review = sum(1 for it in search.references if not it.certain)
    certain = len(search.references) - review
    out.print(f"databases: {state.value}")
    out.print(f"code: {counted(certain, 'old name')} to change, {review} to review")
    for line in unseen_lines(search):
        err.print(line)


def show_plan(plan: Plan, surveyed: Survey | None, search: Search | None) -> None:
    """The plan as two tables."""
    counted = surveyed.counts if surveyed else ()
    rows = {(path, table): f"{count:,}" for path, table, count in counted}
    files = Table(title=f"Databases → {escape(plan.target)}")
    for column in ("database", "becomes", "about"):
        files.add_column(column)
    for database in plan.databases:
        files.add_row(escape(database.path), database.action.value, escape(database.about))
    out.print(files)
    names: Counter[tuple[str | None, str]] = Counter()
    if search:
        names.update((it.database, it.group) for it in search.references if it.kind is Kind.TABLE)
    tables = Table(title="Tables")
    for column in ("domain", "table", "in", "becomes"):
        tables.add_column(column)
    tables.add_column("rows", justify="right")
    tables.add_column("named in code", justify="right")
    for table in plan.tables:
        new = table.new if table.renamed else f"[dim]{table.new}[/dim]"
        key = table.database, table.old
        tables.add_row(
            table.domain, table.old, table.database, new, rows.get(key, ""), str(names[key] or "")
        )
    out.print(tables)
    for name in surveyed.work.new_names if surveyed and surveyed.work else ():
        out.print(escape(str(name)))
    for note in surveyed.notes if surveyed else ():
        err.print(f"note: {escape(note)}")


def _as_json(
    plan: Plan,
    surveyed: Survey | None,
    search: Search,
    views: Compatibility,
    state: str,
    steps: Sequence[Step],
) -> None:
    work = surveyed.work if surveyed else None
    click.echo(
        json.dumps(
            {
                "plan": json.loads(as_json(plan)),
                "state": state,
                "problems": [str(it) for it in surveyed.problems] if surveyed else [],
                "rows": [list(it) for it in surveyed.counts] if surveyed else [],
                "new_names": [str(it) for it in work.new_names] if work else [],
                "references": len(search.references),
                "to_review": sum(1 for it in search.references if not it.certain),
                "compatibility": compatibility_as_json(plan, views),
                "unreadable": [{"path": str(it.path), "why": it.why} for it in search.unreadable],
                "next": next_as_json(steps),
            },
            indent=2,
            ensure_ascii=False,
        )
    )
