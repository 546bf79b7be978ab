"""Dictionaries that are made in a loop, spelled out: `{name: connect(name) for name in NAMES}`."""

import ast
from collections.abc import Iterable, Mapping
from copy import deepcopy


def display_of(made: ast.DictComp, rows: Iterable[ast.expr | None]) -> ast.Dict | None:
    """The dictionary with an entry for each that its loop goes over; None where that is not seen.

    Args:
        made: the comprehension.
        rows: what its loop goes over, one by one.
    """
    match made.generators:
        case [ast.comprehension(target=target)]:
            given = [_given(target, row) for row in rows]
        case _:
            return None
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    for names in given:
        if names is None:
            return None
        keys.append(_with(made.key, names))
        values.append(_with(made.value, names))
    return ast.copy_location(ast.Dict(keys, values), made) if keys else None


def _given(target: ast.expr, row: ast.expr | None) -> Mapping[str, ast.expr] | None:
    """What a loop gives to its names, by one of what it goes over; None where that is not seen."""
    match target, row:
        case ast.Name(id=name), ast.expr():
            return {name: row}
        case ast.Tuple(elts=names), ast.Tuple(elts=parts) if len(names) == len(parts):
            return {
                it.id: part
                for it, part in zip(names, parts, strict=True)
                if isinstance(it, ast.Name)
            }
    return None


def _with(node: ast.expr, names: Mapping[str, ast.expr]) -> ast.expr:
    """An expression with what some names of it stand for in their place."""
    replaced: ast.expr = _Replaced(names).visit(deepcopy(node))
    return replaced


class _Replaced(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Put in place of a name what it stands for."""
        return self._names.get(node.id, node)
