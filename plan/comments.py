"""What the comments in a stored CREATE TABLE say of the table and of its columns.

SQLite keeps the text of a definition from the table's name on, comments included. A comment is a
column's if it stands behind it, on a line that has no other column, or above it, on lines of its
own. A comment behind the table's name, or right behind the opening parenthesis, is the table's.
What may be about two of them is about nobody.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from plan.model import folded
from plan.stored import Words, plain

_RULES = frozenset({"constraint", "primary", "unique", "check", "foreign"})
"""What begins a constraint of the whole table, and no column."""
_NO_WORDS = re.compile(
    r"(?:FOREIGN KEY|PRIMARY KEY|CHECK|UNIQUE|CONSTRAINT|CREATE|ALTER|DROP|INSERT|SELECT)\b"
    r"|(?i:todo|fixme|xxx|noqa|sqlfluff)\b"
)
"""How a comment begins that is SQL which was taken out, or that is for a tool."""
_NO_LINES = re.compile(
    r"[-=*#~_+]{3,}.*|.*[-=*#~_+]{3,}"
    r'|["\w]+ (?:BIGINT|BLOB|BOOLEAN|DATE|DATETIME|INT|INTEGER|NUMERIC|REAL|TEXT|TIMESTAMP|VARCHAR)'
    r"(?:\([\d, ]+\))?(?: (?:NOT NULL|NULL|DEFAULT|PRIMARY|UNIQUE|REFERENCES|CHECK)\b.*)"
)
"""A line of a comment that is a heading with a ruler, or a column that was taken out."""
_ONLY_COMMENTS = re.compile(r"(?:/\*(?:[^*]|\*(?!/))*\*/\s*)*(?:--.*|/\*(?:[^*]|\*(?!/))*)?")
"""The rest of a line with nothing else in it."""
_TABLE = -1
"""Whose a comment is that is about the table itself; columns are numbered from 0."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a definition's comments say."""

    about: str = ""
    """Of the table; empty if they say nothing of it."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Of each column that has a comment, by its folded name."""


@dataclass(frozen=True, slots=True)
class _Comment:
    text: str
    line: int
    last_line: int
    indent: int
    """How far from the start of its line it begins."""
    alone: bool
    """Whether nothing stands before it on its line."""
    ends_line: bool
    """Whether nothing stands behind it on its line."""
    within: int | None
    """The column that goes on behind it, if there is one."""
    following: int
    """The column that begins next."""
    outside: bool
    """Whether it stands before the parenthesis."""


@dataclass(slots=True)
class _Item:
    """A column or a constraint: what stands between two commas."""

    name: str
    """Folded; empty of a constraint."""
    first_line: int
    lines: set[int] = field(default_factory=set)


def comments_in(sql: str) -> Said:
    """Read the comments of a CREATE TABLE; those of another statement say nothing."""
    if "--" not in sql and "/*" not in sql:
        return Said()
    words = Words(sql)
    kinds = words.key(1), words.key(2)
    if words.key(0) != "create" or "table" not in kinds or "virtual" in kinds:
        return Said()
    definition = _Definition(words)
    whose = _whose(definition)
    columns = {
        item.name: _text(whose[number])
        for number, item in enumerate(definition.items)
        if item.name and number in whose
    }
    about = _text(whose.get(_TABLE, ()))
    return Said(about, {name: text for name, text in columns.items() if text})


class _Definition:
    """The columns of a definition, and its comments with where they stand."""

    def __init__(self, words: Words) -> None:
        self.items: list[_Item] = []
        self.comments: list[_Comment] = []
        self.open_line = -1
        """The line with the opening parenthesis."""
        self._parts = words.parts
        self._lines = words.sql.split("\n")
        self._depth = 0
        self._going_on = False
        """Whether a column has begun, and no comma has ended it."""
        self._read()

    def _read(self) -> None:
        line = indent = 0
        for place, part in enumerate(self._parts):
            last_line = line + part.count("\n")
            if part.startswith(("--", "/*")):
                # What stands deeper is about a rule, and not about its column.
                if self._depth in (0, 1):
                    self.comments.append(self._comment(place, line, indent))
            elif not part.isspace():
                self._word(part, range(line, last_line + 1))
                if self.open_line >= 0 and not self._depth:
                    return
            indent = len(part) - part.rfind("\n") - 1 + (0 if last_line > line else indent)
            line = last_line

    def _comment(self, place: int, line: int, indent: int) -> _Comment:
        text = self._parts[place]
        last_line = line + text.count("\n")
        end = len(text) - text.rfind("\n") - 1 + (0 if last_line > line else indent)
        behind = self._lines[last_line][end:].strip()
        ends_line = not behind or _ONLY_COMMENTS.fullmatch(behind) is not None
        next_word = next(
            (it for it in self._parts[place + 1 :] if not it.isspace() and it[:2] not in _OPEN), ""
        )
        goes_on = self._going_on and not (ends_line and next_word in (",", ")"))
        return _Comment(
            text=text,
            line=line,
            last_line=last_line,
            indent=indent,
            alone=not self._lines[line][:indent].strip(),
            ends_line=ends_line,
            within=len(self.items) - 1 if goes_on else None,
            following=len(self.items),
            outside=self.open_line < 0,
        )

    def _word(self, word: str, lines: range) -> None:
        if not self._depth:
            if word == "(":
                self._depth, self.open_line = 1, lines[0]
            return
        if self._depth == 1 and word == ",":
            self._going_on = False
            return
        self._depth += {"(": 1, ")": -1}.get(word, 0)
        if not self._depth:
            return
        if not self._going_on:
            name = "" if folded(word) in _RULES else folded(plain(word))
            self.items.append(_Item(name, lines[0]))
            self._going_on = True
        self.items[-1].lines.update(lines)


