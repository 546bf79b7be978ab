"""SQLite as judge: on which schema does a statement compile, and why not on the others?

Statements are compiled, never run, on empty in-memory databases that have today's schemas, and
on one that has the consolidated schema.
"""

import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from enum import StrEnum
from types import MappingProxyType

import apsw
from msgspec import Struct

from plan.model import Action, Plan, folded
from plan.names import names_for
from plan.schema import DatabaseSchema
from plan.stored import quoted as _quoted
from plan.stored import view_body
from refactor.proof import replicas
from refactor.proof.accesses import Access
from refactor.proof.standins import stood_in_for, with_stand_ins
from refactor.recent import Recent
from refactor.sql.names import HOLE
from refactor.sql.tokens import PARTIAL_BLOB, Kind, significant_tokens

_FILLS = (
    "?", "''", "1=1", "AND 1=1", "WHERE 1=1", "rowid", "", "rowid=?", "ORDER BY 1", "LIMIT 1",
    ", rowid", "x_new INT", "ASC", "NULL, NULL", "LIKE ?",
)  # fmt: skip
_PAIRED_FILLS = ("?", "1=1", "AND 1=1", "WHERE 1=1", "rowid", "", "LIMIT 1", "rowid=?")
_MOST_HOLES_TRIED_APART = 3
_FOREIGN_PLACEHOLDER = re.compile(r"%s|%\(\w+\)s")
_EXPANDED = re.compile(r"(?<!\w)(IN)\s+([:@$]\w+)(?!\w)", re.IGNORECASE)
"""A parameter of which a library makes a list: `IN :ids`."""
_PARTIAL_BLOB = re.compile(rf"(?<!\w){PARTIAL_BLOB}")
_TEMPLATE = re.compile(rf"\{{\w*(?:[.!:\[][^{{}}]*)?\}}|{_FOREIGN_PLACEHOLDER.pattern}")
_NO_COLUMN = re.compile(r"no such column|has no column named|cannot join using column")
_NO_TABLE = re.compile(r"no such table")
_THERE = re.compile(r"\b(?:table|index|view|trigger) .+ already exists")
_WORDS = frozenset({Kind.WORD, Kind.QUOTED})
_KEPT = 5_000
"""Judgements that are remembered."""
_NONE_ATTACHED: Mapping[str, str] = MappingProxyType({})
_NOWHERE = "\0"
"""No database is called so: the key of what is asked of an empty one."""
_QUOTED_TEXT = re.compile(r'no such column: ("[^"]*") - should this be a string literal')

_OWN_COLUMNS = """
    SELECT it.name FROM sqlite_schema AS it, pragma_table_xinfo(it.name) AS has
    WHERE it.sql LIKE 'CREATE VIRTUAL %' AND has.hidden = 1 AND lower(has.name) = lower(it.name)
    """


TAKES_EFFECT = "not compiled: it would take effect"


class Verdict(StrEnum):
    """What SQLite says of a statement on one schema."""

    COMPILES = "compiles"
    NO_COLUMN = "no such column"
    NO_TABLE = "no such table"
    SYNTAX = "syntax error"
    OTHER = "does not compile"


class Judgement(Struct, frozen=True):
    """A verdict and SQLite's own words for it."""

    verdict: Verdict
    says: str = ""
    filled: str = ""
    """The statement as it was compiled, its holes filled."""
    stand_ins: tuple[str, ...] = ()
    """The functions that SQLite does not have, and for which another was put in."""
    accesses: frozenset[Access] | None = None
    """What the statement reads and writes, where it was run to be judged."""

    @property
    def is_there(self) -> bool:
        """Whether the statement makes something that is there already."""
        return self.verdict is Verdict.OTHER and _THERE.search(self.says) is not None


