"""Classes over several modules: which one a name means, what it inherits from, what inherits it."""

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from refactor.flow.functions import BARE
from refactor.python.modules import TOO_FAR, Modules
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import children, dotted
from refactor.recent import Recent

Owner = tuple[PurePosixPath, str]
"""A class: its module, and its name there."""
_MOST = 60
_KEPT = 5_000


class _Base(NamedTuple):
    """What a class inherits from."""

    written: str
    called: str
    """The last part of its name, where it is defined: `import Store as Base` says another."""


class Kin:
    """Answers who is related to a class."""

    def __init__(
        self,
        modules: Modules,
        naming: Callable[[str], tuple[PurePosixPath, ...]],
    ) -> None:
        """Look through these modules; `naming` gives the Python files that hold a word."""
        self._modules = modules
        self._naming = naming
        self._defined: Recent[PurePosixPath, dict[str, tuple[_Base, ...]]] = Recent(_KEPT)

    def classes(self, path: PurePosixPath, parts: Sequence[str], depth: int = 0) -> Iterator[Owner]:
        """The classes that a name, or a dotted one, means in a module."""
        names = self._modules.names(path)
        if names is None or depth > TOO_FAR or not parts:
            return
        first, *rest = parts
        dotted_name = ".".join(parts)
        if dotted_name in self._classes_in(path):
            yield path, dotted_name
            return
        if first in names.imports:
            module, name = names.imports[first]
            wanted = [name, *rest] if name else rest
            searches = [(module, wanted)]
            if name and rest:
                inside = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
                searches.append((inside, rest))
        else:
            searches = [(module, list(parts)) for module in names.stars]
        for module, wanted in searches:
            for other in self._modules.imported(module, path):
                if other != path:
                    yield from self.classes(other, wanted, depth + 1)

    def bases(self, path: PurePosixPath, owner: str) -> Iterator[Owner]:
        """What a class inherits from, nearest first."""
        seen = [(path, owner)]
        for here, name in seen:
            for base in self._classes_in(here).get(name, ()):
                for found in self.classes(here, base.written.split(".")):
                    if found not in seen and len(seen) < _MOST:
                        seen.append(found)
                        yield found

    def may_be_strange(self, path: PurePosixPath, owner: str, method: str) -> bool:
        """Whether a method of a class may be that of a base which the code does not define.

        It is not where a class that comes before that base has it.
        """
        for found in self._line(path, owner, set()):
            if found is None or self._has(*found, method):
                return found is None
        return False

    def _line(self, path: PurePosixPath, owner: str, seen: set[Owner]) -> Iterator[Owner | None]:
        """A class and what it inherits from, as methods are looked up; None for a strange base."""
        seen.add((path, owner))
        yield path, owner
        for base in self._classes_in(path).get(owner, ()):
            found = tuple(self.classes(path, base.written.split(".")))
            if not found and last_part(base.written) not in BARE:
                yield None
            for each in found:
                if each not in seen and len(seen) < _MOST:
                    yield from self._line(*each, seen)

    def _has(self, path: PurePosixPath, owner: str, method: str) -> bool:
        names = self._modules.names(path)
        mine = Scope(owner, method)
        return names is not None and any(it == mine for it, _ in names.outline.positional)

    def all_of(self, path: PurePosixPath, owner: str) -> tuple[Owner, ...]:
        """A class, what inherits it, and all that any of them inherits from."""
        heirs = [(path, owner)]
        for here, name in heirs:
            for found in self._heirs(here, name):
                if found not in heirs and len(heirs) < _MOST:
                    heirs.append(found)
        bases = (base for heir in heirs for base in self.bases(*heir))
        return tuple(dict.fromkeys((*heirs, *bases)))

    def _heirs(self, path: PurePosixPath, owner: str) -> Iterator[Owner]:
        called = last_part(owner)
        for other in self._naming(called):
            for name, bases in self._classes_in(other).items():
                # To look each base up would read the modules of all of them.
                near = (it.written.split(".") for it in bases if it.called == called)
                if any((path, owner) in self.classes(other, it) for it in near):
                    yield other, name

    def _classes_in(self, path: PurePosixPath) -> dict[str, tuple[_Base, ...]]:
        """The classes of a module, by their names, each with its bases."""
        known = self._defined.get(path)
        if known is None:
            names = self._modules.names(path)
            tree = names.outline.tree if names else ast.Module([], [])
            imports = names.imports if names else {}
            known = {
                name: tuple(
                    _Base(it, imports.get(it, ("", ""))[1] or last_part(it)) for it in bases
                )
                for name, bases in _classes(tree, "")
            }
            self._defined.keep(path, known)
        return known


def _classes(node: ast.AST, around: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for child in children(node):
        if isinstance(child, ast.ClassDef):
            name = f"{around}.{child.name}" if around else child.name
            yield name, tuple(dotted(it) for it in map(_plain, child.bases))
            yield from _classes(child, name)
        elif isinstance(child, ast.If | ast.Try | ast.With):
            yield from _classes(child, around)


def _plain(base: ast.expr) -> ast.expr:
    """A base without its parameters: `Repo[Item]` inherits from `Repo`."""
    return base.value if isinstance(base, ast.Subscript) else base
