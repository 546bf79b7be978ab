"""Which databases are behind the attributes of objects: of `self`, of what is made, of options."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from refactor.databases.connections import Connections
from refactor.databases.definers import Definers
from refactor.databases.givers import fixtures_for, takes_fixtures
from refactor.databases.openednames import OpenedNames
from refactor.databases.openings import FOREIGN, MOST_FILES, NOTHING, UNKNOWN, At, Opened, union
from refactor.databases.optiondefaults import PARSES, is_parsed, is_set_outside, options_named
from refactor.databases.setabroad import MOST_LEVELS
from refactor.databases.toldoutside import ToldOutside
from refactor.python.annotations import classes_in
from refactor.python.assignments import FUNCTIONS, Function, Given, is_self
from refactor.python.callsites import arguments_of, gives_more, parameters_named
from refactor.python.modules import Modules
from refactor.python.outline import last_part
from refactor.python.syntax import dotted
from refactor.recent import Recent

if TYPE_CHECKING:
    from pathlib import PurePosixPath

_ANSWERS_KEPT = 2_000


class OpenedObjects(OpenedNames):
    """Follows attributes to what opens them."""

    def __init__(
        self, modules: Modules, connections: Connections, definers: Definers, told: ToldOutside
    ) -> None:
        """Look through these modules."""
        super().__init__(modules, connections, definers, told)
        self._outside: Recent[tuple[PurePosixPath, int, str, int], tuple[Opened, ...]] = Recent(
            _ANSWERS_KEPT
        )
        self._kept: Recent[tuple[PurePosixPath, str, int], tuple[Opened | None]] = Recent(
            _ANSWERS_KEPT
        )

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
                found += self._nearest(attr, heir, there, at.depth, alone=True)
        if at.level < MOST_LEVELS:
            found += self._from_outside(attr, owner, where) if found else ()
            if attr in _fields(owner):
                heirs = self._code.heirs(owner, at) if at.self_class is None else ()
                for cls, there in ((owner, where), *heirs):
                    found += self._told(attr, cls, there)
            elif not found and owner.bases:
                found += self._told(attr, owner, where)
        return union(found) if found else UNKNOWN

    def _nearest(
        self, attr: str, owner: ast.ClassDef, at: At, depth: int, *, alone: bool = False
    ) -> list[Opened]:
        for cls, where in self._code.family(owner, at):
            inside = replace(where, given={}, depth=depth + 1, self_class=(owner, at))
            given = [*where.module.given(cls, attr)]
            methods = where.module.functions_in(cls)
            for method in methods:
                for name in ("self", "cls"):
                    given += where.module.given(method, f"{name}.{attr}")
            by_call = where.module.set_by_call(f"self.{attr}")
            given += (it for it in by_call if cls in where.module.around(it.node))
            made = [(it.value, it.node) for it in given]
            made += [
                (it, it)
                for each in methods
                if each.name == attr
                for it in where.module.results(each)
            ]
            if made:
                found = [
                    self.value(value, inside.within(node), node) if value else UNKNOWN
                    for value, node in made
                ]
                if is_set_outside(cls):
                    found = [replace(it, default=True) for it in found]
                return found if alone else self.with_installed(found, cls, owner, at)
        return []

    def with_installed(
        self, found: list[Opened], cls: ast.AST, owner: ast.ClassDef, at: At
    ) -> list[Opened]:
        """What a class has for an heir, and what a base may have that is asked before it."""
        installed = self._code.asked_before(cls, owner, at)
        if not installed or not any(it.files for it in found):
            return found
        return [*found, Opened(others=frozenset({f"what {installed} may open"}), whole=True)]

    def _from_outside(self, attr: str, owner: ast.ClassDef, at: At) -> tuple[Opened, ...]:
        """What code that speaks of a class gives to an attribute of its objects."""
        key = at.module.path, owner.lineno, attr, at.level
        known = self._outside.get(key) if self._gap is None else None
        if known is not None:
            return known
        found, cuts = [], self._cuts
        for it, where in self._code.setting(attr, owner.name, at.level + 1):
            found.append(self.value(it.value, where, it.node) if it.value else UNKNOWN)
        return self._outside.keep(key, tuple(found)) if self._may_keep(cuts) else tuple(found)

    def _set_anew(self, node: ast.Attribute, at: At, use: ast.AST) -> Opened | None:
        """What an attribute is by now of an object that is made here; None if it is not set."""
        if not isinstance(node.value, ast.Name):
            return None
        name = node.value.id
        scopes = (*(it for it in at.around if isinstance(it, FUNCTIONS)), at.module.tree)
        scope = next((it for it in scopes if at.module.given(it, name)), at.module.tree)
        made, later = at.module.given(scope, name), at.module.given(scope, dotted(node))
        later = [*later, *at.module.set_by_call(dotted(node), scope)]
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
        found = (self.of_object(node.value, node.attr, at), self._kept_on(node, at))
        held = [it for it in found if it]
        return union(held) if held else None

    def _kept_on(self, node: ast.Attribute, at: At) -> Opened | None:
        """What any function gives to an attribute of a name of the module; None if none does."""
        if not isinstance(node.value, ast.Name) or self._ends_at(at):
            return None
        name = node.value.id
        if any(at.module.given(it, name) or parameters_named(it, name) for it in at.around):
            return None
        key = at.module.path, dotted(node)
        if key in self._asking:
            self._cuts += 1
            return NOTHING  # what is given to itself adds nothing
        kept = *key, at.level
        known = self._kept.get(kept) if self._is_usual else ()
        if known:
            return known[0]
        cuts = self._cuts
        self._asking.add(key)
        opened = self._given_anywhere(node, name, at)
        self._asking.remove(key)
        if self._may_keep(cuts):
            self._kept.keep(kept, (opened,))
        return opened

    def _given_anywhere(self, node: ast.Attribute, name: str, at: At) -> Opened | None:
        """The same, for a name of the module or an imported one."""
        mine = at.module.given(at.module.tree, name)
        everywhere = None if mine else self._given_abroad(node.attr, at)
        given = (
            [(it, at.within(it.node)) for it in at.module.given_anywhere(dotted(node))]
            if everywhere is None
            else everywhere
        )
        if not given:
            return None
        opened = union(
            self.value(it.value, where, it.node) if it.value else UNKNOWN for it, where in given
        )
        # Others may give an imported thing more than is seen here.
        return opened if mine or everywhere is not None else replace(opened, whole=False)

    def _given_abroad(self, attr: str, at: At) -> list[tuple[Given, At]] | None:
        """What any code gives to an attribute of anything but `self`; None if that is too much."""
        files = self._code.naming(attr)
        if len(files) > MOST_FILES:
            return None
        modules = (self._code.module(it) for it in files)
        return [
            (it, At(module, module.around(it.node), {}, at.depth + 1, at.level))
            for module in modules
            if module
            for it in module.given_from_outside(attr)
        ]

    def _of_application(self, node: ast.Attribute, at: At) -> Opened | None:
        """What any code keeps on an object that is handed round, as on an application.

        That is `app.state.db`, `self.app.db`, or `ctx.obj` of click.
        """
        match node:
            case ast.Attribute(value=ast.Attribute(attr="state"), attr=attr):
                found = self._set_abroad(at.module.path, "state", attr, at)
            case ast.Attribute(attr="obj"):
                found = self._kept_for_commands(at)
            case ast.Attribute(value=value) if not self._code.is_test(at.module.path):
                # What a test gets is a fixture's.
                holder = self._holder(value, at)
                found = self._set_abroad(at.module.path, holder, node.attr, at) if holder else []
            case _:
                return None
        return union(found) if found else None

    def _holder(self, node: ast.expr, at: At) -> str:
        """What an object is called that was handed on: an attribute, or a parameter."""
        match node:
            case ast.Attribute(attr=name):
                return name
            case ast.Name(id=name) if any(parameters_named(it, name) for it in at.around):
                return name
        return ""

    def _kept_for_commands(self, at: At) -> list[Opened]:
        """What any code keeps for the commands of click."""
        given = self._given_abroad("obj", at) or () if at.level < MOST_LEVELS else ()
        found = [self.value(it.value, where, it.node) for it, where in given if it.value]
        return [it for it in found if it.files]

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

    def of_object(self, node: ast.expr, attr: str, at: At) -> Opened | None:
        """What an attribute of an object is given; None if no class of this code is seen to."""
        found: list[Opened] = []
        if self._ends_at(at):
            return None
        made = (
            [(node, at)]
            if isinstance(node, ast.Call)
            # By its last part the attribute in `self.settings = settings` is the name as well.
            else [it for it in self._code.given_as(node, at) if it[0] is not node]
        )
        if not made and isinstance(node, ast.Name):
            found += (
                self._of_fixture(node.id, attr, at)
                or self._of_annotated(node.id, attr, at)
                or self._of_callers(node.id, attr, at)
            )
        for call, where in made:
            if not isinstance(call, ast.Call):
                within = self.of_object(call, attr, where.deeper())
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
                        self.of_object(it, attr, inside.deeper())
                        for it in inside.module.results(cls)
                    ]
                    found += [it or UNKNOWN for it in given]
        return union(found) if any(it != UNKNOWN for it in found) else None

    def _of_fixture(self, name: str, attr: str, at: At) -> list[Opened]:
        """What an object has in an attribute that pytest gives to a parameter."""
        function = _taking(name, at)
        if function is None or not takes_fixtures(function):
            return []
        outside = replace(at, around=at.module.around(function), given={})
        found = (
            self.of_object(it, attr, replace(where, around=(fixture, *where.around)).deeper())
            for fixture, where in fixtures_for(function, name, outside, self._code)
            for it in where.module.results(fixture)
        )
        return [it for it in found if it]

    def _of_callers(self, name: str, attr: str, at: At) -> list[Opened]:
        """What an attribute is given of the objects that all callers give to a parameter."""
        function = _taking(name, at)
        if function is None or at.level >= MOST_LEVELS:
            return []
        outside = At(at.module, at.module.around(function), level=at.level + 1)
        found: list[Opened] = []
        for call, where in self._code.callers(function, outside):
            given = arguments_of(function, call).get(name) if call else None
            inside = replace(where, depth=at.depth + 1)
            if given is None:
                found.append(UNKNOWN)
            elif is_self(given):
                found.append(self._member(attr, inside))
            else:
                found.append(self.of_object(given, attr, inside) or UNKNOWN)
        return found

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
                *(told for told in self._told(attr, it, there) if told.files),
            )
        ]

    def _told(self, attr: str, cls: ast.ClassDef, at: At) -> Iterator[Opened]:
        """What objects are told for a field of a class that has no constructor of its own."""
        family = [it for it, _ in self._code.family(cls, at)] if cls.bases else [cls]
        names = [*dict.fromkeys(name for it in reversed(family) for name in _fields(it))]
        if attr not in names or any(it.name == "__init__" for it in at.module.functions_in(cls)):
            return
        outside = At(at.module, (), {}, at.depth + 1, at.level + 1)
        for call, where in self._code.makers(cls, outside):
            given = dict(zip(names, call.args, strict=False)) if call else {}
            given |= {it.arg: it.value for it in call.keywords if it.arg} if call else {}
            if call is None or (attr not in given and gives_more(call)):
                yield UNKNOWN
            elif attr in given:
                yield self.value(given[attr], replace(where, depth=outside.depth), call)

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


def _taking(name: str, at: At) -> Function | None:
    """The function around that has a parameter of a name."""
    functions = (it for it in at.around if isinstance(it, FUNCTIONS))
    return next((it for it in functions if parameters_named(it, name)), None)


def _fields(cls: ast.ClassDef) -> list[str]:
    """What a class annotates, in the order in which its objects are given it."""
    fields = (it.target for it in cls.body if isinstance(it, ast.AnnAssign))
    return [it.id for it in fields if isinstance(it, ast.Name)]
