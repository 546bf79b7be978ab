"""Of the ways to put a statement together, those whose parts go together.

A function gets a table and a condition by each of its calls, and each of some classes has them: put
together all with all, the table of one would stand beside the condition of another.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from typing import cast

from refactor.flow.values import Atom, Gap, Piece
from refactor.python.assignments import FUNCTIONS
from refactor.python.outline import Context, last_part
from refactor.python.syntax import children, dotted, statements_in

Atoms = tuple[Atom, ...]
_ROWS = (*FUNCTIONS, ast.Call, ast.ClassDef, ast.Dict, ast.List, ast.Tuple)
"""What may give several values that go together."""


def kept_apart(
    statements: Sequence[tuple[Atoms, Context]],
    tree: ast.Module,
    is_wanted: Callable[[Piece], bool],
) -> Sequence[tuple[Atoms, Context]]:
    """The statements of a module, without those that mix what calls, classes or entries give.

    What only a mixed one has is kept, with a gap for what goes together with another one.
    """
    groups: defaultdict[Context, list[Atoms]] = defaultdict(list)
    for atoms, context in statements:
        groups[context].append(atoms)
    if len(groups) == len(statements):
        return statements  # as in far the most
    rows, changed = _Rows(tree), dict[tuple[Atoms, Context], tuple[Atoms, ...]]()
    for context, group in groups.items():
        if len(group) > 1:
            changed |= {(atoms, context): it for atoms, it in rows.apart(group, is_wanted)}
    every = ((it, at[1]) for at in statements for it in changed.get(at, (at[0],)))
    return tuple(dict.fromkeys(every))


class _Rows:
    """What goes together in one module."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._around: dict[ast.expr, list[ast.AST]] = {}

    def apart(
        self, group: Sequence[Atoms], is_wanted: Callable[[Piece], bool]
    ) -> Iterator[tuple[Atoms, tuple[Atoms, ...]]]:
        """The mixed ones of the ways to put one statement together, and what becomes of each."""
        everywhere = set.intersection(*({*_pieces(it)} for it in group))
        instead: defaultdict[Piece, dict[Piece, None]] = defaultdict(dict)
        for before, piece in (each for atoms in group for each in _pairs(atoms)):
            instead[before][piece] = None
        mixed: defaultdict[Atoms, dict[Atoms, Piece]] = defaultdict(dict)
        whole = set[Piece]()
        for atoms in group:
            others = [it for it in _pieces(atoms) if it not in everywhere]
            for before, piece in _pairs(atoms) if len(others) > 1 else ():
                if piece in everywhere or not is_wanted(piece):
                    continue
                spelled = [it for it in others if it.node is not before.node]
                rest = [it for it in instead[before] if it is not piece]
                gone = {it for it in spelled if self._goes_apart(it, piece, before, rest)}
                left = tuple(Gap() if it in gone else it for it in atoms)
                if gone:
                    mixed[atoms][left] = piece
                else:
                    whole.add(piece)
        for atoms, variants in mixed.items():
            yield atoms, tuple(it for it, piece in variants.items() if piece not in whole)

    def _goes_apart(
        self, other: Piece, piece: Piece, before: Piece, instead: Sequence[Piece]
    ) -> bool:
        """Whether a part may be there only where another one stands in a piece's place.

        It goes together with that one; or with none of them, and not with the statement.
        """
        if not instead or other is piece:
            return False
        rows = (self._row(other, it) for it in instead)
        return any(row and self._is_apart(row, piece) for row in rows) or not (
            self._row(other, piece) or self._row(other, before)
        )

    def _row(self, one: Piece, two: Piece) -> ast.AST | None:
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

    def _rows_around(self, node: ast.expr) -> list[ast.AST]:
        """The rows that a literal stands in, outermost first; none of one of another module."""
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


def _pairs(atoms: Atoms) -> Iterator[tuple[Piece, Piece]]:
    """Each piece behind another: that is the place of those which may stand there instead."""
    for before, it in pairwise(atoms):
        if isinstance(before, Piece) and isinstance(it, Piece) and before.node is not it.node:
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
