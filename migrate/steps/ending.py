"""The last steps of a migration: data follows the renames, and the target is documented."""

from collections.abc import Sequence

from migrate.database.schema import Facts
from migrate.intent import digest_of_plan
from migrate.phases import Phase
from migrate.steps import compat, document, queries
from migrate.steps.arrivals import Arrival
from migrate.steps.catalog import Entry
from migrate.steps.entries import entries_for
from migrate.steps.maker import Maker, Step
from migrate.steps.naming import FORGET, Naming, updates
from migrate.steps.teamrows import TeamTable
from plan.model import Plan, folded


def follow(maker: Maker, naming: Naming, arrivals: Sequence[Arrival]) -> None:
    """Data that names tables says their new names; no trigger is told of it."""
    for sql in naming.listed():
        maker.note(Step(Phase.DOCUMENT, "record", "what names in data become", sql))
    for following in naming.tables:
        new = following.table
        table = next(it.table for it in arrivals if folded(it.planned.new) == folded(new))
        what = f"names in {', '.join(following.columns)} of {new} follow the renames"
        with maker.quietly(Phase.DOCUMENT, new):
            for sql in updates(following, table):
                maker.note(Step(Phase.DOCUMENT, "record", what, sql, new))
    if naming.tables:
        maker.note(Step(Phase.DOCUMENT, "record", "names in data have followed", FORGET))


def describe(
    maker: Maker,
    plan: Plan,
    facts: Sequence[Facts],
    arrivals: Sequence[Arrival],
    team: TeamTable | None,
) -> tuple[Entry, ...]:
    """Old names as views, the metadata and the version."""
    catalog = plan.catalog
    triggers = maker.target.names(triggers=True)
    # All of them first: what is read of the schema is read once, and not after each change.
    for planned, what, sql in tuple(compat.statements(plan, maker.target.database, triggers)):
        maker.make(Phase.DOCUMENT, "view", what, sql, planned.new)
    maker.make(Phase.DOCUMENT, "create", "what every table is", document.create(catalog))
    for view in queries.views(catalog):
        maker.make(Phase.DOCUMENT, "view", f"view {view.name}: {view.about}", view.sql)
    digest = digest_of_plan(plan)
    entries = entries_for(plan, maker.target, facts, arrivals)
    for entry in entries:
        sql = document.record(catalog, entry, plan.schema_version, digest)
        maker.note(Step(Phase.DOCUMENT, "record", f"describe {entry.name!r}", sql, entry.name))
    if team is not None:
        _tell(maker, team)
    version = f"PRAGMA main.user_version = {plan.schema_version}"
    maker.note(Step(Phase.DOCUMENT, "record", "the version of the schema", version))
    return entries


def _tell(maker: Maker, team: TeamTable) -> None:
    """The team's own table gets a row for each table and column that it lacks."""
    with maker.quietly(Phase.DOCUMENT, team.name):
        for sql in team.additions():
            what = f"rows of {team.name} for what it does not describe"
            maker.note(Step(Phase.DOCUMENT, "record", what, sql, team.name))


def give_up(maker: Maker, plan: Plan) -> None:
    """Old names are given up."""
    for planned in compat.kept(plan):
        what = f"{planned.old!r} is given up: all code says {planned.new!r}"
        maker.make(Phase.FINISH, "view", what, compat.dropping(planned), planned.new)
        sql = document.forget(plan.catalog, planned.old)
        maker.note(Step(Phase.FINISH, "record", f"{planned.old!r} is not documented", sql))
