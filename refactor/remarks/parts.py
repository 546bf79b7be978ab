"""The parts of a module in which things may stand side by side, and what becomes of databases."""

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from refactor.flow.functions import class_scope, function_scope
from refactor.python.outline import Scope
from refactor.python.syntax import children
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, in_short

_FOR_GOOD = 1 << 30


def parts_of(tree: ast.Module) -> Iterator[tuple[Scope, ast.AST]]:
    """The module, its classes and its functions."""
    stack: list[tuple[Scope, ast.AST]] = [(Scope(), tree)]
    while stack:
        scope, node = stack.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                scope = function_scope(scope, name)
                yield scope, node
            case ast.ClassDef(name=name):
                scope = class_scope(scope, name)
                yield scope, node
            case ast.Module():
                yield scope, node
        stack += ((scope, it) for it in children(node) if not isinstance(it, ast.expr))


def kinds_in(node: ast.AST, lines: Sequence[tuple[int, str]]) -> int:
    """How many different things stand on those of some lines that a node has."""
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", _FOR_GOOD)
    return len({what for line, what in lines if first <= line <= last})


def become(project: Project, databases: Sequence[str]) -> str:
    """What databases become, to be said of them."""
    others = [it for it in databases if it != project.plan.target]
    verb = "become" if len(others) > 1 else "becomes"
    return f"{' and '.join(others)} {verb} {project.plan.target}"


def key_of(given: ast.expr) -> str:
    """The key of the setting that says a path; empty if none is seen to."""
    match given:
        case (
            ast.Subscript(slice=ast.Constant(value=str() as key))
            | ast.Call(args=[ast.Constant(value=str() as key), *_])
            | ast.Attribute(attr=key)
        ):
            return key
    return ""


def remark_at(
    project: Project,
    path: PurePosixPath,
    node: ast.expr,
    about: About,
    databases: tuple[str, ...],
    why: str,
    look: str,
) -> Remark:
    """A remark on an expression of a module."""
    what = in_short(ast.unparse(node))
    return Remark(path, *project.place(path, node), about, what, databases, why, look)
