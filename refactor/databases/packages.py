"""Which package of somebody else's runs a statement, where retable does not know it.

What `osquery.SpawnInstance().client` or a company's own client asks need be no file of SQLite's,
let alone one of the plan's. What is given a database or a path of it is followed there instead.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.databases.drivers import MAY_OPEN_OTHERS, SENDERS, SQLITE_DRIVERS
from refactor.databases.folders import load_of
from refactor.databases.handles import EXECUTES
from refactor.python.modules import Definition, Modules, Names
from refactor.python.outline import Context, Load, Scope, last_part
from refactor.python.syntax import dotted, walked
from refactor.recent import Recent

_OVER_SQLITE = frozenset(
    {
        *("sqlmodel", "peewee", "playhouse", "databases", "records", "dataset", "tortoise", "pony"),
        *("piccolo", "ormar", "orm", "gino", "storm", "sqlobject", "pydal", "web", "masonite"),
        *("orator", "pugsql", "aiosql", "anosql", "sqlitedict", "pysqlite2", "pysqlcipher3"),
        *("sqlcipher", "alembic", "yoyo", "caribou", "datasette", "advanced_alchemy", "pypika"),
        *("ibis", "pandas", "petl", "geopandas", "dask", "modin", "osgeo", "sqlalchemy_utils"),
        *("django", "flask_sqlalchemy", "flask_migrate", "quart_db", "twisted", "trac", "IPython"),
        *("PyQt4", "PyQt5", "PyQt6", "PySide", "PySide2", "PySide6", "qtpy", "qgis", "gluon"),
        *("streamlit", "airflow", "prefect", "luigi", "agate", "csvkit", "asyncdb", "sqlite_vec"),
    }
)
"""Packages that are followed, or run SQL on files of SQLite's too, as they are told."""
_OF_NO_DATABASE = frozenset(
    {
        *("flask", "quart", "fastapi", "starlette", "litestar", "sanic", "bottle", "tornado"),
        *("celery", "click", "typer", "pytest", "mock", "sqlparse", "sqlglot", "sqlfluff"),
        *("jinja2", "jinjasql", "rich", "structlog", "loguru", "tenacity", "retrying", "invoke"),
        *("injector", "dependency_injector", "attr", "attrs", "pydantic", "anyio", "trio"),
        *("asgiref", "greenlet", "gevent", "eventlet", "concurrent", "joblib", "wrapt"),
    }
)
"""Packages that hand on what they are given, or take SQL only as text."""
_KNOWN = SQLITE_DRIVERS | MAY_OPEN_OTHERS | SENDERS | _OVER_SQLITE | _OF_NO_DATABASE
_RUN = ("exec", "query", "fetch", "sql")
_BEGIN_AS = ("run", "arun", "select", "raw", "ask")
"""What the names of methods that run a statement have in them, or begin with."""
_OF_SERVERS = frozenset(
    {
        *("host", "hostname", "port", "user", "username", "password", "token", "auth_token"),
        *("auth", "key", "api_key", "secret", "endpoint", "region", "account", "timeout"),
    }
)
"""What a client is told of a server, which is no path and no connection."""
_OWN = ("self", "cls")
_STEPS = 5
_KEPT = 5_000


class _Taken(Struct, frozen=True):
    """What a module imports."""

    packages: bool
    """Whether some of it is of packages that nobody knows."""
    names: frozenset[str]
    """The names of what is, or is of the code."""


_NOT_TAKEN = _Taken(packages=False, names=frozenset())


