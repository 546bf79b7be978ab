"""The proof of a migration as a record: what became of each table, row, object and file.

It is written beside the backup after the commit. All in it but times follows from the files and
the plan.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from migrate.database.schema import own
from migrate.database.sqlite import VERSION, Database
from migrate.files.manifest import MANIFEST, Backup
from migrate.files.parts import digest_of, now
from migrate.intent import digest_of_plan
from migrate.journal import retable_version
from migrate.phases import Phase
from migrate.proof.digests import (
    Digests,
    Store,
    digest_of_table,
    homes_of,
    query_of,
    statement_of,
    view_of,
)
from migrate.proof.verify import Basis, Verification
from migrate.steps.arrivals import Way
from plan.model import folded
from plan.virtual import shadow_names

METHOD = "SHA3-256 as SQLite's sha3_query makes it of a query's text, rows and types"
_NOT_PURE = "other programs had written to the table before the report was made"


@dataclass(frozen=True, slots=True)
class Source:
    """A table as it was, and what became of its rows."""

    database: str
    table: str
    to: str
    way: str
    rule: str | None
    """By which rows met those of another table; None where the table has a place of its own."""
    rows: int
    equal: int
    set_aside: int
    rowids_moved_by: int
    digest: str | None
    file: str
    """Where the backup has it, relative to the report."""
    sql: tuple[str, ...]
    """What to say to that file for the digest."""
    followed: tuple[str, ...] = ()
    """Columns whose values are names of tables, and are equal once they follow the renames."""


@dataclass(frozen=True, slots=True)
class Result:
    """A table of the target."""

    table: str
    rows: int
    digest: str | None
    no_digest: str
    """Why there is none; else empty."""
    sql: str
    """What to say to the target for the digest."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a table, index, view or trigger."""

    database: str
    kind: str
    name: str
    fate: str
    """arrived, renamed or left behind."""
    now: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Rows that break a foreign key; -1 where the key itself refers to nothing."""

    database: str
    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class File:
    """One file of the backup."""

    file: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Proof:
    """All of it."""

    holds: bool
    """Whether every row and object is there as it was."""
    problems: tuple[str, ...]
    retable: str
    sqlite: str
    run: str
    made: str
    plan: str
    plan_digest: str
    """Of what the plan says of the databases."""
    target: str
    schema_version: int
    digests: str
    """How they are made, or why there are none."""
    tables: tuple[Source, ...]
    results: tuple[Result, ...]
    objects: tuple[Fate, ...]
    made_by_retable: tuple[str, ...]
    foreign_keys_before: tuple[Broken, ...]
    foreign_keys_after: tuple[Broken, ...]
    check: str
    """The check of pages and indexes that was made: integrity_check or quick_check."""
    backup: tuple[File, ...]


def joined_digests(database: Database, basis: Basis) -> dict[str, str]:
    """The digests of those tables whose rows came from several, or hold names that have changed.

    Of others the sources' will do.
    """
    homes = {
        name: table
        for name, (table, found) in homes_of(basis.work).items()
        if len(found) > 1 or basis.work.changes(name)
    }
    if not homes or database.cannot_digest():
        return {}
    return {name: digest_of_table(database, table, name) for name, table in homes.items()}


def proof_of(
    basis: Basis, backup: Backup, found: Verification, digests: Digests, joined: Mapping[str, str]
) -> Proof:
    """Put together what is known after the commit."""
    plan = basis.plan
    return Proof(
        holds=found.holds,
        problems=found.problems,
        retable=retable_version(),
        sqlite=VERSION,
        run=backup.manifest.run,
        made=now(),
        plan=backup.manifest.plan_file,
        plan_digest=digest_of_plan(plan),
        target=plan.target,
        schema_version=plan.schema_version,
        digests=f"none: {digests.why_not}" if digests.why_not else METHOD,
        tables=tuple(_sources(basis, found, digests)),
        results=tuple(_results(basis, found, digests, joined)),
        objects=tuple(_fates(basis)),
        made_by_retable=tuple(_ours(basis)),
        foreign_keys_before=tuple(
            Broken(fact.path, table, rows)
            for fact in basis.facts
            for table, rows in fact.violations
        ),
        foreign_keys_after=tuple(
            Broken(plan.target, table, rows) for table, rows in found.structure.foreign_keys
        ),
        check=found.structure.check,
        backup=tuple(_files(backup)),
    )


def _sources(basis: Basis, found: Verification, digests: Digests) -> Iterator[Source]:
    proofs = {(proof.database, proof.old): proof for proof in found.tables}
    for arrival in basis.work.arrivals:
        for table, new in arrival.stores_after(Phase.DOCUMENT):
            store = Store(arrival.planned.database, table, new)
            following = basis.work.naming.of(new)
            proof = proofs[store.database, table.name]
            yield Source(
                database=store.database,
                table=table.name,
                to=new,
                way=arrival.way.value,
                rule=arrival.rule.value if arrival.way is Way.JOINED else None,
                rows=proof.rows,
                equal=proof.equal,
                set_aside=proof.rejected,
                rowids_moved_by=arrival.offset,
                digest=digests.of(store),
                file=f"files/{store.database}",
                sql=(view_of(store), statement_of(query_of(table, new))),
                followed=following.columns if following else (),
            )


def _results(
    basis: Basis, found: Verification, digests: Digests, joined: Mapping[str, str]
) -> Iterator[Result]:
    added, told = dict(found.new_rows), dict(found.told)
    proofs_of = found.by_table()
    for name, (table, arrivals) in homes_of(basis.work).items():
        key = folded(name)
        proofs = proofs_of.get(key, ())
        pure = name not in added and all(proof.holds for proof in proofs)
        digest = joined.get(name)
        if len(arrivals) == 1 and not basis.work.changes(name):
            # Each of its rows was proved to be the source's: so is the digest.
            digest = digests.of(Store(arrivals[0].planned.database, table, name))
        yield Result(
            table=name,
            rows=sum(proof.equal for proof in proofs) + added.get(name, 0) + told.get(key, 0),
            digest=digest if pure else None,
            no_digest=digests.why_not or ("" if pure else _NOT_PURE),
            sql=statement_of(query_of(table, name)),
        )


def _fates(basis: Basis) -> Iterator[Fate]:
    plan, work = basis.plan, basis.work
    tables = {(t.database, folded(t.old)): t.new for t in plan.tables}
    skips = {(s.database, folded(s.table)): s.claim.value for s in plan.skips}
    others = {(n.kind, n.database, n.old): n for n in work.new_names}
    for fact in basis.facts:
        shadows = shadow_names(fact.schema)
        for item in fact.schema.objects:
            key = fact.path, folded(item.name)
            if own(item.name) or item.sql is None or key[1] in shadows:
                continue
            why = _why_left(work.left, f"{item.kind} {item.name} of {fact.path}: ")
            if item.kind == "table" and key in skips:
                why = f"skipped: {skips[key]}"
            if why:
                yield Fate(fact.path, item.kind, item.name, "left behind", None, why)
                continue
            given = others.get((item.kind, fact.path, item.name))
            new = given.new if given else item.name
            if item.kind == "table":
                new = tables.get(key, item.name)
            fate = "arrived" if new == item.name else "renamed"
            yield Fate(fact.path, item.kind, item.name, fate, new, given.why if given else "")


def _why_left(left: tuple[str, ...], start: str) -> str:
    return next((line.removeprefix(start) for line in left if line.startswith(start)), "")


def _ours(basis: Basis) -> Iterator[str]:
    """What is in the result and was in no source."""
    known = {(f.kind, folded(f.now)) for f in _fates(basis) if f.now}
    known |= {("table", folded(name)) for name in homes_of(basis.work)}
    for item in basis.work.expected[Phase.DOCUMENT]:
        if item.sql and (item.kind, folded(item.name)) not in known:
            yield f"{item.kind} {item.name}"


def _files(backup: Backup) -> Iterator[File]:
    for name in (MANIFEST, backup.manifest.plan_file):
        file = backup.folder / name
        yield File(name, file.stat().st_size, digest_of(file))
    for kept in backup.manifest.databases:
        for part in kept.parts:
            yield File(f"files/{kept.path}{part.suffix}", part.size, part.digest)


def as_json(proof: Proof) -> bytes:
    """The record as a file holds it."""
    return (json.dumps(asdict(proof), indent=2, ensure_ascii=False) + "\n").encode(
        "utf-8", "surrogatepass"
    )
