"""The price of safety: a whole migration against the raw transfer, and against what people use.

Five databases, each with a table of two indexes. Migration and raw transfer run in the same
process, one after the other, several times; the median of the ratios counts. The others, which
prove nothing and back nothing up, run once each, after them.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import apsw
from databases import Cost, build, migration, raw_transfer, timed

AT_MOST = 5.0
DUMP_AT_LEAST, SQLITE_UTILS_AT_LEAST = 4.0, 8.0
DATABASES = 5
ROUNDS = 5


def run(rows: int = 400_000, rounds: int = ROUNDS) -> float:
    """Print the ratios, and give back that of a migration over the raw transfer."""
    with tempfile.TemporaryDirectory(prefix="retable-bench-") as folder:
        root = Path(folder)
        build(root / "origin", DATABASES, rows)
        times = [_round(root) for _ in range(rounds)]
        clock = median(whole.clock / raw.clock for whole, raw in times)
        processor = median(whole.processor / raw.processor for whole, raw in times)
        raw = median(raw.clock for _, raw in times)
        print(
            f"migrate / raw transfer, {DATABASES} x {rows:,} rows, 2 indexes each:"
            f" {clock:.2f} by the clock, {processor:.2f} of processor time"
            f" (at most {AT_MOST:g}; raw {raw:.2f} s, median of {rounds})",
            flush=True,
        )
        whole = median(whole.clock for whole, _ in times)
        for name, rival, at_least in _rivals():
            if rival is None:
                print(f"{name}: not here, so not measured", flush=True)
                continue
            taken = timed(lambda rival=rival: rival(root / "origin", root / TARGET)).clock
            (root / TARGET).unlink()
            print(
                f"{name} / migrate: {taken / whole:.1f} by the clock"
                f" (at least {at_least:g}; {taken:.1f} s, once)",
                flush=True,
            )
    return clock


TARGET = "other.db"
Rival = Callable[[Path, Path], None]


def _round(root: Path) -> tuple[Cost, Cost]:
    """A migration, and the raw transfer of the same rows."""
    place = root / "round"
    shutil.copytree(root / "origin", place)
    raw = timed(lambda: raw_transfer(root / "origin", root / "raw.db", DATABASES))
    whole = timed(lambda: migration(place))
    (root / "raw.db").unlink()
    shutil.rmtree(place)
    return whole, raw


def _rivals() -> tuple[tuple[str, Rival | None, float], ...]:
    shell = _shell()
    version = f" ({_version(shell)})" if shell else ""
    return (
        (f".dump | sqlite3{version}", shell and _dump(shell), DUMP_AT_LEAST),
        ("sqlite-utils", _sqlite_utils(), SQLITE_UTILS_AT_LEAST),
    )


def _shell() -> str | None:
    """The system's `sqlite3`, or the one that comes with some wheels of apsw."""
    own = Path(apsw.__file__).parent / "sqlite_extra_binaries" / "sqlite3_shell"
    return shutil.which("sqlite3") or (str(own) if own.is_file() else None)


def _version(shell: str) -> str:
    said = subprocess.run([shell, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[0]


def _dump(shell: str) -> Rival:
    def dump(origin: Path, target: Path) -> None:
        for part in sorted(origin.glob("*.db")):
            writer = subprocess.Popen([shell, part, ".dump"], stdout=subprocess.PIPE)
            subprocess.run([shell, target], stdin=writer.stdout, check=True)
            assert writer.wait() == 0

    return dump


def _sqlite_utils() -> Rival | None:
    try:
        import sqlite_utils  # noqa: PLC0415 (only `make bench` installs it)
    except ImportError:
        return None

    def copy(origin: Path, target: Path) -> None:
        new = sqlite_utils.Database(target)
        for part in sorted(origin.glob("*.db")):
            for table in sqlite_utils.Database(part).tables:
                new[table.name].insert_all(table.rows, pk="id")
                for index in table.indexes:
                    new[table.name].create_index(index.columns, index.name)
        new.close()

    return copy


if __name__ == "__main__":
    run()
