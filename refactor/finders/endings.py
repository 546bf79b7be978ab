"""Paths whose ending is said elsewhere: `NAME + ENDING`, `f"{name}.{ending}"`.

It may be said by a constant of another module. That one is looked at then: the module that puts the
path together need not hold a word of it.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from refactor.apis.callers import scoped
from refactor.databases.databasepaths import database_in, endings_of, is_temporary
from refactor.finders.finder import Surroundings
from refactor.finders.pathpieces import may_be, path_added, path_made, where_written
from refactor.python.outline import Outline, Scope, last_part
from refactor.python.syntax import dotted, name_of, walked
from refactor.references import Evidence, Reason, Reference
from refactor.sql.names import HOLE
from refactor.text.lines import Lines, places

_JOINS = frozenset({"Path", "PurePath", "join"})
_PUTS_TOGETHER = re.compile(r"\+|\{[ \t]*[\w(]|join\(|format\(")
_Assigned = Sequence[tuple[Scope, str, ast.expr]]


def paths_ended(around: Surroundings) -> Iterator[Reference]:
    """A question for each path that an ending of this module makes, and that is, or may be, old."""
    outline, endings = around.outline, endings_of(around.legacy)
    if outline is None or not _says_ending(around.source.text, endings):
        return
    yield from _ended(outline, around)
    for scope, name, value in outline.assigned:
        inside = scope.function and last_part(scope.function) != "__init__"
        match value:
            case ast.Constant(value=str() as says) if not inside:
                ending = next((it for it in endings if says in (it, it[1:])), None)
                if ending:
                    yield from _ended_elsewhere(name, value, says, around)


def _says_ending(text: str, endings: Sequence[str]) -> bool:
    """Whether a text gives an ending to a name, or has one last in a list."""
    quoted = (f"{it[cut:]}{quote}" for it in endings for cut in (0, 1) for quote in "\"'")
    if not any(it in text for it in quoted):
        return False  # as in far the most
    either = "|".join(re.escape(it[1:]) for it in endings)
    return (
        re.search(rf"=[ \t]*[\"']\.?(?:{either})[\"']|,\s*[\"']\.?(?:{either})[\"']\s*[\])]", text)
        is not None
    )


def _ended(outline: Outline, around: Surroundings) -> Iterator[Reference]:
    text = around.source.text
    lines = {around.lines.place(it.start())[0] for it in _PUTS_TOGETHER.finditer(text)}
    for scope, node in _put_together(outline.tree, lines):
        says = _said(around.source.path, scope, node, outline.assigned, around)
        if HOLE in says:
            yield from path_made(around.lines.span(node), says, around)
        else:
            yield from path_added(node, says, around)


def _ended_elsewhere(
    name: str, constant: ast.Constant, ending: str, around: Surroundings
) -> Iterator[Reference]:
    """A question where an ending is said, for all paths that other modules make of it."""
    found: dict[str, tuple[str, ...]] = {}
    where = ""
    for path in around.abroad.few_naming(name):
        source, tree = around.abroad.source(path), around.abroad.tree(path)
        if path == around.source.path or source is None or tree is None:
            continue
        known = {name: ending} if around.takers.is_near(path, around.source.path) else {}
        lines = Lines(source.text)
        naming = {lines.place(at)[0] for at in places(source.text, name)}
        for scope, node in _put_together(tree, naming):
            if any(isinstance(it, ast.expr) and name_of(it) == name for it in walked(node)):
                assigned = around.abroad.assigned(path)
                here = _leads_to(_said(path, scope, node, assigned, around, known), around)
                found = {**here, **found}
                where = where or (f"line {node.lineno} of {path}" if here else "")
    if found:
        yield _asked(constant, where, found, around)


def _leads_to(path: str, around: Surroundings) -> dict[str, tuple[str, ...]]:
    """The databases that move and that a path is, or may be; with what fills its holes."""
    found = database_in(path, around.legacy)
    if found is None:
        return may_be(path, around)
    return {found.database: ()} if found.database in around.legacy.moved else {}


def _asked(
    constant: ast.Constant,
    where: str,
    found: Mapping[str, tuple[str, ...]],
    around: Surroundings,
) -> Reference:
    start, end = around.lines.span(constant)
    databases = tuple(sorted(found))
    pieces = [it for it in found.values() if it]
    target = around.legacy.moved[databases[0]]
    return around.path_reference(
        start,
        around.source.text[start:end],
        databases,
        evidence=(Evidence(Reason.GRAMMAR, "the ending of a database's path"),),
        question=f"{where} makes a path of it, which may be {' or '.join(databases)}: is it?",
        mend=f"see that it gives {target}" if target else "write the path that it should open",
        blocking=len(pieces) < len(found)
        or any(True for it in pieces for _ in where_written(it, around)),
    )


def _put_together(tree: ast.Module, lines: Iterable[int]) -> Iterator[tuple[Scope, ast.expr]]:
    """What puts texts together on some lines, but for what is joined to a temporary folder."""
    nodes = scoped(tree, sorted(lines))
    parts = {id(it.left) for _, it in nodes if isinstance(it, ast.BinOp)}
    apart = {id(part) for _, it in nodes for part in _in_temporary(it)}
    for scope, node in nodes:
        match node:
            case ast.BinOp(op=ast.Add()) if id(node) not in parts:
                pass
            case ast.JoinedStr() | ast.Call(func=ast.Attribute(value=ast.Constant(value=str()))):
                pass
            case _:
                continue
        if id(node) not in apart and not is_temporary(node):
            yield scope, node


def _said(
    path: PurePosixPath,
    scope: Scope,
    node: ast.expr,
    assigned: _Assigned,
    around: Surroundings,
    known: Mapping[str, str] | None = None,
) -> str:
    """What an expression says, with a hole for each part that nobody knows.

    Args:
        path: the module that it stands in.
        scope: where it stands there.
        node: the expression.
        assigned: what that module gives to names.
        around: what is known of the file at hand.
        known: what a part that has one of these names says.
    """
    return "".join(
        it
        if isinstance(it, str)
        else (known or {}).get(name_of(it)) or _by_itself(path, scope, it, assigned, around)
        for it in around.arguments.constants.parts(path, scope, node)
    )


def _in_temporary(node: ast.AST) -> Iterator[ast.expr]:
    """What is joined to a folder that is made for the moment."""
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=right) if is_temporary(left):
            yield right
        case ast.Call(func=func, args=[first, *others]) if last_part(
            dotted(func)
        ) in _JOINS and is_temporary(first):
            yield from others
        case ast.Call(func=ast.Attribute(value=folder, attr="joinpath"), args=args) if is_temporary(
            folder
        ):
            yield from args


def _by_itself(
    path: PurePosixPath, scope: Scope, node: ast.expr, assigned: _Assigned, around: Surroundings
) -> str:
    """The one text that an attribute, or a parameter by default, is given."""
    if isinstance(node, ast.Attribute):
        written = around.folders.written(path, scope, node)
        return written[0] if len(written) == 1 else HOLE
    name = node.id if isinstance(node, ast.Name) else ""
    values = [it for at, each, it in assigned if each == name and at == scope]
    only = values[0] if len(values) == 1 else None
    known = only.value if isinstance(only, ast.Constant) else None
    return known if isinstance(known, str) else HOLE
