"""What a search has found: in one file, and in all of a code base."""

from array import array
from pathlib import PurePosixPath
from zlib import crc32

from msgspec import Struct, field
from msgspec.structs import replace

from plan.errors import UserError
from refactor.code.codebase import Codebase
from refactor.hits import NOTHING_FOUND, Accounts
from refactor.ignores import Ignore, Left
from refactor.kinds import Embedded
from refactor.python.outline import Outline
from refactor.python.strings import Text
from refactor.references import Reference
from refactor.text.lines import Lines
from refactor.text.source import Source, Unreadable


class FileChangedError(UserError):
    """A file is not what it was when it was searched, a moment before."""

    def __init__(self, path: PurePosixPath) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        """Name it, and say what to do."""
        return f"{self.path}: was changed in the meantime (run the command again)"


class OtherFile(Struct, frozen=True):
    """A file that holds old names and is not read, or not as what its name says."""

    path: PurePosixPath
    hits: int
    why: str
    misnamed: bool = False
    """Whether it is of a kind that is read, and is not what its name says."""


def strings_of(outlined: Outline | None) -> "array[int]":
    """Where the string expressions of a module start and end, one after the other."""
    sites = outlined.sites if outlined else ()
    return array("Q", [at for site in sites for at in (site.start, site.end)])


class FileSearch(Struct, frozen=True):
    """One file that holds an old name: what refers, and what every hit came to.

    Its source is read again where it is asked for, lest memory grow with every file.
    """

    path: PurePosixPath
    """Relative to the plan's folder."""
    references: tuple[Reference, ...]
    ignored: tuple[tuple[str, int], ...]
    """Why hits are no references, and how many."""
    texts: tuple[Text, ...] = ()
    """The texts that hold references, in the order of the file."""
    accounts: Accounts = NOTHING_FOUND
    """What every word came to."""
    unread: OtherFile | None = None
    """For a file that was only looked through, the hits that were not looked at."""
    strings: "array[int]" = field(default_factory=lambda: strings_of(None))
    """Where the string expressions of its Python start and end, one after the other."""
    digest: int = 0
    """Of the bytes that were searched."""
    left: tuple[Left, ...] = ()
    """What would refer, and a comment says to leave it."""
    ignores: tuple[Ignore, ...] = ()
    """All comments of that kind."""
    codebase: Codebase | None = None
    """Where its source is read again."""

    @property
    def bare(self) -> "FileSearch":
        """What was found, without the way back to the source: so it goes to other processes."""
        return replace(self, codebase=None)

    @property
    def source(self) -> Source:
        """The file as it was searched.

        Raises:
            FileChangedError: it is no more what it was.
        """
        source = self.codebase.source(self.path) if self.codebase else None
        if not isinstance(source, Source) or crc32(source.data) != self.digest:
            raise FileChangedError(self.path)
        return source


class Migration(Struct, frozen=True):
    """A migration that has run."""

    path: PurePosixPath
    hits: int
    framework: str


class Told(Struct):
    """What the finders have said of a file, or of the Python in it, so far."""

    references: dict[int, Reference] = field(default_factory=dict)
    """By where they start."""
    reasons: list[tuple[int, int, str]] = field(default_factory=list)
    texts: dict[Text, None] = field(default_factory=dict)

    def add(self, other: "Told") -> None:
        """Take what was said elsewhere in the same file."""
        self.references |= other.references
        self.reasons += other.reasons
        self.texts |= other.texts

    def carried(self, python: Embedded, file: Source) -> "Told":
        """What was said of the Python in a file, at its places in the file."""
        lines = Lines(file.text)
        references = (python.named(it, file, lines) for it in self.references.values())
        return Told(
            {it.start: it for it in references},
            [(*python.span(start, end), why) for start, end, why in self.reasons],
            {python.carried(text): None for text in self.texts},
        )


class Search(Struct, frozen=True):
    """What a code base says of the plan's old names."""

    files: tuple[FileSearch, ...]
    unreadable: tuple[Unreadable, ...]
    history: tuple[tuple[PurePosixPath, int], ...]
    """Excluded files that hold old names, and how often."""
    migrations: tuple[tuple[PurePosixPath, int, str], ...]
    """Migrations that have run, how often they hold an old name, and whose they are."""
    others: tuple[OtherFile, ...]
    """Files of kinds that are not read, such as documentation."""
    skipped: tuple[tuple[PurePosixPath, str], ...]
    looked_at: int
    derived: frozenset[str]
    """Databases whose schema was read from the code, since their file is not here."""
    past: Accounts = NOTHING_FOUND
    """The words in excluded files."""

    @property
    def accounts(self) -> Accounts:
        """What became of every word in files that are read or excluded."""
        return sum((file.accounts for file in self.files), self.past)

    @property
    def references(self) -> tuple[Reference, ...]:
        """All references, by file and place."""
        return tuple(reference for file in self.files for reference in file.references)

    @property
    def left(self) -> tuple[Left, ...]:
        """What comments say to leave as it is, by file and place."""
        return tuple(left for file in self.files for left in file.left)
