"""One walk over a module that evaluates its texts, and notes who gets them.

Statements are read in their order, each branch by itself, loops once: so a text that is built up
over several lines is known at each line as it is there. What depends on other functions stands as a
reference, and is filled in later (see `resolved`).
"""

import ast
from collections.abc import Iterable, Sequence

from refactor.flow.calls import Calls
from refactor.flow.consumers import What
from refactor.flow.declared import destination, is_taken_as_it_is, option_values
from refactor.flow.expressions import added_up
from refactor.flow.functions import Frame, Function, FunctionNode, class_scope, own_names
from refactor.flow.names import imported
from refactor.flow.rounds import carried
from refactor.flow.values import (
    UNKNOWN,
    Any,
    Gap,
    Ref,
    Seq,
    Str,
    Value,
    Variable,
    is_empty,
    step,
    union,
)
from refactor.python.annotations import classes_in
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import allowed_by, children, dotted

_MOST_ROUNDS = 40
_ASKED_BY = frozenset(
    ("api_route", "callback", "command", "delete", "get", "patch", "post", "put", "route")
)
"""Decorators of what gets its arguments from a command line, or from a URL."""


class Reader(Calls):
    """Reads one module; afterwards `bindings` and `consumers` are complete."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(tree)
        self._fixtures: dict[str, Function] = {}
        """What pytest gives to tests, by the names of their parameters."""
        self._allowed: dict[str, Value] = {}
        """What annotations allow by a name of the module for them."""
        self._body(tree.body, Frame(Scope(), own_names(tree)[0]))

    # Statements

    def _body(self, body: Iterable[ast.stmt], frame: Frame) -> None:
        for statement in body:
            self._statement(statement, frame)

    def _statement(  # noqa: C901, PLR0912, PLR0915 - one branch for each kind of statement
        self, node: ast.stmt, frame: Frame
    ) -> None:
        match node:  # what most statements are comes first
            case ast.Expr(value=value):
                self.evaluate(value, frame)
            case ast.Assign(targets=targets, value=value):
                named = isinstance(value, ast.Subscript) and self._allowed_as(targets, value, frame)
                given = named or self.evaluate(value, frame)
                for target in targets:
                    self.assign(target, given, frame)
            case ast.If(test=test):
                self.evaluate(test, frame)
                self._branches([node.body, node.orelse], frame)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, frame)
            case ast.ClassDef():
                self._class(node, frame)
            case ast.Import(names=aliases):
                for alias in aliases:
                    local = alias.asname or alias.name.partition(".")[0]
                    module = alias.name if alias.asname else local
                    self.name_given(local, self.taken(imported(module)), frame)
            case ast.ImportFrom(module=origin, names=aliases, level=level):
                self._take("." * level + (origin or ""), aliases, frame)
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                self._annotate(target, annotation, frame)
                allowed = self._allowed_by(annotation, frame)
                if allowed:
                    self.assign(target, union(*allowed), frame)
                if value is not None:
                    named = self._allowed_as([target], value, frame)
                    self.assign(target, named or self.evaluate(value, frame), frame)
            case ast.AugAssign(value=value):
                self._augment(node, self.evaluate(value, frame), frame)
            case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
                self._loop(target, self.evaluate(iterable, frame), node, frame)
            case ast.While(test=test):
                frame.names = self._next_round(node.body, frame)
                self.evaluate(test, frame)
                around, frame.continued = frame.continued, []
                self._branches([node.body, []], frame)
                self._merge([frame.names, *frame.continued], frame)
                frame.continued = around
                self._body(node.orelse, frame)
            case ast.Try() | ast.TryStar():
                self._try(node, frame)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    opened = self.evaluate(item.context_expr, frame)
                    if item.optional_vars is not None:
                        self.assign(item.optional_vars, opened, frame)
                self._body(node.body, frame)
            case ast.Match(subject=subject, cases=cases):
                self.note(What.COMPARED, self.evaluate(subject, frame), node, frame)
                for pattern in (it for case in cases for it in ast.walk(case.pattern)):
                    if isinstance(pattern, ast.MatchValue):
                        said = self.evaluate(pattern.value, frame)
                        self.note(What.COMPARED, said, node, frame)
                self._branches([case.body for case in cases], frame, [[]])
            case ast.Return(value=ast.expr() as value):
                self.returned(self.evaluate(value, frame), node, frame)
            case ast.Raise() | ast.Assert():
                self.raised = getattr(node, "exc", None)
                for child in children(node):
                    if isinstance(child, ast.expr):
                        shown = self.evaluate(child, frame)
                        if child is not getattr(node, "test", None):
                            self.note(What.DISPLAYED, shown, node, frame)
            case _:
                for child in children(node):
                    if isinstance(child, ast.expr):
                        self.evaluate(child, frame)

    def _allowed_as(
        self, targets: Sequence[ast.expr], value: ast.expr, frame: Frame
    ) -> Value | None:
        """The texts that `Literal["a", "b"]` allows, which is given a name; None if it is none."""
        if not isinstance(value, ast.Subscript) or frame.function is not None:
            return None
        items = tuple(self.evaluate(it, frame) for it in allowed_by(value))
        for target in targets if items else ():
            if isinstance(target, ast.Name):
                self._allowed[target.id] = union(*items)
        return (Seq(items),) if items else None

    def _allowed_by(self, annotation: ast.expr, frame: Frame) -> list[Value]:
        """What an annotation allows by itself, or by a name for that."""
        found = [self.evaluate(it, frame) for it in allowed_by(annotation)]
        if self._allowed:
            named = (self._allowed.get(dotted(it)) for it in classes_in(annotation))
            found += (it for it in named if it)
        return found

    def _annotate(self, target: ast.expr, annotation: ast.expr, frame: Frame) -> None:
        """Note what an attribute of a class is annotated with."""
        match target:
            case ast.Attribute(value=owner, attr=name):
                variable = self.attribute(owner, name, frame)
            case ast.Name(id=name) if frame.function is None and frame.scope.owner:
                variable = Variable("attribute", Scope(frame.scope.owner), name)
            case _:
                variable = None
        if variable is not None:
            self.annotated[variable] = annotation

    def _take(self, module: str, aliases: Iterable[ast.alias], frame: Frame) -> None:
        for alias in aliases:
            if alias.name == "*":
                self.stars.append(module)
            else:
                found = imported(module, alias.name)
                self.name_given(alias.asname or alias.name, self.taken(found), frame)

    def _loop(
        self, target: ast.expr, iterable: Value, node: ast.For | ast.AsyncFor, frame: Frame
    ) -> None:
        """Read a loop: once, or once for each of some tuples, whose elements belong together."""
        ends = [dict(frame.names)]
        start = self._next_round(node.body, frame)
        around, frame.continued = frame.continued, []
        for each in self._rounds(target, iterable):
            frame.names = dict(start)
            self.assign(target, each, frame)
            self._body(node.body, frame)
            ends.append(frame.names)
        self._merge([*ends, *frame.continued], frame)
        frame.continued = around
        self._body(node.orelse, frame)

    def _next_round(self, body: Sequence[ast.stmt], frame: Frame) -> dict[str, Value]:
        """The names as they are where any round of a loop begins."""
        names = dict(frame.names)
        for name, text in carried(body):
            given = self.evaluate(text, frame)
            names[name] = union(names[name], given) if name in names else given
        return names

    def _rounds(self, target: ast.expr, iterable: Value) -> Sequence[Value]:
        match target, self.given_once(iterable):
            case ast.Tuple(), [Seq(items=items)] if 1 < len(items) <= _MOST_ROUNDS:
                return items
        return (step(iterable, Any.ELEMENT),)

    def _branches(
        self,
        bodies: Sequence[Sequence[ast.stmt]],
        frame: Frame,
        more: Sequence[Sequence[ast.stmt]] = (),
    ) -> None:
        """Read each body from the same start; what they leave behind is all possible after it."""
        before = dict(frame.names)
        ends = []
        for body in (*bodies, *more):
            frame.names = dict(before)
            self._body(body, frame)
            if not (body and isinstance(body[-1], ast.Return | ast.Raise | ast.Continue)):
                ends.append(frame.names)
            elif isinstance(body[-1], ast.Continue):
                frame.continued.append(frame.names)
        self._merge(ends or [before], frame)

    def _merge(self, ends: Sequence[dict[str, Value]], frame: Frame) -> None:
        if len(ends) == 1:
            frame.names = ends[0]
            return
        merged = dict(ends[0])
        for end in ends[1:]:
            for name, value in end.items():
                before = merged.setdefault(name, value)
                if before is not value:  # what a branch does not touch is the same
                    merged[name] = union(before, value)
        frame.names = merged

    def _try(self, node: ast.Try | ast.TryStar, frame: Frame) -> None:
        before = dict(frame.names)
        self._body((*node.body, *node.orelse), frame)
        ends = [frame.names]
        self._merge([before, frame.names], frame)
        anywhere = frame.names  # it stops at some line of the body
        for handler in node.handlers:
            frame.names = dict(anywhere)
            self._body(handler.body, frame)
            ends.append(frame.names)
        self._merge(ends, frame)
        self._body(node.finalbody, frame)

    def _function(self, node: FunctionNode, frame: Frame) -> None:
        function = self.functions.of_node[node]
        for decorator in node.decorator_list:
            self._decorate(function, decorator, frame)
        arguments = node.args
        positional = (*arguments.posonlyargs, *arguments.args)
        with_default = positional[len(positional) - len(arguments.defaults) :]
        defaults = [
            *zip(with_default, arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for argument, default in defaults:
            if default is not None:
                parameter = function.parameter(argument.arg)
                self.bind(parameter, self.evaluate(default, frame))
                if _is_empty(default):
                    # Nobody takes a list for nothing: some call, seen or not, gives one.
                    self.bind(parameter, (Str((Gap(name=argument.arg),)),))
        bound, declared = own_names(node)
        bound -= self.functions.nonlocals.get(function.scope, frozenset())
        inside = Frame(function.scope, bound, function, frame, globals=declared)
        inside.shared = self.functions.shared_in(function.scope)
        every = (*positional, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        for each in every:
            if each is not None:
                parameter = function.parameter(each.arg)
                inside.names[each.arg] = (Ref(parameter),)
                if each.annotation is not None and each not in {arguments.vararg, arguments.kwarg}:
                    self.annotated[parameter] = each.annotation
                    for value in self._allowed_by(each.annotation, frame):
                        self.bind(parameter, value)
        self._take_fixtures(function)
        self._chosen_outside(node, every, frame)
        if node.returns is not None:
            self.annotated[function.result] = node.returns
        self._body(node.body, inside)

    def _chosen_outside(
        self, node: FunctionNode, arguments: Iterable[ast.arg | None], frame: Frame
    ) -> None:
        """Note the enumerations whose members people type, or ask for by a URL."""
        if not (self.functions.members and any(map(_is_from_outside, node.decorator_list))):
            return  # as with far the most
        for each in arguments:
            for it in classes_in(each.annotation) if each and each.annotation else ():
                members = self.load_members(dotted(it))
                if each and members:
                    self.asked(union(*members), (Str((Gap(name=each.arg),)),), node, frame)

    def _decorate(self, function: Function, decorator: ast.expr, frame: Frame) -> None:
        """Read a decorator; pytest's `parametrize` gives values to parameters."""
        match decorator:
            case ast.Call(
                func=ast.Attribute(attr="parametrize"),
                args=[ast.Constant(value=str() as names), values],
            ):
                listed = [it.strip() for it in names.split(",") if it.strip()]
            case ast.Call(
                func=ast.Attribute(attr="parametrize"),
                args=[ast.Tuple(elts=items) | ast.List(elts=items), values],
            ):
                listed = [str(it.value) for it in items if isinstance(it, ast.Constant)]
            case ast.Call(func=ast.Attribute(attr="option" | "argument")) if destination(
                decorator
            ) in function.keywords and is_taken_as_it_is(decorator):
                self._option(function, decorator, frame)
                return
            case ast.Call(func=func, keywords=keywords) if last_part(dotted(func)) == "fixture":
                self._fixtures[_called(function, keywords)] = function
                for it in keywords:
                    given = self.evaluate(it.value, frame)
                    if it.arg == "params":
                        self.params[function.scope] = step(given, Any.ELEMENT)
                return
            case _:
                if last_part(dotted(decorator)) == "fixture":
                    self._fixtures[function.name] = function
                self.evaluate(decorator, frame)
                return
        each = step(self.evaluate(values, frame), Any.ELEMENT)
        for number, name in enumerate(listed):
            self.bind(function.parameter(name), each if len(listed) == 1 else step(each, number))

    def _take_fixtures(self, function: Function) -> None:
        """Give to a test, or to a fixture, what the fixtures give that it names."""
        if not self._fixtures:
            return  # as in far the most modules
        takes = function.name.startswith("test") or function in self._fixtures.values()
        for name in function.parameters if takes else ():
            fixture = self._fixtures.get(name)
            if fixture is not None and fixture is not function:
                each = (Any.ELEMENT,) if fixture.generates else ()
                self.bind(function.parameter(name), (Ref(fixture.result, each),))

    def _option(self, function: Function, decorator: ast.Call, frame: Frame) -> None:
        """Read an option of click: its default and its choices are what a parameter may be."""
        named = {it.arg or "**": self.evaluate(it.value, frame) for it in decorator.keywords}
        self.bind(function.parameter(destination(decorator) or ""), option_values(named))

    def _class(self, node: ast.ClassDef, frame: Frame) -> None:
        for child in (*node.decorator_list, *node.bases):
            self.evaluate(child, frame)
        self._make_class(node, frame)
        inside = Frame(class_scope(frame.scope, node.name), own_names(node)[0], None, frame)
        self._body(node.body, inside)

    def _make_class(self, node: ast.ClassDef, frame: Frame) -> None:
        """Give what stands beside the bases to the base that is told of its heirs."""
        for keyword in node.keywords:
            value = self.evaluate(keyword.value, frame)
            for base in map(dotted, node.bases):
                told = self.functions.method(base, "__init_subclass__")
                if told is not None and keyword.arg in told.keywords:
                    self.bind(told.parameter(keyword.arg or ""), value)
                else:
                    callee = f"{base}.__init_subclass__"
                    argument = keyword.arg or "**"
                    self.note(What.HANDED, value, node, frame, callee=callee, argument=argument)

    def _augment(self, node: ast.AugAssign, value: Value, frame: Frame) -> None:
        target = node.target
        joins = isinstance(node.op, ast.BitOr) and any(isinstance(it, Seq) for it in value)
        if not isinstance(node.op, ast.Add) and not joins:
            self.note(What.CHANGED, value, node, frame)
            self.assign(target, UNKNOWN, frame)
            return
        before = self.evaluate(target, frame)
        match target:
            case ast.Attribute() | ast.Subscript():
                # What the object held before may be anything by now.
                before = tuple(it for it in before if not isinstance(it, Ref)) or UNKNOWN
            case ast.Name() if is_empty(before[:1]):
                before = before[:1]  # what functions put into it is seen where they do
        self.assign(target, added_up(before, value), frame)


def _is_from_outside(decorator: ast.expr) -> bool:
    """Whether what a function gets is typed by people, or stands in a URL: `@app.command()`."""
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(func, ast.Attribute) and func.attr in _ASKED_BY


def _called(function: Function, keywords: Sequence[ast.keyword]) -> str:
    """By what name tests ask for a fixture."""
    for it in keywords:
        if it.arg == "name" and isinstance(it.value, ast.Constant):
            return str(it.value.value)
    return function.name


def _is_empty(node: ast.expr) -> bool:
    """Whether an expression is a list, a tuple or a dictionary with nothing in it."""
    match node:
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return True
    return False
