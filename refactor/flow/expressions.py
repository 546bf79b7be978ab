"""What expressions are: texts put together, collections, their parts."""

import ast
import re
from collections.abc import Iterable, Sequence

from refactor.flow.consumers import What
from refactor.flow.filling import fields_of, percented
from refactor.flow.functions import Frame
from refactor.flow.names import ASKING, Names, imported
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
    is_known,
    plain,
    step,
    union,
)
from refactor.python.outline import Scope
from refactor.python.syntax import children, dotted, walked
from refactor.sql.names import HOLE

_PADS = re.compile(r"(?:.?[<>^])?\d*s?", re.DOTALL)


class Expressions(Names):
    """Evaluates expressions; what a call gives, its heirs know."""

    def call(self, node: ast.Call, frame: Frame) -> Value:
        """What a call gives."""
        raise NotImplementedError

    def returned(self, value: Value, node: ast.AST, frame: Frame) -> None:
        """Note what a function returns."""
        if frame.function is not None:
            self.bind(frame.function.result, value)
            self.note(What.RETURNED, value, node, frame, callee=frame.function.scope.function)

    def evaluate(self, node: ast.expr, frame: Frame) -> Value:  # noqa: C901, PLR0911, PLR0912
        """What an expression may be; notes who gets something in it."""
        match node:  # what most expressions are comes first
            case ast.Name(id=name):
                return self.load(name, frame)
            case ast.Call():
                return self.call(node, frame)
            case ast.Attribute(value=owner, attr=name):
                return self._member(owner, name, node, frame)
            case ast.Constant(value=str() as text):
                return (Str((Piece(node, 0, text),)),) if text else plain("")
            case ast.Constant():
                return gap(node)
            case ast.JoinedStr():
                return self.written(self._formatted(node, frame), node, frame)
            case ast.BinOp(op=ast.Add()):
                return self.written(self.added(node, frame), node, frame)
            case ast.BinOp(left=left, op=ast.Mod(), right=right):
                template = self.given_once(self.evaluate(left, frame))
                given = self.evaluate(right, frame)
                self._lost_by_percent(template, given, node, frame)
                return self.written(percented(template, given), node, frame)
            case ast.BinOp(left=left, op=ast.Sub(), right=right) if not _is_number(right):
                return self._less(self.evaluate(left, frame), right, node, frame)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.evaluate(test, frame)
                return union(self.evaluate(body, frame), self.evaluate(orelse, frame))
            case ast.BoolOp(values=operands):
                return union(*(self.evaluate(it, frame) for it in operands))
            case ast.NamedExpr(target=target, value=value):
                given = self.evaluate(value, frame)
                self.assign(target, given, frame)
                return given
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                is_all = not any(isinstance(it, ast.Starred) for it in items)
                return (Seq(self.items_in(items, frame), is_all),)
            case ast.Dict(keys=keys, values=items):
                return self._dictionary(keys, items, frame)
            case ast.Subscript(value=container, slice=index):
                return self._subscript(container, index, node, frame)
            case ast.ListComp(elt=item) | ast.SetComp(elt=item) | ast.GeneratorExp(elt=item):
                inside = self._comprehension(node.generators, frame)
                return (Seq((self.evaluate(item, inside),)),)
            case ast.DictComp(key=key, value=value):
                inside = self._comprehension(node.generators, frame)
                return (Map(((self.evaluate(key, inside), self.evaluate(value, inside)),)),)
            case ast.Compare():
                return self._compared(node, frame)
            case ast.Await(value=value) | ast.Starred(value=value):
                return self.evaluate(value, frame)
            case ast.Lambda():
                self.called_lambda(node, (), frame)
                return gap(node)
            case ast.Yield(value=ast.expr() as item) | ast.YieldFrom(value=item):
                given = self.evaluate(item, frame)
                if frame.function is not None:
                    whole: Value = (Seq((given,)),) if isinstance(node, ast.Yield) else given
                    self.returned(whole, node, frame)
                return gap(node)
        for child in children(node):
            if isinstance(child, ast.expr):
                part = self.evaluate(child, frame)
                if not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
                    joins = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
                    what = What.JOINED if joins else What.CHANGED
                    self.note(what, part, node, frame)
        return gap(node)

    def _less(self, left: Value, right: ast.expr, node: ast.expr, frame: Frame) -> Value:
        """What a set is without the items of another; of numbers nobody asks."""
        others = self.evaluate(right, frame)
        if not any(isinstance(it, Seq | Map | Ref) for it in left):
            for value in (left, others):
                self.note(What.CHANGED, value, node, frame)
            return gap(node)
        for value in (left, others):
            self.note(What.COMPARED, value, node, frame)
        return left

    def called_lambda(self, node: ast.Lambda, given: Sequence[Value], frame: Frame) -> Value:
        """What a lambda gives that is given these values, or unknown ones."""
        names = [it.arg for it in walked(node.args) if isinstance(it, ast.arg)]
        inside = Frame(frame.scope, frozenset(names), frame.function, frame)
        known = zip((it.arg for it in node.args.args), given, strict=False)
        inside.names = {**dict.fromkeys(names, UNKNOWN), **dict(known)}
        return self.evaluate(node.body, inside)

    def added(self, node: ast.expr, frame: Frame) -> Value:
        """What a sum gives; what it is on the way is no text of its own."""
        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return added_up(self.added(left, frame), self.added(right, frame))
        return self.evaluate(node, frame)

    def written(self, value: Value, node: ast.expr, frame: Frame) -> Value:
        """Note a text that is put together: where it is SQL, it may be executed anywhere."""
        self.note(What.WRITTEN, value, node, frame)
        return value

    def lost(self, template: Value, given: Iterable[Value], node: ast.expr, frame: Frame) -> None:
        """Note what is filled into a text that is not known: nobody sees where."""
        if not is_known(template):
            for value in given:
                self.note(What.CHANGED, value, node, frame)

    def _lost_by_percent(self, template: Value, given: Value, node: ast.expr, frame: Frame) -> None:
        match given:
            case [Seq(items=items)]:
                seen = fields_of(template, braces=False)
                left = [it for number, it in enumerate(items) if str(number) not in seen]
                self.lost(template, left, node, frame)
            case _:
                self.lost(template, [given], node, frame)

    def _formatted(self, node: ast.JoinedStr, frame: Frame) -> Value:
        parts: list[Value] = []
        start = 0
        outermost = self.within.get(node, node)
        for part in node.values:
            if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Name):
                continue  # as in most holes: no text stands in them
            for inner in walked(part):
                if isinstance(inner, ast.Constant | ast.JoinedStr):
                    self.within.setdefault(inner, outermost)
        for child in node.values:
            match child:
                case ast.Constant(value=str() as text):
                    parts.append((Str((Piece(node, start, text),)),))
                    start += len(text)
                case ast.FormattedValue(value=shown, conversion=conversion, format_spec=spec):
                    given = self.evaluate(shown, frame)
                    self._padded(spec, frame)
                    if conversion == ord("r"):
                        given = concatenated([plain("'"), given, plain("'")])
                    changes = spec is not None and not _only_pads(spec)
                    if changes or conversion == ord("a"):
                        self.note(What.CHANGED, given, node, frame)
                        given = gap(shown)
                    parts.append(given)
                    start += len(HOLE)
        return concatenated(parts)

    def _padded(self, spec: ast.expr | None, frame: Frame) -> None:
        """Read what says how wide a part of a text is: it may be looked up by a name."""
        for width in spec.values if isinstance(spec, ast.JoinedStr) else ():
            if isinstance(width, ast.FormattedValue):
                self.evaluate(width.value, frame)

    def items_in(self, nodes: Sequence[ast.expr], frame: Frame) -> tuple[Value, ...]:
        """The elements of a display."""
        items: list[Value] = []
        for node in nodes:
            value = self.evaluate(node, frame)
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
            value = self.evaluate(item, frame)
            if key is None:
                entries += [pair for it in value if isinstance(it, Map) for pair in it.entries]
            else:
                entries.append((self.evaluate(key, frame), value))
        return (Map(tuple(entries)),)

    def _subscript(
        self, container: ast.expr, index: ast.expr, node: ast.Subscript, frame: Frame
    ) -> Value:
        value = self.evaluate(container, frame)
        match index:
            case ast.Constant(value=int()) | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                self.parted(value, node, frame)
                ordered = isinstance(container, ast.Call) and dotted(container.func) == "sorted"
                if ordered:
                    self.chosen(value, node, frame)
                return step(value, Any.ELEMENT if ordered else getattr(index, "value", Any.VALUE))
            case ast.Slice(lower=lower, upper=upper):
                for end in (lower, upper):
                    if isinstance(end, ast.Subscript):  # what it is looked up by is a key
                        self.evaluate(end, frame)
                if any(isinstance(it, Seq) for it in value):
                    return value
                self.note(What.CHANGED, value, node, frame)
                return gap(container)
        given = self.evaluate(index, frame)
        method = "__delitem__" if isinstance(node.ctx, ast.Del) else "__getitem__"
        at = index if isinstance(index, ast.Constant) else node
        found = self.operated(method, container, given, at, frame)
        if found is not None:
            return found
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            self.looked_up(container, value, index, frame)
            return step(value, index.value)
        self.note(What.KEY, given, node, frame, callee=dotted(container))
        self.asked(value, given, node, frame)
        return step(value, Any.VALUE)

    def _comprehension(self, generators: Sequence[ast.comprehension], frame: Frame) -> Frame:
        inside = frame.copy()
        for each in generators:
            self.assign_quietly(
                each.target, step(self.evaluate(each.iter, inside), Any.ELEMENT), inside
            )
            for condition in each.ifs:
                self.evaluate(condition, inside)
        return inside

    def assign_quietly(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """Bind a comprehension's own names, which nobody sees from outside."""
        match target:
            case ast.Name(id=name):
                frame.names[name] = value
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for number, element in enumerate(elements):
                    self.assign_quietly(element, step(value, number), frame)

    def _member(self, owner: ast.expr, name: str, node: ast.Attribute, frame: Frame) -> Value:
        if name == "param" and frame.scope in self.params:
            return self.params[frame.scope]
        variable = self.attribute(owner, name, frame)
        if variable is not None:
            return (Ref(variable),)
        value = self.evaluate(owner, frame)
        if name in ASKING and name not in self.functions.owners:
            self.asked_by(node, value, gap(node), frame)
        if name == "value" and any(isinstance(it, Ref) for it in value):
            return value  # of a member of an enumeration
        for alternative in self.given_once(value):
            if isinstance(alternative, Instance):
                return (Ref(Variable("attribute", Scope(alternative.owner), name)),)
            if not isinstance(alternative, Ref) or alternative.path:
                continue
            if alternative.variable.kind in {"import", "result"}:
                # What an object has, its class has, as far as it is seen here.
                return self.taken(imported(alternative.variable.name, name))
        self.note(What.CHANGED, value, node, frame)
        # Whatever the object is, it may be of a class here that has such an attribute.
        owners = self.functions.owners.get(name, ())
        held: Value = tuple(Ref(Variable("attribute", Scope(it), name)) for it in owners)
        return union(held, gap(node)) if held else gap(node)

    def _compared(self, node: ast.Compare, frame: Frame) -> Value:
        given = self.evaluate(node.left, frame)
        if isinstance(node.ops[0], ast.In | ast.NotIn) and len(node.ops) == 1:
            found = self.operated("__contains__", node.comparators[0], given, node, frame)
            if found is not None:
                return gap(node)
        sides = [given, *(self.evaluate(it, frame) for it in node.comparators)]
        if len(node.ops) > 1 or not any(map(_has_no_name, (node.left, node.comparators[0]))):
            for side in sides:
                self.note(What.COMPARED, side, node, frame)
        return gap(node)


def added_up(left: Value, right: Value) -> Value:
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


def _has_no_name(node: ast.expr) -> bool:
    """Whether an expression is None, or is empty: what is compared with it may say anything."""
    if isinstance(node, ast.Constant):  # as most are
        return node.value is None or node.value == ""
    if isinstance(node, ast.List | ast.Tuple):
        return not node.elts
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "set" and not node.args
    return isinstance(node, ast.Dict) and not node.keys


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not isinstance(node.value, str)


def _only_pads(spec: ast.expr) -> bool:
    """Whether a format puts spaces around a text and no more: `{name:<20}`, `{name:{width}}`."""
    parts = spec.values if isinstance(spec, ast.JoinedStr) else [spec]
    said = (str(it.value) if isinstance(it, ast.Constant) else "1" for it in parts)
    return _PADS.fullmatch("".join(said)) is not None
