"""What a function allows its callers to give it: `if table not in TABLES: raise ValueError`.

Where the code spells all that the function is called with, and all that it compares it with, both
may change together.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.flow.comparisons import only_alike, said, spelled_whole
from refactor.flow.consumers import Consumer, What
from refactor.flow.flow import Flow
from refactor.flow.functions import Function
from refactor.flow.reach import Use
from refactor.flow.resolved import Resolver
from refactor.flow.values import MOST, Map, Ref, Seq, Str, Value, Variable, is_known, text_of
from refactor.flow.wanted import puts_into_sql
from refactor.python.callsites import arguments_of, defaults_of, gives_more
from refactor.python.outline import Scope, Usage, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, walked
from refactor.recent import Recent

_MEET = frozenset({What.COMPARED, What.KEY})
_OF_DICTIONARIES = frozenset({"get", "items", "keys", "values"})
_CONSTRUCTOR = "__init__"
_KEPT = 200
_MOST_CALLERS = 20
_GROWS = (
    r"\b{name}(?:\[[^\]\n]*\])?"
    r"(?:\.(?:add|append|clear|discard|extend|insert|pop|remove|update)\(|\s*[-+|&]=)"
    r"|\b{name}\[[^\]\n]*\]\s*=(?!=)"
)


class Guard(Struct, frozen=True):
    """A comparison of what a function is given with texts that its module spells."""

    parameter: Variable
    said: frozenset[str]
    """All that it is compared with."""


class Guards:
    """Answers what the functions of a project compare with all that they are given."""

    def __init__(
        self,
        few: Callable[[str, int], tuple[PurePosixPath, ...]],
        flow: Callable[[PurePosixPath], Flow | None],
        is_foreign: Callable[[PurePosixPath, Use], bool],
        text: Callable[[PurePosixPath], str],
    ) -> None:
        """Look through a project.

        Args:
            few: the Python files that hold a word, unless they are more than so many.
            flow: what flows in a module, if it is one.
            is_foreign: whether a call of a module is one of a library's.
            text: what a file says.
        """
        self._few = few
        self._flow = flow
        self._is_foreign = is_foreign
        self._text = text
        self._gone_through: Recent[tuple[PurePosixPath, str], bool] = Recent(_KEPT)
        self._told: Recent[tuple[PurePosixPath, Variable], bool] = Recent(_KEPT)

    def guard(self, path: PurePosixPath, use: Use) -> Guard | None:
        """What a comparison, or a look-up, allows; None unless all that meets there is spelled."""
        flow = self._flow(path) if use.what in _MEET else None
        if flow is None:
            return None
        sides = [it.value for it in flow.meeting.get(use.node, ())]
        mine = [it for it in sides if _parameter(it)]
        parameter = _parameter(mine[0]) if len(mine) == 1 else None
        sides += self.keys_of(path, use) if use.what is What.KEY and parameter else ()
        if parameter is None or len(sides) == 1:
            return None
        resolver = Resolver(flow.reader)
        others = [resolver.resolved(it) for it in sides if it is not mine[0]]
        # What is compared with a list stands before it.
        if _parameter(sides[-1]) or not only_alike(use.node, others):
            return None
        found = [it for other in others for it in said(other)]
        if not found or not all(it is not None and spelled_whole(it) for it in found):
            return None
        asked = all(self._is_asked(path, flow, it, resolver) for it in sides if it is not mine[0])
        if not asked or self._grows(use.node) or not self._is_told(path, flow, parameter):
            return None
        return Guard(parameter, frozenset(text for it in found if it and (text := text_of((it,)))))

    def asks_what_goes_into_sql(self, path: PurePosixPath, use: Use) -> bool:
        """Whether a collection is asked for what names a table in SQL as well, whoever gives it.

        It is a parameter of a function that puts it into SQL, or gets it from those alone that do.
        """
        flow = self._flow(path)
        if flow is None:
            return False
        asked = [
            it.statement if it.what is What.ASKED else it.value
            for it in flow.reader.consumers
            if it.node is use.node and it.what in {What.ASKED, What.KEY}
        ]
        given = map(_parameter, asked)
        return bool(asked) and all(it and self._goes_into_sql(path, flow, it) for it in given)

    def _goes_into_sql(self, path: PurePosixPath, flow: Flow, parameter: Variable) -> bool:
        if puts_into_sql(flow.reader, parameter):
            return True
        given = [
            _parameter((it,)) for each in flow.reader.bindings.get(parameter, ()) for it in each
        ]
        function = flow.reader.functions.by_scope.get(parameter.scope)
        if function is None or self._few(function.name, _MOST_CALLERS) != (path,):
            return False
        return (
            bool(given)
            and all(it and puts_into_sql(flow.reader, it) for it in given)
            and self._is_told(path, flow, parameter)
        )

    def beside(self, path: PurePosixPath, use: Use) -> frozenset[str] | None:
        """What a module compares with what it takes from another; None if not all is spelled."""
        flow = self._flow(path) if use.what is What.COMPARED else None
        if flow is None:
            return None
        resolver = Resolver(flow.reader)
        sides = [it.value for it in flow.meeting.get(use.node, ())]
        others = [resolver.resolved(it) for it in sides if not _is_taken(it)]
        found = [it for other in others for it in said(other)]
        if len(others) != len(sides) - 1 or not found or not all(found):
            return None
        if not isinstance(use.node, ast.Compare) or not only_alike(use.node, others):
            return None
        return frozenset(text for it in found if it and (text := text_of((it,))))

    def asking(self, literal: Text, flow: Flow) -> Iterator[Use]:
        """Where a function looks something up by what it is given, of which a literal is a key."""
        return (_use(it) for it in _asking(literal, flow) if _parameter(it.value))

    def looking_up(self, literal: Text, flow: Flow) -> Iterator[Use]:
        """All places where something is looked up of which a literal is a key."""
        return map(_use, _asking(literal, flow))

    def keys_of(self, path: PurePosixPath, use: Use) -> tuple[Value, ...]:
        """The dictionary that a key is looked up in; nothing unless all are known that ask it."""
        flow = self._flow(path)
        variable = _dictionary(use) if flow else None
        if flow is None or variable is None or not _is_map(variable, flow):
            return ()
        key = (path, variable)
        told = self._told.get(key)
        if told is None:
            told = self._told.keep(key, self._is_only_asked(path, flow, variable))
        return ((Ref(variable),),) if told else ()

    def is_gone_through(self, path: PurePosixPath, use: Use) -> bool:
        """Whether a dictionary that gets a key is only gone through, and asked for none by it."""
        name = last_part(use.callee)
        if use.what is not What.KEY or not name.isidentifier():
            return False
        key = (path, name)
        known = self._gone_through.get(key)
        if known is None:
            known = self._gone_through.keep(key, self._only_gone_through(path, name))
        return known

    def _only_gone_through(self, path: PurePosixPath, name: str) -> bool:
        """The same, which takes a look at all that mentions it: that is in one module alone."""
        flow = self._flow(path) if self._few(name, _MOST_CALLERS) == (path,) else None
        nodes = walked(flow.outline.tree) if flow else ()
        if not any(_makes_map(it, name) for it in nodes):
            return False  # it is somebody else's
        mentions = sum(
            name in {getattr(it, field, None) for field in ("arg", "attr", "id")} for it in nodes
        )
        through = (each for it in nodes for each in _through(it))
        return 0 < mentions == sum(last_part(dotted(it)) == name for it in through)

    def _is_asked(self, path: PurePosixPath, flow: Flow, side: Value, resolver: Resolver) -> bool:
        """Whether what something is looked for in is no dictionary which others may ask as well."""
        match side:
            case [Ref(variable=variable, path=())]:
                return not _is_map(variable, flow) or self._is_only_asked(path, flow, variable)
            case [Ref()]:  # an entry: what one role of `ALLOWED[role]` may see
                return all(isinstance(it, Seq) for it in resolver.resolved(side))
        return all(isinstance(it, Map | Seq | Str) for it in side)

    def _is_only_asked(self, path: PurePosixPath, flow: Flow, variable: Variable) -> bool:
        """Whether a dictionary is only asked for its entries, by keys that are all spelled."""
        name = variable.name
        if not variable.scope.function and self._few(name, _MOST_CALLERS) != (path,):
            return False
        mentions = asked = 0
        for node in walked(flow.outline.tree):
            match node:
                case ast.Name(id=said) | ast.Attribute(attr=said) if said == name:
                    mentions += 1
            asked += sum(last_part(dotted(it)) == name for it in _asked(node))
        return mentions == asked and all(
            _is_spelled(it.value, flow)
            or ((mine := _parameter(it.value)) is not None and self._is_told(path, flow, mine))
            for it in flow.keys
            if last_part(it.callee) == name
        )

    def _grows(self, node: ast.AST) -> bool:
        """Whether some module changes a collection that is compared there."""
        names = {
            it.id if isinstance(it, ast.Name) else it.attr
            for it in walked(node)
            if isinstance(it, ast.Name | ast.Attribute)
        }
        return any(
            re.search(_GROWS.format(name=name), self._text(path))
            for name in names
            for path in self._few(name, _MOST_CALLERS)
        )

    def _is_told(self, path: PurePosixPath, flow: Flow, parameter: Variable) -> bool:
        """Whether calls alone decide what a parameter gets, and each spells it."""
        key = (path, parameter)
        told = self._told.get(key)
        if told is None:
            told = self._told.keep(key, self._all_spell(flow, parameter))
        return told

    def _all_spell(self, flow: Flow, parameter: Variable) -> bool:
        """The same, which takes a look at every call."""
        function = flow.reader.functions.by_scope.get(parameter.scope)
        if function is None or "." in parameter.scope.function:
            return False
        name = _called_by(function)
        if name.startswith("__") or not flow.reader.functions.is_plain(function):
            return False
        bound = parameter not in flow.reader.bindings or _is_spelled((Ref(parameter),), flow)
        files = self._few(name, _MOST_CALLERS) if bound else ()
        given = [it for file in files for it in self._given(file, function, parameter)]
        return bool(given) and all(given)

    def _given(
        self, path: PurePosixPath, function: Function, parameter: Variable
    ) -> Iterator[bool]:
        """For each mention of a function in a module: whether it calls it, and spells the value."""
        flow = self._flow(path)
        if flow is None:
            yield False
            return
        calls: set[ast.AST] = set()
        for node in walked(flow.outline.tree):
            match node:
                case (
                    ast.arg(annotation=ast.expr() as said)
                    | ast.AnnAssign(annotation=said)
                    | ast.FunctionDef(returns=ast.expr() as said)
                    | ast.AsyncFunctionDef(returns=ast.expr() as said)
                ):
                    calls.update(walked(said))  # that it is an object of the class calls nothing
                case ast.Call(func=func) if _may_make(func, function):
                    yield False
                case ast.Call(func=ast.Name() | ast.Attribute() as func):
                    if _is_named(func, function):
                        calls.add(func)
                        yield self._spells(path, node, function, parameter)
                case ast.Name() | ast.Attribute() if _is_named(node, function):
                    yield node in calls  # what calls it comes first
                case ast.alias(name=imported, asname=str()) if imported == _called_by(function):
                    yield False
                case _:
                    pass

    def _spells(
        self, path: PurePosixPath, call: ast.Call, function: Function, parameter: Variable
    ) -> bool:
        """Whether a call gives texts to a parameter that its module spells, or nothing."""
        flow, name = self._flow(path), parameter.name
        if flow is None or gives_more(call):
            return False
        given = arguments_of(function.node, call).get(name) or defaults_of(function.node).get(name)
        if given is None or isinstance(given, ast.Constant):
            return True
        places = {name}
        if name in function.parameters:
            places.add(str(function.parameters.index(name)))
        # What no consumer gets is a call of the module's own, by which the parameter is bound, or
        # of a method that texts and collections have.
        return all(
            _is_spelled(it.value, flow)
            or self._is_foreign(path, _use(it))
            or ((asked := _dictionary(_use(it))) is not None and _is_map(asked, flow))
            for it in flow.reader.consumers
            if it.node is call and it.argument in places
        )


def _use(consumer: Consumer) -> Use:
    """What a module does there, with whatever text."""
    it = consumer
    return Use(it.what, it.node, it.line, it.callee, it.argument, it.scope, "", origin=it.origin)


def _asking(literal: Text, flow: Flow) -> Iterator[Consumer]:
    """What the module looks up of which a literal is a key."""
    for holder in flow.holders(literal) if literal.context.usage is Usage.KEY else ():
        for it in flow.keys:
            if last_part(it.callee) == holder.name:
                yield it


def _dictionary(use: Use) -> Variable | None:
    """The dictionary of a module, a class or a function that something is looked up in."""
    match use.node:
        case (
            ast.Subscript(value=ast.Name(id=name))
            | ast.Call(func=ast.Attribute(value=ast.Name(id=name)))
        ):
            return Variable("name", Scope(), name)
        case (
            ast.Subscript(value=ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name))
            | ast.Call(
                func=ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name)
                )
            )
        ) if use.scope.owner:
            return Variable("attribute", Scope(use.scope.owner), name)
    return None


def _is_map(variable: Variable, flow: Flow) -> bool:
    """Whether a variable is given a dictionary."""
    held = flow.reader.bindings.get(variable, ())
    return any(isinstance(it, Map) for value in held for it in value)


def _asked(node: ast.AST) -> Sequence[ast.expr]:
    """What is asked for an entry or for all of them, is compared, or gets its value there."""
    match node:
        case ast.Subscript(value=asked, ctx=ast.Load()):
            return [asked]
        case ast.Call(func=ast.Attribute(value=asked, attr=method)) if method in _OF_DICTIONARIES:
            return [asked]
        case ast.For(iter=asked) | ast.comprehension(iter=asked) | ast.AnnAssign(target=asked):
            return [asked]
        case ast.Compare(comparators=others):
            return others
        case ast.Assign(targets=targets):
            return targets
    return []


def _makes_map(node: ast.AST, name: str) -> bool:
    """Whether a dictionary is made there that has this name."""
    match node:
        case ast.Assign(targets=[ast.Name(id=made)], value=ast.Dict()):
            return made == name
        case ast.AnnAssign(target=ast.Name(id=made), value=ast.Dict()):
            return made == name
    return False


def _through(node: ast.AST) -> Sequence[ast.expr]:
    """What gets an entry there, is gone through from one to the next, or gets its value."""
    match node:
        case ast.Subscript(value=filled, ctx=ast.Store()):
            return [filled]
        case ast.Call(func=ast.Attribute(value=each, attr="items" | "keys" | "values")):
            return [each]
        case ast.For(iter=each) | ast.comprehension(iter=each) | ast.AnnAssign(target=each):
            return [each]
        case ast.Call(func=ast.Name(id="len"), args=[each]):
            return [each]
        case ast.Assign(targets=targets):
            return targets
    return []


def _called_by(function: Function) -> str:
    """The name by which a function is called: of a constructor, that of its class."""
    owner = last_part(function.scope.owner)
    return owner if function.name == _CONSTRUCTOR and owner else function.name


def _is_named(node: ast.expr, function: Function) -> bool:
    match node:
        case ast.Attribute(attr=name):
            return name == _called_by(function)
        case ast.Name(id=name):
            alone = not function.bound or function.name == _CONSTRUCTOR
            return name == _called_by(function) and alone
    return False


def _may_make(func: ast.expr, function: Function) -> bool:
    """Whether a call may call a constructor by another name than its class's."""
    if function.name != _CONSTRUCTOR:
        return False
    match func:
        case ast.Name(id="cls") | ast.Attribute(attr="__class__"):
            return True
        case ast.Call(func=ast.Name(id="type")):
            return True
    return False


def _parameter(value: Value) -> Variable | None:
    """The parameter that a value is, just as it is given."""
    match value:
        case [Ref(variable=Variable(kind="parameter") as variable, path=())]:
            return variable
    return None


def _is_taken(value: Value) -> bool:
    """Whether a value is what another module has, or a part of that."""
    return bool(value) and all(
        isinstance(it, Ref) and it.variable.kind in {"import", "result"} for it in value
    )


def _is_spelled(value: Value, flow: Flow) -> bool:
    """Whether a value is one of some texts, all of which its module spells."""
    found = Resolver(flow.reader).resolved(value)
    return 0 < len(found) < MOST and is_known(found)
