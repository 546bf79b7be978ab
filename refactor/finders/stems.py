"""Names of databases' files without their ending: `if path.stem == "old"` asks for `old.db`.

Once the databases are merged there is no such file, and what such code does for it is never done.
So it is with patterns that files are listed by: `folder.glob("old*.db")`.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from refactor.apis.callers import scoped
from refactor.databases.databasepaths import endings_of
from refactor.finders.finder import Surroundings
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted, name_of, walked
from refactor.references import Evidence, Reason, Reference
from refactor.tablefiles import OF_DATA
from refactor.text.lines import places

_MAY_ASK = re.compile(
    r"\.stem\b|splitext\(|removesuffix\(|\.replace\([\"']\.|with_suffix\([\"']{2}"
    r"|(?:\.name|basename\([^()]*\)|\[-1\])\.(?:r?split|r?partition|startswith)\("
)
_SIGNS = (
    *(".stem", "splitext(", "removesuffix(", ".replace(", "with_suffix("),
    *(".name.", "basename(", "[-1]."),
)
"""What the pattern fits begins with one of these: they are sought ten times faster."""
_LISTS_FILES = re.compile(r"(?:glob|match)\([^()]*[*?][^()]*[\"']\)")
_ENDS = ('"', "'", '."', ".'")
_PARTS = frozenset({"split", "rsplit", "partition", "rpartition"})
_LIKE = frozenset({"casefold", "lower", "strip", "upper"})
_FILE_NAMES = frozenset({"basename", "name"})
_LISTS = frozenset({"fnmatch", "full_match", "glob", "iglob", "match", "rglob"})
_WILD = re.compile(r"[*?]|\[.*\]")
_OF_MODULE = Scope()


def files_by_stem(around: Surroundings) -> Iterator[Reference]:
    """A question for each text that the name of a file without its ending is compared with."""
    outline, text = around.outline, around.source.text
    if outline is None:
        return
    if "glob(" in text or "match(" in text:
        listed = {around.lines.place(it.start())[0] for it in _LISTS_FILES.finditer(text)}
        for _, node in scoped(outline.tree, sorted(listed)) if listed else ():
            yield from _listed(node, around)
    stems = {PurePosixPath(it).stem: it for it in around.legacy.moved}
    said = [at for it in stems for at in places(text, it) if text.startswith(_ENDS, at + len(it))]
    signs = (at for it in _SIGNS for at in places(text, it)) if said else ()
    asked = [at for at in signs if _MAY_ASK.match(text, at)]
    if not asked:
        return  # as in far the most
    nodes = scoped(outline.tree, sorted({around.lines.place(at)[0] for at in (*said, *asked)}))
    asks = _Asking(around, nodes)
    for scope, node in nodes:
        for constant in asks.compared(scope, node):
            yield from _asked(constant, stems, around)


class _Asking:
    """Who knows what in a module is the name of a file without its ending."""

    def __init__(self, around: Surroundings, nodes: Sequence[tuple[Scope, ast.AST]]) -> None:
        self._endings = endings_of(around.legacy)
        self._nodes = nodes
        self._given = {
            (scope, name) for scope, node in self._nodes for name in self._names_given(node)
        }

    def compared(self, scope: Scope, node: ast.AST) -> Iterator[ast.Constant]:  # noqa: C901
        """The texts that a node compares a file's name with, or has for it."""
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                for one, other in ((left, right), (right, left)):
                    if self._is_stem(scope, one):
                        yield from _texts(other)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                if self._is_stem(scope, left):
                    yield from _texts(right)
            case ast.Match(subject=subject, cases=cases) if self._is_stem(scope, subject):
                patterns = (it for case in cases for it in walked(case.pattern))
                yield from (
                    it.value
                    for it in patterns
                    if isinstance(it, ast.MatchValue) and isinstance(it.value, ast.Constant)
                )
            case ast.Subscript(value=held, slice=key) if self._is_stem(scope, key):
                yield from self._keys(scope, held)
            case ast.Call(func=ast.Attribute(value=held, attr="get"), args=[key, *_]) if (
                self._is_stem(scope, key)
            ):
                yield from self._keys(scope, held)
            case ast.Call(func=ast.Attribute(value=held, attr="startswith"), args=[begins]):
                if _is_file_name(held):
                    yield from (it for it in _texts(begins) if str(it.value).endswith("."))

    def _keys(self, scope: Scope, held: ast.expr) -> Iterator[ast.Constant]:
        """The keys of a dictionary: of one that stands there, or has a name."""
        name = name_of(held)
        if isinstance(held, ast.Dict):
            yield from _constants(held.keys)
        for where, node in self._nodes if name else ():
            match node:
                case (
                    ast.Assign(targets=[target], value=ast.Dict(keys=keys))
                    | ast.AnnAssign(target=target, value=ast.Dict(keys=keys))
                ) if name_of(target) == name and where in {scope, _OF_MODULE}:
                    yield from _constants(keys)

    def _names_given(self, node: ast.AST) -> Iterator[str]:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_cut(
                value, self._endings
            ):
                yield name
            case ast.NamedExpr(target=ast.Name(id=name), value=value) if _is_cut(
                value, self._endings
            ):
                yield name
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id=name), *_])], value=ast.Call(func=func)
            ) if last_part(dotted(func)) == "splitext":
                yield name

    def _is_stem(self, scope: Scope, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return (scope, node.id) in self._given
        return _is_cut(node, self._endings)


def cuts_ending(node: ast.expr, around: Surroundings) -> bool:
    """Whether an expression is the name of some file without its ending."""
    return _is_cut(node, (*endings_of(around.legacy), *OF_DATA))


def _is_cut(node: ast.expr, endings: tuple[str, ...]) -> bool:  # noqa: PLR0911
    """Whether an expression takes the ending off a file's name."""
    match node:
        case ast.Attribute(attr="stem"):
            return True
        case ast.Attribute(
            value=ast.Call(func=ast.Attribute(attr="with_suffix"), args=[ast.Constant(value="")]),
            attr="name",
        ):
            return True
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]) if attr in _LIKE:
            return _is_cut(value, endings)
        case ast.Call(func=ast.Name(id="str"), args=[value]):
            return _is_cut(value, endings)
        case ast.Call(
            func=ast.Attribute(attr="removesuffix" | "replace"), args=[ast.Constant(value=it), *_]
        ):
            return it in endings
        case ast.Subscript(value=ast.Call(func=func), slice=ast.Constant(value=0)):
            if last_part(dotted(func)) == "splitext":
                return True
            return (
                isinstance(func, ast.Attribute)
                and func.attr in _PARTS
                and _is_file_name(func.value)
            )
    return False


