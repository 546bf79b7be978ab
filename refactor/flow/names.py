"""What the names, attributes and parameters of a module are given, and who gets their values."""

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain

from refactor.apis.libraries import ATTRIBUTES
from refactor.flow.consumers import Consumer, What
from refactor.flow.functions import Frame, Function, Functions
from refactor.flow.values import (
    UNKNOWN,
    Alternative,
    Any,
    Gap,
    Instance,
    Map,
    Ref,
    Seq,
    Step,
    Str,
    Value,
    Variable,
    is_empty,
    is_gap,
    is_known,
    plain,
    step,
    union,
)
from refactor.python.annotations import classes_in
from refactor.python.outline import Scope, last_part
from refactor.python.syntax import dotted

ASKS_LISTS = frozenset({"count", "discard", "index", "remove"})
"""Methods of lists that look for what they are given."""
ASKING = ASKS_LISTS | {"get", "pop", "setdefault", "__contains__", "__getitem__"}
"""Those, and the ones of dictionaries."""
_MOST_PARTS = 2
"""`module:object:attribute` may be whatever somebody has put there: `flask.g.database`."""
CALLED = "()"
"""What follows the name of a function that made an object."""
BUILTIN = "builtins:object"
"""Where a collection comes from: from no module."""
_COLLECTIONS = frozenset(
    ("bytes", "counter", "defaultdict", "deque", "dict", "frozenset", "list", "mapping",
     "mutablemapping", "ordereddict", "path", "sequence", "set", "str", "tuple")
)  # fmt: skip
_MAKES_COLLECTIONS = frozenset(
    {"collections:defaultdict", "json:load", "json:loads", "shelve:open", "tomllib:load"}
)
_OF_TYPES = frozenset({"abc", "collections.abc", "contextlib", "types", "typing"})
"""Modules whose classes are no objects' own."""
_NEWLINES = frozenset({"os:linesep"})
_OF_LIBRARIES = frozenset(it.name for it in ATTRIBUTES)


