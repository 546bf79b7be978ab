"""What a draft of a plan is: facts with their sources, and questions where there is no fact."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from plan.toml_section import OPEN

Value = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is said: a document and a line of it, or a database."""

    name: str
    line: int | None = None

    def __str__(self) -> str:
        """As messages say it: `PLAN.md:41`, `data/a.db`."""
        return self.name if self.line is None else f"{self.name}:{self.line}"


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must decide; the lines say what was found, and which answers there are."""

    asks: str
    """One sentence, ended by a question mark or a colon."""
    answers: tuple[str, ...] = ()
    """One line each, such as `"merge": its tables move into the target`."""


@dataclass(frozen=True, slots=True)
class Fact:
    """The value of one key, and where it comes from; with a question it holds `"?"`."""

    value: Value
    sources: tuple[Source, ...] = ()
    question: Question | None = None

    @property
    def known(self) -> bool:
        """Whether it is a fact, and no open question."""
        return self.question is None


def asked(asks: str, *answers: str, sources: tuple[Source, ...] = (), listed: bool = False) -> Fact:
    """An open question in place of a value, or of the only item of a list."""
    return Fact((OPEN,) if listed else OPEN, sources, Question(asks, answers))


@dataclass(frozen=True, slots=True)
class DraftDatabase:
    """A `[[database]]`."""

    path: Fact
    action: Fact
    about: Fact | None = None
    notes: tuple[str, ...] = ()
    """Comments above it, one paragraph each."""


@dataclass(frozen=True, slots=True)
class DraftTable:
    """One line in the tables of a domain; a key that is None is left out."""

    old: Fact
    database: Fact
    new: Fact
    about: Fact | None = None
    merge: Fact | None = None
    compat: Fact | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftDomain:
    """A `[[domain]]`."""

    name: Fact
    about: Fact | None = None
    tables: tuple[DraftTable, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftSkip:
    """A `[[skip]]`."""

    table: Fact
    database: Fact
    claim: Fact
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftBinding:
    """A `[[code.binding]]`."""

    paths: Fact
    database: Fact
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftHead:
    """The section `[plan]`; what is None is left out, so its default holds."""

    target: Fact
    backup: Fact | None = None
    archive: Fact | None = None
    metadata: Fact | None = None
    schema_version: Fact | None = None
    compat: Fact | None = None
    descriptions: Fact | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftCode:
    """The section `[code]`."""

    paths: Fact | None = None
    exclude: Fact | None = None
    history: Fact | None = None
    bindings: tuple[DraftBinding, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as far as it is known."""

    origin: str
    """What it is drafted from, as people say it: `docs/PLAN.md`, `9 databases`."""
    head: DraftHead
    databases: tuple[DraftDatabase, ...]
    domains: tuple[DraftDomain, ...] = ()
    skips: tuple[DraftSkip, ...] = ()
    code: DraftCode = DraftCode()
    notes: tuple[str, ...] = ()
    """Comments at the end: what belongs to no key of the plan."""

    def entries(self) -> Iterator[object]:
        """Everything that holds facts, in the order in which it is written."""
        yield self.head
        yield from self.databases
        for domain in self.domains:
            yield domain
            yield from domain.tables
        yield from self.skips
        yield self.code
        yield from self.code.bindings

    def facts(self) -> Iterator[Fact]:
        """Every fact and every question, in the order in which they are written."""
        for entry in self.entries():
            for _, fact in facts_of(entry):
                yield fact

    @property
    def questions(self) -> tuple[Fact, ...]:
        """What is open."""
        return tuple(fact for fact in self.facts() if not fact.known)


KEYS = {"old": "from", "database": "in", "new": "to"}
"""What the plan file calls a fact, where a word of Python or a longer one stands for it."""


def facts_of(entry: object) -> Iterator[tuple[str, Fact]]:
    """The facts of one entry, each with its key in the plan file."""
    tabled = isinstance(entry, DraftTable)
    for item in fields(entry):  # type: ignore[arg-type]  # all entries are dataclasses
        value = getattr(entry, item.name)
        if isinstance(value, Fact):
            key = KEYS.get(item.name, item.name) if tabled else item.name
            yield ("in" if isinstance(entry, DraftSkip) and key == "database" else key), value
