"""The command that begins a plan."""

from pathlib import Path

import click

from retable.cli.group import main
from retable.cli.options import PLAN_FILE


@main.command()
@click.argument("document", type=click.Path(path_type=Path), metavar="PLAN.md")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(PLAN_FILE),
    metavar="FILE",
    help=f"The plan to write. Default: {PLAN_FILE}, here. Paths are relative to its folder.",
)
@click.option("--stdout", "shown", is_flag=True, help="Print it; write nothing.")
@click.option("--force", is_flag=True, help="Write over a plan that is there.")
def init(document: Path, output: Path, shown: bool, force: bool) -> None:
    """Begin a plan from the document that you have.

    Reads a consolidation plan that people wrote in Markdown: tables and lists of databases with
    what becomes of them, of old and new names, of what is copied and skipped. Writes retable.toml
    with every fact, and the line that it comes from; and a question for what is missing,
    ambiguous, or otherwise in the databases. `retable plan` refuses until all are answered.

    Exit status 1 if questions are open.

    \b
    Examples:
      retable init docs/CONSOLIDATION_PLAN.md
      retable init PLAN.md --stdout        look first; nothing is written
      retable init PLAN.md -o ops/retable.toml
    """
    from retable.init import Output, init_from_document  # noqa: PLC0415

    raise SystemExit(init_from_document(document, Output(output, shown, force)))
