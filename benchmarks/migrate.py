"""The price of safety: a whole migration against the raw transfer of the same rows.

Five databases, each with a table of two indexes. The raw transfer is what SQLite needs at
least: INSERT INTO … SELECT from attached files, no index, no backup, no proof. Both run in
the same process, one after the other, several times; the median of the ratios counts, in
time on the clock and in processor time.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median

import apsw

AT_MOST = 6.0
DATABASES = 5
ROUNDS = 5

_TABLE = (
    "CREATE TABLE {0}(id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT,"
    " amount REAL, created TEXT, payload BLOB)"
)


def run(rows: int = 400_000, rounds: int = ROUNDS) -> float:
    """Print the ratio of a migration over the raw transfer, and give it back.

    It is measured in a process of its own, in which `migrate` is the package and not this file.
    """
    command = [sys.executable, __file__, str(rows), str(rounds)]
    measured = subprocess.run(command, check=True, capture_output=True, text=True)
    clock, processor, raw = json.loads(measured.stdout)
    print(
        f"migrate / raw transfer, {DATABASES} x {rows:,} rows, 2 indexes each:"
        f" {clock:.2f} by the clock, {processor:.2f} of processor time"
        f" (at most {AT_MOST}; raw {raw:.2f} s, median of {rounds})",
        flush=True,
    )
    return float(clock)


def _measured(rows: int, rounds: int) -> tuple[float, float, float]:
    with tempfile.TemporaryDirectory(prefix="retable-bench-") as folder:
        root = Path(folder)
        _build(root / "origin", rows)
        times = [_round(root, number) for number in range(rounds)]
    clock = median(whole / raw for (whole, _), (raw, _) in times)
    processor = median(whole / raw for (_, whole), (_, raw) in times)
    return clock, processor, median(raw for _, (raw, _) in times)


def _build(folder: Path, rows: int) -> None:
    folder.mkdir()
    for number in range(DATABASES):
        chance = Random(number)
        states = ("new", "open", "done", "failed")
        with apsw.Connection(str(folder / f"part{number}.db")) as database:
            database.execute(_TABLE.format("items"))
            database.executemany(
                "INSERT INTO items VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (
                        row,
                        f"name-{chance.randrange(10**9)}",
                        chance.choice(states),
                        chance.random() * 1000,
                        f"2026-01-{chance.randrange(28) + 1:02}",
                        chance.randbytes(20),
                    )
                    for row in range(1, rows + 1)
                ),
            )
            database.execute("CREATE INDEX items_name ON items(name)")
            database.execute("CREATE INDEX items_status ON items(status, created)")


def _round(root: Path, number: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Migration and raw transfer: time on the clock and of the processor for each."""
    from migrate.execute import migrate  # noqa: PLC0415 (see run)
    from migrate.progress import Silence  # noqa: PLC0415
    from plan.load import load_plan  # noqa: PLC0415

    place = root / f"round{number}"
    place.mkdir()
    for file in (root / "origin").iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    (place / "retable.toml").write_text(_plan())
    plan = load_plan(place / "retable.toml")
    raw = _timed(lambda: _transfer(root / "origin", place / "raw.db"))
    whole = _timed(lambda: migrate(plan, progress=Silence()))
    for file in sorted(place.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    return whole, raw


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def _transfer(origin: Path, target: Path) -> None:
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
    database = apsw.Connection(str(target), flags=flags)
    for number in range(DATABASES):
        database.execute(f"ATTACH 'file:{origin}/part{number}.db?mode=ro' AS part{number}")
    database.execute("BEGIN EXCLUSIVE")
    for number in range(DATABASES):
        database.execute(_TABLE.format(f"items{number}"))
        database.execute(f"INSERT INTO items{number} SELECT * FROM part{number}.items")
    database.execute("COMMIT")
    database.close()


def _plan() -> str:
    databases = "".join(
        f'[[database]]\npath = "part{number}.db"\naction = "merge"\n' for number in range(DATABASES)
    )
    tables = "".join(
        f'[[domain.table]]\nfrom = "items"\nin = "part{number}.db"\nto = "stock_items{number}"\n'
        for number in range(DATABASES)
    )
    return (
        '[plan]\ntarget = "all.db"\n[[database]]\npath = "all.db"\naction = "target"\n'
        f'{databases}[[domain]]\nname = "stock"\n{tables}'
    )


if __name__ == "__main__":
    # The folder of this file comes first on the path, and would hide the package.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    print(json.dumps(_measured(int(sys.argv[1]), int(sys.argv[2]))))
