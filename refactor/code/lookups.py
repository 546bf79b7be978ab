"""Which files of some code hold a word, import a module, or match a pattern."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

from refactor.code.haystack import Haystack
from refactor.code.sieve import files_matching, files_naming, files_with
from refactor.python.imports import import_lines, importing
from refactor.recent import Recent
from refactor.text.source import Source, Unreadable

_FOUND = 100_000
"""Files, each as often as a word is found in it."""
_HAYSTACK = 12_000_000
"""Bytes of Python that are kept at most to find words in."""


class Lookups:
    """Looks words up in the files of some code; what the files say, its heirs know."""

    def __init__(
        self, root: Path, files: Sequence[PurePosixPath], doubtful: frozenset[PurePosixPath]
    ) -> None:
        """Look into these files.

        Args:
            root: the folder that they lie in.
            files: all of them.
            doubtful: those of which ripgrep may see less than there is.
        """
        self._root = root
        self._all = files
        self._doubtful = doubtful
        self._naming: Recent[tuple[str, int | None], tuple[PurePosixPath, ...]] = Recent(_FOUND)

    def is_python(self, path: PurePosixPath) -> bool:
        """Whether a file is Python."""
        raise NotImplementedError

    def source(self, path: PurePosixPath) -> Source | Unreadable:
        """A file's text."""
        raise NotImplementedError

    @cached_property
    def _python(self) -> tuple[PurePosixPath, ...]:
        return tuple(filter(self.is_python, self._all))

    def naming(self, word: str) -> tuple[PurePosixPath, ...]:
        """The Python files that hold a word, such as the name of a function."""
        return self._that_hold(word, None)

    def few_naming(self, word: str, most: int) -> tuple[PurePosixPath, ...]:
        """The same, unless they are more than so many: then none."""
        found = self._that_hold(word, most)
        return found if len(found) <= most else ()

    def _that_hold(self, word: str, most: int | None) -> tuple[PurePosixPath, ...]:
        for asked in (None, most):
            found = self._naming.get((word, asked))
            if found is not None:
                return found
        if self._haystack.holds:
            found = self._haystack.files_with(word, most)
        else:
            found = files_with(self._root, self._python, (word,))
        ended = most is not None and len(found) == most + 1
        return self._naming.keep((word, most if ended else None), found, len(found) + 1)

    @cached_property
    def _haystack(self) -> Haystack:
        return Haystack(self._root, self._python, _HAYSTACK)

    def holds(self, path: PurePosixPath, text: str) -> bool:
        """Whether a Python file holds a text, perhaps in another case."""
        if self._haystack.holds:
            return self._haystack.has(path, text)
        source = self.source(path)
        return isinstance(source, Source) and text in source.text

    def with_base(self, word: str) -> Sequence[PurePosixPath]:
        """The Python files that may have a class with a base of this name."""
        return self._haystack.with_base(word) if self._haystack.holds else self.naming(word)

    def may_call(self, path: PurePosixPath, name: str) -> bool:
        """Whether a Python file may call what a name says, or hand it on."""
        return not self._haystack.holds or self._haystack.may_call(path, name)

    def may_set(self, path: PurePosixPath, attribute: str) -> bool:
        """Whether a Python file may give something to an attribute, but for that of `self`."""
        return not self._haystack.holds or self._haystack.may_set(path, attribute)

    def naming_any(
        self, files: Sequence[PurePosixPath], words: Collection[str]
    ) -> frozenset[PurePosixPath]:
        """Those of some files that could hold any of some words, in either case."""
        return files_naming(self._root, files, words, doubtful=self._doubtful)

    @cached_property
    def _imported_words(self) -> tuple[tuple[PurePosixPath, frozenset[bytes]], ...]:
        return self._haystack.imported_words()

    def importing(self, modules: Collection[str]) -> Iterator[PurePosixPath]:
        """The Python files with a line that imports something and has one of some names."""
        if self._haystack.holds:
            lowered = frozenset(it.encode("utf-8", "surrogateescape").lower() for it in modules)
            near = [it for it, words in self._imported_words if not lowered.isdisjoint(words)]
        else:
            near = sorted(self.naming_any(self._python, frozenset(modules)))
        line = importing(modules)
        for path in near:
            source = self.source(path)
            if isinstance(source, Source) and any(map(line.match, import_lines(source.text))):
                yield path

    def matching(
        self, pattern: str, among: Collection[PurePosixPath] | None = None
    ) -> frozenset[PurePosixPath]:
        """The Python files, all or some, with a line that a pattern matches, or with a word."""
        if among is None and pattern.isidentifier() and self._haystack.holds:
            return frozenset(self.naming(pattern))
        files = self._python if among is None else sorted(among)
        return frozenset(files_matching(self._root, files, pattern))

    def holding(
        self, texts: Collection[str], among: Collection[PurePosixPath]
    ) -> frozenset[PurePosixPath]:
        """Those of some Python files that hold any of some texts, perhaps in another case."""
        if self._haystack.holds:
            has = self._haystack.has
            return frozenset(path for path in among if any(has(path, it) for it in texts))
        pattern = f"(?i-u:{'|'.join(map(re.escape, texts))})"
        return self.matching(pattern, among)

    def mentioning(self, pieces: Collection[str]) -> frozenset[PurePosixPath]:
        """The Python files that hold any of some pieces of words, in either case."""
        if not pieces:
            return frozenset()
        return frozenset(files_with(self._root, self._python, pieces, whole=False))
