"""Old names outside of what runs: in comments, docstrings and identifiers. Nothing edits them."""

import re
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from plan.model import folded
from refactor.legacy import Legacy
from refactor.rules import IDENTIFIER, PROSE, Rule
from refactor.text.comments import parts_of_other, parts_of_python
from refactor.text.source import Source
from refactor.text.words import Words

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Mention(Struct, frozen=True):
    """One old name that no statement depends on."""

    rule: Rule
    start: int
    text: str
    """The word, or the identifier that holds it."""
    old: str
    """As the plan spells it, folded."""


class Mentions(Struct, frozen=True, dict=True):
    """Finds what prose and identifiers say of old names."""

    legacy: Legacy

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """The old names that stand for nothing else tomorrow, longest first."""
        names = (it for it in self.legacy.meanings if it not in self.legacy.new_names)
        return tuple(sorted(names, key=len, reverse=True))

    @cached_property
    def _prose(self) -> tuple[str, ...]:
        names = (*self._names, *map(folded, self.legacy.file_names))
        return tuple(sorted(names, key=len, reverse=True))

    @cached_property
    def _words(self) -> Words:
        return Words(self._prose)

    @property
    def pieces(self) -> tuple[str, ...]:
        """What a file must hold, in any surroundings and either case, to be worth a look."""
        return tuple(sorted({*self._names, *(it.replace("_", "") for it in self._names)}))

    def of(self, source: Source, *, marked: bool, is_module: bool) -> Iterator[Mention]:
        """All mentions in a file, in no order.

        Args:
            source: the file.
            marked: whether it has comments for us, which may give reasons that name old tables.
            is_module: whether it is Python.
        """
        if is_module:
            parts = parts_of_python(source.text)
        else:
            parts = parts_of_other(source.path, source.text)
        for start, end in (*parts.comments, *parts.docstrings):
            yield from self._in_prose(source.text, start, end, marked=marked)
        for start, end in parts.names:
            name = source.text[start:end]
            old = self._held_by(name)
            if old:
                yield Mention(IDENTIFIER, start, name, old)

    def _in_prose(self, text: str, start: int, end: int, *, marked: bool) -> Iterator[Mention]:
        prose = text[start:end]
        if marked and "retable:" in prose:
            prose = prose[: prose.index("retable:")]
        for at in self._words.hits(prose):
            old = next(it for it in self._prose if folded(prose[at : at + len(it)]) == it)
            yield Mention(PROSE, start + at, prose[at : at + len(old)], old)

    def _held_by(self, name: str) -> str:
        """The longest old name among the words of an identifier; empty if there is none."""
        words = f"_{folded(_HUMP.sub('_', name))}_"
        plain = f"_{folded(name)}_"
        return next((it for it in self._names if f"_{it}_" in words or f"_{it}_" in plain), "")
