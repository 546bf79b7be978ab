"""Two connections to one file, where there were two files."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.python.assignments import Module
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted
from refactor.remarks.keepers import class_keeps, keeps_connection, made_of_paths
from refactor.remarks.parts import become, key_of, kinds_in, parts_of, remark_at
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker, as_seen
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
    made = _made(project, source.text) if project.lines_naming(path) else []
    opened = [*_opened(source.text), *made]
    tree = project.codebase.tree_of(path) if opened else None
    if tree is None:
        return
    module, of_objects = Module(path, tree), defaultdict[str, list[_Held]](list)
    kinds = [(scope, node, kinds_in(node, opened)) for scope, node in parts_of(tree)]
    by_owner = {scope.owner for scope, _, count in kinds if count >= _TWO}
    for scope, node, count in kinds:
        if isinstance(node, ast.ClassDef):
            continue
        if count >= _TWO or (scope.owner in by_owner and count):
            held = [*_held(project, path, scope, module.owned(node))]
            of_objects[scope.owner] += (it for it in held if it.holder.startswith("self."))
            own = (it for it in held if not it.holder.startswith("self."))
            yield from _open_twice(project, path, own)
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


def _made(project: Project, text: str) -> list[tuple[int, str]]:
    """The lines on which objects are made of paths that keep a connection; if two are so nearby."""
    made = [*made_of_paths(text)]
    if not _are_near([(line, what) for line, what, _ in made]):
        return []
    found = [(line, what) for line, what, name in made if class_keeps(project, name)]
    return found if _are_near(found) else []


def _are_near(found: Sequence[tuple[int, str]]) -> bool:
    """Whether two different things of some stand near to one another."""
    return any(
        what != other and line - before <= _NEAR
        for (before, other), (line, what) in pairwise(found)
    )


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
                databases = project.executors.opened_by(path, call)
            if call and given and not databases:
                databases = project.settings.get(key_of(given), frozenset())
            if call and databases & project.shared:
                lasts = _FOR_GOOD if holder.startswith("self.") else until
                yield _Held(call, holder, databases & project.shared, lasts)


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
            why = f"{become(project, both)}: two connections to one file: {_LOCKED}"
            look = "use one connection for both"
            yield remark_at(project, path, second.node, About.TWICE, both, why, look)


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
    ),
)
