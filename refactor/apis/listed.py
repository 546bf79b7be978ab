"""Collections of the names of tables that a database says it has, however they were gathered.

What a list, a set or a comprehension is made of is as good as itself here: `set(db.table_names())`,
`[t.name for t in db.tables]`, `{row[0] for row in rows}` with the rows of SQLite's own catalog.
"""

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.apis.callers import Callers, argument_of
from refactor.apis.libraries import CATALOG
from refactor.apis.loops import Loops
from refactor.apis.used import used
from refactor.apis.values import FARTHEST, Values
from refactor.flow.functions import MEETS
from refactor.python.modules import Modules
from refactor.python.outline import Scope
from refactor.python.outlining import executes
from refactor.python.syntax import dotted

_COPIES = frozenset({"frozenset", "list", "set", "sorted", "tuple"})
_CATALOG_ASKED = re.compile(
    r"\s*SELECT\s+(?:DISTINCT\s+)?(?P<columns>\w+(?:\s*,\s*\w+)*)"
    r"\s+FROM\s+(?:main\.)?sqlite_(?:master|schema|sequence)"
    r"(?:\s+WHERE\s(?P<where>.*?))?(?:\s+ORDER\s+BY\s+[\w\s,]+)?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_NOT_OF_TABLES = re.compile(
    r"\btype\s*(?!=|\bIN\b|\bIS\s+'|\bLIKE\b)\S|[\"'](?:index|trigger)[\"']|[?:@$]", re.IGNORECASE
)
"""What a condition says that leaves other names than those of tables and views, or may do so."""
_KIND_ASKED = r"(?i)(\btype\s*=\s*)\?"
_NAMES = frozenset({"name", "tbl_name"})
_OF_LISTS = frozenset({"count", "discard", "index", "remove"})
_KEEPS = frozenset({"intersection", "symmetric_difference"})
"""What gives items of the second collection as well."""
_ITSELF = "itself"
_ROWS = f"{CATALOG.packages[0]}.rows."
"""Begins the path of rows of the catalog: how long they are, and the names' place and column."""
_ROW = f"{CATALOG.packages[0]}.row."
"""Begins the path of one row of the catalog, which goes on as that of all of them."""
_BOUND = frozenset({("self",), ("cls",)})
_IF = "?if="
"""Behind a path: what is there holds only if a parameter of that name says that it is of tables."""
_CATALOG_NAMES = f"{CATALOG.packages[0]}.names"
"""The path of the names of tables in the catalog."""
_CATALOG_NAME = f"{CATALOG.packages[0]}.name"
"""The path of one of them."""
_FETCHES = frozenset({"close", "fetchall", "fetchmany", "fetchone"})
"""What a cursor is asked for, and executes nothing."""
_LISTS_NAMES = (
    *(".table_names()", ".view_names()", ".get_table_names()", ".get_tables()"),
    *(".tables[].name", ".views[].name", ".sorted_tables[].name", "[]._meta.db_table"),
    *("[]._meta.table_name", "[].__tablename__", "[].__table__.name"),
    *("etadata.tables", "MetaData().tables", ".tables.keys()", ".tables.items()[].0"),
    ".tables.values()[].name",
)
_ELSE = "builtins.str()"
"""The path of what is no table's name, or no longer spelled as one."""


class Seen(Struct, frozen=True):
    """What expressions stand for: each by itself, and what collections are made of."""

    values: Values
    listed: "Listed"


