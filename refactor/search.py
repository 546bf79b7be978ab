"""All references of a code base to what a plan moves: the line that every command shares.

files → sieve → outline → texts → finders → references, with every hit of an old name accounted
for: edited, to be reviewed, ignored with a reason, or in a file that could not be read.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

from msgspec import Struct
from msgspec.structs import replace

from plan.model import Plan, folded
from plan.schema import DatabaseSchema
from refactor.apis import OtherSystems, TableArguments
from refactor.apis.callers import Callers
from refactor.apis.coined import TableNames
from refactor.apis.declared import DeclaredCalls
from refactor.apis.elsewhere import Elsewhere
from refactor.apis.keyed import KeyedTables
from refactor.apis.libraries import PACKAGES
from refactor.apis.listed import Listed, Seen
from refactor.apis.migrations import framework_of
from refactor.apis.spelled import Spelled
from refactor.apis.values import Values
from refactor.code.codebase import Codebase, Reading, Unread
from refactor.code.cores import wanted_workers
from refactor.code.sieved import Sieved
from refactor.databases.alterations import Alterations
from refactor.databases.attachments import Attachments
from refactor.databases.binding import Binder, Bindings
from refactor.databases.company import Company
from refactor.databases.connections import Connections
from refactor.databases.databasepaths import database_in
from refactor.databases.derived import (
    Derived,
    creations_in,
    derived_schemas,
    may_create,
    missing_databases,
    new_names,
)
from refactor.databases.executors import Executors
from refactor.databases.filepaths import FilePaths
from refactor.databases.folders import Folders
from refactor.databases.outsiders import Outsiders
from refactor.databases.strangers import Strangers
from refactor.databases.versions import Creation
from refactor.finders import FINDERS, Found, Ignored, Surroundings
from refactor.finders.coined import names_coined
from refactor.finders.endings import paths_ended
from refactor.finders.filenames import tables_after_files
from refactor.finders.guessed import tables_guessed
from refactor.finders.identifiers import names_taken
from refactor.finders.implied import may_imply, tables_implied
from refactor.finders.keywords import tables_in_keywords
from refactor.finders.made import names_made
from refactor.finders.pieced import names_pieced
from refactor.finders.prefixes import parts_of_names
from refactor.finders.reflected import names_reflected
from refactor.finders.stems import files_by_stem
from refactor.flow.abroad import Abroad
from refactor.flow.flow import Flow
from refactor.found import FileSearch, Migration, OtherFile, Search, Told, strings_of
from refactor.hits import Account, Accounts, account, named_by
from refactor.ignores import Obeyed, obeyed
from refactor.kinds import NOTHING as NO_CONTENTS
from refactor.legacy import Legacy, legacy_of
from refactor.proof.oracle import Oracle
from refactor.proof.prover import Prover
from refactor.python.modules import Modules
from refactor.python.outline import NOTHING, Outline
from refactor.python.strings import Text
from refactor.references import Kind, Reason, Reference
from refactor.reflectors import Reflectors
from refactor.tablefiles import TableFiles
from refactor.takers import Takers
from refactor.text.lines import Lines
from refactor.text.source import Source, Unreadable
from refactor.text.words import Words
from refactor.travels import Travels

if TYPE_CHECKING:
    from refactor.code.crew import Crew

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Tick = Callable[[int, int], None]
"""Called with the number of files done and of all files."""

_WORD = re.compile(r"[A-Za-z0-9_]+")
_WORTHWHILE = 3_000_000
"""Bytes of code with old names from which on more processes pay off: some five seconds of work.

