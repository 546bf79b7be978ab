"""What is said of each table and view of a target: its shape by SQLite, the rest by the plan."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from migrate.database.schema import Facts
from migrate.steps import compat, document, queries
from migrate.steps.arrivals import Arrival
from migrate.steps.catalog import Entry, Origin, Shape, shapes_of
from migrate.steps.descriptions import Descriptions
from migrate.steps.fulltext import counted_in
from migrate.steps.target import Target
from plan.model import Plan, folded
from plan.own import JOURNAL, OWN_DOMAIN, REJECTS
from plan.stored import tables_read

OWN_ABOUT = "What retable keeps here itself"
_JOURNAL = {
    "run": "Which migration: the moment at which it began",
    "phase": "Which part of it",
    "state": "due or done",
    "started": "When that part began, in UTC",
    "finished": "When it ended, in UTC",
    "plan_digest": "SHA-256 of what the plan says of the databases",
    "retable": "The version of retable",
    "sqlite": "The version of its SQLite",
    "backup": "The folder of the backup, from the plan's folder",
    "manifest_digest": "SHA-256 of the backup's manifest",
}
_REJECTS = {
    "source": "The file whose row gave way",
    "name": "The table whose row gave way",
    "met": "The file whose row was kept",
    "row": "The row's rowid, or its number in the order of the key",
    "reason": "Why it gave way",
    "column": "The column of the value",
    "value": "The value, as it was",
}


def entries_for(
    plan: Plan, target: Target, facts: Sequence[Facts], arrivals: Sequence[Arrival]
) -> tuple[Entry, ...]:
    """All entries of a target that has its tables, views and retable's own, in their order."""
    return tuple(_Telling(plan, target, facts, arrivals).entries())


class _Telling:
    """Knows where each table and view came from, and what is said of it."""

    def __init__(
        self, plan: Plan, target: Target, facts: Sequence[Facts], arrivals: Sequence[Arrival]
    ) -> None:
        self._plan = plan
        self._shapes = shapes_of(target.database)
        self._domains = {domain.name: domain.about for domain in plan.domains}
        self._arrivals: dict[str, list[Arrival]] = {}
        for arrival in arrivals:
            self._arrivals.setdefault(folded(arrival.planned.new), []).append(arrival)
        self._old_names = {folded(planned.old): planned for planned in compat.kept(plan)}
        self._views = _views_from(target, facts)
        self._own = own_words(plan)
        self._by_name = {folded(shape.name): shape for shape in self._shapes}
        self._said = Descriptions(plan, facts)

    def entries(self) -> Iterator[Entry]:
        """What is said of each table and view."""
        for shape in self._shapes:
            key = folded(shape.name)
            if key in self._own:
                yield self._own_entry(shape, *self._own[key])
            elif shape.kind == "table":
                yield self._table(shape, self._arrivals[key])
            elif key in self._old_names:
                planned = self._old_names[key]
                about = f"The old name of {planned.new}, until `retable finish`"
                told = partial(self._said.column, planned.new)
                yield self._entry(shape, planned.domain, about, told)
            else:
                yield self._view(shape, self._views.get(key, ()))

    def _table(self, shape: Shape, arrivals: Sequence[Arrival]) -> Entry:
        first = arrivals[0]
        about = self._said.table(shape.name)
        origins = (Origin(a.table.name, a.planned.database, a.rows) for a in arrivals)
        told = partial(self._said.column, shape.name)
        entry = self._entry(shape, first.planned.domain, about, told)
        return replace(entry, sources=tuple(origins), counted=counted_in(first))

    def _view(self, shape: Shape, origins: tuple[Origin, ...]) -> Entry:
        told = partial(self._said.view, shape.name, [(it.database, it.name) for it in origins])
        planned = self._said.of(shape.name)
        domain = planned.domain if planned and planned.domain else self._domain_of(shape)
        return replace(self._entry(shape, domain, told(), told), sources=origins)

    def _entry(self, shape: Shape, domain: str, about: str, told: Callable[[str], str]) -> Entry:
        return Entry(
            name=shape.name,
            kind=shape.kind,
            domain=domain,
            domain_about=self._domains.get(domain, ""),
            about=about,
            sources=(),
            columns=tuple(replace(it, about=told(it.name)) for it in shape.columns),
            foreign_keys=shape.foreign_keys,
        )

    def _own_entry(self, shape: Shape, about: str, columns: Mapping[str, str]) -> Entry:
        entry = self._entry(shape, OWN_DOMAIN, about, columns.__getitem__)
        return replace(entry, domain_about=OWN_ABOUT)

    def _domain_of(self, view: Shape, above: frozenset[str] = frozenset()) -> str:
        """The domain of the first table that a view reads, if need be through other views.

        Nothing where it reads none.
        """
        for read in map(folded, tables_read(view.sql)):
            if read in self._arrivals:
                return self._arrivals[read][0].planned.domain
            other = self._by_name.get(read)
            if other and other.kind == "view" and read not in above:
                return self._domain_of(other, above | {folded(view.name)})
        return ""


def _views_from(target: Target, facts: Sequence[Facts]) -> dict[str, tuple[Origin, ...]]:
    """Where each view came from, by its folded name in the target."""
    found: dict[str, tuple[Origin, ...]] = {}
    for fact in facts:
        for view in fact.schema.named("view"):
            key = folded(target.given.of("view", fact.path, view))
            found[key] = (*found.get(key, ()), Origin(view, fact.path, None))
    return found


def own_words(plan: Plan) -> dict[str, tuple[str, Mapping[str, str]]]:
    """What retable's own tables and views are, and each of their columns, by their folded names."""
    catalog = {name: about for name, _, about in document.COLUMNS}
    rejects = "Rows that gave way where tables met, value by value"
    return {
        folded(plan.catalog): ("What every table and view is", catalog),
        folded(JOURNAL): ("What retable has done here", _JOURNAL),
        folded(REJECTS): (rejects, _REJECTS),
        **{
            folded(view.name): (view.about, dict(view.columns))
            for view in queries.views(plan.catalog)
        },
    }
