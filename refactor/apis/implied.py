"""Tables that a library names after a class, so that no literal names them."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.apis.values import Values
from refactor.python.outline import Outline, Scope
from refactor.python.syntax import dotted, statements_in

_SAID = frozenset({"__tablename__", "__table__", "_table_", "db_table", "table_name", "table"})
_NO_TABLE = frozenset({"abstract", "__abstract__", "proxy"})
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Implied(Struct, frozen=True):
    """A class whose name makes a table's."""

    node: ast.ClassDef
    tables: tuple[str, ...]
    """What the table may be called."""
    library: str
    mend: str
    """What says the new name, with a hole for it."""


class _Mapper(Struct, frozen=True):
    library: str
    base: re.Pattern[str]
    says: str


_IN_CLASS = '__tablename__ = "{}"'
_MAPPERS = (
    _Mapper("SQLModel", re.compile(r"sqlmodel(?:\.\w+)*\.SQLModel"), _IN_CLASS),
    _Mapper("Flask-SQLAlchemy", re.compile(r"flask_sqlalchemy.*\.Model"), _IN_CLASS),
    _Mapper("peewee", re.compile(r"peewee(?:\.\w+)*\.Model"), 'class Meta: table_name = "{}"'),
    _Mapper("Django", re.compile(r"django\.db\.models\.Model"), 'class Meta: db_table = "{}"'),
    _Mapper("Tortoise", re.compile(r"tortoise(?:\.\w+)*\.Model"), 'class Meta: table = "{}"'),
    _Mapper("Pony", re.compile(r"pony\..*\.Entity"), '_table_ = "{}"'),
)


def implied_tables(path: PurePosixPath, outline: Outline, values: Values) -> Iterator[Implied]:
    """The classes of a module that a library names a table after."""
    own = [it for it in outline.tree.body if isinstance(it, ast.ClassDef)]
    inner = _inner_classes(outline, own)
    for node in (*own, *inner.values()):
        if not node.bases or says_its_table(node):
            continue
        if node in own:
            bases = values.bases(path, node.name)
        else:
            bases = _bases_of_inner(node, inner, path, values)
        for mapper in _MAPPERS:
            if any(map(mapper.base.fullmatch, bases)):
                tables = tuple(_tables(mapper.library, node, path))
                yield Implied(node, tables, mapper.library, mapper.says)
                break


def _inner_classes(outline: Outline, own: Collection[ast.ClassDef]) -> dict[str, ast.ClassDef]:
    """The classes that functions make, by their names: `def models(db): class Bug(Model): …`."""
    if {owner for owner, _ in outline.bases} <= {it.name for it in own}:
        return {}  # as in far the most
    return {
        it.name: it
        for it in statements_in(outline.tree)
        if isinstance(it, ast.ClassDef) and it not in own
    }


def _bases_of_inner(
    node: ast.ClassDef, inner: Mapping[str, ast.ClassDef], path: PurePosixPath, values: Values
) -> frozenset[str]:
    """The libraries' classes that such a class is made from, by itself or by another of them."""
    found: set[str] = set()
    line = [node]
    for each in line:  # it grows meanwhile
        for base in each.bases:
            found |= values.of(path, Scope(), base) | values.bases(path, dotted(base))
            known = inner.get(dotted(base))
            line += [known] if known and known not in line else []
    return frozenset(found)


def says_its_table(node: ast.ClassDef) -> bool:
    """Whether a class itself says what its table is called, or that it has none."""
    return not (_SAID | _NO_TABLE).isdisjoint(_names_in(node))


def snake_case(name: str) -> str:
    """A class's name as tables are written: `item_tag` of `ItemTag`."""
    return _WORD_STARTS.sub("_", name).lower()


def _tables(library: str, node: ast.ClassDef, path: PurePosixPath) -> Iterator[str]:
    snake = snake_case(node.name)
    match library:
        case "Django":
            app = path.parent.parent if path.parent.name == "models" else path.parent
            yield f"{app.name}_{node.name.lower()}"
        case "SQLModel":
            told = {it.arg: it.value for it in node.keywords}.get("table")
            if isinstance(told, ast.Constant) and told.value is True:
                yield node.name.lower()
        case "Flask-SQLAlchemy":
            yield snake
        case "peewee":
            yield from (node.name.lower(), snake)
        case _:
            yield node.name.lower()


def _names_in(node: ast.ClassDef) -> Iterator[str]:
    """The names that a class gives values to, in itself and in its `Meta`."""
    for item in node.body:
        match item:
            case ast.Assign(targets=targets):
                yield from (it.id for it in targets if isinstance(it, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.FunctionDef(name=name):
                yield name
            case ast.ClassDef(name="Meta"):
                yield from _names_in(item)
