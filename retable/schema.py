"""`retable schema --check` and `--record`: a documentation compared, and brought up to date."""

from collections import Counter
from pathlib import Path

import click

from migrate.documentation.differences import findings_in
from migrate.documentation.read import read_documentation
from migrate.documentation.record import record
from plan.errors import counted, in_one_line
from plan.model import Plan
from retable.catalogue.findings import FINDINGS
from retable.console import err
from retable.markup import escape
from retable.output import write_out


def check_documentation(plan: Plan, form: str, output: Path | None) -> int:
    """Say where documentation and database differ, and return the exit status.

    Raises:
        UserError: there is no documentation.
    """
    said = read_documentation(plan, rows=False)
    found = findings_in(said, plan)
    status = 1 if found else 0
    write_out(FINDINGS[form](plan, said, found), output, with_folders=True)
    kinds = Counter(it.shape.kind for it in said.held)
    held = ", ".join(counted(count, kind) for kind, count in sorted(kinds.items()))
    err.print(f"{escape(plan.target)}: {held}, {counted(len(found), 'finding')}")
    return status


def record_changes(plan: Plan, *, dry_run: bool) -> int:
    """Bring the documentation up to date, say what that was, and return the exit status.

    Raises:
        UserError: something must be described first, or the target cannot be written to.
    """
    renewal = record(plan, dry_run=dry_run)
    for line in renewal.said:
        click.echo(in_one_line(line))
    changes = counted(len(renewal.said), "row")
    if not renewal.said:
        err.print("nothing to do: the documentation is up to date")
    elif dry_run:
        err.print(f"nothing was written; {changes} of {escape(plan.catalog)} would change")
    else:
        err.print(f"{changes} of {escape(plan.catalog)} changed")
    return 0
