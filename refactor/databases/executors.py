"""Which database the very connection was opened on that executes a statement.

Where two databases have a table of one name, a function that talks to both does not tell which is
meant; the name before `.execute` does. It is followed to where it was opened: over `with … as`,
attributes, parameters and who gives them, functions that open, and imports.
"""

import ast
from collections.abc import Container, Iterator, Mapping
from itertools import chain
from pathlib import PurePosixPath

from msgspec.structs import replace

from refactor.databases.connections import Connections
from refactor.databases.definers import Definers, name_in
from refactor.databases.drivers import MAY_OPEN, runs_elsewhere
from refactor.databases.engines import Engines
from refactor.databases.filepaths import IN_MEMORY, FilePaths
from refactor.databases.givers import made_by
from refactor.databases.mappedto import mapped_to
from refactor.databases.namers import Namers
from refactor.databases.openers import Openers
from refactor.databases.openings import HIDDEN, UNKNOWN, At, Opened, union
from refactor.databases.ownentries import display_of, said_beside
from refactor.databases.packages import Packages
from refactor.databases.patched import set_for
from refactor.databases.receivers import Receiver, kept_around, receiver_of, stays_inside
from refactor.databases.senders import (
    argument_with,
    holding_too,
    holds,
    sent_by,
    texts_with,
    told_to,
)
from refactor.databases.toldoutside import ToldOutside
from refactor.databases.unended import end_of
from refactor.python.assignments import FUNCTIONS, HOLDS_TEXT, Function, Module, is_self
from refactor.python.callsites import (
    arguments_of,
    executing,
    getting,
    handed_beside,
    is_constant,
    parameters_of,
    wrapped_as,
)
from refactor.python.modules import Modules
from refactor.python.outline import Context, Scope, last_part
from refactor.python.syntax import dotted, given_in, span_of
from refactor.recent import Recent

_MOST_HANDS = 6
"""So often a text is followed that one function hands to the next."""
_OF_TABLES = ("to_sql", "read_sql")
"""Methods of data frames and of pandas itself, which get a connection beside the text."""
_MAKES_TABLES = ("Table", "table")
"""What makes a table of SQLAlchemy's, which is run on something elsewhere."""
_OF_MODELS = "raw"
"""The method by which mapped classes execute SQL."""
_ANSWERS_KEPT = 2_000
_TOLD_BY = (*HOLDS_TEXT, ast.Compare)
_BINDS = ("bind", "bind_arguments")
"""Keywords by which SQLAlchemy is told where to execute."""


