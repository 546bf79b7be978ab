"""What settings say of a database by the alias that code asks for: Django's, or Flask's binds."""

import ast
from collections.abc import Iterator

from refactor.databases.definers import Definers
from refactor.databases.openings import MOST_FILES, At
from refactor.databases.spellings import Spellings
from refactor.python.assignments import FUNCTIONS
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, walked

_SETTING = "DATABASES"
_BY_ALIAS = "connections"
_ROUTES = "db_for_read"
_TAKES_ALIAS = ("using", "db_manager")
_BINDS = "SQLALCHEMY_BINDS"
_BIND = ("bind", "bind_key")
DEFAULT = "default"


def asked_alias(node: ast.expr) -> ast.expr | None:
    """The alias in `connections["logs"]`, in `Bug.objects.using("logs")` or `.raw(…, using=…)`."""
    match node:
        case ast.Subscript(value=base, slice=key) if last_part(dotted(base)) == _BY_ALIAS:
            return key
        case ast.Call(func=ast.Attribute(attr=attr), args=[key]) if attr in _TAKES_ALIAS:
            return key
        case ast.Call(func=ast.Attribute(attr="raw"), keywords=[*keywords]):
            return next((it.value for it in keywords if it.arg == "using"), None)
    return None


def asked_bind(node: ast.expr) -> ast.expr | None:
    """The key in `db.engines["logs"]` or `db.get_engine("logs")`, as of SQLAlchemy in Flask."""
    match node:
        case ast.Subscript(value=base, slice=key) if last_part(dotted(base)) == "engines":
            return key
        case ast.Call(func=ast.Attribute(attr="get_engine"), args=args, keywords=keywords):
            named = [it.value for it in keywords if it.arg in _BIND]
            return next(iter([*named, *args[-1:]]), None)
    return None


def binds_for(key: object, code: Definers) -> Iterator[tuple[ast.expr, At]]:
    """What Flask's settings have under the key of a bind."""
    for path in code.naming(_BINDS)[:MOST_FILES]:
        module = code.module(path)
        for node in module.nodes if module else ():
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
                continue
            if module and any(_BINDS in ast.unparse(it) for it in node.targets):
                for name, value in zip(node.value.keys, node.value.values, strict=True):
                    if isinstance(name, ast.Constant) and name.value == key:
                        yield value, At(module, module.around(node))


def routed_to(label: str, code: Definers) -> Iterator[ast.expr]:
    """The aliases that routers may give for the models of an app, which they call by its label."""
    for path in code.naming(_ROUTES)[:MOST_FILES]:
        module = code.module(path)
        for function in module.definitions.get(_ROUTES, ()) if module else ():
            router = next(iter(module.around(function)), None) if module else None
            texts = (it.value for it in walked(router or function) if isinstance(it, ast.Constant))
            if module and isinstance(function, FUNCTIONS) and label in texts:
                for it in module.results(function):
                    if isinstance(it, ast.Constant) and it.value:
                        yield ast.Subscript(ast.Name(_BY_ALIAS), it)


def settings_for(
    alias: str | None, code: Definers, spelled: Spellings
) -> Iterator[tuple[ast.expr | None, At]]:
    """What each module of settings has under an alias, or under all; None where it has nothing."""
    key = ast.Constant(alias) if alias else ast.Tuple([])
    for path in code.naming(_SETTING)[:MOST_FILES]:
        module = code.module(path)
        if module and module.given(module.tree, _SETTING):
            at = At(module, ())
            yield from spelled.entries(ast.Name(_SETTING), key, at) or [(None, at)]


def entry_of(settings: ast.Dict, name: str) -> ast.expr | None:
    """What one database's settings have under a name."""
    for key, value in zip(settings.keys, settings.values, strict=True):
        if isinstance(key, ast.Constant) and key.value == name:
            return value
    return None
