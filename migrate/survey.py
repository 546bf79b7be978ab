"""The plan against reality: every problem at once, before anything is written."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os.path import lexists

from migrate.database import examine
from migrate.database.build import build
from migrate.database.encodings import problems_of
from migrate.database.schema import Facts, nothing_in
from migrate.database.sqlite import open_scratch
from migrate.errors import DatabaseError
from migrate.files.locks import Locks, locks
from migrate.files.parallel import side_by_side
from migrate.files.parts import SUFFIXES, beside
from migrate.files.places import archive_places, draft_of, is_elsewhere, kept_elsewhere
from migrate.files.space import disk_problems, nearest
from migrate.files.unfinished import is_abandoned
from migrate.progress import FILES, Progress, Silence
from migrate.steps.broken import take_out
from migrate.steps.collisions import collisions
from migrate.steps.conflicts import conflicts_of
from migrate.steps.descriptions import lacking, spoken, strange_columns, strangers
from migrate.steps.fitting import misfits
from migrate.steps.mentions import Mention, in_definitions, in_notes, mentions
from migrate.steps.unfollowed import uncertain, unfollowed
from migrate.steps.work import Work, work_for
from plan.errors import Problem
from plan.model import Action, Broken, Plan
from plan.model import Database as PlannedDatabase
from plan.names import names_for
from plan.schema import DatabaseSchema
from plan.stored import quoted

_AS_IT_IS = 'say broken = "carry" under [plan] to take it along as it is'


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found before anything was written."""

    problems: tuple[Problem, ...]
    schemas: tuple[DatabaseSchema, ...]
    counts: tuple[tuple[str, str, int], ...]
    """Database, table, rows."""
    notes: tuple[str, ...]
    facts: tuple[Facts, ...]
    work: Work | None
    """What is to be done; None while there are problems."""
    mentions: tuple[Mention, ...] = ()
    """Columns that hold old names and would go on doing so; none while there are problems."""


def survey(plan: Plan, *, progress: Progress | None = None) -> Survey:
    """Look at every file that the plan names; nothing is written, and all locks are let go."""
    with locks() as held:
        return survey_locked(plan, held, progress or Silence())


def survey_locked(
    plan: Plan, held: Locks, progress: Progress, *, documenting: bool = True
) -> Survey:
    """Look at every file that the plan names, and keep others out of them from here on.

    What is not described is a problem only where the target is to be documented now.
    """
    sound: list[PlannedDatabase] = []
    problems = [*_places_taken(plan)]
    duplicates = [*_same_files(plan)]
    again = {problem.where for problem in duplicates}
    for database in plan.databases:
        wrong = [*_outside(plan, database)]
        if (
            not wrong
            and database.path not in again
            and database.action is not Action.KEEP
            and (plan.root / database.path).exists()
        ):
            wrong += _held(plan, database, held)
        if not wrong:
            sound.append(database)
        problems += wrong
    problems += duplicates
    facts, inner, notes = _inside(plan, sound, progress)
    problems += inner
    notes += kept_elsewhere(plan)
    work: Work | None = None
    if not duplicates:
        problems += conflicts_of(plan, facts)
        problems += strangers(plan, facts)
        problems += unfollowed(plan, facts)
        problems += lacking(plan, facts) if documenting else ()
        problems += _all_broken(plan, facts, notes)
    if not problems:
        needed = how_written(plan, facts)
        problems += disk_problems(plan, needed.converted, wal=needed.wal)
        if not (problems and needed.converted):
            work, more = _tried(plan, facts, needed)
            problems += more
    found: tuple[Mention, ...] = ()
    if work is not None and not problems:
        names = names_for(plan, [fact.schema for fact in facts])
        found = mentions(plan, facts, names, progress)
        notes += [*in_notes(found), *in_definitions(plan, facts, names)]
    return Survey(
        problems=tuple(dict.fromkeys(problems)),
        schemas=tuple(fact.schema for fact in facts),
        counts=tuple(
            (fact.path, table.name, fact.count(table.name))
            for fact in facts
            for table in fact.tables
            if table.kind != "shadow"
        ),
        notes=tuple(notes),
        facts=facts,
        work=None if problems else work,
        mentions=found,
    )


@dataclass(frozen=True, slots=True)
class Writing:
    """How the target is written, as far as it matters for room and time."""

    encoding: str
    wal: bool
    converted: tuple[str, ...]
    """Files of another encoding than the target's."""


def how_written(plan: Plan, facts: Sequence[Facts]) -> Writing:
    """What the target is like, and which files are unlike it."""
    target = next((fact for fact in facts if fact.path == plan.target), nothing_in(plan.target))
    others = (f.path for f in facts if f.encoding != target.encoding and f.tables)
    return Writing(target.encoding, target.journal_mode == "wal", tuple(others))


def _tried(
    plan: Plan, facts: Sequence[Facts], needed: Writing
) -> tuple[Work | None, list[Problem]]:
    """What is to be done, tried as far as it can be."""
    encoding = needed.encoding
    problems = [
        problem
        for path in needed.converted
        for problem in problems_of(plan.root / path, path, encoding)
    ]
    if problems:
        return None, problems
    try:
        work = work_for(plan, facts)
        problems += collisions(plan, work, encoding)
        problems += misfits(plan, facts, work)
        problems += strange_columns(plan, work.entries)
        problems += uncertain(plan, facts, work)
    except DatabaseError as error:
        return None, [*problems, error.problem]
    return work, problems


