"""Where the comments, strings and names of a file stand, by its language's own tokens.

A `#` inside of a string is no comment, so Python is read with `tokenize` and SQL with our own
tokens. Settings and scripts have no tokenizer here: a comment sign counts where it begins a word
and no quote is open before it on its line.
"""

import re
import tokenize
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.sql.tokens import Kind, tokens
from refactor.text.lines import Lines

_OPENERS = frozenset({"FSTRING_START", "TSTRING_START"})
_CLOSERS = frozenset({"FSTRING_END", "TSTRING_END"})
_BREAKS = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING})
_SILENT = frozenset({tokenize.NL, tokenize.COMMENT})
_SIGNS = {".ini": "#;", ".cfg": "#;", ".conf": "#;"}
_HTML_LIKE = frozenset({".md", ".markdown", ".rst", ".txt", ".html"})
_SQL_ENDINGS = (".sql", ".sql.j2", ".sql.jinja", ".sql.jinja2")
_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

Span = tuple[int, int]


class Parts(Struct, frozen=True):
    """What a text has besides the code that runs, each by its offsets and in order."""

    comments: tuple[Span, ...] = ()
    strings: tuple[Span, ...] = ()
    """Whole string literals, with prefix and quotes."""
    docstrings: tuple[Span, ...] = ()
    """Those that are statements by themselves."""
    names: tuple[Span, ...] = ()
    """Python's names and keywords."""


NOTHING = Parts()


def parts_of_python(text: str) -> Parts:
    """The parts of a module; nothing where Python's own tokenizer gives up."""
    lines = Lines(text)
    try:
        return _parts(list(_tokens(text, lines)), [*lines.starts, len(text)])
    except (tokenize.TokenError, SyntaxError):
        return NOTHING


def _tokens(text: str, lines: Lines) -> Iterator[tokenize.TokenInfo]:
    ends = [*lines.starts[1:], len(text)]
    pieces = iter([text[start:end] for start, end in zip(lines.starts, ends, strict=True)])
    return tokenize.generate_tokens(lambda: next(pieces, ""))


def _parts(found: list[tokenize.TokenInfo], starts: list[int]) -> Parts:
    """The parts that some tokens make, by where each line starts; the end is a line of its own."""
    comments: list[Span] = []
    strings: list[Span] = []
    docstrings: list[Span] = []
    names: list[Span] = []
    opened: list[int] = []
    before = tokenize.ENCODING
    for number, token in enumerate(found):
        start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
        kind = tokenize.tok_name[token.type]
        if token.type == tokenize.COMMENT:
            comments.append((start, end))
        elif token.type == tokenize.NAME:
            names.append((start, end))
        elif token.type == tokenize.STRING and not opened:
            strings.append((start, end))
            if before in _BREAKS and _ends_statement(found, number + 1):
                docstrings.append((start, end))
        elif kind in _OPENERS:
            opened.append(start)
        elif kind in _CLOSERS and opened:
            first = opened.pop()
            if not opened:
                strings.append((first, end))
        if token.type not in _SILENT:
            before = token.type
    return Parts(tuple(comments), tuple(strings), tuple(docstrings), tuple(names))


def _ends_statement(found: list[tokenize.TokenInfo], number: int) -> bool:
    ahead = (it.type for it in found[number:] if it.type not in _SILENT)
    return next(ahead, tokenize.ENDMARKER) in {tokenize.NEWLINE, tokenize.ENDMARKER}


def comments_in_sql(text: str) -> tuple[Span, ...]:
    """The comments of an SQL text."""
    return tuple((it.start, it.end) for it in tokens(text) if it.kind is Kind.COMMENT)


def is_prose(path: PurePosixPath) -> bool:
    """Whether a file is documentation, in which code is an example."""
    return path.suffix in _HTML_LIKE


def parts_of_other(path: PurePosixPath, text: str) -> Parts:
    """The comments of a file that is no Python, by the sign of its kind."""
    if path.name.endswith(_SQL_ENDINGS):
        return Parts(comments_in_sql(text))
    if is_prose(path):
        return Parts(tuple(it.span() for it in _HTML_COMMENT.finditer(text)))
    if path.suffix in {".json", ".ipynb"}:
        return NOTHING
    return Parts(tuple(_signed(text, _SIGNS.get(path.suffix, "#"))))


def _signed(text: str, signs: str) -> Iterator[Span]:
    at = 0
    for line in text.splitlines(keepends=True):
        start = _sign_in(line, signs)
        if start is not None:
            yield at + start, at + len(line.rstrip("\r\n"))
        at += len(line)


def _sign_in(line: str, signs: str) -> int | None:
    """Where a comment starts in a line of settings; also `--`, for SQL in a block of text."""
    quote = ""
    for at, char in enumerate(line):
        begins = at == 0 or line[at - 1].isspace()
        if quote:
            quote = "" if char == quote else quote
        elif begins and (char in signs or line.startswith("--", at)):
            return at
        elif char in "\"'" and (begins or line[at - 1] in "=:([{,"):
            quote = char
    return None
