"""Which databases a program is told where it is started: `cli.py --db data/mails.db`.

An option's default, or what is taken where the environment does not say, is not all then that its
code opens. Scripts, settings of services and tests say so; texts are only looked through for it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import PurePosixPath

from refactor.databases.databasepaths import SUFFIX, database_in
from refactor.legacy import Legacy
from refactor.python.outline import last_part
from refactor.sql.names import HOLE
from refactor.text.lines import places
from refactor.text.source import Source, Unreadable

_PATH = rf"(?:\w+\()*[\"']?(?P<path>[^\s\"',;()=:|<>-][^\s\"',;()|<>]*\.{SUFFIX})(?![\w.])"
_OPTION = re.compile(rf"(?<![\w-])(?P<name>--?[A-Za-z][\w-]*)[\"']?(?:\s*[=,]\s*|\s+){_PATH}")
_VARIABLE = re.compile(rf"(?<![\w$.{{])(?P<name>[A-Za-z_]\w*)[\"']?(?:\s*[=:]\s*|[ \t]+){_PATH}")
_SET_IN_PYTHON = re.compile(
    r"(?:(?:setenv|putenv|setdefault)\(\s*[\"'](?P<name>\w+)[\"']\s*,\s*"
    rf"|[\"'](?P<entry>\w+)[\"'](?:\s*:\s*|\]\s*=\s*)){_PATH}"
)
"""How Python sets a variable of the environment, or an entry of a dictionary of such."""
_PROGRAM = re.compile(r"(\w+)\.py\b|(?<!\w)-m[\"',\s]+([\w.]+)")
_RUN = re.compile(rf"(?:{_PROGRAM.pattern})[\"']?(?P<rest>[^\n;|&#]*)")
_IN_TEST = re.compile(r"\b(?:invoke\(\s*\w+\s*,|main\()\s*(?:arg[sv]\s*=\s*)?\[(?P<rest>[^\]\n]*)")
"""How a test gives a command line to what it imports."""
_IMPORTS = re.compile(r"(?m)^\s*from\s+([\w.]+)\s+import\b")
_WORD = re.compile(rf"(?:^|[\s,]){_PATH}")
_AFTER_OPTION = re.compile(r"(?:^|[\s,\"'])-[\w-]+[\"']?[\s,]*\Z")
_LINES_BEFORE = 4
"""A command, or an option, may stand so far before what it is told."""
AT_ITS_PLACE = ""
"""What is told by no name."""
_OF_ENVIRONMENT = ("environ", "setenv", "putenv", "env=")
_FILLED = re.compile(r"\$?\{[^{}]*\}|\$\(?\w+\)?")
"""What stands for something else in a path: `$DATA`, `${DATA}`, `$(DATA)`, `{data}`."""


class ToldOutside:
    """Answers which of the plan's databases some code base tells its own programs."""

    def __init__(
        self,
        legacy: Legacy,
        files: Callable[[], Iterable[PurePosixPath]],
        source: Callable[[PurePosixPath], Source | Unreadable],
    ) -> None:
        """Look through some files, once somebody asks.

        Args:
            legacy: the databases of the plan.
            files: those that hold an old name.
            source: what a file says.
        """
        self._legacy = legacy
        self._files = files
        self._source = source

    def databases(self, names: Iterable[str], path: PurePosixPath) -> frozenset[str]:
        """Those that an option of the command line is told, or a variable of the environment.

        Args:
            names: what it is called: `--db`, `-d`, `APP_DB`; or nothing, at its place.
            path: the module that asks for it.
        """
        return frozenset(
            database
            for name in names
            for program, database in self._told.get(name, ())
            if not self._is_of_another(program, name, path)
        )

    def _is_of_another(self, program: str, name: str, path: PurePosixPath) -> bool:
        """Whether the program that is told has an option of that name by itself."""
        if program in ("", path.stem, path.parent.name):
            return False
        if name == AT_ITS_PLACE:
            return True
        mine = (self._source(it) for it in self._files() if it.stem == program)
        return any(isinstance(it, Source) and name in it.text for it in mine)

    @cached_property
    def _told(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """Which program is told which database, by what the option or the variable is called."""
        found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        # Where each name is of one database only, it tells by itself which one is meant.
        several = any(len(it) > 1 for it in self._legacy.meanings.values())
        for path in self._files() if several else ():
            source = self._source(path)
            text = source.text if isinstance(source, Source) else ""
            for near in _near(text, self._named):
                for program, name, said in _told_in(near, text, is_python=path.suffix == ".py"):
                    named = database_in(_FILLED.sub(HOLE, said), self._legacy)
                    if named:
                        found[name].add((program, named.database))
        return {name: frozenset(it) for name, it in found.items()}

    @cached_property
    def _named(self) -> tuple[str, ...]:
        """The files' names of those that move."""
        return tuple({PurePosixPath(it).name for it in self._legacy.moved})


def _near(text: str, names: Iterable[str]) -> Iterator[str]:
    """The lines of a text that hold one of some names, each with a few before it."""
    end = 0
    for at in sorted(at for name in names for at in places(text, name)):
        if at < end:
            continue  # on a line that was given already
        start = at
        for _ in range(_LINES_BEFORE):
            start = max(text.rfind("\n", 0, start), 0)
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield text[start:end]


def _told_in(text: str, around: str, *, is_python: bool) -> Iterator[tuple[str, str, str]]:
    """Which program, if that is said, is told what by which name."""
    for match in _OPTION.finditer(text) if "-" in text else ():
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        programs = _PROGRAM.findall(before)
        yield last_part("".join(programs[-1])) if programs else "", match["name"], match["path"]
    yield from _told_at_places(text, around if is_python else "")
    if not is_python:
        yield from (("", match["name"], match["path"]) for match in _VARIABLE.finditer(text))
    elif any(it in around for it in _OF_ENVIRONMENT):
        for match in _SET_IN_PYTHON.finditer(text):
            yield "", match["name"] or match["entry"], match["path"]


def _told_at_places(text: str, module: str) -> Iterator[tuple[str, str, str]]:
    """Which program is told what as a word of its own: `python cli.py data/mails.db`."""
    for match in _RUN.finditer(text):
        program = last_part(match[1] or match[2])
        yield from ((program, AT_ITS_PLACE, it) for it in _words(match["rest"]))
    for match in _IN_TEST.finditer(text) if module else ():
        for program in _IMPORTS.findall(module):
            yield from ((last_part(program), AT_ITS_PLACE, it) for it in _words(match["rest"]))


def _words(line: str) -> Iterator[str]:
    """The paths on a command line that no option is told."""
    for match in _WORD.finditer(line):
        if not _AFTER_OPTION.search(line, 0, match.start("path")):
            yield match["path"]
