"""What is written for an expression: the constant that it stands for, or the entries of one."""

import ast
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from refactor.databases.comprehended import display_of
from refactor.databases.definers import Definers
from refactor.databases.openings import TOO_DEEP, At
from refactor.databases.setabroad import MOST_LEVELS, configured, entries_set_abroad
from refactor.databases.settingsfiles import LOADS, path_in
from refactor.python.assignments import FUNCTIONS, is_self, loops_over
from refactor.python.callsites import arguments_of, defaults_of, parameters_named
from refactor.python.syntax import dotted


class Spellings:
    """Answers what is written in some code for names, attributes and entries."""

    def __init__(self, definers: Definers) -> None:
        """Look where these tell."""
        self._code = definers

    def text(self, node: ast.expr, at: At) -> str | None:
        """The text that a name or an entry stands for, if it is written anywhere."""
        known = self.constant(node, at)
        return known.value if known and isinstance(known.value, str) else None

    def constant(self, node: ast.expr, at: At) -> ast.Constant | None:
        """The one constant that an expression stands for, if that is all that it may be."""
        while isinstance(node, ast.Name) and node.id in at.given:
            if at.module.given(at.around[0], node.id):
                return None
            node, at = at.given[node.id]
        if isinstance(node, ast.Constant):
            return node
        found: list[ast.expr | None] = []
        if isinstance(node, ast.Subscript):
            found += (it for it, _ in self.entries(node.value, node.slice, at))
        elif isinstance(node, ast.Name) and not any(
            parameters_named(it, node.id) for it in at.around
        ):
            found += (it for it, _ in self._code.given_as(node, at))
        elif isinstance(node, ast.Attribute) and is_self(node.value) and at.owner:
            found += self._own(node.attr, *at.owner)
        only = found[0] if len(found) == 1 else None
        return only if isinstance(only, ast.Constant) else None

    def _own(self, attr: str, owner: ast.ClassDef, at: At) -> Iterable[ast.expr | None]:
        """What an attribute is given by a class, or its next base, and by each of its heirs."""
        values: dict[int, ast.expr | None] = {}
        for heir, there in ((owner, at), *self._code.heirs(owner, at)):
            for cls, where in self._code.family(heir, there):
                given = [*where.module.given(cls, attr)]
                for method in where.module.functions_in(cls):
                    given += where.module.given(method, f"self.{attr}")
                values.update((id(it.node), it.value) for it in given)
                if given:
                    break
        return values.values()

    def entries(self, base: ast.expr, key: ast.expr, at: At) -> list[tuple[ast.expr | None, At]]:
        """What a dictionary has under a key, and where that is written."""
        known = self.constant(key, at)
        found: list[tuple[ast.expr | None, At]] = []
        for dictionary, where in self._displays(base, at):
            if dictionary is None:
                found.append((None, where))
                continue
            for name, each in zip(dictionary.keys, dictionary.values, strict=True):
                if not (known and isinstance(name, ast.Constant)) or known.value == name.value:
                    found.append((each, where))
        if isinstance(base, ast.Name) and known and isinstance(known.value, str):
            found += self._told_by_name(base.id, known.value, at)
        text = f"{ast.unparse(base)}[{known.value!r}]" if known else ""
        given = at.module.given_anywhere(text) if text else ()
        found += ((it.value, at.within(it.node)) for it in given)
        if known and isinstance(known.value, str) and at.around:
            elsewhere = entries_set_abroad if found else configured
            found += elsewhere(base, known.value, at, self._code)
        return found

    def _told_by_name(self, name: str, key: str, at: At) -> Iterator[tuple[ast.expr | None, At]]:
        """What a function is given by a name that it takes with others, as `**options`."""
        taking = (it for it in at.around if isinstance(it, FUNCTIONS) and it.args.kwarg)
        function = next((it for it in taking if it.args.kwarg and it.args.kwarg.arg == name), None)
        if function is None:
            return
        if at.given and function is (at.given_to or at.around[0]):
            yield from [at.given[key]] if key in at.given else []
        elif at.level < MOST_LEVELS:
            outside = At(at.module, at.module.around(function), {}, at.depth + 1, at.level + 1)
            for call, where in self._code.callers(function, outside):
                told = call.keywords if call else ()
                value = next((it.value for it in told if it.arg == key), None)
                yield value, replace(where, depth=outside.depth)

    def _displays(self, base: ast.expr, at: At) -> Iterator[tuple[ast.Dict | None, At]]:
        """The dictionaries that an expression may be, as they are written; None for any other."""
        if at.depth > TOO_DEEP:
            return
        display = _display(base)
        if display:
            yield display, at
            return
        if isinstance(base, ast.Call):
            yield from self._displays_made(base, at)
            return
        given: Iterable[tuple[ast.expr | None, At]] = (
            self.entries(base.value, base.slice, at)
            if isinstance(base, ast.Subscript)
            else self._code.given_as(base, at)
        )
        for value, where in given:
            display = _display(value)
            if display:
                yield display, where
            elif isinstance(value, ast.Subscript | ast.Call):
                yield from self._displays(value, where.deeper())
            elif isinstance(value, ast.DictComp):
                made = display_of(value, self._rows(value.generators[0].iter, where.deeper()))
                yield from [(made, where)] if made else []
            elif isinstance(value, ast.Name) and value is not base:
                yield from self._displays_given_to(value.id, where)
        if isinstance(base, ast.Name):
            yield from self._displays_given_to(base.id, at)
            yield from self._displays_in_turn(base.id, at)

    def _displays_made(self, call: ast.Call, at: At) -> Iterator[tuple[ast.Dict | None, At]]:
        """Those that a function of this code gives, or that a file of settings holds."""
        if LOADS.fullmatch(dotted(call.func)) and call.args:
            said = self._file_named(call.args[0], at)
            held = self._code.settings(said) if said else None
            if held:
                yield held, at
            return
        for function, where in self._code.definitions(call.func, at):
            if isinstance(function, FUNCTIONS):
                around = (function, *where.module.around(function))
                inside = At(where.module, around, {}, at.depth + 1, at.level)
                for it in where.module.results(function):
                    yield from [*self._displays(it, inside)] or [(None, inside)]

    def _file_named(self, read: ast.expr, at: At) -> str | None:
        """The name of the file that is read by an expression, if it is written anywhere."""
        for _ in range(TOO_DEEP):
            node = path_in(read)
            if not isinstance(node, ast.Name) or node.id in at.given:
                return self.text(node, at)
            if any(parameters_named(it, node.id) for it in at.around):
                return self._by_default(node.id, at)
            scope = next((it for it in at.around if isinstance(it, FUNCTIONS)), at.module.tree)
            given = [(it.value, at) for it in at.module.given(scope, node.id)]
            match given or [*self._code.given_as(node, at)]:
                case [(ast.expr() as value, where)]:
                    read, at = value, where
                case _:
                    return None
        return None

    def _by_default(self, name: str, at: At) -> str | None:
        """What a parameter is by default, if each call of its function leaves it so."""
        function = next((it for it in at.around if parameters_named(it, name)), None)
        if not isinstance(function, FUNCTIONS):
            return None
        outside = At(at.module, at.module.around(function), {}, at.depth + 1, at.level + 1)
        calls = [
            it
            for it, where in self._code.callers(function, outside)
            # The others are of a library's function that has the same name.
            if it is None
            or any(each is function for each, _ in self._code.definitions(it.func, where))
        ]
        usual = defaults_of(function).get(name)
        if usual is None or not all(it and name not in arguments_of(function, it) for it in calls):
            return None
        return self.text(path_in(usual), at)

    def _displays_in_turn(self, name: str, at: At) -> Iterator[tuple[ast.Dict | None, At]]:
        """Those that a loop gives a name one after another."""
        scope = next((it for it in at.around if isinstance(it, FUNCTIONS)), at.module.tree)
        loops = (loops_over(it, name) for it in at.module.given(scope, name))
        for over, place in filter(None, loops):
            for value, where in self._elements(over, place, at):
                yield from [*self._displays(value, where.deeper())] or [(None, where)]

    def _elements(
        self, over: ast.expr, place: tuple[int, ...], at: At
    ) -> Iterator[tuple[ast.expr, At]]:
        """What a loop goes over: each of a list, or each value of a dictionary."""
        match over, place:
            case (ast.Call(func=ast.Attribute(value=of, attr="values"), args=[]), ()) | (
                ast.Call(func=ast.Attribute(value=of, attr="items"), args=[]),
                (1,),
            ):
                for display, where in self._displays(of, at):
                    yield from ((it, where) for it in (display.values if display else ()))
                return
        for value, where in () if place else ((over, at), *self._code.given_as(over, at)):
            if isinstance(value, ast.List | ast.Tuple):
                yield from ((it, where) for it in value.elts)

    def _rows(self, over: ast.expr, at: At) -> Iterator[ast.expr | None]:
        """What a comprehension goes over, as it may be written there; None for what may not."""
        match over:
            case ast.Call(func=ast.Attribute(value=of, attr="items"), args=[]):
                for key in self._rows(of, at):
                    yield ast.Tuple([key, ast.Subscript(of, key)]) if key else None
                return
        for display, where in self._displays(over, at):
            for it in display.keys if display else (None,):
                yield self._written_at(it, where, at)
        for value, where in ((over, at), *self._code.given_as(over, at)):
            if isinstance(value, ast.List | ast.Tuple | ast.Set):
                yield from (self._written_at(it, where, at) for it in value.elts)

    def _written_at(self, node: ast.expr | None, where: At, at: At) -> ast.expr | None:
        """What means the same elsewhere as it does where it is written; None if nothing may."""
        if isinstance(node, ast.Tuple):
            parts = [self._written_at(it, where, at) for it in node.elts]
            return ast.Tuple([it for it in parts if it])
        text = self.text(node, where) if node else None
        if text is not None:
            return ast.Constant(text)
        return node if where.module is at.module and not where.around else None

    def _displays_given_to(self, name: str, at: At) -> Iterator[tuple[ast.Dict | None, At]]:
        """Those that a parameter is given: by the call that is followed, or else by all callers."""
        function = next((it for it in at.around if parameters_named(it, name)), None)
        if not isinstance(function, FUNCTIONS):
            return
        outside = At(at.module, at.module.around(function), {}, at.depth + 1, at.level + 1)
        if at.module.given(function, name):
            yield None, outside  # by itself as well
        if name in at.given and function is (at.given_to or at.around[0]):
            value, where = at.given[name]
            found = [*self._displays(value, replace(where, depth=at.depth + 1))]
            yield from found or [(None, outside)]
        elif at.level < MOST_LEVELS:
            usual = defaults_of(function).get(name)
            for call, where in self._code.callers(function, outside):
                told = arguments_of(function, call).get(name, usual) if call else None
                inside = replace(where, depth=outside.depth)
                found = [*self._displays(told, inside)] if told else []
                yield from found or [(None, inside)]


def _display(node: ast.expr | None) -> ast.Dict | None:
    """The dictionary that an expression is, written in either way; None for any other."""
    match node:
        case ast.Dict():
            return node
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=entries):
            keys = (ast.Constant(it.arg) if it.arg else None for it in entries)
            return ast.Dict([*keys], [it.value for it in entries])
    return None
