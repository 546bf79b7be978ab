"""What each name of a module is given, and which of it still counts at a place."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from msgspec import Struct

from refactor.python.syntax import Span, children, dotted, name_of, span_of, statements_in, walked

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
HOLDS_TEXT = (ast.Call, ast.Subscript)
_SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_GIVEN_APART = ("Thread", "Process", "apply", "apply_async")
"""What calls a function with arguments that it is given as one."""
_MAPS = ("map", "imap", "imap_unordered", "starmap")
"""What calls a function with each of what it is given beside it."""
_CALL_LATER = (
    *(*_GIVEN_APART, *_MAPS, "partial", "submit", "to_thread", "run_in_executor", "call_soon"),
)
"""What calls a function that it is given, or makes what does."""
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
LOADS: Final = "deserialize"
"""The method of a connection that takes another database from some bytes."""
_OF_THREADS = ("local", "tls")
"""How objects are called that keep something for each thread, and are of no class of the code."""


class Given(Struct, frozen=True):
    """One time that a name is given a value."""

    value: ast.expr | None
    """None where it is taken from something, as in a loop."""
    node: ast.AST
    """The statement that does it, or its part of a `with`."""
    within: bool = False
    """Whether not the name itself is given it, but an attribute of what it names."""


class Module:
    """One module's tree, with the way back from each node."""

    def __init__(self, path: PurePosixPath, tree: ast.Module) -> None:
        self.path = path
        self.tree = tree
        self._given: dict[ast.AST, dict[str, list[Given]]] = {}
        self._attributes: dict[ast.AST, dict[str, frozenset[str]]] = {}
        self._owned: dict[ast.AST, Sequence[ast.AST]] = {}
        self._functions: dict[ast.AST, Sequence[Function]] = {}

    @cached_property
    def _walked(self) -> tuple[list[ast.AST], dict[ast.AST, ast.AST]]:
        nodes: list[ast.AST] = [self.tree]
        parents: dict[ast.AST, ast.AST] = {}
        for node in nodes:  # it grows meanwhile
            inside = children(node)
            parents.update(dict.fromkeys(inside, node))
            nodes += inside
        return nodes, parents

    @property
    def nodes(self) -> list[ast.AST]:
        """All nodes of the module."""
        return self._walked[0]

    @property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return self._walked[1]

    def owned(self, scope: ast.AST) -> Sequence[ast.AST]:
        """The nodes of a function, a class or a module, without those of functions in it."""
        if scope not in self._owned:
            self._owned[scope] = tuple(_owned(scope))
        return self._owned[scope]

    def functions_in(self, node: ast.AST) -> Sequence[Function]:
        """The functions and methods in a class or a function, the outermost first."""
        if node not in self._functions:
            every = statements_in(node)
            self._functions[node] = tuple(it for it in every if isinstance(it, FUNCTIONS))
        return self._functions[node]

    def results(self, function: Function) -> Iterator[ast.expr]:
        """What a function returns or yields."""
        for node in self.owned(function):
            match node:
                case ast.Return(value=ast.expr() as value) | ast.Yield(value=ast.expr() as value):
                    yield value

    @cached_property
    def calls(self) -> dict[str, list[ast.Call]]:
        """The module's calls, by the last part of what is called."""
        groups: dict[str, list[ast.Call]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, ast.Call):
                match node.func:
                    case ast.Name(id=name) | ast.Attribute(attr=name):
                        groups[name].append(node)
        return groups

    @cached_property
    def named(self) -> dict[str, list[ast.Name | ast.Attribute]]:
        """Where the module uses a name or an attribute, by its last part."""
        groups: dict[str, list[ast.Name | ast.Attribute]] = defaultdict(list)
        for node in self.nodes:
            match node:
                case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                    groups[name].append(node)
        return groups

    def at(self, span: Span) -> Sequence[ast.Call | ast.Subscript]:
        """The calls and subscripts of this span."""
        return self._spans.get(span, ())

    @cached_property
    def _spans(self) -> Mapping[Span, Sequence[ast.Call | ast.Subscript]]:
        groups: dict[Span, list[ast.Call | ast.Subscript]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, HOLDS_TEXT):
                groups[span_of(node)].append(node)
        return groups

    @cached_property
    def handed_on(self) -> dict[str, list[tuple[ast.Call, ast.Call]]]:
        """What calls a function for the module, by its name: `submit(f, 1)`, and then `f(1)`."""
        groups: dict[str, list[tuple[ast.Call, ast.Call]]] = defaultdict(list)
        for call in (it for name in _CALL_LATER for it in self.calls.get(name, ())):
            made = _called_later(call)
            if made:
                name = dotted(made.func).rpartition(".")[2]
                groups[name].append((call, ast.copy_location(made, call)))
        return groups

    @cached_property
    def loops(self) -> tuple[ast.For, ...]:
        """The module's loops over something."""
        return tuple(it for it in self.nodes if isinstance(it, ast.For))

    @cached_property
    def definitions(self) -> dict[str, list[Function | ast.ClassDef]]:
        """The module's functions, methods and classes, by name."""
        groups: dict[str, list[Function | ast.ClassDef]] = defaultdict(list)
        for node in self.nodes:
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                groups[node.name].append(node)
        return groups

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        """The module's classes."""
        every = (it for group in self.definitions.values() for it in group)
        return tuple(it for it in every if isinstance(it, ast.ClassDef))

    def given(self, scope: ast.AST, name: str) -> list[Given]:
        """What a function, a class or the module itself gives to a dotted name."""
        if scope not in self._given:
            groups: dict[str, list[Given]] = defaultdict(list)
            for node in self.owned(scope):
                for target, value in _targets(node):
                    groups[_spelled(target)].append(Given(value, node))
            self._given[scope] = groups
        return self._given[scope].get(name, [])

    def set_by_call(self, name: str, scope: ast.AST | None = None) -> list[Given]:
        """What calls set a dotted name to, in a function, a class or the module itself, or in any.

        That is a call of `setattr`, or one that loads a connection anew.
        """
        if not self._set_calls:
            return []  # as in far the most
        return [
            it
            for of, attr, it in self._set_calls
            if f"{dotted(of)}.{attr}" == name and scope in (None, self._scope_of(it.node))
        ]

    def _scope_of(self, node: ast.AST) -> ast.AST:
        return next(iter(self.around(node)), self.tree)

    @cached_property
    def _set_calls(self) -> Sequence[tuple[ast.expr, str, Given]]:
        """The objects of which a call sets an attribute, its name, and to what."""
        found = []
        for call in self.calls.get("setattr", ()):
            match call:
                case ast.Call(func=ast.Name(), args=[of, ast.Constant(value=str() as attr), value]):
                    found.append((of, attr, Given(value, call)))
        for call in self.calls.get(LOADS, ()):
            match call.func:
                case ast.Attribute(value=ast.Attribute(value=of, attr=attr)):
                    found.append((of, attr, Given(call, call)))
        return found

    def loaded(self, scope: ast.AST, name: str) -> list[Given]:
        """The calls in a function, or the module itself, that load a connection of a name anew."""
        if LOADS not in self.calls:
            return []  # as in far the most
        return [
            Given(call, call)
            for call in self.calls[LOADS]
            if isinstance(call.func, ast.Attribute)
            and dotted(call.func.value) == name
            and self._scope_of(call) is scope
        ]

    def attributes_given(self, scope: ast.AST, name: str) -> frozenset[str]:
        """The attributes that a function, a class or the module sets of an object of a name."""
        self.given(scope, name)
        if scope not in self._attributes:
            groups: dict[str, set[str]] = defaultdict(set)
            for target in self._given[scope]:
                owner, _, attr = target.partition(".")
                if attr.isidentifier():
                    groups[owner].add(attr)
            self._attributes[scope] = {it: frozenset(attrs) for it, attrs in groups.items()}
        return self._attributes[scope].get(name, frozenset())

    def given_from_outside(self, attr: str) -> list[Given]:
        """What an attribute of this name is given on any object but `self`."""
        return self._from_outside.get(attr, [])

    @cached_property
    def _from_outside(self) -> dict[str, list[Given]]:
        groups: dict[str, list[Given]] = defaultdict(list)
        for node in self.nodes:
            for target, value in _targets(node) if isinstance(node, ast.stmt) else ():
                if not isinstance(target, ast.Attribute) or is_self(target.value):
                    continue
                if not name_of(target.value).endswith(_OF_THREADS):
                    groups[target.attr].append(Given(value, node))
        for of, attr, it in self._set_calls:
            if not is_self(of):
                groups[attr].append(it)
        return groups

    @cached_property
    def set_in_modules(self) -> dict[str, list[tuple[ast.expr, ast.AST]]]:
        """What the module sets, or has set for a while, in others: by `store.PATH`."""
        groups: dict[str, list[tuple[ast.expr, ast.AST]]] = defaultdict(list)
        for group in self._from_outside.values():
            for it in group:
                for target, value in _targets(it.node):
                    if value:
                        groups[_tail(dotted(target))].append((value, it.node))
        for call in (
            it for name in ("patch", "setattr", "object") for it in self.calls.get(name, ())
        ):
            match call.args:
                case [ast.Constant(value=str() as said), value, *_]:
                    groups[_tail(said)].append((value, call))
                case [of, ast.Constant(value=str() as attr), value, *_]:
                    groups[_tail(f"{dotted(of)}.{attr}")].append((value, call))
        return groups

    @cached_property
    def entries_set(self) -> dict[tuple[str, str], list[tuple[ast.expr, ast.expr, ast.AST]]]:
        """By the last part of a dictionary's name and a key: the dictionary, the value, where."""
        groups: dict[tuple[str, str], list[tuple[ast.expr, ast.expr, ast.AST]]] = defaultdict(list)
        for node in self.nodes:
            for target, value in _targets(node) if isinstance(node, ast.Assign) else ():
                match target:
                    case ast.Subscript(value=of, slice=ast.Constant(value=str() as key)) if value:
                        groups[dotted(of).rpartition(".")[2], key].append((of, value, node))
        for call in (*self.calls.get("update", ()), *self.calls.get("from_mapping", ())):
            given = _keywords(call.args[0]) if call.args else []
            for it in (*given, *call.keywords):
                if it.arg and isinstance(call.func, ast.Attribute):
                    of = call.func.value
                    groups[dotted(of).rpartition(".")[2], it.arg].append((of, it.value, call))
        return groups

    def given_anywhere(self, name: str) -> list[Given]:
        """What any function, class or the module itself gives to a name with a key."""
        scopes = (self.tree, *(it for group in self.definitions.values() for it in group))
        return [
            *(it for scope in scopes for it in self.given(scope, name)),
            *self.set_by_call(name),
        ]

    def given_to_global(self, name: str) -> list[Given]:
        """What the module gives to a name of its own, and functions that declare it global."""
        declaring = (
            it
            for group in self.definitions.values()
            for it in group
            if self.given(it, name)
            and any(isinstance(each, ast.Global) and name in each.names for each in self.owned(it))
        )
        return [it for scope in (self.tree, *declaring) for it in self.given(scope, name)]

    def given_by_inner(self, scope: ast.AST, name: str) -> list[Given]:
        """What the functions in a function give to a name of its own."""
        return [
            given
            for it in (self.functions_in(scope) if isinstance(scope, FUNCTIONS) else ())
            for given in self.given(it, name)
            if any(isinstance(each, ast.Nonlocal) and name in each.names for each in self.owned(it))
        ]

    def given_by_comprehension(self, name: str, use: ast.AST) -> Given | None:
        """What gives a name to the comprehension that a node stands in, if it does."""
        for it in self.above(use):
            if isinstance(it, _SCOPES):
                return None
            for each in it.generators if isinstance(it, _COMPREHENSIONS) else ():
                names = (at.id for at in walked(each.target) if isinstance(at, ast.Name))
                if name in names:
                    return Given(None, each)
        return None

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, the nearest first."""
        while node in self._parents:
            node = self._parents[node]
            yield node

    def around(self, node: ast.AST) -> tuple[ast.AST, ...]:
        """The functions and classes that a node stands in, the nearest first."""
        return tuple(it for it in self.above(node) if isinstance(it, _SCOPES))

    def lasting(self, given: Sequence[Given], use: ast.AST) -> Sequence[Given]:
        """Those of a function's assignments to one name that may count where it is used."""
        above = [use, *self.above(use)]
        inside = frozenset(map(id, above))
        looping = [it for it in above if isinstance(it, _LOOPS)]
        here = _place(use)
        found: list[Given] = []
        for it in sorted(given, key=lambda each: _place(each.node)):
            if _place(it.node) <= here:
                if self._always_runs(it.node, inside):
                    found.clear()  # what was before is overwritten
                found.append(it)
            elif any(loop in looping for loop in self.above(it.node)):
                found.append(it)  # the next round
        return found

    def _always_runs(self, node: ast.AST, inside: frozenset[int]) -> bool:
        """Whether a statement has run wherever one of these nodes is reached after it."""
        while id(node) not in inside:
            parent = self._parents.get(node)
            if parent is None:
                return False
            blocks = [it for _, it in ast.iter_fields(parent) if isinstance(it, list)]
            block = next((it for it in blocks if any(each is node for each in it)), [])
            if any(id(each) in inside for each in block):
                return True
            if isinstance(node, ast.stmt) and not isinstance(parent, ast.With | ast.AsyncWith):
                return False
            node = parent
        return True