Together they take a seventh more of the processor than one alone, for half of the time.
"""


class Hints(Struct, frozen=True):
    """What a file says of databases, which the search of all files must know beforehand."""

    creations: tuple[Creation, ...]
    named: frozenset[str]
    """The databases that its strings name."""


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
        self.schemas = tuple(schemas)
        self.legacy: Legacy = legacy_of(plan, self.schemas)
        self.codebase = Codebase(plan, self.legacy, sieved)
        modules = Modules(self.codebase.listed.files, self.codebase.names_of)
        self.connections = Connections(modules, self.legacy)
        self.folders = Folders(modules)
        self.paths = FilePaths(modules, self.folders, self.legacy)
        self.executors = Executors(modules, self.paths, self.connections, self.codebase.naming)
        self.attachments = Attachments(self.codebase, self.paths)
        self.takers = Takers(
            modules, self.codebase.module, self.codebase.imports_of, self.codebase.matching
        )
        self.files = TableFiles(
            self.codebase.listed.files,
            self.legacy,
            lambda: self.takers.candidates,
            self.codebase.naming,
            self.codebase.matching,
        )
        self.reflectors = Reflectors(
            lambda: self.takers.candidates,
            self.codebase.matching,
            self.codebase.source,
            self.codebase.tree_of,
        )
        self.abroad = Abroad(
            modules,
            self.codebase.module,
            self.codebase.source,
            self.codebase.naming,
            self.codebase.few_naming,
            self.codebase.holds,
            self.codebase.words,
        )
        callers = Callers(modules, self.abroad.few_naming, self.abroad.tree)
        keyed = KeyedTables(modules, self.codebase.importing, self.codebase.imports_of)
        self.tables = TableNames(modules, PACKAGES, callers, keyed)
        self.spelled = Spelled(modules, callers)
        self.arguments = TableArguments(
            modules,
            Seen(Values(modules, PACKAGES), Listed(modules, PACKAGES)),
            Seen(Values(modules, PACKAGES, callers), Listed(modules, PACKAGES, callers)),
            Elsewhere(modules, callers),
            keyed,
            DeclaredCalls(plan.code.apis, self.codebase.outlines_naming),
        )
        self.systems = OtherSystems(
            modules,
            self.codebase.listed.files,
            self.codebase.importing,
        )
        self.outsiders = Outsiders(
            self.legacy, self.codebase.matching, self.codebase.source, self.codebase.imports_of
        )
        self.alterations = Alterations(self._everything)
        self.bindings = Bindings(plan)
        self._missing = missing_databases(plan, self.schemas)
        self._new_names = frozenset(map(folded, new_names(plan, self._missing)))
        self._new_words = Words(self._new_names)
        self._named: set[str] = set()
        self._crew: Crew[Searcher] | None = None

    def __reduce__(self) -> tuple[type["Searcher"], tuple[object, ...]]:
        """A copy for another process: it knows the files, and reads them by itself."""
        return Searcher, (self.plan, self.schemas, replace(self.codebase.sieved, lines={}))

    def learn(self, hints: tuple[Hints, ...]) -> None:
        """Take what the files say of databases; without it, it is looked for when it is wanted."""
        self._hints = hints

    @cached_property
    def _hints(self) -> tuple[Hints, ...]:
        # From behind: then those that the search looks at first are still in memory.
        return tuple(map(self.hints_in, reversed(self._telling)))[::-1]

    @cached_property
    def _telling(self) -> tuple[PurePosixPath, ...]:
        """The files that may say something of databases."""
        code = self.codebase.code
        return (*code, *self.codebase.naming_new(self._new_names)) if code else ()

    @property
    def _is_ambiguous(self) -> bool:
        """Whether a table of one name is in several databases."""
        return any(len(meanings) > 1 for meanings in self.legacy.meanings.values())

    @cached_property
    def _derived(self) -> Derived:
        if not self._missing:
            return Derived()
        return derived_schemas(
            self.plan,
            self._missing,
            (it for hints in self._hints for it in hints.creations),
            self.bindings.database,
            self.alterations.may_add,
        )

    def _everything(self) -> Iterator[str]:
        """The texts of all files that hold an old name, of the past too."""
        for path in (*self.codebase.code, *self.codebase.history):
            source = self.codebase.source(path)
            if not isinstance(source, Unreadable):
                yield source.text

    @cached_property
    def derived(self) -> frozenset[str]:
        """Databases whose schema is read from the code."""
        return frozenset(schema.path for schema in self._derived.schemas)

    @cached_property
    def oracle(self) -> Oracle:
        """Who compiles statements; each process has one of its own."""
        return Oracle(self.plan, (*self.schemas, *self._derived.schemas))

    @cached_property
    def prover(self) -> Prover:
        """Who proves that statements compile on the consolidated schema."""
        return Prover(self.oracle, self.derived)

    @cached_property
    def binder(self) -> Binder:
        """Who decides which table is meant."""
        return Binder(
            self.plan,
            self.legacy,
            self.oracle,
            self.connections,
            self.executors,
            self._derived,
            self.bindings,
            Strangers(self.oracle, self._derived, self.alterations.may_add),
            self._unnamed,
            self.systems,
            Company(self.plan, self.oracle, self.executors.module),
            self.outsiders,
        )

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
            derived=self.derived,
            past=self._past(only),
        )

    def _search_files(
        self, files: Sequence[PurePosixPath]
    ) -> Iterator[FileSearch | Migration | Unreadable]:
        size = wanted_workers(worthwhile=self.codebase.weighs(files, _WORTHWHILE))
        if size > 1:
            from refactor.code.crew import Crew  # noqa: PLC0415 - few need it

            self._crew = Crew(self, size)
            if self._missing or self._is_ambiguous:
                hints = tuple(self.map(Searcher.hints_in, self._telling, key=lambda it: it))
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

    def search_file(self, path: PurePosixPath) -> FileSearch | Migration | Unreadable:
        """Find the references in one file."""
        reading = self.codebase.reading(path)
        if isinstance(reading, Unreadable):
            return reading
        if reading.outline and (framework := framework_of(reading.outline)):
            return Migration(path, self.codebase.count(path), framework)
        return self.search_reading(reading)

    def hints_in(self, path: PurePosixPath) -> Hints:
        """What one file says of databases."""
        return Hints(
            tuple(self._creations_in(path)) if self._missing else (),
            frozenset(self._named_in(path)) if self._is_ambiguous else frozenset(),
        )

    def _named_in(self, path: PurePosixPath) -> Iterator[str]:
        """The databases that the strings of a file name, but for those that were met before."""
        source = self.codebase.source(path)
        left = (PurePosixPath(it).name for it in self.legacy.moved.keys() - self._named)
        # What names a database spells its file: the others need no outline for this.
        if isinstance(source, Unreadable) or not any(it in source.text for it in left):
            return
        for text in self._whole_strings(path):
            found = database_in(text, self.legacy)
            if found:
                self._named.add(found.database)
                yield found.database

    def _creations_in(self, path: PurePosixPath) -> Iterator[Creation]:
        source = self.codebase.source(path)
        if isinstance(source, Unreadable) or not may_create(source.text):
            return
        reading = self.codebase.reading(path)
        if isinstance(reading, Unreadable) or reading.contents.advisory:
            return
        texts = (
            *self.codebase.plain_texts(reading),
            *self.codebase.texts(reading),
            *self.codebase.texts_with(path, self._new_words, may_create),
        )
        creating = (it for it in texts if isinstance(it, Text) and may_create(it.text))
        yield from creations_in(
            reading.source, creating, self.connections, self.executors, self._new_names
        )

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

    def _unnamed(self) -> frozenset[str]:
        """The databases that move and that no string of the code names."""
        named = {database for hints in self._hints for database in hints.named}
        return frozenset(self.legacy.moved.keys() - named)

    def _models(self, only: Callable[[PurePosixPath], bool]) -> Iterator[FileSearch]:
        """Files that hold no old name, and whose classes or variables may have one nevertheless.

        Django names tables after the classes, or names are put together.
        """
        known = frozenset(self.codebase.code)
        implying = filter(may_imply, self.codebase.listed.files)
        others = (*self.codebase.sieved.mapped, *sorted(self.files.loaders))
        for path in filter(only, dict.fromkeys((*implying, *others))):
            if path in known or not self.codebase.reads(path):
                continue
            module = self.codebase.module(path)
            reading = Reading(*module) if module else self.codebase.reading(path)
            if isinstance(reading, Unreadable) or (
                reading.outline and framework_of(reading.outline)
            ):
                continue
            found = self.search_reading(reading)
            if found.references:
                yield replace(found, codebase=self.codebase)

    def _whole_strings(self, path: PurePosixPath) -> Iterator[str]:
        """The strings of a file's code, and the values of its settings."""
        outlined = self.codebase.outline_of(path)
        for site in outlined.sites if outlined else ():
            yield from site.literals[:1]
        reading = None if self.codebase.is_python(path) else self.codebase.reading(path)
        if isinstance(reading, Reading):
            yield from (text.text for text in reading.contents.values)

    def certain_in(self, reading: Reading) -> list[Reference]:
        """What would be changed in a file that has been read, without what is asked beside it."""
        plain, told, _ = self._told_in(reading)
        _, heard = self._heard(reading, plain, told)
        return [it for it in heard.references if it.certain]

    def search_reading(self, reading: Reading) -> FileSearch:
        """Find the references in a file that has been read."""
        contents = reading.contents
        plain, told, around = self._told_in(reading)
        for reference in tuple(self._asked_beside(reading, told, around)):
            told.references.setdefault(reference.start, reference)
        found, heard = self._heard(reading, plain, told)
        references = heard.references
        found.reasons[:0] = (it.part for it in heard.left)
        if contents.otherwise:
            found.reasons.append((0, len(reading.source.text), contents.otherwise))
        hits = self.codebase.kinds_of_hits(reading.source.text)
        accounts, ignored = account(hits, references, found.reasons)
        unread = None
        if contents.unread is not None:
            # The words that were not looked at are those of a file that is not read.
            looked_at = named_by(references, hits)
            accounts, _ = account(looked_at, references, ())
            missed = len(hits) - len(looked_at)
            unread = OtherFile(reading.source.path, missed, contents.unread, contents.misnamed)
            ignored = ()
        return FileSearch(
            path=reading.source.path,
            references=references,
            ignored=ignored,
            texts=tuple(it.by_itself() for it in found.texts),
            accounts=accounts,
            unread=unread,
            strings=strings_of(reading.outline if references else None),
            digest=crc32(reading.source.data),
            left=heard.left,
            ignores=heard.ignores,
        )

    def _told_in(self, reading: Reading) -> tuple[Told, Told, Surroundings]:
        """What is said of a file's texts, outside of Python and in it, and what the last saw."""
        plain = Told(reasons=list(reading.contents.accounts))
        if reading.contents is not NO_CONTENTS:
            around = self._surroundings(reading.source, None)
            plain.add(self._told(self.codebase.plain_texts(reading), around, templates=True))
        around = self._surroundings(reading.module, reading.outline)
        return plain, self._told(self.codebase.texts(reading), around), around

    def _asked_beside(
        self, reading: Reading, told: Told, around: Surroundings
    ) -> Iterator[Reference]:
        """Questions about names that no text says as they are: nothing of it is changed."""
        tree = reading.outline.tree if reading.outline else self._tree(reading)
        yield from tables_implied(around)
        yield from tables_guessed(around)
        yield from names_coined(around)
        yield from names_pieced(around, told.references)
        yield from names_made(around)
        yield from paths_ended(around)
        yield from files_by_stem(around)
        yield from parts_of_names(around)
        if tree:
            yield from names_taken(tree, around)
            yield from names_reflected(tree, around)
            yield from tables_in_keywords(tree, around)
            yield from tables_after_files(tree, around)

    def _heard(self, reading: Reading, plain: Told, told: Told) -> tuple[Told, Obeyed]:
        """All that was said of a file, and what is left of it where its comments are obeyed."""
        python = reading.contents.python
        plain.add(told.carried(python, reading.source) if python else told)
        references = tuple(
            plain.references[start].as_spelled(reading.source.text)
            for start in sorted(plain.references)
        )
        if reading.contents.advisory:
            references = tuple(self._advised(it) for it in references)
        is_module = self.codebase.is_python(reading.source.path)
        return plain, obeyed(reading.source, python, references, is_module=is_module)

    def _tree(self, reading: Reading) -> ast.Module | None:
        """The tree of a module none of whose strings could refer."""
        is_module = reading.contents is NO_CONTENTS
        return self.codebase.tree_of(reading.source.path) if is_module else None

    def _told(
        self, texts: Iterable[Text | Unread], around: Surroundings, *, templates: bool = False
    ) -> Told:
        """What the finders say of some texts.

        Of the texts that a template may become, the one that asks decides.
        """
        told = Told()
        for text in texts:
            found, read = self._found_in(text, around)
            if isinstance(found, Ignored):
                told.reasons.append((text.start, text.end, found.why))
                continue
            told.reasons.append((text.start, text.end, "a word in SQL that names no old table"))
            for reference in found:
                if not (templates and reference.certain and reference.start in told.references):
                    told.references[reference.start] = reference
            told.texts |= dict.fromkeys(read)
        return told

    def _advised(self, reference: Reference) -> Reference:
        """A reference in documentation: it holds nothing up, and a guess is not good enough."""
        meanings = self.legacy.meanings.get(folded(reference.group), ())
        if (
            reference.certain
            and reference.kind is Kind.TABLE
            and len({folded(it.new) for it in meanings}) > 1
            and any(it.reason is Reason.CONNECTION for it in reference.evidence)
        ):
            # What one example opens says little of the next, and after an edit says another thing.
            question = f"only what the document opens elsewhere says that it is {reference.new}"
            mend = "decide by reading the text"
            return replace(reference, new=None, question=question, mend=mend, blocking=False)
        return replace(reference, blocking=False)

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

    def _surroundings(self, source: Source, outline: Outline | None) -> Surroundings:
        return Surroundings(
            source=source,
            lines=Lines(source.text),
            outline=outline,
            legacy=self.legacy,
            binder=self.binder,
            oracle=self.oracle,
            folders=self.folders,
            takers=self.takers,
            travels=Travels(source, outline),
            flow=(
                self.abroad.flow(source, outline)
                if outline
                else Flow(source, NOTHING, self.codebase.words)
            ),
            abroad=self.abroad,
            arguments=self.arguments,
            tables=self.tables,
            spelled=self.spelled,
            systems=self.systems,
            attachments=self.attachments,
            files=self.files,
            reflectors=self.reflectors,
        )
