"""The command line: arguments in, one call into a half, text out, an exit status.

Exit status: 0 clean or done, 1 findings, 2 could not do the job.
"""

import atexit
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from plan.errors import Problem, ProblemsError, UserError, counted_that
from retable import __version__

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from plan.model import Plan
    from refactor.changes import Changes
    from refactor.notes import Notebook, Notes
    from refactor.search import Search, Searcher

P = ParamSpec("P")
R = TypeVar("R")

PLAN_FILE = "retable.toml"
DONE, FINDINGS, FAILED = 0, 1, 2


class _Group(click.Group):
    """A group that says a user's mistakes in one line each, never as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        if os.environ.get("NO_COLOR"):  # https://no-color.org; click does not look at it
            ctx.color = False
        if threading.current_thread() is threading.main_thread():
            # `kill` and a shutdown stop it as Ctrl-C does: the files are put as they were.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            # So does a terminal that is closed, unless `nohup` says otherwise.
            if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) == signal.SIG_DFL:
                signal.signal(signal.SIGHUP, signal.default_int_handler)
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"{click.style('error', fg='red')}: {_indented(error)}", err=True)
            raise SystemExit(FAILED) from error
        except click.Abort as error:
            click.echo("stopped: nothing was changed", err=True)
            raise SystemExit(FAILED) from error
        except KeyboardInterrupt as error:
            click.echo("stopped: nothing was left half-done", err=True)
            raise SystemExit(FAILED) from error


def _indented(error: UserError) -> str:
    lines = str(error).split("\n")
    return lines[0] if len(lines) == 1 else "\n".join([f"{len(lines)} problems", *lines])


@click.group(
    "retable",
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="retable")
def main() -> None:
    """Fold many SQLite files into one, rename their tables, change the code that uses them.

    One plan (retable.toml) drives both halves: the data and the code arrive together.

    \b
    Where to begin:
      retable demo                the whole story on a project that ships with retable
      retable plan                your plan against itself, the databases and the code
      retable migrate --dry-run   the SQL that would run; nothing is written
      retable patch               the code's changes as patches for review

    \b
    Exit status:
      0  clean, or done
      1  findings: leftovers, open questions, a proof that does not hold
      2  could not do the job: usage, plan, databases, a file that cannot be read

    \b
    Shell completion, for bash, zsh and fish:
      eval "$(_RETABLE_COMPLETE=bash_source retable)"
      eval "$(_RETABLE_COMPLETE=zsh_source retable)"
      _RETABLE_COMPLETE=fish_source retable | source
    """


def _with_plan(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command `--plan`, and the plan in its place."""

    @click.option(
        "--plan",
        "plan_file",
        type=click.Path(path_type=Path),
        default=None,
        metavar="FILE",
        help=f"The plan. Default: {PLAN_FILE} here or in a folder above.",
    )
    @wraps(command)
    def with_plan(*args: P.args, **kwargs: P.kwargs) -> R:
        from plan.load import load_plan  # noqa: PLC0415 - each verb imports what it runs

        file = kwargs.pop("plan_file") or _nearest_plan()
        kwargs["plan"] = load_plan(Path(str(file)))
        return command(*args, **kwargs)

    return with_plan


def _nearest_plan() -> Path:
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / PLAN_FILE).is_file():
            return folder / PLAN_FILE
    what = "is neither here nor in a folder above"
    raise ProblemsError((Problem(PLAN_FILE, what, "write one, or name yours with --plan"),))


def _with_docs(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command `--docs`, which says for one run what `code.docs` says in the plan."""

    @click.option(
        "--docs", is_flag=True, help="Also read documentation, as `docs = true` in the plan."
    )
    @wraps(command)
    def with_docs(*args: P.args, **kwargs: P.kwargs) -> R:
        plan: Any = kwargs["plan"]
        if kwargs.pop("docs"):
            kwargs["plan"] = replace(plan, code=replace(plan.code, docs=True))
        return command(*args, **kwargs)

    return with_docs


def _with_decisions(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command `--decisions`, the answers that people gave."""
    return click.option(
        "--decisions",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        metavar="FILE",
        help="Obey what was accepted, rejected and answered, as `retable review` writes it.",
    )(command)


_as_json = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or for machines.",
)


