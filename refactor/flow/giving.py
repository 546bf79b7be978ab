"""What a call gives: to the parameters of a function, the fields of an object, or the unknown."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from refactor.flow.consumers import What
from refactor.flow.functions import Frame, Function
from refactor.flow.methods import Methods
from refactor.flow.values import (
    Any,
    Map,
    Ref,
    Seq,
    Value,
    Variable,
    step,
)
from refactor.python.outline import Scope
from refactor.python.outlining import displays
from refactor.python.syntax import dotted


class Giving(Methods):
    """Gives the arguments of calls to the parameters of functions."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(tree)
        self.raised: ast.expr | None = None
        """What a statement raises."""

    def construct(self, owner: str, node: ast.Call, frame: Frame) -> None:
        """Give an object of a class of this module what a call makes it with."""
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
        placed = self._placed(node, given, named, fields, frozenset(fields), ("", ""), frame)
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
        rest = function.rest
        if self._is_unbound(node.func) and function.bound and not function.of_class:
            names = ("self", *names)
        for name, value in self._placed(node, given, named, names, keywords, rest, frame):
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
        rest: tuple[str, str],
        frame: Frame,
    ) -> list[tuple[str, Value]]:
        """By parameter, what a call gives; what fits none is handed on into the unknown."""
        placed: list[tuple[str, Value]] = []
        callee = dotted(node.func)
        more: list[Value] = []
        sure = True
        for number, (value, is_several) in enumerate(self._spread(node.args, given)):
            if number < len(positional):
                sure = sure and not is_several
            if number < len(positional) and sure:
                placed.append((positional[number], value))
            elif rest[0] and sure:
                more.append(step(value, Any.ELEMENT) if is_several else value)
            else:
                place = str(number)
                what = self.handed(node)
                self.note(what, value, node, frame, callee=callee, argument=place)
        if more:
            placed.append((rest[0], (Seq(tuple(more)),)))
        free = keywords - {it for it, _ in placed}
        return placed + self._named(node, named, free, rest[1], frame)

    def _named(
        self,
        node: ast.Call,
        named: Mapping[str, Value],
        keywords: frozenset[str],
        rest: str,
        frame: Frame,
    ) -> list[tuple[str, Value]]:
        """By parameter, what a call gives by name."""
        placed: list[tuple[str, Value]] = []
        others: list[tuple[Value, Value]] = []
        for name, value in named.items():
            if name in keywords:
                placed.append((name, value))
            elif name == "**" and _is_mapping(value):
                placed += [(it, step(value, it)) for it in sorted(keywords - set(named))]
                placed += [(rest, value)] if rest else []
            elif rest and name != "**":
                others.append((self.said(node, name), value))
            else:
                callee = dotted(node.func)
                self.note(self.handed(node), value, node, frame, callee=callee, argument=name)
        if others:
            placed.append((rest, (Map(tuple(others)),)))
        return placed

    def _spread(
        self, arguments: Sequence[ast.expr], given: Sequence[Value]
    ) -> Iterator[tuple[Value, bool]]:
        """The arguments of a call one by one, and whether one stands for several."""
        for argument, value in zip(arguments, given, strict=True):
            match isinstance(argument, ast.Starred), self.given_once(value):
                case True, [Seq(items=items)]:
                    yield from ((it, False) for it in items)
                case True, [Seq(items=items), *_] as several if _are_alike(several):
                    for number in range(len(items)):
                        yield step(several, number), False
                case is_several, _:
                    yield value, is_several

    def handed(self, node: ast.Call) -> What:
        """What becomes of what a call gives to something unknown."""
        shows = node is self.raised or displays(dotted(node.func))
        return What.DISPLAYED if shows else What.HANDED


def _are_alike(value: Value) -> bool:
    """Whether a value is one of some lists that are known to the end, and are of one length."""
    lists = [it for it in value if isinstance(it, Seq) and it.whole]
    return len(lists) == len(value) and len({len(it.items) for it in lists}) == 1


def _is_mapping(value: Value) -> bool:
    """Whether a value is a dictionary, or may be one as far as is known."""
    return all(isinstance(it, Map | Ref) for it in value)
