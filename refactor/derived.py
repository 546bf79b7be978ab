"""Schemas for databases that are not here, read from the CREATE TABLEs of the code.

A fallback: the database files are the truth, and what code creates may be only a part of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from plan.model import Action, Plan, folded
from plan.schema import DatabaseSchema, SchemaObject
from refactor.connections import Connections
from refactor.source import Source
from refactor.sql.names import HOLE, Role, statements, table_names
from refactor.strings import Text


def derived_schemas(
    plan: Plan,
    schemas: Sequence[DatabaseSchema],
    texts: Iterable[tuple[Source, Text]],
    connections: Connections,
) -> tuple[DatabaseSchema, ...]:
    """The schemas of the plan's databases that are not among `schemas`, as far as code tells."""
    known = {schema.path for schema in schemas}
    missing = {
        database.path
        for database in plan.with_action(Action.TARGET, Action.MERGE)
        if database.path not in known
    }
    if not missing:
        return ()
    created: dict[str, dict[str, str]] = defaultdict(dict)
    for source, text in texts:
        spans = statements(text.text)
        for name in table_names(text.text):
            span = spans[name.statement]
            sql = text.text[span.start : span.end]
            if name.role is not Role.DECLARES or name.verb != "CREATE" or HOLE in sql:
                continue
            connection = connections.of(source.path, text.context.scope)
            owners = _owners(plan, name.name, connection.databases if connection else frozenset())
            if len(owners) == 1 and owners[0] in missing:
                # Tests create shorter versions of a table: the longest is nearest to the truth.
                best = created[owners[0]]
                best[folded(name.name)] = max(best.get(folded(name.name), ""), sql, key=len)
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
