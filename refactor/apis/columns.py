"""The columns that a class or a call declares for its table: they tell which table it is.

What is not certain to be a column, or not certain to be called so, is left out.
"""

import ast
from collections.abc import Iterator

from refactor.python.outline import last_part
from refactor.python.syntax import dotted, statements_in

_COLUMNS = frozenset({"Column", "mapped_column"})
_REFERRING = frozenset({"ForeignKey", "OneToOneField", "ForeignKeyField"})
_NO_COLUMNS = frozenset({"ManyToManyField", "GenericForeignKey"})
_PONY = frozenset({"PrimaryKey", "Required", "Optional"})
_NAMING = frozenset({"name", "db_column", "column_name", "column", "source_field"})
"""The keywords by which libraries are told what a column is called."""
_PLAIN_TYPES = frozenset({"str", "int", "float", "bool", "bytes", "date", "datetime", "Decimal"})


def columns_in_class(node: ast.ClassDef) -> tuple[str, ...]:
    """The columns that a mapped class declares itself."""
    plain = any(it.arg == "table" for it in node.keywords)
    return tuple(filter(None, (_in_class(it, every=plain) for it in node.body)))


def columns_in_call(node: ast.Call) -> tuple[str, ...]:
    """The columns of the table that a call describes: `Table("t", …, Column("c"))`."""
    if last_part(dotted(node.func)) != "Table":
        return ()  # what adds a column, or makes a table, says nothing of those of today
    columns = (it for it in node.args if isinstance(it, ast.Call) and _is_column(it))
    return tuple(filter(None, (_named(it, "") for it in columns)))


def _in_class(item: ast.stmt, *, every: bool) -> str:
    """The column that a statement of a class declares; with `every`, each annotated name is one."""
    match item:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value) if every:
            return _of_sqlmodel(name, annotation, value)
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.Call() as value)
        ):
            return _declared(name, value)
        case ast.AnnAssign(
            target=ast.Name(id=name), annotation=ast.Subscript(value=mapped), value=None
        ):
            return name if last_part(dotted(mapped)) == "Mapped" else ""
    return ""


def _of_sqlmodel(name: str, annotation: ast.expr, value: ast.expr | None) -> str:
    """A field of a SQLModel class, where nothing says that it is stored otherwise."""
    kinds = {it.id for it in ast.walk(annotation) if isinstance(it, ast.Name)}
    if name.startswith(("_", "model_")) or "ClassVar" in kinds:
        return ""
    if isinstance(value, ast.Call):
        told = {it.arg for it in value.keywords}
        is_field = last_part(dotted(value.func)) == "Field"
        if not is_field or told & {None, "sa_column", "sa_column_kwargs"}:
            return ""
    return name


def _declared(name: str, value: ast.Call) -> str:
    """The column of an attribute that is given such a value; empty if it is none."""
    kind = last_part(dotted(value.func))
    if kind in _COLUMNS:
        return _named(value, name)
    said = _said(value)
    if said is not None:
        return said if kind in _REFERRING | _PONY or kind.endswith("Field") else ""
    if kind in _REFERRING:
        # peewee leaves a name that ends so as it is, and Django adds to it once more.
        return "" if name.endswith("_id") else f"{name}_id"
    if kind in _PONY:
        first = dotted(value.args[0]) if value.args else ""
        return name if last_part(first) in _PLAIN_TYPES else ""
    return name if kind.endswith("Field") and kind not in _NO_COLUMNS else ""


def _named(column: ast.Call, name: str) -> str:
    """What SQLAlchemy calls a column that is declared under a name."""
    said = _said(column)
    if said is not None:
        return said
    match column.args:
        case [ast.Constant(value=str() as first), *_]:
            return first
        case [ast.Name(id=first), *_] if not first.isupper():
            return name
        case [] | [ast.Call() | ast.Attribute(), *_]:
            return name
    return ""


def _said(call: ast.Call) -> str | None:
    """The column's name that a keyword says: empty if it is not known, None if there is none."""
    for keyword in call.keywords:
        if keyword.arg is None:
            return ""
        if keyword.arg in _NAMING:
            value = keyword.value
            return str(value.value) if isinstance(value, ast.Constant) and value.value else ""
    return None


def _is_column(node: ast.Call) -> bool:
    return last_part(dotted(node.func)) in _COLUMNS


def declared_in(tree: ast.Module, table: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each class and each `Table` of a module that SQLAlchemy maps to a table, with its columns."""
    for node in statements_in(tree):
        match node:
            case ast.ClassDef(name=name, body=body):
                if any(_says_table(it, table) for it in body):
                    yield name, columns_in_class(node)
            case ast.Assign(
                targets=[*_, target], value=ast.Call(args=[ast.Constant(value=said), *_]) as call
            ):
                if said == table and last_part(dotted(call.func)) == "Table":
                    yield dotted(target), columns_in_call(call)


def _says_table(item: ast.stmt, table: str) -> bool:
    match item:
        case (
            ast.Assign(targets=[ast.Name(id="__tablename__")], value=ast.Constant(value=said))
            | ast.AnnAssign(target=ast.Name(id="__tablename__"), value=ast.Constant(value=said))
        ):
            return said == table
    return False
