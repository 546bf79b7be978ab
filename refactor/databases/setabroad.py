"""What other modules set a module's names to, and the entries of its dictionaries."""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath

from refactor.databases.definers import Definers
from refactor.databases.openings import MOST_FILES, At
from refactor.python.assignments import Given
from refactor.python.modules import module_name
from refactor.python.syntax import dotted, entry_of, name_of

MOST_LEVELS = 2
"""So many callers, one of the other, are followed."""
_OF_APPLICATIONS = ("config", "app", "obj")
"""What applications keep under keys that anybody may set: settings, and what handlers get."""
_CONFIGURES = re.compile(r"Config|Settings")


def set_abroad(
    path: PurePosixPath, owner: str, name: str, at: At, code: Definers
) -> Iterator[tuple[ast.expr, ast.AST, At]]:
    """What other modules set a name of a module or of a class to: `store.PATH = …`, as tests do.

    Args:
        path: the module.
        owner: the class in it whose attribute it is, or nothing.
        name: the name.
        at: where it is asked.
        code: who knows the other modules.
    """
    if at.level >= MOST_LEVELS:
        return
    whose = owner or module_name(path)
    said = f"{whose}.{name}"
    for each in _naming((said, f'{whose}, "{name}', f"{whose}, '{name}"), code):
        module = code.module(each)
        for value, node in module.set_in_modules.get(said, ()) if module else ():
            if module:
                yield value, node, At(module, module.around(node), {}, at.depth + 1, at.level + 1)


def set_within(
    path: PurePosixPath, name: str, at: At, code: Definers
) -> Iterator[tuple[Given, At]]:
    """What functions of a module give to a name of it that they declare global."""
    module = code.module(path)
    for it in module.given_to_global(name) if module else ():
        if module and (around := module.around(it.node)):
            yield it, At(module, around, {}, at.depth + 1, at.level)


def entries_set_abroad(
    base: ast.expr, key: str, at: At, code: Definers
) -> Iterator[tuple[ast.expr, At]]:
    """What any code that is no test sets an entry of a module's dictionary to.

    That is `config.SETTINGS["db"] = …` or `SETTINGS["main"].update(db=…)`.
    """
    root, keys = _unwrapped(base)
    homes = {it.module.path for _, it in code.given_as(root, at) if not it.around}
    name = name_of(root) if isinstance(root, ast.Name | ast.Attribute) else ""
    if not homes or not name or at.level >= MOST_LEVELS:
        return
    spelled = _tail(base)
    first = next(iter(keys), key)
    said = "" if first is None else first
    for path in _naming((f'{name}["{said}', f"{name}['{said}", f"{name}.update"), code):
        module = None if code.is_test(path) else code.module(path)
        for owner, value, node in module.entries_set.get((spelled, key), ()) if module else ():
            if module is None or (path == at.module.path and isinstance(node, ast.Assign)):
                continue
            where = At(module, module.around(node), {}, at.depth + 1, at.level + 1)
            origin, others = _unwrapped(owner)
            given = {it.module.path for _, it in code.given_as(origin, where)}
            # An entry that is set looks like the name's own value.
            if isinstance(origin, ast.Name):
                given.update(code.imported_from(origin.id, path))
            if given & homes and all(map(_may_be, keys, others)):
                yield value, where


def configured(base: ast.expr, key: str, at: At, code: Definers) -> Iterator[tuple[ast.expr, At]]:
    """What an application's settings have under a key, by whatever code that is no test.

    That is `app.config["db"] = …`, `app.config.from_mapping(db=…)` or the class of a configuration;
    `app["db"] = …` of aiohttp, and `ctx.obj["db"] = …` of click.
    """
    if not isinstance(base, ast.Attribute) or base.attr not in _OF_APPLICATIONS:
        return
    if at.level >= MOST_LEVELS:
        return
    for path in code.naming(key)[:MOST_FILES]:
        module = None if code.is_test(path) else code.module(path)
        if module is None:
            continue
        entries = module.entries_set.get((base.attr, key), ())
        given = [(value, node) for _, value, node in entries]
        displays = [(it.value, it.node) for it in module.given_from_outside(base.attr)]
        given += (
            (value, node)
            for display, node in displays
            if isinstance(display, ast.Dict) and (value := entry_of(display, key))
        )
        for cls in (it for it in module.classes if _CONFIGURES.search(it.name)):
            given += ((it.value, it.node) for it in module.given(cls, key) if it.value)
        for value, node in given:
            yield value, At(module, module.around(node), {}, at.depth + 1, at.level + 1)


def _unwrapped(node: ast.expr) -> tuple[ast.expr, list[str | None]]:
    """The dictionary in which others are, and the keys on the way; None for what is not said."""
    keys: list[str | None] = []
    while isinstance(node, ast.Subscript):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        keys.insert(0, key if isinstance(key, str) else None)
        node = node.value
    return node, keys


def _may_be(key: str | None, other: str | None) -> bool:
    return key is None or other is None or key == other


def _tail(node: ast.expr) -> str:
    return dotted(node).rpartition(".")[2]


def _naming(phrases: Sequence[str], code: Definers) -> Sequence[PurePosixPath]:
    files = chain.from_iterable(map(code.naming, phrases))
    return [*dict.fromkeys(files)][:MOST_FILES]