class Executors:
    """Answers on which database a statement is executed."""

    def __init__(
        self,
        modules: Modules,
        paths: FilePaths,
        connections: Connections,
        definers: Definers,
        packages: Packages,
        told: ToldOutside,
    ) -> None:
        """Look through these modules.

        Args:
            modules: what they call what.
            paths: which files they name.
            connections: which databases reach their parts.
            definers: where what they name is defined.
            packages: whose package runs a statement.
            told: what programs are told where they are started.
        """
        self._modules = modules
        self._paths = paths
        self._connections = connections
        self._code = definers
        self._openers = Openers(modules, paths, connections, self._code, told)
        self._namers = Namers(modules, paths, connections, self._code, told)
        self._engines = Engines(self._code, self._openers)
        self._packages = packages
        self._opened: Recent[tuple[object, ...], Opened] = Recent(_ANSWERS_KEPT)

    def module(self, path: PurePosixPath) -> Module | None:
        """A module's tree."""
        return self._code.module(path)

    def of(
        self, path: PurePosixPath, context: Context, heir: tuple[PurePosixPath, str] | None = None
    ) -> Opened:
        """On what a text is executed that is an argument of a call, or is given to a name.

        Args:
            path: its module.
            context: what surrounds it there.
            heir: the class whose object runs it, by its module, if not the one around.
        """
        span = span_of(context.inside) if isinstance(context.inside, _TOLD_BY) else ()
        within = (context.within or ())[-1:]
        said = context.scope, context.target, context.argument, context.key, context.display
        key = path, *said, span, within, heir
        known = self._opened.get(key)
        return known or self._opened.keep(key, self._of(path, context, heir))

    def beside_given(self, path: PurePosixPath, context: Context) -> frozenset[str]:
        """On what else a function executes something that opens this one on a path it is given.

        As what reads another program's file does, to write what is in it into ours.
        """
        names, scope = self._modules.names(path), context.scope
        holder, _, method = context.callee.rpartition(".")
        if names is None or not scope.function or "execute" not in method:
            return frozenset()
        given = names.assigned.get((scope, holder), ())
        match given[0] if len(given) == 1 else None:
            case ast.Call(func=func, args=[ast.Name(id=name), *_]) if (
                scope,
                name,
            ) in names.outline.parameters and MAY_OPEN.match(last_part(dotted(func))):
                pass
            case _:
                return frozenset()
        others = (
            it.context
            for it in names.outline.sites
            if it.context.scope == scope
            and "execute" in last_part(it.context.callee)
            and it.context.callee.rpartition(".")[0] != holder
        )
        return frozenset[str]().union(*(self.of(path, it).databases for it in others))

    def handed_by(
        self, owner: tuple[PurePosixPath, str], path: PurePosixPath, context: Context
    ) -> frozenset[str]:
        """What a class, or a base of it, gives to a function of no class to execute something on.

        By the code that gives it; empty if neither calls the function around a statement.
        """
        module, cls = self._code.module(path), self._code.class_at(*owner)
        nodes = executing(module, context) if module and not context.scope.owner else ()
        around = next((module.around(it) for it in nodes if module), ())
        function = next(iter(around), None)
        if module is None or cls is None or not isinstance(function, FUNCTIONS):
            return frozenset()
        callers = self._code.callers(function, At(module, around[1:]))
        root = context.callee.partition(".")[0]
        given = (arguments_of(function, it) for it, _ in self._code.of_family(callers, cls))
        return frozenset(ast.unparse(each[root]) if root in each else "?" for each in given)

    def _with_listed(self, found: Opened, path: PurePosixPath, context: Context) -> Opened:
        """What a text is executed on, by what it is listed with: `{"db": "shop.db", "sql": …}`.

        Or what it is handed on with from there.
        """
        module = self._code.module(path) if context.display and context.inside is None else None
        if module is None:
            return found
        values: list[ast.expr] = []
        match display_of(context, module):
            case ast.Tuple(elts=items):
                values = [items[it] for it in handed_beside(module, context.within or ())]
            case ast.Dict(values=items):
                values = [ast.Constant(context.key), *items]
        named = [self._paths.of(path, context.scope, it) for it in values]
        listed = union(Opened(it.databases, it.others - IN_MEMORY, whole=True) for it in named)
        one_of = found.whole and listed.files < found.files
        strange = not found.whole and not listed.databases and listed.others
        return listed if (one_of and listed.files) or strange else found

    def in_entry(
        self,
        found: Opened,
        path: PurePosixPath,
        statement: Context,
        named: tuple[PurePosixPath, Context],
    ) -> Opened:
        """What a module executes a statement on, by the dictionary, or the tuple, with the name.

        What callers give to a function is opened by them, and not by the entry.
        """
        where, context = named
        several = found.whole and len(found.databases) > 1
        runs = self.receiver(path, statement) if several else None
        several = several and not (runs and runs.is_parameter)
        module, running = (self._code.module(it) if several else None for it in (where, path))
        if module is None or running is None:
            return found
        said = said_beside(context, module, self._paths, running)
        return said if said and said.files <= found.files else found

    def mapped(self, path: PurePosixPath, owner: str) -> Opened:
        """What a class is bound to whose objects are a table's rows."""
        key = path, owner
        known = self._opened.get(key)
        self._openers.begin()
        return known or self._opened.keep(
            key, mapped_to(path, owner, self._code, self._openers, self._engines)
        )

    def is_patched(self, path: PurePosixPath, context: Context) -> bool:
        """Whether a test sets a name of a module to another file where it executes a statement."""
        module = self._code.module(path)
        nodes = executing(module, context) if module else ()
        self._openers.begin()
        return any(self._patched(it, module) for it in nodes if module)

    def opened_by(self, path: PurePosixPath, call: ast.Call) -> frozenset[str]:
        """The databases that a call of a module opens, whoever says which."""
        module = self._code.module(path)
        calls = module.calls.get(last_part(dotted(call.func)), ()) if module else ()
        it = next((it for it in calls if span_of(it) == span_of(call)), None)
        if module is None or it is None:
            return frozenset()
        self._openers.begin()
        return self._openers.value(it, At(module, module.around(it)), it).databases

    def run_on(self, call: ast.Call, at: At) -> Opened:
        """On what a call executes what it is given, by what is given to the function around it."""
        self._openers.begin()
        found = self._executing(call, at)
        return UNKNOWN if self._openers.is_lost else found

    def behind(self, node: ast.expr, at: At) -> Opened:
        """The databases behind an expression, by the same."""
        self._openers.begin()
        found = self._openers.value(node, at, node)
        return UNKNOWN if self._openers.is_lost else found

    def values(self, node: ast.expr, at: At) -> Iterator[tuple[ast.expr, At]]:
        """What a name, or an attribute of a class or a module, is given where that is defined."""
        load = name_in(node)
        for it in self._modules.definitions(at.module.path, at.scope, load) if load else ():
            module = self._code.module(it.path)
            if module is not None and it.value is not None:
                yield it.value, At(module, ())

    def given_methods(self, call: ast.Call, at: At) -> Iterator[tuple[Function, At]]:
        """The methods that a call may mean of an object that others give to what stands there."""
        for function, where in self._code.methods_of_given(call.func, at):
            if isinstance(function, FUNCTIONS):
                yield function, self._openers.called(function, call, at, where)

    def named_by(self, path: PurePosixPath, node: ast.expr) -> Opened:
        """The databases that an expression of a module names, whoever says which."""
        return self._behind(self._openers, path, node)

    def files_of(self, path: PurePosixPath, node: ast.expr) -> Opened:
        """The files that an expression of a module is the path of, whoever says which."""
        return self._behind(self._namers, path, node)

    def _behind(self, openers: Openers, path: PurePosixPath, node: ast.expr) -> Opened:
        module, span = self._code.module(path), span_of(node)
        alike = (it for it in module.nodes if isinstance(it, ast.expr)) if module else ()
        for it in alike:
            if module and type(it) is type(node) and span_of(it) == span:
                openers.begin()
                return openers.value(it, At(module, module.around(it)), it)
        return UNKNOWN

    def beside(self, path: PurePosixPath, scope: Scope, level: str) -> frozenset[str]:
        """The databases that are opened by name within a function, a class or a whole module."""
        found = (it.databases for _, it in self._opened_in(path, scope, level))
        return frozenset().union(*found)

    def inside(self, path: PurePosixPath, scope: Scope, level: str) -> frozenset[str]:
        """Those of them that no other function gets which open them for themselves."""
        module = self._code.module(path)
        mine: set[str] = set()
        others: set[str] = set()
        for call, opened in self._opened_in(path, scope, level):
            inside = module is not None and stays_inside(call, module)
            (mine if inside else others).update(opened.databases)
        return frozenset(mine - others)

    def _opened_in(
        self, path: PurePosixPath, scope: Scope, level: str
    ) -> Iterator[tuple[ast.Call, Opened]]:
        """The calls that open something within a function, a class or a module, and what."""
        module = self._code.module(path)
        if module is None:
            return
        calls = module.calls.items()
        for call in (it for name, each in calls if MAY_OPEN.match(name) for it in each):
            self._openers.begin()
            at = At(module, module.around(call))
            same_class = level == "module" or at.scope.owner == scope.owner
            if same_class and (level != "function" or at.scope == scope):
                yield call, self._openers.value(call, at, call)

    def may_be_of_package(self, path: PurePosixPath, context: Context) -> bool:
        """Whether a package that nobody knows may run a statement."""
        return self._packages.may_run(path, context)

    def _package(self, call: ast.Call, path: PurePosixPath, scope: Scope) -> str:
        """The package that runs a statement by a call; empty if it is not seen, or known."""
        return self._packages.running(call, path, scope) or self._inherited(call, path, scope)

    def _inherited(self, call: ast.Call, path: PurePosixPath, scope: Scope) -> str:
        """The package whose method an object runs it by, where no database of the plan is near."""
        package = self._packages.inherited(call, path, scope)
        around = self._connections.of(path, scope) if package else None
        return "" if around and around.databases else package

    def function(self, path: PurePosixPath, context: Context) -> Function | None:
        """The function that executes a statement, if it is one."""
        module = self._code.module(path)
        nodes = [*executing(module, context)] if module else []
        around = module.around(nodes[0])[:1] if module and nodes else ()
        return next((it for it in around if isinstance(it, FUNCTIONS)), None)

    def receiver(self, path: PurePosixPath, context: Context) -> Receiver | None:
        """What executes a statement, by its name; None if it has none, or several do."""
        module = self._code.module(path)
        nodes = [*executing(module, context)] if module else []
        return receiver_of(nodes[0], module) if module and len(nodes) == 1 else None

    def kept_apart(self, path: PurePosixPath, scope: Scope, receiver: Receiver) -> frozenset[str]:
        """The databases that a class and its module only open for what has another name."""
        module = self._code.module(path)
        mine: set[str] = set()
        others: set[str] = set()
        for name, node, call in kept_around(module, scope.owner) if module else ():
            if module:
                self._openers.begin()
                opened = self._openers.value(node, At(module, module.around(call)), call)
                apart = name and not receiver.may_be(name)
                (others if apart else mine).update(opened.databases)
        return frozenset(others - mine)

    def _of(
        self, path: PurePosixPath, context: Context, heir: tuple[PurePosixPath, str] | None
    ) -> Opened:
        module = self._code.module(path)
        if module is None:
            return UNKNOWN
        self._openers.begin()
        wrapped = "" if context.scope.function else wrapped_as(module, context)
        if wrapped:
            context = replace(context, target=wrapped, inside=None)
        if is_constant(context):
            return self._of_constant(module, context)
        nodes = [*executing(module, context)]
        if nodes and self._code.is_test(path):
            self._openers.begin(self._patched(nodes[0], module))
        argument = context.argument if isinstance(context.inside, ast.Call) else ""
        owner = self._code.class_at(*heir) if heir else None
        found = union(
            self._executing(
                node,
                At(module, module.around(node), self_class=owner),
                argument,
                within=bool(context.within),
            )
            for node in nodes
        )
        if self._openers.is_lost:
            found = UNKNOWN
        seen = found.databases or found.others or found.foreign or found.hidden
        lost = not seen and any("execute" in _method(it) for it in nodes)
        memory = found.whole and not found.databases and bool(found.others)
        memory = memory and found.others <= IN_MEMORY
        found = replace(found, others=found.others - IN_MEMORY, lost=lost, memory=memory)
        return self._with_listed(found, path, context)

    def _patched(self, node: ast.AST, module: Module) -> Mapping[str, Opened]:
        """The files that a test sets names to where it executes something; no such of its own."""
        found = {
            name: self._openers.value(value, at, value)
            for name, value, at in set_for(node, module)
            if end_of(value, at, self._code)
        }
        return {name: it for name, it in found.items() if it.files}

    def _of_constant(self, module: Module, context: Context) -> Opened:
        """On what a text is executed to which a module or a class gives a name, wherever it is."""
        found = []
        path, name = module.path, context.target
        of_bases = self._code.used_by_bases(path, context.scope.owner, name)
        for use, where in chain(self._code.uses(path, name), of_bases):
            gets = getting(where.module, use, context) if use else None
            found += [UNKNOWN] if gets is None else []
            for call, argument in gets or ():
                around = where.module.around(call)
                at = At(where.module, around, self_class=where.self_class)
                found.append(self._executing(call, at, argument))
        known = [it for it in found if it.whole]
        # Where one is executed on no database of the plan for certain, another name would miss.
        strange = any(it.others - IN_MEMORY for it in known)
        opened = union(known if strange else found)
        opened = replace(opened, others=opened.others - IN_MEMORY)
        return self._with_listed(opened, module.path, context)

    def _executing(
        self, node: ast.Call | ast.Subscript, at: At, argument: str = "", *, within: bool = False
    ) -> Opened:
        """What a statement is executed on, by its object or else by whose package runs it."""
        if isinstance(node, ast.Subscript):
            return self._openers.value(node.value, at, node)
        opened = self._executing_call(node, at, argument, within=within)
        if opened not in (UNKNOWN, HIDDEN):
            return opened
        package = self._package(node, at.module.path, at.scope)
        other = frozenset({f"something of {package}'s"})
        return Opened(others=other, whole=True) if package else opened

    def _executing_call(self, node: ast.Call, at: At, argument: str, *, within: bool) -> Opened:
        """What a statement is executed on: the object of the method, or what is given beside it."""
        told = self._elsewhere(node, at) or self._openers.of_alias(node, at)
        if told:
            return told
        bound = [it.value for it in node.keywords if it.arg in _BINDS]
        if bound:
            each = (it.values if isinstance(it, ast.Dict) else [it] for it in bound)
            return union(self._openers.value(it, at, node) for values in each for it in values)
        func, method = node.func, _method(node)
        passed = self._passed_on(node, argument, at)
        if passed.whole and len(passed.files) == 1 and not passed.files & IN_MEMORY:
            return passed
        opened = UNKNOWN
        if isinstance(func, ast.Attribute) and not (
            method.startswith(_OF_TABLES) or is_self(func.value)
        ):
            opened = self._openers.value(func.value, at, node)
            if opened == UNKNOWN and method == _OF_MODELS:
                opened = self._of_model(func.value, at)
        if "execute" in method:
            return passed if opened == UNKNOWN else opened
        if isinstance(func, ast.Name):
            opened = self._openers.name(func.id, at, node)
        given = [*given_in(node)]
        command = node.args[int(argument)] if argument.isdigit() else None
        if within and isinstance(command, ast.List):
            given += command.elts  # and its arguments
        values = [self._openers.value(it, at, node) for it in given]
        beside = [it for it in values if it.files or it.foreign or it.hidden]
        if beside and passed == UNKNOWN and self._is_run_by_unseen(node, argument, at):
            beside.append(HIDDEN)
        found = union(beside if opened == UNKNOWN else [opened, *beside])
        return passed if found == UNKNOWN else found

    def _elsewhere(self, node: ast.Call, at: At) -> Opened | None:
        """What a call gives its text to, where that is no driver for SQLite."""
        names = self._modules.names(at.module.path)
        if names is None:
            return None
        said = runs_elsewhere(node, names) or sent_by(node, at, names) or told_to(node)
        return Opened(others=frozenset({said}), whole=True) if said else None

    def _of_model(self, model: ast.expr, at: At) -> Opened:
        """The database of a mapped class that executes a statement, by itself or its manager."""
        model = model.value if isinstance(model, ast.Attribute) else model
        for cls, where in self._code.definitions(model, at):
            if isinstance(cls, ast.ClassDef):
                return mapped_to(
                    where.module.path, cls.name, self._code, self._openers, self._engines
                )
        return UNKNOWN

    def _passed_on(self, node: ast.Call, argument: str, at: At) -> Opened:
        """What a function executes its text on, to which a call gives one and no connection."""
        if at.depth > _MOST_HANDS:
            return UNKNOWN
        if last_part(dotted(node.func)) in _MAKES_TABLES:
            return self._engines.of_table(node, at)
        found: list[Opened] = []
        for name, function, inside in self._given_in(node, argument, at):
            found += self._done_with(name, function, inside)
        return union(found) if found else UNKNOWN

    def _given_in(
        self, node: ast.Call, argument: str, at: At
    ) -> Iterator[tuple[str, Function, At]]:
        """By what name the functions that a call may mean get an argument, and their insides."""
        for function, inside in self.meant(node, at):
            names = [it for it in parameters_of(function) if it not in ("self", "cls")]
            place = int(argument) if argument.isdigit() else 0
            name = argument if argument in names else "".join(names[place : place + 1])
            if name:
                yield name, function, inside

    def _is_run_by_unseen(self, node: ast.Call, argument: str, at: At) -> bool:
        """Whether a call gives a function what runs its text there, and nobody knows what that is.

        Then what else it gives is beside it, and runs other statements.
        """
        if at.depth > _MOST_HANDS:
            return False
        for name, function, inside in self._given_in(node, argument, at):
            arguments = arguments_of(function, node)
            for call, handed in _taking(name, function, inside.module):
                if handed:
                    unseen = self._is_run_by_unseen(call, handed, inside)
                else:
                    runs = receiver_of(call, inside.module) if "execute" in _method(call) else None
                    given = arguments.get(runs.name.partition(".")[0]) if runs else None
                    unseen = given is not None and self._openers.value(given, at, node) == UNKNOWN
                if unseen:
                    return True
        return False

    def meant(self, node: ast.Call, at: At) -> Iterator[tuple[Function, At]]:
        """The functions that a call may mean, and their insides with what they are given."""
        known = [*self._code.definitions(node.func, at)]
        for function, where in known or self._code.methods_of_object(node.func, at):
            if isinstance(function, FUNCTIONS):
                yield function, self._openers.called(function, node, at, where)
        makers = [] if known else [*self._code.given_as(node.func, at)]
        for call, where in makers if len(makers) == 1 else ():
            made = self._code.definitions(call.func, where) if isinstance(call, ast.Call) else ()
            for maker, there in made:
                if isinstance(maker, FUNCTIONS) and isinstance(call, ast.Call):
                    around = self._openers.called(maker, call, where, there)
                    for inner in made_by(maker, there.module):
                        yield inner, replace(around, around=(inner, *around.around), given_to=maker)

    def _done_with(self, name: str, function: Function, inside: At) -> Iterator[Opened]:
        """On what a function executes a text that it is given by a name, or to whom it sends it."""
        for call, handed in _taking(name, function, inside.module):
            if handed:
                sent = self._elsewhere(call, inside) or self._passed_on(call, handed, inside)
                yield from () if sent == UNKNOWN else (sent,)
                continue
            executed = self._executing(call, inside)
            # What is given it and executes nothing is such as a log.
            if executed != UNKNOWN or "execute" in _method(call):
                yield executed


def _taking(name: str, function: Function, module: Module) -> Iterator[tuple[ast.Call, str]]:
    """The calls of a function that get a text which it is given by a name.

    Those that get it first, as what runs it does; the others with the argument that has it in it.
    """
    holding, texts = holding_too(name, function, module), texts_with(name, function, module)
    for call in module.owned(function):
        if not isinstance(call, ast.Call):
            continue
        if _gets_first(call, texts):
            yield call, ""
        elif (argument := argument_with(holding, call)) is not None:
            yield call, argument


def _method(node: ast.Call | ast.Subscript) -> str:
    """The method that is called, if it is one."""
    func = node.func if isinstance(node, ast.Call) else None
    return func.attr if isinstance(func, ast.Attribute) else ""


def _gets_first(call: ast.Call, names: Container[str]) -> bool:
    """Whether a call is given a name first, what wraps it as `text(sql)` does, or SQL with it."""
    match call.args[:1]:
        case [ast.Name(id=given)] | [ast.Call(args=[ast.Name(id=given)])]:
            return given in names
        case [ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()) as text]:
            return holds(text, names)
    return False
