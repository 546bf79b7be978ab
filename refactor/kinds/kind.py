"""What a kind of file is: which files it takes, and what texts it sees in one of them.

Each text maps back to the file character by character, so finders, patch, proof and check work on
all kinds alike. What a kind cannot read for sure it says in words: such a file is named, not read.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from refactor.python.outline import Context, Usage
from refactor.python.strings import NOWHERE, Literal, Text
from refactor.references import Reference
from refactor.text.lines import Lines
from refactor.text.source import Source
from refactor.text.words import Words

_IN_QUOTES = re.compile(r'\\?"([^"\\\]]*)\\?"')


class NotOfKindError(Exception):
    """A file is not what its name says, such as YAML that no parser takes."""


class Embedded(Struct, frozen=True):
    """All Python of a file that is no module, put together as one."""

    source: Source
    """The module; it shares the file's path."""
    origin: Sequence[int]
    """For each character of the module where it stands in the file, or `NOWHERE`."""
    quoted: bool = False
    """Whether it stands in quotes, so that a quote or a backslash would have to be escaped."""

    def carried(self, text: Text) -> Text:
        """A text of the module as a text of the file."""
        literals = tuple(
            replace(it, start=start, end=end, nested=True)
            for it in text.literals
            if (start := self._first(it.start, it.end)) <= (end := self._end(it.start, it.end))
        )
        return replace(
            text,
            starts=tuple(at if at < 0 else self.origin[at] for at in text.starts),
            literals=literals,
            start=self._first(text.start, text.end),
            end=self._end(text.start, text.end),
        )

    def named(self, reference: Reference, file: Source, lines: Lines) -> Reference:
        """A reference in the module as one in the file; a question where no edit could be plain."""
        start, _ = self.span(reference.start, reference.start + len(reference.old))
        line, column = lines.place(start)
        reference = replace(reference, start=start, line=line, column=column)
        if reference.new is None:
            return reference
        new = _bracketed(reference.new) if self.quoted else reference.new
        if new is not None and file.text.startswith(reference.old, start):
            return replace(reference, new=new)
        question = "what stands here, or should, is spelled with escapes in this file"
        mend = "change it by hand"
        return replace(reference, new=None, question=question, mend=mend, blocking=True)

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


def _bracketed(new: str) -> str | None:
    """A new name that needs no quotes of Python's or JSON's; None where there is no such."""
    if not {'"', "\\"} & set(new):
        return new
    name = _IN_QUOTES.fullmatch(new)
    return f"[{name[1]}]" if name else None


class Contents(Struct, frozen=True):
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

    @property
    def keys(self) -> tuple[Text, ...]:
        """The keys of settings among the texts."""
        return tuple(it for it in self.texts if it.context.argument == "key")


class Block(Struct, frozen=True):
    """A value of several lines, which ends with its last word or its quotes."""

    start: int
    body: int
    """Where what it says begins, behind the line or the quotes that open it."""
    end: int


NOTHING = Contents()
"""What a module says outside of its Python."""


class Kind(Struct, frozen=True):
    """One kind of file."""

    name: str
    takes: Callable[[PurePosixPath], bool]
    read: Callable[[Source, Words], Contents]
    """Raises NotOfKindError."""
    parse: Callable[[str], object] | None = None
    """What the format's own parser makes of a text; raises NotOfKindError."""
    nested: Callable[[str], object] | None = None
    """The same as dictionaries, lists and strings."""
    blocks: Callable[[str], Iterable[Block]] | None = None
    """The values of several lines, in which a sign of the format is none; raises NotOfKindError."""


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
    return replace(found, context=replace(found.context, argument="key"))
