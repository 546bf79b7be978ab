"""Statements that SQLite proves only by running them: they run on an empty copy, and are undone.

`EXPLAIN CREATE TABLE` fails where the table is there already, and `EXPLAIN CREATE VIEW` looks at
nothing. So what a statement makes is taken away first, then it is made, then it is used.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

import apsw
from msgspec.structs import replace

from plan.model import folded
from plan.stored import Words, plain, quoted
from refactor.proof.accesses import accesses_of, recorded
from refactor.proof.oracle import Judgement, Verdict, fillings, judge, refused
from refactor.proof.standins import stood_in_for, with_stand_ins
from refactor.recent import remembered

DEFINES = frozenset({"CREATE", "ALTER"})
"""The verbs of statements that are run to be judged."""
IF_NOT_EXISTS = re.compile(r"\bIF\s+NOT\s+EXISTS\b", re.IGNORECASE)
_KEPT = 256
_KINDS = frozenset({"table", "view", "index", "trigger"})
_ANY = "type IN ('table', 'view', 'index') AND lower(name) = ?"
_TRIGGER = "type = 'trigger' AND lower(name) = ?"


def tried(
    connection: apsw.Connection, sql: str, verb: str, before: Iterable[str], *, anew: bool = False
) -> Judgement:
    """What SQLite says of a statement where others have run before it.

    Args:
        connection: an empty copy of a database; it is the same again afterwards.
        sql: the statement, holes included.
        verb: the statement's; one of `DEFINES` is run, any other compiled.
        before: statements that define what this one may need, in order.
        anew: make what they define also where it is there, whatever IF NOT EXISTS says.
    """
    with _undone(connection):
        for statement in before:
            with suppress(apsw.Error, ValueError, TypeError):
                if anew or not IF_NOT_EXISTS.search(statement):
                    _take_away(connection, *made_by(statement))
                _run(connection, statement)
        if verb in DEFINES:
            return _defined(connection, sql)
        judgement = judge(connection, sql)
        if judgement.verdict is not Verdict.COMPILES:
            return judgement
        return replace(judgement, accesses=accesses_of(connection, judgement.filled))


@contextmanager
def _undone(connection: apsw.Connection) -> Iterator[None]:
    """Let a copy be written to, and put it as it was."""
    connection.execute("PRAGMA query_only = OFF")
    # No text of the code may reach a file, whatever it turns out to be.
    attached = connection.limit(apsw.SQLITE_LIMIT_ATTACHED, 0)
    connection.execute("SAVEPOINT trial")
    try:
        yield
    finally:
        connection.execute("ROLLBACK TO trial")
        connection.execute("RELEASE trial")
        connection.limit(apsw.SQLITE_LIMIT_ATTACHED, attached)
        connection.execute("PRAGMA query_only = ON")


def _defined(connection: apsw.Connection, sql: str) -> Judgement:
    """Run a definition with each way of filling its holes; the first that runs counts."""
    first: Judgement | None = None
    for filled in fillings(sql):
        try:
            kind, name = made_by(filled)
            _take_away(connection, kind, name)
            with recorded(connection) as accesses:
                _run(connection, filled)
                _use(connection, kind, name)
        except apsw.Error as error:
            first = first or refused(str(error), filled)
        except (ValueError, TypeError) as error:
            first = first or Judgement(Verdict.SYNTAX, str(error), filled)
        else:
            stand_ins = stood_in_for(connection, filled)
            return Judgement(
                Verdict.COMPILES,
                filled=filled,
                stand_ins=stand_ins,
                accesses=frozenset(it for it in accesses if not it.table.startswith("sqlite_")),
            )
    return first or Judgement(Verdict.SYNTAX)


def _run(connection: apsw.Connection, sql: str) -> None:
    # What is remembered would be taken as it is, and nothing be heard of what it reads.
    with_stand_ins(connection, lambda: connection.cursor().execute(sql, can_cache=False))


@remembered(_KEPT)  # each statement of a script is tried behind all those before it
def made_by(sql: str) -> tuple[str, str]:
    """The kind and the name of what a CREATE makes; empty where it is no CREATE."""
    words = Words(sql)
    at = next((n for n in range(1, 4) if words.key(n) in _KINDS), 0)
    if words.key(0) != "create" or not at:
        return "", ""
    name = at + 4 if words.key(at + 1) == "if" else at + 1
    if words[name + 1] == ".":
        name += 2
    return words.key(at), plain(words[name])


def owner_of(connection: apsw.Connection, kind: str, name: str) -> str:
    """The table, folded, that an index or a trigger of this name belongs to; empty if none is."""
    rows = connection.execute(
        "SELECT tbl_name FROM sqlite_schema WHERE type = ? AND lower(name) = ?",
        (kind, folded(name)),
    )
    return next((folded(str(table)) for (table,) in rows), "")


def _take_away(connection: apsw.Connection, kind: str, name: str) -> None:
    where = _TRIGGER if kind == "trigger" else _ANY
    found = connection.execute(f"SELECT type FROM sqlite_schema WHERE {where}", (folded(name),))
    for (present,) in found.fetchall():
        with suppress(apsw.Error):  # what stands behind UNIQUE goes with its table only
            connection.execute(f"DROP {present} {quoted(name)}")


def _use(connection: apsw.Connection, kind: str, name: str) -> None:
    """Compile what reads a view or sets off a trigger: SQLite looks into them only then.

    Raises:
        apsw.Error: what they say does not compile.
    """
    if kind == "view":
        _run(connection, f"EXPLAIN SELECT * FROM {quoted(name)}")
    if kind == "trigger":
        rows = connection.execute(
            f"SELECT tbl_name FROM sqlite_schema WHERE {_TRIGGER}", (folded(name),)
        ).fetchall()
        for (table,) in rows:
            _set_off(connection, str(table), name)


def _set_off(connection: apsw.Connection, table: str, trigger: str) -> None:
    others = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
        " AND lower(name) <> ?",
        (table, folded(trigger)),
    ).fetchall()
    for (other,) in others:
        connection.execute(f"DROP TRIGGER {quoted(str(other))}")
    for event in _events(table, _columns(connection, table)):
        try:
            _run(connection, f"EXPLAIN {event}")
        except apsw.Error as error:
            if "cannot modify" not in str(error):  # a view, and this trigger is for another event
                raise


def _columns(connection: apsw.Connection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid", (table,)
    )
    return [quoted(str(name)) for (name,) in rows]


def _events(table: str, columns: Sequence[str]) -> Iterator[str]:
    """What sets off any trigger of a table."""
    yield f"DELETE FROM {quoted(table)}"
    if columns:
        names = ", ".join(columns)
        nulls = ", ".join(["NULL"] * len(columns))
        yield f"INSERT INTO {quoted(table)} ({names}) VALUES ({nulls})"
        yield f"UPDATE {quoted(table)} SET {', '.join(f'{it} = {it}' for it in columns)}"