class Names:
    """Notes what is given to whom; what an expression is, its heirs know."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions = Functions(tree)
        self.bindings: dict[Variable, list[Value]] = defaultdict(list)
        self.added_to: dict[tuple[Scope, str], list[Value]] = defaultdict(list)
        """By the scope and the name of a list: what is put into it, somewhere in that scope."""
        self.within: dict[ast.expr, ast.JoinedStr] = {}
        """The outermost f-string around each string in a hole; Python 3.11 says no places there."""
        self.consumers: list[Consumer] = []
        self.imported: set[Variable] = set()
        """All that the module takes from others."""
        self.annotated: dict[Variable, ast.expr] = {}
        """What parameters, attributes and results are annotated with."""
        self.params: dict[Scope, Value] = {}
        """What pytest gives to fixtures one by one, as `request.param`."""
        self.stars: list[str] = []
        """The modules that it takes all names from."""

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:
        """What an expression may be; notes who gets something in it."""
        raise NotImplementedError

    def operated(
        self, method: str, container: ast.expr, given: Value, node: ast.AST, frame: Frame
    ) -> Value | None:
        """What an operator gives by the method of a class of this module; None if it is no such."""
        raise NotImplementedError

    def note(
        self,
        what: What,
        value: Value,
        node: ast.AST,
        frame: Frame,
        *,
        callee: str = "",
        argument: str = "",
        statement: Value = (),
        origin: str = "",
        holder: Value = (),
    ) -> None:
        """Note who gets a value."""
        self.consumers.append(
            Consumer(what, value, node, frame.scope, callee, argument, statement, origin, holder)
        )

    def bind(self, variable: Variable, value: Value) -> None:
        """Note what a variable is given."""
        if value not in self.bindings[variable]:
            self.bindings[variable].append(value)

    def taken(self, variable: Variable) -> Value:
        """What another module has under a name."""
        if variable.name in _NEWLINES:
            return plain("\n")
        self.imported.add(variable)
        return (Ref(variable),)

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Give a value to names, attributes or entries."""
        match target:
            case ast.Name(id=name):
                self.name_given(name, value, frame)
                if name in _OF_LIBRARIES and frame.function is None and frame.scope.owner:
                    self.note(What.NAMED, value, target, frame, argument=name)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                self.parted(value, target, frame)
                for number, element in enumerate(elements):
                    if isinstance(element, ast.Starred):
                        self.assign(element.value, UNKNOWN, frame)
                    else:
                        self.assign(element, step(value, number), frame)
            case ast.Attribute(value=owner, attr=attribute):
                variable = self.attribute(owner, attribute, frame)
                if variable is None:
                    callee = dotted(target)
                    self.note(What.STORED, value, target, frame, callee=callee)
                else:
                    self.bind(variable, value)
            case ast.Subscript(value=container, slice=key):
                self.entry(container, self.evaluate(key, frame), value, target, frame)

    def parted(self, value: Value, node: ast.AST, frame: Frame) -> None:
        """Note what may be a text of which one letter is asked for."""
        letters = tuple(it for it in value if isinstance(it, Str | Ref))
        if letters and not is_gap(letters):
            self.note(What.PARTED, letters, node, frame)

    def chosen(self, collection: Value, node: ast.AST, frame: Frame) -> None:
        """Note texts that are put into their order, where that tells which of them is taken."""
        known = self.given_once(collection)
        if any(isinstance(it, Seq | Map) for it in known):
            texts = tuple(it for it in step(known, Any.ELEMENT) if isinstance(it, Str))
            if texts and not is_gap(texts):
                self.note(What.COMPARED, texts, node, frame)

    def name_given(self, name: str, value: Value, frame: Frame) -> None:
        """Give a value to a name of a scope."""
        if name in frame.globals:
            self.bind(Variable("name", Scope(), name), value)
            return
        sharing = self._sharing(name, frame)
        if sharing is not None:
            self.bind(Variable("name", sharing.scope, name), value)
            return
        frame.names[name] = value
        if frame.function is None and frame.scope.owner:
            self.bind(Variable("attribute", Scope(frame.scope.owner), name), value)
        else:
            self.bind(Variable("name", frame.scope, name), value)

    def entry(
        self, container: ast.expr, key: Value, value: Value, node: ast.AST, frame: Frame
    ) -> None:
        """Put an entry into a dictionary; into what is none that is known, it is lost sight of."""
        known = self.evaluate(container, frame)
        if self.operated("__setitem__", container, key, node, frame) is not None:
            return
        maps = [it for it in known if isinstance(it, Map)]
        if maps and isinstance(container, ast.Name):
            grown: Value = tuple(Map((*it.entries, (key, value))) for it in maps)
            self.name_given(container.id, grown, frame)
        else:
            for it in known:
                if isinstance(it, Ref) and not it.path and it.variable.kind != "import":
                    self.bind(it.variable, (Map(((key, value),)),))
            self.note(What.STORED, value, node, frame, callee=dotted(container))
            self.note(What.KEY, key, node, frame, callee=dotted(container))

    def looked_up(self, container: ast.expr, value: Value, key: ast.expr, frame: Frame) -> None:
        """Note a key that is spelled, and what it is the key of."""
        callee = dotted(container)
        self.note(What.KEY, self.evaluate(key, frame), key, frame, callee=callee)
        if isinstance(key, ast.Constant):
            self.note(What.LOOKED_UP, value, key, frame, callee=callee, argument=str(key.value))

    def asked(self, held: Value, key: Value, node: ast.AST, frame: Frame) -> None:
        """Note a dictionary, or what a list has in it, that is asked for something not spelled."""
        if not (is_gap(held) or is_known(key)):
            self.note(What.ASKED, held, node, frame, statement=key)

    def asked_by(self, method: ast.Attribute, held: Value, key: Value, frame: Frame) -> None:
        """Note a collection one of whose methods is handed on, to ask it: `map(COLUMNS.get, …)`."""
        if method.attr == "__contains__":
            self.note(What.COMPARED, held, method, frame)
        else:
            of_list = method.attr in ASKS_LISTS
            self.asked(step(held, Any.ELEMENT) if of_list else held, key, method, frame)

    def load(self, name: str, frame: Frame) -> Value:
        """What a name is where a scope uses it.

        A collection of the module's that is empty is for functions to fill, at any time.
        """
        sharing = self._sharing(name, frame)
        if sharing is not None:
            return self._around(name, sharing)
        if name in frame.names:
            found = frame.names[name]
            filled = frame.parent is None and is_empty(found)
            return (*found, Ref(Variable("name", Scope(), name))) if filled else found
        around: Frame | None = frame
        while around is not None:
            hidden = around is not frame and around.function is None and around.scope.owner
            if name in around.locals and not hidden:
                return self._around(name, around)
            around = around.parent
        members = self.load_members(name)
        if members:
            return (Seq(members),)
        if self.stars and not hasattr(builtins, name):
            return union(*(self.taken(imported(module, name)) for module in self.stars))
        return (Str((Gap(name=name),)),)

    def _sharing(self, name: str, frame: Frame) -> Frame | None:
        """The function whose name it is, if functions within give it values too.

        When they are called nobody sees here: it may be any of these at any time.
        """
        around = frame if self.functions.nonlocals else None
        while around is not None:
            if name in around.locals and around.function is not None:
                return around if name in around.shared else None
            around = around.parent
        return None

    def load_members(self, name: str) -> tuple[Value, ...]:
        """The members of an enumeration of the module."""
        members = self.functions.members.get(name, ())
        return tuple((Ref(Variable("attribute", Scope(name), it)),) for it in members)

    def _around(self, name: str, frame: Frame) -> Value:
        """What a name of a scope around is; a function's own parameters are given by its calls."""
        variable = Variable("name", frame.scope, name)
        if frame.function is None or not frame.function.takes(name):
            return (Ref(variable),)
        given: Value = (Ref(frame.function.parameter(name)),)
        return union(given, (Ref(variable),)) if variable in self.bindings else given

    def is_variable(self, name: str, frame: Frame) -> bool:
        """Whether a name is assigned or imported in a scope or around it, and so hides others."""
        around: Frame | None = frame
        while around is not None:
            if name in around.names or name in around.locals:
                return True
            around = around.parent
        return False

    def is_row(self, name: str, frame: Frame) -> bool:
        """Whether a name is that of a named tuple of the module, and nothing hides it."""
        around: Frame | None = frame
        while around is not None and around.parent is not None:
            if name in around.locals:
                return False
            around = around.parent
        return name in self.functions.rows

    def attribute(self, owner: ast.expr, name: str, frame: Frame) -> Variable | None:
        """The attribute of a class of this module, if the object is known to be of one."""
        match owner:
            case (
                ast.Name(id="self" | "cls")
                | ast.Call(func=ast.Name(id="type"), args=[ast.Name(id="self")])
                | ast.Attribute(value=ast.Name(id="self"), attr="__class__")
            ) if frame.scope.owner:
                return Variable("attribute", Scope(frame.scope.owner), name)
            case ast.Name(id=known) if self.functions.is_class(known):
                return Variable("attribute", Scope(known), name)
        for alternative in self.held(owner, frame):
            if isinstance(alternative, Instance):
                return Variable("attribute", Scope(alternative.owner), name)
        return None

    def given_once(self, value: Value) -> Value:
        """What a name of the module or an attribute was given, if it was given something once."""
        path: tuple[Step, ...] = ()
        match value:
            case [Ref(variable=Variable(kind="name", scope=Scope("", "")) as variable, path=path)]:
                given = self.bindings.get(variable, [])
            case [Ref(variable=Variable(kind="attribute", scope=scope, name=name), path=())]:
                family = self.functions.family(scope.owner)
                held = (Variable("attribute", Scope(it), name) for it in family)
                given = [it for variable in held for it in self.bindings.get(variable, [])]
            case _:
                return value
        if len(given) != 1:
            return value
        found = given[0]
        for each in path:
            found = step(found, each)
        return found

    def origin(self, func: ast.expr, frame: Frame) -> str:
        """The module and the name that a function is imported by, as `itertools:chain`."""
        match func:
            case ast.Name(id=name):
                inside = ""
            case ast.Attribute(value=ast.Name(id=name), attr=inside):
                pass
            case _:
                return ""
        for alternative in self.given_once(self.load(name, frame)):
            if isinstance(alternative, Ref) and alternative.variable.kind == "import":
                return imported(alternative.variable.name, inside).name
        return ""

    def as_instance(self, value: Value) -> Value:
        """An object of a class of this module, where what it is annotated with says that it is."""
        for alternative in value:
            match alternative:
                case Ref(variable=variable, path=()) if variable in self.annotated:
                    classes = map(dotted, classes_in(self.annotated[variable]))
                    found = tuple(map(Instance, filter(self.functions.is_class, classes)))
                    if found:
                        return found
        return value

    def outsider(self, value: Value, frame: Frame) -> str:
        """What an object is imported as, or the class that it is of, as `requests:Session`.

        Empty unless it is sure to come from another module, and to be of one class. Nobody knows
        what a function of another module gives: it may be what it was given.
        """
        for each in (value, self.given_once(value)):
            found = {self._outside(it, frame) for it in each}
            if len(found) == 1 and all(found):
                return found.pop()
        return ""

    def maker(self, value: Value) -> str:
        """The function of another module that made an object, as `app.db:get_db()`."""
        match self.given_once(value):
            case [Ref(variable=Variable(kind="result", name=name), path=())]:
                return f"{name}{CALLED}"
        return ""

    def leads_to(self, value: Value) -> Iterator[Alternative]:
        """All that a value is as far as names, attributes and results of functions lead."""
        seen: set[Alternative] = set()
        stack = [*reversed(value)]
        while stack:
            each = stack.pop()
            if not isinstance(each, Ref):
                yield each
            elif each not in seen:
                seen.add(each)
                given = self._held_by(each.variable)
                for step_in in each.path if given else ():
                    given = step(given, step_in)
                if given:
                    stack += reversed(given)
                else:
                    yield each

    def _held_by(self, variable: Variable) -> Value:
        """All that a name, an attribute or a result is given, or what it is annotated with."""
        if variable in self.annotated:
            return tuple(
                it for it in self.as_instance((Ref(variable),)) if isinstance(it, Instance)
            )
        match variable:
            case Variable(kind="name" | "return"):
                holders = [variable]
            case Variable(kind="attribute", scope=Scope(owner), name=name):
                family = self.functions.family(owner)
                holders = [Variable("attribute", Scope(it), name) for it in family]
                method = self.functions.method(owner, name)
                if method is not None and method.is_property:
                    holders.append(method.result)
            case _:
                return ()
        return tuple(
            chain.from_iterable(it for each in holders for it in self.bindings.get(each, ()))
        )

    def objects(self, value: Value) -> Value:
        """The objects of classes of this module that a value is; empty if it may be anything else.

        What is None until there is an object counts for nothing: no method is called on it.
        """
        if not any(isinstance(it, Ref | Instance) for it in value):
            return ()  # as with most values
        found = [it for it in self.leads_to(value) if not is_none(it)]
        return tuple(dict.fromkeys(found)) if all(isinstance(it, Instance) for it in found) else ()

    def given_back(self, function: Function, holder: Value = ()) -> Value:
        """What a function gives; a method that is chained gives the object that it was called on.

        What `with` gives a name to is what the function yields, unless its annotation says it.
        """
        if function.gives_itself:
            known = tuple(it for it in holder if isinstance(it, Instance))
            return known or (Instance(function.scope.owner),)
        yields = function.is_context and function.result not in self.annotated
        return (Ref(function.result, (Any.ELEMENT,) if yields else ()),)

    def is_collection(self, value: Value) -> bool:
        """Whether an object is sure to be a list, a dictionary or what else Python has itself."""
        return any(it and all(map(self._is_builtin, it)) for it in (value, self.given_once(value)))

    def _is_builtin(self, alternative: Alternative) -> bool:
        match alternative:
            case Seq() | Map():
                return True
            case Ref(variable=Variable(kind="result", name=name), path=()):
                return name in _MAKES_COLLECTIONS
            case Ref(variable=variable, path=()) if variable in self.annotated:
                classes = [*map(dotted, classes_in(self.annotated[variable]))]
                return bool(classes) and all(
                    last_part(it).lower() in _COLLECTIONS for it in classes
                )
            case Str(atoms=(Gap(node=ast.Call(func=ast.Name(id=name))),)):
                return name in _COLLECTIONS
        return False

    def _outside(self, alternative: Alternative, frame: Frame) -> str:
        match alternative:
            case Ref(variable=Variable(kind="import", name=name), path=()):
                return name if name.count(":") < _MOST_PARTS else ""
            case Ref(variable=Variable(kind="result", name=name), path=()):
                return name if name.rpartition(":")[2][:1].isupper() else ""
            case Ref(variable=variable, path=()) if variable in self.annotated:
                return self._class_in(self.annotated[variable], frame)
        return ""

    def _class_in(self, annotation: ast.expr, frame: Frame) -> str:
        """The imported class that an annotation names, if it names one."""
        found = [self.given_once(self.quietly(it, frame)) for it in classes_in(annotation)]
        match found:
            case [[Ref(variable=Variable(kind="import", name=name))]]:
                return "" if name.partition(":")[0] in _OF_TYPES else name
        return ""

    def quietly(self, node: ast.expr, frame: Frame) -> Value:
        """What a dotted name is that begins with an import, noting no use of it."""
        match node:
            case ast.Name(id=name):
                return self.load(name, frame)
            case ast.Attribute(value=inner, attr=name):
                match self.given_once(self.quietly(inner, frame)):
                    case [Ref(variable=Variable(kind="import" | "result", name=owner), path=())]:
                        return (Ref(imported(owner, name)),)
        return UNKNOWN

    def held(self, node: ast.expr, frame: Frame) -> Value:
        """The value of a name, noting nothing."""
        return self.load(node.id, frame) if isinstance(node, ast.Name) else UNKNOWN


def is_none(alternative: Alternative) -> bool:
    """Whether something is None, as what is no object yet."""
    match alternative:
        case Str(atoms=(Gap(node=ast.Constant(value=None)),)):
            return True
    return False


def imported(module: str, name: str = "") -> Variable:
    """What a module has under a name, or the module itself."""
    return Variable("import", Scope(), f"{module}:{name}" if name else module)
