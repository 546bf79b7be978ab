"""What the plan and the code say: asked of a `retable` in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .sql import folded


class FactsError(Exception):
    """What the plugin has to know cannot be had; its text says why, and how to mend it."""


@dataclass(frozen=True)
class Meaning:
    """One table that a name may mean."""

    database: str
    new: str | None
    """None where it is left behind."""

    def lives_on(self, name: str) -> bool:
        """Whether that table keeps its name."""
        return self.new is not None and folded(self.new) == name


@dataclass(frozen=True)
class Static:
    """One place of the code that names an old table, as `retable check` lists it."""

    path: str
    line: int
    old: str
    name: str
    text: str
    """What stands around the name in its line and is part of the SQL as it is executed."""
    near: tuple[str, ...]
    """The like of the lines around it, where these are long enough to tell."""

    @property
    def bare(self) -> bool:
        """Whether there is nothing around the name to know it by."""
        return folded(self.text) == self.name


@dataclass(frozen=True)
class Facts:
    """The old names, the files that go away, and where the code names them."""

    root: str
    plan: str
    tables: dict[str, tuple[Meaning, ...]]
    new_names: frozenset[str]
    databases: tuple[str, ...]
    moved: dict[str, str]
    history: frozenset[str]
    statics: tuple[Static, ...]

    @classmethod
    def of(cls, values: dict[str, Any], folder: Path) -> Facts:
        """Read what `retable facts` prints; its root may be relative to where that is kept."""
        if values.get("retable") != "facts" or values.get("version") != 1:
            raise FactsError("this is no output of `retable facts` (make it anew)")
        return cls(
            root=os.path.realpath(folder / values["root"]),
            plan=values["plan"],
            tables={
                name: tuple(Meaning(it["database"], it["new"]) for it in found)
                for name, found in values["tables"].items()
            },
            new_names=frozenset(values["new_names"]),
            databases=tuple(values["databases"]),
            moved=values["moved"],
            history=frozenset(values["history"]),
            statics=tuple(
                Static(it["path"], it["line"], it["old"], it["name"], it["text"], tuple(it["near"]))
                for it in values["references"]
            ),
        )

    def database_at(self, path: str, *, given: str) -> str | None:
        """Which of the plan's databases a file is, or is a copy of that lies as it does.

        Tests often lay out copies of all databases in a folder of their own, and go there.
        """
        for database in self.databases:
            if path == os.path.join(self.root, *database.split("/")):
                return database
        for database in sorted(self.databases, key=len, reverse=True):
            if given == database or ("/" in database and path.endswith("/" + database)):
                return database
        return None

    def judged(self, name: str, database: str | None) -> bool | None:
        """Whether an old name in a statement is a fault; None if that cannot be told.

        Any database counts, also one that a test makes in memory. But where the name lives on
        for another table, only the database tells.
        """
        meanings = self.tables[name]
        if database in self.moved:
            return True
        here = [it for it in meanings if it.database == database]
        if here and all(it.lives_on(name) for it in here):
            return False
        stays = name in self.new_names or (not here and any(it.lives_on(name) for it in meanings))
        return None if stays else True

    def new_for(self, name: str, database: str | None) -> list[str]:
        """What the name becomes: all that it may become where the database does not tell."""
        meanings = self.tables[name]
        here = [it for it in meanings if it.database == database] or meanings
        return sorted({it.new for it in here if it.new and not it.lives_on(name)})


def load_facts(file: Path) -> dict[str, Any]:
    """What `retable facts` says of a plan; a file that holds this already is read as it is.

    Raises:
        FactsError: there is no such file, no retable, or it could not do its job.
    """
    if not file.is_file():
        raise FactsError(f"{file}: there is no such file (name the plan with --retable-plan)")
    ready = file.suffix == ".json"
    said = file.read_text(encoding="utf-8") if ready else _asked(file)
    try:
        values = json.loads(said)
    except ValueError as error:
        raise FactsError(f"{file}: `retable facts` is not readable: {error}") from error
    if not isinstance(values, dict):
        raise FactsError(f"{file}: this is no output of `retable facts` (make it anew)")
    return values


def _asked(file: Path) -> str:
    command = _command()
    # Nothing of the project may come before retable's own modules.
    drop = {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"}
    environment = {key: value for key, value in os.environ.items() if key not in drop}
    environment["PYTHONSAFEPATH"] = "1"
    done = subprocess.run(
        [command, "facts", "--plan", str(file)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != 0:
        raise FactsError(f"`{command} facts` failed:\n{done.stderr.strip()}")
    return done.stdout


def _command() -> str:
    named = os.environ.get("RETABLE")
    beside = Path(sys.executable).with_name("retable")
    found = named or (str(beside) if beside.is_file() else shutil.which("retable"))
    if not found:
        raise FactsError(
            "there is no `retable` on the PATH (install it with pipx, name it in the variable"
            " RETABLE, or write `retable facts -o FILE.json` elsewhere and give that file)"
        )
    return found
