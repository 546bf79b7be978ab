"""Cost per row and peak memory, from ten thousand rows to ten million: both stay flat.

Each size is a process of its own, so that the peak of one says nothing of another. A row takes
some 200 bytes with its two indexes: a hundred thousand make 20 MB, ten million 2 GB.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from databases import build, migration, raw_transfer, timed

SMALL = {10_000: 5, 100_000: 5, 1_000_000: 1}
"""How often each size is measured."""
LARGE = {**SMALL, 10_000_000: 1}
AT_MOST = 20.0
"""MB of peak memory that the largest may take beyond a 20 MB database."""
_PAYLOAD = 90
_NEEDED = 10 << 30
"""Bytes of disk for the largest: original, copy, backup, result, raw transfer."""


def run(*, large: bool = True) -> None:
    """Print a line for each size, and how far the peaks are apart."""
    if large and shutil.disk_usage(tempfile.gettempdir()).free < _NEEDED:
        print(f"{_NEEDED >> 30} GB of disk are not free: ten million rows are left out")
        large = False
    peaks: dict[int, float] = {}
    for rows, rounds in (LARGE if large else SMALL).items():
        command = [sys.executable, __file__, str(rows), str(rounds)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        size, ratio, per_row, peak = json.loads(said)
        peaks[rows] = peak
        print(
            f"{rows:>10,} rows, {size:7,.0f} MB: migrate / raw transfer {ratio:5.2f} by the"
            f" clock, {per_row:5.2f} µs a row, peak memory {peak:.1f} MB",
            flush=True,
        )
    most = max(peaks)
    print(
        f"peak memory, {most:,} rows less 100,000: {peaks[most] - peaks[100_000]:.1f} MB"
        f" (at most {AT_MOST:g})",
        flush=True,
    )


def _measured(rows: int, rounds: int) -> tuple[float, float, float, float]:
    """MB of the database, ratio over the raw transfer, µs per row, MB of peak memory."""
    with tempfile.TemporaryDirectory(prefix="retable-bench-") as folder:
        origin, raw_file = Path(folder) / "origin", Path(folder) / "raw.db"
        # In another process, since what makes the rows takes memory too.
        subprocess.run([sys.executable, __file__, "build", str(rows), origin], check=True)
        size = (origin / "part0.db").stat().st_size
        times = []
        for number in range(rounds):
            place = Path(folder) / f"round{number}"
            shutil.copytree(origin, place)
            raw = timed(lambda: raw_transfer(origin, raw_file, 1)).clock
            raw_file.unlink()
            times.append((timed(lambda place=place: migration(place)).clock, raw))
            shutil.rmtree(place)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT
    ratio = median(whole / raw for whole, raw in times)
    per_row = median(whole for whole, _ in times) / rows
    return size / 1e6, ratio, per_row * 1e6, peak / 1e6


_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""getrusage counts bytes on macOS, kilobytes on Linux."""

if __name__ == "__main__":
    if sys.argv[1] == "build":
        build(Path(sys.argv[3]), 1, int(sys.argv[2]), _PAYLOAD)
    else:
        print(json.dumps(_measured(int(sys.argv[1]), int(sys.argv[2]))))
