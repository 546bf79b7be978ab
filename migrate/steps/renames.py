"""Old names to new ones, inside the target: tables, then whatever is called after them.

Each change is asked for only after the one before it was tried, so that each sees the schema as
it is by then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from migrate.database.schema import Facts, objects_of
from migrate.database.scratch import ordered, rename
from migrate.database.sqlite import literal
from migrate.database.stored import in_schema, with_columns
from migrate.errors import DatabaseError
from migrate.steps import figures, fulltext
from migrate.steps.arrivals import Arrival, Way
from migrate.steps.broken import as_text, as_whole, take_out
from migrate.steps.followed import followed
from migrate.steps.target import Target
from migrate.steps.viewnames import plain_reads, rename_view, replaced
from plan.model import folded
from plan.schema import DatabaseSchema
from plan.stored import quoted, with_index_names, with_name


@dataclass(frozen=True, slots=True)
class Change:
    """One statement that renames, or that lets something follow."""

    kind: str
    what: str
    sql: str
    table: str = ""
    rows_only: bool = False
    """Whether it leaves the schema alone."""


def renames(target: Target, before: Facts, arrivals: Sequence[Arrival]) -> Iterator[Change]:
    """All that a target needs once its tables have arrived; each is to be tried before the next."""
    kept = figures.kept_in((*before.schema.objects, *target.objects()))
    pairs = {folded(a.at): a.planned.new for a in arrivals if a.way is not Way.JOINED}
    pairs |= target.given.changed(target.plan.target, "view")
    commands = fulltext.commands_of((a, a.at, a.planned.new) for a in arrivals)
    yield from _with_plain_reads(target, pairs)
    yield from _without_stumbling_blocks(target, pairs, commands)
    yield from _names_at_once(target, arrivals, kept)
    yield from _trigger_names(target)
    for sql in figures.following((*before.schema.objects, *target.objects()), arrivals):
        yield Change("record", "let the query planner's figures follow", sql, rows_only=True)
    for what, sql, about in fulltext.following(target.objects(), arrivals):
        yield Change("rename", what, sql, about)
    yield from _view_columns(target)
    for text in target.texts:
        what = f"{text.kind} {text.name}"
        what += f", as broken as it was in {text.database}" if text.broken else ", under new names"
        yield Change(text.kind, what, text.sql, text.table)


def _with_plain_reads(target: Target, names: Mapping[str, str]) -> Iterator[Change]:
    """Views and triggers that say `IN t`, where SQLite's rename does not look, are made anew."""
    before = [it for it in target.objects() if (it.kind, it.name) not in target.broken]
    after = plain_reads(DatabaseSchema(target.plan.target, tuple(before)), names)
    for sql in replaced(before, after.objects):
        yield Change("view", "what says IN and a table's name says a query instead", sql)


def _without_stumbling_blocks(
    target: Target, names: Mapping[str, str], commands: Mapping[str, str]
) -> Iterator[Change]:
    """Drop what would keep SQLite from renaming any table; it is made again in the end.

    That is what is broken, and what reads a view that calls what only its program has.
    """
    path, given = target.plan.target, target.given
    with target.trial() as trial:
        found = {(it.item.kind, it.item.name) for it in take_out(trial, stand_in=False)}
    blocks = [it for it in target.objects() if (it.kind, it.name) in found | target.broken]
    if not blocks:
        return
    rest = [it for it in target.objects() if (it.kind, it.name) not in target.broken]
    made = followed(DatabaseSchema(path, tuple(rest)), names, given.changed(path, "index"))
    after = {(it.kind, folded(it.name)): it for it in made.objects}
    blocks.sort(key=lambda it: it.kind == "trigger")
    for item in blocks:
        if (item.kind, item.name) in target.broken:
            target.carry_as_text(as_text(item, path, given, names))
        else:
            new = names.get(folded(item.name), item.name) if item.kind == "view" else item.name
            whole = after[item.kind, folded(new)]
            if item.kind == "trigger":
                whole = replace(whole, sql=fulltext.with_commands(whole.sql or "", commands))
            target.carry_as_text(as_whole(whole, path, given.of(item.kind, path, item.name)))
    for item in reversed(blocks):
        what = f"{item.kind} {item.name} makes way, and is made again behind the renames"
        yield Change(
            item.kind, what, f"DROP {item.kind.upper()} main.{quoted(item.name)}", item.table
        )


