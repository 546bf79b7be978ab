"""Pieces of Python that follow one another in a file: put together as one module."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from msgspec import Struct, field
from msgspec.structs import replace

from refactor.kinds.kind import Embedded, value_text
from refactor.kinds.templates import templated
from refactor.python.outline import Context, Usage
from refactor.python.strings import NOWHERE, Literal, Text
from refactor.python.syntax import parsed
from refactor.text.source import Source, Unreadable

_CELL_MAGIC = re.compile(r"\s*%%(?P<name>[\w!]*)(?P<rest>[^\n]*)(?:\n|\Z)")
_LINE_MAGIC = re.compile(
    r"""
    ^(?P<before>[ \t]*(?:[\w.,\ \[\]]+=[ \t]*)?)
    (?: %(?P<name>\w+)[ \t]*(?P<rest>(?:[^\n]*\\\n)*[^\n]*)
      | !+(?P<command>(?:[^\n]*\\\n)*[^\n]*)
      | \?{1,2}[\w.*]+[^\n]* | [\w.*]+\?{1,2}[ \t]*$ )
    """,
    re.VERBOSE | re.MULTILINE,
)
_AROUND_PYTHON = frozenset({"time", "timeit", "capture", "prun", "python", "python3", "memit"})
_OF_SHELL = frozenset({"bash", "sh", "script", "system", "!", "zsh", "cmd", "sx"})
_SQL_OPTIONS = re.compile(r"\s*(?:(?:--?\w[\w-]*(?:[ =][\w./]+)?|\w+\s*<<)\s+)*")
_OF_PYTHON = re.compile(r"\s*\$?[A-Za-z_][\w.@]*\s*\Z")
"""A connection, or an engine, by its name in Python."""
MAGIC = "%sql"
"""What executes the SQL of a cell."""
_OTHER_LANGUAGE = "a cell in another language is not read"
NO_FILE = Source(PurePosixPath(), b"", "", "utf-8", b"")


class Cell(Struct, frozen=True):
    """A piece of Python, and where each of its characters stands in the file."""

    text: str
    origin: Sequence[int]

    def span(self) -> tuple[int, int]:
        """Where it begins and ends in the file."""
        return (self.origin[0], self.origin[-1] + 1) if self.origin else (0, 0)

    def part(self, start: int, end: int) -> "Cell":
        """A part of it."""
        return Cell(self.text[start:end], self.origin[start:end])


class Pieces(Struct):
    """The pieces of one file, as they come."""

    chars: list[str] = field(default_factory=list)
    origin: list[int] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    """SQL and commands in what is no Python, by IPython's magics."""
    doubtful: list[tuple[int, int, str]] = field(default_factory=list)
    url: str = ""
    """What the last `%sql` has opened, which those behind it use; empty if that is not said."""

    def embedded(self, source: Source, *, quoted: bool = False) -> Embedded:
        """All pieces that can be read, as one module of the file."""
        module = Source(source.path, b"", "".join(self.chars), "utf-8", b"")
        return Embedded(module, tuple(self.origin), quoted)

    def add(self, cell: Cell) -> None:
        """Take a code cell, magics and all."""
        magic = _CELL_MAGIC.match(cell.text)
        if magic is None:
            self.add_python(cell, magics=True)
            return
        body = cell.part(magic.end(), len(cell.text))
        match magic["name"]:
            case "sql":
                self._connection(cell, *magic.span("rest"))
                self._sql(body)
            case name if name in _AROUND_PYTHON:
                self.add_python(body, magics=True)
            case name if name in _OF_SHELL:
                self.add_command(body)
            case _ if cell.text:
                self.doubtful.append((*cell.span(), _OTHER_LANGUAGE))

    def add_python(self, cell: Cell, *, magics: bool = False) -> None:
        """Take Python; what is none, even without its magics, is doubtful as a whole."""
        why, span = refused(cell.text), cell.span()
        if why and magics:
            gathered = Pieces(url=self.url)
            cell = _without_magics(cell, gathered)
            why = refused(cell.text)
            if not why:
                self.texts += gathered.texts
                self.url = gathered.url
        if why:
            self.doubtful.append((*span, why))
            return
        self.chars += f"{cell.text}\n"
        self.origin += [*cell.origin, NOWHERE]

    def add_line_of_sql(self, cell: Cell, start: int, end: int) -> None:
        """Take what stands behind `%sql`."""
        if "://" in cell.text[start:end].split(" ", 1)[0]:
            self._connection(cell, start, end)
        else:
            self._connection(cell, start, end)
            options = _SQL_OPTIONS.match(cell.text, start, end)
            self._sql(cell.part(options.end() if options else start, end))

    def _connection(self, cell: Cell, start: int, end: int) -> None:
        """The URL behind `%sql`, which opens a database."""
        while start < end and cell.text[start].isspace():
            start += 1
        url = cell.part(start, start + len(cell.text[start:end].split(" ", 1)[0].rstrip()))
        if "://" in url.text:
            self.texts.append(value_text(url.text, url.origin, url.span(), keys=("sql",)))
            self.url = url.text
        elif "://" in cell.text[start:end] or _OF_PYTHON.match(cell.text, start, end):
            self.url = ""

    def _sql(self, cell: Cell) -> None:
        if cell.text.strip():
            size = len(cell.text)
            text = replace(templated(cell.text, 0, size), literals=(Literal(0, size, '"'),))
            if self.url:
                opened = replace(text.context, callee=MAGIC, argument=self.url)
                text = replace(text, context=opened)
            self.texts.append(Embedded(NO_FILE, cell.origin).carried(text))

    def add_command(self, cell: Cell) -> None:
        """Take a command line of the shell."""
        if cell.text:
            context = Context(usage=Usage.COMMAND)
            self.texts.append(Text(cell.text, cell.origin, (), (), context, *cell.span()))


def refused(text: str) -> str:
    """Why a text is no Python; empty if it is."""
    tree = parsed(replace(NO_FILE, text=text))
    return tree.why if isinstance(tree, Unreadable) else ""


def _without_magics(cell: Cell, gathered: Pieces) -> Cell:
    """The Python of a cell; what its magics hand to others is gathered."""
    chars: list[str] = []
    origin: list[int] = []
    at = 0
    for match in _LINE_MAGIC.finditer(cell.text):
        before = match.end("before")
        chars += cell.text[at:before]
        origin += cell.origin[at:before]
        stands_in = "None" if "=" in match["before"] else "pass"
        chars += stands_in
        origin += [NOWHERE] * len(stands_in)
        at = match.end()
        if match["name"] == "sql":
            gathered.add_line_of_sql(cell, *match.span("rest"))
        elif match["command"] is not None:
            gathered.add_command(cell.part(*match.span("command")))
    chars += cell.text[at:]
    origin += cell.origin[at:]
    return Cell("".join(chars), tuple(origin))
