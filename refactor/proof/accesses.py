"""What a statement reads and writes, as SQLite itself reports it while compiling."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import apsw
from msgspec import Struct
from msgspec.structs import replace

from plan.model import folded
from refactor.proof import replicas
from refactor.proof.standins import with_stand_ins

_DOES = {
    apsw.SQLITE_READ: "reads",
    apsw.SQLITE_INSERT: "inserts into",
    apsw.SQLITE_UPDATE: "updates",
    apsw.SQLITE_DELETE: "deletes from",
}
_ON_TABLE = {
    apsw.SQLITE_CREATE_INDEX: "makes an index on",
    apsw.SQLITE_CREATE_TRIGGER: "makes a trigger on",
    apsw.SQLITE_CREATE_TEMP_TRIGGER: "makes a trigger on",
    apsw.SQLITE_ALTER_TABLE: "alters",
}
_WRITTEN_UNQUALIFIED = ""


class Access(Struct, frozen=True):
    """One table, or one column of it, that a statement reads or writes."""

    does: str
    schema: str
    """`main`, `temp` or the name of an attached database; empty where SQLite gives a name as the
    statement writes it, which may be that of a CTE: it does so where no column is read."""
    table: str
    """Folded, as the column is."""
    column: str

    def __str__(self) -> str:
        """Say it."""
        return f"{self.does} {self.table}{'.' if self.column else ''}{self.column}"


@contextmanager
def recorded(connection: apsw.Connection) -> Iterator[set[Access]]:
    """Gather what is read and written by all that is compiled meanwhile."""
    found: set[Access] = set()

    def heard(
        action: int, one: str | None, two: str | None, schema: str | None, _inner: str | None
    ) -> int:
        if action in _DOES and one:
            where = schema or _WRITTEN_UNQUALIFIED
            found.add(Access(_DOES[action], where, folded(one), folded(two or "")))
        elif action in _ON_TABLE and two:
            found.add(Access(_ON_TABLE[action], schema or "main", folded(two), ""))
        return apsw.SQLITE_OK

    connection.authorizer = heard
    try:
        yield found
    finally:
        connection.authorizer = None


def accesses_of(connection: apsw.Connection, sql: str) -> frozenset[Access] | None:
    """What a statement reads and writes that compiles as it is; None if it does not."""

    def compiled() -> None:
        with suppress(apsw.BindingsError):
            # What is remembered would be taken as it is, and nothing be heard of it.
            connection.cursor().execute(f"EXPLAIN {sql}", can_cache=False, prepare_flags=0)

    with recorded(connection) as found:
        try:
            with_stand_ins(connection, compiled)
        except apsw.Error:
            found.clear()
            try:
                with replicas.quotes_as_text(connection):
                    compiled()
            except apsw.Error:
                return None
    return frozenset(found)


class Ground(Struct, frozen=True):
    """What a statement was compiled on, and what it does there."""

    connection: apsw.Connection
    files: Mapping[str, str]
    """The database behind the name of each schema."""
    accesses: frozenset[Access]


def differing(
    before: Ground, after: Ground, becomes: Callable[[str, str], str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a statement does only before, and only after; nothing where both are the same.

    Args:
        before: what it does today.
        after: what it does once it is rewritten, on what stands behind the same schemas then.
        becomes: the folded name of a table of one of today's databases, as it is then.
    """
    found = _compared(before, after, becomes, frozenset())
    virtual = _of_type("virtual", before, after) if any(found) else frozenset()
    if not virtual:
        return found
    return _compared(_without_shadows(before), _without_shadows(after), becomes, virtual)


def _compared(
    before: Ground, after: Ground, becomes: Callable[[str, str], str], virtual: frozenset[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    was: dict[Access, Access] = {}
    unqualified: dict[Access, frozenset[str]] = {}
    for it in before.accesses:
        if it.schema:
            new = becomes(before.files.get(it.schema, it.schema), it.table)
            of_itself = it.table in virtual and it.column == it.table
            where = after.files.get(it.schema, it.schema)
            was[Access(it.does, where, new, new if of_itself else it.column)] = it
        else:
            names = (becomes(file, it.table) for file in before.files.values())
            unqualified[it] = frozenset({it.table, *names})
    found = {replace(it, schema=after.files.get(it.schema, it.schema)): it for it in after.accesses}
    loose = {it.table for it in found if not it.schema}
    possible = frozenset[str]().union(*unqualified.values())
    gone = [it for then, it in was.items() if then not in found]
    gone += [it for it, names in unqualified.items() if not names & loose]
    come = [it for now, it in found.items() if it.schema and now not in was]
    come += [it for it in found.values() if not it.schema and it.table not in possible]
    return tuple(sorted(map(str, gone))), tuple(sorted(map(str, come)))


def _without_shadows(ground: Ground) -> Ground:
    """The same without what virtual tables do with tables of their own."""
    shadows = _of_type("shadow", ground)
    return replace(
        ground, accesses=frozenset(it for it in ground.accesses if it.table not in shadows)
    )


def _of_type(wanted: str, *grounds: Ground) -> frozenset[str]:
    """The folded names of the tables that SQLite itself takes for this type."""
    found: set[str] = set()
    for ground in grounds:
        for schema in ground.files:
            rows = ground.connection.execute(
                "SELECT name FROM pragma_table_list WHERE schema = ? COLLATE NOCASE AND type = ?",
                (schema, wanted),
            )
            found.update(folded(str(name)) for (name,) in rows)
    return frozenset(found)
