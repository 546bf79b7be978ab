"""What indexes, triggers and views are called in the target: by the plan's word, else by a rule.

A name that is free stays. A name is taken by a table of the target, old or new, by a
compatibility view, by retable's own tables, and by what is in the target already. What bears a
taken name gets its domain before it: that of its table, or of the first table that a view reads.
Tables, views and indexes share one name space, triggers have another: https://sqlite.org/lang_naming.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from plan.errors import Problem, in_one_line, shown
from plan.holdings import Holding, holding_of, names_needed
from plan.model import (
    Action,
    ObjectKind,
    Plan,
    PlannedObject,
    TakenNames,
    folded,
)
from plan.own import OWN_TABLES
from plan.schema import DatabaseSchema, SchemaObject
from plan.stored import said_by

_OWN = frozenset(map(folded, OWN_TABLES))


@dataclass(frozen=True, slots=True)
class NewName:
    """An index, a trigger or a view that has another name in the target."""

    kind: str
    database: str
    old: str
    new: str
    domain: str
    planned: bool = False
    """Whether the plan says so; else its name is taken."""

    @property
    def why(self) -> str:
        """The reason, in words."""
        return "the plan says so" if self.planned else "its name is taken"

    def __str__(self) -> str:
        """Say it in one line."""
        what = f"{self.kind} {self.old} of {self.database} becomes {self.new}"
        return in_one_line(f"{what}: {self.why}")


@dataclass(frozen=True, slots=True)
class Names:
    """What was decided, and what cannot be."""

    new: tuple[NewName, ...]
    same: tuple[NewName, ...]
    """Views that need not come along: `new` is one that reads the same of the same tables."""
    problems: tuple[Problem, ...]

    def of(self, kind: str, database: str, name: str) -> str:
        """What an object is called in the target."""
        return self.changed(database, kind).get(folded(name), name)

    def changed(self, database: str, *kinds: str) -> Mapping[str, str]:
        """The new names of one database's objects, by their folded old ones."""
        return {
            folded(item.old): item.new
            for item in (*self.new, *self.same)
            if item.database == database and item.kind in kinds
        }

    def replaced(self, database: str) -> frozenset[str]:
        """The folded names of the views of a database that do not come along."""
        return frozenset(folded(item.old) for item in self.same if item.database == database)


def names_for(plan: Plan, schemas: Iterable[DatabaseSchema]) -> Names:
    """Decide all names; of a database whose schema is not known, none."""
    return _Deciding(plan, schemas).names()


@dataclass(slots=True)
class _Space:
    """One of SQLite's two name spaces: who has which folded name, in words."""

    final: dict[str, str] = field(default_factory=dict)
    """Needed in the end for what is no index, trigger or view."""
    today: dict[str, str] = field(default_factory=dict)
    """Borne by something in the target before anything is done."""
    given: dict[str, str] = field(default_factory=dict)
    beside: set[str] = field(default_factory=set)
    """Names that objects have in any of the databases: no rule shall give one to another."""

    def taker(self, name: str) -> str | None:
        """What has a name, in words."""
        known = (space.get(folded(name)) for space in (self.final, self.given, self.today))
        return next((taker for taker in known if taker), None)

    def with_domain(self, item: SchemaObject, domain: str) -> str:
        """A free name that begins with a domain."""
        name, number = f"{domain}_{item.name}", 1
        while self.taker(name) or folded(name) in self.beside:
            number += 1
            name = f"{domain}_{item.name}_{number}"
        return name


