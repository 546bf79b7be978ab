"""Which databases are behind a name, a parameter or what a loop gives."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from refactor.databases.connections import Connections
from refactor.databases.databasepaths import is_temporary
from refactor.databases.definers import Definers, name_in
from refactor.databases.filepaths import IN_MEMORY
from refactor.databases.givers import (
    beside,
    fixtures_for,
    given_by_annotation,
    given_by_decorators,
    takes_fixtures,
    takes_kept,
)
from refactor.databases.openings import FOREIGN, TOO_DEEP, UNKNOWN, UNSAID, USUAL, At, Opened, union
from refactor.databases.optiondefaults import (
    default_of,
    is_asked_for,
    options_of,
    spelled_as,
    spelled_by,
)
from refactor.databases.setabroad import MOST_LEVELS, set_abroad, set_within
from refactor.databases.toldoutside import ToldOutside
from refactor.python.annotations import classes_in
from refactor.python.assignments import FUNCTIONS, Function, Given, Module, loops_over, parted_from
from refactor.python.callsites import (
    arguments_of,
    defaults_of,
    gives_more,
    parameters_named,
    parameters_of,
    row_given,
)
from refactor.python.modules import Modules, module_name
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted
from refactor.recent import Recent

if TYPE_CHECKING:
    from refactor.databases.spelledout import Gap

_FINDS_FILES = frozenset({"glob", "rglob", "iglob", "iterdir", "listdir", "scandir"})
_SAME_ELEMENTS = frozenset({"sorted", "list", "tuple", "set", "reversed"})
_MOST_STEPS = 5_000
"""Expressions that one connection is followed through; a thousand are far more than usual."""
_ANSWERS_KEPT = 2_000


class OpenedNames:
    """Follows names to what opens them; what else an expression is, its heirs know."""

    def __init__(
        self, modules: Modules, connections: Connections, definers: Definers, told: ToldOutside
    ) -> None:
        """Look through these modules."""
        self._told_outside = told
        self._modules = modules
        self._connections = connections
        self._code = definers
        self._given: Recent[tuple[PurePosixPath, int, str, int, str], Opened] = Recent(
            _ANSWERS_KEPT
        )
        self._asking: set[tuple[PurePosixPath, str]] = set()
        """What is followed at the moment, so that it is not followed round in a circle."""
        self._cuts = 0
        """How often it was not followed any further, for that reason or another."""
        self._steps = 0
        self._patched: Mapping[str, Opened] = {}
        self._gap: Gap | None = None
        """The piece of a path that is followed, where it is not a connection or a whole path."""
        self._is_called = False
        """Whether it is called in the end what is followed: a function counts for what it gives."""

    def begin(self, patched: Mapping[str, Opened] | None = None) -> None:
        """Follow another statement's connection, with what its test sets names of modules to."""
        self._steps = 0
        self._patched = patched or {}
        self._gap = None
        self._is_called = False

    def _patched_to(self, path: PurePosixPath, owner: str, name: str) -> Opened | None:
        """What the test around the statement sets a name of a module or a class to, if it does."""
        return self._patched.get(f"{owner or module_name(path)}.{name}") if self._patched else None

    @property
    def is_lost(self) -> bool:
        """Whether so much was to be followed that nobody can tell any more."""
        return self._steps > _MOST_STEPS

    def value(self, node: ast.expr | None, at: At, use: ast.AST) -> Opened:
        """The databases behind an expression: a connection, what is made of it, or a path."""
        raise NotImplementedError

    def of_object(self, node: ast.expr, attr: str, at: At) -> Opened | None:
        """What an attribute of an object is given; None if no class of this code is seen to."""
        raise NotImplementedError

    def _kept_for_commands(self, at: At) -> list[Opened]:
        """What any code keeps for the commands of click."""
        raise NotImplementedError

    def name(self, name: str, at: At, use: ast.AST) -> Opened:
        """The databases behind a name."""
        functions = [it for it in at.around if not isinstance(it, ast.ClassDef)]
        own = at.module.given_by_comprehension(name, use)
        if own:
            return self._one_given(own, name, at)
        for number, function in enumerate(functions):
            if isinstance(function, ast.Lambda) and name in parameters_of(function):
                return self._given_to(name, at) if name in at.given else self._beside(function, at)
            given = at.module.given(function, name)
            given = [*(Given(None, it) for it in parameters_named(function, name)), *given]
            inner = at.module.given_by_inner(function, name) if given else []
            if inner:
                return union(self._given_locally(it, name, function, at) for it in [*given, *inner])
            if given:
                # A name that is given to itself is what it was before.
                before = [it for it in given if it.node is not use]
                before += self._opened_anew(name, function, at)
                before += at.module.loaded(function, name)
                lasting = at.module.lasting(before, use) if number == 0 else before
                return (
                    union(self._given_locally(it, name, function, at) for it in lasting)
                    if lasting
                    else UNKNOWN
                )
        given = at.module.given_to_global(name)
        patched = self._patched_to(at.module.path, "", name)
        if given and patched is None:
            given = [*given, *self._opened_anew(name, at.module.tree, at)]
            given += at.module.loaded(at.module.tree, name)
            given = given if at.around else [*at.module.lasting(given, use)]
            here = [self._one_given(it, name, at.within(it.node)) for it in given]
            path, named = at.module.path, at.around and any(it.files for it in here)
            return union([*here, *(self._set_abroad(path, "", name, at) if named else ())])
        return patched or self._imported(ast.Name(name), at) or UNKNOWN

    def _set_abroad(self, path: PurePosixPath, owner: str, name: str, at: At) -> list[Opened]:
        """What other modules set a name of a module or a class to, as tests do too."""
        found = []
        for value, node, where in set_abroad(path, owner, name, at, self._code):
            opened = self.value(value, where, node)
            # What else a test opens is no matter of the code that it tests.
            made_up = self._code.is_test(where.module.path)
            found.append(replace(opened, others=frozenset()) if made_up else opened)
        return [it for it in found if it.files]

    def _opened_anew(self, name: str, scope: ast.AST, at: At) -> Iterator[Given]:
        """What an object's attributes are set to that hold what it has opened, or opens."""
        for attr in sorted(at.module.attributes_given(scope, name)):
            held = self.of_object(ast.Name(name), attr, at.deeper())
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
        opened = self.value(node, replace(where, depth=at.depth + 1), node)
        function = at.given_to or at.around[0]
        # A function that opens what it is given may be used for any file, an object is for its own.
        if isinstance(function, FUNCTIONS) and function.name == "__init__":
            opened = self._of_test(node, opened, where)
            if opened.made_up:
                return union([opened, self._parameter(function, name, replace(at, given={}))])
        return opened

    def _of_test(self, node: ast.expr, opened: Opened, at: At) -> Opened:
        """What an expression opens; made up if that is only a file of a test's own."""
        if opened.databases or not self._code.is_test(at.module.path):
            return opened
        given = (it for it, _ in self._code.given_as(node, at))
        own = opened.others or is_temporary(node) or any(map(is_temporary, given))
        return replace(opened, made_up=True) if own else opened

    def _one_given(self, it: Given, name: str, at: At) -> Opened:
        """What a name is given once: a value, or each that a loop goes through."""
        if it.value:
            opened = self.value(it.value, at, it.node)
            return FOREIGN if it.within and opened == UNKNOWN else opened
        each = loops_over(it, name)
        if each:
            return self.one_of(*each, at)
        parted = parted_from(it, name)
        return self._part_given(*parted, at) if parted else UNKNOWN

    def _part_given(self, call: ast.expr, number: int, at: At) -> Opened:
        """One part of what a function of this code gives, or yields, several side by side."""
        call = call.value if isinstance(call, ast.Await) else call
        if self._ends_at(at) or not isinstance(call, ast.Call):
            return UNKNOWN
        definitions = [*self._code.definitions(call.func, at)]
        if len(definitions) != 1:
            return UNKNOWN
        function, where = definitions[0]
        if not isinstance(function, FUNCTIONS):
            return UNKNOWN
        inside = self.called(function, call, at, where)
        results = where.module.results(function)
        return union(self.value(_part(it, (number,)), inside, it) for it in results)

    def one_of(  # noqa: C901, PLR0911 - one branch and one return for each shape
        self, node: ast.expr, place: tuple[int, ...], at: At
    ) -> Opened:
        """What a loop gives in turn that goes over an expression, or what is at a place of it."""
        if self._ends_at(at):
            return UNKNOWN
        match node:
            case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values):
                parts = [_part(it, place) for it in values]
                return union(self.value(it, at, node) for it in parts)
            case ast.Dict(keys=keys) if not place:
                return union(self.value(it, at, node) for it in keys)
            case ast.Call(func=func) if last_part(dotted(func)) in _FINDS_FILES:
                return Opened(others=frozenset({ast.unparse(node)}), whole=True)
            case ast.Call(func=ast.Name(id=name), args=[of, *_]) if name in _SAME_ELEMENTS:
                return self.one_of(of, place, at.deeper())
            case ast.Call(func=ast.Attribute(value=of, attr="items")) if place:
                pairs = [
                    (it.keys if place == (0,) else it.values, where)
                    for it, where in ((of, at), *self._code.given_as(of, at))
                    if isinstance(it, ast.Dict)
                ]
                return union(self.value(it, where, node) for each, where in pairs for it in each)
            case ast.Name() | ast.Attribute():
                name = dotted(node)
                more = (*at.module.calls.get("append", ()), *at.module.calls.get("extend", ()))
                if any(dotted(it.func).startswith(f"{name}.") for it in more):
                    return UNKNOWN
                given = [*self._code.given_as(node, at)]
                return union(self.one_of(it, place, where) for it, where in given)
            case ast.Call(func=func):
                found: list[Opened] = []
                for function, where in self._code.definitions(func, at):
                    if isinstance(function, FUNCTIONS):
                        inside = self.called(function, node, at, where)
                        yields = any(
                            isinstance(it, ast.Yield) for it in where.module.owned(function)
                        )
                        found += (
                            self.value(_part(it, place), inside, it)
                            if yields
                            else self.one_of(it, place, inside)
                            for it in where.module.results(function)
                        )
                return union(found) if found else UNKNOWN
        return UNKNOWN

    def _imported(self, node: ast.expr, at: At) -> Opened | None:
        """What a name of another module was given; None where it is no such name."""
        load = name_in(node)
        if load is None:
            return None
        found = []
        homes: dict[tuple[PurePosixPath, str], str] = {}
        for it in self._modules.definitions(at.module.path, Scope(), load):
            module = self._code.module(it.path)
            if it.value is not None and it.path != at.module.path and module:
                # A name that is imported from there is a copy, which has its own fate.
                home = (it.path, it.scope.owner) if load.attribute else (at.module.path, "")
                patched = self._patched_to(*home, load.attribute or load.name)
                there = At(module, (), {}, at.depth + 1, at.level)
                found.append(patched or self.value(it.value, there, it.value))
                if not patched:
                    homes[home] = load.attribute or load.name
        named = at.around and any(it.files for it in found)
        for (path, owner), name in homes.items() if named else ():
            found += self._set_abroad(path, owner, name, at)
            here = () if owner or path == at.module.path else set_within(path, name, at, self._code)
            found += (self._one_given(it, name, where) for it, where in here)
        return union(found) if found else None

    def _defaults(self, declared: Iterable[ast.Call], at: At) -> Opened:
        """What options are by default; who starts the program says it where they have none."""
        calls = [*declared]
        values = [(default_of(it), at.within(it)) for it in calls]
        found = union(self.value(it, where, it) if it else UNSAID for it, where in values)
        return self._or_told(found, (name for it in calls for name in spelled_by(it)), at)

    def _or_told(self, found: Opened, names: Iterable[str], at: At) -> Opened:
        """What is by default, and what the program is told instead where it is started."""
        told = (
            self._told_outside.databases(names, at.module.path) if found.databases else frozenset()
        )
        return replace(found, databases=found.databases | told, default=True)

    def _parameter(self, function: Function, name: str, at: At) -> Opened:
        """What all callers give, and the default; the same however it is come to."""
        if at.level >= MOST_LEVELS:
            return UNKNOWN
        told = at.self_class if self._code.is_told_by_objects(function, at) else None
        heir = told[0].name if told else ""
        key = at.module.path, function.lineno, name, at.level, heir
        known = self._given.get(key) if self._is_usual else None
        if known is not None:
            return known
        cuts = self._cuts
        known = self._from_callers(function, name, at)
        return self._given.keep(key, known) if self._may_keep(cuts) else known

    def _ends_at(self, at: At) -> bool:
        """Whether a way has become too long to be followed on."""
        if at.depth <= TOO_DEEP:
            return False
        self._cuts += 1
        return True

    def _may_keep(self, cuts: int) -> bool:
        """Whether an answer holds for who asks from elsewhere, with so many cuts when it began.

        What was cut short on a way round does not.
        """
        short = self._asking and self._cuts > cuts
        return self._is_usual and not (short or self.is_lost)

    @property
    def _is_usual(self) -> bool:
        """Whether an answer is the same for every statement, and for all that is asked."""
        return not self._patched and self._gap is None and not self._is_called

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
        usual = defaults_of(function).get(name)
        asked = (it for it in parameters_named(function, name) if is_asked_for(function, it, usual))
        decorated += self._kept_for_commands(outside) if takes_kept(function, name) else ()
        beside = decorated or [*fixtures, *(UNSAID for _ in asked)]
        return union(beside) if beside else self._from_calls(function, name, at, outside)

    def _from_calls(self, function: Function, name: str, at: At, outside: At) -> Opened:
        default = defaults_of(function).get(name)
        found, calls, unseen = [], 0, False
        for call, where in self._callers(function, at, outside):
            calls += 1
            given = arguments_of(function, call).get(name) if call else None
            in_row = self._given_in_row(function, name, call, where)
            if call is None or in_row != UNKNOWN:
                found.append(in_row)
            elif given is not None:
                opened = self._of_test(given, self.value(given, where, call), where)
                found.append(opened)
                unseen = unseen or (opened == UNKNOWN and not self._code.is_test(where.module.path))
            elif gives_more(call):
                more = (it.value for it in call.keywords if it.arg is None)
                entries = (ast.Subscript(it, ast.Constant(name)) for it in more)
                told = [self.value(it, where, call) for it in entries]
                spelled = [it for it in told if it.files]
                found += spelled or ([UNKNOWN] if found else [])
                unseen = unseen or not (spelled or self._code.is_test(where.module.path))
        if default:
            usual, options = self.value(default, outside, function), spelled_as(name, function)
            found.append(self._or_told(usual, options, outside) if options else usual)
            found += [USUAL] if unseen else []
        declared = [*options_of(function, name)]
        if declared:
            return self._defaults(declared, outside)
        if not calls:
            found += self._fixture(function, name, outside)
            said = given_by_annotation(function, name, outside, self._code)
            found += [self.value(it, where, it) for it, where in said]
        if not any(it.databases or it.others for it in found):
            found = self._annotated(function, name, outside) or found
        if not any(it.databases or it.others - IN_MEMORY for it in found):
            named = self._beside(function, outside)
            found = [named] if named.others else found
        return union(found) if found else FOREIGN

    def _callers(
        self, function: Function, at: At, outside: At
    ) -> Iterable[tuple[ast.Call | None, At]]:
        """Who calls a function; for an object whose class is known its own methods, if they do."""
        if at.self_class is None:
            return self._code.callers(function, outside)
        every = [*self._code.callers(function, outside, at.self_class[0].name)]
        return [*self._code.of_family(every, at.self_class)] or every

    def _beside(self, function: Function | ast.Lambda, at: At) -> Opened:
        """What is named where a function is registered that nobody in sight calls.

        Nobody sees whether it is that one which it gets: it only speaks against the plan's.
        """
        if self._code.is_test(at.module.path):
            return UNKNOWN
        values = [self.value(it, where, it) for it, where in beside(function, at, self._code)]
        return (
            union(it for it in values if it.files) if any(it.others for it in values) else UNKNOWN
        )

    def _from_heir(
        self, function: Function, name: str, calls: Sequence[ast.Call], at: At
    ) -> Opened:
        """What the constructor of an heir gives to a parameter of its base's."""
        found = []
        for call in calls:
            by_name = isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
            plain = ast.Call(call.func, call.args[1:], call.keywords) if by_name else call
            given = arguments_of(function, plain).get(name) or defaults_of(function).get(name)
            more = gives_more(call) or given is None
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

    def _given_in_row(self, function: Function, name: str, call: ast.Call | None, at: At) -> Opened:
        """What a call gives to a parameter by tuples that it spreads in turn: `count(*row)`."""
        given = row_given(function, name, call) if call else None
        if given is None:
            return UNKNOWN
        row, number = given
        if not isinstance(row, ast.Name):
            return self.value(_part(row, (number,)), at, row)
        scope = next((it for it in at.around if isinstance(it, FUNCTIONS)), at.module.tree)
        inner = at.module.given_by_comprehension(row.id, row)
        loops = [inner] if inner else at.module.given(scope, row.id)
        each = [loops_over(it, row.id) for it in loops]
        return union(
            UNKNOWN if it is None or it[1] else self.one_of(it[0], (number,), at) for it in each
        )

    def _fixture(self, function: Function, name: str, at: At) -> Iterator[Opened]:
        """What pytest gives to a parameter of this name."""
        for found, where in fixtures_for(function, name, at, self._code):
            inner = replace(where, around=(found, *where.around))
            yield from (self.value(it, inner, it) for it in where.module.results(found))

    def called(self, function: Function, call: ast.Call, at: At, outside: At) -> At:
        """The inside of a function with what a call gives to it."""
        given = {name: (it, at) for name, it in arguments_of(function, call).items()}
        if not gives_more(call):
            usual = defaults_of(function).items()
            given = {name: (it, outside) for name, it in usual} | given
        around = (function, *outside.module.around(function))
        return At(outside.module, around, given, at.depth + 1, at.level, outside.self_class)

    def _called_lambda(self, made: ast.Lambda, call: ast.Call, at: At, outside: At) -> At:
        usual = {name: (it, outside) for name, it in defaults_of(made).items()}
        given = {name: (it, at) for name, it in arguments_of(made, call).items()}
        given = given if gives_more(call) else usual | given
        around = (made, *outside.module.around(made))
        return At(outside.module, around, given, at.depth + 1, at.level, outside.self_class)

    def _by_itself(self, cls: ast.AST, module: Module) -> Opened:
        """What a class opens that is not told, by what its own code and its bases' name."""
        scope = At(module, (cls, *module.around(cls))).scope
        named = self._connections.of(module.path, scope)
        if named is None or named.level != "class":
            return UNKNOWN
        return Opened(named.databases, named.others, len(named.databases | named.others) == 1)


def _part(node: ast.expr, place: tuple[int, ...]) -> ast.expr | None:
    """What stands at a place of something, if that is seen."""
    for number in place:
        if not isinstance(node, ast.Tuple | ast.List) or number >= len(node.elts):
            return None
        node = node.elts[number]
    return node
