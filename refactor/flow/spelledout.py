"""Texts in which each table's name is spelled by the module itself, and by nobody else."""

from collections.abc import Iterator, Mapping, Sequence

from refactor.flow.reach import shown
from refactor.flow.resolved import Resolver
from refactor.flow.values import (
    MOST,
    Alternative,
    Atom,
    Instance,
    Map,
    Piece,
    Plain,
    Ref,
    Seq,
    Str,
    Value,
    Variable,
)
from refactor.sql.names import HOLE, table_names

_OWN = frozenset({"name", "return"})
"""What only a module's own lines give values to: calls give them to parameters, and whoever has an
object gives them to its attributes."""


class SpelledOut:
    """Answers whether a module itself says all that stands for the tables in a text."""

    def __init__(self, bindings: Mapping[Variable, Sequence[Value]], resolver: Resolver) -> None:
        """Look at a module.

        Args:
            bindings: what its variables are given.
            resolver: what they hold.
        """
        self._bindings = bindings
        self._resolver = resolver

    def names_all(self, value: Value) -> bool:
        """Whether all names of tables in what a text may be are spelled."""
        return len(value) < MOST and all(
            isinstance(it, Str) and all(map(self._is_spelled, _in_names(it.atoms))) for it in value
        )

    def _is_spelled(self, atom: Atom) -> bool:
        match atom:
            case Piece() | Plain():
                return True
            case Ref(variable=variable):
                found = self._resolver.resolved((Str((atom,)),))
                known = 0 < len(found) < MOST and all(map(_is_known, found))
                return known and self._is_own(variable, set())
        return False

    def _is_own(self, variable: Variable, seen: set[Variable]) -> bool:
        """Whether nothing but the module's own lines decides what a variable holds."""
        if variable in seen:
            return True  # its other values decide
        seen.add(variable)
        given = self._bindings.get(variable, ())
        return (
            variable.kind in _OWN
            and bool(given)
            and all(self._is_own(it, seen) for it in variables_in(given))
        )


def _in_names(atoms: tuple[Atom, ...]) -> Iterator[Atom]:
    """The atoms of a text that are a part of a table's name which is not spelled as it is."""
    text = shown(atoms)
    spans = [(it.start, it.start + len(it.name) + 1) for it in table_names(text) if HOLE in it.name]
    at = 0
    for atom in atoms:
        size = len(atom.text) if isinstance(atom, Piece | Plain) else len(HOLE)
        if any(start < at + size and at < end for start, end in spans):
            yield atom
        at += size


def _is_known(alternative: Alternative) -> bool:
    """Whether it is a text of which nothing is left to be known."""
    return isinstance(alternative, Str) and all(
        isinstance(it, Piece | Plain) for it in alternative.atoms
    )


def variables_in(values: Sequence[Value]) -> Iterator[Variable]:
    """All that some values are made of."""
    stack = [alternative for value in values for alternative in value]
    while stack:
        match stack.pop():
            case Ref(variable=variable):
                yield variable
            case Str(atoms=atoms):
                yield from (it.variable for it in atoms if isinstance(it, Ref))
            case Seq(items=items):
                stack += (it for item in items for it in item)
            case Map(entries=entries):
                stack += (it for entry in entries for item in entry for it in item)
            case Instance():
                pass  # what it holds are attributes
