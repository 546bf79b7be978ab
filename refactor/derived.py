"""Schemas for databases that are not here, read from the CREATE TABLEs of the code.

A fallback: the database files are the truth, and what code creates may be only a part of it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct, field

from plan.model import Action, Plan, folded
from plan.schema import DatabaseSchema, SchemaObject
from refactor.connections import Connections
from refactor.lines import met_at
from refactor.source import Source
from refactor.sql.names import HOLE, Role, statements, table_names
from refactor.strings import Text
from refactor.versions import Creation, MayAdd, Versions, versions_of

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
    source: Source, texts: Iterable[Text], connections: Connections
) -> Iterator[Creation]:
    """The tables that a file creates."""
    for text in texts:
        for name, sql in created_in(text.text):
            connection = connections.of(source.path, text.context.scope)
            databases = connection.databases if connection else frozenset[str]()
            yield Creation(name, sql, source.path, databases)


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
    for it in creations:
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


def _owners(plan: Plan, name: str, reached: frozenset[str]) -> list[str]:
    owners = [table.database for table in plan.tables if folded(table.old) == folded(name)]
    if len(owners) > 1:
        owners = [owner for owner in owners if owner in reached]
    return owners
