"""Functions elsewhere in the code that put a name which they are given into SQL.

Found by their own name among the modules that a caller imports: what object a method is called on
is seldom known without running the code.
"""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from refactor.modules import Modules
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
    ) -> None:
        """Look through these modules; `read` gives what one of them says."""
        self._modules = modules
        self._read = read
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

    def _imported(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """The modules that one imports, also by way of a package's own names."""
        seen = {path}
        queue = [path]
        while queue:
            importer = queue.pop()
            names = self._modules.names(importer)
            for module, name in names.imports.values() if names else ():
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
