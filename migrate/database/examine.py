"""One database file: is it sound, and what does it hold?"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from migrate.database.breaches import broken_checks, check, in_words
from migrate.database.described import NOTHING_SPOKEN, Spoken, described_in, earlier_in
from migrate.database.reading import reading
from migrate.database.schema import Breach, Facts, Table, nothing_in, objects_of, tables_of
from migrate.database.sqlite import Database
from migrate.errors import DatabaseError
from migrate.files.pages import has_checksums
from migrate.files.parts import SUFFIXES, beside, has_hot_journal, present
from plan.errors import Problem, counted, counted_that
from plan.model import Action
from plan.model import Database as PlannedDatabase
from plan.stored import quoted

THOROUGH = 16 << 20
"""Up to this size each index entry is looked up (`integrity_check`). That costs several times
the whole copy, so larger files get `quick_check` and a count of each index."""

_MAGIC = b"SQLite format 3\0"
_FORMATS = 2
"""Rollback journal and WAL: https://sqlite.org/fileformat2.html#file_format_version_numbers"""
_SHOWN = 3
_LOST = "restore it from a backup, or recover it with sqlite3"


@dataclass(slots=True)
class Finding:
    """What came of looking at one file."""

    facts: Facts | None = None
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def outside(planned: PlannedDatabase, path: Path) -> Iterator[Problem]:
    """What is wrong with a file before SQLite reads it."""
    name = planned.path
    if path.is_symlink():
        yield Problem(name, f"is a symbolic link to {path.readlink()}", "name the file itself")
        return
    if not path.exists():
        yield Problem(name, "there is no such file", "mend its path in the plan")
        return
    if not path.is_file():
        yield Problem(name, "is not a file", "name a database file")
        return
    if planned.action is Action.KEEP:
        return
    odd = [side for side in (beside(path, s) for s in SUFFIXES[1:]) if _is_odd(side)]
    if odd:
        yield Problem(name, f"{odd[0].name} beside it is not a file", "move that away")
        return
    if planned.action is Action.TARGET and path.stat().st_nlink > 1:
        # It is written to, and put back as a new file: the other name would go its own way.
        mend = "give it a file of its own: copy it, then rename the copy over it"
        yield Problem(name, "has another name elsewhere (a hard link)", mend)
    yield from _not_allowed(name, path)
    yield from not_a_database(name, path)
    if planned.action is Action.TARGET and os.access(path, os.R_OK) and has_checksums(path):
        # Pages that are written without that VFS cannot be read with it any more.
        mend = "turn them off (reserve 0 bytes, VACUUM) and on again when all is done"
        yield Problem(name, "has checksums in its pages, by cksumvfs, which would be wrong", mend)


def _is_odd(side: Path) -> bool:
    return side.is_symlink() or (side.exists() and not side.is_file())


def _not_allowed(name: str, path: Path) -> Iterator[Problem]:
    for what in (path, path.parent):
        kind = "the file" if what == path else f"its folder {what.name}"
        if not os.access(what, os.R_OK):
            yield Problem(name, f"{kind} may not be read", "allow reading it")
        elif is_read_only(what):
            yield Problem(name, f"{kind} is read-only", "allow writing to it")


def is_read_only(what: Path) -> bool:
    """Whether nobody, or not this user, may write to a file or in a folder."""
    mode = what.stat().st_mode
    anybody = mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    return not anybody or not os.access(what, os.W_OK)


def not_a_database(name: str, path: Path) -> Iterator[Problem]:
    """What the first bytes of a file tell that is wrong with it, whoever may write to it."""
    if not os.access(path, os.R_OK) or path.stat().st_size == 0:
        return
    if has_hot_journal(path):
        # What its last writer left in the middle is for SQLite to judge, after taking it back.
        return
    with path.open("rb") as file:
        header = file.read(100)
    if not header.startswith(_MAGIC):
        yield Problem(name, "is not a SQLite database", "name the right file")
        return
    if max(header[18:20], default=0) > _FORMATS:
        what = "is in a format that only a newer SQLite knows"
        yield Problem(name, what, "restore it from a backup, or look for a newer retable")
        return
    size = int.from_bytes(header[16:18], "big")
    pages = int.from_bytes(header[28:32], "big")
    whole = pages * (65536 if size == 1 else size)
    counted = header[24:28] == header[92:96]
    if counted and path.stat().st_size < whole:
        what = f"is truncated: {path.stat().st_size} of {whole} bytes are left"
        yield Problem(name, what, _LOST)


