"""Names of a class's fields, or of what is decorated, that code reads and puts into SQL.

`for field in fields(Counts): db.execute(f"SELECT count(*) FROM {field.name}")` makes tables of what
no literal says. The fields may well be no more than fields for whoever else reads them, so it is
asked, and holds nothing up.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from plan.model import folded
from refactor.apis.callers import scoped
from refactor.apis.implied import snake_case
from refactor.finders.finder import Surroundings
from refactor.finders.holes import tables_in
from refactor.references import Evidence, Reason, Reference
from refactor.syntax import dotted, statements_in, walked

_FIELDS = re.compile(
    r"\bfields\(|\b_fields\b|__annotations__|\bmodel_fields\b|__dataclass_fields__|__slots__"
    r"|\bget_type_hints\(|\basdict\(|\bmodel_dump\(|\bvars\(|__dict__|\.dict\(\)"
)
_OWN_NAME = "__name__"


def names_reflected(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """A question for each name of a module that may be read, and is an old table's."""
    reflecting = around.takers.near(around.source.path, around.takers.reflecting)
    if not reflecting:
        return  # as in far the most
    fields, decorated = _fields_in(tree, around), _decorated_in(tree, around)
    for says, names in (("the names of fields", fields), ("what is decorated", decorated)):
        is_field = names is fields
        reader = next((it for it in reflecting if _reads(it, around, fields=is_field)), None)
        for start, name, table in names if reader else ():
            if around.source.text[start : start + len(name)] == name:
                yield around.table_reference(
                    start,
                    name,
                    around.legacy.meanings[table],
                    clause="identifier",
                    evidence=(Evidence(Reason.FLOW, f"{reader} puts {says} into SQL"),),
                    question=f"{reader} makes tables of {says}: is it the table?",
                    mend="see that it gives the new name",
                    blocking=False,
                )


def _fields_in(tree: ast.Module, around: Surroundings) -> list[tuple[int, str, str]]:
    """Where classes have fields that are called as old tables, and by what name."""
    fields = (
        statement.target
        for cls in statements_in(tree)
        if isinstance(cls, ast.ClassDef)
        for statement in cls.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    )
    return [
        (around.lines.offset(it.lineno, it.col_offset), it.id, folded(it.id))
        for it in fields
        if folded(it.id) in around.legacy.meanings
    ]


def _decorated_in(tree: ast.Module, around: Surroundings) -> list[tuple[int, str, str]]:
    """Where what is decorated is called as an old table, by what name, and which table that is."""
    found = []
    for node in statements_in(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
            names = (folded(node.name), snake_case(node.name))
            table = next((it for it in names if it in around.legacy.meanings), None)
            if table:
                start = around.lines.offset(node.lineno, node.col_offset)
                start = around.source.text.find(f" {node.name}", start) + 1
                found.append((start, node.name, table))
    return found


def _reads(path: PurePosixPath, around: Surroundings, *, fields: bool) -> bool:
    """Whether a module puts the names of fields into SQL, or else those of functions."""
    tree = around.abroad.tree(path)
    nodes = scoped(tree) if tree else ()
    given = _looped if fields else _named
    names = {(scope, name) for scope, node in nodes for name in given(node)}
    return any(
        (scope, root) in names or (not fields and _OWN_NAME in dotted(hole))
        for scope, node in nodes
        for hole in tables_in(node)
        for root in _roots(hole)
    )


def _looped(node: ast.AST) -> Iterator[str]:
    """The names to which a loop over the names of fields gives something."""
    match node:
        case ast.For(target=target, iter=items) | ast.comprehension(target=target, iter=items):
            if _FIELDS.search(ast.unparse(items)):
                yield from _roots(target)


def _named(node: ast.AST) -> Iterator[str]:
    """The names that are given the name of something."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if any(isinstance(it, ast.Attribute) and it.attr == _OWN_NAME for it in walked(value)):
                yield name


def _roots(node: ast.expr) -> Iterator[str]:
    yield from (it.id for it in walked(node) if isinstance(it, ast.Name))
