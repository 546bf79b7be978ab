"""Which database a path in a literal means, and what the path becomes."""

import ast
import os.path
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from plan.model import DATABASE_ENDINGS
from refactor.legacy import Legacy
from refactor.python.syntax import walked
from refactor.sql.names import HOLE

_URL = re.compile(
    r"(?P<scheme>sqlite(?:\+\w+)?:(?:///?)?|jdbc:sqlite:|file:)(?P<path>[^?#]*)(?P<rest>.*)",
    re.DOTALL,
)
SAYS_DATABASE = (
    r"(?i:(?:database|db|data_?source|source|conn(?:ection)?|engine|bind|dsn|ur[il]|path|file|store"
    r"|sqlite)(?:[_-]?(?:name|id|key|path|ur[il]|file|string))?)"
)
"""How a key is called that says where the SQL of its entry goes."""
SUFFIX = f"(?:{'|'.join(it.removeprefix('.') for it in DATABASE_ENDINGS)})"
"""What a database's file ends with, behind the dot."""
_DATABASE_SUFFIX = re.compile(rf"[^\s\"'<>|*?]+\.{SUFFIX}")
_OF_WINDOWS = re.compile(r"(?:.*[/\\])?(?:eh)?thumbs(?:_vista)?\.db", re.IGNORECASE | re.DOTALL)
"""The thumbnails that Windows leaves in folders: programs skip or delete them."""
_TEST = re.compile(r"(?<![a-z])(?:conf)?tests?(?![a-z])", re.IGNORECASE)
FROM_ROOT = re.compile(rf"(?:\.{{0,2}}[/\\]|{HOLE}[/\\])*")
"""What may stand before a path of the plan that is written whole."""
_BLANK = re.compile(rf"%[sdi]|\{{\w*\}}|{HOLE}")
_IN_MEMORY = (":memory:", "mode=memory")
_TEMPORARY = re.compile(
    r"tmp|(?<!at)(?<!con)temp(?!er|est|l|oral|t)|scratch|mock|fake", re.IGNORECASE
)
"""Not in attempts, contemporary, temperature, tempest, templates, temporal, temptation."""


class NamedDatabase(Struct, frozen=True):
    """A literal that names a database of the plan by its path or by its file name."""

    database: str
    start: int
    """Where the path starts in the literal, behind the scheme of a URL."""
    path: str
    whole: bool
    """Whether the plan's whole path stands there, not only the file name or the end of it."""


def database_in(text: str, legacy: Legacy) -> NamedDatabase | None:
    """The plan's database that a literal names, if that is all that the literal says."""
    if not any(name in text for name in legacy.databases):
        return None  # as with by far the most
    start, path = path_in(text)
    written = PurePosixPath(path.replace("\\", "/"))
    candidates = legacy.databases.get(written.name, ())
    fitting = [found for found in candidates if _ends_with(written, PurePosixPath(found))]
    if fitting:
        best = max(fitting, key=len)
        return NamedDatabase(best, start, path, whole=True)
    cut = path.rfind(HOLE) + 1
    if cut and path[cut : cut + 1] in {"/", "\\"}:  # a folder that is only known at run time
        start, path = start + cut + 1, path[cut + 1 :]
        written = PurePosixPath(path.replace("\\", "/"))
    shorter = [found for found in candidates if _ends_with(PurePosixPath(found), written)]
    if len(shorter) == 1:
        return NamedDatabase(shorter[0], start, path, whole=False)
    return None


def path_in(text: str) -> tuple[int, str]:
    """The path that a literal is, without the rest of a URL, and where it starts."""
    match = _URL.fullmatch(text)
    return (match.start("path"), match["path"]) if match else (0, text)


def _ends_with(path: PurePosixPath, tail: PurePosixPath) -> bool:
    return path.parts[-len(tail.parts) :] == tail.parts


def other_database(text: str) -> bool:
    """Whether a literal looks like the file of some database, of the plan or not."""
    start, path = path_in(text)
    addressed = start and "sqlite" in text[:start] and is_file(text)
    return bool(addressed or _DATABASE_SUFFIX.fullmatch(path)) and not (
        is_test(path) or _OF_WINDOWS.fullmatch(path)
    )


def is_file(text: str) -> bool:
    """Whether a text that is opened names a file, and none that is made for the moment."""
    _, path = path_in(text)
    strange = "://" in path or any(it in text for it in _IN_MEMORY)
    return bool(path.strip("/.")) and not strange and not is_test(path)


def may_name(template: str, legacy: Legacy) -> bool:
    """Whether a name with blanks in it, such as `history%s.db`, may become that of a known one."""
    parts = _BLANK.split(PurePosixPath(template).name)
    if len(parts) == 1:
        return False
    pattern = re.compile(".*".join(map(re.escape, parts)))
    return any(map(pattern.fullmatch, legacy.databases))


def is_test(path: str) -> bool:
    """Whether a path says of itself that it is a test's, or made for the moment."""
    return bool(_TEMPORARY.search(path) or _TEST.search(path))


def is_temporary(node: ast.expr | None) -> bool:
    """Whether a path begins in a folder that is made for the moment, such as pytest's tmp_path."""
    return node is not None and any(
        bool(_TEMPORARY.search(name))
        for child in walked(node)
        for name in (getattr(child, "id", ""), getattr(child, "attr", ""))
    )


def moved_path(found: NamedDatabase, target: str) -> str:
    """The path to write in place of the one found, as far from its folder as that one was."""
    written = found.path.replace("\\", "/")
    if written != found.path:
        return moved_path(replace(found, path=written), target).replace("/", "\\")
    old = PurePosixPath(found.database)
    if found.whole:
        prefix = written[: len(written) - len(found.database)]
        if written.endswith(found.database):
            return prefix + target
    # Only the end of the path is written: the rest stands elsewhere and stays as it is.
    depth = len(PurePosixPath(written).parts)
    folder = "/".join(old.parts[: len(old.parts) - depth])
    return os.path.relpath(target, folder or ".")


def endings_of(legacy: Legacy) -> tuple[str, ...]:
    """The endings of the files that move, such as `.db`."""
    names = (PurePosixPath(it) for it, becomes in legacy.moved.items() if becomes)
    return tuple(sorted({it.suffix for it in names if it.suffix}))


def with_ending(ending: str) -> tuple[str, ...]:
    """What a line has in which a path of such an ending is put together, as `f"{name}.db"`."""
    # They begin with a letter: to look for what does not costs as much again as all the rest.
    return tuple(f"{ending[1:]}{it}" for it in ("'", '"', "?"))


def may_make_path(text: str, endings: Iterable[str]) -> bool:
    """Whether a path of such an ending may be put together in a text: that is cheap to see."""
    return any(
        re.search(rf"(?m:[}}]|%s|\)s|(?:^|[+=]|suffix\()\s*[a-z]?[\"']){re.escape(it)}", text)
        for it in endings
    )
