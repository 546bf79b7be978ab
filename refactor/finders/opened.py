"""Paths that are opened as a database: what ends a sum, and files of that name elsewhere.

`HOME + "old.db"` says no folder as `HOME / "old.db"` does, and may be the file `homeold.db`. So it
is read as a path only where something opens it, where a mistake would make a new and empty file.
"""

import ast
import re
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from refactor.databases.databasepaths import NamedDatabase, is_test, path_in
from refactor.databases.filepaths import SAME_FILE, TAKES_PATH
from refactor.databases.openedcalls import OPENS
from refactor.finders.finder import Surroundings
from refactor.flow.consumers import What
from refactor.python.outline import last_part
from refactor.python.strings import NOWHERE, Text
from refactor.python.syntax import children, dotted, expression_in, given_in, name_of, walked
from refactor.references import Reference
from refactor.sql.names import HOLE

_SEPARATORS = frozenset({"os.sep", "os.path.sep", "path.sep"})
_NO_FOLDER = re.compile(r"prefix|stem|tag|name", re.IGNORECASE)
"""What is called so may be the beginning of a file's name."""
_ENDS_FOLDER = ("/", "\\")
_ELSEWHERE = "a file of that name in another folder is opened here: is it {database}?"
_AT_RUN_TIME = "is this {database}? What stands before its name is only known at run time"
_MEND = "write the path that this code should open"


class Summed(Struct, frozen=True):
    """A database whose file name ends a sum that is opened."""

    named: NamedDatabase
    before: ast.expr | None
    """What the folder is the value of; None where a placeholder stands for it."""
    question: str | None = None


def with_separators(text: Text, around: Surroundings) -> Text:
    """A text in which `os.sep` is what it stands for: a separator that no literal spells."""
    if not any(it.endswith("sep") for it in text.holes):
        return text  # as in by far the most
    imports = around.outline.imports if around.outline else ()
    mine = {it for it, module, name in imports if module in ("os", "os.path") and name == "sep"}
    holes = iter(text.holes)
    kept: list[str] = []
    chars: list[str] = []
    starts: list[int] = []
    for char, start in zip(text.text, text.starts, strict=True):
        hole = next(holes, "") if char == HOLE else ""
        before, _, last = hole.rpartition(" + ")
        separates = last in _SEPARATORS or last in mine
        if hole and (before or not separates):
            kept.append(before if separates else hole)
            chars.append(HOLE)
            starts.append(start)
        if separates or not hole:
            chars.append("/" if separates else char)
            starts.append(NOWHERE if separates else start)
    return replace(text, text="".join(chars), starts=tuple(starts), holes=tuple(kept))


def database_summed(text: Text, around: Surroundings) -> Summed | None:
    """The database that merges away whose whole file name ends a sum that is opened."""
    start, path = path_in(text.text)
    cut = path.rfind(HOLE) + 1
    name = path[cut:]
    found = _moved(name, around)
    before = _operand(text.holes[-1]) if text.holes else None
    if not cut or not found or not is_opened(text, around):
        return None
    named = NamedDatabase(found[0], start + cut, name, whole=name == found[0])
    ends = _ends_folder(before, text, around) if before else None
    if ends is False:
        return None  # a file of another name
    named_folder = isinstance(before, ast.Name | ast.Attribute) and not _NO_FOLDER.search(
        name_of(before)
    )
    sure = len(found) == 1 and (ends or (ends is None and named_folder))
    which = " or ".join(found)
    return Summed(named, before, None if sure else _AT_RUN_TIME.format(database=which))


def _moved(name: str, around: Surroundings) -> list[str]:
    """The databases of a file name that go away."""
    legacy = around.legacy
    return [it for it in legacy.databases.get(name, ()) if it in legacy.moved]


def _operand(hole: str) -> ast.expr | None:
    """What stands right before the name."""
    node = expression_in(hole)
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        node = node.right
    return node


def _ends_folder(before: ast.expr, text: Text, around: Surroundings) -> bool | None:
    """Whether a value ends as a folder does; None where no value is known."""
    written = around.folders.written(around.source.path, text.context.scope, before)
    values = [it.endswith(_ENDS_FOLDER) or not it for it in written]
    return None if not values else all(values)


def file_elsewhere(text: Text, around: Surroundings) -> tuple[Reference, ...] | None:
    """A question for what is opened and called as a database that moves, in another folder."""
    start, path = path_in(text.text)
    name = PurePosixPath(path.replace("\\", "/")).name
    found = _moved(name, around)
    if not found or is_test(path) or not is_opened(text, around):
        return None
    at = start + len(path) - len(name)
    return tuple(
        replace(
            around.named_in_command(
                it,
                text.near(at, at + len(name)),
                question=_ELSEWHERE.format(database=it),
                mend=_MEND,
                blocking=True,
            ),
            old=name,
            clause="path",
        )
        for it in found
    )


def is_opened(text: Text, around: Surroundings) -> bool:
    """Whether a text is the path of what something opens as a database."""
    tree = around.outline.tree if around.outline else None
    calls = (it for it in walked(tree) if isinstance(it, ast.Call)) if tree else ()
    opening = (it for it in calls if last_part(dotted(it.func)) in OPENS)
    if any(_is_path_of(text, it, around) for it in opening):
        return True
    return any(
        use.what is What.HANDED and last_part(use.callee) in OPENS
        for _, use in around.abroad.journey(around.source.path, around.flow, text).uses
    )


def _is_path_of(text: Text, call: ast.Call, around: Surroundings) -> bool:
    """Whether a text stands in an argument of a call, in nothing but what makes a path."""
    nodes: list[ast.AST] = [*given_in(call)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.expr) and around.lines.span(node) == (text.start, text.end):
            return True
        match node:
            case ast.Call(func=func) if last_part(dotted(func)) in TAKES_PATH | SAME_FILE:
                nodes += children(node)
            case ast.BinOp() | ast.IfExp() | ast.BoolOp() | ast.NamedExpr() | ast.Attribute():
                nodes += children(node)
    return False