@main.command("plan")
@_with_plan
@_as_json
def plan_command(plan: "Plan", form: str) -> None:
    """Show the plan, checked against the databases and the code.

    Nothing is written. Begin here, and come back after every change of the plan. If it keeps old
    names alive (compat), what of the code will not work through them is listed, and why.

    \b
    Examples:
      retable plan
      retable plan --plan ops/retable.toml --format json
    """
    from retable.overview import overview  # noqa: PLC0415

    raise SystemExit(overview(plan, form))


@main.command()
@_with_plan
@click.option("--dry-run", is_flag=True, help="Print the SQL in order; write nothing at all.")
@click.option(
    "--phase",
    type=click.Choice(["merge", "rename", "document"]),
    default=None,
    help="Only this part, in a transaction of its own. Default: all that is due, in one.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before writing.")
@_as_json
def migrate(plan: "Plan", dry_run: bool, phase: str | None, yes: bool, form: str) -> None:
    """Back up, merge, rename, document, prove; then archive.

    Every problem is found before anything is written. The target changes in one transaction or
    not at all, and `retable rollback` restores every file to the byte.

    With --phase the parts run one after the other, and you can look or test in between; each is
    proved and is one transaction. The merged files stay where they are until `retable archive`;
    what is written to one of them after its merge stops the next phase.

    \b
    Examples:
      retable migrate --dry-run           the SQL that would run
      retable migrate                     asks once, if you sit at a terminal
      retable migrate --yes               without asking
      retable migrate --phase merge       then --phase rename, --phase document, `retable archive`
      retable migrate --phase rename --dry-run
    """
    from retable.databases import run_migration  # noqa: PLC0415

    code = run_migration(plan, dry_run=dry_run, phase=phase, yes=yes, form=form)
    makes_views = phase in (None, "document") and any(it.keeps_old_name for it in plan.tables)
    if makes_views and not dry_run:
        from retable.compatibility import warn_of_obstacles  # noqa: PLC0415

        warn_of_obstacles(plan)
    raise SystemExit(code)


@main.command()
@_with_plan
@click.option(
    "--purge",
    is_flag=True,
    help="Then remove the databases with action 'delete' from the archive.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before removing.")
@_as_json
def archive(plan: "Plan", purge: bool, yes: bool, form: str) -> None:
    """Move merged and deleted databases to the archive.

    With their side files. `retable migrate` does this by itself; it is a command of its own after
    --phase, and after a run that was stopped. The archive's manifest says what came from where,
    with digests. --purge removes what the plan deletes, after reading it back there and in the
    backup.

    \b
    Examples:
      retable archive
      retable archive --purge
    """
    from retable.databases import run_archive  # noqa: PLC0415

    raise SystemExit(run_archive(plan, purge=purge, yes=yes, form=form))


@main.command()
@_with_plan
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@_as_json
def finish(plan: "Plan", yes: bool, form: str) -> None:
    """Drop the views of old names; there is no way back.

    After it `retable rollback` refuses. It is done only when `retable check` finds no leftover
    (exit status 1 otherwise) and nothing in the database needs an old name.

    \b
    Examples:
      retable finish
      retable check && retable finish --yes
    """
    from migrate.finish import to_finish  # noqa: PLC0415
    from retable.databases import run_finish  # noqa: PLC0415
    from retable.render import left_lines  # noqa: PLC0415

    to_finish(plan)
    search = _searched(_searcher(plan))
    _refuse_unreadable(search)
    for line in left_lines(search.left):
        click.echo(line, err=True)
    left = sum(1 for reference in search.references if reference.pressing)
    if left:
        click.echo(
            "not finished: "
            f"{counted_that(left, 'place', 'still names', 'still name')} what is gone:"
            " `retable check`",
            err=True,
        )
        raise SystemExit(FINDINGS)
    raise SystemExit(run_finish(plan, yes=yes, form=form))


