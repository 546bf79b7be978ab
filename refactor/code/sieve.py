"""The files that could name an old table: the only door to python-ripgrep.

A name is met as a whole word, in upper or lower case as SQLite folds names (ASCII only). The sieve
may let a file through in vain and never holds one back: what ripgrep drops without a word (NUL
bytes, lines that are not UTF-8, names that are not) is read again here.
"""

import codecs
import os
import re
import string
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from msgspec import Struct
from python_ripgrep import search

from refactor.text.source import declared_encoding

_CHUNK = 2_500
_PIECE = 1 << 16
_THREADS = 2
_FEW = 40
"""Files that are read here sooner than ripgrep has compiled a pattern."""
_FLAGS = re.compile(r"\(\?(i?)-u:")
"""What begins a group of bytes in a pattern of ripgrep's; `re` knows them by their type."""
_WORD_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_")
# As `codecs` calls them; in these, an ASCII name is its own bytes with its own neighbours.
_TRANSPARENT = frozenset({"ascii", "cp1252", "iso8859-1", "utf-8"})
# How pictures, fonts, archives and programs begin: what is packed there, nobody reads as text.
_NO_TEXT = (
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"wOFF", b"wOF2"),
    *(b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"\x7fELF"),
)
# In the literal "SELECT\\nFROM\\told" the escapes end in letters, and names start behind them.
_RUST_START = r"(?:\b|\\(?:[abfnrtv]|[0-7]{1,3}|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))"


class Met(Struct, frozen=True):
    """What a search met."""

    files: frozenset[PurePosixPath]
    """The files that could hold one of the words."""
    lines: Mapping[PurePosixPath, str]
    """Their lines that do, and none of what is around them; only of files that are read in full."""
    doubtful: frozenset[PurePosixPath] = frozenset()
    """The files that were looked through of which ripgrep may see less than there is."""


def files_naming(
    root: Path,
    files: Sequence[PurePosixPath],
    words: Collection[str],
    phrases: Collection[str] = (),
    *,
    doubtful: Collection[PurePosixPath] | None = None,
) -> frozenset[PurePosixPath]:
    """Return the files (relative to root) that could hold one of the words; see `lines_naming`.

    Args:
        root: what the files are relative to.
        files: where to look.
        words: in either case.
        phrases: just as they are spelled.
        doubtful: those of which ripgrep may see less than there is, where that is known.
    """
    return _sought(root, files, words, phrases, doubtful).files


def lines_naming(
    root: Path,
    files: Sequence[PurePosixPath],
    words: Collection[str],
    phrases: Collection[str] = (),
) -> Met:
    """Return the files (relative to root) that could hold one of the words, with their lines.

    A file that cannot be read is returned too, so that whoever reads it next says so. One of which
    ripgrep may see less than there is has no lines.

    Args:
        root: what the files are relative to.
        files: where to look.
        words: in either case.
        phrases: just as they are spelled, which is cheaper.
    """
    return _sought(root, files, words, phrases, with_lines=True)


def _sought(
    root: Path,
    files: Sequence[PurePosixPath],
    words: Collection[str],
    phrases: Collection[str],
    known: Collection[PurePosixPath] | None = None,
    *,
    with_lines: bool = False,
) -> Met:
    words = tuple(sorted({word for word in words if word}))
    wanted = (*words, *phrases)
    if not wanted or not files:
        return Met(frozenset(), {})
    # `root / path` costs more than the search, for 20,000 files.
    prefix = os.path.join(root, "")  # noqa: PTH118
    paths = {prefix + str(path): path for path in files}
    with _Ripgrep(paths, _rust_pattern(words, phrases), first=not with_lines) as ripgrep:
        # Meanwhile: whether its silence means anything is found out here.
        if known is None:
            doubtful = [name for name in paths if _is_doubtful(name)]
        else:
            doubtful = [name for name, path in paths.items() if path in known]
    unsure = frozenset(paths[name] for name in doubtful)
    bytewise = _Bytewise(wanted, all(map(str.isascii, wanted)))
    if ripgrep.refused:
        met = {name for name in paths if bytewise.could_name(name)}
        return Met(frozenset(paths[name] for name in met), {}, unsure)
    # Of a binary file it says so in a line of its own, which begins with no path of ours.
    said = {name: it for it in ripgrep.said if (name := it.partition("\0")[0]) in paths}
    met = {*said, *(it for it in doubtful if it not in said and bytewise.could_name(it))}
    for name in doubtful:
        said.pop(name, None)
    lines = {paths[name]: _without_path(it) for name, it in said.items()} if with_lines else {}
    return Met(frozenset(paths[name] for name in met), lines, unsure)


