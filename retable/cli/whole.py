"""The commands that use both halves."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from retable.cli.group import main
from retable.cli.options import file_option, with_decisions, with_plan

if TYPE_CHECKING:
    from plan.model import Plan


@main.command("plan")
@with_plan
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "mermaid"]),
    default="text",
    show_default=True,
    help="For people, for machines, or as a flowchart.",
)
def plan_command(plan: "Plan", form: str) -> None:
    """Show the plan, checked against the databases and the code.

    Nothing is written. Begin here, and come back after every change of the plan. If it keeps old
    names alive (compat), what of the code will not work through them is listed, and why.

    \b
    Examples:
      retable plan
      retable plan --plan ops/retable.toml --format json
      retable plan --format mermaid > plan.mmd
    """
    from retable.overview.command import overview  # noqa: PLC0415

    raise SystemExit(overview(plan, form))


@main.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@with_plan
@click.option("--partial", is_flag=True, help="Also change tables that have open questions.")
@with_decisions
@click.option("--include", multiple=True, metavar="GLOB", help="Copy these too, though ignored.")
@click.option("--junit", metavar="GLOB", help="The JUnit files that the command writes.")
@click.option("--timeout", type=float, metavar="SECONDS", help="For each of the two runs.")
@click.option("--no-plugin", is_flag=True, help="Do not record what pytest's tests execute.")
@file_option(
    "--json",
    "json_file",
    help="Also write all of it there for programs.",
)
@file_option(
    "--report",
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
