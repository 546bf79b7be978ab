"""`retable schema`: the catalogue written, the documentation checked, or brought up to date."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import click
from rich.markup import escape

from migrate.documentation.differences import findings_in
from migrate.documentation.read import read_documentation
from migrate.documentation.record import record
from plan.errors import Problem, ProblemsError, counted, in_one_line
from plan.model import Plan
from retable.catalogue import FORMATS
from retable.catalogue.findings import FINDINGS
from retable.catalogue.gather import catalogue_of
from retable.catalogue.links import links_for
from retable.catalogue.model import Code
from retable.catalogue.uses import uses_in
from retable.catalogue.words import summary_of
from retable.console import Bars, err

_NOT_ASKED = "it was not looked for (--no-code)"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asks of the catalogue."""

    form: str = "text"
    output: Path | None = None
    link: str | None = None
    code: bool = True


def write_catalogue(plan: Plan, wanted: Wanted) -> int:
    """Write it, and return the exit status.

    Raises:
        UserError: there is no documentation, or the catalogue cannot be written.
    """
    links = links_for(wanted.link, plan.root, wanted.output)
    said = read_documentation(plan)
    with Bars() as bars:
        code = uses_in(plan, said, bars) if wanted.code else Code(why_not=_NOT_ASKED)
    catalogue = catalogue_of(plan, said, code)
    _write(FORMATS[wanted.form](catalogue, links), wanted.output)
    if wanted.output:
        err.print(escape(f"{wanted.output}: {summary_of(catalogue)}"))
    if wanted.code and code.why_not:
        err.print(escape(f"code was not read: {code.why_not}"))
    for path, why in code.unread:
        err.print(escape(f"not read: {path}: {why}"))
    if catalogue.findings:
        places = counted(len(catalogue.findings), "place")
        err.print(f"documentation and database differ in {places}: `retable schema --check`")
    return 0


def check_documentation(plan: Plan, form: str, output: Path | None) -> int:
    """Say where documentation and database differ, and return the exit status.

    Raises:
        UserError: there is no documentation.
    """
    said = read_documentation(plan, rows=False)
    found = findings_in(said, plan)
    status = 1 if found else 0
    _write(FINDINGS[form](plan, said, found), output)
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


def _write(text: str, output: Path | None) -> None:
    """Write it where it shall be.

    Raises:
        ProblemsError: the file cannot be written.
    """
    # A name that is not UTF-8 stands in it as JSON and people escape it.
    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(data)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise ProblemsError((Problem(str(output), what, "choose another with -o"),)) from error
