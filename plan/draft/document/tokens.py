"""A line of text as the things that it speaks of: databases, files, names, arrows, words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import PurePosixPath

from plan.draft.document.outline import Text
from plan.model import DATABASE_ENDINGS

_FILE_ENDINGS = (
    *(".py", ".pyi", ".sql", ".md", ".rst", ".txt", ".sh", ".toml", ".yaml", ".yml", ".json"),
    *(".ini", ".cfg", ".js", ".ts", ".html", ".csv", ".log", ".bak", ".gz", ".zip", ".ipynb"),
)
_PIECE = re.compile(
    r"""(?P<arrow>[→⇒➜➔➡⟶⇨↦]\ufe0f?|-{1,3}>|={1,2}>|~>)
      | (?P<text>(?:[^\s()\[\],;|"“”‘’!?…—–:<>=→⇒➜➔➡⟶⇨↦-]|(?<=\w)['’](?=\w)
                  |(?<=\S)-(?=[\w{*/.$<])|<(?=[\w-]+>)|(?<=\w)>(?!\s)|>(?=/|\.)|[:=](?=[\w/\\])(?<!\s[:=]))+)
      | (?P<mark>\S)""",
    re.VERBOSE,
)
_NAME = re.compile(r"[^\W\d]\w*\Z")


class Kind(Enum):
    """What a token is."""

    DATABASE = "database"
    FILE = "file"
    FOLDER = "folder"
    NAME = "name"
    """A table's, or at least it is written like one: as code, or with an underscore."""
    WORD = "word"
    CODE = "code"
    """Code that is none of the above."""
    ARROW = "arrow"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Token:
    """One of them, and where in its text it stands."""

    kind: Kind
    value: str
    start: int
    end: int
    code: bool = False

    @property
    def word(self) -> str:
        """A plain word in lower case; empty for anything else."""
        return self.value.lower() if self.kind is Kind.WORD else ""


@lru_cache(maxsize=4096)
def tokens_of(text: Text) -> tuple[Token, ...]:
    """All tokens in order."""
    return tuple(_tokens(text))


def _tokens(text: Text) -> Iterator[Token]:
    at = 0
    for start, end in text.codes:
        yield from _plain(text.plain, at, start)
        yield from _code(text.plain[start:end], start)
        at = end
    yield from _plain(text.plain, at, len(text.plain))


def _code(value: str, start: int) -> Iterator[Token]:
    stripped = value.strip()
    if found := _in_database(stripped):
        path, table = found
        yield Token(Kind.DATABASE, path, start, start + len(value), code=True)
        yield Token(Kind.NAME, table, start, start + len(value), code=True)
        return
    kind = _kind_of(stripped)
    if kind is Kind.WORD:
        kind = Kind.NAME if _NAME.match(stripped) else Kind.CODE
    if stripped.strip("→=->") == "" and stripped:
        kind = Kind.ARROW
    yield Token(kind, _tidy(stripped, kind), start, start + len(value), code=True)


def _plain(plain: str, start: int, end: int) -> Iterator[Token]:
    for match in _PIECE.finditer(plain, start, end):
        value = match.group()
        if match["arrow"]:
            yield Token(Kind.ARROW, value, match.start(), match.end())
        elif match["mark"]:
            yield Token(Kind.MARK, value, match.start(), match.end())
        else:
            yield from _piece(value, match.start())


def _piece(value: str, start: int) -> Iterator[Token]:
    bare = value.strip("*_'`").rstrip(".")
    if not bare:
        yield Token(Kind.MARK, value[-1], start, start + len(value))
        return
    start += value.index(bare)
    if found := _in_database(bare):
        yield Token(Kind.DATABASE, found[0], start, start + len(bare))
        yield Token(Kind.NAME, found[1], start, start + len(bare))
    else:
        kind = _kind_of(bare)
        if kind is Kind.WORD and "_" in bare and _NAME.match(bare):
            kind = Kind.NAME
        yield Token(kind, _tidy(bare, kind), start, start + len(bare))
    if value.endswith("."):
        yield Token(Kind.MARK, ".", start + len(bare), start + len(bare) + 1)


def _in_database(value: str) -> tuple[str, str] | None:
    """A table that is written with its file before it: `data/a.db:users`, `a.db.users`."""
    for ending in DATABASE_ENDINGS:
        path, mid, table = value.partition(ending)
        if path and mid and table[:1] in (":", ".", "/") and _NAME.match(table.lstrip(":./")):
            return _tidy(path + mid, Kind.DATABASE), table.lstrip(":./")
    return None


def _kind_of(value: str) -> Kind:
    low = value.lower()
    if low.endswith(DATABASE_ENDINGS) and not any(c in value for c in "*?<{ \n"):
        return Kind.DATABASE
    if low.endswith((*_FILE_ENDINGS, *DATABASE_ENDINGS)) or ("*" in value and value.strip("*")):
        return Kind.FILE
    if "/" in value.strip("/") or (value.endswith("/") and value.strip("/.")):
        # A folder, unless it is two words with a stroke between: `and/or`.
        return (
            Kind.FOLDER
            if value.endswith("/") or value.count("/") > 1 or _pathlike(value)
            else Kind.WORD
        )
    return Kind.WORD


def _pathlike(value: str) -> bool:
    return any(c in value for c in "._-{}$<0123456789")


def _tidy(value: str, kind: Kind) -> str:
    if kind is not Kind.DATABASE:
        return value
    return PurePosixPath(value.replace("\\", "/")).as_posix()


def words_of(tokens: tuple[Token, ...] | list[Token]) -> list[str]:
    """The plain words, in lower case, their hyphens kept."""
    return [token.word for token in tokens if token.word]


def databases_in(tokens: tuple[Token, ...]) -> list[Token]:
    """The databases that are mentioned, one by one."""
    return [token for token in tokens if token.kind is Kind.DATABASE]
