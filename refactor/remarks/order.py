"""Names that stand in their order, or are put into it: by their new names it is another one.

Each of them is right once it is edited. But `["bugs", "users"]` may be what `sorted(…)` gave, and
a loop over `sorted(TABLES)` goes through them in another order.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from string import ascii_letters, digits

from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.python.assignments import FUNCTIONS
from refactor.python.outline import last_part
from refactor.python.syntax import children, covers, dotted
from refactor.references import Kind
from refactor.remarks.parts import remark_at
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker
from refactor.text.lines import Lines, places
from refactor.text.words import Words

_Display = ast.List | ast.Tuple | ast.Set | ast.Dict
_Around = Mapping[ast.AST, ast.AST]
"""What nodes stand in."""
_By = Callable[[str], str | int]
_TWO = 2
_SHOWN = 4
_SORTED = "sorted("
_SORTS_CONSTANT = re.compile(r"sorted\((?:\w+\.)*[A-Z][A-Z_]+\b")
_SORTS = re.compile(r"sorted\(\s*(?:\w+\()*(?P<what>[\w.]+|[\[({])")
_EQUALS = re.compile(r"==\s*(?P<what>[A-Z][A-Z_]+\b|\w*expected\b|[\[(])")
"""How something is compared with a list, or with what is called as one that is known."""
_GIVEN_LIST = re.compile(r"\s*(?::[^=\n]+)?=\s*(?:\w+\()*[\[({]")
_BRACKETS = frozenset("[({")
_FARTHEST = 200
_WORD = f"{ascii_letters}{digits}_"
_ASSERTS = frozenset({"assertEqual", "assertListEqual", "assertTupleEqual", "assertSequenceEqual"})
_SAME = frozenset({"frozenset", "items", "iter", "keys", "list", "set", "tuple"})
_BY: Mapping[str, _By] = {"": str, "len": len, "str.casefold": str.casefold, "str.lower": str.lower}
"""What names are sorted by, as far as that tells their order."""
_SAY_NAMES = (ast.Compare, ast.JoinedStr, ast.Raise)
"""Where what is sorted is compared with a list, or only said to people, who see the new names."""
_LOOK_LISTED = "if what it is compared with is put in order, it must stand in that order here"
_LOOK_SORTED = "whether anybody sees that order, or counts on it"


class _Listed(Struct, frozen=True):
    """A list of old names, what it is called, and the function of which that is a name."""

    path: PurePosixPath
    node: _Display
    name: str
    function: ast.AST | None
    compared: bool = False
    """Whether something is compared with it, in its order."""


class _Sorting(Struct, frozen=True):
    """A call that puts something in order, which stands there or is called something."""

    path: PurePosixPath
    call: ast.Call
    by: str
    """What it is sorted by."""
    what: ast.expr
    functions: tuple[ast.AST, ...]
    """Those around it."""


def _look(project: Project, path: PurePosixPath) -> Iterator[_Listed | _Sorting]:
    source = project.source(path)
    if source is None or not project.codebase.is_python(path):
        return
    text = source.text
    wanted = [*_told(text, project.codebase.words)] if path in project.codebase.hits else []
    # What is sorted where no list is seen is another module's, and so a constant.
    wanted += (at for at in places(text, _SORTED) if _SORTS_CONSTANT.match(text, at))
    tree = project.codebase.tree_of(path) if wanted else None
    if tree is None:
        return
    around = _around(tree, text, wanted)
    yield from _sorting(path, around)
    compared = [it for it in around if isinstance(it, ast.Name) and _is_compared(it, around)]
    for it in _lists(project, path, around):
        is_compared = _is_compared(it.node, around) or any(
            it.name == use.id and it.function in (None, *_functions(use, around))
            for use in compared
        )
        yield replace(it, compared=is_compared and isinstance(it.node, ast.List | ast.Tuple))


def _told(text: str, words: Words) -> Iterator[int]:
    """Where a text sorts, or compares something with, what may be a list of old names.

    And where that list stands: to see so costs less than to look through its tree.
    """
    uses = defaultdict[str, list[int]](list)
    for at, what in _used(text):
        if what[:1] not in _BRACKETS:
            uses[last_part(what.removesuffix(".keys").removesuffix(".items"))].append(at)
        elif words.are_in(text[at : at + _FARTHEST]):
            yield at
    for name, places_used in uses.items():
        given = [it for it in places(text, name) if _GIVEN_LIST.match(text, it + len(name))]
        if any(words.are_in(text[it : it + _FARTHEST]) for it in given):
            yield from (*places_used, *given)


def _used(text: str) -> Iterator[tuple[int, str]]:
    """What a text sorts, or compares something with: a name, or a bracket where a list stands."""
    for sign, pattern in ((_SORTED, _SORTS), ("==", _EQUALS)):
        found = (pattern.match(text, at) for at in places(text, sign))
        yield from ((it.start(), it["what"]) for it in found if it)
    yield from ((at, "[") for at in places(text, "Equal("))
    for at in places(text, ".sort("):
        before = text[max(at - _FARTHEST, 0) : at]
        name = before[len(before.rstrip(_WORD)) :]
        if name:
            yield at, name


def _lists(project: Project, path: PurePosixPath, around: _Around) -> Iterator[_Listed]:
    """The lists with several old names among some nodes."""
    for node in around:
        if isinstance(node, _Display) and _has_names(project, node):
            function = next(_functions(node, around), None)
            yield _Listed(path, node, _name(node, around), function)


def _around(tree: ast.Module, text: str, hits: Iterable[int]) -> _Around:
    """What the nodes stand in that reach a line on which a text has a hit."""
    lines, found = Lines(text), dict[ast.AST, ast.AST]()
    wanted = sorted({lines.place(at)[0] for at in hits})
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        inside = [it for it in children(node) if covers(it, wanted)]
        found.update(dict.fromkeys(inside, node))
        stack += inside
    return found


def _has_names(project: Project, node: _Display) -> bool:
    """Whether a list has several old names."""
    said = (folded(str(it.value)) for it in _words(node))
    return sum(it in project.legacy.meanings for it in said) >= _TWO


def _words(node: _Display) -> list[ast.Constant]:
    """The texts of a list, or those with which its rows begin; nothing if it has others."""
    items = node.keys if isinstance(node, ast.Dict) else node.elts
    firsts = [it.elts[0] if isinstance(it, ast.Tuple) and it.elts else it for it in items]
    words = [it for it in firsts if isinstance(it, ast.Constant) and isinstance(it.value, str)]
    return words if len(words) == len(items) else []


def _name(node: ast.AST, around: _Around) -> str:
    """What a list is called, whatever collection is made of it."""
    inside = around.get(node)
    while isinstance(inside, ast.Call) and last_part(dotted(inside.func)) in _SAME:
        inside = around.get(inside)
    match inside:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return last_part(dotted(target))
    return ""


def _functions(node: ast.AST, around: _Around) -> Iterator[ast.AST]:
    """The functions around, the innermost first."""
    while node in around:
        node = around[node]
        if isinstance(node, FUNCTIONS):
            yield node


def _is_compared(node: ast.AST, around: _Around) -> bool:
    """Whether something has to be equal to a list, in its order."""
    match around.get(node):
        case ast.Compare(ops=[ast.Eq() | ast.NotEq()]):
            return True
        case ast.Call(func=func):
            return last_part(dotted(func)) in _ASSERTS
    return False


def _sorting(path: PurePosixPath, around: _Around) -> Iterator[_Sorting]:
    """The calls that put something in order, and do more with it than to say it."""
    for node in around:
        match node:
            case ast.Call(func=ast.Name(id="sorted"), args=[what]):
                pass
            case ast.Call(func=ast.Attribute(value=what, attr="sort"), args=[]):
                pass
            case _:
                continue
        by = next((dotted(it.value) for it in node.keywords if it.arg == "key"), "")
        if by in _BY and not _only_says(node, around):
            yield _Sorting(path, node, by, _collection(what), tuple(_functions(node, around)))


def _collection(node: ast.expr) -> ast.expr:
    """What is made into a collection of another kind, or asked for its keys."""
    while isinstance(node, ast.Call) and last_part(dotted(node.func)) in _SAME:
        match node:
            case ast.Call(args=[inner]) | ast.Call(func=ast.Attribute(value=inner)):
                node = inner
            case _:
                break
    return node


def _only_says(node: ast.AST, around: _Around) -> bool:
    """Whether the names are only said, or compared with a list of them."""
    match around.get(node):
        case ast.Call(func=ast.Attribute(attr="join")):
            return True
    while isinstance(node, ast.expr):
        node = around[node]
        if isinstance(node, _SAY_NAMES):
            return True
    return False


def names_in_order(project: Project, seen: Sequence[_Listed | _Sorting]) -> Iterator[Remark]:
    """A remark for each list that stands in order today, and for each that is put in order."""
    listed = [it for it in seen if isinstance(it, _Listed)]
    for it in listed:
        names = _names(project, it) if it.compared else None
        if names and names.in_order(str) and names.change_order(str):
            why = "this stands in the order of its names today; by the new ones that is"
            yield _remark(project, it.path, it.node, names, why, str, _LOOK_LISTED)
    for sorting in (it for it in seen if isinstance(it, _Sorting)):
        by = _BY[sorting.by]
        for each in _meant(project, sorting, listed):
            names = _names(project, each)
            if names.change_order(by):
                why = "the order of these names is another one then:"
                yield _remark(project, sorting.path, sorting.call, names, why, by, _LOOK_SORTED)


def _meant(project: Project, sorting: _Sorting, listed: Sequence[_Listed]) -> Iterator[_Listed]:
    """The lists that may be put in order at a place: its module's own, or what that imports."""
    name = last_part(dotted(sorting.what))
    here = (it for it in listed if it.path == sorting.path)
    mine = [
        it
        for it in here
        if it.node is sorting.what
        or (it.name == name != "" and it.function in (None, *sorting.functions))
    ]
    yield from mine
    for path in dict.fromkeys(project.imports(sorting.path)) if name.isupper() and not mine else ():
        source, tree = project.source(path), project.codebase.tree_of(path)
        around = _around(tree, source.text, places(source.text, name)) if source and tree else {}
        yield from (it for it in _lists(project, path, around) if it.name == name)


