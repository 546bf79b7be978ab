"""Calls of the methods that texts, lists and dictionaries have."""

import ast
import re
from collections.abc import Iterator

from msgspec.structs import replace

from refactor.flow import filling
from refactor.flow.consumers import What
from refactor.flow.expressions import Expressions
from refactor.flow.functions import MEETS, Frame
from refactor.flow.joining import joined_by
from refactor.flow.names import ASKS_LISTS
from refactor.flow.values import (
    UNKNOWN,
    Alternative,
    Any,
    KeywordName,
    Map,
    Piece,
    Ref,
    Seq,
    Str,
    Value,
    Variable,
    gap,
    items_of,
    plain,
    step,
    text_of,
    union,
)
from refactor.python.outline import last_part
from refactor.python.syntax import dotted

_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w+")
_NAMES = re.compile(r"[\w\s,;|:]+")
_SAME_METHODS = frozenset({"strip", "lstrip", "rstrip", "copy"})
_PADS = frozenset({"center", "ljust", "rjust"})
_SUBSTITUTES = frozenset({"substitute", "safe_substitute"})
_MAKES_TEMPLATES = frozenset({"Template", "from_string"})
_GROWS = {"append": False, "add": False, "appendleft": False, "extend": True, "update": True}
_LEAVES = frozenset({"difference", "intersection"})
_CHANGES = frozenset(
    {
        *("upper", "title", "capitalize", "split", "rsplit", "encode"),
        *("partition", "rpartition", "splitlines"),
        *("removeprefix", "removesuffix", "_asdict", "_replace"),
    }
)
LOWERS = frozenset({"casefold", "lower"})
_STRIPS = frozenset({"strip", "lstrip", "rstrip"})
_LOOKS_INTO = _STRIPS | {"startswith", "endswith", "find", "rfind", "rindex", "zfill"}
"""Methods of texts that depend on how a name begins, ends or goes on."""
_ASKS = ASKS_LISTS | {"pop", "setdefault"}
"""Methods of collections that look for what they are given."""
_OF_SQLITE = "sqlite_"
"""No table that is renamed begins so, before and after."""


