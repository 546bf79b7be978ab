"""All references of a code base to what a plan moves: the line that every command shares.

files → sieve → outline → texts → finders → references, with every hit of an old name accounted
for: edited, to be reviewed, ignored with a reason, or in a file that could not be read.
"""

import re
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

from plan.errors import UserError
from plan.model import Plan, folded
from plan.schema import DatabaseSchema
from refactor.binding import Binder
from refactor.codebase import Codebase, Reading, Sieved, Unread
from refactor.connections import Connections
from refactor.cores import wanted_workers
from refactor.databasepaths import database_in
from refactor.derived import Creation, creations_in, derived_schemas, missing_databases
from refactor.finders import FINDERS, Found, Ignored, Surroundings
from refactor.flow.abroad import Abroad
from refactor.flow.flow import Flow
from refactor.folders import Folders
from refactor.legacy import Legacy, legacy_of
from refactor.lines import Lines
from refactor.modules import Modules
from refactor.oracle import Oracle
from refactor.outline import NOTHING
from refactor.references import Reference
from refactor.source import Source, Unreadable
from refactor.strings import Text
from refactor.takers import Takers
from refactor.travels import Travels

if TYPE_CHECKING:
    from refactor.crew import Crew

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Tick = Callable[[int, int], None]
"""Called with the number of files done and of all files."""

_NO_STRING = "an identifier, a comment or documentation"
_WORD = re.compile(r"[A-Za-z0-9_]+")
_WORTHWHILE = 3_000_000
"""Bytes of code with old names from which on more processes pay off: some five seconds of work.

Together they take a seventh more of the processor than one alone, for half of the time.
"""


class FileChangedError(UserError):
    """A file is not what it was when it was searched, a moment before."""

    def __init__(self, path: PurePosixPath) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        """Name it, and say what to do."""
        return f"{self.path}: was changed in the meantime (run the command again)"


@dataclass(frozen=True, slots=True)
class FileSearch:
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
    digest: int = 0
    """Of the bytes that were searched."""
    codebase: Codebase | None = field(default=None, compare=False, repr=False)

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


@dataclass(frozen=True, slots=True)
class Hints:
    """What a file says of databases, which the search of all files must know beforehand."""

    creations: tuple[Creation, ...]
    named: frozenset[str]
    """The databases that its strings name."""


@dataclass(frozen=True, slots=True)
class Search:
    """What a code base says of the plan's old names."""

    files: tuple[FileSearch, ...]
    unreadable: tuple[Unreadable, ...]
    history: tuple[tuple[PurePosixPath, int], ...]
    """Excluded files that hold old names, and how often."""
    others: tuple[tuple[PurePosixPath, int], ...]
    """Files of kinds that are not read, such as documentation, and how often they hold one."""
    skipped: tuple[tuple[PurePosixPath, str], ...]
    looked_at: int
    derived: frozenset[str]
    """Databases whose schema was read from the code, since their file is not here."""

    @property
    def references(self) -> tuple[Reference, ...]:
        """All references, by file and place."""
        return tuple(reference for file in self.files for reference in file.references)