class Listed(Values):
    """Answers what the items of a collection are, where `Values` says that it is a list."""

    def __init__(
        self, modules: Modules, packages: Collection[str], callers: Callers | None = None
    ) -> None:
        """Follow names through these modules, as `Values` does."""
        super().__init__(modules, packages, callers)
        self._loops = Loops(modules)

    def in_loop(
        self, path: PurePosixPath, scope: Scope, node: ast.expr, at: ast.expr
    ) -> frozenset[str]:
        """The names of tables of which an expression is one, in the loop around a place."""
        root = node.value if isinstance(node, ast.Attribute | ast.Subscript) else node
        names = self._modules.names(path)
        if not isinstance(root, ast.Name) or names is None:
            return frozenset()
        inmost = self._loops.binding(path, root.id, at)
        if inmost is None:
            return frozenset()
        found = self._each(path, scope, node, inmost.target, inmost.items, 0) or frozenset()
        if not any(map(_are_names, found)):
            return frozenset()
        return found | {_ELSE} if names.assigned.get((scope, root.id)) else found

    def one_name(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> frozenset[str]:
        """The names of tables of which an expression is one that was fetched from the catalog."""
        root = node.value if isinstance(node, ast.Subscript) else node
        names = self._modules.names(path)
        if isinstance(root, ast.Name) and names is not None:
            given = names.assigned.get((scope, root.id), ())
            if not given or used(names.outline.tree, scope, root.id).stores != len(given):
                return frozenset()  # a loop, or who knows what, gives it something else
        found = self.of(path, scope, node)
        if _CATALOG_NAME not in found:
            return frozenset()
        return frozenset({_CATALOG_NAMES, *({_ELSE} if len(found) > 1 else ())})

    def of(
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int = 0
    ) -> frozenset[str]:
        """All that an expression may stand for; of a collection, what it was made from."""
        deeper = depth + 1
        found = None
        match node if depth <= FARTHEST else None:
            case ast.Call(func=ast.Name(id=name), args=[made_from]) if name in _COPIES:
                return self.of(path, scope, made_from, deeper)
            case ast.Call(func=ast.Name(id="dict"), args=[pairs], keywords=[]):
                found = self._keys(path, scope, pairs, deeper)
            case ast.Call(func=ast.Attribute(value=asked, attr=method), args=given):
                found = self._rows(path, scope, asked, method, given, deeper)
            case (
                ast.ListComp(elt=item, generators=each)
                | ast.SetComp(elt=item, generators=each)
                | ast.GeneratorExp(elt=item, generators=each)
                | ast.DictComp(key=item, generators=each)
            ):
                if len(each) == 1:
                    found = self._each(path, scope, item, each[0].target, each[0].iter, deeper)
            case ast.Subscript(value=row, slice=ast.Constant(value=str() | int() as key)):
                found = self._part(path, scope, row, str(key), deeper)
            case ast.BinOp(left=left, op=ast.Sub()):
                return self.of(path, scope, left, deeper)
            case ast.List(elts=[]) | ast.Tuple(elts=[]):
                return frozenset()  # what it gets later on is something else
        if not found:
            found = self._made_somehow(path, scope, node, deeper)
        return found or super().of(path, scope, node, depth)

    def _rather(self, given: frozenset[str], annotated: frozenset[str]) -> frozenset[str]:
        """What something is given: that it is a list or a text says nothing of the names in it."""
        return given or annotated

    def _rows(
        self,
        path: PurePosixPath,
        scope: Scope,
        asked: ast.expr,
        method: str,
        given: Sequence[ast.expr],
        depth: int,
    ) -> frozenset[str] | None:
        """What a method gives of the catalog, if it executes such a statement or fetches all."""
        match given:
            case [ast.Constant(value=str() as sql)] if executes(method):
                rows = _rows_of(sql)
                return frozenset({rows}) if rows else None
            case [ast.Constant(value=str() as sql), ast.Tuple(elts=[kind])] if executes(method):
                rows = _rows_of(re.sub(_KIND_ASKED, r"\1'table'", sql, count=1))
                asked_for = kind.id if isinstance(kind, ast.Name) else ""
                return frozenset({f"{rows}{_IF}{asked_for}"}) if rows and asked_for else None
            case [] if method in {"fetchall", "fetchone"}:
                found = self._fetched(path, scope, asked, depth)
                if not found or not all(it.startswith(_ROWS) for it in found):
                    return None
                if method == "fetchall":
                    return found
                return frozenset(_ROW + it.removeprefix(_ROWS) for it in found)
        return None

    def _told(
        self, path: PurePosixPath, scope: Scope, node: ast.Call, depth: int
    ) -> frozenset[str] | None:
        """What a function gives that is told of what kind the names are: `names("table")`."""
        found = None
        for file, function in self._functions(path, scope, node.func):
            names = self._modules.names(file)
            positional = dict(names.outline.positional).get(function, ()) if names else ()
            positional = positional[1:] if positional[:1] in _BOUND else positional
            given = self._result(file, function, depth)
            told = frozenset(_if_told(it, node, positional) for it in given if _IF in it)
            found = (found or frozenset()) | told | {it for it in given if _IF not in it}
            if not told:
                return None
        return found

    def _fetched(
        self, path: PurePosixPath, scope: Scope, asked: ast.expr, depth: int
    ) -> frozenset[str]:
        """What a cursor gives: of what was executed last, if that is seen."""
        names = self._modules.names(path)
        if not isinstance(asked, ast.Name) or names is None:
            return self.of(path, scope, asked, depth)
        mine = used(names.outline.tree, scope, asked.id)
        given: Sequence[ast.expr] = names.assigned.get((scope, asked.id), ())
        if mine.stores == 0 or mine.stores != len(given):
            return frozenset()  # elsewhere it may have executed something else since
        if not mine.executed:
            return self.of(path, scope, asked, depth)
        is_alone = len(given) == len(mine.executed) == 1 and not mine.escapes
        if not is_alone or not mine.methods <= _FETCHES or not _is_new_cursor(given[0]):
            return frozenset()
        return self.of(path, scope, mine.executed[0], depth)

    def _part(
        self, path: PurePosixPath, scope: Scope, row: ast.expr, key: str, depth: int
    ) -> frozenset[str] | None:
        """What stands in a row of the catalog, by its place or its column."""
        found = self.of(path, scope, row, depth)
        if not found or not all(it.startswith(_ROW) for it in found):
            return None
        return frozenset(
            _CATALOG_NAME if _is_name(it.removeprefix(_ROW), key) else _ELSE for it in found
        )

    def _keys(
        self, path: PurePosixPath, scope: Scope, pairs: ast.expr, depth: int
    ) -> frozenset[str] | None:
        """What the keys of a dictionary are that is made of the catalog's rows."""
        rows = self.of(path, scope, pairs, depth)
        if not rows or not all(it.startswith(_ROWS) for it in rows):
            return None
        firsts = (_is_name(it.removeprefix(_ROWS), "0") for it in rows)
        return frozenset(_CATALOG_NAMES if it else _ELSE for it in firsts)

    def _each(
        self,
        path: PurePosixPath,
        scope: Scope,
        item: ast.expr,
        target: ast.expr,
        items: ast.expr,
        depth: int,
    ) -> frozenset[str] | None:
        """What a loop gathers of a collection: its items themselves, or the same part of each."""
        found = set()
        picked = _picked(item, target)
        for it in self.of(path, scope, items, depth):
            if picked == _ITSELF:
                found.add(it)
            elif it.startswith(_ROWS):
                rows, condition, parameter = it.removeprefix(_ROWS).partition(_IF)
                names = _CATALOG_NAMES + condition + parameter
                found.add(names if _is_name(rows, picked) else _ELSE)
            elif picked:
                found.add(f"{it}[].{picked}")
            elif _are_names(it):
                found |= {it, _ELSE}
        return frozenset(found) or None

    def _made_somehow(
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int
    ) -> frozenset[str] | None:
        """What is made of names in another way: they may be in it, and spelled otherwise."""
        told = self._told(path, scope, node, depth) if isinstance(node, ast.Call) else None
        if told:
            return told
        made_from = (it for part in _parts(node) for it in self.of(path, scope, part, depth))
        names = frozenset(filter(_are_names, made_from))
        return names | {_ELSE} if names else None


def _if_told(made_from: str, call: ast.Call, positional: Sequence[str]) -> str:
    """What is made of names that are tables' if a parameter says so, where a call says what."""
    names, _, parameter = made_from.partition(_IF)
    match argument_of(call, parameter, tuple(positional)):
        case ast.Constant(value="table" | "view"):
            return names
    return _ELSE


def _parts(node: ast.expr) -> Sequence[ast.expr]:
    """What goes into a collection that is made of others, or may do so."""
    match node:
        case ast.Call(args=given):
            return given
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [it for it in items if isinstance(it, ast.Starred)]
        case ast.BinOp(left=left, right=right):
            return (left, right)
    return ()


def _are_names(made_from: str) -> bool:
    return made_from == _CATALOG_NAMES or made_from.endswith(_LISTS_NAMES)


def _is_name(row: str, key: str) -> bool:
    """Whether a place or a column of such a row is a table's name, whatever else is said."""
    if _IF in row:
        return False
    _, place, column = row.split(".")
    return key.lower() in {place, column}


def _is_new_cursor(node: ast.expr) -> bool:
    """Whether something is a cursor which has executed nothing yet."""
    return isinstance(node, ast.Call) and dotted(node).endswith(".cursor()")


def _rows_of(sql: str) -> str | None:
    """The path of what a statement gives, if that is names of tables and of nothing else."""
    asked = _CATALOG_ASKED.fullmatch(sql)
    if asked is None or _NOT_OF_TABLES.search(asked["where"] or ""):
        return None
    columns = [it.strip().lower() for it in asked["columns"].split(",")]
    place = next((at for at, it in enumerate(columns) if it in _NAMES), None)
    return None if place is None else f"{_ROWS}{len(columns)}.{place}.{columns[place]}"


def _picked(item: ast.expr, target: ast.expr) -> str:
    """What a comprehension takes of each thing: a place, a key or an attribute; empty if else."""
    match target, item:
        case ast.Name(id=each), ast.Name(id=name) if name == each:
            return _ITSELF
        case ast.Name(id=each), ast.Attribute() if (chain := dotted(item)).startswith(
            f"{each}."
        ) and chain.replace(".", "").isidentifier():
            return chain.removeprefix(f"{each}.")
        case (
            ast.Name(id=each),
            ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() | int() as key)),
        ) if name == each:
            return str(key)
        case ast.Tuple(elts=parts), ast.Name(id=name):
            names = [dotted(it) for it in parts]
            return str(names.index(name)) if name in names else ""
    return ""


def sides(node: ast.AST) -> Iterator[tuple[ast.expr, bool]]:
    """The collections that something may meet, each with whether it gets lost in what they make."""
    match node:
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[names]):
            yield names, False
        case ast.Compare(left=left, comparators=[right]):
            yield from ((left, False), (right, False))
        case ast.Call(func=ast.Attribute(value=names, attr=method)) if method in _OF_LISTS:
            yield names, False
        case ast.Call(func=ast.Attribute(value=left, attr=method), args=others) if method in MEETS:
            yield left, method in _KEEPS
            yield from ((it, method == "symmetric_difference") for it in others)
        case ast.AugAssign(target=left, op=ast.Sub()):
            yield left, False
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield from ((left, False), (right, False))
        case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr() | ast.BitXor(), right=right):
            yield from ((left, True), (right, True))
        case ast.AugAssign(target=left, op=ast.BitAnd() | ast.BitXor()):
            yield left, True
