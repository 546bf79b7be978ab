"""SQLite itself as the judge of `table_names`.

Statements are made at random, with few names, so that tables, aliases, CTEs and columns collide.
Of those that compile, three things must hold: SQLite's authorizer reports the same tables; each
reported name put out of the way makes the statement fail; and with one table renamed in the
database and in all reported places, SQLite reads and writes the very same columns, also if its new
name is an alias or a CTE of the statement, unless that is said.
"""

import random

import apsw
import pytest

from refactor.sql.names import HOLE, Role, TableName, table_names
from refactor.sql.tokens import JOIN_WORDS, KEYWORDS, RESERVED

COLUMNS = {"a": ("id", "xa"), "b": ("id", "xb"), "old": ("id", "old"), "s": ("id",)}
SCHEMA = """
    CREATE TABLE a (id INTEGER PRIMARY KEY, xa);
    CREATE TABLE b (id INTEGER PRIMARY KEY, xb);
    CREATE TABLE old (id INTEGER PRIMARY KEY, old);
    CREATE TABLE s (id INTEGER PRIMARY KEY);
"""
TOUCHES = {
    apsw.SQLITE_READ,
    apsw.SQLITE_INSERT,
    apsw.SQLITE_UPDATE,
    apsw.SQLITE_DELETE,
}
Touch = tuple[int, str | None, str | None]


def database(schema=SCHEMA):
    connection = apsw.Connection(":memory:")
    # Else an unknown "name" is silently a string.
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)
    connection.execute(schema)
    return connection


def compiled(connection, sql) -> list[Touch] | str:
    """What the statement touches, or SQLite's reason not to compile it."""
    touched: list[Touch] = []

    def note(operation, table, column, _schema, inner):
        # A read of no column is reported for CTEs, too, by their own names.
        if operation in TOUCHES and inner is None and column != "":
            touched.append((operation, table, column))
        return apsw.SQLITE_OK

    connection.authorizer = note
    try:
        connection.execute("EXPLAIN " + sql)
    except apsw.BindingsError:
        pass
    except apsw.Error as error:
        return str(error)
    finally:
        connection.authorizer = None
    return touched


def with_names(sql, names: list[TableName], new):
    for name in sorted(names, key=lambda name: -name.start):
        sql = sql[: name.start] + new + sql[name.end :]
    return sql


