"""Rewritten files into the working tree: all of them, or none."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from plan.errors import Problem, ProblemsError
from refactor.rewrite import Rewritten


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
    waiting: list[tuple[Path, Path]] = []
    try:
        for file, place in places:
            beside = place.with_name(f".{place.name}.retable")
            waiting.append((beside, place))
            beside.write_bytes(file.after)
            shutil.copymode(place, beside)
    except OSError as error:
        for beside, _ in waiting:
            with suppress(OSError):
                beside.unlink()
        raise WriteError(
            (Problem(str(waiting[-1][1]), f"cannot be written: {error.strerror}", "mend that"),)
        ) from error
    for beside, place in waiting:
        beside.replace(place)


def _refuse_stale(places: Sequence[tuple[Rewritten, Path]]) -> None:
    problems = tuple(
        Problem(str(file.path), "has changed since it was read", "run retable again")
        for file, place in places
        if not place.is_file() or place.read_bytes() != file.source.data
    )
    if problems:
        raise WriteError(problems)
