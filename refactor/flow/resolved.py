"""Values with their references filled in: by what calls, assignments and defaults give."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from refactor.flow.reading import Reader
from refactor.flow.values import (
    UNKNOWN,
    Alternative,
    Atom,
    Gap,
    Instance,
    Map,
    Ref,
    Seq,
    Str,
    Value,
    Variable,
    concatenated,
    step,
    union,
)
from refactor.python.outline import Scope

_DEEPEST = 12


class _Part(Struct, frozen=True):
    """A value that was filled in on the way to another, and is as good while that lasts."""

    value: Value
    lacks: int
    """What it lacks of variables that were being filled in themselves: a bit for each of them."""
    depth: int
    """From where on it is as good, since it was cut short: 0 if it was not."""


class Resolver:
    """Fills in references of one module that has been read."""

    def __init__(
        self,
        reader: Reader,
        given: Mapping[Variable, Value] | None = None,
        instead: Mapping[Variable, Value] | None = None,
        constant: Callable[[Variable], Value] = lambda _variable: (),
    ) -> None:
        """Look into a reading.

        Args:
            reader: who has read a module.
            given: what some variables are given besides.
            instead: what some are given instead.
            constant: the text that something is which another module defines, if it is one.
        """
        self._more = given or {}
        self._constant = constant
        self._bindings = reader.bindings
        self._functions = reader.functions
        self._known: dict[Variable, Value] = {**(instead or {})}
        self._busy: dict[Variable, int] = {}
        """The variables that are being filled in, outermost first, by how many were before."""
        self._parts: dict[Variable, _Part] = {}
        self._until: dict[int, list[Variable]] = {}
        """The parts that are none any more when one of the busy ones has been filled in."""
        self._lacks = 0
        self._cut = False

    def resolved(self, value: Value, depth: int = 0) -> Value:
        """A value without references; what cannot be known is a gap."""
        return union(*(self._alternative(it, depth) for it in value))

    def _alternative(  # noqa: PLR0911 - one return for each kind of value
        self, alternative: Alternative, depth: int
    ) -> Value:
        if depth > _DEEPEST:
            self._cut = True
            return UNKNOWN
        match alternative:
            case Ref(variable=variable, path=path):
                value = self._variable(variable, depth)
                for each in path:
                    value = step(value, each)
                return value
            case Str(atoms=atoms) if any(isinstance(it, Ref) for it in atoms):
                parts: list[Value] = []
                for _, group in groupby(atoms, key=_is_reference):
                    them = tuple(group)
                    found = [self._alternative(it, depth + 1) for it in them if isinstance(it, Ref)]
                    parts += found or [(Str(them),)]
                return concatenated(parts)
            case Seq(items=items):
                return (
                    Seq(tuple(self.resolved(it, depth + 1) for it in items), alternative.whole),
                )
            case Instance(owner=owner, fields=fields) if fields:
                # Whoever gets a row, or the options of a command line, gets all that is in it.
                held = (Variable("attribute", Scope(owner), it) for it in fields)
                return (Seq(tuple(self._variable(it, depth + 1) for it in held)),)
            case Map(entries=entries):
                return (
                    Map(
                        tuple(
                            (self.resolved(key, depth + 1), self.resolved(item, depth + 1))
                            for key, item in entries
                        )
                    ),
                )
        return (alternative,)

    def _variable(self, variable: Variable, depth: int) -> Value:
        if variable in self._known:
            return self._known[variable]
        if variable in self._busy:
            self._lacks |= 1 << self._busy[variable]
            return ()  # what it gives to itself adds nothing
        part = self._parts.get(variable)
        if part is None or part.depth > depth:
            return self._filled_in(variable, depth)
        self._lacks |= part.lacks
        self._cut |= part.depth > 0
        return part.value

    def _filled_in(self, variable: Variable, depth: int) -> Value:
        """A variable's value, which is kept as long as it would be found again as it is.

        Without that, where many are given to each other all ways between them are gone.
        """
        lacks, cut = self._lacks, self._cut
        self._lacks, self._cut = 0, False
        level = self._busy[variable] = len(self._busy)
        found = union(*(self.resolved(it, depth + 1) for it in self._given(variable)))
        del self._busy[variable]
        if not found and variable.kind == "import":
            found = self._constant(variable)
        value = found or (Str((Gap(name=variable.name),)),)
        self._lacks &= ~(1 << level)
        for stale in self._until.pop(level, ()):
            self._parts.pop(stale, None)
        if not level or not (self._lacks or self._cut):
            self._known[variable] = value
        else:
            self._parts[variable] = _Part(value, self._lacks, depth if self._cut else 0)
            if self._lacks:
                self._until.setdefault(self._lacks.bit_length() - 1, []).append(variable)
        self._lacks |= lacks
        self._cut |= cut
        return value

    def _given(self, variable: Variable) -> Iterator[Value]:
        """All that a variable is given, an attribute also in the classes of its family."""
        if variable in self._more:
            yield self._more[variable]
        if variable.kind != "attribute":
            yield from self._bindings.get(variable, ())
            return
        for owner in self._functions.family(variable.scope.owner):
            theirs = replace(variable, scope=Scope(owner))
            if theirs in self._more and theirs != variable:
                yield self._more[theirs]
            yield from self._bindings.get(theirs, ())
            method = self._functions.by_scope.get(Scope(owner, variable.name))
            if method is not None:
                yield from self._bindings.get(method.result, ())


def _is_reference(atom: Atom) -> bool:
    return isinstance(atom, Ref)


def texts_in(value: Value) -> Iterator[Str]:
    """All texts of a value, those in collections included."""
    for alternative in value:
        match alternative:
            case Str():
                yield alternative
            case Seq(items=items):
                yield from _texts_in_all(items)
            case Map(entries=entries):
                yield from _texts_in_all(item for entry in entries for item in entry)


def _texts_in_all(values: Iterable[Value]) -> Iterator[Str]:
    for value in values:
        yield from texts_in(value)
