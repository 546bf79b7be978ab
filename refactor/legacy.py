"""What the plan makes of today's names: the old names to look for, and what each may mean."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import Action, Plan, folded
from plan.names import names_for
from plan.schema import DatabaseSchema
from plan.virtual import shadows_of


class Fate(StrEnum):
    """What becomes of a table that a name may mean."""

    MOVES = "moves"
    STAYS = "stays"
    """In a database that the plan keeps as it is."""
    LEFT = "left behind"
    """Skipped, or in a database that the plan deletes."""


class Meaning(Struct, frozen=True):
    """One table or view of today that a name may mean."""

    database: str
    old: str
    new: str
    """Its name tomorrow; the old one where it does not change."""
    fate: Fate
    view: bool = False


class Legacy(Struct, frozen=True):
    """Today's names, by what they mean."""

    meanings: Mapping[str, tuple[Meaning, ...]]
    """By folded name; only names that at least one table loses."""
    databases: Mapping[str, tuple[str, ...]]
    """All databases of the plan by their file name."""
    moved: Mapping[str, str]
    """Databases whose file goes away, and the path that takes its place; empty if none does."""
    new_names: frozenset[str]
    """Folded."""
    domains: Mapping[tuple[str, str], str]
    """The domain of what gets another name, by its database and its folded old name."""
    recording: frozenset[str]
    """The tables, folded, whose rows name tables by the plan's own word."""

    @property
    def words(self) -> tuple[str, ...]:
        """What a file must hold to be worth reading: old table names and file names that go."""
        return tuple(sorted({*self.meanings, *self.file_names}))

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names of the files that go away."""
        return tuple(sorted({PurePosixPath(path).name for path in self.moved}))


def legacy_of(plan: Plan, schemas: Iterable[DatabaseSchema]) -> Legacy:
    """Gather what each old name may mean: by the plan, and by what today's databases hold."""
    schemas = tuple(schemas)
    names = names_for(plan, schemas)
    meanings: dict[str, list[Meaning]] = defaultdict(list)
    for table in plan.tables:
        meanings[folded(table.old)].append(
            Meaning(table.database, table.old, table.new, Fate.MOVES)
        )
    shadows = dict(_shadows(plan, schemas))
    for it in shadows:
        meanings[folded(it.old)].append(it)
    for skip in plan.skips:
        meanings[folded(skip.table)].append(
            Meaning(skip.database, skip.table, skip.table, Fate.LEFT)
        )
    fates = {
        **{database.path: Fate.STAYS for database in plan.with_action(Action.KEEP)},
        **{database.path: Fate.LEFT for database in plan.with_action(Action.DELETE)},
    }
    for schema in schemas:
        for name in schema.named("table") if schema.path in fates else ():
            meanings[folded(name)].append(Meaning(schema.path, name, name, fates[schema.path]))
        # Where another database's table has the same name, both are meant.
        for name in schema.named("view"):
            fate = fates.get(schema.path, Fate.MOVES)
            new = names.of("view", schema.path, name)
            meanings[folded(name)].append(Meaning(schema.path, name, new, fate, view=True))
    files: dict[str, list[str]] = defaultdict(list)
    for database in plan.databases:
        files[PurePosixPath(database.path).name].append(database.path)
    return Legacy(
        meanings={
            name: tuple(found)
            for name, found in meanings.items()
            if any(folded(meaning.new) != name for meaning in found)
        },
        databases={name: tuple(paths) for name, paths in files.items()},
        moved={
            **{database.path: plan.target for database in plan.with_action(Action.MERGE)},
            **{database.path: "" for database in plan.with_action(Action.DELETE)},
        },
        new_names=frozenset(folded(table.new) for table in plan.tables)
        | {folded(name.new) for name in names.new},
        domains={
            **{(it.database, folded(it.old)): it.domain for it in (*names.new, *names.same)},
            **{(it.database, folded(it.old)): domain for it, domain in shadows.items()},
            **{(it.database, folded(it.old)): it.domain for it in plan.tables},
        },
        recording=frozenset(folded(it.table) for it in plan.names),
    )


def _shadows(plan: Plan, schemas: Iterable[DatabaseSchema]) -> Iterator[tuple[Meaning, str]]:
    """The tables in which virtual ones keep their rows, and called after them; their domains."""
    planned = {(it.database, folded(it.old)): it for it in plan.tables}
    for schema in schemas:
        for item in schema.objects:
            table = planned.get((schema.path, folded(item.name)))
            for name in shadows_of(item) if table else ():
                if table and (schema.path, name) not in planned:
                    tail = name[len(item.name) :]
                    old, new = f"{item.name}{tail}", f"{table.new}{tail}"
                    yield Meaning(schema.path, old, new, Fate.MOVES), table.domain
