"""Paths side by side that are one path afterwards: in a list, as keys, in comparisons."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from refactor.python.assignments import Module
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted
from refactor.remarks.parts import become, key_of, kinds_in, parts_of, remark_at
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker, as_seen
from refactor.text.lines import Lines

_TWO = 2
_COMPARES = re.compile(r"[!=]=|\bcase\b")
_PARTS_OF_PATHS = frozenset({"name", "stem"})
_PATHS = ast.Constant | ast.Name | ast.Attribute | ast.Subscript | ast.BinOp | ast.Call
_ONE_KEY = "these keys are one and the same then, and only what the last of them has is left"
_WHICH_ENTRY = "what the one key should have"
_Named = tuple[int, str]
"""A line, and the file of a database that it names."""


def paths_side_by_side(project: Project, path: PurePosixPath) -> Iterator[Remark]:
    """A remark for each place that tells paths apart which are one afterwards."""
    source = project.source(path) if path in project.near else None
    named = project.lines_naming(path) if source else ()
    if source is None or not named:
        return
    two = len({what for _, what in named}) >= _TWO
    compared = [*_comparing(source.text, named)]
    tree = project.codebase.tree_of(path) if two or compared else None
    if tree is None:
        return
    module = Module(path, tree)
    for scope, node in parts_of(tree):
        has_two = kinds_in(node, named) >= _TWO
        if isinstance(node, ast.ClassDef):
            yield from _members(project, path, scope, node) if has_two else ()
            continue
        if has_two:
            yield from _listed(project, path, scope, module.owned(node))
            yield from _keyed(project, path, scope, module.owned(node))
            yield from _set_in_turn(project, path, scope, module.owned(node))
        if has_two or kinds_in(node, compared):
            yield from _compared(project, path, scope, module.owned(node))


def _comparing(text: str, named: Sequence[_Named]) -> Iterator[_Named]:
    """Those of the lines with a file on which something is compared."""
    starts = [*Lines(text).starts, len(text)]
    for line, what in named:
        if _COMPARES.search(text, starts[line - 1], starts[line]):
            yield line, what


def _listed(
    project: Project, path: PurePosixPath, scope: Scope, nodes: Sequence[ast.AST]
) -> Iterator[Remark]:
    """A remark on each list of files that names the one which all share more than once."""
    apart = frozenset(_taken_apart(nodes))
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and node not in apart:
            named = [_named(project, path, scope, row) for row in node.elts]
            found = [it for it in named if it is not None]
            both = tuple(sorted(set(found)))
            if len(both) < _TWO or len(both) < len(found):
                continue
            times = f"this has the same file {len(both)} times then"
            once = f"this has one file then, where it had {len(both)}"
            why = once if isinstance(node, ast.Set) else times
            look = "what is done with each of them, and whether once is enough"
            yield _remark(project, path, node, both, why, look)


def _taken_apart(nodes: Sequence[ast.AST]) -> Iterator[ast.expr]:
    """What is no list of things to go through: it is looked in, or given to as many names."""
    for node in nodes:
        match node:
            case ast.Compare(ops=[*_, ast.In() | ast.NotIn()], comparators=[*_, within]):
                yield within
            case ast.Assign(targets=[ast.Tuple()], value=value):
                yield value
            case ast.List(ctx=ast.Store()) | ast.Tuple(ctx=ast.Store()):
                yield node


def _keyed(
    project: Project, path: PurePosixPath, scope: Scope, nodes: Sequence[ast.AST]
) -> Iterator[Remark]:
    """A remark on each dictionary whose keys are files that all are one."""
    for node in nodes:
        if isinstance(node, ast.DictComp):
            each = _each_of(project, path, node.key)
            if each:
                yield _remark(project, path, node, each, _ONE_KEY, _WHICH_ENTRY)
        if not isinstance(node, ast.Dict) or len(node.keys) < _TWO:
            continue
        found = {it: _named(project, path, scope, it) for it in node.keys if it}
        named = {key: database for key, database in found.items() if database}
        both = tuple(sorted(set(named.values())))
        # Of keys that are written out it is asked what the one should have.
        if len(both) >= _TWO and not all(isinstance(it, ast.Constant) for it in named):
            yield _remark(project, path, node, both, _ONE_KEY, _WHICH_ENTRY)


def _set_in_turn(
    project: Project, path: PurePosixPath, scope: Scope, nodes: Sequence[ast.AST]
) -> Iterator[Remark]:
    """A remark where an entry is set for one file after another."""
    entries: dict[str, dict[str, ast.expr]] = defaultdict(dict)
    for node in nodes:
        match node:
            case ast.Subscript(value=value, slice=key, ctx=ast.Store()):
                database = _named(project, path, scope, key)
                several = _each_of(project, path, key) if database is None else ()
                if database is not None:
                    entries[ast.dump(value)].setdefault(database, node)
                elif several:
                    yield _remark(project, path, node, several, _ONE_KEY, _WHICH_ENTRY)
    for each in entries.values():
        both = tuple(sorted(each))
        for node in sorted(each.values(), key=lambda it: it.lineno)[1:]:
            why = "this key is another one's then, whose entry is written over"
            yield _remark(project, path, node, both, why, _WHICH_ENTRY)


def _members(
    project: Project, path: PurePosixPath, scope: Scope, cls: ast.ClassDef
) -> Iterator[Remark]:
    """A remark on a member of an enumeration that has the same file as one before."""
    if not any(last_part(dotted(it)).endswith("Enum") for it in cls.bases):
        return
    values = [it.value for it in cls.body if isinstance(it, ast.Assign)]
    named = {it: _named(project, path, scope, it) for it in values}
    found = {database: it for it, database in reversed(named.items()) if database}
    both = tuple(sorted(found))
    for node in sorted(found.values(), key=lambda it: it.lineno)[1:]:
        why = "this is only another name of the first member with this file then"
        yield _remark(project, path, node, both, why, "what tells the members apart")


def _each_of(project: Project, path: PurePosixPath, node: ast.expr) -> tuple[str, ...]:
    """The files that a name is in turn, or may be, which all are one afterwards."""
    match node:
        case ast.Call(func=ast.Name(id="str"), args=[ast.Name() as name]) | (ast.Name() as name):
            found = project.executors.files_of(path, name).databases & project.shared
            return tuple(sorted(found)) if len(found) >= _TWO else ()
    return ()


def _named(project: Project, path: PurePosixPath, scope: Scope, row: ast.expr) -> str | None:
    """The shared database that an item of a list names, by itself or in a row of its own."""
    cells = row.elts if isinstance(row, ast.List | ast.Tuple) else [row]
    found = {
        database
        for cell in cells
        if isinstance(cell, _PATHS)
        for database in _files(project, path, scope, cell) & project.shared
    }
    return found.pop() if len(found) == 1 else None


def _files(project: Project, path: PurePosixPath, scope: Scope, node: ast.expr) -> frozenset[str]:
    match node:
        case ast.Attribute(value=inner, attr=attr) if attr in _PARTS_OF_PATHS:
            return _files(project, path, scope, inner)
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            return _files(project, path, scope, inner)
    found = project.paths.of(path, scope, node).databases
    if not found and _last_name(node) in project.stand_ins:
        found = project.executors.files_of(path, node).databases
    return found or project.settings.get(key_of(node), frozenset())


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return last_part(dotted(inner))
    return last_part(dotted(node))


def _compared(
    project: Project, path: PurePosixPath, scope: Scope, nodes: Sequence[ast.AST]
) -> Iterator[Remark]:
    """A remark where one thing is compared with a file after another, or may be any of them."""
    known: dict[str, dict[str, ast.expr]] = defaultdict(dict)
    asked_about: dict[str, ast.expr] = {}
    for node in nodes:
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                pairs = [(left, right), (right, left)]
            case ast.Match(subject=subject, cases=cases):
                values = (it.pattern for it in cases)
                pairs = [(subject, it.value) for it in values if isinstance(it, ast.MatchValue)]
            case _:
                continue
        for asked, value in pairs:
            database = _named(project, path, scope, value)
            if database is not None:
                said = ast.dump(asked)
                known[said].setdefault(database, value)
                asked_about.setdefault(said, asked)
    for said, each in known.items():
        both = tuple(sorted(each))
        first, *others = sorted(each.values(), key=lambda it: it.lineno)
        for node in others:
            why = "what was asked for before holds for this as well"
            yield _remark(project, path, node, both, why, "which of these is meant")
        if not others and isinstance(asked_about[said], ast.Name | ast.Attribute):
            may_be = project.executors.files_of(path, asked_about[said]).databases & project.shared
            if len(may_be) >= _TWO and may_be.issuperset(both):
                both = tuple(sorted(may_be))
                why = "each of them is this one then"
                yield _remark(project, path, first, both, why, "which of them is meant")


def _remark(
    project: Project,
    path: PurePosixPath,
    node: ast.expr,
    databases: tuple[str, ...],
    why: str,
    look: str,
) -> Remark:
    says = f"{become(project, databases)}: {why}"
    return remark_at(project, path, node, About.TWICE, databases, says, look)


REMARKER = Remarker(
    name="alike",
    look=paths_side_by_side,
    remarks=as_seen,
    makes=(
        'for it in ("data/old.db", "data/target.db"):\n    back_up(it)',
        'ALL = [("a", DATA / "old.db"), ("b", Path("data/target.db"))]',
        'A = "data/old.db"\nB = "data/target.db"\nx = {A: 1, B: 2}',
        'A = "data/old.db"\nx = {A: 1, "data/target.db": 2}',
        'x = {"data/old.db", "data/target.db"}',
        'A = "data/old.db"\nB = "data/target.db"\nx[A] = 1\nx[B] = 2',
        'if db == "data/old.db":\n    f()\nelif db == "data/target.db":\n    g()',
        'match db:\n    case "data/old.db":\n        f()\n    case "data/target.db":\n        g()',
        'class A(StrEnum):\n    OLD = "data/old.db"\n    TARGET = "data/target.db"',
        'for it in ("data/old.db", "data/target.db"):\n    if it == "data/old.db":\n        f()',
    ),
    leaves=(
        'ALL = {"a": "data/old.db", "b": "data/target.db"}',
        'ALL = ["data/old.db", "data/other.db"]',
        'x = {"data/old.db": 1, "data/target.db": 2}',
        'x = db in {"data/old.db", "data/target.db"}',
        'x = db not in ["data/old.db", "data/target.db"]',
        'A, B = "data/old.db", "data/target.db"',
        'class A:\n    OLD = "data/old.db"\n    TARGET = "data/target.db"',
        'A = "data/old.db"\nB = "data/target.db"\nx[A] = 1\ny[B] = 2',
        'x = db == "data/old.db" or other == "data/target.db"',
    ),
)
