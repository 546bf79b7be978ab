"""Which database the rows of a mapped class are in, where the code binds its classes to several.

SQLAlchemy's classes name a bind of Flask's settings, or have a base whose metadata is created on
an engine, or that sessions bind to one; of peewee's a class inside says it, and Django's routers
know them by their app.
"""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.databases.aliases import binds_for, connected_to, routed_to
from refactor.databases.definers import Definers
from refactor.databases.engines import OF_BASES, Engines, together
from refactor.databases.openers import Openers
from refactor.databases.openings import UNKNOWN, At, Opened
from refactor.python.syntax import dotted, given_in

_KEY = "__bind_key__"
_META = "Meta"
_SESSIONS = ("sessionmaker", "async_sessionmaker", "scoped_session", "Session", "configure")


def mapped_to(
    path: PurePosixPath, owner: str, code: Definers, openers: Openers, engines: Engines
) -> Opened:
    """What the class of this name in a module is bound to, if that is said."""
    module = code.module(path)
    name = owner.removesuffix(f".{_META}")
    classes = [it for it in module.classes if it.name == name] if module else []
    if module is None or len(classes) != 1:
        return UNKNOWN
    at = At(module, (classes[0], *module.around(classes[0])))
    family = [*code.family(classes[0], at)]
    for cls, where in family:
        for given in where.module.given(cls, _KEY):
            if isinstance(given.value, ast.Constant):
                bound = binds_for(given.value.value, code)
                return together(openers.value(it, there, it) for it, there in bound)
    for cls, where in family:
        said = together(_of_meta(cls, where, openers))
        if said.files:
            return said
    roots = frozenset(dotted(base) for cls, _ in family for base in cls.bases)
    for found in (
        _of_metadata(roots, code, openers),
        _of_sessions(roots | {name}, code, openers),
        _of_routers(classes[0], at, code, openers),
        engines.of_class(path, name),
    ):
        said = together(found)
        if said.files:
            return said
    return UNKNOWN


def _of_meta(cls: ast.ClassDef, at: At, openers: Openers) -> Iterator[Opened]:
    """What a class of peewee's says of its database, in the class inside it."""
    for inner in cls.body:
        if isinstance(inner, ast.ClassDef) and inner.name == _META:
            for given in at.module.given(inner, "database"):
                yield openers.value(given.value, at, given.node)


def _of_routers(cls: ast.ClassDef, at: At, code: Definers, openers: Openers) -> Iterator[Opened]:
    """What Django's routers say of the app that a model is in, or the settings of Tortoise."""
    folder = at.module.path.parent
    label = folder.parent.name if folder.name == "models" else folder.name
    for inner in cls.body:
        if isinstance(inner, ast.ClassDef) and inner.name == _META:
            for given in at.module.given(inner, "app_label"):
                label = str(given.value.value) if isinstance(given.value, ast.Constant) else ""
    for alias in (*routed_to(label, cls, at, code), *connected_to(at.module.path, code)):
        yield openers.of_alias(alias, at) or UNKNOWN


def _of_sessions(names: frozenset[str], code: Definers, openers: Openers) -> Iterator[Opened]:
    """What sessions bind a class to, or its base: `sessionmaker(binds={Base: engine})`."""
    for module in code.modules_naming("binds="):
        for call in (it for name in _SESSIONS for it in module.calls.get(name, ())):
            at = At(module, module.around(call))
            bound = (it.value for it in call.keywords if it.arg == "binds")
            for each in (it for it in bound if isinstance(it, ast.Dict)):
                for base, engine in zip(each.keys, each.values, strict=True):
                    if base and dotted(base) in names:
                        yield openers.value(engine, at, call)


def _of_metadata(bases: frozenset[str], code: Definers, openers: Openers) -> Iterator[Opened]:
    """What the tables are created on, or read from, of the classes that have such a base."""
    for method in OF_BASES:
        for module in code.modules_naming(method):
            for call in module.calls.get(method, ()):
                base = dotted(call.func).removesuffix(f".{method}").removesuffix(".metadata")
                if base in bases and given_in(call):
                    at = At(module, module.around(call))
                    yield openers.value(given_in(call)[0], at, call)
