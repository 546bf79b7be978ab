"""The commands of the code half."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from retable.cli.group import main
from retable.cli.options import file_option, with_decisions, with_docs, with_plan
from retable.cli.searching import changes_of, noted, refuse_unreadable, told

if TYPE_CHECKING:
    from plan.model import Plan


@main.command()
@with_plan
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
@with_decisions
@with_docs
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
    from refactor.patches.series import By  # noqa: PLC0415
    from retable.patches import say_series, write_patches, write_whole  # noqa: PLC0415

    if to_stdout and by:
        raise click.UsageError("--stdout is one patch for all: leave out --by")
    searcher, search, notebook = noted(plan)
    refuse_unreadable(search)
    changes = changes_of(searcher, search, partial=partial, decisions=decisions)
    notes = notebook.notes()
    if to_stdout:
        write_whole(plan, changes)
        raise SystemExit(told(search, changes, notes))
    parts = write_patches(plan, changes, notes, output, By(by or By.DOMAIN))
    status = told(search, changes, notes)
    say_series(parts, output)
    raise SystemExit(status)


@main.command()
@with_plan
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@click.option("--partial", is_flag=True, help="Also change tables that have open questions.")
@click.option("-i", "--interactive", is_flag=True, help="Ask about each edit, as `git add -p`.")
@with_decisions
@with_docs
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
    from refactor.patches.write import write_files  # noqa: PLC0415
    from retable.code import say_applied  # noqa: PLC0415

    if interactive:
        from retable.interactive import apply_interactively, refuse_without_terminal  # noqa: PLC0415

        if dry_run or partial:
            raise click.UsageError("-i asks about each edit: leave out --dry-run and --partial")
        refuse_without_terminal()
    searcher, search, notebook = noted(plan)
    refuse_unreadable(search)
    if interactive:
        raise SystemExit(apply_interactively(searcher, search, decisions))
    changes = changes_of(searcher, search, partial=partial, decisions=decisions)
    notes = notebook.notes()
    if not dry_run:
        write_files(plan.root, changes.rewritten)
    say_applied(changes, dry_run=dry_run)
    raise SystemExit(told(search, changes, notes))


@main.command()
@with_plan
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif", "junit"]),
    default="text",
    show_default=True,
    help="For people, programs, GitHub Actions, code scanning, or test reports.",
)
@file_option(
    "-o",
    "--output",
    help="Write the findings there, and not to stdout.",
)
@file_option(
    "--baseline",
    help="The leftovers that are known. Default: retable-baseline.json beside the plan, if there.",
)
@click.option("--update-baseline", "update", is_flag=True, help="Write down what there is now.")
@click.option("--since", metavar="REV", help="Only files that changed since a git revision.")
@click.option("--strict", is_flag=True, help="Also comments, docstrings and identifiers.")
@with_docs
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

    raise SystemExit(run_check(plan, Wanted(**wanted), noted))


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
@with_plan
@file_option("-o", "--output")
def facts(plan: "Plan", output: Path | None) -> None:
    """Print what the pytest plugin has to know, as JSON.

    \b
    Examples:
      retable facts -o retable-facts.json && pytest --retable-plan retable-facts.json
    """
    from retable.facts import search_for_facts, write_facts  # noqa: PLC0415

    write_facts(plan, output, *search_for_facts(plan))