def inside(path: Path, name: str, spoken: Spoken = NOTHING_SPOKEN) -> Finding:
    """What the file holds, and whether it is sound.

    `spoken` is what the plan says of its tables.
    """
    finding = Finding()
    if path.stat().st_size == 0 and "-wal" not in present(path):
        finding.facts = nothing_in(name)
        return finding
    try:
        with reading(path, name) as database:
            damage, breaches = _checked(database, name, path.stat().st_size)
            finding.problems += damage
            if not damage:
                finding.facts = replace(read_facts(database, name, spoken), breaches=breaches)
    except DatabaseError as error:
        finding.problems.append(error.problem)
        return finding
    except (UnicodeDecodeError, OSError) as error:
        finding.problems.append(Problem(name, f"cannot be read: {error}", _LOST))
        return finding
    if finding.facts is not None:
        finding.problems += _refused(finding.facts)
        finding.notes += _notes(finding.facts)
    return finding


def _checked(database: Database, name: str, size: int) -> tuple[list[Problem], tuple[Breach, ...]]:
    """What is damaged, and which rows break a rule of their table."""
    pragma = "integrity_check" if size <= THOROUGH else "quick_check"
    schema = objects_of(database, name)
    tables = tables_of(database, schema)
    said, breaches = check(database, pragma, tables)
    if said:
        more = f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
        what = "; ".join(line.replace("\n", ", ") for line in said[:_SHOWN]) + more
        only_indexes = all(" index " in f"{line} " for line in said)
        mend = "repair it: REINDEX, with the program's own SQLite" if only_indexes else _LOST
        return [Problem(name, f"is damaged: {what}", mend)], breaches
    problems = [*_lost_keys(name, tables, breaches)]
    if pragma == "quick_check":
        problems += _uneven(database, name, tables)
    return problems, (*breaches, *broken_checks(database, schema, tables))


def _lost_keys(name: str, tables: Sequence[Table], breaches: Sequence[Breach]) -> Iterator[Problem]:
    """Rows without a rowid are found by their key: SQLite does not find one of another type."""
    keys = {table.name: table.primary_key for table in tables if table.without_rowid}
    for breach in breaches:
        if breach.column in keys.get(breach.table, ()):
            what = (
                f"{counted(breach.rows, 'row')} of table {breach.table!r} cannot be found by key:"
            )
            mend = "export the table, and import it again"
            yield Problem(name, f"{what} {breach.rule} is broken", mend)


def _uneven(database: Database, name: str, tables: Sequence[Table]) -> Iterator[Problem]:
    for table in tables:
        for index in uneven_indexes(database, "main", table):
            what = f"index {index} does not have one entry for each row of {table.name}"
            yield Problem(name, f"is damaged: {what}", f"repair it: REINDEX {quoted(index)}")


def uneven_indexes(database: Database, alias: str, table: Table) -> Iterator[str]:
    """Indexes whose entries are not as many as the table has rows; it takes next to no time."""
    if table.kind == "virtual" or table.without_rowid:
        return
    here = f"{quoted(alias)}.{quoted(table.name)}"
    rows = database.value(f"SELECT count(*) FROM {here} NOT INDEXED")
    whole = database.rows(
        "SELECT name FROM pragma_index_list(?, ?) WHERE NOT partial", table.name, alias
    )
    for (index,) in whole:
        count = f"SELECT count(*) FROM {here} INDEXED BY {quoted(index)}"
        if database.value(count) != rows:
            yield index


