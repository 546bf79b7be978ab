"""Transactions that a function leaves open for a while, and what is written meanwhile.

A function is gone through as it runs: a write opens a transaction of its connection, until that is
committed, rolled back or closed, or the `with` ends that it stands in. The functions that it calls
are gone through in their places, as far as they are seen to be of this code.
"""

import ast
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from refactor.databases.openings import At
from refactor.python.assignments import FUNCTIONS, Function
from refactor.python.callsites import arguments_of, parameters_of
from refactor.python.outline import last_part
from refactor.python.syntax import children, dotted
from refactor.remarks.project import Project

_DEEPEST = 3
"""So many calls are followed, one in the other."""
_MOST = 200
"""So many calls are followed from one function."""
EXECUTES = ("execute", "executemany", "executescript")
OPENS = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})
"""What begins a transaction where none is open; what changes a schema is done at once."""
CHANGES = OPENS | {"CREATE", "ALTER", "DROP"}
_BEGINS = frozenset({"IMMEDIATE", "EXCLUSIVE"})
_ENDS = frozenset({"commit", "rollback", "close"})
_ENDS_SPOKEN = frozenset({"COMMIT", "ROLLBACK", "END"})
_ON_OWN = ("isolation_level", "autocommit", "AUTOCOMMIT")
_ON_OWN_SAID = re.compile(r"isolation_level\s*=\s*None|autocommit\s*=\s*True|[\"']AUTOCOMMIT")
"""By which connections are told to commit each statement by itself."""
_WRAPS = frozenset({"text", "dedent"})


class Write(Struct, frozen=True):
    """A statement that changes a database."""

    path: PurePosixPath
    line: int
    on: Callable[[], frozenset[str]]
    """The databases that are one afterwards on which it is executed: that is asked of a few."""
    holder: str
    """What it is executed on, as the function calls it that is gone through."""
    stays: bool
    """Whether it opens a transaction, where statements do not commit themselves."""
    begun: bool = False
    """Whether one is begun by hand."""


class Clash(Struct, frozen=True):
    """A place that writes while another database is in the middle of a transaction."""

    node: ast.Call
    before: Write
    then: Write


class _End(Struct, frozen=True):
    """A place where transactions end: those of some databases, or all if none is seen."""

    on: Callable[[], frozenset[str]]
    holder: str


_Open = Mapping[str, Write]
"""The transactions that are open, by what was written on."""


class Transactions:
    """Answers what is written in a project while a transaction is open."""

    def __init__(self, project: Project, leaving: Container[str]) -> None:
        """Look at a project.

        Args:
            project: its code.
            leaving: how its functions are called that may leave a transaction open.
        """
        self.leaving = leaving
        self._project = project
        self._on_own: dict[PurePosixPath, bool] = {}

    def clashes(self, at: At) -> Iterator[Clash]:
        """The clashes of one function, or of what stands in no function of a module."""
        run = _Run(self, at, 0, [_MOST], meanwhile=False)
        run.through(_body(at))
        yield from run.clashes

    def executed(self, call: ast.Call, at: At) -> frozenset[str]:
        """The databases that are one afterwards on which a call executes something."""
        found = self._project.executors.run_on(call, at)
        return found.databases & self._project.shared

    def of(self, node: ast.expr, at: At) -> frozenset[str]:
        """The same, behind an expression."""
        return self._project.executors.behind(node, at).databases & self._project.shared

    def meant(self, call: ast.Call, at: At) -> tuple[Function, At] | None:
        """The function that a call means for certain."""
        executors = self._project.executors
        found = [*executors.meant(call, at)] or [*executors.given_methods(call, at)]
        return found[0] if len({it for it, _ in found}) == 1 else None

    def given(self, node: ast.expr, at: At) -> tuple[ast.expr, At] | None:
        """What a name is given, first of all, or what the function gives that a call means."""
        match node:
            case ast.Name(id=name):
                if name in at.given:
                    return at.given[name]
                for scope in (*at.around, at.module.tree):
                    given = [] if isinstance(scope, ast.Lambda) else at.module.given(scope, name)
                    if given and given[0].value is not None:
                        return given[0].value, at
            case ast.Call():
                meant = self.meant(node, at)
                results = meant[1].module.results(meant[0]) if meant else ()
                return next(((it, meant[1]) for it in results if meant), None)
        return next(self._project.executors.values(node, at), None)

    def is_on_own(self, path: PurePosixPath) -> bool:
        """Whether a module, or one that it imports, opens what commits each statement by itself."""
        if path not in self._on_own:
            files = {path, *self._project.imports(path)}
            self._on_own[path] = not files.isdisjoint(self._opening_on_own)
        return self._on_own[path]

    @cached_property
    def _opening_on_own(self) -> frozenset[PurePosixPath]:
        """The modules that open such connections."""
        codebase = self._project.codebase
        files = {it for word in _ON_OWN for it in codebase.naming(word)}
        return frozenset(
            path
            for path, source in ((it, self._project.source(it)) for it in files)
            if source and _ON_OWN_SAID.search(source.text)
        )


