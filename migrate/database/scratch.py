"""SQLite itself, in memory, as the one that renames and that finds what hangs loose.

A rename is not a matter of text: foreign keys, checks, partial indexes, views and triggers
follow it. SQLite knows how, so schemas are renamed in memory and read back.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import ExitStack

from migrate.database.schema import objects_of, own
from migrate.database.sqlite import Database, Row
from migrate.errors import DatabaseError
from plan.model import folded
from plan.schema import DatabaseSchema
from plan.stored import quoted

_PROBE = "retable_probe"
_STAND_INS = 100
_COLUMNS = (
    'SELECT name, type, "notnull", dflt_value, pk, hidden'
    " FROM pragma_table_xinfo(?, 'main') WHERE hidden <> 1"
)
_MISSING = re.compile(r"no such (function|collation sequence): (.+)", re.DOTALL)
_IN = re.compile(r"error in (view|trigger|index|table) (.+?)(?: after [a-z ]+)?: (.*)", re.DOTALL)


def ordered(
    renames: Iterable[tuple[str, str]], taken: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Renames that happen at once, as renames one after the other.

    A chain (a to b, b to c) starts at its end; a swap takes a way round, and so does a name that
    changes its case only, which SQLite refuses.
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


def loose(database: Database, *, stand_in: bool = True) -> Iterator[tuple[str, str, str]]:
    """Views and triggers that speak of what does not exist: kind, name, what is missing.

    Any one of them makes SQLite refuse every rename. Each is dropped here to find the next.
    With `stand_in`, functions and collations that only a program has are not missed. SQLite
    renames in spite of these, but not where a view reads another that calls one.
    """
    stood_in: set[tuple[str, str]] = set()
    database.run(f"CREATE TABLE {_PROBE}(x)")
    try:
        while True:
            try:
                database.run(f"ALTER TABLE {_PROBE} RENAME TO {_PROBE}_2")
                database.run(f"ALTER TABLE {_PROBE}_2 RENAME TO {_PROBE}")
            except DatabaseError as error:
                missing = _MISSING.search(error.problem.what) if stand_in else None
                if missing and (missing[1], missing[2]) not in stood_in:
                    stood_in.add((missing[1], missing[2]))
                    database.stand_in(missing[1], missing[2])
                    continue
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
    views = objects_of(database, "").named("view")
    found = ((folded(view), columns_of(database, view)) for view in views)
    return {view: columns for view, columns in found if columns}


def columns_of(database: Database, view: str) -> tuple[str, ...]:
    """The output columns of a view; none if it does not compile."""
    return tuple(row[0] for row in described_columns(database, view))


def described_columns(database: Database, name: str) -> tuple[Row, ...]:
    """What SQLite says of each column of a table or view; nothing of a view that does not compile.

    Each row is a name, its type, whether it is NOT NULL, its default, its place in the primary
    key and how it is hidden. What only its program has, functions and collations, is stood in
    for: no column's name depends on what they do.
    """
    with ExitStack() as stack:
        for _ in range(_STAND_INS):
            try:
                rows = database.rows(_COLUMNS, name)
            except DatabaseError as error:
                missing = _MISSING.search(error.problem.what)
                if missing is None:
                    return ()
                stack.enter_context(database.standing_in(missing[1], missing[2]))
            else:
                return tuple(rows)
    return ()


def names_in(schema: DatabaseSchema, *, triggers: bool = False) -> frozenset[str]:
    """The folded names in one of SQLite's two name spaces; triggers have their own."""
    return frozenset(
        folded(item.name)
        for item in schema.objects
        if (item.kind == "trigger") == triggers and not own(item.name)
    )
