"""What a loop carries into its next round: the texts that names are given in its body."""

import ast
from collections.abc import Iterable, Iterator, Sequence

_LEAVES = (ast.Break, ast.Return, ast.Raise)


def carried(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """The names that a loop's body gives a text, or what another name is, each with that.

    What is built up round by round is no such text: it would have no end.
    """
    if body and isinstance(body[-1], _LEAVES):
        return  # no other round comes after it
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield from ((name, it) for it in _texts(value))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield from ((name, it) for it in _texts(value))
            case _:
                for inner in _bodies(statement):
                    yield from carried(inner)


def _texts(value: ast.expr) -> Iterator[ast.expr]:
    match value:
        case ast.Constant(value=str()) | ast.Name():
            yield value
        case ast.IfExp(body=body, orelse=orelse):
            yield from (*_texts(body), *_texts(orelse))


def _bodies(node: ast.stmt) -> Iterable[Sequence[ast.stmt]]:
    """What stands in a statement that opens no scope of its own."""
    match node:
        case ast.If() | ast.For() | ast.AsyncFor() | ast.While():
            return node.body, node.orelse
        case ast.With() | ast.AsyncWith():
            return (node.body,)
        case ast.Try() | ast.TryStar():
            handled = (it.body for it in node.handlers)
            return node.body, *handled, node.orelse, node.finalbody
        case ast.Match():
            return [it.body for it in node.cases]
    return ()
