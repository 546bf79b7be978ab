"""Empty in-memory copies of the databases: as they are today, and as the plan renames them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

import apsw

from plan.model import folded
from plan.names import Names
from plan.schema import DatabaseSchema
from plan.stored import timing, with_index_names, with_name, with_timing
from refactor.proof.standins import with_stand_ins
from refactor.sql.changes import FTS_COMMAND
from refactor.sql.names import quoted, table_names
from refactor.text.edits import Edit, apply_edits

_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\b", re.IGNORECASE)
_LOOSE = re.compile(r"error in (view|trigger) (.+?)(?: after [a-z ]+)?: ", re.DOTALL)
_ORDER = ("table", "view", "index", "trigger")


def empty() -> apsw.Connection:
    """A database in memory, in which text has single quotes."""
    connection = apsw.Connection(":memory:")
    # With double quotes as text, a misspelled column would compile.
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 1)
    connection.config(apsw.SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, 0)
    return connection


@contextmanager
def quotes_as_text(connection: apsw.Connection) -> Iterator[None]:
    """Take "text" in double quotes for text where it is no column, as most SQLites do."""
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 1)
    try:
        yield
    finally:
        connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)


def attached(main: apsw.Connection, others: Mapping[str, apsw.Connection]) -> apsw.Connection:
    """A copy of a database, with copies of others attached under names."""
    connection = empty()
    for name, original in (("main", main), *others.items()):
        with suppress(apsw.Error):  # more than SQLite attaches: what is missing does not compile
            if name != "main":
                connection.execute(f"ATTACH ':memory:' AS {quoted(name, '')}")
            data = original.serialize("main")
            if data:
                connection.deserialize(name, data)
    connection.execute("PRAGMA query_only = ON")
    return connection


def columns(connection: apsw.Connection, table: str) -> frozenset[str]:
    """The folded names of a table's columns."""
    rows = connection.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))
    return frozenset(folded(str(name)) for (name,) in rows)


def today(schema: DatabaseSchema) -> apsw.Connection:
    """A database with this schema."""
    connection = empty()
    add(connection, _in_order(schema))
    return connection


def add(connection: apsw.Connection, statements: Iterable[str]) -> None:
    """Create what can be created: a table that needs a missing extension is left out."""
    for sql in statements:
        with suppress(apsw.Error):
            with_stand_ins(connection, partial(connection.execute, sql))


def tomorrow(schema: DatabaseSchema, renames: Mapping[str, str], names: Names) -> tuple[str, ...]:
    """A schema's SQL after its renames, made by SQLite itself so that all references follow.

    Args:
        schema: of today.
        renames: new names of tables by folded old names.
        names: the new names of all else.
    """
    connection = today(schema)
    new = {**renames, **names.changed(schema.path, "view")}
    present = [
        (name, _rename_view if kind == "view" else _rename)
        for kind in ("table", "view")
        for name in schema.named(kind)
        if folded(new.get(folded(name), name)) != folded(name)
    ]
    # By way of names that nobody has, so that swaps and chains are possible.
    for number, (name, rename) in enumerate(present):
        rename(connection, name, f"retable_passing_{number}")
    for number, (name, rename) in enumerate(present):
        rename(connection, f"retable_passing_{number}", new[folded(name)])
    commanding = dict(_commanding(schema, new))
    indexes = names.changed(schema.path, "index")
    rows = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE"
        " 'sqlite~_%' ESCAPE '~' ORDER BY type = 'trigger', type = 'view', rowid"
    )
    made = []
    for kind, name, stored in rows:
        sql = with_index_names(commanding.get(str(name), str(stored)), indexes)
        final = names.of(str(kind), schema.path, str(name))
        made.append(with_name(sql, final) if kind in ("index", "trigger") else sql)
    return tuple(made)


