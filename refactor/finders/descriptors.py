"""Attributes whose names objects are told that are made for them, and put into SQL.

`orders = Table()` names a table where `Table` has a `__set_name__` that keeps the name.
"""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from plan.model import folded
from refactor.finders.finder import Surroundings
from refactor.holes import tables_in
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, name_of, statements_in, walked
from refactor.references import Evidence, Reason, Reference

_IS_TOLD = "__set_name__"


def names_told(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """A question for each attribute of a module's classes that may become an old table's name."""
    paths = around.abroad.few_naming(f"def {_IS_TOLD}")
    told = {it for path in paths for it in _classes(path, around)}
    for cls in statements_in(tree) if told else ():
        for statement in cls.body if isinstance(cls, ast.ClassDef) else ():
            match statement:
                case (
                    ast.Assign(targets=[ast.Name() as node], value=ast.Call(func=func))
                    | ast.AnnAssign(target=ast.Name() as node, value=ast.Call(func=func))
                ) if folded(node.id) in around.legacy.meanings and last_part(dotted(func)) in told:
                    yield from _asked(node, last_part(dotted(func)), around)


def _classes(path: PurePosixPath, around: Surroundings) -> Iterator[str]:
    """The classes of a module whose objects put into SQL what they are told they are called."""
    tree = around.abroad.tree(path) if around.takers.builds(path) else None
    classes = (it for it in statements_in(tree) if isinstance(it, ast.ClassDef)) if tree else ()
    for cls in classes:
        for method in cls.body:
            if isinstance(method, ast.FunctionDef) and method.name == _IS_TOLD:
                put = (dotted(it) for node in walked(cls) for it in tables_in(node))
                if not set(_kept(method)).isdisjoint(put):
                    yield cls.name


def _kept(method: ast.FunctionDef) -> Iterator[str]:
    """The attributes that keep the name which an object is told."""
    name = "".join(it.arg for it in method.args.args[2:3])
    for node in walked(method):
        if isinstance(node, ast.Assign) and name_of(node.value) == name:
            yield from map(dotted, node.targets)


def _asked(node: ast.Name, maker: str, around: Surroundings) -> Iterator[Reference]:
    start = around.lines.offset(node.lineno, node.col_offset)
    if around.source.text[start : start + len(node.id)] != node.id:
        return  # an identifier that Python folds: it is spelled otherwise
    says = f"{maker} is told what it is called here, and puts that into SQL"
    yield around.table_reference(
        start,
        node.id,
        around.legacy.meanings[folded(node.id)],
        clause="identifier",
        evidence=(Evidence(Reason.FLOW, says),),
        question=f"{says}: is it the table?",
        mend="see that it gives the new name",
        blocking=True,
    )
