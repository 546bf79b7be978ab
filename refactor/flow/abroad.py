"""Where a literal goes in other modules: by functions that are called, or names imported."""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.flow.callees import Callees
from refactor.flow.consumers import What
from refactor.flow.flow import NOTHING_BESIDE, Flow
from refactor.flow.functions import OPERATORS
from refactor.flow.guards import Guards
from refactor.flow.kin import Kin
from refactor.flow.reach import AS_KEY, Place, Use
from refactor.flow.values import (
    MARK,
    UNKNOWN,
    Map,
    Piece,
    Plain,
    Seq,
    Str,
    Value,
    Variable,
    union,
)
from refactor.flow.wanted import Wanted
from refactor.python.modules import Modules
from refactor.python.outline import Load, Outline, Scope, last_part
from refactor.python.strings import Text
from refactor.python.syntax import dotted, spelled
from refactor.recent import Recent
from refactor.text.source import Source, Unreadable
from refactor.text.words import Words

_GIVEN = frozenset({What.HANDED, What.EXECUTED, What.PARAMETER, What.SHARED})
"""What is done with a name that a call gets, be it called like something that executes SQL."""
_FARTHEST = 4
_READ_AT_ONCE = 2_000_000
"""Bytes of modules whose flow is kept."""
_WANTED_KEPT = 500
_MOST_CALLERS = 20


_Given = dict[tuple[PurePosixPath, Variable, Value], int]
"""What has been given to a variable of a module, and how many calls from where it came."""


class Journey(Struct, frozen=True):
    """All that becomes of a literal, in its module and in others."""

    statements: tuple[tuple[PurePosixPath, Text], ...]
    """By the module that has the statement; only what stands in the literal has a place."""
    uses: tuple[tuple[PurePosixPath, Use], ...]
    given: frozenset[Variable] = frozenset()
    """The parameters of other modules' functions that get it."""
    asked: tuple[tuple[PurePosixPath, Use], ...] = ()
    """Where it is looked for by what is only known at run time: that tells not what it is."""


