"""`retable status`: what has run, where the code stands, and what comes next."""

from dataclasses import asdict

import click

from migrate.journal import State, Status, status
from migrate.schemas import schemas
from plan.errors import UserError, counted, counted_that
from plan.model import Plan
from refactor.found import Search
from refactor.search import Searcher
from retable.console import out
from retable.databases import DIGEST_SHOWN, as_json, near
from retable.markup import escape
from retable.nextsteps import next_as_json, next_steps, say_next, situation_of


def show_status(plan: Plan, form: str) -> int:
    """Say what has run, where the code stands, and what comes next."""
    known = status(plan)
    search, why = _code_of(plan)
    now = situation_of(plan, known, search)
    steps = next_steps(now)
    if form == "json":
        code = {"to_change": now.to_change, "questions": now.questions, "why_not_read": why}
        said = {"done": known.done, "due": known.due, "code": code, "next": next_as_json(steps)}
        click.echo(as_json({**asdict(known), **said}))
        return 0
    out.print(f"[bold]{escape(_in_words(known))}[/bold]")
    for entry in known.entries[:1]:
        digest = f"{entry.plan_digest[:DIGEST_SHOWN]}…"
        out.print(f"run {entry.run}, plan {digest}, retable {entry.retable}, SQLite {entry.sqlite}")
    if known.backup:
        out.print(f"backup: {near(plan, known.backup)}")
    if known.proof:
        out.print(f"proof: {near(plan, known.proof)}")
    if known.plan_changes:
        out.print("[yellow]the plan says otherwise now than when it was carried out:[/yellow]")
    for line in known.plan_changes:
        out.print(f"  {escape(line)}")
    for entry in known.entries:
        when = entry.finished or "-" * len(entry.started)
        out.print(f"  {when}  {escape(entry.phase)}: {escape(entry.state)}", style="dim")
    if search:
        questions = counted_that(now.questions, "question", "is open", "are open")
        out.print(f"code: {counted(now.to_change, 'old name')} to change, {questions}")
    else:
        out.print(f"code: not read: {escape(why)}")
    say_next(steps)
    return 0


def _code_of(plan: Plan) -> tuple[Search | None, str]:
    """What is old in the code, or why that is not known: the databases may be elsewhere."""
    try:
        return Searcher(plan, schemas(plan)).search(), ""
    except UserError as error:
        return None, str(error)


def _in_words(known: Status) -> str:
    if known.state is not State.UNDERWAY:
        return known.state.value
    return f"{', '.join(known.done)}: done; {', '.join(known.due)}: to come"
