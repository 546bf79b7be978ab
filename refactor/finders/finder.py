"""What a finder is: it looks at one text of a file and says what it names, or why nothing."""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from msgspec import Struct, field

from refactor.apis import OtherSystems, TableArguments
from refactor.apis.coined import TableNames
from refactor.apis.spelled import Spelled
from refactor.databases.attachments import Attachments
from refactor.databases.binding import Binder
from refactor.databases.filepaths import FilePaths
from refactor.databases.folders import Folders
from refactor.databases.joins import Joins
from refactor.databases.temporaries import Temporaries
from refactor.databases.weighing import Place
from refactor.flow.abroad import Abroad
from refactor.flow.flow import Flow
from refactor.legacy import Legacy, Meaning
from refactor.proof.oracle import Oracle
from refactor.python.outline import Context, Outline, Usage
from refactor.python.strings import Text
from refactor.references import Evidence, Kind, Reference
from refactor.reflectors import Reflectors
from refactor.sayings import Sayings
from refactor.tablefiles import TableFiles
from refactor.takers import Takers
from refactor.text.lines import Lines
from refactor.text.source import Source
from refactor.travels import Travels


class Surroundings(Struct, frozen=True):
    """What a finder may ask about the file and the project around a text."""

    source: Source
    lines: Lines
    outline: Outline | None
    """None for a file that is not Python."""
    legacy: Legacy
    binder: Binder
    oracle: Oracle
    folders: Folders
    paths: FilePaths
    joins: Joins
    takers: Takers
    travels: Travels
    flow: Flow
    abroad: Abroad
    arguments: TableArguments
    tables: TableNames
    spelled: Spelled
    systems: OtherSystems
    attachments: Attachments
    temporaries: Temporaries
    files: TableFiles
    reflectors: Reflectors
    sayings: Sayings
    judged_in: PurePosixPath | None = None
    """The module whose surroundings tell which database is meant, if it is another one."""
    judged_for: tuple[PurePosixPath, str] | None = None
    """The class whose objects tell it, by its module, if it is an heir of the class around."""
    beside: frozenset[str] = frozenset()
    """The tables for which what executes a statement is asked as well, if that is looked for."""
    named: tuple[PurePosixPath, Context] | None = None
    """Where the name stands that is followed into a statement, and what surrounds it there."""
    read: dict[tuple[int, PurePosixPath | None], tuple[Text, "Found | None"]] = field(
        default_factory=dict
    )
    """What the statements of the file name that have been read, by their ids and by that module;
    with each the statement is kept, so that its id stays its own."""

    def place(self, context: Context) -> Place:
        """Where a statement stands."""
        path = self.judged_in or self.source.path
        return Place(path, context.scope, context, self.judged_for, self.beside, self.named)

    def executed(self, text: Text) -> bool:
        """Whether a text certainly reaches SQLite."""
        if self.outline is None:
            return text.context.usage is Usage.EXECUTED
        return self.outline.is_executed(text.context)

    def table_reference(
        self,
        start: int,
        old: str,
        meanings: Sequence[Meaning],
        *,
        clause: str,
        new: str | None = None,
        evidence: tuple[Evidence, ...] = (),
        question: str | None = None,
        mend: str,
        blocking: bool,
    ) -> Reference:
        """A reference to one of these tables, at an offset of this file's text."""
        line, column = self.lines.place(start)
        return Reference(
            path=self.source.path,
            line=line,
            column=column,
            start=start,
            old=old,
            new=new,
            kind=Kind.TABLE,
            group=meanings[0].old,
            databases=tuple(dict.fromkeys(item.database for item in meanings)),
            clause=clause,
            evidence=evidence,
            question=question,
            mend=mend,
            blocking=blocking,
        )

    def path_reference(
        self,
        start: int,
        old: str,
        databases: tuple[str, ...],
        *,
        clause: str = "path",
        evidence: tuple[Evidence, ...] = (),
        question: str,
        mend: str,
        blocking: bool,
    ) -> Reference:
        """A question for what may be the path of one of these databases."""
        line, column = self.lines.place(start)
        return Reference(
            path=self.source.path,
            line=line,
            column=column,
            start=start,
            old=old,
            new=None,
            kind=Kind.PATH,
            group=databases[0],
            databases=databases,
            clause=clause,
            evidence=evidence,
            question=question,
            mend=mend,
            blocking=blocking,
            also=databases[1:],
        )

    def named_in_command(
        self, path: str, start: int, *, question: str, mend: str, blocking: bool
    ) -> Reference:
        """A question for the path of a database that stands among other words."""
        return self.path_reference(
            start,
            path,
            (path,),
            clause="command",
            question=question,
            mend=mend,
            blocking=blocking,
        )


class Ignored(Struct, frozen=True):
    """A text that holds an old name and does not refer to it, and why."""

    why: str


Found = tuple[Reference, ...] | Ignored


class Finder(Struct, frozen=True):
    """One way of naming a table or a database, with its examples."""

    name: str
    find: Callable[[Text, Surroundings], Found | None]
    """None where the text is none of its business."""
    finds: tuple[str, ...]
    """Python source in which it finds a reference to the table `old` or to `data/old.db`."""
    ignores: tuple[str, ...]
    reads: Callable[[Text, Surroundings], tuple[Text, ...]] = lambda text, _around: (text,)
    """What it reads of a text: itself, unless it reads the statements that the text goes into."""
    file: str = "case.py"
    """The name of a file in which the examples stand; documentation for `.md`."""
