"""What a kind of file is: which files it takes, and what texts it sees in one of them.

Each text maps back to the file character by character, so finders, patch, proof and check work on
all kinds alike. What a kind cannot read for sure it says in words: such a file is named, not read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from refactor.outline import Context, Usage
from refactor.source import Source
from refactor.strings import NOWHERE, Literal, Text
from refactor.words import Words


class NotOfKindError(Exception):
    """A file is not what its name says, such as YAML that no parser takes."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """All Python of a file that is no module, put together as one."""

    source: Source
    """The module; it shares the file's path."""
    origin: Sequence[int]
    """For each character of the module where it stands in the file, or `NOWHERE`."""

    def carried(self, text: Text) -> Text:
        """A text of the module as a text of the file."""
        literals = tuple(
            replace(it, start=start, end=end, nested=True)
            for it in text.literals
            if (start := self._first(it.start, it.end)) <= (end := self._end(it.start, it.end))
        )
        return replace(
            text,
            starts=tuple(NOWHERE if at == NOWHERE else self.origin[at] for at in text.starts),
            literals=literals,
            start=self._first(text.start, text.end),
            end=self._end(text.start, text.end),
        )

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the module stands in the file."""
        return self._first(start, end), self._end(start, end)

    def inverse(self) -> dict[int, int]:
        """For each place in the file that is Python, the place in the module."""
        return {at: index for index, at in enumerate(self.origin) if at != NOWHERE}

    def _first(self, start: int, end: int) -> int:
        return next((at for at in self.origin[start:end] if at != NOWHERE), 0)

    def _end(self, start: int, end: int) -> int:
        return next((at + 1 for at in reversed(self.origin[start:end]) if at != NOWHERE), -1)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file says, as far as it could name something."""

    texts: tuple[Text, ...] = ()
    """Outside of Python: SQL, the values of settings, commands."""
    python: Embedded | None = None
    values: tuple[Text, ...] = ()
    """What the format's own parser sees in the places that may be edited, for the proof."""
    doubtful: tuple[tuple[int, int, str], ...] = ()
    """Parts of the file that should be Python and cannot be read, and why."""
    accounts: tuple[tuple[int, int, str], ...] = ()
    """Parts of the file, and why a name in them refers to nothing."""
    otherwise: str = ""
    """Why a name elsewhere in the file refers to nothing."""
    advisory: bool = False
    """Whether an open question in it holds nothing up, as in documentation."""
    unread: str | None = None
    """Why all the rest of the file was not read; None where it was."""
    misnamed: bool = False
    """Whether it was not read since it is not what its name says."""


NOTHING = Contents()
"""What a module says outside of its Python."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file."""

    name: str
    takes: Callable[[PurePosixPath], bool]
    read: Callable[[Source, Words], Contents]
    """Raises NotOfKindError."""
    parse: Callable[[str], object] | None = None
    """What the format's own parser makes of a text; raises NotOfKindError."""


def value_text(
    text: str, starts: Sequence[int], span: tuple[int, int], *, keys: Sequence[str] = ()
) -> Text:
    """The value of a setting, found under these keys."""
    return Text(
        text=text,
        starts=starts,
        holes=(),
        literals=(Literal(*span, quote='"', nested=True),),
        context=Context(usage=Usage.SETTING, key=".".join(keys)),
        start=span[0],
        end=span[1],
    )


def key_text(
    text: str, starts: Sequence[int], span: tuple[int, int], *, keys: Sequence[str]
) -> Text:
    """A key of a setting, which stands under these other keys; it is asked about at most."""
    found = value_text(text, starts, span, keys=keys)
    return replace(found, context=found.context._replace(argument="key"))
