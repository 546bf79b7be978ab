"""What the code gives to a parameter, by all calls of its function that are found in it."""

import ast
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.flow.functions import FunctionNode, class_scope, function_scope
from refactor.python.modules import Modules
from refactor.python.outline import Load, Scope, last_part
from refactor.python.syntax import children, covers
from refactor.recent import Recent

_KEPT = 1_000
_OF_CLASSES = frozenset({"staticmethod", "classmethod"})
_BOUND = frozenset({"self", "cls"})
_Places = tuple[tuple[Scope, ast.AST], ...]


class Given(Struct, frozen=True):
    """What one call gives to a parameter; None where nobody can say what it is."""

    path: PurePosixPath
    scope: Scope
    value: ast.expr | None


class Callers:
    """Answers what calls give to the parameters of the project's functions."""

    def __init__(
        self,
        modules: Modules,
        naming: Callable[[str], tuple[PurePosixPath, ...]],
        tree: Callable[[PurePosixPath], ast.Module | None],
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            naming: the files that hold a word, unless they are so many that it says too little.
            tree: what a file's Python is.
        """
        self._modules = modules
        self._naming = naming
        self._tree = tree
        self._given: Recent[tuple[PurePosixPath, Scope, str], tuple[Given, ...]] = Recent(_KEPT)

    def given(self, path: PurePosixPath, function: Scope, name: str) -> tuple[Given, ...]:
        """What a parameter gets from each call; nothing if no call is found."""
        key = (path, function, name)
        known = self._given.get(key)
        if known is None:
            known = self._given.keep(key, tuple(self._found(path, function, name)))
        return known

    def _found(self, path: PurePosixPath, function: Scope, name: str) -> Iterator[Given]:
        names = self._modules.names(path)
        positional = dict(names.outline.positional).get(function) if names else None
        if positional is None or "." in function.function:
            return
        tree = self._tree(path)
        if tree is None or _is_handed_out(tree, function):
            yield Given(path, function, None)
        if function.owner and positional[:1] and positional[0] in _BOUND:
            positional = positional[1:]
        makes = function.function == "__init__"
        called = last_part(function.owner) if makes else function.function
        files = self._naming(called)
        if not files:
            yield Given(path, function, None)  # so many have that name that nobody looks
        for file in files:
            for scope, value in self._uses(file, called, path, function):
                if value is None:
                    yield Given(file, scope, None)
                elif (argument := argument_of(value, name, positional)) is not None:
                    yield Given(file, scope, argument if isinstance(argument, ast.expr) else None)

    def _uses(
        self, file: PurePosixPath, called: str, path: PurePosixPath, function: Scope
    ) -> Iterator[tuple[Scope, ast.Call | None]]:
        """The calls of a function in a file; None for what may call it in a way unseen."""
        tree = self._tree(file)
        seen: set[int] = set()
        for scope, node in scoped(tree) if tree else ():
            call = node if isinstance(node, ast.Call) else None
            func = call.func if call else node
            load = _load(func, called)
            if load is None or id(func) in seen:
                continue
            seen.add(id(func))
            if self._means(file, scope, load, path, function):
                yield scope, call
            elif load.attribute and function.owner:
                yield scope, None  # of what class the object is, nobody says

    def _means(
        self, file: PurePosixPath, scope: Scope, load: Load, path: PurePosixPath, function: Scope
    ) -> bool:
        """Whether a name that a scope uses is that function, or the class that it makes."""
        made = Scope(function.owner) if function.function == "__init__" else function
        return any(
            found.value is None and found.path == path and found.scope in {function, made}
            for found in self._modules.definitions(file, scope, load)
        )


def scoped(tree: ast.Module, lines: list[int] | None = None) -> _Places:
    """All that stands in a module, each with its scope; what surrounds something comes before it.

    Args:
        tree: the module.
        lines: only what reaches one of these lines, from 1 and in order.
    """
    found: list[tuple[Scope, ast.AST]] = [(Scope(), tree)]
    for scope, node in found:  # it grows meanwhile
        inside = scope
        if isinstance(node, FunctionNode):
            inside = function_scope(scope, node.name)
        elif isinstance(node, ast.ClassDef):
            inside = class_scope(scope, node.name)
        within = children(node)
        if lines is not None:
            within = [it for it in within if covers(it, lines)]
        found += ((inside, child) for child in within)
    return tuple(found)


def _load(node: ast.AST, called: str) -> Load | None:
    """The name by which a function is used: `f`, `module.f`, `self.f`."""
    match node:
        case ast.Name(id=name) if name == called:
            return Load(name)
        case ast.Attribute(value=ast.Name(id=root), attr=attr) if attr == called:
            return Load(root, attribute=attr)
        case ast.Attribute(attr=attr) if attr == called:
            return Load("", attribute=attr)
    return None


def _is_handed_out(tree: ast.Module, function: Scope) -> bool:
    """Whether a decorator gets a function, which may then call it with anything."""
    for scope, node in scoped(tree):
        if isinstance(node, FunctionNode) and function == Scope(scope.owner, node.name):
            kinds = {it.id if isinstance(it, ast.Name) else "" for it in node.decorator_list}
            if not scope.function and not _OF_CLASSES.issuperset(kinds):
                return True
    return False


def argument_of(call: ast.Call, name: str, positional: tuple[str, ...]) -> ast.expr | bool | None:
    """What a call gives to a parameter; True where it may give anything, None if nothing."""
    if any(isinstance(it, ast.Starred) for it in call.args) or any(
        it.arg is None for it in call.keywords
    ):
        return True
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if name in positional and positional.index(name) < len(call.args):
        return call.args[positional.index(name)]
    return None
