"""Which files differ from a revision: committed since, uncommitted, and untracked."""

import os
from pathlib import Path, PurePosixPath

from plan.errors import Problem, ProblemsError
from refactor.code.git import GitError, in_work_tree, run_git


class SinceError(ProblemsError):
    """What changed since a revision cannot be told."""


def changed_since(root: Path, revision: str) -> frozenset[PurePosixPath]:
    """The files below a folder that are not as where this line of work left `revision`.

    Compared with the commit that both have in common, so that what others did there meanwhile
    does not count. A file that is gone counts as changed.

    Raises:
        SinceError: no git, no repository, no such revision, or nothing in common.
        GitError: git refuses.
    """
    here = Path(os.path.realpath(root))
    base = _base(here, revision)
    names = run_git(here, "diff", "--name-only", "--no-renames", "--relative", "-z", base, "--")
    new = run_git(here, "ls-files", "-zo", "--exclude-standard")
    found = (os.fsdecode(name) for name in (*names.split(b"\0"), *new.split(b"\0")) if name)
    return frozenset(map(PurePosixPath, found))


def _base(here: Path, revision: str) -> str:
    if not in_work_tree(here):
        raise _error(revision, f"{here} is in no git repository", "leave --since out")
    try:
        commit = _said(here, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    except GitError as error:
        mend = "fetch it, or name another; a checkout in CI may want `fetch-depth: 0`"
        raise _error(revision, "is no revision that git knows here", mend) from error
    try:
        return _said(here, "merge-base", commit, "HEAD")
    except GitError as error:
        mend = "a checkout in CI may want `fetch-depth: 0`"
        raise _error(revision, "has no commit in common with HEAD", mend) from error


def _said(here: Path, *arguments: str) -> str:
    return run_git(here, *arguments).decode("ascii").strip()


def _error(revision: str, what: str, mend: str) -> SinceError:
    return SinceError((Problem(f"--since {revision}", what, mend),))


def prefix_in_repository(root: Path) -> PurePosixPath:
    """Where a folder lies in its git repository; the top one where there is none."""
    here = Path(os.path.realpath(root))
    try:
        inside = in_work_tree(here)
        prefix = run_git(here, "rev-parse", "--show-prefix") if inside else b""
    except GitError:
        return PurePosixPath()
    return PurePosixPath(os.fsdecode(prefix.rstrip(b"\n")))
