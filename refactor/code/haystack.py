"""All Python of a code base in one piece of memory, in which a word is found at once.

A search by ripgrep opens each file again, and whoever follows names asks for some fifty words.
"""

import os
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

_ESCAPE = re.compile(rb"\\(?:[abfnrtv]|[0-7]{1,3}|x[0-9a-f]{2}|u[0-9a-f]{4}|u[0-9a-f]{8})\Z")
_LONGEST_ESCAPE = 10
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_")
_BETWEEN = b"\n"
_NAME = re.compile(rb"[\w\x80-\xff]+")
_DEFINES = {it: re.compile(rb"%s ([\w\x80-\xff]+)" % it) for it in (b"def", b"class")}
_IMPORTS = re.compile(rb"[ \t]*(?:from|import)\b")
_BASES = re.compile(
    rb"class\s+[\w\x80-\xff]+\s*[\[(]((?:#[^\n]*|(?!:[ \t]*(?:#[^\n]*)?\n).){0,4000})",
    re.DOTALL,
)
"""What stands in the head of a class behind its name, and perhaps a little more."""
_IS_CALLED = re.compile(rb"\s*[(,)#\\]")
"""What follows a name that is called, or given to what calls it: a comment may stand between."""
_IS_DEFINED = re.compile(rb"\b(?:def|class)\s+\Z")
_LONGEST_DEFINER = 10
_IS_SET = re.compile(rb"\s*(?:=(?!=)|[-+*/@%&|^<>]+=|[:,)\]#\\]|in\b|\.\s*deserialize)|[\"']")
"""What follows an attribute that is given something, or its name in a call of `setattr`."""
_BEFORE_ATTRIBUTE = frozenset(b" \t\n\\.\"'")
_OF_SELF = re.compile(rb"(?<![\w\x80-\xff.])self\.\Z")
_LONGEST_SELF = 7


