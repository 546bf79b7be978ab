"""Texts in which each table's name is spelled by the module itself, and by nobody else."""

import ast
from collections.abc import Container, Iterator, Mapping, Sequence

from refactor.flow.declared import ARGUMENTS
from refactor.flow.reach import shown
from refactor.flow.resolved import Resolver
from refactor.flow.values import (
    MOST,
    Alternative,
    Atom,
    Gap,
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
from refactor.python.syntax import dotted
from refactor.sql.names import HOLE, table_names

_OWN = frozenset({"name", "parameter", "return"})
"""What a module's own lines give values to: whoever has an object gives them to its attributes."""
_TYPED = frozenset({"sys.argv", "os.environ", "os.getenv", "input"})
"""What gives what people say when they start a program, or while it runs."""
_COMMAND_LINE = "sys:argv"


class SpelledOut:
    """Answers whether a module itself says all that stands for the tables in a text.

    Or people type it: no literal of the module gets there then either.
    """

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
            case Gap():
                return _is_typed(atom, ())
            case Ref(variable=variable):
                typed: set[str] = set()
                if not self._is_own(variable, set(), typed):
                    return False
                found = self._resolver.resolved((Str((atom,)),))
                return 0 < len(found) < MOST and all(_is_known(it, typed) for it in found)
        return False

    def _is_own(self, variable: Variable, seen: set[Variable], typed: set[str]) -> bool:
        """Whether nothing but the module's own lines, or what is typed, is what a variable holds.

        The names of what holds what is typed are added to `typed`.
        """
        if variable in seen:
            return True  # its other values decide
        seen.add(variable)
        given = self._bindings.get(variable, ())
        of_options = variable.scope.owner == ARGUMENTS
        if of_options or variable.name == _COMMAND_LINE or () in given:
            typed.add(variable.name)
        elif variable.kind not in _OWN or not given:
            return False
        return all(self._is_own(it, seen, typed) for it in variables_in(given))


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


def _is_known(alternative: Alternative, typed: Container[str]) -> bool:
    """Whether it is a text of which nothing is left to be known but what is typed."""
    return isinstance(alternative, Str) and all(
        isinstance(it, Piece | Plain) or (isinstance(it, Gap) and _is_typed(it, typed))
        for it in alternative.atoms
    )


def _is_typed(gap: Gap, typed: Container[str]) -> bool:
    if gap.node is None:
        return gap.name in typed
    node = gap.node.func if isinstance(gap.node, ast.Call) else gap.node
    return dotted(node).removesuffix("[]") in _TYPED


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
