"""The code's modules, and what a name in one of them was defined as, wherever that stands."""

import ast
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from refactor.python.outline import Load, Outline, Scope, Site, last_part
from refactor.recent import Recent

TOO_FAR = 8
"""Steps after which a name is not followed further."""
_IMPORTS_KEPT = 10_000
_DEFINITIONS_KEPT = 8_000


class Definition(Struct, frozen=True):
    """Where a name leads: an expression that it was given, or a function's or class's scope."""

    path: PurePosixPath
    scope: Scope
    value: ast.expr | None


class Names:
    """One module's names, looked up by scope."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.imports = {
            local: (module, name) for local, module, name in outline.imports if local != "*"
        }
        again = ((it[0], it[1:]) for it in outline.imports if it[0] != "*")
        self.imported_else = tuple(it for it in again if self.imports[it[0]] != it[1])
        """What else a name is imported as: in another branch, or another function."""
        self.stars = tuple(module for local, module, _ in outline.imports if local == "*")
        """The modules that give it all of their names."""

    @cached_property
    def assigned(self) -> dict[tuple[Scope, str], list[ast.expr]]:
        """What each name of a scope is given."""
        groups: dict[tuple[Scope, str], list[ast.expr]] = defaultdict(list)
        for scope, name, value in self.outline.assigned:
            groups[scope, name].append(value)
        return groups

    @cached_property
    def loads(self) -> dict[Scope, list[Load]]:
        """The names that each scope uses."""
        groups: dict[Scope, list[Load]] = defaultdict(list)
        for scope, load in self.outline.loads:
            groups[scope].append(load)
        return groups

    @cached_property
    def classes(self) -> dict[str, set[Scope]]:
        """The scopes of each class: its own and those of its methods."""
        groups: dict[str, set[Scope]] = defaultdict(set)
        everything = (
            *(scope for scope, _ in self.outline.loads),
            *(scope for scope, _, _ in self.outline.assigned),
            *(scope for scope, _, _ in self.outline.annotated),
            *(site.context.scope for site in self.outline.sites),
        )
        for scope in everything:
            if scope.owner:
                groups[scope.owner].add(scope)
        for owner, _ in self.outline.bases:
            groups[owner].add(Scope(owner))  # it may say no more than what it inherits
        return groups

    @cached_property
    def literals(self) -> dict[Scope, list[Site]]:
        """Expressions that are one literal, or end with one that may end a path, by scope."""
        groups: dict[Scope, list[Site]] = defaultdict(list)
        for site in self.outline.sites:
            if isinstance(site.node, ast.Constant) or _ends_path(site):
                groups[site.context.scope].append(site)
        return groups

    def bases_of(self, owner: str) -> tuple[str, ...]:
        """The names of a class's bases, its own name excepted."""
        return tuple(
            base for cls, base in self.outline.bases if cls == owner and base not in {owner, ""}
        )


