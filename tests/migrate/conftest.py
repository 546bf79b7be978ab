"""Real databases in a folder, plans for them, and digests of everything."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from migrate.execute import migrate
from migrate.phases import Phase
from migrate.progress import Silence
from migrate.report import Report
from plan.load import load_plan
from plan.model import Plan

CODE = Path(__file__).resolve().parents[2]


class World:
    """A folder with databases and a plan."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self, path: str, script: str = "", *, wal: bool = False) -> Path:
        """A database from a script; with `wal` its last writer died and left side files."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if wal:
            dying = (
                "import sqlite3, os, sys\n"
                "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
                "db.execute('PRAGMA journal_mode = WAL')\n"
                "db.executescript(sys.argv[2])\n"
                "os._exit(0)\n"
            )
            subprocess.run([sys.executable, "-c", dying, file, script], check=True)
        else:
            with closing(sqlite3.connect(file)) as database:
                database.executescript(script)
                database.commit()
        return file

    def plan(self, *tables: str, target: str = "main.db", extra: str = "", head: str = "") -> Plan:
        """A plan from lines such as `side.db: users -> people, merge = "append"`.

        Nothing needs to be described, unless `head` says otherwise.
        """
        if "descriptions" not in head:
            head = f'{head}\ndescriptions = "optional"'
        text = [f'[plan]\ntarget = "{target}"', head]
        databases = {target: "target"}
        lines = []
        for line in tables:
            where, _, rest = line.partition(": ")
            names, _, more = rest.partition(", ")
            old, _, new = names.partition(" -> ")
            databases.setdefault(where, "merge")
            lines.append(
                f"[[domain.table]]\nfrom = {json.dumps(old)}\nin = {json.dumps(where)}\n"
                f"to = {json.dumps(new or old)}\n" + more.replace(", ", "\n")
            )
        text += [
            f"[[database]]\npath = {json.dumps(path)}\naction = {json.dumps(action)}"
            for path, action in databases.items()
        ]
        text += ['[[domain]]\nname = "shop"', *lines]
        file = self.root / "retable.toml"
        file.write_text("\n".join([*text, extra, ""]))
        return load_plan(file)

    def migrate(self, plan: Plan, *, phase: Phase | None = None) -> Report:
        return migrate(plan, progress=Silence(), phase=phase)

    def rows(self, path: str, sql: str) -> list[tuple]:
        with self.open(path) as database:
            return database.execute(sql).fetchall()

    def rows_untouched(self, path: str, sql: str) -> list[tuple]:
        """What a query says of a database, asked of a copy: a last reader empties a WAL."""
        with tempfile.TemporaryDirectory() as aside:
            for file in (self.root / path).parent.glob(f"{Path(path).name}*"):
                shutil.copy(file, aside)
            with closing(sqlite3.connect(Path(aside, Path(path).name))) as database:
                return database.execute(sql).fetchall()

    @contextmanager
    def open(self, path: str) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.root / path, isolation_level=None)) as database:
            yield database

    def schema(self, path: str) -> dict[str, str | None]:
        """Every object's SQL by kind and name, retable's own tables left out."""
        return {
            f"{kind} {name}": sql
            for kind, name, sql in self.rows(path, "SELECT type, name, sql FROM sqlite_schema")
            if "retable" not in name and not name.startswith("sqlite_")
        }

    def digests(self) -> dict[str, tuple[str, int]]:
        """Every file's digest and mode, backups left out."""
        return {
            str(file.relative_to(self.root)): (
                hashlib.sha256(file.read_bytes()).hexdigest(),
                file.stat().st_mode,
            )
            for file in sorted(self.root.rglob("*"))
            if file.is_file() and not file.relative_to(self.root).parts[0].startswith("backup-")
        }

    def everything(self) -> dict[str, tuple[str, int]]:
        """Every file and folder there is."""
        return {
            str(file.relative_to(self.root)): (
                hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "folder",
                file.lstat().st_mode,
            )
            for file in sorted(self.root.rglob("*"))
        }


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("migrate.files.locks.PATIENCE", 0.05)
    return World(tmp_path)


@pytest.fixture(scope="session")
def new_world() -> type[World]:
    """For what is made once and copied."""
    return World
