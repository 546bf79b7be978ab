"""Texts as the program would see them, each character with its place in the source.

So what is found in a text can be changed in the file, and only there. What is known at run time
only stands as one `HOLE`.
"""

import ast
import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from msgspec import Struct
from msgspec.structs import replace

from refactor.python.outline import Context, Site, Usage
from refactor.sql.names import HOLE, quoted
from refactor.text.source import Source

_DOT_COMMAND = re.compile(
    r"^\.(?:bail|changes|echo|eqp|exit|explain|headers?|mode|nullvalue|once|open|output|print|quit"
    r"|read|separator|show|stats|timeout|timer|width)\b[^\r\n]*",
    re.MULTILINE,
)
_NAMES_TABLES = re.compile(
    r"^\.(?:backup|clone|dump|import|index(?:es)?|indices|restore|save|schema|sha3sum|tables?)\b"
    r"[^\r\n]*\r?\n(?!\.)",
    re.MULTILINE,
)
_ONE_LITERAL = re.compile(
    r"""(?P<prefix>[bB]?[rR]?|[rR][bB]|[uU])(?P<quote>\"{3}|'{3}|"|')(?P<text>[^\\\r]*)(?P=quote)"""
)
NOWHERE = -1
"""The place of a character that no part of the source spells by itself."""
ELSEWHERE = -2
"""The place of a character that another module spells."""


class Char(Struct, frozen=True):
    """One character of a text, where its spelling starts in the source, and how long it is."""

    value: str
    start: int = NOWHERE
    width: int = 0


class Literal(Struct, frozen=True):
    """One literal's contents in the source: offsets without prefix and quotes."""

    start: int
    end: int
    quote: str
    raw: bool = False
    nested: bool = False
    """Whether it stands inside of other quotes, so that no quote and no backslash may be written:
    in the hole of an f-string for Python 3.11, in a notebook, in the value of a setting."""


class Text(Struct, frozen=True):
    """A text as the program would see it, with the place of each character in the source."""

    text: str
    starts: Sequence[int]
    holes: tuple[str, ...]
    """The source of each hole, in order."""
    literals: tuple[Literal, ...]
    context: Context
    start: int
    """Where the whole expression starts in the source."""
    end: int
    parameter_of: str = ""
    """The statement that it is a parameter of, of a text by itself."""

    def place(self, start: int, end: int) -> int | None:
        """Where a part of the text is spelled plainly in one literal, or None."""
        first = self.starts[start]
        if first < 0 or self.starts[end - 1] - first != end - 1 - start:
            return None
        inside = any(it.start <= first and first + end - start <= it.end for it in self.literals)
        return first if inside or not self.literals else None

    def part(self, start: int, end: int) -> "Text":
        """A part of the text as a text of its own."""
        return replace(self, text=self.text[start:end], starts=self.starts[start:end])

    def with_spaces(self, places: Iterable[int]) -> "Text":
        """The text with a space, which no source spells, before each of these indices."""
        text, starts = self.text, list(self.starts)
        for at in sorted(places, reverse=True):
            text = f"{text[:at]} {text[at:]}"
            starts.insert(at, NOWHERE)
        return replace(self, text=text, starts=tuple(starts))

    def without_foreign(self, is_left_out: Callable[[str], bool]) -> "Text":
        """The text with a hole for each part that another module spells, of those left out."""
        if isinstance(self.starts, range) or ELSEWHERE not in self.starts:
            return self  # as far the most
        text, starts, holes = "", list[int](), list[str]()
        named = iter(self.holes)
        for is_foreign, group in groupby(enumerate(self.starts), lambda it: it[1] == ELSEWHERE):
            places = [at for at, _ in group]
            part = self.text[places[0] : places[-1] + 1]
            if is_foreign and is_left_out(part):
                text, starts, holes = f"{text}{HOLE}", [*starts, NOWHERE], [*holes, "…"]
                continue
            text += part
            starts += self.starts[places[0] : places[-1] + 1]
            holes += [next(named, "…") for _ in range(part.count(HOLE))]
        return replace(self, text=text, starts=tuple(starts), holes=tuple(holes))

    def by_itself(self) -> "Text":
        """The same text, to be kept or handed on: without the tree that it is a part of."""
        starts = self.starts if isinstance(self.starts, range) else array("i", self.starts)
        asks = self.context.statement
        said = str(asks.value) if isinstance(asks, ast.Constant) else ""
        context = replace(self.context, joined_to=None, statement=None, inside=None)
        return replace(self, starts=starts, context=context, parameter_of=said)

    def near(self, start: int, end: int) -> int:
        """An offset in the source for pointing at a part of the text, however it is spelled."""
        inside = (at for at in self.starts[start:end] if at >= 0)
        before = (at for at in reversed(self.starts[:start]) if at >= 0)
        return next(inside, next(before, self.start))

    def spelled(self, name: str, at: int, end: int) -> str:
        """Spell a new name as it must stand in the literal that holds this part of the source.

        Where SQLite wants it quoted, the quotes are such that the literal survives them.
        """
        value = quoted(name, "")
        literal = next((item for item in self.literals if item.start <= at <= item.end), None)
        if literal is None or '"' not in value:
            return value
        ends = literal.quote == '"' or (literal.quote == '"""' and end == literal.end)
        if literal.nested or (ends and literal.raw):
            return quoted(name, "[")
        return value.replace('"', '\\"') if ends else value


class UnfaithfulError(Exception):
    """LibCST would not give back this expression as it is written."""


def texts_of(source: Source, site: Site) -> tuple[Text, ...]:
    """Read one string expression: its own text first, then those of strings in its holes.

    Raises:
        UnfaithfulError: the expression cannot be read so that every byte is accounted for.
    """
    plain = _plain_literal(source, site)
    if plain is not None:
        return (plain,)
    # Whoever reads no expression does not wait for LibCST: it costs more than all else.
    from refactor.python.expressions import read  # noqa: PLC0415

    try:
        return tuple(read(source, site))
    except RecursionError as error:
        raise UnfaithfulError("it is nested too deeply") from error


def _plain_literal(source: Source, site: Site) -> Text | None:
    """One literal that spells each of its characters by itself: Python's own value proves it."""
    match = _ONE_LITERAL.fullmatch(source.text, site.start, site.end)
    if not match or not isinstance(site.node, ast.Constant):
        return None
    value = site.node.value
    if (value.decode("latin-1") if isinstance(value, bytes) else value) != match["text"]:
        return None
    start, end = match.span("text")
    return Text(
        text=match["text"],
        starts=range(start, end),
        holes=(),
        literals=(Literal(start, end, match["quote"], raw="r" in match["prefix"].lower()),),
        context=site.context,
        start=site.start,
        end=site.end,
    )


def plain_text(source: Source) -> Text:
    """A whole file as one text, such as a `.sql` file; the shell's own settings are left out."""
    size = len(source.text)
    text = without_dot_commands(source.text)
    return Text(text, range(size), (), (), Context(usage=Usage.EXECUTED), 0, size)


def without_dot_commands(sql: str) -> str:
    """SQL in which what only SQLite's shell understands is blank, at the same length.

    Commands that name tables stay, and end as statements do.
    """
    if "." not in sql:
        return sql
    sql = _DOT_COMMAND.sub(lambda it: ";" + " " * (len(it[0]) - 1), sql)
    return _NAMES_TABLES.sub(lambda it: f"{it[0][:-1]};", sql)