class _Run:
    """One function while it is gone through."""

    def __init__(
        self, every: Transactions, at: At, depth: int, left: list[int], *, meanwhile: bool
    ) -> None:
        self.clashes: list[Clash] = []
        self.events: list[Write | _End] = []
        self.at_end: dict[str, Write] = {}
        self._every = every
        self._at = at
        self._depth = depth
        self._left = left
        self._meanwhile = meanwhile
        self._broken: list[_Open] = []
        self._tried: dict[str, Write] = {}
        """What was open at any time in the `try` around."""

    def through(self, body: Sequence[ast.stmt]) -> None:
        """Go through all of it."""
        left = self._block(body, {})
        self.at_end |= left or {}

    def _block(self, body: Sequence[ast.stmt], opened: _Open) -> _Open | None:
        """What is open after some statements; None if nothing goes on from there."""
        for statement in body:
            after = self._statement(statement, opened)
            if after is None:
                return None
            opened = after
        return opened

    def _statement(  # noqa: PLR0911 - one branch and one return for each shape
        self, node: ast.stmt, opened: _Open
    ) -> _Open | None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return opened
            case ast.If():
                return self._if(node, opened)
            case ast.Match(subject=subject, cases=cases):
                opened = self._calls(subject, opened)
                return _either(opened, *(self._block(it.body, opened) for it in cases))
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, opened)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                return self._with(items, body, opened)
            case ast.Try():
                return self._try(node, opened)
            case ast.Return() | ast.Raise():
                self.at_end |= self._calls(node, opened) if isinstance(node, ast.Return) else {}
                return None
            case ast.Break() | ast.Continue():
                self._broken.append(opened)
                return None
        return self._calls(node, opened)

    def _if(self, node: ast.If, opened: _Open) -> _Open | None:
        """What is open after one of its branches; there may be hundreds of `elif`."""
        ways = []
        while True:
            opened = self._calls(node.test, opened)
            ways.append(self._block(node.body, opened))
            match node.orelse:
                case [ast.If() as following]:
                    node = following
                case rest:
                    last = None if _is_main(node.test) else self._block(rest, opened)
                    return _either(*ways, last)

    def _try(self, node: ast.Try, opened: _Open) -> _Open | None:
        """What is open after a `try`; where an error is met, what was open at any time in it."""
        outside, self._tried = self._tried, dict(opened)
        after = self._block([*node.body, *node.orelse], opened)
        tried, self._tried = self._tried, {**outside, **self._tried}
        every = (self._block(it.body, tried) for it in node.handlers)
        done = _either(after, *every)
        last = self._block(node.finalbody, opened if done is None else done)
        return None if done is None else last

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, opened: _Open) -> _Open | None:
        outside, self._broken = self._broken, []
        opened = self._calls(node.test if isinstance(node, ast.While) else node.iter, opened)
        again: _Open | None = opened
        for _ in range(2):  # what one round leaves open is open in the next
            again = _either(opened, self._block(node.body, again or opened))
        after = _either(again, *self._broken)
        self._broken = outside
        return self._block(node.orelse, after or {})

    def _with(
        self, items: Sequence[ast.withitem], body: Sequence[ast.stmt], opened: _Open
    ) -> _Open | None:
        """What is open after a `with`: what was begun in it ends with it, but in a lock's."""
        for it in items:
            opened = self._calls(it.context_expr, opened)
        tried = dict(self._tried)
        after = self._block(body, opened)
        if all("lock" in ast.unparse(it).lower() for it in items):
            return after
        self._tried = tried  # an error ends it, too
        if after is None:
            return None
        begun = {key: write for key, write in after.items() if opened.get(key) is not write}
        self.events += (_End(write.on, key) for key, write in begun.items())
        holders = {dotted(it.context_expr) for it in items}
        return {key: it for key, it in after.items() if key not in holders.union(begun)}

    def _calls(self, node: ast.AST, opened: _Open) -> _Open:
        """What is open after the calls of a statement or an expression, the inner ones first."""
        stack = [(node, False)]
        while stack:
            it, is_done = stack.pop()
            if is_done and isinstance(it, ast.Call):
                opened = self._call(it, opened)
            elif not is_done and not isinstance(it, ast.Lambda | ast.GeneratorExp):
                stack.append((it, True))
                stack += ((inner, False) for inner in reversed(children(it)))
        return opened

    def _call(self, call: ast.Call, opened: _Open) -> _Open:
        name = last_part(dotted(call.func))
        if name in EXECUTES and isinstance(call.func, ast.Attribute):
            return self._apply(call, self._executed(call, call.func.value, name), opened)
        if name == "to_sql":
            return self._apply(call, self._framed(call), opened)
        if name in _ENDS and isinstance(call.func, ast.Attribute):
            value = call.func.value
            on = cache(lambda: self._every.of(value, self._at))
            return self._apply(call, [_End(on, self._holder(value))], opened)
        if self._depth < _DEEPEST and self._left[0]:
            return self._follow(call, opened)
        return opened

    def _executed(self, call: ast.Call, value: ast.expr, method: str) -> Sequence[Write | _End]:
        words = self._said(call.args[0], self._at).upper().split(maxsplit=2) if call.args else []
        verb, script = words[0].strip(";") if words else "", method == "executescript"
        begins = verb == "BEGIN" and len(words) > 1 and words[1].strip(";") in _BEGINS
        changes = verb in CHANGES or begins
        if not (changes or script or verb in _ENDS_SPOKEN):
            return []
        on, holder = cache(lambda: self._every.executed(call, self._at)), self._holder(value)
        ended = [] if changes and not script else [_End(on, holder)]
        if not changes:
            return ended
        path = self._at.module.path
        stays = begins or (verb in OPENS and not script)
        return [*ended, Write(path, call.lineno, on, holder, stays, begun=begins)]

    def _framed(self, call: ast.Call) -> Sequence[Write]:
        """What a data frame writes, which is committed at once."""
        given = [*call.args[1:2], *(it.value for it in call.keywords if it.arg == "con")]
        on = cache(lambda: self._every.of(given[0], self._at))
        path = self._at.module.path
        return [Write(path, call.lineno, on, "", stays=False)] if given else []

    def _apply(self, call: ast.Call, events: Sequence[Write | _End], opened: _Open) -> _Open:
        """What is open after some events, in turn; a clash where one meets what is open."""
        now = dict(opened)
        for it in events:
            self.events.append(it)
            if isinstance(it, _End):
                now = _ended(now, it)
                continue
            others = (each for key, each in now.items() if key != it.holder)
            before = next((each for each in others if _apart(each.on(), it.on())), None)
            if before and (before.begun or not self._every.is_on_own(before.path)):
                self.clashes.append(Clash(call, before, it))
            if it.stays:
                now.setdefault(it.holder, it)
        self._tried |= now
        return now

    def _follow(self, call: ast.Call, opened: _Open) -> _Open:
        """What is open after the function that a call means."""
        meanwhile = self._meanwhile or any(it.on() for it in opened.values())
        if not meanwhile and last_part(dotted(call.func)) not in self._every.leaving:
            return opened
        meant = self._every.meant(call, self._at)
        if meant is None or meant[0] in self._at.around:
            return opened
        function, inside = meant
        self._left[0] -= 1
        run = _Run(self._every, inside, self._depth + 1, self._left, meanwhile=meanwhile)
        run.through(function.body)
        called = _Called(call, function, inside)
        events = [replace(it, holder=called.outside(it.holder)) for it in run.events]
        # What it leaves open is that of a connection which others have as well.
        events = [
            replace(it, stays=it.stays and bool(it.holder)) if isinstance(it, Write) else it
            for it in events
        ]
        left = {called.outside(it) for it in run.at_end}
        after = self._apply(call, events, opened)
        return {key: it for key, it in after.items() if key in left or opened.get(key) is it}

    def _holder(self, node: ast.expr) -> str:
        """What keeps a connection, whatever is made of that: `con` of `con.cursor()`."""
        function = next((it for it in self._at.around if isinstance(it, FUNCTIONS)), None)
        for _ in range(_DEEPEST):
            match node:
                case (
                    ast.Await(value=inner)
                    | ast.Call(
                        func=ast.Attribute(value=inner, attr="cursor" | "execute" | "connection")
                    )
                ):
                    node = inner
                case ast.Name() | ast.Attribute():
                    given = self._at.module.given(function or self._at.module.tree, dotted(node))
                    made = given[0].value if len(given) == 1 else None
                    made = made.value if isinstance(made, ast.Await) else made
                    match made:
                        case ast.Call(func=ast.Attribute(value=inner, attr="cursor")):
                            node = inner
                        case _:
                            break
                case _:
                    break
        return dotted(node)

    def _said(self, node: ast.expr | None, at: At, depth: int = 0) -> str:
        """How a statement begins that a call is given."""
        while isinstance(node, ast.BinOp):
            node = node.left
        match node:
            case ast.Constant(value=str() as said):
                return said.lstrip()
            case ast.JoinedStr(values=[first, *_]):
                return self._said(first, at, depth)
            case ast.Call(func=ast.Attribute(value=inner, attr="format")):
                return self._said(inner, at, depth)
            case ast.Call(func=func, args=[inner, *_]) if last_part(dotted(func)) in _WRAPS:
                return self._said(inner, at, depth)
            case ast.Name() | ast.Attribute() | ast.Call() if depth < _DEEPEST:
                given = self._every.given(node, at)
                return self._said(given[0], given[1], depth + 1) if given else ""
        return ""


