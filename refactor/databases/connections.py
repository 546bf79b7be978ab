"""Which database a piece of code talks to: the path that reaches it.

A path is followed from where it is spelled (a literal, a constant, an entry of a configuration
dictionary, a default argument) over names, attributes, helper functions, base classes and
imports to the scopes that use it. The nearest scope that reaches any database is the answer:
the function, then its class, then its module.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath
from typing import cast

from msgspec import Struct

from plan.model import DATABASE_ENDINGS
from refactor.databases.databasepaths import (
    database_in,
    is_file,
    is_temporary,
    is_test,
    may_name,
    other_database,
)
from refactor.databases.drivers import OTHER_DRIVERS, SQLITE_DRIVERS, imported_by
from refactor.databases.folders import load_of
from refactor.legacy import Legacy
from refactor.python.modules import Modules, Names
from refactor.python.outline import Load, Scope, Site
from refactor.python.syntax import children, given_in
from refactor.recent import Recent
from refactor.sql.names import HOLE

NEAR = frozenset({"connection", "function", "class"})
"""The levels of connections that say what a statement runs on; its module opens more."""
_STEPS = 4
"""How many names are followed, one given by the other."""
_STEPS_KEPT = 12_000
_KEPT = 10_000

_OPENS = frozenset({"sqlite3.connect", "aiosqlite.connect", "apsw.Connection"})
_PATHS = frozenset({"0", "database", "filename"})


class Connection(Struct, frozen=True):
    """The databases that a scope reaches, and from how near."""

    databases: frozenset[str]
    """Databases of the plan."""
    others: frozenset[str]
    """Paths of database files that the plan does not know."""
    level: str
    """`function`, `class` or `module`; `connection` where it is what executes the statement."""
    mapped: bool = False
    """Whether it is what a class is bound to."""
    whole: bool = False
    """Whether all that executes the statement is seen to be opened on these."""

    @property
    def tells_all(self) -> bool:
        """Whether it is what a statement or a class is for, and not merely opened around it."""
        return self.mapped or self.level == "connection"


class _Step(Struct, frozen=True):
    """Where one has come to on the way: a scope, or an expression that a name was given in one."""

    path: PurePosixPath
    scope: Scope
    value: ast.expr | None = None
    key: str = ""
    """The entry that is asked for, where the expression is a dictionary."""


class _Way(Struct):
    """What stands at a step."""

    databases: frozenset[str]
    loads: tuple[Load, ...]
    onwards: tuple[_Step, ...] | None = None
    """Where the names lead; None until somebody goes on."""


_FILLED = re.compile(r"^(?:%s|%\(\w+\)s|\{\w*\})")
"""What stands for a folder in front of a path that is filled in later."""
"""The databases that a step names itself, and the steps that it leads to."""


class Connections:
    """Answers which databases a scope reaches."""

    def __init__(
        self, modules: Modules, legacy: Legacy, holds: Callable[[PurePosixPath, str], bool]
    ) -> None:
        """Follow names through some modules.

        Args:
            modules: what they define.
            legacy: the databases of the plan.
            holds: whether a module holds a text, perhaps in another case.
        """
        self._modules = modules
        self._legacy = legacy
        self._holds = holds
        self._signs = ("sqlite", "apsw", *DATABASE_ENDINGS, *legacy.databases)
        self._telling: dict[PurePosixPath, bool] = {}
        self._ways: Recent[_Step, _Way] = Recent(_STEPS_KEPT)
        self._known: Recent[tuple[PurePosixPath, Scope | str], frozenset[str]] = Recent(_KEPT)

    def of(self, path: PurePosixPath, scope: Scope) -> Connection | None:
        """The databases that the nearest scope around a place reaches, if any does."""
        for level, found in self._levels(path, scope):
            if found:
                planned = frozenset(
                    item
                    for item in found
                    if item in self._legacy.databases.get(item.rpartition("/")[2], ())
                )
                return Connection(planned, found - planned, level)
        return None

    def opens_besides(self, path: PurePosixPath, owner: str) -> frozenset[str]:
        """What an heir of another class opens, its bases included, that is not of the plan."""
        names = self._modules.names(path)
        if names is None or not owner or not names.bases_of(owner):
            return frozenset()
        connection = self.of(path, Scope(owner))
        return connection.others if connection and connection.level == "class" else frozenset()

    def has_installed_base(self, path: PurePosixPath, owner: str) -> bool:
        """Whether a class has a base of an installed package beside another one."""
        names = self._modules.names(path)
        bases = names.bases_of(owner) if names and owner else ()
        if len(bases) > 1 and any(self._modules.is_installed(path, it) for it in bases):
            return True
        return any(
            it.value is None
            and not it.scope.function
            and (it.path, it.scope.owner) != (path, owner)
            and self.has_installed_base(it.path, it.scope.owner)
            for base in bases
            for it in self._modules.definitions(path, Scope(), Load(base))
        )

    def other_driver(self, path: PurePosixPath) -> str | None:
        """The driver of another database system that a module imports, if none for SQLite."""
        names = self._modules.names(path)
        if names is None:
            return None
        imported = imported_by(names)
        if imported & SQLITE_DRIVERS:
            return None
        handed_on = (
            name
            for module, name in names.imports.values()
            if name in OTHER_DRIVERS and self._imports(name, module, path)
        )
        return min((*(imported & OTHER_DRIVERS), *handed_on), default=None)

    def _imports(self, driver: str, module: str, path: PurePosixPath) -> bool:
        """Whether a driver is what a module of the code has imported by that name."""
        others = map(self._modules.names, self._modules.imported(module, path))
        return any(driver in imported_by(it) for it in others if it)

    def _levels(self, path: PurePosixPath, scope: Scope) -> Iterator[tuple[str, frozenset[str]]]:
        names = self._modules.names(path)
        if names is None:
            return
        function, owner = scope, scope.owner
        while function.function:
            yield "function", self._once(path, function, [_Step(path, function)])
            function = Scope(function.owner, function.function.rpartition(".")[0])
        if owner:
            yield "class", self._once(path, owner, self._of_class(path, owner))
        yield "module", self._once(path, "", self._scopes(path, names))

    def _scopes(self, path: PurePosixPath, names: Names) -> Iterator[_Step]:
        """All scopes of a module that name something.

        Of a test only what it uses: a file that it names is no other's.
        """
        of_tests = is_test(str(path))
        # Only once somebody asks: a module may have thousands.
        for scope in {*names.literals, *names.loads}:
            if not (of_tests and scope.function.startswith("test")):
                yield _Step(path, scope)
                continue
            for load in names.loads.get(scope, ()):
                yield from self._of_load(path, scope, load)

    def _once(
        self, path: PurePosixPath, what: Scope | str, starts: Iterable[_Step]
    ) -> frozenset[str]:
        """What a function, a class or the module itself reaches; many ask the same."""
        known = self._known.get((path, what))
        return self._known.keep((path, what), self._reached(starts)) if known is None else known

    def _reached(self, starts: Iterable[_Step]) -> frozenset[str]:
        """All databases that are named within a few steps: each step is taken once."""
        found: set[str] = set()
        seen = steps = dict.fromkeys(starts)
        for _ in range(_STEPS):
            following: dict[_Step, None] = {}
            for step in steps:
                way = self._way(step)
                found |= way.databases
                if way.onwards is None:
                    onwards = (self._of_load(step.path, step.scope, it) for it in way.loads)
                    way.onwards = tuple(it for each in onwards for it in each)
                following.update((it, None) for it in way.onwards if it not in seen)
            seen, steps = seen | following, following
        # To read all modules at the end of the way would cost more than all the rest.
        found.update(*(self._way(it).databases for it in steps if self._tells(it.path)))
        return frozenset(found)

    def _tells(self, path: PurePosixPath) -> bool:
        """Whether a module may name a database's file at all."""
        known = self._telling.get(path)
        if known is None:
            known = self._telling[path] = any(self._holds(path, it) for it in self._signs)
        return known

    def _way(self, step: _Step) -> _Way:
        """What a scope or an expression names by itself."""
        known = self._ways.get(step)
        if known is not None:
            return known
        if step.value is not None:
            return self._ways.keep(step, self._in_expression(step))
        names = self._modules.names(step.path)
        if names is None:
            return self._ways.keep(step, _Way(frozenset(), ()))
        databases: set[str] = set()
        for site in names.literals.get(step.scope, ()):
            text, before = site.literals[0], site.context.joined_to
            if not isinstance(site.node, ast.Constant):
                # The folder is only known at run time.
                text, before = HOLE + _FILLED.sub("", site.literals[-1]), site.node
            databases |= self._of_literal(text, before)
            if site.context.callee in _OPENS:
                databases |= _opened(site, step.path, self._legacy)
        loads = tuple(names.loads.get(step.scope, ()))
        return self._ways.keep(step, _Way(frozenset(databases), loads))

    def _in_expression(self, step: _Step) -> _Way:
        """The databases that an expression's value may name, and the names that are in it."""
        databases: set[str] = set()
        loads: list[Load] = []
        key, nodes = step.key, [cast("ast.AST", step.value)]
        while nodes:
            node = nodes.pop()
            match node:
                case ast.Constant(value=str() as text):
                    databases |= self._of_literal(text, None)
                    continue
                case ast.BinOp(left=left, op=ast.Div()) if is_temporary(left):
                    continue
                case ast.Dict(keys=keys, values=values) if key:
                    nodes += [
                        value
                        for name, value in zip(keys, values, strict=True)
                        if isinstance(name, ast.Constant) and name.value == key
                    ]
                case _ if load := load_of(node):
                    loads.append(load)
                case _:
                    nodes += children(node)
            key = ""  # it is one of the outermost dictionary
        return _Way(frozenset(databases), tuple(loads))

    def _of_class(self, path: PurePosixPath, owner: str) -> Iterator[_Step]:
        """The scopes of a class and of its bases."""
        seen = {(path, owner)}
        queue = [(path, owner)]
        while queue:
            file, cls = queue.pop()
            names = self._modules.names(file)
            if names is None:
                continue
            yield from (_Step(file, scope) for scope in sorted(names.classes[cls]))
            for base in names.bases_of(cls):
                for found in self._modules.definitions(file, Scope(), Load(base)):
                    known = found.path, found.scope.owner
                    if found.value is not None or found.scope.function:
                        yield _Step(found.path, found.scope, found.value)
                    elif known not in seen:
                        seen.add(known)
                        queue.append(known)

    def _of_load(self, path: PurePosixPath, scope: Scope, load: Load) -> Iterator[_Step]:
        for found in self._modules.definitions(path, scope, load):
            if found.value is not None:
                yield _Step(found.path, found.scope, found.value, load.key)
            elif found.scope.function:
                yield _Step(found.path, found.scope)
            else:
                yield from self._of_class(found.path, found.scope.owner)

    def _of_literal(self, text: str, joined_to: ast.expr | None) -> frozenset[str]:
        found = database_in(text, self._legacy)
        if found:
            return frozenset({found.database})
        is_other = other_database(text) and not may_name(text, self._legacy)
        if is_other and not is_temporary(joined_to):
            return frozenset({text.removeprefix(f"{HOLE}/")})
        return frozenset()


def _opened(site: Site, path: PurePosixPath, legacy: Legacy) -> frozenset[str]:
    """The file that a text names which is opened as it stands, whatever it ends with."""
    call = site.context.inside
    if not isinstance(call, ast.Call) or database_in(site.literals[0], legacy):
        return frozenset()
    stands = site.context.argument in _PATHS and any(it is site.node for it in given_in(call))
    named = stands and is_file(site.literals[0]) and not is_test(str(path))
    return frozenset(site.literals if named and isinstance(site.node, ast.Constant) else ())
