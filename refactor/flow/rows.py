"""Of the ways to put a statement together, those whose parts go together.

A function gets a table and a condition by each of its calls, and each of some classes has them: put
together all with all, the table of one would stand beside the condition of another.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import cast

from refactor.flow.values import Atom, Gap, Piece, Plain, Str
from refactor.python.assignments import FUNCTIONS
from refactor.python.outline import last_part
from refactor.python.syntax import children, dotted, statements_in

_ROWS = (*FUNCTIONS, ast.Call, ast.ClassDef, ast.Dict, ast.List, ast.Tuple)
"""What may give several values that go together."""
_Given = Piece | Gap
Atoms = tuple[Atom, ...]
_Pair = tuple[Piece, _Given]


class Rows:
    """Knows which literals of a module go together."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._around: dict[ast.expr, list[ast.AST]] = {}

    def kept_apart(self, texts: Sequence[Str], is_wanted: Callable[[Piece], bool]) -> Iterator[Str]:
        """What one place may get, without what mixes what calls, classes or entries give.

        Of what is only mixed, that stays which goes together with what is wanted in it: a gap
        stands for the rest.
        """
        changed = dict(self._apart([it.atoms for it in texts], is_wanted))
        for text in texts:
            yield from map(Str, changed.get(text.atoms, (text.atoms,)))

    def _apart(
        self, group: Sequence[Atoms], is_wanted: Callable[[Piece], bool]
    ) -> Iterator[tuple[Atoms, tuple[Atoms, ...]]]:
        """The mixed ones of the ways to put one text together, and what becomes of each."""
        everywhere = set.intersection(*({*_pieces(it)} for it in group))
        instead: defaultdict[Piece, dict[_Given, None]] = defaultdict(dict)
        for before, piece in (each for atoms in group for each in _pairs(atoms)):
            instead[before][piece] = None
        mixed: dict[Atoms, dict[Atoms, None]] = {}
        whole = set[Piece]()
        for atoms in group:
            found = set[Piece]()
            variants: dict[Atoms, None] = {}
            others = [it for it in _pieces(atoms) if it not in everywhere]
            for before, piece in _pairs(atoms) if len(others) > 1 else ():
                if isinstance(piece, Gap) or piece in everywhere or not is_wanted(piece):
                    continue
                spelled = [it for it in others if it.node is not before.node]
                gone = self._gone(atoms, spelled, piece, before, instead)
                if not gone:
                    found.add(piece)
                    continue
                variants[tuple(Gap() if it in gone else it for it in atoms)] = None
                rest = _rest(instead[before], piece)
                if self._is_said_without(atoms, gone, piece, rest, group):
                    whole.add(piece)
            if variants:
                mixed[atoms] = variants
            else:
                whole |= found
        for atoms, variants in mixed.items():
            named = ((it, {each for each in _pieces(it) if is_wanted(each)}) for it in variants)
            yield atoms, tuple(it for it, names in named if not names <= whole)

    def _gone(
        self,
        atoms: Atoms,
        spelled: Iterable[Piece],
        piece: Piece,
        before: Piece,
        instead: Mapping[Piece, Iterable[_Given]],
    ) -> set[Piece]:
        """The parts of a text that nobody knows to be there where a piece is."""
        rest = _rest(instead[before], piece)
        near = (piece, before, *rest)
        beside = {it: instead[place] for place, it in _pairs(atoms)}
        return {
            it
            for it in spelled
            if self._goes_apart(it, piece, before, rest)
            or any(self._is_loose(each, near) for each in beside.get(it, ()))
        }

    def _is_said_without(
        self,
        atoms: Atoms,
        gone: set[Piece],
        piece: Piece,
        instead: Sequence[_Given],
        group: Sequence[Atoms],
    ) -> bool:
        """Whether a piece is there by itself as well, and all others are given along with another.

        The call that gives the piece gives none of them.
        """
        alone = tuple(it for it in atoms if it not in gone)
        said = any(tuple(filter(_says, each)) == alone for each in group)
        return said and all(self._goes_with(it, piece, instead) for it in gone)

    def _goes_apart(
        self, other: Piece, piece: Piece, before: Piece, instead: Sequence[_Given]
    ) -> bool:
        """Whether a part may be there only where another one stands in a piece's place.

        It goes together with that one; or with none of them, and not with the statement.
        """
        if not instead or other is piece:
            return False
        return self._goes_with(other, piece, instead) or not (
            self._row(other, piece) or self._row(other, before)
        )

    def _is_loose(self, given: _Given, near: Sequence[_Given]) -> bool:
        """Whether a part is in a row of its own: nobody knows beside which of some it stands."""
        return bool(self._rows_around(given.node)) and not any(self._row(given, it) for it in near)

    def _goes_with(self, other: Piece, piece: Piece, instead: Sequence[_Given]) -> bool:
        """Whether a part goes together with what may stand in a piece's place, apart from it."""
        rows = (self._row(other, it) for it in instead)
        return any(row and self._is_apart(row, piece) for row in rows)

    def _row(self, one: _Given, two: _Given) -> ast.AST | None:
        """The innermost row that has two literals."""
        both = zip(self._rows_around(one.node), self._rows_around(two.node), strict=False)
        same = [it for it, other in both if it is other]
        return same[-1] if same else None

    def _is_apart(self, row: ast.AST, piece: Piece) -> bool:
        """Whether nothing that a row has is put together with a literal that is not in it.

        What a class has, its objects and its heirs have.
        """
        around = self._rows_around(piece.node)
        if row in around or not isinstance(row, ast.ClassDef):
            return row not in around
        names = [it.name for it in around if isinstance(it, ast.ClassDef)]
        bases = self._bases if names else {}
        for name in names:  # it grows meanwhile
            names += (it for it in bases.get(name, ()) if it not in names)
        return bool(names) and row.name not in names

    @cached_property
    def _bases(self) -> dict[str, list[str]]:
        every = (it for it in statements_in(self._tree) if isinstance(it, ast.ClassDef))
        return {it.name: [last_part(dotted(base)) for base in it.bases] for it in every}

    def _rows_around(self, node: ast.expr | None) -> list[ast.AST]:
        """The rows that a literal stands in, outermost first; none of one of another module."""
        if node is None:
            return []
        if node not in self._around:
            found = self._around[node] = []
            inside: ast.AST | None = self._tree if hasattr(node, "lineno") else None
            while inside is not None:
                within = next((it for it in _placed(inside) if _holds(it, node)), None)
                if isinstance(inside, FUNCTIONS) and within not in inside.body:
                    found.clear()  # a default: it goes together with whatever is given
                if isinstance(within, _ROWS):
                    found.append(within)
                inside = within
        return self._around[node]


