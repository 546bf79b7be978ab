"""Places that no rename reaches, and that mean something else once databases are one.

One module per kind, with its examples. Nothing is edited there, and nothing is withheld for it.
"""

from pathlib import PurePosixPath
from typing import Any

from refactor.remarks import (
    alike,
    attached,
    checksums,
    files,
    locked,
    names,
    order,
    recorded,
    twice,
    typed,
    wholefile,
)
from refactor.remarks.project import Project
from refactor.remarks.remark import TITLES, About, Remark, Remarker

__all__ = ["REMARKERS", "TITLES", "About", "Looks", "Project", "Remark", "Remarker"]

REMARKERS: tuple[Remarker[Any], ...] = (
    files.REMARKER,
    names.REMARKER,
    wholefile.REMARKER,
    recorded.REMARKER,
    attached.REMARKER,
    twice.REMARKER,
    alike.REMARKER,
    locked.REMARKER,
    typed.REMARKER,
    checksums.REMARKER,
    order.REMARKER,
)


class Looks:
    """What all kinds of remarks see in files, each of which is looked at while it is at hand."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._seen: dict[PurePosixPath, tuple[tuple[object, ...], ...]] = {}

    def at(self, path: PurePosixPath) -> None:
        """Look at one file, once."""
        if path not in self._seen:
            looks = (tuple(remarker.look(self._project, path)) for remarker in REMARKERS)
            self._seen[path] = tuple(looks)
            self._project.codebase.let_go(path)

    def remarks(self) -> tuple[Remark, ...]:
        """All remarks, by kind, file and place."""
        for path in self._project.files:
            self.at(path)
        seen = [self._seen[path] for path in self._project.files]
        return tuple(
            remark
            for number, remarker in enumerate(REMARKERS)
            for remark in sorted(
                set(remarker.remarks(self._project, [it for its in seen for it in its[number]])),
                key=_place,
            )
        )


def _place(remark: Remark) -> tuple[str, int, int, str]:
    return str(remark.path), remark.line, remark.column, remark.why
