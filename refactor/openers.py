"""Which database a connection was opened on, or what is made of one.

It is followed to where it was opened: over `with … as`, attributes, parameters and who gives them,
functions that open, and imports.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from refactor.annotations import classes_in
from refactor.assignments import (
    FUNCTIONS,
    Function,
    Given,
    Module,
    is_self,
    loops_over,
)
from refactor.callsites import (
    arguments_of,
    defaults_of,
    parameters_named,
    parameters_of,
)
from refactor.connections import Connections
from refactor.definers import Definers, name_in
from refactor.drivers import FRAMES, opened_elsewhere
from refactor.filepaths import FilePaths
from refactor.givers import (
    fixtures_for,
    given_by_annotation,
    given_by_decorators,
    takes_fixtures,
)
from refactor.modules import Modules
from refactor.openings import FOREIGN, HIDDEN, NOTHING, UNKNOWN, USUAL, At, Opened, union
from refactor.optiondefaults import PARSES, default_of, is_parsed, options_named, options_of
from refactor.outline import Scope, last_part
from refactor.recent import Recent
from refactor.spelledout import spelled_out
from refactor.spellings import Spellings
from refactor.syntax import dotted, given_in

if TYPE_CHECKING:
    from pathlib import PurePosixPath

_TOO_DEEP = 12
IN_MEMORY = frozenset({":memory:", ""})
_MOST_STEPS = 5_000
"""Expressions that one connection is followed through; a thousand are far more than usual."""
_MOST_LEVELS = 2
"""So many callers, one of the other, are followed."""
_MOST_FILES = 20
_ANSWERS_KEPT = 2_000
OPENS = ("connect", "Connection", "create_engine", "create_async_engine", "Database")
"""What opens a database, by the last part of its name."""
_GIVES_AN_ENTRY = ("get", "pop", "setdefault")
_SAME_CONNECTION = frozenset(
    {
        *("cursor", "execute", "executemany", "executescript", "begin", "connect", "acquire"),
        *("connection", "__enter__", "__aenter__", "session", "raw_connection"),
    }
)


class Openers:
    """Answers which databases are behind the expressions of some code."""

    def __init__(
        self, modules: Modules, paths: FilePaths, connections: Connections, definers: Definers
    ) -> None:
        """Look through these modules."""
        self._modules = modules
        self._paths = paths
        self._connections = connections
        self._code = definers
        self._spelled = Spellings(definers)
        self._given: Recent[tuple[PurePosixPath, int, str, int, str], Opened] = Recent(
            _ANSWERS_KEPT
        )
        self._outside: Recent[tuple[PurePosixPath, int, str, int], tuple[Opened, ...]] = Recent(
            _ANSWERS_KEPT
        )
        self._asking: set[tuple[PurePosixPath, str]] = set()
        self._steps = 0

    def begin(self) -> None:
        """Follow another statement's connection."""
        self._steps = 0

    @property
    def is_lost(self) -> bool:
        """Whether so much was to be followed that nobody can tell any more."""
        return self._steps > _MOST_STEPS

    def value(  # noqa: C901, PLR0911, PLR0912 - one branch and one return for each shape
        self, node: ast.expr | None, at: At, use: ast.AST
    ) -> Opened:
        """The databases behind an expression: a connection, what is made of it, or a path."""
        self._steps += 1
        if at.depth > _TOO_DEEP or self.is_lost:
            return UNKNOWN
        match node:
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.value(value, at, use)
            case ast.IfExp(body=body, orelse=orelse):
                return self._either([body, orelse], at, use)
            case ast.BoolOp(values=values):
                # What the environment says is as good as its default.
                said = [it for it in values if not _of_environment(it)] or values
                return self._either(said, at, use)
            case ast.Constant(value=None):
                return NOTHING
            case ast.Name(id=name):
                return self.name(name, at, use)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
                return self._member(attr, at)
            case ast.Attribute(value=value):
                return (
                    self._imported(node, at)
                    or self._set_anew(node, at, use)
                    or self._held(node, at)
                    or self._optional(node, at)
                    or self._named(node, at)
                    or self.value(value, at, use)
                )
            case ast.Subscript(value=value, slice=key):
                return self._entry(value, key, at)
            case ast.Call(
                func=ast.Name(id="getattr"), args=[of, ast.Constant(value=str() as attr), *_]
            ):
                return self.value(ast.Attribute(of, attr), at, use)
            case ast.Call():
                return self._call(node, at, use)
            case ast.Lambda(body=body):
                nothing = ast.Call(node, [], [])
                return self.value(body, self._called_lambda(node, nothing, at, at), body)
            case ast.expr():
                return self._path(node, at)
        return UNKNOWN

    def _either(self, values: Iterable[ast.expr], at: At, use: ast.AST) -> Opened:
        """What one of some expressions gives; a setting that nobody sees may be anything."""
        found = [(it, self.value(it, at, use)) for it in values]
        unseen = any(opened == UNKNOWN and _is_setting(it) for it, opened in found)
        return union([*(opened for _, opened in found), *([USUAL] if unseen else [])])

    def _path(self, node: ast.expr, at: At) -> Opened:
        spelled = spelled_out(node, lambda it: self._spelled.text(it, at))
        named = self._paths.of(at.module.path, at.scope, spelled)
        return Opened(named.databases, named.others, bool(named))

    def _named(self, node: ast.Attribute, at: At) -> Opened | None:
        """The path that an attribute of a class is, as of an enumeration; None if it is none."""
        found = self._path(node, at)
        return None if found == UNKNOWN else found

    def _set_anew(self, node: ast.Attribute, at: At, use: ast.AST) -> Opened | None:
        """What an attribute is by now of an object that is made here; None if it is not set."""
        if not isinstance(node.value, ast.Name):
            return None
        name = node.value.id
        scopes = (*(it for it in at.around if isinstance(it, FUNCTIONS)), at.module.tree)
        scope = next((it for it in scopes if at.module.given(it, name)), at.module.tree)
        made, later = at.module.given(scope, name), at.module.given(scope, dotted(node))
        if not made or not later:
            return None
        lasting = [*made, *later]
        if scope is scopes[0]:
            lasting = [*at.module.lasting(lasting, use)]
        left = [it for it in lasting if it in later]
        if not left:
            return None
        found = [self.value(it.value, at.deeper(), it.node) for it in left]
        if len(left) < len(lasting):
            found.append(self._held(node, at) or UNKNOWN)
        return union(FOREIGN if it == UNKNOWN else it for it in found)

    def _held(self, node: ast.Attribute, at: At) -> Opened | None:
        """What an object has in an attribute, by its class and by whoever gives it one."""
        found = (self._of_object(node.value, node.attr, at), self._kept_on(node, at))
        held = [it for it in found if it]
        return union(held) if held else None

    def _kept_on(self, node: ast.Attribute, at: At) -> Opened | None:
        """What any function gives to an attribute of a name of the module; None if none does."""
        if not isinstance(node.value, ast.Name) or at.depth > _TOO_DEEP:
            return None
        name = node.value.id
        if any(at.module.given(it, name) or parameters_named(it, name) for it in at.around):
            return None
        given = [(it, at.within(it.node)) for it in at.module.given_anywhere(dotted(node))]
        mine = at.module.given(at.module.tree, name)
        everywhere = None if mine else self._given_abroad(node.attr, at)
        given = given if everywhere is None else everywhere
        key = at.module.path, dotted(node)
        if key in self._asking:
            return NOTHING  # what is given to itself adds nothing
        self._asking.add(key)
        found = [
            self.value(it.value, where, it.node) if it.value else UNKNOWN for it, where in given
        ]
        self._asking.remove(key)
        opened = union(found) if found else None
        # Others may give an imported thing more than is seen here.
        whole = mine or everywhere is not None
        return opened if whole or opened is None else replace(opened, whole=False)

    def _given_abroad(self, attr: str, at: At) -> list[tuple[Given, At]] | None:
        """What any code gives to an attribute of anything but `self`; None if that is too much."""
        files = self._code.naming(attr)
        if len(files) > _MOST_FILES:
            return None
        modules = (self._code.module(it) for it in files)
        return [
            (it, At(module, module.around(it.node), {}, at.depth + 1, at.level))
            for module in modules
            if module
            for it in module.given_from_outside(attr)
        ]

    def _optional(self, node: ast.Attribute, at: At) -> Opened | None:
        """What an option of the command line is by default; None if no such one is declared."""
        declared = [*options_named(at.module, node.attr)]
        if not declared or not isinstance(node.value, ast.Name):
            return None
        name = node.value.id
        given = [it for it, _ in self._code.given_as(node.value, at)]
        parsed = [it for it in given if isinstance(it, ast.Call)]
        taken = any(is_parsed(arg) for it in at.around for arg in parameters_named(it, name))
        if not taken and not any(last_part(dotted(it.func)) in PARSES for it in parsed):
            return None
        return self._defaults(declared, at)

    def _defaults(self, declared: Iterable[ast.Call], at: At) -> Opened:
        """What options are by default; hidden where they have none."""
        values = [(default_of(it), at.within(it)) for it in declared]
        return union(self.value(it, where, it) if it else HIDDEN for it, where in values)

    def name(self, name: str, at: At, use: ast.AST) -> Opened:
        """The databases behind a name."""
        functions = [it for it in at.around if not isinstance(it, ast.ClassDef)]
        own = at.module.given_by_comprehension(name, use)
        if own:
            return self._one_given(own, name, at)
        for number, function in enumerate(functions):
            if isinstance(function, ast.Lambda) and name in parameters_of(function):
                return self._given_to(name, at)
            given = at.module.given(function, name)
            given = [*(Given(None, it) for it in parameters_named(function, name)), *given]
            inner = at.module.given_by_inner(function, name) if given else []
            if inner:
                return union(self._given_locally(it, name, function, at) for it in [*given, *inner])
            if given:
                # A name that is given to itself is what it was before.
                before = [it for it in given if it.node is not use]
                before += self._opened_anew(name, function, at)
                lasting = at.module.lasting(before, use) if number == 0 else before
                return (
                    union(self._given_locally(it, name, function, at) for it in lasting)
                    if lasting
                    else UNKNOWN
                )
        given = at.module.given_to_global(name)
        if given:
            given = [*given, *self._opened_anew(name, at.module.tree, at)]
            given = given if at.around else [*at.module.lasting(given, use)]
            return union(self._one_given(it, name, at.within(it.node)) for it in given)
        return self._imported(ast.Name(name), at) or UNKNOWN

    def _opened_anew(self, name: str, scope: ast.AST, at: At) -> Iterator[Given]:
        """What an object's attributes are set to that hold what it has opened, or opens."""
        for attr in sorted(at.module.attributes_given(scope, name)):
            held = self._of_object(ast.Name(name), attr, at.deeper())
            if held and (held.databases or held.others or held.foreign or held.hidden):
                yield from (
                    replace(it, within=True) for it in at.module.given(scope, f"{name}.{attr}")
                )

    def _given_locally(self, it: Given, name: str, function: ast.AST, at: At) -> Opened:
        """What a function gives to a name of its own, or is given by its callers."""
        if not isinstance(it.node, ast.arg) or not isinstance(function, FUNCTIONS):
            return self._one_given(it, name, at.deeper())
        if name in at.given and function is (at.given_to or at.around[0]):
            return self._given_to(name, at)
        return self._parameter(function, name, at)

    def _given_to(self, name: str, at: At) -> Opened:
        """What the call that is followed gives to a parameter."""
        if name not in at.given:
            return UNKNOWN
        node, where = at.given[name]
        return self.value(node, replace(where, depth=at.depth + 1), node)

    def _one_given(self, it: Given, name: str, at: At) -> Opened:
        """What a name is given once: a value, or each that a loop goes through."""
        if it.value:
            opened = self.value(it.value, at, it.node)
            return FOREIGN if it.within and opened == UNKNOWN else opened
        each = loops_over(it, name)
        return self._one_of(each, at) if each else UNKNOWN

    def _one_of(self, node: ast.expr, at: At) -> Opened:
        """What a loop gives in turn that goes over an expression."""
        if at.depth > _TOO_DEEP:
            return UNKNOWN
        match node:
            case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
                return union(self.value(it, at, node) for it in values)
            case ast.Name(id=name):
                more = (*at.module.calls.get("append", ()), *at.module.calls.get("extend", ()))
                if any(dotted(it.func).startswith(f"{name}.") for it in more):
                    return UNKNOWN
                given = [*self._code.given_as(node, at)]
                return union(self._one_of(it, where) for it, where in given)
            case ast.Call(func=func):
                found: list[Opened] = []
                for function, where in self._code.definitions(func, at):
                    if isinstance(function, FUNCTIONS):
                        inside = self.called(function, node, at, where)
                        yields = any(
                            isinstance(it, ast.Yield) for it in where.module.owned(function)
                        )
                        found += (
                            self.value(it, inside, it) if yields else self._one_of(it, inside)
                            for it in where.module.results(function)
                        )
                return union(found) if found else UNKNOWN
        return UNKNOWN

    def _parameter(self, function: Function, name: str, at: At) -> Opened:
        """What all callers give, and the default; the same however it is come to."""
        if at.level >= _MOST_LEVELS:
            return UNKNOWN
        heir = at.self_class[0].name if at.self_class and function.name == "__init__" else ""
        key = at.module.path, function.lineno, name, at.level, heir
        known = self._given.get(key)
        if known is None:
            known = self._from_callers(function, name, at)
        # What was cut short on a way round is no answer to who asks from elsewhere.
        return known if self._asking or self.is_lost else self._given.keep(key, known)

    def _from_callers(self, function: Function, name: str, at: At) -> Opened:
        made = self._code.made_by_heir(function, at)
        if made:
            return self._from_heir(function, name, made[1], made[2])
        outside = At(at.module, at.module.around(function), level=at.level + 1)
        decorated = [
            self.value(it, where, it)
            for it, where in given_by_decorators(function, name, outside, self._code)
        ]
        fixtures = self._fixture(function, name, outside) if takes_fixtures(function) else ()
        beside = decorated or [*fixtures]
        return union(beside) if beside else self._from_calls(function, name, at, outside)

    def _from_calls(self, function: Function, name: str, at: At, outside: At) -> Opened:
        default = defaults_of(function).get(name)
        found, calls = [], 0
        heir = at.self_class[0].name if at.self_class else ""
        for call, where in self._code.callers(function, outside, heir):
            calls += 1
            given = arguments_of(function, call).get(name) if call else None
            if call is None:
                found.append(UNKNOWN)
            elif given is not None:
                found.append(self.value(given, where, call))
        if default:
            found.append(self.value(default, outside, function))
        declared = [*options_of(function, name)]
        if declared:
            return self._defaults(declared, outside)
        if not calls:
            found += self._fixture(function, name, outside)
            said = given_by_annotation(function, name, outside, self._code)
            found += [self.value(it, where, it) for it, where in said]
        if not any(it.databases or it.others for it in found):
            found = self._annotated(function, name, outside) or found
        return union(found) if found else FOREIGN

    def _from_heir(
        self, function: Function, name: str, calls: Sequence[ast.Call], at: At
    ) -> Opened:
        """What the constructor of an heir gives to a parameter of its base's."""
        found = []
        for call in calls:
            by_name = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
            plain = ast.Call(call.func, call.args[1:], call.keywords) if by_name else call
            given = arguments_of(function, plain).get(name) or defaults_of(function).get(name)
            more = _gives_more(call) or given is None
            found.append(UNKNOWN if more else self.value(given, at, call))
        return union(found) if found else UNKNOWN

    def _annotated(self, function: Function, name: str, at: At) -> list[Opened]:
        """What the classes open by themselves that a parameter is annotated with."""
        arguments = function.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        named = next((it.annotation for it in every if it.arg == name), None)
        made = (
            self._by_itself(it, there.module)
            for each in (classes_in(named) if named else ())
            for cls, where in self._code.definitions(each, at)
            if isinstance(cls, ast.ClassDef)
            for it, there in ((cls, where), *self._code.heirs(cls, where))
        )
        return [it for it in made if it != UNKNOWN]

    def _fixture(self, function: Function, name: str, at: At) -> Iterator[Opened]:
        """What pytest gives to a parameter of this name."""
        for found, where in fixtures_for(function, name, at, self._code):
            inner = replace(where, around=(found, *where.around))
            yield from (self.value(it, inner, it) for it in where.module.results(found))

    def _imported(self, node: ast.expr, at: At) -> Opened | None:
        """What a name of another module was given; None where it is no such name."""
        load = name_in(node)
        if load is None:
            return None
        found = []
        for it in self._modules.definitions(at.module.path, Scope(), load):
            module = self._code.module(it.path)
            if it.value is not None and it.path != at.module.path and module:
                found.append(
                    self.value(it.value, At(module, (), {}, at.depth + 1, at.level), it.value)
                )
        return union(found) if found else None

    def _member(self, attr: str, at: At) -> Opened:
        """What an attribute of `self` was given: by its class, or else by the next base."""
        if at.owner is None:
            return UNKNOWN
        if at.given:
            # Of the very object that a call makes.
            here = at.module.given(at.around[0], f"self.{attr}")
            if here:
                return union(
                    self.value(it.value, at.deeper(), it.node) if it.value else UNKNOWN
                    for it in here
                )
        owner, where = at.owner
        found = self._nearest(attr, owner, where, at.depth)
        if at.self_class is None:
            for heir, there in self._code.heirs(owner, at):
                found += self._nearest(attr, heir, there, at.depth)
        if found and at.level < _MOST_LEVELS:
            found += self._from_outside(attr, owner, where)
        return union(found) if found else UNKNOWN

    def _of_object(self, node: ast.expr, attr: str, at: At) -> Opened | None:
        """What an attribute of an object is given; None if no class of this code is seen to."""
        found: list[Opened] = []
        if at.depth > _TOO_DEEP:
            return None
        made = [(node, at)] if isinstance(node, ast.Call) else [*self._code.given_as(node, at)]
        if not made and isinstance(node, ast.Name):
            found += self._of_annotated(node.id, attr, at)
        for call, where in made:
            if not isinstance(call, ast.Call):
                within = self._of_object(call, attr, where.deeper())
                found += [within] if within and not is_self(call) else []
                continue
            told = next((it.value for it in call.keywords if it.arg == attr), None)
            if told:
                found.append(self.value(told, where, call))
                continue
            for cls, inside in self._code.definitions(call.func, where):
                if isinstance(cls, ast.ClassDef):
                    found += self._set_up(cls, call, where, inside, attr)
                elif isinstance(cls, FUNCTIONS):
                    given = [
                        self._of_object(it, attr, inside.deeper())
                        for it in inside.module.results(cls)
                    ]
                    found += [it or UNKNOWN for it in given]
        return union(found) if any(it != UNKNOWN for it in found) else None

    def _of_annotated(self, name: str, attr: str, at: At) -> list[Opened]:
        """What an attribute is given of a parameter that is annotated with a class of this code."""
        each = ((it, arg) for it in at.around for arg in parameters_named(it, name))
        function, argument = next(each, (None, None))
        if function is None or argument is None or argument.annotation is None:
            return []
        outside = replace(at, around=at.module.around(function), given={})
        return [
            opened
            for named in classes_in(argument.annotation)
            for cls, where in self._code.definitions(named, outside)
            if isinstance(cls, ast.ClassDef)
            for it, there in ((cls, where), *self._code.heirs(cls, where))
            for opened in (
                *self._nearest(attr, it, there, at.depth),
                *self._told(attr, it, there),
            )
        ]

    def _told(self, attr: str, cls: ast.ClassDef, at: At) -> Iterator[Opened]:
        """What objects are told for an attribute whose class has no constructor of its own."""
        if any(it.name == "__init__" for it in at.module.functions_in(cls)):
            return
        fields = [it.target for it in cls.body if isinstance(it, ast.AnnAssign)]
        names = [it.id for it in fields if isinstance(it, ast.Name)]
        for path in self._code.naming(cls.name)[:_MOST_FILES]:
            module = self._code.module(path)
            for call in module.calls.get(cls.name, ()) if module else ():
                given = dict(zip(names, call.args, strict=False))
                given |= {it.arg: it.value for it in call.keywords if it.arg}
                if module and attr in given:
                    where = At(module, module.around(call), {}, at.depth + 1, at.level + 1)
                    opened = self.value(given[attr], where, call)
                    yield from [opened] if opened.files else []

    def _set_up(
        self, cls: ast.ClassDef, call: ast.Call, at: At, inside: At, attr: str
    ) -> list[Opened]:
        """What the object of a call has in an attribute."""
        made = [it for it in inside.module.functions_in(cls) if it.name == "__init__"][:1]
        given = [
            (method, it) for method in made for it in inside.module.given(method, f"self.{attr}")
        ]
        if not given:
            return self._nearest(attr, cls, inside, at.depth)
        return [
            self.value(it.value, self.called(method, call, at, inside), it.node)
            for method, it in given
        ]

    def _from_outside(self, attr: str, owner: ast.ClassDef, at: At) -> tuple[Opened, ...]:
        """What code that speaks of a class gives to an attribute of its objects."""
        key = at.module.path, owner.lineno, attr, at.level
        known = self._outside.get(key)
        if known is not None:
            return known
        found = []
        for path in self._code.naming(owner.name)[:_MOST_FILES]:
            module = self._code.module(path)
            for it in module.given_from_outside(attr) if module else ():
                if module:
                    where = At(module, module.around(it.node), level=at.level + 1)
                    found.append(self.value(it.value, where, it.node) if it.value else UNKNOWN)
        lost = self._asking or self.is_lost
        return tuple(found) if lost else self._outside.keep(key, tuple(found))

    def _nearest(self, attr: str, owner: ast.ClassDef, at: At, depth: int) -> list[Opened]:
        for cls, where in self._code.family(owner, at):
            inside = replace(where, given={}, depth=depth + 1, self_class=(owner, at))
            given = [*where.module.given(cls, attr)]
            methods = where.module.functions_in(cls)
            for method in methods:
                for name in ("self", "cls"):
                    given += where.module.given(method, f"{name}.{attr}")
            made = [(it.value, it.node) for it in given]
            made += [
                (it, it)
                for each in methods
                if each.name == attr
                for it in where.module.results(each)
            ]
            if made:
                return [
                    self.value(value, inside.within(node), node) if value else UNKNOWN
                    for value, node in made
                ]
        return []

    def _call(  # noqa: PLR0911 - one return for each way of opening
        self, node: ast.Call, at: At, use: ast.AST
    ) -> Opened:
        func = node.func
        for found, where in self._code.definitions(func, at):
            if isinstance(found, FUNCTIONS):
                inner = self.called(found, node, at, where)
                made = [self.value(it, inner, it) for it in where.module.results(found)]
                return union(made) if made else UNKNOWN
            return self._made(found, node, at, where, use) or self._by_itself(found, where.module)
        entry = self._entry_or_else(node, at, use)
        if entry:
            return entry
        arguments = given_in(node)
        named = [it for it in (self.value(each, at, use) for each in arguments) if it != UNKNOWN]
        elsewhere = self._opened_elsewhere(node, at)
        # Frames are their own, whatever they were read from.
        if elsewhere and (elsewhere == FRAMES or not any(it.databases for it in named)):
            return Opened(others=frozenset({elsewhere}), whole=True)
        if any(it.databases or it.others for it in named):
            return union(named)
        if arguments and last_part(dotted(func)) in OPENS:
            return HIDDEN
        if isinstance(func, ast.Attribute):
            kept = self._member(func.attr, at) if is_self(func.value) else UNKNOWN
            if kept.files:
                return kept
            opened = self.value(func.value, at, use)
            if func.attr in _SAME_CONNECTION:
                return opened
            # What another method gives may be anything, but of no other database.
            return self._by_given(arguments, at) or replace(opened, whole=False)
        return self._by_given(arguments, at) or self._by_maker(node, at, use)

    def _entry_or_else(self, node: ast.Call, at: At, use: ast.AST) -> Opened | None:
        """What `get` gives of a dictionary, or else its default; None if it is no such call."""
        func = node.func
        if not isinstance(func, ast.Attribute) or func.attr not in _GIVES_AN_ENTRY or not node.args:
            return None
        key, *otherwise = node.args
        entry = self._entry(func.value, key, at)
        if entry == UNKNOWN:
            if not _is_setting(node):
                return None
            return union([USUAL, *(self.value(it, at, use) for it in given_in(node)[1:])])
        missing = () if self._spelled.constant(key, at) else otherwise
        return union([entry, *(self.value(it, at, use) for it in missing)])

    def _by_given(self, arguments: Iterable[ast.expr], at: At) -> Opened | None:
        """What functions give that are handed on, as in `Depends(connect)`; None if none does."""
        made = (
            self.value(it, replace(where, around=(function, *where.around)), it)
            for each in arguments
            for function, where in self._code.definitions(each, at)
            if isinstance(function, FUNCTIONS)
            for it in where.module.results(function)
        )
        found = [it for it in made if it.databases or it.others]
        return union(found) if found else None

    def _by_maker(self, node: ast.Call, at: At, use: ast.AST) -> Opened:
        """What is given by a lambda, or made by what is bound to a database, as sessions are."""
        makers = [*self._code.given_as(node.func, at)]
        lambdas = [(it, where) for it, where in makers if isinstance(it, ast.Lambda)]
        if not lambdas:
            return self.value(node.func, at, use) if makers else UNKNOWN
        if len(lambdas) < len(makers):
            return UNKNOWN
        return union(
            self.value(made.body, self._called_lambda(made, node, at, where), made.body)
            for made, where in lambdas
        )

    def _called_lambda(self, made: ast.Lambda, call: ast.Call, at: At, outside: At) -> At:
        usual = {name: (it, outside) for name, it in defaults_of(made).items()}
        given = {name: (it, at) for name, it in arguments_of(made, call).items()}
        given = given if _gives_more(call) else usual | given
        around = (made, *outside.module.around(made))
        return At(outside.module, around, given, at.depth + 1, at.level, outside.self_class)

    def called(self, function: Function, call: ast.Call, at: At, outside: At) -> At:
        """The inside of a function with what a call gives to it."""
        given = {name: (it, at) for name, it in arguments_of(function, call).items()}
        if not _gives_more(call):
            usual = defaults_of(function).items()
            given = {name: (it, outside) for name, it in usual} | given
        around = (function, *outside.module.around(function))
        return At(outside.module, around, given, at.depth + 1, at.level, outside.self_class)

    def _by_itself(self, cls: ast.AST, module: Module) -> Opened:
        """What a class opens that is not told, by what its own code and its bases' name."""
        scope = At(module, (cls, *module.around(cls))).scope
        named = self._connections.of(module.path, scope)
        if named is None or named.level != "class":
            return UNKNOWN
        return Opened(named.databases, named.others, len(named.databases | named.others) == 1)

    def _opened_elsewhere(self, node: ast.Call, at: At) -> str | None:
        """What a call opens of another database system."""
        names = self._modules.names(at.module.path)
        return opened_elsewhere(node, names) if names else None

    def _made(
        self, cls: ast.AST, node: ast.Call, at: At, inside: At, use: ast.AST
    ) -> Opened | None:
        """What an object talks to that is made of a class: what it is given, or its defaults."""
        makes = next((it for it in inside.module.functions_in(cls) if it.name == "__init__"), None)
        given = arguments_of(makes, node) if makes else {}
        values = [*given.values(), *(() if makes else node.args)]
        usual = defaults_of(makes) if makes else {}
        each = [self.value(it, at, use) for it in values]
        each += (self.value(it, inside, it) for name, it in usual.items() if name not in given)
        found = [it for it in each if it.databases or it.others]
        if not found and makes:
            within = self.called(makes, node, at, inside)
            set_up = (
                it.value
                for it in inside.module.owned(makes)
                if isinstance(it, ast.Assign | ast.AnnAssign)
            )
            each = [self.value(it, within, it) for it in set_up if it]
            found = [it for it in each if it.databases or it.others]
        if not found:
            return None
        opened = union(found)
        uses = self._opened_within(cls, node, at, inside)
        if uses and uses.files - IN_MEMORY:
            # Of the paths that it is given it may open only one, or none.
            shared = opened.files & uses.files
            if not shared or uses.files < opened.files:
                return uses
        if opened.databases or opened.others - IN_MEMORY:
            return opened
        # In memory it stands in for the file that the class opens by itself.
        besides = (self.value(it, inside, it) for it in usual.values())
        return union([opened, *(it for it in besides if it.databases)])

    def _opened_within(self, cls: ast.AST, node: ast.Call, at: At, inside: At) -> Opened | None:
        """What the code of a class opens for the object of a call, if all of that is seen."""
        found: list[Opened] = []
        attributes: set[str] = set()
        for call in (it for name in OPENS for it in inside.module.calls.get(name, ())):
            around, given = inside.module.around(call), given_in(call)
            if cls not in around or not given or not isinstance(cls, ast.ClassDef):
                continue
            function, path = around[0], given[0]
            if isinstance(function, FUNCTIONS) and function.name == "__init__":
                found.append(self.value(call, self.called(function, node, at, inside), call))
            elif not isinstance(path, ast.Attribute) or not is_self(path.value):
                where = At(inside.module, around, {}, at.depth + 1, at.level)
                found.append(self.value(call, where, call))
            elif path.attr not in attributes:
                attributes.add(path.attr)
                found += self._set_up(cls, node, at, inside, path.attr)
            if not all(it.whole for it in found):
                return None
        return union(found) if found else None

    def _entry(self, base: ast.expr, key: ast.expr, at: At) -> Opened:
        """What a dictionary has under a key; all that it has where the key is not known."""
        found = [
            self.value(it, where, it or key) for it, where in self._spelled.entries(base, key, at)
        ]
        return union(found) if found else UNKNOWN


def _gives_more(call: ast.Call) -> bool:
    """Whether it gives arguments that are not written one by one."""
    starred = any(isinstance(it, ast.Starred) for it in call.args)
    return starred or any(it.arg is None for it in call.keywords)


def _is_setting(node: ast.expr) -> bool:
    """Whether it is an entry under a name, and not of the environment."""
    match node:
        case (
            ast.Subscript(value=base, slice=ast.Constant(value=str()))
            | ast.Call(
                func=ast.Attribute(value=base, attr="get" | "pop" | "setdefault"),
                args=[ast.Constant(value=str()), *_],
            )
        ):
            return "environ" not in dotted(base)
    return False


def _of_environment(node: ast.expr) -> bool:
    """Whether it asks the environment, and gives nothing by default."""
    match node:
        case ast.Call(func=func, args=[_], keywords=[]):
            return dotted(func).endswith(("environ.get", "getenv"))
    return False
