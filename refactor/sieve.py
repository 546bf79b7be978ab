"""The files that could name an old table: the only door to python-ripgrep.

A name is met as a whole word, in upper or lower case as SQLite folds names (ASCII only). The sieve
may let a file through in vain and never holds one back: what ripgrep drops without a word (NUL
bytes, lines that are not UTF-8, names that are not) is read again here.
"""

import codecs
import os
import re
import string
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath

from python_ripgrep import search

from refactor.source import declared_encoding

_CHUNK = 5_000
_WORD_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_")
# As `codecs` calls them; in these, an ASCII name is its own bytes with its own neighbours.
_TRANSPARENT = frozenset({"ascii", "cp1252", "iso8859-1", "utf-8"})
# In the literal "SELECT\\nFROM\\told" the escapes end in letters, and names start behind them.
_RUST_START = r"(?:\b|\\(?:[abfnrtv]|[0-7]{1,3}|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}))"


def files_naming(
    root: Path, files: Sequence[PurePosixPath], words: Collection[str]
) -> frozenset[PurePosixPath]:
    """Return the files (relative to root) that could hold one of the words.

    A file that cannot be read is returned too, so that whoever reads it next says so.
    """
    wanted = tuple(sorted({word for word in words if word}))
    if not wanted:
        return frozenset()
    # `root / path` costs more than the search, for 20,000 files.
    paths = {os.path.join(root, path): path for path in files}  # noqa: PTH118
    asked, met = _met_by_ripgrep(tuple(paths), wanted)
    bytewise = _Bytewise(wanted, all(map(str.isascii, wanted)))
    return frozenset(
        path
        for name, path in paths.items()
        if name in met or bytewise.could_name(name, searched=name in asked)
    )


def files_with(root: Path, files: Sequence[PurePosixPath], word: str) -> tuple[PurePosixPath, ...]:
    """Return the files, in their order, in which ripgrep meets a word as it is written."""
    paths = {os.path.join(root, path): path for path in files}  # noqa: PTH118 - see above
    _, met = _met_by_ripgrep(tuple(paths), (word,))
    return tuple(path for name, path in paths.items() if name in met)


def _met_by_ripgrep(
    paths: Sequence[str], words: Sequence[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the paths that ripgrep could be asked about, and those where it met a word."""
    names = tuple(path for path in paths if _is_unicode(path))
    pattern = _rust_pattern(words)
    met: set[str] = set()
    queue = iter(names)
    while chunk := list(islice(queue, _CHUNK)):
        if len(chunk) == 1:
            # Without a second path ripgrep leaves the first one out of its answer.
            chunk *= 2
        try:
            # By keywords that 0.0.8 knows as well; one line per file is enough.
            lines = search(
                [pattern],
                paths=chunk,
                heading=False,
                line_number=False,
                max_count=1,
                separator_field_match="\0",
            )
        except ValueError:
            # Too many words for one automaton, or a line break in one: all is read bytewise.
            return frozenset(), frozenset()
        met.update(line.partition("\0")[0] for line in lines)
    return frozenset(names), frozenset(met)


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _rust_pattern(words: Sequence[str]) -> str:
    """Return one pattern for ripgrep."""
    # Unicode's word boundaries and folding cost six times more, and are not SQLite's.
    edges: dict[tuple[str, str], list[str]] = {}
    for word in words:
        # A boundary beside a character that is no word character would demand a letter there.
        left = _RUST_START if word[0] in _WORD_CHARACTERS else ""
        right = r"\b" if word[-1] in _WORD_CHARACTERS else ""
        edges.setdefault((left, right), []).append(_rust_literal(word))
    groups = (f"{left}(?:{'|'.join(them)}){right}" for (left, right), them in edges.items())
    return f"(?i-u:{'|'.join(groups)})"


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


@dataclass(frozen=True, slots=True)
class _Bytewise:
    """The second look, at files for which ripgrep's silence proves nothing."""

    words: tuple[str, ...]
    ascii_words: bool

    def could_name(self, name: str, *, searched: bool) -> bool:
        """Tell whether a file in which ripgrep met nothing could hold a word all the same."""
        try:
            with open(name, "rb") as file:  # noqa: PTH123 - see `paths`
                data = file.read()
        except OSError:
            return True
        if self._is_opaque(data):
            return True
        if searched and _is_plain(data):
            return False
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


def _is_plain(data: bytes) -> bool:
    """Tell whether ripgrep reads such a file as we would: UTF-8 without NUL bytes."""
    if b"\0" in data:
        return False
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
