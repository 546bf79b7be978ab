"""A draft of a plan made from databases alone: each proposal says why, each doubt is a question."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from plan.draft.model import (
    Draft,
    DraftDatabase,
    DraftDomain,
    DraftHead,
    DraftSkip,
    DraftTable,
    Fact,
    Source,
    asked,
)
from plan.draft.toml import value_text
from plan.errors import counted, counted_that
from plan.model import Action, Claim, MergeRule, folded
from plan.proposal.domains import Placed, placed
from plan.proposal.held import HeldDatabase, HeldTable
from plan.proposal.kin import Kin, are_same, kin_of
from plan.proposal.known import DOUBTFUL
from plan.proposal.naming import Named, named, plain_name
from plan.proposal.words import words_of
from plan.runners import SKIPPED, records_migrations

_COLUMNS = 8
_TWINS = 3
_APART = 'say to = "<another name>" and leave merge out'


def propose(
    databases: Sequence[HeldDatabase],
    target: str | None = None,
    unread: Sequence[tuple[str, str]] = (),
    reserved: Collection[str] = (),
    *,
    each: bool = False,
) -> Draft:
    """A plan for these databases.

    Args:
        databases: all that could be read, one of which becomes the target.
        target: the one that does; by default that with the most tables, then the most rows.
        unread: files that could not be read, and why.
        reserved: words that nobody can write without quotes, folded.
        each: whether each table says why it is in its domain, and the domain does not.
    """
    chosen = target or _target_of(databases).path
    order = sorted(databases, key=lambda it: it.path != chosen)
    # Where nothing has a row, it means nothing that a table has none.
    filled = any(it.rows for it in databases)
    carried = [it for it in order if it.path == chosen or _is_merged(it, filled=filled)]
    tables = [table for database in carried for table in database.tables]
    kin = kin_of(tables)
    skipped = [it for it in tables if filled and it.database != chosen and _may_be_left(it)]
    gone = {it.key for it in skipped}
    homes = placed(carried, chosen)
    kept = tuple(it for it in homes if it.table.key not in gone)
    joins = kin_of([it.table for it in kept]).joins
    names = named(_together(kept, joins), joins, reserved)
    there = [it for it in databases if it.tables or it.path != chosen]
    why = "it was named" if target else _why_target(databases, chosen)
    return Draft(
        origin=counted(len(there) + len(unread), "database"),
        head=DraftHead(Fact(chosen), notes=(f"The target: {why}.",)),
        databases=tuple(_database(it, chosen, filled=filled) for it in order),
        domains=tuple(_domains(names, kin, joins, each=each)),
        skips=tuple(_skip(it, kin, names) for it in homes if it.table.key in gone),
        notes=tuple(f"Left out: {path}: {why}." for path, why in unread),
    )


def _target_of(databases: Sequence[HeldDatabase]) -> HeldDatabase:
    order = [it for it in databases if _is_merged(it)] + [it for it in databases if it.tables]
    free = [it for it in order if not (it.is_used or it.odd)]
    # The first of those that are alike: a database that nobody needs comes last.
    return max(free, key=lambda it: (_is_merged(it), len(it.tables), it.rows))


def _why_target(databases: Sequence[HeldDatabase], target: str) -> str:
    chosen = next(it for it in databases if it.path == target)
    return (
        f"no other file has more tables ({len(chosen.tables)}, {counted(chosen.rows, 'row')});"
        " change it here and in its action"
        if len(databases) > 1
        else "there is no other file"
    )


def _is_merged(database: HeldDatabase, *, filled: bool = False) -> bool:
    sure = bool(database.tables) and not database.odd and not _doubts(database)
    return sure and not (filled and _is_bare(database))


def _is_bare(database: HeldDatabase) -> bool:
    """Whether all of its tables are known to be empty."""
    return all(table.rows == 0 for table in database.tables)


def _doubts(database: HeldDatabase) -> tuple[str, ...]:
    words = words_of(database.path.rpartition("/")[2].partition(".")[0])
    return tuple(word for word in words if word in DOUBTFUL)


def _may_be_left(table: HeldTable) -> bool:
    return table.rows == 0 and not table.needed and not table.virtual


def _database(database: HeldDatabase, target: str, *, filled: bool) -> DraftDatabase:
    path = Fact(database.path)
    held = f"{counted(len(database.tables), 'table')}, {counted(database.rows, 'row')}."
    if database.path == target and not database.tables:
        return DraftDatabase(path, Fact(Action.TARGET.value), notes=("It is made.",))
    if database.path == target:
        return DraftDatabase(path, Fact(Action.TARGET.value), notes=(held,))
    if database.odd:
        why = f"It cannot be merged: retable does not carry its virtual table {database.odd[0]}."
        return DraftDatabase(path, Fact(Action.KEEP.value), notes=(why,))
    if not database.tables:
        action = asked(
            "It holds no table at all; what becomes of it?",
            '"delete": it is backed up and goes to the archive',
            '"keep": it stays as it is',
        )
        return DraftDatabase(path, action, notes=())
    if not _is_merged(database, filled=filled):
        doubts = _doubts(database)
        names = ", ".join(f"{it.name} ({it.said_rows})" for it in database.tables)
        why = f"Its name says {doubts[0]!r}" if doubts else "None of its tables has a row"
        action = asked(
            f"{why}; does anybody need it?",
            '"delete": it is backed up and goes to the archive, and nothing of it is carried over',
            '"keep": it stays as it is',
            '"merge": then give each of its tables a line in a domain, or a [[skip]]',
        )
        return DraftDatabase(path, action, notes=(f"{held} {names}",))
    return DraftDatabase(path, Fact(Action.MERGE.value), notes=(held,))


def _together(kept: Sequence[Placed], joins: dict[tuple[str, str], HeldTable]) -> list[Placed]:
    """Tables that become one belong to the domain of the first."""
    by_key = {it.table.key: it for it in kept}
    return [
        replace(it, domain=by_key[joins[it.table.key].key].domain) if it.table.key in joins else it
        for it in kept
    ]


def _domains(
    names: Sequence[Named], kin: Kin, joins: dict[tuple[str, str], HeldTable], *, each: bool
) -> Iterator[DraftDomain]:
    groups: dict[str, list[Named]] = {}
    for it in names:
        groups.setdefault(it.placed.domain, []).append(it)
    joined = Counter(first.key for first in joins.values())
    for domain, group in groups.items():
        whys = Counter(it.placed.why for it in group)
        usual = "" if each else max(whys, key=lambda why: whys[why])
        yield DraftDomain(
            Fact(domain),
            tables=tuple(_table(it, usual, kin, joins, joined) for it in _ordered(group, joins)),
            notes=() if each else (_of_all(group, whys, usual),),
        )


def _of_all(group: Sequence[Named], whys: Counter[str], usual: str) -> str:
    if len(group) == 1:
        return f"{group[0].placed.table.name}: {usual}."
    if len(whys) == 1:
        return f"{len(group)} tables. Each {usual}."
    return f"{len(group)} tables. Where nothing else is said, each {usual}."


def _ordered(group: Sequence[Named], joins: dict[tuple[str, str], HeldTable]) -> list[Named]:
    """A table that joins another comes right behind it, and in the order of their files."""
    found: list[Named] = []
    for it in group:
        if it.placed.table.key not in joins:
            found.append(it)
            key = it.placed.table.key
            found += (
                other
                for other in group
                if (first := joins.get(other.placed.table.key)) and first.key == key
            )
    return found


def _table(
    it: Named,
    usual: str,
    kin: Kin,
    joins: dict[tuple[str, str], HeldTable],
    joined: Counter[tuple[str, str]],
) -> DraftTable:
    table = it.placed.table
    first = joins.get(table.key)
    said = [] if it.placed.why == usual or first else [it.placed.why]
    said += [it.why] if it.why else []
    said += _alike(table, kin, first)
    return DraftTable(
        old=Fact(table.name),
        database=Fact(table.database),
        new=Fact(it.new),
        about=None if first else _about(it),
        merge=_merge(table, first, joined[first.key]) if first else None,
        notes=(f"{table.name}: {'; '.join(said)}.",) if said else (),
    )


def _about(it: Named) -> Fact:
    table = it.placed.table
    if table.about:
        return Fact(table.about, (Source(table.database),))
    columns = ", ".join(table.columns[:_COLUMNS]) + ", …" * bool(table.columns[_COLUMNS:])
    return asked(f"What does {it.new} hold? {table.said_rows}, columns {columns}:")


def _merge(table: HeldTable, first: HeldTable, others: int) -> Fact:
    same = " and the same rows" if are_same(table, first) else ""
    whose = f"{first.name} of {first.database}"
    if table.keyed:
        alike = f"It has the same columns and keys{same} as {whose}"
        asks = "; which row holds where both have one?"
        answers = [f'"{MergeRule.KEEP_TARGET.value}": where keys meet, the row of {whose} stays']
        if others == 1:
            answers.append(
                f'"{MergeRule.KEEP_SOURCE.value}": where keys meet, its own row takes place'
            )
        answers.append(f'"{MergeRule.APPEND.value}": refused if any keys meet')
    else:
        alike = f"It has the same columns{same} as {whose}, and no key"
        asks = "; are the two one table?"
        answers = [f'"{MergeRule.APPEND.value}": all rows of both']
    if records_migrations(table.name):
        return asked(f"{alike}. {SKIPPED} What becomes of it?", _APART, *answers)
    return asked(f"{alike}{asks}", *answers, f"or {_APART}")


def _alike(table: HeldTable, kin: Kin, first: HeldTable | None) -> Iterator[str]:
    """What people should compare before they agree."""
    for other in kin.namesakes[table.key] if first is None else ():
        if kin.joins.get(other.key) is not table:
            columns = "the same columns" if table.columns == other.columns else "other columns"
            yield f"{other.database} has a table of this name with {columns}"
    twins = kin.twins[table.key] if first is None else ()
    for other in twins[:_TWINS]:
        same = " and the same rows" if are_same(table, other) else ""
        yield f"has the same columns{same} as {other.name} of {other.database}"
    if twins[_TWINS:]:
        yield f"and as {counted_that(len(twins) - _TWINS, 'other table', 'has', 'have')}"


def _skip(it: Placed, kin: Kin, names: Sequence[Named]) -> DraftSkip:
    table = it.table
    name, database = Fact(table.name), Fact(table.database)
    namesake = next(iter(kin.namesakes[table.key]), None)
    if namesake is not None:
        why = f"no rows, and {namesake.database} has a table of this name"
        return DraftSkip(name, database, Fact(Claim.EMPTY.value), (f"{table.name}: {why}.",))
    taken = {folded(named.new) for named in names}
    new = plain_name(it)
    new = table.name if it.keeps or folded(new) in taken else new
    keys = (("from", table.name), ("in", table.database), ("to", new), ("about", "…"))
    line = ", ".join(f"{key} = {value_text(value)}" for key, value in keys)
    claim = asked(
        f"{table.name} has no rows, and nothing in its file speaks of it; does any code?",
        '"empty": no, it is not carried over, and refused if it has rows by then',
        f"or carry it: delete this entry, and write in domain {it.domain}: {{ {line} }},",
    )
    return DraftSkip(name, database, claim)
