"""What must be on the disk, and not in a cache, before the next step: a power cut may come."""

from pathlib import Path

import pytest

from tests.migrate.scenes import KINDS, Scene, do_migrate, do_rollback, run_apart


class Cache:
    """Which files and names would be lost if the power went now."""

    def __init__(self, root):
        self.root = root
        self.files, self.names = set(), {}

    def __call__(self, write):
        path = Path(write.path)
        if write.kind == "wrote" or (write.who == "sqlite" and write.kind in ("write", "truncate")):
            # A -wal that comes back says only what has been moved to the main file, and synced.
            if write.kind != "truncate" or not path.name.endswith("-wal"):
                self.files.add(path)
        elif write.kind == "sync":
            self.files.discard(path)
            self.names = {p: f for p, f in self.names.items() if path not in f}
            if write.who == "sqlite" and path.name.endswith(("-journal", "-wal")):
                # SQLite brings the name of a new journal down with it.
                self.names = {p: f for p, f in self.names.items() if path.parent not in f}
        if write.kind in ("create", "mkdir", "truncate") and not path.exists():
            self.names.setdefault(path, {path.parent})
        elif write.kind == "rename":
            self._rename(path, Path(write.to))
        elif write.kind in ("unlink", "delete"):
            self.files.discard(path)
            self.names.pop(path, None)

    def _rename(self, path, to):
        inside = [p for p in (*self.files, *self.names) if p == path or path in p.parents]
        for old in inside:
            new = to / old.relative_to(path)
            if old in self.files:
                self.files.remove(old)
                self.files.add(new)
            folders = self.names.pop(old, None)
            if folders:
                self.names[new] = {
                    to / f.relative_to(path) if f == path or path in f.parents else f
                    for f in folders
                }
        self.names[to] = {to.parent}

    def in_danger(self, folder):
        """What below a folder, and which names above it, may be lost."""
        lost = {p for p in (*self.files, *self.names) if folder in (p, *p.parents)}
        return lost | {p for p in self.names if p in folder.parents}


def watched(scene, verb, at, expect):
    """Run it; `at` says at which writes `expect` must hold of the cache."""
    cache, aside = Cache(scene.root), scene.folder / "aside"
    aside.write_text("")

    def act(write):
        if not write.half:
            if at(write):
                with aside.open("a") as file:
                    file.write(f"{write}: {sorted(map(str, expect(cache, write)))}\n")
            cache(write)

    assert run_apart(verb, scene.plan, act) == 0
    lines = aside.read_text().splitlines()
    assert lines, "the moment never came"
    return [line for line in lines if not line.endswith(": []")]


@pytest.mark.parametrize("kind", KINDS)
def test_the_backup_is_on_the_disk_before_the_target_is_written(tmp_path, kind):
    scene = Scene(tmp_path, kind)
    scene.take("before")
    target = str(scene.root / scene.target)

    def backups(cache, _):
        (folder,) = scene.root.glob(scene.plan.backup.replace("{date}", "*"))
        mark = folder / "in-progress"
        return {p for p in cache.in_danger(folder) if p != mark}

    def first(write):
        return write.who == "sqlite" and write.kind == "write" and write.path.startswith(target)

    assert not watched(scene, do_migrate, first, backups)


@pytest.mark.parametrize("kind", KINDS)
def test_the_result_is_on_the_disk_before_a_source_leaves_its_place(tmp_path, kind):
    scene = Scene(tmp_path, kind)
    scene.take("before")
    sources = {str(scene.root / name) for name in scene.sources}
    main = scene.root / scene.target

    def leaves(write):
        return write.kind == "rename" and write.path in sources

    def result(cache, _):
        return (cache.files | set(cache.names)) & {main, main.with_name(main.name + "-wal")}

    assert not watched(scene, do_migrate, leaves, result)


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_on_the_disk_before_they_take_their_place_again(tmp_path, kind):
    scene = Scene(tmp_path, kind)
    scene.take("migrated")
    places = {str(scene.root / name) for name in scene.names}

    def comes(write):
        return write.kind == "rename" and write.to in places

    assert not watched(
        scene, do_rollback, comes, lambda cache, write: cache.files & {Path(write.path)}
    )
