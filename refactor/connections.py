"""Which database a piece of code talks to: the path that reaches it.

A path is followed from where it is spelled (a literal, a constant, an entry of a configuration
dictionary, a default argument) over names, attributes, helper functions, base classes and
imports to the scopes that use it. The nearest scope that reaches any database is the answer:
the function, then its class, then its module.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from refactor.databasepaths import database_in, is_temporary, other_database
from refactor.folders import load_of
from refactor.legacy import Legacy
from refactor.modules import TOO_FAR, Definition, Modules
from refactor.outline import Load, Scope

_SQLITE_DRIVERS = frozenset(
    {"sqlite3", "apsw", "aiosqlite", "pysqlite3", "sqlcipher3", "sqlite_utils", "sqlalchemy"}
)
_OTHER_DRIVERS = frozenset(
    {
        *("psycopg", "psycopg2", "asyncpg", "pg8000", "aiopg", "redshift_connector"),
        *("MySQLdb", "pymysql", "mysql", "aiomysql", "asyncmy", "mariadb"),
        *("oracledb", "cx_Oracle", "pyodbc", "pymssql", "ibm_db", "fdb", "firebird"),
        *("snowflake", "clickhouse_driver", "clickhouse_connect", "trino", "pyhive", "databricks"),
        "duckdb",
    }
)


@dataclass(frozen=True, slots=True)
class Connection:
    """The databases that a scope reaches, and from how near."""

    databases: frozenset[str]
    """Databases of the plan."""
    others: frozenset[str]
    """Paths of database files that the plan does not know."""
    level: str
    """`function`, `class` or `module`."""


class Connections:
    """Answers which databases a scope reaches."""

    def __init__(self, modules: Modules, legacy: Legacy) -> None:
        self._modules = modules
        self._legacy = legacy
        self._known: dict[tuple[PurePosixPath, Scope], frozenset[str]] = {}

    def of(self, path: PurePosixPath, scope: Scope) -> Connection | None:
        """The databases that the nearest scope around a place reaches, if any does."""
        for level, found in self._levels(path, scope):
            if found:
                planned = frozenset(
                    item
                    for item in found
                    if item in self._legacy.databases.get(PurePosixPath(item).name, ())
                )
                return Connection(planned, found - planned, level)
        return None

    def other_driver(self, path: PurePosixPath) -> str | None:
        """The driver of another database system that a module imports, if none for SQLite."""
        names = self._modules.names(path)
        imported = (
            {module.partition(".")[0] for _, module, _ in names.outline.imports} if names else set()
        )
        if imported & _SQLITE_DRIVERS:
            return None
        return min(imported & _OTHER_DRIVERS, default=None)

    def _levels(self, path: PurePosixPath, scope: Scope) -> Iterator[tuple[str, frozenset[str]]]:
        names = self._modules.names(path)
        if names is None:
            return
        function = scope
        while function.function:
            yield "function", self._of_scope(path, function, 0)
            function = Scope(function.owner, function.function.rpartition(".")[0])
        if scope.owner:
            yield "class", self._of_class(path, scope.owner, 0)
        scopes = sorted({*names.literals, *names.loads})
        yield "module", frozenset().union(*(self._of_scope(path, each, 0) for each in scopes))

    def _of_scope(self, path: PurePosixPath, scope: Scope, depth: int) -> frozenset[str]:
        """All databases that one scope's own lines reach."""
        names = self._modules.names(path)
        if names is None or depth > TOO_FAR:
            return frozenset()
        if (path, scope) not in self._known:
            self._known[path, scope] = frozenset()  # what calls itself adds nothing to itself
            found: set[str] = set()
            for site in names.literals.get(scope, ()):
                found |= self._of_literal(site.literals[0], site.context.joined_to)
            for load in names.loads.get(scope, ()):
                found |= self._of_load(path, scope, load, depth + 1)
            self._known[path, scope] = frozenset(found)
        return self._known[path, scope]

    def _of_class(self, path: PurePosixPath, owner: str, depth: int) -> frozenset[str]:
        names = self._modules.names(path)
        if names is None or depth > TOO_FAR:
            return frozenset()
        scopes = sorted(names.classes[owner])
        return frozenset().union(
            *(self._of_scope(path, scope, depth + 1) for scope in scopes),
            *(
                self._of_load(path, Scope(), Load(base), depth + 1)
                for base in names.bases_of(owner)
            ),
        )

    def _of_load(self, path: PurePosixPath, scope: Scope, load: Load, depth: int) -> frozenset[str]:
        if depth > TOO_FAR:
            return frozenset()
        definitions = self._modules.definitions(path, scope, load)
        return frozenset().union(
            *(self._of_definition(found, load.key, depth + 1) for found in definitions)
        )

    def _of_definition(self, found: Definition, key: str, depth: int) -> frozenset[str]:
        if found.value is not None:
            return self._of_expression(found.path, found.scope, found.value, key, depth)
        if found.scope.function:
            return self._of_scope(found.path, found.scope, depth)
        return self._of_class(found.path, found.scope.owner, depth)

    def _of_expression(
        self, path: PurePosixPath, scope: Scope, node: ast.AST, key: str, depth: int
    ) -> frozenset[str]:
        """The databases that an expression's value may name."""
        match node:
            case ast.Constant(value=str() as text):
                return self._of_literal(text, None)
            case ast.BinOp(left=left, op=ast.Div()) if is_temporary(left):
                return frozenset()
            case ast.Dict(keys=keys, values=values) if key:
                picked = [
                    value
                    for name, value in zip(keys, values, strict=True)
                    if isinstance(name, ast.Constant) and name.value == key
                ]
                return self._of_all(path, scope, picked, depth)
        load = load_of(node)
        if load:
            return self._of_load(path, scope, load, depth + 1)
        return self._of_all(path, scope, ast.iter_child_nodes(node), depth)

    def _of_all(
        self, path: PurePosixPath, scope: Scope, nodes: Iterable[ast.AST], depth: int
    ) -> frozenset[str]:
        return frozenset().union(
            *(self._of_expression(path, scope, node, "", depth) for node in nodes)
        )

    def _of_literal(self, text: str, joined_to: ast.expr | None) -> frozenset[str]:
        found = database_in(text, self._legacy)
        if found:
            return frozenset({found.database})
        if other_database(text) and not is_temporary(joined_to):
            return frozenset({text})
        return frozenset()