class Methods(Expressions):
    """Evaluates calls of methods of values."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(tree)
        self._keywords: dict[ast.keyword, Value] = {}

    def method_call(  # noqa: C901, PLR0911, PLR0912, PLR0915 - one branch for each method of texts and collections
        self, node: ast.Call, func: ast.Attribute, method: str, frame: Frame
    ) -> Value | None:
        """A call of a method that texts, lists and dictionaries have; None if it is no such."""
        if method == "update" and (updated := self._updated(node, func.value, frame)):
            return updated
        if method in _GROWS and len(node.args) == 1 and not node.keywords:
            return self._grown(node, func.value, method, frame)
        match method, node.args:
            case (("format" | "format_map"), _):
                return self.written(self._braced(func.value, node, frame), node, frame)
            case "join", [items] if _joins(node, func.value, items):
                listed = self.given_once(self.evaluate(items, frame))
                separator = self.given_once(self.evaluate(func.value, frame))
                whole = joined_by(separator, listed)
                return self.written(whole, node, frame)
            case "replace", [old, new]:
                return self._replaced(func.value, old, new, node, frame)
            case _ if method in _SUBSTITUTES:
                return self._substituted(func.value, node, frame)
            case "render", _ if self._is_template(func.value, frame):
                return self._rendered(func.value, node, frame)
            case _ if method in _SAME_METHODS and not node.args:
                return self.evaluate(func.value, frame)
            case _ if method in _PADS and node.args:
                for width in node.args:
                    self.evaluate(width, frame)
                return self.evaluate(func.value, frame)
            case "split" | "splitlines", [] | [ast.Constant()] if listed := self._split(
                func.value, node.args, frame
            ):
                return listed
            case _ if method in LOWERS and not node.args:
                value = self.evaluate(func.value, frame)
                self.note(What.CHANGED, value, node, frame)
                return value  # who knows the plan knows whether it is the same before and after
            case _ if method in _CHANGES:
                for changed in (func.value, *node.args):
                    self.note(What.CHANGED, self.evaluate(changed, frame), node, frame)
                return gap(node)
            case _ if method in MEETS and node.args:
                met = self.evaluate(func.value, frame)
                for value in (met, *(self.evaluate(it, frame) for it in node.args)):
                    self.note(What.COMPARED, value, node, frame)
                return met if method in _LEAVES else gap(node)
            case _ if method in _LOOKS_INTO:
                self._looked_into(func.value, node, frame)
            case (("pop" | "popleft"), [] | [ast.Constant(value=int())]) if any(
                isinstance(it, Seq) for it in self.held(func.value, frame)
            ):
                return step(self.held(func.value, frame), Any.ELEMENT)
            case "items", []:
                return items_of(self.evaluate(func.value, frame))
            case "keys", []:
                return (Seq((step(self.evaluate(func.value, frame), Any.ELEMENT),)),)
            case "values", []:
                return (Seq((step(self.evaluate(func.value, frame), Any.VALUE),)),)
            case (
                ("get" | "pop" | "setdefault"),
                [ast.Constant(value=str() as key), *default],
            ) if self._is_map(func.value, frame):
                held = self.evaluate(func.value, frame)
                self.looked_up(func.value, held, node.args[0], frame)
                if any(isinstance(it, Ref) for it in held):
                    # It may be an object that has such a method.
                    given, callee = self.evaluate(node.args[0], frame), dotted(func)
                    self.note(
                        What.SHARED, given, node, frame, callee=callee, argument="0", holder=held
                    )
                others = [self.evaluate(it, frame) for it in default]
                if method == "setdefault" and others:
                    self.entry(func.value, plain(key), others[0], node, frame)
                return union(step(held, key), *others)
            case (("get" | "pop"), [ast.Constant(value=str() as key), *_]):
                self._looked_up_abroad(func.value, node.args[0], key, frame)
            case (("get" | "pop"), [key, *default]) if self._is_map(func.value, frame):
                given = self.evaluate(key, frame)
                callee = dotted(func.value)
                self.note(What.KEY, given, node, frame, callee=callee, argument="0")
                held = self.evaluate(func.value, frame)
                self.asked(held, given, node, frame)
                return union(step(held, Any.VALUE), *(self.evaluate(it, frame) for it in default))
            case _ if method in _ASKS and node.args and not isinstance(node.args[0], ast.Constant):
                held = self.evaluate(func.value, frame)
                if method in ASKS_LISTS:
                    held = step(held, Any.ELEMENT)
                self.asked(held, self.evaluate(node.args[0], frame), node, frame)
        return None

    def _split(self, text: ast.expr, at: list[ast.expr], frame: Frame) -> Value:
        """The parts of a literal that is split; nothing if it is no literal."""
        between = _SPACE
        match at:
            case [ast.Constant(value=str() as separator)] if separator:
                between = re.compile(re.escape(separator))
            case [_]:
                return ()
        match self.given_once(self.evaluate(text, frame)):
            case [Str(atoms=(Piece() as piece,))] if _NAMES.fullmatch(piece.text):
                return (Seq(tuple((Str((it,)),) for it in _parts(piece, between))),)
        return ()

    def _looked_up_abroad(self, of: ast.expr, key: ast.expr, says: str, frame: Frame) -> None:
        """Note a key of what another module makes: only that tells whether it has such keys."""
        held = self.evaluate(of, frame)
        if any(isinstance(it, Ref) and it.variable.kind == "result" for it in held):
            self.note(What.LOOKED_UP, held, key, frame, callee=dotted(of), argument=says)

    def _is_map(self, node: ast.expr, frame: Frame) -> bool:
        if isinstance(node, ast.Dict):
            return True
        held = self.held(node, frame)
        if any(isinstance(it, Map) for it in held):
            return True
        if self.functions.is_no_collection(dotted(node)):
            return False
        attribute = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        return attribute or any(
            isinstance(it, Ref) and self._may_be_map(it.variable) for it in held
        )

    def _may_be_map(self, variable: Variable) -> bool:
        """Whether a variable may hold a dictionary: no other module's result, and no module."""
        return variable.kind != "result" and not self._is_module(variable)

    def _is_module(self, variable: Variable) -> bool:
        if variable.kind == "import":
            return ":" not in variable.name
        given = [it for value in self.bindings.get(variable, ()) for it in value]
        return bool(given) and all(
            isinstance(it, Ref) and it.variable.kind == "import" and self._is_module(it.variable)
            for it in given
        )

    def _grown(
        self, node: ast.Call, container: ast.expr, method: str, frame: Frame
    ) -> Value | None:
        """A collection that gets one more element, or those of another."""
        known = self.held(container, frame)
        variable = None
        if isinstance(container, ast.Attribute):
            variable = self.attribute(container.value, container.attr, frame)
        lists = [it for it in known if isinstance(it, Seq)]
        if not lists and variable is None and not any(isinstance(it, Ref) for it in known):
            return None
        value = self.evaluate(node.args[0], frame)
        more: tuple[Value, ...] = (value,)
        if _GROWS[method]:
            sequences = [it for it in value if isinstance(it, Seq)]
            more = (
                sequences[0].items
                if len(sequences) == len(value) == 1
                else (step(value, Any.ELEMENT),)
            )
        if lists and isinstance(container, ast.Name):
            self.added_to[frame.scope, container.id] += more
            grown: Value = tuple(Seq((*it.items, *more)) for it in lists)
            self.name_given(container.id, grown, frame)
        elif variable is not None:
            self.bind(variable, (Seq(more),))
        else:
            for reference in known:
                if isinstance(reference, Ref) and not reference.path:
                    self.bind(reference.variable, (Seq(more),))
                    if reference.variable.kind == "parameter":
                        self.note(What.STORED, value, node, frame, callee=dotted(container))
        return gap(node)

    def grown_besides(self, node: ast.Call, value: Value, frame: Frame) -> None:
        """Note that what may be a collection, of which nothing is known, gets one more element."""
        match node.func:
            case ast.Attribute(value=ast.Name(id=name) as container, attr=method) if (
                _GROWS.get(method) is False
            ):
                known = self.held(container, frame)
                self.name_given(name, union(known, (Seq((value,)),)), frame)

    def _updated(self, node: ast.Call, container: ast.expr, frame: Frame) -> Value | None:
        """A dictionary that gets the entries of another; None if it is none that is known."""
        known = self.given_once(self.held(container, frame))
        variable = None
        if isinstance(container, ast.Attribute) and not node.args:
            variable = self.attribute(container.value, container.attr, frame)
        if not (variable or any(isinstance(it, Map) for it in known)):
            return None
        given = [self.evaluate(it, frame) for it in node.args]
        entries = [entry for it in given for entry in _entries(it)]
        named = [it for it in node.keywords if it.arg]
        named_values = ((it.arg or "", self.evaluate(it.value, frame)) for it in named)
        entries += ((self.said(node, name), value) for name, value in named_values)
        if not entries or len(named) < len(node.keywords):
            return None
        if variable:
            self.bind(variable, (Map(tuple(entries)),))
        for key, value in () if variable else entries:
            self.entry(container, key, value, node, frame)
        return gap(node)

    def said(self, node: ast.Call, name: str) -> Value:
        """The name of an argument, as a text."""
        for it in node.keywords:
            if it.arg == name:
                if it not in self._keywords:
                    said = KeywordName(name)
                    said.lineno, said.col_offset = it.lineno, it.col_offset
                    said.end_lineno, said.end_col_offset = it.lineno, it.col_offset + len(name)
                    self._keywords[it] = (Str((Piece(said, 0, name),)),)
                return self._keywords[it]
        return plain(name)

    def _template(
        self, template: ast.expr, node: ast.Call, frame: Frame
    ) -> tuple[Value, list[Value], dict[str, Value]]:
        """A text with fields, and what is filled into them by position and by name."""
        value = self.given_once(self.evaluate(template, frame))
        given = [self.evaluate(it, frame) for it in node.args]
        named = {it.arg or "**": self.evaluate(it.value, frame) for it in node.keywords}
        return value, given, named

    def _braced(self, template: ast.expr, node: ast.Call, frame: Frame) -> Value:
        """What `template.format(…)` gives, or `format_map`."""
        value, given, named = self._template(template, node, frame)
        seen = filling.fields_of(value, braces=True)
        every = [*((str(number), it) for number, it in enumerate(given)), *named.items()]
        self.lost(value, (it for name, it in every if name not in seen), node, frame)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "format_map":
            named["**"] = given[0] if given else UNKNOWN
        return filling.braced(value, given, named)

    def _substituted(self, template: ast.expr, node: ast.Call, frame: Frame) -> Value:
        """What `Template(…).substitute(…)` gives."""
        value, given, named = self._template(template, node, frame)
        self.lost(value, [*given, *named.values()], node, frame)
        if given:
            named["**"] = given[0]
        return self.written(filling.substituted(value, named), node, frame)

    def _is_template(self, node: ast.expr, frame: Frame) -> bool:
        """Whether a template of Jinja's is known by its text."""
        match node:
            case ast.Name():
                value = self.held(node, frame)
            case ast.Call(func=func) if last_part(dotted(func)) in _MAKES_TEMPLATES:
                value = self.evaluate(node, frame)
            case _:
                return False
        return filling.is_template(self.given_once(value))

    def _rendered(self, template: ast.expr, node: ast.Call, frame: Frame) -> Value:
        """What `Template(…).render(…)` gives."""
        value, given, named = self._template(template, node, frame)
        self.lost(value, [*given, *named.values()], node, frame)
        if given:
            named["**"] = given[0]
        return self.written(filling.rendered(value, named), node, frame)

    def _looked_into(self, text: ast.expr, node: ast.Call, frame: Frame) -> None:
        """Note a text of which a part is asked for, which its new name may have or not."""
        match node.args:
            case [ast.Constant(value=str() as part), *_] if part.startswith(_OF_SQLITE):
                return
        self.note(What.PARTED, self.evaluate(text, frame), node, frame)

    def _replaced(
        self, text: ast.expr, old: ast.expr, new: ast.expr, node: ast.expr, frame: Frame
    ) -> Value:
        """What `text.replace(old, new)` gives."""
        value, given = self.given_once(self.evaluate(text, frame)), self.evaluate(new, frame)
        if isinstance(old, ast.Constant) and isinstance(old.value, str) and old.value:
            self.lost(value, [given], node, frame)
            cut = tuple(it for it in value if old.value in _name_in(it))
            self.note(What.PARTED, cut, node, frame)
            return filling.replaced(value, old.value, given)
        for changed in (value, given, self.evaluate(old, frame)):
            self.note(What.CHANGED, changed, node, frame)
        return UNKNOWN


