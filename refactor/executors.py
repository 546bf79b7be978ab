"""Which database the very connection was opened on that executes a statement.

Where two databases have a table of one name, a function that talks to both does not tell which is
meant; the name before `.execute` does. It is followed to where it was opened: over `with … as`,
attributes, parameters and who gives them, functions that open, and imports.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct, field
from msgspec.structs import replace

from refactor.annotations import classes_in
from refactor.assignments import (
    FUNCTIONS,
    Function,
    Given,
    Module,
    functions_in,
    is_self,
    owned,
    results,
)
from refactor.callsites import (
    HOLDS_TEXT,
    arguments_of,
    defaults_of,
    executing,
    span_of,
)
from refactor.connections import Connections
from refactor.drivers import FRAMES, opened_elsewhere, runs_elsewhere
from refactor.filepaths import FilePaths
from refactor.folders import load_of
from refactor.modules import Modules
from refactor.outline import Context, Load, Scope, last_part
from refactor.recent import Recent
from refactor.spelledout import spelled_out
from refactor.syntax import dotted

_TOO_DEEP = 12
_OF_TABLES = ("to_sql", "read_sql")
"""Methods of data frames and of pandas itself, which get a connection beside the text."""
_IN_MEMORY = frozenset({":memory:", ""})
_MOST_LEVELS = 2
"""So many callers, one of the other, are followed."""
_MOST_FILES = 20
_ANSWERS_KEPT = 2_000
_LINES_KEPT = 15_000
"""Lines of modules whose nodes are kept: trees are large."""
OPENS = ("connect", "Connection", "create_engine", "create_async_engine", "Database")
"""What opens a database, by the last part of its name."""
_SAME_CONNECTION = frozenset(
    {
        *("cursor", "execute", "executemany", "executescript", "begin", "connect", "acquire"),
        *("connection", "__enter__", "__aenter__", "session", "raw_connection"),
    }
)


class Opened(Struct, frozen=True):
    """The databases on which a connection may have been opened."""

    databases: frozenset[str] = frozenset()
    """Databases of the plan."""
    others: frozenset[str] = frozenset()
    """Files that are none of them, and what other systems open, in words."""
    whole: bool = False
    """Whether these are all that it may be."""
    foreign: bool = False
    """Whether it may be one that is given to the function, by nobody in this code."""
    hidden: bool = False
    """Whether it is seen to be opened, on what cannot be followed."""


_UNKNOWN = Opened()
_FOREIGN = Opened(foreign=True)
_NOTHING = Opened(whole=True)
_HIDDEN = Opened(hidden=True)


class _At(Struct, frozen=True):
    """Where an expression stands, and what is given to the function around it."""

    module: Module
    around: tuple[ast.AST, ...]
    """The functions and classes around it, the innermost first."""
    given: Mapping[str, tuple[ast.expr, "_At"]] = field(default_factory=dict)
    depth: int = 0
    level: int = 0
    """How many callers have been followed."""
    self_class: "tuple[ast.ClassDef, _At] | None" = None
    """What `self` is an object of, where that is an heir of the class around."""

    @property
    def scope(self) -> Scope:
        owners = [it.name for it in self.around if isinstance(it, ast.ClassDef)]
        functions = [it.name for it in self.around if isinstance(it, FUNCTIONS)]
        return Scope(owners[0] if owners else "", ".".join(reversed(functions)))

    def deeper(self) -> "_At":
        return replace(self, depth=self.depth + 1)

    def within(self, node: ast.AST) -> "_At":
        """The same, for what stands somewhere else in its module."""
        around = self.module.around(node)
        return _At(self.module, around, {}, self.depth + 1, self.level, self.self_class)

    @property
    def owner(self) -> "tuple[ast.ClassDef, _At] | None":
        """The class whose object `self` is."""
        mine = next((it for it in self.around if isinstance(it, ast.ClassDef)), None)
        return self.self_class or ((mine, self) if mine else None)


class Executors:
    """Answers on which database a statement is executed."""

    def __init__(
        self,
        modules: Modules,
        paths: FilePaths,
        connections: Connections,
        naming: Callable[[str], Sequence[PurePosixPath]],
    ) -> None:
        """Look through these modules; `naming` gives the files that hold a word."""
        self._modules = modules
        self._paths = paths
        self._connections = connections
        self._naming = naming
        self._opened: Recent[tuple[object, ...], Opened] = Recent(_ANSWERS_KEPT)
        self._given: Recent[tuple[PurePosixPath, int, str, int], Opened] = Recent(_ANSWERS_KEPT)
        self._outside: Recent[tuple[PurePosixPath, int, str, int], tuple[Opened, ...]] = Recent(
            _ANSWERS_KEPT
        )
        self._read: Recent[PurePosixPath, Module] = Recent(_LINES_KEPT)

    def of(self, path: PurePosixPath, context: Context) -> Opened:
        """On what a text is executed that is an argument of a call, or is given to a name."""
        span = span_of(context.inside) if isinstance(context.inside, HOLDS_TEXT) else ()
        key = path, context.scope, context.target, span
        known = self._opened.get(key)
        return known or self._opened.keep(key, self._of(path, context))

    def beside(self, path: PurePosixPath, scope: Scope, level: str) -> frozenset[str]:
        """The databases that are opened by name within a function, a class or a whole module."""
        module = self._module(path)
        found: set[str] = set()
        for call in (it for name in OPENS for it in module.calls.get(name, ())) if module else ():
            if module:
                at = _At(module, module.around(call))
                same_class = level == "module" or at.scope.owner == scope.owner
                if same_class and (level != "function" or at.scope == scope):
                    found |= self._value(call, at, call).databases
        return frozenset(found)

    def _of(self, path: PurePosixPath, context: Context) -> Opened:
        module = self._module(path)
        if module is None:
            return _UNKNOWN
        found = _union(
            self._executing(node, _At(module, module.around(node)))
            for node in executing(module, context)
        )
        return replace(found, others=found.others - _IN_MEMORY)

    def _executing(self, node: ast.Call | ast.Subscript, at: _At) -> Opened:
        """What a statement is executed on: the object of the method, or what is given beside it."""
        if isinstance(node, ast.Subscript):
            return self._value(node.value, at, node)
        names = self._modules.names(at.module.path)
        elsewhere = runs_elsewhere(node, names) if names else None
        if elsewhere:
            return Opened(others=frozenset({elsewhere}), whole=True)
        func = node.func
        method = func.attr if isinstance(func, ast.Attribute) else ""
        opened = _UNKNOWN
        if isinstance(func, ast.Attribute) and not method.startswith(_OF_TABLES):
            opened = self._value(func.value, at, node)
        if "execute" in method:
            return opened
        given = [*node.args, *(it.value for it in node.keywords)]
        values = [self._value(it, at, node) for it in given]
        beside = [it for it in values if it.databases or it.others or it.foreign]
        return _union(beside if opened == _UNKNOWN else [opened, *beside])

    def _module(self, path: PurePosixPath) -> Module | None:
        known = self._read.get(path)
        names = None if known else self._modules.names(path)
        if names is None:
            return known
        tree = names.outline.tree
        lines = tree.body[-1].end_lineno or 1 if tree.body else 1
        return self._read.keep(path, Module(path, tree), lines)

    def _value(  # noqa: C901, PLR0911 - one branch and one return for each shape
        self, node: ast.expr | None, at: _At, use: ast.AST
    ) -> Opened:
        """The databases behind an expression: a connection, what is made of it, or a path."""
        if at.depth > _TOO_DEEP:
            return _UNKNOWN
        match node:
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self._value(value, at, use)
            case ast.IfExp(body=body, orelse=orelse):
                return _union(self._value(it, at, use) for it in (body, orelse))
            case ast.BoolOp(values=values):
                return _union(self._value(it, at, use) for it in values)
            case ast.Constant(value=None):
                return _NOTHING
            case ast.Name(id=name):
                return self._name(name, at, use)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
                return self._member(attr, at)
            case ast.Attribute(value=value):
                return (
                    self._imported(node, at)
                    or self._of_object(value, node.attr, at)
                    or self._named(node, at)
                    or self._value(value, at, use)
                )
            case ast.Subscript(value=value, slice=key):
                return self._entry(value, key, at)
            case ast.Call():
                return self._call(node, at, use)
            case ast.expr():
                return self._path(node, at)
        return _UNKNOWN

    def _path(self, node: ast.expr, at: _At) -> Opened:
        spelled = spelled_out(node, lambda it: self._text(it, at))
        named = self._paths.of(at.module.path, at.scope, spelled)
        return Opened(named.databases, named.others, bool(named))

    def _named(self, node: ast.Attribute, at: _At) -> Opened | None:
        """The path that an attribute of a class is, as of an enumeration; None if it is none."""
        found = self._path(node, at)
        return None if found == _UNKNOWN else found

    def _text(self, node: ast.expr, at: _At) -> str | None:
        """The text that a name or an entry stands for, if it is written anywhere."""
        known = self._constant(node, at)
        return known.value if known and isinstance(known.value, str) else None

    def _constant(self, node: ast.expr, at: _At) -> ast.Constant | None:
        while isinstance(node, ast.Name) and node.id in at.given:
            if at.module.given(at.around[0], node.id):
                return None
            node, at = at.given[node.id]
        if isinstance(node, ast.Constant):
            return node
        found: list[ast.expr | None] = []
        if isinstance(node, ast.Subscript):
            found += (it for it, _ in self._entries(node.value, node.slice, at))
        elif isinstance(node, ast.Name) and not any(_parameters(it, node.id) for it in at.around):
            found += (it for it, _ in self._given_as(node, at))
        elif isinstance(node, ast.Attribute) and is_self(node.value) and at.owner:
            found += self._own(node.attr, *at.owner)
        only = found[0] if len(found) == 1 else None
        return only if isinstance(only, ast.Constant) else None

    def _own(self, attr: str, owner: ast.ClassDef, at: _At) -> Iterable[ast.expr | None]:
        """What an attribute is given by a class, or its next base, and by each of its heirs."""
        values: dict[int, ast.expr | None] = {}
        for heir, there in ((owner, at), *self._heirs(owner, at)):
            for cls, where in self._family(heir, there):
                given = [*where.module.given(cls, attr)]
                for method in functions_in(cls):
                    given += where.module.given(method, f"self.{attr}")
                values.update((id(it.node), it.value) for it in given)
                if given:
                    break
        return values.values()

    # Names

    def _name(self, name: str, at: _At, use: ast.AST) -> Opened:
        functions = [it for it in at.around if not isinstance(it, ast.ClassDef)]
        for number, function in enumerate(functions):
            given = at.module.given(function, name)
            given = [*(Given(None, it) for it in _parameters(function, name)), *given]
            if given:
                # A name that is given to itself is what it was before.
                before = [it for it in given if it.node is not use]
                lasting = at.module.lasting(before, use) if number == 0 else before
                return (
                    _union(self._given_locally(it, name, function, at) for it in lasting)
                    if lasting
                    else _UNKNOWN
                )
        given = at.module.given_to_global(name)
        if given:
            given = given if at.around else [*at.module.lasting(given, use)]
            return _union(
                self._value(it.value, at.within(it.node), it.node) if it.value else _UNKNOWN
                for it in given
            )
        return self._imported(ast.Name(name), at) or _UNKNOWN

    def _given_locally(self, it: Given, name: str, function: ast.AST, at: _At) -> Opened:
        """What a function gives to a name of its own, or is given by its callers."""
        if not isinstance(it.node, ast.arg) or not isinstance(function, FUNCTIONS):
            return self._value(it.value, at.deeper(), it.node) if it.value else _UNKNOWN
        if name in at.given and function is at.around[0]:
            node, where = at.given[name]
            return self._value(node, replace(where, depth=at.depth + 1), node)
        return self._parameter(function, name, at)

    def _parameter(self, function: Function, name: str, at: _At) -> Opened:
        """What all callers give, and the default; the same however it is come to."""
        if at.level >= _MOST_LEVELS:
            return _UNKNOWN
        key = at.module.path, function.lineno, name, at.level
        known = self._given.get(key)
        return known or self._given.keep(key, self._from_callers(function, name, at))

    def _from_callers(self, function: Function, name: str, at: _At) -> Opened:
        default = defaults_of(function).get(name)
        outside = _At(at.module, at.module.around(function), level=at.level + 1)
        found, calls = [], 0
        for call, where in self._callers(function, outside):
            calls += 1
            given = arguments_of(function, call).get(name) if call else None
            if call is None:
                found.append(_UNKNOWN)
            elif given is not None:
                found.append(self._value(given, where, call))
        if default:
            found.append(self._value(default, outside, function))
        if not calls:
            found += self._fixture(name, outside)
        if not any(it.databases or it.others for it in found):
            found = self._annotated(function, name, outside) or found
        return _union(found) if found else _FOREIGN

    def _annotated(self, function: Function, name: str, at: _At) -> list[Opened]:
        """What the classes open by themselves that a parameter is annotated with."""
        arguments = function.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        named = next((it.annotation for it in every if it.arg == name), None)
        made = (
            self._by_itself(cls, where.module)
            for each in (classes_in(named) if named else ())
            for cls, where in self._definitions(each, at)
            if isinstance(cls, ast.ClassDef)
        )
        return [it for it in made if it != _UNKNOWN]

    def _callers(self, function: Function, at: _At) -> Iterator[tuple[ast.Call | None, _At]]:
        """The calls of functions of a name, and where they stand; None for more than are read."""
        owner = next(iter(at.around), None)
        name = function.name
        if name == "__init__" and isinstance(owner, ast.ClassDef):
            name = owner.name
        files = self._callers_files(name, at.module.path)
        for path in (at.module.path, *files)[:_MOST_FILES] if len(files) > _MOST_FILES else files:
            module = self._module(path)
            for call in module.calls.get(name, ()) if module else ():
                if module:
                    yield call, _At(module, module.around(call), level=at.level)
        if len(files) > _MOST_FILES:
            yield None, at

    def _callers_files(self, name: str, path: PurePosixPath) -> Sequence[PurePosixPath]:
        """The files that may call a function of a module: if none names the module, it alone."""
        if path.name != "__init__.py" and set(self._naming(path.stem)) <= {path}:
            return (path,)
        return self._naming(name)

    def _fixture(self, name: str, at: _At) -> Iterator[Opened]:
        """What pytest gives to a parameter of this name."""
        for found, where in self._definitions(ast.Name(name), at):
            if isinstance(found, FUNCTIONS) and any(
                "fixture" in ast.unparse(it) for it in found.decorator_list
            ):
                inner = replace(where, around=(found, *where.around))
                yield from (self._value(it, inner, it) for it in results(found))

    def _imported(self, node: ast.expr, at: _At) -> Opened | None:
        """What a name of another module was given; None where it is no such name."""
        load = _name_in(node)
        if load is None:
            return None
        found = []
        for it in self._modules.definitions(at.module.path, Scope(), load):
            module = self._module(it.path)
            if it.value is not None and it.path != at.module.path and module:
                found.append(
                    self._value(it.value, _At(module, (), {}, at.depth + 1, at.level), it.value)
                )
        return _union(found) if found else None

    # Attributes

    def _member(self, attr: str, at: _At) -> Opened:
        """What an attribute of `self` was given: by its class, or else by the next base."""
        if at.owner is None:
            return _UNKNOWN
        if at.given:
            # Of the very object that a call makes.
            here = at.module.given(at.around[0], f"self.{attr}")
            if here:
                return _union(
                    self._value(it.value, at.deeper(), it.node) if it.value else _UNKNOWN
                    for it in here
                )
        owner, where = at.owner
        found = self._nearest(attr, owner, where, at.depth)
        if at.self_class is None:
            for heir, there in self._heirs(owner, at):
                found += self._nearest(attr, heir, there, at.depth)
        if found and at.level < _MOST_LEVELS:
            found += self._from_outside(attr, owner, where)
        return _union(found) if found else _UNKNOWN

    def _of_object(self, node: ast.expr, attr: str, at: _At) -> Opened | None:
        """What an attribute of an object is given; None if no class of this code is seen to."""
        found: list[Opened] = []
        made = [(node, at)] if isinstance(node, ast.Call) else self._given_as(node, at)
        for call, where in made:
            if not isinstance(call, ast.Call):
                continue
            told = next((it.value for it in call.keywords if it.arg == attr), None)
            if told:
                found.append(self._value(told, where, call))
                continue
            for cls, inside in self._definitions(call.func, where):
                if isinstance(cls, ast.ClassDef):
                    found += self._set_up(cls, call, where, inside, attr)
        return _union(found) if found else None

    def _set_up(
        self, cls: ast.ClassDef, call: ast.Call, at: _At, inside: _At, attr: str
    ) -> list[Opened]:
        """What the object of a call has in an attribute."""
        made = [it for it in functions_in(cls) if it.name == "__init__"][:1]
        given = [
            (method, it) for method in made for it in inside.module.given(method, f"self.{attr}")
        ]
        if not given:
            return self._nearest(attr, cls, inside, at.depth)
        return [
            self._value(it.value, self._called(method, call, at, inside), it.node)
            for method, it in given
        ]

    def _from_outside(self, attr: str, owner: ast.ClassDef, at: _At) -> tuple[Opened, ...]:
        """What code that speaks of a class gives to an attribute of its objects."""
        key = at.module.path, owner.lineno, attr, at.level
        known = self._outside.get(key)
        if known is not None:
            return known
        found = []
        for path in self._naming(owner.name)[:_MOST_FILES]:
            module = self._module(path)
            for it in module.given_from_outside(attr) if module else ():
                if module:
                    where = _At(module, module.around(it.node), level=at.level + 1)
                    found.append(self._value(it.value, where, it.node) if it.value else _UNKNOWN)
        return self._outside.keep(key, tuple(found))

    def _nearest(self, attr: str, owner: ast.ClassDef, at: _At, depth: int) -> list[Opened]:
        for cls, where in self._family(owner, at):
            inside = replace(where, given={}, depth=depth + 1, self_class=(owner, at))
            given = [*where.module.given(cls, attr)]
            methods = functions_in(cls)
            for method in methods:
                for name in ("self", "cls"):
                    given += where.module.given(method, f"{name}.{attr}")
            made = [(it.value, it.node) for it in given]
            made += [(it, it) for each in methods if each.name == attr for it in results(each)]
            if made:
                return [
                    self._value(value, inside.within(node), node) if value else _UNKNOWN
                    for value, node in made
                ]
        return []

    def _family(self, owner: ast.ClassDef, at: _At) -> Iterator[tuple[ast.ClassDef, _At]]:
        """A class, and then its bases."""
        queue, seen = [(owner, at)], {id(owner)}
        while queue:
            cls, where = queue.pop(0)
            yield cls, where
            for base in cls.bases:
                outside = replace(where, around=where.module.around(cls), self_class=None)
                for found, there in self._definitions(base, outside):
                    if isinstance(found, ast.ClassDef) and id(found) not in seen:
                        seen.add(id(found))
                        queue.append((found, there))

    def _heirs(self, owner: ast.ClassDef, at: _At) -> Iterator[tuple[ast.ClassDef, _At]]:
        """The classes that have a class of this name for a base, and theirs."""
        names, seen = [owner.name], {owner.name}
        while names:
            name = names.pop()
            for path in self._naming(name):
                module = self._module(path)
                for cls in module.classes if module else ():
                    if (
                        module
                        and cls.name not in seen
                        and any(last_part(dotted(base)) == name for base in cls.bases)
                    ):
                        seen.add(cls.name)
                        names.append(cls.name)
                        around = (cls, *module.around(cls))
                        yield cls, _At(module, around, {}, at.depth + 1, at.level)

    def _definitions(self, node: ast.expr, at: _At) -> Iterator[tuple[ast.AST, _At]]:
        """The functions and classes that an expression names."""
        load = _name_in(node)
        if load and load.attribute and load.name in {"self", "cls"}:
            yield from self._methods(load.attribute, at)
            return
        for it in self._modules.definitions(at.module.path, at.scope, load) if load else ():
            module = self._module(it.path)
            if it.value is not None or module is None:
                continue
            wanted = last_part(it.scope.function) or it.scope.owner
            for each in module.definitions.get(wanted, ()):
                around = module.around(each)
                yield each, _At(module, around, {}, at.depth + 1, at.level)

    def _methods(self, name: str, at: _At) -> Iterator[tuple[ast.AST, _At]]:
        """The method of `self` of this name that is called: the nearest one."""
        if at.owner is None:
            return
        for cls, where in self._family(*at.owner):
            found = [it for it in functions_in(cls) if it.name == name]
            if found:
                inside = _At(
                    where.module, where.module.around(found[0]), {}, at.depth + 1, at.level
                )
                yield found[0], replace(inside, self_class=at.owner)
                return

    # Calls and entries

    def _call(  # noqa: PLR0911 - one return for each way of opening
        self, node: ast.Call, at: _At, use: ast.AST
    ) -> Opened:
        func = node.func
        for found, where in self._definitions(func, at):
            if isinstance(found, FUNCTIONS):
                inner = self._called(found, node, at, where)
                made = [self._value(it, inner, it) for it in results(found)]
                return _union(made) if made else _UNKNOWN
            return self._made(found, node, at, where, use) or self._by_itself(found, where.module)
        if isinstance(func, ast.Attribute) and func.attr == "get" and node.args:
            key, *otherwise = node.args
            entry = self._entry(func.value, key, at)
            if entry != _UNKNOWN:
                missing = () if self._constant(key, at) else otherwise
                return _union([entry, *(self._value(it, at, use) for it in missing)])
        arguments = [*node.args, *(it.value for it in node.keywords)]
        named = [it for it in (self._value(each, at, use) for each in arguments) if it != _UNKNOWN]
        elsewhere = self._opened_elsewhere(node, at)
        # Frames are their own, whatever they were read from.
        if elsewhere and (elsewhere == FRAMES or not any(it.databases for it in named)):
            return Opened(others=frozenset({elsewhere}), whole=True)
        if any(it.databases or it.others for it in named):
            return _union(named)
        if arguments and last_part(dotted(func)) in OPENS:
            return _HIDDEN
        if isinstance(func, ast.Attribute) and func.attr in _SAME_CONNECTION:
            return self._value(func.value, at, use)
        return _UNKNOWN

    def _called(self, function: Function, call: ast.Call, at: _At, outside: _At) -> _At:
        """The inside of a function with what a call gives to it."""
        given = {name: (it, at) for name, it in arguments_of(function, call).items()}
        if not _gives_more(call):
            usual = defaults_of(function).items()
            given = {name: (it, outside) for name, it in usual} | given
        around = (function, *outside.module.around(function))
        return _At(outside.module, around, given, at.depth + 1, at.level, outside.self_class)

    def _by_itself(self, cls: ast.AST, module: Module) -> Opened:
        """What a class opens that is not told, by what its own code and its bases' name."""
        scope = _At(module, (cls, *module.around(cls))).scope
        named = self._connections.of(module.path, scope)
        if named is None or named.level != "class":
            return _UNKNOWN
        return Opened(named.databases, named.others, len(named.databases | named.others) == 1)

    def _opened_elsewhere(self, node: ast.Call, at: _At) -> str | None:
        """What a call opens of another database system."""
        names = self._modules.names(at.module.path)
        return opened_elsewhere(node, names) if names else None

    def _made(
        self, cls: ast.AST, node: ast.Call, at: _At, inside: _At, use: ast.AST
    ) -> Opened | None:
        """What an object talks to that is made of a class: what it is given, or its defaults."""
        makes = next((it for it in functions_in(cls) if it.name == "__init__"), None)
        given = arguments_of(makes, node) if makes else {}
        values = [*given.values(), *(() if makes else node.args)]
        usual = defaults_of(makes) if makes else {}
        each = [self._value(it, at, use) for it in values]
        each += (self._value(it, inside, it) for name, it in usual.items() if name not in given)
        found = [it for it in each if it.databases or it.others]
        if not found and makes:
            within = self._called(makes, node, at, inside)
            set_up = (it.value for it in owned(makes) if isinstance(it, ast.Assign | ast.AnnAssign))
            each = [self._value(it, within, it) for it in set_up if it]
            found = [it for it in each if it.databases or it.others]
        if not found:
            return None
        opened = _union(found)
        if opened.databases or opened.others - _IN_MEMORY:
            return opened
        # In memory it stands in for the file that the class opens by itself.
        besides = (self._value(it, inside, it) for it in usual.values())
        return _union([opened, *(it for it in besides if it.databases)])

    def _entry(self, base: ast.expr, key: ast.expr, at: _At) -> Opened:
        """What a dictionary has under a key; all that it has where the key is not known."""
        found = [self._value(it, where, it or key) for it, where in self._entries(base, key, at)]
        return _union(found) if found else _UNKNOWN

    def _entries(self, base: ast.expr, key: ast.expr, at: _At) -> list[tuple[ast.expr | None, _At]]:
        known = self._constant(key, at)
        found: list[tuple[ast.expr | None, _At]] = []
        for dictionary, where in self._displays(base, at):
            for name, each in zip(dictionary.keys, dictionary.values, strict=True):
                if not (known and isinstance(name, ast.Constant)) or known.value == name.value:
                    found.append((each, where))
        text = f"{ast.unparse(base)}[{known.value!r}]" if known else ""
        given = at.module.given_anywhere(text) if text else ()
        return [*found, *((it.value, at.within(it.node)) for it in given)]

    def _displays(self, base: ast.expr, at: _At) -> Iterator[tuple[ast.Dict, _At]]:
        """The dictionaries that an expression may be, as they are written."""
        if at.depth > _TOO_DEEP:
            return
        given: Iterable[tuple[ast.expr | None, _At]] = (
            self._entries(base.value, base.slice, at)
            if isinstance(base, ast.Subscript)
            else self._given_as(base, at)
        )
        for value, where in given:
            if isinstance(value, ast.Dict):
                yield value, where
            elif isinstance(value, ast.Subscript):
                yield from self._displays(value, where.deeper())

    def _given_as(self, node: ast.expr, at: _At) -> Iterator[tuple[ast.expr, _At]]:
        """The expressions that a name or an attribute is given, wherever that is."""
        load = _name_in(node)
        for it in self._modules.definitions(at.module.path, at.scope, load) if load else ():
            module = self._module(it.path)
            if it.value is not None and module:
                around = module.around(it.value)
                given = at.given if around == at.around else {}
                yield it.value, _At(module, around, given, at.depth + 1, at.level)


def _parameters(function: ast.AST, name: str) -> list[ast.arg]:
    """The parameter of a function that has this name."""
    if not isinstance(function, FUNCTIONS):
        return []
    it = function.args
    return [each for each in (*it.posonlyargs, *it.args, *it.kwonlyargs) if each.arg == name]


def _gives_more(call: ast.Call) -> bool:
    """Whether it gives arguments that are not written one by one."""
    starred = any(isinstance(it, ast.Starred) for it in call.args)
    return starred or any(it.arg is None for it in call.keywords)


def _name_in(node: ast.expr) -> Load | None:
    """The name, or the attribute of one, that an expression is; an item is an entry's matter."""
    return load_of(node) if isinstance(node, ast.Name | ast.Attribute) else None


def _union(found: Iterable[Opened]) -> Opened:
    items = list(found)
    return Opened(
        frozenset().union(*(it.databases for it in items)),
        frozenset().union(*(it.others for it in items)),
        bool(items) and all(it.whole for it in items),
        any(it.foreign for it in items),
        any(it.hidden for it in items),
    )
