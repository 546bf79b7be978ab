"""What of a module may hold something wanted: seen before any value is put together.

Values are put together at a price, and most hold nothing that anybody looks for. Here only their
parts count, in whatever order: what may hold something wanted is all that any of its parts may.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from refactor.flow.consumers import Consumer
from refactor.flow.values import Instance, Map, Piece, Ref, Seq, Str, Value, Variable, is_gap
from refactor.python.outline import last_part

Holder = Variable | str
"""A variable, or the name of an attribute: whose it is does not matter here."""


class _Parts(Struct, frozen=True):
    """What a value is made of."""

    pieces: tuple[Piece, ...]
    holders: frozenset[Holder]


class Carriers:
    """Answers what of a module may hold something wanted."""

    def __init__(
        self, bindings: Mapping[Variable, Sequence[Value]], consumers: Sequence[Consumer]
    ) -> None:
        """Look through what a module gives to its variables, and to whoever gets values there."""
        self._pieces: dict[Holder, list[Piece]] = defaultdict(list)
        self._heirs: dict[Holder, list[Holder]] = defaultdict(list)
        for variable, values in bindings.items():
            parts = _parts(values)
            for holder in _holders(variable):
                self._pieces[holder] += parts.pieces
                for other in parts.holders:
                    self._heirs[other].append(holder)
        made = ((it, _parts((it.value,))) for it in consumers if not is_gap(it.value))
        self._consumers = tuple((it, parts) for it, parts in made if parts.pieces or parts.holders)

    def holding(
        self, is_wanted: Callable[[Piece], bool], given: Iterable[Variable] = ()
    ) -> frozenset[Holder]:
        """What may hold something wanted, or some of what these variables are given."""
        queue = [it for it, pieces in self._pieces.items() if any(map(is_wanted, pieces))]
        queue += (holder for variable in given for holder in _holders(variable))
        found = set(queue)
        while queue:
            new = [it for it in self._heirs[queue.pop()] if it not in found]
            found.update(new)
            queue += new
        return frozenset(found)

    def getting(
        self, is_wanted: Callable[[Piece], bool], given: Iterable[Variable] = ()
    ) -> tuple[Consumer, ...]:
        """Who may get something wanted, or some of what these variables are given."""
        holding = self.holding(is_wanted, given)
        return tuple(
            consumer
            for consumer, parts in self._consumers
            if any(map(is_wanted, parts.pieces)) or not holding.isdisjoint(parts.holders)
        )


def may_hold(variable: Variable, holding: frozenset[Holder]) -> bool:
    """Whether a variable is among what may hold something."""
    return any(it in holding for it in _holders(variable))


def _holders(variable: Variable) -> tuple[Holder, ...]:
    if variable.kind == "attribute":
        return (variable.name,)
    if variable.kind == "return":
        # A property is read like an attribute.
        return variable, last_part(variable.scope.function)
    return (variable,)


def _parts(values: Iterable[Value]) -> _Parts:
    pieces: list[Piece] = []
    holders: set[Holder] = set()
    stack = [alternative for value in values for alternative in value]
    while stack:
        found = stack.pop()
        if isinstance(found, Str):  # as far the most are
            for atom in found.atoms:
                if isinstance(atom, Piece):
                    pieces.append(atom)
                elif isinstance(atom, Ref):
                    holders.add(_holders(atom.variable)[0])
        elif isinstance(found, Ref):
            holders.add(_holders(found.variable)[0])
        elif isinstance(found, Instance):
            holders.update(found.fields)
        elif isinstance(found, Seq):
            stack += (it for item in found.items for it in item)
        elif isinstance(found, Map):
            stack += (it for entry in found.entries for item in entry for it in item)
    return _Parts(tuple(pieces), frozenset(holders))