class Haystack:
    """The lowered bytes of some files, one behind the other."""

    def __init__(self, root: Path, files: Sequence[PurePosixPath], most: int) -> None:
        """Read the files, unless they have more than so many bytes: then it `holds` none."""
        self._files: list[PurePosixPath] = []
        self._starts: list[int] = []
        self._text = bytearray()
        self._definitions: dict[bytes, dict[bytes, list[int]]] = {}
        self.holds = False
        prefix = os.path.join(root, "")  # noqa: PTH118 - see `sieve`
        for path in files:
            try:
                with open(prefix + str(path), "rb", 0) as file:  # noqa: PTH123 - see `sieve`
                    data = file.read().lower()
            except OSError:
                continue
            self._files.append(path)
            self._starts.append(len(self._text))
            self._text += data
            self._text += _BETWEEN
            if len(self._text) > most:
                self._text.clear()
                return
        self._starts.append(len(self._text))
        self.holds = True

    def files_with(self, word: str, most: int | None = None) -> tuple[PurePosixPath, ...]:
        """The files that hold a word or a phrase as a whole, in either case, as the sieve does.

        If so many hold it that they say too little, the search ends: with one more than those.
        """
        needle = word.encode("utf-8", "surrogateescape").lower()
        keyword, _, name = needle.partition(b" ")
        if keyword in _DEFINES and _NAME.fullmatch(name):
            starts = self._defined(keyword).get(name, ())
            whole = (at for at in starts if self._is_whole(at, at + len(needle)))
            numbers = dict.fromkeys(bisect_right(self._starts, at) - 1 for at in whole)
            return tuple(self._files[number] for number in numbers)
        found: list[PurePosixPath] = []
        at = self._text.find(needle)
        while at >= 0 and (most is None or len(found) <= most):
            if self._is_whole(at, at + len(needle)):
                number = bisect_right(self._starts, at) - 1
                found.append(self._files[number])
                at = self._text.find(needle, self._starts[number + 1])
            else:
                at = self._text.find(needle, at + 1)
        return tuple(found)

    def _defined(self, keyword: bytes) -> dict[bytes, list[int]]:
        """Where each name is defined: far the most ask for these, so they are sought at once."""
        if keyword not in self._definitions:
            found: dict[bytes, list[int]] = defaultdict(list)
            for match in _DEFINES[keyword].finditer(self._text):
                found[match[1]].append(match.start())
            self._definitions[keyword] = found
        return self._definitions[keyword]

    def has(self, path: PurePosixPath, text: str) -> bool:
        """Whether one of the files holds a text, in either case."""
        number = self._numbers.get(path)
        if number is None:
            return False
        needle = text.encode("utf-8", "surrogateescape").lower()
        return self._text.find(needle, self._starts[number], self._starts[number + 1]) >= 0

    @cached_property
    def _numbers(self) -> dict[PurePosixPath, int]:
        return {path: number for number, path in enumerate(self._files)}

    def with_base(self, word: str) -> tuple[PurePosixPath, ...]:
        """The files with a class in whose head a word stands, in either case."""
        numbers = self._bases.get(word.encode("utf-8", "surrogateescape").lower(), ())
        return tuple(self._files[number] for number in numbers)

    @cached_property
    def _bases(self) -> dict[bytes, dict[int, None]]:
        found: dict[bytes, dict[int, None]] = defaultdict(dict)
        for match in _BASES.finditer(self._text):
            number = bisect_right(self._starts, match.start()) - 1
            for word in _NAME.findall(match[1]):
                found[word][number] = None
        return found

    def may_call(self, path: PurePosixPath, name: str) -> bool:
        """Whether a file calls something of a name, or hands it on; or is not here."""
        text = self._text
        return path not in self._numbers or any(
            _IS_CALLED.match(text, end)
            and not _IS_DEFINED.search(text, max(0, start - _LONGEST_DEFINER), start)
            for start, end in self._places(path, name)
        )

    def may_set(self, path: PurePosixPath, attribute: str) -> bool:
        """Whether a file gives something to an attribute, not to that of `self`; or is not here."""
        text = self._text
        return path not in self._numbers or any(
            _IS_SET.match(text, end)
            and text[start - 1] in _BEFORE_ATTRIBUTE
            and not _OF_SELF.search(text, max(0, start - _LONGEST_SELF), start)
            for start, end in self._places(path, attribute)
        )

    def _places(self, path: PurePosixPath, word: str) -> Iterator[tuple[int, int]]:
        """Where some letters stand in one of the files, in either case."""
        number, needle = self._numbers[path], word.encode("utf-8", "surrogateescape").lower()
        end = self._starts[number + 1]
        at = self._text.find(needle, self._starts[number], end)
        while at >= 0:
            yield at, at + len(needle)
            at = self._text.find(needle, at + len(needle), end)

    def imported_words(self) -> tuple[tuple[PurePosixPath, frozenset[bytes]], ...]:
        """Each file with all words on its lines that import something, lowered."""
        text, starts = self._text, self._starts
        found: list[set[bytes]] = [set() for _ in self._files]
        at = text.find(b"import")
        while at >= 0:
            start, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
            if text.endswith(b"\\\n", 0, start):
                start = text.rfind(b"\n", 0, start - 1) + 1
            line = text[start : end if end >= 0 else len(text)]
            if _IMPORTS.match(line):
                found[bisect_right(starts, at) - 1].update(_NAME.findall(line))
            at = text.find(b"import", start + len(line))
        return tuple(zip(self._files, map(frozenset, found), strict=True))

    def _is_whole(self, start: int, end: int) -> bool:
        text = self._text
        if text[end - 1] in _WORD and text[end : end + 1] and text[end] in _WORD:
            return False
        if start == 0 or text[start] not in _WORD or text[start - 1] not in _WORD:
            return True
        return bool(_ESCAPE.search(text, max(0, start - _LONGEST_ESCAPE), start))