def _is_file_name(node: ast.expr) -> bool:
    """Whether an expression is the last part of a path: `path.name`, `text.split("/")[-1]`."""
    match node:
        case ast.Attribute(attr=name):
            return name in _FILE_NAMES
        case ast.Call(func=func):
            return last_part(dotted(func)) in _FILE_NAMES
        case ast.Subscript(
            value=ast.Call(
                func=ast.Attribute(attr="split" | "rsplit"),
                args=[ast.Constant(value="/") | ast.Attribute(attr="sep"), *_],
            )
        ):
            return True
    return False


def _texts(node: ast.expr) -> Iterator[ast.Constant]:
    match node:
        case ast.Constant():
            yield node
        case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
            yield from _constants(items)


def _constants(nodes: "list[ast.expr] | list[ast.expr | None]") -> Iterator[ast.Constant]:
    yield from (it for it in nodes if isinstance(it, ast.Constant))


def _listed(node: ast.AST, around: Surroundings) -> Iterator[Reference]:
    """A question for a pattern of files' names that fits one which goes away, and not any name."""
    match node:
        case ast.Call(func=func, args=[*_, ast.Constant(value=str() as says) as pattern]) if (
            last_part(dotted(func)) in _LISTS
        ):
            name = PurePosixPath(says).name
            stem, dot, ending = name.rpartition(".")
            is_regex = last_part(dotted(func)) == "match" and _WILD.search(ending)
            fits = [it for it in around.legacy.moved if fnmatchcase(PurePosixPath(it).name, name)]
            at = around.source.text.find(name, *around.lines.span(pattern))
            if (
                fits
                and dot
                and not is_regex
                and _WILD.search(says)
                and _WILD.sub("", stem)
                and at >= 0
            ):
                yield around.path_reference(
                    at,
                    name,
                    tuple(fits),
                    evidence=(Evidence(Reason.GRAMMAR, "files are listed by it"),),
                    question=f"files are listed by it, and {fits[0]} goes away: what is it for?",
                    mend="see that nothing waits for the file",
                    blocking=False,
                )


def _asked(
    node: ast.Constant, stems: Mapping[str, str], around: Surroundings
) -> Iterator[Reference]:
    stem = node.value.rstrip(".") if isinstance(node.value, str) else ""
    database = stems.get(stem)
    at = around.source.text.find(stem, *around.lines.span(node))
    if database is None or at < 0:
        return
    ending = PurePosixPath(database).suffix
    target = around.legacy.moved[database]
    yield around.path_reference(
        at,
        stem,
        (database,),
        evidence=(Evidence(Reason.GRAMMAR, "compared with a file's name without its ending"),),
        question=f"a file's name without its ending: does it mean {database}, which goes away?",
        mend=f"see what is to be done with {target}" if target else "see that nothing waits for it",
        # Other files may be called so, such as exports of a table: then none of this kind is named.
        blocking=re.search(rf"{re.escape(ending)}[\"']", around.source.text) is not None,
    )