class Author:
    """Writes statements; most of them compile, and few mean what they seem to mean."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.strict = False

    def pick(self, *options):
        return self.random.choice(options)

    def chance(self, share):
        return self.random.random() < share

    def statement(self):
        ctes = {}
        head, used = self.with_clause(ctes, 2) if self.chance(0.3) else ("", "")
        kind = self.pick("select", "select", "select", "insert", "update", "delete")
        return head + getattr(self, kind)(ctes, used)

    def with_clause(self, ctes, depth):
        """A WITH, and a condition that uses all of it: SQLite does not look at the others."""
        bodies, used = [], ""
        for name in self.random.sample(["a", "b", "old", "c"], self.pick(1, 1, 2)):
            # A body sees what is around its use, not what is around itself: too odd to go into.
            outside, self.strict = self.strict, True
            bodies.append(f"{name}(id) AS (SELECT {self.core([], dict(ctes), depth - 1, 1)})")
            self.strict = outside
            ctes[name] = ("id",)
            used += f" AND EXISTS (SELECT {name}.id FROM {name})"
        return f"WITH {', '.join(bodies)} ", used

    def table(self, ctes):
        name = self.pick("a", "b", "old", "s", *ctes)
        if name in COLUMNS and self.chance(0.15):
            return f"main.{name}", name, COLUMNS[name]
        return name, name, ctes.get(name) or COLUMNS[name]

    def source(self, outer, ctes, depth):
        if depth and self.chance(0.2):
            alias = self.pick("a", "b", "old", "x")
            body = f"(SELECT {self.core(outer, ctes, depth - 1, 1)})"
            return f"{body} AS {alias}", (alias, ())
        written, name, columns = self.table(ctes)
        if self.chance(0.35):
            alias = self.pick("a", "b", "old", "x", "y")
            return f"{written} {self.pick('', 'AS ')}{alias}", (alias, columns)
        return written, (name, columns)

    def core(self, outer, ctes, depth, width, used=""):
        sources = [self.source(outer, ctes, depth) for _ in range(self.pick(1, 1, 2, 2, 3))]
        inner = [scope for _, scope in sources]
        seen = [*outer, *inner]
        listed = ", ".join(self.value(seen, ctes, depth) for _ in range(width))
        froms = sources[0][0]
        for written, _ in sources[1:]:
            froms += self.pick(", ", " JOIN ", " LEFT JOIN ", " CROSS JOIN ") + written
        tail = ""
        if used or self.chance(0.7):
            tail = f" WHERE {self.condition(seen, ctes, depth)}{used}"
        tail += f" GROUP BY {self.column(seen)}" if self.chance(0.1) else ""
        tail += f" ORDER BY {self.column(inner)}" if self.chance(0.2) else ""
        return f"{listed} FROM {froms}{tail}"

    def column(self, seen):
        """Mostly the nearest thing that has columns; now and then any name at all."""
        near = [scope for scope in seen if scope[1]]
        if not near and self.strict:
            return "1"
        if not near or (self.chance(0.03) and not self.strict):
            return f"{self.pick('a', 'b', 'old')}.id"
        name, columns = near[-1] if self.chance(0.5) else self.random.choice(near)
        return f"{name}.{self.random.choice(columns)}"

    def value(self, seen, ctes, depth):
        if depth and self.chance(0.2):
            return f"(SELECT {self.core(seen, ctes, depth - 1, 1)})"
        if self.chance(0.1):
            return f"max({self.column(seen)}, 1) AS old"
        return self.column(seen)

    def condition(self, seen, ctes, depth):
        left = self.column(seen)
        if depth and self.chance(0.3):
            inner = dict(ctes)
            head, used = self.with_clause(inner, 1) if self.chance(0.3) else ("", "")
            return f"EXISTS ({head}SELECT {self.core(seen, inner, depth - 1, 1, used)})"
        if self.chance(0.15):
            return f"{left} {self.pick('', 'NOT ')}IN {self.pick('s', 'main.s')}"
        return f"{left} {self.pick('=', '<', 'IS NOT')} {self.column(seen)}"

    def select(self, ctes, used):
        query = "SELECT " + self.core([], ctes, 2, 1, used)
        if "ORDER BY" not in query and self.chance(0.2):
            query += f" {self.pick('UNION', 'EXCEPT')} SELECT {self.core([], ctes, 1, 1)}"
        return query

    def target(self, *, alias=True):
        name = self.pick("a", "b", "old")
        visible = self.pick("a", "b", "old", "x") if alias and self.chance(0.2) else name
        written = self.pick("", "", "main.") + name
        return name, written if visible == name else f"{written} AS {visible}", visible

    def returning(self, name):
        return f" RETURNING {name}.id" if self.chance(0.3) else ""

    def insert(self, ctes, used):
        name, written, visible = self.target()
        column = COLUMNS[name][1]
        text = f"INSERT INTO {written} (id, {column}) SELECT {self.core([], ctes, 1, 2, used)}"
        if "WHERE" in text and "ORDER" not in text and "GROUP" not in text and self.chance(0.5):
            right = self.pick(
                f"{visible}.{column}", f"excluded.{column}", "(SELECT max(s.id) FROM s)"
            )
            text += f" ON CONFLICT (id) DO UPDATE SET {column} = {right}"
            text += f" WHERE {visible}.id > 1" if self.chance(0.5) else ""
        return text + self.returning(name)

    def update(self, ctes, used):
        name, written, visible = self.target()
        seen = [(visible, COLUMNS[name])]
        froms = ""
        if self.chance(0.4):
            source, scope = self.source([], ctes, 1)
            seen.append(scope)
            froms = f" FROM {source}"
        value, condition = self.value(seen, ctes, 1), self.condition(seen, ctes, 1)
        text = f"UPDATE {written} SET {COLUMNS[name][1]} = {value}{froms} WHERE {condition}{used}"
        return text + self.returning(name)

    def delete(self, ctes, used):
        name, written, visible = self.target()
        condition = self.condition([(visible, COLUMNS[name])], ctes, 2)
        return f"DELETE FROM {written} WHERE {condition}{used}" + self.returning(name)


def renamed(table, new="renamed"):
    connection = database()
    connection.execute(f"ALTER TABLE {table} RENAME TO {new}")
    return connection


NEW = ("renamed", "x", "c")  # the latter two are aliases and CTEs of many statements


@pytest.fixture(scope="module")
def databases():
    after = {(table, new): renamed(table, new) for table in COLUMNS for new in NEW}
    return {None: database()} | after


def statements_that_compile(connection, seed, wanted):
    author = Author(seed)
    found = 0
    while found < wanted:
        sql = author.statement()
        touched = compiled(connection, sql)
        if not isinstance(touched, str):
            found += 1
            yield sql, touched


@pytest.mark.parametrize("seed", range(8))
def test_sqlite_agrees(seed, databases):
    for sql, touched in statements_that_compile(databases[None], seed, 150):
        names = table_names(sql)
        read = {name.name for name in names if name.role is Role.TABLE}
        # Of a table none of whose columns is used, nothing is reported.
        assert {table for _, table, _ in touched} <= read, sql
        for name in names:
            check_one_name(databases[None], sql, name)
        for table in read:
            for new in NEW:
                check_rename(databases, sql, touched, names, table, new)


def check_one_name(connection, sql, name):
    assert name.doubt is None or "two things" in name.doubt, (sql, name)
    assert isinstance(compiled(connection, with_names(sql, [name], "unknown")), str), (sql, name)


def check_rename(databases, sql, touched, names, table, new):
    ours = [name for name in names if name.name == table]
    if any(name.doubt or new in name.rivals for name in ours):
        return
    after = compiled(databases[table, new], with_names(sql, ours, new))
    expected = [(op, new if name == table else name, column) for op, name, column in touched]
    assert after == expected, sql


DEFINITIONS = [
    "CREATE VIEW v AS SELECT old.id FROM old JOIN a AS b ON b.id = old.id",
    "CREATE INDEX i ON old (old) WHERE old.id > 1",
    "CREATE TABLE t AS SELECT old.old FROM old",
    (
        "CREATE TRIGGER old AFTER DELETE ON old WHEN old.id > 1 BEGIN "
        "DELETE FROM b WHERE id = old.id; UPDATE old SET old = 1 WHERE old.id = 2; "
        "INSERT INTO a SELECT old.id, 1 FROM old; END"
    ),
    (
        "CREATE TRIGGER t AFTER DELETE ON a BEGIN DELETE FROM old WHERE EXISTS ("
        "SELECT 1 FROM b WHERE b.id = old.xa); END"
    ),
    (
        "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM old WHERE EXISTS ("
        "SELECT 1 FROM b WHERE b.id = old.old); END"
    ),
    "CREATE TRIGGER t UPDATE OF old ON old BEGIN SELECT old.id, new.old FROM b AS x; END",
    "ALTER TABLE old ADD COLUMN x REFERENCES old (id)",
    "ALTER TABLE old RENAME COLUMN old TO x",
    "ALTER TABLE old DROP COLUMN old",
    "ALTER TABLE old RENAME TO x",
    "DROP TABLE old",
    "REINDEX old",
    "ANALYZE main.old",
]


@pytest.mark.parametrize("sql", DEFINITIONS)
def test_definitions_follow_a_rename(sql):
    ours = [name for name in table_names(sql) if name.name == "old"]
    before, after = database(), renamed("old")
    # Any rename makes SQLite read every trigger and view again.
    for connection, text in ((before, sql), (after, with_names(sql, ours, "renamed"))):
        connection.execute(text)
        connection.execute("ALTER TABLE s RENAME TO s2")
    unchanged = renamed("old")
    with pytest.raises(apsw.SQLError, match=r"no such table|unable to identify"):
        unchanged.execute(f"{sql}; ALTER TABLE s RENAME TO s2")


FULL_TEXT = [
    "SELECT f.x FROM f WHERE f MATCH 'x'",
    "SELECT o.x, highlight(f, 0, '', '') FROM f AS o WHERE f MATCH 'x' ORDER BY bm25(f)",
    "SELECT f.x FROM f WHERE f.f MATCH 'x'",
    "SELECT snippet(f, 0, '', '', '', 1) FROM f('x')",
    "INSERT INTO f (f) VALUES ('optimize')",
    "INSERT INTO f (f, rank) VALUES ('merge', 16)",
]


@pytest.mark.parametrize("sql", FULL_TEXT)
def test_full_text_tables_follow_a_rename(sql):
    connection = database("CREATE VIRTUAL TABLE f USING fts5(x)")
    assert not isinstance(compiled(connection, sql), str)
    connection.execute("ALTER TABLE f RENAME TO g")
    assert isinstance(compiled(connection, sql), str)
    assert not isinstance(compiled(connection, with_names(sql, list(table_names(sql)), "g")), str)


def test_keywords_are_those_of_sqlite():
    assert set(apsw.keywords) <= KEYWORDS
    assert KEYWORDS - set(apsw.keywords) <= {"WITHIN"}  # a keyword of some builds only


def test_words_that_cannot_be_names_are_those_of_sqlite():
    connection = database("")

    def refused(template):
        errors = {word: compiled(connection, template.format(word)) for word in KEYWORDS}
        return {word for word, error in errors.items() if "syntax error" in str(error)}

    assert refused("SELECT 1 FROM main.{} LIMIT 1") == RESERVED
    assert refused("SELECT 1 FROM (SELECT 1) {} LIMIT 1") - {"INDEXED"} == RESERVED | JOIN_WORDS


def test_a_hole_is_a_letter_to_sqlite():
    connection = database(f"CREATE TABLE x{HOLE} (y)")
    assert not isinstance(compiled(connection, f"SELECT x{HOLE}.y FROM x{HOLE}"), str)


NOT_SQL = [
    "UPDATE old o SET id = 1",
    "DELETE FROM old o WHERE id = 1",
    "INSERT INTO old o VALUES (1, 2)",
    "SELECT id FROM old WHERE id = 1, 2",
    "SELECT id FROM old and a",
    "SELECT id FROM old WHERE id is the one",
    "SELECT id name x FROM old",
    "SELECT id FROM old ORDER id",
    "SELECT id FROM old LIMIT 1 WHERE id",
    "SELECT id FROM old GROUP BY id WHERE id",
    "SELECT id FROM old UNION old",
    "SELECT FROM old",
    "SELECT id FROM old)",
    "SELECT id FROM old WHERE (id",
    "CREATE VIEW v SELECT id FROM old",
    "DROP TABLE old please",
    "ALTER TABLE old to fit",
    "PRAGMA table_info(old) please",
]


@pytest.mark.parametrize("sql", NOT_SQL)
def test_what_sqlite_refuses_is_doubtful(sql):
    error = compiled(database(), sql)
    assert "syntax error" in error or "incomplete input" in error
    names = [name for name in table_names(sql) if name.doubt is None]
    assert not names or "incomplete input" in error
