"""The command line on real files, as its user has it: a process, what it says, what it leaves."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.migrate.conftest import World

COMMAND = Path(sys.executable).with_name("retable")
BOUND = (
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search,-fowner",
    "--inh-caps=-dac_override,-dac_read_search,-fowner",
)
"""Permissions bind whoever runs below it, root too."""
LOCKER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for sql in sys.argv[2].split(";"):
    db.execute(sql).fetchall()
print("locked", flush=True)
sys.stdin.read()
"""


class Desk:
    """A world, a temporary folder of its own, and the command."""

    def __init__(self, world: World, temporary: Path) -> None:
        self.world, self.temporary = world, temporary
        temporary.mkdir(exist_ok=True)
        self.environment = {**os.environ, "TMPDIR": str(temporary), "NO_COLOR": "1"}

    def start(self, *words: str, below: tuple[str, ...] = ()) -> subprocess.Popen:
        plan = ("--plan", self.world.root / "retable.toml")
        return subprocess.Popen(
            [*below, COMMAND, *words, *plan],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        )

    def run(self, *words: str, below: tuple[str, ...] = ()) -> tuple[int, str]:
        """Its exit status, and what it says on stderr."""
        running = self.start(*words, below=below)
        said = running.communicate()[1]
        assert "Traceback" not in said, said
        return running.returncode, said

    def everything(self) -> dict:
        """Every file and folder that it may touch, with modes."""
        root = self.world.root
        return {
            **self.world.everything(),
            ".": root.stat().st_mode,
            "TMPDIR": sorted(path.name for path in self.temporary.iterdir()),
        }

    def refused(self, *words: str, below: tuple[str, ...] = ()) -> str:
        """The one line of an error, after which every byte is as before."""
        before = self.everything()
        status, said = self.run(*words, below=below)
        return self.is_refusal(status, said, before)

    def is_refusal(self, status: int, said: str, before: dict) -> str:
        """That of a process, where the files are known as they were."""
        assert status == 2, said
        assert said.startswith("error: "), said
        assert self.everything() == before, said
        return said.removeprefix("error: ").rstrip("\n")

    def done(self, *words: str) -> None:
        """It must do what it is asked for."""
        status, said = self.run(*words)
        assert status == 0, said

    def there_and_back(self) -> None:
        """It works now, the proof holds, and a rollback gives every byte back."""
        before = self.world.digests()
        self.done("migrate", "--yes")
        self.done("verify")
        self.done("rollback", "--yes")
        assert self.world.digests() == before

    @contextmanager
    def somebody(self, path: str, sql: str):
        """Another process that has done this, and waits."""
        program = subprocess.Popen(
            [sys.executable, "-c", LOCKER, self.world.root / path, sql],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert program.stdout.readline() == b"locked\n"
            yield program
        finally:
            program.communicate()
