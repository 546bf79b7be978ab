"""What must hold of the paths in a plan, before any of them is looked up on a disk."""

import posixpath
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from plan.errors import Problem, shown
from plan.model import Plan

_OUTSIDE = "write a path relative to the plan's folder, and below it"


def paths_stay_inside(plan: Plan) -> Iterator[Problem]:
    """Every path and pattern lies in the plan's folder, written in one way on all systems."""
    for where, path in (
        ("plan.target", plan.target),
        ("plan.backup", plan.backup),
        ("plan.archive", plan.archive),
        *((f"{database.key}.path", database.path) for database in plan.databases),
        *((f"code.paths[{i}]", path) for i, path in enumerate(plan.code.paths, 1)),
        *((f"code.exclude[{i}]", path) for i, path in enumerate(plan.code.exclude, 1)),
        *((f"code.live[{i}]", path) for i, path in enumerate(plan.code.live, 1)),
        *((f"code.history[{i}]", path) for i, path in enumerate(plan.code.history, 1)),
        *(
            (f"{binding.key}.paths[{i}]", path)
            for binding in plan.code.bindings
            for i, path in enumerate(binding.paths, 1)
        ),
    ):
        for what, mend in _amiss(path):
            yield Problem(where, f"{shown(path)} {what}", mend)


def _amiss(path: str) -> Iterator[tuple[str, str]]:
    forward = path.replace("\\", "/")
    straight = posixpath.normpath(forward)
    rooted = forward.startswith(("/", "~")) or re.match(r"[A-Za-z]:", forward)
    if rooted or straight.split("/")[0] == "..":
        yield "leaves the plan's folder", _OUTSIDE
    elif "\0" in path:
        yield "holds a NUL character, which no file name can", "remove it"
    elif "\\" in path:
        yield "is written with a backslash", f"write {shown(straight)}, on Windows too"
    elif ".." in PurePosixPath(path).parts:
        yield "goes up and down again", f"write {shown(straight)}"


def paths_name_files_below(plan: Plan) -> Iterator[Problem]:
    """A database, the backup and the archive are not the plan's folder itself."""
    for where, path, kind in (
        ("plan.target", plan.target, "a database file"),
        ("plan.backup", plan.backup, "a folder for backups alone"),
        ("plan.archive", plan.archive, "a folder for the archive alone"),
        *((f"{item.key}.path", item.path, "a database file") for item in plan.databases),
    ):
        if path == ".":
            yield Problem(where, "'.' is the plan's own folder", f"name {kind} below it")


def folders_stay_apart(plan: Plan) -> Iterator[Problem]:
    """No database lies where backups or archived files go, and these two go apart."""
    folders = (("plan.backup", plan.backup), ("plan.archive", plan.archive))
    for database in plan.databases:
        for key, folder in folders:
            if _lies_in(database.path, folder):
                what = f"{shown(database.path)} lies in {shown(folder)}, which is {key}"
                yield Problem(f"{database.key}.path", what, f"choose another folder for {key}")
    if plan.archive and plan.archive == plan.backup:
        what = f"{shown(plan.archive)} is the backup folder too"
        yield Problem("plan.archive", what, "choose another folder")


def _lies_in(path: str, folder: str) -> bool:
    # '.' is refused as a folder by a rule of its own; everything lies in it.
    named = path not in ("", ".") and folder not in ("", ".")
    return named and PurePosixPath(path).is_relative_to(folder)


def placeholders_are_known(plan: Plan) -> Iterator[Problem]:
    """Only the backup's name has a placeholder, and only `{date}`."""
    left = plan.backup.replace("{date}", "")
    for key, path in (("target", plan.target), ("backup", left), ("archive", plan.archive)):
        for brace in re.findall(r"\{[^{}]*\}", path):
            what = f"{shown(brace)} is not filled in here"
            yield Problem(f"plan.{key}", what, "only plan.backup may hold {date}")
