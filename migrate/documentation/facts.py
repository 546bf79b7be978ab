"""A target's documentation and its tables as they are now, as facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from migrate.steps.catalog import Entry, Shape
from plan.model import folded


@dataclass(frozen=True, slots=True)
class Documented:
    """What the target says of one of its tables or views, and when that was written down."""

    entry: Entry
    rows: int | None
    """How many it had when it was migrated; None for a view, and where nobody counted."""
    schema_version: int
    written: str
    """In UTC."""
    plan_digest: str


@dataclass(frozen=True, slots=True)
class Index:
    """One index of a table, or one of its UNIQUE constraints."""

    name: str
    """Empty for a constraint: its index is SQLite's own."""
    columns: tuple[str, ...]
    """An expression is a mere `…`."""
    unique: bool
    partial: bool


@dataclass(frozen=True, slots=True)
class Held:
    """One table or view as it is now."""

    shape: Shape
    indexes: tuple[Index, ...] = ()
    rows: int | None = None
    """None for a view, and where nobody counted."""


@dataclass(frozen=True, slots=True)
class Documentation:
    """What a target says of its tables, and what they are."""

    target: str
    """As in the plan."""
    metadata: str
    """The table that documents all others."""
    documented: tuple[Documented, ...]
    held: tuple[Held, ...]
    _documented: Mapping[str, Documented] = field(init=False, repr=False, compare=False)
    _held: Mapping[str, Held] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Look names up by their folded form, as SQLite compares them."""
        said = {folded(item.entry.name): item for item in self.documented}
        object.__setattr__(self, "_documented", said)
        object.__setattr__(self, "_held", {folded(it.shape.name): it for it in self.held})

    def of(self, name: str) -> Documented | None:
        """What is said of a table or view."""
        return self._documented.get(folded(name))

    def now(self, name: str) -> Held | None:
        """A table or view as it is."""
        return self._held.get(folded(name))
