"""Schemas for databases that are not here, read from the CREATE TABLEs of the code.

A fallback: the database files are the truth, and what code creates may be only a part of it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec import Struct

from plan.model import Action, Plan, folded
from plan.schema import DatabaseSchema, SchemaObject
from refactor.connections import Connections
from refactor.lines import met_at
from refactor.source import Source
from refactor.sql.names import HOLE, Role, statements, table_names
from refactor.strings import Text

# Quotes may stand between the words, and a comment at most that has few of its own.
_CREATES = re.compile(r"create\b\W+(?:\w+\W+){0,9}?table\b", re.IGNORECASE)


class Creation(Struct, frozen=True):
    """A table that a text of the code creates."""

    table: str
    sql: str
    databases: frozenset[str]
    """What the code around it opens, of the plan's databases."""


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
        spans = statements(text.text)
        for name in table_names(text.text):
            span = spans[name.statement]
            sql = text.text[span.start : span.end]
            if name.role is not Role.DECLARES or name.verb != "CREATE" or HOLE in sql:
                continue
            connection = connections.of(source.path, text.context.scope)
            yield Creation(name.name, sql, connection.databases if connection else frozenset())


def derived_schemas(
    plan: Plan, missing: frozenset[str], creations: Iterable[Creation]
) -> tuple[DatabaseSchema, ...]:
    """The schemas of the databases that are missing, as far as code tells."""
    created: dict[str, dict[str, str]] = defaultdict(dict)
    for it in creations:
        owners = _owners(plan, it.table, it.databases)
        if len(owners) == 1 and owners[0] in missing:
            # Tests create shorter versions of a table: the longest is nearest to the truth.
            best = created[owners[0]]
            best[folded(it.table)] = max(best.get(folded(it.table), ""), it.sql, key=len)
    return tuple(
        DatabaseSchema(
            path, tuple(SchemaObject("table", name, name, sql) for name, sql in tables.items())
        )
        for path, tables in sorted(created.items())
    )


def _owners(plan: Plan, name: str, reached: frozenset[str]) -> list[str]:
    owners = [table.database for table in plan.tables if folded(table.old) == folded(name)]
    if len(owners) > 1:
        owners = [owner for owner in owners if owner in reached]
    return owners
