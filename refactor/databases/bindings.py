"""The plan's own word on which database some code talks to."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from plan.model import Binding, Plan
from refactor.python.outline import Scope
from refactor.text.globs import Globs


class Bindings:
    """The plan's own word on what code talks to."""

    def __init__(self, plan: Plan) -> None:
        self._bindings = tuple((Globs(it.paths), it) for it in plan.code.bindings)

    def of(self, path: PurePosixPath, scope: Scope) -> Iterator[Binding]:
        """What it says of a place: of its function and class first, then of its file."""
        said = [it for globs, it in self._bindings if path in globs]
        inside = f"{scope.dotted}."
        for it in said:
            if any(inside.startswith(f"{name}.") for name in it.within):
                yield it
        yield from (it for it in said if not it.within)

    def database(self, path: PurePosixPath) -> str | None:
        """The first database that it gives to a whole file."""
        return next((it.database for it in self.of(path, Scope())), None)
