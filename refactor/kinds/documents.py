"""Markdown and reStructuredText: blocks of SQL, Python and commands, and code in running text.

Read only where the user asks for it: prose is never touched.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct, field

from refactor.kinds.cells import NO_FILE, Cell, Pieces
from refactor.kinds.kind import Contents, Embedded, Kind
from refactor.python.outline import Context, Usage
from refactor.python.strings import Text, without_dot_commands
from refactor.text.source import Source
from refactor.text.words import Words

_SUFFIXES = frozenset({".md", ".markdown", ".rst"})
_HISTORY = re.compile(r"(?:change|history|changes|news|release)", re.IGNORECASE)
_LINE = re.compile(r"[^\n]*\n?")
_FENCE = re.compile(
    r"(?P<indent>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)?)(?P<fence>`{3,}|~{3,})(?P<info>[^`\r\n]*)"
)
_DIRECTIVE = re.compile(
    r"(?P<indent>[ \t]*)\.\. (?:code-block|code|sourcecode|highlight)::[ \t]*(?P<info>\w*)"
)
_SQL = frozenset({"sql", "sqlite", "sqlite3"})
_PYTHON = frozenset({"python", "python3", "py", "pycon", "py3"})
_SHELL = frozenset(
    {"sh", "bash", "zsh", "ksh", "fish", "shell", "console", "terminal", "powershell"}
)
_COMMAND = re.compile(r"(?:\$ )?(?:sqlite3?|sqlite-utils|datasette|litecli) ")
"""What code in running text begins with that opens a database by its path."""
_PROMPT = re.compile(r"(?:sqlite>|\s*\.\.\.>) ?")
_DOCTEST = re.compile(r"(?P<prompt>[ \t]*(?:>>>|\.\.\.)(?: |(?=\r?$)))(?P<code>[^\n]*\n?)")
_SPAN = re.compile(
    r"(?<!`)(?P<ticks>`+)(?!`)(?P<code>(?:(?!\n[ \t]*\r?\n).)+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL
)


class _Block(Struct):
    """A block of code: its language and its lines, each with its place."""

    language: str
    start: int
    chars: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)

    def add(self, line: str, at: int) -> None:
        self.chars += line
        self.origin += range(at, at + len(line))

    def cell(self) -> Cell:
        return Cell("".join(self.chars), tuple(self.origin))


def read(source: Source, words: Words) -> Contents:
    """The blocks of code that can be read, and the code in running text."""
    pieces, texts = Pieces(), []
    blocks, prose = _parts(source.text, rst=source.path.suffix == ".rst")
    for block in blocks:
        if block.language in _SQL:
            texts.append(_sql(block.cell()))
        elif block.language in _SHELL or (not block.language and _is_session(block.cell())):
            texts.append(_carried(block.cell(), block.cell().text, Usage.COMMAND))
        elif block.language in _PYTHON:
            pieces.add_python(_without_prompts(block.cell()), magics=True)
    for start, end in prose:
        texts += _spans(source.text, start, end)
    return Contents(
        texts=tuple(text for text in (*texts, *pieces.texts) if words.are_in(text.text)),
        python=pieces.embedded(source),
        doubtful=tuple(pieces.doubtful),
        otherwise="documentation",
        advisory=True,
    )


def _parts(text: str, *, rst: bool) -> tuple[list[_Block], list[tuple[int, int]]]:
    """The blocks of code of a document, and the stretches of text between them."""
    blocks: list[_Block] = []
    prose: list[tuple[int, int]] = []
    lines = [(it[0], it.start()) for it in _LINE.finditer(text) if it[0]]
    at = since = 0
    while at < len(lines):
        line, start = lines[at]
        opened = (_DIRECTIVE if rst else _FENCE).match(line)
        if opened is None:
            at += 1
            continue
        prose.append((since, start))
        take = _directive if rst else _fenced
        block, at = take(lines, at, opened)
        blocks.append(block)
        since = lines[at][1] if at < len(lines) else len(text)
    return blocks, [*prose, (since, len(text))]


def _fenced(
    lines: Sequence[tuple[str, int]], at: int, opened: "re.Match[str]"
) -> tuple[_Block, int]:
    words = re.findall(r"\w+", opened["info"].lower())
    block = _Block(words[0] if words else "", lines[at][1])
    fence, width = opened["fence"], len(opened["indent"])
    for index in range(at + 1, len(lines)):
        line, start = lines[index]
        bare = line.lstrip(" \t>").rstrip()
        if len(bare) >= len(fence) and set(bare) == {fence[0]}:
            return block, index + 1
        cut = next(
            (i for i, c in enumerate(line[:width]) if c not in " \t>"), min(width, len(line))
        )
        block.add(line[cut:], start + cut)
    return block, len(lines)


def _directive(
    lines: Sequence[tuple[str, int]], at: int, opened: "re.Match[str]"
) -> tuple[_Block, int]:
    block = _Block(opened["info"].lower(), lines[at][1])
    depth = len(opened["indent"])
    inner: int | None = None
    index = at + 1
    while index < len(lines):
        line, start = lines[index]
        indent = len(line) - len(line.lstrip())
        if line.strip():
            if indent <= depth:
                break
            if not (inner is None and line.lstrip().startswith(":")):  # an option
                inner = indent if inner is None else min(inner, indent)
                block.add(line[inner:], start + inner)
        elif inner is not None:
            block.add(line[-1:], start + len(line) - 1)
        index += 1
    return block, index


def _sql(cell: Cell) -> Text:
    text = "".join(
        _PROMPT.sub(lambda it: " " * len(it[0]), line, count=1) if _PROMPT.match(line) else line
        for line in cell.text.splitlines(keepends=True)
    )
    return _carried(cell, without_dot_commands(text), Usage.EXECUTED)


def _is_session(cell: Cell) -> bool:
    """Whether a block of no language has a command by itself that opens a database."""
    return any(map(_COMMAND.match, cell.text.splitlines()))


def _carried(cell: Cell, text: str, usage: Usage) -> Text:
    """The text of a block, each character of it at its place in the file."""
    size = len(text)
    found = Text(text, range(size), (), (), Context(usage=usage), 0, size)
    return Embedded(NO_FILE, cell.origin).carried(found)


def _without_prompts(cell: Cell) -> Cell:
    """The code of an interactive session, without prompts and without what was printed."""
    if not re.match(r"\s*>>>", cell.text):
        return cell
    chars: list[str] = []
    origin: list[int] = []
    for line in _LINE.finditer(cell.text):
        match = _DOCTEST.match(cell.text, line.start(), line.end())
        if match:
            chars += match["code"]
            origin += cell.origin[match.start("code") : match.end("code")]
    return Cell("".join(chars), tuple(origin))


def _spans(text: str, start: int, end: int) -> Iterator[Text]:
    """The code in running text, without the spaces inside of its ticks."""
    for match in _SPAN.finditer(text, start, end):
        code = match["code"]
        first = match.start("code") + len(code) - len(code.lstrip())
        last = match.end("code") - len(code) + len(code.rstrip())
        is_command = _COMMAND.match(text, first, last)
        context = Context(usage=Usage.COMMAND if is_command else Usage.EXAMPLE)
        yield Text(text[first:last], range(first, last), (), (), context, first, last)


def _takes(path: PurePosixPath) -> bool:
    return path.suffix in _SUFFIXES and not _HISTORY.match(path.stem)


KIND = Kind("documentation", _takes, read)