_OPEN = ("--", "/*")


def _whose(definition: _Definition) -> dict[int, list[_Comment]]:
    """Give each comment to the column that it is about, or to the table."""
    found: dict[int, list[_Comment]] = {}
    above: dict[int, list[_Comment]] = {}
    before: tuple[int, _Comment] | None = None
    for comment in definition.comments:
        if before and _goes_on_with(comment, before[1]):
            owner: int | None = before[0]
        elif comment.outside:
            owner = _TABLE
        elif not comment.alone and comment.ends_line:
            owner = _alone_on_line(definition, comment)
        elif comment.within is not None:
            owner = comment.within
        elif not comment.alone and comment.following:
            owner = None  # between two columns of one line
        else:
            above.setdefault(comment.following, []).append(comment)
            before = None
            continue
        before = None if owner is None else (owner, comment)
        if owner is not None:
            found.setdefault(owner, []).append(comment)
    _give_those_above(definition, found, above)
    return found


def _goes_on_with(comment: _Comment, before: _Comment) -> bool:
    """Whether a comment is the next line of one that stands behind a column."""
    below = comment.line == before.last_line + 1
    return comment.alone and below and comment.indent == before.indent


def _alone_on_line(definition: _Definition, comment: _Comment) -> int | None:
    """The column before a comment, if its line has no other."""
    on = [n for n, item in enumerate(definition.items) if comment.line in item.lines]
    if not on and comment.line == definition.open_line:
        return _TABLE
    return on[0] if len(on) == 1 else None


def _give_those_above(
    definition: _Definition,
    found: dict[int, list[_Comment]],
    above: Mapping[int, Sequence[_Comment]],
) -> None:
    """Comments right above a column are its own; a blank line between makes them nobody's."""
    near: dict[int, list[_Comment]] = {}
    for number, comments in above.items():
        if number < len(definition.items):
            line = definition.items[number].first_line
            block = [*_right_above(comments, line)]
            near[number] = block
            if number == 0 and len(block) < len(comments) and _TABLE not in found:
                # Two blocks: the first is about the table.
                found[_TABLE] = [*_first_block(comments)]
    first = near.get(0)
    if first and _TABLE not in found:
        others = any(number and definition.items[number].name for number in near)
        if 0 in found or not others:
            # Where comments stand behind columns, or nowhere else, it is no column's.
            found[_TABLE] = near.pop(0)
    for number, block in near.items():
        found[number] = [*block, *found.get(number, ())]


def _right_above(comments: Sequence[_Comment], line: int) -> Iterator[_Comment]:
    """The last of some comments, back to a blank line."""
    block: list[_Comment] = []
    for comment in reversed(comments):
        if comment.last_line + 1 < line:
            break
        block.append(comment)
        line = comment.line
    return reversed(block)


def _first_block(comments: Sequence[_Comment]) -> Iterator[_Comment]:
    """The first of some comments, up to a blank line."""
    line = comments[0].line
    for comment in comments:
        if comment.line > line + 1:
            return
        yield comment
        line = comment.last_line


def _text(comments: Iterable[_Comment]) -> str:
    """What comments say, in one line; nothing where they are rulers, or SQL that was taken out."""
    lines = (
        line
        for comment in comments
        for line in _lines(comment.text)
        if not _NO_LINES.fullmatch(line)
    )
    text = " ".join(line for line in lines if re.search(r"\w", line))
    return "" if text.endswith((",", ";")) or _NO_WORDS.match(text) else text


def _lines(comment: str) -> Iterator[str]:
    if comment.startswith("--"):
        yield comment.lstrip("-").strip()
    else:
        inner = comment.removeprefix("/*").removesuffix("*/")
        yield from (line.strip().lstrip("*").strip() for line in inner.splitlines())
