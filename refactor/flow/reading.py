"""One walk over a module that evaluates its texts, and notes who gets them.

Statements are read in their order, each branch by itself, loops once: so a text that is built up
over several lines is known at each line as it is there. What depends on other functions stands as a
reference, and is filled in later (see `resolved`).
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from refactor.flow import values
from refactor.flow.consumers import Consumer, What
from refactor.flow.functions import (
    Frame,
    Function,
    FunctionNode,
    Functions,
    class_scope,
    own_names,
)
from refactor.flow.values import (
    UNKNOWN,
    Any,
    Instance,
    Map,
    Piece,
    Ref,
    Seq,
    Str,
    Value,
    Variable,
    concatenated,
    gap,
    plain,
    step,
    union,
)
from refactor.outline import Scope, last_part
from refactor.outlining import displays, executes
from refactor.sql.names import HOLE
from refactor.syntax import dotted

_MOST_ROUNDS = 40
_SAME = frozenset({"sorted", "list", "tuple", "set", "frozenset", "reversed", "iter", "str"})
_SAME_METHODS = frozenset({"strip", "lstrip", "rstrip", "copy"})
_SAME_FUNCTIONS = frozenset({"dedent", "cleandoc", "Template", "text", "SQL", "cast"})
_SAYS_LITTLE = frozenset({"len", "isinstance", "bool", "hash", "id", "type", "any", "all", "max"})
_SUBSTITUTES = frozenset({"substitute", "safe_substitute"})
_GROWS = {"append": False, "add": False, "appendleft": False, "extend": True, "update": True}
_CHANGES = frozenset({"upper", "lower", "title", "capitalize", "split", "rsplit", "partition",
                      "encode", "removeprefix", "removesuffix", "casefold"})  # fmt: skip
_PERCENT = re.compile(r"%(?:\((?P<name>[^)]*)\))?(?P<kind>[sdrifgxX%]|[-+ #0-9.*]+[a-zA-Z])")
_BRACES = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}!:.\[]*)(?P<rest>[^{}]*)\}")
_DOLLARS = re.compile(r"\$\$|\$(?:\{(?P<braced>\w+)\}|(?P<name>\w+))")


class Reader:
    """Reads one module; afterwards `bindings` and `consumers` are complete."""

    def __init__(self, tree: ast.Module) -> None:
        self.functions = Functions(tree)
        self.bindings: dict[Variable, list[Value]] = defaultdict(list)
        self.within: dict[ast.expr, ast.JoinedStr] = {}
        """The outermost f-string around each string in a hole; Python 3.11 says no places there."""
        self.consumers: list[Consumer] = []
        self.imported: set[Variable] = set()
        """All that the module takes from others."""
        frame = Frame(Scope(), own_names(tree)[0])
        self._body(tree.body, frame)

    # Statements

    def _body(self, body: Iterable[ast.stmt], frame: Frame) -> None:
        for statement in body:
            self._statement(statement, frame)

    def _statement(self, node: ast.stmt, frame: Frame) -> None:  # noqa: C901, PLR0912
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    local = alias.asname or alias.name.partition(".")[0]
                    module = alias.name if alias.asname else local
                    self._name_given(local, self._taken(imported(module)), frame)
            case ast.ImportFrom(module=origin, names=aliases, level=level):
                for alias in aliases:
                    found = imported("." * level + (origin or ""), alias.name)
                    self._name_given(alias.asname or alias.name, self._taken(found), frame)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._function(node, frame)
            case ast.ClassDef():
                self._class(node, frame)
            case ast.Assign(targets=targets, value=value):
                given = self._value(value, frame)
                for target in targets:
                    self._assign(target, given, frame)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, self._value(value, frame), frame)
            case ast.AugAssign(target=target, op=op, value=value):
                self._augment(target, op, self._value(value, frame), frame)
            case ast.If(test=test):
                self._value(test, frame)
                self._branches([node.body, node.orelse], frame)
            case ast.For(target=target, iter=iterable) | ast.AsyncFor(target=target, iter=iterable):
                self._loop(target, self._value(iterable, frame), node, frame)
            case ast.While(test=test):
                self._value(test, frame)
                self._branches([node.body, []], frame)
                self._body(node.orelse, frame)
            case ast.Try() | ast.TryStar():
                self._try(node, frame)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    opened = self._value(item.context_expr, frame)
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, opened, frame)
                self._body(node.body, frame)
            case ast.Match(subject=subject, cases=cases):
                self._note(What.COMPARED, self._value(subject, frame), node, frame)
                self._branches([case.body for case in cases], frame, [[]])
            case ast.Return(value=ast.expr() as value):
                self._return(self._value(value, frame), node, frame)
            case ast.Raise() | ast.Assert():
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        shown = self._value(child, frame)
                        if child is not getattr(node, "test", None):
                            self._note(What.DISPLAYED, shown, node, frame)
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._value(child, frame)

    def _loop(
        self, target: ast.expr, iterable: Value, node: ast.For | ast.AsyncFor, frame: Frame
    ) -> None:
        """Read a loop: once, or once for each of some tuples, whose elements belong together."""
        ends = [dict(frame.names)]
        for each in self._rounds(target, iterable):
            frame.names = dict(ends[0])
            self._assign(target, each, frame)
            self._body(node.body, frame)
            ends.append(frame.names)
        self._merge(ends, frame)
        self._body(node.orelse, frame)

    def _rounds(self, target: ast.expr, iterable: Value) -> Sequence[Value]:
        match target, self._given_once(iterable):
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
        self._merge(ends or [before], frame)

    def _merge(self, ends: Sequence[dict[str, Value]], frame: Frame) -> None:
        names = dict.fromkeys(name for end in ends for name in end)
        frame.names = {name: union(*(end[name] for end in ends if name in end)) for name in names}

    def _try(self, node: ast.Try | ast.TryStar, frame: Frame) -> None:
        before = dict(frame.names)
        self._body((*node.body, *node.orelse), frame)
        ends = [frame.names]
        for handler in node.handlers:
            frame.names = dict(before)
            self._body(handler.body, frame)
            ends.append(frame.names)
        self._merge(ends, frame)
        self._body(node.finalbody, frame)

    def _function(self, node: FunctionNode, frame: Frame) -> None:
        function = self.functions.of_node[node]
        for decorator in node.decorator_list:
            self._value(decorator, frame)
        arguments = node.args
        positional = (*arguments.posonlyargs, *arguments.args)
        with_default = positional[len(positional) - len(arguments.defaults) :]
        defaults = [
            *zip(with_default, arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for argument, default in defaults:
            if default is not None:
                self._bind(function.parameter(argument.arg), self._value(default, frame))
        bound, declared = own_names(node)
        inside = Frame(function.scope, bound, function, frame, globals=declared)
        every = (*positional, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        for each in every:
            if each is not None:
                inside.names[each.arg] = (Ref(function.parameter(each.arg)),)
        self._body(node.body, inside)

    def _class(self, node: ast.ClassDef, frame: Frame) -> None:
        for child in (*node.decorator_list, *node.bases, *(k.value for k in node.keywords)):
            self._value(child, frame)
        inside = Frame(class_scope(frame.scope, node.name), own_names(node)[0], None, frame)
        self._body(node.body, inside)

    def _return(self, value: Value, node: ast.AST, frame: Frame) -> None:
        if frame.function is None:
            return
        self._bind(frame.function.result, value)
        what = What.RETURNED
        self._note(what, value, node, frame, callee=frame.function.scope.function)

    def _taken(self, variable: Variable) -> Value:
        self.imported.add(variable)
        return (Ref(variable),)

    # Names

    def _bind(self, variable: Variable, value: Value) -> None:
        if value not in self.bindings[variable]:
            self.bindings[variable].append(value)

    def _assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        match target:
            case ast.Name(id=name):
                self._name_given(name, value, frame)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for number, element in enumerate(elements):
                    if isinstance(element, ast.Starred):
                        self._assign(element.value, UNKNOWN, frame)
                    else:
                        self._assign(element, step(value, number), frame)
            case ast.Attribute(value=owner, attr=attribute):
                variable = self._attribute(owner, attribute, frame)
                if variable is None:
                    callee = dotted(target)
                    self._note(What.STORED, value, target, frame, callee=callee)
                else:
                    self._bind(variable, value)
            case ast.Subscript(value=container, slice=key):
                self._entry(container, self._value(key, frame), value, target, frame)

    def _name_given(self, name: str, value: Value, frame: Frame) -> None:
        if name in frame.globals:
            self._bind(Variable("name", Scope(), name), value)
            return
        frame.names[name] = value
        if frame.function is None and frame.scope.owner:
            self._bind(Variable("attribute", Scope(frame.scope.owner), name), value)
        else:
            self._bind(Variable("name", frame.scope, name), value)

    def _entry(
        self, container: ast.expr, key: Value, value: Value, node: ast.AST, frame: Frame
    ) -> None:
        known = self._value(container, frame)
        maps = [it for it in known if isinstance(it, Map)]
        if maps and isinstance(container, ast.Name):
            grown: Value = tuple(Map((*it.entries, (key, value))) for it in maps)
            self._name_given(container.id, grown, frame)
        else:
            self._note(What.STORED, value, node, frame, callee=dotted(container))
            self._note(What.KEY, key, node, frame, callee=dotted(container))

    def _augment(self, target: ast.expr, op: ast.operator, value: Value, frame: Frame) -> None:
        if not isinstance(op, ast.Add):
            self._note(What.CHANGED, value, target, frame)
            self._assign(target, UNKNOWN, frame)
            return
        before = self._value(target, frame)
        match target:
            case ast.Attribute() | ast.Subscript():
                # What the object held before may be anything by now.
                before = tuple(it for it in before if not isinstance(it, Ref)) or UNKNOWN
        self._assign(target, _sum(before, value), frame)

    def _load(self, name: str, frame: Frame) -> Value:
        if name in frame.names:
            return frame.names[name]
        around: Frame | None = frame
        while around is not None:
            hidden = around is not frame and around.function is None and around.scope.owner
            if name in around.locals and not hidden:
                return (Ref(Variable("name", around.scope, name)),)
            around = around.parent
        members = self.functions.members.get(name)
        if members:
            return (Seq(tuple((Ref(Variable("attribute", Scope(name), it)),) for it in members)),)
        return (Str((values.Gap(name),)),)

    def _attribute(self, owner: ast.expr, name: str, frame: Frame) -> Variable | None:
        """The attribute of a class of this module, if the object is known to be of one."""
        match owner:
            case ast.Name(id="self" | "cls") if frame.scope.owner:
                return Variable("attribute", Scope(frame.scope.owner), name)
            case ast.Name(id=known) if self.functions.is_class(known):
                return Variable("attribute", Scope(known), name)
        for alternative in self._quietly(owner, frame):
            if isinstance(alternative, Instance):
                return Variable("attribute", Scope(alternative.owner), name)
        return None

    def _given_once(self, value: Value) -> Value:
        """What a name of the module was given, if it is one and was given something once."""
        match value:
            case [Ref(variable=Variable(kind="name", scope=Scope("", "")) as variable, path=())]:
                given = self.bindings.get(variable, [])
                return given[0] if len(given) == 1 else value
        return value

    def _quietly(self, node: ast.expr, frame: Frame) -> Value:
        """The value of a name, noting nothing."""
        return self._load(node.id, frame) if isinstance(node, ast.Name) else UNKNOWN

    # Expressions

    def _value(self, node: ast.expr, frame: Frame) -> Value:  # noqa: C901, PLR0911, PLR0912
        match node:
            case ast.Constant(value=str() as text):
                return (Str((Piece(node, 0, text),)),) if text else plain("")
            case ast.Constant():
                return gap(node)
            case ast.Name(id=name):
                return self._load(name, frame)
            case ast.JoinedStr():
                return self._written(self._formatted(node, frame), node, frame)
            case ast.BinOp(op=ast.Add()):
                return self._written(self._added(node, frame), node, frame)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                filled = _percented(self._value(left, frame), self._value(right, frame), right)
                return self._written(filled, node, frame)
            case ast.Attribute(value=owner, attr=name):
                return self._member(owner, name, node, frame)
            case ast.Call():
                return self._call(node, frame)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._value(test, frame)
                return union(self._value(body, frame), self._value(orelse, frame))
            case ast.BoolOp(values=operands):
                return union(*(self._value(it, frame) for it in operands))
            case ast.NamedExpr(target=target, value=value):
                given = self._value(value, frame)
                self._assign(target, given, frame)
                return given
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return (Seq(self._items(items, frame)),)
            case ast.Dict(keys=keys, values=items):
                return self._dictionary(keys, items, frame)
            case ast.Subscript(value=container, slice=index):
                return self._subscript(container, index, node, frame)
            case ast.ListComp(elt=item) | ast.SetComp(elt=item) | ast.GeneratorExp(elt=item):
                inside = self._comprehension(node.generators, frame)
                return (Seq((self._value(item, inside),)),)
            case ast.DictComp(key=key, value=value):
                inside = self._comprehension(node.generators, frame)
                return (Map(((self._value(key, inside), self._value(value, inside)),)),)
            case ast.Compare(left=left, comparators=others):
                for operand in (left, *others):
                    self._note(What.COMPARED, self._value(operand, frame), node, frame)
                return gap(node)
            case ast.Await(value=value) | ast.Starred(value=value):
                return self._value(value, frame)
            case ast.Lambda(body=body):
                names = frozenset(it.arg for it in ast.walk(node.args) if isinstance(it, ast.arg))
                inside = Frame(frame.scope, names, frame.function, frame)
                inside.names = dict.fromkeys(names, UNKNOWN)
                self._value(body, inside)
                return gap(node)
            case ast.Yield(value=ast.expr() as item) | ast.YieldFrom(value=item):
                given = self._value(item, frame)
                if frame.function is not None:
                    whole: Value = (Seq((given,)),) if isinstance(node, ast.Yield) else given
                    self._return(whole, node, frame)
                return gap(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                part = self._value(child, frame)
                if not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
                    self._note(What.CHANGED, part, node, frame)
        return gap(node)

    def _added(self, node: ast.expr, frame: Frame) -> Value:
        """What a sum gives; what it is on the way is no text of its own."""
        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _sum(self._added(left, frame), self._added(right, frame))
        return self._value(node, frame)

    def _written(self, value: Value, node: ast.expr, frame: Frame) -> Value:
        """Note a text that is put together: where it is SQL, it may be executed anywhere."""
        self._note(What.WRITTEN, value, node, frame)
        return value

    def _formatted(self, node: ast.JoinedStr, frame: Frame) -> Value:
        parts: list[Value] = []
        start = 0
        outermost = self.within.get(node, node)
        for inner in ast.walk(node):
            if inner is not node and isinstance(inner, ast.Constant | ast.JoinedStr):
                self.within.setdefault(inner, outermost)
        for child in node.values:
            match child:
                case ast.Constant(value=str() as text):
                    parts.append((Str((Piece(node, start, text),)),))
                    start += len(text)
                case ast.FormattedValue(value=shown, conversion=conversion, format_spec=spec):
                    given = self._value(shown, frame)
                    if conversion == ord("r"):
                        given = concatenated([plain("'"), given, plain("'")])
                    if spec is not None or conversion == ord("a"):
                        self._note(What.CHANGED, given, node, frame)
                        given = gap(shown)
                    parts.append(given)
                    start += len(HOLE)
        return concatenated(parts)

    def _items(self, nodes: Sequence[ast.expr], frame: Frame) -> tuple[Value, ...]:
        items: list[Value] = []
        for node in nodes:
            value = self._value(node, frame)
            if isinstance(node, ast.Starred):
                known = [it for it in value if isinstance(it, Seq)]
                items += (
                    known[0].items if len(known) == len(value) == 1 else [step(value, Any.ELEMENT)]
                )
            else:
                items.append(value)
        return tuple(items)

    def _dictionary(
        self, keys: Sequence[ast.expr | None], items: Sequence[ast.expr], frame: Frame
    ) -> Value:
        entries: list[tuple[Value, Value]] = []
        for key, item in zip(keys, items, strict=True):
            value = self._value(item, frame)
            if key is None:
                entries += [pair for it in value if isinstance(it, Map) for pair in it.entries]
            else:
                entries.append((self._value(key, frame), value))
        return (Map(tuple(entries)),)

    def _subscript(
        self, container: ast.expr, index: ast.expr, node: ast.AST, frame: Frame
    ) -> Value:
        value = self._value(container, frame)
        match index:
            case ast.Constant(value=str() as key):
                self._looked_up(container, value, index, frame)
                return step(value, key)
            case ast.Constant(value=int() as position):
                return step(value, position)
            case ast.Slice():
                if any(isinstance(it, Seq) for it in value):
                    return value
                self._note(What.CHANGED, value, node, frame)
                return gap(container)
        self._note(What.KEY, self._value(index, frame), node, frame, callee=dotted(container))
        return step(value, Any.VALUE)

    def _looked_up(self, container: ast.expr, value: Value, key: ast.expr, frame: Frame) -> None:
        """Note a key that is spelled, and what it is the key of."""
        callee = dotted(container)
        self._note(What.KEY, self._value(key, frame), key, frame, callee=callee)
        if isinstance(key, ast.Constant):
            self._note(What.LOOKED_UP, value, key, frame, callee=callee, argument=str(key.value))

    def _comprehension(self, generators: Sequence[ast.comprehension], frame: Frame) -> Frame:
        inside = frame.copy()
        for each in generators:
            self._assign_quietly(
                each.target, step(self._value(each.iter, inside), Any.ELEMENT), inside
            )
            for condition in each.ifs:
                self._value(condition, inside)
        return inside

    def _assign_quietly(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Bind a comprehension's own names, which nobody sees from outside."""
        match target:
            case ast.Name(id=name):
                frame.names[name] = value
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for number, element in enumerate(elements):
                    self._assign_quietly(element, step(value, number), frame)

    def _member(self, owner: ast.expr, name: str, node: ast.expr, frame: Frame) -> Value:
        variable = self._attribute(owner, name, frame)
        if variable is not None:
            return (Ref(variable),)
        value = self._value(owner, frame)
        if name == "value" and any(isinstance(it, Ref) for it in value):
            return value  # of a member of an enumeration
        for alternative in self._given_once(value):
            if isinstance(alternative, Ref) and alternative.variable.kind == "import":
                return self._taken(imported(alternative.variable.name, name))
        self._note(What.CHANGED, value, node, frame)
        # Whatever the object is, it may be of a class here that has such an attribute.
        owners = self.functions.owners.get(name, ())
        held: Value = tuple(Ref(Variable("attribute", Scope(it), name)) for it in owners)
        return union(held, gap(node)) if held else gap(node)

    # Calls

    def _call(self, node: ast.Call, frame: Frame) -> Value:
        callee = dotted(node.func)
        last = last_part(callee)
        if isinstance(node.func, ast.Attribute):
            known = self._method_call(node, node.func, last, frame)
            if known is not None:
                return known
        elif not isinstance(node.func, ast.Name):
            self._value(node.func, frame)
        holder: Value = ()
        if isinstance(node.func, ast.Attribute):
            holder = self._value(node.func.value, frame)
        function, owner = self._called(node.func, holder, frame)
        if owner is not None:
            self._construct(owner, node, frame)
            return (Instance(owner),)
        if function is not None:
            self._give(function, node, frame)
            return (Ref(function.result),)
        return self._foreign(node, callee, last, frame)

    def _foreign(self, node: ast.Call, callee: str, last: str, frame: Frame) -> Value:
        """A call of what this module does not define."""
        given = [self._value(it, frame) for it in node.args]
        named = [(it.arg or "**", self._value(it.value, frame)) for it in node.keywords]
        everything = [*((str(n), it) for n, it in enumerate(given)), *named]
        by_name = self.functions.by_method_name(last) if "." in callee else None
        if by_name is not None and not executes(callee):
            self._give_values(by_name, node, given, dict(named), frame)
            return (Ref(by_name.result),)
        if last in _SAYS_LITTLE:
            return gap(node)
        if given and (last in _SAME or last in _SAME_FUNCTIONS) and len(given) == 1:
            if last in {"text", "SQL"}:
                self._note(What.EXECUTED, given[0], node, frame, callee=callee, argument="0")
            return given[0]
        match last, given:
            case "enumerate", [value, *_]:
                return (Seq(((Seq((UNKNOWN, step(value, Any.ELEMENT))),),)),)
            case "zip", [*collections]:
                return (Seq(((Seq(tuple(step(it, Any.ELEMENT) for it in collections)),),)),)
            case "next", [value, *_]:
                return step(value, Any.ELEMENT)
            case "dict", []:
                return (Map(tuple((plain(name), value) for name, value in named)),)
            case "map", [_, *collections]:
                self._mapped(node.args[0], collections, node, frame)
                return gap(node)
        for argument, value in everything:
            first = argument in {"0", "sql", "query", "statement", "operation"}
            if displays(callee):
                what = What.DISPLAYED
            elif executes(callee):
                what = What.EXECUTED if first else What.PARAMETER
            else:
                what = What.HANDED
            statement = given[0] if given and what is What.PARAMETER else ()
            self._note(
                what, value, node, frame, callee=callee, argument=argument, statement=statement
            )
        return gap(node)

    def _mapped(
        self, function: ast.expr, collections: Sequence[Value], node: ast.AST, frame: Frame
    ) -> None:
        found = self._called(function, UNKNOWN, frame)[0]
        for number, collection in enumerate(collections):
            each = step(collection, Any.ELEMENT)
            if found is not None and number < len(found.parameters):
                self._bind(found.parameter(found.parameters[number]), each)
            else:
                self._note(What.HANDED, each, node, frame, callee=dotted(function))

    def _method_call(  # noqa: C901, PLR0911, PLR0912 - one branch for each method of texts and collections
        self, node: ast.Call, func: ast.Attribute, method: str, frame: Frame
    ) -> Value | None:
        """A call of a method that texts, lists and dictionaries have; None if it is no such."""
        if method in _GROWS and len(node.args) == 1 and not node.keywords:
            return self._grown(node, func.value, method, frame)
        match method, node.args:
            case (("format" | "format_map"), _):
                value = self._value(func.value, frame)
                return self._written(self._braced(value, node, frame), node, frame)
            case "join", [items] if not isinstance(items, ast.Starred):
                value = values.joined(self._value(func.value, frame), self._value(items, frame))
                return self._written(value, node, frame)
            case "replace", [old, new]:
                return self._replaced(func.value, old, new, node, frame)
            case _ if method in _SUBSTITUTES:
                return self._substituted(func.value, node, frame)
            case _ if method in _SAME_METHODS and not node.args:
                return self._value(func.value, frame)
            case _ if method in _CHANGES:
                self._note(What.CHANGED, self._value(func.value, frame), node, frame)
                for argument in node.args:
                    self._value(argument, frame)
                return gap(node)
            case "items", []:
                return values.items_of(self._value(func.value, frame))
            case "keys", []:
                return (Seq((step(self._value(func.value, frame), Any.ELEMENT),)),)
            case "values", []:
                return (Seq((step(self._value(func.value, frame), Any.VALUE),)),)
            case (("get" | "pop" | "setdefault"), [ast.Constant(value=str() as key), *default]):
                held = self._value(func.value, frame)
                self._looked_up(func.value, held, node.args[0], frame)
                return union(step(held, key), *(self._value(it, frame) for it in default))
            case "get", [key, *default] if self._is_map(func.value, frame):
                given = self._value(key, frame)
                self._note(What.KEY, given, node, frame, callee=dotted(func.value))
                value = step(self._value(func.value, frame), Any.VALUE)
                return union(value, *(self._value(it, frame) for it in default))
        return None

    def _is_map(self, node: ast.expr, frame: Frame) -> bool:
        return any(isinstance(it, Map | Ref) for it in self._quietly(node, frame))

    def _grown(
        self, node: ast.Call, container: ast.expr, method: str, frame: Frame
    ) -> Value | None:
        """A collection that gets one more element, or those of another."""
        known = self._quietly(container, frame)
        variable = None
        if isinstance(container, ast.Attribute):
            variable = self._attribute(container.value, container.attr, frame)
        lists = [it for it in known if isinstance(it, Seq)]
        if not lists and variable is None and not any(isinstance(it, Ref) for it in known):
            return None
        value = self._value(node.args[0], frame)
        more: tuple[Value, ...] = (value,)
        if _GROWS[method]:
            sequences = [it for it in value if isinstance(it, Seq)]
            more = (
                sequences[0].items
                if len(sequences) == len(value) == 1
                else (step(value, Any.ELEMENT),)
            )
        if lists and isinstance(container, ast.Name):
            grown: Value = tuple(Seq((*it.items, *more)) for it in lists)
            self._name_given(container.id, grown, frame)
        elif variable is not None:
            self._bind(variable, (Seq(more),))
        else:
            for reference in known:
                if isinstance(reference, Ref) and not reference.path:
                    self._bind(reference.variable, (Seq(more),))
        return gap(node)

    def _braced(self, value: Value, node: ast.Call, frame: Frame) -> Value:
        """What `value.format(…)` gives."""
        given = [self._value(it, frame) for it in node.args]
        named = {it.arg: self._value(it.value, frame) for it in node.keywords if it.arg}
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format_map":
            named = {
                str(text): item
                for it in (given[0] if given else ())
                if isinstance(it, Map)
                for key, item in it.entries
                if (text := values.text_of(key)) is not None
            }
        counter = iter(range(len(given) + 99))

        def places(text: str) -> Iterable[tuple[int, int, Value]]:
            for match in _BRACES.finditer(text):
                if match[0] in {"{{", "}}"}:
                    yield match.start() + 1, match.end(), plain("")
                    continue
                name = match["name"] or str(next(counter))
                position = int(name) if name.isdecimal() else -1
                found = named.get(name, UNKNOWN)
                if 0 <= position < len(given):
                    found = given[position]
                if match["rest"] not in {"", "!s"}:
                    self._note(What.CHANGED, found, node, frame)
                    found = UNKNOWN
                yield match.start(), match.end(), found

        return values.replaced(value, places)

    def _replaced(
        self, text: ast.expr, old: ast.expr, new: ast.expr, node: ast.AST, frame: Frame
    ) -> Value:
        value, given = self._value(text, frame), self._value(new, frame)
        match old:
            case ast.Constant(value=str() as wanted) if wanted:

                def places(text: str) -> Iterable[tuple[int, int, Value]]:
                    for match in re.finditer(re.escape(wanted), text):
                        yield match.start(), match.end(), given

                return values.replaced(value, places)
        self._note(What.CHANGED, value, node, frame)
        self._note(What.CHANGED, given, node, frame)
        self._value(old, frame)
        return UNKNOWN

    def _substituted(self, template: ast.expr, node: ast.Call, frame: Frame) -> Value:
        """What `Template(…).substitute(…)` gives."""
        named = {it.arg: self._value(it.value, frame) for it in node.keywords if it.arg}
        for argument in node.args:
            for alternative in self._value(argument, frame):
                if isinstance(alternative, Map):
                    named |= {values.text_of(key) or "": item for key, item in alternative.entries}

        def places(text: str) -> Iterable[tuple[int, int, Value]]:
            for match in _DOLLARS.finditer(text):
                if match[0] == "$$":
                    yield match.start() + 1, match.end(), plain("")
                else:
                    name = match["braced"] or match["name"]
                    yield match.start(), match.end(), named.get(name, UNKNOWN)

        filled = values.replaced(self._value(template, frame), places)
        return self._written(filled, node, frame)

    def _called(
        self, func: ast.expr, holder: Value, frame: Frame
    ) -> tuple[Function | None, str | None]:
        """The function of this module that a call certainly means, or the class."""
        match func:
            case ast.Name(id=name):
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
        constructor = self.functions.method(owner, "__init__")
        if constructor is not None:
            self._give(constructor, node, frame)
            return
        fields = [
            name
            for each in reversed(self.functions.ancestry(owner))
            for name in self.functions.fields[each]
        ]
        given = [self._value(it, frame) for it in node.args]
        named = {it.arg or "**": self._value(it.value, frame) for it in node.keywords}
        placed = self._placed(node, given, named, fields, frozenset(fields), frame)
        for name, value in placed:
            self._bind(Variable("attribute", Scope(owner), name), value)

    def _give(self, function: Function, node: ast.Call, frame: Frame) -> None:
        """Bind a function's parameters to what a call gives it."""
        given = [self._value(it, frame) for it in node.args]
        named = {it.arg or "**": self._value(it.value, frame) for it in node.keywords}
        self._give_values(function, node, given, named, frame)

    def _give_values(
        self,
        function: Function,
        node: ast.Call,
        given: Sequence[Value],
        named: Mapping[str, Value],
        frame: Frame,
    ) -> None:
        names, keywords = function.parameters, function.keywords
        for name, value in self._placed(node, given, named, names, keywords, frame):
            self._bind(function.parameter(name), value)

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
                self._note(What.HANDED, value, node, frame, callee=callee, argument=place)
        for name, value in named.items():
            if name in keywords:
                placed.append((name, value))
            else:
                self._note(What.HANDED, value, node, frame, callee=callee, argument=name)
        return placed

    def _note(
        self,
        what: What,
        value: Value,
        node: ast.AST,
        frame: Frame,
        *,
        callee: str = "",
        argument: str = "",
        statement: Value = (),
    ) -> None:
        self.consumers.append(Consumer(what, value, node, frame.scope, callee, argument, statement))


