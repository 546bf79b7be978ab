"""Which database the rows of a mapped class are in, where the code binds its classes to several.

SQLAlchemy's classes name a bind of Flask's settings, or have a base whose metadata is created on
an engine.
"""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.databases.definers import Definers
from refactor.databases.openers import Openers
from refactor.databases.openings import UNKNOWN, At, Opened, union
from refactor.python.assignments import Module
from refactor.python.syntax import dotted, given_in

_BINDS = "SQLALCHEMY_BINDS"
_KEY = "__bind_key__"
_CREATES = "create_all"
_MOST_FILES = 20


def mapped_to(path: PurePosixPath, owner: str, code: Definers, openers: Openers) -> Opened:
    """What the class of this name in a module is bound to, if that is said."""
    module = code.module(path)
    classes = [it for it in module.classes if it.name == owner] if module else []
    if module is None or len(classes) != 1:
        return UNKNOWN
    at = At(module, (classes[0], *module.around(classes[0])))
    family = [*code.family(classes[0], at)]
    for cls, where in family:
        for given in where.module.given(cls, _KEY):
            if isinstance(given.value, ast.Constant):
                return _together(_of_binds(given.value.value, code, openers))
    roots = {dotted(base) for cls, _ in family for base in cls.bases}
    return _together(_of_metadata(frozenset(roots), code, openers))


def _together(found: Iterator[Opened]) -> Opened:
    known = [it for it in found if it.files]
    return union(known) if known else UNKNOWN


def _of_binds(key: object, code: Definers, openers: Openers) -> Iterator[Opened]:
    """What the settings have under the key of a bind."""
    for module in _modules(_BINDS, code):
        for node in module.nodes:
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
                continue
            if any(_BINDS in ast.unparse(it) for it in node.targets):
                entries = zip(node.value.keys, node.value.values, strict=True)
                for name, value in entries:
                    if isinstance(name, ast.Constant) and name.value == key:
                        yield openers.value(value, At(module, module.around(node)), node)


def _of_metadata(bases: frozenset[str], code: Definers, openers: Openers) -> Iterator[Opened]:
    """What the tables are created on of the classes that have such a base."""
    for module in _modules(_CREATES, code):
        for call in module.calls.get(_CREATES, ()):
            base = dotted(call.func).removesuffix(f".metadata.{_CREATES}")
            if base in bases and given_in(call):
                at = At(module, module.around(call))
                yield openers.value(given_in(call)[0], at, call)


def _modules(word: str, code: Definers) -> Iterator[Module]:
    for path in code.naming(word)[:_MOST_FILES]:
        module = code.module(path)
        if module:
            yield module
