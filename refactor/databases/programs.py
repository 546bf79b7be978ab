"""Files that a test only gives to programs which are none of the code's.

`subprocess.run(["sqlite-report", str(tmp_path / "other.db")])`: what such a file has is called as
that program wants it, whatever becomes of the plan's tables.
"""

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath

from refactor.python.assignments import Function
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, walked

_RUNS = re.compile(r"(?:subprocess\.)?(?:run|call|check_call|check_output|Popen)")
_PYTHON = re.compile(r"python[\d.]*|pypy[\d.]*|-[a-zA-Z]")
_SAME_PATH = frozenset({"Path", "connect", "fspath", "join", "open", "str", "unlink", "exists"})
"""What gets a path, and reads nothing of what the file has but for its own function."""


class Programs:
    """Answers which files are only given to programs that are none of the code's."""

    def __init__(
        self, files: Collection[PurePosixPath], installed: Callable[[], Mapping[str, str]]
    ) -> None:
        """Know the code's own programs.

        Args:
            files: all files of the code.
            installed: the commands that its packages install.
        """
        self._files = files
        self._installed = installed

    def get_only(self, function: Function, files: Collection[str]) -> bool:
        """Whether a function opens these files itself, and else gives them to such programs only.

        Args:
            function: the one that opens them.
            files: the names of the files, as the function says them.
        """
        files = {it.rpartition("/")[2] for it in files}
        names = _names_of(function, files)
        getting = [it for it in _calls(function) if _gets(it, names, files)]
        runs = [it for it in getting if _RUNS.fullmatch(dotted(it.func))]
        others = (it for it in getting if it not in runs)
        return (
            bool(runs)
            and all(last_part(dotted(it.func)) in _SAME_PATH for it in others)
            and all(map(self._is_foreign, runs))
        )

    def _is_foreign(self, call: ast.Call) -> bool:
        """Whether what a call runs is seen to be no program of the code's."""
        match call.args[:1]:
            case [ast.List(elts=words) | ast.Tuple(elts=words)]:
                said = [it.value for it in words if isinstance(it, ast.Constant)]
            case _:
                return False
        program = next((it for it in map(str, said) if not _PYTHON.fullmatch(it)), "")
        stem = last_part(PurePosixPath(program.removesuffix(".py")).name)
        return bool(stem) and stem not in self._own

    @cached_property
    def _own(self) -> frozenset[str]:
        """The names of the code's programs: of its files and folders, and what it installs."""
        files = (it for it in self._files if it.suffix in {".py", ".sh", ""})
        parts = (part.removesuffix(".py") for it in files for part in it.parts)
        return frozenset({*parts, *self._installed()})


def _calls(function: Function) -> Iterator[ast.Call]:
    return (it for it in walked(function) if isinstance(it, ast.Call))


def _names_of(function: Function, files: Collection[str]) -> set[str]:
    """The names that a function gives to paths of files, and to what it opens them with."""
    names = set[str]()
    for it in walked(function):
        match it:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _says(value, names, files):
                names.add(name)
            case ast.withitem(context_expr=value, optional_vars=ast.Name(id=name)) if _says(
                value, names, files
            ):
                names.add(name)
            case _:
                pass
    return names


def _gets(call: ast.Call, names: Collection[str], files: Collection[str]) -> bool:
    """Whether an argument of a call is one of these files, or has it."""
    given = (*call.args, *(it.value for it in call.keywords))
    return any(_says(it, names, files) for it in given)


def _says(node: ast.expr, names: Collection[str], files: Collection[str]) -> bool:
    return any(
        (isinstance(it, ast.Name) and it.id in names)
        or (isinstance(it, ast.Constant) and str(it.value).rpartition("/")[2] in files)
        for it in walked(node)
    )
