"""Which modules may open a file that is none of the plan's, as by whoever calls them.

`store.rows(sqlite3.connect("vendor.db"))` says it in another module than the one with the SQL.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from refactor.databases.databasepaths import SUFFIX, database_in, is_test, may_name, other_database
from refactor.databases.drivers import MAY_OPEN
from refactor.legacy import Legacy
from refactor.python.outline import Scope, last_part
from refactor.text.source import Source, Unreadable

_MAY_SPELL = rf"{SUFFIX}[\"'?]"
"""What a line has in which a file is spelled: to look for what begins with a letter is cheap."""
_OPENING = re.compile(rf"{MAY_OPEN.pattern}\(([^)\n]*)")
"""What is opened, as it is written: the same again is the same file."""
_FINDS = re.compile(r"\b(?:r?glob|iglob|iterdir|listdir|scandir)\(")
_MAKES = re.compile(rf"(?:\}}|%s|\+\s*[\"'])\.{SUFFIX}[\"'?]")
"""What a path is made with whose name is put together."""
_SPELLED = re.compile(rf"[\"']([^\"'\n]*\.{SUFFIX})[\"'?]")

_ALIASES = "connections["
"""How Django is asked for one of several databases."""


class Outsiders:
    """Answers where it is worth to ask who calls: it only tells where nobody does such a thing."""

    def __init__(
        self,
        legacy: Legacy,
        matching: Callable[[str], frozenset[PurePosixPath]],
        source: Callable[[PurePosixPath], Source | Unreadable],
        imports: Callable[[PurePosixPath], tuple[tuple[str, str], ...]],
        naming: Callable[[str], Sequence[PurePosixPath]],
    ) -> None:
        """Look through some code.

        Args:
            legacy: the plan's files.
            matching: the Python files with a line that a pattern of ripgrep's matches.
            source: what a file says.
            imports: what a module imports.
            naming: the Python files that hold a word.
        """
        self._legacy = legacy
        self._matching = matching
        self._source = source
        self._imports = imports
        self._naming = naming
        self._several: dict[PurePosixPath, frozenset[str]] = {}
        self._choices: dict[PurePosixPath, bool] = {}

    def reach(self, path: PurePosixPath) -> bool:
        """Whether a module that spells a file which is none of the plan's imports this one."""
        name = path.parent.name if path.name == "__init__.py" else path.stem
        return name in self._imported or path.parent.name in self._imported

    def opens_several(self, path: PurePosixPath, scope: Scope) -> bool:
        """Whether a function or its class may open several files, or such as it finds or makes up.

        That is only what its text looks like; tests open what they like.
        """
        known = self._several.get(path)
        if known is None:
            source = self._source(path)
            text = source.text if isinstance(source, Source) and not is_test(str(path)) else ""
            found = _opening_several(text) if "connect" in text else ()
            known = self._several[path] = frozenset(found)
        function = last_part(scope.function)
        return bool(known) and (function in known or bool(scope.owner and "__init__" in known))

    def may_choose(self, path: PurePosixPath) -> bool:
        """Whether statements of a module may say which database they are for, as by an alias."""
        known = self._choices.get(path)
        if known is None:
            source = self._source(path)
            known = path in self._choosing or (
                isinstance(source, Source) and ".raw(" in source.text
            )
            if self._choosing and not known:
                stems = {it.stem for it in self._choosing}
                known = any(last_part(it) in stems for both in self._imports(path) for it in both)
            self._choices[path] = known
        return known

    @cached_property
    def _choosing(self) -> frozenset[PurePosixPath]:
        """The modules that ask Django for a database by its alias."""
        return frozenset(self._naming(_ALIASES))

    @cached_property
    def _imported(self) -> frozenset[str]:
        """The last parts of what such modules import; tests open what they like."""
        spelling = (it for it in self._matching(_MAY_SPELL) if not is_test(str(it)))
        taken = (it for path in spelling if self._spells(path) for it in self._imports(path))
        return frozenset(last_part(it) for names in taken for it in names) - {""}

    def _spells(self, path: PurePosixPath) -> bool:
        source = self._source(path)
        return isinstance(source, Source) and any(map(self._is_other, _written(source.text)))

    def _is_other(self, text: str) -> bool:
        legacy = self._legacy
        return (
            other_database(text)
            and database_in(text, legacy) is None
            and not may_name(text, legacy)
        )


def _opening_several(text: str) -> Iterator[str]:
    """The functions of a module that may open several files; nothing for what is in none."""
    opening: list[tuple[str, str, int]] = []
    for number, piece in enumerate(text.split("def ")):
        if "connect" in piece or "open_" in piece:
            name, _, body = piece.partition("(") if number else ("", "", piece)
            opening.append((name, body, len(frozenset(_OPENING.findall(body)))))
    makes = 1 if any(it for *_, it in opening) and _MAKES.search(text) else 2
    for name, body, count in opening:
        if count >= makes or (count and _FINDS.search(body)):
            yield name


def _written(text: str) -> Iterator[str]:
    """What may be a database's file among what a module spells."""
    return (match[1] for match in _SPELLED.finditer(text))