class Oracle:
    """Compiles statements on today's schemas and on tomorrow's."""

    def __init__(self, plan: Plan, schemas: Iterable[DatabaseSchema]) -> None:
        self._plan = plan
        self._schemas: dict[str, DatabaseSchema] = {}
        self._today: dict[str, apsw.Connection] = {}
        self._through_views: dict[str, apsw.Connection] = {}
        self._tables: dict[str, frozenset[str]] = {}
        self._judged: Recent[tuple[str, str], Judgement] = Recent(_KEPT)
        """By database, tomorrow's being without a name, and statement."""
        self._attached: dict[tuple[str, ...], apsw.Connection] = {}
        self._new_names: dict[str, dict[str, str]] = {}
        self._own_columns: dict[str, frozenset[str]] = {}
        self._empty = replicas.empty()
        self._tomorrow = replicas.empty()
        counts = Counter(folded(table.new) for table in plan.tables)
        self.shared = frozenset(name for name, count in counts.items() if count > 1)
        """Tables of tomorrow, folded, in which several of today meet."""
        self._kept = frozenset(database.path for database in plan.with_action(Action.KEEP))
        schemas = tuple(schemas)
        for schema in schemas:
            self._schemas[schema.path] = schema
            self._today[schema.path] = replicas.today(schema)
            self._tables[schema.path] = frozenset(
                folded(name) for name in (*schema.named("table"), *schema.named("view"))
            )
        names = self._names = names_for(plan, schemas)
        for schema in sorted(schemas, key=lambda item: item.path != plan.target):
            renames = {folded(table.old): table.new for table in plan.tables_in(schema.path)}
            if renames:
                replicas.add(self._tomorrow, replicas.tomorrow(schema, renames, names))
        for connection in (self._empty, self._tomorrow, *self._today.values()):
            # EXPLAIN covers one statement: what a text smuggles in behind it must not run.
            connection.execute("PRAGMA query_only = ON")

    def knows(self, database: str, table: str) -> bool:
        """Whether a database's schema is known to hold this table."""
        return folded(table) in self._tables.get(database, frozenset())

    def holds(self, database: str, table: str) -> bool:
        """Whether the empty copy of a database has a table or view: SQLite could make it."""
        there = self.today(f"SELECT 1 FROM {_quoted(table)}", database)
        return there.verdict is not Verdict.NO_TABLE

    def has_own_column(self, database: str, table: str) -> bool:
        """Whether a virtual table of a database has a hidden column of its own name."""
        known = self._own_columns.get(database)
        if known is None:
            connection = self._today.get(database)
            rows = connection.execute(_OWN_COLUMNS) if connection else ()
            known = self._own_columns[database] = frozenset(folded(str(name)) for (name,) in rows)
        return folded(table) in known

    def becomes(self, database: str, table: str) -> str:
        """What a table or view of a database is called tomorrow, folded."""
        if database not in self._new_names:
            moving = {folded(it.old): folded(it.new) for it in self._plan.tables_in(database)}
            views = self._names.changed(database, "view").items() if moving else ()
            self._new_names[database] = {**{old: folded(new) for old, new in views}, **moving}
        return self._new_names[database].get(folded(table), folded(table))

    def new_name(self, kind: str, database: str, name: str) -> str:
        """What an index, a view or a trigger of a database is called tomorrow."""
        return self._names.of(kind, database, name)

    def tables(self) -> Mapping[str, frozenset[str]]:
        """The known tables of each database, folded."""
        return self._tables

    def today(
        self, sql: str, database: str, attached: Mapping[str, str] = _NONE_ATTACHED
    ) -> Judgement:
        """Compile a statement on one of today's databases, with others attached under names."""
        if attached and database in self._today:
            return judge(self._with_attached(self._today[database], database, attached), sql)
        connection = self._today.get(database)
        if connection is None:
            return Judgement(Verdict.NO_TABLE)
        return self._once(connection, database, sql)

    def judged(
        self, sql: str, databases: Collection[str], attached: Mapping[str, str] = _NONE_ATTACHED
    ) -> dict[str, Judgement]:
        """Compile a statement on some of today's databases.

        What compiles on none of them may say "text" in double quotes, which is a column wherever
        there is one of that name.
        """
        judged = {it: self.today(sql, it, attached) for it in databases}
        if not any(map(_may_quote_text, judged.values())) or any(map(_fits, judged.values())):
            return judged
        with self.quotes_as_text():
            return {it: self.today(sql, it, attached) for it in databases}

    @contextmanager
    def quotes_as_text(self) -> Iterator[None]:
        """Meanwhile, take "text" in double quotes for text where it is no column.

        As most builds of SQLite do, Python's among them: https://sqlite.org/quirks.html#dblquote
        """
        connections = (self._tomorrow, *self._today.values(), *self._attached.values())
        strict, self._judged = self._judged, Recent(_KEPT)
        with ExitStack() as stack:
            for connection in connections:
                stack.enter_context(replicas.quotes_as_text(connection))
            try:
                yield
            finally:
                self._judged = strict

    def through_views(self, sql: str, database: str) -> Judgement:
        """Compile a statement on one of today's databases, where kept old names are views."""
        if database not in self._schemas:
            return Judgement(Verdict.NO_TABLE)
        if database not in self._through_views:
            old = [it.old for it in self._plan.tables_in(database) if it.keeps_old_name]
            self._through_views[database] = replicas.with_views(self._schemas[database], old)
        return judge(self._through_views[database], sql)

    def creates(self, sql: str, database: str, table: str) -> Judgement:
        """Compare the columns of a CREATE TABLE with those of a database's table.

        Of a CREATE VIEW that a database knows, its query is compiled there.
        """
        if not self.knows(database, table):
            return Judgement(Verdict.NO_TABLE)
        body = view_body(sql)
        if body is not None:
            return self.today(body, database)
        with replicas.empty() as scratch:
            try:
                scratch.execute(sql.replace(HOLE, "x_new"))
            except (apsw.Error, ValueError, TypeError) as error:
                return refused(str(error), sql)
            created = replicas.columns(scratch, table)
        known = replicas.columns(self._today[database], table)
        surplus = sorted(created - known)
        if surplus:
            return Judgement(Verdict.NO_COLUMN, f"{table} has no column {', '.join(surplus)}", sql)
        return Judgement(Verdict.COMPILES, filled=sql)

    def with_table(self, table: str, sql: str, database: str) -> Judgement:
        """Compile a statement on a database of today, if it had one table more.

        That has every column which the statement could mean.
        """
        words = {it.name.lower() for it in significant_tokens(sql) if it.kind in _WORDS}
        columns = ", ".join(f'"{it}"' for it in sorted(words) if '"' not in it)
        copy = replicas.attached(self._today[database], {})
        copy.execute("PRAGMA query_only = OFF")
        with suppress(apsw.Error):  # a name that SQLite keeps to itself
            copy.execute(f'CREATE TABLE "{table}" ({columns})')
        return judge(copy, sql)

    def tomorrow(
        self, sql: str, database: str = "", attached: Mapping[str, str] = _NONE_ATTACHED
    ) -> Judgement:
        """Compile a statement on the consolidated schema.

        With databases attached, on what has become of `database` and of each of them.
        """
        if not attached:
            return self._once(self._tomorrow, "", sql)
        main = self._afterwards(database)
        return judge(self._with_attached(main, f"after {database}", attached), sql)

    def _once(self, connection: apsw.Connection, database: str, sql: str) -> Judgement:
        """A judgement that is asked for again and again."""
        known = self._judged.get((database, sql))
        return known or self._judged.keep((database, sql), judge(connection, sql))

    def place(self, database: str) -> str:
        """The database that stands for one of today's once the plan is carried out."""
        return database if database in self._kept else self._plan.target

    def _afterwards(self, database: str) -> apsw.Connection:
        """What stands at the place of one of today's databases once the plan is carried out."""
        stays = database in self._today and database in self._kept
        return self._today[database] if stays else self._tomorrow

    def _with_attached(
        self, main: apsw.Connection, key: str, attached: Mapping[str, str]
    ) -> apsw.Connection:
        wanted = (key, *(text for pair in sorted(attached.items()) for text in pair))
        if wanted not in self._attached:
            after = key.startswith("after ")
            others = {
                name: self._afterwards(path) if after else self._today.get(path, self._empty)
                for name, path in attached.items()
            }
            self._attached[wanted] = replicas.attached(main, others)
        return self._attached[wanted]

    def grounds(
        self, database: str, attached: Mapping[str, str] = _NONE_ATTACHED
    ) -> tuple[apsw.Connection, apsw.Connection] | None:
        """What statements are compiled on, today and tomorrow; None where no schema is known."""
        if database not in self._today:
            return None
        if not attached:
            return self._today[database], self._tomorrow
        return (
            self._with_attached(self._today[database], database, attached),
            self._with_attached(self._afterwards(database), f"after {database}", attached),
        )

    def database(self, database: str) -> apsw.Connection | None:
        """An empty copy of one of today's databases; None where its schema is not known."""
        return self._today.get(database)

    @property
    def consolidated(self) -> apsw.Connection:
        """An empty copy of the database of tomorrow."""
        return self._tomorrow

    def is_sql(self, sql: str) -> bool:
        """Whether SQLite's own parser takes a text for SQL, whatever its tables are."""
        return self._once(self._empty, _NOWHERE, sql).verdict is not Verdict.SYNTAX


