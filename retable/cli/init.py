"""The command that begins a plan."""

from pathlib import Path

import click

from retable.cli.group import main
from retable.cli.options import PLAN_FILE, file_option

_DOCUMENTS = frozenset({".md", ".markdown", ".txt"})


@main.command()
@click.argument(
    "files", nargs=-1, type=click.Path(path_type=Path), metavar="[PLAN.md] [DATABASE]..."
)
@click.option(
    "--from-databases",
    is_flag=True,
    help="Propose a plan from the databases; without any, from all below the plan's folder.",
)
@click.option(
    "--target",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DATABASE",
    help="With --from-databases: what takes in the others, which may be new.",
)
@file_option(
    "-o",
    "--output",
    default=Path(PLAN_FILE),
    help=f"The plan to write. Default: {PLAN_FILE}, here. Paths are relative to its folder.",
)
@click.option("--stdout", "shown", is_flag=True, help="Print it; write nothing.")
@click.option("--force", is_flag=True, help="Write over a plan that is there.")
def init(
    files: tuple[Path, ...],
    from_databases: bool,
    target: Path | None,
    output: Path,
    shown: bool,
    force: bool,
) -> None:
    """Begin a plan from a document, or from the databases.

    Reads a consolidation plan that people wrote in Markdown: tables and lists of databases with
    what becomes of them, of old and new names, of what is copied and skipped. Writes retable.toml
    with every fact, and the line that it comes from; and a question for what is missing,
    ambiguous, or otherwise in the databases. `retable plan` refuses until all are answered.

    With --from-databases it proposes domains and names from what the files hold, says why, and asks
    where it is not sure: tables of one name in two files, empty ones, what each table is. With
    both, what the document says stands, and the rest is proposed.

    Exit status 1 if questions are open.

    \b
    Examples:
      retable init docs/CONSOLIDATION_PLAN.md
      retable init PLAN.md --stdout        look first; nothing is written
      retable init PLAN.md -o ops/retable.toml
      retable init --from-databases data/*.db
      retable init PLAN.md --from-databases data/*.db
    """
    from retable.init import Output, init_from_document  # noqa: PLC0415

    documents = [file for file in files if not from_databases or file.suffix.lower() in _DOCUMENTS]
    if len(documents) > 1 or not (documents or from_databases):
        raise click.UsageError(
            "give one document, or --from-databases with databases, or both:"
            " retable init PLAN.md, or retable init --from-databases data/*.db"
        )
    where = Output(output, shown, force)
    if not from_databases:
        if target:
            raise click.UsageError("--target goes with --from-databases")
        raise SystemExit(init_from_document(documents[0], where))
    from retable.proposing import init_from_databases  # noqa: PLC0415

    databases = [file for file in files if file not in documents]
    document = documents[0] if documents else None
    raise SystemExit(init_from_databases(databases, target, document, where))
