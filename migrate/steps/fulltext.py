"""Full-text tables name tables where SQLite's rename does not look.

Two places: the option `content='t'` of a table that reads its text from t, and the hidden column
that is called like the full-text table itself and takes commands, such as 'delete'.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from migrate.database.sqlite import literal
from migrate.database.stored import in_schema
from migrate.phases import Phase
from migrate.steps.arrivals import Arrival, Way
from migrate.steps.layout import redefined
from plan.model import folded
from plan.schema import SchemaObject
from plan.stored import Words, plain, quoted
from plan.virtual import CONTENT, FULL_TEXT, options_of

FTS4 = "fts4"
_BARE = re.compile(r"\w+", re.ASCII)
"""What needs no quotes as the value of an option, whose words are no keywords."""


def following(
    objects: Sequence[SchemaObject], arrivals: Sequence[Arrival]
) -> Iterator[tuple[str, str, str]]:
    """What is left to do when all tables have their new names: words, statements, the table."""
    names = {folded(a.at): a.planned.new for a in arrivals if a.way is not Way.JOINED}
    commands = commands_of((a, a.at, a.planned.new) for a in arrivals)
    for item in objects:
        content = renamed_content(item, names)
        if content is not None:
            yield f"{item.name!r} reads its text under the new name", content, item.name
        sql = with_commands(item.sql or "", commands) if item.kind == "trigger" else item.sql
        if sql is not None and sql != item.sql:
            what = f"trigger {item.name} says the new name of the column that takes commands"
            yield what, f"DROP TRIGGER main.{quoted(item.name)}", item.table
            yield what, in_schema(sql, "main"), item.table


def commands_of(renamed: Iterable[tuple[Arrival, str, str]]) -> dict[str, str]:
    """What the column that takes commands was called, by the new name of its table; folded.

    Takes each table with its name before and after.
    """
    return {
        folded(new): folded(old)
        for arrival, old, new in renamed
        if arrival.table.module in FULL_TEXT and folded(old) != folded(new)
    }


def is_contentless(item: SchemaObject) -> bool:
    """Whether it is a full-text table that finds text and cannot give it back."""
    match = CONTENT.search(options_of(item))
    return match is not None and not plain(match[2])


def counted_in(arrival: Arrival) -> str:
    """The table whose rows are as many as those of an arrival, by its name in the end.

    A full-text table of FTS4 without content cannot be read: there it is one of its shadow tables.
    """
    new = arrival.planned.new
    if arrival.table.module == FTS4:
        shadows = [name for _, name in arrival.stores_after(Phase.DOCUMENT)]
        return next((name for name in shadows if name == f"{new}_docsize"), new)
    return new


def is_renamed_in_part(item: SchemaObject) -> bool:
    """Whether SQLite's rename forgets a shadow table, after which the table is of no use."""
    return re.search(r"\bcontentless_unindexed\s*=\s*['\"]?1", options_of(item)) is not None


def with_content(item: SchemaObject, names: Mapping[str, str]) -> str:
    """The definition of a full-text table whose content table is called otherwise now."""
    start = len(item.sql or "") - len(options_of(item))

    def follow(match: re.Match[str]) -> str:
        new = names.get(folded(plain(match[2])))
        return match[0] if new is None else match[1] + _written_like(match[2], new)

    sql = item.sql or ""
    return sql[:start] + CONTENT.sub(follow, sql[start:])


def _written_like(word: str, name: str) -> str:
    """A name in the quotes of another: libraries find the table by how its definition says it.

    sqlite-utils looks for `content="t"` and `content=[t]`, and for no other spelling.
    """
    mark = word[0]
    if mark == "'":
        return literal(name)
    if mark == "[" and "]" not in name:
        return f"[{name}]"
    if mark == "`":
        return "`" + name.replace("`", "``") + "`"
    return name if mark not in '"[' and _BARE.fullmatch(name) else quoted(name)


def renamed_content(item: SchemaObject, names: Mapping[str, str]) -> str | None:
    """The statements that let a full-text table's content follow, or None if it need not.

    Making the table anew would build its index again; SQLite's own rename writes here too.
    """
    sql = with_content(item, names)
    if sql == (item.sql or ""):
        return None
    return redefined(item.name, sql)


def with_commands(sql: str, commands: Mapping[str, str]) -> str:
    """A trigger whose INSERTs into a full-text table say its command column by its new name.

    `commands` has, by the table's folded name now, the folded name that its column had.
    """
    words = Words(sql)
    for place, table in _columns(words):
        new = plain(words[table])
        if folded(plain(words[place])) == commands.get(folded(new)):
            words.put(place, quoted(new))
    return words.sql


def _columns(words: Words) -> Iterator[tuple[int, int]]:
    """Each part of a column list behind INTO, with the place of the table's name."""
    for here in range(len(words)):
        if words.key(here) != "into":
            continue
        name = here + 1
        if words[name + 1] == ".":
            name += 2
        if words[name + 1] == "(":
            for column in range(name + 2, words.closing(name + 1)):
                yield column, name
