"""The loops and comprehensions of a module: what each binds, of what, and how far it reaches."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.python.modules import Modules
from refactor.python.syntax import walked
from refactor.recent import Recent

_KEPT = 200


class Loop(Struct, frozen=True):
    """A loop or a comprehension: what it binds, of what, and how far it reaches."""

    target: ast.expr
    items: ast.expr
    names: frozenset[str]
    start: tuple[int, int]
    end: tuple[int, int]

    def covers(self, node: ast.expr) -> bool:
        """Whether something stands in it."""
        return self.start <= (node.lineno, node.col_offset) < self.end


class Loops:
    """Answers in which loop a name gets its values."""

    def __init__(self, modules: Modules) -> None:
        """Look through these modules."""
        self._modules = modules
        self._loops: Recent[PurePosixPath, tuple[Loop, ...]] = Recent(_KEPT)

    def binding(self, path: PurePosixPath, name: str, at: ast.expr) -> Loop | None:
        """The inmost loop around a place that binds a name."""
        names = self._modules.names(path)
        loops = self._loops.get(path)
        if loops is None:
            tree = names.outline.tree if names else ast.Module([], [])
            loops = self._loops.keep(path, tuple(_loops_in(tree)))
        around = [it for it in loops if it.covers(at) and name in it.names]
        return around[-1] if around else None


def _loops_in(tree: ast.Module) -> Iterator[Loop]:
    """The loops of a module, each before those in it."""
    found = []
    for node in walked(tree):
        match node:
            case ast.For(target=target, iter=items) | ast.AsyncFor(target=target, iter=items):
                found.append(_loop(node, target, items))
            case (
                ast.ListComp(generators=generators)
                | ast.SetComp(generators=generators)
                | ast.GeneratorExp(generators=generators)
                | ast.DictComp(generators=generators)
            ):
                found += (_loop(node, it.target, it.iter) for it in generators)
    yield from sorted(found, key=lambda it: it.start)


def _loop(node: ast.stmt | ast.expr, target: ast.expr, items: ast.expr) -> Loop:
    names = frozenset(it.id for it in walked(target) if isinstance(it, ast.Name))
    end = (node.end_lineno or 0, node.end_col_offset or 0)
    return Loop(target, items, names, (node.lineno, node.col_offset), end)
