"""Which databases are behind what calls give: of functions and classes, by whatever name.

A function may be handed on before it is called, be a part of another, or stand in a dictionary.
"""

import ast
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from refactor.databases.connections import Connections
from refactor.databases.definers import Definers
from refactor.databases.filepaths import IN_MEMORY
from refactor.databases.openedobjects import OpenedObjects
from refactor.databases.openings import MOST_FILES, TOO_DEEP, UNKNOWN, USUAL, At, Opened, union
from refactor.databases.spellings import Spellings
from refactor.databases.toldoutside import ToldOutside
from refactor.python.assignments import FUNCTIONS, is_self
from refactor.python.callsites import (
    arguments_of,
    defaults_of,
    gives_more,
    is_partial,
    parameters_named,
)
from refactor.python.modules import Modules
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, given_in

OPENS = (
    *("connect", "Connection", "create_engine", "create_async_engine", "Database"),
    "SqliteDatabase",
)
"""What opens a database, by the last part of its name."""


class OpenedCalls(OpenedObjects):
    """Follows calls to what opens the databases that they give."""

    def __init__(
        self, modules: Modules, connections: Connections, definers: Definers, told: ToldOutside
    ) -> None:
        """Look through these modules."""
        super().__init__(modules, connections, definers, told)
        self._spelled = Spellings(definers)

    def _defined(self, node: ast.Call, at: At, use: ast.AST) -> Opened | None:
        """What functions and classes of this code give that are called; None if it is no such."""
        made: dict[object, Opened] = {}
        for found, where in self._code.definitions(node.func, at):
            if where.module.path in made:
                continue  # a namesake
            if isinstance(found, FUNCTIONS):
                inner = self.called(found, node, at, where)
                results = [self.value(it, inner, it) for it in where.module.results(found)]
                func, owner = node.func, at.owner
                if owner and isinstance(func, ast.Attribute) and is_self(func.value):
                    results = self.with_installed(results, where.around[0], *owner)
                    results += self._given_by_heirs(node, func.attr, *owner, at)
                opened = union(results) if results else UNKNOWN
            elif self._gap is not None:
                opened = UNKNOWN  # an object is no piece of a path
            else:
                kept = self._made(found, node, at, where, use)
                opened = kept or self._by_itself(found, where.module)
            made[where.module.path] = opened
        return union(made.values()) if made else None

    def _given_by_heirs(
        self, node: ast.Call, name: str, owner: ast.ClassDef, inside: At, at: At
    ) -> Iterator[Opened]:
        """What the methods of heirs give that stand for one which is called on `self`."""
        for heir, there in self._code.heirs(owner, inside) if at.self_class is None else ():
            for it in there.module.functions_in(heir):
                if it.name == name:
                    inner = self.called(it, node, at, replace(there, self_class=(heir, there)))
                    yield from (self.value(each, inner, each) for each in there.module.results(it))

    def _by_given(self, arguments: Iterable[ast.expr], at: At) -> Opened | None:
        """What functions give that are handed on, as in `Depends(connect)`; None if none does."""
        made = (
            self.value(it, replace(where, around=(function, *where.around)), it)
            for each in arguments
            for function, where in self._code.definitions(each, at)
            if isinstance(function, FUNCTIONS)
            for it in where.module.results(function)
        )
        found = [it for it in made if it.databases or it.others]
        return union(found) if found else None

    def _by_maker(self, node: ast.Call, at: At, use: ast.AST) -> Opened:
        """What is given by a lambda, or made by what is bound to a database, as sessions are."""
        if isinstance(node.func, ast.Subscript):
            return self._by_entry(node, node.func, at)
        makers = [*self._code.given_as(node.func, at)]
        if len(makers) == 1 and is_partial(makers[0][0]):
            return self._by_partial(*makers[0], node, at)
        lambdas = [(it, where) for it, where in makers if isinstance(it, ast.Lambda)]
        if not lambdas:
            name = dotted(node.func)
            taken = any(parameters_named(it, name) for it in at.around)
            made = self._by_hand(node.func, at, use) if makers or taken else UNKNOWN
            return made if made != UNKNOWN or not makers else self._bound_later(node.func, at)
        if len(lambdas) < len(makers):
            return UNKNOWN
        return union(
            self.value(made.body, self._called_lambda(made, node, at, where), made.body)
            for made, where in lambdas
        )

    def _by_hand(self, func: ast.expr, at: At, use: ast.AST) -> Opened:
        """What a function gives, or makes, that is handed to what calls it by another name."""
        around, self._is_called = self._is_called, True
        opened = self.value(func, at, use)
        self._is_called = around
        return opened

    def _given_back(self, node: ast.expr, at: At, use: ast.AST) -> Opened:
        """What a function gives whose call is looked for, or a class makes."""
        self._is_called = False
        opened = self._defined(ast.Call(node, [], []), at, use)
        if opened is None and isinstance(node, ast.Attribute):
            opened = replace(self.value(node.value, at, use), whole=False)
        self._is_called = True
        return opened or UNKNOWN

    def _of_context(self, node: ast.Call, at: At) -> Opened | None:
        """What a variable of a context holds, by whatever sets it; None if it is no such."""
        match node:
            case ast.Call(func=ast.Attribute(value=variable, attr="get")) if any(
                isinstance(it, ast.Call) and last_part(dotted(it.func)) == "ContextVar"
                for it, _ in self._code.given_as(variable, at)
            ):
                name = last_part(dotted(variable))
            case _:
                return None
        found: list[Opened] = []
        for module in self._code.modules_naming(name):
            for call in () if self._code.is_test(module.path) else module.calls.get("set", ()):
                if call.args and f".{dotted(call.func)}".endswith(f".{name}.set"):
                    where = At(module, module.around(call), {}, at.depth + 1, at.level)
                    found.append(self.value(call.args[0], where, call))
        return union(found) if found else None

    def _by_partial(self, made: ast.expr, where: At, node: ast.Call, at: At) -> Opened:
        """What a function gives of which a part of the arguments was given before."""
        if not isinstance(made, ast.Call):
            return UNKNOWN
        function, *before = made.args
        first = ast.Call(function, before, made.keywords)
        whole = ast.Call(function, [*before, *node.args], [*made.keywords, *node.keywords])
        found: list[Opened] = []
        for it, there in self._code.definitions(function, where):
            if isinstance(it, FUNCTIONS):
                inside = self.called(it, first, where, there)
                given = {name: (each, at) for name, each in arguments_of(it, whole).items()}
                given |= {name: inside.given[name] for name in arguments_of(it, first)}
                inside = replace(inside, given={**inside.given, **given})
                found += (self.value(each, inside, each) for each in there.module.results(it))
        return union(found) if found else UNKNOWN

    def _bound_later(self, maker: ast.expr, at: At) -> Opened:
        """What a maker of sessions is bound to after it was made: `Session.configure(bind=…)`."""
        said = f"{last_part(dotted(maker))}.configure"
        found: list[Opened] = []
        for path in self._code.naming(said)[:MOST_FILES] if at.depth < TOO_DEEP else ():
            module = None if self._code.is_test(path) else self._code.module(path)
            for call in module.calls.get("configure", ()) if module else ():
                bound = next((it.value for it in call.keywords if it.arg == "bind"), None)
                if module and bound and f".{dotted(call.func)}".endswith(f".{said}"):
                    where = At(module, module.around(call), {}, at.depth + 1, at.level)
                    found.append(self.value(bound, where, call))
        return union(found) if found else UNKNOWN

    def _by_entry(self, node: ast.Call, func: ast.Subscript, at: At) -> Opened:
        """What the functions and lambdas give that a dictionary has under a key."""
        made: list[Opened] = []
        for entry, where in self._spelled.entries(func.value, func.slice, at):
            if isinstance(entry, ast.Lambda):
                inside = self._called_lambda(entry, node, at, where)
                made.append(self.value(entry.body, inside, entry.body))
                continue
            functions = [
                (it, self.called(it, node, at, there))
                for it, there in (self._code.definitions(entry, where) if entry else ())
                if isinstance(it, FUNCTIONS)
            ]
            results = (
                self.value(it, inside, it)
                for function, inside in functions
                for it in inside.module.results(function)
            )
            made.append(union(results) if functions else UNKNOWN)
        return union(made)

    def _made(
        self, cls: ast.AST, node: ast.Call, at: At, inside: At, use: ast.AST
    ) -> Opened | None:
        """What an object talks to that is made of a class: what it is given, or its defaults."""
        makes = next((it for it in inside.module.functions_in(cls) if it.name == "__init__"), None)
        given = arguments_of(makes, node) if makes else {}
        values = [*given.values(), *(() if makes else node.args)]
        usual = defaults_of(makes) if makes else {}
        each = [self.value(it, at, use) for it in values]
        unseen, told = UNKNOWN in each, any(it.files for it in each)
        each += (self.value(it, inside, it) for name, it in usual.items() if name not in given)
        found = [it for it in each if it.databases or it.others]
        if not found and makes:
            within = self.called(makes, node, at, inside)
            set_up = (
                it.value
                for it in inside.module.owned(makes)
                if isinstance(it, ast.Assign | ast.AnnAssign)
            )
            each = [self.value(it, within, it) for it in set_up if it]
            found = [it for it in each if it.databases or it.others]
        if not found:
            hidden = [it for it in each if it.hidden]
            return union(hidden) if hidden else None
        opened = union(found)
        if (unseen and not opened.whole) or (gives_more(node) and not told):
            opened = union([opened, USUAL])  # it may be given another than is found here
        uses = self._opened_within(cls, node, at, inside)
        if uses and uses.files - IN_MEMORY:
            # Of the paths that it is given it may open only one, or none.
            shared = opened.files & uses.files
            if not shared or uses.files < opened.files:
                return uses
        if opened.databases or opened.others - IN_MEMORY:
            return opened
        # In memory it stands in for the file that the class opens by itself.
        besides = (self.value(it, inside, it) for it in usual.values())
        return union([opened, *(it for it in besides if it.databases)])

    def _opened_within(self, cls: ast.AST, node: ast.Call, at: At, inside: At) -> Opened | None:
        """What the code of a class opens for the object of a call, if all of that is seen."""
        found: list[Opened] = []
        attributes: set[str] = set()
        for call in (it for name in OPENS for it in inside.module.calls.get(name, ())):
            around, given = inside.module.around(call), given_in(call)
            if cls not in around or not given or not isinstance(cls, ast.ClassDef):
                continue
            function, path = around[0], given[0]
            if isinstance(function, FUNCTIONS) and function.name == "__init__":
                found.append(self.value(call, self.called(function, node, at, inside), call))
            elif not isinstance(path, ast.Attribute) or not is_self(path.value):
                where = At(inside.module, around, {}, at.depth + 1, at.level)
                found.append(self.value(call, where, call))
            elif path.attr not in attributes:
                attributes.add(path.attr)
                found += self._set_up(cls, node, at, inside, path.attr)
            if not all(it.whole for it in found):
                return None
        return union(found) if found else None
