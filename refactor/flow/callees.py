"""Which function of another module a call means: by imports, classes, or a method's name."""

import ast
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from pathlib import PurePosixPath

from refactor.databases.givers import takes_fixtures
from refactor.flow.consumers import What
from refactor.flow.flow import Flow
from refactor.flow.functions import (
    OF_SELF,
    SAYS_NO_OWNER,
    Function,
    function_scope,
    is_databases_own,
    is_named_after,
    says_little,
)
from refactor.flow.kin import Kin
from refactor.flow.names import CALLED
from refactor.flow.objects import Objects
from refactor.flow.reach import Use
from refactor.flow.values import Instance, Ref, Value, Variable
from refactor.python.annotations import classes_in
from refactor.python.modules import TOO_FAR, Modules
from refactor.python.outline import Load, Scope, last_part
from refactor.python.syntax import dotted, statements_in

_AS_SQL = frozenset({What.EXECUTED, What.PARAMETER})
_MOST_NAMESAKES = 6
"""Files that define a method of one name, beyond which the name says too little of it."""


class Callees:
    """Answers which parameters of the project's functions get what a call hands on."""

    def __init__(
        self,
        modules: Modules,
        kin: Kin,
        naming: Callable[[str], tuple[PurePosixPath, ...]],
        few: Callable[[str, int], tuple[PurePosixPath, ...]],
        flow: Callable[[PurePosixPath], Flow | None],
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            kin: who is related to which class.
            naming: the Python files that hold a word, or words with one space between them.
            few: the same, unless they are more than so many.
            flow: what flows in a module, if it is one.
        """
        self._modules = modules
        self.kin = kin
        self._naming = naming
        self._flow = flow
        self._objects = Objects(modules, kin, few, flow)

    def called(
        self, path: PurePosixPath, use: Use
    ) -> tuple[tuple[tuple[PurePosixPath, Variable], ...], bool]:
        """The parameters of functions elsewhere that get what a call hands on.

        And whether more than an everyday name tells so.
        """
        found = self._seen(path, use) or tuple(self._of_fixture(path, use))
        if found or self.is_foreign(path, use):
            return found, True
        seen = tuple(dict.fromkeys(self._seen_to_be(path, use)))
        named = dict.fromkeys(
            (other, variable)
            for other, function in self._by_name(path, use, seen)
            if (variable := _parameter(function, use.argument)) is not None
        )
        if not named and use.holder:
            return tuple(self._of_parameter(path, use)), False
        owners = {variable.scope.owner for _, variable in named}
        return tuple(named), self._is_told(path, use, owners)

    def defined(self, path: PurePosixPath, use: Use) -> tuple[tuple[PurePosixPath, Variable], ...]:
        """The parameters that get it of functions that a call is seen to mean, whatever their name.

        A project's own `log(conn, table)` may be called like what shows a text to people.
        """
        found = self._seen(path, use)
        return found or (tuple(self._of_parameter(path, use)) if use.holder else ())

    def _seen(self, path: PurePosixPath, use: Use) -> tuple[tuple[PurePosixPath, Variable], ...]:
        """The parameters of what is defined, by imports, by base classes or by the object."""
        found = tuple(dict.fromkeys(self._defined(path, use)))
        return found or tuple(self._of_object(path, use, use.holder))

    def _is_told(self, path: PurePosixPath, use: Use, owners: Collection[str]) -> bool:
        """Whether a method's name says that it is one of these classes', or its object does."""
        if use.callee.startswith(OF_SELF):
            called = use.callee.partition(".")[2]
            if self.kin.may_be_strange(path, use.scope.owner, called):
                return False
        if not all(owners):
            return False  # a function of a module, and no method of an object's
        if last_part(use.callee) not in SAYS_NO_OWNER:
            return True
        if any(self._seen_to_be(path, use, SAYS_NO_OWNER)):
            return True
        match use.node:
            case ast.Call(func=ast.Attribute(value=holder)):
                named = any(is_named_after(holder, owner) for owner in owners)
                return named or is_databases_own(use.node)
        return False

    def is_foreign(self, path: PurePosixPath, use: Use) -> bool:
        """Whether a method is called on what a library makes, or on a library itself."""
        module, *names = use.origin.split(":")
        if not module or module.startswith(".") or use.origin.endswith(CALLED):
            return False
        parts = [*module.split("."), *names]
        return not any(
            self._modules.imported(".".join(parts[: size + 1]), path) for size in range(len(parts))
        )

    def _defined(self, path: PurePosixPath, use: Use) -> Iterator[tuple[PurePosixPath, Variable]]:
        """The parameter that a call means by its imports, or by the base classes around it."""
        root, _, rest = use.callee.partition("()")
        if root == "super" and use.scope.owner:
            for other, owner in self.kin.bases(path, use.scope.owner):
                yield from self._of_method(other, owner, rest.removeprefix("."), use.argument)
            return
        parts = use.callee.split(".")
        named = all(map(str.isidentifier, parts)) and len(parts) <= 3  # noqa: PLR2004 - `a.B.c()`
        made = [it for it in self.kin.classes(path, parts) if it[0] != path] if named else []
        called = [it for it in self.kin.classes(path, parts[:-1]) if it[0] != path] if named else []
        for other, owner in made:
            yield from self._made(other, owner, use.argument)
        for other, owner in called:
            yield from self._inherited(other, owner, parts[-1], use.argument, on_class=True)
        if made or called:
            return
        for other, owner in self._made_of(path, use.origin):
            yield from self._inherited(other, owner, last_part(use.callee), use.argument)
        if named and len(parts) <= 2:  # noqa: PLR2004 - `a.b()` at most
            yield from self._of_module(path, use, Load(*parts))

    def _made_of(
        self, path: PurePosixPath, origin: str, depth: int = 0
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """The classes that an object may be of which is imported, or made of what is."""
        made = origin.endswith(CALLED)
        module, *names = origin.removesuffix(CALLED).split(":")
        for size in range(len(names)):
            inside = ".".join(filter(None, (module, *names[:size])))
            for other in self._modules.imported(inside, path):
                if made and depth < TOO_FAR:
                    yield from self._given_by(other, Load(*names[size:][:2]), depth)
                if made:
                    continue
                yield from self.kin.classes(other, names[size:])
                for found in self._modules.definitions(other, Scope(), Load(*names[size:][:2])):
                    if isinstance(found.value, ast.Call):
                        yield from self.kin.classes(found.path, dotted(found.value.func).split("."))

    def _given_by(
        self, path: PurePosixPath, load: Load, depth: int
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """The classes of what a function gives, by its annotation or by what it returns."""
        for found in self._modules.definitions(path, Scope(), load):
            flow = self._flow(found.path) if found.value is None and found.scope.function else None
            function = flow.reader.functions.by_scope.get(found.scope) if flow else None
            if flow is None or function is None:
                continue
            said = flow.reader.annotated.get(function.result)
            for each in classes_in(said) if said else ():
                yield from self.kin.classes(found.path, dotted(each).split("."))
            for value in () if said else flow.reader.leads_to((Ref(function.result),)):
                match value:
                    case Instance(owner=owner):
                        yield found.path, owner
                    case Ref(variable=Variable(kind="result", name=name), path=()):
                        yield from self._made_of(found.path, name)
                        yield from self._made_of(found.path, name + CALLED, depth + 1)

    def _of_module(
        self, path: PurePosixPath, use: Use, load: Load
    ) -> Iterator[tuple[PurePosixPath, Variable]]:
        """The parameter of a function of another module, or of one that stands in a class."""
        for found in self._modules.definitions(path, use.scope, load):
            if found.value is not None or found.path == path or not found.scope.function:
                continue
            flow = self._flow(found.path)
            function = flow.reader.functions.by_scope.get(found.scope) if flow else None
            variable = _parameter(function, use.argument) if function else None
            if variable is not None:
                yield found.path, variable

    def _of_object(
        self, path: PurePosixPath, use: Use, holder: Value
    ) -> Iterator[tuple[PurePosixPath, Variable]]:
        """The parameter of a method that a call means by its object, be it made anywhere."""
        for other, owner in self._objects.classes(path, holder):
            yield from self._inherited(other, owner, last_part(use.callee), use.argument)

    def _of_parameter(
        self, path: PurePosixPath, use: Use
    ) -> Iterator[tuple[PurePosixPath, Variable]]:
        """The same, where the object is a parameter, by what calls in sight give."""
        method = last_part(use.callee)
        if any(it.scope.owner for _, it in self._namesakes(path, method, here=True)):
            for other, owner in dict.fromkeys(self._objects.given(path, use.holder)):
                yield from self._inherited(other, owner, method, use.argument)

    def _of_fixture(
        self, path: PurePosixPath, use: Use
    ) -> Iterator[tuple[PurePosixPath, Variable]]:
        """The parameter of what a fixture gives to a test that calls it: `def test(seed): seed()`.

        The test's own module may have the fixture, or the nearest conftest.py.
        """
        name = use.callee
        if not name.isidentifier() or not use.scope.function:
            return
        flow = self._flow(path)
        test = flow.reader.functions.by_scope.get(use.scope) if flow else None
        if test is None or not test.takes(name) or not takes_fixtures(test.node):
            return  # it is no fixture
        for other, given in self.given_by_fixture(path, name):
            variable = _parameter(given, use.argument)
            if variable is not None:
                yield other, variable

    def given_by_fixture(
        self, path: PurePosixPath, name: str
    ) -> Iterator[tuple[PurePosixPath, Function]]:
        """The functions that the fixture of a name gives to the tests of a module."""
        for other, fixture in self._objects.fixtures(path, name):
            yield from self._returned(other, fixture)

    def _returned(
        self, path: PurePosixPath, fixture: Function
    ) -> Iterator[tuple[PurePosixPath, Function]]:
        """The functions that a fixture returns, or yields: its own, or those that it imports."""
        flow = self._flow(path)
        for node in statements_in(fixture.node):
            match node:
                case (
                    ast.Return(value=ast.Name(id=name))
                    | ast.Expr(value=ast.Yield(value=ast.Name(id=name)))
                ):
                    own = function_scope(fixture.scope, name)
                    found = flow.reader.functions.by_scope.get(own) if flow else None
                    if found is not None:
                        yield path, found
                        continue
                    for it in self._modules.definitions(path, fixture.scope, Load(name)):
                        other = self._flow(it.path) if it.value is None else None
                        found = other.reader.functions.by_scope.get(it.scope) if other else None
                        if found is not None:
                            yield it.path, found

    def _inherited(
        self, path: PurePosixPath, owner: str, method: str, argument: str, *, on_class: bool = False
    ) -> Iterator[tuple[PurePosixPath, Variable]]:
        """The parameter of a method that a class has, or the nearest of its bases."""
        for other, each in ((path, owner), *self.kin.bases(path, owner)):
            found = tuple(self._of_method(other, each, method, argument, on_class=on_class))
            if found:
                yield from found
                return

    def _of_method(
        self, path: PurePosixPath, owner: str, method: str, argument: str, *, on_class: bool = False
    ) -> Iterator[tuple[PurePosixPath, Variable]]:
        """The parameter of a class's own method; on the class, the object itself comes first."""
        flow = self._flow(path)
        function = flow.reader.functions.by_scope.get(Scope(owner, method)) if flow else None
        if function and on_class and not function.of_class and argument.isdecimal():
            argument = str(int(argument) - 1)
        variable = _parameter(function, argument) if function else None
        if variable is not None:
            yield path, variable

    def _made(
        self, path: PurePosixPath, owner: str, argument: str
    ) -> Iterator[tuple[PurePosixPath, Variable]]:
        """What a class gets an argument as when an object is made: a parameter, or a field."""
        made = tuple(self._inherited(path, owner, "__init__", argument))
        if made:
            yield from made
            return
        fields = [
            (other, each, name)
            for other, each in (*reversed(tuple(self.kin.bases(path, owner))), (path, owner))
            if (flow := self._flow(other))
            for name in flow.reader.functions.fields[each]
        ]
        for number, (other, each, name) in enumerate(fields):
            if argument in {name, str(number)}:
                yield other, Variable("attribute", Scope(each), name)

    def _by_name(
        self, path: PurePosixPath, use: Use, seen: Iterable[tuple[PurePosixPath, str]]
    ) -> Iterator[tuple[PurePosixPath, Function]]:
        """All methods of that name, wherever they are, if the name says enough.

        Else those of the classes that the object is seen to be of.
        """
        name = last_part(use.callee)
        if "." not in use.callee or not name.isidentifier():
            return
        # One that is called as what executes SQL is not followed within its module.
        own = use.callee.startswith(OF_SELF) or use.what in _AS_SQL
        imported = bool(use.origin) and not use.origin.endswith(CALLED)
        if not says_little(name, use.node):
            yield from self._namesakes(path, name, here=imported or own)
            return
        for other, owner in seen:
            flow = self._flow(other)
            method = flow.reader.functions.method(owner, name) if flow else None
            if method is not None:
                yield other, method

    def _namesakes(
        self, path: PurePosixPath, name: str, *, here: bool = False
    ) -> Iterator[tuple[PurePosixPath, Function]]:
        """The functions of a name, in other modules or `here` as well."""
        files = self._naming(f"def {name}")
        for other in files if len(files) <= _MOST_NAMESAKES else ():
            flow = self._flow(other) if here or other != path else None
            if flow is not None:
                yield from ((other, it) for it in flow.reader.functions.by_name.get(name, ()))

    def _seen_to_be(
        self, path: PurePosixPath, use: Use, without: Container[str] = frozenset()
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """The classes that an object is seen to be of, by what else is called on it.

        Not by some names, which say too little.
        """
        flow = self._flow(path)
        holder = use.callee.rpartition(".")[0]
        for call in flow.reader.functions.called_on.get(holder, ()) if flow else ():
            name = last_part(dotted(call.func))
            if name not in without and not says_little(name, call):
                for other, function in self._namesakes(path, name):
                    if function.scope.owner:
                        yield other, function.scope.owner


def _parameter(function: Function, argument: str) -> Variable | None:
    """The parameter that an argument, by position or by name, is given to."""
    names = function.parameters
    if argument.isdecimal():
        position = int(argument)
        name = names[position] if position < len(names) else function.rest[0]
        return function.parameter(name) if name else None
    if not argument.isidentifier():
        return None
    return function.parameter(argument) if argument in function.keywords else None
