"""What is done about the references of a code base: complete groups changed, the rest withheld.

A table whose references are changed in part is worse off than one that is left alone. So the
references of one old name stand or fall together, and with them the path of a database that moves
and the names of its tables, unless the user says `partial`.

Even then the path of a database stays while one of its tables awaits an answer: the path is what
tells that database's tables from others of the same name.
"""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from plan.model import folded
from refactor.found import FileSearch, Search
from refactor.patches.rewrite import Rewritten, Unproved, proofs_of, rewrite_all
from refactor.proof.statements import StatementProof
from refactor.references import Kind, Reference
from refactor.search import Searcher, Tick


class Group(Struct, frozen=True):
    """All references to one old table name, or to the file of one database."""

    name: str
    kind: Kind
    references: tuple[Reference, ...]

    @property
    def databases(self) -> frozenset[str]:
        """Today's databases that the references mean, or may mean."""
        return frozenset(database for item in self.references for database in item.databases)

    @property
    def questions(self) -> tuple[Reference, ...]:
        """What must be answered before the group is complete."""
        return tuple(item for item in self.references if item.blocking)

    @property
    def complete(self) -> bool:
        """Whether every reference that the rename needs is decided."""
        return not self.questions


class Changes(Struct, frozen=True):
    """What becomes of a code base."""

    groups: tuple[Group, ...]
    rewritten: tuple[Rewritten, ...]
    unproved: tuple[Unproved, ...]
    withheld: tuple[Reference, ...]
    """Certain references that are left alone, since their group is not complete."""
    review: tuple[Reference, ...]
    """References that await an answer."""
    domains: Mapping[tuple[str, str], str]
    """The domain of each table and view that is renamed, by its database and folded old name."""
    proofs: tuple[StatementProof, ...]
    """What SQLite says of each statement that names an old table, changed or not."""
    left: tuple[Reference, ...] = ()
    """What a person has decided to leave as it is."""

    @property
    def edited(self) -> tuple[Reference, ...]:
        """The references that were changed."""
        return tuple(reference for file in self.rewritten for reference in file.references)


def groups_of(references: tuple[Reference, ...]) -> tuple[Group, ...]:
    """The references by what they name, in the order of the names."""
    found: dict[tuple[Kind, str], list[Reference]] = defaultdict(list)
    for reference in references:
        found[reference.kind, folded(reference.group)].append(reference)
    return tuple(
        Group(items[0].group, kind, tuple(items))
        for (kind, _), items in sorted(found.items(), key=lambda entry: entry[0])
    )


def changes_for(
    search: Search,
    searcher: Searcher,
    *,
    partial: bool = False,
    left: Collection[Reference] = (),
    tick: Tick = lambda _done, _all: None,
) -> Changes:
    """Rewrite every file, changing only what is certain, complete and not left to a person.

    Args:
        search: what was found.
        searcher: who found it, and proves each file's rewriting.
        partial: change what is certain also where other references of its group are not.
        left: what a person has decided to leave as it is; its group is complete without it.
        tick: is called with how many files are done, and of how many.
    """
    groups = groups_of(search.references)
    left_at = frozenset((it.path, it.start) for it in left)
    faults: dict[PurePosixPath, Unproved] = {}
    known: dict[tuple[PurePosixPath, tuple[int, ...]], Rewritten | Unproved] = {}
    while True:
        withheld = _withheld(groups, faults.values(), partial=partial) - left_at
        jobs = {_key(job): job for job in _jobs(search, withheld | left_at)}
        # Another round is about few of the files.
        anew = [key for key in jobs if key not in known]
        results = rewrite_all([jobs[key] for key in anew], searcher)
        for number, (key, result) in enumerate(zip(anew, results, strict=True), start=1):
            known[key] = result
            tick(number, len(anew))
        outcomes = tuple(known[key] for key in jobs)
        found = {it.path: it for it in outcomes if isinstance(it, Unproved)}
        if partial or found.keys() <= faults.keys():
            break
        # What a file cannot take, the files that go with it must not get either: once more.
        faults = {**found, **faults}
    return Changes(
        groups=groups,
        rewritten=tuple(it for it in outcomes if isinstance(it, Rewritten)),
        unproved=tuple({**found, **faults}.values()),
        withheld=tuple(it for it in search.references if (it.path, it.start) in withheld),
        review=tuple(
            it for it in search.references if not it.certain and (it.path, it.start) not in left_at
        ),
        domains=searcher.legacy.domains,
        proofs=_proofs(search, searcher, outcomes),
        left=tuple(it for it in search.references if (it.path, it.start) in left_at),
    )


