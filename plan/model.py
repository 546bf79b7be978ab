"""What a plan says, as frozen facts. Paths are POSIX text relative to the plan's folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from plan.errors import shortened
from plan.own import CATALOG

DATABASE_ENDINGS: Final = (".db", ".sqlite", ".sqlite3", ".db3", ".s3db", ".sl3")
"""How files are called, in lower case, that are taken for SQLite's by their names alone."""


class Action(StrEnum):
    """What becomes of a database file."""

    TARGET = "target"
    MERGE = "merge"
    KEEP = "keep"
    DELETE = "delete"


class MergeRule(StrEnum):
    """What happens to a row whose key the target already holds."""

    REFUSE = "refuse"
    KEEP_TARGET = "keep-target"
    KEEP_SOURCE = "keep-source"
    APPEND = "append"


class Compat(StrEnum):
    """Whether an old name lives on after the rename."""

    NONE = "none"
    VIEW = "view"
    """It can be read."""
    WRITABLE = "writable"
    """It can be read and written."""


class Claim(StrEnum):
    """What the plan says of a table that it leaves behind."""

    EMPTY = "empty"
    UNWANTED = "unwanted"


class TakenNames(StrEnum):
    """What becomes of an index, a trigger or a view whose name another object needs."""

    PREFIX = "prefix"
    """Its domain goes before its name."""
    REFUSE = "refuse"


class Broken(StrEnum):
    """What becomes of a view or a trigger that speaks of what is not there."""

    REFUSE = "refuse"
    CARRY = "carry"
    """It comes along as text, as broken as it is."""


class Wanted(StrEnum):
    """Which descriptions must be there before the target is documented."""

    TABLES = "tables"
    """One for each table."""
    COLUMNS = "columns"
    """One for each table and each of its columns."""
    OPTIONAL = "optional"


class ObjectKind(StrEnum):
    """What an entry of the plan names that is no table."""

    ANY = "any"
    INDEX = "index"
    TRIGGER = "trigger"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class Database:
    """One SQLite file and what becomes of it."""

    path: str
    action: Action
    about: str = ""
    key: str = ""
    """Where the plan says so, such as `database[3]` (counted from 1)."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A group of tables that belong together; its name begins theirs."""

    name: str
    about: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class PlannedTable:
    """One table: where it is now, its name now, and its name in the target."""

    old: str
    database: str
    new: str
    domain: str
    about: str = ""
    merge: MergeRule = MergeRule.REFUSE
    compat: Compat = Compat.NONE
    key: str = ""
    """Where the plan says so, such as `domain[1].table[2]` (counted from 1)."""

    @property
    def renamed(self) -> bool:
        """Whether the name changes."""
        return self.old != self.new

    @property
    def keeps_old_name(self) -> bool:
        """Whether the old name lives on as a view."""
        return self.compat is not Compat.NONE


@dataclass(frozen=True, slots=True)
class Skip:
    """A table of a merged database that is left behind, and why that loses nothing."""

    table: str
    database: str
    claim: Claim
    key: str = ""


@dataclass(frozen=True, slots=True)
class PlannedObject:
    """An index, a trigger or a view that gets a name of the plan's choice."""

    old: str
    database: str
    new: str
    kind: ObjectKind = ObjectKind.ANY
    key: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """What the plan says, for people, of a table or view of the target and its columns."""

    name: str
    """Its name in the target."""
    about: str = ""
    domain: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class NamesWithin:
    """Columns whose values name tables of their own database, and follow the renames."""

    database: str
    table: str
    """Its name today."""
    columns: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """The plan's own word: code under these paths talks to that database."""

    paths: tuple[str, ...]
    database: str
    within: tuple[str, ...] = ()
    """Only the code of these classes and functions, by their dotted names; else all of it."""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """The plan's own word: a function of the project that is given a table's name."""

    call: str
    """The end of its dotted name, as callers write it: `simple_select_one`, `db.rows`."""
    arguments: tuple[str | int, ...]
    """The keywords and positions (from 0) in which the name is given."""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """Which files are the code, which of them are history, and what code cannot say itself."""

    paths: tuple[str, ...] = (".",)
    exclude: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    """Of what `exclude` covers: code that is live all the same, and follows the plan."""
    history: tuple[str, ...] = ()
    """Of what `exclude` covers: history by the plan's own word, although live code names it."""
    bindings: tuple[Binding, ...] = ()
    apis: tuple[Api, ...] = ()
    docs: bool = False
    """Whether documentation is code too: its blocks of SQL and Python, and code in its text."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One consolidation: several databases into one, tables renamed, code to follow."""

    file: Path
    digest: str
    """SHA-256 of the plan file's bytes, in hexadecimal."""
    target: str
    backup: str
    """Folder for backups; `{date}` stands for the moment of the backup."""
    archive: str
    metadata: str
    """Table of the target that documents every table."""
    schema_version: int
    databases: tuple[Database, ...]
    domains: tuple[Domain, ...]
    tables: tuple[PlannedTable, ...]
    skips: tuple[Skip, ...] = ()
    code: Code = Code()
    objects: tuple[PlannedObject, ...] = ()
    taken_names: TakenNames = TakenNames.PREFIX
    broken: Broken = Broken.REFUSE
    descriptions: Wanted = Wanted.TABLES
    described: tuple[Description, ...] = ()
    names: tuple[NamesWithin, ...] = ()

    @property
    def root(self) -> Path:
        """The plan's folder, which every path is relative to."""
        return self.file.parent

    @property
    def catalog(self) -> str:
        """The table in which retable documents the target: `metadata`, if no table becomes that."""
        taken = any(folded(table.new) == folded(self.metadata) for table in self.tables)
        return CATALOG if taken else self.metadata

    def place_of(self, key: str) -> str:
        """A key path as messages say it: with the plan's file, and with the entry's own names.

        `domain[5].table[2].to` becomes
        `retable.toml: domain[5].table[2] (notifications in data/notifications.db).to`.
        """
        entry, name = max(
            ((e, n) for e, n in self._names() if key == e or key.startswith(f"{e}.")),
            key=lambda found: len(found[0]),
            default=("", ""),
        )
        named = f"{entry} ({shortened(name)})" if name else entry
        return f"{self.file.name}: {named}{key.removeprefix(entry)}"

    def _names(self) -> Iterator[tuple[str, str]]:
        """Each entry's key, and what a reader knows it by."""
        yield from ((item.key, item.path) for item in self.databases if item.key)
        yield from ((item.key, item.name) for item in self.domains if item.key)
        entries = (
            *((table.key, table.old, table.database) for table in self.tables),
            *((skip.key, skip.table, skip.database) for skip in self.skips),
            *((item.key, item.old, item.database) for item in self.objects),
            *((item.key, item.table, item.database) for item in self.names),
            *((item.key, item.call) for item in self.code.apis),
        )
        yield from ((key, " in ".join(filter(None, names))) for key, *names in entries if key)

    def tables_in(self, database: str) -> tuple[PlannedTable, ...]:
        """The planned tables of one database, in the plan's order."""
        return tuple(table for table in self.tables if table.database == database)

    def with_action(self, *actions: Action) -> tuple[Database, ...]:
        """The databases that share one of these actions, in the plan's order."""
        return tuple(database for database in self.databases if database.action in actions)


_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def folded(name: str) -> str:
    """Fold a name as SQLite compares names: ASCII letters only.

    Source: https://sqlite.org/c3ref/stricmp.html
    """
    return name.lower() if name.isascii() else name.translate(_TO_LOWER)