def _names_at_once(
    target: Target, arrivals: Sequence[Arrival], kept: Sequence[str]
) -> Iterator[Change]:
    """Tables, views and indexes share a name space, so they change their names together."""
    new = target.given.changed(target.plan.target, "index", "view")
    kinds = {
        item.name: item
        for item in target.objects()
        if item.kind in ("index", "view") and item.sql and folded(item.name) in new
    }
    pairs = [(a.at, a.planned.new) for a in arrivals if a.way is not Way.JOINED]
    pairs += [(name, new[folded(name)]) for name in kinds]
    for old, name in ordered(pairs, target.names()):
        item = kinds.get(old)
        if item is None:
            yield Change("rename", f"{old!r} to {name!r}", rename(old, name), name)
            continue
        kinds[name] = item
        if item.kind == "view":
            yield from _view_name(target, old, name)
        else:
            yield from _index_name(target, old, name, kept)


def _view_name(target: Target, old: str, new: str) -> Iterator[Change]:
    before = target.objects()
    with target.trial() as trial:
        rename_view(trial, old, new)
        after = objects_of(trial, "").objects
    target.view_is_called(old, new)
    for sql in replaced(before, after):
        yield Change("view", f"view {old} is called {new}, and what reads it follows", sql, new)


def _index_name(target: Target, old: str, new: str, kept: Sequence[str]) -> Iterator[Change]:
    """SQLite renames no index: it is built again."""
    before = target.objects()
    item = next(it for it in before if it.kind == "index" and it.name == old)
    what = f"index {old} is built again as {new}"
    for table in kept:
        sql = f"UPDATE main.{table} SET idx = {literal(new)} WHERE idx = {literal(old)}"
        yield Change("record", f"{what}: its figures follow", sql, item.table, rows_only=True)
    yield Change("index", what, f"DROP INDEX main.{quoted(old)}", item.table)
    yield Change("index", what, in_schema(with_name(item.sql or "", new), "main"), item.table)
    names = {folded(old): new}
    after = [replace(it, sql=it.sql and with_index_names(it.sql, names)) for it in before]
    for sql in replaced(before, after):
        yield Change("view", f"{what}: what says INDEXED BY follows", sql, item.table)


def _trigger_names(target: Target) -> Iterator[Change]:
    new = target.given.changed(target.plan.target, "trigger")
    items = {it.name: it for it in target.objects() if it.kind == "trigger"}
    pairs = [(name, new[folded(name)]) for name in items if folded(name) in new]
    for old, name in ordered(pairs, target.names(triggers=True)):
        item = items[old]
        sql = with_name(item.sql or "", name)
        items[name] = replace(item, name=name, sql=sql)
        what = f"trigger {old} is called {name}"
        yield Change("trigger", what, f"DROP TRIGGER main.{quoted(old)}", item.table)
        yield Change("trigger", what, in_schema(sql, "main"), item.table)


def _view_columns(target: Target) -> Iterator[Change]:
    """A view's unnamed columns are called after their SQL text, which a rename has changed."""
    for view, columns in target.views_with_other_columns():
        triggers = [
            item
            for item in target.objects()
            if item.kind == "trigger" and folded(item.table) == folded(view.name)
        ]
        what = f"view {view.name}: keep the names of its columns"
        yield Change("view", what, f"DROP VIEW main.{quoted(view.name)}")
        for sql in (with_columns(view.sql or "", columns), *(t.sql or "" for t in triggers)):
            yield Change("view", what, in_schema(sql, "main"))


def refuse_surprises(target: Target) -> None:
    """See to it that what worked works, and that what is broken reads nobody else's tables.

    Raises:
        DatabaseError: with the first that does not.
    """
    texts = {(it.kind, folded(it.name)): it for it in target.texts if it.broken}
    with target.trial() as trial:
        loose = {(it.item.kind, folded(it.item.name)): it for it in take_out(trial)}
    for key, broken in loose.items():
        if key not in texts:
            where = f"{target.plan.target}: {broken.item.kind} {broken.item.name}"
            mend = "mend or drop it first; please report this with its definition"
            raise DatabaseError(where, f"would not work any more: {broken.why}", mend)
    for key, text in texts.items():
        if key not in loose:
            what = "is broken, and would read what other databases bring into the target"
            mend = f"mend it, or drop it: DROP {text.kind} {quoted(text.name)}"
            raise DatabaseError(f"{text.database}: {text.kind} {text.name}", what, mend)
