"""A small shop with two databases, the demo's platform, and the command line over both."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from retable.cli import main
from retable.demo import _copy_project

COMMAND = Path(sys.executable).with_name("retable")

PLAN = """\
[plan]
target = "data/shop.db"

[[database]]
path = "data/shop.db"
action = "target"

[[database]]
path = "data/users.db"
action = "merge"

[[domain]]
name = "shop"
about = "What is sold"
table = [
  { from = "orders", in = "data/shop.db", to = "shop_order", about = "What was bought" },
  { from = "notes", in = "data/shop.db", to = "shop_note", about = "On what was bought" },
]

[[domain]]
name = "user"
about = "Who buys"
table = [
  { from = "users", in = "data/users.db", to = "user_account", about = "Who may buy" },
  { from = "notes", in = "data/users.db", to = "user_note", about = "On who buys" },
]

[code]
exclude = ["old/**"]
"""
FILES = {
    "retable.toml": PLAN,
    ".gitignore": "*.db\nbackup-*/\narchive/\n",
    "README.md": "All orders are in a table.\n",
    "shop/orders.py": (
        "import sqlite3\n\n\n"
        "def orders():\n"
        '    """All orders."""\n'
        '    with sqlite3.connect("data/shop.db") as db:\n'
        '        return db.execute("SELECT id, total FROM orders").fetchall()\n'
    ),
    "shop/users.py": (
        "#!/usr/bin/env python3\n"
        'import sqlite3\n\nPATH = "data/users.db"\n\n\n'
        "def users():\n"
        "    with sqlite3.connect(PATH) as db:\n"
        "        return db.execute('SELECT name FROM users').fetchall()\n"
    ),
    "shop/report.sql": "SELECT count(*) FROM orders;\n",
    "old/migrate_1.py": 'db.execute("ALTER TABLE orders ADD COLUMN total")\n',
}
# Its statement fits both tables, and nothing in it says which database it is given.
OPEN = 'def notes(db):\n    return db.execute("SELECT text FROM notes").fetchall()\n'
DATABASES = {
    "data/shop.db": (
        "CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL);"
        "INSERT INTO orders VALUES (1, 9.5), (2, 12.0);"
        "CREATE TABLE notes(text); INSERT INTO notes VALUES ('of an order')"
    ),
    "data/users.db": (
        "CREATE TABLE users(name TEXT); INSERT INTO users VALUES ('Ann'), ('Bo');"
        "CREATE TABLE notes(text); INSERT INTO notes VALUES ('of a user')"
    ),
}


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it said where."""

    status: int
    out: str
    err: str


class Place:
    """A folder to work in, with the command line at hand."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def retable(self, *arguments: str, stdin: str = "", folder: str = ".") -> Said:
        """Run the command in this process, as a pipe would see it."""
        before = Path.cwd()
        os.chdir(self.root / folder)
        try:
            result = CliRunner().invoke(main, arguments, input=stdin)
        finally:
            os.chdir(before)
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        return Said(result.exit_code, result.stdout, result.stderr)

    def process(self, *arguments: str, **how) -> subprocess.Popen:
        """Run the command that users run, in a process of its own."""
        return subprocess.Popen([COMMAND, *arguments], cwd=self.root, **how)

    def git(self, *arguments: str, stdin: bytes = b"", status: int = 0) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *arguments],
            cwd=self.root,
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == status, done.stderr.decode()
        return done.stdout.decode()

    def write(self, name: str, contents: str | bytes) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
        return file

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def committed(self) -> None:
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-qm", "as it was")

    def everything(self) -> dict[str, tuple[str, int]]:
        """Each file's digest and mode; git's own, and what Python compiles, left out."""
        return {
            str(file.relative_to(self.root)): (
                hashlib.sha256(file.read_bytes()).hexdigest(),
                file.stat().st_mode,
            )
            for file in sorted(self.root.rglob("*"))
            if file.is_file() and not {".git", "__pycache__"} & {*file.parts}
        }


def _shop(root: Path) -> Place:
    place = Place(root)
    for name, contents in FILES.items():
        place.write(name, contents)
    for name, script in DATABASES.items():
        place.write(name, b"")
        with closing(sqlite3.connect(root / name)) as database:
            database.executescript(script)
    (root / "shop/users.py").chmod(0o755)
    place.committed()
    return place


@pytest.fixture(scope="session")
def shop_made(tmp_path_factory) -> Path:
    return _shop(tmp_path_factory.mktemp("made") / "shop").root


@pytest.fixture
def shop(shop_made, tmp_path) -> Place:
    """Two databases, a plan without an open question, and the code of a shop, committed."""
    return Place(Path(shutil.copytree(shop_made, tmp_path / "shop")))


@pytest.fixture
def open_shop(shop) -> Place:
    """The shop, and a file with a question that only a person can answer."""
    shop.write("shop/notes.py", OPEN)
    shop.git("add", "-A")
    shop.git("commit", "-qm", "notes")
    return shop


@pytest.fixture(scope="session")
def platform_made(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("made") / "platform"
    _copy_project(root)
    return root


@pytest.fixture
def platform(platform_made, tmp_path) -> Place:
    """The demo's project, its databases built and its code committed."""
    return Place(Path(shutil.copytree(platform_made, tmp_path / "platform")))


@pytest.fixture(scope="session")
def moved_made(platform_made, tmp_path_factory) -> Path:
    place = Place(tmp_path_factory.mktemp("made") / "moved")
    shutil.copytree(platform_made, place.root)
    assert place.retable("apply").status == 0
    assert place.retable("migrate", "--yes").status == 0
    return place.root


@pytest.fixture
def moved(moved_made, tmp_path) -> Place:
    """The demo's project, its code and its databases moved."""
    return Place(Path(shutil.copytree(moved_made, tmp_path / "moved")))


@pytest.fixture
def nowhere(tmp_path) -> Place:
    """An empty folder."""
    (tmp_path / "nowhere").mkdir()
    return Place(tmp_path / "nowhere")
