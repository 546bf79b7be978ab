"""Comments that say to leave what stands here: `# retable: ignore[table-name] why`.

One speaks for the line that it is on, and for a string of several lines that ends on that line, or
a block of YAML that begins there. A comment of SQL does so too, in a file of SQL or in a string.
What is ignored is no leftover for the check, is not edited, and holds nothing up.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from refactor.kinds import Block, Embedded, blocks_in
from refactor.python.strings import Text
from refactor.references import Reference
from refactor.rules import Rule, rule_called, rule_for
from refactor.sql.names import leads_with_verb, statements
from refactor.text.comments import (
    Parts,
    Span,
    comments_in_sql,
    is_prose,
    parts_of_other,
    parts_of_python,
)
from refactor.text.lines import Lines
from refactor.text.source import Source

MARK = "retable:"
"""What such a comment begins with."""
MARKS = (f"{MARK} ignore", f"{MARK}ignore")
_DIRECTIVE = re.compile(
    r"(?:#|;|--|/\*)\s*(?P<said>retable: ?ignore(?![\w-])(?:\[(?P<rules>[^\]\n]*)\])?)"
    r"(?P<reason>[^\n]*)"
)
_OPENING = re.compile(r"[A-Za-z]*(\"{3}|'{3}|\"|')")
_END_OF_COMMENT = re.compile(r"\s*(?:\*/|-->|\\n|\r).*\Z", re.DOTALL)


class Ignore(Struct, frozen=True):
    """One such comment."""

    path: PurePosixPath
    line: int
    column: int
    said: str
    """It itself, without what comes before and the reason."""
    names: tuple[str, ...]
    """The rules as they are written; none where it speaks of all."""
    reason: str
    spans: tuple[Span, ...]
    """The parts of the file that it speaks for."""
    binding: bool = True
    """Whether it is one for sure, and not an example in some text that is not SQL."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those of its rules that can be ignored."""
        found = (rule_called(name) for name in self.names)
        return tuple(rule for rule in found if rule and rule.ignorable)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What it names that is no rule which can be ignored."""
        found = ((name, rule_called(name)) for name in self.names)
        return tuple(name for name, rule in found if not rule or not rule.ignorable)

    def covers(self, start: int, rule: Rule) -> bool:
        """Whether it speaks of what this rule says of this place."""
        told = rule in self.rules if self.names else rule.ignorable
        return told and any(first <= start < end for first, end in self.spans)


class Left(Struct, frozen=True):
    """A reference that is left as it is, and the comment that says so."""

    reference: Reference
    ignore: Ignore

    @property
    def part(self) -> tuple[int, int, str]:
        """Where it stands, and why it is none."""
        start = self.reference.start
        return start, start + len(self.reference.old) + 1, "ignored by a comment"


class Obeyed(Struct, frozen=True):
    """A file's references once its comments are heard."""

    references: tuple[Reference, ...]
    left: tuple[Left, ...] = ()
    ignores: tuple[Ignore, ...] = ()


def obeyed(
    source: Source, python: Embedded | None, references: tuple[Reference, ...], *, is_module: bool
) -> Obeyed:
    """Part a file's references by what its comments say."""
    if "retable:" not in source.text:
        return Obeyed(references)
    ignores = ignores_in(source, python, is_module=is_module)
    by_start = {
        it.start: ignore
        for it in references
        for ignore in ignores
        if ignore.covers(it.start, rule_for(it))
    }
    return Obeyed(
        tuple(it for it in references if it.start not in by_start),
        tuple(Left(it, by_start[it.start]) for it in references if it.start in by_start),
        ignores,
    )


