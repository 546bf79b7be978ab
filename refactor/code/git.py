"""Git, asked about one folder, whatever hook it is that we are called from."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from plan.errors import UserError

# Hooks run with these set to their own repository and index, which need not be the ones of ROOT.
_INHERITED = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GLOB_PATHSPECS",
        "GIT_ICASE_PATHSPECS",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_LITERAL_PATHSPECS",
        "GIT_NAMESPACE",
        "GIT_NOGLOB_PATHSPECS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)


class GitError(UserError):
    """Git is there, but could not do what was asked; carries git's own words."""

    def __init__(self, command: str, said: str) -> None:
        super().__init__(command, said)
        self.command = command
        self.said = said

    def __str__(self) -> str:
        """Say what was asked, and what git answered."""
        return f"git {self.command} failed: {self.said}"


def run_git(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Return what a git command prints when run in a folder, whatever hook we are called from.

    Raises:
        GitError: git exits with an error.
        FileNotFoundError: there is no git.
    """
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**git_environment(), **environment},
        input=stdin,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise GitError(_verb(arguments), done.stderr.decode("utf-8", "replace").strip())
    return done.stdout


def _verb(arguments: Sequence[str]) -> str:
    """Return git's verb, which stands behind any `-c name=value`."""
    settings = 2 * arguments.count("-c")
    return arguments[settings]


def git_environment() -> dict[str, str]:
    """Return our environment without what would make git look at another repository."""
    kept = {name: value for name, value in os.environ.items() if name not in _INHERITED}
    return kept | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}


def in_work_tree(folder: Path) -> bool:
    """Tell whether a folder lies in the work tree of a git repository.

    Raises:
        GitError: there is a repository, but git refuses to read it.
    """
    above = (folder, *folder.parents)
    if not any(os.path.lexists(it / ".git") for it in above):
        return False  # as git would say, which takes longer than all else in a small folder
    try:
        return run_git(folder, "rev-parse", "--is-inside-work-tree").strip() == b"true"
    except FileNotFoundError:
        return False
    except GitError as error:
        if "not a git repository" in error.said:
            return False
        raise


def prefix_of(folder: Path) -> str:
    """Where a folder lies in its repository, ending in a slash; empty at the top and outside git.

    Raises:
        GitError: there is a repository, but git refuses to read it.
    """
    if not in_work_tree(folder):
        return ""
    return os.fsdecode(run_git(folder, "rev-parse", "--show-prefix").removesuffix(b"\n"))