class _Called(Struct, frozen=True):
    """A function with the call that it is gone through for."""

    call: ast.Call
    function: Function
    inside: At

    def outside(self, holder: str) -> str:
        """What the caller calls what a function writes on; empty if that ends with it."""
        first, dot, rest = holder.partition(".")
        if first in {"self", "cls"}:
            around = self.call.func.value if isinstance(self.call.func, ast.Attribute) else None
            return f"{dotted(around)}{dot}{rest}" if around is not None and rest else ""
        if first in parameters_of(self.function):
            given = arguments_of(self.function, self.call).get(first)
            return f"{dotted(given)}{dot}{rest}" if given is not None else ""
        own = self.inside.module.given(self.function, first)
        return "" if own else holder


def _body(at: At) -> Sequence[ast.stmt]:
    function = next(iter(at.around), None)
    return function.body if isinstance(function, FUNCTIONS) else at.module.tree.body


def _either(*ways: _Open | None) -> _Open | None:
    """What may be open after one of some ways."""
    known = [it for it in ways if it is not None]
    if not known:
        return None
    return {key: write for it in known for key, write in it.items()}


def _ended(opened: _Open, end: _End) -> dict[str, Write]:
    """What is still open when something ends: of an unknown connection, that may be any."""
    if end.holder in opened or not opened:
        return {key: it for key, it in opened.items() if key != end.holder}
    databases = end.on()
    return {key: it for key, it in opened.items() if databases and not it.on() <= databases}


def _apart(databases: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two are seen to be written that are not the same today."""
    return bool(databases and others) and databases.isdisjoint(others)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and dotted(test.left) == "__name__"
