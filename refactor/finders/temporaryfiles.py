"""Files in a test's folder that only the code under test can have put there.

A test tells the code of a folder, and looks for the file there that the code makes of it.
"""

import ast
from pathlib import PurePosixPath

from refactor.apis.callers import scoped
from refactor.databases.databasepaths import NamedDatabase, is_temporary, is_test
from refactor.databases.openedcalls import OPENS
from refactor.finders.finder import Surroundings
from refactor.python.assignments import FUNCTIONS, Module
from refactor.python.outline import last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, literals_in
from refactor.references import Reference

_QUESTION = "a file of that name in a temporary folder: does other code join this name to it?"
_MEND = "write the name that the code gives to the file, if it does"
_COPIED = "line {line} copies {database} into a folder, where it keeps its name: is it this file?"
_RENAME = "write the new file's name here as well, if it is"
_COPIES = frozenset({"copy", "copy2", "move"})
_MAKE_PATHS = (ast.BinOp, ast.Call, ast.JoinedStr, ast.FormattedValue, ast.Attribute)


def made_elsewhere(
    found: NamedDatabase, text: Text, around: Surroundings
) -> tuple[Reference, ...] | None:
    """A question for a file that is opened, and goes nowhere else, by a name that code spells."""
    name = PurePosixPath(found.path).name
    if around.outline is None:
        return None
    line = _line_of_copy(found.database, around.outline.tree, around)
    spelled = line is not None or _is_spelled(name, around)
    if not spelled or not _is_only_opened(
        Module(around.source.path, around.outline.tree), text, around
    ):
        return None
    question, mend = _QUESTION, _MEND
    if line is not None:
        question, mend = _COPIED.format(line=line, database=found.database), _RENAME
    at = text.near(found.start, found.start + len(found.path))
    return (
        around.path_reference(
            at,
            found.path,
            (found.database,),
            question=question,
            mend=mend,
            blocking=line is not None,
        ),
    )


def _line_of_copy(database: str, tree: ast.Module, around: Surroundings) -> int | None:
    """The line on which a module copies a database into a folder without a name of its own."""
    if not any(f"{it}(" in around.source.text for it in _COPIES):
        return None
    path, paths = around.source.path, around.paths
    for scope, node in scoped(tree):
        match node:
            case ast.Call(func=func, args=[file, into, *_]) if last_part(dotted(func)) in _COPIES:
                named = any(PurePosixPath(it).suffix for it in literals_in(into))
                if named or not is_temporary(into):
                    continue
                if database in paths.of(path, scope, file).databases:
                    return node.lineno
    return None


def _is_spelled(name: str, around: Surroundings) -> bool:
    """Whether another module that is no test names a file without its folder."""
    naming = around.abroad.few_naming(PurePosixPath(name).stem)
    others = (it for it in naming if it != around.source.path and not is_test(str(it)))
    sources = map(around.abroad.source, others)
    return any(it and (f'"{name}"' in it.text or f"'{name}'" in it.text) for it in sources)


def _is_only_opened(module: Module, text: Text, around: Surroundings) -> bool:
    """Whether a path is opened or looked at where it stands, or by the one name that it gets."""
    literal = next((it for it in module.nodes if _is_at(it, text, around)), None)
    for above in module.above(literal) if literal else ():
        if isinstance(above, _MAKE_PATHS):
            if _opens(above):
                return True
            continue
        match above:
            case ast.Assign(targets=[ast.Name(id=name)]):
                loads = [it for it in module.named.get(name, ()) if isinstance(it, ast.Name)]
                function = _function_of(above, module)
                mine = [it for it in loads if function in (None, *module.around(it))]
                return bool(mine) and all(_opens(next(module.above(it))) for it in mine)
        return False
    return False


def _function_of(node: ast.AST, module: Module) -> ast.AST | None:
    return next((it for it in module.around(node) if isinstance(it, FUNCTIONS)), None)


def _is_at(node: ast.AST, text: Text, around: Surroundings) -> bool:
    return isinstance(node, ast.Constant) and around.lines.span(node) == (text.start, text.end)


def _opens(node: ast.AST) -> bool:
    """Whether a call opens a path that it is given, or an attribute is something of a file's."""
    if isinstance(node, ast.Attribute):
        return node.attr not in {"parent", "name", "joinpath"}
    return isinstance(node, ast.Call) and last_part(dotted(node.func)) in OPENS
