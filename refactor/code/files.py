"""Which files are the code: what git would track under the plan's paths, or our own walk.

Inside a git repository the list is git's: hidden folders in, ignored files out. Outside, an own
walk leaves out what tools write (`.venv`, `node_modules`, caches). A file is listed once, by its
real path, however many symbolic links lead to it.
"""

import os
import stat
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct, field

from plan.errors import UserError
from refactor.code.git import GitError, in_work_tree, run_git
from refactor.text.globs import Globs
from refactor.text.source import Unreadable

_TOOL_FOLDERS = frozenset(
    {
        ".git",
        ".hg",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        "__pycache__",
        "node_modules",
        "site-packages",
    }
)
_TOP = PurePosixPath()


class CodePathError(UserError):
    """A path of the plan's `[code] paths` that leads to no code under the root."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path, why)
        self.path = path
        self.why = why

    def __str__(self) -> str:
        """Name the plan's key, the path and what is wrong with it."""
        return f"[code] paths: {self.path!r} {self.why}"


class CodeFiles(Struct, frozen=True):
    """The files under the plan's paths, each in exactly one of three groups, sorted."""

    files: tuple[PurePosixPath, ...]
    history: tuple[PurePosixPath, ...]
    skipped: tuple[tuple[PurePosixPath, str], ...]
    unlisted: tuple[Unreadable, ...] = ()
    """Folders that cannot be looked into."""


def code_files(
    root: Path, paths: Sequence[str], exclude: Sequence[str], live: Sequence[str] = ()
) -> CodeFiles:
    """Return what lies under the paths (relative to root): to be looked at, history, or skipped.

    A path which git ignores is looked at all the same when the plan names it. What `exclude`
    covers is history, but for what `live` covers too.

    Raises:
        CodePathError: a path does not exist, or leads out of the root.
        GitError: git refuses to list its repository.
    """
    real_root = Path(os.path.realpath(root))
    starts = tuple(_start(real_root, path) for path in paths)
    listing = _Listing(real_root, _tracked(real_root))
    for start in starts:
        listing.add_below(start)
    excluded, kept = Globs(exclude), Globs(live)
    past = frozenset(
        name for name in listing.files if excluded.covers(name) and not kept.covers(name)
    )
    return CodeFiles(
        files=tuple(map(PurePosixPath, sorted(listing.files - past))),
        history=tuple(map(PurePosixPath, sorted(past))),
        skipped=tuple((PurePosixPath(name), why) for name, why in sorted(listing.reasons())),
        unlisted=tuple(
            Unreadable(PurePosixPath(name), why) for name, why in sorted(listing.unlisted.items())
        ),
    )


def _start(root: Path, path: str) -> PurePosixPath:
    """Return the real path below root that a path of the plan means."""
    given = root / path
    if not os.path.lexists(given):
        raise CodePathError(path, f"does not exist in {root}")
    real = os.path.realpath(given)
    if not os.path.exists(real):  # noqa: PTH110 - Path.exists raises on a loop of links
        raise CodePathError(path, "is a symbolic link to nothing")
    inside = _inside(root, real)
    if inside is None:
        raise CodePathError(path, f"leads out of {root}")
    return inside


def _inside(root: Path, real: str) -> PurePosixPath | None:
    try:
        return PurePosixPath(Path(real).relative_to(root).as_posix())
    except ValueError:
        return None


def _tracked(root: Path) -> list[str] | None:
    """Return git's list for root, sorted; None where git has no say."""
    if not in_work_tree(root):
        return None
    found = run_git(root, "ls-files", "-zco", "--exclude-standard").split(b"\0")
    # A merge in progress lists a file once per side; a repository of its own ends in a slash.
    return sorted({os.fsdecode(name).rstrip("/") for name in found if name})


