"""Names that a method gives, and that whoever asks an object for them spells as well.

`store.counts() == {"old": 3}` in a test: which class the object is of, nobody says there.
"""

import ast
from collections.abc import Collection, Iterator

from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.flow.reach import Use
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, walked

_ASKS = frozenset({"get", "index", "pop"})
_ASSERTS = "assert"
"""How the methods of test cases begin that compare something."""


def met_in_results(use: Use, name: str, around: Surroundings) -> Iterator[str]:
    """Where a name is spelled beside what a method of that name gives, in words."""
    method = last_part(use.scope.function)
    if use.what is not What.RETURNED or not use.scope.owner or method.startswith("__"):
        return
    for path in around.abroad.few_naming(method):
        source = around.abroad.source(path)
        tree = around.abroad.tree(path) if source and name in source.text else None
        other = f" of {path}" if path != around.source.path else ""
        met = {(line, what) for line, what in _met(tree, method, name)} if tree else ()
        yield from (f"{what} on line {line}{other}" for line, what in sorted(met))


def _met(tree: ast.Module, method: str, name: str) -> Iterator[tuple[int, What]]:
    """The lines on which a text is compared with what a method gives, or is a key of that."""
    held = {
        it.targets[0].id
        for it in walked(tree)
        if isinstance(it, ast.Assign) and isinstance(it.targets[0], ast.Name)
        if _is_of(it.value, method, ())
    }
    for node in walked(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
            case ast.Call(func=func, args=[_, _, *_] as given) if last_part(
                dotted(func)
            ).startswith(_ASSERTS):
                sides = given
            case (
                ast.Subscript(value=of, slice=ast.Constant(value=key))
                | ast.Call(func=ast.Attribute(value=of, attr=_), args=[ast.Constant(value=key), *_])
            ) if key == name and _asks(node) and _is_of(of, method, held):
                yield node.lineno, What.KEY
                continue
            case _:
                continue
        made = [it for it in sides if _is_of(it, method, held)]
        if made and any(_says(it, name) for it in sides if it not in made):
            yield node.lineno, What.COMPARED


def _asks(node: ast.AST) -> bool:
    """Whether a collection is asked for something there."""
    match node:
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in _ASKS
    return True


def _is_of(node: ast.expr, method: str, held: Collection[str]) -> bool:
    """Whether an expression is made of what a method of this name gives, or of names for that."""
    return any(
        it.attr == method if isinstance(it, ast.Attribute) else it.id in held
        for it in walked(node)
        if isinstance(it, ast.Attribute | ast.Name)
    )


def _says(node: ast.expr, name: str) -> bool:
    return any(isinstance(it, ast.Constant) and it.value == name for it in walked(node))
