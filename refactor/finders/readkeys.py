"""What modules put into SQL of the settings that they read, by the keys that lead there.

`for table, days in CONF["retention"].items()` reads the keys below `retention`, `t["name"] for t in
CONF["tables"]` the names of its entries. A way there is a pattern for the keys of a file.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.finders.byname import EVERYDAY_NAMES
from refactor.finders.finder import Surroundings
from refactor.holes import tables_in
from refactor.python.callsites import positional_of
from refactor.python.outline import last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, given_in

_LOADS = re.compile(r"(?:json|toml|tomli|tomllib|yaml)\.(?:full_|safe_)?loads?")
_SIDES = frozenset({"enumerate", "frozenset", "list", "reversed", "set", "sorted", "tuple"})
"""What gives the same elements, or pairs with them at the end."""
_TEXTS = frozenset({"casefold", "lower", "replace", "split", "splitlines", "strip"})
_FARTHEST = 6
"""Names, calls and keys between a statement and the file."""
_A_KEY = r"/\*"
_A_VALUE = r"/[^/*]+"
_ANYWHERE = r"(?:/[^/]+)*"
_ANY = r"(?:/[^/*]+)?"
"""An entry of a list, which has no key, or of a dictionary."""


class _Read(Struct, frozen=True):
    """One way from a file's outermost keys to what a statement names a table by."""

    way: re.Pattern[str]
    line: int
    code: str


def read_into_sql(
    text: Text, around: Surroundings, *, apart: Callable[[PurePosixPath], bool]
) -> str | None:
    """What puts a value, or a key, into SQL by all the keys that lead to it, in words.

    Args:
        text: the value or the key.
        around: the file of settings.
        apart: whether a module gets what it puts into SQL from somewhere else for sure.
    """
    above = text.context.key.split(".") if text.context.key else []
    if not above:
        return None
    is_key = text.context.argument == "key"
    says = "".join(f"/{it}" for it in (*above, *("*" if is_key else "")))
    for at in dict.fromkeys(it for key in above for it in around.abroad.few_naming(key)):
        taken = around.takers.taken(at)
        tree = around.abroad.tree(at) if around.takers.builds(at) or taken else None
        found = (it for it in (_reads(tree, taken) if tree else ()) if it.way.fullmatch(says))
        read = next(found, None)
        if read and not apart(at):
            return f"what line {read.line} of {at} puts into SQL as {{{read.code}}}"
    return None


@lru_cache(maxsize=8)
def _reads(tree: ast.Module, takers: frozenset[str]) -> tuple[_Read, ...]:
    """All that a module puts into SQL as a table's name, or gives to what does."""
    names = _Names(tree)
    return tuple(
        _Read(re.compile(way), node.lineno, ast.unparse(node))
        for node in names.put(takers)
        for way in sorted({*names.ways(node)})
    )


class _Names:
    """What a module gives to its names, wherever it does: the keys tell which is meant."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = [*ast.walk(tree)]
        self._given: dict[str, list[ast.expr]] = defaultdict(list)
        self._each: dict[str, list[tuple[ast.expr, int | None]]] = defaultdict(list)
        calls: dict[str, list[ast.Call]] = defaultdict(list)
        for node in self._nodes:
            match node:
                case (
                    ast.Assign(targets=[target], value=value)
                    | ast.NamedExpr(target=target, value=value)
                ):
                    self._given[last_part(dotted(target))].append(value)
                case (
                    ast.For(target=target, iter=each) | ast.comprehension(target=target, iter=each)
                ):
                    self._loop(target, each)
                case ast.Call(func=func):
                    calls[last_part(dotted(func))].append(node)
        for node in self._nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._call(node, calls.get(node.name, []))

    def _loop(self, target: ast.expr, each: ast.expr) -> None:
        parts = target.elts if isinstance(target, ast.Tuple) else None
        for at, it in enumerate(parts or [target]):
            if isinstance(it, ast.Name):
                self._each[it.id].append((each, at if parts else None))

    def _call(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, calls: list[ast.Call]
    ) -> None:
        names = positional_of(function)
        for call in calls:
            for name, value in zip(names, call.args, strict=False):
                self._given[name].append(value)
            for keyword in call.keywords:
                self._given[keyword.arg or ""].append(keyword.value)

    def put(self, takers: frozenset[str]) -> Iterator[ast.expr]:
        """The expressions that name a table in SQL, or that are given to what does."""
        for node in self._nodes:
            yield from tables_in(node)
            if isinstance(node, ast.Call) and last_part(dotted(node.func)) in takers:
                yield from given_in(node)

    def ways(self, node: ast.expr, depth: int = _FARTHEST) -> Iterator[str]:
        """The patterns of the keys under which a file may keep what an expression is."""
        match node:
            case _ if depth == 0:
                return
            case ast.Call(func=func) if _LOADS.fullmatch(dotted(func)):
                yield ""
            case (
                ast.Subscript(value=holder, slice=ast.Constant(value=str() as key))
                | ast.Call(
                    func=ast.Attribute(value=holder, attr="get" | "pop"),
                    args=[ast.Constant(value=str() as key), *_],
                )
            ):
                yield from (f"{it}/{re.escape(key)}" for it in self._holding(holder, key, depth))
            case ast.Subscript(value=holder):
                yield from (f"{it}{_ANY}" for it in self.ways(holder, depth - 1))
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _TEXTS:
                yield from self.ways(inner, depth - 1)
            case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _SIDES:
                yield from self.ways(inner, depth - 1)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                if name not in EVERYDAY_NAMES:
                    yield f"{_ANYWHERE}/{re.escape(name)}"
                yield from self._named(name, depth - 1)

    def _holding(self, node: ast.expr, key: str, depth: int) -> list[str]:
        """The ways to what holds something by a key, which may say enough by itself."""
        if isinstance(node, ast.Name | ast.Attribute):
            found = [*self._named(last_part(dotted(node)), depth - 1)]
        else:
            found = [*self.ways(node, depth - 1)]
        return found or ([] if key in EVERYDAY_NAMES else [_ANYWHERE])

    def _named(self, name: str, depth: int) -> Iterator[str]:
        """The ways of what a name is given, or is each of."""
        for value in self._given.get(name, ()):
            yield from self.ways(value, depth)
        for each, place in self._each.get(name, ()):
            yield from self._in_turn(each, place, depth)

    def _in_turn(self, each: ast.expr, place: int | None, depth: int) -> Iterator[str]:
        """The ways of what a loop gives: the keys, the values, or the elements of a list."""
        match each:
            case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]):
                yield from self._in_turn(inner, None, depth) if place == 1 else ()
            case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _SIDES:
                yield from self._in_turn(inner, place, depth)
            case ast.Call(
                func=ast.Attribute(attr="items" | "options"),
                args=[ast.Constant(value=str() as section)],
            ):
                yield from () if place == 1 else (f"/{re.escape(section)}{_A_KEY}",)
            case ast.Call(
                func=ast.Attribute(value=holder, attr="items" | "keys" | "values" as attr), args=[]
            ):
                is_value = attr == "values" or place == 1
                step = _A_VALUE if is_value else _A_KEY
                yield from (f"{it}{step}" for it in self.ways(holder, depth))
            case _:
                yield from (f"{it}(?:{_A_KEY})?" for it in self.ways(each, depth))
