"""The calls that get a constant: `count(SHOP, EVENTS)` says of it what a literal there would."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.apis.callers import scoped
from refactor.finders.finder import Surroundings
from refactor.python.outline import Context, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted

_VALUE = "value"
"""How a member of an enumeration is asked for its text."""
Getting = tuple[PurePosixPath, Context]


def calls_getting(text: Text, around: Surroundings) -> tuple[Getting, ...]:
    """The calls that get a constant, each as what surrounds it there; none if more has it.

    Args:
        text: what a module, or a class, gives to a name.
        around: its module.
    """
    context = text.context
    if not context.target or context.scope.function or context.inside or context.within != ():
        return ()
    assigned = around.abroad.assigned(around.source.path)
    owners = [it.owner for it, name, _ in assigned if name == context.target and not it.function]
    if owners.count(context.scope.owner) != 1:
        return ()
    others = frozenset(map(last_part, owners)) - {last_part(context.scope.owner)}
    found: list[Getting] = []
    for path in around.abroad.few_naming(context.target):
        tree = around.abroad.tree(path)
        for getting in _getting(tree, context, others) if tree else ():
            if getting is None:
                return ()
            found.append((path, getting))
    return tuple(found)


def _getting(
    tree: ast.Module, constant: Context, others: frozenset[str]
) -> Iterator[Context | None]:
    """What surrounds each mention of a constant in a call; None for one anywhere else."""
    handed: set[ast.AST] = set()
    for scope, node in scoped(tree):  # what surrounds something comes before it
        if isinstance(node, ast.Call):
            for argument, given in _arguments(node):
                mention = _of_member(given)
                if _is_mention(mention, constant, others):
                    handed.add(mention)
                    yield Context(scope, argument=argument, inside=node)
        elif _is_mention(node, constant, others) and node not in handed:
            yield None


def _arguments(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    yield from ((str(number), it) for number, it in enumerate(call.args))
    yield from ((it.arg, it.value) for it in call.keywords if it.arg)


def _of_member(node: ast.expr) -> ast.expr:
    """The member of an enumeration that is asked for its value, or what there is."""
    is_asked = isinstance(node, ast.Attribute) and node.attr == _VALUE
    return node.value if isinstance(node, ast.Attribute) and is_asked else node


def _is_mention(node: ast.AST, constant: Context, others: frozenset[str]) -> bool:
    """Whether an expression reads a constant, or may do so: not that of another class."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return name == constant.target and not constant.scope.owner
        case ast.Attribute(value=value, attr=name, ctx=ast.Load()):
            return name == constant.target and last_part(dotted(value)) not in others
    return False
