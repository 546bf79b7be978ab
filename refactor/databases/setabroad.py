"""What other modules set a module's names to, and the entries of its dictionaries."""

import ast
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath

from refactor.databases.definers import Definers
from refactor.databases.openings import At
from refactor.python.assignments import Given
from refactor.python.syntax import name_of

MOST_LEVELS = 2
"""So many callers, one of the other, are followed."""
_MOST_FILES = 20


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
    whose = owner or (path.parent.name if path.name == "__init__.py" else path.stem)
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

    That is `config.SETTINGS["db"] = …` or `SETTINGS.update(db=…)`.
    """
    homes = {it.module.path for _, it in code.given_as(base, at) if not it.around}
    name = name_of(base) if isinstance(base, ast.Name | ast.Attribute) else ""
    if not homes or not name or at.level >= MOST_LEVELS:
        return
    for path in _naming((f'{name}["{key}', f"{name}['{key}", f"{name}.update"), code):
        module = None if code.is_test(path) else code.module(path)
        for owner, value, node in module.entries_set.get((name, key), ()) if module else ():
            if module is None or (path == at.module.path and isinstance(node, ast.Assign)):
                continue
            where = At(module, module.around(node), {}, at.depth + 1, at.level + 1)
            given = {it.module.path for _, it in code.given_as(owner, where)}
            # An entry that is set looks like the name's own value.
            if isinstance(owner, ast.Name):
                given.update(code.imported_from(owner.id, path))
            if given & homes:
                yield value, where


def _naming(phrases: Sequence[str], code: Definers) -> Sequence[PurePosixPath]:
    files = chain.from_iterable(map(code.naming, phrases))
    return [*dict.fromkeys(files)][:_MOST_FILES]
