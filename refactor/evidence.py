"""What one code base says of one plan: who answers which question about a place in it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from msgspec import Struct

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
from refactor.apis.spelled import Spelled
from refactor.apis.values import Values
from refactor.code.codebase import Codebase, Reading
from refactor.code.sieved import Sieved
from refactor.consolescripts import ConsoleScripts
from refactor.databases.alterations import Alterations
from refactor.databases.attachments import Attachments
from refactor.databases.binding import Binder
from refactor.databases.bindings import Bindings
from refactor.databases.company import Company
from refactor.databases.connections import Connections
from refactor.databases.databasepaths import database_in, is_test
from refactor.databases.definers import Definers
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
from refactor.databases.joins import Joins
from refactor.databases.outsiders import Outsiders
from refactor.databases.packages import Packages
from refactor.databases.programs import Programs
from refactor.databases.scripts import Scripts
from refactor.databases.settingsfiles import SettingsFiles
from refactor.databases.strangers import Strangers
from refactor.databases.temporaries import Temporaries
from refactor.databases.toldoutside import ToldOutside
from refactor.databases.versions import Creation
from refactor.finders import Surroundings
from refactor.flow.abroad import Abroad
from refactor.flow.flow import Flow
from refactor.legacy import Legacy, legacy_of
from refactor.proof.oracle import Oracle
from refactor.proof.prover import Prover
from refactor.python.modules import Modules
from refactor.python.outline import NOTHING, Outline
from refactor.python.strings import Text
from refactor.reflectors import Reflectors
from refactor.sayings import Sayings
from refactor.sql.names import HOLE
from refactor.tablefiles import TableFiles
from refactor.takers import Takers
from refactor.text.lines import Lines
from refactor.text.source import Source, Unreadable
from refactor.text.words import Words
from refactor.travels import Travels, temporaries_in

_MAKES_TEMPORARY = ("temp table", "temporary table")
"""How the statement begins that makes a temporary table; SQLite ignores case."""


class Hints(Struct, frozen=True):
    """What a file says of databases, which the search of all files must know beforehand."""

    creations: tuple[Creation, ...]
    named: frozenset[str]
    """The databases that its strings name."""


class Evidence:
    """Everybody who may be asked, made for one code base and one plan."""

    def __init__(
        self, plan: Plan, schemas: Iterable[DatabaseSchema], sieved: Sieved | None = None
    ) -> None:
        """List the files; what is asked of them is read when it is asked.

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
        self.modules = modules = Modules(self.codebase.listed.files, self.codebase.names_of)
        self.connections = Connections(modules, self.legacy, self.codebase.holds)
        self.folders = Folders(modules)
        self.paths = FilePaths(modules, self.folders, self.legacy)
        settings = SettingsFiles(
            lambda: self.codebase.listed.files, self.codebase.source, self.legacy
        )
        self._definers = Definers(modules, self.codebase, settings.held)
        self.executors = Executors(
            modules,
            self.paths,
            self.connections,
            self._definers,
            Packages(modules, self.codebase.has_own),
            ToldOutside(self.legacy, lambda: self.codebase.code, self.codebase.source),
        )
        self.joins = Joins(self._definers)
        self.attachments = Attachments(self.codebase, self.paths, self.executors.named_by)
        self.temporaries = Temporaries(self.executors.module, modules, lambda: self._temporary)
        self._scripts = ConsoleScripts(self.codebase.listed.files, self.codebase.source)
        self.takers = Takers(
            modules,
            self.codebase.module,
            self.codebase.imports_of,
            self.codebase.matching,
            self._scripts,
        )
        self.files = TableFiles(
            self.codebase.listed.files,
            self.legacy,
            lambda: self.takers.candidates,
            self.codebase.naming,
            self.codebase.matching,
            self.codebase.others,
            self.codebase.source,
        )
        self.reflectors = Reflectors(
            lambda: self.takers.candidates,
            self.codebase.holding,
            self.codebase.source,
            self.codebase.tree_of,
        )
        self.sayings = Sayings(
            self.takers.builders_near,
            self.takers.imported_by,
            self.codebase.matching,
            self.codebase.module,
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
            self.codebase.matching,
        )
        self.outsiders = Outsiders(
            self.legacy,
            self.codebase.matching,
            self.codebase.source,
            self.codebase.imports_of,
            self.codebase.importing,
            modules,
        )
        self.alterations = Alterations(self._everything)
        self.bindings = Bindings(plan)
        self._missing = missing_databases(plan, self.schemas)
        self._new_names = frozenset(map(folded, new_names(plan, self._missing)))
        self._new_words = Words(self._new_names)
        self._named: set[str] = set()

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
    def wanted_from(self) -> tuple[PurePosixPath, ...]:
        """The files of which all must be known what they say of databases; none if it is not."""
        return self._telling if self._missing or self._is_ambiguous else ()

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
            Strangers(self.oracle, self._derived, self.alterations.may_add, self._may_create),
            lambda: self._unnamed,
            lambda: self._former,
            self.systems,
            Company(self.plan, self.oracle, self._definers),
            self.outsiders,
            Scripts(lambda: self.codebase.listed.files, self._definers, self.executors),
            Programs(self.codebase.listed.files, lambda: self._scripts.modules),
        )

    def hints_in(self, path: PurePosixPath) -> Hints:
        """What one file says of databases."""
        return Hints(
            tuple(self._creations_in(path)) if self._missing else (),
            frozenset(self._named_in(path)) if self._is_ambiguous else frozenset(),
        )

    def _named_in(self, path: PurePosixPath) -> Iterator[str]:
        """The databases that the strings of a file name, but for those that were met before."""
        source = self.codebase.source(path)
        left = (it.rpartition("/")[2] for it in self.legacy.moved.keys() - self._named)
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

    def _may_create(self, table: str) -> bool:
        """Whether some code may create a table, or names one in a text of its own."""
        name = re.escape(table)
        pattern = rf"(?i-u:create\s.*\b{name}\b|[\"'\[`]{name}[\"'\]`])"
        return bool(self.codebase.matching(pattern, self.codebase.listed.files))

    @cached_property
    def _temporary(self) -> Mapping[str, Sequence[PurePosixPath]]:
        """The temporary tables that any code makes, by their folded names, and where."""
        found: defaultdict[str, list[PurePosixPath]] = defaultdict(list)
        # What makes one of a planned table's name has an old name; a test's is a matter of its own.
        code = (it for it in self.codebase.code if not is_test(str(it)))
        python = [*filter(self.codebase.is_python, code)]
        for path in sorted(self.codebase.holding(_MAKES_TEMPORARY, python)):
            outlined = self.codebase.outline_of(path)
            for site in outlined.sites if outlined else ():
                for name in temporaries_in(HOLE.join(site.literals)):
                    found[name].append(path)
        return found

    @cached_property
    def _unnamed(self) -> frozenset[str]:
        """The databases that move and that no string of the code names."""
        named = {database for hints in self._hints for database in hints.named}
        return frozenset(self.legacy.moved.keys() - named)

    @cached_property
    def _former(self) -> frozenset[str]:
        """Those of them that the code named before it was changed."""
        return frozenset(filter(self._is_changed, self._unnamed))

    def _is_changed(self, database: str) -> bool:
        """Whether some code has a new name of a database's table."""
        every = (it for each in self.legacy.meanings.values() for it in each)
        new = {folded(it.new) for it in every if it.database == database}
        words, sources = Words(new), map(self.codebase.source, self.codebase.code)
        near = any(isinstance(it, Source) and words.are_in(it.text) for it in sources)
        return near or bool(self.codebase.naming_new(new))

    def _whole_strings(self, path: PurePosixPath) -> Iterator[str]:
        """The strings of a file's code, and the values of its settings."""
        outlined = self.codebase.outline_of(path)
        for site in outlined.sites if outlined else ():
            yield from site.literals[:1]
        reading = None if self.codebase.is_python(path) else self.codebase.reading(path)
        if isinstance(reading, Reading):
            yield from (text.text for text in reading.contents.values)

    def surroundings(self, source: Source, outline: Outline | None) -> Surroundings:
        """What the finders may ask about a file."""
        return Surroundings(
            source=source,
            lines=Lines(source.text),
            outline=outline,
            legacy=self.legacy,
            binder=self.binder,
            oracle=self.oracle,
            folders=self.folders,
            paths=self.paths,
            joins=self.joins,
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
            temporaries=self.temporaries,
            files=self.files,
            reflectors=self.reflectors,
            sayings=self.sayings,
        )
