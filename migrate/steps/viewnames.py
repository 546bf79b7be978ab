"""Views and indexes under other names: SQLite renames neither of them."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from migrate.database.schema import column_list, objects_of
from migrate.database.scratch import columns_of, rename
from migrate.database.sqlite import Database
from migrate.database.stored import in_schema
from migrate.errors import DatabaseError
from plan.model import folded
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import quoted, timing, with_name, with_queries_behind_in, with_timing

_KINDS = ("view", "trigger")


def rename_view(database: Database, old: str, new: str) -> None:
    """Rename a view in a scratch database, and whatever refers to it.

    A table with its columns takes its place, and SQLite's own rename finds all references. That
    table has no rowid, so that `rowid` means in a join what it meant before.

    Raises:
        DatabaseError: its columns are not known, or SQLite refuses.
    """
    objects = objects_of(database, "").objects
    view = next(i for i in objects if i.kind == "view" and folded(i.name) == folded(old))
    triggers = [i for i in objects if i.kind == "trigger" and folded(i.table) == folded(old)]
    columns = columns_of(database, old)
    if not columns:
        what = f"view {old} cannot be called {new}: its columns cannot be known here"
        mend = "it calls what only its own program has: rename it there first"
        raise DatabaseError(database.name, what, mend)
    database.run(f"DROP VIEW main.{quoted(old)}")
    database.run(
        f"CREATE TABLE main.{quoted(old)}"
        f" ({column_list(columns)}, PRIMARY KEY ({quoted(columns[0])})) WITHOUT ROWID"
    )
    for trigger in triggers:
        database.run(in_schema(with_timing(trigger.sql or "", "AFTER"), "main"))
    database.run(rename(old, new))
    after = {i.name: i for i in objects_of(database, "").objects if i.kind == "trigger"}
    database.run(f"DROP TABLE main.{quoted(new)}")
    database.run(in_schema(with_name(view.sql or "", new), "main"))
    for trigger in triggers:
        sql = with_timing(after[trigger.name].sql or "", timing(trigger.sql or ""))
        database.run(in_schema(sql, "main"))


def plain_reads(schema: DatabaseSchema, names: Container[str]) -> DatabaseSchema:
    """The schema with views and triggers whose references SQLite's rename finds all."""
    objects = (
        replace(item, sql=with_queries_behind_in(item.sql or "", names))
        if item.kind in _KINDS
        else item
        for item in schema.objects
    )
    return DatabaseSchema(schema.path, tuple(objects))


def replaced(before: Sequence[SchemaObject], after: Sequence[SchemaObject]) -> Iterator[str]:
    """The statements that make views and triggers what they are afterwards."""
    was = {(item.kind, folded(item.name)): item for item in before if item.kind in _KINDS}
    will = {(item.kind, folded(item.name)): item for item in after if item.kind in _KINDS}
    gone = {key for key, item in was.items() if key not in will or will[key].sql != item.sql}
    # A trigger goes with its view, however little it changes itself.
    gone |= {key for key, item in was.items() if ("view", folded(item.table)) in gone}
    for kind in reversed(_KINDS):
        dropped = (item for key, item in was.items() if key in gone and item.kind == kind)
        yield from (f"DROP {kind.upper()} main.{quoted(item.name)}" for item in dropped)
    for kind in _KINDS:
        for key, item in will.items():
            if item.kind == kind and (key in gone or key not in was):
                yield in_schema(item.sql or "", "main")