def loops_over(given: "Given", name: str) -> tuple[ast.expr, tuple[int, ...]] | None:
    """What a name is each of in turn, where a loop gives it and nothing else.

    With the place in it, where each is several side by side: `for path, sql in …`.
    """
    match given.node:
        case (
            ast.For(target=target, iter=each)
            | ast.AsyncFor(target=target, iter=each)
            | ast.comprehension(target=target, iter=each)
        ):
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            found = [n for n, it in enumerate(names) if isinstance(it, ast.Name) and it.id == name]
            if found:
                return each, (found[0],) if isinstance(target, ast.Tuple) else ()
    return None


def parted_from(given: "Given", name: str) -> tuple[ast.expr, int] | None:
    """What a name is one part of: `core, ops = connect_all()`, with which part it is."""
    match given.node:
        case (
            ast.Assign(targets=[ast.Tuple(elts=names)], value=whole)
            | ast.withitem(context_expr=whole, optional_vars=ast.Tuple(elts=names))
        ) if not any(isinstance(it, ast.Starred) for it in names):
            found = [n for n, it in enumerate(names) if isinstance(it, ast.Name) and it.id == name]
            return (whole, found[0]) if len(found) == 1 else None
    return None


def _called_later(call: ast.Call) -> ast.Call | None:
    """The call that something makes of a function that it is given; None if it is given none."""
    name = dotted(call.func).rpartition(".")[2]
    given = call.args[1:] if name == "run_in_executor" else call.args
    function, positional, keywords = next(iter(given), None), given[1:], call.keywords
    named = {it.arg: it.value for it in keywords}
    if name in _MAPS:
        positional, keywords = [ast.Starred(it) for it in positional], []
    elif "target" in named or name in _GIVEN_APART:
        function = named.get("target", function)
        args = named.get("args", next(iter(positional), None))
        positional = _several(args)
        keywords = _keywords(named["kwargs"]) if "kwargs" in named else []
    if isinstance(function, ast.Name | ast.Attribute):
        return ast.Call(function, positional, keywords)
    return None


