"""The catalogue of a plan's target, gathered and written."""

from dataclasses import dataclass
from pathlib import Path

from migrate.documentation.read import read_documentation
from plan.errors import counted
from plan.model import Plan
from retable.catalogue import FORMATS
from retable.catalogue.gather import catalogue_of
from retable.catalogue.links import links_for
from retable.catalogue.model import Code
from retable.catalogue.uses import uses_in
from retable.catalogue.words import summary_of
from retable.console import Bars, err
from retable.markup import escape
from retable.output import write_out

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
    write_out(FORMATS[wanted.form](catalogue, links), wanted.output, with_folders=True)
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
