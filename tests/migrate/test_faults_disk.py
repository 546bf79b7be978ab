"""No room, and no permission, through the command line, on file systems of their own."""

import contextlib
import errno
import itertools
import os
import shutil
import subprocess
import threading
import time

import pytest

from migrate.files.unfinished import IN_PROGRESS, in_progress
from tests.migrate.conftest import World
from tests.migrate.desk import BOUND, Desk

PLAN = ("main.db: a -> shop_a", "side.db: b -> shop_b")
ROWS = (
    "CREATE TABLE {0}(x, y);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {1})"
    " INSERT INTO {0} SELECT i, printf('%040d', i) FROM n"
)


@pytest.fixture
def mounted(tmp_path):
    """Makes small file systems in memory, which end with the test."""
    made = []

    def mount(name, size):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
        if shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
            pytest.skip("this user may not mount a file system")
        made.append(folder)
        return folder

    yield mount
    for folder in made:
        subprocess.run(["umount", "-l", folder], check=True)


def desk_in(folder, temporary, *, rows=20_000, wal=False, head=""):
    world = World(folder / "world")
    world.root.mkdir(exist_ok=True)
    world.make("main.db", ROWS.format("a", rows), wal=wal)
    world.make("side.db", ROWS.format("b", rows), wal=wal)
    world.plan(*PLAN, head=head)
    return Desk(world, temporary / "temporary")


def free_in(folder):
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize


def fill(folder, left):
    with (folder / "filler").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free_in(folder) - left)


class Filling:
    """Somebody who takes all but a rest of the disk, as soon as there is a backup, or half one."""

    def __init__(self, folder, pattern, left):
        self.folder, self.pattern, self.left = folder, pattern, left
        self.over = False
        self.thread = threading.Thread(target=self.wait)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over = True
        self.thread.join()
        (self.folder / "filler").unlink(missing_ok=True)

    def wait(self):
        while not self.over and not any((self.folder / "world").glob(self.pattern)):
            time.sleep(0.001)
        if not self.over:
            # What it has got until the disk is full is what it takes.
            with contextlib.suppress(OSError):
                fill(self.folder, self.left)


HALF, WHOLE = "backup-*.partial", "backup-*[0-9]"


LEFT = (1_000, 300_000, 1_000_000, 2_000_000, 3_000_000, 4_000_000)
QUICK = ((False, WHOLE, 1_000), (True, HALF, 1_000), (True, WHOLE, 300_000))


@pytest.mark.parametrize(
    ("wal", "when", "left"),
    [
        pytest.param(*case, marks=() if case in QUICK else pytest.mark.slow)
        for case in itertools.product((False, True), (HALF, WHOLE), LEFT)
    ],
)
def test_the_disk_is_filled_meanwhile(mounted, tmp_path, wal, when, left):
    disk = mounted("disk", "24m")
    desk = desk_in(disk, tmp_path, wal=wal)
    before = desk.everything()
    with Filling(disk, when, left):
        status, said = desk.run("migrate", "--yes")
    if status == 2 and desk.everything() == before:
        assert "free some space" in desk.is_refusal(status, said, before)
        assert not said.startswith("error: retable.toml")
        return
    assert status == 0 or said.startswith("error: "), said
    assert not any(".partial" in name or "restore" in name for name in desk.everything())
    # It was committed: the rest is done by the next run.
    assert desk.world.rows("main.db", "SELECT 1 FROM sqlite_schema WHERE name = 'shop_b'"), said
    desk.done("migrate", "--yes")
    desk.done("verify")
    desk.done("rollback", "--yes")


def test_a_disk_that_is_full_before_the_first_byte_is_said_of_the_file(mounted):
    draft = mounted("disk", "64k")
    fill(draft, 0)
    with pytest.raises(OSError, match=IN_PROGRESS) as full, in_progress(draft):
        pass
    assert full.value.errno == errno.ENOSPC


