"""Which modules may open a file that is none of the plan's, as by whoever calls them.

`store.rows(sqlite3.connect("vendor.db"))` says it in another module than the one with the SQL.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from refactor.databases.databasepaths import SUFFIX, database_in, is_test, may_name, other_database
from refactor.databases.drivers import MAY_OPEN, OTHER_DRIVERS
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
_HANDS = 2
"""So many modules may hand on where such a file is: settings, and what opens it by them."""
_SPELLED = re.compile(rf"[\"']([^\"'\n]*\.{SUFFIX})[\"'?]")


class Outsiders:
    """Answers where it is worth to ask who calls: it only tells where nobody does such a thing."""

    def __init__(
        self,
        legacy: Legacy,
        matching: Callable[[str], frozenset[PurePosixPath]],
        source: Callable[[PurePosixPath], Source | Unreadable],
        imports: Callable[[PurePosixPath], tuple[tuple[str, str], ...]],
        importing: Callable[[Collection[str]], Iterable[PurePosixPath]],
    ) -> None:
        """Look through some code.

        Args:
            legacy: the plan's files.
            matching: the Python files with a line that a pattern of ripgrep's matches.
            source: what a file says.
            imports: what a module imports.
            importing: the modules that import one of some.
        """
        self._importing = importing
        self._legacy = legacy
        self._matching = matching
        self._source = source
        self._imports = imports
        self._several: dict[PurePosixPath, frozenset[str]] = {}
        self._making: dict[PurePosixPath, bool] = {}

    def reach(self, path: PurePosixPath, *, from_afar: bool = False) -> bool:
        """Whether a module that spells a file which is none of the plan's imports this one.

        Args:
            path: the module.
            from_afar: whether one counts too that gets such a file from another module, or may
                open what is of another system.
        """
        name = _name_of(path)
        if name in self._imported or path.parent.name in self._imported:
            return True
        taking = [*self._importing(frozenset({name}))] if from_afar else []
        return any(not is_test(str(it)) for it in taking) and not self._opening.isdisjoint(taking)

    def are_made_for(self, path: PurePosixPath) -> bool:
        """Whether a module makes up files' names, or imports one that does: `f"{name}.db"`."""
        if not self._makers:
            return False
        known = self._making.get(path)
        if known is None:
            taken = (last_part(it) for names in self._imports(path) for it in names)
            known = path in self._makers or not self._names_of_makers.isdisjoint(taken)
            self._making[path] = known
        return known

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

    @cached_property
    def _imported(self) -> frozenset[str]:
        """The last parts of what such modules import."""
        taken = (it for path in self._spellers for it in self._imports(path))
        return frozenset(last_part(it) for names in taken for it in names) - {""}

    @cached_property
    def _spellers(self) -> frozenset[PurePosixPath]:
        """The modules that spell a file which is none of the plan's."""
        return frozenset(filter(self._spells, self._spelling))

    @cached_property
    def _opening(self) -> frozenset[PurePosixPath]:
        """The modules that spell such a file, or open what is of another database system.

        And those that may get it from them, by two imports.

        Compared by the last part of their names: it only says where it is worth to look closer.
        """
        drivers = (it for it in self._importing(OTHER_DRIVERS) if not is_test(str(it)))
        found = new = self._spellers.union(drivers)
        for _ in range(_HANDS):
            taking = self._importing(frozenset(map(_name_of, new))) if new else ()
            new = frozenset(it for it in taking if not is_test(str(it))) - found
            found |= new
        return found

    @cached_property
    def _spelling(self) -> tuple[PurePosixPath, ...]:
        """The modules that spell the ending of a database's file."""
        return tuple(it for it in self._matching(_MAY_SPELL) if not is_test(str(it)))

    @cached_property
    def _makers(self) -> frozenset[PurePosixPath]:
        """The modules that open a file and put names of files together."""
        return frozenset(it for it in self._spelling if self._makes(it))

    @cached_property
    def _names_of_makers(self) -> frozenset[str]:
        """What they are called where they, or the packages they are in, are imported."""
        return frozenset(it for path in self._makers for it in (path.stem, path.parent.name))

    def _makes(self, path: PurePosixPath) -> bool:
        source = self._source(path)
        text = source.text if isinstance(source, Source) else ""
        return bool(_MAKES.search(text) and MAY_OPEN.search(text))

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


def _name_of(path: PurePosixPath) -> str:
    """What a module is called where it is imported."""
    return path.parent.name if path.name == "__init__.py" else path.stem


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