def _keywords(given: ast.expr) -> list[ast.keyword]:
    """The arguments by name that a dictionary holds."""
    keys = given.keys if isinstance(given, ast.Dict) else ()
    names = [it.value for it in keys if isinstance(it, ast.Constant) and isinstance(it.value, str)]
    if not isinstance(given, ast.Dict) or len(names) < len(given.keys):
        return [ast.keyword(None, given)]
    return [ast.keyword(*it) for it in zip(names, given.values, strict=True)]


def _tail(name: str) -> str:
    """The last two parts of a dotted name."""
    return ".".join(name.split(".")[-2:])


def _place(node: ast.AST) -> tuple[int, int]:
    if isinstance(node, ast.withitem):
        node = node.context_expr
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _owned(scope: ast.AST) -> Iterator[ast.AST]:
    nodes = list(children(scope))
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, _SCOPES):
            nodes += children(node)


def is_self(node: ast.expr) -> bool:
    """Whether it is a method's own object or class."""
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def _spelled(target: ast.expr) -> str:
    return ast.unparse(target) if isinstance(target, ast.Subscript) else dotted(target)


def _targets(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    pairs: list[tuple[ast.expr, ast.expr | None]] = []
    match node:
        case ast.Assign(targets=targets, value=value):
            pairs = [(target, value) for target in targets]
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            pairs = [(target, value)]
        case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
            pairs = [(target, value)]
        case ast.For(target=target) | ast.AsyncFor(target=target) | ast.AugAssign(target=target):
            pairs = [(target, None)]
    while pairs:
        target, given = pairs.pop(0)
        if isinstance(target, ast.Tuple | ast.List):
            values = _several(given)
            same = len(values) == len(target.elts)
            pairs += [(it, values[n] if same else None) for n, it in enumerate(target.elts)]
        elif isinstance(target, ast.Starred):
            pairs.append((target.value, None))
        else:
            yield target, given


def _several(given: ast.expr | None) -> list[ast.expr]:
    """What is given to names side by side."""
    match given:
        case ast.Tuple(elts=values) | ast.List(elts=values):
            return values
        case ast.Await(value=ast.Call(func=func, args=values)) if dotted(func) == "asyncio.gather":
            return values
    return []