class InPart(Struct, frozen=True):
    """A table, or the path of a database, that is changed in some places and not in others."""

    name: str
    database: str
    edited: int
    missing: tuple[Reference, ...]


def changed_in_part(search: Search, changes: Changes) -> tuple[InPart, ...]:
    """What would be named the old way in one place and the new way in another.

    A database whose path is changed and whose tables are not is one of them, and the other way
    round: its code would look for a name in the wrong file. What a person has said to be no
    reference is no place of it.
    """
    done = {(it.path, it.start) for it in changes.edited}
    no_place = {(it.path, it.start) for it in changes.left if not it.certain}
    tables: dict[tuple[Kind, str, str], list[Reference]] = defaultdict(list)
    databases: dict[str, list[Reference]] = defaultdict(list)
    for it in search.references:
        at = it.path, it.start
        if (it.pressing and at not in no_place) or at in done:
            for database in it.databases:
                tables[it.kind, database, folded(it.group)].append(it)
                databases[database].append(it)
    parts = [
        _in_part(found[0].group, database, found, done)
        for (_, database, _), found in sorted(tables.items())
    ]
    whole = [
        _in_part(database, database, found, done)
        for database, found in sorted(databases.items())
        if len({it.kind for it in found}) > 1
        and not any(it.database == database for it in parts if it)
    ]
    return tuple(it for it in (*parts, *whole) if it)


def _in_part(
    name: str, database: str, found: Sequence[Reference], done: Container[tuple[PurePosixPath, int]]
) -> InPart | None:
    """What is missing, if something is changed and something is not."""
    missing = tuple(it for it in found if (it.path, it.start) not in done)
    count = len(found) - len(missing)
    return InPart(name, database, count, missing) if missing and count else None


def _proofs(
    search: Search, searcher: Searcher, outcomes: Iterable[Rewritten | Unproved]
) -> tuple[StatementProof, ...]:
    known = {it.path: it.proofs for it in outcomes if isinstance(it, Rewritten)}
    return tuple(
        proof
        for file in search.files
        for proof in known.get(file.path) or proofs_of(file, searcher)
    )


_Job = tuple[FileSearch, tuple[Reference, ...]]


def _key(job: _Job) -> tuple[PurePosixPath, tuple[int, ...]]:
    file, references = job
    return file.path, tuple(it.start for it in references)


def _jobs(search: Search, untouched: frozenset[tuple[PurePosixPath, int]]) -> Iterator[_Job]:
    """What is to be changed in each file."""
    for file in search.files:
        chosen = tuple(
            item
            for item in file.references
            if item.certain and (item.path, item.start) not in untouched
        )
        if chosen:
            yield file, chosen


def _withheld(
    groups: Sequence[Group], faults: Iterable[Unproved], *, partial: bool
) -> frozenset[tuple[PurePosixPath, int]]:
    """The certain references that are left alone, by file and place."""
    faulty = {(it.path, it.start) for fault in faults for it in fault.references}
    incomplete = {
        (group.kind, group.name)
        for group in groups
        if not group.complete or any((it.path, it.start) in faulty for it in group.references)
    }
    incomplete |= {
        (item.kind, name)
        for group in groups
        for item in group.references
        if item.also and item.blocking
        for name in item.also
    }
    held = _held(groups, incomplete, partial=partial)
    return frozenset(
        (item.path, item.start)
        for group in groups
        if (group.kind, group.name) in held
        for item in group.references
        if item.certain
    )


def _held(
    groups: Sequence[Group], incomplete: Iterable[tuple[Kind, str]], *, partial: bool
) -> frozenset[tuple[Kind, str]]:
    """The groups that are left alone: the incomplete ones, and all that hang on them."""
    held = set(incomplete)
    while True:
        databases = {
            database
            for group in groups
            if (group.kind, group.name) in held
            for database in group.databases
        }
        reached: set[tuple[Kind, str]] = {
            (group.kind, group.name)
            for group in groups
            if group.kind is Kind.PATH and group.name in databases
        }
        if partial:
            return frozenset(reached)
        paths = {name for kind, name in held | reached if kind is Kind.PATH}
        reached |= {(group.kind, group.name) for group in groups if paths & group.databases}
        if reached <= held:
            return frozenset(held)
        held |= reached
