"""Functions elsewhere in the code that put a name which they are given into SQL.

Found by their own name among the modules that a caller imports: what object a method is called on
is seldom known without running the code.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from refactor.flow.functions import OF_COLLECTIONS
from refactor.modules import Modules
from refactor.outline import Outline
from refactor.source import Source
from refactor.travels import Travels

# How SQL ends, or goes on, where a name is put into it; and what lists the names that there are.
_DUE = frozenset(
    f"{word}{end}"
    for word in ("from", "into", "update", "join", "table", "exists", "references", "on")
    for end in (" {", " %s", " %(", ' "', " '", '"', "'", ' "{', " [{", " `{", " '{", " $")
) | {"sqlite_master", "sqlite_schema"}


class Takers:
    """Answers whether a function that a module calls takes a table's name."""

    def __init__(
        self,
        modules: Modules,
        read: Callable[[PurePosixPath], tuple[Source, Outline] | None],
        imports: Callable[[PurePosixPath], tuple[tuple[str, str], ...]],
        holding: Callable[[Collection[str]], frozenset[PurePosixPath]],
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            read: what a module says, if it is one.
            imports: what a module imports.
            holding: the Python files that hold any of some phrases.
        """
        self._modules = modules
        self._read = read
        self._imports = imports
        self._holding = holding
        self._origins: dict[PurePosixPath, frozenset[PurePosixPath]] = {}
        self._builders: dict[PurePosixPath, bool] = {}
        self._listed: dict[PurePosixPath, frozenset[str]] = {}
        self._found: dict[PurePosixPath, frozenset[str]] = {}
        self._taken: dict[PurePosixPath, frozenset[str]] = {}

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
        if path not in self._taken:
            modules = self._all_imported(path)
            self._taken[path] = frozenset[str]().union(*map(self._of, modules))
        return self._taken[path]

    def listers(self, path: PurePosixPath) -> frozenset[str]:
        """The functions of the modules that this one imports which list the tables that exist."""
        if path not in self._listed:
            self._listed[path] = frozenset[str]().union(
                *(self._listers(it) for it in self._all_imported(path) if it in self.candidates)
            )
        return self._listed[path]

    def _listers(self, path: PurePosixPath) -> frozenset[str]:
        known = self._read(path)
        return Travels(*known).listers if known else frozenset()

    def meets_builder(self, path: PurePosixPath) -> bool:
        """Whether a module that this one imports, or that imports it, puts names into SQL."""
        return any(self.is_near(path, it) and self.builds(it) for it in sorted(self.candidates))

    def is_near(self, path: PurePosixPath, other: PurePosixPath) -> bool:
        """Whether a module imports another, directly or by a third one, or is imported by it."""
        imported = self._all_imported(path)
        near = other in imported or path in self._all_imported(other)
        return near or self._is_farther(other, imported)

    @cached_property
    def candidates(self) -> frozenset[PurePosixPath]:
        """The files in which SQL ends where a table's name is due: few, and found at once."""
        return self._holding(_DUE)

    def _is_farther(self, other: PurePosixPath, imported: Iterable[PurePosixPath]) -> bool:
        """Whether one of the modules that are imported imports another."""
        return any(other in self._all_imported(each) for each in imported)

    def _all_imported(self, path: PurePosixPath) -> frozenset[PurePosixPath]:
        if path not in self._origins:
            self._origins[path] = frozenset(self._imported(path))
        return self._origins[path]

    def builds(self, path: PurePosixPath) -> bool:
        """Whether a module puts names into SQL."""
        if path not in self.candidates:
            return False
        if path not in self._builders:
            known = self._read(path)
            self._builders[path] = bool(known and Travels(*known).builds_names)
        return self._builders[path]

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
        if path not in self._found:
            known = self._read(path)
            self._found[path] = Travels(*known).takers if known else frozenset()
        return self._found[path]
