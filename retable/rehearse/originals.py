"""What the user's files are: a rehearsal must leave each of them as it was."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from migrate.files.parts import beside, digest_of, present
from plan.model import Plan
from refactor.code.files import code_files
from refactor.code.git import in_work_tree, run_git

_OF_TOOLS = frozenset(
    {".git", ".hg", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".svn", ".tox"}
    | {"__pycache__", "node_modules", "site-packages"}
)
_VENV = "pyvenv.cfg"


def top_of(plan: Plan) -> tuple[Path, bool]:
    """The folder that is the project: git's working tree, or the plan's folder without one.

    Raises:
        GitError: there is a repository, but git refuses to read it.
    """
    if not in_work_tree(plan.root):
        return Path(os.path.realpath(plan.root)), False
    said = run_git(plan.root, "rev-parse", "--show-toplevel")
    return Path(os.path.realpath(os.fsdecode(said.rstrip(b"\n")))), True


def files_of(
    top: Path, plan: Plan, *, in_git: bool, include: Iterable[str] = ()
) -> tuple[str, ...]:
    """The project's files but for the plan's databases.

    With git, what it tracks or would track; besides, what the plan says is code, and what
    `include` names, whether it is ignored or not.
    """
    names = {os.path.relpath(plan.file, top), *_of_plan(top, plan)}
    if in_git:
        listed = run_git(top, "ls-files", "-z", "-c", "-o", "--exclude-standard").split(b"\0")
        names.update(_listed(top, map(os.fsdecode, filter(None, listed))))
    else:
        names.update(_walked(top, ""))
    for pattern in include:
        found = (os.path.relpath(path, top) for path in top.glob(pattern))
        names.update(_listed(top, found))
    return tuple(sorted(names - databases_of(top, plan).keys()))


def _of_plan(top: Path, plan: Plan) -> Iterator[str]:
    code = code_files(plan.root, plan.code.paths, plan.code.exclude, plan.code.live)
    root = os.path.realpath(plan.root)
    for path in (*code.files, *code.history):
        yield os.path.relpath(f"{root}/{path}", top)


def databases_of(top: Path, plan: Plan) -> dict[str, Path]:
    """Each file of the plan's databases that is there, side files too, by its path below `top`.

    Not the -shm, which holds no data and changes with every reader.
    """
    root = Path(os.path.realpath(plan.root))
    return {
        os.path.relpath(beside(path, suffix), top): beside(path, suffix)
        for database in plan.databases
        for path in (root / database.path,)
        for suffix in present(path)
        if suffix != "-shm"
    }


def venvs_of(folders: Iterable[Path]) -> Iterator[Path]:
    """The virtual environments that lie in these folders."""
    for folder in dict.fromkeys(folders):
        yield from (it.parent for it in sorted(folder.glob(f"*/{_VENV}")))


def digests(top: Path, names: Iterable[str]) -> dict[str, str]:
    """What each file holds, where each link leads, and each file's mode."""
    return {name: _digest(top / name) for name in names if os.path.lexists(top / name)}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """What became of files, in words."""
    said = (
        (name, "is gone" if name not in after else "is new" if name not in before else "changed")
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )
    return tuple(f"{name} {what}" for name, what in said)


def _digest(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"link {os.fsencode(path.readlink())!r}"
    if not stat.S_ISREG(mode):
        return "folder"
    return f"{stat.S_IMODE(mode):o} {digest_of(path)}"


def _listed(top: Path, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        path = top / name.rstrip("/")
        if path.is_dir() and not path.is_symlink():  # a submodule, or a repository within
            yield from _walked(top, name.rstrip("/"))
        elif os.path.lexists(path):
            yield name


def _walked(top: Path, below: str) -> Iterator[str]:
    """All files, but for those that tools write."""
    for folder, folders, files in os.walk(top / below):
        here = Path(folder)
        links = [it for it in folders if (here / it).is_symlink()]
        folders[:] = sorted(
            it
            for it in folders
            if it not in _OF_TOOLS and it not in links and not (here / it / _VENV).is_file()
        )
        for name in (*files, *links):
            if name != ".git":
                yield os.path.relpath(here / name, top)
