"""Calls: of the module's own functions and classes, and of what it does not define."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from refactor.flow.consumers import What
from refactor.flow.declared import (
    ARGUMENTS,
    OF_OPTIONS,
    destination,
    is_taken_as_it_is,
    option_values,
)
from refactor.flow.filling import is_template
from refactor.flow.functions import OF_COLLECTIONS, OF_SELF, Frame, Function
from refactor.flow.giving import Giving
from refactor.flow.later import LATER, called_later
from refactor.flow.names import ASKING, BUILTIN
from refactor.flow.patterns import asks_of_pattern, lets_pass
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
    is_gap,
    plain,
    step,
    union,
)
from refactor.python.outline import Scope, last_part
from refactor.python.outlining import executes
from refactor.python.syntax import dotted

# Python's own, unless it is a method that has such a name.
_SAME = frozenset(("sorted", "list", "tuple", "set", "frozenset", "reversed", "iter", "str"))
_SAME_BY_NAME = frozenset({"deque", "dedent", "cleandoc", "Template", "cast"})
_MAKES_EMPTY = frozenset({"dict", "list", "set", "deque"})
# By the module that they are imported from: their names alone say too little.
_SAME_FROM = frozenset(
    {
        *("copy:copy", "copy:deepcopy", "click:Choice", "typing:get_args"),
        *("contextlib:closing", "contextlib:aclosing", "contextlib:nullcontext"),
    }
)
_CHAINS = frozenset(
    {
        *("itertools:chain", "itertools:cycle", "itertools:islice"),
        *("tqdm:tqdm", "tqdm.auto:tqdm", "rich.progress:track"),
    }
)
_SQL_TEXT = frozenset({"text", "SQL"})
_ONE_OF = frozenset({"max", "min"})
_KEEPS_KEYS = re.compile(r"(?:len|str(?:\.\w+)?)$")
"""Keys that are made of the elements alone."""
_NAMESPACES = frozenset({"locals", "vars", "globals"})
_GIVE_NO_NAME = frozenset(
    {"len", "isinstance", "bool", "hash", "id", "type", "any", "all", "max", "re.compile"}
)
# Where a call has its default, by position.
_WITH_DEFAULT = {"get": 1, "getenv": 1, "getattr": 2, "pop": 1, "field": 9, "Field": 0}
_OF_COMMAND_LINES = frozenset({"add_argument", "parse_args", "parse_known_args"})
_STATEMENT_ARGUMENTS = frozenset({"0", "sql", "query", "statement", "operation"})


class Calls(Giving):
    """Evaluates calls."""

    def call(self, node: ast.Call, frame: Frame) -> Value:
        """What a call gives: of a method of texts, of a function or class here, or of another."""
        holder: Value = ()
        declared = False
        if isinstance(node.func, ast.Attribute):
            own, _ = self.called(node.func, (), frame)
            made: Value = ()
            if own is None and self._may_be_own(node.func.attr):
                made = self.evaluate(node.func.value, frame)
                own, _ = self.called(node.func, self.objects(made), frame)
            known = None if own else self._method_called(node, node.func, frame)
            if known is not None:
                return known
            made = made or self.evaluate(node.func.value, frame)
            holder = self.as_instance(made)
            declared = holder is not made or dotted(node.func).startswith(OF_SELF)
            if holder is made:
                holder = self._kept(made, node.func.attr)
        elif isinstance(node.func, ast.Name):
            holder = self._object(node.func, frame)
        else:
            self.evaluate(node.func, frame)
        function, owner = self.called(node.func, holder, frame)
        if owner is not None:
            self.construct(owner, node, frame)
            rows = self.functions.rows
            return (Instance(owner, tuple(self.functions.fields[owner]) if owner in rows else ()),)
        if function is not None:
            caller = self._class_called(node.func, holder, frame)
            heirs = self.functions.overrides(function, caller) if declared else ()
            every = dict.fromkeys((function, *self._also_meant(node.func, holder), *heirs))
            for each in every:
                self.give(each, node, frame)
            return union(*(self.given_back(each, holder) for each in every))
        return self._foreign(node, holder, frame)

    def _class_called(self, func: ast.expr, holder: Value, frame: Frame) -> str:
        """The class on which a method is called, which it may leave to its heirs; else nothing."""
        match func:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                return frame.scope.owner
        return next((it.owner for it in holder if isinstance(it, Instance)), "")

    def _may_be_own(self, method: str) -> bool:
        """Whether a class of this module may be known by a call of a method.

        What executes SQL in a way of its own does so by its name as well.
        """
        return method in self.functions.by_name and not executes(method)

    def _kept(self, made: Value, method: str) -> Value:
        """An object that the module or another object keeps, or that a function gives.

        As in `self.db = db or Database(path)`, both of which are of one class.
        """
        kept = self.given_once(made)
        if kept is not made and len(kept) > 1:
            kept = union(*(self.as_instance((it,)) for it in kept))
        if all(isinstance(it, Instance) for it in kept):
            return kept
        return (self._may_be_own(method) and self.objects(made)) or made

    def _method_called(self, node: ast.Call, func: ast.Attribute, frame: Frame) -> Value | None:
        """What a method of texts and collections gives, or what `args.fn(args)` does."""
        commands = self._commands(func, frame) if func.attr in self.functions.set_by_default else ()
        for each in commands:
            self.give(each, node, frame)
        if commands:
            return union(*map(self.given_back, commands))
        return self.method_call(node, func, func.attr, frame)

    def _commands(self, func: ast.Attribute, frame: Frame) -> Sequence[Function]:
        """The functions of this module that `args.fn` may be; none if it may be others."""
        if self.objects(self.evaluate(func.value, frame)) != (self._parsed,):
            return ()
        found = [self.called(it, (), frame)[0] for it in self.functions.set_by_default[func.attr]]
        return [it for it in found if it] if all(found) else ()

    @property
    def _parsed(self) -> Instance:
        """What a command line is parsed into."""
        return Instance(ARGUMENTS, tuple(self.functions.options))

    def _also_meant(self, func: ast.expr, holder: Value) -> Iterator[Function]:
        """The methods that a call may mean whose object may be of several classes."""
        if len(holder) > 1 and isinstance(func, ast.Attribute):
            for each in holder:
                if isinstance(each, Instance):
                    found = self.functions.method(each.owner, func.attr)
                    yield from () if found is None else (found,)

    def operated(
        self, method: str, container: ast.expr, given: Value, node: ast.AST, frame: Frame
    ) -> Value | None:
        """What an operator gives by the method of a class of this module; None if it is no such.

        Where the class is another module's, it is noted who gets what.
        """
        holder = self.held(container, frame)
        if isinstance(container, ast.Attribute):
            variable = self.attribute(container.value, container.attr, frame)
            holder = (Ref(variable),) if variable is not None else holder
        for alternative in self.given_once(self.as_instance(holder)):
            if isinstance(alternative, Instance):
                found = self.functions.method(alternative.owner, method)
                if found is None or not found.parameters:
                    return None
                self.bind(found.parameter(found.parameters[0]), given)
                return self.given_back(found, holder)
        origin = "" if is_gap(given) else self.outsider(holder, frame)
        if origin:
            callee = f"{dotted(container)}.{method}"
            self.note(What.HANDED, given, node, frame, callee=callee, argument="0", origin=origin)
        return None

    def _object(self, node: ast.Name, frame: Frame) -> Value:
        """What a name is, if it is known to be an object, and no function or class."""
        return tuple(
            it
            for it in self.given_once(self.load(node.id, frame))
            if isinstance(it, Ref)
            and (it.variable.kind == "result" or it.variable in self.annotated)
        )

    def _foreign(self, node: ast.Call, holder: Value, frame: Frame) -> Value:
        """A call of what this module does not certainly define."""
        given = [self.evaluate(it, frame) for it in node.args]
        named = {it.arg or "**": self.evaluate(it.value, frame) for it in node.keywords}
        callee = dotted(node.func)
        is_method = "." in callee and not callee.startswith("super()")
        by_name = self.functions.by_method_name(node) if is_method else None
        told = by_name is not None or not all(map(is_gap, (*given, *named.values())))
        origin = self.outsider(holder, frame) if told else ""
        if told and last_part(callee) in OF_COLLECTIONS and self.is_collection(holder):
            origin = BUILTIN
        inherits = callee.startswith(OF_SELF) and self.functions.may_inherit(frame.scope.owner)
        # What comes from another module may have a method of the same name.
        is_ours = not origin and not inherits and not executes(callee)
        if by_name is not None and is_ours:
            self.give_values(by_name, node, given, named, frame)
            told = self.functions.is_told(by_name, node)
            made = self.maker(holder)
            what = What.SHARED if told else None
            self._hand_over(node, given, named, frame, made, what, _followed(holder))
            return self.given_back(by_name, ())
        if self._calls_later(node, frame):
            return gap(node)
        origin = origin or (self.maker(holder) if told else "")
        followed = _followed(holder) if told and "." in callee else ()
        known = self._well_known(node, given, named, frame, origin, followed)
        if known is not None:
            return known
        self._hand_over(node, given, named, frame, origin, None, followed)
        if len(given) == 1 and told:
            self.grown_besides(node, given[0], frame)
        return self._result(node, frame)

    def _result(self, node: ast.Call, frame: Frame) -> Value:
        """What a function or a class of another module gives."""
        match self.given_once(self.quietly(node.func, frame)):
            case [Ref(variable=Variable(kind="import" | "result", name=name), path=())]:
                return self.taken(Variable("result", Scope(), name))
        return gap(node)

    def _calls_later(self, node: ast.Call, frame: Frame) -> bool:
        """Whether a call only calls something later; what that is given, it gets all the same."""
        later = called_later(node) if last_part(dotted(node.func)) in LATER else None
        if later is None:
            return False
        known = self.called(later.func, UNKNOWN, frame) != (None, None)
        if not known and not isinstance(later.func, ast.Name | ast.Attribute):
            return False
        self.call(ast.copy_location(later, node), frame)
        return True

    def _well_known(  # noqa: C901, PLR0912 - one branch for each function
        self,
        node: ast.Call,
        given: Sequence[Value],
        named: Mapping[str, Value],
        frame: Frame,
        origin: str,
        holder: Value,
    ) -> Value | None:
        """What a function gives that every Python has, or whose name says as much."""
        callee = dotted(node.func)
        last = last_part(callee)
        found: Value | None = None
        match given:
            case [value] if callee in _SAME or last in _SAME_BY_NAME:
                self._keyed(node, value, frame)
                found = value
            case [value] if last == "from_string" and is_template(self.given_once(value)):
                found = value
            case [value] if callee in _ONE_OF:
                found = self._one_of(node, value, frame)
            case [value] if callee in self.functions.newtypes:
                found = value
            case [_, name, value] if callee == "setattr":
                self._set(node, name, value, frame)
                found = gap(node)
            case [value] if last in _SQL_TEXT:
                self.note(What.EXECUTED, value, node, frame, callee=callee, argument="0")
                found = value
            case [value, *_] if callee == "enumerate":
                found = (Seq(((Seq((UNKNOWN, step(value, Any.ELEMENT))),),)),)
            case [*collections] if callee == "zip":
                found = (Seq(((Seq(tuple(step(it, Any.ELEMENT) for it in collections)),),)),)
            case [value, *_] if callee == "next":
                found = step(value, Any.ELEMENT)
            case _ if last in _OF_COMMAND_LINES and self.functions.parses_arguments:
                found = self._command_line(node, named, frame)
            case [value, *_] if last == "add_parser" and self.functions.commands:
                self._subcommand(node, value, frame)
            case [] if last in _MAKES_EMPTY:
                entries = tuple((self.said(node, it), value) for it, value in named.items())
                found = (Map(entries) if last == "dict" else Seq(()),)
            case [] if callee in _NAMESPACES:
                found = _namespace(frame, of_module=callee == "globals")
            case [value] if callee == "dict":
                more = (Map(tuple((self.said(node, it), value) for it, value in named.items())),)
                found = union(_dictionary(value), more) if named else _dictionary(value)
            case [value, *default] if callee == "dict.fromkeys":
                found = (Map(((step(value, Any.ELEMENT), default[0] if default else UNKNOWN),)),)
            case [_, *collections] if last == "map" or callee == "filter":
                found = self._each_given(node, collections, frame)
                found = collections[0] if collections and last == "filter" else found
            case _ if callee in _GIVE_NO_NAME or self._lets_pass(node, given, frame):
                found = gap(node)
            case _ if last == "param":  # of pytest.mark.parametrize
                found = given[0] if len(given) == 1 else (Seq(tuple(given)),)
            case _ if last in _WITH_DEFAULT:
                found = self._defaulted(node, given, named, frame, origin, holder)
        return self._imported(node.func, given, frame) if found is None else found

    def _lets_pass(self, node: ast.Call, given: Sequence[Value], frame: Frame) -> bool:
        """Whether a call only asks if something is a name, whatever it is called."""
        if not asks_of_pattern(node):
            return False
        held = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        known = tuple(map(self.given_once, given))
        return lets_pass(node, known, self.given_once(self.held(held, frame)))

    def _one_of(self, node: ast.Call, collection: Value, frame: Frame) -> Value:
        """What `max(…)` gives, or `min(…)`."""
        self._keyed(node, collection, frame)
        if not node.keywords:
            self.chosen(collection, node, frame)
        return step(collection, Any.ELEMENT)

    def _keyed(self, node: ast.Call, collection: Value, frame: Frame) -> None:
        """Note what gets each element of a collection to sort it by, or to choose one."""
        for keyword in node.keywords:
            if keyword.arg == "key" and not _KEEPS_KEYS.match(dotted(keyword.value)):
                self._mapped(keyword.value, [collection], node, frame)

    def _imported(self, func: ast.expr, given: Sequence[Value], frame: Frame) -> Value | None:
        """What a function of a well known module gives."""
        origin = self.origin(func, frame) if given else ""
        if origin in _SAME_FROM:
            return given[0]
        if origin in _CHAINS:
            return (Seq(tuple(step(it, Any.ELEMENT) for it in given)),)
        if origin == "itertools:product":
            return (Seq(((Seq(tuple(step(it, Any.ELEMENT) for it in given)),),)),)
        if origin == "random:choice":
            return step(given[0], Any.ELEMENT)
        return None

    def _command_line(
        self, node: ast.Call, named: Mapping[str, Value], frame: Frame
    ) -> Value | None:
        """What argparse gives: of an option, its default and its choices are what it may be."""
        parsed: Value = (self._parsed,)
        match last_part(dotted(node.func)):
            case "parse_args":
                return parsed
            case "parse_known_args":
                return (Seq((parsed, UNKNOWN)),)
        name = destination(node)
        may_be = option_values(named)
        if name is None or not may_be or not is_taken_as_it_is(node):
            return None
        self.bind(Variable("attribute", Scope(ARGUMENTS), name), may_be)
        others = {key: it for key, it in named.items() if key not in OF_OPTIONS}
        self._hand_over(node, [], others, frame)
        return gap(node)

    def _subcommand(self, node: ast.Call, value: Value, frame: Frame) -> None:
        """Note one of argparse's commands: it is what is typed, and what the code reads."""
        for name in self.functions.commands:
            self.bind(Variable("attribute", Scope(ARGUMENTS), name), value)
        self.note(What.HANDED, value, node, frame, callee=dotted(node.func), argument="0")

    def _set(self, node: ast.Call, called: Value, value: Value, frame: Frame) -> None:
        """Give a value to an attribute that is named by a text."""
        match node.args[1]:
            case ast.Constant(value=str() as name):
                target = ast.Attribute(node.args[0], name, ast.Store(), lineno=node.lineno)
                self.assign(target, value, frame)
            case _:
                self.note(What.STORED, value, node, frame, callee=dotted(node.args[0]))
                # Whoever reads the attribute calls it by the old name.
                self.note(What.HANDED, called, node, frame, callee="setattr", argument="1")

    def _defaulted(
        self,
        node: ast.Call,
        given: Sequence[Value],
        named: Mapping[str, Value],
        frame: Frame,
        origin: str,
        holder: Value,
    ) -> Value | None:
        """What is looked up elsewhere, or else the default that the call gives."""
        callee = dotted(node.func)
        at = _WITH_DEFAULT[last_part(callee)]
        default = named.get("default", given[at] if at < len(given) else ())
        for it in node.keywords if "default_factory" in named else ():
            if it.arg == "default_factory" and isinstance(it.value, ast.Lambda):
                default = self.called_lambda(it.value, (), frame)
        if not default or len(given) > at + 1:  # a method of that name that takes more
            return None
        for number, value in enumerate(given[:at]):
            self.note(
                What.HANDED,
                value,
                node,
                frame,
                callee=callee,
                argument=str(number),
                origin=origin,
                holder=holder,
            )
        return union(default, gap(node))

    def _hand_over(
        self,
        node: ast.Call,
        given: Sequence[Value],
        named: Mapping[str, Value],
        frame: Frame,
        origin: str = "",
        what: What | None = None,
        holder: Value = (),
    ) -> None:
        """Note what a call hands over to something unknown."""
        callee = dotted(node.func)
        if origin and "." not in callee:
            callee += ".__call__"
        usual = what or self.handed(node)
        runs = usual is What.HANDED and executes(callee)
        for argument, value in (*((str(n), it) for n, it in enumerate(given)), *named.items()):
            what = usual
            statement: Value = ()
            if runs and argument in _STATEMENT_ARGUMENTS:
                what = What.EXECUTED
            elif runs:
                what = What.PARAMETER
                statement = given[0] if given else ()
            self.note(
                what,
                value,
                node,
                frame,
                callee=callee,
                argument=argument,
                statement=statement,
                origin=origin,
                holder=holder,
            )

    def _each_given(self, node: ast.Call, collections: Sequence[Value], frame: Frame) -> Value:
        """What `map` gives of each element of some collections, as far as a lambda tells."""
        match node.args[0]:
            case ast.Lambda() as function:
                elements = [step(it, Any.ELEMENT) for it in collections]
                return (Seq((self.called_lambda(function, elements, frame),)),)
            case function:
                self._mapped(function, collections, node, frame)
                return gap(node)

    def _mapped(
        self, function: ast.expr, collections: Sequence[Value], node: ast.AST, frame: Frame
    ) -> None:
        if isinstance(function, ast.Constant) or dotted(function) in _GIVE_NO_NAME:
            return  # `filter(None, …)`, `map(len, …)`
        found = self.called(function, UNKNOWN, frame)[0]
        for number, collection in enumerate(collections):
            each = step(collection, Any.ELEMENT)
            if found is not None and number < len(found.parameters):
                self.bind(found.parameter(found.parameters[number]), each)
            else:
                if isinstance(function, ast.Attribute) and function.attr in ASKING:
                    self.asked_by(function, self.evaluate(function.value, frame), each, frame)
                argument = str(number)
                self.note(
                    What.HANDED, each, node, frame, callee=dotted(function), argument=argument
                )

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
                if self.is_variable(name, frame) and not self.is_row(name, frame):
                    return self._called_object(name, frame), None
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

    def _called_object(self, name: str, frame: Frame) -> Function | None:
        """What a call of an object of a class of this module calls."""
        for it in self.given_once(self.as_instance(self.load(name, frame))):
            if isinstance(it, Instance):
                return self.functions.method(it.owner, "__call__")
        return None


def _followed(holder: Value) -> Value:
    """An object of which more may be known once all has been read; nothing where that is all."""
    return holder if any(isinstance(it, Ref | Instance) for it in holder) else ()


def _namespace(frame: Frame, *, of_module: bool) -> Value:
    """All names that are bound here, or at the top of the module, as a dictionary."""
    while of_module and frame.parent:
        frame = frame.parent
    return (Map(tuple((plain(name), value) for name, value in frame.names.items())),)


def _dictionary(value: Value) -> Value:
    """What `dict(value)` gives, of pairs or of another dictionary."""
    if any(isinstance(it, Map | Ref) for it in value):
        return value
    pair = step(value, Any.ELEMENT)
    return (Map(((step(pair, 0), step(pair, 1)),)),)
