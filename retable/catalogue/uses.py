"""Which code uses which table: by its name now, and by its name from before the migration.

Names of now are looked for with a plan of their own, in which they are the old ones. Evidence is
what it is for any search: what SQLite compiles, where a name stands, which database is opened.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from migrate.database.reading import reading
from migrate.database.schema import objects_of
from migrate.documentation.facts import Documentation
from migrate.errors import DatabaseError
from migrate.schemas import schemas
from migrate.steps.catalog import Shape
from plan.errors import UserError
from plan.model import Action, ObjectKind, Plan, PlannedObject, PlannedTable, folded
from plan.own import OWN_DOMAIN
from plan.schema import DatabaseSchema
from refactor.found import Search
from refactor.references import Kind, Reference
from refactor.search import Searcher
from retable.catalogue.gather import old_names_in
from retable.catalogue.model import Code, Use
from retable.console import Bars

_NEVER = "retable_never_{}"
"""What a name of now becomes in the plan that looks for it: nothing is ever renamed to it."""


def uses_in(plan: Plan, said: Documentation, bars: Bars) -> Code:
    """Look through the plan's code; a code base that cannot be read is told, and is no error."""
    found: dict[str, list[Use]] = {}
    unread: dict[str, str] = {}
    try:
        for search, uses in (_now(plan, said, bars), _before(plan, said, bars)):
            unread |= {str(it.path): it.why for it in search.unreadable}
            for name, use in uses:
                found.setdefault(name, []).append(use)
    except UserError as error:
        return Code(why_not=str(error))
    return Code(
        uses={name: tuple(sorted(uses, key=_order)) for name, uses in found.items()},
        unread=tuple(sorted(unread.items())),
    )


def _order(use: Use) -> tuple[str, int, str]:
    return use.path, use.line, use.by


_Found = tuple[Search, list[tuple[str, Use]]]


def _now(plan: Plan, said: Documentation, bars: Bars) -> _Found:
    """The places that name a table or view by its name now."""
    kept = set(old_names_in(plan, said))
    own = {folded(it.entry.name) for it in said.documented if it.entry.domain == OWN_DOMAIN}
    shapes = [it.shape for it in said.held if folded(it.shape.name) not in kept | own]
    search = _searched(_plan_of_now(plan, shapes), _schemas_now(plan), "names of now", bars)
    known = {folded(shape.name) for shape in shapes}
    return search, [
        (name, _use(it, old=False))
        for it in search.references
        if it.kind is Kind.TABLE
        and (name := folded(it.group)) in known
        and plan.target in it.databases
    ]


def _plan_of_now(plan: Plan, shapes: Iterable[Shape]) -> Plan:
    """The plan that renames what there is now, and nothing else."""
    named = [(it.kind, it.name, _NEVER.format(number)) for number, it in enumerate(shapes)]
    target, view = plan.target, ObjectKind.VIEW
    living = plan.with_action(Action.TARGET, Action.KEEP)
    paths = {database.path for database in living}
    bindings = tuple(
        it if it.database in paths else replace(it, database=plan.target)
        for it in plan.code.bindings
    )
    return replace(
        plan,
        databases=living,
        tables=tuple(PlannedTable(it, target, new, "") for kind, it, new in named if kind != view),
        skips=(),
        objects=tuple(
            PlannedObject(it, target, new, view) for kind, it, new in named if kind == view
        ),
        code=replace(plan.code, bindings=bindings),
    )


def _schemas_now(plan: Plan) -> Iterator[DatabaseSchema]:
    """The schemas of the target as it is, and of the databases that are kept apart."""
    for database in plan.with_action(Action.TARGET, Action.KEEP):
        with (
            suppress(DatabaseError, OSError, UnicodeDecodeError),
            reading(plan.root / database.path, database.path) as opened,
        ):
            yield objects_of(opened, database.path)


def _before(plan: Plan, said: Documentation, bars: Bars) -> _Found:
    """The places that name a table by a name that it does not have any more."""
    search = _searched(plan, schemas(plan), "old names", bars)
    here = {folded(it.shape.name) for it in said.held} - set(old_names_in(plan, said))
    became = {
        (origin.database, folded(origin.name)): folded(it.entry.name)
        for it in said.documented
        for origin in it.entry.sources
    }
    # A name that another table has now means that one: the code has moved, or it has not.
    return search, [
        (became[database, folded(it.group)], _use(it, old=True, certain=len(it.databases) == 1))
        for it in search.references
        if it.kind is Kind.TABLE and folded(it.group) not in here
        for database in it.databases
        if (database, folded(it.group)) in became
    ]


def _searched(plan: Plan, known: Iterable[DatabaseSchema], what: str, bars: Bars) -> Search:
    return Searcher(plan, known).search(
        lambda done, total: bars.tick(f"Looking for {what}", done, total)
    )


def _use(reference: Reference, *, old: bool, certain: bool = True) -> Use:
    return Use(
        path=str(reference.path),
        line=reference.line,
        by=reference.old,
        old=old,
        certain=certain and reference.certain,
    )
