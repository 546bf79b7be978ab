"""Rewritten files into the working tree: all of them, or none."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from plan.errors import Problem, ProblemsError
from refactor.patches.rewrite import Rewritten


class WriteError(ProblemsError):
    """The files could not be written; those that were are as they were before."""


def write_files(root: Path, files: Sequence[Rewritten]) -> None:
    """Put the new bytes in place, keeping each file's mode.

    Every new file is written beside its old one first; only when all are on disk do they take
    their places.

    Raises:
        WriteError: a file has changed since it was read, or cannot be written.
    """
    places = [(file, Path(os.path.realpath(root / file.path))) for file in files]
    _refuse_stale(places)
    try:
        for file, place in places:
            beside = _draft(place)
            beside.write_bytes(file.after)
            shutil.copymode(place, beside)
        for _, place in places:
            _draft(place).replace(place)
    except BaseException as error:  # Ctrl-C too must leave all as it was
        _undo(places)
        if isinstance(error, OSError):
            where, what = str(error.filename), f"cannot be written: {error.strerror}"
            raise WriteError((Problem(where, what, "mend that, then run again"),)) from error
        raise


def _draft(place: Path) -> Path:
    return place.with_name(f".{place.name}.retable")


def _undo(places: Sequence[tuple[Rewritten, Path]]) -> None:
    """Remove what waits beside its file, and put back what has taken its place."""
    for file, place in places:
        with suppress(OSError):
            _draft(place).unlink(missing_ok=True)
            if place.read_bytes() != file.source.data:
                place.write_bytes(file.source.data)


def _refuse_stale(places: Sequence[tuple[Rewritten, Path]]) -> None:
    problems = tuple(
        Problem(str(file.path), "has changed since it was read", "run retable again")
        for file, place in places
        if not place.is_file() or place.read_bytes() != file.source.data
    )
    if problems:
        raise WriteError(problems)