def ignores_in(
    source: Source, python: Embedded | None = None, *, is_module: bool
) -> tuple[Ignore, ...]:
    """The comments of a file that say to leave something, in order."""
    if not is_marked(source.text):
        return ()
    if is_module:
        found = _in_python(source, parts_of_python(source.text))
    elif python:
        lines = Lines(source.text)
        inner = ignores_in(python.source, is_module=True)
        carried = (_carried(it, python, lines) for it in inner)
        found = chain(carried, _in_other(source))
    else:
        found = _in_other(source)
    return tuple(sorted(found, key=lambda it: (it.line, it.column)))


def is_marked(text: str) -> bool:
    """Whether a text may hold such a comment."""
    return any(mark in text for mark in MARKS)


def _in_python(source: Source, parts: Parts) -> Iterator[Ignore]:
    lines = Lines(source.text)
    for span in parts.comments:
        yield from _told(source, lines, span, parts.strings)
    for start, end in parts.strings:
        opening = _OPENING.match(source.text, start, end)
        if not opening or not is_marked(source.text[start:end]):
            continue
        first, last = opening.end(), end - len(opening[1])
        inner = source.text[first:last]
        for comment in comments_in_sql(inner):
            span = first + comment[0], first + comment[1]
            yield from _told(source, lines, span, (), binding=leads_with_verb(inner))


def _in_other(source: Source) -> Iterator[Ignore]:
    lines = Lines(source.text)
    blocks = blocks_in(source.path, source.text)
    ended = [(it.start, it.end) for it in blocks]
    for span in parts_of_other(source.path, source.text).comments:
        within = next((it for it in blocks if it.start <= span[0] < it.end), None)
        if within and within.body <= span[0] and _is_of_sql(source.text, span, within):
            continue
        opened = [(within.start, within.end)] if within and span[0] < within.body else []
        binding = not is_prose(source.path)
        yield from _told(source, lines, span, ended, also=opened, binding=binding)


def _is_of_sql(text: str, comment: Span, block: Block) -> bool:
    """Whether what looks like a comment in a block is a part of the SQL there."""
    return text[comment[0]] == "#" and leads_with_verb(text[block.body : block.end])


def _told(
    source: Source,
    lines: Lines,
    comment: Span,
    strings: Sequence[Span],
    *,
    also: Sequence[Span] = (),
    binding: bool = True,
) -> Iterator[Ignore]:
    """What a comment says, if it says something to us."""
    found = _DIRECTIVE.search(source.text, *comment)
    if not found:
        return
    line, column = lines.place(found.start("said"))
    first = lines.starts[line - 1]
    last = lines.starts[line] if line < len(lines.starts) else len(source.text) + 1
    ending = (it for it in strings if first < it[1] <= comment[0] and it[0] < first)
    rules = found["rules"]
    yield Ignore(
        path=source.path,
        line=line,
        column=column,
        said=found["said"],
        names=() if rules is None else tuple(it.strip() for it in rules.split(",")),
        reason=_END_OF_COMMENT.sub("", found["reason"]).strip(" \t:-"),
        spans=((first, last), *ending, *also),
        binding=binding,
    )


def _carried(ignore: Ignore, python: Embedded, lines: Lines) -> Ignore:
    """A comment in the Python of a file, at its places in the file."""
    size = len(python.origin)
    inside = Lines(python.source.text)
    at, _ = python.span(inside.starts[ignore.line - 1] + ignore.column - 1, size)
    line, column = lines.place(at)
    spans = tuple(python.span(start, min(end, size)) for start, end in ignore.spans)
    binding = ignore.binding and not is_prose(ignore.path)
    return replace(ignore, line=line, column=column, spans=spans, binding=binding)


def beside(texts: Iterable[Text], left: Collection[Left]) -> frozenset[int]:
    """The places of statements in which something is left: nobody can compile half of a rename.

    Whoever left the one name there has taken the statement on.
    """
    places = {it.reference.start for it in left}
    if not places:
        return frozenset()
    return frozenset(
        start
        for text in texts
        for span in statements(text.text)
        if places & set(text.starts[span.start : span.end])
        for start in text.starts[span.start : span.end]
    )
