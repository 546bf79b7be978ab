"""Records of migrations that become one: a runner takes for done what was done in another file."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import folded
from refactor.remarks.project import Project, Said
from refactor.remarks.remark import About, Remark, Remarker, in_short
from refactor.sql.names import table_names

_LOOK = "whether it skips migrations then; in the plan each of them may have a name of its own"


class _Seen(Struct, frozen=True):
    """A query of such a record."""

    said: Said
    place: tuple[int, int]
    databases: tuple[str, ...]


def _look(project: Project, path: PurePosixPath) -> Iterator[_Seen]:
    joined = project.records
    if not joined:
        return  # as in far the most plans
    wanted = re.compile("|".join(map(re.escape, joined)), re.IGNORECASE)
    for said in project.said(path, wanted, tuple(joined)):
        if said.span.verb not in ("SELECT", "WITH"):
            continue
        for name in table_names(said.sql):
            if databases := joined.get(folded(name.name)):
                near = said.text.near(said.span.start + name.start, said.span.start + name.end)
                yield _Seen(said, said.lines.place(near), databases)
                break


def records_that_meet(_: Project, seen: Sequence[_Seen]) -> Iterator[Remark]:
    """A remark for each query of what will say of several files what has run in them."""
    for it in seen:
        why = (
            f"those of {' and '.join(it.databases)} become one table: what was done in one file"
            " counts as done in all"
        )
        yield Remark(
            it.said.path,
            *it.place,
            About.WHOLE_FILE,
            in_short(it.said.sql),
            it.databases,
            why,
            _LOOK,
        )


REMARKER = Remarker(
    name="recorded",
    look=_look,
    remarks=records_that_meet,
    makes=(),
    leaves=('c.execute("SELECT name FROM schema_version")',),
)
