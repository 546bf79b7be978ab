"""What settings say of a database by the alias that code asks for: Django's, or Flask's binds."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from refactor.databases.definers import Definers
from refactor.databases.openings import At
from refactor.databases.spellings import Spellings
from refactor.python.assignments import FUNCTIONS
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, entry_of, walked

_SETTING = "DATABASES"
_BY_ALIAS = "connections"
_ROUTES = "db_for_read"
_TAKES_ALIAS = ("using", "db_manager", "get_connection")
_CONNECTIONS = "connections"
"""The entry of Tortoise's settings with its databases by their aliases."""
_APPS_CONNECTION = "default_connection"
_BINDS = "SQLALCHEMY_BINDS"
_BIND = ("bind", "bind_key")
DEFAULT = "default"


def asked_alias(node: ast.expr) -> ast.expr | None:
    """The alias in `connections["logs"]`, in `Bug.objects.using("logs")` or `.raw(…, using=…)`.

    Of Tortoise's it stands in `connections.get("logs")`.
    """
    match node:
        case ast.Call(func=ast.Attribute(value=base, attr="get"), args=[key]) if (
            last_part(dotted(base)) == _BY_ALIAS
        ):
            return key
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
    for module in code.modules_naming(_BINDS):
        for node in module.nodes:
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
                continue
            if any(_BINDS in ast.unparse(it) for it in node.targets):
                for name, value in zip(node.value.keys, node.value.values, strict=True):
                    if isinstance(name, ast.Constant) and name.value == key:
                        yield value, At(module, module.around(node))


def routed_to(label: str, cls: ast.ClassDef, at: At, code: Definers) -> Iterator[ast.expr]:
    """The aliases that routers may give for a model, by its app's label or what its class says."""
    for module in code.modules_naming(_ROUTES):
        for function in module.definitions.get(_ROUTES, ()):
            if not isinstance(function, FUNCTIONS):
                continue
            router = next(iter(module.around(function)), None)
            texts = {*_texts(router or function), *_texts_compared(function, code)}
            for it in module.results(function):
                if isinstance(it, ast.Constant):
                    named: Iterable[ast.expr | None] = [it] if label in texts else []
                else:
                    named = _told(it, label, cls, at, code)
                for alias in named:
                    if isinstance(alias, ast.Constant) and alias.value:
                        yield ast.Subscript(ast.Name(_BY_ALIAS), alias)


def _told(
    result: ast.expr, label: str, cls: ast.ClassDef, at: At, code: Definers
) -> Iterator[ast.expr | None]:
    """What a router finds: an attribute of the model, or an entry under the label of its app."""
    for node in walked(result):
        match node:
            case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=attr), *_]):
                yield from (it.value for it in at.module.given(cls, str(attr)))
            case ast.Attribute(value=ast.Name(), attr=attr):
                yield from (it.value for it in at.module.given(cls, attr))
                for value in _defined(attr, code):
                    yield entry_of(value, label) if isinstance(value, ast.Dict) else None
            case ast.Name(id=name):
                for value in _defined(name, code):
                    yield entry_of(value, label) if isinstance(value, ast.Dict) else None


def _texts_compared(function: ast.AST, code: Definers) -> Iterator[object]:
    """The texts in what a router compares with, where that has a name of some module."""
    for compare in (it for it in walked(function) if isinstance(it, ast.Compare)):
        for it in compare.comparators:
            name = last_part(dotted(it)) if isinstance(it, ast.Name | ast.Attribute) else ""
            for value in _defined(name, code) if name else ():
                yield from _texts(value)


def _defined(name: str, code: Definers) -> Iterator[ast.expr]:
    """What the modules give to a name of theirs, whoever imports it: settings have one name."""
    for module in code.modules_naming(name):
        for it in module.given(module.tree, name):
            if it.value is not None:
                yield it.value


def connected_to(path: PurePosixPath, code: Definers) -> Iterator[ast.expr]:
    """The aliases that Tortoise's settings give for the models in a module, by its app there."""
    module = f".{'.'.join(path.with_suffix('').parts)}"
    for settings in code.modules_naming(f'"{_APPS_CONNECTION}"'):
        for app in settings.nodes:
            alias = entry_of(app, _APPS_CONNECTION) if isinstance(app, ast.Dict) else None
            models = entry_of(app, "models") if isinstance(app, ast.Dict) else None
            if alias and models and any(module.endswith(f".{it}") for it in _texts(models)):
                yield ast.Subscript(ast.Name(_BY_ALIAS), alias)


def _texts(node: ast.AST) -> Iterator[object]:
    return (it.value for it in walked(node) if isinstance(it, ast.Constant))


def settings_for(
    alias: str | None, code: Definers, spelled: Spellings
) -> Iterator[tuple[ast.expr | None, At]]:
    """What each module of settings has under an alias, or under all; None where it has nothing."""
    key = ast.Constant(alias) if alias else ast.Tuple([])
    for module in code.modules_naming(_SETTING):
        if module.given(module.tree, _SETTING):
            at = At(module, ())
            yield from spelled.entries(ast.Name(_SETTING), key, at) or [(None, at)]
    for module in code.modules_naming(f'"{_CONNECTIONS}"'):
        for node in module.nodes:
            named = entry_of(node, _CONNECTIONS) if isinstance(node, ast.Dict) else None
            if isinstance(named, ast.Dict):
                at = At(module, module.around(node))
                yield from spelled.entries(named, key, at)
