"""Small worlds with everything in them, and what anybody who opens their files finds there."""

import contextlib
import hashlib
import os
import re
import shutil
import signal
import sqlite3
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from migrate import transaction
from migrate.errors import StateError
from migrate.execute import migrate
from migrate.finish import finish
from migrate.phases import Phase
from migrate.progress import Silence
from migrate.rollback import rollback
from plan.load import load_plan
from plan.model import Action, Plan
from tests.migrate.conftest import World
from tests.migrate.disk import Disk, Write

SUFFIXES = ("", "-wal", "-journal", "-shm")
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
_USERS = (
    "CREATE TABLE users(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, score REAL);"
    "CREATE INDEX {who}_score ON users(score);"
    "CREATE TABLE meta(k TEXT PRIMARY KEY, v);"
    "CREATE VIEW {who}_best AS SELECT name FROM users WHERE score > 5;"
    "CREATE TRIGGER {who}_gone AFTER DELETE ON users BEGIN DELETE FROM meta WHERE k = old.id; END;"
)
_FILL = (
    "INSERT INTO users(name, score) SELECT printf('%s %050d', '{who}', i), i / 3.0 FROM n;"
    "INSERT INTO meta VALUES ('x', '{who}'), ('{who}', x'00ff');"
)
_LOGGED = (
    "INSERT INTO users(name) VALUES ('only in the log'); DELETE FROM users WHERE id = 3;"
    "UPDATE meta SET v = 'logged' WHERE k = 'x'"
)
_NOTES = (
    "CREATE VIRTUAL TABLE notes USING fts5(body);"
    "INSERT INTO notes VALUES ('the quick brown fox'), ('jumps over it');"
)
_TABLES = (
    "{0}: users -> shop_user",
    "{0}: meta -> shop_meta",
    "side.db: users -> shop_side",
    'side.db: meta -> shop_meta, merge = "keep-target"',
    "deep/third.db: notes -> shop_note",
    "deep/third.db: plain -> shop_plain",
)
_GONE = '[[database]]\npath = "old.db"\naction = "delete"'
_DYING = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('PRAGMA cache_size = 2')
db.execute('BEGIN IMMEDIATE')
db.execute(sys.argv[2])
os._exit(0)
"""
KINDS = ("journal", "new target", "wal target", "wal source", "hot journals", "other folders")


class Scene:
    """A world of one kind before the migration, kept aside and put in place again and again."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind = kind
        self.root = folder / "w"
        self.root.mkdir()
        self.folder = folder
        self.target = "data/main.db" if kind == "other folders" else "main.db"
        self._build(World(self.root))
        self.keep("before")
        self.names = tuple(
            d.path for d in self.plan.with_action(Action.TARGET, Action.MERGE, Action.DELETE)
        )
        self.sources = self.names[1:] if self.names[0] == self.target else self.names
        self.files = self.bytes()
        self.before = self.started = self.ended = self.content()
        self.each = {name: dump(self.root / name) for name in self.sources}
        do_migrate(self.plan)
        self.after = self.content()
        self.keep("migrated")
        do_rollback(self.plan)
        assert self.bytes() == self.files

    @property
    def plan(self) -> Plan:
        """The plan, read anew."""
        return load_plan(self.root / "retable.toml")

    def _build(self, world: World) -> None:
        wal = {"wal target": self.target, "wal source": "side.db"}.get(self.kind)
        for name, who in ((self.target, "main"), ("side.db", "side")):
            if name == self.target and self.kind == "new target":
                continue
            file = world.make(name, "PRAGMA page_size = 1024;" + _USERS.format(who=who))
            fill = _FILL.format(who=who).replace("INSERT", _NUMBERS.format(40) + " INSERT", 1)
            world.make(name, fill)
            if wal == name:
                world.make(name, _LOGGED, wal=True)
            if self.kind == "hot journals":
                self._kill_writer(file, "UPDATE users SET name = 'lost' || name, score = 99")
        world.make(
            "deep/third.db", _NOTES + "CREATE TABLE plain(a, b); INSERT INTO plain VALUES (1, -0.0)"
        )
        world.make("old.db", "CREATE TABLE o(x); INSERT INTO o VALUES (1)")
        (world.root / "side.db").chmod(0o640)
        tables = [t.format(self.target) for t in _TABLES]
        if self.kind == "new target":
            tables = tables[2:]
            tables[1] = tables[1].partition(",")[0]
        head = ""
        if self.kind == "other folders":
            head = 'backup = "var/backups/{date}"\narchive = "var/put/away"'
        world.plan(*tables, target=self.target, extra=_GONE, head=head)

    def _kill_writer(self, file: Path, sql: str) -> None:
        child = os.fork()
        if child == 0:
            os.execv(sys.executable, [sys.executable, "-c", _DYING, os.fspath(file), sql])
        os.waitpid(child, 0)

    def keep(self, name: str) -> None:
        """Put a copy of all files aside."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.root, self.folder / name, symlinks=True)

    def take(self, name: str) -> None:
        """Put the files in place that were put aside."""
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.folder / name, self.root, symlinks=True)

    def bytes(self) -> dict[str, tuple[str, int, int]]:
        """Digest, mode and time of all databases and side files in their places."""
        return {
            name + suffix: (
                hashlib.sha256(file.read_bytes()).hexdigest(),
                stat.st_mode,
                stat.st_mtime_ns,
            )
            for name in self.names
            for suffix in SUFFIXES
            if (file := self.root / (name + suffix)).exists()
            for stat in (file.stat(),)
        }

    def content(self) -> object:
        """What the target says to a program that opens it."""
        return dump(self.root / self.target)

    def elsewhere(self) -> set[str]:
        """Every file that is no database of the plan and was not there before."""
        known = {p.relative_to(self.folder / "before") for p in (self.folder / "before").rglob("*")}
        return {
            str(path)
            for file in self.root.rglob("*")
            if (path := file.relative_to(self.root)) not in known
        }

    def is_backup(self, path: str) -> bool:
        """Whether it is a finished backup, or in one, or a folder that backups are in."""
        pattern = re.compile(re.escape(self.plan.backup).replace(r"\{date\}", "[^/]*"))
        folder = pattern.match(path)
        inside = folder is not None and not folder[0].endswith(".partial")
        return inside or self.plan.backup.startswith(path + "/")

    def hold(self) -> str:
        """Every file is the original or the result; says which the target is."""
        content = self.content()
        states = (self.before, self.started, self.ended, self.after)
        assert content in states, "the target is neither original nor result"
        archive = self.root / self.plan.archive
        kept = {
            hashlib.sha256(f.read_bytes()).hexdigest() for f in archive.rglob("*") if f.is_file()
        }
        now = self.bytes()
        for name in self.sources:
            here = dump(self.root / name)
            assert here is None or here == self.each[name], f"{name} says something else"
            for suffix in ("", "-wal", "-journal"):
                was = self.files.get(name + suffix)
                if was is not None and now.get(name + suffix, ("",))[0] != was[0]:
                    assert name + suffix not in now, f"{name}{suffix} has other bytes"
                    assert was[0] in kept, f"{name}{suffix} is nowhere"
                    assert content != self.before or self.rolling
        return "original" if content == self.started else "result"

    @property
    def rolling(self) -> bool:
        """Whether a rollback has begun."""
        return any(self.root.rglob("rollback.json"))


def dump(path: Path) -> object:
    """All that a program finds that opens a database; a copy is opened. None if that is nothing."""
    if not path.exists():
        return None
    place = Path(f"/dev/shm/retable-look-{os.getpid()}")
    if not place.parent.is_dir():
        place = path.parent / "look"
    place.mkdir()
    try:
        for suffix in ("", "-wal", "-journal"):
            side = path.with_name(path.name + suffix)
            if side.exists():
                shutil.copyfile(side, place / side.name)
        with closing(sqlite3.connect(place / path.name, isolation_level=None)) as database:
            return _dumped(database)
    finally:
        shutil.rmtree(place)


def _dumped(database: sqlite3.Connection) -> object:
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    schema = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    found: dict[str, object] = {}
    for kind, name, _, sql in schema:
        if kind != "table" or name == "retable_journal":
            continue
        if "VIRTUAL" in sql:
            database.execute(f'INSERT INTO "{name}"("{name}") VALUES (\'integrity-check\')')
        rows = database.execute(f'SELECT * FROM "{name}"').fetchall()
        if name == "retable_catalog":
            # When it was.
            rows = [(*row[:-2], row[-1]) for row in rows]
        found[name] = repr(rows)
    version = database.execute("PRAGMA user_version").fetchone()
    return (sorted(schema, key=repr), found, version) if schema else None


class Until(Silence):
    """Does something where it is told to."""

    def __init__(self, at: str, do: Callable[[], object]) -> None:
        self._at, self._do = at, do

    def start(self, what: str, total: int | None, unit: str = "") -> None:
        """Do it when this begins."""
        if what.startswith(self._at):
            self._do()


def do_migrate(plan: Plan) -> None:
    migrate(plan, progress=Silence())


def do_stopped(plan: Plan) -> None:
    """A migration that is stopped, by Ctrl-C or by a proof that fails, before its commit."""
    with contextlib.suppress(KeyboardInterrupt):
        migrate(plan, progress=Until("write to disk", _stop))


def _stop() -> None:
    raise KeyboardInterrupt


def die() -> None:
    """As if the power went."""
    os.kill(os.getpid(), signal.SIGKILL)


def do_half(plan: Plan) -> None:
    """A migration that is killed before its commit, when much is written already."""
    migrate(plan, progress=Until("write to disk", die))


def do_commit(plan: Plan) -> None:
    """A migration that is killed right after its commit."""
    migrate(plan, progress=Until("archive", die))


def do_rollback(plan: Plan) -> None:
    rollback(plan, progress=Silence())


def do_drop(plan: Plan) -> None:
    rollback(plan, progress=Silence(), drop_new_rows=True)


def do_phase(phase: Phase, plan: Plan) -> None:
    migrate(plan, progress=Silence(), phase=phase)


def do_finish(plan: Plan) -> None:
    finish(plan, progress=Silence())


Verb = Callable[[Plan], object]


def goes_back(scene: Scene, *, drop: bool = False) -> None:
    """Go back, also where nothing had begun: every byte is as it was, and nothing lies about."""
    do = do_drop if drop else do_rollback
    try:
        do(scene.plan)
    except StateError as error:
        assert "nothing has run" in str(error)  # noqa: PT017
    assert scene.bytes() == scene.files
    assert scene.content() == scene.before
    left = {path for path in scene.elsewhere() if not scene.is_backup(path)}
    assert not left


def write_early() -> None:
    """Let SQLite write to the file long before the commit, as it does with much data."""
    real = transaction.open_target

    def small(path: Path, name: str):
        database = real(path, name)
        database.run("PRAGMA cache_size = 4")
        return database

    transaction.open_target = small


def run_apart(verb: Verb, plan: Plan, act: Callable[[Write], None], *, reads: bool = False) -> int:
    """Do it in a process of its own whose writes are seen; its exit status, or minus its signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 70
    try:
        write_early()
        disk = Disk(act, reads=reads)
        disk.watch()
        try:
            verb(plan)
            status = 0
        finally:
            disk.stop()
    except BaseException:  # noqa: BLE001
        disk.stop()
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def listed(verb: Verb, plan: Plan, aside: Path) -> list[str]:
    """All points at which it can be killed; it is done to its end."""
    with aside.open("w") as file:

        def note(write: Write) -> None:
            if write.kind != "wrote":
                file.write(str(write) + "\n")
                file.flush()

        assert run_apart(verb, plan, note) == 0
    return aside.read_text().splitlines()


def killed(verb: Verb, plan: Plan, point: int) -> bool:
    """Whether it was killed there: before that write, or in the middle of it."""
    seen = 0

    def kill(write: Write) -> None:
        nonlocal seen
        if write.kind != "wrote":
            if seen == point:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1

    status = run_apart(verb, plan, kill)
    assert status in (0, -signal.SIGKILL), status
    return status != 0
