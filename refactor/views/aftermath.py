"""What a function reads of a write after it: the new row's id, the number of rows."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from msgspec import Struct

from refactor.python.syntax import children, dotted, name_of, walked

_OF_CURSOR = frozenset({"lastrowid", "rowcount"})
_OF_CONNECTION = frozenset({"last_insert_rowid", "changes"})
_ASKED = re.compile(r"\b(last_insert_rowid|changes)\s*\(", re.IGNORECASE)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_Place = tuple[int, int]


class Reading(Struct, frozen=True):
    """One place that reads what SQLite says of the write before it."""

    line: int
    what: str
    """lastrowid, rowcount, changes or last_insert_rowid."""


class Aftermath:
    """Answers, for one module, what is read after a statement has run."""

    def __init__(self, tree: ast.Module) -> None:
        """Note which node each node is a part of, and what each function runs and reads."""
        self._parents = {child: node for node in walked(tree) for child in children(node)}
        self._texts: dict[_Place, ast.expr] = {}
        self._calls: list[ast.Call] = []
        self._readings: dict[ast.AST | None, list[ast.expr]] = defaultdict(list)
        for node in self._parents:
            match node:
                case ast.Call() if _executes(node):
                    self._calls.append(node)
                case ast.Attribute(attr=attr) if attr in _OF_CURSOR | _OF_CONNECTION:
                    self._readings[self._function(node)].append(node)
                case ast.Constant(value=str()):
                    self._readings[self._function(node)].append(node)
            if isinstance(node, ast.expr):
                # Of expressions that begin at one place the outermost comes first.
                self._texts.setdefault(_place(node), node)

    def of(self, line: int, column: int) -> tuple[Reading, ...]:
        """What is read after the statement that a string expression spells at this place.

        Args:
            line: of the expression's first character, from 1.
            column: of it, in UTF-8 bytes, from 0.
        """
        text = self._texts.get((line, column))
        calls = self._executing(text) if text else ()
        found = {reading for call in calls for reading in self._after(call)}
        return tuple(sorted(found, key=lambda it: (it.line, it.what)))

    def _executing(self, text: ast.expr) -> Iterator[ast.Call]:
        """The calls that run the statement: directly, or by the name that it is given to."""
        node: ast.AST = text
        while not isinstance(node, ast.stmt):
            if isinstance(node, ast.Call) and _executes(node):
                yield node
                return
            node = self._parents[node]
        names = {name_of(target) for target in _targets(node)} - {""}
        inside = self._function(text)
        for call in self._calls:
            given = {name_of(argument) for argument in call.args[:1]}
            if names & given and inside in {None, self._function(call)}:
                yield call

    def _after(self, call: ast.Call) -> Iterator[Reading]:
        holders = self._holders(call)
        for node in self._readings[self._function(call)]:
            match node:
                case ast.Attribute(value=value, attr=attr) if attr in _OF_CURSOR:
                    holder = dotted(value)
                    if value is call or (holder in holders and self._follows(node, call, holder)):
                        yield Reading(node.lineno, attr)
                case ast.Attribute(attr=attr) if _place(node) > _place(call):
                    yield Reading(node.lineno, attr)
                case ast.Constant(value=str() as text) if _place(node) > _place(call):
                    yield from (Reading(node.lineno, it) for it in asked_in_sql(text))

    def _holders(self, call: ast.Call) -> set[str]:
        """By what names the cursor goes: what executes, and what its answer is given to."""
        holders = {dotted(call.func.value)} if isinstance(call.func, ast.Attribute) else set()
        node = self._parents[call]
        while isinstance(node, ast.Await):
            node = self._parents[node]
        holders.update(map(dotted, _targets(node)))
        return holders - {""}

    def _follows(self, reading: ast.expr, call: ast.Call, holder: str) -> bool:
        """Whether nothing else is certain to run on that cursor between a write and a reading."""
        above = {*self._above(reading)}
        if _place(reading) < _place(call):
            return any(isinstance(it, _LOOPS) and it in above for it in self._above(call))
        return not any(
            _place(call) < _place(other) < _place(reading)
            and holder in self._holders(other)
            and self._leads_to(self._statement(other), above)
            for other in self._calls
        )

    def _leads_to(self, statement: ast.stmt, above: set[ast.AST]) -> bool:
        """Whether what stands below a node's ancestors has run whenever the node is reached."""
        block = self._parents[statement]
        bodies = [getattr(block, field, None) for field in ("body", "orelse", "finalbody")]
        return block in above and any(
            isinstance(body, list) and statement in body and any(it in above for it in body)
            for body in bodies
        )

    def _statement(self, node: ast.AST) -> ast.stmt:
        while not isinstance(node, ast.stmt):
            node = self._parents[node]
        return node

    def _function(self, node: ast.AST) -> ast.AST | None:
        return next((it for it in self._above(node) if isinstance(it, _FUNCTIONS)), None)

    def _above(self, node: ast.AST) -> Iterator[ast.AST]:
        while (above := self._parents.get(node)) is not None:
            yield above
            node = above


def asked_in_sql(sql: str) -> tuple[str, ...]:
    """Which of SQLite's functions for the last write a statement calls."""
    return tuple(dict.fromkeys(match[1].lower() for match in _ASKED.finditer(sql)))


def _targets(node: ast.AST) -> list[ast.expr]:
    """What a statement or a `with` gives its value to."""
    match node:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return [target]
        case ast.NamedExpr(target=target) | ast.withitem(optional_vars=ast.expr() as target):
            return [target]
    return []


def _executes(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and "execut" in call.func.attr.lower()


def _place(node: ast.expr) -> _Place:
    return node.lineno, node.col_offset
