"""Rows that break a rule of their own table: what an integrity check says that is no damage.

A NOT NULL or a CHECK that came after the rows, a column that got another type: the file is whole,
SQLite reads it, and the rows stay as they are. What a check says of them is in
https://sqlite.org/src/file/src/pragma.c; of a read-only file SQLite does not know the CHECKs.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from migrate.database.schema import Breach, Table
from migrate.database.sqlite import Database
from migrate.errors import DatabaseError
from plan.errors import counted_that
from plan.schema import DatabaseSchema
from plan.stored import Words, quoted

_USUAL = 100
"""How many lines a check says unless told otherwise; structure is checked before any row."""
_ALL = (1 << 31) - 1


def check(
    database: Database, pragma: str, tables: Sequence[Table]
) -> tuple[tuple[str, ...], tuple[Breach, ...]]:
    """What `integrity_check` or `quick_check` says of damage, and of rows that break rules."""
    said = [row[0] for row in database.rows(f"PRAGMA main.{pragma}")]
    if said == ["ok"]:
        return (), ()
    rules = {line: breach for table in tables for line, breach in _lines(table)}
    damage, counts = _told_apart(said, rules)
    if not damage and len(said) >= _USUAL:
        lines = (row[0] for row in database.each(f"PRAGMA main.{pragma}({_ALL})"))
        damage, counts = _told_apart(lines, rules)
    return damage, tuple(Breach(*rule, rows) for rule, rows in sorted(counts.items(), key=str))


_Rule = tuple[str, str, str | None]


def _told_apart(
    lines: Iterable[str], rules: dict[str, _Rule]
) -> tuple[tuple[str, ...], Counter[_Rule]]:
    damage: list[str] = []
    counts: Counter[_Rule] = Counter()
    for line in lines:
        if line in rules:
            counts[rules[line]] += 1
        elif len(damage) < _USUAL:
            damage.append(line)
    return tuple(damage), counts


def _lines(table: Table) -> Iterator[tuple[str, _Rule]]:
    """Each line that a check may say of a row, and the rule that is meant."""
    yield f"CHECK constraint failed in {table.name}", (table.name, "a CHECK", None)
    for column in table.columns:
        name = f"{table.name}.{column.name}"
        typed = (table.name, f"the type {column.type} of column {column.name!r}", column.name)
        yield f"TEXT value in {name}", typed
        yield f"NUMERIC value in {name}", typed
        yield f"non-{column.type.upper()} value in {name}", typed
        rule = f"NOT NULL of column {column.name!r}"
        yield f"NULL value in {name}", (table.name, rule, column.name)


def broken_checks(
    database: Database, schema: DatabaseSchema, tables: Sequence[Table]
) -> Iterator[Breach]:
    """How many rows break each CHECK of their table."""
    sql_of = {item.name: item.sql or "" for item in schema.objects if item.kind == "table"}
    for table in tables:
        if table.kind == "table":
            counts = rows_against(database, table.name, table.name, sql_of[table.name])
            for rule, rows in counts:
                yield Breach(table.name, f"CHECK ({rule})", None, rows)


def rows_against(
    database: Database, table: str, called: str, sql: str
) -> tuple[tuple[str, int], ...]:
    """The CHECKs in a definition that rows of a table break: each with how many, in one pass.

    Nothing is said where a rule asks for a column that the table has not.
    """
    rules = [*checks_of(sql)]
    if not rules:
        return ()
    counts = ", ".join(f"count(*) FILTER (WHERE NOT ({rule}\n))" for rule in rules)
    ask = f"SELECT {counts} FROM main.{quoted(table)} AS {quoted(called)}"
    try:
        (found,) = database.rows(ask)
    except DatabaseError:
        return ()
    return tuple((rule, rows) for rule, rows in zip(rules, found, strict=True) if rows)


def checks_of(sql: str) -> Iterator[str]:
    """The expressions of the CHECKs in a CREATE TABLE statement."""
    words = Words(sql)
    for place in range(len(words)):
        if words.key(place) == "check" and words[place + 1] == "(":
            yield words.between(place + 1, words.closing(place + 1)).strip()


def in_words(path: str, breaches: Iterable[Breach]) -> Iterator[str]:
    """A note for each rule that rows break, which nobody else may have seen."""
    for breach in breaches:
        rows = counted_that(breach.rows, "row", "breaks", "break")
        yield f"{path}: {breach.table}: {rows} {breach.rule}, which stays so"
