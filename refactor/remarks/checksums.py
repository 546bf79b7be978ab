"""Files of SQL that are edited, and whose checksums somebody keeps: runners of migrations do.

Such a runner refuses to go on where a file that has run is another one now.
"""

import ast
import base64
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from refactor.python.outline import last_part
from refactor.python.syntax import dotted
from refactor.remarks.project import Project
from refactor.remarks.remark import About, Remark, Remarker, in_short
from refactor.text.lines import Lines, places

_SUFFIX = ".sql"
_MAKES = frozenset(
    {
        *("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s"),
        *("crc32", "adler32", "file_digest"),
    }
)
_KEPT = (hashlib.sha256, hashlib.sha1, hashlib.md5, hashlib.sha512)
"""By what a checksum that stands in a file may be made; none of them keeps a secret."""
_READS = re.compile(r"\.read(?:_bytes|_text)?\(|\.encode\(|\bfile_digest\(")
"""How what is in a file gets into one."""
_RUNS = ("executescript(", "execute(")
_BEGIN = 16
"""So many characters of a checksum are looked for at first."""
_AT_ONCE = 400
_SHOWN = 3
_LOOK_RUNNER = (
    "whether it refuses, or runs again, a file that has changed since it ran: what it keeps must"
    " follow, or the files stay as they are and a new one renames"
)
_LOOK = "the new checksum must stand here, if the file is to be edited at all"


class _Seen(Struct, frozen=True):
    """A file of SQL with an old name, or a call that makes a checksum near such files."""

    path: PurePosixPath
    line: int = 0
    column: int = 0
    what: str = ""


def _look(project: Project, path: PurePosixPath) -> Iterator[_Seen]:
    if path.suffix == _SUFFIX:
        yield _Seen(path)
        return
    source = project.source(path)
    if source is None or ("hashlib" not in source.text and "zlib" not in source.text):
        return
    if _SUFFIX not in source.text or not any(it in source.text for it in _RUNS):
        return
    for _, call in project.calls(
        path, lambda text: [at for it in _MAKES for at in places(text, it)]
    ):
        if last_part(dotted(call.func)) in _MAKES and _READS.search(ast.unparse(call)):
            yield _Seen(path, *project.place(path, call), in_short(ast.unparse(call)))


def _making(text: str) -> Iterator[int]:
    """Where a text may make checksums."""
    return (at for it in _MAKES for at in places(text, it))


def checksums_kept(project: Project, seen: Sequence[_Seen]) -> Iterator[Remark]:
    """A remark for each checksum of a file of SQL that is edited, and for what makes some."""
    written = [it.path for it in seen if not it.line]
    edited = _Edited(project)
    for path, line, column, sql, said in _places(project, written):
        if databases := edited.databases(sql):
            why = f"it is the checksum of {sql} as it is today, in which old names are edited"
            yield Remark(path, line, column, About.CHECKSUM, said, databases, why, _LOOK)
    runners = [it for it in seen if it.line]
    changing = [it for it in written if edited.databases(it)] if runners else []
    if changing:
        shown = ", ".join(map(str, changing[:_SHOWN]))
        more = f" and {len(changing) - _SHOWN} more" if len(changing) > _SHOWN else ""
        databases = tuple(sorted({each for it in changing for each in edited.databases(it)}))
        why = f"it makes a checksum of what is in a file, and old names are edited in {shown}{more}"
        for it in runners:
            place = (it.path, it.line, it.column)
            yield Remark(*place, About.CHECKSUM, it.what, databases, why, _LOOK_RUNNER)


class _Edited:
    """Answers in which files of SQL old names are edited, and of which databases."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[PurePosixPath, tuple[str, ...]] = {}

    def databases(self, path: PurePosixPath) -> tuple[str, ...]:
        """The databases whose old names are certainly to be edited in a file."""
        if path not in self._known:
            references = [it for it in self._project.references(path) if it.certain]
            self._known[path] = tuple(sorted({each for it in references for each in it.databases}))
        return self._known[path]


def _places(
    project: Project, written: Sequence[PurePosixPath]
) -> Iterator[tuple[PurePosixPath, int, int, PurePosixPath, str]]:
    """Where a checksum of one of some files stands, and of which."""
    made = {said[:_BEGIN]: (said, path) for path in written for said in _checksums(project, path)}
    begins = [*made]
    for at in range(0, len(begins), _AT_ONCE):
        pattern = "|".join(map(re.escape, begins[at : at + _AT_ONCE]))
        found = project.codebase.matching(f"(?i-u:{pattern})", project.codebase.listed.files)
        for path in sorted(found):
            source = project.source(path)
            text = source.text if source else ""
            for match in re.finditer(pattern, text, re.IGNORECASE):
                checksum, sql = made.get(match[0], made.get(match[0].lower(), ("", path)))
                said = text[match.start() : match.start() + len(checksum)]
                if said and checksum in (said, said.lower()):
                    yield path, *Lines(text).place(match.start()), sql, in_short(said)


def _checksums(project: Project, path: PurePosixPath) -> Iterator[str]:
    """The checksums that somebody may keep of a file."""
    source = project.source(path)
    for make in _KEPT if source else ():
        digest = make(source.data if source else b"", usedforsecurity=False).digest()
        yield digest.hex()
        yield base64.b64encode(digest).decode()


REMARKER = Remarker(
    name="checksums",
    look=_look,
    remarks=checksums_kept,
    makes=(),
    leaves=(
        'import hashlib\nc.execute("SELECT * FROM old")\nprint(hashlib.sha256(P.read_bytes()))',
        'import hashlib\nF = "a.sql"\nc.executescript(F)\nhashlib.sha256(b"x")\nOLD = "old"',
    ),
)
