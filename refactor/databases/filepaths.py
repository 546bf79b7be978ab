"""Which database of the plan a path expression means, followed to where the path is spelled."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.databases.databasepaths import (
    FROM_ROOT,
    database_in,
    is_temporary,
    may_name,
    other_database,
)
from refactor.databases.folders import Folders, load_of
from refactor.legacy import Legacy
from refactor.python.modules import TOO_FAR, Modules
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted
from refactor.recent import Recent

SAME_FILE = frozenset({"resolve", "absolute", "expanduser", "as_posix", "as_uri", "__str__"})
AFTER_A_NAME = ("getenv", "get", "cast")
"""What takes a path behind something else: a variable's name, a key, a type."""
TAKES_PATH = frozenset(
    {
        *("Path", "PurePath", "PosixPath", "PurePosixPath", "str", "fspath", "abspath"),
        *("realpath", "expanduser", "normpath", "join", "joinpath", *AFTER_A_NAME),
    }
)
_KEPT = 2_000
_Key = tuple[PurePosixPath, Scope, int]
_SCHEMES = ("file:", "sqlite:///", "sqlite+aiosqlite:///", "sqlite+pysqlite:///")
IN_MEMORY = frozenset({"", ":memory:"})
"""What is opened that is no file."""


class NamedFiles(Struct, frozen=True):
    """What a path expression may name."""

    databases: frozenset[str] = frozenset()
    """Databases of the plan."""
    others: frozenset[str] = frozenset()
    """Files that are none of them, as they are written."""
    sure: bool = True
    """Whether the folder that each stands in is said as well."""

    def __bool__(self) -> bool:
        """Whether anything is named."""
        return bool(self.databases or self.others)

    @property
    def database(self) -> str | None:
        """The one database that is meant for certain."""
        alone = len(self.databases) == 1 and not self.others and self.sure
        return next(iter(self.databases)) if alone else None


