"""Calls: of the module's own functions and classes, and of what it does not define."""

import ast
from collections.abc import Mapping, Sequence

from refactor.flow.consumers import What
from refactor.flow.functions import Frame, Function
from refactor.flow.methods import Methods
from refactor.flow.values import (
    UNKNOWN,
    Any,
    Instance,
    Map,
    Ref,
    Seq,
    Value,
    Variable,
    gap,
    plain,
    step,
    union,
)
from refactor.outline import Scope, last_part
from refactor.outlining import displays, executes
from refactor.syntax import dotted

_SAME = frozenset({"sorted", "list", "tuple", "set", "frozenset", "reversed", "iter", "str"})
_SAME_TEXT = frozenset({"dedent", "cleandoc", "Template", "cast"})
_SQL_TEXT = frozenset({"text", "SQL"})
_SAYS_LITTLE = frozenset({"len", "isinstance", "bool", "hash", "id", "type", "any", "all", "max"})
# Where a call has its default, by position.
_WITH_DEFAULT = {"get": 1, "getenv": 1, "getattr": 2, "pop": 1, "field": 9, "Field": 0}
_STATEMENT_ARGUMENTS = frozenset({"0", "sql", "query", "statement", "operation"})


class Calls(Methods):
    """Evaluates calls, and gives their arguments to the parameters of functions."""

    def call(self, node: ast.Call, frame: Frame) -> Value:
        """What a call gives: of a method of texts, of a function or class here, or of another."""
        holder: Value = ()
        if isinstance(node.func, ast.Attribute):
            own, _ = self.called(node.func, (), frame)
            known = None if own else self.method_call(node, node.func, node.func.attr, frame)
            if known is not None:
                return known
            holder = self.evaluate(node.func.value, frame)
        elif not isinstance(node.func, ast.Name):
            self.evaluate(node.func, frame)
        function, owner = self.called(node.func, holder, frame)
        if owner is not None:
            self._construct(owner, node, frame)
            return (Instance(owner),)
        if function is not None:
            self.give(function, node, frame)
            return (Ref(function.result),)
        return self._foreign(node, frame)

    def _foreign(self, node: ast.Call, frame: Frame) -> Value:
        """A call of what this module does not certainly define."""
        given = [self.evaluate(it, frame) for it in node.args]
        named = {it.arg or "**": self.evaluate(it.value, frame) for it in node.keywords}
        callee = dotted(node.func)
        is_method = "." in callee and not callee.startswith("super()")
        by_name = self.functions.by_method_name(last_part(callee)) if is_method else None
        if by_name is not None and not executes(callee):
            self.give_values(by_name, node, given, named, frame)
            return (Ref(by_name.result),)
        known = self._well_known(node, given, named, frame)
        if known is not None:
            return known
        self._hand_over(node, given, named, frame)
        return self._result(node, frame)

    def _result(self, node: ast.Call, frame: Frame) -> Value:
        """What a function or a class of another module gives."""
        match self.given_once(self.quietly(node.func, frame)):
            case [Ref(variable=Variable(kind="import" | "result", name=name), path=())]:
                return self.taken(Variable("result", Scope(), name))
        return gap(node)

    def _well_known(  # noqa: C901 - one branch for each function
        self, node: ast.Call, given: Sequence[Value], named: Mapping[str, Value], frame: Frame
    ) -> Value | None:
        """What a function gives that every Python has, or whose name says as much."""
        callee = dotted(node.func)
        last = last_part(callee)
        found: Value | None = None
        match given:
            case [value] if last in _SAME | _SAME_TEXT:
                found = value
            case [value] if callee in self.functions.newtypes:
                found = value
            case [_, _, value] if last == "setattr":
                self._set(node, value, frame)
                found = gap(node)
            case [value] if last in _SQL_TEXT:
                self.note(What.EXECUTED, value, node, frame, callee=callee, argument="0")
                found = value
            case [value, *_] if last == "enumerate":
                found = (Seq(((Seq((UNKNOWN, step(value, Any.ELEMENT))),),)),)
            case [*collections] if last == "zip":
                found = (Seq(((Seq(tuple(step(it, Any.ELEMENT) for it in collections)),),)),)
            case [value, *_] if last == "next":
                found = step(value, Any.ELEMENT)
            case [] if last == "dict":
                found = (Map(tuple((plain(name), value) for name, value in named.items())),)
            case [_, *collections] if last == "map":
                self._mapped(node.args[0], collections, node, frame)
                found = gap(node)
            case _ if last in _SAYS_LITTLE:
                found = gap(node)
            case _ if last == "param":  # of pytest.mark.parametrize
                found = given[0] if len(given) == 1 else (Seq(tuple(given)),)
            case _ if last in _WITH_DEFAULT:
                found = self._defaulted(node, given, named, frame)
        return found

    def _set(self, node: ast.Call, value: Value, frame: Frame) -> None:
        """Give a value to an attribute that is named by a text."""
        match node.args[1]:
            case ast.Constant(value=str() as name):
                target = ast.Attribute(node.args[0], name, ast.Store(), lineno=node.lineno)
                self.assign(target, value, frame)
            case _:
                self.note(What.STORED, value, node, frame, callee=dotted(node.args[0]))

    def _defaulted(
        self, node: ast.Call, given: Sequence[Value], named: Mapping[str, Value], frame: Frame
    ) -> Value | None:
        """What is looked up elsewhere, or else the default that the call gives."""
        callee = dotted(node.func)
        at = _WITH_DEFAULT[last_part(callee)]
        default = named.get("default", given[at] if at < len(given) else ())
        if not default:
            return None
        for number, value in enumerate(given[:at]):
            place = str(number)
            self.note(What.HANDED, value, node, frame, callee=callee, argument=place)
        return union(default, gap(node))

    def _hand_over(
        self, node: ast.Call, given: Sequence[Value], named: Mapping[str, Value], frame: Frame
    ) -> None:
        """Note what a call hands over to something unknown."""
        callee = dotted(node.func)
        for argument, value in (*((str(n), it) for n, it in enumerate(given)), *named.items()):
            statement: Value = ()
            if displays(callee):
                what = What.DISPLAYED
            elif not executes(callee):
                what = What.HANDED
            elif argument in _STATEMENT_ARGUMENTS:
                what = What.EXECUTED
            else:
                what = What.PARAMETER
                statement = given[0] if given else ()
            self.note(
                what, value, node, frame, callee=callee, argument=argument, statement=statement
            )

    def _mapped(
        self, function: ast.expr, collections: Sequence[Value], node: ast.AST, frame: Frame
    ) -> None:
        found = self.called(function, UNKNOWN, frame)[0]
        for number, collection in enumerate(collections):
            each = step(collection, Any.ELEMENT)
            if found is not None and number < len(found.parameters):
                self.bind(found.parameter(found.parameters[number]), each)
            else:
                self.note(What.HANDED, each, node, frame, callee=dotted(function))

    def called(  # noqa: C901, PLR0911, PLR0912 - one branch for each way of naming a function
        self, func: ast.expr, holder: Value, frame: Frame
    ) -> tuple[Function | None, str | None]:
        """The function of this module that a call certainly means, or the class."""
        match func:
            case ast.Name(id="cls") if frame.scope.owner:
                return None, frame.scope.owner
            case ast.Name(id=name):
                if name in self.functions.records:
                    return None, name
                if self.is_variable(name, frame):
                    return None, None
                if self.functions.is_class(name):
                    return None, name
                return self.functions.visible(name, frame), None
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if frame.scope.owner:
                return self.functions.method(frame.scope.owner, name), None
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
                for base in self.functions.ancestry(frame.scope.owner)[1:]:
                    found = self.functions.method(base, name)
                    if found is not None:
                        return found, None
            case ast.Attribute(value=ast.Name(id=name), attr=method) if self.functions.is_class(
                name
            ):
                return self.functions.method(name, method), None
            case ast.Attribute(attr=method):
                for alternative in holder:
                    if isinstance(alternative, Instance):
                        return self.functions.method(alternative.owner, method), None
        return None, None

    def _construct(self, owner: str, node: ast.Call, frame: Frame) -> None:
        if owner in self.functions.members:
            # By its value: both the value and what it is looked up by would have to change.
            asked = [self.evaluate(it, frame) for it in node.args]
            for value in (*asked, *self.load_members(owner)):
                self.note(What.COMPARED, value, node, frame)
            return
        constructor = self.functions.method(owner, "__init__")
        if constructor is not None:
            self.give(constructor, node, frame)
            return
        fields = [
            name
            for each in reversed(self.functions.ancestry(owner))
            for name in self.functions.fields[each]
        ]
        given = [self.evaluate(it, frame) for it in node.args]
        named = {it.arg or "**": self.evaluate(it.value, frame) for it in node.keywords}
        placed = self._placed(node, given, named, fields, frozenset(fields), frame)
        for name, value in placed:
            self.bind(Variable("attribute", Scope(owner), name), value)

    def give(self, function: Function, node: ast.Call, frame: Frame) -> None:
        """Bind a function's parameters to what a call gives it."""
        given = [self.evaluate(it, frame) for it in node.args]
        named = {it.arg or "**": self.evaluate(it.value, frame) for it in node.keywords}
        self.give_values(function, node, given, named, frame)

    def give_values(
        self,
        function: Function,
        node: ast.Call,
        given: Sequence[Value],
        named: Mapping[str, Value],
        frame: Frame,
    ) -> None:
        """Bind a function's parameters to values."""
        names, keywords = function.parameters, function.keywords
        if self._is_unbound(node.func) and function.bound and not function.of_class:
            names = ("self", *names)
        for name, value in self._placed(node, given, named, names, keywords, frame):
            self.bind(function.parameter(name), value)

    def _is_unbound(self, func: ast.expr) -> bool:
        """Whether a method is called on its class, so that the object comes first."""
        match func:
            case ast.Attribute(value=ast.Name(id=name)):
                return self.functions.is_class(name)
        return False

    def _placed(
        self,
        node: ast.Call,
        given: Sequence[Value],
        named: Mapping[str, Value],
        positional: Sequence[str],
        keywords: frozenset[str],
        frame: Frame,
    ) -> list[tuple[str, Value]]:
        """By parameter, what a call gives; what fits none is handed on into the unknown."""
        placed: list[tuple[str, Value]] = []
        callee = dotted(node.func)
        starred = False
        for number, (argument, value) in enumerate(zip(node.args, given, strict=True)):
            starred = starred or isinstance(argument, ast.Starred)
            if number < len(positional) and not starred:
                placed.append((positional[number], value))
            else:
                place = str(number)
                self.note(What.HANDED, value, node, frame, callee=callee, argument=place)
        for name, value in named.items():
            if name in keywords:
                placed.append((name, value))
            else:
                self.note(What.HANDED, value, node, frame, callee=callee, argument=name)
        return placed
