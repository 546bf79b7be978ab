"""A schema under new names, as SQLite itself makes it of the old one, on a copy in memory."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from migrate.database.build import build
from migrate.database.schema import objects_of, own
from migrate.database.scratch import names_in, ordered, rename, view_columns
from migrate.database.sqlite import Database, open_scratch
from migrate.database.stored import named_as, with_columns
from migrate.steps.broken import Loose, take_out
from migrate.steps.kin import bundles
from migrate.steps.viewnames import plain_reads, rename_view
from plan.model import folded
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import quoted, with_index_names, with_name
from plan.virtual import shadow_names

_INDEX = "retable_index_"


@dataclass(frozen=True, slots=True)
class Followed:
    """What has become of a schema; SQLite's own objects are left out."""

    objects: tuple[SchemaObject, ...]
    loose: tuple[Loose, ...]
    """Views and triggers that do not compile: they are not among the objects."""
    columns: Mapping[str, tuple[str, ...]]
    """The columns of each view that compiles, by its folded new name."""


def followed(
    schema: DatabaseSchema,
    names: Mapping[str, str],
    indexes: Mapping[str, str],
    without: Collection[str] = (),
) -> Followed:
    """Rename tables, views and indexes at once; all that refers to them follows.

    Args:
        schema: what there is.
        names: the new names of tables and views, by their folded old ones.
        indexes: the same for indexes.
        without: tables that are left out.
    """
    safe, back = _with_safe_indexes(plain_reads(schema, names))
    parts = [_renamed(part, names, without) for part in bundles(safe)]
    wanted = {view: columns for part in parts for view, columns in part.wanted.items()}
    now = {view: columns for part in parts for view, columns in part.now.items()}
    renamed = DatabaseSchema(schema.path, tuple(item for part in parts for item in part.objects))
    objects = (
        replace(item, sql=with_columns(item.sql or "", wanted[folded(item.name)]))
        if item.kind == "view"
        and folded(item.name) in wanted
        and now.get(folded(item.name)) != wanted[folded(item.name)]
        else item
        for item in _restored(renamed, back, indexes)
    )
    texts = {(item.kind, item.name): item for item in schema.objects}
    loose = (it for part in parts for it in part.loose)
    return Followed(
        tuple(objects),
        tuple(replace(it, item=texts[it.item.kind, it.item.name]) for it in loose),
        wanted,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What has become of a part of a schema of which nothing else speaks."""

    objects: tuple[SchemaObject, ...]
    loose: tuple[Loose, ...]
    wanted: Mapping[str, tuple[str, ...]]
    """What the columns of each view were called before, by its folded new name."""
    now: Mapping[str, tuple[str, ...]]


def _renamed(schema: DatabaseSchema, names: Mapping[str, str], without: Collection[str]) -> _Part:
    there = {folded(item.name) for item in schema.objects if item.kind == "table"}
    with open_scratch(schema.path) as scratch:
        build(scratch, schema)
        loose = take_out(scratch)
        wanted = {folded(names.get(v, v)): it for v, it in view_columns(scratch).items()}
        for table in without:
            if folded(table) in there:
                scratch.run(f"DROP TABLE main.{quoted(table)}")
        loose += take_out(scratch)
        _rename_all(scratch, names)
        objects = objects_of(scratch, schema.path).objects
        return _Part(objects, loose, wanted, view_columns(scratch))


def _with_safe_indexes(schema: DatabaseSchema) -> tuple[DatabaseSchema, dict[str, SchemaObject]]:
    """The same schema with index names that no new table name can meet, and the way back."""
    indexes = [item for item in schema.objects if item.kind == "index" and item.sql]
    back = {f"{_INDEX}{number}": item for number, item in enumerate(indexes)}
    safe = {folded(item.name): name for name, item in back.items()}
    objects = []
    for item in schema.objects:
        sql = item.sql and with_index_names(item.sql, safe)
        if item.kind == "index" and sql:
            name = safe[folded(item.name)]
            objects.append(replace(item, name=name, sql=with_name(sql, name)))
        else:
            objects.append(replace(item, sql=sql))
    return DatabaseSchema(schema.path, tuple(objects)), back


def _rename_all(scratch: Database, names: Mapping[str, str]) -> None:
    """Give tables and views their names at once."""
    there = objects_of(scratch, "")
    renamed = [
        item
        for item in there.objects
        if item.kind in ("table", "view") and folded(item.name) in names
    ]
    views = {item.name for item in renamed if item.kind == "view"}
    pairs = [(item.name, names[folded(item.name)]) for item in renamed]
    for old, new in ordered(pairs, names_in(there)):
        if old in views:
            rename_view(scratch, old, new)
            views.add(new)
        else:
            scratch.run(rename(old, new))


def _restored(
    schema: DatabaseSchema, back: Mapping[str, SchemaObject], indexes: Mapping[str, str]
) -> Iterator[SchemaObject]:
    """All but SQLite's own, with indexes under the names that they get."""
    names = {safe: indexes.get(folded(was.name), was.name) for safe, was in back.items()}
    shadows = shadow_names(schema)
    for item in schema.objects:
        if not item.sql or own(item.name) or folded(item.name) in shadows:
            continue
        if item.name in back:
            name, was = names[item.name], back[item.name]
            sql = with_name(item.sql, name)
            # As it was written there, where it is the same.
            sql = named_as(sql, was.sql or "") if name == was.name else sql
            yield replace(item, name=name, sql=sql)
        else:
            yield replace(item, sql=with_index_names(item.sql, names))
