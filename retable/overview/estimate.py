"""How large it will be and how long it may take: bounds and orders of magnitude, never promises."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from migrate.files.parts import size_of
from migrate.files.space import Need, free_in, needs_of
from plan.model import Action, Plan

LEAST, MOST = 4, 12
"""A whole migration takes so many times as long as checking the files. Measured with three files
of 1 to 200 MB in all, on a local disk, it took 3.7 to 8.5 times as long; a slow disk takes more."""
_AT_LEAST = 1.0
"""Seconds: below that, the start of the programs counts for more."""


@dataclass(frozen=True, slots=True)
class Room:
    """What is needed at most on a disk, and what is free there."""

    what: str
    folder: str
    """Of several on that disk, the first."""
    bytes: int
    free: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """Bytes and seconds."""

    files: tuple[tuple[str, int], ...]
    """What each file takes today, with what belongs to it."""
    backup: int
    """Bytes of the backup: what all files but the kept ones take today."""
    growth: int
    """By so many bytes the target grows at most: what the merged files take today."""
    rooms: tuple[Room, ...]
    checked: float
    """Seconds that checking the files has taken just now."""
    least: float
    most: float
    """Seconds that migrating may take: that time, multiplied."""


def estimate_of(plan: Plan, converted: Sequence[str], *, wal: bool, checked: float) -> Estimate:
    """Look at the files' sizes and the disks' room.

    Args:
        plan: the plan.
        converted: files of another encoding than the target's.
        wal: whether the target is in WAL mode.
        checked: how long checking the files has taken.
    """
    sizes = {
        database.path: size_of(plan.root / database.path)
        for database in plan.databases
        if (plan.root / database.path).is_file()
    }

    def of(*actions: Action) -> int:
        return sum(sizes.get(it.path, 0) for it in plan.with_action(*actions))

    return Estimate(
        files=tuple(sizes.items()),
        backup=of(Action.TARGET, Action.MERGE, Action.DELETE),
        growth=of(Action.MERGE),
        rooms=tuple(_rooms(needs_of(plan, converted, wal=wal))),
        checked=checked,
        least=max(_AT_LEAST, checked * LEAST),
        most=max(_AT_LEAST, checked * MOST),
    )


def _rooms(needs: Iterable[Need]) -> Iterator[Room]:
    disks: dict[int, list[Need]] = defaultdict(list)
    for need in needs:
        disks[need.folder.stat().st_dev].append(need)
    for on_disk in disks.values():
        folder = on_disk[0].folder
        what = " and ".join(need.what for need in on_disk)
        yield Room(what, str(folder), sum(need.bytes for need in on_disk), free_in(folder))
