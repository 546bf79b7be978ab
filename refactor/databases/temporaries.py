"""Whether a bare name means a temporary table, which its connection sees before the file's.

`CREATE TEMP TABLE t` makes one beside whatever `t` a database has. From then on a bare `t` is that
one on its connection, until it is dropped; `temp.t` and `main.t` are what they say.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum, auto
from functools import cached_property
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import folded
from refactor.databases.handles import EXECUTES, Handle, handle_of
from refactor.databases.weighing import Place
from refactor.python.assignments import Given, Module
from refactor.python.modules import Modules
from refactor.python.syntax import Span, dotted, given_in, span_of, spelled, walked
from refactor.sql.names import Role, TableName, table_names
from refactor.sql.scopes import is_temporary

_OPENS = ("connect", "Connection")


class Meant(Enum):
    """Which of the two a bare name is."""

    PLANNED = auto()
    TEMPORARY = auto()
    EITHER = auto()


class _Change(Struct, frozen=True):
    """An execution that makes a temporary table, or drops what has its name."""

    call: ast.Call
    function: tuple[ast.AST, ...]
    handle: Handle | None
    makes: bool
    """What its text does last."""


class Temporaries:
    """Answers what a name means in modules that make temporary tables."""

    def __init__(
        self,
        module: Callable[[PurePosixPath], Module | None],
        modules: Modules,
        made: Callable[[], Mapping[str, Sequence[PurePosixPath]]],
    ) -> None:
        """Look at what modules execute.

        Args:
            module: gives a module's tree.
            modules: what they import.
            made: gives the temporary tables that any code makes, by their folded names, and where.
        """
        self._module = module
        self._modules = modules
        self._all_made = made

    @property
    def are_made(self) -> bool:
        """Whether any code makes temporary tables."""
        return bool(self._made)

    @cached_property
    def _made(self) -> Mapping[str, Sequence[PurePosixPath]]:
        return self._all_made()

    def maker(self, name: TableName, place: Place) -> PurePosixPath | None:
        """Another module that may make a temporary table of a name where a statement runs.

        That is one which imports the statement's, or is imported by it.
        """
        others = self._made.get(folded(name.name), ())
        if not others or not _may_be_temporary(name):
            return None
        near = (it for it in others if self._takes(place.path, it) or self._takes(it, place.path))
        other = next(near, None)
        return None if other is None or self._is_own(place) else other

    def _takes(self, path: PurePosixPath, other: PurePosixPath) -> bool:
        """Whether a module imports another one, or something from it."""
        names = self._modules.names(path)
        for module, taken in names.imports.values() if names else ():
            inside = f"{module}{'' if module.endswith('.') else '.'}{taken}"
            if any(other in self._modules.imported(it, path) for it in (module, inside)):
                return True
        return False

    def _is_own(self, place: Place) -> bool:
        """Whether a statement runs on what its function opens, and hands to nobody."""
        module = self._module(place.path)
        span = span_of(place.context.inside) if place.context and place.context.inside else None
        call = _executing(span, module) if module else None
        handle = handle_of(call, module) if call and module else None
        if module is None or handle is None or not _is_opened(handle, module):
            return False
        every = (it for each in module.calls.values() for it in each)
        handed = (it for each in every for it in given_in(each) if dotted(it) == handle.name)
        return not any(handle.owner in (module.tree, *module.around(it)) for it in handed)

    def meant(self, name: TableName, script: str, place: Place, made: int) -> Meant:
        """What a name in a statement means.

        Args:
            name: the name, and which statement of its text it stands in.
            script: the text.
            place: where that stands.
            made: in how many texts of its file a temporary table of this name is made.
        """
        if not _may_be_temporary(name):
            return Meant.PLANNED
        before = [makes for at, makes in _changes_in(script, name.name) if at < name.statement]
        if before:
            return Meant.TEMPORARY if before[-1] else Meant.PLANNED
        module = self._module(place.path)
        found = _meant_on(module, name.name, place, made) if module else Meant.PLANNED
        # Whoever drops it by its bare name and then makes a temporary one means that one.
        bare_drop = found is Meant.PLANNED and name.clause == "DROP TABLE"
        return Meant.EITHER if bare_drop else found


def _may_be_temporary(name: TableName) -> bool:
    """Whether a name is one by which a temporary table is found first."""
    return name.schema is None and name.role not in (Role.DECLARES, Role.CATALOG, Role.VIEW)


def _executing(span: Span | None, module: Module) -> ast.Call | None:
    """The call of a module that executes a statement, by where it stands."""
    calls = (it for method in EXECUTES for it in module.calls.get(method, ()))
    return next((it for it in calls if span_of(it) == span), None)


def _meant_on(module: Module, name: str, place: Place, made: int) -> Meant:
    """What a name means by what else its module executes, on the connection of a statement."""
    span = span_of(place.context.inside) if place.context and place.context.inside else None
    calls = [it for method in EXECUTES for it in module.calls.get(method, ())]
    call = _executing(span, module)
    changes = [it for each in calls if each is not call for it in _change(each, name, module)]
    itself = any(True for _ in _change(call, name, module)) if call else False
    if call is None or sum(it.makes for it in changes) + itself < made:
        return Meant.EITHER
    handle, function = handle_of(call, module), module.around(call)[:1]
    here = [it for it in changes if it.handle == handle and it.function == function and handle]
    far = [it for it in changes if it not in here and not _apart(it.handle, handle, module)]
    states = frozenset(_states(here, call, module))
    if states == {True} and all(it.makes for it in far):
        return Meant.TEMPORARY
    if states == {False} and not any(it.makes for it in far):
        return Meant.PLANNED
    return Meant.EITHER


def _states(changes: Sequence[_Change], call: ast.Call, module: Module) -> Iterator[bool]:
    """Whether the temporary table may be there where something is executed, and may be not."""
    made = {id(it.call): it.makes for it in changes}
    given = [Given(None, module.tree), *(Given(None, it.call) for it in changes)]
    earlier = [it for it in given if _place(it.node) < _place(call)]
    counting = module.lasting(earlier, call)
    loop = next((it for it in module.above(call) if isinstance(it, ast.For | ast.While)), None)
    if loop and not any(it is loop for it in module.above(counting[0].node)):
        counting = module.lasting(given, call)  # what the last round has left counts too
    yield from (made.get(id(it.node), False) for it in counting)


def _change(call: ast.Call, name: str, module: Module) -> Iterator[_Change]:
    changes = _changes_in(spelled(call.args[0])[0], name) if call.args else []
    if changes:
        yield _Change(call, module.around(call)[:1], handle_of(call, module), changes[-1][1])


def _changes_in(sql: str, name: str) -> list[tuple[int, bool]]:
    """Which statements of a text make a temporary table, or drop what has its name."""
    return [
        (it.statement, it.role is Role.DECLARES)
        for it in table_names(sql)
        if folded(it.name) == folded(name)
        and (
            (it.clause == "DROP TABLE" and (it.schema is None or is_temporary(it.schema)))
            or (it.role is Role.DECLARES and is_temporary(it.schema))
        )
    ]


def _apart(one: Handle | None, other: Handle | None, module: Module) -> bool:
    """Whether two connections are seen to be opened each for itself."""
    return one != other and _is_opened(one, module) and _is_opened(other, module)


def _is_opened(handle: Handle | None, module: Module) -> bool:
    given = module.given(handle.owner, handle.name) if handle else []
    return bool(given) and all(
        it.value is not None
        and any(
            isinstance(node, ast.Call) and dotted(node.func).endswith(_OPENS)
            for node in walked(it.value)
        )
        for it in given
    )


def _place(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
