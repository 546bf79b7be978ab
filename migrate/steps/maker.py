"""The steps of a migration are written down here, each tried on the schema in memory before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from migrate.database.schema import own
from migrate.database.stored import in_schema
from migrate.phases import Phase
from migrate.steps.target import Target
from plan.model import folded
from plan.schema import SchemaObject
from plan.stored import quoted


@dataclass(frozen=True, slots=True)
class Step:
    """One statement and what it is for."""

    phase: Phase
    kind: str
    """attach, create, copy, rename, view or record."""
    what: str
    sql: str
    table: str = ""
    """The table that it is about, by its new name."""
    rows: int = 0
    """How many rows it is expected to write."""


class Maker:
    """Writes steps down, after trying each statement that changes the schema."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.steps: list[Step] = []
        self.expected: dict[Phase, tuple[SchemaObject, ...]] = {}

    def ends(self, *phases: Phase) -> None:
        """Note what must be there when these phases are over."""
        objects = tuple(item for item in self.target.objects() if not own(item.name))
        self.expected.update(dict.fromkeys(phases, objects))

    def make(self, phase: Phase, kind: str, what: str, sql: str, table: str = "") -> None:
        """A statement that changes the schema."""
        self.target.database.run(sql)
        self.note(Step(phase, kind, what, sql, table))

    def note(self, step: Step) -> None:
        """A statement that changes rows only."""
        self.steps.append(step)

    @contextmanager
    def quietly(self, phase: Phase, table: str) -> Iterator[None]:
        """Let no trigger hear of what is done to a table meanwhile, whoever runs the steps."""
        triggers = self._triggers_on(table)
        for item in triggers:
            sql = f"DROP TRIGGER main.{quoted(item.name)}"
            self.make(phase, "trigger", f"take trigger {item.name} off {table}", sql, table)
        yield
        for item in triggers:
            sql = in_schema(item.sql or "", "main")
            self.make(phase, "trigger", f"give {table} its {item.name} back", sql, table)

    def _triggers_on(self, table: str) -> tuple[SchemaObject, ...]:
        return tuple(
            item
            for item in self.target.objects()
            if item.kind == "trigger" and folded(item.table) == folded(table)
        )
