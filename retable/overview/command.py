"""`retable plan`: the plan shown against its databases and the code, and how it ends."""

import click

from migrate.journal import State, status
from plan.errors import PlanError, counted
from plan.model import Plan
from refactor.found import Search
from refactor.search import Searcher
from retable.compatibility import compatibility, show_compatibility
from retable.console import Bars, err, out
from retable.nextsteps import next_steps, say_next, situation_of
from retable.overview.as_json import as_json
from retable.overview.mermaid import flowchart
from retable.overview.text import show_plan
from retable.overview.view import View, view_of
from retable.render import unseen_lines


def overview(plan: Plan, form: str) -> int:
    """Show a plan; 2 if it cannot be carried out on the databases as they are."""
    known = status(plan)
    with Bars() as bars:
        view = view_of(plan, known.state, bars)
        if form == "mermaid":
            click.echo(flowchart(view), nl=False)
            return _ended(view, None)
        searcher = Searcher(plan, view.schemas)
        search = searcher.search(
            lambda done, total: bars.tick("Looking for old names", done, total)
        )
    views = compatibility(plan, searcher, search)
    problems = len(view.surveyed.problems) if view.surveyed else 0
    steps = next_steps(situation_of(plan, known, search, problems))
    if form == "json":
        click.echo(as_json(view, search, views, steps))
    else:
        show_plan(view, search)
        if views.tables and known.state is not State.FINISHED:
            show_compatibility(plan, views)
        _say_where_we_are(known.state, search)
        say_next(steps)
    return _ended(view, search)


def _ended(view: View, search: Search | None) -> int:
    if view.surveyed and view.surveyed.problems:
        raise PlanError(view.surveyed.problems)
    return 2 if search and search.unreadable else 0


def _say_where_we_are(state: State, search: Search) -> None:
    certain = sum(1 for it in search.references if it.certain)
    review = sum(1 for it in search.references if it.blocking)
    perhaps = len(search.references) - certain - review
    out.print(f"databases: {state.value}")
    more = f", {perhaps} perhaps" if perhaps else ""
    out.print(f"code: {counted(certain, 'old name')} to change, {review} to review{more}")
    for line in unseen_lines(search):
        err.print(line)
