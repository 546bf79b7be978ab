"""Places that no rename reaches, and that mean something else once databases are one.

One module per kind, with its examples. Nothing is edited there, and nothing is withheld for it.
"""

from typing import Any

from refactor.remarks import attached, files, names, wholefile
from refactor.remarks.project import Project
from refactor.remarks.remark import TITLES, About, Remark, Remarker

__all__ = ["REMARKERS", "TITLES", "About", "Project", "Remark", "Remarker", "remarks_on"]

REMARKERS: tuple[Remarker[Any], ...] = (
    files.REMARKER,
    names.REMARKER,
    wholefile.REMARKER,
    attached.REMARKER,
)


def remarks_on(project: Project) -> tuple[Remark, ...]:
    """All remarks, by kind, file and place."""
    seen: list[list[object]] = [[] for _ in REMARKERS]
    for path in project.files:
        for remarker, its in zip(REMARKERS, seen, strict=True):
            its.extend(remarker.look(project, path))
    return tuple(
        remark
        for remarker, its in zip(REMARKERS, seen, strict=True)
        for remark in sorted(set(remarker.remarks(project, its)), key=_place)
    )


def _place(remark: Remark) -> tuple[str, int, int, str]:
    return str(remark.path), remark.line, remark.column, remark.why
