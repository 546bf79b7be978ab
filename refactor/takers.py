"""Functions elsewhere in the code that put a name which they are given into SQL.

Found by their own name among the modules that a caller imports: what object a method is called on
is seldom known without running the code.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from refactor.consolescripts import ConsoleScripts
from refactor.flow.functions import OF_COLLECTIONS
from refactor.python.modules import Modules
from refactor.python.outline import Outline
from refactor.recent import Recent
from refactor.tablefiles import STEMS
from refactor.text.source import Source
from refactor.travels import LISTS_OF_METADATA, Travels

_KEPT = 5_000
"""Modules of which it is remembered."""
_IMPORTS_KEPT = 50_000
_FARTHEST = 3
"""Imports from a program to what puts into SQL the words that it gets."""
_SEPARATORS = re.compile(r"[./]")
# In the source of a literal a line break may be an escape, behind whose letter a word starts.
_START = r"(?:\b|\\[nrt])"
_SPACE = r"(?:\s|\\[nrt])+"
# How SQL ends, or goes on, where a name is put into it; and what lists the names that there are.
_DUE = (
    rf"(?i-u:{_START}(?:(?:from|into|update|join|table|exists|references|on)"
    # Letters before a hole, or before what is added, are a part of the name.
    rf"(?:{_SPACE}(?:[\[\"'`]|\w*(?:[{{%$]|[\"'][ \t]*\+))|[\"'])"
    r"|(?-i:FROM|INTO|UPDATE|JOIN|TABLE|EXISTS|REFERENCES|ON)[ \t]*\\?\r?$"
    r"|(?:table_x?info|index_list|foreign_key_(?:list|check)|sqlite_(?:temp_)?(?:master|schema))\b))"
)
# How SQL begins that names a table: prose says `from {path}` as well, and seldom this beside it.
_BEGINS = (
    rf"(?i-u:{_START}(?:select\b|pragma\b|(?:insert|replace){_SPACE}(?:or{_SPACE}\w+{_SPACE})?into\b"
    rf"|delete{_SPACE}from\b|update{_SPACE}(?:or\b|[\[\"'`{{%$])"
    rf"|(?:analyze|reindex){_SPACE}[\[\"'`{{%$]"
    rf"|(?:create|drop|alter){_SPACE}(?:temp|unique|virtual|table|view|index|trigger)"
    r"|(?:insert|replace|delete|update|create|drop|alter)\s*(?:\\[nrt])?[\"'\\]*\s*$"
    r"|sqlite_(?:temp_)?(?:master|schema)\b))"
)
# What is asked for by a URL of which a part is told at run time.
_ROUTES = r"(?-u:\b(?:get|post|put|patch|delete|\w*route|path|add_url_rule)\(.*[<{]\w+[>}:])"
# What takes a text apart that may hold a name.
_PARTS = r"(?-u:split(?:lines)?|partition|loads|literal_eval|safe_load|StringIO)\("


class Takers:
    """Answers whether a function that a module calls takes a table's name."""

    def __init__(
        self,
        modules: Modules,
        read: Callable[[PurePosixPath], tuple[Source, Outline] | None],
        imports: Callable[[PurePosixPath], tuple[tuple[str, str], ...]],
        matching: Callable[[str, Collection[PurePosixPath] | None], frozenset[PurePosixPath]],
        scripts: ConsoleScripts,
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            read: what a module says, if it is one.
            imports: what a module imports.
            matching: the Python files, all or those of some, with a line that a pattern matches.
            scripts: the commands that the code installs.
        """
        self._modules = modules
        self._read = read
        self._imports = imports
        self._matching = matching
        self.scripts = scripts
        self._origins: Recent[PurePosixPath, frozenset[PurePosixPath]] = Recent(_IMPORTS_KEPT)
        self._builders: Recent[PurePosixPath, bool] = Recent(_KEPT)
        self._listed: Recent[PurePosixPath, frozenset[str]] = Recent(_KEPT)
        self._found: Recent[PurePosixPath, frozenset[str]] = Recent(_KEPT)
        self._taken: Recent[PurePosixPath, frozenset[str]] = Recent(_KEPT)

    def takes_name(self, path: PurePosixPath, function: str, *, bare: bool) -> bool:
        """Whether a module that this one imports has a function or method of that name that does.

        Args:
            path: the module that calls it.
            function: its name, without what stands before the dot.
            bare: whether nothing stands before it.
        """
        if not function or (function in OF_COLLECTIONS and not bare):
            return False
        return function in self.taken(path)

    def taken(self, path: PurePosixPath) -> frozenset[str]:
        """The functions of the modules that this one imports which take a table's name."""
        known = self._taken.get(path)
        if known is None:
            modules = self._all_imported(path)
            known = self._taken.keep(path, frozenset[str]().union(*map(self._of, modules)))
        return known

    def has_taker(self, paths: Iterable[PurePosixPath], function: str) -> bool:
        """Whether one of some modules has a function of that name that takes a table's name."""
        return any(function in self._of(path) for path in paths)

    def listers(self, path: PurePosixPath) -> frozenset[str]:
        """The functions of the modules that this one imports which list the tables that exist."""
        known = self._listed.get(path)
        if known is None:
            modules = (it for it in self._all_imported(path) if it in self.candidates)
            known = self._listed.keep(path, frozenset[str]().union(*map(self._listers, modules)))
        return known

    def _listers(self, path: PurePosixPath) -> frozenset[str]:
        known = self._read(path)
        return Travels(*known).listers if known else frozenset()

    def listers_of_metadata(self, path: PurePosixPath) -> frozenset[str]:
        """The functions of the modules that this one imports which list metadata's tables."""
        read = map(self._read, self._all_imported(path) & self._listing)
        found = (Travels(*known).listers_of_metadata for known in read if known)
        return frozenset[str]().union(*found)

    def meets_builder(self, path: PurePosixPath) -> bool:
        """Whether a module that this one imports, or that imports it, puts names into SQL."""
        return any(self.is_near(path, it) and self.builds(it) for it in sorted(self.candidates))

    def programs(self, name: str, path: PurePosixPath) -> tuple[PurePosixPath, ...]:
        """The modules that a file may run by a name: `tools/clear.py`, `tools.clear`, a command."""
        name = self.scripts.modules.get(name, name)
        is_file = "/" in name or name.endswith(".py")
        parts = [it for it in _SEPARATORS.split(name.removesuffix(".py")) if it]
        for at in range(len(parts) if is_file else 1):  # it may be a path in another folder
            module = ".".join(parts[at:])
            names = (f"{module}.__main__", module)
            found = tuple(it for each in names for it in self._modules.imported(each, path))
            if found:
                return found
        # A script without an ending is no module.
        return tuple(it for it in sorted(self.candidates) if [it.name] == parts[-1:])

    def builder_behind(self, path: PurePosixPath) -> PurePosixPath | None:
        """The nearest module that puts names into SQL: a module, or what it imports."""
        seen = {path}
        level = [path]
        for _ in range(_FARTHEST + 1):
            found = next(filter(self.builds, level), None)
            if found:
                return found
            imported = {it for each in level for it in self._all_imported(each)}
            level = sorted(imported - seen)
            seen |= imported
        return None

    def is_near(self, path: PurePosixPath, other: PurePosixPath) -> bool:
        """Whether a module imports another, directly or by a third one, or is imported by it."""
        imported = self._all_imported(path)
        near = other in imported or path in self._all_imported(other)
        return near or self._is_farther(other, imported)

    @cached_property
    def candidates(self) -> frozenset[PurePosixPath]:
        """The files with SQL, in which a table's name is due or put together: found at once."""
        return self._matching(_BEGINS, self._matching(_DUE, None))

    @cached_property
    def _listing(self) -> frozenset[PurePosixPath]:
        """The files that ask metadata for all tables."""
        return self._matching("|".join(sorted(LISTS_OF_METADATA)), None)

    @cached_property
    def parting(self) -> frozenset[PurePosixPath]:
        """Those of them that take texts apart."""
        return self._matching(_PARTS, self.candidates) if self.candidates else frozenset()

    @cached_property
    def routing(self) -> frozenset[PurePosixPath]:
        """Those of them that are asked by URLs with a part that is told at run time."""
        return self._matching(_ROUTES, self.candidates) if self.candidates else frozenset()

    @cached_property
    def stemming(self) -> frozenset[PurePosixPath]:
        """Those of them that take the endings off files' names."""
        return self._matching(STEMS, self.candidates) if self.candidates else frozenset()

    def near(
        self, path: PurePosixPath, others: Collection[PurePosixPath]
    ) -> tuple[PurePosixPath, ...]:
        """Those of some modules that are a module itself, or near to it."""
        return tuple(it for it in sorted(others) if it == path or self.is_near(path, it))

    def builders_near(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """Those modules that put names into SQL, of a module, what it imports, and what that does.

        To ask of each whether it is near costs more where they are many.
        """
        near = {path, *self._all_imported(path)}
        near.update(it for at in tuple(near) for it in self._all_imported(at))
        return (it for it in sorted(near & self.candidates) if self.builds(it))

    def imported_by(self, paths: Iterable[PurePosixPath]) -> frozenset[PurePosixPath]:
        """The modules that some import."""
        return frozenset[PurePosixPath]().union(*map(self._all_imported, paths))

    def _is_farther(self, other: PurePosixPath, imported: Iterable[PurePosixPath]) -> bool:
        """Whether one of the modules that are imported imports another."""
        return any(other in self._all_imported(each) for each in imported)

    def _all_imported(self, path: PurePosixPath) -> frozenset[PurePosixPath]:
        known = self._origins.get(path)
        if known is None:
            found = frozenset(self._imported(path))
            known = self._origins.keep(path, found, len(found) + 1)
        return known

    def builds(self, path: PurePosixPath) -> bool:
        """Whether a module puts names into SQL."""
        if path not in self.candidates:
            return False
        builds = self._builders.get(path)
        if builds is None:
            known = self._read(path)
            builds = self._builders.keep(path, bool(known and Travels(*known).builds_names))
        return builds

    def _imported(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """The modules that one imports, also by way of a package's own names."""
        seen = {path}
        queue = [path]
        while queue:
            importer = queue.pop()
            for module, name in self._imports(importer):
                inside = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
                for found in (
                    *self._modules.imported(module, importer),
                    *(self._modules.imported(inside, importer) if name else ()),
                ):
                    if found not in seen:
                        seen.add(found)
                        yield found
                        if found.name == "__init__.py":
                            queue.append(found)

    def _of(self, path: PurePosixPath) -> frozenset[str]:
        found = self._found.get(path)
        if found is None:
            known = self._read(path) if path in self.candidates else None
            found = self._found.keep(path, Travels(*known).takers if known else frozenset())
        return found
