"""Pages, and programs in other languages: only looked through for statements in quotes.

A template of Mako's or a script of JavaScript's may well talk to the same database.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.kinds.kind import Contents, Kind
from refactor.source import Source
from refactor.sql.names import table_names
from refactor.words import Words

_SUFFIXES = frozenset(
    (".html", ".htm", ".xhtml", ".mako", ".mak", ".tmpl", ".tpl", ".jinja", ".jinja2", ".j2",
     ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".vue", ".svelte", ".php", ".phtml", ".rb",
     ".erb", ".go", ".rs", ".java", ".kt", ".scala", ".cs", ".swift", ".dart", ".lua", ".pl",
     ".pm", ".r", ".c", ".h", ".cc", ".cpp", ".hpp", ".m", ".ex", ".exs", ".clj", ".jl")
)  # fmt: skip
_STATEMENT = re.compile(
    r"""(?P<quote>[\"'`])\s*
    (?P<sql>(?P<verb>(?i:SELECT|INSERT|REPLACE|UPDATE|DELETE|CREATE|ALTER|DROP|WITH))\s
    (?:(?!(?P=quote)).){1,4000}?)(?P=quote)""",
    re.VERBOSE | re.DOTALL,
)
_UNREAD = "a page, or a program in another language: only looked through for SQL in quotes"
_WHY = "a statement in a file that is not read"


def read(source: Source, words: Words) -> Contents:
    """The old names in its statements, to be asked about."""
    return Contents(doubtful=tuple(_named(source.text, words)), unread=_UNREAD)


def _named(text: str, words: Words) -> Iterator[tuple[int, int, str]]:
    for statement in _STATEMENT.finditer(text):
        if statement["verb"].istitle():
            continue  # a sentence
        for name in table_names(statement["sql"]):
            if words.are_in(name.name):
                start = statement.start("sql")
                yield start + name.start, start + name.end, _WHY


def _takes(path: PurePosixPath) -> bool:
    return path.suffix.lower() in _SUFFIXES


KIND = Kind("a page, or a program in another language", _takes, read)
