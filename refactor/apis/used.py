"""What a function does with a name of its own, as far as its lines say it."""

import ast
from functools import lru_cache

from msgspec import Struct, field

from refactor.apis.callers import scoped
from refactor.python.outline import Scope
from refactor.python.outlining import executes


class Used(Struct):
    """What becomes of one name in one scope."""

    stores: int = 0
    """How often it is given something, by loops and comprehensions too."""
    executed: list[ast.Call] = field(default_factory=list)
    """The statements that are executed on it."""
    methods: set[str] = field(default_factory=set)
    """The other methods that are called on it, and attributes that are read."""
    escapes: bool = False
    """Whether it goes anywhere else than into a loop, a comparison, or a part of it is taken."""


def used(tree: ast.Module, scope: Scope, name: str) -> Used:
    """What becomes of a name in a scope."""
    return _used_in(tree).get((scope, name), Used())


@lru_cache(maxsize=4)
def _used_in(  # noqa: C901 - one branch for each way of using a name
    tree: ast.Module,
) -> dict[tuple[Scope, str], Used]:
    found: dict[tuple[Scope, str], Used] = {}
    seen: set[int] = set()  # what surrounds a name comes before it

    def of(scope: Scope, node: ast.Name) -> Used:
        seen.add(id(node))
        return found.setdefault((scope, node.id), Used())

    for scope, node in scoped(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name() as name, attr=attr) as func) if (
                executes(attr) and node.args
            ):
                of(scope, name).executed.append(node)
                seen.add(id(func))
            case ast.Attribute(value=ast.Name() as name, attr=attr) if id(node) not in seen:
                of(scope, name).methods.add(attr)
            case (
                ast.For(iter=ast.Name() as name)
                | ast.comprehension(iter=ast.Name() as name)
                | ast.Subscript(value=ast.Name() as name, ctx=ast.Load())
            ):
                of(scope, name)
            case ast.Compare(left=left, comparators=others):
                for each in (left, *others):
                    if isinstance(each, ast.Name):
                        of(scope, each)
            case ast.Name(id=word, ctx=context) if id(node) not in seen:
                known = found.setdefault((scope, word), Used())
                known.stores += isinstance(context, ast.Store)
                known.escapes |= not isinstance(context, ast.Store)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                for shared in names:
                    found.setdefault((scope, shared), Used()).escapes = True
    return found
