"""Where a place in the code leads: a file beside the page, or a page of a code host."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from urllib.parse import quote, urlsplit

from plan.errors import Problem, ProblemsError, shown

_FIELDS = frozenset({"path", "line"})


@dataclass(frozen=True, slots=True)
class Links:
    """Makes an address of a path and a line; nothing where none can be known to lead there."""

    template: str = ""

    def to(self, path: str, line: int) -> str:
        """The address of a line of a file; empty if there is none."""
        if not self.template:
            return ""
        return self.template.format(path=quote(os.fsencode(path)), line=line)


def links_for(template: str | None, root: Path, output: Path | None) -> Links:
    """Links by the user's template, else from the page to the files beside it.

    A page that lies outside of the plan's folder is taken elsewhere: then nothing is linked.

    Raises:
        ProblemsError: the template is none.
    """
    if template is not None:
        _refuse_no_template(template)
        return Links(template)
    folder, top = (output.resolve().parent if output else root.resolve()), root.resolve()
    if not folder.is_relative_to(top):
        return Links()
    up = "../" * len(folder.relative_to(top).parts)
    return Links(f"{up}{{path}}#L{{line}}")


def _refuse_no_template(template: str) -> None:
    mend = "write it like https://host/owner/repo/blob/main/{path}#L{line}"
    wrong = next(_wrong_in(template), None)
    if wrong:
        raise ProblemsError((Problem("--link", f"{shown(template)} {wrong}", mend),))


def _wrong_in(template: str) -> Iterator[str]:
    try:
        fields = [part for part in Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        yield f"is no template: {error}"
        return
    for _, name, form, conversion in fields:
        if name not in _FIELDS or form or conversion:
            yield f"has {{{name}}}, and only {{path}} and {{line}} are known"
    if "path" not in {part[1] for part in fields}:
        yield "has no {path}"
    if urlsplit(template.partition("{")[0]).scheme not in ("", "http", "https", "file", "vscode"):
        yield "is no address of a page"
