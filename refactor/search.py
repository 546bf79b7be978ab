"""All references of a code base to what a plan moves: the line that every command shares.

files → sieve → outline → texts → finders → references, with every hit of an old name accounted
for: edited, to be reviewed, ignored with a reason, or in a file that could not be read.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from plan.model import Plan
from plan.schema import DatabaseSchema
from refactor.apis.migrations import framework_of
from refactor.code.codebase import Reading
from refactor.code.cores import wanted_workers
from refactor.code.sieved import Sieved
from refactor.evidence import Evidence, Hints
from refactor.finders.implied import may_imply
from refactor.finders.metaclasses import NAMES_CLASSES
from refactor.found import FileSearch, Migration, OtherFile, Search
from refactor.hits import Account, Accounts
from refactor.inspector import Inspector
from refactor.references import Kind
from refactor.text.cutnames import BEGINS_NAME, cut_names
from refactor.text.source import Unreadable

if TYPE_CHECKING:
    from refactor.code.crew import Crew

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Tick = Callable[[int, int], None]
"""Called with the number of files done and of all files."""

_MANY = 3_000
"""Files that are many to look through once more, where nothing is left to be renamed."""
_WORTHWHILE = 3_000_000
"""Bytes of code with old names from which on more processes pay off: some five seconds of work.