class _Deciding:
    """Gives names one by one: first what the plan says, then the target's, then the others'."""

    def __init__(self, plan: Plan, schemas: Iterable[DatabaseSchema]) -> None:
        self.plan = plan
        by_path = {schema.path: schema for schema in schemas}
        paths = [
            d.path for action in (Action.TARGET, Action.MERGE) for d in plan.with_action(action)
        ]
        self.holdings = {
            path: holding_of(plan, by_path[path], paths) for path in paths if path in by_path
        }
        self.spaces = {"trigger": _Space()}
        self.spaces["index"] = self.spaces["view"] = _Space()
        self.planned: dict[tuple[str, str, str], PlannedObject] = {}
        self.new: list[NewName] = []
        self.same: list[NewName] = []
        self.problems: list[Problem] = []
        self._views: dict[str, list[tuple[Holding, SchemaObject, str]]] = defaultdict(list)
        self._look()

    def names(self) -> Names:
        """Decide all of them."""
        for entry in self.plan.objects:
            self._find(entry)
        for (kind, path, _), planned in self.planned.items():
            self._give_planned(kind, path, planned)
        for path, holding in self.holdings.items():
            for item in holding.candidates():
                on = folded(item.table)
                if on not in holding.stays and not (
                    item.kind == "trigger" and on in self._left(path)
                ):
                    self._give(path, holding, item)
        return Names(tuple(self.new), tuple(self.same), tuple(self.problems))

    def _look(self) -> None:
        """Who has or needs which name before anything is given."""
        space = self.spaces["view"]
        for where, name in names_needed(self.plan, self.holdings):
            space.final.setdefault(folded(name), where)
        for path, holding in self.holdings.items():
            for item in holding.schema.objects:
                at = self.spaces.get(item.kind, space)
                at.beside.add(folded(item.name))
                if path == self.plan.target:
                    at.today[folded(item.name)] = f"a{'n' * (item.kind == 'index')} {item.kind}"

    def _find(self, planned: PlannedObject) -> None:
        """What an entry of the plan speaks of."""
        holding = self.holdings.get(planned.database)
        if holding is None or not planned.old:
            return
        found = [
            item
            for item in holding.candidates()
            if folded(item.name) == folded(planned.old)
            and planned.kind in (ObjectKind.ANY, ObjectKind(item.kind))
        ]
        if len(found) == 1 and folded(found[0].table) not in holding.stays:
            self.planned[found[0].kind, planned.database, folded(planned.old)] = planned
            return
        what, mend = _not_one(planned, holding, found)
        self.problems.append(Problem(f"{planned.key}: {planned.database}", what, mend))

    def _give_planned(self, kind: str, path: str, planned: PlannedObject) -> None:
        space, name = self.spaces[kind], folded(planned.new)
        own = path == self.plan.target and name == folded(planned.old)
        leaves = path == self.plan.target and self._is_given_up(kind, name)
        today = None if own or leaves else space.today.get(name)
        taker = space.final.get(name) or space.given.get(name) or today
        if taker:
            what = f"{shown(planned.new)} is the name of {taker} in {self.plan.target}"
            mend = "choose another"
            if taker is today and path == self.plan.target:
                mend += ", or give that one another name too"
            self.problems.append(Problem(f"{planned.key}.to", what, mend))
        space.given.setdefault(name, f"a{'n' * (kind == 'index')} {kind} ({planned.key})")

    def _is_given_up(self, kind: str, name: str) -> bool:
        """Whether whatever has a name in the target today loses it by the plan's word."""
        kinds = ("trigger",) if kind == "trigger" else ("index", "view")
        planned = (self.planned.get((it, self.plan.target, name)) for it in kinds)
        if any(item is not None and folded(item.new) != name for item in planned):
            return True
        holding = self.holdings[self.plan.target]
        return kind != "trigger" and holding.tables.get(name, name) != name

    def _give(self, path: str, holding: Holding, item: SchemaObject) -> None:
        space, name = self.spaces[item.kind], folded(item.name)
        if path == self.plan.target and item.kind != "trigger" and name in _OWN:
            # Written before anything is renamed.
            what = f"{item.kind} {shown(item.name)} has the name of a table that retable writes"
            self.problems.append(Problem(path, what, "drop it, or make it under another name"))
            return
        planned = self.planned.get((item.kind, path, name))
        domain = holding.domain(item)
        if planned is not None:
            self._note(holding, item, planned.new, domain, planned=True)
            return
        if path == self.plan.target:
            taker = space.final.get(name) or space.given.get(name)
        else:
            taker = space.taker(name)
        if taker is None:
            space.given[name] = f"a{'n' * (item.kind == 'index')} {item.kind} of {path}"
            self._note(holding, item, item.name, domain)
        elif item.kind == "view" and (kept := self._like(path, holding, item)):
            self.same.append(NewName("view", path, item.name, kept, domain))
        else:
            if self.plan.taken_names is TakenNames.REFUSE:
                what = f"{item.kind} {shown(item.name)}: its name is taken by {taker}"
                mend = f"give it another: [[object]] name = {shown(item.name)}, in = {shown(path)}"
                self.problems.append(Problem(path, what, f'{mend}, to = "…"'))
            new = space.with_domain(item, domain)
            space.given[folded(new)] = f"{item.kind} {shown(item.name)} of {path}"
            self._note(holding, item, new, domain)

    def _left(self, path: str) -> frozenset[str]:
        return frozenset(folded(item.old) for item in self.same if item.database == path)

    def _note(
        self, holding: Holding, item: SchemaObject, new: str, domain: str, *, planned: bool = False
    ) -> None:
        if new != item.name:
            path = holding.schema.path
            self.new.append(NewName(item.kind, path, item.name, new, domain, planned))
        if item.kind == "view":
            self._views[folded(item.name)].append((holding, item, new))

    def _like(self, path: str, holding: Holding, view: SchemaObject) -> str | None:
        """A view of that name in the target that says the same of the same tables."""
        said = said_by(view.sql or "", self._ends(path, holding))
        for other, item, new in self._views[folded(view.name)]:
            if other is not holding and said == said_by(
                item.sql or "", self._ends(other.schema.path, other)
            ):
                return new
        return None

    def _ends(self, path: str, holding: Holding) -> Mapping[str, str]:
        """What each table and view of a database is called in the end, folded."""
        decided = (item for item in (*self.new, *self.same) if item.database == path)
        views = {folded(it.old): folded(it.new) for it in decided if it.kind == "view"}
        return {**holding.tables, **views}


def _not_one(
    planned: PlannedObject, holding: Holding, found: list[SchemaObject]
) -> tuple[str, str]:
    """Why an entry of the plan names nothing that gets a name, and how to mend it."""
    name = shown(planned.old)
    if len(found) > 1:
        kinds = sorted(item.kind for item in found)
        what = f"{name} is the name of a {kinds[1]} and of a {kinds[0]}".replace(
            "a index", "an index"
        )
        return what, " or ".join(f'say kind = "{kind}"' for kind in kinds)
    if found:
        why = holding.stays[folded(found[0].table)]
        what = f"{found[0].kind} {name} stays behind: its table {shown(found[0].table)} is {why}"
        return what, "leave this entry out"
    kind = "index, trigger or view" if planned.kind is ObjectKind.ANY else planned.kind.value
    what = f"there is no {kind} {name}"
    if folded(planned.old).startswith("sqlite_"):
        return what, "SQLite names its own indexes after their tables: leave this entry out"
    if any(
        it.kind == "table" and folded(it.name) == folded(planned.old)
        for it in holding.schema.objects
    ):
        return what, "it is a table: say its new name under its domain"
    held = [f"{item.kind} {shown(item.name)}" for item in holding.candidates()]
    return what, f"it holds {', '.join(held)}" if held else "it holds none at all"
