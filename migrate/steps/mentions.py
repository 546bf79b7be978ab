"""Where data and definitions say a table's old name and would go on saying it: found and listed.

Columns whose name suggests it are looked through, and in small tables all that hold text. All
happens inside SQLite.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migrate.database.reading import reading
from migrate.database.schema import Column, Facts, Table
from migrate.database.sqlite import Database
from migrate.progress import FILES, Progress
from migrate.steps.naming import Meaning, listing, may_hold_text, meanings
from migrate.steps.newnames import followed, is_name
from plan.errors import counted, shown
from plan.model import Plan, folded
from plan.names import Names
from plan.own import OWN_TABLES
from plan.stored import Words, plain, quoted
from plan.toml_text import toml_text, toml_texts

SMALL = 10_000
"""Rows of a table all of whose texts are looked at."""
LOOKED_AT = 500_000
"""Rows that are looked at of a larger one, from its beginning."""
_TELLING = re.compile(
    r"table|tbl|entit|object_?(?:name|type)|relation|resource|parent_name|foreign_keys|model(?:_name)?\Z"
)
"""What the name of a column with names in it has in it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A column that holds names of tables which get other names."""

    database: str
    table: str
    column: str
    rows: int
    example: str
    more: bool = False
    """Whether the table has rows that were not looked at."""

    def __str__(self) -> str:
        """Say it in a few words."""
        least = "at least " if self.more else ""
        return f"{self.column} ({least}{counted(self.rows, 'row')}, such as {shown(self.example)})"


def mentions(
    plan: Plan, facts: Sequence[Facts], names: Names, progress: Progress
) -> tuple[Mention, ...]:
    """Each column that holds old names, but for those of which the plan says that they follow."""
    known = {
        (it.database, folded(it.table), folded(column))
        for it in plan.names
        for column in it.columns
    }
    metadata = folded(plan.metadata)
    found: list[Mention] = []
    progress.start("look for names in data", len(facts), FILES)
    for done, fact in enumerate(facts):
        progress.at(fact.path)
        said = tuple(it for it in meanings(plan, facts, names, fact.path) if it.changes)
        planned = {folded(it.old) for it in plan.tables_in(fact.path) if folded(it.new) != metadata}
        looked = [
            (table, column)
            for table in fact.tables
            if table.kind == "table" and folded(table.name) in planned
            for column in table.columns
            if _may_hold(column, fact.count(table.name))
            and (fact.path, folded(table.name), folded(column.name)) not in known
        ]
        if said and looked and (plan.root / fact.path).exists():
            with reading(plan.root / fact.path, fact.path) as database:
                for sql in listing([(1, said)]):
                    database.run(sql)
                for table, column in looked:
                    found += _in_column(database, fact, table, column)
        progress.advance(done + 1)
    progress.finish()
    return tuple(found)


def _may_hold(column: Column, rows: int) -> bool:
    looked_at = 0 < rows <= SMALL or is_telling(column.name)
    return looked_at and not column.generated and may_hold_text(column)


def is_telling(column: str) -> bool:
    """Whether a column's name suggests that it holds names of tables."""
    return _TELLING.search(folded(column)) is not None


def _in_column(database: Database, fact: Facts, table: Table, column: Column) -> Iterator[Mention]:
    """Whole cells, and strings in JSON; keys of JSON only where the column's name suggests it."""
    value = f"a.{quoted(column.name)}"
    here = f"main.{quoted(table.name)}"
    if is_telling(column.name):
        test = f"typeof({value}) = 'text' AND {followed(value, 1)} IS NOT {value} COLLATE BINARY"
    else:
        test = is_name(value, 1)
    rows = f"SELECT {quoted(column.name)} FROM {here} LIMIT {LOOKED_AT}"
    try:
        ((count, example),) = database.rows(
            f"SELECT count(*), min({value}) FROM ({rows}) AS a WHERE {test}"
        )
    except UnicodeDecodeError:
        return
    if count:
        more = fact.count(table.name) > LOOKED_AT
        yield Mention(fact.path, table.name, column.name, count, example, more)


def in_notes(found: Sequence[Mention]) -> Iterator[str]:
    """What was found, a line for each table, with what to add to the plan."""
    groups: dict[tuple[str, str], list[Mention]] = {}
    for it in found:
        groups.setdefault((it.database, it.table), []).append(it)
    for (database, table), those in groups.items():
        columns = toml_texts(tuple(it.column for it in those))
        yield (
            f"{database}: {table} names tables by their old names in"
            f" {', '.join(map(str, those))}, which stays so unless the plan says [[names]]"
            f" in = {toml_text(database)}, table = {toml_text(table)}, column = {columns}"
        )


def in_definitions(plan: Plan, facts: Sequence[Facts], names: Names) -> Iterator[str]:
    """Triggers, views and tables that say an old name as a text, a line for each."""
    for fact in facts:
        said = {folded(it.old): it for it in meanings(plan, facts, names, fact.path) if it.changes}
        skipped = {folded(skip.table) for skip in plan.skips if skip.database == fact.path}
        for item in fact.schema.objects:
            if folded(item.table) in skipped or item.kind == "index":
                continue
            texts = _texts(item.sql or "", said)
            if texts and item.name not in OWN_TABLES:
                yield (
                    f"{fact.path}: {item.kind} {item.name} says {', '.join(map(shown, texts))} as"
                    " a text, which stays so: if a table is meant, make it anew afterwards"
                )


def _texts(sql: str, said: dict[str, Meaning]) -> tuple[str, ...]:
    if "'" not in sql:
        return ()
    words = Words(sql)
    if "virtual" in (words.key(1), words.key(2)):
        return ()
    texts = (plain(words[n]) for n in range(len(words)) if words[n].startswith("'"))
    return tuple(dict.fromkeys(text for text in texts if folded(text) in said))