class Searcher:
    """Looks through one code base for one plan."""

    def __init__(
        self, plan: Plan, schemas: Iterable[DatabaseSchema], sieved: Sieved | None = None
    ) -> None:
        """List the files and gather evidence; reads only what holds an old name.

        Args:
            plan: what is looked for.
            schemas: today's databases.
            sieved: the files, where they have been listed before.

        Raises:
            CodePathError: a path of the plan does not exist.
        """
        self.plan = plan
        self._schemas = tuple(schemas)
        self.legacy: Legacy = legacy_of(plan, self._schemas)
        self.codebase = Codebase(plan, self.legacy, sieved)
        modules = Modules(self.codebase.listed.files, self.codebase.names_of)
        self.connections = Connections(modules, self.legacy)
        self.folders = Folders(modules)
        self.takers = Takers(modules, self.codebase.module)
        self.abroad = Abroad(
            modules, self.codebase.module, self.codebase.naming, self.codebase.words
        )
        self._missing = missing_databases(plan, self._schemas)
        self._crew: Crew[Searcher] | None = None

    def __reduce__(self) -> tuple[type["Searcher"], tuple[object, ...]]:
        """A copy for another process: it knows the files, and reads them by itself."""
        return Searcher, (self.plan, self._schemas, self.codebase.sieved)

    def learn(self, hints: tuple[Hints, ...]) -> None:
        """Take what the files say of databases; without it, it is looked for when it is wanted."""
        self._hints = hints

    @cached_property
    def _hints(self) -> tuple[Hints, ...]:
        return tuple(map(self.hints_in, self.codebase.code))

    @property
    def _is_ambiguous(self) -> bool:
        """Whether a table of one name is in several databases."""
        return any(len(meanings) > 1 for meanings in self.legacy.meanings.values())

    @cached_property
    def _derived(self) -> tuple[DatabaseSchema, ...]:
        creations = (it for hints in self._hints for it in hints.creations)
        return derived_schemas(self.plan, self._missing, creations) if self._missing else ()

    @cached_property
    def derived(self) -> frozenset[str]:
        """Databases whose schema is read from the code."""
        return frozenset(schema.path for schema in self._derived)

    @cached_property
    def oracle(self) -> Oracle:
        """Who compiles statements; each process has one of its own."""
        return Oracle(self.plan, (*self._schemas, *self._derived))

    @cached_property
    def binder(self) -> Binder:
        """Who decides which table is meant."""
        return Binder(
            self.plan, self.legacy, self.oracle, self.connections, self.derived, self._unnamed
        )

    def search(self, tick: Tick = lambda _done, _all: None) -> Search:
        """Find all references, in the order of the files."""
        found: list[FileSearch | Unreadable] = []
        code = self.codebase.code
        for number, result in enumerate(self._search_files(code)):
            tick(number, len(code))
            found.append(result)
        tick(len(code), len(code))
        listed = self.codebase.listed
        return Search(
            files=tuple(it for it in found if isinstance(it, FileSearch)),
            unreadable=tuple(it for it in found if isinstance(it, Unreadable)),
            history=self._counted(self.codebase.history),
            others=self._counted(self.codebase.others),
            skipped=listed.skipped,
            looked_at=len(listed.files),
            derived=self.derived,
        )

    def _search_files(self, files: Sequence[PurePosixPath]) -> Iterator[FileSearch | Unreadable]:
        size = wanted_workers(worthwhile=self.codebase.weighs(files, _WORTHWHILE))
        if size > 1:
            # LibCST is imported once, and not by each of them: it costs more than all else.
            import refactor.expressions  # noqa: F401, PLC0415
            from refactor.crew import Crew  # noqa: PLC0415 - few need it

            self._crew = Crew(self, size)
            if self._missing or self._is_ambiguous:
                hints = tuple(self.map(Searcher.hints_in, files, key=lambda it: it))
                self._crew.tell(Searcher.learn, hints)
        for result in self.map(Searcher.search_file, files, key=lambda it: it):
            match result:
                case FileSearch():
                    yield replace(result, codebase=self.codebase)
                case _:
                    yield result

    def map(
        self,
        task: "Callable[[Searcher, Item], Answer]",
        items: Sequence[Item],
        key: Callable[[Item], Hashable],
    ) -> Iterator[Answer]:
        """Do a task with each item, in several processes if there is enough to do.

        The answers come in the order of the items.
        """
        if self._crew:
            return self._crew.map(task, items, key)
        return (task(self, item) for item in items)

    def search_file(self, path: PurePosixPath) -> FileSearch | Unreadable:
        """Find the references in one file."""
        reading = self.codebase.reading(path)
        return reading if isinstance(reading, Unreadable) else self.search_reading(reading)

    def hints_in(self, path: PurePosixPath) -> Hints:
        """What one file says of databases."""
        return Hints(
            tuple(self._creations_in(path)) if self._missing else (),
            frozenset(self._named_in(path)) if self._is_ambiguous else frozenset(),
        )

    def _named_in(self, path: PurePosixPath) -> Iterator[str]:
        source = self.codebase.source(path)
        files = {PurePosixPath(database).name for database in self.legacy.moved}
        # What names a database spells its file: the others need no outline for this.
        if isinstance(source, Unreadable) or not any(file in source.text for file in files):
            return
        outlined = self.codebase.outline_of(path)
        for site in outlined.sites if outlined else ():
            found = database_in(site.literals[0], self.legacy) if site.literals else None
            if found:
                yield found.database

    def _creations_in(self, path: PurePosixPath) -> Iterator[Creation]:
        reading = self.codebase.reading(path)
        if isinstance(reading, Unreadable) or "create" not in reading.source.text.lower():
            return
        texts = (it for it in self.codebase.texts(reading) if isinstance(it, Text))
        creating = (it for it in texts if "create" in it.text.lower())
        yield from creations_in(reading.source, creating, self.connections)

    def _counted(self, paths: Iterable[PurePosixPath]) -> tuple[tuple[PurePosixPath, int], ...]:
        return tuple((path, self.codebase.count(path)) for path in paths)

    def _unnamed(self) -> frozenset[str]:
        """The databases that move and that no string of the code names."""
        named = {database for hints in self._hints for database in hints.named}
        return frozenset(self.legacy.moved.keys() - named)

    def search_reading(self, reading: Reading) -> FileSearch:
        """Find the references in a file that has been read."""
        around = self._surroundings(reading)
        references: dict[int, Reference] = {}
        reasons: list[tuple[int, int, str]] = []
        telling: dict[tuple[object, ...], Text] = {}
        for text in self.codebase.texts(reading):
            found, read = self._found_in(text, around)
            if isinstance(found, Ignored):
                reasons.append((text.start, text.end, found.why))
                continue
            reasons.append((text.start, text.end, "a word in SQL that names no old table"))
            references.update((reference.start, reference) for reference in found)
            telling.update(((it.start, it.end, it.text, it.literals), it) for it in read)
        ordered = tuple(references[start] for start in sorted(references))
        ignored = self._accounted(reading.source, ordered, reasons)
        texts = tuple(it.by_itself() for it in telling.values())
        digest = crc32(reading.source.data)
        return FileSearch(reading.source.path, ordered, ignored, texts, digest)

    def _found_in(
        self, text: Text | Unread, around: Surroundings
    ) -> tuple[Found, tuple[Text, ...]]:
        """What the finders say of a text, and what they have read; the first to say it decides."""
        if isinstance(text, Unread):
            return tuple(self._asked(text, around)), ()
        for finder in FINDERS:
            found = finder.find(text, around)
            if found is not None:
                return found, finder.reads(text, around)
        return Ignored("text that is not SQL"), ()

    def _asked(self, unread: Unread, around: Surroundings) -> Iterator[Reference]:
        """A question for each old table that an expression names which cannot be read."""
        text = around.source.text
        for hit in self.codebase.words.hits_in_source(text):
            word = _WORD.match(text, hit)
            meanings = self.legacy.meanings.get(folded(word[0]), ()) if word else ()
            if not word or not meanings or not unread.start <= hit < unread.end:
                continue
            yield around.table_reference(
                hit,
                word[0],
                meanings,
                clause="unread",
                question=f"this expression cannot be read ({unread.why}): is it the table?",
                mend="read it, and change it by hand if it is",
                blocking=True,
            )

    def _accounted(
        self,
        source: Source,
        references: Sequence[Reference],
        reasons: Sequence[tuple[int, int, str]],
    ) -> tuple[tuple[str, int], ...]:
        """Why each hit that is no reference is none."""
        named = {at for r in references for at in range(r.start, r.start + len(r.old) + 1)}
        counts: Counter[str] = Counter()
        # Both are gone through once: a file of data may have a hundred thousand of each.
        waiting = deque(sorted(enumerate(reasons), key=lambda it: it[1][0]))
        around: list[tuple[int, tuple[int, int, str]]] = []
        for hit in self.codebase.words.hits(source.text):
            while waiting and waiting[0][1][0] <= hit:
                around.append(waiting.popleft())
            around = [it for it in around if hit < it[1][1]]
            if hit not in named:
                counts[min(around)[1][2] if around else _NO_STRING] += 1
        return tuple(sorted(counts.items()))

    def _surroundings(self, reading: Reading) -> Surroundings:
        return Surroundings(
            source=reading.source,
            lines=Lines(reading.source.text),
            outline=reading.outline,
            legacy=self.legacy,
            binder=self.binder,
            oracle=self.oracle,
            folders=self.folders,
            takers=self.takers,
            travels=Travels(reading.source, reading.outline),
            flow=Flow(reading.source, reading.outline or NOTHING, self.codebase.words),
            abroad=self.abroad,
        )