class Packages:
    """Answers whose package runs a statement, by the names around it."""

    def __init__(self, modules: Modules, has_own: Callable[[str], bool]) -> None:
        """Follow names through some modules.

        Args:
            modules: what they call what.
            has_own: whether the project has a package of a name, be it read or not.
        """
        self._modules = modules
        self._has_own = has_own
        self._taking: dict[PurePosixPath, _Taken] = {}
        self._known: Recent[tuple[PurePosixPath, Scope, str], str] = Recent(_KEPT)

    def may_run(self, path: PurePosixPath, context: Context) -> bool:
        """Whether one may run a statement, which is an argument of a call or has a name."""
        call, root = context.inside, context.callee.partition(".")[0].removesuffix("()")
        if not self._may_come(root, path, context.scope):
            return False
        if not isinstance(call, ast.Call):
            return bool(context.target) and self._runs_in(path, context.scope)
        if self.running(call, path, context.scope) or self.inherited(call, path, context.scope):
            return True
        load = load_of(call.func)
        given = [*self._modules.definitions(path, context.scope, load)] if load else []
        if not given and self._may_be_made(call.func, path, context.scope):
            given = [*self._methods(call.func, path, context.scope)]
        return any(self._runs_in(it.path, it.scope) for it in given if it.value is None)

    def _may_be_made(self, func: ast.expr, path: PurePosixPath, scope: Scope) -> bool:
        """Whether the object of a method may be of a class of the code: that is cheap to see.

        What is called as one for all that run SQL must be seen to be made here.
        """
        value = func.value if isinstance(func, ast.Attribute) else None
        names = self._modules.names(path)
        if value is None or names is None:
            return False
        if isinstance(value, ast.Name) and value.id not in _OWN:
            places = {(scope, value.id), (Scope(), value.id)}
            made = [it for place in places for it in names.assigned.get(place, ())]
            return value.id in names.imports or any(map(_makes_object, made))
        return _makes_object(value) or last_part(dotted(func)) not in EXECUTES

    def _methods(self, func: ast.expr, path: PurePosixPath, scope: Scope) -> Iterator[Definition]:
        """The methods of the code's own classes that are called on an object of one."""
        if isinstance(func, ast.Attribute):
            for it in self._classes(func.value, path, scope):
                inside = Scope(it.scope.owner)
                yield from self._modules.definitions(it.path, inside, Load("self", func.attr))

    def _classes(
        self, node: ast.expr, path: PurePosixPath, scope: Scope, depth: int = 0
    ) -> Iterator[Definition]:
        """The classes of the code that an object is made of, where that is seen."""
        made = isinstance(node, ast.Call)
        load = load_of(node.func if isinstance(node, ast.Call) else node)
        given = self._modules.definitions(path, scope, load) if load and depth <= _STEPS else ()
        for it in given:
            if it.value is not None:
                yield from () if made else self._classes(it.value, it.path, it.scope, depth + 1)
            elif made and not it.scope.function:
                yield it

    def _runs_in(self, path: PurePosixPath, scope: Scope) -> bool:
        """Whether something in a function may run a statement that is of such a package."""
        names = self._modules.names(path)
        loads = dict.fromkeys(names.loads.get(scope, ()) if names else ())
        receivers = (
            ast.Attribute(ast.Name(it.name), it.attribute) if it.name in _OWN else ast.Name(it.name)
            for it in loads
            if it.attribute and (it.name in _OWN or _runs(it.attribute))
        )
        return any(self._of(it, path, scope) for it in receivers)

    def running(self, call: ast.Call, path: PurePosixPath, scope: Scope) -> str:
        """The package that runs a statement by a call; empty if it is not seen, or known."""
        func = call.func
        if not _runs(last_part(dotted(func))) or self._is_wrapped(call, path):
            return ""
        return self._of(func.value if isinstance(func, ast.Attribute) else func, path, scope)

    def inherited(self, call: ast.Call, path: PurePosixPath, scope: Scope) -> str:
        """The package of a base that alone may have the method by which a call runs a statement."""
        func = call.func
        if not isinstance(func, ast.Attribute) or not _runs(func.attr):
            return ""
        root = dotted(func.value).partition(".")[0].removesuffix("()")
        if not self._may_come(root, path, scope) or not self._may_be_made(func, path, scope):
            return ""
        if self._is_wrapped(call, path):
            return ""
        own = isinstance(func.value, ast.Name) and root in _OWN and scope.owner
        mine = Definition(path, Scope(scope.owner), None)
        for it in (mine,) if own else self._classes(func.value, path, scope):
            method = Load("self", func.attr)
            names = self._modules.names(it.path)
            inside = Scope(it.scope.owner)
            if names and not any(self._modules.definitions(it.path, inside, method)):
                bases = names.bases_of(it.scope.owner)
                packages = {self._package(base.partition(".")[0], names) for base in bases}
                if packages and "" not in packages:
                    return min(packages)
        return ""

    def _is_wrapped(self, call: ast.Call, path: PurePosixPath) -> bool:
        """Whether a known package has wrapped the statement for its own, as `text(sql)`."""
        names = self._modules.names(path)
        wraps = (dotted(it.func).partition(".")[0] for it in call.args if isinstance(it, ast.Call))
        return names is not None and any(_package_of(it, names) in _KNOWN for it in wraps)

    def _of(self, receiver: ast.expr, path: PurePosixPath, scope: Scope) -> str:
        """The only package that what runs something may be of."""
        name = dotted(receiver)
        root = name.partition(".")[0]
        if not self._may_come(root.removesuffix("()"), path, scope):
            return ""
        own = root in _OWN
        key = path, Scope(scope.owner) if own else scope, name
        known = None if "(" in name else self._known.get(key)  # what it is given may differ
        if known is None:
            found = {*self._origins(receiver, path, scope, 0)}
            known = self._known.keep(key, min(found) if "" not in found and found else "")
        return known

    def _may_come(self, root: str, path: PurePosixPath, scope: Scope) -> bool:
        """Whether a name may lead to such a package: by its module, or by what that imports."""
        names = self._modules.names(path)
        taken = self._taken(path, names) if names else _NOT_TAKEN
        if names is None or taken.packages or not taken.names:
            return taken.packages
        if root in _OWN or root in taken.names:
            return root not in _OWN
        # What each name is given is only listed where the function speaks of such an import.
        if not any(it.name in taken.names for it in names.loads.get(scope, ())):
            return False
        given = names.assigned.get((scope, root), ())
        return any(dotted(it).partition(".")[0].removesuffix("()") in taken.names for it in given)

    def _taken(self, path: PurePosixPath, names: Names) -> _Taken:
        """What a module imports of the code, and of packages that nobody knows."""
        known = self._taking.get(path)
        if known is None:
            packages = {it: module.partition(".")[0] for it, (module, _) in names.imports.items()}
            unknown = {it: of for it, of in packages.items() if not of or _is_unknown(of)}
            others = {*unknown.values()} - {""}
            known = _Taken(
                any(not self._modules.imported(it, path) for it in others), frozenset(unknown)
            )
            self._taking[path] = known
        return known

    def _origins(
        self, node: ast.expr, path: PurePosixPath, scope: Scope, depth: int
    ) -> Iterator[str]:
        """The packages that an expression's object may be of; nothing of what is the code's."""
        names = self._modules.names(path)
        while isinstance(node, ast.Await | ast.Subscript | ast.NamedExpr):
            node = node.value
        if names is None or depth > _STEPS:
            yield ""
            return
        called = isinstance(node, ast.Call)
        what = node.func if isinstance(node, ast.Call) else node
        load = load_of(what) if isinstance(what, ast.Name | ast.Attribute) else None
        given = [*self._modules.definitions(path, scope, load)] if load else []
        for it in given:
            if it.value is not None:
                yield from self._origins(it.value, it.path, it.scope, depth + 1)
            elif called and it.scope.function:
                yield from self._results(it.path, it.scope, depth)
            else:
                yield ""
        if given:
            return
        if isinstance(node, ast.Call) and _are_given(node, scope, names):
            yield ""
            return
        match what:
            case ast.Attribute(value=value) if dotted(value) not in _OWN:
                yield from self._origins(value, path, scope, depth)
            case ast.Name(id=name) if (scope, name) not in names.outline.parameters:
                yield self._package(name, names)
            case _:
                yield ""

    def _results(self, path: PurePosixPath, scope: Scope, depth: int) -> Iterator[str]:
        names = self._modules.names(path)
        results = [it for of, it in names.outline.returned if of == scope] if names else []
        for it in results:
            yield from self._origins(it, path, scope, depth + 1)
        if not results:
            yield ""

    def _package(self, name: str, names: Names) -> str:
        """The package that a name is imported from, if it is neither the code's nor known."""
        package = _package_of(name, names)
        return package if _is_unknown(package) and not self._has_own(package) else ""


def _runs(method: str) -> bool:
    """Whether a method is called as if it ran a statement."""
    return method.startswith(_BEGIN_AS) or any(it in method for it in _RUN)


def _package_of(name: str, names: Names) -> str:
    return names.imports.get(name, ("", ""))[0].partition(".")[0]


def _is_unknown(package: str) -> bool:
    """Whether a package is none of Python's own and none that retable knows: the code's may be."""
    return bool(package) and package not in sys.stdlib_module_names and package not in _KNOWN


def _are_given(call: ast.Call, scope: Scope, names: Names) -> bool:
    """Whether a call is given what a function is given, as a connection or a path may be."""
    keywords = (it.value for it in call.keywords if it.arg not in _OF_SERVERS)
    return any(
        isinstance(it, ast.Name) and (scope, it.id) in names.outline.parameters
        for given in (*call.args, *keywords)
        for it in walked(given)
    )


def _makes_object(node: ast.expr) -> bool:
    """Whether an expression calls what is called as classes are."""
    return isinstance(node, ast.Call) and last_part(dotted(node.func))[:1].isupper()
