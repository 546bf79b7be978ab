"""Libraries whose database gives a table by its key, `db["t"]`: what tells it from a dictionary.

A module that is given the database need not import the library. Then what is asked of the table
says what it is, as long as the code uses the library at all.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.apis.callers import scoped
from refactor.apis.libraries import DATASET, SQLITE_UTILS, Argument, Library, Takes
from refactor.apis.values import UNKNOWN
from refactor.python.modules import Modules
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted, given_in, span_of
from refactor.recent import Recent

KEYED = frozenset({SQLITE_UTILS, DATASET})
"""The libraries that are known by what is asked of a table."""

_NAMED_DATABASE = re.compile(r"_*(?:\w*_)?(?:db|database)_*(?:\(\))?")
_TABLE_OF_NAMED = re.compile(r"\?(?:[\w.]+\.)?_*(?:\w+_)?(?:db|database)_*\[\](?:\.\w+\(\))*")
_OWN: Mapping[Library, frozenset[str]] = {
    SQLITE_UTILS: frozenset(
        {
            *("insert_all", "upsert_all", "rows_where", "columns_dict", "pks_and_rows_where"),
            *("enable_fts", "disable_fts", "rebuild_fts", "populate_fts", "detect_fts"),
            *("search_sql", "delete_where", "count_where", "transform_sql", "add_foreign_key"),
            *("add_missing_columns", "ensure_autocreate_columns", "analyze_column", "xindexes"),
            *("enable_counts", "has_counts_triggers", "virtual_table_using", "default_values"),
            *("guess_foreign_table", "guess_foreign_column", "m2m", "triggers_dict"),
        }
    ),
    DATASET: frozenset(
        {
            *("insert_ignore", "upsert_many", "create_column", "create_column_by_example"),
            *("drop_column", "has_column", "has_index"),
        }
    ),
}
"""What only the tables of one library have."""
_OWN_KEYWORDS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("create", "insert", "upsert"),
        frozenset(
            {
                *("pk", "alter", "ignore", "replace", "hash_id", "hash_id_columns", "not_null"),
                *("column_order", "foreign_keys", "defaults", "if_not_exists", "conversions"),
            }
        ),
    ),
    "transform": frozenset(
        {"types", "rename", "drop", "pk", "not_null", "defaults", "column_order", "keep_table"}
    ),
    "create_index": frozenset({"if_not_exists", "find_unique_name"}),
    "add_column": frozenset({"fk", "fk_col", "not_null_default"}),
}
"""Keywords that methods of other names than these have not, and only sqlite-utils' take."""
_OF_OTHER_TABLES = frozenset({"fk"})
"""Keywords that take another table, and are no other library's."""
_EVERYDAY_METHODS = frozenset({"table", "view", "extract"})
"""Methods that take a table's name, and that many other objects have."""
_PROPERTIES = frozenset(
    {"rows", "pks", "count", "schema", "columns", "indexes", "foreign_keys", "triggers"}
)
_EVERYDAY: Mapping[Library, frozenset[str]] = {
    SQLITE_UTILS: _PROPERTIES
    | {
        *("add_column", "convert", "create", "create_index", "delete", "drop", "duplicate"),
        *("exists", "extract", "get", "insert", "lookup", "optimize", "search", "transform"),
        *("update", "upsert"),
    },
    DATASET: frozenset(
        {
            *("all", "columns", "count", "create_index", "delete", "distinct", "drop", "exists"),
            *("find", "find_one", "insert", "insert_many", "update", "update_many", "upsert"),
        }
    ),
}
"""What their tables have as well, and many other objects have by the same name."""
_OTHERS = frozenset(
    {
        *("pymongo", "motor", "mongoengine", "flask_pymongo", "mongomock", "tinydb", "couchdb"),
        *("redis", "lancedb", "rethinkdb", "diskcache", "plyvel", "lmdb", "h5py", "zarr", "ZODB"),
        *("sqlitedict", "pickledb", "pandas", "xarray"),
    }
)
"""Packages that give something else by a key, or the tables of another system."""
_BUILT_IN = (dict, list, set, str)
_ITEM = "[]"
"""Stands for the method of what is looked up in turn: `db["t"]["x"]`."""
_KEPT = 200


