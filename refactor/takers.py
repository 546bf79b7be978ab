"""Functions elsewhere in the code that put a name which they are given into SQL.

Found by their own name among the modules that a caller imports: what object a method is called on
is seldom known without running the code.
"""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from refactor.modules import Modules, Names
from refactor.outline import Outline
from refactor.source import Source
from refactor.travels import Travels

# Named like methods of every dictionary, list, text and path: an import would say too little.
_EVERYDAY = frozenset(
    ("add", "append", "count", "endswith", "extend", "find", "format", "get", "index", "insert",
     "items", "join", "joinpath", "pop", "remove", "replace", "set", "setdefault", "split",
     "startswith", "strip", "sub", "update", "values")
)  # fmt: skip


class Takers:
    """Answers whether a function that a module calls takes a table's name."""

    def __init__(
        self,
        modules: Modules,
        read: Callable[[PurePosixPath], tuple[Source, Outline] | None],
        naming: Callable[[str], tuple[PurePosixPath, ...]],
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            read: what a module says, if it is one.
            naming: the Python files that hold a word.
        """
        self._modules = modules
        self._read = read
        self._naming = naming
        self._builders: dict[PurePosixPath, bool] = {}
        self._found: dict[PurePosixPath, frozenset[str]] = {}
        self._taken: dict[PurePosixPath, frozenset[str]] = {}

    def takes_name(self, path: PurePosixPath, function: str, *, bare: bool) -> bool:
        """Whether a module that this one imports has a function or method of that name that does.

        Args:
            path: the module that calls it.
            function: its name, without what stands before the dot.
            bare: whether nothing stands before it.
        """
        if not function or (function in _EVERYDAY and not bare):
            return False
        if path not in self._taken:
            modules = self._imported(path)
            self._taken[path] = frozenset[str]().union(*map(self._of, modules))
        return function in self._taken[path]

    def meets_builder(self, path: PurePosixPath) -> bool:
        """Whether a module that this one imports, or that imports it, puts names into SQL."""
        imported = tuple(self._imported(path))
        farther = (other for each in imported for other in self._imported(each))
        return any(map(self._builds, (*imported, *farther, *self._importers(path))))

    def _importers(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """The modules that import one, also by way of a package's own names."""
        package = path.parent / "__init__.py"
        words = [] if path == package else [path.stem]
        if path == package or path in self._imported(package):
            words.append(path.parent.name)
        for other in dict.fromkeys(it for word in words if word for it in self._naming(word)):
            if other != path and path in self._imported(other):
                yield other

    def _builds(self, path: PurePosixPath) -> bool:
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
            names = self._modules.names(importer)
            for module, name in _origins(names) if names else ():
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


def _origins(names: Names) -> Iterator[tuple[str, str]]:
    """The modules that one imports, each with what it takes from there."""
    yield from names.imports.values()
    yield from ((module, "") for module in names.stars)