def read_facts(database: Database, name: str, spoken: Spoken = NOTHING_SPOKEN) -> Facts:
    """All that a migration must know of a sound database; `spoken` as for `inside`."""
    whole = objects_of(database, name)
    found = tables_of(database, whole)
    earlier = earlier_in(whole, found, spoken)
    schema = replace(whole, objects=tuple(it for it in whole.objects if it not in earlier))
    hidden = {it.name for it in earlier}
    tables = tuple(table for table in found if table.name not in hidden)
    held = {item.name for item in schema.objects}
    sequences = (
        database.rows("SELECT name, seq FROM main.sqlite_sequence WHERE typeof(seq) = 'integer'")
        if "sqlite_sequence" in held
        else []
    )
    rows = tuple(
        (table.name, database.value(f"SELECT count(*) FROM main.{quoted(table.name)}"))
        for table in tables
        if table.kind != "virtual"
    )
    return Facts(
        schema=schema,
        tables=tables,
        rows=rows,
        sequences=tuple((str(table), seq) for table, seq in sequences),
        violations=violations(database, tables),
        rowids=tuple(_spans(database, tables)),
        encoding=database.value("PRAGMA encoding"),
        journal_mode=database.value("PRAGMA main.journal_mode"),
        user_version=database.value("PRAGMA main.user_version"),
        application_id=database.value("PRAGMA main.application_id"),
        first_format=is_first_format(database, tables),
        described=described_in(database, found, dict(rows), spoken.describing),
        earlier=earlier,
    )


def is_first_format(database: Database, tables: Sequence[Table]) -> bool:
    """Whether SQLite would make an index upwards although it is told DESC; none is made."""
    table = next((table for table in tables if table.kind == "table"), None)
    if table is None:
        return False
    index = f"main.retable_probe ON {quoted(table.name)}({quoted(table.columns[0].name)} DESC)"
    order = [row[5] for row in database.each(f"EXPLAIN CREATE INDEX {index}")]
    return not any(str(key).startswith("k(") and "-" in str(key) for key in order)


def _spans(database: Database, tables: tuple[Table, ...]) -> Iterator[tuple[str, int, int]]:
    for table in tables:
        if table.kind == "table" and table.rowid:
            # Two questions: SQLite answers each from one end of the tree, but not both at once.
            rowid, here = quoted(table.rowid), f"main.{quoted(table.name)}"
            low = database.value(f"SELECT min({rowid}) FROM {here}")
            if low is not None:
                yield table.name, low, database.value(f"SELECT max({rowid}) FROM {here}")


def violations(database: Database, tables: tuple[Table, ...]) -> tuple[tuple[str, int], ...]:
    """How many rows of each table break a foreign key; -1 where the key itself is wrong."""
    found = []
    for table in tables:
        if table.kind != "table":
            continue
        if not database.value(
            "SELECT count(*) FROM pragma_foreign_key_list(?, 'main')", table.name
        ):
            continue
        try:
            broken = sum(
                1 for _ in database.each(f"PRAGMA main.foreign_key_check({quoted(table.name)})")
            )
        except DatabaseError as error:
            if "mismatch" not in error.problem.what:
                raise
            broken = -1
        if broken:
            found.append((table.name, broken))
    return tuple(found)


def _refused(facts: Facts) -> Iterator[Problem]:
    for table in facts.tables:
        if table.kind == "table" and table.rowid is None and not table.without_rowid:
            what = f"table {table.name!r}: columns hide every name of the rowid"
            yield Problem(facts.path, what, "rename one of rowid, _rowid_, oid")


def _notes(facts: Facts) -> Iterator[str]:
    if facts.earlier:
        names = ", ".join(item.name for item in facts.earlier if item.sql)
        what = "what an earlier consolidation documented does not stay, but its descriptions do"
        yield f"{facts.path}: {what}: {names}"
    yield from in_words(facts.path, facts.breaches)
    for table, broken in facts.violations:
        if broken < 0:
            yield f"{facts.path}: a foreign key of {table} refers to no key, which stays so"
        else:
            rows = counted_that(broken, "row", "breaks", "break")
            yield f"{facts.path}: {table}: {rows} a foreign key, which stays so"