def _fits(judgement: Judgement) -> bool:
    return judgement.verdict is Verdict.COMPILES


def _may_quote_text(judgement: Judgement) -> bool:
    return judgement.verdict is Verdict.NO_COLUMN and bool(_QUOTED_TEXT.search(judgement.says))


def judge(connection: apsw.Connection, sql: str) -> Judgement:
    """Compile with each way of filling the holes; the most telling answer counts."""
    if "'" in sql:
        sql = _PARTIAL_BLOB.sub("x''", sql)
    judgement = _best(connection, _FOREIGN_PLACEHOLDER.sub("?", sql))
    if judgement.verdict is Verdict.SYNTAX and _EXPANDED.search(sql):
        return judge(connection, _EXPANDED.sub(r"\1 (\2)", sql))
    if judgement.verdict is Verdict.SYNTAX and _TEMPLATE.search(sql):
        # A text that something formats elsewhere: {limit} or %s is as good as a hole.
        return _best(connection, _TEMPLATE.sub(HOLE, sql))
    return judgement


def _best(connection: apsw.Connection, sql: str) -> Judgement:
    best: Judgement | None = None
    for filled in fillings(sql):
        judgement = _compile(connection, filled)
        if judgement.verdict is Verdict.COMPILES:
            return judgement
        if best is None or (best.verdict is Verdict.SYNTAX is not judgement.verdict):
            best = judgement
    return best or Judgement(Verdict.SYNTAX)


