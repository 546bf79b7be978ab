"""The project's own functions that take a table's name, as the plan declares them."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from plan.model import Api
from refactor.apis.slots import Slot
from refactor.python.outline import Context, Outline, last_part

_BOUND = frozenset({"self", "cls"})


class _Signature(Struct, frozen=True):
    """One definition's parameters, without what a method is called on."""

    positional: tuple[str, ...]

    def same(self, argument: str | int, declared: Iterable[str | int]) -> bool | None:
        """Whether an argument is one that is declared in another way; None if it is neither."""
        if isinstance(argument, int):
            if argument >= len(self.positional):
                return None
            return self.positional[argument] in declared
        if argument not in self.positional:
            return None
        return self.positional.index(argument) in declared


class DeclaredCalls:
    """Answers whether an argument is one that the plan declares."""

    def __init__(self, apis: Iterable[Api], outlines: Callable[[str], Iterable[Outline]]) -> None:
        """Know these; `outlines` gives the modules that hold a word."""
        self._apis = tuple(apis)
        self._outlines = outlines
        self._signatures: dict[str, tuple[_Signature, ...]] = {}

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self._apis)

    def slot(self, context: Context, callees: Iterable[str]) -> Slot | None:
        """The place that an argument takes, if the plan has a word on it.

        Args:
            context: what surrounds the argument.
            callees: the names of what is called, as written and as imported.
        """
        if context.within is None or len(context.within) > 1:
            return None
        argument = int(context.argument) if context.argument.isdigit() else context.argument
        names = tuple(callees)
        for api in self._apis:
            if any(_ends_with(name, api.call) for name in names):
                slot = self._slot(api, argument)
                if slot is not None:
                    return slot
        return None

    def _slot(self, api: Api, argument: str | int) -> Slot | None:
        taker = f"the plan says so at {api.key}: {api.call}"
        if argument in api.arguments:
            return Slot(taker)
        if any(isinstance(it, type(argument)) for it in api.arguments):
            return None
        # The plan names it in the other way only: the definition knows which it is.
        found = {it.same(argument, api.arguments) for it in self._of(last_part(api.call))} - {None}
        if len(found) == 1:
            return Slot(taker) if found == {True} else None
        said = f"argument {argument}" if isinstance(argument, int) else f"the argument {argument}"
        why = "functions of that name say differently" if found else "nothing in this code says"
        return Slot(taker, question=f"is it the table's name? what {said} of {api.call} is, {why}")

    def _of(self, function: str) -> tuple[_Signature, ...]:
        if function not in self._signatures:
            self._signatures[function] = tuple(
                it for outline in self._outlines(function) for it in _defined(outline, function)
            )
        return self._signatures[function]


def _defined(outline: Outline, function: str) -> Iterator[_Signature]:
    for scope, positional in outline.positional:
        made = scope.function == "__init__" and last_part(scope.owner) == function
        if last_part(scope.function) == function or made:
            bound = bool(positional) and positional[0] in _BOUND
            yield _Signature(positional[1:] if bound else positional)


def _ends_with(name: str, call: str) -> bool:
    """Whether a dotted name ends with all parts of another."""
    wanted = call.split(".")
    return name.split(".")[-len(wanted) :] == wanted
