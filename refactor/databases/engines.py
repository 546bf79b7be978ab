"""What mapped classes and tables of SQLAlchemy's are used on, where not all engines are the plan's.

Nothing but its use may say on what a table is: `conn.execute(select(table("bugs")))`.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import PurePosixPath

from msgspec.structs import replace

from refactor.databases.definers import Definers
from refactor.databases.filepaths import IN_MEMORY
from refactor.databases.openers import Openers
from refactor.databases.openings import UNKNOWN, At, Opened, union
from refactor.python.callsites import running
from refactor.python.outline import last_part
from refactor.python.syntax import dotted, given_in

OF_BASES = ("create_all", "reflect", "prepare")
"""What of a base, or of its metadata, is given an engine."""
_ENGINES = ("create_engine", "create_async_engine")
_MAKES_BASE = "declarative_base"
_BASE = "DeclarativeBase"


class Engines:
    """Answers what classes and tables are used on; nothing where all engines are the plan's."""

    def __init__(self, code: Definers, openers: Openers) -> None:
        """Look through this code, and ask what is opened."""
        self._code = code
        self._openers = openers

    def of_class(self, path: PurePosixPath, name: str) -> Iterator[Opened]:
        """What a class of a module is used on, or else what it may be on."""
        if self._strange.others:
            used = self._used_on(path, name)
            yield used
            if not used.files and self._are_several_bases:
                yield self._strange

    def of_table(self, node: ast.Call, at: At) -> Opened:
        """What a table is used on that a call makes, such as `table("bugs", column("id"))`."""
        if not self._strange.others:
            return UNKNOWN
        runs = [*running(at.module, node)]
        if runs:
            return together(self._openers.value(it, at, node) for it in runs)
        made = next((it for it in at.module.above(node) if isinstance(it, ast.stmt)), None)
        targets = made.targets if isinstance(made, ast.Assign) else ()
        names = [it.id for it in targets if isinstance(it, ast.Name)]
        return together(self._used_on(at.module.path, it) for it in names)

    def _used_on(self, path: PurePosixPath, name: str) -> Opened:
        return together(
            self._openers.value(it, replace(at, around=at.module.around(it)), it)
            for use, at in self._code.references(path, name)
            for it in running(at.module, use)
        )

    @cached_property
    def _strange(self) -> Opened:
        """What engines are made for, but files of other programs that a base is said to be on."""
        self._openers.begin()
        made = together(self._given_first(_ENGINES))
        tied = together(self._given_first(OF_BASES)) if made.others else UNKNOWN
        return replace(made, others=made.others - tied.others - IN_MEMORY)

    def _given_first(self, names: Iterable[str]) -> Iterator[Opened]:
        for name in names:
            for module in self._code.modules_naming(name):
                for call in () if self._code.is_test(module.path) else module.calls.get(name, ()):
                    at = At(module, module.around(call))
                    yield from (self._openers.value(it, at, call) for it in given_in(call)[:1])

    @cached_property
    def _are_several_bases(self) -> bool:
        """Whether there are two bases for mapped classes: each may have a database of its own."""
        calls = (
            call
            for module in self._code.modules_naming(_MAKES_BASE)
            for call in module.calls.get(_MAKES_BASE, ())
        )
        heirs = (
            cls
            for module in self._code.modules_naming(_BASE)
            for cls in module.classes
            if any(last_part(dotted(it)) == _BASE for it in cls.bases)
        )
        return len([*calls, *heirs]) > 1


def together(found: Iterable[Opened]) -> Opened:
    """All that is known of some answers."""
    known = [it for it in found if it.files]
    return union(known) if known else UNKNOWN
