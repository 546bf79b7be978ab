"""The commands of the database half."""

from typing import TYPE_CHECKING

import click

from plan.errors import counted_that
from retable.cli.group import FINDINGS, main
from retable.cli.options import as_json, with_plan
from retable.cli.searching import refuse_unreadable, searched, searcher_of

if TYPE_CHECKING:
    from plan.model import Plan


@main.command()
@with_plan
@click.option("--dry-run", is_flag=True, help="Print the SQL in order; write nothing at all.")
@click.option(
    "--phase",
    type=click.Choice(["merge", "rename", "document"]),
    default=None,
    help="Only this part, in a transaction of its own. Default: all that is due, in one.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before writing.")
@as_json
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
@with_plan
@click.option(
    "--purge",
    is_flag=True,
    help="Then remove the databases with action 'delete' from the archive.",
)
@click.option("-y", "--yes", is_flag=True, help="Do not ask before removing.")
@as_json
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
@with_plan
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@as_json
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
    search = searched(searcher_of(plan))
    refuse_unreadable(search)
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
@with_plan
@click.option("-y", "--yes", is_flag=True, help="Do not ask before writing.")
@click.option(
    "--drop-new-rows",
    is_flag=True,
    help="Go back although rows were written since; they are kept beside the backup first.",
)
@as_json
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
@with_plan
@as_json
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
@with_plan
@as_json
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