class Likely(IntEnum):
    """How far what is done with `x["t"]` tells that `x` is a database."""

    NOT = 0
    MAYBE = 1
    """It is worth a question, and may well be something else."""
    PROBABLY = 2
    CERTAINLY = 3


class _Asked(Struct, frozen=True):
    """What is asked of what a key gives: a method with its call, or an attribute."""

    method: str
    call: ast.Call | None
    scope: Scope


class KeyedTables:
    """Answers whether what is looked up by a key is a table of a library that the code uses."""

    def __init__(
        self,
        modules: Modules,
        importing: Callable[[Collection[str]], Iterable[PurePosixPath]],
        imports: Callable[[PurePosixPath], tuple[tuple[str, str], ...]],
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            importing: the files that may import one of some packages.
            imports: the modules that a file imports, each with the name that it takes from there.
        """
        self._modules = modules
        self._importing = importing
        self._imports = imports
        self._used: dict[Library, bool] = {}
        self._asked: Recent[PurePosixPath, _Keys] = Recent(_KEPT)

    def is_used(self, library: Library) -> bool:
        """Whether any module imports a library whose databases give tables by their keys."""
        if library not in KEYED:
            return False
        if library not in self._used:
            self._used[library] = any(
                module.partition(".")[0] in library.packages
                for path in self._importing(library.packages)
                for module, _ in self._imports(path)
            )
        return self._used[library]

    def likely(
        self,
        path: PurePosixPath,
        fact: Takes,
        inside: ast.expr | None,
        argument: Argument,
        receiver: str,
    ) -> Likely:
        """How far a fact is about an object that nobody knows, by its name and its use.

        Args:
            path: the module.
            fact: of one of these libraries.
            inside: what is called, looked up or compared.
            argument: which one the name is.
            receiver: the object's path.
        """
        if isinstance(inside, ast.Subscript):
            told = self._by_key(path, fact.library, inside, receiver)
            if receiver.startswith(UNKNOWN):
                return told
            # Somebody else's: what their functions give may be a database, but what theirs is not.
            return Likely.NOT if _is_others(receiver) else min(told, Likely.PROBABLY)
        if _TABLE_OF_NAMED.fullmatch(receiver) and (fact.sure or argument in _OF_OTHER_TABLES):
            return Likely.CERTAINLY
        everyday = fact.method in _EVERYDAY_METHODS and not _is_named_database(receiver)
        if fact.sure is not None and not everyday:
            return Likely.PROBABLY
        return Likely.PROBABLY if re.fullmatch(fact.of, receiver) else Likely.NOT

    def _by_key(
        self, path: PurePosixPath, library: Library, node: ast.Subscript, receiver: str
    ) -> Likely:
        keys = self._keys(path)
        if keys is None or not isinstance(node.ctx, ast.Load):
            return Likely.NOT
        named = _is_named_database(receiver)
        asked = keys.asked.get(span_of(node))
        if named and library in keys.told[_holder(asked.scope if asked else None, node.value)]:
            return Likely.CERTAINLY
        if asked is None:
            return Likely.PROBABLY if named else Likely.NOT
        if _is_own(library, asked):
            return Likely.CERTAINLY if named else Likely.PROBABLY
        if named:
            return Likely.NOT if _is_no_tables(library, asked) else Likely.PROBABLY
        # What a call gives, or another key, is no database: `response.json()["items"].get(1)`.
        is_name = receiver.startswith(UNKNOWN) and receiver[-1:] not in {")", "]"}
        return Likely.MAYBE if is_name and _is_everyday(library, asked) else Likely.NOT

    def _keys(self, path: PurePosixPath) -> "_Keys | None":
        names = self._modules.names(path)
        if names is None:
            return None
        known = self._asked.get(path)
        if known is None or known.tree is not names.outline.tree:
            known = self._asked.keep(path, _Keys(names.outline.tree))
        return known


class _Keys:
    """What one module asks of what it looks up by keys."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.asked = {span_of(key): asked for key, asked in _asked_in(tree)}
        self.told: dict[tuple[Scope, str], set[Library]] = defaultdict(set)
        """By scope and object, the libraries that alone have what is asked of its tables."""
        for key, asked in _asked_in(tree):
            told = {library for library in KEYED if _is_own(library, asked)}
            self.told[_holder(asked.scope, key.value)] |= told


def _is_others(receiver: str) -> bool:
    root = receiver.partition(".")[0].removesuffix("()")
    return root in sys.stdlib_module_names or root in _OTHERS


def _is_named_database(receiver: str) -> bool:
    """Whether an object that nobody knows is called a database."""
    return bool(_NAMED_DATABASE.fullmatch(last_part(receiver).removeprefix(UNKNOWN)))


def _holder(scope: Scope | None, value: ast.expr) -> tuple[Scope, str]:
    """An object and the scope in which its name means the same: the class, for one of `self`."""
    name = dotted(value)
    if scope is None:
        return Scope(), ""
    return (Scope(scope.owner) if name.startswith("self.") else scope), name


def _asked_in(tree: ast.Module) -> Iterator[tuple[ast.Subscript, _Asked]]:
    """Each key of a module with what is asked of what it gives."""
    called: dict[int, ast.Call] = {}
    for scope, node in scoped(tree):
        match node:
            case ast.Call(func=ast.Attribute() as func):
                called[id(func)] = node
            case ast.Attribute(value=value, attr=name):
                key = _as_it_is(value)
                if isinstance(key, ast.Subscript):
                    yield key, _Asked(name, called.get(id(node)), scope)
            case ast.Subscript(value=ast.Subscript() as key):
                yield key, _Asked(_ITEM, None, scope)


def _as_it_is(node: ast.expr) -> ast.expr:
    """What type checkers are told to be something else: `cast(Table, db["t"])`."""
    match node:
        case ast.Call(func=func, args=[_, value]) if dotted(func) in {"cast", "typing.cast"}:
            return value
    return node


def _is_own(library: Library, asked: _Asked) -> bool:
    """Whether nothing else has such a method, with such arguments."""
    if asked.method in _OWN[library]:
        return True
    if asked.call is None or library is not SQLITE_UTILS:
        return False
    given = {it.arg for it in asked.call.keywords}
    return not given.isdisjoint(_OWN_KEYWORDS.get(asked.method, ()))


def _is_no_tables(library: Library, asked: _Asked) -> bool:
    """Whether only dictionaries, lists and texts have it: a table's rows have no place or key."""
    if asked.method in _OWN[library] | _EVERYDAY[library]:
        return False
    return asked.method == _ITEM or any(hasattr(it, asked.method) for it in _BUILT_IN)


def _is_everyday(library: Library, asked: _Asked) -> bool:
    """Whether a table has such a method, and what it is given does not tell of a collection."""
    if asked.method not in _EVERYDAY[library]:
        return False
    if asked.call is None:
        return asked.method in _PROPERTIES
    return not _is_of_collection(asked.method, asked.call, library)


def _is_of_collection(method: str, call: ast.Call, library: Library) -> bool:
    """Whether a call is that of a dictionary or a list, or of nothing that tables have."""
    arguments = given_in(call)
    if method in _PROPERTIES:
        return library is not DATASET or bool(call.args)
    match method, arguments:
        case "get", [ast.Constant(value=str())]:
            return True  # by a key
        case "get", _:
            return len(arguments) > 1
        case "insert", [ast.Constant(value=int()), *_]:
            return True  # at a place
        case "update", _:
            return len(arguments) < 2  # noqa: PLR2004 - a table's row, and what it becomes
    return False