def _entries(value: Value) -> Iterator[tuple[Value, Value]]:
    """The entries that a dictionary, or pairs, are known to have."""
    for alternative in value:
        match alternative:
            case Map(entries=entries):
                yield from entries
            case Seq(items=items):
                for item in items:
                    match item:
                        case [Seq(items=[key, held])]:
                            yield key, held


def _name_in(alternative: Alternative) -> str:
    """The one word that a text is; empty if it is none."""
    text = text_of((alternative,)) or ""
    return text if _WORD.fullmatch(text) else ""


def _parts(piece: Piece, between: re.Pattern[str]) -> Iterator[Piece]:
    """The parts of a piece between what parts them, the empty ones left out."""
    at = 0
    for match in between.finditer(piece.text):
        if match.start() > at:
            yield replace(piece, start=piece.start + at, text=piece.text[at : match.start()])
        at = match.end()
    if at < len(piece.text):
        yield replace(piece, start=piece.start + at, text=piece.text[at:])


def _joins(node: ast.Call, separator: ast.expr, items: ast.expr) -> bool:
    """Whether a call of `join` may be a text's: a query's takes a table, and on what."""
    text = isinstance(items, ast.Constant) and not isinstance(separator, ast.Constant)
    return not (node.keywords or text or isinstance(items, ast.Starred))
