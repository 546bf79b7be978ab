"""What an expression stands for, as the path by which libraries' objects are reached.

`db` in `db = sqlite_utils.Database(path)` is `sqlite_utils.Database()`: the name as it is imported,
then what is called (`()`), looked up (`[]`) or asked for. Followed over names, attributes,
parameters' annotations, functions' results and the project's own imports.
"""

import ast
import builtins
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.apis.callers import Callers
from refactor.apis.objects import given_to, is_changed, made_by
from refactor.python.annotations import classes_in
from refactor.python.modules import TOO_FAR, Modules, Names
from refactor.python.outline import Load, Scope
from refactor.python.syntax import dotted
from refactor.recent import Recent

UNKNOWN = "?"
"""Begins the path of what is not known; the name follows, as written."""

FARTHEST = 3 * TOO_FAR
"""Steps after which an expression is not followed further: a call of a function takes several."""
_BUILTINS = frozenset(dir(builtins))
_DISPLAYS: dict[type[ast.expr], str] = {
    **dict.fromkeys((ast.Dict, ast.DictComp), "dict"),
    **dict.fromkeys((ast.List, ast.ListComp), "list"),
    **dict.fromkeys((ast.Set, ast.SetComp), "set"),
    **dict.fromkeys((ast.JoinedStr,), "str"),
    **dict.fromkeys((ast.Tuple,), "tuple"),
    **dict.fromkeys((ast.GeneratorExp,), "iter"),
}
_GIVES_BACK = ("closing", "enter_context", "enter_async_context")
"""Calls whose value is what they are given, as far as `with` is concerned."""
_KEPT = 5_000
_SAY_LITTLE = (UNKNOWN, "builtins.", "typing.", "collections.abc.")
"""How a class begins that says less than what something is given: `list[str]` may be names."""
_Key = tuple[PurePosixPath, Scope, str]


class _Known(Struct):
    """What a name stands for, as far as it was followed."""

    found: frozenset[str]
    depth: int
    """From how far away it was asked for: from nearer more may be seen."""
    whole: bool
    """Whether it was followed to all its ends."""