class Modules:
    """The code's modules by the names under which they import one another."""

    def __init__(
        self,
        files: Sequence[PurePosixPath],
        names: Callable[[PurePosixPath], Names | None],
    ) -> None:
        """Look through these files; `names` gives the names that one of them defines."""
        self.names = names
        self._imported: Recent[tuple[str, str], tuple[PurePosixPath, ...]] = Recent(_IMPORTS_KEPT)
        self._defined: Recent[tuple[PurePosixPath, Load, int], tuple[Definition, ...]] = Recent(
            _DEFINITIONS_KEPT
        )
        self._files = files

    @cached_property
    def _by_tail(self) -> dict[str, list[PurePosixPath]]:
        """The modules by the last part of their dotted name; only whoever follows a name asks."""
        groups: dict[str, list[PurePosixPath]] = defaultdict(list)
        for path in self._files:
            if path.suffix == ".py":
                groups[module_name(path)].append(path)
        return groups

    def imported(self, module: str, importer: PurePosixPath) -> tuple[PurePosixPath, ...]:
        """The files that an import of this module may mean, nearest to the importer first."""
        key = (module, str(importer).rpartition("/")[0])  # a path's parent is made anew each time
        found = self._imported.get(key)
        return (
            self._imported.keep(key, self._files_of(module, importer)) if found is None else found
        )

    def _files_of(self, module: str, importer: PurePosixPath) -> tuple[PurePosixPath, ...]:
        level = len(module) - len(module.lstrip("."))
        parts = [part for part in module.lstrip(".").split(".") if part]
        if level:
            base = importer.parent
            for _ in range(level - 1):
                base = base.parent
            parts = [*base.parts, *parts]
        wanted = tuple(parts)
        found = [
            path
            for path in (self._by_tail.get(parts[-1], ()) if parts else ())
            if _module_parts(path)[-len(wanted) :] == wanted
        ]
        exact = [path for path in found if _module_parts(path) == wanted]
        if not level and parts and parts[0] in sys.stdlib_module_names:
            # Python's own, unless one stands beside the script.
            beside = (*importer.parent.parts, *wanted)
            return tuple(it for it in found if _module_parts(it) in (wanted, beside))
        # A script's own folder comes first on the path: `import config` means the one beside it.
        return tuple(exact or sorted(found, key=lambda it: _farness(it, wanted, importer)))

    def is_installed(self, path: PurePosixPath, base: str) -> bool:
        """Whether a class is of an installed package, and may bring any attributes but a mixin's.

        Args:
            path: the module that has it for a base of one of its classes.
            base: its name there.
        """
        names = self.names(path)
        root = base.partition(".")[0]
        module, name = names.imports.get(root, ("", "")) if names else ("", "")
        package = module.partition(".")[0]
        if not package or package in sys.stdlib_module_names or last_part(base).endswith("Mixin"):
            return False
        inside = (module, f"{module}.{name}") if name else (module,)
        return not any(self.imported(it, path) for it in inside)

    def definitions(
        self, path: PurePosixPath, scope: Scope, load: Load, depth: int = 0
    ) -> Iterator[Definition]:
        """What a name that a scope uses was defined as, followed over imports and bases."""
        names = self.names(path)
        if names is None or depth > TOO_FAR:
            return
        if load.name in {"self", "cls"} and scope.owner:
            yield from self._members(path, scope.owner, load.attribute, depth)
            return
        for place in (scope, Scope(scope.owner), Scope()):
            values = names.assigned.get((place, load.name), ())
            if values and not load.attribute:
                yield from (Definition(path, place, value) for value in values)
                return
        if load.name in names.outline.functions:
            yield Definition(path, Scope("", load.name), None)
        elif load.name in names.classes and load.attribute:
            yield from self._members(path, load.name, load.attribute, depth)
        elif load.name in names.classes:
            yield Definition(path, Scope(load.name), None)
        elif load.name.partition(".")[0] in names.imports:
            yield from self._imported_definitions(path, names, load, depth)
        else:
            yield from self._starred_definitions(path, names, load, depth)

    def _of_module(self, path: PurePosixPath, load: Load, depth: int) -> tuple[Definition, ...]:
        """What a name of a module itself was defined as: all its importers ask for the same."""
        key = path, load, depth
        known = self._defined.get(key)
        if known is None:
            known = self._defined.keep(key, tuple(self.definitions(path, Scope(), load, depth)))
        return known

    def _starred_definitions(
        self, path: PurePosixPath, names: Names, load: Load, depth: int
    ) -> Iterator[Definition]:
        for module in reversed(names.stars):  # the last one counts
            given = [
                it
                for found in self.imported(module, path)
                for it in self.definitions(found, Scope(), load, depth + 1)
            ]
            yield from given
            if given:
                return

    def _members(
        self, path: PurePosixPath, owner: str, member: str, depth: int
    ) -> Iterator[Definition]:
        names = self.names(path)
        if names is None or depth > TOO_FAR:
            return
        found = False
        for scope in sorted(names.classes[owner]):
            for value in names.assigned.get((scope, member), ()):
                found = True
                yield Definition(path, scope, value)
            if scope.function == member:
                found = True
                yield Definition(path, scope, None)
        if not found:
            for base in names.bases_of(owner):
                load = Load(base, attribute=member)
                yield from self.definitions(path, Scope(), load, depth + 1)

    def _imported_definitions(
        self, path: PurePosixPath, names: Names, load: Load, depth: int
    ) -> Iterator[Definition]:
        # `import package.module` brings no name but `package`: what is used names the module.
        imported = names.imports.get(load.name, (load.name, ""))
        yield from self._imported_as(path, imported, load, depth)
        for local, other in names.imported_else:
            if local == load.name:
                yield from self._imported_as(path, other, load, depth)

    def _imported_as(
        self, path: PurePosixPath, imported: tuple[str, str], load: Load, depth: int
    ) -> Iterator[Definition]:
        module, name = imported
        wanted = replace(load, name=name) if name else Load(load.attribute, key=load.key)
        searches = [(module, wanted)]
        if name and load.attribute:
            # `from package import module` names a module, not something in one.
            inside = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
            searches.append((inside, Load(load.attribute, key=load.key)))
        for origin_module, what in searches:
            parts = tuple(origin_module.split("."))
            nearest: tuple[bool, int] | None = None
            for found in self.imported(origin_module, path):
                farness = _farness(found, parts, path)
                if nearest is not None and farness > nearest:
                    return
                definitions = self._of_module(found, what, depth + 1)
                if definitions:
                    yield from definitions
                    nearest = farness  # as near as others: it may be any of them
            if nearest is not None:
                return


def module_name(path: PurePosixPath) -> str:
    """The last part of a module's name."""
    return path.parent.name if path.name == "__init__.py" else path.stem


def _ends_path(site: Site) -> bool:
    """Whether an expression is a path as `f"{folder}/file.db"` is, or `"%s/file.db" % folder`."""
    last = site.literals[-1] if site.literals else ""
    return "/" in last and "." in last and not last[-1:].isspace()


def _farness(
    path: PurePosixPath, module: tuple[str, ...], importer: PurePosixPath
) -> tuple[bool, int]:
    """How far a module is from its importer: one beside it is the nearest."""
    beside = _module_parts(path) == (*importer.parent.parts, *module)
    return not beside, -_shared(path, importer)


def _shared(path: PurePosixPath, other: PurePosixPath) -> int:
    """How many folders from the top two paths have in common."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(path.parts, other.parts, strict=False))
    return sum(1 for _ in pairs)


def _module_parts(path: PurePosixPath) -> tuple[str, ...]:
    return path.parent.parts if path.name == "__init__.py" else path.with_suffix("").parts
