"""SQLite itself, in memory, as the one that renames and that finds what hangs loose.

A rename is not a matter of text: foreign keys, checks, partial indexes, views and triggers
follow it. SQLite knows how, so schemas are renamed in memory and read back.
"""

import re
from collections.abc import Iterable, Iterator

from migrate.errors import DatabaseError
from migrate.schema import objects_of, own
from migrate.sqlite import Database, quoted
from plan.model import folded
from plan.schema import DatabaseSchema

_PROBE = "retable_probe"
_IN = re.compile(r"error in (view|trigger|index|table) (.+?)(?: after [a-z ]+)?: (.*)", re.DOTALL)


def ordered(
    renames: Iterable[tuple[str, str]], taken: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Renames that happen at once, as renames one after the other.

    A chain (a to b, b to c) starts at its end; a swap takes a way round.
    """
    due = [(old, new) for old, new in renames if old != new]
    names = {folded(name) for name in taken}
    done: list[tuple[str, str]] = []
    while due:
        free = next((pair for pair in due if folded(pair[1]) not in names), None)
        if free is None:
            old, new = due.pop(0)
            free = (old, f"retable_moving_{len(done)}")
            due.append((free[1], new))
        else:
            due.remove(free)
        names.discard(folded(free[0]))
        names.add(folded(free[1]))
        done.append(free)
    return tuple(done)


def rename(old: str, new: str) -> str:
    """The statement that renames a table; `main` because a TEMP table would come first."""
    return f"ALTER TABLE main.{quoted(old)} RENAME TO {quoted(new)}"


def loose(database: Database) -> Iterator[tuple[str, str, str]]:
    """Views and triggers that speak of what does not exist: kind, name, what is missing.

    Any one of them makes SQLite refuse every rename. Each is dropped here to find the next.
    """
    database.run(f"CREATE TABLE {_PROBE}(x)")
    try:
        while True:
            try:
                database.run(f"ALTER TABLE {_PROBE} RENAME TO {_PROBE}_2")
                database.run(f"ALTER TABLE {_PROBE}_2 RENAME TO {_PROBE}")
            except DatabaseError as error:
                found = _IN.match(error.problem.what)
                if found is None or found[1] not in ("view", "trigger"):
                    raise
                yield found[1], found[2], found[3]
                database.run(f"DROP {found[1]} main.{quoted(found[2])}")
            else:
                return
    finally:
        for name in (_PROBE, f"{_PROBE}_2"):
            database.run(f"DROP TABLE IF EXISTS main.{name}")


def view_columns(database: Database) -> dict[str, tuple[str, ...]]:
    """The output columns of each view that compiles, by its folded name."""
    found = {}
    for view in objects_of(database, "").named("view"):
        try:
            rows = database.rows("SELECT name FROM pragma_table_xinfo(?, 'main')", view)
        except DatabaseError:
            # It calls a function that only its own program brings: nothing can be said here.
            continue
        found[folded(view)] = tuple(row[0] for row in rows)
    return found


def names_in(schema: DatabaseSchema, *, triggers: bool = False) -> frozenset[str]:
    """The folded names in one of SQLite's two name spaces; triggers have their own."""
    return frozenset(
        folded(item.name)
        for item in schema.objects
        if (item.kind == "trigger") == triggers and not own(item.name)
    )
