"""Where a literal goes in other modules: by functions that are called, or names imported."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from refactor.flow.consumers import What
from refactor.flow.flow import Flow
from refactor.flow.functions import EVERYDAY, Function
from refactor.flow.reach import Use
from refactor.flow.values import Variable
from refactor.modules import Modules
from refactor.outline import Load, Outline, Scope, last_part
from refactor.source import Source
from refactor.strings import Text
from refactor.words import Words

_FARTHEST = 4
_READ_AT_ONCE = 32
_MOST_NAMESAKES = 6
"""Files that define a method of one name, beyond which the name says too little of it."""


@dataclass(frozen=True, slots=True)
class Journey:
    """All that becomes of a literal, in its module and in others."""

    statements: tuple[tuple[PurePosixPath, Text], ...]
    """By the module that has the statement; only what stands in the literal has a place."""
    uses: tuple[tuple[PurePosixPath, Use], ...]


class Abroad:
    """Follows literals from one module into others."""

    def __init__(
        self,
        modules: Modules,
        read: Callable[[PurePosixPath], tuple[Source, Outline] | None],
        naming: Callable[[str], tuple[PurePosixPath, ...]],
        words: Words,
    ) -> None:
        """Look through these modules.

        Args:
            modules: who imports whom.
            read: what a module says, if it is one.
            naming: the Python files that hold a word, or words with one space between them.
            words: the old names.
        """
        self._modules = modules
        self._read = read
        self._naming = naming
        self._words = words
        self._flow = lru_cache(maxsize=_READ_AT_ONCE)(self._flow_of)

    def journey(self, path: PurePosixPath, flow: Flow, literal: Text) -> Journey:
        """What becomes of a literal of a module."""
        statements = [(path, it) for it in flow.statements(literal)]
        uses: list[tuple[PurePosixPath, Use]] = []
        self._follow(path, flow.uses(literal), literal, statements, uses, 0)
        for holder in flow.holders(literal):
            for other, variables in self._importers(path, holder):
                found, more = self._given(other, variables, literal)
                statements += [(other, it) for it in found]
                self._follow(other, more, literal, statements, uses, 0)
        return Journey(tuple(statements), tuple(uses))

    def is_seen(self, path: PurePosixPath, scope: Scope, flow: Flow | None) -> bool:
        """Whether all calls of a module's function are calls by its name in that module."""
        flow = flow or self._flow(path)
        function = flow.reader.functions.by_scope.get(scope) if flow else None
        if flow is None or function is None or not flow.reader.functions.is_only_called(function):
            return False
        return "." in scope.function or self._naming(function.name) == (path,)

    def _follow(
        self,
        path: PurePosixPath,
        found: Iterable[Use],
        literal: Text,
        statements: list[tuple[PurePosixPath, Text]],
        uses: list[tuple[PurePosixPath, Use]],
        depth: int,
    ) -> None:
        for use in found:
            called: tuple[tuple[PurePosixPath, Variable], ...] = ()
            if use.what is What.HANDED and use.text == literal.text and depth < _FARTHEST:
                called = tuple(self._called(path, use))
            if not called:
                uses.append((path, use))
            for other, variable in called:
                texts, more = self._given(other, (variable,), literal)
                statements += [(other, it) for it in texts]
                self._follow(other, more, literal, statements, uses, depth + 1)

    def _given(
        self, path: PurePosixPath, variables: Iterable[Variable], literal: Text
    ) -> tuple[tuple[Text, ...], tuple[Use, ...]]:
        flow = self._flow(path)
        return flow.given(variables, literal) if flow else ((), ())

    def _flow_of(self, path: PurePosixPath) -> Flow | None:
        known = self._read(path)
        return Flow(*known, self._words) if known else None

    # Functions that are called

    def _called(self, path: PurePosixPath, use: Use) -> Iterator[tuple[PurePosixPath, Variable]]:
        """The parameters of functions elsewhere that get what a call hands on."""
        found = tuple(self._defined(path, use)) or tuple(self._by_name(path, use))
        for other, function in found:
            variable = _parameter(function, use.argument)
            if variable is not None:
                yield other, variable

    def _defined(self, path: PurePosixPath, use: Use) -> Iterator[tuple[PurePosixPath, Function]]:
        """The function that a call means by its imports."""
        parts = use.callee.split(".")
        if not all(map(str.isidentifier, parts)) or len(parts) > 2:  # noqa: PLR2004 - `a.b()` at most
            return
        load = Load(*parts)
        for found in self._modules.definitions(path, use.scope, load):
            if found.value is not None or found.path == path:
                continue
            flow = self._flow(found.path)
            if flow is None:
                continue
            functions = flow.reader.functions
            function = functions.by_scope.get(found.scope)
            if function is None and found.scope.owner and not found.scope.function:
                function = functions.method(found.scope.owner, "__init__")
            if function is not None:
                yield found.path, function

    def _by_name(self, path: PurePosixPath, use: Use) -> Iterator[tuple[PurePosixPath, Function]]:
        """All methods of that name, wherever they are, if the name says enough."""
        name = last_part(use.callee)
        if "." not in use.callee or name in EVERYDAY or not name.isidentifier():
            return
        files = self._naming(f"def {name}")
        if len(files) > _MOST_NAMESAKES:
            return
        for other in files:
            flow = self._flow(other) if other != path else None
            if flow is not None:
                yield from ((other, it) for it in flow.reader.functions.by_name.get(name, ()))

    # Names that are imported

    def _importers(
        self, path: PurePosixPath, holder: Variable
    ) -> Iterator[tuple[PurePosixPath, tuple[Variable, ...]]]:
        """The modules that take a name or an attribute from this one, and as what."""
        owner = holder.scope.owner
        wanted = f"{owner}.{holder.name}" if owner else holder.name
        for other in self._readers_of(path, holder):
            flow = self._flow(other) if other != path else None
            if flow is None:
                continue
            found = [
                variable
                for variable in flow.reader.imported
                if self._is_from(variable, wanted, path, other)
            ]
            heirs = [
                Variable("attribute", Scope(heir), holder.name)
                for heir, bases in flow.reader.functions.bases.items()
                if owner and last_part(owner) in bases
            ]
            if found or heirs:
                yield other, (*found, *heirs)

    def _readers_of(self, path: PurePosixPath, holder: Variable) -> tuple[PurePosixPath, ...]:
        """The files that hold a name of a module and take it from there, or at second hand."""
        found = self._naming(holder.name)
        module = path.parent.name if path.name == "__init__.py" else path.stem
        if not module:
            return found
        speaking = {*self._naming(module), *self._beside(path)}
        first = holder.scope.owner.partition(".")[0] or holder.name
        return tuple(it for it in found if it in speaking or self._gets(it, first, path))

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
        return tuple(it for it in self._naming("import") if path.parent in it.parents)

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


def _parameter(function: Function, argument: str) -> Variable | None:
    """The parameter that an argument, by position or by name, is given to."""
    names = function.parameters
    if argument.isdecimal():
        position = int(argument)
        return function.parameter(names[position]) if position < len(names) else None
    return function.parameter(argument) if argument in function.keywords else None
