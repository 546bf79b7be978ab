"""Which database a statement is executed on, by what else is executed there.

Two databases may have a table of one name, and nobody sees which file was opened. But the other
statements of a script, or of one connection, are executed on the same database: if one only has
the tables and columns of them all, it is that one.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import Action, Plan, folded
from refactor.databases.asked import is_one, names_asked_for
from refactor.databases.definers import Definers
from refactor.databases.handles import EXECUTES, Handle, handle_given, handle_of
from refactor.databases.madeby import handles_handed, handles_made
from refactor.databases.openings import At
from refactor.databases.spellings import Spellings
from refactor.proof.oracle import Oracle, Verdict
from refactor.python.assignments import Module
from refactor.python.outline import Context, last_part
from refactor.python.syntax import Span, dotted, span_of
from refactor.recent import Recent
from refactor.sql.names import HOLE, Role, quoted, statements, table_names

_FEWEST = 2
"""Statements on an object's connection that must each tell, unless one makes a table there: another
object may have another."""
_MODULES_KEPT = 3
"""A test's, that of its fixtures, and that of a helper: they are asked in turn."""
_CHOICES = (ast.If, ast.IfExp, ast.match_case, ast.Try, ast.ExceptHandler)


_Branches = frozenset[tuple[int, str]]


_Execution = tuple[ast.Call, Handle | None]


class _Said(Struct, frozen=True):
    """One statement on a connection."""

    function: tuple[ast.AST, ...]
    branches: _Branches
    fits: frozenset[str]
    makes: bool
    """Whether it makes a table."""


