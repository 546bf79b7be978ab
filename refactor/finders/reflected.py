"""Names of classes, of their fields, or of what is decorated, that code reads and puts into SQL.

`for field in fields(Counts): db.execute(f"SELECT count(*) FROM {field.name}")` makes tables of what
no literal says. The fields may well be no more than fields for whoever else reads them, so it is
asked, and holds nothing up.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from plan.model import folded
from refactor.apis.implied import says_its_table, snake_case
from refactor.finders.finder import Surroundings
from refactor.python.syntax import statements_in
from refactor.references import Evidence, Reason, Reference


def names_reflected(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """A question for each name of a module that may be read, and is an old table's."""
    reflectors, path = around.reflectors, around.source.path
    if reflectors.of_fields:
        readers = around.takers.near(path, reflectors.of_fields)
        yield from _asked(readers, "the names of fields", _fields_in, tree, around)
    if reflectors.of_functions:
        readers = around.takers.near(path, reflectors.of_functions)
        yield from _asked(readers, "what is decorated", _decorated_in, tree, around)
        yield from _asked(readers, "the names of classes", _classes_in, tree, around)


def _asked(
    readers: Sequence[PurePosixPath],
    says: str,
    names_in: Callable[[ast.Module, Surroundings], Iterator[tuple[int, str, str]]],
    tree: ast.Module,
    around: Surroundings,
) -> Iterator[Reference]:
    for start, name, table in names_in(tree, around) if readers else ():
        if around.source.text[start : start + len(name)] == name:
            yield around.table_reference(
                start,
                name,
                around.legacy.meanings[table],
                clause="identifier",
                evidence=(Evidence(Reason.FLOW, f"{readers[0]} puts {says} into SQL"),),
                question=f"{readers[0]} makes tables of {says}: is it the table?",
                mend="see that it gives the new name",
                blocking=False,
            )


def _fields_in(tree: ast.Module, around: Surroundings) -> Iterator[tuple[int, str, str]]:
    """Where classes have fields that are called as old tables, and by what name."""
    fields = (
        target
        for cls in statements_in(tree)
        if isinstance(cls, ast.ClassDef)
        for statement in cls.body
        if isinstance(statement, ast.AnnAssign | ast.Assign)
        for target in (
            statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        )
    )
    for it in fields:
        if isinstance(it, ast.Name) and folded(it.id) in around.legacy.meanings:
            yield around.lines.offset(it.lineno, it.col_offset), it.id, folded(it.id)


def _decorated_in(tree: ast.Module, around: Surroundings) -> Iterator[tuple[int, str, str]]:
    """Where what is decorated is called as an old table, by what name, and which table that is."""
    for node in statements_in(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
            yield from _called(node, around)


def _classes_in(tree: ast.Module, around: Surroundings) -> Iterator[tuple[int, str, str]]:
    """The same of classes that do not say what their table is called."""
    for node in statements_in(tree):
        if isinstance(node, ast.ClassDef) and not (node.decorator_list or says_its_table(node)):
            yield from _called(node, around)


def _called(
    node: ast.FunctionDef | ast.ClassDef, around: Surroundings
) -> Iterator[tuple[int, str, str]]:
    names = (folded(node.name), snake_case(node.name))
    table = next((it for it in names if it in around.legacy.meanings), None)
    if table:
        start = around.lines.offset(node.lineno, node.col_offset)
        start = around.source.text.find(f" {node.name}", start) + 1
        yield start, node.name, table
