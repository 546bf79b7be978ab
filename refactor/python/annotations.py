"""What an annotation says of an object: which class it is of."""

import ast
from collections.abc import Iterator

from refactor.python.syntax import dotted, expression_in

_ONE_OF = frozenset(
    {
        *("Optional", "Union", "Annotated", "Final", "ClassVar"),
        *("Iterator", "Iterable", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator"),
    }
)


def classes_in(annotation: ast.expr) -> Iterator[ast.expr]:
    """The classes that an annotation names, `None` and what wraps them left out."""
    match annotation:
        case ast.Constant(value=str() as text):
            written = expression_in(text)
            if written is not None:
                yield from classes_in(written)
        case ast.Constant():
            return
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from classes_in(left)
            yield from classes_in(right)
        case ast.Subscript(value=value, slice=inner):
            name = dotted(value).rpartition(".")[2]
            if name not in _ONE_OF:
                yield value
            elif name == "Union" and isinstance(inner, ast.Tuple):
                for item in inner.elts:
                    yield from classes_in(item)
            else:
                yield from classes_in(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
        case _:
            yield annotation
