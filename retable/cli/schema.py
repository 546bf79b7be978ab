"""`retable schema`: arguments in, the documentation of the consolidated database out."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from retable.cli.group import main
from retable.cli.options import file_option, with_plan

if TYPE_CHECKING:
    from plan.model import Plan

_OF_CATALOGUE = ("text", "markdown", "json", "mermaid", "html")
_OF_CHECK = ("text", "json", "github")


@main.command()
@with_plan
@click.option(
    "--format",
    "form",
    type=click.Choice([*_OF_CATALOGUE, "github"]),
    default="text",
    show_default=True,
    help="What is printed; github is for --check, which else knows text and json.",
)
@file_option(
    "-o",
    "--output",
    help="Write it there, and not to stdout.",
)
@click.option(
    "--link",
    metavar="TEMPLATE",
    help="Where code is to be seen: https://host/owner/repo/blob/main/{path}#L{line}. Default: the"
    " files beside the page.",
)
@click.option("--no-code", is_flag=True, help="Do not look for the code that uses each table.")
@click.option("--check", is_flag=True, help="Fail where documentation and database differ.")
@click.option("--record", is_flag=True, help="Bring the documentation up to date.")
@click.option("--dry-run", is_flag=True, help="With --record: say what it would do.")
def schema(
    plan: "Plan",
    form: str,
    output: Path | None,
    link: str | None,
    no_code: bool,
    check: bool,
    record: bool,
    dry_run: bool,
) -> None:
    """Show what the consolidated database says of itself.

    Each table with what it is, was and holds, what it refers to, and which code uses it. html is
    one page with a diagram and a search, which needs no network.

    --check fails (exit status 1) if a table is not documented or described, or is otherwise than
    documented: for CI. --record writes down what your own later migrations have changed, with
    the descriptions of the plan ([describe]) and of comments in CREATE TABLE.

    \b
    Examples:
      retable schema
      retable schema --format html -o retable-schema.html
      retable schema --format markdown -o docs/database.md
      retable schema --check --format github
      retable schema --record --dry-run
    """
    _refuse_what_does_not_go_together(form, output, link, no_code, check, record, dry_run)
    if check:
        from retable.schema import check_documentation  # noqa: PLC0415 - it needs no code half

        raise SystemExit(check_documentation(plan, form, output))
    if record:
        from retable.schema import record_changes  # noqa: PLC0415

        raise SystemExit(record_changes(plan, dry_run=dry_run))
    from retable.catalogue.write import Wanted, write_catalogue  # noqa: PLC0415

    raise SystemExit(write_catalogue(plan, Wanted(form, output, link, code=not no_code)))


def _refuse_what_does_not_go_together(
    form: str,
    output: Path | None,
    link: str | None,
    no_code: bool,
    check: bool,
    record: bool,
    dry_run: bool,
) -> None:
    if check and record:
        raise click.UsageError("--check only looks, and --record writes: say one of them")
    if dry_run and not record:
        raise click.UsageError("--dry-run is for --record")
    if check and form not in _OF_CHECK:
        raise click.UsageError(f"--check knows --format {', '.join(_OF_CHECK)}")
    if not check and form not in _OF_CATALOGUE:
        raise click.UsageError(f"--format {form} is for --check")
    if record and (form != "text" or output):
        raise click.UsageError("--record prints what it does: leave out --format and -o")
    if (check or record) and (link or no_code):
        raise click.UsageError("--link and --no-code are for the catalogue")
