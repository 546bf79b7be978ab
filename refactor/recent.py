"""Values that were asked for lately, as many as a budget allows: memory that does not grow."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


_LONG = 10_000
"""Characters from which on a text is a script: what was read of it is not kept."""


def remembered(kept: int) -> Callable[[Callable[[str], V]], Callable[[str], V]]:
    """Let a function that reads texts keep its last answers, but for long texts."""

    def keeping(read: Callable[[str], V]) -> Callable[[str], V]:
        recent = lru_cache(maxsize=kept)(read)

        @wraps(read)
        def answer(text: str) -> V:
            return recent(text) if len(text) < _LONG else read(text)

        return answer

    return keeping


class Recent(Generic[K, V]):
    """Keeps what was asked for last; what is dropped has to be made again."""

    def __init__(self, budget: int) -> None:
        """Keep values of so much weight in all, and the last one however heavy it is."""
        self._budget = budget
        self._total = 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value that is kept, if it still is."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: K, value: V, weight: int = 1) -> V:
        """Keep a value, and drop those that nobody has asked for longest."""
        # What is heavier than all together may be leaves room for what is asked for in turn with
        # it: else both would be made again each time.
        weight = min(weight, self._budget // 2 or weight)
        _, replaced = self._kept.pop(key, (None, 0))
        self._kept[key] = value, weight
        self._total += weight - replaced
        while self._total > self._budget and len(self._kept) > 1:
            _, (_, dropped) = self._kept.popitem(last=False)
            self._total -= dropped
        return value