@main.command()
@_with_plan
@click.option("-y", "--yes", is_flag=True, help="Do not ask before writing.")
@click.option(
    "--drop-new-rows",
    is_flag=True,
    help="Go back although rows were written since; they are kept beside the backup first.",
)
@_as_json
def rollback(plan: "Plan", yes: bool, drop_new_rows: bool, form: str) -> None:
    """Return every database to its exact state before the migration.

    Your code is yours: if you applied the patches, take them back with git too.

    \b
    Examples:
      retable rollback
      retable rollback --yes --drop-new-rows
    """
    from retable.databases import run_rollback  # noqa: PLC0415

    raise SystemExit(run_rollback(plan, yes=yes, drop_new_rows=drop_new_rows, form=form))


@main.command()
@_with_plan
@_as_json
def status(plan: "Plan", form: str) -> None:
    """Say what has run, when, and where the backup is.

    \b
    Examples:
      retable status
      retable status --format json
    """
    from retable.standing import show_status  # noqa: PLC0415

    raise SystemExit(show_status(plan, form))


@main.command()
@_with_plan
@_as_json
def verify(plan: "Plan", form: str) -> None:
    """Prove again that every row of the backup is in the target.

    Rows that were added since are counted, and are no fault. Exit status 1 if a row is lost or
    changed.

    \b
    Examples:
      retable verify
      retable verify --format json
    """
    from retable.databases import run_verify  # noqa: PLC0415

    raise SystemExit(run_verify(plan, form))


@main.command()
@_with_plan
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("patches"),
    show_default=True,
    metavar="DIR",
    help="Where the patches go.",
)
@click.option(
    "--by",
    type=click.Choice(["domain", "table", "folder", "owner"]),
    default=None,
    show_default="domain",
    help="What each patch is about; owners are those of CODEOWNERS.",
)
@click.option("--stdout", "to_stdout", is_flag=True, help="One patch for all, on stdout.")
@click.option("--partial", is_flag=True, help="Also change tables that have open questions.")
@_with_decisions
@_with_docs
def patch(
    plan: "Plan",
    output: Path,
    by: str | None,
    to_stdout: bool,
    partial: bool,
    decisions: Path | None,
) -> None:
    """Write the code's changes as patches for `git apply`.

    Each patch applies alone and in order, with `git apply` and with `git am`. Nothing of your code
    is changed.

    \b
    Examples:
      retable patch -o patches
      git apply patches/*.patch
      retable patch --by owner && git am --keep-cr patches/*.patch
      retable patch --stdout | git apply --check
    """
    from refactor.series import By  # noqa: PLC0415
    from retable.patches import say_series, write_patches, write_whole  # noqa: PLC0415

    if to_stdout and by:
        raise click.UsageError("--stdout is one patch for all: leave out --by")
    searcher, search, notebook = _noted(plan)
    _refuse_unreadable(search)
    changes = _changes(searcher, search, partial=partial, decisions=decisions)
    notes = notebook.notes()
    if to_stdout:
        write_whole(plan, changes)
        raise SystemExit(_told(search, changes, notes))
    parts = write_patches(plan, changes, notes, output, By(by or By.DOMAIN))
    status = _told(search, changes, notes)
    say_series(parts, output)
    raise SystemExit(status)


