"""A copy of the project to rehearse in, which goes away with us: also when we are killed.

It is a folder among the system's temporary ones. A lock tells that somebody works in it: it ends
with the last process that holds it, and that is the user's command too. So whoever comes next
knows which folders are left over, and removes them.

The copy has a git of its own that borrows the objects of the user's: nothing is registered there,
so nothing can be left behind there, which `git worktree` could not promise after a kill.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from migrate.errors import DatabaseError
from migrate.files.locks import locks
from migrate.files.parts import beside, present
from plan.errors import Problem, ProblemsError
from plan.model import Plan
from refactor.code.git import GitError, run_git
from retable.rehearse.originals import databases_of, files_of, top_of, venvs_of

_PREFIX = "retable-rehearse-"
_LOCK = "lock"
_READ_IN = 1_000_000
"""Bytes up to which a file is searched for the project's own absolute path."""


@dataclass(frozen=True, slots=True)
class Project:
    """The user's project."""

    top: Path
    plan: Plan
    in_git: bool
    files: tuple[str, ...]
    venvs: tuple[Path, ...]

    @property
    def root(self) -> str:
        """The plan's folder, from the top."""
        return os.path.relpath(os.path.realpath(self.plan.root), self.top)


@dataclass(frozen=True, slots=True)
class Workplace:
    """The folder of one rehearsal."""

    folder: Path
    lock: int
    """The open file whose lock says that somebody works here; the command inherits it."""

    @property
    def copy(self) -> Path:
        """Where the project's copy is."""
        return self.folder / "project"

    @property
    def pristine(self) -> Path:
        """Another copy, that nothing has run in."""
        return self.folder / "pristine"

    def renew(self) -> None:
        """Put the pristine copy in the place of the used one."""
        _remove(self.copy)
        self.pristine.rename(self.copy)


def project_of(plan: Plan, include: tuple[str, ...]) -> Project:
    """What there is to copy."""
    top, in_git = top_of(plan)
    files = files_of(top, plan, in_git=in_git, include=include)
    venvs = tuple(venvs_of((top, Path(os.path.realpath(plan.root)))))
    return Project(top, plan, in_git, files, venvs)


@contextlib.contextmanager
def workplace(*, keep: bool) -> Iterator[Workplace]:
    """A folder to work in; it is removed at the end, unless it is to be kept."""
    _remove_left_over()
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix=_PREFIX)))
    lock = os.open(folder / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC)
    fcntl.flock(lock, fcntl.LOCK_EX)
    kept = False
    try:
        yield Workplace(folder, lock)
        kept = keep
    finally:
        if kept:
            (folder / _LOCK).unlink()  # what has no lock is never taken for left over
        else:
            _remove(folder)
        os.close(lock)


def _remove_left_over() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(folder)
            finally:
                os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a tree, what is read-only in it too."""
    for here, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(here, name)
            if not path.is_symlink() and not os.access(path, os.W_OK | os.X_OK):
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def enough_space(project: Project, place: Workplace) -> None:
    """Refuse what does not fit.

    Raises:
        ProblemsError: two copies and a migration need more than there is.
    """
    databases = databases_of(project.top, project.plan).values()
    files = (project.top / name for name in project.files)
    data = sum(path.stat().st_size for path in databases)
    code = sum(path.lstat().st_size for path in files if os.path.lexists(path))
    # Two copies, the backup of one, the archive is moved; the target grows by the rest.
    needed = 2 * code + 5 * data
    free = shutil.disk_usage(place.folder).free
    if needed > free:
        what = f"{needed / 1e6:,.0f} MB are needed for two copies, {free / 1e6:,.0f} are free"
        mend = "name another folder in the variable TMPDIR"
        raise ProblemsError((Problem(str(place.folder.parent), what, mend),))


def copy_project(project: Project, to: Path) -> tuple[str, ...]:
    """Copy code and databases; returns the files that name the project by its absolute path.

    Raises:
        ProblemsError: something cannot be copied.
    """
    to.mkdir()
    try:
        if project.in_git:
            _git_of_its_own(project, to)
        bound = [name for name in project.files if _copied(project.top, to, name)]
        for venv in project.venvs:
            place = to / venv.relative_to(project.top)
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.symlink_to(venv)
        _copy_databases(project, to / project.root)
    except OSError as error:
        where, what = str(error.filename), f"cannot be copied: {error.strerror}"
        raise ProblemsError((Problem(where, what, "mend that, then run again"),)) from error
    return tuple(bound)


def _git_of_its_own(project: Project, to: Path) -> None:
    clone = ("clone", "-q", "--shared", "--no-checkout", "--", str(project.top), str(to))
    run_git(project.top, *clone)
    run_git(to, "remote", "remove", "origin")  # nothing is ever pushed to the user's
    with contextlib.suppress(GitError):  # where there is no commit yet
        run_git(to, "reset", "-q")
    ignored = [f"/{venv.relative_to(project.top)}" for venv in project.venvs]
    said = run_git(project.top, "rev-parse", "--git-path", "info/exclude")
    theirs = project.top / os.fsdecode(said.rstrip(b"\n"))
    text = theirs.read_text(errors="surrogateescape") if theirs.is_file() else ""
    exclude = to / ".git" / "info" / "exclude"
    exclude.parent.mkdir(exist_ok=True)
    exclude.write_text("\n".join([text, *ignored, ""]), errors="surrogateescape")


def _copied(top: Path, to: Path, name: str) -> bool:
    """Copy one file; tells whether it names the project by its absolute path."""
    source, place = top / name, to / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        place.symlink_to(_target(source, top, to))
        return False
    if not source.is_file():  # a socket or a pipe, or it is gone meanwhile
        return False
    shutil.copy2(source, place)
    if source.stat().st_size > _READ_IN:
        return False
    return os.fsencode(top) + b"/" in place.read_bytes()


def _target(link: Path, top: Path, to: Path) -> str:
    """Where the copy of a link leads: into the copy, or where it led if that is elsewhere."""
    written = link.readlink()
    absolute = os.path.normpath(link.parent / written)
    inside = absolute == str(top) or absolute.startswith(f"{top}{os.sep}")
    if not inside:
        return absolute
    return str(to / os.path.relpath(absolute, top) if written.is_absolute() else written)


def _copy_databases(project: Project, to: Path) -> None:
    root = Path(os.path.realpath(project.plan.root))
    for database in project.plan.databases:
        source, place = root / database.path, to / database.path
        if source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy_database(source, place, database.path)


def _copy_database(source: Path, place: Path, name: str) -> None:
    """All of it as it is, while nobody can write; where somebody uses it, what SQLite reads."""
    with locks() as held:
        try:
            held.hold(source, name)
        except DatabaseError:
            _read_by_sqlite(source, place)
            return
        for suffix in present(source):
            if suffix != "-shm":
                shutil.copy2(beside(source, suffix), beside(place, suffix))


def _read_by_sqlite(source: Path, place: Path) -> None:
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as read,
            contextlib.closing(sqlite3.connect(place)) as written,
        ):
            read.backup(written)
    except sqlite3.Error as error:
        what = f"is in use, and cannot be read: {error}"
        raise ProblemsError(
            (Problem(str(source), what, "stop the program that uses it, then run again"),)
        ) from error
