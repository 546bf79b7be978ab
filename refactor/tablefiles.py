"""Data files that are called as old tables, and the code that may call tables after such files.

`for file in Path("seed").glob("*.csv"): frame.to_sql(file.stem, db)` makes tables of files' names.
"""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from plan.model import folded
from refactor.legacy import Legacy

OF_DATA = (
    *(".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".toml", ".sql", ".txt"),
    *(".parquet", ".feather", ".xlsx", ".xls", ".pkl", ".dat", ".gz"),
)
"""How the names of files end that hold rows."""
STEMS = r"(?-u:\.stem\b|splitext\(|removesuffix\(|basename\(|\.name\b.*\.(?:r?split|r?partition)\()"
"""What takes the ending off a file's name."""


class TableFiles:
    """Answers which files are called as old tables, and which code may make tables of them."""

    def __init__(
        self,
        files: Sequence[PurePosixPath],
        legacy: Legacy,
        builders: Callable[[], Collection[PurePosixPath]],
        naming: Callable[[str], Collection[PurePosixPath]],
        matching: Callable[[str, Collection[PurePosixPath]], frozenset[PurePosixPath]],
    ) -> None:
        """Look at these files.

        Args:
            files: all of the code's.
            legacy: the old names.
            builders: the Python files that may put names into SQL.
            naming: the Python files that hold a word.
            matching: those of some files with a line that a pattern matches.
        """
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
