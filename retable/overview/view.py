"""The plan against reality, gathered once and shown in several ways."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from migrate.contents import Contents, contents_of
from migrate.database.references import foreign_keys
from migrate.files.parts import size_of
from migrate.journal import State
from migrate.progress import Progress
from migrate.schemas import schemas
from migrate.survey import Survey, how_written, survey
from plan.model import Action, Plan, folded
from plan.schema import DatabaseSchema
from retable.overview.coverage import Coverage, coverage_of
from retable.overview.estimate import Estimate, estimate_of
from retable.overview.fates import Fates, fates_of
from retable.overview.meetings import Meeting, meetings_of
from retable.overview.order import Order, order_of

_LARGEST_COUNTED = 256 << 20
"""Rows of a file that nobody touches are counted up to this size: it shall not take minutes."""
_ENDINGS = (".db", ".sqlite", ".sqlite3", ".db3")
_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class View:
    """What becomes of everything."""

    plan: Plan
    state: State
    surveyed: Survey | None
    """None once a migration has begun: the files are no longer what the plan speaks of."""
    schemas: tuple[DatabaseSchema, ...]
    contents: tuple[Contents, ...]
    """One for each database of the plan that is there."""
    fates: Fates
    meetings: tuple[Meeting, ...]
    coverage: Coverage
    order: Order
    estimate: Estimate | None
    unlisted: tuple[str, ...]
    """Databases that lie beside those of the plan, which does not speak of them."""


def view_of(plan: Plan, state: State, progress: Progress | None = None) -> View:
    """Look at every file that the plan names, and write nothing."""
    surveyed, checked = None, 0.0
    if state in {State.NOTHING, State.ROLLED_BACK}:
        began = time.monotonic()
        surveyed = survey(plan, progress=progress)
        checked = time.monotonic() - began
    speaks = schemas(plan)
    contents = tuple(_contents(plan, speaks, surveyed))
    rows = {(it.path, folded(name)): count for it in contents for name, count in it.rows}
    fates = fates_of(plan, speaks, rows)
    return View(
        plan=plan,
        state=state,
        surveyed=surveyed,
        schemas=speaks,
        contents=contents,
        fates=fates,
        meetings=meetings_of(plan, fates),
        coverage=coverage_of(fates, contents),
        order=order_of(fates, {it.path: foreign_keys(it) for it in speaks}),
        estimate=_estimate(plan, surveyed, checked) if surveyed else None,
        unlisted=tuple(_unlisted(plan)),
    )


def _contents(
    plan: Plan, speaks: tuple[DatabaseSchema, ...], surveyed: Survey | None
) -> Iterator[Contents]:
    """What each file holds: of those that were surveyed, what was seen then."""
    known = {schema.path: schema for schema in speaks}
    facts = {fact.path: fact for fact in surveyed.facts} if surveyed else {}
    for database in plan.databases:
        path = database.path
        if path in facts and surveyed:
            rows = tuple((table, n) for where, table, n in surveyed.counts if where == path)
            size = size_of(plan.root / path)
            yield Contents(path, size, facts[path].schema, facts[path].tables, rows=rows)
        elif surveyed is None and path in known and database.action is not Action.KEEP:
            yield Contents(path, 0, known[path])
        else:
            limit = _LARGEST_COUNTED if database.action is Action.KEEP else None
            yield contents_of(plan.root, path, largest_counted=limit)


def _estimate(plan: Plan, surveyed: Survey, checked: float) -> Estimate:
    written = how_written(plan, surveyed.facts)
    return estimate_of(plan, written.converted, wal=written.wal, checked=checked)


def _unlisted(plan: Plan) -> Iterator[str]:
    """Files that begin as a database does, in the folders in which those of the plan are."""
    listed = {(plan.root / database.path).resolve() for database in plan.databases}
    folders = {PurePosixPath(database.path).parent for database in plan.databases}
    for folder in sorted(folders):
        place = plan.root / folder
        for file in sorted(place.iterdir()) if place.is_dir() else ():
            if file.suffix.lower() in _ENDINGS and file.is_file() and file.resolve() not in listed:
                try:
                    with file.open("rb") as opened:
                        begins = opened.read(len(_MAGIC))
                except OSError:
                    continue
                if begins in (_MAGIC, b""):
                    yield (folder / file.name).as_posix()
