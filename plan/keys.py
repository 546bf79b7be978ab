"""The keys of a plan file: what the loader takes, and what the reference lists."""

from dataclasses import dataclass
from enum import StrEnum

from plan.model import (
    Action,
    Broken,
    Claim,
    Compat,
    MergeRule,
    ObjectKind,
    TakenNames,
    Wanted,
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a section."""

    name: str
    means: str
    default: str = ""
    """As it would be written; empty if it must be there."""
    values: type[StrEnum] | None = None
    """All that it may be, if that is a choice."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one kind of table of the file."""

    title: str
    """As it is written: `[plan]`, `[[database]]`."""
    keys: tuple[Key, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What its keys are called."""
        return tuple(key.name for key in self.keys)


_ABOUT = Key("about", "for people, and for the metadata", '""')

HEAD = Keys(
    "[plan]",
    (
        Key("target", "the database that receives all tables"),
        Key("backup", "folder for the backup; {date} is the moment of the run", '"backup-{date}"'),
        Key("archive", "folder for the files of merged and deleted databases", '"archive"'),
        Key("metadata", "the table of the target that documents every table", '"retable_catalog"'),
        Key("schema_version", "becomes the target's user_version", "1"),
        Key("compat", "what compat is for a renamed table without its own", '"none"', Compat),
        Key("taken_names", "what becomes of objects whose name is taken", '"prefix"', TakenNames),
        Key("broken", "what becomes of views that speak of what is not there", '"refuse"', Broken),
        Key("descriptions", "which descriptions must be there", '"tables"', Wanted),
    ),
)
DATABASE = Keys(
    "[[database]]",
    (
        Key("path", "the SQLite file, from the plan's folder"),
        Key("action", "what becomes of it", values=Action),
        _ABOUT,
    ),
)
DOMAIN = Keys(
    "[[domain]]",
    (
        Key("name", "a group of tables that belong together"),
        _ABOUT,
        Key("table", "its tables, one { … } each", "[]"),
    ),
)
TABLE = Keys(
    "table = [{ … }] of a [[domain]]",
    (
        Key("from", "its name today"),
        Key("in", "the database that holds it today"),
        Key("to", "its name in the target", "as from"),
        _ABOUT,
        Key("merge", "which row stays where two tables become one", '"refuse"', MergeRule),
        Key("compat", "whether its old name lives on as a view", "that of [plan]", Compat),
    ),
)
SKIP = Keys(
    "[[skip]]",
    (
        Key("table", "a table of a merged database that is left behind"),
        Key("in", "the database that holds it"),
        Key("claim", "why that loses nothing", values=Claim),
    ),
)
OBJECT = Keys(
    "[[object]]",
    (
        Key("name", "an index, a trigger or a view"),
        Key("in", "the database that holds it"),
        Key("to", "its name in the target"),
        Key("kind", "which of them, if two have one name", '"any"', ObjectKind),
    ),
)
DESCRIBE = Keys(
    "[describe.NAME]",
    (
        Key("about", "what the table or view NAME of the target is", '""'),
        Key("domain", "the group that it belongs to", '""'),
        Key("columns", 'what each column is: { column = "text" }', "{}"),
    ),
)
NAMES = Keys(
    "[[names]]",
    (
        Key("in", "the database that holds the table"),
        Key("table", "a table whose data names tables"),
        Key("column", "the column in which it does, or a list of them"),
    ),
)
CODE = Keys(
    "[code]",
    (
        Key("paths", "files and folders with the code", '["."]'),
        Key("exclude", "history: counted, never changed", "[]"),
        Key("live", "of what exclude covers: live all the same", "[]"),
        Key("history", "of what exclude covers: history, although live code uses it", "[]"),
        Key("docs", "whether documentation is read too", "false"),
        Key("binding", "[[code.binding]], see below", "[]"),
        Key("api", "[[code.api]], see below", "[]"),
    ),
)
BINDING = Keys(
    "[[code.binding]]",
    (
        Key("paths", "a pattern for whole paths, or a list of them"),
        Key("within", 'only these classes and functions in them: `"Store.save"`', "all"),
        Key("database", "the database that this code talks to"),
    ),
)
API = Keys(
    "[[code.api]]",
    (
        Key("call", "the end of a function's name, as callers write it"),
        Key("argument", "the parameter that takes a table's name: name, position, or a list"),
    ),
)

SECTIONS = (
    *(HEAD, DATABASE, DOMAIN, TABLE, SKIP, OBJECT, DESCRIBE, NAMES),
    *(CODE, BINDING, API),
)
"""All of them, in the order of a plan file."""
