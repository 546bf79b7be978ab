"""Names that sqlite-utils makes of those of tables: `items_fts`, `items_tags`, `items_id`.

No literal says them. To know them, a table is followed to the name that it was looked up by.
"""

import ast
import re
import sys
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath

from refactor.apis.callers import Callers
from refactor.apis.keyed import KeyedTables
from refactor.apis.libraries import SQLITE_UTILS
from refactor.apis.loops import Loop, Loops
from refactor.apis.values import FARTHEST, UNKNOWN, Values, outwards
from refactor.python.modules import Modules
from refactor.python.outline import Load, Scope
from refactor.python.syntax import dotted

COINS = ("m2m(", "enable_fts(")
"""What a file says where sqlite-utils makes a name of a table's."""

_GIVES_TABLE = frozenset({"table", "create_table"})
_LOOPED_OVER = frozenset({"items", "keys"})
_SAID = re.compile(r"<(\w+)>")
_TABLE = re.compile(r"(?P<database>.*)\[<(?P<name>\w+)>\](?:\.\w+\(\))*")
_OURS = re.compile(r"sqlite_utils(?:\.\w+)*\.Database\(\)")


def may_coin(text: str) -> bool:
    """Whether a module may have such a name made: that is cheap to see."""
    return any(it in text for it in COINS)


def link_table(one: str, other: str) -> str:
    """What a table is called that links two others."""
    return "_".join(sorted((one, other)))


class TableNames(Values):
    """Answers which tables of sqlite-utils' an expression may be, by their names."""

    def __init__(
        self,
        modules: Modules,
        packages: Collection[str],
        callers: Callers,
        keyed: KeyedTables,
    ) -> None:
        """Follow names through these modules, as `Values` does, and parameters to their calls."""
        super().__init__(modules, packages, callers)
        self._keyed = keyed
        self._loops = Loops(modules)
        self._known = packages

    @property
    def are_made(self) -> bool:
        """Whether the code uses the library at all."""
        return self._keyed.is_used(SQLITE_UTILS)

    def named(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> frozenset[str]:
        """The names of the tables that an expression may be, as far as they are known."""
        if not self.are_made:
            return frozenset()
        found = map(_TABLE.fullmatch, self.of(path, scope, node))
        return frozenset(it["name"] for it in found if it and self._is_ours(it["database"]))

    def said(self, path: PurePosixPath, scope: Scope, node: ast.expr) -> frozenset[str]:
        """The words that an expression may be, as far as they are known."""
        found = map(_SAID.fullmatch, self.of(path, scope, node))
        return frozenset(it[1] for it in found if it)

    def of(
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int = 0
    ) -> frozenset[str]:
        """All that an expression may stand for; a word and the key of a table as they are said."""
        deeper = depth + 1
        match node if depth <= FARTHEST else None:
            case ast.Constant(value=str() as word) if word.isidentifier():
                return frozenset({f"<{word}>"})
            case ast.Subscript(value=holder, slice=key):
                return self._keys(path, scope, holder, key, deeper)
            case ast.Call(func=ast.Attribute(value=holder, attr=method), args=[key, *_]):
                if method in _GIVES_TABLE:
                    return self._keys(path, scope, holder, key, deeper)
            case ast.Name(id=name):
                loop = self._loops.binding(path, name, node)
                found = self._each(path, scope, loop, name, deeper) if loop else None
                if found:
                    return found
        return super().of(path, scope, node, depth)

    def _keys(
        self, path: PurePosixPath, scope: Scope, holder: ast.expr, key: ast.expr, depth: int
    ) -> frozenset[str]:
        words = {it if _SAID.fullmatch(it) else "" for it in self.of(path, scope, key, depth)}
        holders = self.of(path, scope, holder, depth)
        return frozenset(f"{it}[{word}]" for it in holders for word in words)

    def _looked_up(
        self, path: PurePosixPath, scope: Scope, name: str, depth: int
    ) -> frozenset[str]:
        """What a name stands for; a parameter whatever it is annotated with, for that says less."""
        names = self._modules.names(path)
        found = super()._looked_up(path, scope, name, depth)
        if names is None or any(map(_SAID.search, found)):
            return found
        for place in outwards(scope):
            if (place, name) in names.outline.parameters:
                return self._from_callers(path, place, name, depth) or found
        return found

    def _each(
        self, path: PurePosixPath, scope: Scope, loop: Loop, name: str, depth: int
    ) -> frozenset[str]:
        """What a loop over a display gives to a name."""
        items = loop.items
        match items:
            case ast.Call(func=ast.Attribute(value=holder, attr=method)) if method in _LOOPED_OVER:
                items = holder
                target = loop.target if method == "keys" else _first(loop.target)
            case _:
                target = loop.target
        found: set[str] = set()
        for file, at, display in self._displays(path, scope, items):
            for item in display:
                part = _part(item, target, name)
                found |= self.of(file, at, part, depth) if part else frozenset()
        return frozenset(found)

    def _displays(
        self, path: PurePosixPath, scope: Scope, node: ast.expr
    ) -> Iterable[tuple[PurePosixPath, Scope, list[ast.expr]]]:
        """The items of each display, or the keys, that an expression may be."""
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                yield path, scope, items
            case ast.Dict(keys=keys):
                yield path, scope, [it for it in keys if it]
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id=name)):
                attribute = node.attr if isinstance(node, ast.Attribute) else ""
                load = Load(name, attribute=attribute)
                for it in self._modules.definitions(path, scope, load):
                    if it.value is not None and not isinstance(it.value, ast.Name | ast.Attribute):
                        yield from self._displays(it.path, it.scope, it.value)

    def _is_ours(self, database: str) -> bool:
        """Whether what has a table may be a database of sqlite-utils'."""
        root = database.partition(".")[0].removesuffix("()")
        if database.startswith(UNKNOWN):
            return True
        if root in SQLITE_UTILS.packages:
            return bool(_OURS.fullmatch(database))
        return root not in self._known and root not in {"builtins", *sys.stdlib_module_names}


def _first(target: ast.expr) -> ast.expr:
    match target:
        case ast.Tuple(elts=[key, _]):
            return key
    return ast.Tuple([])


def _part(item: ast.expr, target: ast.expr, name: str) -> ast.expr | None:
    """What an item of a display gives to a name of what a loop binds."""
    match target, item:
        case ast.Name(id=bound), _ if bound == name:
            return item
        case ast.Tuple(elts=bound), ast.Tuple(elts=parts) if len(bound) == len(parts):
            places = [at for at, it in enumerate(bound) if dotted(it) == name]
            return parts[places[0]] if places else None
    return None
