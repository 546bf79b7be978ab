"""Where what an expression names is defined: functions, classes, methods, and who calls them."""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import dropwhile, takewhile
from pathlib import PurePosixPath
from typing import Protocol

from msgspec.structs import replace

from refactor.databases.databasepaths import is_test
from refactor.databases.folders import load_of
from refactor.databases.openings import MOST_FILES, TOO_DEEP, At
from refactor.python.annotations import classes_in
from refactor.python.assignments import (
    FUNCTIONS,
    Function,
    Given,
    Module,
    is_self,
)
from refactor.python.callsites import arguments_of, parameters_named
from refactor.python.modules import Modules, module_name
from refactor.python.outline import Load, last_part
from refactor.python.syntax import dotted
from refactor.recent import Recent

_Line = list[tuple[ast.ClassDef | ast.expr, At]]
_LINES_KEPT = 60_000
"""Lines of modules whose nodes are kept: trees are large. The bases of one class may have half as
many, and are asked in turn: if they do not fit in, each module is walked again a hundred times."""


class Files(Protocol):
    """The files of some code, as far as their texts tell what may be in their trees."""

    def naming(self, word: str, /) -> Sequence[PurePosixPath]:
        """The files that hold a word."""

    def with_base(self, word: str, /) -> Sequence[PurePosixPath]:
        """Those that may have a class with a base of this name."""

    def may_call(self, path: PurePosixPath, name: str, /) -> bool:
        """Whether a file may call what a name says, or hand it on."""

    def may_set(self, path: PurePosixPath, attribute: str, /) -> bool:
        """Whether a file may give something to an attribute, but for that of `self`."""

    def code_of(self, path: PurePosixPath, /) -> ast.Module | None:
        """A module's tree."""