def fillings(sql: str) -> Iterator[str]:
    """A statement with its holes filled in each way that is worth a try, the likely one first."""
    sql = re.sub(_ROW, _with_values, sql) if f"({HOLE})" in sql else sql
    holes = sql.count(HOLE)
    if not holes:
        yield sql
        return
    yield _filled_as_likely(sql)
    for fill in _FILLS:
        yield sql.replace(HOLE, fill)
    if 1 < holes <= _MOST_HOLES_TRIED_APART:
        parts = sql.split(HOLE)
        for fills in itertools.product(_PAIRED_FILLS, repeat=holes):
            if len(set(fills)) > 1:
                yield "".join(a + b for a, b in zip(parts, (*fills, ""), strict=True))


def _with_values(row: re.Match[str]) -> str:
    marks = ", ".join("?" for _ in row["columns"].split(","))
    return f"({row['columns']}){row['values']}{marks}"


def _filled_as_likely(sql: str) -> str:
    """Fill each hole with what may stand behind the text before it."""
    first, *rest = sql.split(HOLE)
    filled = first
    for part in rest:
        match = _EXPECTS.search(filled)
        if match:
            filled += _EXPECTED.get((match["word"] or "").upper(), "?") + part
        else:
            filled += part if filled.strip() else f"?{part}"
    return filled


_ROW = rf"(?i)\((?P<columns>[^(){HOLE}]+)\)(?P<values>\s*VALUES\s*\(){HOLE}(?=\))"
"""A list of columns, and where a value for each of them is due."""
_EXPECTED = {"WHERE": "1=1", "SET": "rowid=?", "IN": "(?)", "BY": "1", "LIMIT": "1"}
_EXPECTS = re.compile(
    r"(?:(?P<word>\b(?:WHERE|SET|IN|BY|LIMIT|OFFSET|AND|OR|NOT|ON|HAVING|SELECT|DISTINCT|LIKE|GLOB|IS"
    r"|BETWEEN|CASE|WHEN|THEN|ELSE|VALUES))|[=<>!+*/|,(%&~-])\s*$",
    re.IGNORECASE,
)
_BLANK = r"\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*"
_NOT_COMPILED = re.compile(
    rf"{_BLANK}(?:PRAGMA|ATTACH|DETACH|BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|VACUUM)\b",
    re.IGNORECASE | re.DOTALL,
)
_EXPLAINED = re.compile(
    rf"{_BLANK}EXPLAIN\b(?:{_BLANK}QUERY{_BLANK}PLAN\b)?", re.IGNORECASE | re.DOTALL
)


def _compile(connection: apsw.Connection, sql: str) -> Judgement:
    explained = _EXPLAINED.match(sql)
    sql = sql[explained.end() :] if explained else sql
    if _NOT_COMPILED.match(sql):
        # EXPLAIN PRAGMA takes effect; none of these names a column that could tell schemas apart.
        return Judgement(Verdict.OTHER, TAKES_EFFECT)
    try:
        with_stand_ins(
            connection, lambda: connection.cursor().execute(f"EXPLAIN {sql}", prepare_flags=0)
        )
    except apsw.BindingsError:
        pass
    except apsw.Error as error:
        return _in_schema(connection, sql, str(error)) or refused(str(error), sql)
    except (ValueError, TypeError) as error:
        return Judgement(Verdict.SYNTAX, str(error), sql)
    return Judgement(Verdict.COMPILES, filled=sql, stand_ins=stood_in_for(connection, sql))


def _in_schema(connection: apsw.Connection, sql: str, message: str) -> Judgement | None:
    """Compile once more where not the statement, but a trigger or a view says "text"."""
    match = _QUOTED_TEXT.search(message)
    if not match or match[1] in sql:
        return None
    with replicas.quotes_as_text(connection):
        try:
            connection.cursor().execute(f"EXPLAIN {sql}", prepare_flags=0)
        except apsw.BindingsError:
            pass
        except apsw.Error:
            return None
    return Judgement(Verdict.COMPILES, filled=sql)


def refused(message: str, sql: str) -> Judgement:
    """The verdict on a statement that SQLite refuses with this message."""
    says = message.removeprefix("SQLError: ").removeprefix("SQL logic error: ")
    if _NO_COLUMN.search(says):
        verdict = Verdict.NO_COLUMN
    elif _NO_TABLE.search(says):
        verdict = Verdict.NO_TABLE
    elif "syntax error" in says or "unrecognized token" in says or "incomplete input" in says:
        verdict = Verdict.SYNTAX
    else:
        verdict = Verdict.OTHER
    return Judgement(verdict, says, sql)
