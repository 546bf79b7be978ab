"""Which classes of the project an object is of, wherever it is made, kept or given."""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import PurePosixPath

from refactor.databases.givers import fixture_files, fixture_name, takes_fixtures
from refactor.flow.consumers import What
from refactor.flow.flow import Flow
from refactor.flow.functions import Function
from refactor.flow.kin import Kin, Owner
from refactor.flow.names import is_none
from refactor.flow.values import Alternative, Any, Instance, Ref, Step, Value, Variable
from refactor.python.annotations import classes_in
from refactor.python.modules import Definition, Modules
from refactor.python.outline import Load, Scope, last_part
from refactor.python.syntax import dotted

_MOST_CALLERS = 20
_TOO_FAR = 4
"""Modules that pass an object on, after which it is not followed further."""


class Objects:
    """Answers what an object is that a module takes from others, or from its own functions."""

    def __init__(
        self,
        modules: Modules,
        kin: Kin,
        few: Callable[[str, int], tuple[PurePosixPath, ...]],
        flow: Callable[[PurePosixPath], Flow | None],
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            kin: who is related to which class.
            few: the Python files that hold a word, unless they are more than so many.
            flow: what flows in a module, if it is one.
        """
        self._modules = modules
        self._kin = kin
        self._few = few
        self._flow = flow

    def classes(self, path: PurePosixPath, value: Value, depth: int = 0) -> tuple[Owner, ...]:
        """The classes that an object is of; none if it may be anything else.

        What is None until there is an object counts for nothing: no method is called on it.
        """
        flow = self._flow(path) if value and depth < _TOO_FAR else None
        found: dict[Owner, None] = {}
        for each in flow.reader.leads_to(value) if flow else ():
            if is_none(each):
                continue
            known = tuple(self._of(path, each, depth))
            if not known:
                return ()
            found.update(dict.fromkeys(known))
        return tuple(found)

    def given(self, path: PurePosixPath, value: Value) -> Iterator[Owner]:
        """The classes of what calls in sight give where an object is a parameter.

        What no call in sight gives may be something else.
        """
        flow = self._flow(path)
        for each in flow.reader.leads_to(value) if flow else ():
            if isinstance(each, Ref) and each.variable.kind == "parameter" and flow:
                mine = chain.from_iterable(flow.reader.bindings.get(each.variable, ()))
                yield from self.classes(path, tuple(mine))
                function = flow.reader.functions.by_scope.get(each.variable.scope)
                if function is not None:
                    yield from self._given_elsewhere(path, function, each.variable.name)

    def _given_elsewhere(
        self, path: PurePosixPath, function: Function, parameter: str
    ) -> Iterator[Owner]:
        """The classes of what other modules give to a parameter, by its function's name."""
        owner = last_part(function.scope.owner)
        name = owner if function.name == "__init__" else function.name
        wanted = {parameter}
        if parameter in function.parameters:
            wanted.add(str(function.parameters.index(parameter)))
        for other in self._few(name, _MOST_CALLERS):
            flow = self._flow(other) if other != path else None
            for it in flow.reader.consumers if flow else ():
                named = it.what is What.HANDED and last_part(it.callee) == name
                if named and it.argument in wanted:
                    yield from self.classes(other, it.value)

    def _of(self, path: PurePosixPath, each: Alternative, depth: int) -> Iterator[Owner]:
        match each:
            case Instance(owner=owner):
                yield path, owner
            case Ref(variable=Variable(kind="import" | "result") as variable, path=steps):
                yield from self._taken(path, variable, steps, depth)
            case Ref(variable=variable, path=steps):
                flow = self._flow(path)
                said = flow.reader.annotated.get(variable) if flow and not steps else None
                for it in classes_in(said) if said else ():
                    yield from self._kin.classes(path, dotted(it).split("."))
                test = flow.reader.functions.by_scope.get(variable.scope) if flow else None
                taken = variable.kind == "parameter" and test and takes_fixtures(test.node)
                for other, fixture in self.fixtures(path, variable.name) if taken else ():
                    value = self._result(other, fixture, steps, yields=fixture.generates)
                    yield from self.classes(other, value, depth + 1)

    def _taken(
        self, path: PurePosixPath, variable: Variable, steps: tuple[Step, ...], depth: int
    ) -> Iterator[Owner]:
        """The classes of what a module takes from another: a name, or what a call of it gives."""
        module, *names = variable.name.split(":")
        for size in range(len(names)):
            inside = ".".join(filter(None, (module, *names[:size])))
            rest = names[size:]
            for other in self._modules.imported(inside, path):
                if variable.kind == "result":
                    yield from self._kin.classes(other, rest)
                for found in self._modules.definitions(other, Scope(), Load(*rest[:2])):
                    value = self._defined(found, rest, variable.kind, steps)
                    yield from self.classes(found.path, value, depth + 1)

    def _defined(
        self, found: Definition, names: list[str], kind: str, steps: tuple[Step, ...]
    ) -> Value:
        """What a definition gives to those who take it, or call it."""
        if found.value is not None:
            taken = kind == "import" and not found.scope.function
            held = "attribute" if found.scope.owner else "name"
            return (Ref(Variable(held, found.scope, names[-1]), steps),) if taken else ()
        flow = self._flow(found.path) if found.scope.function else None
        function = flow.reader.functions.by_scope.get(found.scope) if flow else None
        if function is None or function.is_property == (kind == "result"):
            return ()
        return self._result(found.path, function, steps, yields=function.is_context)

    def _result(
        self, path: PurePosixPath, function: Function, steps: tuple[Step, ...], *, yields: bool
    ) -> Value:
        """What a function gives, or yields once, unless its annotation says it."""
        flow = self._flow(path)
        yields = yields and flow is not None and function.result not in flow.reader.annotated
        return (Ref(function.result, (*((Any.ELEMENT,) if yields else ()), *steps)),)

    def fixtures(self, path: PurePosixPath, name: str) -> Iterator[tuple[PurePosixPath, Function]]:
        """The fixture that tests of a module get by a name: its own, or that of a conftest.py."""
        for other in dict.fromkeys((path, *fixture_files(path))):
            flow = self._flow(other)
            every = flow.reader.functions.of_node.values() if flow else ()
            found = [it for it in every if fixture_name(it.node) == name]
            if found:
                yield from ((other, it) for it in found)
                return