class Company:
    """Answers which database it must be, for scripts and for connections."""

    def __init__(self, plan: Plan, oracle: Oracle, definers: Definers) -> None:
        """Ask this oracle; `definers` tell where what the code names is defined."""
        self._oracle = oracle
        self._code = definers
        self._spelled = Spellings(definers)
        # A database whose tables nobody knows may have any; a target that is not there has none.
        self._is_known = all(
            (it.path in oracle.tables() or it.action is Action.TARGET)
            and all(oracle.knows(it.path, table.old) for table in plan.tables_in(it.path))
            for it in plan.databases
            if it.action is not Action.DELETE
        )
        self._last_script: tuple[str, str | None] = "", None
        self._known: Recent[PurePosixPath, _Executions] = Recent(_MODULES_KEPT)

    def of_script(self, script: str) -> str | None:
        """The only database that all statements of a text fit; None if there is none."""
        last, found = self._last_script
        if script is not last:  # each of its statements asks: a dump has thousands
            spans = statements(script) if self._is_known else ()
            every = (self._fits(script[it.start : it.end]) for it in spans)
            found = _only(every) if len(spans) > 1 else None
            self._last_script = script, found
        return found

    def of_connection(self, path: PurePosixPath, context: Context) -> str | None:
        """The only database that all fit which is executed on the connection of a statement."""
        module = self._code.module(path) if self._is_known else None
        if module is None or not isinstance(context.inside, ast.Call):
            return None
        here = self._executions(module)
        return (
            here.database(context.inside)
            or self._where_made(here, context.inside)
            or self._where_handed(here, context.inside)
        )

    def of_class(self, path: PurePosixPath, owner: str, name: str, callee: str = "") -> str | None:
        """The only database whose table of a name has the fields of a class, if that is data.

        Else the only one that all statements fit which it executes on such a table: all of them on
        one attribute of its objects, since another may be another connection.

        Args:
            path: the module of the class.
            owner: the class.
            name: the table's name.
            callee: what runs the statement that the class only names the table for.
        """
        module = self._code.module(path) if self._is_known else None
        classes = [it for it in module.classes if it.name == last_part(owner)] if module else []
        if module is None or len(classes) != 1:
            return None
        fields = ", ".join(quoted(it, "") for it in _fields(classes[0]))
        if fields and len(fitting := self._fits(f"SELECT {fields} FROM {quoted(name, '')}")) == 1:
            return next(iter(fitting))
        calls = (it for each in EXECUTES for it in module.calls.get(each, ()))
        mine = [it for it in calls if classes[0] in module.around(it) and it.args]
        on = {dotted(it.func).rpartition(".")[0] for it in mine}
        if callee.startswith("self.") and "." in callee.removeprefix("self."):
            on.add(callee.rpartition(".")[0])
        if len(on) != 1 or not on.pop().startswith("self."):
            return None
        texts = (self._spelled.text(it.args[0], At(module, module.around(it))) for it in mine)
        every = (sql[it.start : it.end] for sql in texts if sql for it in statements(sql))
        return _only(
            self._fits(it)
            for it in every
            if any(folded(each.name) == folded(name) for each in table_names(it))
        )

    def asked_for(
        self, path: PurePosixPath, context: Context, where: PurePosixPath, running: Context
    ) -> frozenset[str]:
        """The tables for which a helper of another module is asked where it gets a name."""
        module = self._code.module(path) if self._is_known else None
        theirs = self._code.module(where) if module else None
        if module is None or theirs is None:
            return frozenset()
        return names_asked_for(module, context, theirs, running)

    def is_one(self, path: PurePosixPath, running: Context) -> bool:
        """Whether a statement runs on one connection, whichever table it is about."""
        module = self._code.module(path) if self._is_known else None
        return module is not None and is_one(module, running)

    def of_names(self, names: Iterable[str]) -> str | None:
        """The only database that has all tables of these names; what none has is no table's."""
        tables = self._oracle.tables()
        return _only(
            frozenset(it for it, known in tables.items() if folded(name) in known) for name in names
        )

    def _executions(self, module: Module) -> "_Executions":
        """What a module executes: each of its statements asks, and those on what it has made."""
        known = self._known.get(module.path)
        if known is None or known.module is not module:
            made = _Executions(module, self._fits, self._spelled.text)
            known = self._known.keep(module.path, made)
        return known

    def _where_made(self, executions: "_Executions", call: ast.Call) -> str | None:
        """What the function tells that made the connection of a statement, and gave it to it."""
        handle = executions.handle(call)
        if handle is None:
            return None
        made = handles_made(handle, executions.module, self._code)
        found = [self._executions(module).of_maker(it) for it, module in made]
        return found[0] if found else None

    def _where_handed(self, executions: "_Executions", call: ast.Call) -> str | None:
        """What the functions and objects tell that the connection of a statement is handed to."""
        handle = executions.handle(call)
        if handle is None:
            return None
        handed = handles_handed(handle, executions.module, self._code)
        found = {self._executions(module).of_maker(it) for it, module in handed} - {None}
        return found.pop() if len(found) == 1 else None

    def _fits(self, sql: str) -> frozenset[str]:
        """The databases that have what a statement names, or what it makes; none if it is odd."""
        names = () if HOLE in sql else table_names(sql)
        made = next((it.name for it in names if it.role is Role.DECLARES), None)
        known = self._oracle.tables() if names else ()
        if made is not None:
            return frozenset(
                it
                for it in known
                if self._oracle.creates(sql, it, made).verdict is Verdict.COMPILES
            )
        judged = self._oracle.judged(sql, known)
        there = frozenset(it for it, judgement in judged.items() if judgement.is_there)
        return there or frozenset(
            it for it, judgement in judged.items() if judgement.verdict is Verdict.COMPILES
        )


