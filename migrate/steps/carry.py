"""What one source brings into the target: its objects under names that are free there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from migrate.database.schema import Facts
from migrate.errors import DatabaseError
from migrate.steps.arrivals import Arrival, Way
from migrate.steps.broken import as_text
from migrate.steps.followed import followed
from migrate.steps.fulltext import commands_of, with_commands, with_content
from migrate.steps.target import Target
from plan.model import folded
from plan.schema import SchemaObject
from plan.stored import said_by, with_name
from plan.toml_text import toml_text


@dataclass(frozen=True, slots=True)
class Cargo:
    """All that one source brings, in the order in which it is made."""

    objects: tuple[SchemaObject, ...]
    arrivals: tuple[Arrival, ...]


def carry(target: Target, fact: Facts, alias: str, before: tuple[Arrival, ...]) -> Cargo:
    """Rename a source's schema in memory, and say what of it is to be made in the target."""
    target.attach(fact, alias)
    arrivals = tuple(_arrivals(target, fact, alias, before))
    skipped = {folded(s.table) for s in target.plan.skips if s.database == fact.path}
    target.left += [
        f"{item.kind} {item.name} of {fact.path}: its table {item.table} is skipped"
        for item in fact.schema.objects
        if item.sql and item.kind in ("index", "trigger") and folded(item.table) in skipped
    ]
    tables = {folded(arrival.table.name): arrival.at for arrival in arrivals}
    views = {
        folded(view): _view_name(target, fact.path, view) for view in fact.schema.named("view")
    }
    indexes = target.given.changed(fact.path, "index")
    made = followed(fact.schema, {**views, **tables}, indexes, skipped)
    final = {folded(table.old): table.new for table in target.plan.tables_in(fact.path)}
    stay = skipped | target.given.replaced(fact.path)
    for broken in made.loose:
        if folded(broken.item.table) not in stay:
            target.carry_as_text(as_text(broken.item, fact.path, target.given, final))
    objects = _kept(target, fact, arrivals, made.objects)
    for item in objects:
        if item.kind == "view" and folded(item.name) in made.columns:
            target.remember_columns(item.name, made.columns[folded(item.name)])
    return Cargo(objects, arrivals)


def _view_name(target: Target, database: str, view: str) -> str:
    """What a source's view is called in the target; one that is there already has its name now."""
    final = target.given.of("view", database, view)
    if folded(view) in target.given.replaced(database):
        there = target.view_now(final)
        return there.name if there else final
    return final


def _arrivals(
    target: Target, fact: Facts, alias: str, before: tuple[Arrival, ...]
) -> Iterator[Arrival]:
    first = {folded(arrival.planned.new): arrival for arrival in reversed(before)}
    last = {folded(arrival.planned.new): arrival.last for arrival in before}
    for planned in target.plan.tables_in(fact.path):
        table = fact.table(planned.old)
        if table is None:
            continue
        joins = first.get(folded(planned.new))
        low, high = fact.span(table.name)
        free = joins is not None and not (table.without_rowid or table.alias)
        used = last.get(folded(planned.new), 0)
        offset = used + max(0, 1 - low) if free else 0
        yield Arrival(
            planned=planned,
            way=Way.JOINED if joins else Way.COPIED,
            source=alias,
            table=table,
            at=joins.at if joins else target.arriving_name(planned.new),
            into=joins.table if joins else None,
            shadows=fact.shadows_of(table.name) if table.kind == "virtual" else (),
            rows=fact.count(table.name),
            offset=offset,
            last=max(high + offset, used),
        )


def _kept(
    target: Target, fact: Facts, arrivals: tuple[Arrival, ...], objects: tuple[SchemaObject, ...]
) -> tuple[SchemaObject, ...]:
    """The objects that go along, tables first and triggers last."""
    joined = {folded(a.at): a for a in arrivals if a.way is Way.JOINED}
    replaced = {
        folded(_view_name(target, fact.path, view)): view
        for view in fact.schema.named("view")
        if folded(view) in target.given.replaced(fact.path)
    }
    order = ("table", "index", "view", "trigger")
    carried = []
    content = {folded(arrival.table.name): arrival.at for arrival in arrivals}
    commands = commands_of((a, a.table.name, a.at) for a in arrivals)
    for item in sorted(objects, key=lambda item: order.index(item.kind)):
        if folded(item.table) in joined and item.kind != "view":
            _leave(target, fact, item, joined[folded(item.table)])
        elif folded(item.table) in replaced:
            _leave_for_another(target, fact, item, replaced[folded(item.table)])
        else:
            name, sql = item.name, item.sql or ""
            if item.kind == "trigger":
                name = target.given.of("trigger", fact.path, item.name)
                sql = sql if name == item.name else with_name(sql, name)
            # Read under the name that the content table has until all are renamed.
            named = replace(item, name=name, sql=sql)
            sql = with_content(named, content)
            if item.kind == "trigger":
                sql = with_commands(sql, commands)
            carried.append(replace(named, sql=sql))
    return tuple(carried)


def _leave_for_another(target: Target, fact: Facts, item: SchemaObject, view: str) -> None:
    """A view that need not come along, since one in the target says the same; or its trigger.

    Raises:
        DatabaseError: SQLite makes something else of the two.
    """
    final = target.given.of("view", fact.path, view)
    if item.kind == "trigger":
        target.left.append(f"trigger {item.name} of {fact.path}: {final} stands for its view")
        return
    there = target.view_now(final)
    if there is None or said_by(there.sql or "", {}) != said_by(item.sql or "", {}):
        entry = f'name = {toml_text(view)}, in = {toml_text(fact.path)}, to = "…"'
        mend = f"give it a name: [[object]] {entry}"
        raise DatabaseError(f"{fact.path}: view {view}", f"differs from {final} after all", mend)
    target.left.append(f"view {view} of {fact.path}: {final} reads the same of the same tables")


def _leave(target: Target, fact: Facts, item: SchemaObject, joined: Arrival) -> None:
    what, new = f"{item.kind} {item.name} of {fact.path}", joined.planned.new
    if item.kind != "table":
        target.left.append(f"{what}: its table joins {new}")
    elif joined.table.autoincrement and joined.into and not joined.into.autoincrement:
        target.left.append(f"AUTOINCREMENT of {what}: {new}, which it joins, gives out ids again")
    elif said_by(item.sql or "", {}) != said_by(target.definition(joined.at), {}):
        # Columns and keys are the same: the plan would be refused else.
        rules = "its defaults, checks or references are said otherwise than those of"
        target.left.append(f"{what}: {rules} {new}, which it joins and whose hold now")