def with_views(schema: DatabaseSchema, names: Iterable[str]) -> apsw.Connection:
    """A schema in which these tables are views that take writes, of tables with other names."""
    connection = today(schema)
    for number, name in enumerate(names):
        view, table = quoted(name, ""), f"retable_kept_{number}"
        _rename(connection, name, table)
        with suppress(apsw.Error):
            connection.execute(f"CREATE VIEW {view} AS SELECT * FROM {table}")
            for change in ("INSERT", "UPDATE", "DELETE"):
                connection.execute(
                    f"CREATE TRIGGER {table}_{change} INSTEAD OF {change} ON {view}"
                    " BEGIN SELECT 1; END"
                )
    connection.execute("PRAGMA query_only = ON")
    return connection


def _in_order(schema: DatabaseSchema) -> Iterator[str]:
    # A virtual table comes before the tables that it makes by itself, or it could not be created;
    # VACUUM stores it behind them.
    by_kind = sorted(
        schema.objects,
        key=lambda item: (_ORDER.index(item.kind), not _VIRTUAL.match(item.sql or "")),
    )
    for item in by_kind:
        if item.sql and not folded(item.name).startswith("sqlite_"):
            yield item.sql


def _rename(connection: apsw.Connection, old: str, new: str) -> None:
    while True:
        try:
            # A trigger that says "text" in double quotes would keep any table from being renamed.
            with quotes_as_text(connection):
                connection.execute(f"ALTER TABLE {quoted(old, '')} RENAME TO {quoted(new, '')}")
        except apsw.Error as error:
            found = _LOOSE.search(str(error))
            if found is None:
                return
            # What is broken would do so too, and no statement that speaks of it compiles.
            connection.execute(f"DROP {found[1]} {quoted(found[2], '')}")
        else:
            return


def _rename_view(connection: apsw.Connection, old: str, new: str) -> None:
    """Rename a view: a table with its columns takes its place while SQLite finds references.

    Without rowids, so that `rowid` means in a join what it meant before.
    """
    view = _of(connection, "type = 'view' AND name", old)
    with suppress(apsw.Error), quotes_as_text(connection):
        triggers = _of(connection, "type = 'trigger' AND tbl_name", old)
        found = connection.execute("SELECT name FROM pragma_table_xinfo(?)", (old,))
        columns = [quoted(str(name), "") for (name,) in found]
        connection.execute(f"DROP VIEW {quoted(old, '')}")
        connection.execute(
            f"CREATE TABLE {quoted(old, '')} ({', '.join(columns)}, PRIMARY KEY ({columns[0]}))"
            " WITHOUT ROWID"
        )
        for sql in triggers.values():
            connection.execute(with_timing(sql, "AFTER"))
        _rename(connection, old, new)
        followed = _of(connection, "type = 'trigger' AND tbl_name", new)
        connection.execute(f"DROP TABLE {quoted(new, '')}")
        for sql in view.values():
            connection.execute(with_name(sql, new))
        for name, sql in followed.items():
            connection.execute(with_timing(sql, timing(triggers[name])))


def _of(connection: apsw.Connection, where: str, name: str) -> dict[str, str]:
    """The SQL of some objects by their names."""
    rows = connection.execute(f"SELECT name, sql FROM sqlite_schema WHERE {where} = ?", (name,))
    return {str(found): str(sql) for found, sql in rows}


def _commanding(schema: DatabaseSchema, renames: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Triggers that give commands to a full-text table: their names, and their new SQL.

    SQLite's rename leaves the column alone that is called like the table, and takes the commands.
    """
    for item in schema.objects:
        names = table_names(item.sql or "") if item.kind == "trigger" else ()
        if any(name.clause == FTS_COMMAND for name in names):
            edits = (
                Edit(
                    name.start,
                    (item.sql or "")[name.start : name.end],
                    quoted(renames[folded(name.name)], name.quote),
                )
                for name in names
                if folded(name.name) in renames
            )
            yield item.name, apply_edits(item.sql or "", edits)
