"""A class whose table is named after it, by a library or by a class that it inherits from.

No literal names the table, so there is nothing to change.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from plan.model import folded
from refactor.apis.implied import Implied, implied_tables, says_its_table, snake_case
from refactor.databases.weighing import Place
from refactor.finders.finder import Surroundings
from refactor.finders.metaclasses import asks_name, name_given
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted, statements_in, walked
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import quoted

_METACLASS = "metaclass"
_CALLED_TABLE = re.compile(r"_*(?:get_?)?(?:sql_?|db_?)?(?:table|tbl)(?:_?name)?_*", re.IGNORECASE)


def tables_implied(around: Surroundings) -> Iterator[Reference]:
    """A question for each class of a module that an old table is named after."""
    if around.outline is None:
        return
    for implied in implied_tables(around.source.path, around.outline, around.arguments.values):
        for table in implied.tables:
            if folded(table) in around.legacy.meanings:
                yield from _reference(implied, table, around)
                break
    yield from _after_bases(around.outline.tree, around)


def _after_bases(tree: ast.Module, around: Surroundings) -> Iterator[Reference]:
    """A question for each class that a class of the code makes an old table's name of."""
    heirs = {last_part(owner) for owner, _ in around.outline.bases} if around.outline else set()
    tables = (table for heir in heirs for table in _names_after(heir))
    if not any(folded(table) in around.legacy.meanings for table in tables):
        return  # as in far the most
    for node in statements_in(tree):
        if not isinstance(node, ast.ClassDef) or not node.bases or says_its_table(node):
            continue
        for table in dict.fromkeys(_names_after(node.name)):
            if folded(table) in around.legacy.meanings:
                yield from _after_base(node, table, around)
                break


def _names_after(name: str) -> Iterator[str]:
    """What a table may be called after a class, as far as that still says its name as a word."""
    yield name.lower()
    yield snake_case(name)


def _after_base(node: ast.ClassDef, table: str, around: Surroundings) -> Iterator[Reference]:
    for path, owner in around.abroad.kin.bases(around.source.path, node.name):
        source = around.abroad.source(path)
        if source and _may_name_heirs(source.text) and _names_heirs(owner, path, around):
            place = Place(around.source.path, Scope())
            decision = around.binder.decide(table, f"SELECT 1 FROM {quoted(table, '')}", place)
            if not decision.stays:
                says = f"{owner} makes a table's name of the name of a class that inherits it"
                yield around.table_reference(
                    _start(node, around),
                    node.name,
                    decision.meanings,
                    clause="class",
                    evidence=(Evidence(Reason.FLOW, says), *decision.evidence),
                    question=f"{says}: is it {table}, now {decision.meanings[0].new}?",
                    mend="name the table in the class",
                    blocking=True,
                )
            return


def _may_name_heirs(text: str) -> bool:
    return "__name__" in text or _METACLASS in text


def _names_heirs(owner: str, path: PurePosixPath, around: Surroundings) -> bool:
    """Whether a class, or its metaclass, makes a table of the name of whoever inherits it."""
    cls = _class(owner, path, around)
    if cls is None:
        return False
    metaclasses = (
        _class(name, at, around)
        for it in cls.keywords
        if it.arg == _METACLASS
        for at, name in around.abroad.kin.classes(path, dotted(it.value).split("."))
    )
    return any(_makes_table(it) for it in (cls, *metaclasses) if it)


def _class(owner: str, path: PurePosixPath, around: Surroundings) -> ast.ClassDef | None:
    tree = around.abroad.tree(path)
    found = (it for it in statements_in(tree) if isinstance(it, ast.ClassDef)) if tree else ()
    return next((it for it in found if it.name == owner), None)


def _makes_table(cls: ast.ClassDef) -> bool:
    """Whether something that a class does makes what is called a table of a class's name."""
    return any(
        _gives_table(it) and any(asks_name(each, given) for each in walked(it))
        for method in cls.body
        for given in (name_given(cls, method),)
        for it in walked(method)
        if isinstance(it, ast.FunctionDef | ast.Assign | ast.Call)
    )


def _gives_table(node: ast.FunctionDef | ast.Assign | ast.Call) -> bool:
    """Whether what a function gives, or is set, is called a table."""
    match node:
        case ast.FunctionDef(name=name):
            names = [name]
        case ast.Assign(targets=targets):
            names = [_name_set(it) for it in targets]
        case ast.Call(func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=key), _]):
            names = [str(key)]
        case _:
            return False
    return any(map(_CALLED_TABLE.fullmatch, names))


def _name_set(target: ast.expr) -> str:
    """What an assignment gives something to: a name, an attribute or a key."""
    match target:
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
    return last_part(dotted(target))


def may_imply(path: PurePosixPath) -> bool:
    """Whether a file is where Django looks for models, whose tables no word in it may name."""
    if "models" not in str(path):
        return False  # a parent and a name cost much, for 20,000 files
    return path.name == "models.py" or (path.suffix == ".py" and path.parent.name == "models")


def _reference(implied: Implied, table: str, around: Surroundings) -> Iterator[Reference]:
    place = Place(around.source.path, Scope())
    decision = around.binder.decide(table, f"SELECT 1 FROM {quoted(table, '')}", place)
    if decision.stays:
        return
    says = f"{implied.library} calls this class's table {table}, after the class"
    new = decision.meanings[0].new
    yield around.table_reference(
        _start(implied.node, around),
        implied.node.name,
        decision.meanings,
        clause="class",
        evidence=(Evidence(Reason.API, says), *decision.evidence),
        question=decision.question or f"{says}: should it say {new} now?",
        mend=decision.mend if decision.question else f"say so in the class: {_told(implied, new)}",
        blocking=True,
    )


def _told(implied: Implied, new: str) -> str:
    return implied.mend.format(new)


def _start(node: ast.ClassDef, around: Surroundings) -> int:
    """Where a class's name stands."""
    start = around.lines.offset(node.lineno, node.col_offset)
    return around.source.text.index(node.name, start + len("class"))