@main.command()
@_with_plan
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--partial", is_flag=True, help="Also change tables that have open questions.")
@click.option("-i", "--interactive", is_flag=True, help="Ask about each edit, as `git add -p`.")
@_with_decisions
@_with_docs
def apply(
    plan: "Plan", dry_run: bool, partial: bool, interactive: bool, decisions: Path | None
) -> None:
    """Change the code where it is: the same edits as `retable patch`.

    With -i each edit is shown with its evidence, and each question with its answers; nothing is
    written before the end, and Ctrl-C writes nothing. With --decisions besides, what you reject
    is kept in FILE, and so are all answers if you stop; the next run does not ask again.

    \b
    Examples:
      retable apply --dry-run
      retable apply && git diff
      retable apply -i --decisions retable-decisions.json
    """
    from refactor.write import write_files  # noqa: PLC0415
    from retable.code import say_applied  # noqa: PLC0415

    if interactive:
        from retable.interactive import apply_interactively, refuse_without_terminal  # noqa: PLC0415

        if dry_run or partial:
            raise click.UsageError("-i asks about each edit: leave out --dry-run and --partial")
        refuse_without_terminal()
    searcher, search, notebook = _noted(plan)
    _refuse_unreadable(search)
    if interactive:
        raise SystemExit(apply_interactively(searcher, search, decisions))
    changes = _changes(searcher, search, partial=partial, decisions=decisions)
    notes = notebook.notes()
    if not dry_run:
        write_files(plan.root, changes.rewritten)
    say_applied(changes, dry_run=dry_run)
    raise SystemExit(_told(search, changes, notes))


@main.command()
@_with_plan
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif", "junit"]),
    default="text",
    show_default=True,
    help="For people, programs, GitHub Actions, code scanning, or test reports.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the findings there, and not to stdout.",
)
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The leftovers that are known. Default: retable-baseline.json beside the plan, if there.",
)
@click.option("--update-baseline", "update", is_flag=True, help="Write down what there is now.")
@click.option("--since", metavar="REV", help="Only files that changed since a git revision.")
@click.option("--strict", is_flag=True, help="Also comments, docstrings and identifiers.")
@_with_docs
def check(plan: "Plan", **wanted: Any) -> None:
    """Fail while the code names an old table or a moved database.

    Exit status 1 with each leftover's file, line, column, rule, old and new name; 2 if a file
    cannot be read. What may be a table and may as well be something else (a bare word, SQL that
    is only shown to people) is listed as "perhaps" and does not fail.

    `# retable: ignore[table-name] why` at the end of a line ignores what is on it, here and in
    `patch` and `apply`. `retable explain` lists the rules.

    \b
    Examples:
      retable check
      retable check --since origin/main --format github
      retable check --format sarif -o retable.sarif
      retable check --update-baseline
    """
    from retable.check import Wanted, run_check  # noqa: PLC0415

    raise SystemExit(run_check(plan, Wanted(**wanted), _noted))


@main.command()
@click.argument("rule", required=False)
@click.option("--markdown", is_flag=True, help="All rules, as in the documentation.")
def explain(rule: str | None, markdown: bool) -> None:
    """Say what a rule of the check means, and how to mend it.

    Without a RULE all are listed.

    \b
    Examples:
      retable explain
      retable explain RT003
      retable explain open-question
    """
    from refactor.rules import rule_or_error  # noqa: PLC0415
    from retable.explain import as_markdown, explained, listed  # noqa: PLC0415

    if rule:
        click.echo(explained(rule_or_error(rule)), nl=False)
    else:
        click.echo(as_markdown() if markdown else listed(), nl=False)