def _without_path(said: str) -> str:
    """The lines of one file, as they stand there."""
    return "\n".join(line.partition("\0")[2] for line in said.split("\n"))


def files_with(
    root: Path, files: Sequence[PurePosixPath], words: Collection[str], *, whole: bool = True
) -> tuple[PurePosixPath, ...]:
    """Return the files, in their order, in which ripgrep meets any of some words or phrases.

    Args:
        root: what the files are relative to.
        files: where to look.
        words: what to look for.
        whole: whether they must stand as words, and not as a part of a longer one.
    """
    pattern = _rust_pattern(tuple(words)) if whole else f"(?i-u:{_either(words)})"
    return files_matching(root, files, pattern)


def files_matching(
    root: Path, files: Sequence[PurePosixPath], pattern: str
) -> tuple[PurePosixPath, ...]:
    """Return the files, in their order, with a line that matches a pattern over bytes.

    Args:
        root: what the files are relative to.
        files: where to look.
        pattern: what both ripgrep and `re` take, in a group that says `-u`. White space may be
            met beyond the end of a line.
    """
    prefix = os.path.join(root, "")  # noqa: PTH118 - see above
    paths = {prefix + str(path): path for path in files}
    # To compile a pattern costs ripgrep as much as a hundred files do, each time.
    here = _few_matching(paths, pattern) if len(paths) <= _FEW else None
    met = _Ripgrep(paths, pattern).searched().met if here is None else here
    return tuple(path for name, path in paths.items() if name in met)


def _few_matching(paths: Iterable[str], pattern: str) -> set[str] | None:
    """Those of a few files that match, unless they are large."""
    compiled = re.compile(_FLAGS.sub(r"(?\1:", pattern).encode(), re.MULTILINE)
    met = set()
    for path in paths:
        try:
            with open(path, "rb", 0) as file:  # noqa: PTH123 - see `_sought`
                data = file.read(_PIECE)
        except OSError:
            continue
        if len(data) == _PIECE:
            return None
        if compiled.search(data):
            met.add(path)
    return met