class FilePaths:
    """Follows path expressions of one code base."""

    def __init__(self, modules: Modules, folders: Folders, legacy: Legacy) -> None:
        self._modules = modules
        self._folders = folders
        self._legacy = legacy
        # With each answer its node is kept, so that its id stays its own.
        self._known: Recent[_Key, tuple[ast.expr, NamedFiles]] = Recent(_KEPT)
        self._asked: dict[_Key, tuple[ast.expr, NamedFiles]] = {}

    def written(self, text: str) -> NamedFiles:
        """What a path means that is written out, such as in SQL."""
        found = database_in(text, self._legacy)
        if found is None:
            may_be = other_database(text) and not may_name(text, self._legacy)
            is_other = text in IN_MEMORY or may_be
            return NamedFiles(others=frozenset({text} if is_other else ()))
        path = found.path.replace("\\", "/")
        whole = found.whole and path.endswith(found.database)
        if whole and not FROM_ROOT.fullmatch(path[: len(path) - len(found.database)]):
            return NamedFiles(others=frozenset({text}))  # in another folder
        return NamedFiles(frozenset({found.database}), sure=whole)

    def of(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> NamedFiles:
        """The databases that an expression may name; nothing where it leads nowhere."""
        key = path, scope, id(node)
        known = self._known.get(key)
        if known is None:
            self._asked.clear()
            known = self._known.keep(key, (node, self._of(path, scope, node, 0)))
        return known[1]

    def _of(self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int) -> NamedFiles:
        if depth > TOO_FAR:
            return NamedFiles()
        # What is given to itself adds nothing. That is remembered for one question only: what is
        # cut short on the way to one answer must not be the answer to another question.
        key = path, scope, id(node)
        if key not in self._asked:
            self._asked[key] = node, NamedFiles()
            self._asked[key] = node, self._followed(path, scope, node, depth)
        return self._asked[key][1]

    def _followed(  # noqa: C901, PLR0911, PLR0912 - one branch and one return for each shape
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int
    ) -> NamedFiles:
        match node:
            case ast.Constant(value=str() as text):
                return self.written(text)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                return self._joined(path, scope, [left, right], depth)
            case ast.JoinedStr(
                values=[ast.Constant(value=scheme), ast.FormattedValue(value=file), *query]
            ) if scheme in _SCHEMES and _is_query(query):
                return self._of(path, scope, file, depth + 1)
            case ast.JoinedStr() | ast.BinOp(op=ast.Add()):
                parts = _folder_and_name(node)
                return self._joined(path, scope, parts, depth) if parts else NamedFiles()
            case ast.Call(func=ast.Attribute(value=value, attr="with_name"), args=[name]):
                parts = [ast.Attribute(value, "parent"), name]
                return self._joined(path, scope, parts, depth)
            case ast.BoolOp(values=values):
                return self._any(((path, scope, value) for value in values), depth)
            case ast.IfExp(body=body, orelse=orelse):
                return self._any(((path, scope, body), (path, scope, orelse)), depth)
            case ast.NamedExpr(value=value):
                return self._of(path, scope, value, depth + 1)
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=[]) if attr in SAME_FILE:
                return self._of(path, scope, value, depth + 1)
            case ast.Call(func=func, args=[*parts]) if last_part(dotted(func)) in TAKES_PATH:
                if isinstance(func, ast.Attribute) and func.attr == "joinpath":
                    parts = [func.value, *parts]
                if last_part(dotted(func)) in AFTER_A_NAME:
                    return self._any(((path, scope, it) for it in _given(func, parts)), depth)
                return self._joined(path, scope, parts, depth)
        load = load_of(node)
        if load is None:
            return NamedFiles()
        definitions = tuple(self._modules.definitions(path, scope, load))
        if load.key:
            entries = ((it.path, it.scope, it.value) for it in definitions)
            return self._entries(load.key, entries, depth)
        return self._any(
            ((it.path, it.scope, it.value) for it in definitions if it.value is not None), depth
        )

    def _entries(
        self,
        key: str,
        found: Iterable[tuple[PurePosixPath, Scope, ast.expr | None]],
        depth: int,
    ) -> NamedFiles:
        """What a dictionary has under a key."""
        entries = (
            (path, scope, value)
            for path, scope, node in found
            if isinstance(node, ast.Dict)
            for name, value in zip(node.keys, node.values, strict=True)
            if isinstance(name, ast.Constant) and name.value == key
        )
        return self._any(entries, depth)

    def _any(
        self, nodes: Iterable[tuple[PurePosixPath, Scope, ast.expr]], depth: int
    ) -> NamedFiles:
        found = [self._of(path, scope, node, depth + 1) for path, scope, node in nodes]
        return NamedFiles(
            frozenset().union(*(it.databases for it in found)),
            frozenset().union(*(it.others for it in found)),
            sure=all(it.sure for it in found if it),
        )

    def _joined(
        self, path: PurePosixPath, scope: Scope, parts: list[ast.expr], depth: int
    ) -> NamedFiles:
        """What a path means that is put together, its last part first."""
        *before, last = parts or [ast.Constant(value=None)]
        named = self._of(path, scope, last, depth + 1)
        if not named.databases or not before:
            return named
        folder = ast.Call(func=ast.Name(id="Path"), args=before, keywords=[])
        if any(map(is_temporary, before)):
            return NamedFiles()
        known = self._folders.known(path, scope, folder)
        fitting = frozenset(self._in_folder(path, scope, folder, known, named.databases))
        if known is not None:
            others = frozenset() if fitting else frozenset({str(known)})
            return NamedFiles(fitting, others)
        return NamedFiles(named.databases, sure=fitting == named.databases)

    def _in_folder(
        self,
        path: PurePosixPath,
        scope: Scope,
        folder: ast.expr,
        known: PurePosixPath | None,
        databases: Iterable[str],
    ) -> Iterator[str]:
        """Those of the databases that lie in a folder, by all that is known of it."""
        last = self._folders.last(path, scope, folder) if known is None else None
        for database in databases:
            expected = PurePosixPath(database).parent
            if known is None:
                fits = last is not None and last == expected.name
            else:
                tail = known.parts[-len(expected.parts) :] if expected.parts else ()
                fits = known in (expected, PurePosixPath()) or (
                    known.is_absolute() and tail == expected.parts
                )
            if fits:
                yield database


def _is_query(rest: list[ast.expr]) -> bool:
    """Whether nothing stands behind the path of a URL but what it asks for: `?mode=ro`."""
    match rest:
        case [ast.Constant(value=str() as text)]:
            return text[:1] == "?"
    return not rest


def _folder_and_name(node: ast.JoinedStr | ast.BinOp) -> list[ast.expr]:
    """The folder and the name of `f"{DATA}/shop.db"`, `DATA + "/shop.db"` or of such a URL."""
    match node:
        case ast.BinOp(left=left, right=ast.Constant(value=str() as name)) if name[:1] == "/":
            return [left, ast.Constant(name.lstrip("/"))]
        case ast.JoinedStr(values=[*before, ast.FormattedValue(value=left), ast.Constant(name)]):
            scheme = "".join(str(it.value) for it in before if isinstance(it, ast.Constant))
            known = len(before) <= 1 and (not before or scheme in _SCHEMES)
            if known and isinstance(name, str) and name[:1] == "/":
                return [left, ast.Constant(name.lstrip("/").partition("?")[0])]
    return []


def _given(func: ast.expr, arguments: list[ast.expr]) -> Iterator[ast.expr]:
    """What `SHOPS.get("a", PATH)` may give: the entry of a dictionary, and what is given else."""
    match func, arguments:
        case ast.Attribute(value=ast.expr() as value, attr="get"), [key, *_]:
            yield ast.Subscript(value, key)
    yield from arguments[1:]