Together they take a seventh more of the processor than one alone, for half of the time.
"""


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
        self.evidence = Evidence(plan, schemas, sieved)
        """Who answers what is asked about a place in the code."""
        self.plan, self.schemas = self.evidence.plan, self.evidence.schemas
        self.legacy, self.codebase = self.evidence.legacy, self.evidence.codebase
        self.inspector = Inspector(self.evidence)
        """Who looks through a file that has been read."""
        self._crew: Crew[Searcher] | None = None

    def __reduce__(self) -> tuple[type["Searcher"], tuple[object, ...]]:
        """A copy for another process: it knows the files, and reads them by itself."""
        return Searcher, (self.plan, self.schemas, replace(self.codebase.sieved, lines={}))

    def search(
        self,
        tick: Tick = lambda _done, _all: None,
        look: Callable[[PurePosixPath], None] = lambda _path: None,
        only: Callable[[PurePosixPath], bool] = lambda _path: True,
    ) -> Search:
        """Find all references, in the order of the files.

        Args:
            tick: is told how far it has come.
            look: is called with each file that was searched, while it is at hand: not where
                several processes search.
            only: narrows the files to be searched; evidence still comes from all of them.
        """
        found: list[FileSearch | Migration | Unreadable] = []
        code = tuple(filter(only, self.codebase.code))
        for number, result in enumerate(self._search_files(code)):
            tick(number, len(code))
            found.append(result)
            if not self._crew:
                look(code[number])
        tick(len(code), len(code))
        files = [it for it in found if isinstance(it, FileSearch)]
        files += self._models(only)
        unread = (
            *map(self._other, filter(only, self.codebase.others)),
            *(it.unread for it in files if it.unread),
        )
        return Search(
            files=tuple(
                sorted(
                    (it for it in files if it.references or it.left or not it.unread),
                    key=lambda file: file.path.as_posix(),
                )
            ),
            unreadable=(
                *self.codebase.listed.unlisted,
                *(it for it in found if isinstance(it, Unreadable)),
            ),
            history=self._counted(filter(only, self.codebase.history)),
            migrations=tuple(
                (it.path, it.hits, it.framework) for it in found if isinstance(it, Migration)
            ),
            others=tuple(sorted(unread, key=lambda it: it.path)),
            skipped=self.codebase.listed.skipped,
            looked_at=sum(1 for _ in filter(only, self.codebase.listed.files)),
            derived=self.evidence.derived,
            past=self._past(only),
        )

    def _search_files(
        self, files: Sequence[PurePosixPath]
    ) -> Iterator[FileSearch | Migration | Unreadable]:
        size = wanted_workers(worthwhile=self.codebase.weighs(files, _WORTHWHILE))
        if size > 1:
            from refactor.code.crew import Crew  # noqa: PLC0415 - few need it

            self._crew = Crew(self, size)
            if telling := self.evidence.wanted_from:
                hints = tuple(self.map(Searcher.hints_in, telling, key=lambda it: it))
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

    def hints_in(self, path: PurePosixPath) -> Hints:
        """What one file says of databases."""
        return self.evidence.hints_in(path)

    def learn(self, hints: tuple[Hints, ...]) -> None:
        """Take what all files say of databases."""
        self.evidence.learn(hints)

    def search_file(self, path: PurePosixPath) -> FileSearch | Migration | Unreadable:
        """Find the references in one file."""
        reading = self.codebase.reading(path)
        if isinstance(reading, Unreadable):
            return reading
        if reading.outline and (framework := framework_of(reading.outline)):
            return Migration(path, self.codebase.count(path), framework)
        return self.inspector.search_reading(reading)

    def _past(self, only: Callable[[PurePosixPath], bool]) -> Accounts:
        kinds: Counter[Kind] = Counter()
        for path in filter(only, self.codebase.history):
            kinds.update(self.codebase.kinds_in(path))
        return Accounts(Account(history=kinds[Kind.TABLE]), Account(history=kinds[Kind.PATH]))

    def _other(self, path: PurePosixPath) -> OtherFile:
        is_plan = path == PurePosixPath(self.plan.file.name)
        why = "the plan" if is_plan else "a kind of file that is not read"
        return OtherFile(path, self.codebase.count(path), why)

    def _counted(self, paths: Iterable[PurePosixPath]) -> tuple[tuple[PurePosixPath, int], ...]:
        return tuple((path, self.codebase.count(path)) for path in paths)

    def _models(self, only: Callable[[PurePosixPath], bool]) -> Iterator[FileSearch]:
        """Files that hold no old name, and whose classes or variables may have one nevertheless.

        Django names tables after the classes, or names are put together.
        """
        known = frozenset(self.codebase.code)
        implying = filter(may_imply, self.codebase.listed.files)
        others = (
            *self.codebase.sieved.mapped,
            *self._putting_together(),
            *self._with_metaclasses(),
            *sorted(self.evidence.files.loaders),
            *sorted(self.evidence.files.readers),
        )
        for path in filter(only, dict.fromkeys((*implying, *others))):
            if path in known or not self.codebase.reads(path):
                continue
            module = self.codebase.module(path)
            reading = Reading(*module) if module else self.codebase.reading(path)
            if isinstance(reading, Unreadable) or (
                reading.outline and framework_of(reading.outline)
            ):
                continue
            found = self.inspector.search_reading(reading)
            if found.references:
                yield replace(found, codebase=self.codebase)

    def _putting_together(self) -> Iterator[PurePosixPath]:
        """The Python files without an old name that may put one together, or look for a part."""
        cut = cut_names(self.legacy.meanings)
        if not (cut.heads or cut.plurals) or self._is_large_and_clean:
            return
        met = self.codebase.matching(BEGINS_NAME) if cut.is_numbered else frozenset()
        for path in sorted((self.evidence.takers.candidates | met) - self.codebase.hits):
            source = self.codebase.source(path)
            if not isinstance(source, Unreadable) and cut.may_be_in(source.text):
                yield path

    def _with_metaclasses(self) -> Iterator[PurePosixPath]:
        """The Python files without an old name in which a metaclass may make one of a class's."""
        if not self._is_large_and_clean:
            candidates = self.evidence.takers.candidates - self.codebase.hits
            yield from sorted(self.codebase.holding((NAMES_CLASSES,), candidates))

    @property
    def _is_large_and_clean(self) -> bool:
        """Whether all of many files hold no old name.

        What is asked of those holds its table up, so that some would be left, and to look through
        all files costs more than the rest of a check.
        """
        return not self.codebase.code and len(self.codebase.listed.files) > _MANY
