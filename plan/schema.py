"""What a database holds, as data: carried between the halves, read by neither from here."""

from dataclasses import dataclass

from plan.model import folded


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """One row of `sqlite_schema`: its kind is table, index, view or trigger."""

    kind: str
    name: str
    table: str
    sql: str | None
    """As stored; None for what SQLite makes by itself, such as an index behind UNIQUE."""


@dataclass(frozen=True, slots=True)
class DatabaseSchema:
    """All objects of one database, in the order in which it stores them."""

    path: str
    """As in the plan."""
    objects: tuple[SchemaObject, ...]

    def definition(self, name: str) -> str:
        """The SQL of a table; empty if there is none of that name."""
        found = (item for item in self.objects if item.kind == "table")
        return next((it.sql or "" for it in found if folded(it.name) == folded(name)), "")

    def named(self, kind: str) -> tuple[str, ...]:
        """The names of one kind of object, SQLite's own excepted."""
        return tuple(
            item.name
            for item in self.objects
            if item.kind == kind and not folded(item.name).startswith("sqlite_")
        )
