"""What a document states, each with the line that says so. Nothing is judged yet."""

from dataclasses import dataclass

from plan.model import Action, Claim


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the document, in its own words."""

    line: int
    words: str


@dataclass(frozen=True, slots=True)
class Count:
    """A number that the document gives; `exact` unless it says about, at least, or more."""

    number: int
    exact: bool = True


@dataclass(frozen=True, slots=True)
class OfDatabase:
    """What becomes of a database, or what is in it."""

    path: str
    said: Said
    action: Action | None = None
    unclear: bool = False
    """Whether something is said of its fate that is no clear action."""
    about: str = ""
    tables: Count | None = None
    rows: Count | None = None
    listed: bool = True
    """Whether a table or a list says so, and not a sentence on the way."""


@dataclass(frozen=True, slots=True)
class OfTarget:
    """Everything goes into this file."""

    path: str
    said: Said


@dataclass(frozen=True, slots=True)
class OfDomain:
    """The heading, or the cell, that a table of the plan stands under."""

    name: str
    about: str
    said: Said
    explicit: bool = False
    """Whether it says itself that it is a domain."""
    title: str = ""
    """All of it, as written."""


@dataclass(frozen=True, slots=True)
class OfTable:
    """One table: its name, where it is, its new name; as much of it as one line says."""

    old: str
    said: Said
    new: str | None = None
    unclear_new: bool = False
    """Whether something stands where the new name belongs that is none."""
    database: str | None = None
    unclear_database: bool = False
    aside: str = ""
    """A word in parentheses behind the old name, which may be a database without its ending."""
    inherited: bool = False
    """Whether the database is that of what the line stands under."""
    about: str = ""
    domain: OfDomain | None = None
    joins: bool = False
    """Whether it is said to meet a table that is there already."""
    rule: str | None = None
    """The merge rule, if it is said which rows stay."""
    compat: str | None = None
    """"view" or "writable"; "?" where an old name is to stay, and it is not said how."""
    rows: Count | None = None
    firm: bool = True
    """Whether it certainly speaks of tables: else it counts only with a table of that name."""
    contents: bool = False
    """Whether it only says that the database has it."""


@dataclass(frozen=True, slots=True)
class OfSkip:
    """A table that is left behind."""

    table: str
    said: Said
    database: str | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class OfKey:
    """A value of the plan's head, or of its code section; None if it is only wished for."""

    key: str
    said: Said
    value: str | None = None
    count: Count | None = None


@dataclass(frozen=True, slots=True)
class OfCode:
    """A file of the code, and the database that it is said to use."""

    path: str
    database: str
    said: Said


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that the document leaves open, and what it mentions."""

    said: Said
    databases: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Keys of the plan that it is about, by its words."""
    listed: bool = False
    """Whether it stands under a heading for open questions."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that looks as if it said something about the plan, and was not understood."""

    said: Said
    why: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A database that a line names, whatever it says of it."""

    path: str
    said: Said


Statement = Mention | OfDatabase | OfTarget | OfTable | OfSkip | OfKey | OfCode | Asked | Unread