class _Listing(Struct):
    """What has been found so far; only `code_files` sees it while it grows.

    Names are relative to root and plain texts: paths cost more than git takes to list them.
    """

    root: Path
    tracked: list[str] | None
    files: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    unlisted: dict[str, str] = field(default_factory=dict)

    def add_below(self, start: PurePosixPath) -> None:
        """Add a named file, or all files of a named folder."""
        if self.tracked is None:
            self._add(self._walked(start))
            return
        found = _below(self.tracked, start)
        if (not found and start != _TOP) or _is_ignored(self.root, start):
            # The plan names it, so it is code, whatever git thinks of it.
            found += self._walked(start)
        self._add(found)

    def reasons(self) -> Iterator[tuple[str, str]]:
        """Yield what is not listed, each with why."""
        yield from self.skipped.items()
        listed = {*self.files, *_folders_of(self.files)} if self.links else set()
        for link, target in self.links.items():
            why = "listed by that name" if target in listed else "ignored or empty"
            yield link, f"a symbolic link to {target}, which is {why}"

    def _add(self, names: Iterable[str]) -> None:
        prefix = os.path.join(self.root, "")  # noqa: PTH118 - `/` costs more than `lstat`
        for name in names:
            if name in self.files or name in self.links or name in self.skipped:
                continue
            mode = _mode(prefix + name)
            if stat.S_ISREG(mode):
                self.files.add(name)
            elif stat.S_ISLNK(mode):
                self._follow(name)
            elif stat.S_ISDIR(mode):
                self.skipped[name] = "a repository of its own (submodule or nested)"
            elif mode:
                self.skipped[name] = "not a regular file"

    def _follow(self, link: str) -> None:
        real = os.path.realpath(self.root / link)
        target = _inside(self.root, real)
        if not os.path.exists(real):  # noqa: PTH110 - Path.exists raises on a loop of links
            self.skipped[link] = "a symbolic link to nothing"
        elif target is None:
            self.skipped[link] = f"a symbolic link out of the root, to {real}"
        else:
            self.links[link] = str(target)
            self._add(self._linked(target))

    def _linked(self, target: PurePosixPath) -> list[str]:
        """Return what a link leads to, unless git or our walk would leave it out there."""
        if self.tracked is not None:
            return _below(self.tracked, target)
        folders = (folder for folder in (target, *target.parents) if folder != _TOP)
        if any(_is_tool_folder(self.root / folder) for folder in folders):
            return []
        return self._walked(target)

    def _walked(self, start: PurePosixPath) -> list[str]:
        """Return every file and link below a path, without tools' folders, following no link."""
        top = self.root / start
        if not top.is_dir():
            return [str(start)]
        found = []
        for folder, folders, names in os.walk(top, onerror=self._unlisted):
            here = Path(folder)
            links = [name for name in folders if (here / name).is_symlink()]
            folders[:] = [
                name for name in folders if name not in links and not _is_tool_folder(here / name)
            ]
            # In a worktree or a submodule `.git` is a file.
            files = (name for name in (*names, *links) if name not in _TOOL_FOLDERS)
            found += [(here / name).relative_to(self.root).as_posix() for name in files]
        return found

    def _unlisted(self, error: OSError) -> None:
        folder = _inside(self.root, error.filename)
        if folder is not None:
            self.unlisted[str(folder)] = f"cannot be listed: {error.strerror}"


def _folders_of(names: Iterable[str]) -> set[str]:
    """Return all folders, the top one included, that hold one of these files at any depth."""
    folders: set[str] = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    # The top one is called as a path calls it.
    return {folder or str(_TOP) for folder in folders}


def _mode(file: str) -> int:
    """Return the file's mode, or 0 for a file that git lists but which has been deleted."""
    try:
        return os.lstat(file).st_mode
    except OSError:
        return 0


def _below(names: list[str], start: PurePosixPath) -> list[str]:
    """Return the names that are `start` or lie in it, from a sorted list."""
    if start == _TOP:
        return list(names)
    prefix = f"{start}/"
    at = bisect_left(names, str(start))
    found = names[at : at + 1] if names[at : at + 1] == [str(start)] else []
    # "0" follows "/" in the order of characters.
    low, high = bisect_left(names, prefix), bisect_left(names, f"{start}0")
    return found + names[low:high]


def _is_ignored(root: Path, start: PurePosixPath) -> bool:
    """Tell whether git ignores a path as a whole; git exits with 1 when it does not."""
    asked = os.fsencode(f"./{start}") + b"\0"
    try:
        # One tracked file in an ignored folder would make git deny that it ignores the others.
        return bool(run_git(root, "check-ignore", "--no-index", "-z", "--stdin", stdin=asked))
    except GitError:
        return False


def _is_tool_folder(folder: Path) -> bool:
    # Whatever its name: an environment is known by the file that makes it one.
    # `Path.is_file` would raise where a folder cannot be entered.
    return folder.name in _TOOL_FOLDERS or os.path.isfile(folder / "pyvenv.cfg")  # noqa: PTH113 - see above