class _Names(Struct, frozen=True):
    """What a list says, item by item, and what it says once names are edited."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    databases: tuple[str, ...]

    def in_order(self, by: _By) -> bool:
        """Whether today's stand in their order."""
        return [*self.old] == sorted(self.old, key=by)

    def change_order(self, by: _By) -> bool:
        """Whether the order of the new ones is another."""
        items = range(len(self.old))
        return sorted(items, key=lambda it: by(self.old[it])) != sorted(
            items, key=lambda it: by(self.new[it])
        )


def _names(project: Project, listed: _Listed) -> _Names:
    """The names of a list, with those that are certainly edited."""
    words = _words(listed.node)
    old = tuple(str(it.value) for it in words)
    source = project.source(listed.path)
    if source is None:
        return _Names(old, old, ())
    tables = [it for it in project.references(listed.path) if it.kind is Kind.TABLE]
    new, databases = [], set[str]()
    for word, (start, end) in zip(old, map(Lines(source.text).span, words), strict=True):
        named = next((it for it in tables if it.certain and start <= it.start < end), None)
        new.append(str(named.new).strip('"') if named else word)
        databases.update(named.databases if named else ())
    return _Names(old, tuple(new), tuple(sorted(databases)))


def _remark(
    project: Project,
    path: PurePosixPath,
    node: ast.expr,
    names: _Names,
    why: str,
    by: _By,
    look: str,
) -> Remark:
    first = sorted(names.new, key=by)[:_SHOWN]
    more = ", …" if len(names.new) > _SHOWN else ""
    why = f"{why} {', '.join(first)}{more}"
    return remark_at(project, path, node, About.ORDER, names.databases, why, look)


REMARKER = Remarker(
    name="order",
    look=_look,
    remarks=names_in_order,
    makes=(
        'T = ["items", "old"]\nfor t in sorted(T):\n    print(c.execute(f"SELECT * FROM {t}"))',
        'T = ["old", "items"]\nT.sort()\nfor t in T:\n    c.execute(f"DELETE FROM {t}")',
    ),
    leaves=(
        'T = ["old", "z"]\nfor t in sorted(T):\n    print(c.execute(f"SELECT * FROM {t}"))',
        'T = ["items", "old"]\nfor t in T:\n    print(c.execute(f"SELECT * FROM {t}"))',
        'T = ["items", "old"]\nprint(", ".join(sorted(T)))\nc.execute(f"DELETE FROM {T[0]}")',
        'T = ["items", "old"]\nT.sort(key=rank)\nfor t in T:\n    c.execute(f"DELETE FROM {t}")',
    ),
)
