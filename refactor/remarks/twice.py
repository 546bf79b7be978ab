"""One file twice, where there were two: two connections, a list of both, a comparison with each."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.flow.functions import class_scope, function_scope
from refactor.python.assignments import Module
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import children, dotted
from refactor.remarks.keepers import keeps_connection, made_of_paths
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker, as_seen, in_short
from refactor.text.lines import places

_OPENS = frozenset({"connect", "Connection", "Database", "create_engine", "create_async_engine"})
_OPENING = re.compile(r"(?<!\w)\w+\(([^,\n)]*)")
"""Where a database may be opened, and on what, as it is written there."""
_WRITES = re.compile(r"\b(?:insert|update|delete|replace|create|alter|drop)\b", re.IGNORECASE)
# Measured on SQLite 3.40 and 3.54 by tests/refactor/test_remarks.py.
_LOCKED = "from when one has written until it commits, the other stops with 'database is locked'"
_FOR_GOOD = 1 << 30
_TWO = 2
_NEAR = 40
"""So many lines apart a function, or a class in its constructor, opens one and the other."""


class _Held(Struct, frozen=True):
    """One connection that is kept under a name."""

    node: ast.expr
    holder: str
    databases: frozenset[str]
    until: int
    """The last line on which it may be open."""


def files_held_twice(project: Project, path: PurePosixPath) -> Iterator[Remark]:
    """A remark for each place that has two files in hand which are one afterwards."""
    source = project.source(path)
    if source is None or path not in project.near:
        return
    opened, named = [*_opened(source.text), *_made(source.text)], _named_in(source.text, project)
    tree = project.codebase.tree_of(path) if opened or named else None
    if tree is None:
        return
    module, of_objects = Module(path, tree), defaultdict[str, list[_Held]](list)
    by_owner = {scope.owner for scope, node in _scopes(tree) if _has_two(node, opened)}
    for scope, node in _scopes(tree):
        if isinstance(node, ast.ClassDef):
            continue
        if _has_two(node, opened) or (scope.owner in by_owner and _has(node, opened)):
            held = [*_held(project, path, scope, module.owned(node))]
            of_objects[scope.owner] += (it for it in held if it.holder.startswith("self."))
            own = (it for it in held if not it.holder.startswith("self."))
            yield from _open_twice(project, path, own)
        if _has_two(node, named):
            yield from _listed(project, path, scope, module.owned(node))
            yield from _compared(project, path, scope, module.owned(node))
    for each in of_objects.values():
        yield from _open_twice(project, path, each)


def _opened(text: str) -> list[tuple[int, str]]:
    """The lines on which databases may be opened, with what is written; if two are so nearby."""
    at = sorted(at for it in _OPENS for at in places(text, f"{it}("))  # a pattern costs much more
    if len(at) < _TWO:
        return []
    opening = (match for it in at if (match := _OPENING.match(text, it)))
    found = [(text.count("\n", 0, it.start()) + 1, it[1]) for it in opening]
    return found if _are_near(found) and _WRITES.search(text) else []


def _made(text: str) -> list[tuple[int, str]]:
    """The lines on which objects may be made of paths; if two are so nearby."""
    found = [*made_of_paths(text)]
    return found if _are_near(found) else []


def _are_near(found: Sequence[tuple[int, str]]) -> bool:
    """Whether two different things of some stand near to one another."""
    return any(
        what != other and line - before <= _NEAR
        for (before, other), (line, what) in pairwise(found)
    )


def _named_in(text: str, project: Project) -> list[tuple[int, str]]:
    """The lines on which files are named that all are one afterwards, if there are two."""
    met = [it for it in project.shared_names if it in text]
    if len(met) < _TWO:
        return []
    return sorted((text.count("\n", 0, at) + 1, it) for it in met for at in places(text, it))


def _scopes(tree: ast.Module) -> Iterator[tuple[Scope, ast.AST]]:
    """The module, its classes and its functions."""
    stack: list[tuple[Scope, ast.AST]] = [(Scope(), tree)]
    while stack:
        scope, node = stack.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                scope = function_scope(scope, name)
                yield scope, node
            case ast.ClassDef(name=name):
                scope = class_scope(scope, name)
                yield scope, node
            case ast.Module():
                yield scope, node
        stack += ((scope, it) for it in children(node) if not isinstance(it, ast.expr))


def _has(node: ast.AST, lines: Sequence[tuple[int, str]]) -> int:
    """How many different things stand on those of some lines that a node has."""
    first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", _FOR_GOOD)
    return len({what for line, what in lines if first <= line <= last})


def _has_two(node: ast.AST, lines: Sequence[tuple[int, str]]) -> bool:
    return _has(node, lines) >= _TWO


def _held(
    project: Project, path: PurePosixPath, scope: Scope, nodes: Sequence[ast.AST]
) -> Iterator[_Held]:
    closed = {
        dotted(it.func.value): it.lineno
        for it in nodes
        if isinstance(it, ast.Call)
        and isinstance(it.func, ast.Attribute)
        and it.func.attr == "close"
    }
    for node in nodes:
        match node:
            case ast.Assign(targets=[target], value=value):
                holder, until = dotted(target), closed.get(dotted(target), _FOR_GOOD)
                opened = [(value, holder, until)]
            case ast.With(items=items) | ast.AsyncWith(items=items):
                opened = [(it.context_expr, "", node.end_lineno or 0) for it in items]
            case _:
                continue
        for value, holder, until in opened:
            call = _opening(value) or _keeping(project, value)
            given = call.args[0] if call and call.args else None
            databases = project.paths.of(path, scope, given).databases if given else frozenset()
            setting = given if not databases and isinstance(given, ast.Attribute) else None
            if call and setting and _has_another(project, setting, nodes):
                databases = project.opened(path, call)
            if call and given and not databases:
                databases = project.settings.get(_key_of(given), frozenset())
            if call and databases & project.shared:
                lasts = _FOR_GOOD if holder.startswith("self.") else until
                yield _Held(call, holder, databases & project.shared, lasts)


def _key_of(given: ast.expr) -> str:
    """The key of the setting that says a path; empty if none is seen to."""
    match given:
        case (
            ast.Subscript(slice=ast.Constant(value=str() as key))
            | ast.Call(args=[ast.Constant(value=str() as key), *_])
            | ast.Attribute(attr=key)
        ):
            return key
    return ""


def _has_another(project: Project, given: ast.Attribute, nodes: Sequence[ast.AST]) -> bool:
    """Whether a function opens something besides what an attribute says."""
    calls = (it for it in nodes if isinstance(it, ast.Call) and it.args)
    others = (it for it in calls if dotted(it.args[0]) != dotted(given))
    return any(_opening(it) or _keeping(project, it) for it in others)


def _opening(value: ast.expr) -> ast.Call | None:
    """The call that opens a database, perhaps within another that closes it, or is awaited."""
    match value:
        case ast.Await(value=inner) | ast.Call(func=ast.Name(id="closing"), args=[inner]):
            return _opening(inner)
        case ast.Call(func=func) if last_part(dotted(func)) in _OPENS:
            return value
    return None


def _keeping(project: Project, value: ast.expr) -> ast.Call | None:
    """The call that makes an object which keeps a connection."""
    value = value.value if isinstance(value, ast.Await) else value
    made = value if isinstance(value, ast.Call) and value.args else None
    return made if made and keeps_connection(project, made.func) else None


def _open_twice(project: Project, path: PurePosixPath, held: Iterable[_Held]) -> Iterator[Remark]:
    said = set()
    for first, second in combinations(sorted(held, key=lambda it: it.node.lineno), 2):
        both = tuple(sorted(first.databases | second.databases))
        apart = first.databases.isdisjoint(second.databases)
        if apart and second.node.lineno <= first.until and second.node not in said:
            said.add(second.node)
            why = f"two connections to one file: {_LOCKED}"
            look = "use one connection for both"
            yield _remark(
                project, path, second.node, both, f"{_become(project, both)}: {why}", look
            )


def _listed(
    project: Project, path: PurePosixPath, scope: Scope, nodes: Sequence[ast.AST]
) -> Iterator[Remark]:
    """A remark on each list of files that names the one which all share more than once."""
    for node in nodes:
        if isinstance(node, ast.List | ast.Tuple) and len(node.elts) > 1:
            named = (_named(project, path, scope, row) for row in node.elts)
            found = [it for it in named if it is not None]
            if len(set(found)) > 1 and len(set(found)) == len(found):
                both = tuple(sorted(found))
                why = f"{_become(project, both)}: this has the same file {len(both)} times then"
                look = "what is done with each of them, and whether once is enough"
                yield _remark(project, path, node, both, why, look)


def _named(project: Project, path: PurePosixPath, scope: Scope, row: ast.expr) -> str | None:
    """The shared database that an item of a list names, by itself or in a row of its own."""
    cells = row.elts if isinstance(row, ast.List | ast.Tuple) else [row]
    found = {
        database
        for cell in cells
        if isinstance(cell, ast.Constant | ast.Name | ast.Attribute | ast.BinOp | ast.Call)
        for database in project.paths.of(path, scope, cell).databases & project.shared
    }
    return found.pop() if len(found) == 1 else None


def _compared(
    project: Project, path: PurePosixPath, scope: Scope, nodes: Sequence[ast.AST]
) -> Iterator[Remark]:
    """A remark where one thing is compared with a file after another."""
    known: dict[str, dict[str, ast.expr]] = defaultdict(dict)
    for node in nodes:
        match node:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                pairs = [(left, right)]
            case ast.Match(subject=subject, cases=cases):
                values = (it.pattern for it in cases)
                pairs = [(subject, it.value) for it in values if isinstance(it, ast.MatchValue)]
            case _:
                continue
        for asked, value in pairs:
            database = _named(project, path, scope, value)
            if database is not None:
                known[ast.dump(asked)].setdefault(database, value)
    for each in known.values():
        both = tuple(sorted(each))
        for node in sorted(each.values(), key=lambda it: it.lineno)[1:]:
            why = f"{_become(project, both)}: what was asked for before holds for this as well"
            yield _remark(project, path, node, both, why, "which of these is meant")


def _become(project: Project, databases: Sequence[str]) -> str:
    others = [it for it in databases if it != project.plan.target]
    become = "become" if len(others) > 1 else "becomes"
    return f"{' and '.join(others)} {become} {project.plan.target}"


def _remark(
    project: Project,
    path: PurePosixPath,
    node: ast.expr,
    databases: tuple[str, ...],
    why: str,
    look: str,
) -> Remark:
    what = in_short(ast.unparse(node))
    return Remark(path, *project.place(path, node), About.TWICE, what, databases, why, look)


REMARKER = Remarker(
    name="twice",
    look=files_held_twice,
    remarks=as_seen,
    makes=(
        'a = connect("data/target.db")\nb = connect("data/old.db")\nb.execute("DELETE FROM old")',
        (
            'class A:\n    def f(self):\n        self.a = connect("data/target.db")\n'
            '        self.b = connect("data/old.db")\n        self.b.execute("DELETE FROM old")'
        ),
        (
            'with connect("data/old.db") as a, connect("data/target.db") as b:\n'
            '    b.execute("DELETE FROM old")'
        ),
        'for it in ("data/old.db", "data/target.db"):\n    back_up(it)',
        'ALL = [("a", DATA / "old.db"), ("b", Path("data/target.db"))]',
        'if db == "data/old.db":\n    f()\nelif db == "data/target.db":\n    g()',
        'match db:\n    case "data/old.db":\n        f()\n    case "data/target.db":\n        g()',
    ),
    leaves=(
        'a = connect("data/target.db")\nb = connect("data/old.db")\nb.execute("SELECT 1")',
        (
            'a = connect("data/old.db")\na.close()\nb = connect("data/target.db")\n'
            'b.execute("DELETE FROM old")'
        ),
        (
            'with connect("data/old.db") as a:\n    a.execute("DELETE FROM old")\n'
            'with connect("data/target.db") as b:\n    b.execute("DELETE FROM old")'
        ),
        'ALL = {"a": "data/old.db", "b": "data/target.db"}',
        'ALL = ["data/old.db", "data/other.db"]',
        'x = db == "data/old.db" or other == "data/target.db"',
    ),
)