def test_an_archive_on_another_disk_that_is_too_small(mounted, tmp_path):
    mounted("world/archive", "1m")
    desk = desk_in(tmp_path, tmp_path, head='archive = "archive/old"')
    said = desk.refused("migrate", "--yes")
    assert "the archive need" in said


@pytest.mark.slow
def test_an_archive_on_another_disk_that_is_filled_meanwhile(mounted, tmp_path):
    archive = mounted("world/archive", "8m")
    desk = desk_in(tmp_path, tmp_path, head='archive = "archive/old"')
    original = desk.world.digests()
    for phase in ("merge", "rename", "document"):
        desk.done("migrate", "--yes", "--phase", phase)
    for left in (1_000, 100_000, 500_000):
        fill(archive, left)
        before = desk.everything()
        status, said = desk.run("archive")
        assert status == 2, said
        assert "No space left on device (free some space, then run again)" in said
        assert {k: v for k, v in desk.everything().items() if ".db" in k} == {
            k: v for k, v in before.items() if ".db" in k
        }
        # Its manifest is all that may be there.
        there = [path.name for path in archive.rglob("*") if path.is_file()]
        assert len(there) <= 1 + (left > 1_000), there
        (archive / "filler").unlink()
    desk.done("archive")
    desk.done("verify")
    desk.done("rollback", "--yes")
    assert desk.world.digests() == original
    assert not any(archive.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("wal", [False, True], ids=["journal", "wal"])
def test_a_disk_that_is_full_at_rollback(mounted, tmp_path, wal):
    disk = mounted("disk", "24m")
    desk = desk_in(disk, tmp_path, wal=wal)
    original = desk.world.digests()
    desk.done("migrate", "--yes")
    fill(disk, 200_000)
    status, said = desk.run("rollback", "--yes")
    (disk / "filler").unlink()
    assert not any("restore" in name for name in desk.everything())
    if status:
        assert "No space left on device (free some space, then run again)" in said
        desk.done("rollback", "--yes")
    assert desk.world.digests() == original


@pytest.mark.slow
def test_a_file_system_that_is_read_only(mounted, tmp_path):
    disk = mounted("disk", "24m")
    desk = desk_in(disk, tmp_path, rows=10)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for words in (("migrate", "--yes"), ("migrate", "--yes", "--phase", "merge")):
        assert "read-only" in desk.refused(*words)
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    desk.done("migrate", "--yes")
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for words in (("rollback", "--yes"), ("finish", "--yes")):
        assert "ead-only" in desk.refused(*words), words
    subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
    desk.done("rollback", "--yes")


@pytest.fixture
def bound():
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("permissions do not bind root, and there is no setpriv")
    return BOUND if os.geteuid() == 0 else ()


@pytest.mark.parametrize(
    ("which", "mode"),
    [
        pytest.param(which, mode, marks=() if mode == quick else pytest.mark.slow)
        for which, quick in (
            ("main.db", 0o444),
            ("side.db", 0o222),
            ("main.db folder", 0o555),
            ("side.db folder", 0o666),
        )
        for mode in (0o000, 0o222, 0o444, 0o555, 0o666)
        if (which, mode) not in {("main.db", 0o666), ("side.db", 0o666)}
    ],
)
def test_permissions(tmp_path, bound, which, mode):
    world = World(tmp_path / "world")
    main, side = "in/main.db", "from/side.db"
    world.make(main, "CREATE TABLE a(x)")
    world.make(side, "CREATE TABLE b(x)")
    (world.root / "retable.toml").write_text("")
    world.plan(f"{main}: a -> shop_a", f"{side}: b -> shop_b", target=main)
    desk = Desk(world, tmp_path / "temporary")
    path = world.root / (main if "main" in which else side)
    path = path.parent if "folder" in which else path
    usual = path.stat().st_mode
    path.chmod(mode)
    said = desk.refused("migrate", "--yes", below=bound)
    path.chmod(usual)
    assert path.name in said or path.parent.name in said
