"""Pages, and programs in other languages: only looked through for SQL and paths in quotes.

A template of Mako's or a script of JavaScript's may well talk to the same database. And what a form
or a link of a page sends may be a table's name for the code that gets it.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from refactor.kinds.kind import Contents, Kind, value_text
from refactor.kinds.scripts import part_as_commands
from refactor.sql.names import table_names
from refactor.text.source import Source
from refactor.text.words import Words

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
_TAG = re.compile(r"<(?P<tag>select|option|input|button)\b[^<>]*>", re.IGNORECASE)
_NAMED = re.compile(r"\bname\s*=\s*[\"'](?P<name>\w+)[\"']", re.IGNORECASE)
_VALUE = re.compile(r"\bvalue\s*=\s*[\"'](?P<value>\w+)[\"']", re.IGNORECASE)
_QUERY = re.compile(r"[?&;](?P<name>\w+)=(?P<value>\w+)(?![\w./-])")
_SENT = re.compile(
    r"\b(?P<name>\w*(?i:table|tbl)\w*)[\"']?\s*(?::|=|,)\s*[\"'`](?P<value>\w+)[\"'`]"
)
"""What a script says under a key that is called a table."""
_OURS = '<meta name="generator" content="retable">'
"""What our own pages say of themselves: they tell of old names on purpose."""
_HEAD = 2_000
"""Characters in which a page says that."""
_UNREAD = "a page, or a program in another language: only looked through for SQL in quotes"
_FILE = r"[\"'`](?P<says>[^\"'`\n]*\w\.\w[^\"'`\n]*)[\"'`]"
"""What may be the path of a file, or a command with one."""
_URL = re.compile(r"[\"'`](?:https?:/|\$\{\w+\})?(/[\w/-]+)[\"'`?]")
"""What a script fetches, or a page links to; not a file's path."""
_WHY = "a statement in a file that is not read"


def read(source: Source, words: Words) -> Contents:
    """The old names in its statements, and in what it sends, to be asked about."""
    if _OURS in source.text[:_HEAD]:
        return Contents(unread="a page that retable has written")
    sent = dict.fromkeys(_sent(source.text))
    texts = tuple(
        value_text(source.text[slice(*span)], range(*span), span, keys=(name,))
        for name, span in sent
        if words.are_in(source.text[slice(*span)])
    )
    urls = (it.span(1) for it in _URL.finditer(source.text) if words.are_in(it[1]))
    asked = (value_text(source.text[slice(*it)], range(*it), it) for it in urls)
    files = (it for it in re.finditer(_FILE, source.text) if words.are_in(it["says"]))
    commands = (part_as_commands(source, *it.span("says")) for it in files)
    return Contents(
        (*texts, *asked, *commands), doubtful=tuple(_named(source.text, words)), unread=_UNREAD
    )


def _sent(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """What forms and links send by some name, and where it stands."""
    chosen = ""
    for tag in _TAG.finditer(text):
        named, value = (it.search(text, *tag.span()) for it in (_NAMED, _VALUE))
        name = named["name"] if named else ""
        if tag["tag"].lower() == "select":
            chosen = name
        elif value:
            name = chosen if tag["tag"].lower() == "option" else name
            yield name, value.span("value")
    for pattern in (_QUERY, _SENT):
        for match in pattern.finditer(text):
            yield match["name"], match.span("value")


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
