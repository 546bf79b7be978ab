"""How much disk a migration needs, and where."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir

from migrate.files.parts import size_of
from plan.errors import Problem
from plan.model import Action, Plan

_MARGIN = 1 << 20


@dataclass(frozen=True, slots=True)
class Need:
    """So many bytes in a folder that exists."""

    folder: Path
    bytes: int
    what: str


def needs_of(plan: Plan, converted: Sequence[str], *, wal: bool) -> tuple[Need, ...]:
    """Room for the backup of every file, and for the target to grow by what is merged.

    In WAL mode new pages are written twice, in rollback-journal mode old ones are. Of each file
    that is `converted` there is a copy for a while, whose text takes twice the bytes at most.
    """
    root = plan.root
    sizes = {
        database.path: size_of(root / database.path)
        for database in plan.with_action(Action.TARGET, Action.MERGE, Action.DELETE)
        if (root / database.path).is_file()
    }
    merged = sum(sizes.get(database.path, 0) for database in plan.with_action(Action.MERGE))
    growth = merged * 2 if wal else merged + sizes.get(plan.target, 0)
    copies = 2 * sum(sizes.get(path, 0) for path in converted)
    archive = nearest(root / plan.archive / plan.target)
    moved = sum(
        sizes.get(database.path, 0)
        for database in plan.with_action(Action.MERGE, Action.DELETE)
        # Where it is another disk they are copied there, not renamed.
        if nearest(root / database.path).stat().st_dev != archive.stat().st_dev
    )
    temporary = (Need(Path(gettempdir()), copies + _MARGIN, "copies in another encoding"),)
    return (
        *(temporary if converted else ()),
        *((Need(archive, moved + _MARGIN, "the archive"),) if moved else ()),
        Need(nearest(root / plan.backup), sum(sizes.values()) + _MARGIN, "the backup"),
        Need(nearest(root / plan.target), growth + _MARGIN, "the merged database"),
    )


def nearest(path: Path) -> Path:
    """The closest folder above that exists."""
    return next(folder for folder in path.parents if folder.is_dir())


def free_in(folder: Path) -> int:
    """Bytes that we may still write there."""
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


def shortages(
    needs: Iterable[Need], free: Callable[[Path], int], disk: Callable[[Path], object]
) -> tuple[Problem, ...]:
    """The disks that are too small for all that they must take."""
    total: Counter[object] = Counter()
    whats: dict[object, list[str]] = {}
    folders: dict[object, Path] = {}
    for need in needs:
        device = disk(need.folder)
        total[device] += need.bytes
        whats.setdefault(device, []).append(need.what)
        folders.setdefault(device, need.folder)
    return tuple(
        Problem(
            str(folders[device]),
            f"{' and '.join(whats[device])} need {_megabytes(wanted)} of disk,"
            f" {_megabytes(free(folders[device]))} are free",
            "free some space, or put the backup on another disk",
        )
        for device, wanted in total.items()
        if free(folders[device]) < wanted
    )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def disk_problems(plan: Plan, converted: Sequence[str], *, wal: bool) -> tuple[Problem, ...]:
    """The disks that are too small for this plan; `converted` are files of another encoding."""
    return shortages(
        needs_of(plan, converted, wal=wal), free_in, lambda folder: folder.stat().st_dev
    )
