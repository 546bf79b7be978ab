"""How many processes are worth their start."""

import os
import sys

_MOST = 4
"""Each reads by itself what the files import, so many do not help for long."""


def wanted_workers(*, worthwhile: bool) -> int:
    """How many processes to use: as many as cores if it is worthwhile, or as RETABLE_WORKERS says.

    One means that no other process is started.
    """
    said = os.environ.get("RETABLE_WORKERS", "")
    if said.isdecimal():
        return max(1, int(said))
    return min(_cores(), _MOST) if worthwhile else 1


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
