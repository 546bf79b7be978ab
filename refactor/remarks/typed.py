"""Old names that people type, or ask for by URL: what a command line or a web server lets through.

`choices=["old"]` and `Literal["old"]` follow the tables where they go into SQL. What whoever calls
the program has to say follows with them, and no code here knows who does.
"""

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import PurePosixPath

from plan.model import folded
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import allowed_by, dotted, statements_in, walked
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker, as_seen, in_short
from refactor.text.lines import Lines, places

_SIGNS = ("choices", "Choice(", "Literal[")
_BY_NAME = re.compile(r"(?:choices\s*=|Choice\()\s*(?:(?:list|sorted|tuple)\(\s*)?[A-Z_]+\b")
_SAME_WORDS = frozenset({"keys", "list", "sorted", "tuple"})
_FARTHEST = 300
_ASKED = frozenset(
    {
        *("api_route", "delete", "get", "patch", "post", "put", "route", "websocket"),
        *("command", "callback"),
    }
)
"""Decorators of functions whose arguments come from a request, or from a command line."""
_LOOK = "whether people, scripts and links can follow; else look the tables up by the old words"


def names_typed(project: Project, path: PurePosixPath) -> Iterator[Remark]:
    """A remark for each list of what may be typed that has old names in it."""
    source = project.source(path)
    if source is None or not _may_list(source.text, project):
        return
    outline, takers = project.codebase.outline_of(path), project.takers
    if outline is None or not (takers.builds(path) or takers.meets_builder(path)):
        return
    given = {name: value for scope, name, value in outline.assigned if scope == Scope()}
    calls = project.calls(path, lambda text: chain(*(places(text, it) for it in _SIGNS[:2])))
    listed = (it for _, call in calls for it in _choices(call))
    for node in chain(listed, _asked_for(outline.tree)):
        named = _unwrapped(node)
        shown = given.get(named.id, named) if isinstance(named, ast.Name) else named
        words = [
            it for it in walked(shown) if isinstance(it, ast.Constant) and isinstance(it.value, str)
        ]
        yield from _remarked(project, path, node, words)


def _may_list(text: str, project: Project) -> bool:
    """Whether a module may list old names for people to choose from: that is cheap to see."""
    listed = (text[at : at + _FARTHEST] for sign in _SIGNS for at in places(text, sign))
    return any(_BY_NAME.match(it) or project.codebase.words.are_in(it) for it in listed)


def _choices(call: ast.Call) -> Iterator[ast.expr]:
    """What a call lets people choose from."""
    yield from (it.value for it in call.keywords if it.arg == "choices")
    if last_part(dotted(call.func)) == "Choice":
        yield from call.args[:1]


def _unwrapped(node: ast.expr) -> ast.expr:
    """What has the words that `sorted(TABLES)` or `list(TABLES.keys())` lists."""
    match node:
        case ast.Call(func=ast.Name(id=name), args=[words, *_]) if name in _SAME_WORDS:
            return _unwrapped(words)
        case ast.Call(func=ast.Attribute(value=words, attr=name), args=[]) if name in _SAME_WORDS:
            return _unwrapped(words)
    return node


def _asked_for(tree: ast.Module) -> Iterator[ast.expr]:
    """The annotations that say what a request, or a command line, may give."""
    for node in statements_in(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
            last_part(_called(it)) in _ASKED for it in node.decorator_list
        ):
            arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
            annotations = (it.annotation for it in arguments if it.annotation)
            yield from (it for it in annotations if any(True for _ in allowed_by(it)))


def _called(node: ast.expr) -> str:
    return dotted(node.func if isinstance(node, ast.Call) else node)


def _remarked(
    project: Project, path: PurePosixPath, node: ast.expr, words: list[ast.Constant]
) -> Iterator[Remark]:
    meant = {
        it: [
            each
            for each in project.legacy.meanings.get(folded(str(it.value)), ())
            if each.new != each.old
        ]
        for it in words
    }
    going = _followed(project, path, [it for it, found in meant.items() if found])
    changed = {str(it.value): meant[it] for it in going}
    if changed:
        becomes = ", ".join(f"{word} becomes {its[0].new}" for word, its in changed.items())
        databases = sorted({it.database for its in changed.values() for it in its})
        why = f"where it goes into SQL, {becomes}: so does what is typed or asked for"
        what = in_short(ast.unparse(node))
        place = project.place(path, node)
        yield Remark(path, *place, About.TYPED, what, tuple(databases), why, _LOOK)


def _followed(
    project: Project, path: PurePosixPath, words: list[ast.Constant]
) -> Iterator[ast.Constant]:
    """Those of some old names that go into SQL, as far as is seen."""
    source = project.source(path) if words else None
    if source is None:
        return
    lines = Lines(source.text)
    starts = [it.start for it in project.references(path) if it.pressing]
    for word in words:
        start, end = lines.span(word)
        if any(start <= at < end for at in starts):
            yield word


REMARKER = Remarker(
    name="typed",
    look=names_typed,
    remarks=as_seen,
    makes=(
        'p.add_argument("t", choices=["old", "z"])\nc.execute(f"DELETE FROM {p.parse_args().t}")',
        'NAMES = ["old"]\np.add_argument("t", choices=NAMES)\nc.execute(f"DELETE FROM {t}")',
        'N = ["old"]\np.add_argument("t", choices=sorted(N))\nc.execute(f"DELETE FROM {t}")',
        '@click.option("-t", type=Choice(["old"]))\ndef f(t):\n    c.execute(f"DROP TABLE {t}")',
        '@app.get("/{t}")\ndef f(t: Literal["old"]):\n    c.execute(f"SELECT * FROM {t}")',
    ),
    leaves=(
        'p.add_argument("t", choices=["z"])\nc.execute(f"DELETE FROM {p.parse_args().t}")',
        'p.add_argument("kind", choices=["old", "young"])\nc.execute("SELECT * FROM old")',
        'def f(t: Literal["old"]):\n    c.execute(f"SELECT * FROM {t}")',
    ),
)