def _pieces(atoms: Atoms) -> Iterator[Piece]:
    return (it for it in atoms if isinstance(it, Piece))


def _rest(instead: Iterable[_Given], piece: Piece) -> list[_Given]:
    return [it for it in instead if it is not piece]


def _says(atom: Atom) -> bool:
    """Whether a part of a text is anything: an empty default is not."""
    return not isinstance(atom, Piece | Plain) or bool(atom.text)


def _pairs(atoms: Atoms) -> Iterator[_Pair]:
    """What stands behind each piece: that is the place of whatever may stand there instead."""
    for before, it in pairwise(atoms):
        if isinstance(before, Piece) and isinstance(it, Piece | Gap) and before.node is not it.node:
            yield before, it


def _placed(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """The nodes right inside of one, through those that have no place of their own."""
    for it in children(node):
        if hasattr(it, "lineno"):
            yield cast("ast.expr | ast.stmt", it)
        else:
            yield from _placed(it)


def _holds(node: ast.expr | ast.stmt, inside: ast.expr) -> bool:
    """Whether a node is around another one, or is it; the decorators are a function's own."""
    first = min([node, *getattr(node, "decorator_list", ())], key=lambda it: it.lineno)
    start, end = (first.lineno, first.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)
    return start <= (inside.lineno, inside.col_offset) < end