class Definers:
    """Answers what the names of some code are, over modules, classes and their heirs."""

    def __init__(
        self,
        modules: Modules,
        files: Files,
        settings: Callable[[str], ast.Dict | None],
    ) -> None:
        """Look through these modules.

        Args:
            modules: what they call what.
            files: their texts and trees. Who calls a function takes no more, and that is asked of
                far more modules than are outlined.
            settings: what a file of settings holds, by how code names it.
        """
        self._modules = modules
        self._files = files
        self.settings = settings
        """What a file of settings holds, by how code names it; None if nobody knows."""
        self.naming = files.naming
        """The files that hold a word."""
        self._tests: dict[PurePosixPath, bool] = {}
        self._read: Recent[PurePosixPath, Module] = Recent(_LINES_KEPT)
        self._heirs: dict[str, tuple[tuple[PurePosixPath, int], ...]] = {}

    def module(self, path: PurePosixPath) -> Module | None:
        """One of the modules, with its tree."""
        known = self._read.get(path)
        tree = None if known else self._files.code_of(path)
        if tree is None:
            return known
        lines = tree.body[-1].end_lineno or 1 if tree.body else 1
        return self._read.keep(path, Module(path, tree), lines)

    def modules_naming(self, word: str) -> Iterator[Module]:
        """Some modules that hold a word."""
        for path in self.naming(word)[:MOST_FILES]:
            module = self.module(path)
            if module:
                yield module

    def setting(self, attribute: str, owner: str, level: int) -> Iterator[tuple[Given, At]]:
        """What some modules that name a class give to an attribute of anything but `self`."""
        for path in self.naming(owner)[:MOST_FILES]:
            module = self.module(path) if self._files.may_set(path, attribute) else None
            if module:
                for it in module.given_from_outside(attribute):
                    yield it, At(module, module.around(it.node), level=level)

    def definitions(self, node: ast.expr, at: At) -> Iterator[tuple[ast.AST, At]]:
        """The functions and classes that an expression names."""
        if isinstance(node, ast.Name):
            for each in at.module.definitions.get(node.id, ()):
                around = at.module.around(each)
                if around[:1] and around[0] in at.around and isinstance(around[0], FUNCTIONS):
                    yield each, At(at.module, around, {}, at.depth + 1, at.level, at.self_class)
                    return
        load = name_in(node)
        if isinstance(node, ast.Attribute):
            if is_self(node.value):
                yield from self.methods(node.attr, at, at.owner)
                return
            if isinstance(node.value, ast.Call) and dotted(node.value.func) == "super":
                yield from self.methods(node.attr, at, at.owner, above=True)
                return
        for it in self._modules.definitions(at.module.path, at.scope, load) if load else ():
            module = self.module(it.path)
            if it.value is not None or module is None:
                continue
            wanted = last_part(it.scope.function) or it.scope.owner
            for each in module.definitions.get(wanted, ()):
                around = module.around(each)
                yield each, At(module, around, {}, at.depth + 1, at.level)

    def methods(
        self, name: str, at: At, owner: tuple[ast.ClassDef, At] | None, *, above: bool = False
    ) -> Iterator[tuple[ast.AST, At]]:
        """The method of this name that an object of a class has, or of the classes `above` ours."""
        if owner is None:
            return
        mine = next((it for it in at.around if isinstance(it, ast.ClassDef)), None)
        family = [*self.family(*owner)]
        if above:
            family = [*dropwhile(lambda it: it[0] is not mine, family)][1:]
        for cls, where in family:
            found = [it for it in where.module.functions_in(cls) if it.name == name]
            if found:
                inside = At(where.module, where.module.around(found[0]), {}, at.depth + 1, at.level)
                # Where nobody says what the object is, it may be of an heir as well.
                unsure = cls is mine is owner[0] and at.self_class is None
                yield found[0], inside if unsure else replace(inside, self_class=owner)
                return

    def methods_of_object(self, node: ast.expr, at: At) -> Iterator[tuple[ast.AST, At]]:
        """The method of an object that is seen to be of a class of this code."""
        if not isinstance(node, ast.Attribute) or at.depth > TOO_DEEP:
            return
        value = node.value
        given = () if isinstance(value, ast.Call) else [*self.given_as(value, at)]
        made = given or [(value, at)]
        for one, where in made if len(made) == 1 else ():
            for cls, inside in self._classes_of(one, where):
                yield from self.methods(node.attr, at, (cls, inside))

    def methods_of_given(self, node: ast.expr, at: At) -> Iterator[tuple[ast.AST, At]]:
        """The methods of an object that those give to a function who call it, or make its own."""
        if not isinstance(node, ast.Attribute):
            return
        kept = [*self.given_as(node.value, at)]
        for value, where in kept or [(node.value, at)]:
            function = next((it for it in where.around if isinstance(it, FUNCTIONS)), None)
            name = value.id if isinstance(value, ast.Name) else ""
            if function is None or not parameters_named(function, name):
                continue
            outside = replace(where, around=where.module.around(function))
            for call, there in self.callers(function, outside):
                given = arguments_of(function, call).get(name) if call else None
                made = [*self.given_as(given, there)] if given else []
                for one, around in made or ([(given, there)] if given else []):
                    for cls, inside in self._classes_of(one, around):
                        yield from self.methods(node.attr, at, (cls, inside))

    def _classes_of(self, node: ast.expr, at: At) -> Iterator[tuple[ast.ClassDef, At]]:
        """The class that a call makes an object of, or those that a parameter may be of."""
        if isinstance(node, ast.Call):
            for cls, inside in self.definitions(node.func, at):
                yield from ((cls, inside),) if isinstance(cls, ast.ClassDef) else ()
        elif isinstance(node, ast.Name):
            each = (it.annotation for f in at.around for it in parameters_named(f, node.id))
            for name in (it for said in each if said for it in classes_in(said)):
                for cls, inside in self.definitions(name, at):
                    if isinstance(cls, ast.ClassDef):
                        yield from ((cls, inside), *self.heirs(cls, inside))

    def family(self, owner: ast.ClassDef, at: At) -> Iterator[tuple[ast.ClassDef, At]]:
        """A class, and then its bases, in the order in which Python asks them."""
        for it, where in self._linear(owner, at, ()):
            if isinstance(it, ast.ClassDef):
                yield it, where

    def asked_before(self, cls: ast.AST, owner: ast.ClassDef, at: At) -> str:
        """The base of a class that is asked before another one and is of an installed package."""
        if cls is owner:
            return ""
        asked = takewhile(lambda it: it[0] is not cls, self._linear(owner, at, ()))
        return next((dotted(it) for it, _ in asked if isinstance(it, ast.expr)), "")

    def _linear(self, cls: ast.ClassDef, at: At, heirs: tuple[ast.ClassDef, ...]) -> _Line:
        """A class and its bases; of those that are not in this code what they are called."""
        outside = replace(at, around=at.module.around(cls), self_class=None)
        below = (*heirs, cls)
        lines: list[_Line] = []
        for base in cls.bases:
            every = self.definitions(base, outside)
            known = [(it, where) for it, where in every if isinstance(it, ast.ClassDef)]
            lines += (self._linear(it, where, below) for it, where in known if it not in below)
            if (
                not known
                and len(cls.bases) > 1
                and self._modules.is_installed(at.module.path, dotted(base))
            ):
                lines.append([(base, outside)])
        return [(cls, at), *_merged(lines)]

    def class_at(self, path: PurePosixPath, name: str) -> tuple[ast.ClassDef, At] | None:
        """The class that a module has by a name, if it has one."""
        module = self.module(path)
        cls = next((it for it in module.classes if it.name == name), None) if module else None
        return (cls, At(module, (cls, *module.around(cls)))) if module and cls else None

    def heirs(self, owner: ast.ClassDef, at: At) -> Iterator[tuple[ast.ClassDef, At]]:
        """The classes that have a class of this name for a base, and theirs."""
        names, seen = [owner.name], {owner.name}
        while names:
            for path, index in self._heirs_of(names.pop()):
                module = self.module(path)
                cls = module.classes[index] if module else None
                if module and cls and cls.name not in seen:
                    seen.add(cls.name)
                    names.append(cls.name)
                    around = (cls, *module.around(cls))
                    yield cls, At(module, around, {}, at.depth + 1, at.level)

    def _heirs_of(self, name: str) -> Sequence[tuple[PurePosixPath, int]]:
        """The modules with classes that have one of this name for a base, and which they are.

        That is kept for good: more modules may name a base than have their trees kept.
        """
        if name not in self._heirs:
            self._heirs[name] = tuple(
                (path, index)
                for path in self._files.with_base(name)
                if (module := self.module(path))
                for index, cls in enumerate(module.classes)
                if any(last_part(dotted(base)) == name for base in cls.bases)
            )
        return self._heirs[name]

    def callers(
        self, function: Function, at: At, heir: str = ""
    ) -> Iterator[tuple[ast.Call | None, At]]:
        """The calls of functions of a name, and where they stand; None for more than are read.

        Of a constructor, the calls of its class, or of an heir of it.
        """
        owner = next(iter(at.around), None)
        name = function.name
        if name == "__init__" and isinstance(owner, ast.ClassDef):
            name = heir or owner.name
            for call in at.module.calls.get("cls", ()):  # as in a method of the class that opens it
                if owner in at.module.around(call):
                    yield call, At(at.module, at.module.around(call), level=at.level)
        # A base in another module may call what its heir has of its own.
        path = at.module.path
        heir_of = isinstance(owner, ast.ClassDef) and owner.bases and function.name == name
        heir_of = heir_of and not self.is_test(path)
        files = self.naming(name) if heir_of else self._callers_files(name, path)
        yield from self._calls_of(name, files, at, alone=not isinstance(owner, ast.ClassDef))

    def makers(self, cls: ast.ClassDef, at: At) -> Iterator[tuple[ast.Call | None, At]]:
        """The calls of a class, and where they stand; None for more than are read."""
        files = self._callers_files(cls.name, at.module.path)
        yield from self._calls_of(cls.name, files, at, alone=True)

    def _calls_of(
        self, name: str, files: Sequence[PurePosixPath], at: At, *, alone: bool
    ) -> Iterator[tuple[ast.Call | None, At]]:
        """The calls of what a module has by a name, if it is imported `alone`; not all in tests."""
        path = at.module.path
        some: Sequence[PurePosixPath] = ()
        for every in (self._of_code(files, path), files):  # tests where no code calls it
            some = self._importers_first(every, path, alone=alone)
            found = [
                it for path in some[:MOST_FILES] for it in self._calls_in(path, name, at.level)
            ]
            yield from found
            if found:
                break
        if len(some) > MOST_FILES:
            yield None, at

    def _importers_first(
        self, files: Sequence[PurePosixPath], path: PurePosixPath, *, alone: bool
    ) -> Sequence[PurePosixPath]:
        """Of more files than are read, those first that name a module, or what hands it on.

        Or them `alone`, where what is looked for must be imported: no method of an object's.
        """
        if len(files) <= MOST_FILES:
            return files
        importers = {path, *self.naming(module_name(path))}
        if path.parent / "__init__.py" in importers:
            importers.update(self.naming(path.parent.name))
        near = [it for it in files if it in importers]
        return near if alone else [*near, *(it for it in files if it not in importers)]

    def _of_code(
        self, files: Sequence[PurePosixPath], path: PurePosixPath
    ) -> Sequence[PurePosixPath]:
        """Those of some files, a module itself first, that are no tests: these make things up."""
        code = [it for it in files if not self.is_test(it)] if len(files) > 1 else files
        if path not in code:
            return files  # it is one itself
        return sorted(code, key=path.__ne__)

    def is_test(self, path: PurePosixPath) -> bool:
        """Whether a module is one of tests."""
        known = self._tests.get(path)
        if known is None:
            known = self._tests[path] = is_test(str(path))
        return known

    def _calls_in(
        self, path: PurePosixPath, name: str, level: int
    ) -> Iterator[tuple[ast.Call, At]]:
        """The calls of functions of a name in a module, by others too that are given it."""
        module = self.module(path) if self._files.may_call(path, name) else None
        if module:
            calls = [(it, it) for it in module.calls.get(name, ())]
            for call, made in (*calls, *module.handed_on.get(name, ())):
                yield made, At(module, module.around(call), level=level)

    def _callers_files(self, name: str, path: PurePosixPath) -> Sequence[PurePosixPath]:
        """The files that may call a function of a module: if none names the module, it alone."""
        if path.name != "__init__.py" and set(self.naming(path.stem)) <= {path}:
            return (path,)
        return self.naming(name)

    def taking(self, name: str, path: PurePosixPath) -> Sequence[PurePosixPath]:
        """A module and the files of code that name it and something of it: tests make things up."""
        files = frozenset(self._callers_files(name, path)).intersection(self.naming(path.stem))
        return [path, *(it for it in sorted(files) if it != path and not self.is_test(it))]

    def uses(self, path: PurePosixPath, name: str) -> Iterator[tuple[ast.expr | None, At]]:
        """Where a name of a module or of its classes is used; None where it perhaps is."""
        files = self._of_code(self._callers_files(name, path), path)
        for each in files[:MOST_FILES]:
            module = self.module(each)
            for node in module.nodes if module else ():
                match node:
                    case ast.Name(id=used) | ast.Attribute(attr=used) if used == name:
                        pass
                    case _:
                        continue
                if module and isinstance(node.ctx, ast.Load):
                    at = At(module, module.around(node))
                    given = [where.module.path for _, where in self.given_as(node, at)]
                    if path in given:
                        yield node, at
                    elif not given and isinstance(node, ast.Attribute):
                        yield None, at  # of an object that may be of that class
        if len(files) > MOST_FILES:
            module = self.module(path)
            yield from [(None, At(module, ()))] if module else ()

    def references(self, path: PurePosixPath, name: str) -> Iterator[tuple[ast.expr, At]]:
        """Where a name of a module is loaded that it gives to a value or a class; not in tests."""
        for each in self._of_code(self._callers_files(name, path), path)[:MOST_FILES]:
            module = self.module(each)
            for node in module.nodes if module else ():
                match node:
                    case ast.Name(id=used, ctx=ast.Load()) | ast.Attribute(attr=used) if (
                        module and used == name
                    ):
                        at = At(module, module.around(node))
                        meant = (*self.given_as(node, at), *self.definitions(node, at))
                        if any(where.module.path == path for _, where in meant):
                            yield node, at

    def made_by_heir(
        self, function: Function, at: At
    ) -> tuple[Function, Sequence[ast.Call], At] | None:
        """The constructor of the heir whose object `self` is, and its calls of its base's.

        None where a constructor is not that of a base, or the heir has none of its own.
        """
        mine = next(iter(at.module.around(function)), None)
        if function.name != "__init__" or at.self_class is None or at.self_class[0] is mine:
            return None
        for cls, where in self.family(*at.self_class):
            own = next((it for it in where.module.functions_in(cls) if it.name == "__init__"), None)
            if cls is mine or own is function:
                return None
            if own:
                around = (own, *where.module.around(own))
                inside = At(where.module, around, {}, at.depth + 1, at.level, at.self_class)
                calls = (it for it in where.module.owned(own) if isinstance(it, ast.Call))
                return own, [it for it in calls if _is_constructor(it.func)], inside
        return None

    def is_told_by_objects(self, function: Function, at: At) -> bool:
        """Whether it matters which object calls a function: a constructor, or one of no class."""
        around = next(iter(at.module.around(function)), None)
        return function.name == "__init__" or not isinstance(around, ast.ClassDef)

    def of_family(
        self, calls: Iterable[tuple[ast.Call | None, At]], owner: tuple[ast.ClassDef, At]
    ) -> Iterator[tuple[ast.Call, At]]:
        """Those of some calls that an object of a class makes by its methods, or its bases'."""
        mine, home = owner
        family = {(where.module.path, cls.name) for cls, where in self.family(mine, home)}
        for call, where in calls:
            cls = next((it for it in where.around if isinstance(it, ast.ClassDef)), None)
            if call is not None and cls and (where.module.path, cls.name) in family:
                # As far away as the call: else who calls would be followed round in a circle.
                yield call, replace(where, self_class=(mine, replace(home, level=where.level)))

    def used_by_bases(
        self, path: PurePosixPath, owner: str, name: str
    ) -> Iterator[tuple[ast.expr, At]]:
        """Where the bases of a class use what it has by a name, for an object of this class."""
        mine = self.class_at(path, owner)
        for cls, where in [*self.family(*mine)][1:] if mine else ():
            methods = where.module.functions_in(cls)
            for node in (it for each in methods for it in where.module.owned(each)):
                match node:
                    case ast.Attribute(value=value, attr=attr) if attr == name and is_self(value):
                        around = where.module.around(node)
                        yield node, replace(where, around=around, self_class=mine)

    def imported_from(self, name: str, path: PurePosixPath) -> Sequence[PurePosixPath]:
        """The modules that a module may import a name from."""
        names = self._modules.names(path)
        module = names.imports.get(name, ("", ""))[0] if names else ""
        return self._modules.imported(module, path) if module else ()

    def given_as(self, node: ast.expr, at: At) -> Iterator[tuple[ast.expr, At]]:
        """The expressions that a name or an attribute is given, wherever that is."""
        load = name_in(node)
        for it in self._modules.definitions(at.module.path, at.scope, load) if load else ():
            module = self.module(it.path)
            if it.value is not None and module:
                around = module.around(it.value)
                given = at.given if around == at.around else {}
                yield it.value, At(module, around, given, at.depth + 1, at.level)


def _merged(lines: Sequence[_Line]) -> Iterator[tuple[ast.ClassDef | ast.expr, At]]:
    """The bases of several classes in one line, each behind all that inherit from it."""
    left = [[*line] for line in lines if line]
    while left:
        behind = {it for line in left for it, _ in line[1:]}
        taken = next((line[0] for line in left if line[0][0] not in behind), left[0][0])
        yield taken
        left = [[it for it in line if it[0] is not taken[0]] for line in left]
        left = [line for line in left if line]


def _is_constructor(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and func.attr == "__init__"


def name_in(node: ast.expr) -> Load | None:
    """The name, or the attribute of one, that an expression is; an item is an entry's matter."""
    return load_of(node) if isinstance(node, ast.Name | ast.Attribute) else None