class Values:
    """Answers what an expression at some place stands for."""

    def __init__(
        self, modules: Modules, packages: Collection[str], callers: Callers | None = None
    ) -> None:
        """Follow names through these modules; the packages are libraries, never the project's.

        With the callers of functions, parameters are followed as well.
        """
        self._modules = modules
        self._packages = packages
        self._callers = callers
        self._named: Recent[_Key, _Known] = Recent(_KEPT)
        self._ends = 0
        """How often something was not followed any more."""

    def of(  # noqa: C901, PLR0911 - one return for each kind of expression
        self, path: PurePosixPath, scope: Scope, node: ast.expr, depth: int = 0
    ) -> frozenset[str]:
        """All that an expression may stand for."""
        if depth > FARTHEST:
            self._ends += 1
            return frozenset({UNKNOWN + dotted(node)})
        deeper = depth + 1
        match node:
            case ast.Name(id=name):
                return self._of_name(path, scope, name, deeper)
            case ast.Attribute():
                return self._of_attribute(path, scope, node, deeper)
            case ast.Call(func=func, args=[inner, *_]) if dotted(func).endswith(_GIVES_BACK):
                return self.of(path, scope, inner, deeper)
            case ast.Call(func=func):
                return self._of_call(path, scope, func, deeper)
            case ast.Subscript(value=value):
                return frozenset(f"{it}[]" for it in self.of(path, scope, value, deeper))
            case ast.Await(value=value) | ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.of(path, scope, value, deeper)
            case ast.IfExp(body=body, orelse=orelse):
                return self._of_all(path, scope, (body, orelse), deeper)
            case ast.BoolOp(values=values):
                return self._of_all(path, scope, values, deeper)
            case ast.Constant(value=None):
                return frozenset()
            case ast.Constant(value=value):
                return frozenset({f"builtins.{type(value).__name__}()"})
        display = _DISPLAYS.get(type(node))
        return frozenset({f"builtins.{display}()" if display else UNKNOWN})

    def bases(self, path: PurePosixPath, owner: str, depth: int = 0) -> frozenset[str]:
        """The libraries' classes that a class of the project is made from."""
        names = self._modules.names(path)
        node = class_in(names.outline.tree, owner) if names else None
        if names is None or node is None or depth > TOO_FAR:
            self._ends += depth > TOO_FAR
            return frozenset()
        found: set[str] = set()
        for base in node.bases:
            name = dotted(base)
            if name != owner:
                found |= self.bases(path, name, depth + 1)
            for file, inner in self._project_imports(path, names, name):
                found |= self.bases(file, inner, depth + 1)
            found |= self.of(path, Scope(), base, depth + 1)
        return frozenset(it for it in found if not it.startswith(UNKNOWN))

    def _of_all(
        self, path: PurePosixPath, scope: Scope, nodes: Iterable[ast.expr], depth: int
    ) -> frozenset[str]:
        return frozenset().union(*(self.of(path, scope, node, depth) for node in nodes))

    def _of_name(self, path: PurePosixPath, scope: Scope, name: str, depth: int) -> frozenset[str]:
        return self._once(
            (path, scope, name),
            depth,
            lambda: self._looked_up(path, scope, name, depth) or frozenset({UNKNOWN + name}),
        )

    def _once(self, key: _Key, depth: int, look: Callable[[], frozenset[str]]) -> frozenset[str]:
        """What is found behind a name: looked for once, unless it was cut short from farther."""
        known = self._named.get(key)
        if known is None or (not known.whole and depth < known.depth):
            # What is made from itself adds nothing to itself.
            self._named.keep(key, _Known(frozenset(), 0, whole=False))
            before = self._ends
            known = self._named.keep(key, _Known(look(), depth, whole=self._ends == before))
        elif not known.whole:
            self._ends += 1
        return known.found

    def _looked_up(
        self, path: PurePosixPath, scope: Scope, name: str, depth: int
    ) -> frozenset[str]:
        names = self._modules.names(path)
        if names is None:
            return frozenset({UNKNOWN + name})
        for place in outwards(scope):
            found = self._given(path, names, place, name, depth)
            if found:
                return found
            if (place, name) in names.outline.parameters:
                return (
                    self._fixture(path, name, depth)
                    or self._from_callers(path, place, name, depth)
                    or frozenset({UNKNOWN + name})
                )
        imported = self._of_import(path, names, name, depth)
        if imported:
            return imported
        return frozenset({f"builtins.{name}" if name in _BUILTINS else UNKNOWN + name})

    def _given(
        self, path: PurePosixPath, names: Names, place: Scope, name: str, depth: int
    ) -> frozenset[str]:
        """What a name is annotated with in a scope, or else what it is given there."""
        annotations = [it for at, to, it in names.outline.annotated if (at, to) == (place, name)]
        found = self._of_annotations(path, annotations, depth)
        if not all(it.startswith(_SAY_LITTLE) for it in found):
            return found
        given = self._of_all(path, place, names.assigned.get((place, name), ()), depth)
        return self._rather(given, found)

    def _fixture(self, path: PurePosixPath, name: str, depth: int) -> frozenset[str]:
        """What pytest gives to a parameter: the result of a function of its name."""
        folders = (path.parent, *path.parent.parents)
        for file in (path, *(folder / "conftest.py" for folder in folders)):
            names = self._modules.names(file)
            if names and name in names.outline.functions:
                return self._result(file, Scope("", name), depth)
        return frozenset()

    def _from_callers(
        self, path: PurePosixPath, function: Scope, name: str, depth: int
    ) -> frozenset[str]:
        """What all calls together give to a parameter."""
        given = self._callers.given(path, function, name) if self._callers else ()
        return frozenset().union(
            *(
                self.of(it.path, it.scope, it.value, depth)
                if it.value is not None
                else {UNKNOWN + name}
                for it in given
            )
        )

    def _of_import(
        self, path: PurePosixPath, names: Names, name: str, depth: int
    ) -> frozenset[str]:
        """What an imported name stands for; nothing if it is not imported."""
        if name in names.imports:
            module, inner = names.imports[name]
            if not self._is_project(module, path):
                return frozenset({f"{module}.{inner}" if inner else module})
            found = self._project_imports(path, names, name)
            return frozenset().union(
                *(self._of_name(file, Scope(), it, depth + 1) for file, it in found)
            ) or frozenset({UNKNOWN + name})
        stars = [module for local, module, _ in names.outline.imports if local == "*"]
        return frozenset(
            f"{module}.{name}"
            for module in stars
            if name not in _BUILTINS and module.partition(".")[0] in self._packages
        )

    def _project_imports(
        self, path: PurePosixPath, names: Names, name: str
    ) -> Iterator[tuple[PurePosixPath, str]]:
        """The project's files from which a name is imported, each with its name there."""
        module, inner = names.imports.get(name, ("", ""))
        if inner and self._is_project(module, path):
            yield from ((file, inner) for file in self._modules.imported(module, path))

    def _is_project(self, module: str, path: PurePosixPath) -> bool:
        """Whether a module is the project's own; a package of a library never is."""
        if module.startswith("."):
            return True
        if module.partition(".")[0] in self._packages:
            return False
        return bool(self._modules.imported(module, path))

    def _of_attribute(
        self, path: PurePosixPath, scope: Scope, node: ast.Attribute, depth: int
    ) -> frozenset[str]:
        match node.value:
            case ast.Name(id="self" | "cls") if scope.owner:
                found = self._member(path, scope.owner, node.attr, depth)
                return found or frozenset({f"{UNKNOWN}self.{node.attr}"})
        found = self._of_module_member(path, node, depth)
        if found:
            return found
        holders = self.of(path, scope, node.value, depth)
        if all(it.startswith(UNKNOWN) for it in holders):
            found = self._of_object(path, scope, node, depth)
        return found or frozenset(f"{it}.{node.attr}" for it in holders)

    def _of_object(
        self, path: PurePosixPath, scope: Scope, node: ast.Attribute, depth: int
    ) -> frozenset[str]:
        """What an attribute of an object of the project's classes stands for."""
        found = []
        for made in made_by(self._modules, path, scope, node.value):
            seen = {path, made.path, made.file}
            if any(is_changed(self._modules, it, node.attr) for it in seen):
                return frozenset()
            given = given_to(self._modules, made, node.attr)
            if given is not None:
                found.append(self.of(made.path, made.scope, given, depth + 1))
            else:
                found.append(self._member(made.file, made.owner, node.attr, depth + 1))
        return frozenset().union(*found) if all(found) else frozenset()

    def _member(self, path: PurePosixPath, owner: str, member: str, depth: int) -> frozenset[str]:
        """What an attribute of a class's objects stands for."""
        names = self._modules.names(path)
        if names is None or depth > TOO_FAR:
            self._ends += depth > TOO_FAR
            return frozenset()
        known = {at for at, to, _ in names.outline.annotated if to == member}
        places = {at for at, name in names.assigned if name == member} | known
        found: set[str] = set()
        for place in sorted(it for it in places if it.owner == owner):
            found |= self._given(path, names, place, member, depth + 1)
        method = Scope(owner, member)
        if not found and any(at == method for at, _ in names.outline.returned):
            found |= self._result(path, method, depth)
        for base in names.bases_of(owner) if not found else ():
            found |= self._member(path, base, member, depth + 1)
            for file, name in self._project_imports(path, names, base):
                found |= self._member(file, name, member, depth + 1)
        return frozenset(found)

    def _of_module_member(
        self, path: PurePosixPath, node: ast.Attribute, depth: int
    ) -> frozenset[str]:
        """What `module.name` stands for, where the module is the project's."""
        names = self._modules.names(path)
        root, _, rest = dotted(node.value).partition(".")
        if names is None or root not in names.imports or "(" in rest or "[" in rest:
            return frozenset()
        module, inner = names.imports[root]
        parts = ".".join(filter(None, (inner, rest)))
        whole = f"{module}{'' if module.endswith('.') or not parts else '.'}{parts}"
        if not self._is_project(whole, path):
            return frozenset()
        files = self._modules.imported(whole, path)
        found = (self._of_name(file, Scope(), node.attr, depth + 1) for file in files)
        return frozenset().union(*found)

    def _of_call(
        self, path: PurePosixPath, scope: Scope, func: ast.expr, depth: int
    ) -> frozenset[str]:
        own = frozenset().union(
            *(self._result(file, at, depth) for file, at in self._functions(path, scope, func))
        )
        return own or frozenset(f"{it}()" for it in self.of(path, scope, func, depth))

    def _functions(
        self, path: PurePosixPath, scope: Scope, func: ast.expr
    ) -> Iterator[tuple[PurePosixPath, Scope]]:
        """The project's functions that a call may mean."""
        match func:
            case ast.Name(id=name):
                load = Load(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                load = Load(name, attribute=attribute)
            case _:
                return
        names = self._modules.names(path)
        if names and name in names.imports and not self._is_project(names.imports[name][0], path):
            return
        # What is called on a function's result is none of the function: `db` may be a fixture.
        itself = [*self._modules.definitions(path, Scope(), Load(name))] if load.attribute else []
        for found in self._modules.definitions(path, scope, load):
            if found.value is None and found.scope.function and found not in itself:
                yield found.path, found.scope

    def _result(self, path: PurePosixPath, function: Scope, depth: int) -> frozenset[str]:
        """What a function of the project gives: what its annotation says, or its returns."""
        names = self._modules.names(path)
        if names is None or depth > FARTHEST:
            self._ends += depth > FARTHEST
            return frozenset()
        return self._once(
            (path, function, "return"),
            depth,
            lambda: self._given_back(path, names, function, depth),
        )

    def _given_back(
        self, path: PurePosixPath, names: Names, function: Scope, depth: int
    ) -> frozenset[str]:
        outline = names.outline
        annotations = [it for at, to, it in outline.annotated if (at, to) == (function, "return")]
        found = self._of_annotations(path, annotations, depth)
        if not all(it.startswith(_SAY_LITTLE) for it in found):
            return found
        returned = [it for at, it in outline.returned if at == function]
        return self._rather(self._of_all(path, function, returned, depth + 1), found)

    def _rather(self, given: frozenset[str], annotated: frozenset[str]) -> frozenset[str]:
        """What something is given, unless less is known of it than of what it is annotated with."""
        told, known = (
            any(not it.startswith(UNKNOWN) for it in each) for each in (annotated, given)
        )
        return (annotated if told and not known else given) or annotated

    def _of_annotations(
        self, path: PurePosixPath, annotations: Iterable[ast.expr], depth: int
    ) -> frozenset[str]:
        """What an annotated name holds: an object of each class that the annotation names."""
        return frozenset(
            f"{it}()"
            for annotation in annotations
            for named in classes_in(annotation)
            for it in self.of(path, Scope(), named, depth + 1)
        )


def outwards(scope: Scope) -> Iterator[Scope]:
    """A scope, the functions around it, and the module; a class's names are not its methods'."""
    function = scope.function
    while function:
        yield Scope(scope.owner, function)
        function = function.rpartition(".")[0]
    if not scope.function and scope.owner:
        yield Scope(scope.owner)
    yield Scope()


def class_in(tree: ast.Module, owner: str) -> ast.ClassDef | None:
    """A class by its dotted name."""
    body: Iterable[ast.stmt] = tree.body
    found = None
    for name in owner.split("."):
        found = next((it for it in body if isinstance(it, ast.ClassDef) and it.name == name), None)
        if found is None:
            return None
        body = found.body
    return found
