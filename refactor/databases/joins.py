"""What a file's name is joined to where it goes: `NAME = "old.db"`, and `FOLDER / NAME` later."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.databases.definers import Definers
from refactor.databases.openings import TOO_DEEP, At
from refactor.databases.optiondefaults import (
    PARSES,
    declares,
    destination_of,
    is_parsed,
    options_of,
)
from refactor.python.assignments import FUNCTIONS, Function, Module, is_self
from refactor.python.callsites import arguments_of, defaults_of, parameters_named, parameters_of
from refactor.python.outline import Scope, last_part
from refactor.python.outlining import displays, joined_before
from refactor.python.syntax import dotted

_KEEP_IT = frozenset({"str", "fspath", "Path", "PurePath", "PosixPath", "PurePosixPath"})
_OF_TYPER = frozenset({"Option", "Argument"})
_SEPARATORS = ("/", "\\")
_MOST_PLACES = 200
"""What is used at more places is no name of one file."""


class Joined(Struct, frozen=True):
    """What stands before a file's name, where they become one path."""

    path: PurePosixPath
    scope: Scope
    before: ast.expr


class Joins:
    """Follows the names of files in some code to where they are joined to a folder."""

    def __init__(self, definers: Definers) -> None:
        """Look where these tell."""
        self._code = definers
        self._places = 0

    def of(self, path: PurePosixPath, literal: ast.expr) -> tuple[Joined, ...]:
        """What a literal is joined to; nothing where it goes nowhere, or somewhere else as well."""
        module = self._code.module(path)
        if module is None:
            return ()
        self._places = 0
        found: list[Joined] = []
        for it in self._value(literal, At(module, module.around(literal))):
            if it is None:
                return ()
            found.append(it)
        return tuple(found)

    def _value(  # noqa: C901 - one branch for each shape
        self, node: ast.expr, at: At
    ) -> Iterator[Joined | None]:
        """What an expression is joined to whose value is the name; None where nobody can say."""
        self._places += 1
        if at.depth > TOO_DEEP or self._places > _MOST_PLACES:
            yield None
            return
        above = at.module.above(node)
        parent = next(above, None)
        match parent:
            case ast.BinOp(left=left, op=ast.Div(), right=right) if right is node:
                yield Joined(at.module.path, at.scope, left)
            case ast.BinOp(left=ast.Constant(value=str() as text) as left, op=ast.Add()) if (
                text.endswith(_SEPARATORS)
            ):
                yield Joined(at.module.path, at.scope, left)
            case ast.FormattedValue():
                yield from self._in_text(next(above, None), parent, at)
            case ast.BoolOp() | ast.IfExp():
                yield from self._value(parent, at.deeper())
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                yield from self._name(target, at)
            case ast.List() | ast.Tuple() | ast.Set():
                yield from self._each(parent, at.deeper())
            case ast.Dict(keys=keys) if node in keys:
                yield from self._each(parent, at.deeper())
            case ast.arguments():
                yield from self._default(node, next(above, None), at)
            case ast.Call():
                yield from self._argument(node, parent, at)
            case ast.keyword(arg=said):
                call = next(above, None)
                yield from self._keyword(node, said, call, at)
            case _:
                yield None

    def _in_text(
        self, text: ast.AST | None, hole: ast.FormattedValue, at: At
    ) -> Iterator[Joined | None]:
        """What stands before a hole that an f-string ends with: a folder, and a separator."""
        match text.values if isinstance(text, ast.JoinedStr) else ():
            case [ast.Constant(value=str() as said) as before, last] if (
                last is hole and said.endswith(_SEPARATORS)
            ):
                yield Joined(at.module.path, at.scope, before)
            case [ast.FormattedValue(value=before), ast.Constant(value="/" | "\\"), last] if (
                last is hole
            ):
                yield Joined(at.module.path, at.scope, before)
            case _ if not _is_shown(hole, at.module):
                yield None

    def _argument(self, node: ast.expr, call: ast.Call, at: At) -> Iterator[Joined | None]:
        """What a call makes of the name that it is given."""
        name = last_part(dotted(call.func))
        position = next((i for i, it in enumerate(call.args) if it is node), None)
        before = None if position is None else joined_before(call, name, position)
        if before is not None and position == len(call.args) - 1:
            yield Joined(at.module.path, at.scope, before)
        elif name in _KEEP_IT and call.args == [node]:
            yield from self._value(call, at.deeper())
        elif position == 0 and (found := [*self._option(call, at)]):
            yield from found
        elif not _is_shown(node, at.module):
            taken = [*self._parameters(node, call, at)]
            for function, parameter, where in taken:
                yield from self._inside(parameter, function, where)
            if not taken:
                yield None

    def _keyword(
        self, node: ast.expr, said: str | None, call: ast.AST | None, at: At
    ) -> Iterator[Joined | None]:
        found = [*self._option(call, at)] if said == "default" else []
        if found or not isinstance(call, ast.Call):
            yield from found or [None]
        else:
            yield from self._argument(node, call, at)

    def _option(self, call: ast.AST | None, at: At) -> Iterator[Joined | None]:
        """What the value of an option of a command line is joined to; nothing if it is no such."""
        if not isinstance(call, ast.Call):
            return
        parent = next(at.module.above(call), None)
        if declares(call):
            yield from self._parsed(destination_of(call), at)
        if isinstance(parent, FUNCTIONS):
            inside = At(at.module, (parent, *at.module.around(parent)), {}, at.depth + 1)
            for name in parameters_of(parent):
                if call in options_of(parent, name):
                    yield from self._inside(name, parent, inside)
        elif isinstance(parent, ast.arguments) and last_part(dotted(call.func)) in _OF_TYPER:
            yield from self._default(call, next(at.module.above(parent), None), at)

    def _parsed(self, name: str, at: At) -> Iterator[Joined | None]:
        """What an attribute of parsed options is joined to; None where others may get them all."""
        if "vars" in at.module.calls:
            yield None
        for module in self._code.modules_naming(name):
            for use in module.named.get(name, ()):
                there = At(module, module.around(use), {}, at.depth + 1)
                if isinstance(use, ast.Attribute) and self._is_parsed(use.value, there):
                    yield from self._value(use, there) if module is at.module else [None]

    def _is_parsed(self, node: ast.expr, at: At) -> bool:
        if not isinstance(node, ast.Name):
            return False
        if any(is_parsed(arg) for it in at.around for arg in parameters_named(it, node.id)):
            return True
        given = (it for it, _ in self._code.given_as(node, at) if isinstance(it, ast.Call))
        return any(last_part(dotted(it.func)) in PARSES for it in given)

    def _parameters(
        self, node: ast.expr, call: ast.Call, at: At
    ) -> Iterator[tuple[Function, str, At]]:
        """The parameters of this code's functions that get an argument of a call."""
        for made, where in self._code.definitions(call.func, at):
            functions = [made] if isinstance(made, FUNCTIONS) else []
            if isinstance(made, ast.ClassDef):
                every = where.module.functions_in(made)
                functions = [it for it in every if it.name == "__init__"][:1]
            for function in functions:
                inside = At(where.module, (function, *where.module.around(function)), {}, at.depth)
                for parameter, value in arguments_of(function, call).items():
                    if value is node:
                        yield function, parameter, inside.deeper()

    def _default(self, node: ast.expr, function: ast.AST | None, at: At) -> Iterator[Joined | None]:
        if not isinstance(function, FUNCTIONS):
            yield None
            return
        inside = At(at.module, (function, *at.module.around(function)), {}, at.depth + 1)
        for parameter, value in defaults_of(function).items():
            if value is node:
                yield from self._inside(parameter, function, inside)

    def _each(self, node: ast.expr, at: At) -> Iterator[Joined | None]:
        """What each element of a list is joined to, or key, where a loop goes through them."""
        above = at.module.above(node)
        parent = next(above, None)
        match parent:
            case ast.Attribute(attr="items" | "keys") if isinstance(
                call := next(above, None), ast.Call
            ):
                yield from self._each(call, at.deeper())
            case ast.For(target=target, iter=over) if over is node and (
                name := _of_each(target, over)
            ):
                yield from self._inside(name, parent, at)
            case ast.comprehension(target=target, iter=over) if over is node and (
                name := _of_each(target, over)
            ):
                yield from self._inside(name, next(above, parent), at)
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target) if (
                isinstance(target, ast.Name) and at.depth <= TOO_DEEP
            ):
                yield from self._name(target, at, of_each=True)
            case _:
                yield None

    def _name(self, target: ast.expr, at: At, *, of_each: bool = False) -> Iterator[Joined | None]:
        """What the name is joined to wherever it is used."""
        function = next(iter(at.around), None)
        match target:
            case ast.Name(id=name) if isinstance(function, FUNCTIONS):
                yield from self._inside(name, function, at, of_each=of_each)
            case ast.Name(id=name):
                for use, where in self._code.uses(at.module.path, name):
                    deeper = At(where.module, where.around, {}, at.depth + 1)
                    follow = self._each if of_each else self._value
                    yield from [None] if use is None else follow(use, deeper)
            case ast.Attribute(value=value, attr=name) if is_self(value) and at.owner:
                yield from self._inside(name, at.owner[0], at, of_self=True)
            case _:
                yield None

    def _inside(
        self, name: str, scope: ast.AST, at: At, *, of_self: bool = False, of_each: bool = False
    ) -> Iterator[Joined | None]:
        """What a name is joined to in a function, or an attribute of `self` in a class."""
        for use in at.module.named.get(name, ()):
            is_it = (
                is_self(use.value) and of_self if isinstance(use, ast.Attribute) else not of_self
            )
            if is_it and scope in at.module.above(use):
                there = At(at.module, at.module.around(use), {}, at.depth + 1)
                yield from (self._each if of_each else self._value)(use, there)


def _of_each(target: ast.expr, over: ast.expr) -> str:
    """The name that a loop gives to each element, or to each key, of what it goes through."""
    match target, over:
        case ast.Tuple(elts=[ast.Name(id=name), _]), ast.Call(func=ast.Attribute(attr="items")):
            return name
        case ast.Name(), ast.Call(func=ast.Attribute(attr="items")):
            return ""  # a pair
        case ast.Name(id=name), _:
            return name
    return ""


def _is_shown(node: ast.AST, module: Module) -> bool:
    """Whether an expression is only shown to people: no path comes of it."""
    for above in module.above(node):
        if isinstance(above, ast.Raise) or (
            isinstance(above, ast.Call) and displays(dotted(above.func))
        ):
            return True
        if isinstance(above, ast.stmt):
            break
    return False
