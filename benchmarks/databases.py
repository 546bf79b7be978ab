"""Databases to measure with, the plan that merges them, and the raw transfer: the floor.

The raw transfer is what SQLite needs at least: INSERT INTO … SELECT of whole records from
attached files into one new file; no index, no backup, no check, no proof.
"""

import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import apsw

from plan.load import load_plan
from retable.databases import run_migration

TARGET = "all.db"
_COLUMNS = (
    "(id INTEGER PRIMARY KEY, name TEXT NOT NULL, status TEXT,"
    " amount REAL, created TEXT, payload BLOB)"
)
_ROWS = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {rows})
INSERT INTO {table}
SELECT i, 'name-' || abs(random() % 1000000000),
  CASE random() & 3 WHEN 0 THEN 'new' WHEN 1 THEN 'open' WHEN 2 THEN 'done' ELSE 'failed' END,
  abs(random() % 1000000) / 1000.0, printf('2026-01-%02d', 1 + abs(random() % 28)),
  randomblob({payload})
FROM n
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock and of processor time."""

    clock: float
    processor: float


def timed(work: Callable[[], object]) -> Cost:
    """What a piece of work costs; threads count, other processes do not."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return Cost(time.perf_counter() - clock, time.process_time() - processor)


def build(folder: Path, databases: int, rows: int, payload: int = 20) -> None:
    """So many databases, each with one table of so many rows and two indexes."""
    folder.mkdir(parents=True)
    for number in range(databases):
        table = f"items{number}"
        database = apsw.Connection(str(folder / f"part{number}.db"))
        database.execute("PRAGMA synchronous = OFF; BEGIN")
        database.execute(f"CREATE TABLE {table}{_COLUMNS}")
        database.execute(_ROWS.format(table=table, rows=rows, payload=payload))
        database.execute(f"CREATE INDEX {table}_name ON {table}(name)")
        database.execute(f"CREATE INDEX {table}_status ON {table}(status, created)")
        database.execute("COMMIT")
        database.close()
    (folder / "retable.toml").write_text(_plan(databases))


def _plan(databases: int) -> str:
    parts = "".join(
        f'[[database]]\npath = "part{number}.db"\naction = "merge"\n' for number in range(databases)
    )
    tables = "".join(
        f'[[domain.table]]\nfrom = "items{number}"\nin = "part{number}.db"\n'
        f'to = "stock_items{number}"\n'
        for number in range(databases)
    )
    return (
        f'[plan]\ntarget = "{TARGET}"\ndescriptions = "optional"\n'
        f'[[database]]\npath = "{TARGET}"\naction = "target"\n'
        f'{parts}[[domain]]\nname = "stock"\n{tables}'
    )


def migration(folder: Path) -> None:
    """`retable migrate --yes`, without the start of Python."""
    plan = load_plan(folder / "retable.toml")
    with contextlib.redirect_stdout(io.StringIO()):
        status = run_migration(plan, dry_run=False, phase=None, yes=True, form="json")
    assert status == 0


def raw_transfer(origin: Path, target: Path, databases: int) -> None:
    """The floor."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
    database = apsw.Connection(str(target), flags=flags)
    for number in range(databases):
        database.execute(f"ATTACH 'file:{origin}/part{number}.db?mode=ro' AS part{number}")
    database.execute("BEGIN EXCLUSIVE")
    for number in range(databases):
        database.execute(f"CREATE TABLE stock_items{number}{_COLUMNS}")
        database.execute(
            f"INSERT INTO stock_items{number} SELECT * FROM part{number}.items{number}"
        )
    database.execute("COMMIT")
    database.close()