class _Executions:
    """What one module executes on which connection."""

    def __init__(
        self,
        module: Module,
        fits: Callable[[str], frozenset[str]],
        text: Callable[[ast.expr, At], str | None],
    ) -> None:
        """Look at what it executes.

        Args:
            module: its tree.
            fits: the databases that a statement fits.
            text: what an expression is, if that is written anywhere.
        """
        self.module = module
        self._fits = fits
        self._text = text
        calls = [it for name in EXECUTES for it in module.calls.get(name, ())]
        self._calls: dict[Span, _Execution] = {
            span_of(it): (it, handle_of(it, module)) for it in calls
        }
        self._helped: dict[Span, _Execution | None] = {}
        self._found: dict[tuple[Handle, tuple[ast.AST, ...], _Branches], str | None] = {}

    def database(self, call: ast.Call) -> str | None:
        """The only database that all fit which is executed where such a call of the module is."""
        known = self._execution(call)
        mine, handle = known or (call, None)
        if handle is None:
            return None
        key = handle, self.module.around(mine)[:1], _chosen(mine, self.module)
        if key not in self._found:
            self._found[key] = self._only(*key)
        return self._found[key]

    def handle(self, call: ast.Call) -> Handle | None:
        """What stands for the connection on which such a call of the module executes."""
        known = self._execution(call)
        return known[1] if known else None

    def _execution(self, call: ast.Call) -> _Execution | None:
        """The call of the module that stands where this one does, and what it executes on.

        That may be what it gives to a function, if it gives nothing else but constants.
        """
        span = span_of(call)
        known = self._calls.get(span)
        if known is None and span not in self._helped:
            named = self.module.calls.get(last_part(dotted(call.func)), ())
            mine = next((it for it in named if span_of(it) == span), None)
            self._helped[span] = (mine, handle_given(mine, self.module)) if mine else None
        return known or self._helped[span]

    def of_maker(self, handle: Handle) -> str | None:
        """The only database that all fit which a function executes that makes a connection."""
        return _only(it.fits for it in self._said.get(handle, ()))

    def _only(
        self, handle: Handle, function: tuple[ast.AST, ...], branches: _Branches
    ) -> str | None:
        said = self._said.get(handle, ())
        near = (it for it in said if it.function == function and it.branches <= branches)
        found = _only(it.fits for it in near)
        if found is None and isinstance(handle.owner, ast.ClassDef):
            telling = [it for it in said if len(it.fits) == 1]
            enough = len(telling) >= _FEWEST or any(it.makes for it in telling)
            return _only(it.fits for it in said) if enough else None
        return found

    @cached_property
    def _said(self) -> Mapping[Handle, Sequence[_Said]]:
        """The statements on each connection that the code spells out."""
        found: defaultdict[Handle, list[_Said]] = defaultdict(list)
        for call, handle in self._calls.values():
            around = self.module.around(call)
            sql = (
                self._text(call.args[0], At(self.module, around)) if handle and call.args else None
            )
            if handle and sql:
                where = around[:1], _chosen(call, self.module)
                found[handle] += [
                    _Said(*where, self._fits(sql[it.start : it.end]), it.verb == "CREATE")
                    for it in statements(sql)
                ]
        return found


def _fields(cls: ast.ClassDef) -> Sequence[str]:
    """The fields of a dataclass that its objects have; nothing if it is none."""
    decorators = {last_part(dotted(getattr(it, "func", it))) for it in cls.decorator_list}
    given = [it for it in cls.body if isinstance(it, ast.AnnAssign)]
    own = [it for it in given if "ClassVar" not in ast.unparse(it.annotation)]
    names = [it.target.id for it in own if isinstance(it.target, ast.Name)]
    return names if "dataclass" in decorators else ()


def _only(fits: Iterable[frozenset[str]]) -> str | None:
    """The one database that all fit which fit any."""
    left: frozenset[str] | None = None
    for each in fits:
        if each:
            left = each if left is None else left & each
    return next(iter(left)) if left and len(left) == 1 else None


def _chosen(call: ast.Call, module: Module) -> _Branches:
    """The branches that a call stands in, each by its choice and the part of that."""
    found = set()
    inside: ast.AST = call
    for it in module.above(call):
        if isinstance(it, _CHOICES):
            parts = ast.iter_fields(it)
            found |= {
                (id(it), name) for name, part in parts if part is inside or _is_in(part, inside)
            }
        inside = it
    return frozenset(found)


def _is_in(part: object, node: ast.AST) -> bool:
    return isinstance(part, list) and any(it is node for it in part)
