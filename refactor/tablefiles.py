"""Data files that are called as old tables or list them, and the code that may read them so.

`for file in Path("seed").glob("*.csv"): frame.to_sql(file.stem, db)` makes tables of files' names,
`for table in Path("tables.txt").read_text().split()` of what a file says.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import folded
from refactor.legacy import Legacy
from refactor.text.source import Source, Unreadable

OF_DATA = (
    *(".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".toml", ".sql", ".txt"),
    *(".parquet", ".feather", ".xlsx", ".xls", ".pkl", ".dat", ".gz"),
)
"""How the names of files end that hold rows."""
_LISTS = (".txt", ".csv", ".tsv", ".lst", ".list")
"""How the names of files end that may list tables, and that nobody reads here."""
_CELL = re.compile(r"[^,;\t\r\n]+")
_QUOTES = "\"'"
_LONGEST_LIST = 100_000
STEMS = r"(?-u:\.stem\b|splitext\(|removesuffix\(|basename\(|\.name\b.*\.(?:r?split|r?partition)\()"
"""What takes the ending off a file's name."""


class ListFile(Struct, frozen=True):
    """A file that lists tables."""

    path: PurePosixPath
    tables: tuple[str, ...]
    """The old ones, folded."""
    most: bool
    """Whether it has hardly anything else."""


class TableFiles:
    """Answers which files are called as old tables, and which code may make tables of them."""

    def __init__(
        self,
        files: Sequence[PurePosixPath],
        legacy: Legacy,
        builders: Callable[[], Collection[PurePosixPath]],
        naming: Callable[[str], Collection[PurePosixPath]],
        matching: Callable[[str, Collection[PurePosixPath]], frozenset[PurePosixPath]],
        unread: Sequence[PurePosixPath] = (),
        source: Callable[[PurePosixPath], Source | Unreadable] | None = None,
    ) -> None:
        """Look at these files.

        Args:
            files: all of the code's.
            legacy: the old names.
            builders: the Python files that may put names into SQL.
            naming: the Python files that hold a word.
            matching: those of some files with a line that a pattern matches.
            unread: the files with old names that are of no kind which is read.
            source: what a file says.
        """
        self._unread = unread
        self._source = source
        self._files = files
        self._legacy = legacy
        self._builders = builders
        self._naming = naming
        self._matching = matching

    @cached_property
    def called(self) -> tuple[tuple[PurePosixPath, str], ...]:
        """The data files that are called as old tables, each with that table."""
        found = []
        meanings = self._legacy.meanings
        for path in self._files:
            said = str(path)
            if said.endswith(OF_DATA):
                # Parts of a path cost much, for 20,000 files.
                name = folded(said.rpartition("/")[2].partition(".")[0])
                if name in meanings:
                    found.append((path, name))
        return tuple(found)

    @cached_property
    def loaders(self) -> frozenset[PurePosixPath]:
        """The modules that may make tables of such files."""
        if not self.called:
            return frozenset()
        return self._matching(STEMS, {*self._builders(), *self._naming("to_sql")})

    @cached_property
    def lists(self) -> Mapping[str, ListFile]:
        """The files of no kind which is read that list old tables, by their names."""
        found = {}
        for path in self._unread:
            source = self._source(path) if self._source and str(path).endswith(_LISTS) else None
            if isinstance(source, Source) and len(source.text) < _LONGEST_LIST:
                cells = [folded(it[0]).split() for it in _CELL.finditer(source.text)]
                names = [it for it in cells if self._are_tables(it)]
                tables = dict.fromkeys(it.strip(_QUOTES) for each in names for it in each)
                if tables:
                    most = 2 * len(names) >= len(cells)
                    found[path.name] = ListFile(path, tuple(tables), most=most)
        return found

    def _are_tables(self, words: Sequence[str]) -> bool:
        """Whether all words of a line or a cell are old tables."""
        return bool(words) and all(it.strip(_QUOTES) in self._legacy.meanings for it in words)

    @cached_property
    def readers(self) -> frozenset[PurePosixPath]:
        """The modules that name such a file, and may put what it says into SQL."""
        if not self.lists:
            return frozenset()
        names = "|".join(map(re.escape, self.lists))
        return self._matching(rf"(?-u:[\"'/](?:{names})[\"'])", self._builders())