class Abroad:
    """Follows literals from one module into others."""

    def __init__(
        self,
        modules: Modules,
        read: Callable[[PurePosixPath], tuple[Source, Outline] | None],
        source: Callable[[PurePosixPath], Source | Unreadable],
        naming: Callable[[str], tuple[PurePosixPath, ...]],
        few: Callable[[str, int], tuple[PurePosixPath, ...]],
        holds: Callable[[PurePosixPath, str], bool],
        words: Words,
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            read: what a module says, if it is one.
            source: its text, at a fraction of the price.
            naming: the Python files that hold a word, or words with one space between them.
            few: the same, unless they are more than so many.
            holds: whether a Python file holds a text.
            words: the old names.
        """
        self._modules = modules
        self._read = read
        self._source = source
        self._naming = naming
        self._few = few
        self._holds = holds
        self._words = words
        self._flows: Recent[PurePosixPath, Flow] = Recent(_READ_AT_ONCE)
        self._last: tuple[Flow, Text, Journey] | None = None
        self._wanted: Recent[PurePosixPath, tuple[Wanted, ...]] = Recent(_WANTED_KEPT)
        self.kin = Kin(modules, naming)
        self.callees = Callees(modules, self.kin, naming, few, self._flow)
        self.guards = Guards(few, self._flow, self.callees.is_foreign, self._text)

    def journey(self, path: PurePosixPath, flow: Flow, literal: Text) -> Journey:
        """What becomes of a literal of a module; it is asked more than once, and remembered."""
        if self._last is None or self._last[0] is not flow or self._last[1] is not literal:
            self._last = flow, literal, self._journey(path, flow, literal)
        return self._last[2]

    def _journey(self, path: PurePosixPath, flow: Flow, literal: Text) -> Journey:
        statements = [(path, it) for it in flow.statements(literal)]
        uses: list[tuple[PurePosixPath, Use]] = []
        given: _Given = {}
        self._follow(path, flow.uses(literal), literal, statements, uses, given)
        self._allowed(path, flow, literal, statements, uses, given)
        uses += self._looked_up(path, flow, literal)
        for other, held in self._getters(path, flow.holders(literal)).items():
            found, more = self._given(other, held, literal)
            statements += [(other, it) for it in found]
            self._follow(other, more, literal, statements, uses, given)
        variables = frozenset(variable for _, variable, _ in given)
        asked = [(path, it) for it in flow.asked(literal)]
        asked += [it for it in uses if it[1].what is What.ASKED]
        others = tuple(it for it in uses if it[1].what is not What.ASKED)
        return Journey(tuple(statements), others, variables, tuple(asked))

    def _allowed(
        self,
        path: PurePosixPath,
        flow: Flow,
        literal: Text,
        statements: list[tuple[PurePosixPath, Text]],
        uses: list[tuple[PurePosixPath, Use]],
        given: _Given,
    ) -> None:
        """Follow a literal as what a parameter may be that is compared with it."""
        met = [it for _, it in uses if it.what is What.COMPARED and it.text == literal.text]
        met += self.guards.asking(literal, flow)
        for use in met:
            guard = self.guards.guard(path, use) if flow is self._flow(path) else None
            if guard and literal.text in guard.said:
                held = {guard.parameter: _marked_at((), literal.text)}
                texts, more = flow.given(held, literal)
                statements += [(path, it) for it in texts]
                others = (it for it in more if it.node is not use.node)
                self._follow(path, others, literal, statements, uses, given)

    def is_seen(self, path: PurePosixPath, scope: Scope, flow: Flow | None) -> bool:
        """Whether all calls of a module's function are calls by its name in that module."""
        flow = flow or self._flow(path)
        function = flow.reader.functions.by_scope.get(scope) if flow else None
        if flow is None or function is None or not flow.reader.functions.is_only_called(function):
            return False
        return "." in scope.function or self._naming(function.name) == (path,)

    def gives_to_seen(self, path: PurePosixPath, scope: Scope, flow: Flow | None) -> bool:
        """Whether all that get a function's result are seen: calls here, or where it is imported.

        What becomes of it there is followed.
        """
        flow = flow or self._flow(path)
        function = flow.reader.functions.by_scope.get(scope) if flow else None
        if flow is None or function is None or scope.owner or "." in scope.function:
            return False
        if flow.reader.functions.is_own_fixture(function, path.name):
            return True
        files = self._few(function.name, _MOST_CALLERS)
        if path not in files or not flow.reader.functions.is_plain(function):
            return False
        calls = [self._calls_only(it, function.name, path) for it in files]
        return None not in calls and any(calls)

    def _calls_only(self, path: PurePosixPath, name: str, origin: PurePosixPath) -> int | None:
        """How often a module calls a function of its own, or imports one; None if it does more."""
        flow = self._flow(path)
        if flow is None or not flow.reader.functions.is_said_in_calls(name):
            return None
        called = flow.reader.functions.times_called(name)
        if not called or path == origin:
            return called
        given = (it for it in flow.reader.imported if it.kind == "result")
        mine = {it for it in given if it.name.endswith(f":{name}")}
        mine = {it for it in mine if self._is_from(it, name, origin, path)}
        return None if not mine or flow.keeps(mine) else called

    def enumeration(self, path: PurePosixPath, uses: Iterable[Use]) -> str:
        """The enumeration that a member is looked up in by a value, if one of these uses is that.

        Empty if none is.
        """
        for use in uses:
            if use.what not in {What.HANDED, What.COMPARED} or not isinstance(use.node, ast.Call):
                continue
            for other, owner in self.kin.classes(path, dotted(use.node.func).split(".")):
                flow = self._flow(other)
                if flow and owner in flow.reader.functions.members:
                    return owner
        return ""

    def _looked_up(
        self, path: PurePosixPath, flow: Flow, literal: Text
    ) -> Iterator[tuple[PurePosixPath, Use]]:
        """Where other modules look a member of an enumeration up by what may be this value."""
        for holder in flow.holders(literal):
            owner = holder.scope.owner
            if holder.kind != "attribute" or owner not in flow.reader.functions.members:
                continue
            for other in self._readers_of(path, owner, owner):
                theirs = self._flow(other) if other != path else None
                for use in theirs.calls(last_part(owner)) if theirs else ():
                    if (path, owner) in self.kin.classes(other, use.callee.split(".")):
                        yield other, use

    def wanted(
        self, path: PurePosixPath, takers: frozenset[str], *, builds: bool
    ) -> tuple[Wanted, ...]:
        """By what a module names the tables that it puts into SQL, or gives to those who do.

        Args:
            path: the module.
            takers: functions that put a name which they are given into SQL.
            builds: whether the module itself puts names into SQL.
        """
        known = self._wanted.get(path)
        if known is None:
            flow = self._flow(path) if builds or takers else None
            found = (*flow.wanted(), *flow.handed_on(takers)) if flow else ()
            known = self._wanted.keep(path, tuple(dict.fromkeys(found)))
        return known

    def keywords(self, path: PurePosixPath, flow: Flow | None) -> tuple[ast.expr, ...]:
        """The names of arguments that name a table in a module's statements."""
        flow = flow or self._flow(path)
        return tuple(flow.keywords()) if flow else ()

    def unknown(self, path: PurePosixPath, name: str) -> tuple[Use, ...]:
        """What a module does with an attribute of objects that nobody can follow."""
        flow = self._flow(path)
        return tuple(flow.unknown(name)) if flow else ()

    def source(self, path: PurePosixPath) -> Source | None:
        """What a module says."""
        found = self._source(path)
        return found if isinstance(found, Source) else None

    def tree(self, path: PurePosixPath) -> ast.Module | None:
        """The tree of a module."""
        known = self._read(path)
        return known[1].tree if known else None

    def assigned(self, path: PurePosixPath) -> tuple[tuple[Scope, str, ast.expr], ...]:
        """By scope: the names of a module and the expressions that they are given."""
        known = self._read(path)
        return known[1].assigned if known else ()

    def _text(self, path: PurePosixPath) -> str:
        known = self.source(path)
        return known.text if known else ""

    def is_named(self, word: str) -> bool:
        """Whether any Python file holds a word."""
        return bool(self._naming(word))

    def is_written(self, word: str, text: str) -> bool:
        """Whether any Python file that holds a word holds a text as well."""
        return bool(self._naming_too(self._naming(word), text))

    def few_naming(self, word: str) -> tuple[PurePosixPath, ...]:
        """The files that hold a word, unless they are so many that it says too little."""
        return self._few(word, _MOST_CALLERS)

    def _follow(
        self,
        path: PurePosixPath,
        found: Iterable[Use],
        literal: Text,
        statements: list[tuple[PurePosixPath, Text]],
        uses: list[tuple[PurePosixPath, Use]],
        given: _Given,
        depth: int = 0,
    ) -> None:
        followed: set[ast.AST] = set()
        for use in sorted(found, key=_is_looked_up_at_last):
            if use.node in followed:
                continue  # what an operator, or a method, does has been seen
            alone = use.text == literal.text and depth < _FARTHEST
            called, told = self._called(path, use) if alone else ((), True)
            is_operator = last_part(use.callee) in OPERATORS
            if called and told and use.what is What.SHARED and isinstance(use.node, ast.Call):
                spelled_here = (it for it in use.node.args if isinstance(it, ast.Constant))
                followed.update(spelled_here)  # it is no key
            if is_operator and called:
                followed.add(use.node)
            elif (not called or not told) and not is_operator and use.what is not What.SHARED:
                uses.append((path, use))
            for other, variable in called:
                mark = union(*(_marked_at(it, literal.text) for it in use.places))
                mark = self._among_the_rest(mark, other, variable, use.argument)
                if given.get((other, variable, mark), _FARTHEST + 1) <= depth:
                    continue  # it has been followed from here, and as far
                given[other, variable, mark] = depth
                held = {variable: mark}
                texts, more = self._given(
                    other, held, literal, self._given_beside(other, use, variable)
                )
                statements += [(other, it) for it in texts]
                self._follow(other, more, literal, statements, uses, given, depth + 1)
            if alone and depth and use.what is What.RETURNED:
                for other, back in self._handed_back(path, use, literal, given):
                    texts, more = self._given(other, back, literal)
                    statements += [(other, it) for it in texts]
                    self._follow(other, more, literal, statements, uses, given, depth + 1)

    def _handed_back(
        self, path: PurePosixPath, use: Use, literal: Text, given: _Given
    ) -> Iterator[tuple[PurePosixPath, Mapping[Variable, Value]]]:
        """The modules that get a literal back from a function which they give it to."""
        returned = Variable("return", use.scope, "")
        mark = union(*(_marked_at(it, literal.text) for it in use.places))
        known = given.get((path, returned, mark))
        given[path, returned, mark] = 0
        if known is None:
            yield from self._getters(path, {returned: mark}).items()

    def _called(
        self, path: PurePosixPath, use: Use
    ) -> tuple[tuple[tuple[PurePosixPath, Variable], ...], bool]:
        """The parameters of functions elsewhere that get a value, and whether that is sure."""
        if use.what is What.DISPLAYED:
            return self.callees.defined(path, use), True
        return self.callees.called(path, use) if use.what in _GIVEN else ((), True)

    def _among_the_rest(
        self, value: Value, path: PurePosixPath, variable: Variable, argument: str
    ) -> Value:
        """What a parameter holds that gets a value: `*names` has it among others."""
        flow = self._flow(path)
        function = flow.reader.functions.by_scope.get(variable.scope) if flow else None
        if function is None or variable.name != function.rest[0] or not argument.isdecimal():
            return value
        before = max(int(argument) - len(function.parameters), 0)
        return (Seq((*[UNKNOWN] * before, value)),)

    def _given(
        self,
        path: PurePosixPath,
        held: Mapping[Variable, Value],
        literal: Text,
        beside: Mapping[Variable, Value] = NOTHING_BESIDE,
    ) -> tuple[tuple[Text, ...], tuple[Use, ...]]:
        flow = self._flow(path)
        return flow.given(held, literal, beside) if flow else ((), ())

    def _given_beside(
        self, path: PurePosixPath, use: Use, variable: Variable
    ) -> Mapping[Variable, Value]:
        """What a call gives to a function of another module beside a literal."""
        flow = self._flow(path)
        is_piece = not use.text.isidentifier()
        return flow.beside(variable, use.node, is_piece=is_piece) if flow else NOTHING_BESIDE

    def flow(self, source: Source, outline: Outline) -> Flow:
        """What flows in a module: as it stands in the code, it is what others ask as well."""
        path = source.path
        if self._source(path) is not source:
            return Flow(source, outline, self._words, partial(self._constant, path))
        known = self._flows.get(path)
        if known is None or known.outline is not outline:
            made = Flow(source, outline, self._words, partial(self._constant, path))
            known = self._flows.keep(path, made, len(source.data))
        return known

    def _constant(self, importer: PurePosixPath, variable: Variable) -> Value:
        """The piece of SQL that a name of another module is; empty if it is anything else."""
        module, _, name = variable.name.partition(":")
        if not name.isidentifier():
            return ()
        for path in self._modules.imported(module, importer):
            given = self._holds(path, f"{name} = ") or self._holds(path, f"{name}: ")
            names = self._modules.names(path) if given else None
            values = names.assigned.get((Scope(), name), ()) if names else ()
            if len(values) == 1:
                text, holes = spelled(values[0])
                # A name by itself is read where it stands, and may be anything.
                is_piece = " " in text and not holes
                return (Str((Plain(text, is_foreign=True),)),) if is_piece else ()
        return ()

    def _flow(self, path: PurePosixPath) -> Flow | None:
        flow = self._flows.get(path)
        known = None if flow else self._read(path)
        return self.flow(*known) if known else flow

    # Names that are imported

    def _getters(
        self, path: PurePosixPath, held: Mapping[Variable, Value]
    ) -> dict[PurePosixPath, dict[Variable, Value]]:
        """What other modules hold of what this one does, each with what is in it."""
        found: dict[PurePosixPath, dict[Variable, Value]] = defaultdict(dict)
        for holder, value in held.items():
            for other, variables in self._importers(path, holder):
                found[other].update(dict.fromkeys(variables, value))
            if holder.scope.owner and holder.kind in {"attribute", "return"}:
                for other, owner in self.kin.all_of(path, holder.scope.owner):
                    if other != path:
                        given = dict.fromkeys(_inherited_as(holder, owner), value)
                        found[other].update(given)
        return found

    def _importers(
        self, path: PurePosixPath, holder: Variable
    ) -> Iterator[tuple[PurePosixPath, tuple[Variable, ...]]]:
        """The modules that take a name, an attribute or a result from this one, and as what."""
        scope, kind = holder.scope, "result" if holder.kind == "return" else "import"
        name = scope.function if holder.kind == "return" else holder.name
        wanted = f"{scope.owner}.{name}" if scope.owner else name
        for other in self._readers_of(path, scope.owner.partition(".")[0], name):
            flow = self._flow(other) if other != path else None
            if flow is None:
                continue
            found = [
                variable
                for variable in flow.reader.imported
                if variable.kind == kind and self._is_from(variable, wanted, path, other)
            ]
            if found:
                yield other, tuple(found)

    def _readers_of(self, path: PurePosixPath, owner: str, name: str) -> tuple[PurePosixPath, ...]:
        """The files that hold a name of a module and take it from there, or at second hand."""
        if owner in {"", name}:
            found = self._naming(name)
        else:
            # Only by its class, which fewer name, can an attribute be taken from there.
            found = self._naming_too(self._naming(owner), name)
        module = path.parent.name if path.name == "__init__.py" else path.stem
        if not module:
            return found
        speaking = {*self._naming_too(found, module), *self._beside(path)}
        farther = len(found) <= _MOST_CALLERS  # an everyday word says too little
        return tuple(
            it
            for it in found
            if it in speaking or (farther and self._gets(it, owner or name, path))
        )

    def _naming_too(self, paths: Iterable[PurePosixPath], word: str) -> tuple[PurePosixPath, ...]:
        """Those of some files that hold a word as well: fewer than a search would go through."""
        return tuple(it for it in paths if self._holds(it, word))

    def _gets(self, importer: PurePosixPath, name: str, path: PurePosixPath) -> bool:
        """Whether what a module imports leads to a name of another, however many pass it on."""
        names = self._modules.names(importer)
        if names is None or importer == path:
            return False
        loads = [Load(local) for local, (_, given) in names.imports.items() if given == name]
        loads += [Load(local, name) for local in names.imports]
        return any(self._leads(importer, load, path) for load in (*loads, Load(name)))

    def _leads(self, importer: PurePosixPath, load: Load, path: PurePosixPath) -> bool:
        return any(it.path == path for it in self._modules.definitions(importer, Scope(), load))

    def _beside(self, path: PurePosixPath) -> tuple[PurePosixPath, ...]:
        """The files of a package, which may call it by a dot only."""
        if path.name != "__init__.py":
            return ()
        folder = str(path).removesuffix(path.name)
        return tuple(it for it in self._naming("import") if str(it).startswith(folder))

    def _is_from(
        self, variable: Variable, wanted: str, path: PurePosixPath, importer: PurePosixPath
    ) -> bool:
        module, _, name = variable.name.partition(":")
        parts = [*name.split(":")] if name else []
        for cut in range(len(parts)):
            inside = ".".join(parts[:cut])
            origin = f"{module}{'' if module.endswith('.') or not inside else '.'}{inside}"
            if ".".join(parts[cut:]) != wanted:
                continue
            found = self._modules.imported(origin, importer)
            if path in found or any(self._leads(it, Load(parts[cut]), path) for it in found):
                return True
        return False


def _is_looked_up_at_last(use: Use) -> bool:
    """Whether something else may tell that a literal is not looked up in a dictionary."""
    return last_part(use.callee) not in OPERATORS and use.what is not What.SHARED


def _marked_at(place: Place, text: str) -> Value:
    """What a call hands on where a literal stands at a place in lists: the rest is unknown."""
    value: Value = (Str((Piece(MARK, 0, text),)),)
    for position, size in reversed(place):
        if (position, size) == AS_KEY:
            value = (Map(((value, UNKNOWN),)),)
            continue
        items = [UNKNOWN] * size
        items[position] = value
        value = (Seq(tuple(items)),)
    return value


def _inherited_as(holder: Variable, owner: str) -> tuple[Variable, ...]:
    """What an attribute, or a method's result, is in another class of its family."""
    if holder.kind == "attribute":
        return (Variable("attribute", Scope(owner), holder.name),)
    name = holder.scope.function
    # It may be a property, which is read like an attribute.
    return Variable("return", Scope(owner, name), ""), Variable("attribute", Scope(owner), name)