def imported(module: str, name: str = "") -> Variable:
    """What a module has under a name, or the module itself."""
    return Variable("import", Scope(), f"{module}:{name}" if name else module)


def _sum(left: Value, right: Value) -> Value:
    """What `left + right` gives: a longer text, or a longer list."""
    if any(isinstance(it, Seq) for it in (*left, *right)):
        found: list[Value] = []
        for first in left:
            for second in right:
                items = [
                    it.items if isinstance(it, Seq) else (step((it,), Any.ELEMENT),)
                    for it in (first, second)
                ]
                found.append((Seq((*items[0], *items[1])),))
        return union(*found)
    return concatenated([left, right])


def _percented(value: Value, given: Value, node: ast.expr) -> Value:
    """What `value % given` gives."""
    positions = iter(range(99))
    several = isinstance(node, ast.Tuple)

    def places(text: str) -> Iterable[tuple[int, int, Value]]:
        for match in _PERCENT.finditer(text):
            if match["kind"] == "%":
                yield match.start() + 1, match.end(), plain("")
            elif match["name"] is not None:
                yield match.start(), match.end(), step(given, match["name"])
            elif match["kind"] == "s" and several:
                yield match.start(), match.end(), step(given, next(positions))
            elif match["kind"] == "s" and next(positions) == 0:
                yield match.start(), match.end(), given
            else:
                next(positions, None)
                yield match.start(), match.end(), UNKNOWN

    return values.replaced(value, places)