@main.command(hidden=True)
@_with_plan
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
def facts(plan: "Plan", output: Path | None) -> None:
    """Print what the pytest plugin has to know, as JSON.

    \b
    Examples:
      retable facts -o retable-facts.json && pytest --retable-plan retable-facts.json
    """
    from retable.facts import search_for_facts, write_facts  # noqa: PLC0415

    write_facts(plan, output, *search_for_facts(plan))


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@_with_plan
@click.option("--partial", is_flag=True, help="Also change tables that have open questions.")
@_with_decisions
@click.option("--include", multiple=True, metavar="GLOB", help="Copy these too, though ignored.")
@click.option("--junit", metavar="GLOB", help="The JUnit files that the command writes.")
@click.option("--timeout", type=float, metavar="SECONDS", help="For each of the two runs.")
@click.option("--no-plugin", is_flag=True, help="Do not record what pytest's tests execute.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write all of it there for programs.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write the report there, as Markdown.",
)
@click.option("--keep", is_flag=True, help="Keep the copy, with what was printed, and say where.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def rehearse(
    plan: "Plan",
    partial: bool,
    decisions: Path | None,
    include: tuple[str, ...],
    junit: str | None,
    timeout: float | None,
    no_plugin: bool,
    json_file: Path | None,
    report: Path | None,
    keep: bool,
    command: tuple[str, ...],
) -> None:
    """Try all of it on a copy, with COMMAND before and after.

    Between the two runs the copy is migrated, and its code is changed. Your code, your databases
    and your git stay as they are; the copy is removed at the end. With pytest, the runs are
    compared test by test, and what the tests execute is recorded; for other commands say where
    their JUnit files are. Ends with one verdict: same, better (exit status 0) or differs (1).

    \b
    Examples:
      retable rehearse -- pytest -q
      retable rehearse --include .env -- make test
      retable rehearse --report rehearsal.md -- uv run pytest -n 4
    """
    from retable.rehearse.command import Command  # noqa: PLC0415
    from retable.rehearse.report import run_rehearsal  # noqa: PLC0415
    from retable.rehearse.story import Options  # noqa: PLC0415

    wanted = Command(command, junit, timeout, plugin=not no_plugin)
    options = Options(wanted, include, partial=partial, decisions=decisions, keep=keep)
    raise SystemExit(run_rehearsal(plan, options, json_file=json_file, report=report))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path), required=False)
def demo(folder: Path | None) -> None:
    """Tell the whole story on a project that ships with retable.

    A small agent platform with nine databases: its plan, the patch, the migration, its own tests
    before and after. Nothing outside of FOLDER (./demo unless you name one) is touched. It needs
    git and pytest.

    \b
    Examples:
      retable demo
      retable demo /tmp/story
    """
    from retable.demo import run_demo  # noqa: PLC0415

    raise SystemExit(run_demo(folder or Path("demo")))


def _searcher(plan: "Plan") -> "Searcher":
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


def _searched(
    searcher: "Searcher",
    look: "Callable[[PurePosixPath], None]" = lambda _path: None,
    only: "Callable[[PurePosixPath], bool]" = lambda _path: True,
) -> "Search":
    from retable.console import Bars  # noqa: PLC0415

    # Bars of their own: those before must not run while other processes are forked off.
    with Bars() as bars:
        return searcher.search(
            lambda done, total: bars.tick("Looking for old names", done, total), look, only
        )


def _noted(
    plan: "Plan", only: "Callable[[PurePosixPath], bool] | None" = None
) -> "tuple[Searcher, Search, Notebook]":
    from refactor.notes import Notebook  # noqa: PLC0415

    searcher = _searcher(plan)
    notebook = Notebook(searcher)
    # Notes are about all files: nobody asks for them where only some are searched.
    search = _searched(searcher, only=only) if only else _searched(searcher, notebook.look)
    return searcher, search, notebook


def _changes(
    searcher: "Searcher", search: "Search", *, partial: bool, decisions: Path | None
) -> "Changes":
    from refactor.changes import changes_for  # noqa: PLC0415
    from refactor.decisions import decide, load_decisions  # noqa: PLC0415
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


def _refuse_unreadable(search: "Search") -> None:
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


def _told(search: "Search", changes: "Changes", notes: "Notes") -> int:
    """Say what was left, and the exit status that goes with it."""
    from retable.console import err  # noqa: PLC0415
    from retable.notes import note_lines  # noqa: PLC0415
    from retable.render import summary_lines  # noqa: PLC0415

    for line in (*note_lines(notes), *summary_lines(search, changes)):
        err.print(line)
    open_questions = any(reference.blocking for reference in changes.review)
    return FINDINGS if changes.withheld or changes.unproved or open_questions else DONE


# Commands in modules of their own, which take their decorators from here.
import retable.review.command  # noqa: E402, F401 - registers itself

if __name__ == "__main__":
    sys.exit(main())
