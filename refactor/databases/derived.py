"""Schemas for databases that are not here, read from the CREATE TABLEs of the code.

A fallback: the database files are the truth, and what code creates may be only a part of it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct, field
from msgspec.structs import replace

from plan.model import Action, Plan, folded
from plan.schema import DatabaseSchema, SchemaObject
from refactor.databases.connections import NEAR, Connection, Connections
from refactor.databases.executors import Executors
from refactor.databases.versions import Creation, MayAdd, Versions, is_partial, versions_of
from refactor.python.strings import Text
from refactor.sql.names import HOLE, Role, quoted, statements, table_names
from refactor.text.lines import met_at
from refactor.text.source import Source

# Quotes may stand between the words, and a comment at most that has few of its own.
_CREATES = re.compile(r"create\b\W+(?:\w+\W+){0,9}?table\b", re.IGNORECASE)


def may_create(text: str) -> bool:
    """Whether a text may create a table, so that it is worth a closer look."""
    return any(_CREATES.match(text, at) for at in met_at(text, ("create",)))


def missing_databases(plan: Plan, schemas: Iterable[DatabaseSchema]) -> frozenset[str]:
    """The databases that go on living and whose schema is not among these."""
    known = {schema.path for schema in schemas}
    living = plan.with_action(Action.TARGET, Action.MERGE)
    return frozenset(database.path for database in living if database.path not in known)


def creations_in(
    source: Source,
    texts: Iterable[Text],
    connections: Connections,
    executors: Executors,
    renamed: frozenset[str],
) -> Iterator[Creation]:
    """The tables that a file creates; `renamed` are the names that they get, folded."""
    for text in texts:
        created = [*created_in(text.text)]
        around = connections.of(source.path, text.context.scope) if created else None
        far = around is None or around.level not in NEAR
        if created and far and not is_partial(source.path):
            opened = executors.of(source.path, text.context)
            if opened.whole and (opened.databases or opened.others):
                around = Connection(opened.databases, opened.others, "connection")
        databases = around.databases if around else frozenset[str]()
        near = around is not None and around.level in NEAR
        elsewhere = near and not databases
        for name, sql in created:
            new = folded(name) in renamed
            yield Creation(name, sql, source.path, databases, near, elsewhere, new)


def created_in(text: str) -> Iterator[tuple[str, str]]:
    """The tables that a text creates in the database that it is executed on, and how."""
    spans = statements(text)
    for name in table_names(text):
        if (
            name.role is Role.DECLARES
            and name.verb == "CREATE"
            and name.schema in {None, "main"}
            and HOLE not in name.name
        ):
            span = spans[name.statement]
            yield name.name, text[span.start : span.end]


class Derived(Struct, frozen=True):
    """What code tells of databases that are missing."""

    schemas: tuple[DatabaseSchema, ...] = ()
    versions: Mapping[tuple[str, str], Versions] = field(default_factory=dict)
    """By database and folded table."""


def derived_schemas(
    plan: Plan,
    missing: frozenset[str],
    creations: Iterable[Creation],
    bound: Callable[[PurePosixPath], str | None],
    may_add: MayAdd,
) -> Derived:
    """The schemas of the databases that are missing, as far as code tells."""
    found: dict[tuple[str, str], list[Creation]] = defaultdict(list)
    for it in _as_today(plan, creations):
        owners = _owners(plan, it.table, it.databases)
        if len(owners) == 1 and owners[0] in missing:
            found[owners[0], folded(it.table)].append(it)
    versions = {
        (owner, table): versions_of(made, owner, bound, may_add)
        for (owner, table), made in found.items()
    }
    created: dict[str, dict[str, str]] = defaultdict(dict)
    for (owner, table), known in versions.items():
        # Tests create shorter versions of a table: the longest is nearest to the truth.
        longest = max((made.sql for made in known.own if HOLE not in made.sql), key=len, default="")
        if longest:
            created[owner][table] = longest
    schemas = tuple(
        DatabaseSchema(
            path, tuple(SchemaObject("table", name, name, sql) for name, sql in tables.items())
        )
        for path, tables in sorted(created.items())
    )
    return Derived(schemas, versions)


def new_names(plan: Plan, missing: frozenset[str]) -> frozenset[str]:
    """Tomorrow's names of the missing databases' tables that no table has today."""
    today = {folded(it.old) for it in plan.tables}
    tomorrow = Counter(folded(it.new) for it in plan.tables)
    return frozenset(
        it.new
        for it in plan.tables
        if it.database in missing and tomorrow[folded(it.new)] == 1 and folded(it.new) not in today
    )


def _as_today(plan: Plan, creations: Iterable[Creation]) -> Iterator[Creation]:
    """What is created, under the names of today.

    Where a part of the code has been changed already, the statements that create a table say its
    new name. They are the only ones then, and evidence for what has not been changed.
    """
    creations = tuple(creations)
    renamed = {folded(it.new): it for it in plan.tables}
    told = {folded(it.table) for it in creations if not is_partial(it.path)}
    for it in creations:
        table = renamed.get(folded(it.table))
        if not it.renamed or table is None:
            yield it
        elif folded(table.old) not in told:
            names = (name for name in table_names(it.sql) if name.role is Role.DECLARES)
            name = next(names)
            sql = it.sql[: name.start] + quoted(table.old, '"') + it.sql[name.end :]
            databases = it.databases | ({table.database} if plan.target in it.databases else set())
            yield replace(it, table=table.old, sql=sql, databases=databases)


def _owners(plan: Plan, name: str, reached: frozenset[str]) -> list[str]:
    owners = [table.database for table in plan.tables if folded(table.old) == folded(name)]
    if len(owners) > 1:
        owners = [owner for owner in owners if owner in reached]
    return owners