def _outside(plan: Plan, database: PlannedDatabase) -> Iterator[Problem]:
    path = plan.root / database.path
    fresh = database.action is Action.TARGET and not plan.tables_in(plan.target)
    if fresh and not path.exists() and not path.is_symlink():
        if not path.parent.is_dir():
            yield Problem(database.path, "its folder does not exist", "make the folder")
        return
    if not is_elsewhere(plan, database):
        yield from examine.outside(database, path)


def _held(plan: Plan, database: PlannedDatabase, held: Locks) -> Iterator[Problem]:
    try:
        held.hold(plan.root / database.path, database.path)
    except DatabaseError as error:
        yield error.problem


def _inside(
    plan: Plan, databases: Sequence[PlannedDatabase], progress: Progress
) -> tuple[tuple[Facts, ...], list[Problem], list[str]]:
    read = [d for d in databases if d.action in (Action.TARGET, Action.MERGE)]
    facts, problems, notes = [], [], []
    progress.start("check the files", len(read), FILES)

    def report(done: int) -> None:
        progress.advance(done)
        progress.at(read[min(done, len(read) - 1)].path)

    found = side_by_side(lambda database: _finding(plan, database), read, report)
    progress.finish()
    for finding in found:
        problems += finding.problems
        notes += finding.notes
        if finding.facts is not None:
            facts.append(finding.facts)
            notes += _versions(plan, finding.facts)
    return tuple(facts), problems, notes


def _finding(plan: Plan, database: PlannedDatabase) -> examine.Finding:
    path = plan.root / database.path
    if not path.exists():
        return examine.Finding(nothing_in(database.path))
    return examine.inside(path, database.path, spoken(plan, database.path))


def _versions(plan: Plan, fact: Facts) -> Iterator[str]:
    """Programs may ask a file for its version, or whose it is, before they work with it."""
    had, will = fact.user_version, plan.schema_version
    if fact.path == plan.target and had not in (0, will):
        yield f"{fact.path}: its user_version was {had}: plan.schema_version makes it {will}"
    elif fact.path != plan.target and had:
        yield f"{fact.path}: its user_version {had} stays behind: the target's is {will}"
    if fact.path != plan.target and fact.application_id:
        yield f"{fact.path}: its application_id {fact.application_id} stays behind"


def _all_broken(plan: Plan, facts: Sequence[Facts], notes: list[str]) -> Iterator[Problem]:
    """What is broken in any of them: a problem, or a note where the plan wants it carried."""
    for fact in facts:
        try:
            broken = [*_broken(plan, fact)]
        except DatabaseError as error:
            yield error.problem
            continue
        if plan.broken is Broken.REFUSE:
            yield from broken
        else:
            notes += [f"{it.where}: {it.what}; it comes along as text" for it in broken]


def _broken(plan: Plan, fact: Facts) -> Iterator[Problem]:
    """Views and triggers that speak of nothing, or of a table that is left behind."""
    skipped = [s.table for s in plan.skips if s.database == fact.path and fact.table(s.table)]
    with open_scratch(fact.path) as scratch:
        build(scratch, fact.schema)
        for loose in take_out(scratch):
            kind, name = loose.item.kind, loose.item.name
            what = f"{kind} {name} is broken: {loose.why}"
            mend = f"mend it, drop it: DROP {kind} {quoted(name)}, or {_AS_IT_IS}"
            yield Problem(fact.path, what, mend)
        for table in skipped:
            scratch.run(f"DROP TABLE main.{quoted(table)}")
        for loose in take_out(scratch) if skipped else ():
            kind, name = loose.item.kind, loose.item.name
            what = f"{kind} {name} needs a table that is skipped: {loose.why}"
            yield Problem(fact.path, what, f"carry that table over, drop it, or {_AS_IT_IS}")


def _same_files(plan: Plan) -> Iterator[Problem]:
    names: dict[tuple[int, int], list[str]] = defaultdict(list)
    for database in plan.databases:
        path = plan.root / database.path
        if path.is_file():
            stat = path.stat()
            names[stat.st_dev, stat.st_ino].append(database.path)
    for first, *others in names.values():
        for other in others:
            yield Problem(other, f"is the same file as {first}", "list it once")


def _places_taken(plan: Plan) -> Iterator[Problem]:
    backup = plan.root / plan.backup
    if "{date}" not in plan.backup and backup.exists():
        mend = "move it away, or write {date} into its name"
        yield Problem("plan.backup", f"{plan.backup} exists already", mend)
    draft = draft_of(backup)
    if "{date}" not in plan.backup and draft.exists() and not is_abandoned(draft):
        what = f"{draft.relative_to(plan.root).as_posix()} is needed to write the backup"
        yield Problem("plan.backup", what, "move it away")
    for path, place in archive_places(plan).items():
        taken = [beside(place, suffix) for suffix in SUFFIXES if lexists(beside(place, suffix))]
        if taken:
            shown = taken[0].relative_to(plan.root).as_posix()
            what = f"{shown} exists already, where {path} is to go"
            yield Problem("plan.archive", what, "move it away")
    yield from _folders_in_the_way(plan)


def _folders_in_the_way(plan: Plan) -> Iterator[Problem]:
    for where, folder in (
        ("plan.backup", plan.root / plan.backup),
        ("plan.archive", plan.root / plan.archive),
    ):
        for above in (folder, *folder.parents):
            if above == plan.root:
                break
            if above.exists() and not above.is_dir():
                yield Problem(where, f"{above.name} is a file", "choose another folder")
    # Found here, since the archive is written to after everything else is done.
    needed = {("plan.backup", nearest(plan.root / plan.backup))}
    for place in archive_places(plan).values():
        needed.add(("plan.archive", nearest(place)))
    for where, folder in sorted(needed):
        if folder != plan.root and examine.is_read_only(folder):
            yield Problem(where, f"{folder.name} is read-only", "allow writing in that folder")