class _Ripgrep:
    """A search that goes on beside us: ripgrep lets go of the interpreter while it works."""

    def __init__(self, paths: Iterable[str], pattern: str, *, first: bool = True) -> None:
        self.said: list[str] = []
        """For each file where it met a word: its path and a line, or all such lines."""
        self._most = 1 if first else None
        self.refused = False
        """Whether it did not take the words: too many for one automaton, or a line break in one."""
        self._pattern = pattern
        names = [path for path in paths if _is_unicode(path)]
        self._chunks = deque(names[at : at + _CHUNK] for at in range(0, len(names), _CHUNK))
        self._error: BaseException | None = None
        threads = min(_THREADS, len(self._chunks))
        self._threads = [threading.Thread(target=self._search) for _ in range(threads)]

    def searched(self) -> Self:
        """Search while nothing else is to be done: for a few files threads are not worth it."""
        if len(self._threads) > 1:
            with self:
                return self
        self._search()
        if self._error:
            raise self._error
        return self

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait for the rest of the search, unless we leave with an error."""
        if error:
            self._chunks.clear()
        try:
            for thread in self._threads:
                thread.join()
        except KeyboardInterrupt:
            self._chunks.clear()
            raise
        if self._error:
            raise self._error

    def _search(self) -> None:
        try:
            while True:
                self._search_in(self._chunks.popleft())
        except IndexError:
            pass  # nothing is left
        except ValueError:
            self.refused = True
            self._chunks.clear()
        except BaseException as error:  # noqa: BLE001 - raised again where it is heard
            self._error = error
            self._chunks.clear()

    def _search_in(self, chunk: list[str]) -> None:
        lines = search(
            [self._pattern],
            # Without a second path ripgrep leaves the first one out of its answer.
            paths=chunk * 2 if len(chunk) == 1 else chunk,
            # By keywords that 0.0.8 knows as well.
            heading=False,
            line_number=False,
            max_count=self._most,
            separator_field_match="\0",
        )
        self.said += lines

    @property
    def met(self) -> set[str]:
        """The paths where it met a word."""
        return {line.partition("\0")[0] for line in self.said}


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _rust_pattern(words: Sequence[str], phrases: Iterable[str] = ()) -> str:
    """Return one pattern for ripgrep."""
    # Unicode's word boundaries and folding cost six times more, and are not SQLite's.
    edges: dict[tuple[str, str], list[str]] = {}
    for word in words:
        edges.setdefault(_edges_of(word), []).append(_rust_literal(word))
    for phrase in phrases:
        # Among the words: a second alternative beside them would double the cost of all.
        edges.setdefault(_edges_of(phrase), []).append(f"(?-i:{_rust_literal(phrase)})")
    groups = (f"{left}(?:{'|'.join(them)}){right}" for (left, right), them in edges.items())
    return f"(?i-u:{'|'.join(groups)})"


def _edges_of(word: str) -> tuple[str, str]:
    # A boundary beside a character that is no word character would demand a letter there.
    left = _RUST_START if word[0] in _WORD_CHARACTERS else ""
    return left, r"\b" if word[-1] in _WORD_CHARACTERS else ""


def _either(words: Iterable[str]) -> str:
    return "|".join(map(_rust_literal, words))


def _rust_literal(word: str) -> str:
    data = word.encode("utf-8", "surrogateescape")
    return "".join(
        chr(byte) if chr(byte) in _WORD_CHARACTERS else f"\\x{byte:02x}" for byte in data
    )


@lru_cache(maxsize=1)
def _loose(words: tuple[str, ...]) -> re.Pattern[bytes]:
    """Return a pattern over bytes for texts of unknown encoding: no boundaries, any case.

    A double-byte encoding may end a character with an ASCII letter, hence no boundaries; and a
    character beyond ASCII may be any few bytes.
    """
    characters = {"\n": r"\r?\n"}
    patterns = (
        "".join(characters.get(one, re.escape(one)) if one.isascii() else ".{1,8}?" for one in word)
        for word in words
    )
    return re.compile(f"(?is:{'|'.join(patterns)})".encode("ascii"))


class _Bytewise(Struct, frozen=True):
    """The second look, at files for which ripgrep's silence proves nothing."""

    words: tuple[str, ...]
    ascii_words: bool

    def could_name(self, name: str) -> bool:
        """Tell whether a file could hold a word, whatever its encoding."""
        try:
            with open(name, "rb") as file:  # noqa: PTH123 - see `paths`
                data = file.read()
        except OSError:
            return True
        if data.startswith(_NO_TEXT):
            return False
        if self._is_opaque(data):
            return True
        # UTF-16 and UTF-32 put NUL bytes between the letters of a name.
        bare = data.replace(b"\0", b"")
        if self.ascii_words and not any("\n" in word for word in self.words):
            # Ten times faster than a pattern of many words in any case, and no less loose.
            lowered = bare.lower()
            return any(word.lower().encode() in lowered for word in self.words)
        return _loose(self.words).search(bare) is not None

    def _is_opaque(self, data: bytes) -> bool:
        """Tell whether the declared encoding could hide a word from any look at the bytes."""
        _, declared = declared_encoding(data.removeprefix(codecs.BOM_UTF8))
        if not declared:
            return False
        try:
            encoding = codecs.lookup(declared).name
        except LookupError:
            return True
        return encoding != "utf-8" and not (self.ascii_words and encoding in _TRANSPARENT)


def _is_doubtful(name: str) -> bool:
    """Tell whether ripgrep may read a file otherwise than we would.

    It reads as we do what is UTF-8, has no NUL bytes, and declares no encoding.
    """
    if not _is_unicode(name):
        return True
    try:
        # A file object costs three times as much, and that is most of the cost of all this.
        descriptor = os.open(name, os.O_RDONLY)
    except OSError:
        return True
    try:
        return _are_doubtful(_pieces(descriptor))
    except OSError:
        return True
    finally:
        os.close(descriptor)


def _pieces(descriptor: int) -> Iterator[bytes]:
    """Read a file bit by bit; most are read at once, and not asked for more."""
    piece = os.read(descriptor, _PIECE)
    yield piece
    while len(piece) == _PIECE:
        piece = os.read(descriptor, _PIECE)
        yield piece


def _are_doubtful(pieces: Iterator[bytes]) -> bool:
    """Tell it of the pieces of one file."""
    first = next(pieces, b"")
    second_line = first.find(b"\n") + 1
    end = first.find(b"\n", second_line) if second_line else -1
    if end < 0:
        end = len(first)
        if end >= _PIECE:
            return True
    if b"coding" in first[:end]:
        return True
    decode = None
    for piece in chain((first,), pieces):
        if b"\0" in piece:
            return True
        if decode is None and not piece.isascii():
            decode = codecs.getincrementaldecoder("utf-8")().decode
        if decode:
            try:
                decode(piece)
            except UnicodeDecodeError:
                return True
    return decode is not None and _is_cut_short(decode)


def _is_cut_short(decode: Callable[[bytes, bool], str]) -> bool:
    """Tell whether a text ends in the middle of a character."""
    try:
        decode(b"", True)  # noqa: FBT003 - the decoder takes it so
    except UnicodeDecodeError:
        return True
    return False
