"""What the catalogue says: domains, their tables, and which code uses them, as facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from migrate.documentation.facts import Index
from migrate.steps.catalog import CatalogColumn, ForeignKey, Origin
from plan.model import folded


@dataclass(frozen=True, slots=True)
class Use:
    """One place in the code that names a table or view."""

    path: str
    """Relative to the plan's folder."""
    line: int
    by: str
    """The name that stands there."""
    old: bool
    """Whether that is a name from before the migration."""
    certain: bool
    """False where it may as well be something else."""


@dataclass(frozen=True, slots=True)
class Code:
    """Which code uses what, as far as it could be read."""

    uses: Mapping[str, tuple[Use, ...]] = field(default_factory=dict)
    """By the folded name of the table or view now."""
    unread: tuple[tuple[str, str], ...] = ()
    """Files that may use tables and could not be read, and why."""
    why_not: str = ""
    """Why no code was read at all; empty if it was."""

    def of(self, name: str) -> tuple[Use, ...]:
        """The places that name a table or view."""
        return self.uses.get(folded(name), ())


@dataclass(frozen=True, slots=True)
class Referrer:
    """A foreign key of another table, seen from the table that it refers to."""

    table: str
    key: ForeignKey


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view as it is now, and what is said of it."""

    name: str
    kind: str
    """table or view."""
    domain: str
    about: str
    documented: bool
    origins: tuple[Origin, ...]
    """What it was called before; none if it is new."""
    columns: tuple[CatalogColumn, ...]
    refers: tuple[ForeignKey, ...]
    adrift: tuple[str, ...]
    """Tables that it refers to and that are not there."""
    referred: tuple[Referrer, ...]
    indexes: tuple[Index, ...]
    rows_before: int | None
    """At the migration; None for a view."""
    rows: int | None
    """Now; None for a view, and where nobody counted."""
    old_names: tuple[str, ...]
    """Old names of it that live on as views."""
    uses: tuple[Use, ...]

    def is_unique(self, columns: Iterable[str]) -> bool:
        """Whether no two rows have the same in some columns."""
        among = set(columns)
        whole_key = {it.name for it in self.columns if it.primary_key}
        unique = [{*it.columns} for it in self.indexes if it.unique and not it.partial]
        return any(key and key <= among for key in (whole_key, *unique))


@dataclass(frozen=True, slots=True)
class Domain:
    """Tables and views that belong together: the tables first."""

    name: str
    """Empty for those that nobody has documented, and for views that read no table."""
    about: str
    tables: tuple[Table, ...]

    @property
    def title(self) -> str:
        """What to call it."""
        if any(table.documented for table in self.tables):
            return self.name or "in no domain"
        return self.name or "not documented"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the tables is documented; views and retable's own are not counted."""

    tables: int
    tables_documented: int
    tables_described: int
    columns: int
    columns_documented: int
    columns_described: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A consolidated database, table by table."""

    target: str
    """Its file, from the plan's folder."""
    metadata: str
    schema_version: int
    migrated: str
    """When, in UTC."""
    plan_digest: str
    domains: tuple[Domain, ...]
    """Retable's own last."""
    coverage: Coverage
    findings: tuple[str, ...]
    """Where documentation and database differ, in a line each."""
    code: Code

    @property
    def tables(self) -> Iterator[Table]:
        """All tables and views, retable's own included."""
        return (table for domain in self.domains for table in domain.tables)

    @property
    def renamed(self) -> tuple[tuple[str, str, str], ...]:
        """Each old name, its database, and the table's name now, by the old name."""
        found = (
            (origin.name, origin.database, table.name)
            for table in self.tables
            for origin in table.origins
        )
        return tuple(sorted(found, key=lambda it: (folded(it[0]), it[1])))
